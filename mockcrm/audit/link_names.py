"""The names of linked records in a client's replica, which are no content of the records that link to them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.link_names import target_of
from mockcrm.crm.store import Store

_NAMED = frozenset(name for kind in KINDS.values() for name in kind.record_links.named_fields)
"""The fields, of any kind, whose links have names."""


def without_link_names(store: Store, records: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The records of a replica, whose links have no names where they lead to a record.

    A rename changes no stamp: a client need not know the present name, nor forget the name of another day.
    """
    for record in records:
        named = {name: _unnamed(store, record[name]) for name in _NAMED & record.keys()}
        yield {**record, **named} if named else record


def _unnamed(store: Store, value: Any) -> Any:
    if isinstance(value, list):
        return [_unnamed(store, each) for each in value]
    if not isinstance(value, dict) or "name" not in value:
        return value
    of, named = value.get("type"), value.get("id")
    if not isinstance(of, str) or not isinstance(named, str) or target_of(store, of, named) is None:
        return value
    return {name: each for name, each in value.items() if name != "name"}
