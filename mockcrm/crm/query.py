"""What a list asks of the store, and the rows that it gets."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from mockcrm.crm.change import Change

DeltaRow = tuple[datetime, int, Change]
SpanRow = tuple[datetime, str, Change]
Position = tuple[datetime, int] | tuple[datetime, str]
"""Where a paged read stands: the first two members of the last row it got."""

Include = Literal["live", "deleted", "both"]
"""Which rows a list has: events, tombstones, or both."""


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
        return self.holds(change.event.start, change.event.end)

    def holds(self, begins: datetime, ends: datetime) -> bool:
        """Whether an interval overlaps the window. A zero length counts at the window's start, but not at its end."""
        if self.end is not None and begins >= self.end:
            return False
        return self.start is None or ends > self.start or begins == ends == self.start


@dataclass(frozen=True, slots=True)
class Query:
    """What a list asks for: live events, tombstones or both, in delta order or in order of start and id.

    `exclusive` leaves out the rows stamped exactly `since`. Tombstones stamped before `horizon` are no longer reported.
    `latest` lists the newest versions, as reads by id and `/admin` show them, instead of the visible ones.
    """

    window: Window = Window()
    since: datetime | None = None
    exclusive: bool = False
    include: Include = "live"
    horizon: datetime | None = None
    latest: bool = False

    @property
    def by_delta(self) -> bool:
        """Whether the rows come in delta order (contract, section 4)."""
        return self.since is not None or self.include == "deleted"

    @property
    def includes_live(self) -> bool:
        return self.include != "deleted"

    @property
    def includes_deleted(self) -> bool:
        return self.include != "live"

    def includes(self, change: Change) -> bool:
        """Whether a version is one of the rows that are asked for, whatever its times."""
        return self.includes_deleted if change.deleted else self.includes_live
