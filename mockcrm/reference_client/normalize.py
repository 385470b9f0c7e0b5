"""What an event says, in the one form that the client keeps, and what a calendar shows of it.

CRMs write times in several ways; the client keeps them as `format_instant` writes them. A calendar shows those of an
event's fields that it knows (`SHOWN`), attendees by their addresses alone, and of a whole day the last day instead of
the end.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from mockcrm.base.times import format_instant, from_epoch_millis, midnight, parse_day, parse_instant
from mockcrm.reference_client.mailbox import Content

Row = Mapping[str, Any]

UNSAID: Mapping[str, Any] = {
    "subject": None,
    "description": None,
    "location": None,
    "allDay": False,
    "private": False,
    "attendees": [],
    "parentId": None,
    "relatedTo": [],
}
"""What an event is taken to say of what it does not mention."""
FIELDS = ("startTime", "endTime", *UNSAID)
SHOWN = ("subject", "description", "startTime", "endTime", "location", "allDay", "private", "attendees")
WHEN = ("allDay", "startTime", "endTime")
TIMES = ("startTime", "endTime", "lastModifiedAt", "deletedAt")
ONE_DAY = timedelta(days=1)


def plain_instant(told: str | int) -> str:
    """A time in whichever form as the client keeps it."""
    if isinstance(told, int):
        return format_instant(from_epoch_millis(told))
    if day := parse_day(told):
        return format_instant(midnight(day))
    if told[10] == " ":
        told = f"{told[:10]}T{told[11:]}Z"
    return format_instant(parse_instant(f"{told[:-5]}Z" if told.endswith("+0000") else told))


def plain(row: Row) -> Row:
    """A row with its times as the client keeps them."""
    return {name: plain_instant(value) if name in TIMES else value for name, value in row.items()}


def content_of(row: Row) -> Content:
    """What an event says; its id and its stamp are the CRM's."""
    return {**UNSAID, **{name: value for name, value in row.items() if name not in ("id", "lastModifiedAt")}}


def changed_in(known: Content, content: Content) -> set[str]:
    """The fields in which an event has changed; when it takes place counts as one."""
    names = {name for name, value in content.items() if value != known.get(name)}
    return names | {*WHEN} if names & {*WHEN} else names


def entry_of(content: Content, *, exclusive: bool = True) -> dict[str, Any]:
    """What a calendar shows of an event, or of some fields of one; see `Virtue.EXCLUSIVE_END`."""
    entry = {name: content[name] for name in SHOWN if name in content}
    if "attendees" in entry:
        entry["attendees"] = [_shown(each) for each in entry["attendees"] if each.get("emailAddress")]
    if exclusive and entry.get("allDay") and "endTime" in entry:
        entry["endTime"] = _moved(entry["endTime"], -ONE_DAY)
    return entry


def content_from(entry: Content, known: Content, *, hidden: bool = True) -> dict[str, Any]:
    """What an event is to say that was `known` to the client, and of which the calendar says this now."""
    content: dict[str, Any] = {name: plain_instant(value) if name in TIMES else value for name, value in entry.items()}
    if content.get("allDay"):
        content["endTime"] = _moved(content["endTime"], ONE_DAY)
    if "attendees" in content:
        content["attendees"] = _attending(content["attendees"], known.get("attendees", []), hidden=hidden)
    return content


def _attending(shown: Sequence[Row], known: Sequence[Row], *, hidden: bool) -> list[Row]:
    """The attendees that the calendar shows, each with all that was known of them, among those that it cannot show."""
    if [_shown(each) for each in shown] == [_shown(each) for each in known if each["emailAddress"]]:
        return list(known)
    told = {each["emailAddress"].casefold(): _shown(each) for each in shown}
    kept: list[Row] = []
    for each in known:
        if each["emailAddress"] is None:
            kept += [each] if hidden else []
        elif entry := told.pop(each["emailAddress"].casefold(), None):
            kept.append({**each, "status": entry["status"]})
    nobody = {"userId": None, "emailAddress": None, "contactId": None}
    return [*kept, *({**nobody, **entry} for entry in told.values())]


def _shown(attendee: Row) -> Row:
    return {"emailAddress": attendee["emailAddress"], "status": attendee.get("status", "NeedsAction")}


def _moved(instant: str, by: timedelta) -> str:
    return format_instant(parse_instant(plain_instant(instant)) + by)
