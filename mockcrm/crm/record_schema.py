"""Events on the wire, both ways: the marshmallow schemas, and the bytes that are made from them once and kept.

The rules are those of the contract's section 2. How times and links look, and what becomes of unknown fields, is the
dialect's.
"""

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple
from zlib import crc32

import orjson
from marshmallow import EXCLUDE, RAISE, ValidationError, fields, post_load, validate, validates_schema

from mockcrm.base.schema.fields import (
    MOST,
    Described,
    Flag,
    Refer,
    Reference,
    Whole,
    nullable,
    one_or_more,
    portable,
    read_list,
    sentence_of,
)
from mockcrm.base.schema.strict import Strict
from mockcrm.base.times import DAY_PATTERN, INSTANT_PATTERN, floor_to, from_epoch_millis, parse_day, parse_instant
from mockcrm.crm.dialect.knobs import FORMATS, PLAIN, Dialect, to_rfc3339
from mockcrm.crm.event import Attendee, Change, Event, RelatedTo
from mockcrm.errors.problems import MAX_PROBLEMS

STATUSES = ("Accepted", "Declined", "Tentative", "NeedsAction")
LINK_TYPES = ("Contact", "Account", "Opportunity", "Lead")
MAX_OTHERS = 2
"""In how many styles besides the first a version's JSON is kept: a CRM shows it in three at most."""
MAX_STYLES = 1_000
"""How many styles are known by their identity."""
_KEEPING = threading.Lock()
_STYLES: dict["Style", "Style"] = {}

_REDACTED: Mapping[str, Any] = {
    "subject": "Busy",
    "description": None,
    "location": None,
    "attendees": (),
    "parent_id": None,
    "related_to": (),
    "extra": None,
}

MAX_UNKNOWN = MOST
"""How many fields that the contract does not know an event, an attendee or a link has at most."""

SHOWN = 40
"""How much of a value is shown to people, in characters."""

RESERVED = ("deleted", "deletedAt")
"""What tells a tombstone from an event: never among the fields that are kept as they come."""


class Record(Strict):
    """An event or a part of one: what it does with unknown fields, and how it shows an object of the model."""

    told_apart: tuple[str, ...] = ()
    """Fields that a record does not show by itself."""

    def __init__(self, dialect: Dialect = PLAIN, *, partial: bool | None = None) -> None:
        self.dialect = dialect
        rejects = dialect.unknown_fields == "reject"
        super().__init__(unknown=RAISE if rejects else EXCLUDE, partial=partial)
        self.strays = MAX_PROBLEMS if rejects else MAX_UNKNOWN
        self._names = tuple(name for name in self.fields if name not in self.told_apart)
        self._values = attrgetter(*(self.fields[name].attribute or name for name in self._names))
        # Most fields show their values as they are, and need not be asked.
        self._written = [
            (name, self.fields[name]) for name in self._names if isinstance(self.fields[name], Records | EventTime)
        ]

    @post_load(pass_original=True)
    def gather(self, data: dict[str, Any], original: Mapping[str, Any], **_: Any) -> Any:
        """Keep what the contract does not know, in the order in which it came."""
        keeps = self.dialect.unknown_fields == "keep"
        forged = {name: ["Only the CRM says so."] for name in RESERVED if keeps and name in original}
        if forged:
            raise ValidationError(forged)
        extra = {key: value for key, value in original.items() if keeps and key not in self.fields}
        return self.build({**data, "extra": extra or None})

    def build(self, values: dict[str, Any]) -> Any:
        """What the loaded values, by their names in the model, make."""
        return values

    def show(self, record: Any) -> dict[str, Any]:
        """The record as JSON's types."""
        shown = dict(zip(self._names, self._values(record), strict=True))
        for name, field in self._written:
            shown[name] = field._serialize(shown[name], name, record)
        return shown | record.extra if record.extra else shown


