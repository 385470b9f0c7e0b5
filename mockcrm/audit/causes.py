"""How a change came to be out of reach."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from mockcrm.audit.findings import CURES, FINDINGS
from mockcrm.audit.ledger import Ledger, Viewer
from mockcrm.audit.paged_read import UNTRUE, Stream, Walk
from mockcrm.base.times import MILLISECOND, format_instant, shifted
from mockcrm.crm.event import Change
from mockcrm.crm.fake_crm import FakeCrm

LONG_AGO = timedelta(minutes=1)
"""How much earlier than its commit a stamp is that must be another clock's."""


class Cause(NamedTuple):
    """How a change slipped through: in a sentence, as a hazard of the catalogue, in which requests, and what helps."""

    sentence: str
    hazard: str | None
    requests: tuple[int, ...]
    cure: str | None


class Causes:
    """Why a client missed a version."""

    def __init__(self, crm: FakeCrm, sightings: Viewer, ledger: Ledger) -> None:
        self.crm, self.sightings, self.ledger = crm, sightings, ledger

    def cause(self, change: Change, walk: Walk) -> Cause:
        """Why the walks before did not bring a version either."""
        stream: Stream = "deletions" if change.deleted else "events"
        earlier = [other for other in self.ledger.history.get(stream, ()) if other.first < walk.first]
        stamp = self.sightings.stamp(change)
        for other in reversed(earlier):
            if other.wants(change) and other.admits(stamp) and self.sightings.visible(change, other.sight):
                return self.fell_through(other)
        last = earlier[-1] if earlier else None
        cases = self.candidate_causes(change, walk, last)
        sentence, hazard = next((sentence, hazard) for true, sentence, hazard in cases if true)
        return Cause(sentence, hazard, tuple(last.requests) if last else (), CURES.get(hazard or ""))

    def fell_through(self, walk: Walk) -> Cause:
        """A walk before should have brought it, and did not."""
        hazard, cure = None, None
        if walk.faults:
            rest = f", but what it was answered was not the whole truth ({walk.faults[0]})."
            hazard = UNTRUE[walk.faults[0]]
        elif not walk.ended:
            why = f"after {walk.failures[-1]}" if walk.failures else "though it had a token for the next page"
            rest = f"; the client gave it up {why}, and moved its bound on."
            hazard, cure = self.given_up(walk), FINDINGS["read.abandoned"].advice
        elif self.crm.dialect.paging == "offset" and len(walk.requests) > 1:
            rest = "; it pages by offset, and rows moved between its pages."
            hazard = self.between_pages(walk)
        else:
            rest = ", and did not."
        sentence = f"The walk of request {walk.first} should have brought it{rest}"
        return Cause(sentence, hazard, tuple(walk.requests), CURES.get(hazard or "", cure))

    def given_up(self, walk: Walk) -> str | None:
        """Why a client did not go on to the last page, as a hazard."""
        if walk.failures:
            return "page-token-expired" if "pageToken.expired" in walk.failures else "error-mid-pagination"
        if walk.last_empty:
            return "empty-page-with-next"
        # A bound that is the stamp of its own last row asks for that row again.
        later = [other.query.since for of in self.ledger.history.values() for other in of if other.first >= walk.first]
        row = walk.last_row
        if row is not None and any(since and row <= since <= shifted(row, MILLISECOND) for since in later):
            return "bulk-same-timestamp" if self.crm.dialect.delta_order == "stamp" else "out-of-order-rows"
        return "out-of-order-rows" if self.crm.dialect.delta_order != "stamp" else None

    def between_pages(self, walk: Walk) -> str:
        """What moved the rows, as a hazard."""
        ops = {change.op for change in self.crm.store.changes(walk.sight.seen, walk.last_seen - walk.sight.seen)}
        if "deleted" in ops:
            return "delete-during-paging"
        return "edit-during-paging" if "updated" in ops else "insert-during-paging"

    def candidate_causes(self, change: Change, walk: Walk, last: Walk | None) -> Iterator[tuple[bool, str, str | None]]:
        """How it can have come too late for one walk and too early for the next one's bound; the first that is true."""
        dialect, since, stamp = self.crm.dialect, walk.query.since, self.sightings.stamp(change)
        coarse = dialect.timestamp_precision != "millisecond"
        yield (
            change.stamp_seq != change.seq,
            "It left lastModifiedAt as it was, and with it its place in the delta.",
            "child-change-no-bump",
        )
        yield (
            change.delayed,
            f"Lists showed it only from {format_instant(change.visible_at)} on.",
            "index-lag" if dialect.index_lag else "late-commit-visibility",
        )
        yield (
            change.stamp < shifted(change.committed_at, -LONG_AGO),
            "It is stamped much earlier than it was committed.",
            "server-clock-backwards",
        )
        yield (
            last is not None and change.seq > last.sight.seen and change.committed_at < last.as_of,
            "The CRM's clock had gone back: it is stamped earlier than what the client had been told was past.",
            "server-clock-backwards",
        )
        yield (
            coarse and dialect.timestamp_rounding != "floor" and since is not None and stamp <= since,
            "Stamps are rounded up, and the client's bound with them.",
            "rounded-up-cursor",
        )
        yield (
            coarse and since is not None and stamp <= since <= shifted(change.committed_at, LONG_AGO),
            f"Stamps are kept to the {dialect.timestamp_precision}, this one to the one that had been read up to.",
            "second-truncated-timestamps",
        )
        yield (
            any(habit.code == "watermark.beyondClock" and walk.first in habit.requests for habit in self.ledger.habits),
            "The bound that left it behind is later than any instant that the client had been given.",
            "client-clock-watermark",
        )
        yield (
            stamp == since and walk.query.exclusive,
            "It has the very stamp that the client had read up to, and that bound is exclusive.",
            "equal-timestamp-at-watermark",
        )
        yield (
            since is not None and _is_just_before(stamp, since) and self.source(stamp, walk) is not None,
            "It has the very stamp that the client had read up to, and the client asked from a millisecond later.",
            "equal-timestamp-at-watermark",
        )
        yield (
            change.deleted and self.ledger.latest.get("events") is not self.ledger.latest.get("deletions"),
            "It happened between the reading of deletions and the reading from which the bound was taken.",
            "split-stream-race",
        )
        yield (
            last is not None and last.sight.seen < change.seq <= last.last_seen and dialect.delta_order == "reverse",
            "It was committed between two pages of that walk, whose newest rows come first.",
            "insert-during-paging",
        )
        yield (
            dialect.delta_order != "stamp" and last is not None and last.last_row == since,
            "The delta is not sorted, and the client went on from its last row.",
            "out-of-order-rows",
        )
        yield True, "It was committed after the walk before had begun, and stamped before the bound of the next.", None

    def bound(self, walk: Walk) -> str:
        """The bound that passed a version by, and where the client may have it from."""
        since = walk.query.since
        assert since is not None
        how = "after" if walk.query.exclusive else "since"
        told = f"Request {walk.first} asked, at {format_instant(walk.began)}, for what was modified {how} "
        told = f"{told}{format_instant(since)}"
        if source := self.source(since, walk):
            return f"{told}, which is {source}."
        before = self.source(shifted(since, -MILLISECOND), walk)
        return f"{told}, which is a millisecond after {before}." if before else f"{told}."

    def source(self, since: datetime, walk: Walk) -> str | None:
        """Which instant of an earlier walk a bound is."""
        walks = {other.first: other for of in self.ledger.history.values() for other in of if other.first < walk.first}
        for _, other in sorted(walks.items(), reverse=True):
            for instant, what in (
                (other.as_of, f"asOf of request {other.first}"),
                (other.last_as_of, f"asOf of request {other.requests[-1]}, the last page"),
                (other.largest, f"the largest stamp in the walk of request {other.first}"),
                (other.last_row, f"the stamp of the last row in the walk of request {other.first}"),
            ):
                if instant == since:
                    return what
        return None


def _is_just_before(stamp: datetime, since: datetime) -> bool:
    """Whether a bound is the next millisecond after a stamp."""
    return stamp < since and stamp == shifted(since, -MILLISECOND)
