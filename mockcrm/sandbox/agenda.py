"""The agenda of a sandbox's clock: what falls due once, or again and again; and how much of it will run."""

from bisect import insort
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any, Generic, Protocol, TypeVar

from mockcrm.base.declaring import dataclass
from mockcrm.base.times import fits

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class AgendaEntry(Generic[Item]):
    """Something that falls due at an instant, and then again after each `every`. `number` counts what was added."""

    due: datetime
    number: int
    item: Item
    every: timedelta | None

    def count(self, until: datetime) -> int:
        """How often it falls due up to and including an instant."""
        if self.due > until:
            return 0
        return 1 if self.every is None else 1 + (until - self.due) // self.every


class Agenda(Generic[Item]):
    """What falls due on a clock, soonest first. To add costs O(n) memory moves, which is nothing at these sizes.

    `added` counts all entries that were ever added, those that recur each time.
    """

    def __init__(self) -> None:
        self._entries: list[AgendaEntry[Item]] = []
        self.added = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[AgendaEntry[Item]]:
        return iter(self._entries)

    def add(self, due: datetime, item: Item, every: timedelta | None = None) -> AgendaEntry[Item]:
        self.added += 1
        entry = AgendaEntry(due, self.added, item, every)
        insort(self._entries, entry, key=lambda entry: (entry.due, entry.number))
        return entry

    def first(self) -> AgendaEntry[Item] | None:
        """The entry that is due first. It stays on the agenda."""
        return self._entries[0] if self._entries else None

    def next_due(self, until: datetime) -> AgendaEntry[Item] | None:
        """The first entry that is due by `until`. It stays on the agenda."""
        first = self.first()
        return first if first is not None and first.due <= until else None

    def count(self, until: datetime) -> int:
        """How many runs fall due up to an instant, if nothing is added. Costs O(n) for n entries that are due."""
        return sum(entry.count(until) for entry in takewhile(lambda entry: entry.due <= until, self._entries))

    def take(self, entry: AgendaEntry[Item]) -> None:
        """Take the first entry off. One that recurs is added again for its next time."""
        self._entries.pop(0)
        if entry.every is not None and fits(entry.due, entry.every):
            self.add(entry.due + entry.every, entry.item, entry.every)

    def fork(self) -> "Agenda[Item]":
        copy: Agenda[Item] = Agenda()
        copy._entries, copy.added = self._entries[:], self.added
        return copy


class Foreseeable(Protocol):
    """An action whose effect on clock and agenda is known before it runs."""

    def move(self, now: datetime) -> tuple[datetime, bool]:
        """Where the clock stands after it, apart from ticks, and whether what falls due up to there runs."""

    def put(self, now: datetime) -> AgendaEntry[Any] | None:
        """What it adds to the agenda, if anything."""


def foreseen_runs(agenda: Agenda[Any], now: datetime, actions: Sequence[Foreseeable]) -> int:
    """How many entries run at least when these actions are performed in turn, from `now` on.

    What ticks and running entries add is not foreseen. Costs O(a + n) for n entries that fall due.
    """
    plans: list[tuple[AgendaEntry[Any] | None, datetime | None]] = []
    for action in actions:
        entry = action.put(now)
        now, runs = action.move(now)
        plans.append((entry, now if runs else None))
    return _runs(agenda, plans)


def _runs(agenda: Agenda[Any], plans: Sequence[tuple[AgendaEntry[Any] | None, datetime | None]]) -> int:
    """How much runs, where each plan adds an entry and then runs what is due up to an instant."""
    count, until = 0, None
    for entry, target in reversed(plans):
        if target is not None:
            until = max(until or target, target)
        if entry and until:
            count += entry.count(until)
    return count + (agenda.count(until) if until else 0)
