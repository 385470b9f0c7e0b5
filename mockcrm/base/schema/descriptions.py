"""The parts of descriptions: JSON Schema (2020-12), by which fields and schemas say what they read."""

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import Schema

Described = dict[str, Any]
"""A JSON Schema (2020-12), or a part of one."""
Refer = Callable[[Schema], Described]
"""Gives a `$ref` to the description of a marshmallow schema."""


def sentence_of(documented: object) -> str:
    """The first paragraph of a docstring, on one line and without references to documents."""
    paragraph = (inspect.getdoc(documented) or "").partition("\n\n")[0]
    return re.sub(r" \((contract|hazards|`docs)[^)]*\)", "", " ".join(paragraph.split()))


def portable(*patterns: str) -> str:
    """A regular expression for a whole text that has one of these forms, as JSON Schema writes it (ECMA 262)."""
    plain = (re.sub(r"\(\?P<\w+>", "(?:", pattern).removesuffix(r"\Z") for pattern in patterns)
    return f"^(?:{'|'.join(plain)})$"


def one_key(options: Mapping[str, Described]) -> Described:
    """An object with exactly one of these keys."""
    return {
        "type": "object",
        "properties": dict(options),
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }


def one_or_more(described: Described, **bounds: int) -> Described:
    """One value, or a list of such values."""
    return {"anyOf": [described, {"type": "array", "items": described, **bounds}]}


def nullable(described: Described) -> Described:
    """A value, or null."""
    if "type" in described:
        kinds = described["type"] if isinstance(described["type"], list) else [described["type"]]
        return {**described, "type": [*kinds, "null"]}
    return {**described, "anyOf": [*described["anyOf"], {"type": "null"}]}
