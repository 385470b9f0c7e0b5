"""Reads that return the same rows each time while others wait: cut short by the CRM, or not read to the last page."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import field, replace
from typing import NamedTuple

from mockcrm.audit.ledger import Ledger, Observation, Visibility
from mockcrm.audit.paged_read import PagedRead, Stream
from mockcrm.audit.phrases import label, noun_of
from mockcrm.audit.write_ledger import MAX_REQUESTS
from mockcrm.base.declaring import dataclass
from mockcrm.crm.change import Change, VisibilityPoint
from mockcrm.crm.lists.page import Page
from mockcrm.crm.query import Window
from mockcrm.journal.entry import Entry

MIN_REPEATS = 3
"""How often in a row a read must return the same, with nothing new from elsewhere, before that is no progress."""
MAX_REPEATED = 200
"""How many reads that left something out are remembered: the latest."""


class _Result(NamedTuple):
    """What a read asked for, apart from its window, and what it got: how many rows, and a digest of them."""

    asked: int
    rows: int
    digest: int
    cut: bool


@dataclass(frozen=True, slots=True)
class _PartialRead:
    """A read that left something out, as far as it came.

    It began when the client had seen `answers_seen` answers; its latest request was `last`, answered with `answer_seq`.
    """

    read: PagedRead
    result: _Result
    answers_seen: int
    last: int = 0
    answer_seq: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a client may be waiting for: all `visible` versions, and whether the client is `owed` one of them."""

    ledger: Ledger
    visibility: Visibility
    visible: Callable[[], Iterable[Change]]
    owed: Callable[[Change], bool]

    def for_reads(self, reads: Sequence[PagedRead]) -> list[Change]:
        """The versions that all these reads should have returned, that the client lacks, and no other read will return.

        A client may lack what was there before its first request, and does so only if it asks for it.
        """
        first, last, own = reads[0], reads[-1], {each.first for each in reads}
        under_way = (each for each in self.ledger.under_way.values() if not each.is_given_up)
        others = [each for each in under_way if each.first not in own]
        return [
            change
            for change in self.visible()
            if self._should_return(last, change)
            and self.visibility.visible(change, first.visible)
            and (self._is_unknown(change) or self.owed(change))
            and not any(self._should_return(other, change) for other in others)
        ]

    def _should_return(self, read: PagedRead, change: Change) -> bool:
        stamp, horizon = self.visibility.stamp(change), read.query.horizon
        kept = not change.deleted or horizon is None or stamp >= horizon
        return kept and read.wants(change) and read.admits(stamp)

    def _is_unknown(self, change: Change) -> bool:
        record_id = change.record.id
        return not change.deleted and record_id not in self.ledger.delivered and record_id not in self.ledger.written


