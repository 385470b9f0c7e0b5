"""The connection that a request came on, where there is one: an application in the process has none."""

import contextlib
import select
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from mockcrm.base.waiting import Waiter
from mockcrm.web.link import Link


def connection_of(environ: Mapping[str, Any]) -> socket.socket | None:
    """The socket under a WSGI request."""
    found: socket.socket | None = environ.get("gunicorn.socket") or environ.get("werkzeug.socket")
    return found


@contextmanager
def waiting(environ: Mapping[str, Any]) -> Iterator[Waiter]:
    """A waiter for a request, which learns when the client closes its end.

    It does so on a connection that a server of ours has accepted, and where the system can say so (Linux); elsewhere
    nobody knows before the answer is sent.
    """
    waiter, connection = Waiter(), connection_of(environ)
    if not isinstance(connection, Link):
        yield waiter
        return
    connection.waiting = True
    try:
        with _watch().kept(connection, waiter) if hasattr(select, "epoll") else contextlib.nullcontext():
            yield waiter
    finally:
        connection.waiting = False


class _Watch:
    """One thread that hears of the ends of all connections whose requests wait, also behind what nobody has read."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._waiters: dict[int, Waiter] = {}
        threading.Thread(target=self._run, name="watch", daemon=True).start()

    @contextmanager
    def kept(self, connection: Link, waiter: Waiter) -> Iterator[None]:
        """Watch a connection for as long as the block."""
        number = connection.fileno()
        self._waiters[number] = waiter
        self._epoll.register(number, select.EPOLLRDHUP | select.EPOLLONESHOT)
        try:
            yield
        finally:
            with contextlib.suppress(OSError):  # It has been closed meanwhile.
                self._epoll.unregister(number)
            del self._waiters[number]

    def _run(self) -> None:
        while True:
            for number, _ in self._epoll.poll():
                if waiter := self._waiters.get(number):
                    waiter.leave()


@cache
def _watch() -> _Watch:
    return _Watch()
