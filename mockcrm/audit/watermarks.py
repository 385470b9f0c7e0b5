"""Where a client's watermark comes from: which instant of an earlier read it is."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from mockcrm.audit.ledger import Ledger
from mockcrm.audit.paged_read import PagedRead
from mockcrm.audit.series import NO_TIME
from mockcrm.base.times import MILLISECOND, floor_to, format_instant, shifted

SECOND = timedelta(seconds=1)


TIME_ZONES = frozenset(
    {timedelta(hours=hours) for hours in range(1, 15)}
    | {timedelta(hours=hours, minutes=30) for hours in (2, 3, 4, 5, 6, 8, 9, 10)}
    | {timedelta(hours=hours, minutes=45) for hours in (5, 8, 12, 13)}
)
"""The offsets from UTC that time zones have, without their signs (the tz database, in this century)."""
MAX_LOOKED_BACK = 3
"""In how many reads before it the source of a watermark that a time zone has moved is looked for."""


class ZoneShift(NamedTuple):
    """A watermark that is the instant of an earlier read, moved `by` the offset of a time zone.

    `source` is that instant in words.
    """

    instant: datetime
    by: timedelta
    source: str

    @property
    def words(self) -> str:
        """How far it was moved: `2 hours after the asOf of request 1`."""
        hours, minutes = divmod(abs(self.by) // timedelta(minutes=1), 60)
        parts = [
            f"{count} {unit}{'s' * (count > 1)}" for count, unit in ((hours, "hour"), (minutes, "minute")) if count
        ]
        return f"{' and '.join(parts)} {'after' if self.by > NO_TIME else 'before'} {self.source}"


def watermark_of(ledger: Ledger, read: PagedRead, others: Sequence[Ledger] = ()) -> str:
    """A sentence on the watermark that a read had, and which instant of an earlier read that is.

    `others` are the client's ledgers of other kinds: a watermark may come from a read of those.
    """
    since = read.query.since
    assert since is not None
    asked = f"Request {read.first} asked, at {format_instant(read.began)}, for changes"
    asked = f"{asked} {'after' if read.query.exclusive else 'since'} {format_instant(since)}"
    sources = (source_of(each, since, read) for each in (ledger, *others))
    if source := next(filter(None, sources), None):
        return f"{asked}, which is {source}."
    if before := source_of(ledger, shifted(since, -MILLISECOND), read):
        return f"{asked}, which is a millisecond after {before}."
    if shift := zone_shift(ledger, read):
        return f"{asked}, which is {shift.words}."
    return f"{asked}, the instant at which it came." if since == read.began else f"{asked}."


def source_of(ledger: Ledger, since: datetime, read: PagedRead) -> str | None:
    """Which instant of an earlier read a watermark is, in words. If it is both an asOf and a stamp, both are named."""
    as_of = stamp = None
    for other in _before(ledger, read.first):
        as_of = as_of or _as_of(other, since)
        stamp = stamp or _stamp(other, since)
        if as_of and stamp:
            return f"{as_of}, and also {stamp}"
    return as_of or stamp


def zone_shift(ledger: Ledger, read: PagedRead) -> ZoneShift | None:
    """By which time zone a watermark differs from an instant of a read shortly before; None if it is such an instant.

    The client may have cut that instant to the second.
    """
    since = read.query.since
    # Somebody who asks from the present takes it from a clock, whatever instants lie whole hours before.
    if since is None or abs(since - read.began) < SECOND:
        return None
    if any(since in _instants(other) for other in _before(ledger, read.first)):
        return None
    began = min(other.first for other in [read, *_before(ledger, read.first)] if other.query.since == since)
    latest = (other for other in _before(ledger, began) if other.ended)
    for other in islice(latest, MAX_LOOKED_BACK):
        for instant in dict.fromkeys((other.as_of, other.last_as_of, other.largest)):
            for exact in dict.fromkeys((instant, instant and floor_to(instant, SECOND))):
                if instant is not None and exact is not None and abs(since - exact) in TIME_ZONES:
                    return ZoneShift(exact, since - exact, _as_of(other, instant) or _stamp(other, instant) or "")
    return None


def _before(ledger: Ledger, first: int) -> list[PagedRead]:
    """The reads that began before a request, the latest first."""
    reads = {other.first: other for of in ledger.history.values() for other in of if other.first < first}
    return [reads[number] for number in sorted(reads, reverse=True)]


def _as_of(read: PagedRead, instant: datetime) -> str | None:
    if instant == read.as_of:
        return f"the asOf of request {read.first}"
    return f"the asOf of the last page, request {read.requests[-1]}" if instant == read.last_as_of else None


def _stamp(read: PagedRead, instant: datetime) -> str | None:
    if instant == read.largest:
        return f"the largest stamp in the read of request {read.first}"
    return f"the stamp of the last row in the read of request {read.first}" if instant == read.last_row else None


def shared_with(ledger: Ledger, read: PagedRead, others: Sequence[Ledger] = ()) -> PagedRead | None:
    """The read of another interval, filter or kind that a watermark comes from, where no read like it had that instant.

    A window that replaced an earlier one is the same interval, moved forward. `others` are the client's ledgers of
    other kinds.
    """
    since, own = read.query.since, _before(ledger, read.first)
    # The last page's asOf is another mistake.
    if any(since in (*_instants(other), other.last_as_of) for other in own if other.asks_like(read)):
        return None
    sources = (_latest_with(since, each, read.first) for each in (ledger, *others))
    return next(filter(None, sources), None)


def _latest_with(instant: datetime | None, ledger: Ledger, first: int) -> PagedRead | None:
    """The latest read before a request that had an instant, of an interval or filter that its client still asks for."""
    asked = {(key.window, key.filters) for key in ledger.series}
    reads = (read for read in _before(ledger, first) if instant in _instants(read))
    return next((read for read in reads if (read.query.window, read.query.filters) in asked), None)


def _instants(read: PagedRead) -> tuple[datetime | None, ...]:
    return read.as_of, read.largest, read.last_row
