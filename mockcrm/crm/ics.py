"""Exported calendars (RFC 5545) as a CRM's events, and a count of what those cannot hold.

`icalendar` parses and `recurring_ical_events` expands; both come with the extra `mockcrm[ics]`, so nothing that serves
imports this module. Files are strangers', and the libraries raise what they like: whoever calls this does it in a
`confined` process.
"""

import re
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import chain, islice
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar

from mockcrm.base.schema.fields import MOST
from mockcrm.base.times import BEGINNING, END, format_instant, midnight
from mockcrm.crm import recurrence as rrules
from mockcrm.crm.event import Attendee, Event
from mockcrm.crm.keys import is_key
from mockcrm.crm.seeding.anonymize import identity
from mockcrm.crm.store import Window

MAX_EVENTS = 100_000
"""How many events one calendar gives at most."""
MAX_TEXT = 32 * 1024 * 1024
"""How many characters their texts have at most, which repeat with each occurrence."""
MAX_STEPS = 1_000_000
"""How many times one series may recur from its start to the end of the window, as its rule alone tells."""
MAX_DATES = 10_000
"""How many dates of its own, `RDATE` and `EXDATE`, one event has at most."""

Part = Any
"""A component of icalendar's or a value of one: its own types are unions of thirty, most of which never come here."""

DAY = timedelta(days=1)
YEAR = 366 * DAY

_MARK = "X-MOCKCRM-PLACE"
"""Carries the place of an event in the file through the expansion, which copies events."""
_TIMES = frozenset({"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"})
_REPEATABLE = frozenset({"RRULE", "RDATE", "EXDATE"})
_RECURS = ("RRULE", "RDATE", "RECURRENCE-ID")
_TEXTS = ("SUMMARY", "DESCRIPTION", "LOCATION")
_HELD = frozenset({*_TEXTS, "DTSTART", "DTEND", "DURATION", "CLASS", "ATTENDEE", "UID", _MARK})
_HEADER_HELD = frozenset({"VERSION", "CALSCALE", "X-WR-TIMEZONE", "X-WR-CALNAME", "NAME"})
_STATUSES = {
    "ACCEPTED": "Accepted",
    "DECLINED": "Declined",
    "TENTATIVE": "Tentative",
    "NEEDS-ACTION": "NeedsAction",
}


