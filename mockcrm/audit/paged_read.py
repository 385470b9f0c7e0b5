"""A paged read: what a client asked for with its first request, and how it went, page by page."""

from dataclasses import field, replace
from datetime import datetime
from typing import Literal

from mockcrm.base.declaring import dataclass
from mockcrm.base.times import EPOCH
from mockcrm.crm.change import Change, VisibilityPoint
from mockcrm.crm.query import Query, Window

Stream = Literal["records", "deletions", "window", "filter"]
"""What a client reads of one kind: all records by their delta, deletions, what lies in an interval, or what passes a
filter. The reads of one stream share a watermark; in the last two, those with the same interval or filter.
"""

RESULT_CAP = "resultCap", "result-cap"
"""Stands among the faults of a read that the dialect's knob of this name cut short."""


ANY_TIME = Window()
"""The window of a list without an interval."""


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
        """Whether it asks for all living records: without a watermark, or from before the first of them."""
        return self.everything and self.query.window == ANY_TIME and not self.query.filters

    @property
    def interval(self) -> bool:
        """Whether it asks for all living records of an interval."""
        return self.everything and self.query.window != ANY_TIME

    @property
    def everything(self) -> bool:
        """Whether it asks for all living records, of its window or filter if it has one."""
        return (self.query.since is None or self.query.since <= EPOCH) and self.query.includes_live

    @property
    def looks_up(self) -> bool:
        """Whether it asks for all that passes a filter."""
        return bool(self.query.filters) and self.everything

    def asks_like(self, other: "PagedRead") -> bool:
        """Whether both ask for the same interval and by the same filter."""
        return (self.query.window, self.query.filters) == (other.query.window, other.query.filters)

    @property
    def complete(self) -> bool:
        return self.ended and not self.faults

    def wants(self, change: Change) -> bool:
        """Whether it asks for versions of this kind, whatever its watermark."""
        return self.query.includes(change) and lies_in(self.query.window, change)

    def covers(self, change: Change) -> bool:
        """Whether a version lies in its window and passes its filters, be it a tombstone or not."""
        return lies_in(self.query.window, change) and all(test(change.record) for test in self.query.filter_tests)

    def admits(self, stamp: datetime) -> bool:
        """Whether a version with this shown stamp is not before its watermark."""
        since = self.query.since
        return since is None or stamp > since or (stamp == since and not self.query.exclusive)

    def copy(self) -> "PagedRead":
        return replace(self, requests=self.requests[:], faults=self.faults[:], failures=self.failures[:])


def lies_in(window: Window, change: Change) -> bool:
    """Whether a version lies in an interval. Every one lies in that without bounds, whether it has times or not."""
    # An audit asks thousands of times: to compare the windows would make two tuples.
    return window.start is window.end is None or window.overlaps(change)


def streams_of(query: Query) -> list[Stream]:
    """The streams that a read with this query belongs to."""
    if query.window != ANY_TIME:
        return ["window"]
    if query.filters:
        return ["filter"]
    found: list[Stream] = ["records"] if query.includes_live else []
    return [*found, "deletions"] if query.includes_deleted else found
