"""JSON Schemas of answers, made from the types that declare them (`mockcrm.web.representations`)."""

from collections.abc import Callable
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

from marshmallow import Schema, validate

from mockcrm.base.schema.descriptions import Described, nullable, sentence_of
from mockcrm.base.schema.json_schema import Describer
from mockcrm.web.representations.base import ComponentName, is_open

_SIMPLE: dict[Any, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    NoneType: "null",
}


class TypeDescriber:
    """Describes types, and makes each `TypedDict` and each named union a component of the description."""

    def __init__(self, describer: Describer) -> None:
        self._describer = describer
        self._components: set[str] = set()
        self._by_origin: dict[Any, Callable[[Any], Described]] = {
            Annotated: self._annotated,
            Literal: self._literal,
            NotRequired: lambda form: self.describe(get_args(form)[0]),
            list: lambda form: {"type": "array", "items": self.describe(get_args(form)[0])},
            dict: lambda form: {"type": "object", "additionalProperties": self.describe(get_args(form)[1])},
            Union: self._union,
            UnionType: self._union,
        }

    def describe(self, form: Any) -> Described:
        """The JSON Schema of a type. Raises `LookupError` for one that no answer has."""
        if form is Any:
            return {}
        if form in _SIMPLE:
            return {"type": _SIMPLE[form]}
        if is_typeddict(form):
            return self._component(form.__name__.removesuffix("Json"), lambda: self._object(form))
        return self._by_origin[get_origin(form)](form)

    def refer(self, schema: Schema) -> Described:
        """A `$ref` to the description of a marshmallow schema."""
        return self._describer.refer(schema)

    def _component(self, name: str, describe: Callable[[], Described]) -> Described:
        if name not in self._components:
            # Types may refer to each other in a circle.
            self._components.add(name)
            self._describer.spec.components.schema(name, describe())
        return {"$ref": f"#/components/schemas/{name}"}

    def _object(self, kind: Any) -> Described:
        hints = get_type_hints(kind, include_extras=True)
        described: Described = {
            "type": "object",
            "properties": {name: self.describe(form) for name, form in hints.items()},
            "required": [name for name in hints if name in kind.__required_keys__],
        }
        if not is_open(kind):
            # An open object says nothing: from `additionalProperties: true`, generators make a field of any name.
            described["additionalProperties"] = False
        return {"description": sentence_of(kind), **described} if kind.__doc__ else described

    def _annotated(self, form: Any) -> Described:
        of, *notes = get_args(form)
        described = self.describe(of) if self._is_plain(notes) else {}
        for note in notes:
            match note:
                case str():
                    described = described | {"description": note}
                case validate.OneOf():
                    described = described | {"enum": [*note.choices]}
                case ComponentName():
                    return self._named_union(note, of)
                case _:
                    describe = note if callable(note) else note.described
                    described = described | describe(self.refer)
        return described

    @staticmethod
    def _is_plain(notes: list[Any]) -> bool:
        """Whether notes add to the type, instead of describing it themselves."""
        return all(isinstance(note, str | validate.OneOf) for note in notes)

    def _named_union(self, note: ComponentName, form: Any) -> Described:
        def describe() -> Described:
            return {"description": note.description, "oneOf": [self.describe(each) for each in get_args(form)]}

        return self._component(note.name, describe)

    @staticmethod
    def _literal(form: Any) -> Described:
        values = get_args(form)
        return {"type": _SIMPLE[type(values[0])], "enum": [*values]}

    def _union(self, form: Any) -> Described:
        kinds = [self.describe(each) for each in get_args(form) if each is not NoneType]
        described = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
        return _or_null(described) if NoneType in get_args(form) else described


def _or_null(described: Described) -> Described:
    if not described:
        return described
    if "$ref" in described:
        return {"anyOf": [described, {"type": "null"}]}
    enum = {"enum": [*described["enum"], None]} if "enum" in described else {}
    return nullable(described) | enum
