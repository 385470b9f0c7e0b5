"""The connection that a request came on, where there is one: an application in the process has none."""

import contextlib
import selectors
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from mockcrm.link import Link
from mockcrm.waiting import Waiter

_LOOK = 1.0
"""How often the watch looks what it is to look at, in seconds, on systems where it is not awoken by that."""


def connection_of(environ: Mapping[str, Any]) -> socket.socket | None:
    """The socket under a WSGI request."""
    found: socket.socket | None = environ.get("gunicorn.socket") or environ.get("werkzeug.socket")
    return found


@contextmanager
def waiting(environ: Mapping[str, Any]) -> Iterator[Waiter]:
    """A waiter for a request, which learns when the client closes its end, if a server of ours has accepted it."""
    waiter, connection = Waiter(), connection_of(environ)
    if not isinstance(connection, Link):
        yield waiter
        return
    watch = _watch()
    watch.begin(connection, waiter)
    try:
        yield waiter
    finally:
        watch.end(connection)


class _Watch:
    """One thread that looks at the connections of all requests that wait."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._lock = threading.Lock()
        threading.Thread(target=self._run, name="watch", daemon=True).start()

    def begin(self, connection: Link, waiter: Waiter) -> None:
        connection.waiting = True
        with self._lock:
            self._selector.register(connection, selectors.EVENT_READ, waiter)

    def end(self, connection: Link) -> None:
        connection.waiting = False
        with self._lock, contextlib.suppress(KeyError, ValueError):  # It has sent something, or is closed.
            self._selector.unregister(connection)

    def _run(self) -> None:
        while True:
            for key, _ in self._selector.select(_LOOK):
                assert isinstance(key.fileobj, Link)
                self._look(key.fileobj, key.data)

    def _look(self, connection: Link, waiter: Waiter) -> None:
        """There is something to read: the end, or a next request, behind which nobody sees an end."""
        self.end(connection)
        if connection.has_ended():
            waiter.leave()


@cache
def _watch() -> _Watch:
    return _Watch()
