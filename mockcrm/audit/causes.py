"""Why a client missed a version: the rules that find the cause.

`cause_of` looks first for an earlier read that should have delivered the version. If there was none, the version came
too late for one read and too early for the watermark of the next, and the first rule in `CAUSES` that applies says why.
"""

from collections.abc import Callable, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from typing import NamedTuple

from mockcrm.audit.advice import ADVICE
from mockcrm.audit.findings import FINDINGS
from mockcrm.audit.ledger import Ledger, Visibility
from mockcrm.audit.paged_read import RESULT_CAP, PagedRead, Stream
from mockcrm.audit.series import NO_TIME
from mockcrm.audit.watermarks import ZoneShift, source_of
from mockcrm.base.declaring import dataclass
from mockcrm.base.times import MILLISECOND, format_instant, shifted
from mockcrm.crm.change import Change
from mockcrm.crm.dialect.knobs import PRECISIONS, Dialect
from mockcrm.crm.fake_crm import FakeCrm

OTHER_CLOCK = timedelta(minutes=1)
"""A stamp that is earlier than its commit by more than this comes from another clock."""


class MissCause(NamedTuple):
    """Why a version was missed: a sentence, the hazard, the requests that show it, and what helps against it."""

    sentence: str
    hazard: str | None
    requests: tuple[int, ...]
    advice: str | None


@dataclass(slots=True)
class Miss:
    """A version that a read left behind with its watermark: what the rules look at.

    `zone_shift` says by which time zone the read's watermark was moved, if it was. `stamp` is the version's shown
    stamp, `earlier` has the reads of the same stream before, `last` the last of them.
    """

    crm: FakeCrm
    ledger: Ledger
    visibility: Visibility
    change: Change
    read: PagedRead
    zone_shift: ZoneShift | None
    stamp: datetime = field(init=False)
    earlier: Sequence[PagedRead] = field(init=False)
    last: PagedRead | None = field(init=False)

    def __post_init__(self) -> None:
        own: Stream = "deletions" if self.change.deleted else "records"
        stream: Stream = "filter" if self.read.query.filters else own
        self.stamp = self.visibility.stamp(self.change)
        reads = (other for other in self.ledger.history.get(stream, ()) if other.first < self.read.first)
        self.earlier = [other for other in reads if other.query.filters == self.read.query.filters]
        self.last = self.earlier[-1] if self.earlier else None

    @property
    def dialect(self) -> Dialect:
        return self.crm.dialect

    @property
    def since(self) -> datetime | None:
        return self.read.query.since

    @property
    def coarse(self) -> bool:
        return self.dialect.timestamp_precision != "millisecond"

    @property
    def shown_from(self) -> str:
        return format_instant(self.change.visible_at)


def cause_of(miss: Miss) -> MissCause:
    """Why no read delivered a version before a watermark left it behind."""
    change, stamp, visible = miss.change, miss.stamp, miss.visibility.visible
    for read in reversed(miss.earlier):
        if read.admits(stamp) and visible(change, read.visible) and read.wants(change) and not read.is_probe:
            return _not_delivered(miss, read)
    rule = next(rule for rule in CAUSES if rule.applies(miss))
    requests = tuple(miss.last.requests) if miss.last else ()
    return MissCause(rule.sentence.format(miss=miss), rule.hazard, requests, ADVICE.get(rule.hazard or "", rule.advice))


# A read that should have delivered it


def _not_delivered(miss: Miss, read: PagedRead) -> MissCause:
    hazard, advice = None, None
    if read.faults:
        effect, hazard = read.faults[0]
        rest = f", but a fault altered its answers ({effect})."
        if (effect, hazard) == RESULT_CAP and read.query.since == read.largest == miss.stamp:
            hazard = "cap-on-one-stamp"
            rest = ", but the CRM cut it short, and all that it returned has the stamp that the client asked from."
    elif not read.ended:
        why = f"after {read.failures[-1]}" if read.failures else "though it had a token for the next page"
        rest = f", but the client abandoned that read {why}, and moved its watermark on."
        hazard, advice = _why_abandoned(miss, read), FINDINGS["read.abandoned"].advice
    elif miss.dialect.paging == "offset" and len(read.requests) > 1:
        rest = ", but it was paged by offset, and rows moved between its pages."
        hazard = _what_moved_rows(miss.crm, read)
    else:
        rest = ", but did not."
    sentence = f"The read of request {read.first} should have delivered it{rest}"
    return MissCause(sentence, hazard, tuple(read.requests), ADVICE.get(hazard or "", advice))


