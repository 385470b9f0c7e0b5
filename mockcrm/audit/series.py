"""The reads of a client by their filter: which windows it asks for again and again, and how often."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal, NamedTuple, TypeVar

from mockcrm.audit.paged_read import ANY_TIME, PagedRead
from mockcrm.crm.query import Filters, Query, Window

MAX_WINDOWS = 200
"""How many windows of a client are remembered: the latest that it asked for."""

NO_TIME = timedelta(0)
LEAST_USE = timedelta(days=1)
"""For how long a window that is no longer asked for counts as one that may be, at least.

So do deletions, where a client has asked for them too seldom to have a rhythm.
"""


_Gap = TypeVar("_Gap", int, timedelta)


def patience(gap: _Gap) -> _Gap:
    """For how long a client may still make a read that it has made before, with that `gap` at most in between.

    A gap is a time, or a number of other reads.
    """
    return 2 * gap


class SeriesKey(NamedTuple):
    """What the reads of a series have in common: window, filters, and that they return living records or tombstones."""

    window: Window
    kind: Literal["live", "deleted"]
    filters: Filters = ()


EVERYTHING = SeriesKey(ANY_TIME, "live")


class ReadSeries(NamedTuple):
    """The complete reads of a client with one filter: the `latest`, how many `reads`, and the longest gap between two.

    `whole` is the latest of those that had no watermark, with their own count and gap.
    """

    latest: PagedRead
    reads: int = 1
    longest_gap: timedelta = NO_TIME
    whole: PagedRead | None = None
    whole_count: int = 0
    longest_whole_gap: timedelta = NO_TIME

    def with_read(self, read: PagedRead) -> "ReadSeries":
        """The series with one read more."""
        gap = max(self.longest_gap, read.began - self.latest.began)
        more = self._replace(latest=read, reads=self.reads + 1, longest_gap=gap)
        return more.with_whole(read) if read.everything else more

    def with_whole(self, read: PagedRead) -> "ReadSeries":
        """The series after a read without a watermark."""
        gap = max(self.longest_whole_gap, read.began - self.whole.began) if self.whole else NO_TIME
        return self._replace(whole=read, whole_count=self.whole_count + 1, longest_whole_gap=gap)


def series_of(query: Query) -> list[SeriesKey]:
    """The series that a read with this query belongs to."""
    live = [SeriesKey(query.window, "live", query.filters)] if query.includes_live else []
    return [*live, SeriesKey(query.window, "deleted", query.filters)] if query.includes_deleted else live


def enter_read(
    series: dict[SeriesKey, ReadSeries], windows: dict[SeriesKey, ReadSeries | None], read: PagedRead
) -> None:
    """Enter a complete read. A new window that follows another one in time takes its place, unless both are asked for.

    `windows` has the windows that the client asked for before, with the series of those whose place another one took.
    """
    for key in series_of(read.query):
        before = series.pop(key, None) or windows.get(key)
        if key not in windows:
            _replace_earlier(series, windows, key)
        windows[key] = None
        series[key] = before.with_read(read) if before else _first(read)
    while len(series) > MAX_WINDOWS:
        del series[next(iter(series))]
    while len(windows) > MAX_WINDOWS:
        del windows[next(iter(windows))]


def _first(read: PagedRead) -> ReadSeries:
    return ReadSeries(read).with_whole(read) if read.everything else ReadSeries(read)


def _replace_earlier(
    series: dict[SeriesKey, ReadSeries], windows: dict[SeriesKey, ReadSeries | None], key: SeriesKey
) -> None:
    """Put the last window aside, if a new one is that window moved forward."""
    last = next((each for each in reversed(series) if each.kind == key.kind and each.window != ANY_TIME), None)
    if last is not None and _moves_forward(last.window, key.window):
        windows[last] = series.pop(last)


def _moves_forward(before: Window, after: Window) -> bool:
    ends = ((before.start, after.start), (before.end, after.end))
    moved = [one <= other for one, other in ends if one is not None and other is not None]
    return all((one is None) == (other is None) for one, other in ends) and bool(moved) and all(moved)


def windows_in_use(series: Mapping[SeriesKey, ReadSeries]) -> list[Window]:
    """The windows in which a client may still ask for events.

    One that it asked for again and again, and then no more while it asked for others, is none of them.
    """
    windows = {key.window: each for key, each in series.items() if key.kind == "live" and key.window != ANY_TIME}
    newest = max((each.latest.began for each in windows.values()), default=None)
    return [
        window
        for window, each in windows.items()
        if each.reads == 1 or newest is None or newest - each.latest.began <= max(patience(each.longest_gap), LEAST_USE)
    ]
