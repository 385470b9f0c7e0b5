"""What a list asks of the store, and the rows that it gets."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

from mockcrm.base.declaring import dataclass
from mockcrm.crm.change import Change
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.record import Record

DeltaRow = tuple[datetime, int, Change]
SpanRow = tuple[datetime, str, Change]
Position = tuple[datetime, int] | tuple[datetime, str]
"""Where a paged read stands: the first two members of the last row it got."""

Include = Literal["live", "deleted", "both"]
"""Which rows a list has: records, tombstones, or both."""

Filters = tuple[tuple[str, tuple[str, ...]], ...]
"""The filters of a list: the names of parameters with the values that were sent, `me` replaced by the user's id."""


@dataclass(frozen=True, slots=True)
class Window:
    """An interval of time, from `start` to before `end`. None leaves that side open (contract, section 3)."""

    start: datetime | None = None
    end: datetime | None = None

    @property
    def length(self) -> timedelta:
        """The length; `timedelta.max` for an open window."""
        return timedelta.max if self.start is None or self.end is None else self.end - self.start

    def overlaps(self, change: Change) -> bool:
        """Whether the event of a change overlaps the window."""
        event = change.event
        return self.holds(event.start, event.end)

    def holds(self, begins: datetime, ends: datetime) -> bool:
        """Whether an interval overlaps the window. A zero length counts at the window's start, but not at its end."""
        if self.end is not None and begins >= self.end:
            return False
        return self.start is None or ends > self.start or begins == ends == self.start


@dataclass(frozen=True, slots=True)
class Query:
    """What a list asks for: live records of a kind, tombstones or both, in delta order or in order of start and id.

    `exclusive` leaves out the rows stamped exactly `since`. Tombstones stamped before `horizon` are no longer reported.
    `latest` lists the newest versions, as reads by id and `/admin` show them, instead of the visible ones. With a
    `calendar`, the events of that alone are listed, and as tombstones those that have moved away from there.
    """

    window: Window = Window()
    since: datetime | None = None
    exclusive: bool = False
    include: Include = "live"
    horizon: datetime | None = None
    latest: bool = False
    kind: Kind = EVENT
    filters: Filters = ()
    calendar: str | None = None

    @property
    def by_delta(self) -> bool:
        """Whether the rows come in delta order (contract, section 4). What has no times comes in no other."""
        return self.since is not None or self.include == "deleted" or not self.kind.timed

    @property
    def includes_live(self) -> bool:
        return self.include != "deleted"

    @property
    def includes_deleted(self) -> bool:
        return self.include != "live"

    @property
    def filter_tests(self) -> list[Callable[[Record], bool]]:
        """What a record must pass to be listed."""
        return [self.kind.all_filters[name].test(values) for name, values in self.filters]

    def includes(self, change: Change) -> bool:
        """Whether a version is one of the rows that are asked for, whatever its times."""
        # An audit asks thousands of times.
        if self.include == ("live" if change.deleted else "deleted"):
            return False
        if self.calendar is not None and change.event.calendar_id != self.calendar:
            return False
        return not self.filters or all(test(change.record) for test in self.filter_tests)
