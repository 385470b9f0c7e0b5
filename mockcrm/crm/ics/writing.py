"""The events of a CRM as a calendar that programs subscribe to (RFC 5545).

`icalendar` escapes and folds. What it lets through, and some readers take for the end of a line, is replaced before.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import TypeVar
from urllib.parse import quote

from icalendar import Calendar, Event as VEvent, vCalAddress, vDate, vDatetime, vDuration, vInt, vText

from mockcrm.crm.change import Change
from mockcrm.crm.event import Attendee, Event
from mockcrm.crm.ics.losses import ANSWERS

REFRESH = timedelta(minutes=1)
"""How often a program is asked to look for news. Most look less often."""

WithParameters = TypeVar("WithParameters", vCalAddress, vDate, vDuration)

_PRODUCT = "-//mockcrm//mockcrm//EN"
_LINE_END = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
"""All that some reader takes for the end of a line."""
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""What a text must not have: control characters but the tab, and halves of characters."""
_NOT_IN_ADDRESS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_PARTSTAT = {answer: word for word, answer in ANSWERS.items()}


def calendar_frame(name: str) -> tuple[bytes, bytes]:
    """What stands before and behind the events of a calendar of this name."""
    calendar = Calendar()
    calendar["VERSION"], calendar["PRODID"] = vText("2.0"), vText(_PRODUCT)
    # The name, and how often to ask: as RFC 7986 has them, and as programs older than it do.
    calendar["NAME"] = calendar["X-WR-CALNAME"] = _Text(_cleaned(name))
    calendar["REFRESH-INTERVAL"] = _with(vDuration(REFRESH), VALUE="DURATION")
    calendar["X-PUBLISHED-TTL"] = vDuration(REFRESH)
    head, end, rest = calendar.to_ical(sorted=False).rpartition(b"END:VCALENDAR")
    return head, end + rest


def written_event(change: Change, name: str) -> bytes:
    """A living event by one of its versions, in the calendar of this name.

    It keeps its `UID` for life: a program that reads the calendar again finds the event that it knows.
    """
    event, stamp = change.event, vDatetime(change.stamp)
    written = VEvent()
    written["UID"] = vText(_uid(event.id, name))
    written["DTSTAMP"] = written["LAST-MODIFIED"] = stamp
    written["SEQUENCE"] = vInt(change.version)
    written["STATUS"] = vText("CONFIRMED")
    for name_of_time, when in _span(event):
        written[name_of_time] = vDatetime(when) if isinstance(when, datetime) else _with(vDate(when), VALUE="DATE")
    for property_name, text in (
        ("SUMMARY", event.subject),
        ("DESCRIPTION", event.description),
        ("LOCATION", event.location),
    ):
        if text:
            written[property_name] = _Text(_cleaned(text))
    if event.private:
        written["CLASS"] = vText("PRIVATE")
    if event.parent_id is not None:
        written["RELATED-TO"] = vText(_uid(str(event.parent_id), name))
    if people := [*map(_address, (each for each in event.attendees if each.email_address))]:
        written["ATTENDEE"] = people
    data: bytes = written.to_ical(sorted=False)
    return data


def _with(value: WithParameters, **parameters: str) -> WithParameters:
    """A value with parameters. Not all versions of the library take them when they make one."""
    value.params.update(parameters)
    return value


def _uid(event_id: str, name: str) -> str:
    return f"{event_id}@{name}.mockcrm"


def _span(event: Event) -> Iterator[tuple[str, date]]:
    """Start and end, to the second or the day. A calendar has no end that equals the start (section 3.6.1)."""
    start, end = event.start.replace(microsecond=0), event.end.replace(microsecond=0)
    if event.all_day:
        start, end = start.date(), end.date()  # type: ignore[assignment]
    yield "DTSTART", start
    if end > start:
        yield "DTEND", end


def _address(person: Attendee) -> vCalAddress:
    address = _NOT_IN_ADDRESS.sub(_percent, person.email_address or "")
    return _with(vCalAddress(f"mailto:{address}"), PARTSTAT=_PARTSTAT[person.status])


def _percent(found: re.Match[str]) -> str:
    return quote(found[0], safe="", errors="replace")


def _cleaned(text: str) -> str:
    return _CONTROL.sub("\ufffd", _LINE_END.sub("\n", text))


class _Text(vText):
    """A text in which a backslash before an N stays one. The library takes both for a line break."""

    def to_ical(self) -> bytes:
        return rb"\\N".join(vText(part).to_ical() for part in self.split(r"\N"))
