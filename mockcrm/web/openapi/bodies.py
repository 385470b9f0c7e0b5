"""Bodies that the controls accept in more than one form, described for the description of the API alone.

Views read them with the schemas of actions, fault rules and scenarios. A declaration names a function of this module by
a text, so that a start does not make these schemas.
"""

from marshmallow import fields

from mockcrm.base.schema.descriptions import Described, Refer, one_or_more
from mockcrm.base.schema.strict import Strict
from mockcrm.crm.event_schema import EventSchema
from mockcrm.sandbox.action_schemas import RULE, VERBS, CreateSchema, EditSchema
from mockcrm.sandbox.control_schemas import EditModifiers
from mockcrm.sandbox.scenario.schema import ScenarioSchema


class NewEventSchema(EventSchema, CreateSchema):  # type: ignore[misc]  # Only its fields are used.
    """An event's fields, with `key` and the modifiers beside them."""

    class Meta:
        exclude = ("set",)


class ChangedEventSchema(EventSchema, EditSchema):  # type: ignore[misc]  # The same.
    """An event's fields, with the modifiers beside them."""

    class Meta:
        exclude = ("set", "event")

    def described(self, described: Described, refer: Refer) -> Described:
        """Null resets a field of the event, and is not allowed for a modifier."""
        modifiers = {name: dict(described["properties"][name]) for name in EditModifiers().fields}
        described = super().described(described, refer)
        described["properties"] |= modifiers
        return described


class SetSchema(EditSchema):
    """The modifiers, with the event's fields in `set`."""

    class Meta:
        exclude = ("event",)


class ChosenScenarioSchema(Strict):
    """A shipped scenario, by its name."""

    name = fields.String(required=True)


def created_event(refer: Refer) -> Described:
    """The action `create`, in its short form or in full."""
    return {"anyOf": [refer(NewEventSchema()), refer(VERBS["create"].schema)]}


def replaced_event(refer: Refer) -> Described:
    """The action `edit` with a whole event, in its short form or in full."""
    return {"anyOf": [refer(ChangedEventSchema()), refer(SetSchema())]}


def edited_event(refer: Refer) -> Described:
    """The action `edit`, in its short form or in full."""
    return {"anyOf": [refer(ChangedEventSchema(partial=True)), refer(SetSchema())]}


def fault_rules(refer: Refer) -> Described:
    """One fault rule, or a list of them."""
    return one_or_more(refer(RULE))


def scenario(refer: Refer) -> Described:
    """A scenario, by its name or in full."""
    return {"anyOf": [{"type": "string"}, refer(ChosenScenarioSchema()), refer(ScenarioSchema())]}
