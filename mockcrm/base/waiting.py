"""Requests that wait, each for its own event: a thousand of them cost nothing until something happens."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext


class Waiter:
    """A request that waits; its client may leave meanwhile. `asleep` is entered while its thread has nothing to do.

    >>> waiter = Waiter()
    >>> waiter.leave()
    >>> waiter.sleep(300), waiter.gone
    (None, True)
    """

    def __init__(self, asleep: Callable[[], AbstractContextManager[None]] = nullcontext) -> None:
        self._event, self._asleep = threading.Event(), asleep
        self.gone = False

    def leave(self) -> None:
        """The client has gone: stop waiting."""
        self.gone = True
        self._event.set()

    def wake(self) -> None:
        """Something has happened, perhaps what this request waits for."""
        self._event.set()

    def sleep(self, seconds: float) -> None:
        """Wait until something happens, or has happened since the last sleep, for at most so many seconds."""
        with self._asleep():
            self._event.wait(seconds)
        self._event.clear()


class Bell:
    """Wakes the waiters that listen, so that they look again. Any thread may ring or listen."""

    def __init__(self) -> None:
        self._waiters: set[Waiter] = set()

    def ring(self) -> None:
        """Wake all waiters that listen."""
        for waiter in tuple(self._waiters):
            waiter.wake()

    @contextmanager
    def heard(self, waiter: Waiter) -> Iterator[None]:
        """Let a waiter listen during the block."""
        self._waiters.add(waiter)
        try:
            yield
        finally:
            self._waiters.discard(waiter)