@dataclass(slots=True)
class RepeatedReads:
    """The reads of one client that left something out: the CRM cut them short, or they have pages left.

    `dropped` counts those that are no longer remembered, by what they returned.
    """

    partial: dict[str, _PartialRead] = field(default_factory=dict)
    dropped: dict[_Result, int] = field(default_factory=dict)

    def copy(self) -> "RepeatedReads":
        """An independent copy: neither side sees what is entered in the other."""
        return RepeatedReads(self.partial.copy(), self.dropped.copy())

    def enter(self, entry: Entry) -> None:
        """Enter a request that was answered."""
        page = entry.page_answer
        if page is not None and entry.whole and not any(each.hazard for each in entry.applied_faults):
            self._enter_page(entry, page)
        elif entry.read is not None:
            # It is right to repeat a read that failed, and not the client's mistake if a page says what is not so.
            self.partial.pop(entry.read, None)

    def _enter_page(self, entry: Entry, page: Page) -> None:
        is_first = page.number == 1 and page.read == str(entry.number)
        before = _begun(entry, page) if is_first else self.partial.get(page.read)
        if before is None or before.read.looks_up:
            # Somebody who looks records up may stop wherever they like.
            return
        if page.next_token is None and not page.cut:
            self.partial.pop(page.read, None)
            return
        self.partial[page.read] = _with_page(before, entry, page)
        if len(self.partial) > MAX_REPEATED:
            self._drop(next(iter(self.partial)))

    def _drop(self, name: str) -> None:
        result = self.partial.pop(name).result
        self.dropped[result] = self.dropped.pop(result, 0) + 1
        if len(self.dropped) > MAX_REPEATED:
            del self.dropped[next(iter(self.dropped))]

    def observations(self, waiting: Waiting) -> Iterator[Observation]:
        """The reads that returned the same again and again, while what they ask for waits."""
        found: dict[_Result, list[_PartialRead]] = defaultdict(list)
        for each in self.partial.values():
            of = found[each.result]
            # A read that began before the one before it was answered does not repeat it.
            if not of or each.answers_seen >= of[-1].answer_seq:
                of.append(each)
        for result, repeated in found.items():
            latest = repeated[-MIN_REPEATS:]
            stuck = len(latest) == MIN_REPEATS and _is_stuck(latest, waiting.ledger)
            lacking = waiting.for_reads([each.read for each in latest]) if stuck else []
            if lacking:
                count = len(repeated) + self.dropped.get(result, 0)
                requests = tuple(each.read.first for each in repeated[-MAX_REQUESTS:])
                since = latest[-1].read.query.since
                stuck_at_stamp = result.cut and all(waiting.visibility.stamp(each) == since for each in lacking)
                hazard = "cap-on-one-stamp" if stuck_at_stamp else None
                yield replace(_observation(result, count, requests, lacking), hazard=hazard)


def _is_stuck(latest: Sequence[_PartialRead], ledger: Ledger) -> bool:
    """Whether nothing has come to the client since the first of these reads by any other way.

    A client that has pages left, and reads others to the end, may have looked at the first page for its own ends.
    """
    since, query = latest[0], latest[-1].read.query
    kinds = [deleted for deleted, asked in ((False, query.includes_live), (True, query.includes_deleted)) if asked]
    if any(ledger.newly.get(deleted, 0) > since.last for deleted in kinds):
        return False
    streams: tuple[Stream, ...] = ("records", "window", "filter") if query.includes_live else ("deletions",)
    ended = [read.first for stream, read in ledger.latest.items() if stream in streams]
    return since.result.cut or max(ended, default=0) < since.read.first


def _begun(entry: Entry, page: Page) -> _PartialRead:
    query = page.query
    asked = hash((entry.operation, query.since, query.include, query.window != Window(), query.filters))
    read = PagedRead(entry.number, entry.arrived, VisibilityPoint(entry.seen, entry.revealed), query, page.as_of)
    return _PartialRead(read, _Result(asked, 0, 0, cut=False), entry.answers_seen)


def _with_page(before: _PartialRead, entry: Entry, page: Page) -> _PartialRead:
    asked, rows, digest, _ = before.result
    # If a row between them has changed, something new was delivered.
    ends = (page.changes[0].seq, page.changes[-1].seq) if page.changes else ()
    digest = hash((digest, len(page.changes), ends))
    result = _Result(asked, rows + len(page.changes), digest, page.cut)
    return replace(before, result=result, last=entry.number, answer_seq=entry.answer_seq)


def _observation(result: _Result, count: int, requests: tuple[int, ...], lacking: Sequence[Change]) -> Observation:
    rows = {0: "no rows", 1: "the same row"}.get(result.rows, f"the same {result.rows:,} rows")
    returned = f"The same list returned {rows} {count} times in a row"
    how = f"{returned}, cut short by the CRM" if result.cut else f"{returned}, and the client never read its next page"
    kind, count_lacking = lacking[0].kind, len(lacking)
    first = f"{kind} {lacking[0].record.id}, “{label(lacking[0])}”"
    others = f"{count_lacking:,} other {noun_of(kind, count_lacking)} wait, among them {first}"
    many = others if count_lacking > 1 else f"{first}, waits"
    facts = {"how": how, "more": f"Meanwhile {many}."}
    return Observation("read.capped" if result.cut else "read.futile", requests, facts, count=count)
