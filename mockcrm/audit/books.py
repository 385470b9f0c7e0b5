"""What is known of all clients up to some request: a ledger and a write ledger for each."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from mockcrm.audit.ledger import Ledger
from mockcrm.audit.paged_read import VisibilityPoint
from mockcrm.audit.progress import Progress
from mockcrm.audit.reads import enter_request
from mockcrm.audit.resurrections import Fingerprint, TombstoneIndex
from mockcrm.audit.write_ledger import WriteLedger
from mockcrm.audit.writes import enter_write
from mockcrm.crm.change import Change
from mockcrm.crm.fake_crm import FakeCrm
from mockcrm.journal.entry import Entry
from mockcrm.journal.journal import OTHERS


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


class Books:
    """The books of all clients, by name. They are `complete` unless a request was dropped before it was answered.

    A fork costs next to nothing: each side copies a shared book before it first changes it. Any thread may read a fork
    while another goes on with the original.
    """

    def __init__(self) -> None:
        self.clients: dict[str, Book] = {}
        self.complete = True
        self._tombstones = TombstoneIndex()
        self._owned: set[str] = set()
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
        enter_write(book.writes, book.ledger, entry, visibility)
        enter_request(book.ledger, entry, visibility)
        book.progress.enter(entry, book.ledger)

    def _own(self, client: str) -> Book:
        """A client's book that no fork shares, so that it may be changed."""
        if client not in self._owned:
            book = self.clients.get(client)
            self.clients[client] = book.copy() if book else Book.of(client)
            self._owned.add(client)
        return self.clients[client]

    def fork(self) -> "Books":
        copy = Books()
        copy.clients, copy.complete = self.clients.copy(), self.complete
        copy._tombstones, copy._owns_tombstones = self._tombstones, False
        self._owned, self._owns_tombstones = set(), False
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
