"""Which calendar an event lies in, and what becomes of the events of a deleted calendar (contract, section 8)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from mockcrm.crm.change import Origin
from mockcrm.crm.event import Event
from mockcrm.crm.fake_crm import Cause, FakeCrm, Write
from mockcrm.crm.kinds.calendars import CALENDAR
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.filters import PRIMARY
from mockcrm.crm.query import Query
from mockcrm.crm.record import Record
from mockcrm.errors import CalendarProtected, RecordInvalid

MAX_DELETED_EVENTS = 30_000
"""The most events that are deleted together with their calendar."""


def placed(crm: FakeCrm, cause: Cause, record: Record, within: str | None = None) -> Record:
    """A new record, in the calendar that it names or else in that `within` which it is made.

    Raises `RecordInvalid` if it names another than that, or none that there is.
    """
    default = within or crm.primary_id
    if not isinstance(record, Event) or record.calendar_id == default:
        return record
    named = default if record.calendar_id is None else _named(crm, record.calendar_id, cause.origin)
    if within is not None and named != within:
        problem = {"calendarId": [f"The path says {within}."]}
        raise RecordInvalid.of(EVENT.name)("The body has another calendarId than the path: leave it out.", problem)
    return replace(record, calendar_id=named)


def moved_event(crm: FakeCrm, cause: Cause, before: Record, after: Record) -> Record:
    """An edited record, in the calendar that it names; without one in the primary. Raises `RecordInvalid`."""
    if not isinstance(after, Event) or after.calendar_id == cast(Event, before).calendar_id:
        return after
    return replace(after, calendar_id=_named(crm, after.calendar_id or PRIMARY, cause.origin))


def _named(crm: FakeCrm, calendar: str, origin: Origin = "crm") -> str:
    """The id of the calendar that a `calendarId` names. Raises `RecordInvalid` unless it is there."""
    if calendar in (PRIMARY, crm.primary_id):
        return crm.primary_id
    calendar_id = crm.id_of(CALENDAR, calendar, origin)
    found = crm.store.of(CALENDAR).latest(calendar_id)
    if found is None or found.deleted:
        problem = {"calendarId": ["There is no such calendar."]}
        raise RecordInvalid.of(EVENT.name)(f"There is no calendar {calendar!r}.", problem)
    return calendar_id


def writes_before(crm: FakeCrm, write: Write) -> Sequence[Write]:
    """What is written before a write because of calendars: a calendar that is deleted takes its events with it.

    Raises `CalendarProtected` for the primary calendar, and `RecordInvalid` for an event that would be restored in a
    calendar that was deleted, and for a calendar with more than `MAX_DELETED_EVENTS` events.
    """
    if write.op == "restored" and isinstance(write.record, Event):
        _named(crm, write.record.calendar_id or PRIMARY)
    if write.op != "deleted" or write.record.kind != CALENDAR.name:
        return ()
    if write.record.id == crm.primary_id:
        raise CalendarProtected("The primary calendar cannot be deleted: every CRM has one.")
    query = Query(latest=True, calendar=write.record.id)
    rows = crm.store.events.rows(query, None, MAX_DELETED_EVENTS + 1)
    if len(rows) > MAX_DELETED_EVENTS:
        message = f"The calendar has more than {MAX_DELETED_EVENTS:,} events: delete those first."
        raise RecordInvalid.of(CALENDAR.name)(message)
    return [Write("deleted", change.record, change) for *_, change in rows]
