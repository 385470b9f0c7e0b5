"""Follows a page that has its reader write files, and run them.

A `python` block is a file if its first line is a comment with the name, such as `# sync.py`. With `# sync.py, class
Calendar` it is methods that replace those of the class, or are new. A `console` block is a run of pytest, and the
essence of what that says: each line is printed, in this order, with others between them.
"""

import ast
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


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


def lacking(told: str, printed: str) -> str | None:
    """The first line that should have been printed, after those before it, and was not."""
    lines = iter(printed.splitlines())
    return next((line for line in told.splitlines() if not any(line in each for each in lines)), None)
