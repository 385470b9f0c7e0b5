"""What is known of all clients up to some request."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from mockcrm.audit import reads, writes
from mockcrm.audit.ledger import Ledger
from mockcrm.audit.paged_read import Sight
from mockcrm.audit.resurrections import Fingerprint, TombstoneIndex
from mockcrm.audit.write_ledger import Writes
from mockcrm.crm.event import Change
from mockcrm.crm.fake_crm import FakeCrm
from mockcrm.journal.entry import Entry
from mockcrm.journal.journal import OTHERS


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
        reads.fold(book.ledger, entry, sightings)

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
