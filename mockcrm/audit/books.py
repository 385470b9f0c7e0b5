"""What is known of all clients up to some request: an account of each, with a book for each kind of records.

The names of a client that renewed its token share an account, that of their chain (`renewals`).
"""

from collections.abc import Sequence
from dataclasses import field
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from mockcrm.audit.borrowed import Borrowed
from mockcrm.audit.ledger import Caller, Ledger, Observation
from mockcrm.audit.places import RecordPlace, place_of, place_of_change
from mockcrm.audit.progress import Progress
from mockcrm.audit.reads import enter_request
from mockcrm.audit.refused_names import UNAUTHORIZED, RefusedNames
from mockcrm.audit.renewals import Renewals, concerns
from mockcrm.audit.resurrections import Fingerprint, TombstoneIndex
from mockcrm.audit.write_ledger import WriteLedger
from mockcrm.audit.writes import enter_write
from mockcrm.base.declaring import dataclass
from mockcrm.crm.change import Change, VisibilityPoint
from mockcrm.crm.dialect.knobs import Dialect
from mockcrm.crm.fake_crm import FakeCrm
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.journal.entry import Entry
from mockcrm.journal.journal import OTHERS, JournalCopy

MAX_COMPARED = 100
"""Among how many clients at most the audit looks for the one whose token was renewed."""
MAX_PLACES = 1_000
"""In how many places at most, such as calendars, one client is judged."""


class Book(NamedTuple):
    """What is known of one client and the records of one kind: what it was given, wrote, and repeats."""

    ledger: Ledger
    writes: WriteLedger
    progress: Progress

    @classmethod
    def of(cls, client: str) -> "Book":
        """The empty book of a client that has no other."""
        return cls.empty(Caller(client))

    @classmethod
    def empty(cls, caller: Caller) -> "Book":
        return cls(Ledger(caller), WriteLedger(), Progress())

    def copy(self) -> "Book":
        return Book(self.ledger.copy(), self.writes.copy(), self.progress.copy())

    def enter(self, entry: Entry, visibility: "CrmVisibility", elsewhere: Sequence[Ledger] = ()) -> None:
        """Enter a request that was answered. `elsewhere` are the ledgers of the same kind's other places."""
        enter_write(self.writes, self.ledger, entry, visibility, elsewhere)
        enter_request(self.ledger, entry, visibility)
        self.progress.enter(entry)


@dataclass(slots=True)
class Account:
    """What is known of one client: its `books`, each by the place of the records whose requests it has.

    The book under None has the requests about no kind, and those about places beyond the first so many.
    """

    caller: Caller
    books: dict[RecordPlace | None, Book] = field(default_factory=dict)

    def copy(self) -> "Account":
        """An independent copy: neither side sees what is entered in the other."""
        copy = Account(self.caller.copy(), {place: book.copy() for place, book in self.books.items()})
        for book in copy.books.values():
            book.ledger.caller = copy.caller
        return copy

    def enter(self, entry: Entry, visibility: "CrmVisibility") -> None:
        """Enter a request that was answered."""
        place = visibility.place_of(entry)
        change = entry.committed
        is_new = change is not None and change.prior is None
        own = self.book(place)
        elsewhere = self.ledgers_of(place.kind_name, but=own.ledger) if place and is_new else ()
        own.enter(entry, visibility, elsewhere)
        if change is not None and entry.whole and (to := visibility.place_of_change(change)) != place:
            # The client itself moved an event to another calendar.
            self.book(to).ledger.written[change.record.id] = change.version

    def book(self, place: RecordPlace | None) -> Book:
        """The book of a place, empty if there was none."""
        if place not in self.books and len(self.books) > MAX_PLACES:
            place = None
        if place not in self.books:
            self.books[place] = Book.empty(self.caller)
        return self.books[place]

    @property
    def placed(self) -> dict[RecordPlace, Book]:
        """The books of the places whose records the client has asked for or written, in the order of their kinds."""
        return {
            place: book for kind in KINDS for place, book in self.books.items() if place and place.kind_name == kind
        }

    def read_places(self, kind: str) -> list[RecordPlace]:
        """The places of a kind of which a replica has the records: the main one, and those that the client reads."""
        main = RecordPlace(kind)
        read = (each for each, book in self.books.items() if each and each.kind_name == kind and book.ledger.has_reads)
        return [main, *(each for each in read if each != main)]

    @property
    def ledgers(self) -> list[Ledger]:
        return [book.ledger for book in self.books.values()]

    def ledgers_of(self, kind: str, but: Ledger | None = None) -> list[Ledger]:
        """The ledgers of a kind, one for each place, but one."""
        of_kind = (book.ledger for place, book in self.books.items() if place and place.kind_name == kind)
        return [each for each in of_kind if each is not but]

    def knows(self, thing: Borrowed) -> bool:
        """Whether the client had been sent something, or had used it before."""
        books = (
            book
            for place, book in self.books.items()
            if thing.kind is None or (place is not None and place.kind_name == thing.kind)
        )
        return any(thing.known_to(book.ledger, book.writes) for book in books)


