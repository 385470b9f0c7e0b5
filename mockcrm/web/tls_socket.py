"""A client's connection over TLS, with the time limits of every connection, handshake included.

TLS is done in memory (`ssl.SSLObject`), on a socket that stays a plain one: faults can still cut and reset it, the
server that has accepted it waits for it as for any other, and no handshake keeps the thread that accepts.
"""

import contextlib
import errno
import socket
import ssl
from collections.abc import Callable
from typing import Any

from mockcrm.web.client_socket import DONT_WAIT, ClientSocket

_CHUNK = 256 * 1024
"""How many bytes are encrypted at a time."""
_NO_TLS = "This port speaks TLS: the address begins with https://.\n"
_ANSWER_WITHOUT_TLS = (
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
    f"Content-Length: {len(_NO_TLS)}\r\nConnection: close\r\n\r\n{_NO_TLS}"
)


class TlsSocket(ClientSocket):
    """An accepted connection that speaks TLS. Handshake and first request must arrive within `timeout` seconds.

    A handshake that fails raises `ConnectionResetError`; a client that speaks plain HTTP is told so.
    """

    def __init__(self, accepted: socket.socket, timeout: float, context: ssl.SSLContext) -> None:
        super().__init__(accepted, timeout)
        self._arrived, self._to_send = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._arrived, self._to_send, server_side=True)

    @property
    def unread(self) -> bool:
        return bool(self._tls.pending() or self._arrived.pending)

    def expect(self, idle: float) -> None:
        super().expect(idle if self._shaken else min(idle, self._limit))

    def recv(self, size: int, flags: int = 0) -> bytes:
        try:
            return bytes(self._step(self._tls.read, size))
        except ssl.SSLEOFError:  # Clients close connections without saying so in TLS.
            return b""

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        into = memoryview(buffer).cast("B")
        data = self.recv(nbytes or len(into))
        into[: len(data)] = data
        return len(data)

    def sendall(self, data: Any, flags: int = 0) -> None:
        rest = memoryview(data).cast("B")
        while rest:
            rest = rest[self._step(self._tls.write, rest[:_CHUNK]) :]

    def shutdown(self, how: int) -> None:
        """Shut the connection down. To end only the sending is orderly, and is said in TLS, too."""
        if how == socket.SHUT_WR and self._shaken:
            with contextlib.suppress(OSError, ValueError):
                self._tls.unwrap()
            with contextlib.suppress(OSError):
                self.send(self._to_send.read(), DONT_WAIT)
        super().shutdown(how)

    @property
    def _shaken(self) -> bool:
        """Whether the handshake is done."""
        return self._tls.version() is not None

    def _step(self, step: Callable[..., Any], *arguments: Any) -> Any:
        """Take a step of TLS; as often as it needs more from the client, wait for that."""
        while True:
            try:
                done = step(*arguments)
            except ssl.SSLWantReadError:
                self._flush()
                if arrived := super().recv(_CHUNK):
                    self._arrived.write(arrived)
                else:
                    self._arrived.write_eof()
            except ssl.SSLEOFError:
                raise
            except ssl.SSLError as error:
                self._explain(error)
                raise ConnectionResetError(errno.ECONNRESET, f"TLS failed: {error.reason}.") from error
            else:
                self._flush()
                return done

    def _flush(self) -> None:
        if self._to_send.pending:
            super().sendall(self._to_send.read())

    def _explain(self, error: ssl.SSLError) -> None:
        """Tell the client why TLS has failed, as far as it still listens."""
        with contextlib.suppress(OSError):
            if error.reason == "HTTP_REQUEST":
                super().sendall(_ANSWER_WITHOUT_TLS.encode())
            else:
                self._flush()


def client_socket(accepted: socket.socket, timeout: float, context: ssl.SSLContext | None) -> ClientSocket:
    """An accepted connection with time limits; with a context, over TLS."""
    return ClientSocket(accepted, timeout) if context is None else TlsSocket(accepted, timeout, context)
