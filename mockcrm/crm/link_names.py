"""The names of linked records, as `relatedTo` shows them: those that the records have at present (contract, section 8).

A record is written with the names of that moment. A later rename changes no record that links to what was renamed:
where such a record is shown, its links are given the present names.
"""

from dataclasses import replace
from operator import is_not
from typing import Any

from mockcrm.crm.event import RelatedTo
from mockcrm.crm.kinds.links import kind_of_type
from mockcrm.crm.kinds.registry import kind_of
from mockcrm.crm.record import Record
from mockcrm.crm.store import LinkNames, Store


def with_names(store: Store, record: Any) -> Any:
    """A record that is to be written, whose links have the names of what they lead to; else the same object.

    A deleted record keeps its last name. A link that leads nowhere has the name that its writer gave it.
    """
    for attribute in kind_of(record).record_links.named:
        links = getattr(record, attribute)
        if not links:
            continue
        named = [_named(store, link) for link in links]
        # Links compare as equal if they differ by their names alone.
        if any(map(is_not, links, named)):
            record = replace(record, **{attribute: tuple(named)})
    return record


def with_present_names(known: LinkNames, record: Any) -> Any:
    """The same of a record that was written: it looks only at what was renamed since the beginning."""
    for attribute in kind_of(record).record_links.named:
        links = getattr(record, attribute)
        for link in links:
            if (link.type, link.id) in known.names:
                record = replace(record, **{attribute: tuple(_renamed(known, each) for each in links)})
                break
    return record


def target_of(store: Store, link_type: str, record_id: str) -> Record | None:
    """What a link leads to, in its latest version, deleted or not; None if there never was such a record."""
    records = store.collections.get(kind_of_type(link_type))
    found = records and records.latest(record_id)
    return found.record if found else None


def _named(store: Store, link: RelatedTo) -> RelatedTo:
    if link.resolves:
        return _renamed(store.link_names, link)
    target = target_of(store, link.type, link.id)
    return replace(link, name=kind_of(target).label(target), resolves=True) if target else link


def _renamed(known: LinkNames, link: RelatedTo) -> RelatedTo:
    key, names = (link.type, link.id), known.names
    if key not in names or (link.resolves and link.name == names[key]):
        return link
    return replace(link, name=names[key], resolves=True)
