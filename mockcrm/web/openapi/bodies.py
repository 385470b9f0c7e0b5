"""Bodies that the controls accept in more than one form, described for the description of the API alone.

Views read them with the schemas of actions, fault rules and scenarios. A declaration names a function of this module by
a text, so that a start does not make these schemas.
"""

from functools import cache
from typing import Any

from marshmallow import fields

from mockcrm.audit.replica import ReplicaSchema
from mockcrm.base.schema.descriptions import Described, Refer, one_or_more
from mockcrm.base.schema.strict import Strict
from mockcrm.crm.dialect.knobs import CONTROLS
from mockcrm.crm.kinds.keyed_schema import keyed_schema
from mockcrm.crm.kinds.kind import Kind
from mockcrm.sandbox.action_schemas import RULE
from mockcrm.sandbox.control_schemas import EditModifiers
from mockcrm.sandbox.record_arguments import CreateSchema, DraftField, EditSchema
from mockcrm.sandbox.scenario.schema import ScenarioSchema
from mockcrm.sandbox.snapshot import SnapshotSchema


class _NewSchema(CreateSchema):
    """A record's fields, with `key` and the modifiers beside them."""

    class Meta:
        exclude = ("set", "kind")


class _ChangedSchema(EditSchema):
    """A record's fields, with the modifiers beside them."""

    class Meta:
        exclude = ("set", "kind", "event", "record")


@cache
def _new(kind: Kind) -> Any:
    """What describes a new record of a kind. Only its fields are used."""
    return type(
        f"New{kind.title}Schema", (keyed_schema(kind.schema_class), _NewSchema), {"__doc__": _NewSchema.__doc__}
    )


@cache
def _changed(kind: Kind) -> Any:
    """What describes the change of a record of a kind. Only its fields are used."""
    fields_of = keyed_schema(kind.schema_class)

    def described(self: Strict, described: Described, refer: Refer) -> Described:
        """Null resets a field of the record, and is not allowed for a modifier."""
        modifiers = {name: dict(described["properties"][name]) for name in EditModifiers().fields}
        described = fields_of.described(self, described, refer)
        described["properties"] |= modifiers
        return described

    more = {"__doc__": _ChangedSchema.__doc__, "described": described}
    return type(f"Changed{kind.title}Schema", (fields_of, _ChangedSchema), more)


@cache
def _with_set(kind: Kind, base: type[Strict], name: str, *, partial: bool = False) -> type[Strict]:
    """A schema with the modifiers, and the record's fields in `set`."""
    meta = type("Meta", (), {"exclude": tuple(each for each in ("kind", "event", "record") if each in base().fields)})
    more = {
        "set": DraftField(kind=kind, partial=partial),
        "Meta": meta,
        "__doc__": "The modifiers, with the fields in `set`.",
    }
    return type(f"{name}{kind.title}Schema", (base,), more)


class ChosenScenarioSchema(Strict):
    """A shipped scenario, by its name."""

    name = fields.String(required=True)


def created_record(kind: Kind, refer: Refer) -> Described:
    """The action `create`, in its short form or in full."""
    return {"anyOf": [refer(_new(kind)(CONTROLS)), refer(_with_set(kind, CreateSchema, "Create")())]}


def replaced_record(kind: Kind, refer: Refer) -> Described:
    """The action `edit` with a whole record, in its short form or in full."""
    return {"anyOf": [refer(_changed(kind)(CONTROLS)), refer(_with_set(kind, EditSchema, "Replace")())]}


def edited_record(kind: Kind, refer: Refer) -> Described:
    """The action `edit`, in its short form or in full."""
    partial = _changed(kind)(CONTROLS, partial=True)
    return {"anyOf": [refer(partial), refer(_with_set(kind, EditSchema, "Edit", partial=True)())]}


def fault_rules(refer: Refer) -> Described:
    """One fault rule, or a list of them."""
    return one_or_more(refer(RULE))


def scenario(refer: Refer) -> Described:
    """A scenario, by its name or in full."""
    return {"anyOf": [{"type": "string"}, refer(ChosenScenarioSchema()), refer(ScenarioSchema())]}


def replica(refer: Refer) -> Described:
    """A client's replica."""
    return refer(ReplicaSchema())


def snapshot(refer: Refer) -> Described:
    """A snapshot."""
    return refer(SnapshotSchema())
