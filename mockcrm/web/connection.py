"""The connection of a request, and requests that wait until their client closes it.

An application that is called in its own process has no connection.
"""

import contextlib
import select
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from mockcrm.base.waiting import Waiter
from mockcrm.web.client_socket import ClientSocket


def connection_of(environ: Mapping[str, Any]) -> socket.socket | None:
    """The socket that a WSGI request came on."""
    found: socket.socket | None = environ.get("gunicorn.socket") or environ.get("werkzeug.socket")
    return found


@contextmanager
def waiting(environ: Mapping[str, Any]) -> Iterator[Waiter]:
    """A waiter for a request. It leaves when the client closes its end of the connection.

    It notices that on connections that one of mockcrm's servers has accepted, and only on Linux. Elsewhere a client's
    departure shows only when the answer is sent.
    """
    connection = connection_of(environ)
    if not isinstance(connection, ClientSocket):
        yield Waiter()
        return
    waiter = Waiter(connection.away)
    connection.waiting = True
    try:
        with _watch().kept(connection, waiter) if hasattr(select, "epoll") else contextlib.nullcontext():
            yield waiter
    finally:
        connection.waiting = False


class _DisconnectWatch:
    """One thread that notices closed connections among all whose requests wait, even where unread bytes are left."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._waiters: dict[int, Waiter] = {}
        threading.Thread(target=self._run, name="watch", daemon=True).start()

    @contextmanager
    def kept(self, connection: ClientSocket, waiter: Waiter) -> Iterator[None]:
        """Watch a connection while the block runs."""
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
def _watch() -> _DisconnectWatch:
    return _DisconnectWatch()
