"""What the audit checks of the records of one kind, besides what it checks of the records of every kind."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Any

from mockcrm.base.declaring import dataclass
from mockcrm.crm.event import Event
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.kind import Kind

MIN_GUESTS = 2
"""How many guests at least a meeting has that may be in the calendars of two of them."""
SpanMove = tuple[timedelta, timedelta]
"""By how much the start and the end of a record moved."""


@dataclass(frozen=True, kw_only=True)
class KindChecks:
    """The checks of one kind.

    - `fingerprint` tells most of its records apart. A client brings one back if it creates one with the same.
    - `lists` are its fields whose members are objects: a write may reset values inside them.
    - `addresses` are those of the people in such a list, by its name: the CRM may store them differently.
    - `times` are its fields with the start and the end, and `moved` says by how much they moved: both may drift. A
      drift has the hazard that `drift` names for the record and its move, if any.
    - `meeting` tells who meets when about what, for a record that several people may have in their calendars; None for
      another record.
    - `placeholder` is the field in which lists show a placeholder, where they redact private records.
    """

    fingerprint: Callable[[Any], Hashable]
    lists: tuple[str, ...] = ()
    addresses: Mapping[str, Callable[[Any], Sequence[str | None]]] | None = None
    times: frozenset[str] = frozenset()
    moved: Callable[[Any, Any], SpanMove] | None = None
    drift: Callable[[Any, SpanMove], str | None] | None = None
    meeting: Callable[[Any], Hashable] | None = None
    placeholder: str = ""


def _moved(before: Event, after: Event) -> SpanMove:
    return after.start - before.start, after.end - before.end


def _meeting_of(event: Event) -> Hashable | None:
    guests = frozenset(each.email_address.casefold() for each in event.attendees if each.email_address)
    same = (event.subject, event.start, event.end, event.all_day, guests)
    return same if len(guests) >= MIN_GUESTS and event.subject and event.parent_id is None else None


def _drift_of(event: Event, by: SpanMove) -> str | None:
    if not event.all_day:
        return None
    return "allday-tz-drift" if by[0] else "allday-end-inclusive"


_CHECKS: Mapping[str, KindChecks] = {
    EVENT.name: KindChecks(
        fingerprint=lambda event: (event.subject, event.start),
        lists=("attendees", "relatedTo"),
        addresses={"attendees": lambda event: [each.email_address for each in event.attendees]},
        times=frozenset(("startTime", "endTime")),
        moved=_moved,
        drift=_drift_of,
        meeting=_meeting_of,
        placeholder="subject",
    ),
}
"""By the kind's name. A kind that is not here is told apart by what people call its records."""


@cache
def checks_of(kind: Kind) -> KindChecks:
    """The checks of a kind."""
    return _CHECKS.get(kind.name) or KindChecks(fingerprint=kind.label)
