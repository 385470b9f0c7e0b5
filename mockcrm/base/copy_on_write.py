"""Ordered and keyed collections that fork for next to nothing.

Each is an outer list of small parts. A fork copies the outer list and shares every part. From then on each side copies
a part before it first changes it, so neither side sees what the other does.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Hashable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any, Generic, TypeVar

from mockcrm.base.times import BEGINNING, MILLISECOND, shifted

RowT = TypeVar("RowT", bound=tuple[Any, ...])
KeyT = TypeVar("KeyT", bound=Hashable)
ValueT = TypeVar("ValueT")

Parts = Iterator[list[RowT]]
"""Rows in order, delivered a part at a time."""

_PART = 128
_SHARDS = 512
_PAGE = 1024
_RUN = 20_000


class SortedRows(Generic[RowT]):
    """Tuples in ascending order, no two alike. Adding and removing cost O(log n) and the work on one small part.

    A part has fewer than twice `part` rows.
    """

    def __init__(self, part: int | None = None) -> None:
        self._part = part or _PART
        self._parts: list[list[RowT]] = []
        self._lasts: list[RowT] = []
        self._owned: list[bool] = []
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[RowT]:
        for part in self._parts:
            yield from part

    def first(self) -> RowT | None:
        return self._parts[0][0] if self._parts else None

    def add(self, row: RowT) -> None:
        self._size += 1
        if not self._parts:
            self._place(0, 0, [row])
            return
        at = min(bisect_left(self._lasts, row), len(self._parts) - 1)
        part = self._own(at)
        insort(part, row)
        self._lasts[at] = part[-1]
        if len(part) == 2 * self._part:
            # Where rows are only ever added at the end, half-empty parts would never fill up.
            cut = 2 * self._part - 1 if row is part[-1] and at == len(self._parts) - 1 else self._part
            self._place(at, at + 1, part[:cut], part[cut:])

    def add_all(self, rows: list[RowT]) -> None:
        """Add many rows, in any order, faster than one by one."""
        if len(rows) < self._size // 8:
            for row in rows:
                self.add(row)
            return
        everything = _in_order([*self, *rows])
        self._size = len(everything)
        step = 2 * self._part - self._part // 2
        self._place(0, len(self._parts), *(everything[at : at + step] for at in range(0, len(everything), step)))

    def remove(self, row: RowT) -> None:
        """Remove a row, which must be present."""
        at = bisect_left(self._lasts, row)
        part = self._own(at)
        del part[bisect_left(part, row)]
        self._size -= 1
        if part:
            self._lasts[at] = part[-1]
        else:
            self._place(at, at + 1)

    def _own(self, at: int) -> list[RowT]:
        """A part that no fork shares, so that it may be changed."""
        if not self._owned[at]:
            self._parts[at], self._owned[at] = self._parts[at][:], True
        return self._parts[at]

    def _place(self, start: int, stop: int, *parts: list[RowT]) -> None:
        self._parts[start:stop] = parts
        self._lasts[start:stop] = [part[-1] for part in parts]
        self._owned[start:stop] = [True] * len(parts)

    def slices(self, low: tuple[Any, ...], high: tuple[Any, ...] | None = None) -> Parts[RowT]:
        """The rows from `low` on and before `high`, part by part. Either limit may be a prefix of a row."""
        start = bisect_left(self._lasts, low)
        for at in range(start, len(self._parts)):
            part = self._parts[at]
            begin = bisect_left(part, low) if at == start else 0
            if high is not None and part[-1] >= high:
                yield part[begin : bisect_left(part, high)]
                return
            yield part[begin:]

    def numbered(self) -> "Numbered[RowT]":
        """The rows as they are now, by their places. Costs a fork."""
        return Numbered(self.fork()._parts)

    def fork(self) -> "SortedRows[RowT]":
        copy: SortedRows[RowT] = SortedRows(self._part)
        copy._parts, copy._lasts, copy._size = self._parts[:], self._lasts[:], self._size
        copy._owned, self._owned = [False] * len(self._parts), [False] * len(self._parts)
        return copy


class Numbered(Generic[RowT]):
    """A frozen sequence of rows, each found by its place in O(log n)."""

    def __init__(self, parts: list[list[RowT]]) -> None:
        self._parts = parts
        self._ends = [*accumulate(map(len, parts))]

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __getitem__(self, place: int) -> RowT:
        at = bisect_right(self._ends, place)
        return self._parts[at][place - self._ends[at]]


def _in_order(rows: list[RowT]) -> list[RowT]:
    """The rows, sorted in runs. While Python sorts a list no other thread runs, and a million rows take seconds."""
    count = len(rows) // _RUN
    if count < 2:
        return sorted(rows)
    sample = sorted(rows[:: max(1, len(rows) // (count * _PART))])
    pivots = sample[_PART::_PART]
    runs: list[list[RowT]] = [[] for _ in range(len(pivots) + 1)]
    for row in rows:
        runs[bisect_left(pivots, row)].append(row)
    return [row for run in runs for row in sorted(run)]


class Spans(Generic[ValueT]):
    """Things that last from one instant to another, found by the interval they overlap.

    They are grouped by length: a group holds the lengths below one power of eight, in milliseconds, in order of start.
    In each group a query looks back no further than the longest length of that group, so one very long thing costs the
    others nothing. There are at most 17 groups, and a calendar's events fall into three or four. Powers of two would
    make more groups to merge, for a few rows less to look at.
    """

    def __init__(self) -> None:
        self._groups: dict[int, SortedRows[tuple[datetime, str, ValueT]]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._groups.values()))

    def add(self, start: datetime, end: datetime, name: str, value: ValueT) -> None:
        self._groups.setdefault(_reach(start, end), SortedRows()).add((start, name, value))

    def add_all(self, things: Iterable[tuple[datetime, datetime, str, ValueT]]) -> None:
        """Add many things, faster than one by one."""
        groups: dict[int, list[tuple[datetime, str, ValueT]]] = {}
        for start, end, name, value in things:
            groups.setdefault(_reach(start, end), []).append((start, name, value))
        for reach, rows in groups.items():
            self._groups.setdefault(reach, SortedRows()).add_all(rows)

    def remove(self, start: datetime, end: datetime, name: str, value: ValueT) -> None:
        reach = _reach(start, end)
        self._groups[reach].remove((start, name, value))
        if not self._groups[reach]:
            del self._groups[reach]

    def candidates(
        self, start: datetime | None, end: datetime | None, after: tuple[datetime, str] | None
    ) -> Iterator[Parts[tuple[datetime, str, ValueT]]]:
        """For each group the rows that may overlap `start` to `end`, in order of start and then name.

        All that overlap are among them; the others begin less than eight times their length too early. With `after`,
        only the rows behind that position.
        """
        high = None if end is None else (end,)
        for reach, rows in self._groups.items():
            low: tuple[Any, ...] = (BEGINNING,) if start is None else (_back(start, reach),)
            if after is not None:
                low = max(low, (after[0], after[1] + "\0"))
            yield rows.slices(low, high)

    def fork(self) -> "Spans[ValueT]":
        copy: Spans[ValueT] = Spans()
        copy._groups = {reach: rows.fork() for reach, rows in self._groups.items()}
        return copy


def _reach(start: datetime, end: datetime) -> int:
    return (((end - start) // MILLISECOND).bit_length() + 2) // 3 * 3


def _back(start: datetime, reach: int) -> datetime:
    return shifted(start, -timedelta(milliseconds=2**reach))


_EMPTY: list[dict[Any, Any]] = [{}] * _SHARDS
"""The shards of every map without keys. Nobody changes them."""


class ForkedMap(Generic[KeyT, ValueT]):
    """A dictionary without an order. Any thread may `get` while one writes."""

    def __init__(self, of: "ForkedMap[KeyT, ValueT] | None" = None) -> None:
        # The list of shards is shared, too, until something is written: a CRM has dozens of maps, most of them empty.
        self._shards: list[dict[KeyT, ValueT]] = of._shards if of else _EMPTY
        self._owned: bytearray | None = None
        self._size: int = of._size if of else 0

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[KeyT]:
        for shard in filter(None, self._shards):
            yield from shard

    def __contains__(self, key: KeyT) -> bool:
        return key in self._shards[hash(key) % _SHARDS]

    def get(self, key: KeyT) -> ValueT | None:
        return self._shards[hash(key) % _SHARDS].get(key)

    def set(self, key: KeyT, value: ValueT) -> None:
        shard = self._own(key)
        self._size += key not in shard
        shard[key] = value

    def discard(self, key: KeyT) -> None:
        """Remove a key, if it is present."""
        if key in self:
            del self._own(key)[key]
            self._size -= 1

    def _own(self, key: KeyT) -> dict[KeyT, ValueT]:
        """The shard of a key, which no fork shares, so that it may be changed."""
        at = hash(key) % _SHARDS
        if self._owned is None:
            self._shards, self._owned = self._shards[:], bytearray(_SHARDS)
        if not self._owned[at]:
            self._shards[at], self._owned[at] = self._shards[at].copy(), 1
        return self._shards[at]

    def items(self) -> Iterator[tuple[KeyT, ValueT]]:
        # A small map has hardly more than empty shards.
        for shard in filter(None, self._shards):
            yield from shard.items()

    def fork(self) -> "ForkedMap[KeyT, ValueT]":
        self._owned = None
        return ForkedMap(self)


class AppendOnly(Generic[ValueT]):
    """A list that only grows. Reading at a place costs O(1). Any thread may read while one writes.

    It is kept in pages of `page` values.
    """

    def __init__(self, page: int = _PAGE) -> None:
        self._page = page
        self._pages: list[list[ValueT]] = []
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, at: int) -> ValueT:
        page, place = divmod(at, self._page)
        return self._pages[page][place]

    def append(self, value: ValueT) -> None:
        if self._size % self._page == 0:
            self._pages.append([])
        self._pages[-1].append(value)
        # The size grows last: a reader finds every value that it counts.
        self._size += 1

    def fork(self) -> "AppendOnly[ValueT]":
        copy: AppendOnly[ValueT] = AppendOnly(self._page)
        copy._pages, copy._size = self._pages[:], self._size
        if copy._size % copy._page:
            copy._pages[-1] = copy._pages[-1][:]
        return copy
