"""JSON drawn from the schemas of `/openapi.json`, mostly of a kind that a CRM takes."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from tests.attack import values

_DEPTH = 7
"""How deep schemas are followed; below it nothing is drawn that need not be there."""

_BY_NAME: Mapping[str, list[Any]] = {
    "event": values.IDS + values.KEYS,
    "eventId": values.IDS,
    "id": values.IDS,
    "parentId": [None, 1001, 1002],
    "key": values.KEYS + [f"n{number}" for number in range(50)],
    "client": values.CLIENTS,
    "matches": values.PATTERNS,
    "from": ["default", "other", "extra"],
    "locales": ["en_US", "de_DE", "ja_JP", "ar_SA"],
    "emailAddress": [None, "ann@example.com", "ANN@EXAMPLE.COM", "@", "a" * 300],
}


class Shaper:
    """Draws values for the schemas of one description; `pools` adds to what texts of a name may be."""

    def __init__(self, description: Mapping[str, Any], pools: Mapping[str, list[Any]]) -> None:
        self._description = description
        self._pools = {**_BY_NAME, **pools}

    def resolved(self, schema: Any) -> Any:
        """A schema, or the part of the description that it refers to."""
        while isinstance(schema, Mapping) and "$ref" in schema:
            found: Any = self._description
            for step in schema["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            schema = found
        return schema

    def lists(self, schema: Any) -> list[str]:
        """The members of an object, by its schema, that are lists."""
        schema = self.resolved(schema)
        ways = [*schema.get("anyOf", []), schema] if isinstance(schema, Mapping) else []
        members = [each for way in ways for each in self.resolved(way).get("properties", {}).items()]
        return [name for name, each in members if self.resolved(each).get("type") == "array"]

    def value(self, rng: Random, schema: Any, name: str = "", depth: int = 0) -> Any:
        """A value that the schema admits, as a rule. `name` is that of the member it is for."""
        schema = self.resolved(schema)
        if not isinstance(schema, Mapping):
            return rng.choice(values.PLAIN)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return rng.choice(schema["enum"])
        if (ways := schema.get("anyOf") or schema.get("oneOf")) and "properties" not in schema:
            return self.value(rng, _shallow(rng, ways, depth), name, depth)
        if name in self._pools and schema.get("type") != "object":
            return self._pooled(rng, schema, name)
        return self._typed(rng, schema, name, depth)

    def _pooled(self, rng: Random, schema: Mapping[str, Any], name: str) -> Any:
        pool = self._pools[name]
        return (
            [rng.choice(pool) for _ in range(rng.randrange(4))] if schema.get("type") == "array" else rng.choice(pool)
        )

    def _typed(self, rng: Random, schema: Mapping[str, Any], name: str, depth: int) -> Any:
        types = schema.get("type", "object" if "properties" in schema else "any")
        kind = rng.choice(types) if isinstance(types, list) else types
        draw: Callable[[], Any] = {
            "object": lambda: self._object(rng, schema, depth),
            "array": lambda: self._array(rng, schema, name, depth),
            "string": lambda: _string(rng, schema),
            "integer": lambda: _integer(rng, schema),
            "number": lambda: rng.choice([0.5, 1, 2, 1000]),
            "boolean": lambda: rng.random() < 0.5,
            "null": lambda: None,
        }.get(kind, lambda: values.text(rng))
        return draw()

    def _object(self, rng: Random, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        properties, required = schema.get("properties", {}), schema.get("required", [])
        share = rng.choice([0.0, 0.15, 0.5]) if depth < _DEPTH else 0.0
        drawn = {
            name: self.value(rng, each, name, depth + 1)
            for name, each in properties.items()
            if name in required or rng.random() < share
        }
        extra = schema.get("additionalProperties")
        if isinstance(extra, Mapping) and rng.random() < 0.5:
            drawn[rng.choice(["subject", "since", "X-Test", "limit"])] = self.value(rng, extra, "", depth + 1)
        return drawn

    def _array(self, rng: Random, schema: Mapping[str, Any], name: str, depth: int) -> list[Any]:
        least = schema.get("minItems", 0)
        count = least + (rng.choice([0, 1, 1, 2, 3]) if depth < _DEPTH else 0)
        return [self.value(rng, schema.get("items", {}), name, depth + 1) for _ in range(count)]


def _shallow(rng: Random, ways: list[Any], depth: int) -> Any:
    """One of several ways; deep down one that does not go deeper, where there is one."""
    plain = [way for way in ways if "$ref" not in way and way.get("type") not in ("object", "array")]
    return rng.choice(plain if depth >= _DEPTH and plain else ways)


def _string(rng: Random, schema: Mapping[str, Any]) -> str:
    pattern = schema.get("pattern", "")
    if schema.get("format") in ("date-time", "date") or "[Tt]" in pattern:
        return rng.choice(values.INSTANTS)
    if "W)?" in pattern:
        return rng.choice(values.DURATIONS)
    if pattern.startswith("^(?:f[1-9]"):
        return rng.choice(["f1", "f2"])
    return rng.choice(values.CLIENTS[:2]) if pattern else values.text(rng)


def _integer(rng: Random, schema: Mapping[str, Any]) -> int:
    least, most = schema.get("minimum", -(2**63)), schema.get("maximum", 2**63 - 1)
    near = [n for n in (0, 1, 2, 3, 10, 1001) if least <= n <= most] or [least]
    return rng.choice(near) if rng.random() < 0.9 else rng.choice([least, most])
