"""Makes users and contacts of the people in a calendar, once each, and attendees that name them."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any

from mockcrm.crm.event import Attendee
from mockcrm.crm.seeding.anonymize import identity

if TYPE_CHECKING:
    from mockcrm.crm.ics.events import Person

_LONGEST = 50
"""The most characters of a key that come from an address."""


class ImportedPeople:
    """The people of a calendar, by identity: those in `users` are users of the CRM, the others contacts.

    Their keys are none of those that are `taken`.
    """

    def __init__(self, people: "Mapping[str, Person]", users: Collection[str], taken: Collection[str]) -> None:
        self._people, self._users = people, users
        self._keys: dict[str, str] = {}
        known = set(taken)
        for who, person in people.items():
            self._keys[who] = key = _key(person.address, known)
            known.add(key)

    @property
    def users(self) -> Sequence[Mapping[str, Any]]:
        """The section `users` of a fixture file."""
        return [
            {"key": key, "name": person.name or person.address, "emailAddress": person.address}
            for key, person in self._known(are_users=True)
        ]

    @property
    def contacts(self) -> Sequence[Mapping[str, Any]]:
        """The section `contacts` of a fixture file."""
        return [
            {"key": key, **_names(person.name), "emailAddress": person.address}
            for key, person in self._known(are_users=False)
        ]

    def _known(self, *, are_users: bool) -> "Iterator[tuple[str, Person]]":
        return ((self._keys[who], person) for who, person in self._people.items() if (who in self._users) is are_users)

    def attendee(self, attendee: Attendee) -> Any:
        """An attendee in an event of a fixture file: a key alone for somebody who has not answered."""
        who, said = identity(attendee), {"status": attendee.status}
        if attendee.email_address is None:
            return {"userId": attendee.user_id, **said}
        if who not in self._people:
            return {"emailAddress": attendee.email_address, **said}
        if attendee.status == "NeedsAction" and attendee.email_address == self._people[who].address:
            return self._keys[who]
        named = "userId" if who in self._users else "contactId"
        return {named: self._keys[who], "emailAddress": attendee.email_address, **said}


def users_among(people: "Mapping[str, Person]", own: Sequence[str]) -> frozenset[str]:
    """Who is a user, by identity: those with one of their `own` addresses or domains; without any, all organisers."""
    if not own:
        return frozenset(who for who, person in people.items() if person.organizes)
    known = {each.casefold().removeprefix("@") for each in own}
    return frozenset(who for who in people if who in known or who.rpartition("@")[2] in known)


def _key(address: str, taken: Collection[str]) -> str:
    """A key that is like the first part of an address, and is not taken."""
    like = re.sub(r"[^a-z0-9._-]", "-", address.partition("@")[0].casefold())[:_LONGEST]
    if not like[:1].isalpha():
        like = f"p-{like}"
    numbered = (f"{like}-{number}" for number in count(2))
    return like if like not in taken else next(each for each in numbered if each not in taken)


def _names(name: str) -> Mapping[str, str]:
    """First and last name, as far as they are known. An address is no name."""
    if "@" in name:
        return {}
    last, comma, first = (part.strip() for part in name.partition(","))
    if not comma:
        first, _, last = name.rpartition(" ")
    return {field: each.strip() for field, each in (("firstName", first), ("lastName", last)) if each.strip()}
