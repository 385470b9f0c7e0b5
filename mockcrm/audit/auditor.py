"""The audit: which changes are out of a client's reach, what its writes did to those of others, and why.

It reads the change log and the books of the clients, and changes neither (`docs/explanation/audit.md`). An `error` is
harm that the requests prove, a `warning` a risky habit so far without harm, a `note` what a person may want to know.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, Protocol

from mockcrm.audit.basis import Basis, Circumstances, basis_of, judged, judged_together
from mockcrm.audit.books import Books, CrmVisibility, KnownClient
from mockcrm.audit.explanations import Explainer
from mockcrm.audit.findings import Finding
from mockcrm.audit.judgement import Judgement
from mockcrm.audit.knowledge import ClientKnowledge, LackedVersion
from mockcrm.audit.ledger import Observation, VersionDelivery
from mockcrm.audit.merging import merged
from mockcrm.audit.paged_read import ANY_TIME, PagedRead, Stream
from mockcrm.audit.reach import awaits_everything, ends_of_waiting, latest_reads, left_out, no_longer_asked, passed_by
from mockcrm.audit.repeated_reads import Waiting
from mockcrm.audit.replica_findings import REPLICA_FINDINGS
from mockcrm.audit.series import windows_in_use
from mockcrm.audit.timeline import with_timeline
from mockcrm.audit.writes import observations
from mockcrm.base.times import shifted
from mockcrm.crm.change import Change
from mockcrm.crm.fake_crm import FakeCrm
from mockcrm.crm.kinds.events import EVENT
from mockcrm.errors import AuditInvalid
from mockcrm.journal.entry import ANYBODY, Entry

Standing = Literal["upToDate", "lacking", "neverAsked"]
"""How a client stands to a version: it has it, or need not; a read could have delivered it; or it asks for no such."""

_SOON = timedelta(microseconds=1)
"""The least time after an instant."""

FUTILE = ("request.futile", "read.futile")
"""What a client is not blamed for that was never let in: it is not judged at all (contract, section 7)."""


@dataclass(frozen=True, slots=True)
class ClientVerdict:
    """What the audit says of one client: its findings, how many changes its next reads will deliver, and counts.

    `client` is the first of its `names`. It has several if it renewed an opaque token (`mockcrm.audit.renewals`).
    `basis` is what there was to judge it by, `knowledge` what the client knows of each event.
    """

    client: str
    findings: list[Finding]
    pending: int
    requests: int
    events: int
    names: tuple[str, ...]
    basis: Basis = Basis()
    knowledge: ClientKnowledge = field(default_factory=ClientKnowledge, repr=False)

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
    """Adds findings to a client's audit (`mockcrm.audit.replica`). An only client need not be named."""

    @property
    def client(self) -> str | None: ...

    def findings(self, auditor: "Auditor") -> Iterator[Finding]: ...


def audit(
    crm: FakeCrm,
    books: Books,
    entries: Iterable[Entry],
    circumstances: Circumstances,
    extra: ExtraFindings | None = None,
) -> Audit:
    """Compare all clients' requests with the change log: those in `books`, and the entries that came after them.

    The entries are entered in the books. Raises `AuditInvalid` if nobody knows which client `extra` is about, and
    whatever that raises.
    """
    visibility = books.visibility(crm)
    answered = {entry.number: entry for entry in entries if entry.completed is not None}
    for entry in answered.values():
        books.enter(entry, visibility)
    for name in circumstances.under_way:
        books.open(name)
    about = _client_named(books, extra.client) if extra else None
    clients = []
    for known in books.known_clients():
        auditor = Auditor(crm, visibility, known)
        more = [*extra.findings(auditor)] if extra and about in known.names else []
        clients.append(auditor.audit(circumstances, more))
    return Audit(_with_timelines(crm, clients, answered), circumstances.not_told_apart)


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


def _with_timelines(crm: FakeCrm, clients: list[ClientVerdict], entries: Mapping[int, Entry]) -> list[ClientVerdict]:
    """The same, each finding with its timeline."""
    changes: dict[str, list[Change]] = {
        found.event_id: [] for client in clients for found in client.findings if found.event_id
    }
    if changes:
        for change in crm.store.changes():
            if change.kind == EVENT.name and change.record.id in changes:
                changes[change.record.id].append(change)
    return [
        replace(
            client,
            findings=[
                with_timeline(each, changes.get(each.event_id or "", ()), entries, _of_others(crm, each))
                for each in client.findings
            ],
        )
        for client in clients
    ]


