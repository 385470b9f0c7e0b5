"""The people in the CRM: a replica of its users, contacts and leads, each kept by its own delta."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from datetime import datetime

from mockcrm.base.declaring import dataclass
from mockcrm.reference_client.crm_api import CrmApi, expect_success, in_attempts
from mockcrm.reference_client.mailbox import Fields
from mockcrm.reference_client.normalize import EventRow
from mockcrm.reference_client.paging import MAX_PAGES, ListCopy, Setting
from mockcrm.reference_client.pull import Puller
from mockcrm.reference_client.safeguards import Safeguard

USERS, CONTACTS, LEADS = "/users", "/contacts", "/leads"
PATHS = (USERS, CONTACTS, LEADS)
"""The lists of people. Who is in several of them counts as what comes first."""
CALLER = f"{USERS}/me"
MOST_ADDRESSES = 50
"""How many addresses the client asks for in one request."""


@dataclass(frozen=True)
class KnownPerson:
    """A user, a contact or a lead, as `path` says, with the `row` that the CRM showed last."""

    path: str
    row: EventRow

    @property
    def id(self) -> str:
        found: str = self.row["id"]
        return found

    @property
    def addresses(self) -> Sequence[str | None]:
        """All addresses, the main one first: None or empty without one."""
        return [self.row.get("emailAddress"), *(self.row.get("otherEmailAddresses") or ())]

    @property
    def identity(self) -> Fields:
        """What makes an attendee this person. A lead is known by the address alone."""
        if self.path == USERS:
            return {"userId": self.id}
        # Where ids are digits, a contact's id is a number in attendees (contract, section 8).
        return {"contactId": int(self.id) if self.id.isdecimal() else self.id} if self.path == CONTACTS else {}

    @property
    def links(self) -> list[Fields]:
        """What a meeting with this person is related to."""
        if self.path == USERS:
            return []
        own = {"type": "Contact" if self.path == CONTACTS else "Lead", "id": self.id}
        account_id = self.row.get("accountId")
        return [own, {"type": "Account", "id": account_id}] if account_id else [own]


class People(ListCopy[KnownPerson]):
    """The people of one list, by their ids, as far as the client knows them."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path

    def kept(self, row: EventRow) -> KnownPerson:
        return KnownPerson(self.path, row)


class Directory:
    """Finds people by their addresses. `pullers` follow the lists, and `people` are what these have.

    `read` are the lists that an unfinished sync has read.
    """

    def __init__(self, crm: CrmApi, safeguards: Set[Safeguard], clock: Callable[[], datetime]) -> None:
        self.crm, self.safeguards = crm, safeguards
        self.people = {path: People(path) for path in PATHS}
        self.pullers = {
            path: Puller(Setting(crm, each, safeguards, clock, path=path)) for path, each in self.people.items()
        }
        self.read: set[str] = set()
        self._me: str | None = None

    @property
    def keeps(self) -> bool:
        """Whether it has a replica. Without one it asks for each address by a filter, which knows main ones only."""
        return Safeguard.KEEPS_DIRECTORY in self.safeguards

    def replica(self) -> Mapping[str, Sequence[EventRow]]:
        """The client's copy of each list of people, by the list's name; none if it keeps no copy."""
        kept = self.people if self.keeps else {}
        return {path[1:]: [each.row for each in people.known.values()] for path, people in kept.items()}

    @contextmanager
    def refreshed(self) -> Iterator[None]:
        """A sync, which begins by reading who has changed. Raises `GaveUp`.

        The CRM may make it take several attempts.
        """
        with in_attempts(self.read):
            self._refresh()
            yield

    def _refresh(self) -> None:
        for path, puller in self.pullers.items() if self.keeps else ():
            if path not in self.read:
                puller.update()
                self.read.add(path)

    def folded(self, address: str) -> str:
        """An address as this client compares it."""
        return address.casefold() if Safeguard.MATCHES_ANY_CASE in self.safeguards else address

    def recall(self, addresses: Iterable[str], paths: Sequence[str] = PATHS) -> Mapping[str, KnownPerson]:
        """Those whom the replica has, by their folded addresses; without a replica, whom the CRM finds."""
        if not self.keeps:
            return self.find(addresses, paths)
        wanted = {*map(self.folded, addresses)}
        return self._by_address((each for path in paths for each in self.people[path].known.values()), wanted)

    def find(self, addresses: Iterable[str], paths: Sequence[str] = PATHS) -> Mapping[str, KnownPerson]:
        """Those whom the replica has, or else the CRM by a filter, by their folded addresses. Raises `GaveUp`."""
        wanted = {self.folded(address): address for address in addresses}
        found = {**self.recall(wanted.values(), paths)} if self.keeps else {}
        for path in paths:
            missing = [address for folded, address in wanted.items() if folded not in found]
            some = (missing[start : start + MOST_ADDRESSES] for start in range(0, len(missing), MOST_ADDRESSES))
            rows = (row for each in some for row in self._ask(path, each))
            found |= self._by_address((KnownPerson(path, row) for row in rows), {*map(self.folded, missing)})
        return found

    def me(self) -> str | None:
        """The id of the user whose credentials the client has; None while the CRM knows no such user."""
        if self._me is None:
            response = self.crm.ask("GET", CALLER)
            self._me = None if response.status == 404 else expect_success(response).json["id"]
        return self._me

    def _by_address(self, people: Iterable[KnownPerson], wanted: Set[str]) -> dict[str, KnownPerson]:
        """Whose main address comes before whose other one, and otherwise who comes first."""
        main, other = dict[str, KnownPerson](), dict[str, KnownPerson]()
        for person in people:
            for place, address in enumerate(person.addresses):
                if address:
                    (other if place else main).setdefault(self.folded(address), person)
        return {address: (main.get(address) or other[address]) for address in wanted & (main.keys() | other.keys())}

    def _ask(self, path: str, addresses: Sequence[str]) -> Iterable[EventRow]:
        page = self.crm.page(path, {"emailAddress": addresses})
        yield from page.rows
        for _ in range(MAX_PAGES):
            if page.next_token is None:
                return
            page = self.crm.page(path, {"pageToken": page.next_token})
            yield from page.rows
