"""Events on the wire, both ways: how bodies are read, and how events are shown (contract, section 2).

The dialect decides how times and links look, and what happens to unknown fields.
"""

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from mockcrm.base.schema.bases import Field
from mockcrm.base.schema.descriptions import Described, Refer, nullable, portable, sentence_of
from mockcrm.base.schema.fields import Flag, Reference, Whole
from mockcrm.base.times import (
    DAY_PATTERN,
    FORMATS,
    INSTANT_PATTERN,
    floor_to,
    from_epoch_millis,
    parse_day,
    parse_instant,
    to_rfc3339,
)
from mockcrm.crm.change import Change
from mockcrm.crm.dialect.knobs import PLAIN, Dialect
from mockcrm.crm.event import LINK_TYPES, STATUSES, Attendee, RelatedTo
from mockcrm.crm.record_schema import Links, Records, RecordSchema, Written


class EventTime(Written, Field[datetime | date]):
    """The start or end of an event: a date-time, or for an allDay event a bare date.

    The dialect's own form is read too, so that a client can send back what it received.
    """

    default_error_messages = {"invalid": "Not a date-time."}

    def _bind_to_schema(self, field_name: str, parent: Any) -> None:
        super()._bind_to_schema(field_name, parent)
        self.form = parent.dialect.timestamp_format

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime | date:
        try:
            if self.form == "epochMillis" and type(value) is int:
                return from_epoch_millis(value)
            if not isinstance(value, str):
                raise self.make_error("invalid")
            return parse_day(value) or parse_instant(to_rfc3339(value, self.form))
        except ValidationError:
            raise
        except ValueError as error:
            raise ValidationError(str(error)) from error

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | int:
        return FORMATS[self.form](value)

    def described(self, refer: Refer) -> Described:
        """What every dialect reads. A form that only one dialect reads is left out."""
        return {"type": "string", "pattern": portable(DAY_PATTERN, INSTANT_PATTERN), "description": sentence_of(self)}


def _text(attribute: str) -> fields.String:
    return fields.String(attribute=attribute, allow_none=True, load_default=None)


def _long(attribute: str) -> Whole:
    return Whole(attribute=attribute, allow_none=True, load_default=None)


class AttendeeSchema(RecordSchema):
    userId = _text("user_id")
    emailAddress = _text("email_address")
    contactId = _long("contact_id")
    status = fields.String(load_default="NeedsAction", validate=validate.OneOf(STATUSES))

    @validates_schema
    def somebody(self, data: Mapping[str, Any], **_: Any) -> None:
        if all(data.get(name) is None for name in ("user_id", "email_address", "contact_id")):
            raise ValidationError("An attendee needs a userId, an emailAddress or a contactId.")

    def build(self, values: dict[str, Any]) -> Attendee:
        return Attendee(**values)


class RelatedToSchema(RecordSchema):
    type = fields.String(required=True, validate=validate.OneOf(LINK_TYPES))
    id = Reference(required=True)
    name = _text("name")

    def build(self, values: dict[str, Any]) -> RelatedTo:
        return RelatedTo(**values)


class EventSchema(RecordSchema):
    """An event. `id` and `lastModifiedAt` belong to the CRM; a client may send them back as it read them."""

    id = fields.Raw(allow_none=True)
    subject = _text("subject")
    description = _text("description")
    startTime = EventTime(attribute="start", required=True)
    endTime = EventTime(attribute="end", required=True)
    location = _text("location")
    allDay = Flag(attribute="all_day", load_default=False)
    private = Flag(load_default=False)
    attendees = Records(AttendeeSchema)
    parentId = _long("parent_id")
    relatedTo = Links(RelatedToSchema, attribute="related_to")
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
        nulls = {
            name: field
            for name, field in self.fields.items()
            if name in patch and patch[name] is None and not field.allow_none and not field.required
        }
        return (
            {name: value for name, value in patch.items() if name not in nulls},
            {field.attribute or name: field.load_default for name, field in nulls.items()},
        )

    def stamp(self, change: Change) -> str | int:
        """The `lastModifiedAt` of a version."""
        return self._stamp(floor_to(change.stamp, self._grain))


@lru_cache(maxsize=64)
def event_schema(dialect: Dialect) -> EventSchema:
    return EventSchema(dialect)
