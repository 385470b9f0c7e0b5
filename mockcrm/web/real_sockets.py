"""Sockets for a server in the process of tests, also where a guard forbids tests to make any.

Such a guard, like that of pytest-socket, puts something else in the place of `socket.socket` and `getaddrinfo`. It
keeps the code under test off the network; the server is none of that.
"""

import _socket
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    RealSocket = socket.socket
else:
    RealSocket = next(each for each in socket.socket.__mro__ if each.__module__ == "socket")


@contextmanager
def unguarded() -> Iterator[None]:
    """Let a library make real sockets in the block. Only a thread in which tests run may do that."""
    guards = socket.socket, socket.getaddrinfo
    socket.socket, socket.getaddrinfo = RealSocket, _socket.getaddrinfo  # type: ignore[misc, assignment]
    try:
        yield
    finally:
        socket.socket, socket.getaddrinfo = guards  # type: ignore[misc]


def accepted(listener: RealSocket) -> tuple[RealSocket, object]:
    """What `listener.accept()` gives, which a guard would forbid to the server's thread: the server would end."""
    number, address = listener._accept()  # type: ignore[attr-defined]
    return RealSocket(listener.family, listener.type, listener.proto, number), address
