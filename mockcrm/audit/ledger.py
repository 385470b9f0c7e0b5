"""What one client was delivered and which reads it made: the facts on which the audit rests.

See `docs/explanation/audit.md`.

A ledger is a summary. Entries that the journal drops are folded into it, so a small journal costs no accuracy.
`mockcrm.audit.reads` enters requests in it.
"""

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime
from http import HTTPStatus
from typing import NamedTuple, Protocol

from mockcrm.audit.deletion_polls import DeletionPolls
from mockcrm.audit.paged_read import PagedRead, Stream
from mockcrm.audit.series import ReadSeries, SeriesKey
from mockcrm.base.declaring import dataclass
from mockcrm.crm.change import Change, VisibilityPoint
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.query import Window
from mockcrm.journal.entry import Entry
from mockcrm.journal.operations import LISTS

MAX_READS = 200
"""How many reads of a stream are remembered, to explain findings."""
MAX_GIVEN_UP = 20
"""How many reads that were given up are remembered, since one of them may end after all."""
MAX_OBSERVATIONS = 100
"""How many findings of one code are kept for a client."""
MAX_EARLIER = 5
"""How many of a record's deliveries are remembered at least; twice as many at most, unless they are under way."""


class VersionDelivery(NamedTuple):
    """A delivered version: by which request, and the number of its answer (`Entry.answer_seq`).

    `before` is the delivery before it, and so on: for requests that were sent while this answer was on its way, and
    for stale bodies. `depth` says how many there are.
    """

    change: Change
    request: int
    answer_seq: int
    before: "VersionDelivery | None" = None
    depth: int = 0

    @property
    def version(self) -> int:
        return self.change.version

    def by(self, answers_seen: int) -> "VersionDelivery | None":
        """The latest delivery among the first so many answers."""
        found: VersionDelivery | None = self
        while found is not None and found.answer_seq > answers_seen:
            found = found.before
        return found

    def trimmed(self, answers_seen: int) -> "VersionDelivery":
        """The same without all but some of those before it, once they are many.

        No later request was sent before so many answers.
        """
        if self.depth < 2 * MAX_EARLIER:
            return self
        chain, each = [self], self.before
        while each is not None and (len(chain) < MAX_EARLIER or chain[-1].answer_seq > answers_seen):
            chain.append(each)
            each = each.before
        found: VersionDelivery | None = None
        for depth, each in enumerate(reversed(chain)):
            found = each._replace(before=found, depth=depth)
        return found or self


@dataclass(frozen=True, slots=True)
class Observation:
    """A fact about a client that becomes a finding: its code, the requests that show it, and facts for its sentences.

    `change` is the version in question, `others` are versions that it has to do with, `fields` the fields concerned;
    `count` says how often it happened.
    """

    code: str
    requests: tuple[int, ...]
    facts: Mapping[str, object] = field(default_factory=dict)
    change: Change | None = None
    others: tuple[Change, ...] = ()
    fields: tuple[str, ...] = ()
    hazard: str | None = None
    count: int = 1


@dataclass(frozen=True, slots=True)
class Recovery:
    """A version that was out of reach, and was delivered after all."""

    change: Change
    passed_by: int
    request: int


class RetryAfter(NamedTuple):
    """A request to wait: until which instant of the CRM's clock and of the world's, and by which answer."""

    until: datetime
    seconds: float
    request: int
    answer_seq: int


class ListRefusal(NamedTuple):
    """A `request` whose list was refused as such, with 403 or 404 or because its calendar is gone.

    That says nothing of the rows. `code` is that of the error.
    """

    request: int
    code: str


@dataclass(slots=True)
class Caller:
    """What is known of a client whatever it asks for. Its ledgers, one for each kind of records, share it.

    `other_names` are those that the client had after it renewed its token. `newest` is the latest instant that the CRM
    had sent. `observations` are of requests of any kind.
    """

    client: str
    other_names: frozenset[str] = frozenset()
    requests: int = 0
    newest: datetime | None = None
    retry_after: RetryAfter | None = None
    observations: list[Observation] = field(default_factory=list)

    def copy(self) -> "Caller":
        """An independent copy: neither side sees what is entered in the other."""
        return replace(self, observations=self.observations[:])


class Visibility(Protocol):
    """What lists show: which versions at a moment, and with which stamps."""

    def visible(self, change: Change, point: VisibilityPoint) -> bool: ...

    def stamp(self, change: Change) -> datetime: ...


