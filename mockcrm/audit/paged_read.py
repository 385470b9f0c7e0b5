"""A paged read: what a client asked for, page by page, and how it went."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, NamedTuple

from mockcrm.base.times import EPOCH
from mockcrm.crm.event import Change
from mockcrm.crm.store import Query, Window

Stream = Literal["events", "deletions", "window"]
"""What a client reads in walks: all events by their delta, deletions, or what lies in an interval."""

MAX_WALKS = 200
"""How many walks of a stream are remembered, for the explanation of findings."""
CUT = "resultCap"
"""What is said of a walk that a dialect cut short."""
UNTRUE: Mapping[str, str] = {
    "emptyList": "empty-200-mass-delete",
    "repeatToken": "token-loop",
    CUT: "result-cap",
    "shortPage": "newest-token-on-truncated-page",
    "stale": "replica-lag",
}
"""What makes a page say what is not so, effects of faults above all, and the hazard that each is."""


class Sight(NamedTuple):
    """What lists could show at a moment: the length of the change log, and how many delayed changes had been shown."""

    seen: int
    revealed: int


@dataclass(slots=True)
class Walk:
    """One walk: the request that began it, its pages' requests, what it asked for, and how it went.

    It `ended` with a null token. `faults` are those that made a page say what was not so, `failures` the errors that
    its pages' requests met. `largest` and `last_row` are stamps of rows that it delivered. Whoever asks anew from the
    stamp that it has `reached` misses nothing, and gets further.
    """

    first: int
    began: datetime
    sight: Sight
    query: Query
    as_of: datetime
    requests: list[int] = field(default_factory=list)
    last_as_of: datetime | None = None
    last_seen: int = 0
    last_empty: bool = False
    expired: bool = False
    next_token: str | None = None
    ended: bool = False
    faults: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    largest: datetime | None = None
    last_row: datetime | None = None
    reached: datetime | None = None

    @property
    def full(self) -> bool:
        """Whether it asks for everything that lives: without a bound, or from before there was anything."""
        return self._everything and self.query.window == Window()

    @property
    def interval(self) -> bool:
        """Whether it asks for everything that lives and lies in an interval."""
        return self._everything and self.query.window != Window()

    @property
    def _everything(self) -> bool:
        return (self.query.since is None or self.query.since <= EPOCH) and self.query.kinds != "dead"

    @property
    def complete(self) -> bool:
        return self.ended and not self.faults

    def wants(self, change: Change) -> bool:
        """Whether a version is of the kind that the walk asks for, its bound left aside."""
        if self.query.kinds not in ("both", "dead" if change.deleted else "live"):
            return False
        return self.query.window == Window() or self.query.window.overlaps(change)

    def admits(self, stamp: datetime) -> bool:
        """Whether its bound lets a shown stamp pass."""
        since = self.query.since
        return since is None or stamp > since or (stamp == since and not self.query.exclusive)


def copied(walk: Walk) -> Walk:
    return replace(walk, requests=walk.requests[:], faults=walk.faults[:], failures=walk.failures[:])


def streams_of(query: Query) -> list[Stream]:
    """Which streams a walk belongs to."""
    if query.window != Window():
        return ["window"]
    found: list[Stream] = [] if query.kinds == "dead" else ["events"]
    return found if query.kinds == "live" else [*found, "deletions"]
