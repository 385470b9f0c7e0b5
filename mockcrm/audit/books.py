"""What is known of all clients up to some request: a ledger and a write ledger for each.

The names of a client that renewed its token share a book, that of their chain (`renewals`).
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from mockcrm.audit.borrowed import Borrowed
from mockcrm.audit.ledger import Ledger, Observation
from mockcrm.audit.paged_read import VisibilityPoint
from mockcrm.audit.progress import Progress
from mockcrm.audit.reads import enter_request
from mockcrm.audit.refused_names import UNAUTHORIZED, RefusedNames
from mockcrm.audit.renewals import Renewals, concerns
from mockcrm.audit.resurrections import Fingerprint, TombstoneIndex
from mockcrm.audit.write_ledger import WriteLedger
from mockcrm.audit.writes import enter_write
from mockcrm.crm.change import Change
from mockcrm.crm.fake_crm import FakeCrm
from mockcrm.crm.kinds.events import EVENT
from mockcrm.journal.entry import Entry
from mockcrm.journal.journal import OTHERS

MAX_COMPARED = 100
"""Among how many clients at most the audit looks for the one whose token was renewed."""


class Book(NamedTuple):
    """What is known of one client: what was delivered to it, what it wrote, and what it repeats."""

    ledger: Ledger
    writes: WriteLedger
    progress: Progress

    @classmethod
    def of(cls, client: str) -> "Book":
        """The empty book of a client."""
        return cls(Ledger(client), WriteLedger(), Progress())

    def copy(self) -> "Book":
        return Book(self.ledger.copy(), self.writes.copy(), self.progress.copy())

    def enter(self, entry: Entry, visibility: "CrmVisibility") -> None:
        enter_write(self.writes, self.ledger, entry, visibility)
        enter_request(self.ledger, entry, visibility)
        self.progress.enter(entry)


class KnownClient(NamedTuple):
    """A client with its book, under the first of its `names`. `doubts` say why it may be another one's continuation."""

    names: tuple[str, ...]
    book: Book
    doubts: tuple[Observation, ...]


class _Shelf:
    """Books by name. A fork shares them: each side copies a book before it first changes it."""

    def __init__(self, books: dict[str, Book]) -> None:
        self.books = books
        self._owned: set[str] = set()

    def own(self, name: str) -> Book:
        """A book that no fork shares, so that it may be changed."""
        if name not in self._owned:
            book = self.books.get(name)
            self.put(name, book.copy() if book else Book.of(name))
        return self.books[name]

    def put(self, name: str, book: Book) -> None:
        """Put a book here that no fork shares."""
        self.books[name] = book
        self._owned.add(name)

    def move(self, name: str, to: "_Shelf") -> None:
        to.books[name] = self.books.pop(name)
        (to._owned.add if name in self._owned else to._owned.discard)(name)
        self._owned.discard(name)

    def fork(self) -> "_Shelf":
        self._owned = set()
        return _Shelf(self.books.copy())