@dataclass(slots=True)
class Ledger:
    """What one client was delivered of the records of one kind, by their ids where there are many.

    `delivered` has the newest delivered version, `living` the last one that was no tombstone, `incomplete` the newest
    that was only in an answer which broke off. `partly` has, of the fields that lists hide, the last delivery that had
    them. `redacted` has the request that last showed a record as busy. `returned` has the last version written by a
    client that a list or a read delivered. `written` is the version that this client wrote when it knew all the rest.
    `full` is the latest complete read of everything; `expired_ignored` has the two requests of a client that met a 410
    and went on with another watermark. `series` has the complete reads by their filter, `windows` the windows asked for
    so far. `abandoned` has, by the names of reads, what is to be said unless they end after all. `floor` is the first
    read, if that had a watermark.

    `listed` says whether a list reached the client whole; `unlisted` counts the list requests whose answer did not, by
    what came instead. `looked_up` says whether it asked by a filter that it does not follow, `wrote` whether it changed
    a record, `resynced` whether it has read everything.

    `shut` is the latest list that was refused as such, unless anything was delivered since.

    `newly` has the latest request that delivered a version which somebody else had made, by whether it was a tombstone.
    `polls` says how the client asks what was deleted.
    """

    caller: Caller
    first: VisibilityPoint | None = None
    delivered: dict[str, VersionDelivery] = field(default_factory=dict)
    living: dict[str, Change] = field(default_factory=dict)
    partly: dict[str, Mapping[str, VersionDelivery | None]] = field(default_factory=dict)
    redacted: dict[str, int] = field(default_factory=dict)
    returned: dict[str, VersionDelivery] = field(default_factory=dict)
    in_window: dict[str, int] = field(default_factory=dict)
    incomplete: dict[str, VersionDelivery] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)
    latest: dict[Stream, PagedRead] = field(default_factory=dict)
    history: dict[Stream, list[PagedRead]] = field(default_factory=dict)
    full: PagedRead | None = None
    full_begun: int = 0
    interval: Window | None = None
    interval_begun: int = 0
    interval_asked: int = 0
    under_way: dict[str, PagedRead] = field(default_factory=dict)
    abandoned: dict[str, Observation] = field(default_factory=dict)
    series: dict[SeriesKey, ReadSeries] = field(default_factory=dict)
    windows: dict[SeriesKey, ReadSeries | None] = field(default_factory=dict)
    floor: PagedRead | None = None
    observations: list[Observation] = field(default_factory=list)
    recoveries: list[Recovery] = field(default_factory=list)
    newly: dict[bool, int] = field(default_factory=dict)
    polls: DeletionPolls = DeletionPolls()
    expired: dict[Stream, int] = field(default_factory=dict)
    expired_ignored: tuple[int, int] | None = None
    shut: ListRefusal | None = None
    listed: bool = False
    unlisted: dict[str, int] = field(default_factory=dict)
    looked_up: bool = False
    wrote: bool = False
    resynced: bool = False

    def copy(self) -> "Ledger":
        """An independent copy: neither side sees what is entered in the other."""
        ledger = replace(self, caller=self.caller.copy())
        for name in self.__slots__:
            if isinstance(each := getattr(self, name), dict | set | list):
                setattr(ledger, name, each.copy())
        reads = {id(read): read.copy() for read in self._reads()}
        ledger.latest = {stream: reads[id(read)] for stream, read in self.latest.items()}
        ledger.under_way = {name: reads[id(read)] for name, read in self.under_way.items()}
        ledger.history = {stream: [reads[id(read)] for read in of] for stream, of in self.history.items()}
        ledger.full = reads[id(self.full)] if self.full else None
        for read in reads.values():
            read.overtaken_by = reads.get(id(read.overtaken_by), read.overtaken_by)
        return ledger

    def note_outcome(self, entry: Entry) -> None:
        """Note whether a request brought a list, or what came instead, and whether it changed a record."""
        self.wrote = self.wrote or entry.committed is not None
        if entry.operation not in LISTS:
            return
        if entry.page_answer is not None and entry.whole and entry.status == HTTPStatus.OK:
            self.listed = True
        else:
            broken = ", not whole" if entry.status and entry.status < HTTPStatus.BAD_REQUEST else ""
            how = " ".join(filter(None, (str(entry.status or "no answer"), entry.code))) + broken
            self.unlisted[how] = self.unlisted.get(how, 0) + 1

    @property
    def full_resync(self) -> int:
        """The last request that began to read everything, or the whole interval for a client that reads only that."""
        return self.full_begun if self.full else max(self.full_begun, self.interval_begun)

    @property
    def has_reads(self) -> bool:
        """Whether the client began to read a list, other than to look something up."""
        return bool(self._reads())

    @property
    def only_probed(self) -> bool:
        """Whether every list that the client asked for was a look at one row."""
        reads = self._reads()
        return bool(reads) and all(read.is_probe for read in reads)

    def delivered_by(
        self, record_id: str, answers_seen: int | None = None, name: str | None = None
    ) -> VersionDelivery | None:
        """The newest delivered version of a record, or the newest that had the field `name`.

        With `answers_seen`, only among the first so many answers: what the client could know when it sent a request.
        """
        partly = self.partly.get(record_id, {})
        found = partly[name] if name is not None and name in partly else self.delivered.get(record_id)
        return found.by(answers_seen) if found and answers_seen is not None else found

    def _reads(self) -> list[PagedRead]:
        kept = [read for of in self.history.values() for read in of]
        return [*kept, *self.latest.values(), *self.under_way.values(), *([self.full] if self.full else [])]


def is_filtered(entry: Entry) -> bool:
    """Whether a list request chooses by a filter, also if it was refused."""
    filters = KINDS[entry.kind].filters if entry.kind else {}
    return bool(filters) and not filters.keys().isdisjoint(entry.query)
