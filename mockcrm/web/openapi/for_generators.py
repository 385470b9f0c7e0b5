"""The schemas of the description, rewritten so that generators of typed clients make the best of them.

Their meaning stays.
"""

from typing import Any

import orjson

from mockcrm.base.schema.descriptions import Described

_ONE_KEY = {"minProperties": 1, "maxProperties": 1}


def for_types(schema: Any) -> Any:
    """A schema rewritten, with all schemas within it."""
    if isinstance(schema, list):
        return [for_types(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {name: for_types(value) for name, value in schema.items()}
    if isinstance(schema.get("properties"), dict):
        schema["properties"] = {name: _in_words(each) for name, each in schema["properties"].items()}
    return _one_of(schema) if _ONE_KEY.items() <= schema.items() else schema


def _in_words(schema: Described) -> Described:
    """A property with its default in its description: generators take one with a `default` for a required one."""
    if "default" not in schema:
        return schema
    words = f"By default `{orjson.dumps(schema['default']).decode()}`."
    schema = {**schema, "description": f"{schema.get('description', '')} {words}".strip()}
    del schema["default"]
    return schema


def _one_of(schema: Described) -> Described:
    """An object with exactly one key, as one of several objects: generators ignore `minProperties`."""
    of_keys = {"type", "properties", "additionalProperties", *_ONE_KEY}
    alone = [
        {"type": "object", "properties": {name: each}, "required": [name], "additionalProperties": False}
        for name, each in schema["properties"].items()
    ]
    return {name: value for name, value in schema.items() if name not in of_keys} | {"oneOf": alone}
