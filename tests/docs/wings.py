"""The picture of the wings: a row for each layer of the import contract, and a box for each wing in it."""

import ast
import re
import textwrap
import tomllib
from collections.abc import Iterator, Sequence

from tests.docs.pages import ROOT

PACKAGE = ROOT / "mockcrm"
WIDTH = 101
"""How wide the picture is, without its two outer lines: odd, so that two boxes of one row are alike."""
_HALF = WIDTH // 2
_NAMES = 20
"""How wide the column of names is in a row with one box."""


def layers() -> list[list[str]]:
    """The wings of each layer, the highest first."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (contract,) = (each for each in contracts if each.get("containers") == ["mockcrm"])
    return [layer.split(" | ") for layer in contract["layers"]]


def layer_of(path: str) -> int:
    """How high the wing of a file is, which is named by its path in the package."""
    wing = path.partition("/")[0].removesuffix(".py")
    (found,) = (height for height, wings in enumerate(reversed(layers())) if wing in wings)
    return found


def subject(wing: str) -> str:
    """What a wing is about: the first sentence of its docstring. The module itself might want to run."""
    path = PACKAGE / wing
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    sentence = " ".join(docstring.split()).partition(". ")[0].removesuffix(".")
    return re.sub(r" \(`docs/[^)]*\)$", "", sentence) + "."


def picture() -> Iterator[str]:
    """The text block, line by line."""
    yield "```text\n"
    above: Sequence[str] = ()
    for wings in layers():
        yield _border(above, wings)
        yield from _row(wings)
        above = wings
    yield _border(above, ())
    yield "```\n"


def _border(above: Sequence[str], below: Sequence[str]) -> str:
    middle = {(False, False): "─", (True, False): "┴", (False, True): "┬", (True, True): "┼"}[
        len(above) > 1, len(below) > 1
    ]
    left, right = "├┤" if above and below else "┌┐" if below else "└┘"
    return f"{left}{'─' * _HALF}{middle}{'─' * _HALF}{right}\n"


def _row(wings: Sequence[str]) -> Iterator[str]:
    if len(wings) == 1:
        text = textwrap.wrap(subject(wings[0]), WIDTH - _NAMES - 2)
        for name, line in zip([wings[0], *[""] * len(text)], text, strict=False):
            yield f"│ {name:{_NAMES}}{line:{WIDTH - _NAMES - 2}} │\n"
        return
    boxes = [[wing, *textwrap.wrap(subject(wing), _HALF - 2)] for wing in wings]
    for number in range(max(map(len, boxes))):
        cells = [box[number] if number < len(box) else "" for box in boxes]
        yield "│" + "│".join(f" {cell:{_HALF - 2}} " for cell in cells) + "│\n"
