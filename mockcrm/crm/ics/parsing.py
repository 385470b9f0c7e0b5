"""The components of an exported calendar, as `icalendar` parses them."""

import re
from typing import Any

from icalendar import Calendar

Component = Any
"""A component of icalendar's, or a value of one. Its own types are unions of thirty, most of which never come here."""


class Unreadable(ValueError):
    """A calendar that no fixture file can be made of. Its sentence says why."""


def calendars_in(data: bytes) -> list[Component]:
    """The `VCALENDAR` components of a file. Raises `Unreadable`."""
    try:
        found = [each for each in Calendar.from_ical(_decoded(data), multiple=True) if each.name == "VCALENDAR"]
    except Unreadable:
        raise
    except Exception as error:  # The library raises anything.
        raise Unreadable(f"it is not a calendar: {str(error)[:200]}") from error
    if not found:
        raise Unreadable("there is no VCALENDAR in it")
    return found


def _decoded(data: bytes) -> str:
    if (at := data.find(b"\0")) >= 0:
        raise Unreadable(f"there is a NUL in line {_line(data, at)}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = _line(data, error.start)
        raise Unreadable(f"it is not UTF-8 (RFC 5545, section 3.1.4), first in line {line}") from error
    begun, ended = (len(re.findall(rf"^{word}:", text, re.IGNORECASE | re.MULTILINE)) for word in ("BEGIN", "END"))
    if begun != ended:
        # The parser would drop the component that is still open at the end.
        raise Unreadable(f"{begun} components begin in it and {ended} end: it is cut off or broken")
    return text


def _line(data: bytes, at: int) -> int:
    return data.count(b"\n", 0, at) + 1


def all_of(component: Component, name: str) -> list[Component]:
    """The values of a property: none, one, or several."""
    found = component.get(name, [])
    return found if isinstance(found, list) else [found]


def text_of(component: Component, name: str) -> str | None:
    """The first value of a property, as text."""
    return next((str(text) for text in all_of(component, name)), None)


def is_cancelled(event: Component) -> bool:
    return str(event.get("STATUS", "")).upper() == "CANCELLED"


def named_event(event: Component) -> str:
    """An event by the name that its people know."""
    return f"the event {str(event.get('SUMMARY', event.get('UID', '')))[:60]!r}"
