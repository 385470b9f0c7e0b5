"""Draws what happens to records of other kinds than events, and to the links between them, for random scenarios.

A client is owed nothing of a kind that it never asks for. So only records of the kinds that a client follows are drawn.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from mockcrm.base.declaring import dataclass
from mockcrm.crm.dialect.knobs import CONTROLS
from mockcrm.crm.kinds.event_schema import AttendeeSchema, EventSchema
from mockcrm.crm.kinds.fields import IdText
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.kinds.registry import KINDS

RECORD_KNOBS: Mapping[str, Sequence[Any]] = {
    "references": ["drop", "refuse"],
    "onDelete": ["drop", "block"],
    "merged": ["pointer", "follow"],
}
"""Knobs that matter for records that refer to others, and with which no correct client loses anything."""
MOST_OF_A_KIND = 2
"""How many records of a kind there are at first, at most."""
REPOINTS = ("bump", "none")
"""What becomes of links in a merge. Without a new stamp no delta would show it."""
_ADDRESS = "emailAddress"
_IN_ATTENDEES: Mapping[str, str] = {
    of.target: name for name, of in AttendeeSchema().fields.items() if hasattr(of, "target")
}
"""The field of an attendee that has the id of a record, by the record's kind."""
_OWNERS = frozenset(of.target for of in EventSchema(CONTROLS).fields.values() if isinstance(of, IdText))
"""The kinds of those to whom the CRM gives events."""


@dataclass(frozen=True)
class DrawnRecord:
    """A record: its kind, key and main address, if it has one."""

    kind: Kind
    key: str
    address: str | None = None


