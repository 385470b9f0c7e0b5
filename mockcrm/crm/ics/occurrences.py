"""The occurrences of a series within a window, and a refusal of series that would recur too often."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import recurring_ical_events
from icalendar import Calendar

from mockcrm.base.declaring import dataclass
from mockcrm.base.times import BEGINNING, DAY, END
from mockcrm.crm.ics import recurrence
from mockcrm.crm.ics.parsing import Component, Unreadable, all_of, named_event
from mockcrm.crm.ics.times import CalendarTimes
from mockcrm.crm.query import Window

MAX_OCCURRENCES = 100_000
"""The most events that one calendar, or one series of it, may give."""
MAX_RECURRENCES = 1_000_000
"""The most times that one series may recur from its start to the end of the window, by its rule alone."""
MAX_DATES = 10_000
"""The most dates of its own, `RDATE` and `EXDATE`, that one event may have."""

RECURRING = ("RRULE", "RDATE", "RECURRENCE-ID")
"""A component with one of these is part of a series."""


@dataclass(frozen=True)
class Expander:
    """Expands the series of one calendar. Where `floating` is set, series in UTC keep the hour of the zone."""

    times: CalendarTimes
    floating: bool

    def check(self, event: Component, window: Window) -> None:
        """Refuse a rule that recurs too often or never ends, before any of it is expanded. Raises `Unreadable`."""
        for rule in all_of(event, "RRULE"):
            if wrong := recurrence.rule_problem(rule):
                raise Unreadable(f"{named_event(event)} has an RRULE that cannot be followed: {wrong}")
            self._check_frequency(event, rule, window)
        for name in ("RDATE", "EXDATE"):
            if (count := sum(len(each.dts) for each in all_of(event, name))) > MAX_DATES:
                raise Unreadable(f"{named_event(event)} has {count:,} times in {name}: {MAX_DATES:,} are allowed")

    def _check_frequency(self, event: Component, rule: Component, window: Window) -> None:
        begins, often, counted = self.times.span(event)[0], recurrence.often(rule), recurrence.counted(rule)
        start, end = window.start or begins, min(window.end or END, self.until(rule))
        total, within = (max(timedelta(0), end - since) / DAY * often for since in (begins, max(begins, start)))
        if min(total, counted) > MAX_RECURRENCES:
            most = f"recur by its RRULE more than {MAX_RECURRENCES:,} times: narrow the window with --to"
        elif min(within, counted) > MAX_OCCURRENCES:
            most = f"give by its RRULE more than {MAX_OCCURRENCES:,} events: narrow the window with --from and --to"
        else:
            return
        raise Unreadable(f"{named_event(event)} would {most}")

    def until(self, rule: Component) -> datetime:
        """When a rule ends at the latest."""
        try:
            return min(map(self.times.instant, rule.get("UNTIL", ())), default=END)
        except (OverflowError, ValueError):
            return END

    def ends_before_it_begins(self, event: Component) -> bool:
        """Whether the `UNTIL` of an event's rule comes before its start."""
        begins = self.times.span(event)[0]
        return any(self.until(rule) < begins for rule in all_of(event, "RRULE"))

    def occurrences(self, series: list[Component], start: datetime, end: datetime) -> list[Component]:
        """What occurs of a series between two instants. Raises anything that the library raises."""
        window = Window(start, end)
        if len(series) == 1 and not recurs(series):
            return series if window.holds(*self.times.span(series[0])) else []
        alone = Calendar()
        if self.floating:
            alone["X-WR-TIMEZONE"] = self.times.zone.key
        alone.subcomponents = series
        # Where zones differ the library is a day off with dates: ask for more, and keep to the window here.
        asked = max(start, BEGINNING + 2 * DAY) - DAY, min(end, END - 2 * DAY) + DAY
        found = recurring_ical_events.of(alone).between(*asked)
        return [event for event in found if window.holds(*self.times.span(event))]


def recurs(series: Iterable[Component]) -> bool:
    """Whether events with the same UID are a series."""
    return any(name in event for event in series for name in RECURRING)