class Books:
    """The books of all clients.

    A fork costs next to nothing. Any thread may read a fork while another goes on with the original.
    """

    def __init__(self) -> None:
        self._shelf, self._parts = _Shelf({}), _Shelf({})
        self._renewals, self._refused_names = Renewals(), RefusedNames()
        self._tombstones, self._owns_tombstones = TombstoneIndex(), True

    @property
    def clients(self) -> dict[str, Book]:
        """The book of each client, by the first of its names."""
        return self._shelf.books

    def fold(self, entry: Entry, crm: FakeCrm) -> None:
        """Enter a request that the journal drops."""
        self.enter(entry, self.visibility(crm))

    def visibility(self, crm: FakeCrm) -> "CrmVisibility":
        """What lists of this CRM showed, for requests that are entered here."""
        if not self._owns_tombstones:
            self._tombstones, self._owns_tombstones = self._tombstones.copy(), True
        return CrmVisibility(crm, self._tombstones)

    def enter(self, entry: Entry, visibility: "CrmVisibility") -> None:
        """Enter a request about events that was answered.

        Clients beyond those that a journal tells apart have no book, nor has one that only sent OPTIONS and HEAD.
        """
        if (
            entry.kind not in (None, EVENT.name)
            or entry.client == OTHERS
            or not (entry.makes_client or self._knows(entry.client))
        ):
            return
        self._note_refusal(entry)
        name, before = entry.client, self._renewals.chain_of(entry.client)
        entries = self._renewals.enter(entry, self._known_to)
        chain = self._renewals.chain_of(name)
        if before and not chain:
            self._end_chain(before)
        elif chain and not before:
            self._continue(chain, name)
        for each in entries:
            self._shelf.own(chain or name).enter(each, visibility)
        (self._parts if chain else self._shelf).own(name).enter(entry, visibility)

    def _knows(self, name: str) -> bool:
        return name in self.clients or name in self._parts.books

    def _note_refusal(self, entry: Entry) -> None:
        if entry.status != UNAUTHORIZED:
            book = self._parts.books.get(entry.client) or self.clients.get(entry.client)
            self._refused_names.let_in(entry, book.ledger.requests if book else 0)
        elif concerns(entry.client) and not self._renewals.was_let_in(entry.client):
            self._refused_names.refused(entry)

    def _known_to(self, name: str, thing: Borrowed) -> Sequence[str]:
        """The clients that know something: none if that of this name does, else two at most."""
        own = self.clients.get(name)
        if len(self.clients) > MAX_COMPARED or (own and thing.known_to(own.ledger, own.writes)):
            return ()
        knowing = (each for each, book in self.clients.items() if thing.known_to(book.ledger, book.writes))
        return [*islice(knowing, 2)]

    def _continue(self, first: str, name: str) -> None:
        """Have a client go on under another name. Each name keeps a book of its own, in case the first comes back."""
        if first not in self._parts.books:
            self._shelf.move(first, self._parts)
            self._shelf.put(first, self._parts.books[first].copy())
        if name in self.clients:
            self._shelf.move(name, self._parts)
        ledger = self._shelf.own(first).ledger
        ledger.other_names |= {name}

    def _end_chain(self, first: str) -> None:
        """Put the books of all its names in the place of a chain's."""
        for name in (first, *self.clients[first].ledger.other_names):
            self._parts.move(name, self._shelf)

    def known_clients(self) -> list[KnownClient]:
        """All clients, by name. A name that got only 401s stands beside that of the client that it belongs to."""
        known_as, doubts = self._refused_names.known_as, dict(self._renewals.doubts())
        refused: dict[str, list[str]] = {}
        for name, client in known_as.items():
            refused.setdefault(self._renewals.chain_of(client) or client, []).append(name)
        return [
            KnownClient(
                (*self._renewals.chains.get(name, (name,)), *refused.get(name, ())),
                book,
                (doubts[name],) if name in doubts else (),
            )
            for name, book in sorted(self.clients.items())
            if name not in known_as
        ]

    def open(self, client: str) -> None:
        """Have a book for a client, empty if there is none."""
        if client != OTHERS and not self._knows(client):
            self._shelf.own(client)

    def fork(self) -> "Books":
        copy = Books()
        copy._shelf, copy._parts = self._shelf.fork(), self._parts.fork()
        copy._renewals, copy._refused_names = self._renewals.copy(), self._refused_names.copy()
        copy._tombstones, copy._owns_tombstones = self._tombstones, False
        self._owns_tombstones = False
        return copy


class CrmVisibility:
    """What lists of a CRM showed at each moment; see `ledger.Visibility` and `resurrections.TombstoneVisibility`.

    A full journal folds its oldest entries while another thread may hold the CRM's lock, so only such data are read
    here as a write never leaves half changed.
    """

    def __init__(self, crm: FakeCrm, tombstones: TombstoneIndex) -> None:
        self._crm, self._store, self._tombstones = crm, crm.store, tombstones

    def visible(self, change: Change, point: VisibilityPoint) -> bool:
        if not change.delayed:
            return change.seq <= point.seen
        place = self._store.revealed_place(change.seq)
        return place is not None and place < point.revealed

    def stamp(self, change: Change) -> datetime:
        return self._store.shown_stamp(change)

    def latest(self, event_id: str) -> Change | None:
        return self._store.events.latest(event_id)

    def remembered(self, tombstone: Change, at: datetime) -> bool:
        horizon = self._crm.horizon(at)
        return horizon is None or self.stamp(tombstone) >= horizon

    def deleted_like(self, wanted: Fingerprint, before: Change) -> Sequence[str]:
        return self._tombstones.of(wanted, self._store, before.seq)
