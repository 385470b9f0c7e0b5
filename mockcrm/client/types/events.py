"""Events and the changes that are made to them (contract, section 2)."""

from collections.abc import Sequence
from typing import Any, Literal, Required, TypedDict

from mockcrm.client.types.names import KindName
from mockcrm.client.types.values import DurationLike, EventTimeLike, InstantLike

AttendeeStatus = Literal["Accepted", "Declined", "Tentative", "NeedsAction"]
RelatedRecordType = Literal["Contact", "Account", "Opportunity", "Lead"]
ChangeOrigin = Literal["crm", "client"]
"""Who wrote: a colleague in the CRM, or a client through the API."""
ChangeType = Literal["created", "updated", "deleted", "restored"]
FieldName = Literal[
    "subject",
    "description",
    "startTime",
    "endTime",
    "location",
    "allDay",
    "private",
    "attendees",
    "parentId",
    "relatedTo",
    "ownerId",
    "calendarId",
]
"""The fields of an event that a knob can name."""

# What is read


class Attendee(TypedDict):
    """Somebody who takes part in an event."""

    userId: str | None
    emailAddress: str | None
    contactId: int | None
    status: AttendeeStatus


class RelatedRecord(TypedDict):
    """A record of the CRM that an event is about."""

    type: RelatedRecordType
    id: str
    name: str | None


class EventContent(TypedDict):
    """An event as the dialect `plain` shows it to clients. Instants are RFC 3339 text in UTC."""

    id: str
    subject: str | None
    description: str | None
    startTime: str
    endTime: str
    location: str | None
    allDay: bool
    private: bool
    attendees: list[Attendee]
    parentId: int | None
    relatedTo: list[RelatedRecord]
    lastModifiedAt: str


class _Deletion(TypedDict, total=False):
    deletedAt: str


class Event(EventContent, _Deletion):
    """The latest version of an event, as the controls show it. A deleted one keeps its content and has `deletedAt`."""

    ownerId: str | None
    calendarId: str
    version: int
    origin: ChangeOrigin
    key: str | None
    deleted: bool
    visibleAt: str


class _Merged(TypedDict, total=False):
    mergedInto: str


class Change(_Merged):
    """An entry of the change log. `before` is None for a new record, `after` for a deleted one.

    `eventId` is None for other records than events. `mergedInto` is the id of the record that a deleted one was merged
    into, if it was.
    """

    seq: int
    committedAt: str
    stamp: str
    visibleAt: str
    op: ChangeType
    kind: KindName
    recordId: str
    eventId: str | None
    version: int
    origin: ChangeOrigin
    by: str | None
    requestId: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None


# What is written


class AttendeeFields(TypedDict, total=False):
    """Somebody to invite, by at least one of three names. Without a `status` they are `NeedsAction`.

    A key will do for a `userId` and a `contactId`.
    """

    userId: str | None
    emailAddress: str | None
    contactId: int | str | None
    status: AttendeeStatus


class RelatedRecordFields(TypedDict, total=False):
    """A record of the CRM to link an event with. Its `id` may be a key."""

    type: Required[RelatedRecordType]
    id: Required[str | int]
    name: str | None


class _NullableFields(TypedDict, total=False):
    id: str | None
    subject: str | None
    description: str | None
    location: str | None
    parentId: int | str | None
    ownerId: str | None
    calendarId: str | None
    lastModifiedAt: str | None


class EventFields(_NullableFields, total=False):
    """The fields of an event to change; None clears one. A key alone will do for an attendee and for a link.

    `id` and `lastModifiedAt` belong to the CRM. They may be sent back as they came, and change nothing.
    """

    startTime: EventTimeLike
    endTime: EventTimeLike
    allDay: bool | None
    private: bool | None
    attendees: Sequence[AttendeeFields | str] | None
    relatedTo: RelatedRecordFields | str | Sequence[RelatedRecordFields | str] | None


class NewEventFields(_NullableFields, total=False):
    """The fields of a new event, which needs its times. An `id` is kept if no other event has it.

    A key alone will do for an attendee and for a link.
    """

    startTime: Required[EventTimeLike]
    endTime: Required[EventTimeLike]
    allDay: bool
    private: bool
    attendees: Sequence[AttendeeFields | str]
    relatedTo: RelatedRecordFields | str | Sequence[RelatedRecordFields | str]


class Modifiers(TypedDict, total=False):
    """How a colleague's write is made.

    `visible_after` is the time until lists show it. `stamp` is its `lastModifiedAt`, or how far that is from now. `by`
    is who did it.
    """

    visible_after: DurationLike
    stamp: InstantLike | DurationLike
    by: str | None


class EventCreation(NewEventFields, Modifiers, total=False):
    """What `crm.events.create` takes: fields and modifiers."""


class EventChange(EventFields, Modifiers, total=False):
    """What `crm.events.edit` takes: fields and modifiers."""


class EventQuery(TypedDict, total=False):
    """Which events to list, as `GET /admin/events` has it: changed `since`, in an interval, in a calendar, and so on.

    `calendarId` may be `primary`, `ownerId` may be `me`.
    """

    since: InstantLike
    startAt: InstantLike
    endAt: InstantLike
    calendarId: str | Sequence[str]
    ownerId: str | Sequence[str]
    limit: int


class ReplicaWindow(TypedDict, total=False):
    """An interval of time. A replica that is compared within a window has no events outside it."""

    startAt: InstantLike
    endAt: InstantLike
