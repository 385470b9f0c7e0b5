"""What a request uses that an earlier answer must have sent to somebody: a page token, a watermark, an id, a key.

See `mockcrm.audit.renewals`. Nothing is remembered for this: ledgers hold what was sent to each client.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import combinations, islice
from typing import ClassVar, Protocol

from mockcrm.audit.ledger import Ledger, is_filtered
from mockcrm.audit.paged_read import PagedRead
from mockcrm.audit.write_ledger import RequestDigest, WriteLedger, is_by, request_digest
from mockcrm.base.declaring import dataclass
from mockcrm.base.times import EPOCH, MILLISECOND, floor_to, parse_instant
from mockcrm.crm.change import Change
from mockcrm.crm.content import digest_of
from mockcrm.journal.entry import ANYBODY, Entry
from mockcrm.journal.operations import CREATIONS, LISTS, RECORD_LISTS

MAX_LOOKBACK = timedelta(days=1)
"""How far before an `asOf` a client may ask again, to be recognised by that."""
RECENT_READS = 4
"""In how many of the latest reads of a stream a lookback is looked for."""
RECENT_CREATIONS = 1_000
"""Among how many of a client's latest creations the same content is looked for."""

_NOTHING, _SECOND, _ONE_MINUTE = timedelta(0), timedelta(seconds=1), timedelta(minutes=1)
_EXACT = (_NOTHING, MILLISECOND)
_TAG = re.compile(r'"(\d{1,9})-[0-9a-f]{8}"')


class Borrowed(Protocol):
    """Something that a request uses, in words as `what`, and the kind of records that it belongs to; None for any."""

    what: ClassVar[str]

    @property
    def kind(self) -> str | None: ...

    def known_to(self, ledger: Ledger, writes: WriteLedger) -> bool:
        """Whether a client had been sent it, or had used it before, by its ledgers of one kind."""
        ...


def borrowed(entry: Entry) -> Iterator[Borrowed]:
    """What a request uses that cannot come from nowhere, the surest first."""
    if entry.operation in LISTS:
        if entry.read not in (None, str(entry.number)):
            yield _PageToken(entry.read or "")
        elif (since := since_of(entry)) is not None:
            yield from (_Watermark(since), _UsualLookback(since), _RoundLookback(since))
        return
    if entry.record_id and entry.operation:
        tags = _TAG.findall(f"{entry.wsgi_headers.get('HTTP_IF_MATCH')} {entry.wsgi_headers.get('HTTP_IF_NONE_MATCH')}")
        yield _RecordId(entry.kind, entry.record_id, max(map(int, tags), default=0))
    if entry.operation in CREATIONS:
        if entry.committed is None and entry.delivered:
            yield _IdempotencyKey(entry.delivered[0])
        yield _Body(entry.kind, request_digest(entry), digest_of(entry.committed.record) if entry.committed else None)


def since_of(entry: Entry) -> datetime | None:
    """The watermark that a list request names, also if the request was refused."""
    if entry.page_answer is not None:
        return entry.page_answer.query.since
    try:
        return parse_instant(entry.parameter("since"))
    except ValueError:
        return None


def begins_anew(entry: Entry) -> bool:
    """Whether a request is the first of a read of all records of a kind, or of all events in an interval."""
    if entry.operation not in RECORD_LISTS or entry.read not in (None, str(entry.number)) or is_filtered(entry):
        return False
    since = since_of(entry)
    return since is None or since <= EPOCH


class _OfAnyKind:
    """What belongs to no kind of records: a watermark may come from a read of another kind."""

    kind: ClassVar[str | None] = None


@dataclass(frozen=True)
class _PageToken(_OfAnyKind):
    read: str
    what: ClassVar[str] = "a page token"

    def known_to(self, ledger: Ledger, _: WriteLedger) -> bool:
        reads = (read for of in ledger.history.values() for read in reversed(of))
        return any(str(read.first) == self.read for read in reads)


@dataclass(frozen=True)
class _Watermark(_OfAnyKind):
    """An instant that a read had sent, or that an earlier read began from."""

    since: datetime
    what: ClassVar[str] = "a watermark"

    def known_to(self, ledger: Ledger, _: WriteLedger) -> bool:
        return any(self._came_with(read) for reads in ledger.history.values() for read in reversed(reads))

    def _came_with(self, read: PagedRead) -> bool:
        if read.query.since == self.since:
            return True
        for at in (read.as_of, read.last_as_of, read.largest, read.last_row):
            after = self.since - at if at else None
            # A Date header has whole seconds.
            if after in _EXACT or (after and -_SECOND < after < _NOTHING and not self.since.microsecond):
                return True
        return False


@dataclass(frozen=True)
class _UsualLookback(_OfAnyKind):
    """An instant as long before a recent `asOf` as the client has asked before."""

    since: datetime
    what: ClassVar[str] = "a watermark"

    def known_to(self, ledger: Ledger, _: WriteLedger) -> bool:
        return any(self._is_usual(reads[-RECENT_READS:]) for reads in ledger.history.values())

    def _is_usual(self, reads: Sequence[PagedRead]) -> bool:
        usual = {one.as_of - other.query.since for one, other in combinations(reads, 2) if other.query.since}
        return any(by in usual for by in _lookbacks(reads, self.since))


@dataclass(frozen=True)
class _RoundLookback(_OfAnyKind):
    """An instant whole minutes or seconds before a recent `asOf` that is not a whole minute or second itself."""

    since: datetime
    what: ClassVar[str] = "a watermark"

    def known_to(self, ledger: Ledger, _: WriteLedger) -> bool:
        return any(self._is_round(reads[-RECENT_READS:]) for reads in ledger.history.values())

    def _is_round(self, reads: Sequence[PagedRead]) -> bool:
        units = [unit for unit in (_SECOND, _ONE_MINUTE) if floor_to(self.since, unit) != self.since]
        return any(not by % unit for by in _lookbacks(reads, self.since) for unit in units)


def _lookbacks(reads: Iterable[PagedRead], since: datetime) -> Iterator[timedelta]:
    """How long before the `asOf` of some reads an instant lies."""
    for read in reads:
        if _NOTHING < (by := read.as_of - since) <= MAX_LOOKBACK:
            yield by


@dataclass(frozen=True)
class _RecordId:
    """A record's id, and the version that a tag names; 0 without a tag."""

    kind: str | None
    record_id: str
    version: int
    what: ClassVar[str] = "an event's id or tag"

    def known_to(self, ledger: Ledger, _: WriteLedger) -> bool:
        delivered = ledger.delivered.get(self.record_id)
        written = ledger.written.get(self.record_id, -1)
        return max(delivered.version if delivered else -1, written) >= self.version


@dataclass(frozen=True)
class _IdempotencyKey(_OfAnyKind):
    """A key by which the CRM answered with a record that an earlier request had created."""

    change: Change
    what: ClassVar[str] = "an Idempotency-Key"

    def known_to(self, ledger: Ledger, _: WriteLedger) -> bool:
        return is_by(ledger, self.change)


@dataclass(frozen=True)
class _Body:
    """The body of a creation: the request's digest, and the digest of what it created."""

    kind: str | None
    asked: RequestDigest
    content: bytes | None
    what: ClassVar[str] = "a body"

    def known_to(self, ledger: Ledger, writes: WriteLedger) -> bool:
        if self.asked in writes.unanswered:
            return True
        latest = islice(reversed(writes.creations), RECENT_CREATIONS)
        # Those who test a client often write without a name, and may well write what their client does.
        return ledger.caller.client != ANYBODY and any(each.digest == self.content for each in latest)
