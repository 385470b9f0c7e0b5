"""The audit: which change a client was never given and never will be, and what its writes did to others', and why.

It reads the change log and what is known of the clients, and writes nothing (`docs/audit.md`). An `error` is harm that
the requests prove; a habit that is risky and has done none is a `warning`, and what a person may want to know a `note`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple, Protocol

from mockcrm.audit import ledger, writes
from mockcrm.audit.explanations import Explainer, with_timeline
from mockcrm.audit.findings import REPLICA, Finding
from mockcrm.audit.ledger import Ledger, Sight, Stream, Walk, passed_by
from mockcrm.audit.writes import Fingerprint, TombstoneIndex, Writes
from mockcrm.crm.event import Change
from mockcrm.crm.fake_crm import FakeCrm
from mockcrm.errors import AuditInvalid
from mockcrm.journal.journal import ANYBODY, OTHERS, Entry


@dataclass(frozen=True, slots=True)
class Account:
    """What the audit says of one client: its findings, how many changes it is yet to be given, and some counts."""

    client: str
    findings: list[Finding]
    pending: int
    requests: int
    events: int


@dataclass(frozen=True, slots=True)
class Audit:
    """What the audit says.

    It is not `complete` when requests were forgotten that it would have to know of, or are `not_told_apart`: so many
    came from further clients, of which nothing is said.
    """

    accounts: list[Account]
    complete: bool
    not_told_apart: int = 0

    @property
    def findings(self) -> list[Finding]:
        return [found for account in self.accounts for found in account.findings]

    @property
    def clean(self) -> bool:
        return not any(found.kind.is_grave for found in self.findings)

    @property
    def differences(self) -> list[Finding]:
        """What was found in which a replica differs from the CRM."""
        return [found for found in self.findings if found.kind in REPLICA]

    @property
    def in_sync(self) -> bool:
        return not self.differences


class Book(NamedTuple):
    """What is known of one client: what it was given, and what it wrote."""

    ledger: Ledger
    writes: Writes

    def copy(self) -> "Book":
        return Book(self.ledger.copy(), self.writes.copy())


class Books:
    """What is known of all clients up to some entry. `complete` says that no request was forgotten unread.

    A fork costs next to nothing: each side copies what it shares before it first alters it. Any thread may read a fork
    while another goes on with the original.
    """

    def __init__(self) -> None:
        self.clients: dict[str, Book] = {}
        self.complete = True
        self._graves = TombstoneIndex()
        self._owned: set[str] = set()
        self._owns_graves = True

    def fold(self, entry: Entry, crm: FakeCrm) -> None:
        """Enter one request that a journal has no more room for; one without an answer yet tells nothing."""
        if entry.completed is None:
            self.complete = False
        else:
            self.enter(entry, self.sightings(crm))

    def sightings(self, crm: FakeCrm) -> "Sightings":
        """What lists came to show, for entries that are to be entered here."""
        if not self._owns_graves:
            self._graves, self._owns_graves = self._graves.copy(), True
        return Sightings(crm, self._graves)

    def enter(self, entry: Entry, sightings: "Sightings") -> None:
        """Enter one request that was answered. Those of clients that are not told apart make no account."""
        if entry.client == OTHERS:
            return
        book = self._own(entry.client)
        writes.fold(book.writes, book.ledger, entry, sightings)
        ledger.fold(book.ledger, entry, sightings)

    def _own(self, client: str) -> Book:
        """A client's book that no fork shares, and that may be altered."""
        if client not in self._owned:
            book = self.clients.get(client)
            self.clients[client] = book.copy() if book else Book(Ledger(client), Writes())
            self._owned.add(client)
        return self.clients[client]

    def fork(self) -> "Books":
        copy = Books()
        copy.clients, copy.complete = self.clients.copy(), self.complete
        copy._graves, copy._owns_graves = self._graves, False
        self._owned, self._owns_graves = set(), False
        return copy


