"""What refers to a record: others by links, events by the addresses of attendees too (contract, section 8)."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from mockcrm.crm.change import Change
from mockcrm.crm.fake_crm import FakeCrm
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.fields import holds_addresses
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.kinds.registry import kind_of
from mockcrm.crm.record import Record


class Related(NamedTuple):
    """The latest version of a live record that refers to another, and the places where it does.

    A place is a field, with the number of a member where that is a list: `accountId`, `attendees.0.emailAddress`.
    """

    change: Change
    places: Sequence[str]


def related(crm: FakeCrm, record: Record, kind: Kind) -> Iterator[Related]:
    """The live records of a kind that refer to a record: events by their start, others by their ids. Costs O(n).

    An attendee with one of the record's e-mail addresses refers to it too, whatever their case.
    """
    refers = kind.record_links.finder({record.kind: (record.id,)})
    addresses = _addresses(record) if kind is EVENT else frozenset()
    for change in crm.store.of(kind).live():
        places = []
        if refers(change.record):
            links = kind.links(change.record)
            places = [each.field for each in links if (each.kind, each.id) == (record.kind, record.id)]
        if addresses:
            places += _places_of(addresses, change)
        if places:
            yield Related(change, places)


def _addresses(record: Any) -> frozenset[str]:
    """The addresses of a person. An e-mail has those of others."""
    kind = kind_of(record)
    if kind.name not in EVENT.targets:
        return frozenset()
    values = (getattr(record, attribute) for name, attribute in kind.fields.items() if holds_addresses(name))
    texts = (text for value in values if value for text in ((value,) if isinstance(value, str) else value))
    return frozenset(text.casefold() for text in texts)


def _places_of(addresses: frozenset[str], change: Change) -> Iterator[str]:
    for at, attendee in enumerate(change.event.attendees):
        address = attendee.email_address
        if address is not None and address.casefold() in addresses:
            yield f"attendees.{at}.emailAddress"
