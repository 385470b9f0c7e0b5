"""Lets whoever waits for long work see how far it is: the work says what it goes through, and how many there are."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

TrackedItem = TypeVar("TrackedItem")

ProgressWatch = Callable[[Iterable[Any], int, str], Iterable[Any]]
"""Is given the items, their number and what is done with them, such as `Inventing events`; passes the items on."""

_watch: ContextVar[ProgressWatch | None] = ContextVar("_watch", default=None)


@contextmanager
def watched_by(watch: ProgressWatch) -> Iterator[None]:
    """Have the work that this thread does in the block watched."""
    before = _watch.set(watch)
    try:
        yield
    finally:
        _watch.reset(before)


def tracked(items: Iterable[TrackedItem], total: int, what: str) -> Iterable[TrackedItem]:
    """The same items, of which there are `total`, seen by whoever watches. Costs nothing where nobody does."""
    watch = _watch.get()
    return items if watch is None else watch(items, total, what)