def _why_abandoned(miss: Miss, read: PagedRead) -> str | None:
    """Why a client did not read the remaining pages, as a hazard."""
    if read.failures:
        return "page-token-expired" if "pageToken.expired" in read.failures else "error-mid-pagination"
    if read.last_empty:
        return "empty-page-with-next"
    # A watermark that is the stamp of the last row is meant to deliver that row again.
    later = [other.query.since for of in miss.ledger.history.values() for other in of if other.first >= read.first]
    row = read.last_row
    if row is not None and any(since and row <= since <= shifted(row, MILLISECOND) for since in later):
        return "bulk-same-timestamp" if miss.dialect.delta_order == "stamp" else "out-of-order-rows"
    return "out-of-order-rows" if miss.dialect.delta_order != "stamp" else None


def _what_moved_rows(crm: FakeCrm, read: PagedRead) -> str:
    """What happened between the pages of a read, as a hazard."""
    ops = {change.op for change in crm.store.changes(read.visible.seen, read.last_seen - read.visible.seen)}
    if "deleted" in ops:
        return "delete-during-paging"
    return "edit-during-paging" if "updated" in ops else "insert-during-paging"


# Too late for one read, too early for the next


class CauseRule(NamedTuple):
    """A cause: when it applies, what is said of it, with facts of the `{miss}`, its hazard, and what helps.

    A hazard that has advice of its own needs none here.
    """

    applies: Callable[[Miss], bool]
    sentence: str
    hazard: str | None
    advice: str | None = None


def _is_moved_by_time_zone(miss: Miss) -> bool:
    """Whether a time zone moved the watermark past a version that it would have admitted where it was."""
    shift = miss.zone_shift
    return shift is not None and shift.by > NO_TIME and _is_at_or_after(miss, shift.instant)


def _follows_as_of(miss: Miss) -> bool:
    """Whether a version has a stamp that the asOf of the read before admits: then the watermark alone is to blame."""
    return miss.last is not None and _is_at_or_after(miss, miss.last.as_of)


def _is_at_or_after(miss: Miss, watermark: datetime) -> bool:
    return miss.stamp > watermark or (miss.stamp == watermark and not miss.read.query.exclusive)


def _passes_what_as_of_admits(miss: Miss) -> bool:
    return _follows_as_of(miss) and _watermark_is_of_client_clock(miss)


def _is_not_bumped(miss: Miss) -> bool:
    return miss.change.stamp_seq != miss.change.seq and not _follows_as_of(miss)


def _is_late_in_index(miss: Miss) -> bool:
    return _is_delayed(miss) and bool(miss.dialect.index_lag)


def _is_delayed(miss: Miss) -> bool:
    return miss.change.delayed and not _follows_as_of(miss)


def _is_stamped_by_another_clock(miss: Miss) -> bool:
    return miss.change.stamp < shifted(miss.change.committed_at, -OTHER_CLOCK) and not _follows_as_of(miss)


def _clock_went_back(miss: Miss) -> bool:
    last, change = miss.last, miss.change
    went_back = last is not None and change.seq > last.visible.seen and change.committed_at < last.as_of
    return went_back and not _follows_as_of(miss)


def _watermark_is_rounded_up(miss: Miss) -> bool:
    rounds = miss.coarse and miss.dialect.timestamp_rounding != "floor"
    return rounds and _is_within_a_step(miss)


def _is_truncated_to_watermark(miss: Miss) -> bool:
    return miss.coarse and miss.dialect.timestamp_rounding == "floor" and _is_within_a_step(miss)


def _is_within_a_step(miss: Miss) -> bool:
    """Whether a watermark is later than a stamp by no more than the precision of stamps can explain."""
    return miss.since is not None and NO_TIME <= miss.since - miss.stamp <= PRECISIONS[miss.dialect.timestamp_precision]


def _watermark_is_of_client_clock(miss: Miss) -> bool:
    observed = (each for each in miss.ledger.observations if each.code == "watermark.beyondClock")
    return any(miss.read.first in each.requests for each in observed)


def _equals_exclusive_watermark(miss: Miss) -> bool:
    return miss.stamp == miss.since and miss.read.query.exclusive


