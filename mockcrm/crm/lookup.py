"""Looking up live records by a value that they have: the children of an event, the user with an address."""

from collections.abc import Callable, Iterable
from copy import copy
from typing import Any

from mockcrm.base.copy_on_write import ForkedMap
from mockcrm.crm.change import Change

LookupValues = Callable[[Any], Iterable[str]]
"""The values under which a record is looked up."""


class Lookup:
    """The ids of the live records that have a value, by their latest versions.

    A look-up costs O(1), a fork the copy of a short list.
    """

    def __init__(self, values: LookupValues) -> None:
        self._values = values
        self._ids: ForkedMap[str, tuple[str, ...]] = ForkedMap()

    def ids(self, value: str) -> tuple[str, ...]:
        """The ids of the records with a value, in their order."""
        return self._ids.get(value) or ()

    def enter(self, change: Change, before: Change | None) -> None:
        """Enter the latest version of a record, in the place of the one before."""
        was = frozenset() if before is None or before.deleted else frozenset(self._values(before.record))
        now = frozenset() if change.deleted else frozenset(self._values(change.record))
        for value in was - now:
            self._set(value, tuple(each for each in self.ids(value) if each != change.record.id))
        for value in now - was:
            self._set(value, tuple(sorted((*self.ids(value), change.record.id))))

    def _set(self, value: str, ids: tuple[str, ...]) -> None:
        if ids:
            self._ids.set(value, ids)
        else:
            self._ids.discard(value)

    def fork(self) -> "Lookup":
        twin = copy(self)
        twin._ids = self._ids.fork()
        return twin