class KnownClient(NamedTuple):
    """A client, under the first of its `names`. `doubts` say why it may be another one's continuation."""

    names: tuple[str, ...]
    account: Account
    doubts: tuple[Observation, ...]


class _Shelf:
    """Accounts by name. A fork shares them: each side copies an account before it first changes it."""

    def __init__(self, accounts: dict[str, Account]) -> None:
        self.accounts = accounts
        self._owned: set[str] = set()

    def own(self, name: str) -> Account:
        """An account that no fork shares, so that it may be changed."""
        if name not in self._owned:
            account = self.accounts.get(name)
            self.put(name, account.copy() if account else Account(Caller(name)))
        return self.accounts[name]

    def put(self, name: str, account: Account) -> None:
        """Put an account here that no fork shares."""
        self.accounts[name] = account
        self._owned.add(name)

    def move(self, name: str, to: "_Shelf") -> None:
        to.accounts[name] = self.accounts.pop(name)
        (to._owned.add if name in self._owned else to._owned.discard)(name)
        self._owned.discard(name)

    def fork(self) -> "_Shelf":
        self._owned = set()
        return _Shelf(self.accounts.copy())


class Books:
    """The accounts of all clients.

    A fork costs next to nothing. Any thread may read a fork while another goes on with the original. `bookmark` is how
    far the last audit came that began with these books; None before the first.
    """

    bookmark: "Bookmark | None" = None

    def __init__(self) -> None:
        self._shelf, self._parts = _Shelf({}), _Shelf({})
        self._renewals, self._refused_names = Renewals(), RefusedNames()
        self._tombstones, self._owns_tombstones = TombstoneIndex(), True

    @property
    def clients(self) -> dict[str, Account]:
        """The account of each client, by the first of its names."""
        return self._shelf.accounts

    def fold(self, entry: Entry, crm: FakeCrm) -> None:
        """Enter a request that the journal drops."""
        self.enter(entry, self.visibility(crm))

    def visibility(self, crm: FakeCrm) -> "CrmVisibility":
        """What lists of this CRM showed, for requests that are entered here."""
        if not self._owns_tombstones:
            self._tombstones, self._owns_tombstones = self._tombstones.copy(), True
        return CrmVisibility(crm, self._tombstones)

    def enter(self, entry: Entry, visibility: "CrmVisibility") -> None:
        """Enter a request that was answered.

        Clients beyond those that a journal tells apart have no account, nor has one that only sent OPTIONS and HEAD.
        """
        if entry.client == OTHERS or not (entry.makes_client or self._knows(entry.client)):
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
        return name in self.clients or name in self._parts.accounts

    def _note_refusal(self, entry: Entry) -> None:
        if entry.status != UNAUTHORIZED:
            account = self._parts.accounts.get(entry.client) or self.clients.get(entry.client)
            self._refused_names.let_in(entry, account.caller.requests if account else 0)
        elif concerns(entry.client) and not self._renewals.was_let_in(entry.client):
            self._refused_names.refused(entry)

    def _known_to(self, name: str, thing: Borrowed) -> Sequence[str]:
        """The clients that know something: none if that of this name does, else two at most."""
        own = self.clients.get(name)
        if len(self.clients) > MAX_COMPARED or (own and own.knows(thing)):
            return ()
        knowing = (each for each, account in self.clients.items() if account.knows(thing))
        return [*islice(knowing, 2)]

    def _continue(self, first: str, name: str) -> None:
        """Have a client go on under another name. Each name keeps its own account, in case the first comes back."""
        if first not in self._parts.accounts:
            self._shelf.move(first, self._parts)
            self._shelf.put(first, self._parts.accounts[first].copy())
        if name in self.clients:
            self._shelf.move(name, self._parts)
        caller = self._shelf.own(first).caller
        caller.other_names |= {name}

    def _end_chain(self, first: str) -> None:
        """Put the accounts of all its names in the place of a chain's."""
        for name in (first, *self.clients[first].caller.other_names):
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
                account,
                (doubts[name],) if name in doubts else (),
            )
            for name, account in sorted(self.clients.items())
            if name not in known_as
        ]

    def open(self, client: str) -> None:
        """Have an account of a client, empty if there is none."""
        if client != OTHERS and not self._knows(client):
            self._shelf.own(client)

    def fork(self) -> "Books":
        copy = Books()
        copy._shelf, copy._parts = self._shelf.fork(), self._parts.fork()
        copy._renewals, copy._refused_names = self._renewals.copy(), self._refused_names.copy()
        copy._tombstones, copy._owns_tombstones = self._tombstones, False
        self._owns_tombstones = False
        return copy


