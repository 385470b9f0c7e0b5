"""What a list asks of the store, and what its rows are."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from mockcrm.crm.event import Change

DeltaRow = tuple[datetime, int, Change]
SpanRow = tuple[datetime, str, Change]
Position = tuple[datetime, int] | tuple[datetime, str]
"""Where a walk stands: the first two members of the last row it was given."""

Include = Literal["live", "dead", "both"]
"""Which rows a list has: events, tombstones, or both."""


@dataclass(frozen=True, slots=True)
class Window:
    """An interval of time, from `start` to before `end`; either may be open (contract, section 3)."""

    start: datetime | None = None
    end: datetime | None = None

    @property
    def length(self) -> timedelta:
        """How long it is; as long as can be where it is open."""
        return timedelta.max if self.start is None or self.end is None else self.end - self.start

    def overlaps(self, change: Change) -> bool:
        """Whether the event lies in the window."""
        return self.holds(change.event.start, change.event.end)

    def holds(self, begins: datetime, ends: datetime) -> bool:
        """Whether times lie in the window: a zero length counts at the window's start, but not at its end."""
        if self.end is not None and begins >= self.end:
            return False
        return self.start is None or ends > self.start or begins == ends == self.start


@dataclass(frozen=True, slots=True)
class Query:
    """What a list asks for: live events, tombstones or both, in delta order or in order of start and id.

    `exclusive` leaves out the rows at `since` itself; tombstones stamped before `horizon` have been forgotten; `latest`
    reads the versions that reads by id see, as `/admin` does.
    """

    window: Window = Window()
    since: datetime | None = None
    exclusive: bool = False
    kinds: Include = "live"
    horizon: datetime | None = None
    latest: bool = False

    @property
    def by_delta(self) -> bool:
        return self.since is not None or self.kinds == "dead"
