"""What colleagues may write where clients need an id: the key of a record. Such schemas describe, and read nothing."""

from functools import cache
from typing import Any

from mockcrm.base.schema.descriptions import Described, Refer, portable
from mockcrm.crm.keys import KEY_PATTERN
from mockcrm.crm.kinds.fields import IdLong
from mockcrm.crm.record_schema import Records, RecordSchema

_KEY: Described = {"type": "string", "pattern": portable(KEY_PATTERN.pattern), "description": "The key of a record."}


@cache
def keyed_schema(schema_class: type[RecordSchema]) -> type[RecordSchema]:
    """The schema of records or their parts, described with keys in all fields that refer to other records."""

    def described(self: RecordSchema, schema: Described, refer: Refer) -> Described:
        properties = schema["properties"]
        for name, field in self.fields.items():
            if isinstance(field, Records):
                member = refer(keyed_schema(type(field.schema))(field.schema.dialect))
                properties[name] |= field.listed({"anyOf": [member, _KEY]})
            elif isinstance(field, IdLong) and field.digits:
                kinds = [*properties[name]["type"], "string"]
                properties[name] |= {"type": kinds, "pattern": _KEY["pattern"]}
        return schema_class.described(self, schema, refer)

    more: dict[str, Any] = {"__doc__": schema_class.__doc__, "described": described}
    return type(f"Keyed{schema_class.__name__}", (schema_class,), more)
