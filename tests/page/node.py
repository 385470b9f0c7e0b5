"""What checks the page's code comes from npm: `python -m tests.page.node` fetches it into `node_modules`.

A machine without npm gets Node's wheel into this environment first.
"""

import importlib
import subprocess
import sys

from hatch_build import NODE, Missing, has_node_wheel, npm
from tests.docs.pages import ROOT


def fetch() -> None:
    """Put the packages of `package-lock.json` into `node_modules`. Raises `Missing`."""
    try:
        found = npm()
    except Missing:
        if not has_node_wheel():
            raise
        pip = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        subprocess.run([*pip, NODE], check=True)
        importlib.invalidate_caches()
        found = npm()
    found.ci(ROOT)


def run(command: str, *arguments: object) -> "subprocess.CompletedProcess[str]":
    """A command of the packages, in the project's folder; its output, both streams of it, is in `stdout`."""
    words = [str(ROOT / "node_modules" / ".bin" / command), *map(str, arguments)]
    return subprocess.run(
        words,
        cwd=ROOT,
        env={**npm().environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )


if __name__ == "__main__":
    try:
        fetch()
    except Missing as problem:
        sys.exit(f"What checks the page's code is missing: {problem}")
