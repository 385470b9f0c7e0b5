"""A whole calendar read: its events within a window, and counts of what was left out or lost."""

import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import chain
from zoneinfo import ZoneInfo

from mockcrm.base.declaring import dataclass
from mockcrm.base.times import BEGINNING, DAY, END, format_instant
from mockcrm.crm.ics.events import LOST_NAME, EventMaker, Keyed, Person
from mockcrm.crm.ics.losses import PLACE, header_losses, losses_of
from mockcrm.crm.ics.occurrences import Expander, recurs
from mockcrm.crm.ics.parsing import Component, Unreadable, calendars_in, is_cancelled
from mockcrm.crm.ics.times import CalendarTimes
from mockcrm.crm.query import Window

_YEAR = 366 * DAY
_TIMES = frozenset({"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"})
_REPEATABLE = frozenset({"RRULE", "RDATE", "EXDATE"})


@dataclass(frozen=True, slots=True)
class Imported:
    """The events of a calendar, and what became of the rest.

    `names` are the names of all who take part, by their address or `userId` without case; `people` are those who have
    an address, rooms left out. Counts are of events in the file: `found`, those of them that were `used`, those
    `left_out` by the reason, and how many of the used ones lost what is `not_held`, by its name. `header` names what is
    lost of the calendar itself.
    """

    title: str
    start: datetime
    end: datetime
    found: int
    used: int
    events: tuple[Keyed, ...]
    names: Mapping[str, str]
    people: Mapping[str, Person]
    left_out: Mapping[str, int]
    not_held: Mapping[str, int]
    header: tuple[str, ...]

    def lost(self, *, with_contacts: bool) -> Mapping[str, int]:
        """What is not held, where contacts have the names of people, or where there are none."""
        held = "ATTENDEE;CN" if with_contacts else LOST_NAME
        return {what: many for what, many in self.not_held.items() if what != held}


def read_calendar(data: bytes, start: datetime | None, end: datetime | None, zone: str | None) -> Imported:
    """The events of a file that overlap the window; by default from the first start to a year after the last.

    CalendarTimes that name no zone are in `zone`, else in the file's `X-WR-TIMEZONE`, else in UTC. Raises `Unreadable`.
    """
    with warnings.catch_warnings():
        # Such as of a zone that is guessed from a longer name. That loss is counted anyway.
        warnings.simplefilter("ignore")
        reading = _Reading(calendars_in(data), zone)
        first, last = reading.extent()
        start, end = start or first, end or min(max(last, start or last), END - _YEAR) + _YEAR
        if end <= start:
            raise Unreadable("the window ends before it begins: give --from as well as --to")
        return reading.expanded(start, end)


