"""Tells who the attendees of a meeting are: the CRM's users, contacts and leads, by their addresses."""

from collections.abc import Iterable, Mapping, Sequence, Set

from mockcrm.base.declaring import dataclass
from mockcrm.reference_client.directory import USERS, Directory, KnownPerson
from mockcrm.reference_client.mailbox import Fields
from mockcrm.reference_client.safeguards import Safeguard


@dataclass(frozen=True)
class Matched:
    """Fields to write, with the links of those attendees who were found, and the addresses of the `unmatched` ones."""

    content: Fields
    unmatched: Sequence[str]


class PeopleMatcher:
    """Links attendees. `drafts` are meetings whose creation has not succeeded so far: a repetition has to be the same.

    `unmatched` are, by event, the addresses that this client wrote without finding anybody. It tries these again, and
    no others: attendees whom a colleague has left without a contact are the colleague's affair.
    """

    def __init__(self, directory: Directory, safeguards: Set[Safeguard]) -> None:
        self.directory, self.safeguards = directory, safeguards
        self.drafts: dict[str, Matched] = {}
        self.unmatched: dict[str, Sequence[str]] = {}

    def is_internal(self, content: Fields) -> bool:
        """Whether colleagues are among themselves: all attendees are users, and not only the mailbox's owner.

        Raises `GaveUp`.
        """
        addresses = _addresses(content)
        if Safeguard.LEAVES_INTERNAL not in self.safeguards or not addresses:
            return False
        users = self.directory.recall(addresses, (USERS,))
        return users.keys() == {*map(self.directory.folded, addresses)} and not self._are_owner(users.values())

    def _are_owner(self, users: Iterable[KnownPerson]) -> bool:
        return {each.id for each in users} == {self.directory.me()}

    def draft(self, item_id: str, content: Fields) -> Fields:
        """A new meeting with its links. Raises `GaveUp`."""
        if item_id not in self.drafts:
            self.drafts[item_id] = self.matched(content, _addresses(content))
        return self.drafts[item_id].content

    def uploaded(self, item_id: str, event_id: str) -> None:
        """Note that the event of a draft is there."""
        self.note(event_id, self.drafts.pop(item_id).unmatched)

    def note(self, event_id: str, unmatched: Sequence[str]) -> None:
        """Note whom to look for again."""
        if unmatched:
            self.unmatched[event_id] = unmatched
        else:
            self.unmatched.pop(event_id, None)

    def changed(self, event_id: str, changes: Fields, current: Fields) -> Fields:
        """A user's changes to an event, with the links of the attendees who are new. Raises `GaveUp`."""
        if "attendees" not in changes:
            return changes
        had = {*map(self.directory.folded, _addresses(current))}
        added = [each for each in _addresses(changes) if self.directory.folded(each) not in had]
        matched = self.matched({"relatedTo": current["relatedTo"], **changes}, added)
        self.note(event_id, [*self.unmatched.get(event_id, ()), *matched.unmatched])
        return {name: matched.content[name] for name in matched.content if matched.content[name] != current.get(name)}

    def is_found(self, event_id: str) -> bool:
        """Whether the CRM has somebody by now whom it had not when an event was written. Raises `GaveUp`."""
        return Safeguard.RETRIES_UNMATCHED in self.safeguards and bool(self.directory.recall(self.unmatched[event_id]))

    def matched(self, content: Fields, addresses: Iterable[str]) -> Matched:
        """Fields with the links of the attendees with some addresses, unless they have one already. Raises `GaveUp`."""
        folded, wanted = self.directory.folded, {*map(self.directory.folded, addresses)}
        bare = [each["emailAddress"] for each in content.get("attendees", ()) if _is_bare(each)]
        asked = [address for address in bare if folded(address) in wanted]
        found = self.directory.find(asked) if asked else {}
        attendees = [
            {**each, **found[folded(each["emailAddress"])].identity}
            if _is_bare(each) and folded(each["emailAddress"]) in found
            else each
            for each in content.get("attendees", ())
        ]
        links = _with_links(content.get("relatedTo"), [link for each in found.values() for link in each.links])
        known = {"attendees": attendees, "relatedTo": links} if found else {}
        return Matched({**content, **known}, [each for each in asked if folded(each) not in found])


def _addresses(content: Fields) -> list[str]:
    return [each["emailAddress"] for each in content.get("attendees", ()) if each.get("emailAddress")]


def _is_bare(attendee: Fields) -> bool:
    """Whether nothing but an address says who this is."""
    return bool(attendee.get("emailAddress")) and attendee.get("userId") is attendee.get("contactId") is None


def _with_links(shown: Sequence[Fields] | Fields | None, added: Iterable[Fields]) -> Sequence[Fields] | Fields:
    """What an event is related to, and more. Where a CRM shows one link of several, nothing is added to it."""
    if isinstance(shown, Mapping):
        return shown
    links = [*(shown or ())]
    for each in added:
        if not any((link["type"], link["id"]) == (each["type"], each["id"]) for link in links):
            links.append(each)
    return links
