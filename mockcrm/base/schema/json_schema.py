"""JSON Schema (2020-12) for what mockcrm reads and writes, made from the marshmallow schemas.

apispec knows marshmallow's own fields, and those derived from them. Other fields describe themselves with a method
`described`, and so does a schema that says more than its fields.
"""

from typing import Any, Protocol, runtime_checkable

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_cls, resolve_schema_instance
from marshmallow import Schema, fields

from mockcrm.base.schema.bases import Field
from mockcrm.base.schema.descriptions import Described, Refer, nullable, portable, sentence_of
from mockcrm.base.schema.strict import Strict

DRAFT = "https://json-schema.org/draft/2020-12/schema"

_KNOWN = (fields.String, fields.List, fields.Dict, fields.Nested, fields.Raw)
"""The fields in use that apispec understands."""
_COMPONENTS, _DEFINITIONS = "#/components/schemas/", "#/$defs/"


@runtime_checkable
class _Describes(Protocol):
    """A field that describes itself."""

    def described(self, refer: Refer) -> Described: ...


class Describer:
    """Descriptions that refer to each other, collected in `spec` as the components of OpenAPI 3.1."""

    def __init__(self, title: str = "mockcrm", version: str = "") -> None:
        plugin = _Plugin(schema_name_resolver=_name)
        self.spec = APISpec(title, version, "3.1.0", plugins=[plugin])
        assert plugin.converter is not None
        self._converter = plugin.converter
        plugin.refer = self.refer

        def described(_: Any, field: Field[Any], ret: Described) -> Described:
            return self._completed(field, ret)

        self._converter.add_attribute_function(described)

    def refer(self, schema: Schema) -> Described:
        """A `$ref` to the description of a schema. The description is made on first use."""
        return dict(self._converter.resolve_nested_schema(schema))

    def property_of(self, field: Field[Any]) -> Described:
        """The description of one field."""
        return dict(self._converter.field2property(field))

    def document(self, schema: Schema, title: str) -> Described:
        """A JSON Schema that stands alone, with all that was described so far in `$defs`."""
        root = self.refer(schema)
        definitions = dict(sorted(self.spec.to_dict()["components"]["schemas"].items()))
        document: Described = _moved({"$schema": DRAFT, "title": title, **root, "$defs": definitions})
        return document

    def _completed(self, field: Field[Any], schema: Described) -> Described:
        """What to add to apispec's description of a field. Removes from `schema` what does not hold."""
        more: Described = {}
        if isinstance(field, _Describes):
            for name in ("type", "items"):
                schema.pop(name, None)
            more = field.described(self.refer)
            if field.allow_none:
                more = nullable(more)
            if "description" in schema:
                more.pop("description", None)
        elif not isinstance(field, _KNOWN):
            raise TypeError(f"{type(field).__name__} does not say what it reads.")
        if schema.get("default", ...) is None:
            del schema["default"]  # A default of null only says that the field is optional, and so does `required`.
        if isinstance(field, fields.Dict):
            more |= self._of_mapping(field, schema)
        if "pattern" in schema:
            more["pattern"] = portable(schema["pattern"])
        return more

    def _of_mapping(self, field: fields.Dict, schema: Described) -> Described:
        more: Described = {}
        if field.key_field and field.key_field.validators:
            more["propertyNames"] = self._converter.field2property(field.key_field)
        for left, right in (("minLength", "minProperties"), ("maxLength", "maxProperties")):
            if left in schema:
                more[right] = schema.pop(left)
        return more


class _Plugin(MarshmallowPlugin):
    """Adds what a schema says itself, and the first sentence of its docstring."""

    refer: Refer

    # apispec's own two classes call this with different arguments, and without types.
    def schema_helper(self, name: str, definition: Described, **kwargs: Any) -> Described | None:  # type: ignore[override]
        schema: Described | None = super().schema_helper(name, definition, **kwargs)  # type: ignore[no-untyped-call]
        if schema is None:
            return None
        instance = resolve_schema_instance(kwargs["schema"])
        if isinstance(instance, Strict):
            schema = instance.described(schema, self.refer)
        if type(instance).__doc__:
            schema = {"description": sentence_of(type(instance)), **schema}
        return schema


def _name(schema: Any) -> str:
    """The name of a schema: its class without `Schema`, and with `Patch` if nothing in it is required.

    A `variant` of the schema is a word before it.
    """
    kind = resolve_schema_cls(schema)
    assert isinstance(kind, type)
    patch = "Patch" if getattr(schema, "partial", None) else ""
    return getattr(schema, "variant", "") + kind.__name__.lstrip("_").removesuffix("Schema") + patch


def _moved(schema: Any) -> Any:
    """The same schema with references to `$defs` instead of OpenAPI's components."""
    if isinstance(schema, dict):
        return {name: _moved(value) for name, value in schema.items()}
    if isinstance(schema, list):
        return [_moved(value) for value in schema]
    if isinstance(schema, str) and schema.startswith(_COMPONENTS):
        return _DEFINITIONS + schema.removeprefix(_COMPONENTS)
    return schema
