"""The records that a scenario starts with, in an order in which each comes after those that it refers to."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from mockcrm.base.declaring import dataclass
from mockcrm.base.schema.fields import LONG
from mockcrm.crm.drafts import Draft
from mockcrm.crm.fake_crm import FakeCrm
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.names import RecordName

_DEPTH = 2
"""How deep a reference is in a field: in an object in a list."""


@dataclass(frozen=True, slots=True, eq=False)
class StartRecord:
    """A record: its `arguments` of `actions.create`, and its `place` in the section of its kind."""

    place: int
    arguments: Mapping[str, Any]

    @property
    def content(self) -> Draft:
        content: Draft = self.arguments["content"]
        return content

    @property
    def kind(self) -> Kind:
        return self.content.kind

    @property
    def key(self) -> str | None:
        return self.arguments.get("key")

    @property
    def named(self) -> RecordName | None:
        """Its kind and the id that it brings, if it brings one."""
        return RecordName(self.kind.name, self.content.id) if isinstance(self.content.id, str) else None

    def names(self) -> Iterator[str]:
        """The texts in the fields that refer to other records. Keys are among them."""
        return (text for text, _ in self._links())

    def referred(self, keyed: Mapping[str, "StartRecord"], named: Mapping[RecordName, "StartRecord"]) -> Iterator[Any]:
        """The records, by keys and by kinds and ids, that it may refer to."""
        for text, targets in self._links():
            if text in keyed:
                yield keyed[text]
            else:
                yield from (found for kind in targets if (found := named.get(RecordName(kind, text))))

    def _links(self) -> Iterator[tuple[str, Sequence[str]]]:
        """The texts in the fields that refer to other records, each with the kinds to which such a field can lead."""
        body = self.content.body
        if isinstance(body, Mapping):
            for field in self.kind.record_links.fields:
                yield from ((text, field.targets) for text in _texts(body.get(field.name), _DEPTH))


def _texts(value: Any, depth: int) -> Iterator[str]:
    """The texts in a value, and its whole numbers: Longs are ids as well."""
    if isinstance(value, str):
        yield value
    elif type(value) is int:
        yield str(value) if abs(value) <= LONG else ""
    elif depth and isinstance(value, list | Mapping):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(each, depth - 1)


@contextmanager
def bringing(crm: FakeCrm, records: Iterable[StartRecord]) -> Iterator[None]:
    """Within it, records are loaded that bring their ids: the CRM gives those to no other record."""
    crm.names.reserved = frozenset(filter(None, (each.named for each in records)))
    try:
        yield
    finally:
        crm.names.reserved = frozenset()


def loading_order(sections: Mapping[str, Sequence[Mapping[str, Any]]]) -> tuple[StartRecord, ...]:
    """The records of sections, which are named by the paths of kinds, in the order in which they are loaded.

    That is the order of the file, kind by kind, but for records that refer to later ones, by keys or ids: those come
    first. Of records that refer to each other, one stays where it is.
    """
    records = [
        StartRecord(place, arguments)
        for kind in _kinds_in_order()
        for place, arguments in enumerate(sections.get(kind.path, ()))
    ]
    keyed = {each.key: each for each in reversed(records) if each.key is not None}
    named = {each.named: each for each in reversed(records) if each.named is not None}
    if not keyed and not named:
        return tuple(records)
    found: dict[StartRecord, None] = {}
    entered: set[StartRecord] = set()
    for record in records:
        # Without recursion: a chain may be long.
        path = [(record, record.referred(keyed, named))]
        while path:
            at, referred = path[-1]
            entered.add(at)
            later = next((each for each in referred if each not in entered), None)
            if later is not None:
                path.append((later, later.referred(keyed, named)))
            else:
                found.setdefault(at)
                path.pop()
    return tuple(found)


def _kinds_in_order() -> Sequence[Kind]:
    """All kinds, each after those that it refers to, as far as there is such an order. Events come last."""
    found: dict[str, Kind] = {}

    def enter(kind: Kind, above: tuple[str, ...] = ()) -> None:
        for name in sorted(kind.targets, key=[*KINDS].index):
            if name not in found and name not in (*above, kind.name) and name != EVENT.name:
                enter(KINDS[name], (*above, kind.name))
        found.setdefault(kind.name, kind)

    for kind in KINDS.values():
        if kind is not EVENT:
            enter(kind)
    return (*found.values(), EVENT)
