"""The windows that a client reads instead of everything, and which of them an event lies in."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise

from mockcrm.base.declaring import dataclass
from mockcrm.base.times import DAY, format_instant, parse_instant
from mockcrm.reference_client.normalize import EventRow


@dataclass(frozen=True)
class ReadWindow:
    """An interval that a client asks for with `startAt` and `endAt`. None leaves that side open."""

    start: datetime | None
    end: datetime | None

    @property
    def query(self) -> Mapping[str, str]:
        """The parameters that ask for it."""
        bounds = {"startAt": self.start, "endAt": self.end}
        return {name: format_instant(bound) for name, bound in bounds.items() if bound}

    def holds(self, row: EventRow) -> bool:
        """Whether an event lies in it (contract, section 3)."""
        begins, ends = parse_instant(row["startTime"]), parse_instant(row["endTime"])
        if self.end is not None and begins >= self.end:
            return False
        return self.start is None or ends > self.start or begins == ends == self.start


Windows = Callable[[datetime], Sequence[ReadWindow]]
"""The windows that a client reads at an instant. They follow each other without a gap."""


def months(now: datetime) -> list[ReadWindow]:
    """The month of an instant and the two after it."""
    starts = [now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)]
    for _ in range(3):
        starts.append((starts[-1] + 31 * DAY).replace(day=1))
    return [ReadWindow(start, end) for start, end in pairwise(starts)]


def rolling(now: datetime) -> list[ReadWindow]:
    """From a week before the day of an instant to four weeks after it."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return [ReadWindow(today - 7 * DAY, today + 28 * DAY)]


def near_and_far(now: datetime) -> list[ReadWindow]:
    """From a week before the day of an instant to four weeks after it, and from then on to a year after it."""
    (near,) = rolling(now)
    return [near, ReadWindow(near.end, near.end + 337 * DAY if near.end else None)]


def past_present_future(now: datetime) -> list[ReadWindow]:
    """All time in three slices: what ended before the day of an instant, the week that begins then, and the rest."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    week = today + 7 * DAY
    return [ReadWindow(None, today), ReadWindow(today, week), ReadWindow(week, None)]


def window_of(query: Mapping[str, str]) -> ReadWindow:
    """The interval that a query asks for."""
    start, end = (parse_instant(query[name]) if name in query else None for name in ("startAt", "endAt"))
    return ReadWindow(start, end)


def halves(window: ReadWindow, rows: Sequence[EventRow]) -> Sequence[ReadWindow]:
    """An interval in two, each with about half of some rows; nothing if all these events begin together."""
    starts = sorted({parse_instant(row["startTime"]) for row in rows if "startTime" in row})
    later = [start for start in starts if start > (window.start or starts[0])]
    if not later:
        return ()
    middle = later[len(later) // 2]
    return ReadWindow(window.start, middle), ReadWindow(middle, window.end)


def spanned(windows: Sequence[ReadWindow]) -> ReadWindow:
    """The one window that some make together."""
    return ReadWindow(windows[0].start, windows[-1].end)