class _Reading:
    """One file on its way to events."""

    def __init__(self, calendars: list[Component], zone: str | None) -> None:
        self.calendars = calendars
        self.left_out: Counter[str] = Counter()
        self.header: set[str] = set()
        self.used = 0
        self.times = CalendarTimes(self._zone(zone))
        self.expander = Expander(self.times, floating=bool(self._property("X-WR-TIMEZONE")))
        self.maker = EventMaker(self.times)
        self.sources: list[Component] = []
        self.losses: defaultdict[int, set[str]] = defaultdict(set)
        self.series = self._series()

    # What is in the file

    def _property(self, *names: str) -> str:
        return next((str(found[name]) for name in names for found in self.calendars if name in found), "")

    def _zone(self, asked: str | None) -> ZoneInfo:
        name = asked or self._property("X-WR-TIMEZONE") or "UTC"
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            self.header.add(f"X-WR-TIMEZONE:{name[:40]}, which is no known zone")
            return ZoneInfo("UTC")

    def _series(self) -> list[list[Component]]:
        """The readable events, those of one UID together. All others are counted."""
        series: defaultdict[str, list[Component]] = defaultdict(list)
        for calendar in self.calendars:
            self._count_others(calendar)
            for event in self._events(calendar):
                if problem := self._problem(event):
                    self.left_out[problem] += 1
                else:
                    series[str(event.get("UID", event[PLACE]))].append(event)
        return list(series.values())

    def _count_others(self, calendar: Component) -> None:
        self.header |= header_losses(calendar)
        others = (part.name for part in calendar.subcomponents if part.name not in ("VEVENT", "VTIMEZONE"))
        self.left_out.update(f"no event: {name}" for name in others)
        if calendar.get("CALSCALE", "GREGORIAN") != "GREGORIAN":
            raise Unreadable("its calendar is not the Gregorian one")

    def _events(self, calendar: Component) -> Iterator[Component]:
        """The events of a calendar, each with its place in the file."""
        called_off = str(calendar.get("METHOD", "")).upper() == "CANCEL"
        for event in calendar.walk("VEVENT") if called_off else ():
            # A cancelled calendar cancels all its events, whatever they say (RFC 5546, section 3.2.5).
            event["STATUS"] = "CANCELLED"
        for event in calendar.subcomponents:
            if event.name == "VEVENT":
                event[PLACE] = str(len(self.sources))
                self.sources.append(event)
                yield event

    def _problem(self, event: Component) -> str | None:
        """Why an event cannot be read."""
        broken = {name for name, _ in event.errors if name}
        broken |= {name for name in _TIMES - _REPEATABLE if isinstance(event.get(name), list)}
        if wrong := broken & _TIMES:
            return f"cannot be read: {min(wrong)}"
        try:
            begins, ends = self.times.span(event)
        except KeyError:
            return "has no DTSTART"
        except Exception:  # The library raises anything.
            return "cannot be read: DTSTART or DTEND"
        return "ends before it begins" if ends < begins else None

    def extent(self) -> tuple[datetime, datetime]:
        """The first and the last start."""
        starts = [self.times.span(event)[0] for event in chain.from_iterable(self.series)]
        if not starts:
            raise Unreadable(f"there is no event in it{self._reasons()}")
        return min(starts), max(starts)

    def _reasons(self) -> str:
        reasons = ", ".join(f"{reason} ({count})" for reason, count in sorted(self.left_out.items()))
        return f" that can be used: {reasons}" if reasons else ""

    # Expansion

    def expanded(self, start: datetime, end: datetime) -> Imported:
        """What the file gives between two instants. Raises `Unreadable`."""
        for event in chain.from_iterable(self.series):
            self.expander.check(event, Window(start, end))
        start, end = max(start, BEGINNING), min(end, END)
        events = [keyed for series in self.series for keyed in self._expanded(series, start, end)]
        if not events:
            where = f"between {format_instant(start)} and {format_instant(end)}"
            raise Unreadable(f"there is no event {where}{self._reasons()}")
        return Imported(
            title=self._property("X-WR-CALNAME", "NAME"),
            start=start,
            end=end,
            found=len(self.sources),
            used=self.used,
            events=tuple(sorted(events, key=lambda keyed: keyed.event.start)),
            names=self.maker.names,
            people=self.maker.people,
            left_out=self.left_out,
            not_held=Counter(chain.from_iterable(self._losses())),
            header=tuple(sorted(self.header)),
        )

    def _losses(self) -> Iterator[set[str]]:
        """What each event of the file has lost."""
        return (self.losses[place] | self.maker.losses[place] for place in range(len(self.sources)))

    def _expanded(self, series: list[Component], start: datetime, end: datetime) -> Iterator[Keyed]:
        """The events that a series gives. One that cannot be expanded is left out."""
        in_series = recurs(series)
        try:
            found = [each for each in self.expander.occurrences(series, start, end) if not is_cancelled(each)]
            events = [self.maker.make(each, recurs=in_series) for each in found]
        except Unreadable:
            raise
        except Exception:  # The library raises anything.
            self.left_out["its recurrence cannot be read"] += len(series)
            return
        came = {int(each[PLACE]) for each in found}
        for event in series:
            self._note(event, came=int(event[PLACE]) in came)
        yield from events

    def _note(self, event: Component, *, came: bool) -> None:
        """Count an event as used, with its losses, or as left out."""
        if came:
            self.used += 1
            self.losses[int(event[PLACE])] |= losses_of(event, self.times.zone)
        else:
            self.left_out[self._why_absent(event)] += 1

    def _why_absent(self, event: Component) -> str:
        if is_cancelled(event):
            return "cancelled"
        if self.expander.ends_before_it_begins(event):
            return "the UNTIL of its RRULE comes before its DTSTART"
        return "outside the window, or replaced"