def _of_others(crm: FakeCrm, found: Finding) -> list[Change]:
    """The changes that a finding names, of other events than its own; none where it speaks of the first of several."""
    if len(found.event_ids) > 1:
        return []
    changes = (change for seq in found.changes for change in crm.store.changes(seq - 1, 1))
    return [change for change in changes if change.record.id != found.event_id]


class Auditor:
    """The audit of one client."""

    def __init__(self, crm: FakeCrm, visibility: CrmVisibility, client: KnownClient) -> None:
        self.crm, self.visibility, self.client = crm, visibility, client
        self.ledger, self.writes, self.progress = client.book
        self.explainer = Explainer(crm, visibility, self.ledger)
        self.now, self.reads = crm.clock.now(), latest_reads(self.ledger)
        self.windows = windows_in_use(self.ledger.series)
        reads = self.ledger.history.get("events", ())
        self.probes = {read.first for read in reads if read.is_probe}
        self.follows_everything = len(self.probes) < len(reads)

    def audit(self, circumstances: Circumstances, more: Sequence[Finding] = ()) -> ClientVerdict:
        """All findings on the client, and `more`. What a difference of a replica explains is not said again."""
        findings = [*more]
        explained = {seq for each in more if each.kind.code != "replica.duplicate" for seq in each.changes}
        pending = below = 0
        knowledge = ClientKnowledge()
        for change in self.crm.store.events.visible_all():
            standing = self._standing(change)
            if standing != "lacking":
                below += self.ledger.floor is not None and self._is_below_floor(change)
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
        written = observations(self.writes, self.crm.store.events.latest)
        findings += map(self.explainer.recovered, self.ledger.recoveries)
        findings += map(self.explainer.observed, filter(self.progress.leaves, self.ledger.observations))
        findings += map(self.explainer.observed, self._abandoned())
        findings += map(self.explainer.observed, self._repeated())
        findings += [self.explainer.floor(self.ledger.floor, below)] if self.ledger.floor and below else []
        findings += map(self.explainer.observed, written)
        findings += map(self.explainer.observed, self.client.doubts)
        findings.sort(key=lambda found: (found.requests[-1:] or (0,), found.changes))
        names, requests, events = self.client.names, self.ledger.requests, len(self.ledger.delivered)
        basis = basis_of(self.client, circumstances, more)
        return ClientVerdict(names[0], merged(findings), pending, requests, events, names, basis, knowledge)

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
        for change in self.crm.store.events.unlisted():
            event_id = change.record.id
            if event_id in knowledge.lacking:
                continue
            knowledge.up_to_date.discard(event_id)
            match self._standing(change):
                case "upToDate":
                    knowledge.up_to_date.add(event_id)
                case "lacking":
                    knowledge.lacking[event_id] = self._lacked(change, None, listed=False)

    def _standing(self, change: Change) -> Standing:
        """How the client stands to a version: whether it has it, lacks it, or does not ask for it."""
        ledger, delivered = self.ledger, self.ledger.delivered.get(change.record.id)
        if self._has(change, delivered):
            return "upToDate"
        if ledger.first is None:
            return "neverAsked"
        if change.deleted and delivered is not None:
            return "lacking" if self._is_deletion_owed(change, delivered) else "upToDate"
        if not ledger.full_begun and not self._is_asked_for(change, delivered.change if delivered else None):
            return "neverAsked"
        # Of an event that it never had, a client need not learn that it was deleted.
        return "upToDate" if change.deleted else "lacking"

    def _has(self, change: Change, delivered: VersionDelivery | None) -> bool:
        """Whether the client was given, or wrote, a version or one that shows the same."""
        if delivered is not None and delivered.version >= change.version:
            return True
        if delivered is not None and self._shows_no_more(change, delivered.version):
            return True
        written = self.ledger.written.get(change.record.id)
        return written is not None and written >= change.version

    # What a client is owed

    def owed(self, change: Change) -> bool:
        """Whether the client lacks a visible version that a read could have delivered."""
        return self._standing(change) == "lacking"

    def _is_deletion_owed(self, change: Change, delivered: VersionDelivery) -> bool:
        """Whether a client still has an event that was deleted, as far as its requests tell."""
        if delivered.change.deleted or self._was_only_probed(delivered, change) or self.known_by_absence(change):
            return False
        if self.ledger.full_begun or self.follows_everything or not self.windows:
            return True
        # What a window has left behind, its reader has put away.
        return any(window.overlaps(delivered.change) for window in self.windows)

    def _was_only_probed(self, delivered: VersionDelivery, tombstone: Change) -> bool:
        """Whether only a look at one row, which a client may not keep, delivered a version before its deletion."""
        if delivered.request not in self.probes:
            return False
        version, visibility, history = delivered.change, self.visibility, self.ledger.history
        reads = (read for read in (*history.get("events", ()), *history.get("window", ())) if read.complete)
        return not any(
            read.wants(version) and read.admits(visibility.stamp(version)) and visibility.visible(version, read.visible)
            for read in reads
            if not (read.is_probe or visibility.visible(tombstone, read.visible))
        )

    def _is_asked_for(self, change: Change, had: Change | None) -> bool:
        """Whether a client that never read everything asks for a version, or for one that it `had` before."""
        ledger, first = self.ledger, self.ledger.first
        is_new = first is not None and not self.visibility.visible(change, first)
        if self.follows_everything:
            return is_new
        if any(window.overlaps(change) for window in self.windows):
            return is_new or bool(ledger.interval_begun)
        if had is None or had.deleted or change.record.id not in ledger.in_window or self.known_by_absence(change):
            return False
        moved = (had.event.start, had.event.end) != (change.event.start, change.event.end)
        starts = bool(self.reads) and self.reads[0].starts_at_watermark
        return starts or (moved and any(window.overlaps(had) for window in self.windows))

    def _is_below_floor(self, change: Change) -> bool:
        """Whether the first read, which had a watermark, left out an event that no other read has delivered."""
        ledger, floor = self.ledger, self.ledger.floor
        if floor is None or change.deleted or ledger.full_begun or not floor.wants(change):
            return False
        return change.record.id not in ledger.delivered and not floor.admits(self.visibility.stamp(change))

    def _repeated(self) -> Iterator[Observation]:
        """What the client repeats without making progress."""
        store = self.crm.store
        waiting = Waiting(self.ledger, self.visibility, store.events.visible_all, self.owed)
        return self.progress.observations(store.events.latest, waiting)

    def _abandoned(self) -> Iterator[Observation]:
        """The reads that were given up for others."""
        under_way = self.ledger.under_way
        return (each for name, each in self.ledger.abandoned.items() if under_way[name].is_given_up)

    def _shows_no_more(self, change: Change, version: int) -> bool:
        """Whether a version shows the same as an earlier one."""
        earlier: Change | None = change
        while earlier is not None and earlier.version > version:
            earlier = earlier.prior
        if earlier is None or (earlier.record, earlier.deleted) != (change.record, change.deleted):
            return False
        return self.visibility.stamp(earlier) == self.visibility.stamp(change)

    def known_by_absence(self, change: Change) -> bool:
        """Whether a complete read of everything, or of its window, lacked the event since it was last delivered."""
        ledger, delivered = self.ledger, self.ledger.delivered.get(change.record.id)
        had = ledger.living.get(change.record.id)
        # A look at an interval tells nothing to a client that reads everything.
        least = 2 if ledger.full_begun else 1
        reads = (read for read in ledger.history.get("window", ()) if read.everything and read.complete)
        # A client that sends its watermark as startAt believes that it follows the delta, and puts nothing away.
        whole_windows = (read for read in reads if not read.starts_at_watermark)
        windows = [read for read in whole_windows if had and read.query.window.overlaps(had)]
        whole = [read for read in (ledger.full, *(windows if len(windows) >= least else ())) if read]
        version: Change | None = change
        while version is not None and (delivered is None or version.version > delivered.version):
            if version.deleted and any(self.visibility.visible(version, read.visible) for read in whole):
                return True
            version = version.prior
        return False

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
        read = self.ledger.latest.get("deletions" if change.deleted else "events")
        if read is not None and read.expired and self.visibility.visible(change, read.visible):
            return self.explainer.expired_silently(change, read)
        return self._deletion_never_returned(change) if change.deleted else None

    def _deletion_never_returned(self, change: Change) -> Finding | None:
        """A deletion that the client does not ask for, or whose tombstone has expired."""
        events, deletions = self.ledger.latest.get("events"), self.ledger.latest.get("deletions")
        if deletions is None and events is not None:
            follows = events.query.since is not None and self.visibility.visible(change, events.visible)
            return self.explainer.never_asked(change, events) if follows else None
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
        own: Stream = "deletions" if change.deleted else "events"
        stream: Stream = "window" if latest.query.window != ANY_TIME else own
        stamp = self.visibility.stamp(change)
        for read in self.ledger.history.get(stream, ()):
            passed = read.complete and not read.admits(stamp) and read.wants(change)
            if passed and self.visibility.visible(change, read.visible):
                return read
        return latest
