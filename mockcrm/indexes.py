"""Ordered and keyed collections that fork for next to nothing.

Each is an outer list of small parts. A part is never altered once it is in place: a change puts a new part where the
old one was. A fork therefore copies only the outer list and shares every part, and neither side sees what the other
does.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Generic, TypeVar

from mockcrm.times import BEGINNING, MILLISECOND

Row = TypeVar("Row", bound=tuple[Any, ...])
Value = TypeVar("Value")

_PART = 128
_SHARDS = 512
_PAGE = 1024


class SortedRows(Generic[Row]):
    """Tuples in ascending order, no two alike. Adding and removing cost O(log n) and the copy of one small part."""

    def __init__(self) -> None:
        self._parts: list[list[Row]] = []
        self._lasts: list[Row] = []
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
        part = self._parts[at][:]
        insort(part, row)
        if len(part) < 2 * _PART:
            self._place(at, at + 1, part)
        else:
            self._place(at, at + 1, part[:_PART], part[_PART:])

    def remove(self, row: Row) -> None:
        """Take out a row; it must be here."""
        at = bisect_left(self._lasts, row)
        part = self._parts[at][:]
        del part[bisect_left(part, row)]
        self._size -= 1
        self._place(at, at + 1, *([part] if part else []))

    def _place(self, start: int, stop: int, *parts: list[Row]) -> None:
        self._parts[start:stop] = parts
        self._lasts[start:stop] = [part[-1] for part in parts]

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

    def fork(self) -> "SortedRows[Row]":
        copy: SortedRows[Row] = SortedRows()
        copy._parts, copy._lasts, copy._size = self._parts[:], self._lasts[:], self._size
        return copy

    def _check(self) -> None:
        rows = list(self)
        assert all(one < other for one, other in pairwise(rows)), "rows in strict order"
        assert all(0 < len(part) < 2 * _PART for part in self._parts), "parts neither empty nor too large"
        assert self._lasts == [part[-1] for part in self._parts], "each part's last row is known"
        assert self._size == len(rows), "the size is right"


class Spans(Generic[Value]):
    """Things that last from one instant to another, found by the interval they overlap.

    They are kept by the power of two that their length in milliseconds stays under, each class in order of start. A
    query looks, in each class, no further back than that class can reach, so one very long thing costs the others
    nothing. There are at most 50 classes.
    """

    def __init__(self) -> None:
        self._classes: dict[int, SortedRows[tuple[datetime, str, Value]]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._classes.values()))

    def add(self, start: datetime, end: datetime, name: str, value: Value) -> None:
        self._classes.setdefault(_reach(start, end), SortedRows()).add((start, name, value))

    def remove(self, start: datetime, end: datetime, name: str, value: Value) -> None:
        reach = _reach(start, end)
        self._classes[reach].remove((start, name, value))
        if not self._classes[reach]:
            del self._classes[reach]

    def candidates(
        self, start: datetime | None, end: datetime | None, after: tuple[datetime, str] | None
    ) -> Iterator[Iterator[list[tuple[datetime, str, Value]]]]:
        """For each class the rows, in order of start and then name, that may overlap `start` to `end`.

        Every row that does is among them; of the others only such as begin less than twice their length before it.
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
    return ((end - start) // MILLISECOND).bit_length()


def _back(start: datetime, reach: int) -> datetime:
    length = timedelta(milliseconds=2**reach)
    return start - length if start - BEGINNING > length else BEGINNING


class ForkedMap(Generic[Value]):
    """A dictionary by text. Its order means nothing."""

    def __init__(self) -> None:
        self._shards: list[dict[str, Value]] = [{}] * _SHARDS

    def __len__(self) -> int:
        return sum(map(len, self._shards))

    def __contains__(self, key: str) -> bool:
        return key in self._shards[hash(key) % _SHARDS]

    def get(self, key: str) -> Value | None:
        return self._shards[hash(key) % _SHARDS].get(key)

    def set(self, key: str, value: Value) -> None:
        at = hash(key) % _SHARDS
        self._shards[at] = {**self._shards[at], key: value}

    def items(self) -> Iterator[tuple[str, Value]]:
        for shard in self._shards:
            yield from shard.items()

    def fork(self) -> "ForkedMap[Value]":
        copy: ForkedMap[Value] = ForkedMap()
        copy._shards = self._shards[:]
        return copy


class AppendOnly(Generic[Value]):
    """A list that only grows. Reading at a place costs O(1)."""

    def __init__(self) -> None:
        self._full: list[list[Value]] = []
        self._tail: list[Value] = []

    def __len__(self) -> int:
        return len(self._full) * _PAGE + len(self._tail)

    def __getitem__(self, at: int) -> Value:
        page, place = divmod(at, _PAGE)
        return (self._full[page] if page < len(self._full) else self._tail)[place]

    def append(self, value: Value) -> None:
        self._tail.append(value)
        if len(self._tail) == _PAGE:
            self._full.append(self._tail)
            self._tail = []

    def fork(self) -> "AppendOnly[Value]":
        copy: AppendOnly[Value] = AppendOnly()
        copy._full, copy._tail = self._full[:], self._tail[:]
        return copy
