"""The audit: which changes are out of a client's reach, what its writes did to those of others, and why.

It reads the change log and the books of the clients, and changes neither (`docs/explanation/audit.md`). An `error` is
harm that the requests prove, a `warning` a risky habit so far without harm, a `note` what a person may want to know.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple, Protocol

from mockcrm.audit.basis import Basis, Circumstances, basis_of, judged, judged_together
from mockcrm.audit.books import Book, Books, CrmVisibility, KnownClient
from mockcrm.audit.children import Families
from mockcrm.audit.explanations import Explainer
from mockcrm.audit.findings import Finding
from mockcrm.audit.judgement import Judgement
from mockcrm.audit.knowledge import ClientKnowledge, KindStanding, LackedVersion
from mockcrm.audit.ledger import Ledger, Observation
from mockcrm.audit.merging import merged
from mockcrm.audit.paged_read import ANY_TIME, PagedRead, Stream
from mockcrm.audit.places import PlacedRecords, RecordPlace
from mockcrm.audit.reach import awaits_everything, ends_of_waiting, latest_reads, left_out, no_longer_asked, passed_by
from mockcrm.audit.repeated_reads import Waiting
from mockcrm.audit.replica_findings import REPLICA_FINDINGS
from mockcrm.audit.rewritten_series import with_series
from mockcrm.audit.standings import Standings
from mockcrm.audit.timeline import timelines
from mockcrm.audit.writes import observations
from mockcrm.base.declaring import dataclass
from mockcrm.base.times import shifted
from mockcrm.crm.change import Change
from mockcrm.crm.fake_crm import FakeCrm
from mockcrm.crm.kinds.calendars import CALENDAR
from mockcrm.crm.kinds.events import EVENT
from mockcrm.errors import AuditInvalid
from mockcrm.journal.entry import ANYBODY, Entry

_SOON = timedelta(microseconds=1)
"""The least time after an instant."""

FUTILE = ("request.futile", "read.futile")
"""What a client is not blamed for that was never let in: it is not judged at all (contract, section 7)."""


@dataclass(frozen=True, slots=True)
class ClientVerdict:
    """What the audit says of one client: its findings, how many requests it made, and how it stands to the records.

    `client` is the first of its `names`. It has several if it renewed an opaque token (`mockcrm.audit.renewals`).
    `basis` is what there was to judge it by. `kinds` has the kinds that it asked for or wrote, by their names.
    """

    client: str
    findings: list[Finding]
    requests: int
    names: tuple[str, ...]
    basis: Basis = Basis()
    kinds: Mapping[str, KindStanding] = field(default_factory=dict)

    @property
    def pending(self) -> int:
        """How many changes its next reads will deliver."""
        return sum(each.pending for each in self.kinds.values())

    @property
    def events(self) -> int:
        """How many events were delivered to it."""
        return self.standing(EVENT.name).delivered

    @property
    def knowledge(self) -> ClientKnowledge:
        """What it knows of each event."""
        return self.standing(EVENT.name).knowledge

    def standing(self, kind: str) -> KindStanding:
        """How it stands to the records of a kind, also of one that it never asked for."""
        return self.kinds.get(kind) or KindStanding()

    def judged(self, allow: Collection[str] = ()) -> Judgement:
        """The verdict on this client. Findings whose codes are in `allow` fail nothing."""
        grave: dict[str, list[Finding]] = {}
        harmless = {*allow, *(FUTILE if self.basis.refused else ())}
        for each in self.findings:
            if each.kind.is_grave and each.kind.code not in harmless:
                grave.setdefault(each.kind.code, []).append(each)
        return judged(self.basis, [_failure(code, found) for code, found in grave.items()])


def _failure(code: str, found: Sequence[Finding]) -> str:
    """Findings with the same code in one sentence."""
    others = len(found) - 1
    more = f", and {others} more finding{'s' * (others > 1)}" if others else ""
    return f"{code}: {found[0].title}{more}."


@dataclass(frozen=True, slots=True)
class Audit:
    """What the audit says of all clients.

    `not_told_apart` counts the requests of clients beyond those that a journal tells apart. Nothing is said of them.
    """

    clients: list[ClientVerdict]
    not_told_apart: int = 0

    @property
    def complete(self) -> bool:
        """Whether it judges all requests."""
        return not self.not_told_apart

    @property
    def findings(self) -> list[Finding]:
        return [found for client in self.clients for found in client.findings]

    @property
    def clean(self) -> bool:
        return self.judged().verdict == "passed"

    def judged(self, allow: Collection[str] = ()) -> Judgement:
        """The verdict on all clients (contract, section 7). Findings whose codes are in `allow` fail nothing."""
        return judged_together(
            [(each.client, each.basis, each.judged(allow)) for each in self.clients], self.not_told_apart
        )

    @property
    def differences(self) -> list[Finding]:
        """The findings on a replica."""
        return [found for found in self.findings if found.kind in REPLICA_FINDINGS]

    @property
    def in_sync(self) -> bool:
        return not self.differences

    def sync_problems(self, client: str | None = None) -> list[str]:
        """In words, what differs in a replica, and why a client could not be judged: this one, or without it any."""
        found = [f"{each.kind.code}: {each.title}. {each.explanation}" for each in self.differences]
        for each in self.clients:
            judgement = each.judged()
            if client in (None, *each.names) and judgement.verdict == "inconclusive":
                found += judgement.reasons
        return found


class ExtraFindings(Protocol):
    """Adds findings to a client's audit (`mockcrm.audit.replica`), on records of one kind, wherever it reads them.

    An only client need not be named.
    """

    @property
    def client(self) -> str | None: ...

    @property
    def kind(self) -> str: ...

    def findings(self, auditors: Sequence["Auditor"]) -> Iterator[Finding]: ...


def audit(
    crm: FakeCrm,
    books: Books,
    entries: Iterable[Entry],
    circumstances: Circumstances,
    entry_of: Callable[[int], Entry | None],
    extra: ExtraFindings | None = None,
) -> Audit:
    """Compare all clients' requests with the change log: those in `books`, and the entries that came after them.

    The entries are entered in the books. `entry_of` finds any entry that is still known. Raises `AuditInvalid` if
    nobody knows which client `extra` is about, and whatever that raises.
    """
    visibility = books.visibility(crm)
    for entry in entries:
        if entry.completed is not None:
            books.enter(entry, visibility)
    for name in circumstances.under_way:
        books.open(name)
    about = _client_named(books, extra.client) if extra else None
    clients = []
    for known in books.known_clients():
        auditor_of = partial(Auditor, crm, visibility, known)
        more = []
        if extra and about in known.names:
            more = [*extra.findings([*map(auditor_of, known.account.read_places(extra.kind))])]
        found = {place: auditor_of(place).audit(more) for place in known.account.placed}
        explainer = Explainer(crm, visibility, Ledger(known.account.caller))
        clients.append(_verdict_on(known, found, more, circumstances, explainer))
    with_timeline = timelines(crm.store, [found for each in clients for found in each.findings], entry_of)
    clients = [replace(each, findings=[*map(with_timeline, each.findings)]) for each in clients]
    return Audit(clients, circumstances.not_told_apart)


def _verdict_on(
    client: KnownClient,
    found: Mapping[RecordPlace, "KindAudit"],
    more: Sequence[Finding],
    circumstances: Circumstances,
    explainer: Explainer,
) -> ClientVerdict:
    """The findings on a client, whatever it asked for, in the order of their requests."""
    caller, of_no_kind = client.account.caller, client.account.books.get(None)
    refused = of_no_kind.progress.refusals.observations(lambda _: None) if of_no_kind else ()
    of_client = [replace(explainer.observed(each), record_kind=None) for each in (*caller.observations, *refused)]
    doubts = [replace(explainer.observed(each), record_kind=None) for each in client.doubts]
    findings = [*more, *of_client, *(each for place in found.values() for each in place.findings), *doubts]
    findings.sort(key=lambda found: (found.requests[-1:] or (0,), found.changes))
    standings: dict[str, KindStanding] = {}
    for place, each in found.items():
        before = standings.get(place.kind_name)
        standings[place.kind_name] = before.with_more(each.standing) if before else each.standing
    basis = basis_of(client, circumstances, more)
    return ClientVerdict(client.names[0], merged(findings), caller.requests, client.names, basis, standings)


def _client_named(books: Books, name: str | None) -> str:
    """The client of that name, or the only one there is."""
    names = [known.names for known in books.known_clients()]
    there_are = ", ".join(first for first, *_ in names)
    if name is None and len(names) > 1:
        raise AuditInvalid(
            f"Say which `client` it is about: there are {there_are}.", {"client": ["There is more than one."]}
        )
    if name is not None and not any(name in each for each in names):
        raise AuditInvalid(
            f"No client called {name!r} has sent a request: {f'there are {there_are}' if names else 'no client has'}.",
            {"client": ["Unknown."]},
        )
    if not names:
        books.open(ANYBODY)
    return name or (names[0][0] if names else ANYBODY)


class KindAudit(NamedTuple):
    """What an auditor finds on one client and the records of one place, and how the client stands to these."""

    findings: list[Finding]
    standing: KindStanding


class Auditor:
    """The audit of one client and the records of one place."""

    def __init__(self, crm: FakeCrm, visibility: CrmVisibility, client: KnownClient, place: RecordPlace) -> None:
        self.crm, self.visibility = crm, visibility
        self.kind, account = place.kind, client.account
        self.records = PlacedRecords(crm, place)
        self.ledger, self.writes, self.progress = account.books.get(place) or Book.empty(account.caller)
        others = [each for each in account.ledgers if each is not self.ledger]
        self.explainer = Explainer(crm, visibility, self.ledger, self.kind, others)
        self.of_calendars = account.ledgers_of(CALENDAR.name)
        self.families = Families(crm, self.kind, self.ledger, self.writes)
        self.now, self.reads = crm.clock.now(), latest_reads(self.ledger)
        elsewhere = account.ledgers_of(self.kind.name, but=self.ledger)
        self.standings = Standings(self.ledger, visibility, self.reads, elsewhere)

    def audit(self, more: Sequence[Finding] = ()) -> KindAudit:
        """All findings but `more`. What a difference of a replica explains is not said again."""
        findings: list[Finding] = []
        explained = {seq for each in more if each.kind.code != "replica.duplicate" for seq in each.changes}
        pending = below = 0
        knowledge = ClientKnowledge()
        for change in self.records.visible_all():
            standing = self.standings.standing(change)
            if standing != "lacking":
                below += self.ledger.floor is not None and self.standings.is_below_floor(change)
                if standing == "upToDate":
                    knowledge.up_to_date.add(change.record.id)
                continue
            found = self.out_of_reach(change)
            knowledge.lacking[change.record.id] = self._lacked(change, found)
            if found is None:
                pending += 1
            elif change.seq not in explained:
                findings.append(found)
        self._enter_unlisted(knowledge)
        written = [
            *observations(self.writes, self.records.latest, self.records.visible_all),
            *self.families.made_of_children(),
        ]
        findings += map(self.explainer.recovered, self.ledger.recoveries)
        findings += map(self.explainer.observed, filter(self.progress.leaves, self.ledger.observations))
        findings += map(self.explainer.observed, self._abandoned())
        findings += map(self.explainer.observed, self.families.explained(self._repeated()))
        findings += [self.explainer.floor(self.ledger.floor, below)] if self.ledger.floor and below else []
        written = [*with_series(self.crm.store, self.families.explained(written))]
        findings += map(self.explainer.observed, written)
        return KindAudit(findings, KindStanding(len(self.ledger.delivered), pending, knowledge))

    # What a client knows

    def _lacked(self, change: Change, found: Finding | None, *, listed: bool = True) -> LackedVersion:
        """A version that the client lacks, and the finding on it; None if a later read may deliver it."""
        delivered = self.ledger.delivered.get(change.record.id)
        had = max(delivered.version if delivered else 0, self.ledger.written.get(change.record.id, 0)) or None
        if found is None:
            return LackedVersion("pending", had, listed=listed, until=self._awaited_until(change) if listed else None)
        return LackedVersion("outOfReach", had, found.requests[-1] if found.requests else None)

    def _enter_unlisted(self, knowledge: ClientKnowledge) -> None:
        """Enter what is known of the versions that lists do not show yet: a later read will deliver them."""
        for change in self.records.unlisted():
            record_id = change.record.id
            if record_id in knowledge.lacking:
                continue
            knowledge.up_to_date.discard(record_id)
            match self.standings.standing(change):
                case "upToDate":
                    knowledge.up_to_date.add(record_id)
                case "lacking":
                    knowledge.lacking[record_id] = self._lacked(change, None, listed=False)

    def owed(self, change: Change) -> bool:
        """Whether the client lacks a visible version that a read could have delivered."""
        return self.standings.standing(change) == "lacking"

    def _repeated(self) -> Iterator[Observation]:
        """What the client repeats without making progress."""
        waiting = Waiting(self.ledger, self.visibility, self.records.visible_all, self.owed)
        return self.progress.observations(self.records.latest, waiting)

    def _abandoned(self) -> Iterator[Observation]:
        """The reads that were given up for others."""
        under_way = self.ledger.under_way
        return (each for name, each in self.ledger.abandoned.items() if under_way[name].is_given_up)

    # What is out of reach

    def _awaited_until(self, change: Change) -> datetime | None:
        """Until when the audit waits for a pending version; None if that is not a matter of time."""
        ahead = [end for end in ends_of_waiting(self.ledger, self.reads, change) if end >= self.now]
        return next((end for end in ahead if self.out_of_reach(change, shifted(end, _SOON))), None)

    def out_of_reach(self, change: Change, now: datetime | None = None) -> Finding | None:
        """The finding that no later read will deliver an owed version; None while one may.

        `now` is by default the instant of the audit.
        """
        now = now or self.now
        if awaits_everything(self.ledger, change, now):
            return None
        read = passed_by(self.ledger, change, self.visibility)
        if read is None:
            return self._never_returned(change) or self._left_out(change, now)
        return self.explainer.passed(change, self._first_to_pass(change, read))

    def _never_returned(self, change: Change) -> Finding | None:
        """An owed version that no watermark has passed, but that the client's reads never return."""
        if self.ledger.expired_ignored:
            return self.explainer.expired_again(change, *self.ledger.expired_ignored)
        read = self.ledger.latest.get("deletions" if change.deleted else "records")
        if read is not None and read.expired and self.visibility.visible(change, read.visible):
            return self.explainer.expired_silently(change, read)
        return self._deletion_never_returned(change) if change.deleted else None

    def _deletion_never_returned(self, change: Change) -> Finding | None:
        """A deletion that the client does not ask for, or whose tombstone has expired."""
        delta, deletions = self.ledger.latest.get("records"), self.ledger.latest.get("deletions")
        if deletions is None and delta is not None:
            follows = delta.query.since is not None and self.visibility.visible(change, delta.visible)
            return self.explainer.never_asked(change, delta) if follows else None
        horizon = self.crm.horizon()
        if deletions is not None and horizon is not None and self.visibility.stamp(change) < horizon:
            # A CRM that refuses expired watermarks will say so at the next poll.
            refuses = self.crm.dialect.expired_since == "refuse" and (deletions.query.since or horizon) < horizon
            if not refuses:
                return self.explainer.expired_tombstone(change, deletions, horizon)
        polled = no_longer_asked(self.ledger, change, self.visibility)
        return self.explainer.no_longer_asked(change, polled) if polled else None

    def _left_out(self, change: Change, now: datetime) -> Finding | None:
        """A version that the reads of intervals leave out, though no watermark is past it."""
        left = left_out(self.ledger, self.reads, change, self.visibility, now)
        return self.explainer.left_out(change, left) if left else None

    def _first_to_pass(self, change: Change, latest: PagedRead) -> PagedRead:
        """The first complete read whose watermark was past a version."""
        own: Stream = "deletions" if change.deleted else "records"
        other: Stream = "filter" if latest.query.filters else own
        stream: Stream = "window" if latest.query.window != ANY_TIME else other
        stamp = self.visibility.stamp(change)
        for read in self.ledger.history.get(stream, ()):
            passed = read.complete and not read.admits(stamp) and read.wants(change)
            if passed and self.visibility.visible(change, read.visible):
                return read
        return latest
