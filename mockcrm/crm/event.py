"""Events: what they say, and the rules of their times. All immutable, so that forks share them."""

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime
from typing import Any, ClassVar

from mockcrm.base.declaring import dataclass
from mockcrm.base.times import MILLISECOND, floor_to, midnight
from mockcrm.crm.record import Extra
from mockcrm.errors import RecordInvalid

FIELDS: Mapping[str, str] = {
    "subject": "subject",
    "description": "description",
    "startTime": "start",
    "endTime": "end",
    "location": "location",
    "allDay": "all_day",
    "private": "private",
    "attendees": "attendees",
    "parentId": "parent_id",
    "relatedTo": "related_to",
    "ownerId": "owner_id",
    "calendarId": "calendar_id",
}
"""The fields of an event that are set from outside: names on the wire, with their attributes (contract, section 2).

Not every dialect shows the last two to clients.
"""

STATUSES = ("Accepted", "Declined", "Tentative", "NeedsAction")
"""What an attendee can have answered."""
LINK_TYPES = ("Contact", "Account", "Opportunity", "Lead")
"""The kinds of records that an event can be linked to."""


@dataclass(frozen=True, slots=True)
class Attendee:
    """A person who is invited. `mockcrm.crm.record_schema` keeps the JSON in `shown`: the same people recur often.

    A `contact_id` is an integer if its digits are those of a Long, and a text if not, whatever the dialect.
    """

    user_id: str | None = None
    email_address: str | None = None
    contact_id: int | str | None = None
    status: str = "NeedsAction"
    extra: Extra = None
    shown: dict[str, Any] | None = field(default=None, init=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class RelatedTo:
    """A record of the CRM that an event is linked to. `shown` as in an attendee.

    If it `resolves`, there was such a record when the link was written. Then the name is that record's, and not content
    of the event: links that differ by it alone are equal.
    """

    type: str
    id: str
    name: str | None = None
    extra: Extra = None
    resolves: bool = field(default=False, repr=False)
    shown: dict[str, Any] | None = field(default=None, init=False, repr=False)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RelatedTo):
            return NotImplemented
        alike = (self.type, self.id, self.extra) == (other.type, other.id, other.extra)
        return alike and (self.name == other.name or (self.resolves and other.resolves))

    def __hash__(self) -> int:
        return hash((self.type, self.id))


@dataclass(frozen=True, slots=True)
class Event:
    """The content of an event (contract, section 2).

    `parent_id` is as an attendee's `contact_id`. `owner_id` is the id of a user; None while there is none.
    `calendar_id` is that of a calendar; None until the event is written.
    """

    kind: ClassVar[str] = "event"

    id: str
    start: datetime
    end: datetime
    subject: str | None = None
    description: str | None = None
    location: str | None = None
    all_day: bool = False
    private: bool = False
    attendees: tuple[Attendee, ...] = ()
    parent_id: int | str | None = None
    related_to: tuple[RelatedTo, ...] = ()
    owner_id: str | None = None
    calendar_id: str | None = None
    extra: Extra = None


def interval(start: datetime | date, end: datetime | date, *, all_day: bool) -> tuple[datetime, datetime]:
    """The instants of an event's times, to the millisecond, by the rules of the contract's section 2.

    Raises `RecordInvalid`, whose details name the field.
    """
    times = {"startTime": start, "endTime": end}
    problems: dict[str, list[str]] = {}
    instants: dict[str, datetime] = {}
    for name, value in times.items():
        bare = not isinstance(value, datetime)
        instant = floor_to(value, MILLISECOND) if isinstance(value, datetime) else midnight(value)
        if bare and not all_day:
            problems[name] = ["Only an allDay event takes a bare date: add a time of day and an offset."]
        elif all_day and instant != midnight(instant):
            problems[name] = ["An allDay event starts and ends at midnight UTC."]
        instants[name] = instant
    if not problems and instants["endTime"] < instants["startTime"]:
        problems["endTime"] = ["Must not be before startTime."]
    if problems:
        raise RecordInvalid.of("event")("The event's times are not valid.", problems)
    return instants["startTime"], instants["endTime"]
