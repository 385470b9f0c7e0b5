"""The schema of a whole record of any kind, both ways: `id` and `lastModifiedAt`, merge patches, stamps."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields

from mockcrm.base.schema.descriptions import Described, Refer, nullable
from mockcrm.base.times import FORMATS, floor_to
from mockcrm.crm.change import Change
from mockcrm.crm.dialect.knobs import PLAIN, Dialect
from mockcrm.crm.record_schema import RecordSchema


class KindSchema(RecordSchema):
    """A record. `id` and `lastModifiedAt` belong to the CRM; a client may send them back as it read them."""

    id = fields.Raw(allow_none=True)
    lastModifiedAt = fields.Raw(allow_none=True)

    set_apart = ("lastModifiedAt",)

    def __init__(self, dialect: Dialect = PLAIN, *, partial: bool | None = None) -> None:
        super().__init__(dialect, partial=partial)
        self._stamp = FORMATS[dialect.timestamp_format]
        self._grain = dialect.grain

    def build(self, values: dict[str, Any]) -> dict[str, Any]:
        values.pop("lastModifiedAt", None)
        return values

    def described(self, schema: Described, refer: Refer) -> Described:
        """In a merge patch null resets an optional field, and an absent field has no default."""
        if self.partial:
            properties = schema["properties"]
            for name, field in self.fields.items():
                properties[name].pop("default", None)
                if not field.required and not field.allow_none:
                    properties[name] = nullable(properties[name])
        return schema

    def cleared(self, patch: Any) -> tuple[Any, dict[str, Any]]:
        """A merge patch without the nulls that reset a field; and the defaults that they stand for, by attribute."""
        if not isinstance(patch, Mapping):
            return patch, {}
        empty = ((name, self.fields[name]) for name, value in patch.items() if value is None and name in self.fields)
        nulls = {name: field for name, field in empty if not field.allow_none and not field.required}
        if not nulls:
            return patch, {}
        return (
            {name: value for name, value in patch.items() if name not in nulls},
            {field.attribute or name: field.load_default for name, field in nulls.items()},
        )

    def stamp(self, change: Change) -> str | int:
        """The `lastModifiedAt` of a version."""
        return self._stamp(floor_to(change.stamp, self._grain))
