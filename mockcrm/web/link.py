"""A client's connection on which nobody waits for ever, whichever server has accepted it."""

import contextlib
import errno
import socket
import time
from collections.abc import Callable
from typing import Any

READ_TIMEOUT = 30.0
"""How many seconds a request's head and body may take to arrive, unless configured."""

KEEP_ALIVE = 75
"""How many seconds a connection may say nothing between two requests.

As patient as the servers that clients are made for: after gunicorn's two seconds the next request of a client that
keeps its connections may meet one that is just being closed, a fault that nobody ordered.
"""

LINGER = 2.0
"""How many seconds a connection that is about to be closed waits for its client to close it, too."""

_AT_ONCE: int = getattr(socket, "MSG_DONTWAIT", 0)


class TooSlow(ConnectionResetError):
    """A request did not arrive in time, or its answer was not taken."""

    def __init__(self) -> None:
        super().__init__(errno.ECONNRESET, "The client took too long.")


class Link(socket.socket):
    """An accepted connection. All of a request must arrive within `patience` seconds of its first byte.

    An answer may take as long as it likes, but not stand still for longer than that. Both raise `TooSlow`. `receiving`
    and `waiting` say what is going on: a request arrives, or is kept waiting.
    """

    def __init__(self, accepted: socket.socket, patience: float) -> None:
        super().__init__(accepted.family, accepted.type, accepted.proto, accepted.detach())
        self.patience = patience
        self.receiving = self.waiting = False
        self._deadline = 0.0
        self._begun = self._done = False

    def expect(self, idle: float) -> None:
        """A request may come; its first byte may take `idle` seconds."""
        self._deadline, self._begun = time.monotonic() + idle, False

    def recv(self, size: int, flags: int = 0) -> bytes:
        if self._done:
            return b""
        return bytes(self._received(super().recv, size, flags=flags))

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        return int(self._received(super().recv_into, buffer, nbytes, flags=flags))

    def linger(self) -> None:
        """Say that no more comes, and take for a while what the client still sends, so that it sees the answer.

        From then on there is nothing to read (RFC 9112, section 9.6).
        """
        until = time.monotonic() + LINGER
        with contextlib.suppress(OSError):
            self.shutdown(socket.SHUT_WR)
            while (left := until - time.monotonic()) > 0:
                self.settimeout(left)
                if not super().recv(64 * 1024):
                    break
        self._done = True

    def _received(self, receive: Callable[..., Any], *into: Any, flags: int) -> Any:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TooSlow
        self.receiving = True
        try:
            found = self._at_once_or_within(left, receive, *into, flags=flags)
        finally:
            self.receiving = False
        if not self._begun:
            self._begun, self._deadline = True, time.monotonic() + self.patience
        return found

    def sendall(self, data: Any, flags: int = 0) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[self._at_once_or_within(self.patience, self.send, rest, flags=flags) :]

    def _at_once_or_within(self, seconds: float, work: Callable[..., Any], *arguments: Any, flags: int) -> Any:
        """Do what mostly can be done at once without the calls to the system that setting a timeout takes."""
        with contextlib.suppress(BlockingIOError):
            if _AT_ONCE and self.gettimeout() is None:
                return work(*arguments, flags | _AT_ONCE)
        self.settimeout(seconds)
        try:
            return work(*arguments, flags)
        except TimeoutError as error:
            raise TooSlow from error
        finally:
            self.settimeout(None)
