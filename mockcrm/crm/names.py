"""What the records of a CRM are called: the ids that it gives, by kind, and the keys that a test gives."""

from collections.abc import Iterator
from copy import copy
from itertools import count
from typing import NamedTuple

from mockcrm.base.copy_on_write import ForkedMap
from mockcrm.crm.ids import ID_FORMS
from mockcrm.crm.kinds.calendars import CALENDAR
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.record import Record
from mockcrm.crm.store import Store
from mockcrm.errors import KeyExists


class RecordName(NamedTuple):
    """A record: its kind by name, and its id."""

    kind: str
    id: str


def record_name(record: Record) -> RecordName:
    return RecordName(record.kind, record.id)


class RecordNames:
    """Ids and keys of the records in a store. `given` counts the ids that were given, by kind; the
    first of calendars is that of the primary.

    `reserved` are ids that records will bring which are still to be loaded: no other record is given one.

    A key is given once, whatever the kind, and no name is the id of one record and the key of another.
    """

    def __init__(self) -> None:
        self.keys: ForkedMap[str, RecordName] = ForkedMap()
        self.key_of: ForkedMap[RecordName, str] = ForkedMap()
        self.given: dict[str, int] = {CALENDAR.name: 1}
        self.reserved: frozenset[RecordName] = frozenset()

    def resolve(self, store: Store, kind: Kind, reference: str) -> str:
        """The id that a reference stands for: the record's for a key of this kind, and anything else for itself."""
        if reference not in store.of(kind) and (named := self.keys.get(reference)) and named.kind == kind.name:
            return named.id
        return reference

    def key(self, record: Record) -> str | None:
        """The key of a record, if it has one."""
        return self.key_of.get(record_name(record))

    def first_id(self, kind: Kind, form: str) -> str:
        """The first id of a kind."""
        return ID_FORMS[form].make(1, kind)

    def next_id(self, kind: Kind, form: str) -> str:
        """The id of the next new record. To ask does not use it up."""
        return ID_FORMS[form].make(self.given.get(kind.name, 0) + 1, kind)

    def free_ids(self, store: Store, kind: Kind, form: str) -> Iterator[str]:
        """The ids of the next new records."""
        make = ID_FORMS[form].make
        names = (make(number, kind) for number in count(self.given.get(kind.name, 0) + 1))
        return (name for name in names if not self._passed_over(store, kind, name))

    def pass_over_taken(self, store: Store, kind: Kind, form: str) -> None:
        """Give no id that a record has."""
        make, given = ID_FORMS[form].make, self.given.get(kind.name, 0)
        while self._passed_over(store, kind, make(given + 1, kind)):
            self.given[kind.name] = given = given + 1

    def _passed_over(self, store: Store, kind: Kind, name: str) -> bool:
        return self.taken(store, kind, name) or (kind.name, name) in self.reserved

    def taken(self, store: Store, kind: Kind, name: str) -> bool:
        """Whether a name is the id of a record of a kind, or a key."""
        return name in store.of(kind) or name in self.keys

    def check_key(self, store: Store, key: str | None) -> None:
        """Raises `KeyExists` for a key that already stands for a record, or is a record's id."""
        if key is None:
            return
        found = self.keys.get(key)
        for collection in store.collections.values():
            found = found or (RecordName(collection.kind.name, key) if key in collection else None)
        if found:
            raise KeyExists(f"The key {key!r} already stands for {found.kind} {found.id}.")

    def give(self, key: str, record: Record) -> None:
        """Give a record its key, for good. `check_key` has passed it."""
        name = record_name(record)
        self.keys.set(key, name)
        self.key_of.set(name, key)

    def fork(self) -> "RecordNames":
        twin = copy(self)
        twin.keys, twin.key_of, twin.given = self.keys.fork(), self.key_of.fork(), dict(self.given)
        return twin
