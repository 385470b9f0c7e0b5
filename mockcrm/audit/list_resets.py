"""What a write reset inside a list: it named a member again, but without all that the member had."""

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any, NamedTuple

from mockcrm.audit.kind_checks import checks_of
from mockcrm.audit.ledger import Ledger
from mockcrm.audit.phrases import MAX_NAME_SHOWN, enumerated
from mockcrm.crm.change import Change
from mockcrm.crm.kinds.registry import kind_of
from mockcrm.crm.rendering import shown_record
from mockcrm.journal.entry import Entry

MAX_MEMBERS_NAMED = 3
"""How many members a sentence names."""
MAX_ALIKE = 10
"""How many members of one identity are compared."""

ListMember = Mapping[str, Any]
"""A member of a list in JSON's types."""

_PERSON = ("emailAddress", "userId", "contactId")
_DEFAULTS = {"status": "NeedsAction"}


class ListReset(NamedTuple):
    """What the members of the list `field` lost: `attribute` had been delivered, and the write does not name it.

    `lost` has the members as they were.
    """

    field: str
    attribute: str
    lost: tuple[ListMember, ...]

    @property
    def is_unknown(self) -> bool:
        """Whether the attribute is none of the contract's."""
        return self.attribute not in (*_PERSON, "status", "name")

    @property
    def title(self) -> str:
        """`answers of attendees`."""
        return f"{'answers' if self.attribute == 'status' else self.attribute} of {self.field}"

    @property
    def sentence(self) -> str:
        """Whose values were reset, and how."""
        named = f"It named {_people(self.lost)} without {self.attribute}"
        if self.attribute != "status":
            return f"{named}, which emptied it."
        answers = [each["status"] for each in self.lost]
        alike = f"all {answers[0]}" if len({*answers}) == 1 < len(answers) else enumerated(answers[:MAX_MEMBERS_NAMED])
        were = f"answers, {alike}" if len(answers) > 1 else f"answer, {alike}"
        return f"{named}, so their {were}, fell back to NeedsAction."


def list_resets(ledger: Ledger, entry: Entry, change: Change, prior: Change, names: Set[str]) -> list[ListReset]:
    """What a write reset inside those of the fields `names` that are lists."""
    of_kind = checks_of(kind_of(change.record)).lists
    lists = [name for name in of_kind if name in names and name in entry.named_fields]
    found: dict[tuple[str, str], list[ListMember]] = {}
    for name in lists:
        known = ledger.delivered_by(change.record.id, entry.answers_seen, name)
        sent = _members(entry.json, name)
        after, before = _list(change, name), _list(prior, name)
        if known is None or sent is None or len(sent) != len(after):
            continue
        for member, attribute in _resets(sent, after, before, _list(known.change, name)):
            found.setdefault((name, attribute), []).append(member)
    return [ListReset(name, attribute, tuple(lost)) for (name, attribute), lost in found.items()]


def _members(body: Any, name: str) -> Sequence[ListMember] | None:
    """The members of a list as they were sent; None if the body was not kept."""
    sent = body.get(name) if isinstance(body, dict) else None
    return [sent] if isinstance(sent, dict) else sent


def _list(change: Change, name: str) -> Sequence[ListMember]:
    members: Sequence[ListMember] = shown_record(change)[name]
    return members


def _resets(
    sent: Sequence[ListMember], after: Sequence[ListMember], before: Sequence[ListMember], known: Sequence[ListMember]
) -> Iterator[tuple[ListMember, str]]:
    """The members that lost something which had been delivered, with what each lost.

    One person may be named twice: what one of the two still has is not lost.
    """
    now, delivered = _places(after), _places(known)
    for member in before:
        places, seen = _same(now, member), [known[place] for place in _same(delivered, member)]
        for attribute, value in member.items() if places else ():
            default = _DEFAULTS.get(attribute)
            if value == default or not any(each.get(attribute) == value for each in seen):
                continue
            if all(attribute not in sent[place] and after[place].get(attribute) == default for place in places):
                yield member, attribute


def _places(members: Sequence[ListMember]) -> dict[tuple[str, Any], list[int]]:
    """Where the members of each identity stand: the first of them."""
    found: dict[tuple[str, Any], list[int]] = {}
    for place, member in enumerate(members):
        for identity in _identities(member):
            if len(places := found.setdefault(identity, [])) < MAX_ALIKE:
                places.append(place)
    return found


def _same(places: Mapping[tuple[str, Any], list[int]], member: ListMember) -> set[int]:
    return {place for identity in _identities(member) for place in places.get(identity, ())}


def _identities(member: ListMember) -> Iterator[tuple[str, Any]]:
    """What a member is known by: a record of the CRM by its type and id, a person by any of three."""
    if "type" in member:
        yield member["type"], member["id"]
        return
    for name in _PERSON:
        if (value := member.get(name)) is not None:
            yield name, value.lower() if name == "emailAddress" else value


def _people(members: Sequence[ListMember]) -> str:
    names = [_name(member) for member in members[:MAX_MEMBERS_NAMED]]
    if others := len(members) - len(names):
        return f"{', '.join(names)} and {others} other{'s' * (others > 1)}"
    return enumerated(names)


def _name(member: ListMember) -> str:
    if "type" in member:
        return f"{member['type']} {member['id']}"[:MAX_NAME_SHOWN]
    return next(str(member[name]) for name in _PERSON if member[name] is not None)[:MAX_NAME_SHOWN]