class Bookmark(NamedTuple):
    """How far an audit came: its `books` have all requests up to the number `last`, none of which can change any more.

    They were entered under a dialect, out of a journal that had given so many `answers`, and so many of them `late`.
    The books are never written again: whoever goes on from them makes a fork.
    """

    books: Books
    last: int
    answers: int
    late: int
    dialect: Dialect

    def leads_to(self, journal: JournalCopy[Books], dialect: Dialect) -> bool:
        """Whether an audit of a later journal comes to the same if it goes on from here.

        What the journal has dropped since must be in these books, in the order in which it was dropped.
        """
        earlier = self.answers <= journal.answers and self.dialect is dialect
        return earlier and self.late == journal.late and journal.dropped.last <= self.last


class CrmVisibility:
    """What lists of a CRM showed at each moment; see `ledger.Visibility` and `resurrections.TombstoneVisibility`.

    A full journal folds its oldest entries while another thread may hold the CRM's lock, so only such data are read
    here as a write never leaves half changed.
    """

    def __init__(self, crm: FakeCrm, tombstones: TombstoneIndex) -> None:
        self._crm, self._store, self._tombstones = crm, crm.store, tombstones

    def place_of(self, entry: Entry) -> RecordPlace | None:
        return place_of(entry, self._crm)

    def place_of_change(self, change: Change) -> RecordPlace:
        return place_of_change(change, self._crm)

    def visible(self, change: Change, point: VisibilityPoint) -> bool:
        if not change.delayed:
            return change.seq <= point.seen
        place = self._store.revealed_place(change.seq)
        return place is not None and place < point.revealed

    def stamp(self, change: Change) -> datetime:
        return self._store.shown_stamp(change)

    def latest(self, kind: str, record_id: str) -> Change | None:
        return self._store.of(KINDS[kind]).latest(record_id)

    def remembered(self, tombstone: Change, at: datetime) -> bool:
        horizon = self._crm.horizon(at)
        return horizon is None or self.stamp(tombstone) >= horizon

    def deleted_like(self, wanted: Fingerprint, before: Change) -> Sequence[str]:
        return self._tombstones.of(wanted, self._store, before.seq)
