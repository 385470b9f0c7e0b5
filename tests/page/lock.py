"""The lock of the page's packages: `python -m tests.page.lock` takes the addresses out of it.

npm keeps those of its registry out, as `.npmrc` says, but not those where packages ask for money.
"""

import json
from typing import Any

from tests.docs.pages import ROOT

FILE = ROOT / "package-lock.json"


def read() -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return payload


def without_addresses(lock: dict[str, Any]) -> dict[str, Any]:
    packages = {
        path: {name: value for name, value in package.items() if name != "funding"}
        for path, package in lock["packages"].items()
    }
    return {**lock, "packages": packages}


if __name__ == "__main__":
    FILE.write_text(json.dumps(without_addresses(read()), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
