"""The description's schemas, put as generators of typed clients make the best of them. They say what they said."""

from typing import Any

import orjson

from mockcrm.base.schema.descriptions import Described

_ONE_KEY = {"minProperties": 1, "maxProperties": 1}


def for_types(told: Any) -> Any:
    """A schema, and all within it."""
    if isinstance(told, list):
        return [for_types(each) for each in told]
    if not isinstance(told, dict):
        return told
    told = {name: for_types(value) for name, value in told.items()}
    if isinstance(told.get("properties"), dict):
        told["properties"] = {name: _in_words(each) for name, each in told["properties"].items()}
    return _one_of(told) if _ONE_KEY.items() <= told.items() else told


def _in_words(told: Described) -> Described:
    """A property whose default its description says: one that has a `default` is taken for one that must be sent."""
    if "default" not in told:
        return told
    words = f"By default `{orjson.dumps(told['default']).decode()}`."
    told = {**told, "description": f"{told.get('description', '')} {words}".strip()}
    del told["default"]
    return told


def _one_of(told: Described) -> Described:
    """An object with exactly one key as one of several objects: of bounds on how many there are nothing is made."""
    of_keys = {"type", "properties", "additionalProperties", *_ONE_KEY}
    alone = [
        {"type": "object", "properties": {name: each}, "required": [name], "additionalProperties": False}
        for name, each in told["properties"].items()
    ]
    return {name: value for name, value in told.items() if name not in of_keys} | {"oneOf": alone}
