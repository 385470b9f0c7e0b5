"""Records that are invented for a CRM, with the people and companies that they refer to (contract, section 8)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from random import Random
from typing import Any, cast

from mockcrm.crm.children import families
from mockcrm.crm.event import Event
from mockcrm.crm.fake_crm import FakeCrm, Invented
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.kinds.registry import KINDS, kind_of
from mockcrm.crm.record import Record
from mockcrm.crm.seeding import directory, generator
from mockcrm.crm.seeding.people import LOCALES
from mockcrm.crm.seeding.population import Casting
from mockcrm.crm.seeding.world import Inventor, World

MAX_DRAWN_UPON = 50
"""Of how many users, contacts, leads, accounts and opportunities, the first of each, a settled CRM's people are."""


class Inhabitants:
    """The records that a CRM has, of each kind at most the first `most`, and the ids that it will give."""

    def __init__(self, crm: FakeCrm, most: int | None = None) -> None:
        self.crm, self._most = crm, most
        self._ids: dict[str, Iterator[str]] = {}

    def live(self, kind: str) -> Sequence[Any]:
        return [change.record for change in self.crm.store.of(KINDS[kind]).live(self._most)]

    def label(self, record: Record) -> str:
        return kind_of(record).label(record) or ""

    def ids(self, kind: str) -> Iterator[str]:
        if kind not in self._ids:
            self._ids[kind] = self.crm.names.free_ids(self.crm.store, KINDS[kind], self.crm.dialect.id_form)
        return self._ids[kind]


class Invention(Invented):
    """Some invented records of a kind, drawn by `seed`; and what they need beside them, once they are drawn.

    They lie between the two instants of `window`. Invented people have names from `locales`, and only they are drawn
    upon where these are given. In a CRM that is `settled`, they are drawn upon only while it has few people.
    """

    def __init__(
        self,
        crm: FakeCrm,
        seed: int,
        window: tuple[datetime, datetime],
        locales: Sequence[str] | None = None,
        *,
        settled: bool = False,
    ) -> None:
        choice = Casting(tuple(dict.fromkeys(locales or LOCALES)), chosen=locales is not None, settled=settled)
        self._there = Inhabitants(crm, MAX_DRAWN_UPON if settled else None)
        self._world = World(self._there, *window, choice, crm.primary_id)
        self._seed = seed

    def ids(self, kind: Kind) -> Iterator[str]:
        """The ids of the next records of a kind, behind those that were invented."""
        return self._there.ids(kind.name)

    def records(self, kind: Kind, count: int) -> Iterator[Record]:
        """The records themselves."""
        ids = self.ids(kind)
        if kind is EVENT:
            return generator.invent(count, self._seed, self._world, ids.__next__)
        return self._of_kind(kind, count, ids)

    def _of_kind(self, kind: Kind, count: int, ids: Iterator[str]) -> Iterator[Record]:
        invent: Inventor = getattr(directory, kind.invent)
        chance = Random(self._seed)
        for _ in range(count):
            yield kind.record(id=next(ids), **invent(chance, self._world))

    def beside(self) -> Sequence[tuple[Kind, Sequence[Record]]]:
        """What the records refer to and is new, by kind."""
        self._world.finish()
        return [
            (kind, [kind.record(id=record_id, **values) for record_id, values in made.items()])
            for kind, made in ((KINDS[name], made) for name, made in self._world.made.items())
            if made
        ]

    def most_children(self, records: Sequence[Record]) -> int:
        """The most child events that invented records can have."""
        if self._there.crm.dialect.child_events == "none":
            return 0
        return sum(len(record.attendees) for record in records if isinstance(record, Event))

    def with_children(self, records: Sequence[Record]) -> Iterable[Record]:
        """The records with their child events."""
        if not records or not isinstance(records[0], Event):
            return records
        return families(self._there.crm, cast("Sequence[Event]", records), self.ids(EVENT))
