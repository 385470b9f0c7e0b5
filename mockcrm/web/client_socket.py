"""A client's connection with time limits, whichever server has accepted it: a slow client blocks nobody for ever."""

import contextlib
import errno
import select
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from mockcrm.base.real_time import real_seconds
from mockcrm.web.real_sockets import RealSocket

READ_TIMEOUT = 30.0
"""How many seconds the head and the body of a request may take to arrive, unless configured otherwise."""

KEEP_ALIVE = 75
"""How many seconds a connection may be idle between two requests.

That is as long as production servers allow. With gunicorn's own two seconds, the next request of a client that keeps
its connections could meet one that is just being closed: a fault that no rule asked for.
"""

LINGER = 2.0
"""How many seconds a server that closes a connection waits for the client to close its end."""

DONT_WAIT: int = getattr(socket, "MSG_DONTWAIT", 0)


class TooSlow(ConnectionResetError):
    """A request did not arrive in time, or the client did not take its answer."""

    def __init__(self) -> None:
        super().__init__(errno.ECONNRESET, "The client took too long.")


class ClientSocket(RealSocket):
    """An accepted connection. A whole request must arrive within `timeout` seconds of its first byte.

    An answer may take as long as it needs, as long as the client takes some of it every `timeout` seconds. Both limits
    raise `TooSlow`. `receiving` says that a request is arriving, `waiting` that one is being kept waiting. `away` is
    entered while a thread has nothing to do but wait for the client.
    """

    away: Callable[[], AbstractContextManager[None]] = staticmethod(nullcontext)

    def __init__(self, accepted: socket.socket, timeout: float) -> None:
        super().__init__(accepted.family, accepted.type, accepted.proto, accepted.detach())
        super().setblocking(True)
        self._limit = timeout
        self.receiving = self.waiting = False
        self._deadline = 0.0
        self._begun = self._closing = False

    def expect(self, idle: float) -> None:
        """Allow `idle` seconds for the first byte of the next request."""
        self._deadline, self._begun = real_seconds() + idle, False

    def setblocking(self, flag: bool) -> None:
        """Nothing: it has time limits of its own. Servers call this for each request, and each time it would cost a
        system call, in which another thread takes over.
        """

    def settimeout(self, value: float | None) -> None:
        """Nothing, as `setblocking`."""

    def arrives_within(self, seconds: float) -> bool:
        """Whether there is something to read by then, be it the end or an error."""
        poll = select.poll()
        poll.register(self.fileno(), select.POLLIN)
        with self.away():
            return bool(poll.poll(seconds * 1000))

    @property
    def unread(self) -> bool:
        """Whether bytes have been taken off the network that nobody has received yet."""
        return False

    def recv(self, size: int, flags: int = 0) -> bytes:
        if self._closing:
            return b""
        return bytes(self._received(super().recv, size, flags=flags))

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        return int(self._received(super().recv_into, buffer, nbytes, flags=flags))

    def linger(self) -> None:
        """Say that nothing more comes, and read what the client still sends for a while, so that it sees the answer.

        After that there is nothing to read (RFC 9112, section 9.6).
        """
        until = real_seconds() + LINGER
        with contextlib.suppress(OSError), self.away():
            self.shutdown(socket.SHUT_WR)
            while (left := until - real_seconds()) > 0:
                super().settimeout(left)
                if not super().recv(64 * 1024):
                    break
        self._closing = True

    def _received(self, receive: Callable[..., Any], *into: Any, flags: int) -> Any:
        left = self._deadline - real_seconds()
        if left <= 0:
            raise TooSlow
        self.receiving = True
        try:
            found = self._at_once_or_within(left, receive, *into, flags=flags)
        finally:
            self.receiving = False
        if not self._begun:
            self._begun, self._deadline = True, real_seconds() + self._limit
        return found

    def sendall(self, data: Any, flags: int = 0) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[self._at_once_or_within(self._limit, super().send, rest, flags=flags) :]

    def _at_once_or_within(self, seconds: float, work: Callable[..., Any], *arguments: Any, flags: int) -> Any:
        """Try without waiting first: mostly that succeeds, and saves the system calls that a timeout takes."""
        with contextlib.suppress(BlockingIOError):
            if DONT_WAIT:
                return work(*arguments, flags | DONT_WAIT)
        super().settimeout(seconds)
        try:
            with self.away():
                return work(*arguments, flags)
        except TimeoutError as error:
            raise TooSlow from error
        finally:
            super().settimeout(None)
