"""Events on the wire, both ways: how bodies are read, and how events are shown (contract, section 2).

The dialect decides how times and links look, and what happens to unknown fields.
"""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, missing, validate, validates_schema

from mockcrm.base.schema.fields import Flag, Reference
from mockcrm.crm.dialect.knobs import Dialect
from mockcrm.crm.event import LINK_TYPES, STATUSES, Attendee, RelatedTo
from mockcrm.crm.kinds.fields import EventTime, IdLong, IdText, text
from mockcrm.crm.kinds.kind_schema import KindSchema
from mockcrm.crm.record_schema import Links, Records, RecordSchema


class AttendeeSchema(RecordSchema):
    userId = IdText("user", attribute="user_id")
    emailAddress = text("email_address")
    contactId = IdLong("contact", attribute="contact_id")
    status = fields.String(load_default="NeedsAction", validate=validate.OneOf(STATUSES))

    one_of = ("user_id", "email_address", "contact_id")
    by_key = ("emailAddress",)

    @validates_schema
    def somebody(self, data: Mapping[str, Any], **_: Any) -> None:
        if all(data.get(name) is None for name in self.one_of):
            raise ValidationError("An attendee needs a userId, an emailAddress or a contactId.")

    def build(self, values: dict[str, Any]) -> Attendee:
        return Attendee(**values)


class RelatedToSchema(RecordSchema):
    type = fields.String(required=True, validate=validate.OneOf(LINK_TYPES))
    id = Reference(required=True)
    name = text("name")

    def build(self, values: dict[str, Any]) -> RelatedTo:
        return RelatedTo(**values)


class EventSchema(KindSchema):
    """An event, read and shown. `ownerId` and `calendarId` are there where the dialect has them."""

    subject = text("subject")
    description = text("description")
    startTime = EventTime(attribute="start", required=True)
    endTime = EventTime(attribute="end", required=True)
    location = text("location")
    allDay = Flag(attribute="all_day", load_default=False)
    private = Flag(load_default=False)
    attendees = Records(AttendeeSchema)
    parentId = IdLong("event", attribute="parent_id")
    relatedTo = Links(RelatedToSchema, attribute="related_to")
    ownerId = IdText("user", attribute="owner_id", load_default=missing)
    calendarId = fields.String(attribute="calendar_id", allow_none=True, load_default=missing)

    @classmethod
    def hidden(cls, dialect: Dialect) -> tuple[str, ...]:
        owner = ("ownerId",) if dialect.event_owner == "hidden" else ()
        return (*owner, "calendarId") if dialect.calendars == "one" else owner
