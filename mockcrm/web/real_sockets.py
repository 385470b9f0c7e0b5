"""Sockets for a server in the process of tests, also where a guard forbids tests to make any.

Such a guard, like that of pytest-socket, puts a class in the place of `socket.socket` that cannot be made. It keeps the
code under test off the network; the server is none of that.
"""

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
    """Let code of others make real sockets in the block. Only the thread of the test may do that."""
    guard = socket.socket
    socket.socket = RealSocket  # type: ignore[misc]
    try:
        yield
    finally:
        socket.socket = guard  # type: ignore[misc]


def accepted(listener: RealSocket) -> tuple[RealSocket, object]:
    """What `listener.accept()` gives, which a guard would forbid to the server's thread: the server would end."""
    number, address = listener._accept()  # type: ignore[attr-defined]
    return RealSocket(listener.family, listener.type, listener.proto, number), address
