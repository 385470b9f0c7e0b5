"""Where a Python type and a JSON Schema that describes the same value differ."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from inspect import signature
from types import NoneType, UnionType
from typing import (
    Any,
    Literal,
    NotRequired,
    Required,
    TypedDict,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

Schema = dict[str, Any]

_SCALARS = {str: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null"}
_AS_TEXT = (datetime, date, timedelta)
"""What is sent as text; a type that takes it takes text as well."""


@dataclass
class Shape:
    """What a value may be: text, a number …; one of some words; a list; a map; an object with fields; or anything.

    What members, values and fields are is kept as it was given, as types or as schemas.
    """

    scalars: set[str] = field(default_factory=set)
    words: set[Any] = field(default_factory=set)
    members: list[Any] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    fields: dict[str, list[Any]] = field(default_factory=dict)
    required: set[str] | None = None
    anything: bool = False

    def add_object(self, fields: Mapping[str, Any], required: Iterable[str]) -> None:
        for name, each in fields.items():
            self.fields.setdefault(name, []).append(each)
        self.required = set(required) if self.required is None else self.required & set(required)

    def loosen(self) -> None:
        """Forget null, and which fields are required."""
        self.scalars.discard("null")
        self.required = None

    def normalize(self) -> "Shape":
        """The same without the words that a scalar includes already, and null as a scalar."""
        if None in self.words:
            self.scalars.add("null")
        self.words = {word for word in self.words if _SCALARS[type(word)] not in self.scalars}
        return self


class Comparison:
    """Compares a type with a schema of an OpenAPI `document`.

    `renamed` gives a field's name in JSON; fields of the schema itself that are `left_out` are not looked for. Unless
    it is `strict`, it does not matter what may be null, nor which of the fields are required.
    """

    def __init__(
        self,
        document: Schema,
        renamed: Mapping[str, str] | None = None,
        left_out: Iterable[str] = (),
        *,
        strict: bool = True,
    ) -> None:
        self._document, self._renamed, self._left_out, self._strict = document, renamed or {}, left_out, strict
        self._begun: set[str] = set()

    def differences(self, hints: Sequence[Any], schemas: Sequence[Schema], place: str = "") -> Iterator[str]:
        """Each place at which they differ, in words."""
        if (pair := f"{hints} {schemas}") in self._begun:
            return
        self._begun.add(pair)
        python, json = self._of_types(hints), self._of_schemas(schemas)
        if not self._strict:
            python.loosen()
            json.loosen()
        if not place:
            json.fields = {name: each for name, each in json.fields.items() if name not in self._left_out}
        if json.anything:
            return
        yield from _unlike(place, python, json)
        for name in python.fields.keys() & json.fields.keys():
            yield from self.differences(python.fields[name], json.fields[name], f"{place}.{name}")
        if python.members and json.members:
            yield from self.differences(python.members, json.members, f"{place}[]")
        if python.values and json.values:
            yield from self.differences(python.values, json.values, f"{place}{{}}")

    def _of_types(self, hints: Sequence[Any]) -> Shape:
        shape = Shape()
        for hint in hints:
            self._add_type(shape, hint)
        return shape.normalize()

    def _add_type(self, shape: Shape, hint: Any) -> None:
        origin, arguments = get_origin(hint), get_args(hint)
        if hint in (Any, object):
            shape.anything = True
        elif origin in (Union, UnionType, Required, NotRequired):
            for each in arguments:
                self._add_type(shape, each)
        elif origin is Literal:
            shape.words |= set(arguments)
        elif is_typeddict(hint):
            fields = get_type_hints(hint, include_extras=True)
            shape.add_object(
                {self._renamed.get(name, name): each for name, each in fields.items()}, hint.__required_keys__
            )
        elif origin in (list, Sequence, Iterable):
            shape.members.append(arguments[0])
        elif origin in (dict, Mapping):
            shape.values.append(arguments[1])
        elif hint not in _AS_TEXT:
            shape.scalars.add(_SCALARS[hint])

    def _of_schemas(self, schemas: Sequence[Schema]) -> Shape:
        shape = Shape()
        for schema in schemas:
            self._add_schema(shape, schema)
        return shape.normalize()

    def _add_schema(self, shape: Shape, schema: Schema) -> None:
        if "$ref" in schema:
            self._add_schema(shape, self._resolved(schema["$ref"]))
            return
        # Beside properties such a word only says which of them go together.
        alternatives = [] if "properties" in schema else [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
        for each in alternatives:
            self._add_schema(shape, each)
        if "properties" in schema:
            known = {name: each for name, each in schema["properties"].items() if each.get("enum") != [False]}
            shape.add_object(known, schema.get("required", ()))
        elif alternatives:
            return
        elif "const" in schema or "enum" in schema:
            shape.words |= {schema["const"]} if "const" in schema else set(schema["enum"])
        elif "type" in schema:
            kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
            for kind in kinds:
                self._add_kind(shape, kind, schema)
        else:
            shape.anything = True

    def _add_kind(self, shape: Shape, kind: str, schema: Schema) -> None:
        if kind == "array":
            shape.members.append(schema["items"])
        elif kind == "object":
            shape.values.append(schema.get("additionalProperties", {}))
        else:
            shape.scalars.add(kind)

    def _resolved(self, reference: str) -> Schema:
        found: Any = self._document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        schema: Schema = found
        return schema


def _unlike(place: str, python: Shape, json: Shape) -> Iterator[str]:
    for what, one, other in (
        ("fields", python.fields.keys(), json.fields.keys()),
        ("required", python.required or set(), json.required or set()),
        ("scalars", python.scalars, json.scalars),
        ("words", python.words, json.words),
        ("lists", {bool(python.members)}, {bool(json.members)}),
        ("maps", {bool(python.values)}, {bool(json.values)}),
        ("anything", {python.anything}, {False}),
    ):
        if one != other:
            extra, missing = sorted(one - other, key=str), sorted(other - one, key=str)
            yield f"{place or 'it'}: {what}: only the type has {extra}, only the schema {missing}"


def parameters(call: Callable[..., Any], **names: Any) -> Any:
    """The parameters of a call as a type of the object that has them; `names` are those of its annotations."""
    hints = get_type_hints(call, localns=names)
    return TypedDict(call.__name__, {name: hints[name] for name in signature(call).parameters if name in hints})  # type: ignore[operator]
