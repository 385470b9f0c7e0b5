"""Where a client's watermark comes from: which instant of an earlier read it is."""

from datetime import datetime

from mockcrm.audit.ledger import Ledger
from mockcrm.audit.paged_read import PagedRead
from mockcrm.base.times import MILLISECOND, format_instant, shifted


def watermark_of(ledger: Ledger, read: PagedRead) -> str:
    """A sentence on the watermark that a read had, and which instant of an earlier read that is."""
    since = read.query.since
    assert since is not None
    asked = f"Request {read.first} asked, at {format_instant(read.began)}, for changes"
    asked = f"{asked} {'after' if read.query.exclusive else 'since'} {format_instant(since)}"
    if source := source_of(ledger, since, read):
        return f"{asked}, which is {source}."
    before = source_of(ledger, shifted(since, -MILLISECOND), read)
    return f"{asked}, which is a millisecond after {before}." if before else f"{asked}."


def source_of(ledger: Ledger, since: datetime, read: PagedRead) -> str | None:
    """Which instant of an earlier read a watermark is, in words."""
    reads = {other.first: other for of in ledger.history.values() for other in of if other.first < read.first}
    for _, other in sorted(reads.items(), reverse=True):
        for instant, what in (
            (other.as_of, f"the asOf of request {other.first}"),
            (other.last_as_of, f"the asOf of the last page, request {other.requests[-1]}"),
            (other.largest, f"the largest stamp in the read of request {other.first}"),
            (other.last_row, f"the stamp of the last row in the read of request {other.first}"),
        ):
            if instant == since:
                return what
    return None


def shared_with(ledger: Ledger, read: PagedRead) -> PagedRead | None:
    """The read of another interval that a watermark comes from, where no read of the same interval had that instant.

    A window that replaced an earlier one is the same interval, moved forward.
    """
    windows = {key.window for key in ledger.series}
    reads = {other.first: other for of in ledger.history.values() for other in of if other.first < read.first}
    sources = [other for _, other in sorted(reads.items()) if read.query.since in _instants(other)]
    if any(other.query.window == read.query.window for other in sources):
        return None
    others = [other for other in sources if other.query.window in windows]
    return others[-1] if others else None


def _instants(read: PagedRead) -> set[datetime | None]:
    return {read.as_of, read.last_as_of, read.largest, read.last_row}