def _is_just_before_watermark(miss: Miss) -> bool:
    if miss.since is None or miss.stamp != shifted(miss.since, -MILLISECOND):
        return False
    return miss.stamp < miss.since and source_of(miss.ledger, miss.stamp, miss.read) is not None


def _streams_share_watermark(miss: Miss) -> bool:
    """Whether the watermark is later than the last read of deletions, and no later than a read of records after it."""
    last, since = miss.last, miss.since
    if not miss.change.deleted or last is None or since is None or since <= last.as_of:
        return False
    reads = (read for read in miss.ledger.history.get("records", ()) if last.first < read.first < miss.read.first)
    return any(since <= (read.last_as_of or read.as_of) for read in reads if not read.query.includes_deleted)


def _was_inserted_before_pages(miss: Miss) -> bool:
    last, newest_first = miss.last, miss.dialect.delta_order == "reverse"
    return last is not None and newest_first and last.visible.seen < miss.change.seq <= last.last_seen


def _watermark_is_of_unsorted_row(miss: Miss) -> bool:
    last, unsorted = miss.last, miss.dialect.delta_order != "stamp"
    return unsorted and last is not None and last.last_row == miss.since != last.as_of


def _came_after_the_last_read(miss: Miss) -> bool:
    return miss.last is not None and not miss.visibility.visible(miss.change, miss.last.visible)


CAUSES = (
    CauseRule(
        _is_moved_by_time_zone,
        "The watermark that passed it is {miss.zone_shift.words}: somewhere an offset from UTC was applied twice, or "
        "left out.",
        "cursor-in-another-zone",
    ),
    CauseRule(
        _passes_what_as_of_admits,
        "The watermark that passed it is later than any instant that the CRM had sent.",
        "client-clock-watermark",
    ),
    CauseRule(
        _is_not_bumped,
        "The change left lastModifiedAt as it was, so its place in the delta stayed the same.",
        "child-change-no-bump",
    ),
    CauseRule(_is_late_in_index, "Lists showed it only from {miss.shown_from} on.", "index-lag"),
    CauseRule(_is_delayed, "Lists showed it only from {miss.shown_from} on.", "late-commit-visibility"),
    CauseRule(_is_stamped_by_another_clock, "Its stamp is much earlier than its commit.", "server-clock-backwards"),
    CauseRule(
        _clock_went_back,
        "The CRM's clock had gone back: the change was committed at an earlier instant than the asOf of request "
        "{miss.last.first}.",
        "server-clock-backwards",
    ),
    CauseRule(
        _watermark_is_rounded_up,
        "Stamps are rounded to one {miss.dialect.timestamp_precision}, not cut off, and the change's stamp is no later "
        "than the instant that the client had read up to.",
        "rounded-up-cursor",
    ),
    CauseRule(
        _is_truncated_to_watermark,
        "Stamps have a precision of one {miss.dialect.timestamp_precision}, and the change's stamp is no later than "
        "the instant that the client had read up to.",
        "second-truncated-timestamps",
    ),
    CauseRule(
        _watermark_is_of_client_clock,
        "The watermark that passed it is later than any instant that the CRM had sent.",
        "client-clock-watermark",
    ),
    CauseRule(
        _equals_exclusive_watermark,
        "Its stamp is exactly the instant that the client had read up to, and that watermark is exclusive.",
        "equal-timestamp-at-watermark",
    ),
    CauseRule(
        _is_just_before_watermark,
        "Its stamp is exactly the instant that the client had read up to, and the client asked from a millisecond "
        "later.",
        "equal-timestamp-at-watermark",
    ),
    CauseRule(
        _streams_share_watermark,
        "It happened between the read of deletions and the read that the watermark was taken from.",
        "split-stream-race",
    ),
    CauseRule(
        _was_inserted_before_pages,
        "It was committed between two pages of the previous read, which returns the newest rows first.",
        "insert-during-paging",
    ),
    CauseRule(
        _watermark_is_of_unsorted_row,
        "The delta is not sorted, and the client continued from the stamp of its last row.",
        "out-of-order-rows",
    ),
    CauseRule(
        _came_after_the_last_read,
        "It was committed after the previous read had begun, and its stamp is earlier than the next watermark.",
        None,
    ),
    CauseRule(
        lambda miss: True, "Its stamp is earlier than the watermark, and no earlier read had asked for it.", None
    ),
)
"""The causes in the order in which they are tried; the last always applies."""