@dataclass
class RecordDrawing:
    """The records of a scenario while it is drawn. Only `living` ones are linked to.

    What is `linked` to may block its deletion, where the dialect `blocks` that. `modifiers` draws those of a write.
    """

    draw: random.Random
    kinds: Sequence[Kind]
    modifiers: Callable[[], Mapping[str, Any]]
    blocks: bool = False
    living: list[DrawnRecord] = field(default_factory=list)
    deleted: list[DrawnRecord] = field(default_factory=list)
    linked: set[str] = field(default_factory=set)
    count: int = 0

    def sections(self, least: int = 0) -> dict[str, list[Mapping[str, Any]]]:
        """The records at first, by the sections of a fixture file: so many of each kind at least."""
        found: dict[str, list[Mapping[str, Any]]] = {}
        for kind in self.kinds:
            for _ in range(self.draw.randint(least, MOST_OF_A_KIND)):
                record, content = self._new(kind)
                found.setdefault(kind.path, []).append({"key": record.key, **content})
        return found

    @property
    def actions(self) -> list[Callable[[], Iterator[Mapping[str, Any]]]]:
        """What may happen, as often as it is to happen: each draws the steps."""
        often = [self._create, self._edit, self._edit]
        return [*often, self._touch, self._delete, self._restore, self._merge]

    def links(self) -> dict[str, Any]:
        """Fields of an event that refer to a living record; none if there is no record to refer to."""
        able = [each for each in self.living if each.kind.name in _IN_ATTENDEES or each.kind.linkable]
        if not able:
            return {}
        record = self.draw.choice(able)
        self.linked.add(record.key)
        if record.kind.name in _IN_ATTENDEES and (not record.kind.linkable or self._by_chance(0.5)):
            address = {_ADDRESS: record.address} if record.address else {}
            return {"attendees": [{**address, _IN_ATTENDEES[record.kind.name]: record.key}]}
        return {"relatedTo": [{"type": record.kind.title, "id": record.key}]}

    def invited(self) -> list[Mapping[str, Any]]:
        """Somebody whom a user invites by the address alone. Users of the CRM are not among them."""
        able = [each for each in self.living if each.address and each.kind.linkable]
        if not able:
            return []
        record = self.draw.choice(able)
        self.linked.add(record.key)
        address = str(record.address)
        return [{_ADDRESS: address.upper() if self._by_chance(0.3) else address}]

    # What happens to a record

    def _create(self) -> Iterator[Mapping[str, Any]]:
        kind = self.draw.choice(self.kinds)
        record, content = self._new(kind)
        yield {"create": {"kind": kind.name, "key": record.key, "set": content, **self.modifiers()}}

    def _edit(self) -> Iterator[Mapping[str, Any]]:
        if record := self._any(self.living):
            content = self._content(record.kind)
            name = self.draw.choice([*content])
            changed = {"set": {name: content[name]}, **self.modifiers()}
            yield {"edit": {"kind": record.kind.name, "record": record.key, **changed}}

    def _touch(self) -> Iterator[Mapping[str, Any]]:
        if record := self._any(self.living):
            yield {"touch": {"kind": record.kind.name, "records": [record.key], **self.modifiers()}}

    def _delete(self) -> Iterator[Mapping[str, Any]]:
        if record := self._any([each for each in self.living if not (self.blocks and self._is_linked(each))]):
            self._bury(record)
            yield {"delete": {"kind": record.kind.name, "record": record.key, **self.modifiers()}}

    def _restore(self) -> Iterator[Mapping[str, Any]]:
        if record := self._any(self.deleted):
            self.deleted.remove(record)
            self.living.append(record)
            yield {"restore": {"kind": record.kind.name, "record": record.key}}

    def _merge(self) -> Iterator[Mapping[str, Any]]:
        kinds = [kind for kind in self.kinds if kind.mergeable and len(self._of(kind)) > 1]
        if not kinds:
            return
        kind = self.draw.choice(kinds)
        into, loser = self.draw.sample(self._of(kind), 2)
        self._bury(loser)
        self.linked |= {into.key} if loser.key in self.linked else set()
        repoint = self.draw.choice(REPOINTS)
        yield {"merge": {"kind": kind.name, "into": into.key, "from": [loser.key], "repoint": repoint}}

    def _is_linked(self, record: DrawnRecord) -> bool:
        return record.key in self.linked or record.kind.name in _OWNERS

    def _bury(self, record: DrawnRecord) -> None:
        self.living.remove(record)
        self.deleted.append(record)

    # Content

    def _new(self, kind: Kind) -> tuple[DrawnRecord, Mapping[str, Any]]:
        content = self._content(kind)
        address = content.get(_ADDRESS) if _ADDRESS in kind.fields else None
        record = DrawnRecord(kind, f"{kind.name}{self.count}", address)
        self.living.append(record)
        return record, content

    def _content(self, kind: Kind) -> dict[str, Any]:
        """Content that there was never before: what a record is called, its address, and by chance a link."""
        self.count += 1
        first = next(iter(kind.sample))
        fields = kind.schema(CONTROLS).fields
        names = [first, *(name for name, of in fields.items() if of.required)]
        content = dict.fromkeys(names, f"{kind.title} {self.count}")
        if _ADDRESS in kind.fields:
            content[_ADDRESS] = f"{kind.name}{self.count}@acme.example"
        for name, of in fields.items():
            if isinstance(of, IdText) and self._by_chance(0.3):
                content |= self._link(name, of.target)
        return content

    def _link(self, name: str, target: str) -> Mapping[str, Any]:
        record = self._any([each for each in self.living if each.kind.name == target])
        if record is None:
            return {}
        self.linked.add(record.key)
        return {name: record.key}

    def _of(self, kind: Kind) -> list[DrawnRecord]:
        return [each for each in self.living if each.kind is kind]

    def _any(self, records: Sequence[DrawnRecord]) -> DrawnRecord | None:
        return self.draw.choice(records) if records else None

    def _by_chance(self, chance: float) -> bool:
        return self.draw.random() < chance


def kinds_named(names: Sequence[str]) -> Sequence[Kind]:
    """The kinds of these names, in the order of the registry."""
    return [kind for name, kind in KINDS.items() if name in names]
