"""Brings events into the one form that the client keeps, and into the form that a calendar shows.

CRMs write times in several ways; the client keeps them as `format_instant` writes them. A calendar shows only the
fields that it knows (`CALENDAR_FIELDS`), attendees by their addresses alone, and an all-day event by its last day
instead of its end.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from mockcrm.base.times import format_instant, from_epoch_millis, midnight, parse_day, parse_instant
from mockcrm.reference_client.mailbox import Fields

EventRow = Mapping[str, Any]
"""An event or a tombstone, as a list or a read by id returns it."""

FIELD_DEFAULTS: Mapping[str, Any] = {
    "subject": None,
    "description": None,
    "location": None,
    "allDay": False,
    "private": False,
    "attendees": [],
    "parentId": None,
    "relatedTo": [],
}
"""The value of each field that a row leaves out."""
EVENT_FIELDS = ("startTime", "endTime", *FIELD_DEFAULTS)
CALENDAR_FIELDS = ("subject", "description", "startTime", "endTime", "location", "allDay", "private", "attendees")
TIME_OF_EVENT = ("allDay", "startTime", "endTime")
INSTANTS = ("startTime", "endTime", "lastModifiedAt", "deletedAt")
ONE_DAY = timedelta(days=1)
_NEW_YORK = ZoneInfo("America/New_York")


def normal_instant(text: str | int) -> str:
    """A time of any dialect (contract, section 2) in the client's form, such as `2026-01-05T09:00:00.000Z`."""
    if isinstance(text, int):
        return format_instant(from_epoch_millis(text))
    if day := parse_day(text):
        return format_instant(midnight(day))
    if text[10] == " ":
        text = f"{text[:10]}T{text[11:]}Z"
    return format_instant(parse_instant(f"{text[:-5]}Z" if text.endswith("+0000") else text))


def local_instant(text: str | int) -> str:
    """The same, but a time without an offset is taken for one in New York: a client that errs so is there itself."""
    if isinstance(text, str) and text[10:11] == " ":
        return format_instant(datetime.fromisoformat(text).replace(tzinfo=_NEW_YORK).astimezone(UTC))
    return normal_instant(text)


def normal_row(row: EventRow) -> EventRow:
    """A row with all its times in the client's form."""
    return {name: normal_instant(value) if name in INSTANTS else value for name, value in row.items()}


def event_fields(row: EventRow) -> Fields:
    """The fields of an event that clients write, with defaults; without its id and its stamp, which the CRM sets."""
    return {**FIELD_DEFAULTS, **{name: value for name, value in row.items() if name not in ("id", "lastModifiedAt")}}


def differs(known: Fields, content: Fields) -> bool:
    """Whether two versions of an event differ in more than the names of what it is related to.

    The names belong to the records that the links lead to: if an account is renamed, no event has changed.
    """
    return {**known, **_links(known)} != {**content, **_links(content)}


def _links(content: Fields) -> Fields:
    """What an event is related to, without names; a CRM may show one link only, by itself."""
    shown = content.get("relatedTo")
    links = [shown] if isinstance(shown, Mapping) else shown or ()
    return {"relatedTo": [(each.get("type"), each.get("id")) for each in links]}


def differing_fields(known: Fields, content: Fields) -> set[str]:
    """The names of the fields that differ. The fields that say when an event takes place change together."""
    names = {name for name, value in content.items() if value != known.get(name)}
    return names | {*TIME_OF_EVENT} if names & {*TIME_OF_EVENT} else names


def entry_from_event(content: Fields, *, exclusive: bool = True) -> dict[str, Any]:
    """What a calendar shows of an event, or of some of its fields; for `exclusive` see `Safeguard.EXCLUSIVE_END`."""
    entry = {name: content[name] for name in CALENDAR_FIELDS if name in content}
    if "attendees" in entry:
        entry["attendees"] = [_shown_attendee(each) for each in entry["attendees"] if each.get("emailAddress")]
    if exclusive and entry.get("allDay") and "endTime" in entry:
        entry["endTime"] = _moved(entry["endTime"], -ONE_DAY)
    return entry


def event_from_entry(entry: Fields, known: Fields, *, hidden: bool = True) -> dict[str, Any]:
    """The event that an entry stands for, where `known` is the event as the client last knew it.

    For `hidden` see `Safeguard.HIDDEN_ATTENDEES`.
    """
    content: dict[str, Any] = {
        name: normal_instant(value) if name in INSTANTS else value for name, value in entry.items()
    }
    if content.get("allDay"):
        content["endTime"] = _moved(content["endTime"], ONE_DAY)
    if "attendees" in content:
        content["attendees"] = _attendees(content["attendees"], known.get("attendees", []), hidden=hidden)
    return content


def _attendees(shown: Sequence[EventRow], known: Sequence[EventRow], *, hidden: bool) -> list[EventRow]:
    """The attendees of an entry with everything known about them, among those that a calendar cannot show."""
    if [_shown_attendee(each) for each in shown] == [_shown_attendee(each) for each in known if each["emailAddress"]]:
        return list(known)
    added = {each["emailAddress"].casefold(): _shown_attendee(each) for each in shown}
    kept: list[EventRow] = []
    for each in known:
        if each["emailAddress"] is None:
            kept += [each] if hidden else []
        elif entry := added.pop(each["emailAddress"].casefold(), None):
            kept.append({**each, "status": entry["status"]})
    nobody = {"userId": None, "emailAddress": None, "contactId": None}
    return [*kept, *({**nobody, **entry} for entry in added.values())]


def _shown_attendee(attendee: EventRow) -> EventRow:
    return {"emailAddress": attendee["emailAddress"], "status": attendee.get("status", "NeedsAction")}


def _moved(instant: str, by: timedelta) -> str:
    return format_instant(parse_instant(normal_instant(instant)) + by)
