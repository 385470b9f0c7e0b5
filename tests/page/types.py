"""Checks the types of the page's code: `python -m tests.page.types`, a part of `make check`.

The types of what the server sends are made from its own description, and left in `.types` for editors.
"""

import sys

from mockcrm import create_app
from tests.docs.pages import ROOT
from tests.page import node

FOLDER = ROOT / ".types"


def complaint() -> str | None:
    """What is wrong, in the words of the command that found it."""
    FOLDER.mkdir(exist_ok=True)
    description = FOLDER / "openapi.json"
    description.write_text(create_app().test_client().get("/openapi.json").text, encoding="utf-8")
    # Both speak of what went well, too.
    for command in (
        ("openapi-typescript", description, "--output", FOLDER / "openapi.d.ts"),
        ("tsc", "--project", ROOT),
    ):
        done = node.run(*command)
        if done.returncode != 0:
            return done.stdout
    return None


if __name__ == "__main__":
    sys.exit(complaint())
