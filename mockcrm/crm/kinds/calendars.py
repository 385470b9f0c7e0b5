"""The kind of calendars: each event lies in one (contract, section 8)."""

from typing import Any

from marshmallow import missing

from mockcrm.base.schema.fields import Flag
from mockcrm.crm.kinds.declared import declared_kind
from mockcrm.crm.kinds.fields import IdText, Zone, name_text, word
from mockcrm.crm.kinds.filters import owner
from mockcrm.crm.kinds.kind_schema import KindSchema
from mockcrm.crm.kinds.label import named_by


class OwnFlag(Flag):
    """A boolean that the CRM sets. A client may send it back as it read it."""

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        return missing


class CalendarSchema(KindSchema):
    """A calendar. Its `accessRole` says what a client may do; mockcrm does not enforce it."""

    name = name_text()
    primary = OwnFlag(load_default=False)
    accessRole = word("owner", "writer", "reader", default="owner")
    ownerId = IdText("user")
    timezone = Zone()


CALENDAR = declared_kind(
    "calendar",
    CalendarSchema,
    prefix="0CA",
    label=named_by("name"),
    sample={"name": "Team", "accessRole": "writer", "timezone": "Europe/Berlin"},
    filters={"ownerId": owner()},
    filled=("primary",),
    invent="new_calendar",
)
