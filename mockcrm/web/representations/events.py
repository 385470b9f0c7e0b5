"""Events, tombstones, versions, changes, and generated events."""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from marshmallow import validate

from mockcrm.base.times import format_instant
from mockcrm.crm.actions import Result
from mockcrm.crm.change import Change, Op, Origin
from mockcrm.crm.event import LINK_TYPES, STATUSES
from mockcrm.crm.fake_crm import FakeCrm
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.rendering import shown_record
from mockcrm.web.representations.base import Count, InstantText, LongNumber, NextAfter, Ordinal, open_object


@open_object
class ShownAttendeeJson(TypedDict):
    userId: str | None
    emailAddress: str | None
    contactId: LongNumber | None
    status: Annotated[str, validate.OneOf(STATUSES)]


@open_object
class ShownLinkJson(TypedDict):
    type: Annotated[str, validate.OneOf(LINK_TYPES)]
    id: str
    name: str | None


class _ContentJson(TypedDict):
    id: str
    subject: str | None
    description: str | None
    startTime: InstantText
    endTime: InstantText
    location: str | None
    allDay: bool
    private: bool
    attendees: list[ShownAttendeeJson]
    parentId: LongNumber | None
    relatedTo: list[ShownLinkJson]
    lastModifiedAt: InstantText


OwnerId = Annotated[str | None, "The user who owns the event."]
CalendarId = Annotated[str, "The calendar that the event lies in."]


@open_object
class ShownEventJson(_ContentJson):
    """An event, as the dialect `plain` shows it. A CRM that keeps unknown fields shows those as well."""

    ownerId: NotRequired[OwnerId]
    calendarId: NotRequired[CalendarId]
    deleted: NotRequired[
        Annotated[Literal[False], "Never there: in every dialect, a record with this field is a tombstone."]
    ]


class TombstoneJson(TypedDict):
    """What remains of a deleted event. Where the knob `tombstones` is `idOnly`, that is `id` and `deleted` alone."""

    id: str
    deleted: Literal[True]
    deletedAt: InstantText
    lastModifiedAt: InstantText
    mergedInto: NotRequired[Annotated[str, "The id of the record that it was merged into (knob `merged`)."]]


class MergedJson(TypedDict):
    """What the id of a record gives that was merged into another, where the knob `merged` is `pointer`."""

    id: str
    deleted: Literal[True]
    deletedAt: NotRequired[InstantText]
    lastModifiedAt: NotRequired[InstantText]
    mergedInto: str


class _PageJson(TypedDict):
    length: Count
    nextPageToken: str | None
    asOf: InstantText


class EventsPageJson(_PageJson):
    """A page of a list. The `asOf` of a read's first page is a safe `since` for the next read."""

    records: list[TombstoneJson | ShownEventJson]


class TombstonesPageJson(_PageJson):
    """A page of deleted events."""

    records: list[TombstoneJson]


@open_object
class ShownVersionJson(_ContentJson):
    """An event's latest version with its internals. A deleted event keeps its last content."""

    ownerId: OwnerId
    calendarId: CalendarId
    version: Ordinal
    origin: Origin
    key: str | None
    deleted: bool
    visibleAt: InstantText
    deletedAt: NotRequired[InstantText]


class VersionsPageJson(_PageJson):
    """A page of events with their internals, deleted ones too."""

    records: list[ShownVersionJson]


KindName = Annotated[str, validate.OneOf([*KINDS])]
EventId = Annotated[str | None, "The id of the record, if it is an event."]
ShownRecord = Annotated[
    dict[str, Any], lambda refer: {"type": "object", "description": "The content of a record, as its kind has it."}
]


class ShownChangeJson(TypedDict):
    """An entry of the change log."""

    seq: Ordinal
    committedAt: InstantText
    stamp: InstantText
    visibleAt: InstantText
    op: Op
    kind: KindName
    recordId: str
    eventId: EventId
    version: Ordinal
    origin: Origin
    by: str | None
    requestId: str | None
    before: ShownRecord | None
    after: ShownRecord | None
    mergedInto: NotRequired[Annotated[str, "The id of the record that a deleted one was merged into."]]


class ChangesJson(TypedDict):
    changes: list[ShownChangeJson]
    length: Count
    nextAfter: NextAfter
    lastSeq: Count


def change_json(change: Change) -> ShownChangeJson:
    shown: ShownChangeJson = {
        "seq": change.seq,
        "committedAt": format_instant(change.committed_at),
        "stamp": format_instant(change.stamp),
        "visibleAt": format_instant(change.visible_at),
        "op": change.op,
        "kind": change.kind,
        "recordId": change.record.id,
        "eventId": change.record.id if change.kind == EVENT.name else None,
        "version": change.version,
        "origin": change.origin,
        "by": change.by,
        "requestId": change.request_id,
        "before": _shown(change.before) if change.before else None,
        "after": None if change.deleted else _shown(change),
    }
    if change.merged_into is not None:
        shown["mergedInto"] = change.merged_into
    return shown


def _shown(change: Change) -> Any:
    return shown_record(change)


class SeededJson(TypedDict):
    """How many records were asked for, and from which seed; how many of each kind were made; how many events there are.

    Where a kind is not named, none of it was made.
    """

    count: Count
    seed: Count
    records: dict[str, Count]
    events: Count
    lastSeq: Count


def seeded_json(crm: FakeCrm, result: Result) -> SeededJson:
    return {
        "count": result.more["count"],
        "seed": result.more["seed"],
        "records": result.more["records"],
        "events": crm.store.events.live_count(),
        "lastSeq": crm.store.last_seq,
    }
