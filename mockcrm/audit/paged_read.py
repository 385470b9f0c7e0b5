"""A paged read: what a client asked for with its first request, and how it went, page by page."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, NamedTuple

from mockcrm.base.times import EPOCH
from mockcrm.crm.change import Change
from mockcrm.crm.query import Query, Window

Stream = Literal["events", "deletions", "window"]
"""What a client reads: all events by their delta, deletions, or the events of an interval."""

RESULT_CAP = "resultCap", "result-cap"
"""Stands among the faults of a read that the dialect's knob of this name cut short."""


ANY_TIME = Window()
"""The window of a list without an interval."""


class VisibilityPoint(NamedTuple):
    """What lists could show at a moment: the length of the change log, and the number of delayed changes then shown."""

    seen: int
    revealed: int


@dataclass(slots=True)
class PagedRead:
    """A list request, or a sequence of them by page tokens, and how it went.

    `first` is the number of its first request, which came at `began`; `visible` is what lists could show then.
    `requests` has the numbers of all its pages. It `ended` if a page had no next token. `faults` are the effects that
    made a page say what is not true, each with its hazard; `failures` are the errors that its requests met. `largest`
    and `last_row` are stamps of delivered rows. A client that asks again from the stamp `reached` misses nothing and
    gets further.

    It asked for `one_row` if its first request had `limit=1` and no watermark. It is `overtaken_by` a read that began
    before this one ended. Its window `starts_at_watermark` if it starts at an instant of an earlier read.
    """

    first: int
    began: datetime
    visible: VisibilityPoint
    query: Query
    as_of: datetime
    requests: list[int] = field(default_factory=list)
    last_as_of: datetime | None = None
    last_seen: int = 0
    last_empty: bool = False
    expired: bool = False
    next_token: str | None = None
    ended: bool = False
    faults: list[tuple[str, str]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    largest: datetime | None = None
    last_row: datetime | None = None
    reached: datetime | None = None
    starts_at_watermark: bool = False
    one_row: bool = False
    overtaken_by: "PagedRead | None" = None

    @property
    def is_probe(self) -> bool:
        """Whether it is a look at one row, which asks for nothing more so far; not even if there is no other row."""
        return self.one_row and len(self.requests) < 2

    @property
    def is_given_up(self) -> bool:
        """Whether another read took its place, and has ended or was itself overtaken."""
        by = self.overtaken_by
        return by is not None and (by.ended or by.overtaken_by is not None or self.is_probe)

    @property
    def full(self) -> bool:
        """Whether it asks for all living events: without a watermark, or from before the first of them."""
        return self.everything and self.query.window == ANY_TIME

    @property
    def interval(self) -> bool:
        """Whether it asks for all living events of an interval."""
        return self.everything and self.query.window != ANY_TIME

    @property
    def everything(self) -> bool:
        """Whether it asks for all living events, of its window if it has one."""
        return (self.query.since is None or self.query.since <= EPOCH) and self.query.includes_live

    @property
    def complete(self) -> bool:
        return self.ended and not self.faults

    def wants(self, change: Change) -> bool:
        """Whether it asks for versions of this kind, whatever its watermark."""
        return self.query.includes(change) and (self.query.window == ANY_TIME or self.query.window.overlaps(change))

    def admits(self, stamp: datetime) -> bool:
        """Whether a version with this shown stamp is not before its watermark."""
        since = self.query.since
        return since is None or stamp > since or (stamp == since and not self.query.exclusive)

    def copy(self) -> "PagedRead":
        return replace(self, requests=self.requests[:], faults=self.faults[:], failures=self.failures[:])


def streams_of(query: Query) -> list[Stream]:
    """The streams that a read with this query belongs to."""
    if query.window != ANY_TIME:
        return ["window"]
    found: list[Stream] = ["events"] if query.includes_live else []
    return [*found, "deletions"] if query.includes_deleted else found