class Sightings:
    """When lists came to show each version; see `ledger.Viewer` and `writes.Seer`.

    A full journal asks beside whoever has the CRM's lock, so nothing is read that a write may be taking apart.
    """

    def __init__(self, crm: FakeCrm, graves: TombstoneIndex) -> None:
        self._crm, self._store, self._graves = crm, crm.store, graves

    def visible(self, change: Change, sight: Sight) -> bool:
        if not change.delayed:
            return change.seq <= sight.seen
        place = self._store.revealed_place(change.seq)
        return place is not None and place < sight.revealed

    def stamp(self, change: Change) -> datetime:
        return self._store.shown_stamp(change)

    def latest(self, event_id: str) -> Change | None:
        return self._store.latest(event_id)

    def remembered(self, tombstone: Change, at: datetime) -> bool:
        horizon = self._crm.horizon(at)
        return horizon is None or self.stamp(tombstone) >= horizon

    def deleted(self, look: Fingerprint, before: Change) -> Sequence[str]:
        return self._graves.of(look, self._store, before.seq)


class Beside(Protocol):
    """Add what else is found in a client's audit (`mockcrm.audit.replica`). An only client need not be named."""

    @property
    def client(self) -> str | None: ...

    def findings(self, auditor: "Auditor") -> Iterator[Finding]: ...


def audit(crm: FakeCrm, books: Books, entries: Iterable[Entry], beside: Beside | None = None) -> Audit:
    """Hold all clients' requests against the change log: those in `books`, and the entries that came after them.

    The entries are entered in the books. Raises `AuditInvalid` when nobody knows whom `beside` is about, and what that
    raises.
    """
    sightings = books.sightings(crm)
    answered = {entry.number: entry for entry in entries if entry.completed is not None}
    for entry in answered.values():
        books.enter(entry, sightings)
    about = _only(books, beside.client) if beside else None
    accounts = []
    for name, book in sorted(books.clients.items()):
        auditor = Auditor(crm, sightings, book, books.complete)
        more = [*beside.findings(auditor)] if beside and name == about else []
        accounts.append(auditor.account(more))
    return Audit(_with_timelines(crm, accounts, answered), books.complete)


def _only(books: Books, name: str | None) -> str:
    """The client of that name, or the only one there is."""
    if name is None and len(books.clients) > 1:
        raise AuditInvalid(
            f"Say which `client` it is about: there are {', '.join(sorted(books.clients))}.",
            {"client": ["There is more than one."]},
        )
    if name is not None and name not in books.clients:
        known = ", ".join(sorted(books.clients)) or "none"
        raise AuditInvalid(
            f"No client called {name!r} has asked for anything: there are {known}.", {"client": ["Unknown."]}
        )
    found = name or next(iter(books.clients), ANYBODY)
    books.clients.setdefault(found, Book(Ledger(found), Writes()))
    return found


def _with_timelines(crm: FakeCrm, accounts: list[Account], entries: Mapping[int, Entry]) -> list[Account]:
    """The same accounts with what happened to each event that they name."""
    named: dict[str, list[Change]] = {
        found.event_id: [] for account in accounts for found in account.findings if found.event_id
    }
    if named:
        for change in crm.store.changes():
            if change.event.id in named:
                named[change.event.id].append(change)
    return [
        replace(
            account,
            findings=[
                with_timeline(each, named.get(each.event_id or "", ()), entries, _of_others(crm, each))
                for each in account.findings
            ],
        )
        for account in accounts
    ]


def _of_others(crm: FakeCrm, found: Finding) -> list[Change]:
    """The changes that a finding names, of other events than its own."""
    changes = (change for seq in found.changes for change in crm.store.changes(seq - 1, 1))
    return [change for change in changes if change.event.id != found.event_id]


