"""What a CRM holds: events, and the changes that made them. All immutable, so that forks share them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, get_args

from mockcrm.base.times import MILLISECOND, floor_to, midnight
from mockcrm.errors import EventInvalid

Extra = Mapping[str, Any] | None
"""Fields that the contract does not know, kept as they came (dialect `unknownFields: keep`)."""

Op = Literal["created", "updated", "deleted", "restored"]
OPS: tuple[Op, ...] = get_args(Op)
Origin = Literal["crm", "client"]


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody who is asked to come. `mockcrm.crm.record_schema` keeps `shown`: the same people come time and again."""

    user_id: str | None = None
    email_address: str | None = None
    contact_id: int | None = None
    status: str = "NeedsAction"
    extra: Extra = None
    shown: dict[str, Any] | None = field(default=None, init=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class RelatedTo:
    """A record of the CRM that an event is linked to. `shown` as of an attendee."""

    type: str
    id: str
    name: str | None = None
    extra: Extra = None
    shown: dict[str, Any] | None = field(default=None, init=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Event:
    """The content of an event (contract, section 2). `lastModifiedAt` is not content: it belongs to the change."""

    id: str
    start: datetime
    end: datetime
    subject: str | None = None
    description: str | None = None
    location: str | None = None
    all_day: bool = False
    private: bool = False
    attendees: tuple[Attendee, ...] = ()
    parent_id: int | None = None
    related_to: tuple[RelatedTo, ...] = ()
    extra: Extra = None


def interval(start: datetime | date, end: datetime | date, *, all_day: bool) -> tuple[datetime, datetime]:
    """The instants that an event's times stand for, held to the rules of the contract's section 2.

    Times are kept to the millisecond. Raises `EventInvalid` naming the field.
    """
    times = {"startTime": start, "endTime": end}
    problems: dict[str, list[str]] = {}
    instants: dict[str, datetime] = {}
    for name, value in times.items():
        bare = not isinstance(value, datetime)
        instant = floor_to(value, MILLISECOND) if isinstance(value, datetime) else midnight(value)
        if bare and not all_day:
            problems[name] = ["A bare date is only for allDay events: give a time of day and an offset."]
        elif all_day and instant != midnight(instant):
            problems[name] = ["An allDay event starts and ends at midnight UTC."]
        instants[name] = instant
    if not problems and instants["endTime"] < instants["startTime"]:
        problems["endTime"] = ["Must not be before startTime."]
    if problems:
        raise EventInvalid("The event's times are not valid.", problems)
    return instants["startTime"], instants["endTime"]


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """One entry of the change log, and with it one version of one event.

    Three times are kept apart: when it was committed, what `lastModifiedAt` says (`stamp`), and when lists may show it
    (`visible_at`). `stamp_seq` is the `seq` of the change that set the stamp: an edit that does not bump keeps both
    (contract, section 4). `event` is the content after the change; after a deletion, the last there was.
    """

    seq: int
    version: int
    op: Op
    event: Event
    committed_at: datetime
    stamp: datetime
    stamp_seq: int
    visible_at: datetime
    origin: Origin
    by: str | None
    request_id: str | None
    prior: "Change | None" = field(repr=False)
    style: object = field(default=None, init=False, repr=False)
    json: bytes = field(default=b"", init=False, repr=False)
    """The JSON of this version in the style it was first asked for: `mockcrm.crm.record_schema` alone sets it."""
    others: Mapping[object, bytes] | None = field(default=None, init=False, repr=False)
    """The same in every other style."""
    tag: str = field(default="", init=False, repr=False)
    """What tells this version from every other, likewise."""
    fields: frozenset[str] | None = field(default=None, init=False, repr=False)
    """The names on the wire of the fields that this change set, likewise."""

    @property
    def deleted(self) -> bool:
        return self.op == "deleted"

    @property
    def delayed(self) -> bool:
        """Whether this change was committed to become visible only later."""
        return self.visible_at > self.committed_at

    @property
    def before(self) -> "Change | None":
        """The version that this change replaced, or None where nothing lived."""
        return None if self.prior is None or self.prior.deleted else self.prior
