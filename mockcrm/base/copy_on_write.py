"""Ordered and keyed collections that fork for next to nothing.

Each is an outer list of small parts. A fork copies the outer list and shares every part; from then on each side copies
a part before it alters it for the first time, so that neither sees what the other does.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Hashable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import accumulate, pairwise
from typing import Any, Generic, TypeVar

from mockcrm.base.times import BEGINNING, MILLISECOND, shifted

Row = TypeVar("Row", bound=tuple[Any, ...])
Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

_PART = 128
_SHARDS = 512
_PAGE = 1024
_RUN = 20_000


class SortedRows(Generic[Row]):
    """Tuples in ascending order, no two alike. Adding and removing cost O(log n) and the work on one small part."""

    def __init__(self) -> None:
        self._parts: list[list[Row]] = []
        self._lasts: list[Row] = []
        self._owned: list[bool] = []
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Row]:
        for part in self._parts:
            yield from part

    def first(self) -> Row | None:
        return self._parts[0][0] if self._parts else None

    def add(self, row: Row) -> None:
        self._size += 1
        if not self._parts:
            self._place(0, 0, [row])
            return
        at = min(bisect_left(self._lasts, row), len(self._parts) - 1)
        part = self._own(at)
        insort(part, row)
        self._lasts[at] = part[-1]
        if len(part) == 2 * _PART:
            # Where rows only ever come in at the end, half-empty parts would never be filled.
            cut = 2 * _PART - 1 if row is part[-1] and at == len(self._parts) - 1 else _PART
            self._place(at, at + 1, part[:cut], part[cut:])

    def add_all(self, rows: list[Row]) -> None:
        """Add many rows, in any order, for less than one after the other."""
        if len(rows) < self._size // 8:
            for row in rows:
                self.add(row)
            return
        everything = _in_order([*self, *rows])
        self._size = len(everything)
        step = 2 * _PART - _PART // 2
        self._place(0, len(self._parts), *(everything[at : at + step] for at in range(0, len(everything), step)))

    def remove(self, row: Row) -> None:
        """Take out a row; it must be here."""
        at = bisect_left(self._lasts, row)
        part = self._own(at)
        del part[bisect_left(part, row)]
        self._size -= 1
        if part:
            self._lasts[at] = part[-1]
        else:
            self._place(at, at + 1)

    def _own(self, at: int) -> list[Row]:
        """A part that no fork shares, and that may be altered."""
        if not self._owned[at]:
            self._parts[at], self._owned[at] = self._parts[at][:], True
        return self._parts[at]

    def _place(self, start: int, stop: int, *parts: list[Row]) -> None:
        self._parts[start:stop] = parts
        self._lasts[start:stop] = [part[-1] for part in parts]
        self._owned[start:stop] = [True] * len(parts)

    def slices(self, low: tuple[Any, ...], high: tuple[Any, ...] | None = None) -> Iterator[list[Row]]:
        """The rows from `low` on and before `high`, part by part. A bound may be a prefix of a row."""
        start = bisect_left(self._lasts, low)
        for at in range(start, len(self._parts)):
            part = self._parts[at]
            begin = bisect_left(part, low) if at == start else 0
            if high is not None and part[-1] >= high:
                yield part[begin : bisect_left(part, high)]
                return
            yield part[begin:]

    def numbered(self) -> "Numbered[Row]":
        """The rows by their places, as they are now. Costs a fork."""
        return Numbered(self.fork()._parts)

    def fork(self) -> "SortedRows[Row]":
        copy: SortedRows[Row] = SortedRows()
        copy._parts, copy._lasts, copy._size = self._parts[:], self._lasts[:], self._size
        copy._owned, self._owned = [False] * len(self._parts), [False] * len(self._parts)
        return copy

    def _check(self) -> None:
        rows = list(self)
        assert all(one < other for one, other in pairwise(rows)), "rows in strict order"
        assert all(0 < len(part) < 2 * _PART for part in self._parts), "parts neither empty nor too large"
        assert len(self._owned) == len(self._parts), "each part is known to be shared or not"
        assert self._lasts == [part[-1] for part in self._parts], "each part's last row is known"
        assert self._size == len(rows), "the size is right"


class Numbered(Generic[Row]):
    """Rows in order, each found by its place in O(log n). They stay what they were."""

    def __init__(self, parts: list[list[Row]]) -> None:
        self._parts = parts
        self._ends = [*accumulate(map(len, parts))]

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __getitem__(self, place: int) -> Row:
        at = bisect_right(self._ends, place)
        return self._parts[at][place - self._ends[at]]


def _in_order(rows: list[Row]) -> list[Row]:
    """The rows, sorted in runs: while a list is sorted no other thread goes on, and a million rows take seconds."""
    count = len(rows) // _RUN
    if count < 2:
        return sorted(rows)
    sample = sorted(rows[:: max(1, len(rows) // (count * _PART))])
    pivots = sample[_PART::_PART]
    runs: list[list[Row]] = [[] for _ in range(len(pivots) + 1)]
    for row in rows:
        runs[bisect_left(pivots, row)].append(row)
    return [row for run in runs for row in sorted(run)]


class Spans(Generic[Value]):
    """Things that last from one instant to another, found by the interval they overlap.

    They are kept by the power of eight that their length in milliseconds stays under, each class in order of start. A
    query looks, in each class, no further back than that class can reach, so one very long thing costs the others
    nothing. There are at most 17 classes, and a calendar's events fall into three or four: fewer to put together than
    with powers of two, for a few more rows to look at.
    """

    def __init__(self) -> None:
        self._classes: dict[int, SortedRows[tuple[datetime, str, Value]]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._classes.values()))

    def add(self, start: datetime, end: datetime, name: str, value: Value) -> None:
        self._classes.setdefault(_reach(start, end), SortedRows()).add((start, name, value))

    def add_all(self, things: Iterable[tuple[datetime, datetime, str, Value]]) -> None:
        """Add many for less than one after the other."""
        classes: dict[int, list[tuple[datetime, str, Value]]] = {}
        for start, end, name, value in things:
            classes.setdefault(_reach(start, end), []).append((start, name, value))
        for reach, rows in classes.items():
            self._classes.setdefault(reach, SortedRows()).add_all(rows)

    def remove(self, start: datetime, end: datetime, name: str, value: Value) -> None:
        reach = _reach(start, end)
        self._classes[reach].remove((start, name, value))
        if not self._classes[reach]:
            del self._classes[reach]

    def candidates(
        self, start: datetime | None, end: datetime | None, after: tuple[datetime, str] | None
    ) -> Iterator[Iterator[list[tuple[datetime, str, Value]]]]:
        """For each class the rows, in order of start and then name, that may overlap `start` to `end`.

        Every row that does is among them; of the others only such as begin less than eight times their length before.
        With `after`, only the rows behind that position.
        """
        high = None if end is None else (end,)
        for reach, rows in self._classes.items():
            low: tuple[Any, ...] = (BEGINNING,) if start is None else (_back(start, reach),)
            if after is not None:
                low = max(low, (after[0], after[1] + "\0"))
            yield rows.slices(low, high)

    def fork(self) -> "Spans[Value]":
        copy: Spans[Value] = Spans()
        copy._classes = {reach: rows.fork() for reach, rows in self._classes.items()}
        return copy

    def _check(self) -> None:
        for rows in self._classes.values():
            assert rows, "no class is empty"
            rows._check()


def _reach(start: datetime, end: datetime) -> int:
    return (((end - start) // MILLISECOND).bit_length() + 2) // 3 * 3


def _back(start: datetime, reach: int) -> datetime:
    return shifted(start, -timedelta(milliseconds=2**reach))


class ForkedMap(Generic[Key, Value]):
    """A dictionary. Its order means nothing. Any thread may `get` beside the one that writes."""

    def __init__(self) -> None:
        self._shards: list[dict[Key, Value]] = [{}] * _SHARDS
        self._owned = bytearray(_SHARDS)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Key]:
        for shard in self._shards:
            yield from shard

    def __contains__(self, key: Key) -> bool:
        return key in self._shards[hash(key) % _SHARDS]

    def get(self, key: Key) -> Value | None:
        return self._shards[hash(key) % _SHARDS].get(key)

    def set(self, key: Key, value: Value) -> None:
        shard = self._own(key)
        self._size += key not in shard
        shard[key] = value

    def discard(self, key: Key) -> None:
        """Take out a key, if it is here."""
        if key in self:
            del self._own(key)[key]
            self._size -= 1

    def _own(self, key: Key) -> dict[Key, Value]:
        """A key's shard, which no fork shares, and that may be altered."""
        at = hash(key) % _SHARDS
        if not self._owned[at]:
            self._shards[at], self._owned[at] = self._shards[at].copy(), 1
        return self._shards[at]

    def items(self) -> Iterator[tuple[Key, Value]]:
        for shard in self._shards:
            yield from shard.items()

    def fork(self) -> "ForkedMap[Key, Value]":
        copy: ForkedMap[Key, Value] = ForkedMap()
        copy._shards, copy._size = self._shards[:], self._size
        self._owned = bytearray(_SHARDS)
        return copy


class AppendOnly(Generic[Value]):
    """A list that only grows. Reading at a place costs O(1). Any thread may read beside the one that writes."""

    def __init__(self) -> None:
        self._pages: list[list[Value]] = []
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, at: int) -> Value:
        page, place = divmod(at, _PAGE)
        return self._pages[page][place]

    def append(self, value: Value) -> None:
        if self._size % _PAGE == 0:
            self._pages.append([])
        self._pages[-1].append(value)
        # Whoever reads the size finds all that it counts.
        self._size += 1

    def fork(self) -> "AppendOnly[Value]":
        copy: AppendOnly[Value] = AppendOnly()
        copy._pages, copy._size = self._pages[:], self._size
        if copy._size % _PAGE:
            copy._pages[-1] = copy._pages[-1][:]
        return copy
