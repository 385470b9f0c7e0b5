"""What a CRM's event cannot hold of a calendar's."""

from datetime import datetime
from zoneinfo import ZoneInfo

from mockcrm.crm.ics.parsing import Component, all_of

PLACE = "X-MOCKCRM-PLACE"
"""Carries the place of an event in the file through the expansion, which copies events."""
TEXTS = ("SUMMARY", "DESCRIPTION", "LOCATION")
ANSWERS = {
    "ACCEPTED": "Accepted",
    "DECLINED": "Declined",
    "TENTATIVE": "Tentative",
    "NEEDS-ACTION": "NeedsAction",
}
"""An attendee's status in a CRM, by the `PARTSTAT` of a calendar."""

_HELD = frozenset({*TEXTS, "DTSTART", "DTEND", "DURATION", "CLASS", "ATTENDEE", "UID", PLACE})
_HEADER_HELD = frozenset({"VERSION", "CALSCALE", "X-WR-TIMEZONE", "X-WR-CALNAME", "NAME"})


def header_losses(calendar: Component) -> set[str]:
    """The names of all that is lost of the calendar itself."""
    return {*calendar, *(name for name, _ in calendar.errors if name)} - _HEADER_HELD


def losses_of(event: Component, zone: ZoneInfo) -> set[str]:
    """The names of all that a CRM's event cannot hold of a calendar's."""
    lost = {name for name in event if name not in _HELD} | {str(part.name) for part in event.subcomponents}
    lost |= {f"{name or 'a line'} that cannot be read" for name, _ in event.errors}
    for name in _HELD & set(event.keys()):
        values = all_of(event, name)
        known = {"PARTSTAT"} if name == "ATTENDEE" else {"VALUE"}
        lost |= {f"{name};{word}" for value in values for word in getattr(value, "params", ()) if word not in known}
        if len(values) > 1 and name != "ATTENDEE":
            lost.add(f"{name}, the second")
    lost |= {
        f"ATTENDEE;PARTSTAT={word}"
        for value in all_of(event, "ATTENDEE")
        if (word := str(value.params.get("PARTSTAT", "NEEDS-ACTION")).upper()) not in ANSWERS
    }
    if (word := str(event.get("CLASS", "PUBLIC")).upper()) not in ("PUBLIC", "PRIVATE"):
        lost.add(f"CLASS:{word}")
    when = event["DTSTART"].dt
    if isinstance(when, datetime) and when.tzinfo is None:
        lost.add(f"a time without a known zone, read in {zone.key}")
    return lost
