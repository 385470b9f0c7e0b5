"""The change log of one CRM, and the collections of its records, one of each kind.

Nothing is ever removed from the log. All kinds share it, with its numbers and its clock.
"""

from collections.abc import Iterable
from copy import copy
from datetime import datetime, timedelta
from typing import NamedTuple

from mockcrm.base.copy_on_write import AppendOnly, ForkedMap, SortedRows
from mockcrm.base.times import MILLISECOND
from mockcrm.crm.change import Change
from mockcrm.crm.collection import Collection
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.kinds.registry import kind_of
from mockcrm.crm.shelves import shown_stamp


class LinkNames(NamedTuple):
    """The names, by a link's type and id, of all that was renamed since something was linked to it.

    `renamed` is the `seq` of the last such change: what was written later has the names as they are.
    """

    renamed: int
    names: dict[tuple[str, str], str | None]


WRITTEN_NAMES = LinkNames(0, {})
"""The names of links as they were when they were written."""


class Store:
    """The change log, and the collections.

    `grain` is the precision to which stamps are shown and compared (contract, section 4). `given` is a record that is
    there from the start, and in no log. `revealed` counts the delayed changes that have become visible. `link_names`
    are the present names of what links lead to.
    """

    def __init__(self, grain: timedelta = MILLISECOND, given: Change | None = None) -> None:
        self.grain, self._given = grain, given
        self.log: AppendOnly[Change] = AppendOnly()
        self.revealed = 0
        self.link_names = WRITTEN_NAMES
        self._owns_names = False
        self._dangling: ForkedMap[tuple[str, str], bool] = ForkedMap()
        """Type and id of links that led nowhere when they were written."""
        self._places: ForkedMap[int, int] = ForkedMap()
        self._pending: SortedRows[tuple[datetime, int, Change]] = SortedRows()
        self.collections: dict[str, Collection] = {EVENT.name: Collection(EVENT, grain)}
        """By the kind's name. A kind of which nothing was written may have none."""

    def of(self, kind: Kind) -> Collection:
        """The records of one kind."""
        found = self.collections.get(kind.name)
        if found is None:
            found = Collection(kind, self.grain)
            if self._given is not None and self._given.kind == kind.name:
                found.enter(self._given, visible=True)
            found = self.collections.setdefault(kind.name, found)
        return found

    @property
    def events(self) -> Collection:
        """The events."""
        return self.collections[EVENT.name]

    def regrain(self, grain: timedelta) -> None:
        """Show stamps to another precision from now on. Costs O(n log n)."""
        if grain == self.grain:
            return
        self.grain = grain
        for collection in self.collections.values():
            collection.regrain(grain)

    # Reading

    @property
    def last_seq(self) -> int:
        return len(self.log)

    def shown_stamp(self, change: Change) -> datetime:
        """A version's stamp as it is shown and compared."""
        return shown_stamp(change, self.grain)

    def changes(self, after: int = 0, limit: int | None = None) -> list[Change]:
        """At most `limit` changes, from the `seq` after `after` on."""
        stop = self.last_seq if limit is None else min(self.last_seq, after + limit)
        return [self.log[at] for at in range(after, stop)]

    def changes_of(self, kind: Kind) -> list[Change]:
        """All changes of records of one kind."""
        return [change for change in self.changes() if change.kind == kind.name]

    def live_count(self) -> int:
        """How many records of all kinds are live by their latest version, without the one that is given.

        Any thread may ask while one writes.
        """
        given = self._given is not None and self._given.kind in self.collections
        return sum(each.live_count() for each in [*self.collections.values()]) - given

    def known_count(self) -> int:
        """How many records of all kinds there are, deleted ones included."""
        return sum(each.known_count() for each in self.collections.values())

    # Writing

    def commit(self, change: Change, *, visible: bool) -> None:
        """Append a change, and show it in lists if it is `visible`; otherwise `reveal` will show it in time.

        The caller makes sure that it has the next `seq` of the log and the next version of its record.
        """
        self.log.append(change)
        kind = kind_of(change.record)
        self._note_links(kind, (change,))
        if kind.linkable:
            self._note_name(kind, change)
        if not visible:
            self._pending.add((change.visible_at, change.seq, change))
        elif change.delayed:
            self._note_revealed(change)
        self.of(kind).enter(change, visible=visible)

    def commit_all(self, kind: Kind, changes: list[Change]) -> None:
        """Append changes that create visible records of a kind, faster than one by one."""
        for change in changes:
            self.log.append(change)
            if kind.linkable:
                self._note_name(kind, change)
        self._note_links(kind, changes)
        self.of(kind).enter_all(changes)

    def _note_links(self, kind: Kind, changes: Iterable[Change]) -> None:
        """Note which links of new versions lead nowhere."""
        for attribute in kind.record_links.named:
            for change in changes:
                links, prior = getattr(change.record, attribute), change.prior
                if prior is not None and getattr(prior.record, attribute) is links:
                    continue
                for link in links:
                    if not link.resolves:
                        self._dangling.set((link.type, link.id), True)

    def _note_name(self, kind: Kind, change: Change) -> None:
        """Note a new name of what links may lead to."""
        key, prior = (kind.title, change.record.id), change.prior
        if key not in self._dangling if prior is None else kind.label(change.record) == kind.label(prior.record):
            return
        names = self.link_names.names if self._owns_names else {**self.link_names.names}
        names[key] = kind.label(change.record)
        self.link_names, self._owns_names = LinkNames(change.seq, names), True

    def reveal(self, now: datetime) -> None:
        """Make every delayed version visible that is due by `now`, once and for good."""
        while (first := self._pending.first()) is not None and first[0] <= now:
            self._pending.remove(first)
            change = first[-1]
            if self.of(kind_of(change.record)).reveal(change):
                self._note_revealed(change)

    def _note_revealed(self, change: Change) -> None:
        # The count grows last: a reader finds the place of every change that it counts.
        self._places.set(change.seq, self.revealed)
        self.revealed += 1

    def revealed_place(self, seq: int) -> int | None:
        """How many delayed changes became visible before this one; None while it is not visible.

        Any thread may ask while one writes.
        """
        return self._places.get(seq)

    @property
    def pending_count(self) -> int:
        """How many changes are not visible yet."""
        return len(self._pending)

    def first_pending(self) -> Change | None:
        """The change that is due to become visible first; None if there is none."""
        first = self._pending.first()
        return first and first[-1]

    def pending(self) -> list[int]:
        """The `seq` of each change that is not visible yet."""
        return sorted(seq for _, seq, _ in self._pending)

    def fork(self) -> "Store":
        twin = copy(self)
        twin.log, twin._places, twin._pending = self.log.fork(), self._places.fork(), self._pending.fork()
        twin._dangling = self._dangling.fork()
        twin._owns_names = self._owns_names = False
        twin.collections = {name: each.fork() for name, each in self.collections.items()}
        return twin
