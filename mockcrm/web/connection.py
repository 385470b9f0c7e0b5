"""The connection that a request came on, where there is one: an application in the process has none."""

import select
import socket
from collections.abc import Mapping
from typing import Any


def connection_of(environ: Mapping[str, Any]) -> socket.socket | None:
    """The socket under a WSGI request."""
    found: socket.socket | None = environ.get("gunicorn.socket") or environ.get("werkzeug.socket")
    return found


def has_left(environ: Mapping[str, Any]) -> bool:
    """Whether the client has closed its end. Never waits; what it may have sent stays to be read."""
    connection = connection_of(environ)
    if connection is None:
        return False
    try:
        return _is_readable(connection) and not socket.socket.recv(connection, 1, socket.MSG_PEEK)
    except OSError:
        return True


def _is_readable(connection: socket.socket) -> bool:
    if not hasattr(select, "poll"):  # Windows, whose select takes any number of a socket.
        return bool(select.select([connection], [], [], 0)[0])
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))
