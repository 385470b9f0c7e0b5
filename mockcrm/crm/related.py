"""What refers to a record: others by links, events by the addresses of attendees too; and who has an address."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from mockcrm.crm.change import Change
from mockcrm.crm.fake_crm import FakeCrm
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.fields import holds_addresses
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.kinds.registry import KINDS, kind_of
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
    addresses = frozenset(_addresses(record)) if kind is EVENT else frozenset()
    for change in crm.store.of(kind).live():
        places = []
        if refers(change.record):
            links = kind.links(change.record)
            places = [each.field for each in links if (each.kind, each.id) == (record.kind, record.id)]
        if addresses:
            places += _places_of(addresses, change)
        if places:
            yield Related(change, places)


def people_with(crm: FakeCrm, address: str) -> Iterator[Change]:
    """The latest versions of the live records of people who have an e-mail address, whatever its case.

    They come by kind, then by id. A look-up costs O(1), the first one in a CRM O(n).
    """
    for kind in KINDS.values():
        if kind.name in EVENT.targets and any(map(holds_addresses, kind.fields)):
            yield from crm.store.of(kind).having(_addresses, address.casefold())


def _addresses(record: Any) -> Iterator[str]:
    """The addresses of a person. An e-mail has those of others."""
    kind = kind_of(record)
    if kind.name not in EVENT.targets:
        return
    for name, attribute in kind.fields.items():
        if holds_addresses(name) and (value := getattr(record, attribute)):
            yield from (text.casefold() for text in ((value,) if isinstance(value, str) else value))


def _places_of(addresses: frozenset[str], change: Change) -> Iterator[str]:
    for at, attendee in enumerate(change.event.attendees):
        address = attendee.email_address
        if address is not None and address.casefold() in addresses:
            yield f"attendees.{at}.emailAddress"