class Auditor:
    """One client's audit."""

    def __init__(self, crm: FakeCrm, sightings: Sightings, book: Book, complete: bool) -> None:
        self.crm, self.sightings, self.complete = crm, sightings, complete
        self.ledger, self.writes = book
        self.teller = Explainer(crm, sightings, book.ledger)

    def account(self, more: Sequence[Finding] = ()) -> Account:
        """What there is to say of the client, and `more`."""
        findings = [*more]
        pending = 0
        for change in self.crm.store.visible_all():
            if not self.owed(change):
                continue
            found = self.out_of_reach(change) if self.complete else None
            if found is None:
                pending += 1
            else:
                findings.append(found)
        findings += map(self.teller.recovered, self.ledger.recovered)
        findings += map(self.teller.habit, self.ledger.habits)
        findings += map(self.teller.habit, self.writes.found(self.crm.store.latest, complete=self.complete))
        findings.sort(key=lambda found: (found.requests[-1:] or (0,), found.changes))
        return Account(self.ledger.client, findings, pending, self.ledger.requests, len(self.ledger.given))

    # What is owed

    def owed(self, change: Change) -> bool:
        """Whether the client lacks a visible version that it could have been given."""
        ledger, event_id = self.ledger, change.event.id
        if ledger.first is None:
            return False
        given = ledger.given.get(event_id)
        if given is not None and given.version >= change.version:
            return False
        if given is not None and self.says_no_more(change, given.version):
            return False
        wrote = ledger.wrote.get(event_id)
        if wrote is not None and wrote >= change.version:
            return False
        if change.deleted:
            return given is not None and not given.change.deleted and not self.known_by_absence(change)
        return bool(ledger.full_begun) or not self.sightings.visible(change, ledger.first)

    def says_no_more(self, change: Change, version: int) -> bool:
        """Whether a version shows nothing that an earlier one did not."""
        earlier: Change | None = change
        while earlier is not None and earlier.version > version:
            earlier = earlier.prior
        if earlier is None or (earlier.event, earlier.deleted) != (change.event, change.deleted):
            return False
        return self.sightings.stamp(earlier) == self.sightings.stamp(change)

    def known_by_absence(self, change: Change) -> bool:
        """Whether a complete list of everything has left the event out since the client was given it."""
        full, given = self.ledger.full, self.ledger.given.get(change.event.id)
        version: Change | None = change
        while full is not None and version is not None and (given is None or version.version > given.version):
            if version.deleted and self.sightings.visible(version, full.sight):
                return True
            version = version.prior
        return False

    def out_of_reach(self, change: Change) -> Finding | None:
        """The finding that an owed version will not be given any more, or None while it may be."""
        walk = passed_by(self.ledger, change, self.sightings)
        if walk is None:
            return self.beside(change)
        return self.teller.passed(change, self.first_to_pass(change, walk))

    def beside(self, change: Change) -> Finding | None:
        """An owed version that no walk has passed by, and that the client will not get all the same."""
        if self.ledger.swallowed:
            return self.teller.swallowed(change, *self.ledger.swallowed)
        walk = self.ledger.latest.get("deletions" if change.deleted else "events")
        if walk is not None and walk.expired and self.sightings.visible(change, walk.sight):
            return self.teller.unheard(change, walk)
        return self.deletion_beside(change) if change.deleted else self.event_beside(change)

    def deletion_beside(self, change: Change) -> Finding | None:
        """A deletion that is never asked for, or was too long ago."""
        events, deletions = self.ledger.latest.get("events"), self.ledger.latest.get("deletions")
        horizon = self.crm.horizon()
        if deletions is None:
            follows = events is not None and events.query.since is not None
            if events is None or not follows or not self.sightings.visible(change, events.sight):
                return None
            return self.teller.never_asked(change, events)
        if horizon is None or self.sightings.stamp(change) >= horizon:
            return None
        # Where a bound that is too old is refused, the next poll will tell the client.
        told = self.crm.dialect.expired_since == "refuse" and (deletions.query.since or horizon) < horizon
        return None if told else self.teller.forgotten(change, deletions, horizon)

    def event_beside(self, change: Change) -> Finding | None:
        """An event that has left the interval which is all that the client looks at."""
        window, seen = self.ledger.latest.get("window"), self.ledger.in_window.get(change.event.id)
        if "events" in self.ledger.latest or window is None or seen is None or window.wants(change):
            return None
        return self.teller.moved_out(change, window, seen) if self.sightings.visible(change, window.sight) else None

    def first_to_pass(self, change: Change, latest: Walk) -> Walk:
        """The first complete walk that passed a version by: the one that did it."""
        stream: Stream = "deletions" if change.deleted else "events"
        stamp = self.sightings.stamp(change)
        for walk in self.ledger.history.get(stream, ()):
            seen = self.sightings.visible(change, walk.sight)
            if walk.complete and seen and walk.wants(change) and not walk.admits(stamp):
                return walk
        return latest
