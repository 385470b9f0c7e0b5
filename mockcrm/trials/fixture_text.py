"""Writes a fixture file as people read it: one line a record, one line a step."""

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from mockcrm.base.strict_yaml import flow_style
from mockcrm.crm.kinds.registry import KINDS

_WIDTH = 120
"""How wide a paragraph of the story is, in characters."""
_ONE_A_LINE = frozenset({"steps", "faults", *(kind.path for kind in KINDS.values())})


def fixture_text(document: Mapping[str, Any]) -> str:
    r"""A fixture file, in YAML, from its content as JSON's types (`docs/reference/fixtures.md`).

    >>> print(fixture_text({"title": "Nothing happens", "steps": ["sync", "sync"]}), end="")
    title: Nothing happens
    steps:
      - sync
      - sync
    >>> print(fixture_text({"users": [{"key": "ann", "name": "Ann"}]}), end="")
    users:
      - {key: ann, name: Ann}
    """
    return "".join(_lines(document))


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    for name, value in document.items():
        if name == "story":
            yield "story:\n"
            yield from (_paragraph(part, text) for part, text in value.items())
        elif name in _ONE_A_LINE and isinstance(value, list) and value:
            yield f"{name}:\n"
            yield from (f"  - {flow_style(each)}\n" for each in value)
        else:
            yield f"{name}: {flow_style(value)}\n"


def _paragraph(part: str, text: str) -> str:
    lines = textwrap.fill(text, _WIDTH, initial_indent="    ", subsequent_indent="    ")
    return f"  {part}: >-\n{lines}\n"