class Records(fields.Field[tuple[Any, ...]]):
    """A list of at most `MOST` records, in the dialect of the schema it stands in."""

    def __init__(self, record: Callable[[Dialect], Record], **kwargs: Any) -> None:
        super().__init__(load_default=(), **kwargs)
        self._record = record

    def _bind_to_schema(self, field_name: str, parent: Any) -> None:
        super()._bind_to_schema(field_name, parent)
        self.schema = self._record(parent.dialect)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[Any, ...]:
        return tuple(read_list(value, self.schema.load))

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return [each.shown or self._show(each) for each in value]

    def _show(self, each: Any) -> dict[str, Any]:
        """What no dialect changes, and so is shown once for each object, however many events it recurs in."""
        shown = self.schema.show(each)
        object.__setattr__(each, "shown", shown)
        return shown

    def described(self, refer: Refer) -> Described:
        return {"type": "array", "items": refer(self.schema), "maxItems": MOST}


class Links(Records):
    """`relatedTo`: a list, or the first link alone where the dialect shows one object. One object is read as well."""

    def _bind_to_schema(self, field_name: str, parent: Any) -> None:
        super()._bind_to_schema(field_name, parent)
        self.alone = parent.dialect.related_to_shape == "object"

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        if value is None and self.alone:
            return ()
        return super().deserialize([value] if isinstance(value, dict) else value, attr, data, **kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        shown = super()._serialize(value[:1] if self.alone else value, attr, obj)
        return (shown[0] if shown else None) if self.alone else shown

    def described(self, refer: Refer) -> Described:
        described = one_or_more(refer(self.schema), maxItems=MOST)
        return nullable(described) if self.alone else described


class EventTime(fields.Field[datetime | date]):
    """The start or end of an event: a date-time, or a bare date, which only an allDay event may have.

    The form that the dialect writes is read as well, so that a client can send back what it was given.
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
        """What every dialect reads: the form that one of them writes besides is not told."""
        return {"type": "string", "pattern": portable(DAY_PATTERN, INSTANT_PATTERN), "description": sentence_of(self)}


def _text(attribute: str) -> fields.String:
    return fields.String(attribute=attribute, allow_none=True, load_default=None)


def _long(attribute: str) -> Whole:
    return Whole(attribute=attribute, allow_none=True, load_default=None)


class AttendeeSchema(Record):
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


class RelatedToSchema(Record):
    type = fields.String(required=True, validate=validate.OneOf(LINK_TYPES))
    id = Reference(required=True)
    name = _text("name")

    def build(self, values: dict[str, Any]) -> RelatedTo:
        return RelatedTo(**values)


class EventSchema(Record):
    """An event's content. `id` and `lastModifiedAt` are the CRM's: a client may send back what it read."""

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

    told_apart = ("lastModifiedAt",)

    def __init__(self, dialect: Dialect = PLAIN, *, partial: bool | None = None) -> None:
        super().__init__(dialect, partial=partial)
        self._stamp = FORMATS[dialect.timestamp_format]
        self._grain = dialect.grain

    def build(self, values: dict[str, Any]) -> dict[str, Any]:
        values.pop("lastModifiedAt", None)
        return values

    def described(self, told: Described, refer: Refer) -> Described:
        """Of a merge patch, null resets what is not required, and nothing is what it is by default."""
        if self.partial:
            for name, field in self.fields.items():
                told["properties"][name].pop("default", None)
                if not field.required and not field.allow_none:
                    told["properties"][name] = nullable(told["properties"][name])
        return told

    def cleared(self, patch: Any) -> tuple[Any, dict[str, Any]]:
        """A merge patch without the nulls that reset a field to its default, and those defaults."""
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
        """What `lastModifiedAt` says of a version."""
        return self._stamp(floor_to(change.stamp, self._grain))

    def version(self, change: Change, style: "Style") -> dict[str, Any]:
        """A version as a list or a read by id gives it: an event, or the tombstone of one (contract, section 3)."""
        stamp = self.stamp(change)
        if change.deleted and style.tombstones == "idOnly":
            return {"id": change.event.id, "deleted": True}
        if change.deleted:
            return {"id": change.event.id, "deleted": True, "deletedAt": stamp, "lastModifiedAt": stamp}
        redacts = style.private == "busy" and change.event.private
        shown = self.show(redacted(change.event) if redacts else change.event)
        shown["lastModifiedAt"] = stamp
        for name in style.omitted:
            del shown[name]
        return shown


@lru_cache(maxsize=64)
def event_schema(dialect: Dialect) -> EventSchema:
    return EventSchema(dialect)


class Style(NamedTuple):
    """What of a dialect shows in an event's JSON: one object for each style, so that it is told by identity."""

    timestamp_format: str
    timestamp_precision: str
    related_to_shape: str
    tombstones: str
    private: str
    omitted: tuple[str, ...]


def rendered(changes: Iterable[Change], dialect: Dialect, *, listed: bool = False) -> list[bytes]:
    """Each version's JSON in the dialect, in which it may be another where it is `listed`.

    It is made once, and kept with the version for whoever asks next.
    """
    style = _style(dialect, listed)
    # A list visits a thousand versions that lie all over the memory: each step from object to object counts.
    return [change.json if change.style is style else _in_another(change, style, dialect) for change in changes]


def tagged(change: Change) -> str:
    """What tells a version from every other: its number, and a sum of what it says, made once and kept."""
    if not change.tag:
        (plain,) = rendered([change], PLAIN)
        object.__setattr__(change, "tag", f"{change.version}-{crc32(plain):08x}")
    return change.tag


@lru_cache(maxsize=64)
def _style(dialect: Dialect, listed: bool) -> Style:
    style = Style(
        dialect.timestamp_format,
        dialect.timestamp_precision,
        dialect.related_to_shape,
        dialect.tombstones,
        dialect.private_in_lists if listed else "full",
        dialect.omitted_from_lists if listed else (),
    )
    if len(_STYLES) == MAX_STYLES:
        _STYLES.clear()
    return _STYLES.setdefault(style, style)


def _in_another(change: Change, style: Style, dialect: Dialect) -> bytes:
    if (known := (change.others or {}).get(style)) is not None:
        return known
    # orjson's buffer is several times as large as what it holds, and this is kept.
    data = bytes(memoryview(orjson.dumps(event_schema(dialect).version(change, style))))
    # Forks of two dialects share the version, and may show it at the same time.
    with _KEEPING:
        if change.style is None:
            object.__setattr__(change, "json", data)
            object.__setattr__(change, "style", style)
        else:
            others = [*(change.others or {}).items(), (style, data)]
            object.__setattr__(change, "others", dict(others[-MAX_OTHERS:]))
    return data


def normalized(event: Event, dialect: Dialect) -> Event:
    """The event as the CRM keeps it, which need not be as it was sent."""
    done: dict[str, Any] = {}
    if "trim" in dialect.normalization:
        done |= {name: text.strip() for name in ("subject", "location") if (text := getattr(event, name))}
    if "lowerCaseAddresses" in dialect.normalization:
        done["attendees"] = tuple(
            replace(each, email_address=each.email_address and each.email_address.lower()) for each in event.attendees
        )
    if "crlf" in dialect.normalization and event.description:
        done["description"] = re.sub(r"\r\n?|\n", "\r\n", event.description)
    return replace(event, **done) if done else event


def redacted(event: Event) -> Event:
    """A private event as a list shows it where the dialect redacts it."""
    return replace(event, **_REDACTED)


def shown_event(change: Change, dialect: Dialect = PLAIN) -> dict[str, Any]:
    """An event's content with its stamp, also of a version that is a deletion."""
    schema = event_schema(dialect)
    return schema.show(change.event) | {"lastModifiedAt": schema.stamp(change)}


def shortly(value: Any) -> str:
    """A field's value for people, who need not see all of it."""
    text = orjson.dumps(value).decode()
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
