"""Follows a page that has its reader write files, and run them.

A `python` block is a file if its first line is a comment with the name, such as `# sync.py`. With `# sync.py, class
Calendar` it is methods that replace those of the class, or are new. A `console` block is a run of pytest, and the
most important lines of its output: each is printed, in this order, with others between them. `python -m
tests.docs.tutorial` follows the tutorial, and replaces every line that is no longer printed by the nearest one that is.
"""

import ast
import difflib
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.docs.pages import ROOT


@dataclass(frozen=True)
class Block:
    kind: str
    first: str
    rest: str


def blocks(page: str) -> Iterator[Block]:
    """The blocks of a page, each with its first line apart."""
    for kind, text in re.findall(r"```(python|console)\n(.*?)```", page, re.DOTALL):
        first, _, rest = text.partition("\n")
        yield Block(kind, first, rest)


def write(block: Block, folder: Path) -> None:
    """What the reader does with a `python` block."""
    name, _, where = block.first.removeprefix("# ").partition(", class ")
    file = folder / name
    file.write_text(_with_methods(file.read_text(), where, block.rest) if where else block.rest)


def _with_methods(source: str, name: str, methods: str) -> str:
    module = ast.parse(source)
    (found,) = (each for each in module.body if isinstance(each, ast.ClassDef) and each.name == name)
    new = ast.parse(textwrap.dedent(methods)).body
    replaced = {each.name for each in new if isinstance(each, ast.FunctionDef)}
    found.body = [each for each in found.body if getattr(each, "name", None) not in replaced] + new
    return ast.unparse(module)


def lacking(shown: str, printed: str) -> str | None:
    """The first line that should have been printed, after those before it, and was not."""
    lines = iter(printed.splitlines())
    return next((line for line in shown.splitlines() if not any(line in each for each in lines)), None)


def _updated(shown: str, printed: str) -> str:
    """The lines that are shown, each as it is printed now or as the nearest line that comes after those before it."""
    rest = printed.splitlines()
    updated = []
    for line in shown.splitlines():
        holding = [each for each in rest if line in each]
        nearest = (holding or difflib.get_close_matches(line, rest, n=1, cutoff=0.3) or [line])[0]
        rest = rest[rest.index(nearest) + 1 :] if nearest in rest else rest
        updated.append(line if holding else nearest)
    return "".join(f"{line}\n" for line in updated)


def _followed(page: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Every output that the page shows, with what takes its place."""
    for block in blocks(page):
        if block.kind == "python":
            write(block, folder)
        else:
            command = (sys.executable, "-m", "pytest", *block.first.removeprefix("$ pytest ").split())
            run = subprocess.run(
                (*command, "-p", "no:cacheprovider"),
                cwd=folder,
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )
            yield f"{block.first}\n{block.rest}", f"{block.first}\n{_updated(block.rest, run.stdout)}"


if __name__ == "__main__":
    tutorial = ROOT / "docs" / "tutorial.md"
    text = tutorial.read_text(encoding="utf-8")
    with TemporaryDirectory() as folder:
        for before, after in list(_followed(text, Path(folder))):
            text = text.replace(before, after, 1)
    tutorial.write_text(text, encoding="utf-8")
