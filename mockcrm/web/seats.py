"""A few seats for requests that run, given in the order in which the requests came, so that none waits for long.

Python runs one thread at a time. With a thread for each of 256 requests all want to be next, and chance decides: some
wait a hundred times as long as others, and each system call of a request passes the turn on. So only a few requests
run. One that waits for its client, for time to pass or for an event leaves its seat to another.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Generic, TypeVar

from mockcrm.base.real_time import real_seconds

SEATS = 2
"""How many requests run at a time: one, and another while it sends and receives."""
RELIEF = 0.05
"""If for so many seconds no request has been given a seat, nobody waits for one any longer.

Those that have one may take long, or wait for something that nobody tells of, such as the lock of a busy sandbox.
"""

Work = TypeVar("Work")


class _Seat:
    """The place of a thread that runs requests. It may no longer be `counted`."""

    counted = True


class Seats(Generic[Work]):
    """Runs `serve` for each piece of work that enters. `start` runs a function in a thread of its own."""

    def __init__(self, serve: Callable[[Work], None], start: Callable[[Callable[[], None]], object]) -> None:
        self._serve, self._start = serve, start
        self._lock, self._here = threading.Lock(), threading.local()
        self._ready: deque[Work] = deque()
        self._counted: set[_Seat] = set()
        self._given = 0.0

    @property
    def crowded(self) -> bool:
        """Whether work waits for a seat. Then `relieve` is to be called now and then."""
        return bool(self._ready)

    def enter(self, work: Work) -> None:
        """Have work done when it is its turn. Any thread may call it."""
        with self._lock:
            self._ready.append(work)
            self._fill()

    def relieve(self) -> None:
        """If no seat has been given for long, run all who wait without one, and count those that are taken no more."""
        if not self._ready or real_seconds() - self._given < RELIEF:
            return
        with self._lock:
            for seat in self._counted:
                seat.counted = False
            self._counted.clear()
            waiting = [*self._ready]
            self._ready.clear()
        for work in waiting:
            self._start(partial(self._serve, work))

    @contextmanager
    def away(self) -> Iterator[None]:
        """Leave this thread's seat to others during the block. It comes back at once, if need be as one too many.

        A thread without a seat has none to leave.
        """
        seat: _Seat | None = getattr(self._here, "seat", None)
        if seat is None:
            yield
            return
        with self._lock:
            self._counted.discard(seat)
            self._fill()
        try:
            yield
        finally:
            with self._lock:
                self._counted.add(seat)

    def _fill(self) -> None:
        """Have a thread take a seat if there is one, and work for it. The lock is held."""
        if self._ready and len(self._counted) < SEATS:
            seat = _Seat()
            self._counted.add(seat)
            self._start(partial(self._run, seat))

    def _run(self, seat: _Seat) -> None:
        self._here.seat = seat
        while (work := self._next(seat)) is not None:
            self._serve(work)
        self._here.seat = None

    def _next(self, seat: _Seat) -> Work | None:
        """The work that has waited for longest; None if the thread is to end."""
        with self._lock:
            if seat.counted and self._ready and len(self._counted) <= SEATS:
                self._given = real_seconds()
                return self._ready.popleft()
            self._counted.discard(seat)
            return None
