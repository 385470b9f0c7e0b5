"""What is read and written here, described for programs: JSON Schema (2020-12), made from the marshmallow schemas.

apispec knows marshmallow's own fields, and those derived from them. The others say themselves what they read, with a
method `described`; so does a schema whose fields do not tell it all.
"""

from typing import Any, Protocol, runtime_checkable

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_cls, resolve_schema_instance
from marshmallow import Schema, fields

from mockcrm.base.schema.descriptions import Described, Refer, nullable, portable, sentence_of
from mockcrm.base.schema.strict import Strict

DRAFT = "https://json-schema.org/draft/2020-12/schema"

_KNOWN = (fields.String, fields.List, fields.Dict, fields.Nested, fields.Raw)
"""What apispec understands, of all that is used here."""
_COMPONENTS, _DEFINITIONS = "#/components/schemas/", "#/$defs/"


@runtime_checkable
class _Describes(Protocol):
    """A field that says what it reads."""

    def described(self, refer: Refer) -> Described: ...


class Describer:
    """Descriptions that refer to each other, gathered in `spec` as the components of OpenAPI 3.1."""

    def __init__(self, title: str = "mockcrm", version: str = "") -> None:
        plugin = _Plugin(schema_name_resolver=_name)
        self.spec = APISpec(title, version, "3.1.0", plugins=[plugin])
        assert plugin.converter is not None
        self._converter = plugin.converter
        plugin.refer = self.refer

        def described(_: Any, field: fields.Field[Any], ret: Described) -> Described:
            return self._completed(field, ret)

        self._converter.add_attribute_function(described)

    def refer(self, schema: Schema) -> Described:
        """A `$ref` to the description of a schema, which is made when it is first asked for."""
        return dict(self._converter.resolve_nested_schema(schema))

    def property_of(self, field: fields.Field[Any]) -> Described:
        """What a field reads, or shows, by itself."""
        return dict(self._converter.field2property(field))

    def document(self, schema: Schema, title: str) -> Described:
        """A JSON Schema by itself, with all that has been described in `$defs`."""
        root = self.refer(schema)
        definitions = dict(sorted(self.spec.to_dict()["components"]["schemas"].items()))
        document: Described = _moved({"$schema": DRAFT, "title": title, **root, "$defs": definitions})
        return document

    def _completed(self, field: fields.Field[Any], told: Described) -> Described:
        """What apispec tells of a field, and what it cannot know. Takes away from `told` what does not hold."""
        more: Described = {}
        if isinstance(field, _Describes):
            for name in ("type", "items"):
                told.pop(name, None)
            more = field.described(self.refer)
            if field.allow_none:
                more = nullable(more)
            if "description" in told:
                more.pop("description", None)
        elif not isinstance(field, _KNOWN):
            raise TypeError(f"{type(field).__name__} does not say what it reads.")
        if told.get("default", ...) is None:
            del told["default"]  # It says that the field may be left out, which every field says that is not required.
        if isinstance(field, fields.Dict):
            more |= self._of_mapping(field, told)
        if "pattern" in told:
            more["pattern"] = portable(told["pattern"])
        return more

    def _of_mapping(self, field: fields.Dict, told: Described) -> Described:
        more: Described = {}
        if field.key_field and field.key_field.validators:
            more["propertyNames"] = self._converter.field2property(field.key_field)
        for split_modifiers, right in (("minLength", "minProperties"), ("maxLength", "maxProperties")):
            if split_modifiers in told:
                more[right] = told.pop(split_modifiers)
        return more


class _Plugin(MarshmallowPlugin):
    """Adds what a schema says itself, and the sentence that its docstring begins with."""

    refer: Refer

    # Of apispec's own two classes one gives this other arguments than the other, and no types.
    def schema_helper(self, name: str, definition: Described, **kwargs: Any) -> Described | None:  # type: ignore[override]
        told: Described | None = super().schema_helper(name, definition, **kwargs)  # type: ignore[no-untyped-call]
        if told is None:
            return None
        instance = resolve_schema_instance(kwargs["schema"])
        if isinstance(instance, Strict):
            told = instance.described(told, self.refer)
        if type(instance).__doc__:
            told = {"description": sentence_of(type(instance)), **told}
        return told


def _name(schema: Any) -> str:
    """What a schema is called: its class without `Schema`, and that it is a patch if nothing in it is required."""
    kind = resolve_schema_cls(schema)
    assert isinstance(kind, type)
    patch = "Patch" if getattr(schema, "partial", None) else ""
    return kind.__name__.lstrip("_").removesuffix("Schema") + patch


def _moved(told: Any) -> Any:
    """The same, its references to `$defs` instead of OpenAPI's components."""
    if isinstance(told, dict):
        return {name: _moved(value) for name, value in told.items()}
    if isinstance(told, list):
        return [_moved(value) for value in told]
    if isinstance(told, str) and told.startswith(_COMPONENTS):
        return _DEFINITIONS + told.removeprefix(_COMPONENTS)
    return told
