"""Values that are worked out once: kept in the record that they belong to, or by the object that they depend on."""

from collections.abc import Callable, Hashable
from functools import lru_cache, wraps
from typing import Any, TypeVar

LargeT = TypeVar("LargeT", bound=Hashable)
SmallT = TypeVar("SmallT", bound=Hashable)
ResultT = TypeVar("ResultT")

_MOST = 512
"""How many results a function remembers."""


def keep(record: object, name: str, value: Any) -> None:
    """Keep a value in a field of a frozen record, a field that takes no part in comparing records.

    A list visits a thousand records, a CRM holds a million: a mapping beside them would cost each visit a lookup and
    each record an entry, and a mutable part in each record an object.
    """
    object.__setattr__(record, name, value)


def cached_by_object(function: Callable[[LargeT, SmallT], ResultT]) -> Callable[[LargeT, SmallT], ResultT]:
    """Remember the results of a function of a large frozen object and something small.

    Equal objects have one result. But it is found by the object's identity first: to hash a dialect, with its forty
    knobs, takes ten times as long.
    """
    of_equals = lru_cache(_MOST)(function)
    # Each entry keeps its object, so that no other one has its id.
    known: dict[tuple[int, SmallT], tuple[LargeT, ResultT]] = {}

    @wraps(function)
    def find(key: LargeT, other: SmallT) -> ResultT:
        place = id(key), other
        found = known.get(place)
        if found is None:
            if len(known) >= _MOST:
                known.clear()
            found = known[place] = key, of_equals(key, other)
        return found[1]

    return find