class Unreadable(ValueError):
    """A file that no fixture file can be made of, and why, in a sentence."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """An event with its key, if there is one."""

    key: str | None
    event: Event


@dataclass(frozen=True, slots=True)
class Imported:
    """What has come of a calendar.

    `names` tells how people are called, by their address or `userId`. Counts are of what stands in the file: the events
    that were `found`, those of them that were `used`, what was `left_out`, by the reason, and how many of those used
    had what is `not_held`, by its name. `header` names what is not held of the calendar itself.
    """

    title: str
    start: datetime
    end: datetime
    found: int
    used: int
    events: tuple[Keyed, ...]
    names: Mapping[str, str]
    left_out: Mapping[str, int]
    not_held: Mapping[str, int]
    header: tuple[str, ...]


def read_calendar(data: bytes, start: datetime | None, end: datetime | None, zone: str | None) -> Imported:
    """The events of a file that overlap the window; without bounds, from its first to a year after its last start.

    Times that name no zone are in `zone`, in that of the file's `X-WR-TIMEZONE`, or in UTC. Raises `Unreadable`.
    """
    with warnings.catch_warnings():
        # Such as of a zone that is guessed from a longer name, whose loss is counted anyway.
        warnings.simplefilter("ignore")
        reading = _Reading(_parsed(_decoded(data)), zone)
        first, last = reading.extent()
        start, end = start or first, end or min(max(last, start or last), END - YEAR) + YEAR
        if end <= start:
            raise Unreadable("the window ends before it begins: give --from as well as --to")
        return reading.expanded(start, end)


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
        # The parser would forget the part that is open at the end.
        raise Unreadable(f"{begun} parts begin in it and {ended} end: it is cut off or broken")
    return text


def _line(data: bytes, at: int) -> int:
    return data.count(b"\n", 0, at) + 1


def _parsed(text: str) -> list[Part]:
    try:
        found = [each for each in Calendar.from_ical(text, multiple=True) if each.name == "VCALENDAR"]
    except Exception as error:  # The library raises what it likes.
        raise Unreadable(f"it is no calendar: {str(error)[:200]}") from error
    if not found:
        raise Unreadable("there is no VCALENDAR in it")
    return found


class _Reading:
    """One file on its way to events."""

    def __init__(self, calendars: list[Part], zone: str | None) -> None:
        self.calendars = calendars
        self.left_out: Counter[str] = Counter()
        self.not_held: Counter[str] = Counter()
        self.header: set[str] = set()
        self.names: dict[str, str] = {}
        self.keys: set[str] = set()
        self.text = 0
        self.count = 0
        self.used = 0
        self.zone = self._zone(zone)
        self.sources: list[Part] = []
        self.losses: list[set[str]] = []
        self.series = self._series()

    # What is in the file

    def _header(self, *names: str) -> str:
        return next((str(found[name]) for name in names for found in self.calendars if name in found), "")

    def _zone(self, asked: str | None) -> ZoneInfo:
        name = asked or self._header("X-WR-TIMEZONE") or "UTC"
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            self.header.add(f"X-WR-TIMEZONE:{name[:40]}, which nobody knows")
            return ZoneInfo("UTC")

    def _series(self) -> list[list[Part]]:
        """The events that can be read, those of one UID together; all else is counted."""
        series: defaultdict[str, list[Part]] = defaultdict(list)
        for calendar in self.calendars:
            self._count_of(calendar)
            if str(calendar.get("METHOD", "")).upper() == "CANCEL":
                # All of it is called off, whatever else it says (RFC 5546, section 3.2.5).
                for event in calendar.walk("VEVENT"):
                    event["STATUS"] = "CANCELLED"
            for event in calendar.subcomponents:
                if event.name != "VEVENT":
                    continue
                event[_MARK] = str(len(self.sources))
                self.sources.append(event)
                self.losses.append(set())
                if problem := self._problem(event):
                    self.left_out[problem] += 1
                else:
                    series[str(event.get("UID", event[_MARK]))].append(event)
        return list(series.values())

    def _count_of(self, calendar: Part) -> None:
        self.header |= {*calendar, *(name for name, _ in calendar.errors if name)} - _HEADER_HELD
        others = (part.name for part in calendar.subcomponents if part.name not in ("VEVENT", "VTIMEZONE"))
        self.left_out.update(f"no event: {name}" for name in others)
        if calendar.get("CALSCALE", "GREGORIAN") != "GREGORIAN":
            raise Unreadable("its calendar is not the Gregorian one")

    def _problem(self, event: Part) -> str | None:
        """Why an event cannot be read."""
        broken = {name for name, _ in event.errors if name}
        broken |= {name for name in _TIMES - _REPEATABLE if isinstance(event.get(name), list)}
        if wrong := broken & _TIMES:
            return f"cannot be read: {min(wrong)}"
        try:
            begins, ends = self._span(event)
        except KeyError:
            return "has no DTSTART"
        except Exception:  # Likewise.
            return "cannot be read: DTSTART or DTEND"
        return "ends before it begins" if ends < begins else None

    def _span(self, event: Part) -> tuple[datetime, datetime]:
        begins = event["DTSTART"].dt
        if "DTEND" in event:
            ends = event["DTEND"].dt
        elif "DURATION" in event:
            ends = begins + event["DURATION"].dt
        else:
            ends = begins if isinstance(begins, datetime) else begins + DAY
        return self._instant(begins), self._instant(ends)

    def _instant(self, when: date) -> datetime:
        """The instant of a date, or of a date-time with or without a zone."""
        if not isinstance(when, datetime):
            return midnight(when)
        return (when if when.tzinfo else when.replace(tzinfo=self.zone)).astimezone(UTC)

    def extent(self) -> tuple[datetime, datetime]:
        """The first and the last start."""
        starts = [self._span(event)[0] for event in chain.from_iterable(self.series)]
        if not starts:
            raise Unreadable(f"there is no event in it{self._reasons()}")
        return min(starts), max(starts)

    def _reasons(self) -> str:
        told = ", ".join(f"{reason} ({count})" for reason, count in sorted(self.left_out.items()))
        return f" that can be used: {told}" if told else ""

    # Expansion

    def expanded(self, start: datetime, end: datetime) -> Imported:
        for event in chain.from_iterable(self.series):
            self._check_rules(event, start, end)
        start, end = max(start, BEGINNING), min(end, END)
        events = [told for series in self.series for told in self._told(series, start, end)]
        if not events:
            where = f"between {format_instant(start)} and {format_instant(end)}"
            raise Unreadable(f"there is no event {where}{self._reasons()}")
        for lost in self.losses:
            self.not_held.update(lost)
        return Imported(
            self._header("X-WR-CALNAME", "NAME"),
            start,
            end,
            len(self.sources),
            self.used,
            tuple(sorted(events, key=lambda told: told.event.start)),
            self.names,
            self.left_out,
            self.not_held,
            tuple(sorted(self.header)),
        )

    def _check_rules(self, event: Part, start: datetime, end: datetime) -> None:
        """Refuse what would recur too often, or never come to an end, before any of it is expanded.

        Raises `Unreadable`.
        """
        for rule in _all(event, "RRULE"):
            if wrong := rrules.problem(rule):
                raise Unreadable(f"{_named(event)} has an RRULE that nobody can follow: {wrong}")
            self._check_often(event, rule, start, end)
        for name in ("RDATE", "EXDATE"):
            if (count := sum(len(each.dts) for each in _all(event, name))) > MAX_DATES:
                raise Unreadable(f"{_named(event)} has {count:,} times in {name}, and {MAX_DATES:,} are the most")

    def _check_often(self, event: Part, rule: Part, start: datetime, end: datetime) -> None:
        begins, often, counted = self._span(event)[0], rrules.often(rule), rrules.counted(rule)
        end = min(end, self._until(rule))
        steps, within = (max(timedelta(0), end - since) / DAY * often for since in (begins, max(begins, start)))
        if min(steps, counted) > MAX_STEPS:
            most = f"recur by its RRULE more than {MAX_STEPS:,} times: narrow the window with --to"
        elif min(within, counted) > MAX_EVENTS:
            most = f"give by its RRULE more than {MAX_EVENTS:,} events: narrow the window with --from and --to"
        else:
            return
        raise Unreadable(f"{_named(event)} would {most}")

    def _until(self, rule: Part) -> datetime:
        """When a rule ends at the latest."""
        try:
            return min(map(self._instant, rule.get("UNTIL", ())), default=END)
        except (OverflowError, ValueError):
            return END

    def _told(self, series: list[Part], start: datetime, end: datetime) -> Iterator[Keyed]:
        """What a series has in the window, and its losses; a series that cannot be expanded is left out."""
        recurs = any(name in event for event in series for name in _RECURS)
        try:
            occurrences = self._occurrences(series, start, end)
            told = [
                (int(found[_MARK]), self._keyed(found, recurs=recurs)) for found in occurrences if not _cancelled(found)
            ]
        except Unreadable:
            raise
        except Exception:  # So does the other one.
            self.left_out["its recurrence cannot be read"] += len(series)
            return
        came = {place for place, _ in told}
        for event in series:
            place = int(event[_MARK])
            if place in came:
                self.used += 1
                self.losses[place] |= self._losses(event)
            else:
                self.left_out[self._why_absent(event)] += 1
        yield from (keyed for _, keyed in told)

    def _why_absent(self, event: Part) -> str:
        if _cancelled(event):
            return "cancelled"
        begins = self._span(event)[0]
        ended = any(self._until(rule) < begins for rule in _all(event, "RRULE"))
        return "the UNTIL of its RRULE comes before its DTSTART" if ended else "outside the window, or replaced"

    def _occurrences(self, series: list[Part], start: datetime, end: datetime) -> list[Part]:
        window = Window(start, end)
        if len(series) == 1 and not any(name in series[0] for name in _RECURS):
            return series if window.holds(*self._span(series[0])) else []
        alone = Calendar()
        if self._header("X-WR-TIMEZONE"):
            # Where it stands, series in UTC are meant to keep the hour that they have there.
            alone["X-WR-TIMEZONE"] = self.zone.key
        alone.subcomponents = series
        # The library takes dates for another day where zones differ: it is asked for more, and held to the window here.
        asked = max(start, BEGINNING + 2 * DAY) - DAY, min(end, END - 2 * DAY) + DAY
        found = recurring_ical_events.of(alone).between(*asked)
        return [event for event in found if window.holds(*self._span(event))]

    # What an event is made of

    def _keyed(self, found: Part, *, recurs: bool) -> Keyed:
        begins, ends = self._span(found)
        people = self._people(found)
        subject, description, location = (_first(found, name) for name in _TEXTS)
        self.count += 1
        self.text += sum(len(text or "") for text in (subject, description, location)) + sum(
            len(identity(each)) for each in people
        )
        if self.count > MAX_EVENTS or self.text > MAX_TEXT:
            limit = f"{MAX_EVENTS:,} events, or {MAX_TEXT:,} characters"
            raise Unreadable(f"it would give more than {limit}: narrow the window with --from and --to")
        event = Event(
            "",
            begins,
            ends,
            subject,
            description,
            location,
            all_day=not isinstance(found["DTSTART"].dt, datetime),
            # What is not known counts as PRIVATE (RFC 5545, section 3.8.1.3).
            private=str(found.get("CLASS", "PUBLIC")).upper() != "PUBLIC",
            attendees=people,
        )
        return Keyed(self._key(found, recurs=recurs), event)

    def _key(self, found: Part, *, recurs: bool) -> str | None:
        """The UID, with the start of the occurrence where there are several, if that can be a key."""
        if "UID" not in found:
            return None
        uid = str(found["UID"])
        if recurs:
            when = self._instant(found["RECURRENCE-ID"].dt)
            uid += f".{when:%Y%m%d}" if when == midnight(when) else f".{when:%Y%m%dT%H%M%SZ}"
        if not is_key(uid) or uid in self.keys:
            self.losses[int(found[_MARK])].add("UID, which cannot be a key")
            return None
        self.keys.add(uid)
        return uid

    def _people(self, found: Part) -> tuple[Attendee, ...]:
        """As many as an event has room for."""
        people = tuple(islice(self._attendees(found), MOST + 1))
        if len(people) > MOST:
            self.losses[int(found[_MARK])].add(f"ATTENDEE beyond the first {MOST:,}")
        return people[:MOST]

    def _attendees(self, found: Part) -> Iterator[Attendee]:
        """Those who are asked to come, and who asks: the organiser comes, unless the list says otherwise."""
        seen = set()
        for address in _all(found, "ATTENDEE"):
            word = str(address.params.get("PARTSTAT", "NEEDS-ACTION")).upper()
            attendee = self._somebody(address, _STATUSES.get(word, "NeedsAction"))
            seen.add(identity(attendee))
            yield attendee
        for address in _all(found, "ORGANIZER"):
            organizer = self._somebody(address, "Accepted")
            if identity(organizer) not in seen:
                yield organizer

    def _somebody(self, address: Part, status: str) -> Attendee:
        is_mail = address[:7].lower() == "mailto:" and len(address) > 7
        uri = str(address)[7:] if is_mail else str(address)
        attendee = Attendee(email_address=uri, status=status) if is_mail else Attendee(user_id=uri, status=status)
        # A room's name is a word like others, and no secret.
        is_person = str(address.params.get("CUTYPE", "INDIVIDUAL")).upper() not in ("ROOM", "RESOURCE")
        name = str(address.params.get("CN", "")).strip() if is_person else ""
        who = identity(attendee)
        self.names[who] = self.names.get(who) or name
        return attendee

    def _losses(self, event: Part) -> set[str]:
        """The names of all in an event that a CRM's event cannot hold."""
        lost = {name for name in event if name not in _HELD} | {str(part.name) for part in event.subcomponents}
        lost |= {f"{name or 'a line'} that cannot be read" for name, _ in event.errors}
        for name in _HELD & set(event.keys()):
            values = _all(event, name)
            known = {"PARTSTAT"} if name == "ATTENDEE" else {"VALUE"}
            lost |= {f"{name};{word}" for value in values for word in getattr(value, "params", ()) if word not in known}
            if len(values) > 1 and name != "ATTENDEE":
                lost.add(f"{name}, the second")
        lost |= {
            f"ATTENDEE;PARTSTAT={word}"
            for value in _all(event, "ATTENDEE")
            if (word := str(value.params.get("PARTSTAT", "NEEDS-ACTION")).upper()) not in _STATUSES
        }
        if (word := str(event.get("CLASS", "PUBLIC")).upper()) not in ("PUBLIC", "PRIVATE"):
            lost.add(f"CLASS:{word}")
        when = event["DTSTART"].dt
        if isinstance(when, datetime) and when.tzinfo is None:
            lost.add(f"a time without a known zone, read as one of {self.zone.key}")
        return lost


def _named(event: Part) -> str:
    """An event as its people know it."""
    return f"the event {str(event.get('SUMMARY', event.get('UID', '')))[:60]!r}"


def _all(event: Part, name: str) -> list[Part]:
    found = event.get(name, [])
    return found if isinstance(found, list) else [found]


def _first(event: Part, name: str) -> str | None:
    return next((str(text) for text in _all(event, name)), None)


def _cancelled(event: Part) -> bool:
    return str(event.get("STATUS", "")).upper() == "CANCELLED"
