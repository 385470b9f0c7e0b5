"""What is known of all clients up to some request: a ledger and a write ledger for each.

Each name has a book of its own. The names of a client that renewed its token also share one, the book of their chain
(`renewals`).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from mockcrm.audit.borrowed import Borrowed
from mockcrm.audit.ledger import Ledger, Observation
from mockcrm.audit.paged_read import VisibilityPoint
from mockcrm.audit.reads import enter_request
from mockcrm.audit.refused_names import UNAUTHORIZED, RefusedNames
from mockcrm.audit.renewals import Renewals, concerns
from mockcrm.audit.resurrections import Fingerprint, TombstoneIndex
from mockcrm.audit.write_ledger import WriteLedger
from mockcrm.audit.writes import enter_write
from mockcrm.crm.change import Change
from mockcrm.crm.fake_crm import FakeCrm
from mockcrm.journal.entry import Entry
from mockcrm.journal.journal import OTHERS


class Book(NamedTuple):
    """What is known of one client: what was delivered to it, and what it wrote."""

    ledger: Ledger
    writes: WriteLedger

    def copy(self) -> "Book":
        return Book(self.ledger.copy(), self.writes.copy())

    def enter(self, entry: Entry, visibility: "CrmVisibility") -> None:
        enter_write(self.writes, self.ledger, entry, visibility)
        enter_request(self.ledger, entry, visibility)


class KnownClient(NamedTuple):
    """A client with its book, under the first of its `names`. `doubts` say why it may be another one's continuation."""

    names: tuple[str, ...]
    book: Book
    doubts: tuple[Observation, ...]


class Books:
    """The books of all names (`clients`), and those of chains by their first names.

    They are `complete` unless a request was dropped before it was answered. A fork costs next to nothing: each side
    copies a shared book before it first changes it. Any thread may read a fork while another goes on with the original.
    """

    def __init__(self) -> None:
        self.clients: dict[str, Book] = {}
        self.chains: dict[str, Book] = {}
        self.complete = True
        self._renewals, self._refused_names = Renewals(), RefusedNames()
        self._tombstones = TombstoneIndex()
        self._owned: set[str] = set()
        self._owned_chains: set[str] = set()
        self._owns_tombstones = True

    def fold(self, entry: Entry, crm: FakeCrm) -> None:
        """Enter a request that the journal drops."""
        if entry.completed is None:
            self.complete = False
        else:
            self.enter(entry, self.visibility(crm))

    def visibility(self, crm: FakeCrm) -> "CrmVisibility":
        """What lists of this CRM showed, for requests that are entered here."""
        if not self._owns_tombstones:
            self._tombstones, self._owns_tombstones = self._tombstones.copy(), True
        return CrmVisibility(crm, self._tombstones)

    def enter(self, entry: Entry, visibility: "CrmVisibility") -> None:
        """Enter a request that was answered. Clients beyond those that a journal tells apart have no book."""
        if entry.client == OTHERS:
            return
        book = self._own(entry.client)
        refused = entry.status == UNAUTHORIZED
        if not refused:
            self._refused_names.let_in(entry, book.ledger.requests)
        elif concerns(entry.client) and not self._renewals.was_let_in(entry.client):
            self._refused_names.refused(entry)
        chain = self._renewals.chain_of(entry.client)
        for each in self._renewals.enter(entry, self._known_to):
            self._own_chain(entry.client).enter(each, visibility)
        if chain and not self._renewals.chain_of(entry.client):
            # An earlier name is used again.
            del self.chains[chain]
        book.enter(entry, visibility)

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
            for name, book in sorted(self._people())
            if name not in known_as
        ]

    def _people(self) -> Iterator[tuple[str, Book]]:
        """The books that stand for a client: that of a chain in place of those of its names."""
        yield from self.chains.items()
        yield from ((name, book) for name, book in self.clients.items() if not self._renewals.chain_of(name))

    def _known_to(self, name: str, thing: Borrowed) -> Sequence[str]:
        """The clients that know something: none if that of this name does, else two at most."""
        own = self.clients[name]
        if thing.known_to(own.ledger, own.writes):
            return ()
        return [*islice((each for each, book in self._people() if thing.known_to(book.ledger, book.writes)), 2)]

    def _own(self, client: str) -> Book:
        """A client's book that no fork shares, so that it may be changed."""
        if client not in self._owned:
            book = self.clients.get(client)
            self.clients[client] = book.copy() if book else Book(Ledger(client), WriteLedger())
            self._owned.add(client)
        return self.clients[client]

    def _own_chain(self, name: str) -> Book:
        """The book of a name's chain, which continues that of its first name."""
        first = self._renewals.chain_of(name) or name
        names = self._renewals.chains[first]
        if first not in self._owned_chains or first not in self.chains:
            self.chains[first] = self.chains.get(first, self.clients[first]).copy()
            self._owned_chains.add(first)
        book = self.chains[first]
        if len(names) > len(book.ledger.other_names) + 1:
            book.ledger.other_names = frozenset(names[1:])
        return book

    def fork(self) -> "Books":
        copy = Books()
        copy.clients, copy.chains, copy.complete = self.clients.copy(), self.chains.copy(), self.complete
        copy._renewals, copy._refused_names = self._renewals.copy(), self._refused_names.copy()
        copy._tombstones, copy._owns_tombstones = self._tombstones, False
        self._owned, self._owned_chains, self._owns_tombstones = set(), set(), False
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
        return self._store.latest(event_id)

    def remembered(self, tombstone: Change, at: datetime) -> bool:
        horizon = self._crm.horizon(at)
        return horizon is None or self.stamp(tombstone) >= horizon

    def deleted_like(self, wanted: Fingerprint, before: Change) -> Sequence[str]:
        return self._tombstones.of(wanted, self._store, before.seq)
