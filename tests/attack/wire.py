"""HTTP/1.1 as an attacker speaks it: bytes go out as they are, and every answer is held to the grammar."""

import re
import socket
import time
from dataclasses import dataclass

PATIENCE = 5.0
"""How many seconds an answer may take, from the last byte of the request to the last of the answer."""

_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2}) [\t -~\x80-\xff]*")
_FIELD = re.compile(
    rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*((?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?)[ \t]*"
)
_NO_BODY = (204, 304)


class Broken(Exception):
    """What came is not an HTTP answer, or ends before its end."""


class Silent(Broken):
    """The connection was closed without a byte of an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, and how many seconds one waited for it. Of a chunked one that is the longest wait for a chunk."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    seconds: float

    def every(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name]

    def first(self, name: str) -> str | None:
        return next(iter(self.every(name)), None)

    @property
    def closes(self) -> bool:
        return (self.first("connection") or "").lower() == "close"


class Connection:
    """One connection to a server on loopback. What is read has a deadline; beyond it a `TimeoutError` is raised.

    An answer in chunks may be long: each chunk has a deadline of its own.
    """

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._read = b""
        self._began, self._longest = time.perf_counter(), 0.0

    def send(self, data: bytes) -> None:
        """Send as much as the server takes: one that has refused already may close before the end."""
        self._socket.settimeout(PATIENCE)
        try:
            self._socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass
        finally:
            self._began, self._longest = time.perf_counter(), 0.0

    def end(self) -> None:
        """Say that nothing more will come."""
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:  # The server has closed it already.
            return

    def close(self) -> None:
        self._socket.close()

    @property
    def unasked(self) -> bytes:
        """What has come and belongs to no answer that was read."""
        return self._read

    def answer(self, method: str) -> Answer:
        """The next final answer, to a request of this method. Raises `Broken`, `Silent` and `TimeoutError`."""
        while True:
            status, headers = self._head()
            if status >= 200:
                break
        body = b"" if method == "HEAD" or status in _NO_BODY else self._body(headers)
        self._note_wait()
        return Answer(status, headers, body, self._longest)

    def _note_wait(self) -> None:
        now = time.perf_counter()
        self._longest, self._began = max(self._longest, now - self._began), now

    def answers(self, method: str) -> list[Answer]:
        """All answers until the server closes the connection; the first is to a request of this method."""
        found = [self.answer(method)]
        while self._read or self._more():
            found.append(self.answer("GET"))
        return found

    def _head(self) -> tuple[int, tuple[tuple[str, str], ...]]:
        while b"\r\n\r\n" not in self._read:
            if not self._more():
                raise Broken(f"The head ends early: {self._read[:200]!r}") if self._read else Silent("No answer.")
        head, _, self._read = self._read.partition(b"\r\n\r\n")
        first, *lines = head.split(b"\r\n")
        line = _STATUS_LINE.fullmatch(first)
        fields = [_FIELD.fullmatch(each) for each in lines]
        if not line or not all(fields):
            raise Broken(f"Not a head: {head[:500]!r}")
        return int(line[1]), tuple((each[1].decode(), each[2].decode("latin-1")) for each in fields if each)

    def _body(self, headers: tuple[tuple[str, str], ...]) -> bytes:
        named = {name.lower(): value for name, value in headers}
        if named.get("transfer-encoding", "").lower() == "chunked":
            return b"".join(iter(self._chunk, b""))
        if (length := named.get("content-length")) is not None:
            return self._exactly(int(length))
        while self._more():
            pass
        return self._exactly(len(self._read))

    def _chunk(self) -> bytes:
        size = int(self._line(), 16)
        data = self._exactly(size)
        self._line()
        self._note_wait()
        return data

    def _line(self) -> bytes:
        while b"\r\n" not in self._read:
            self._need()
        line, _, self._read = self._read.partition(b"\r\n")
        return line

    def _exactly(self, size: int) -> bytes:
        while len(self._read) < size:
            self._need()
        data, self._read = self._read[:size], self._read[size:]
        return data

    def _need(self) -> None:
        if not self._more():
            raise Broken(f"The body ends early, with {self._read[-100:]!r}.")

    def _more(self) -> bool:
        """Read what there is; False at the end."""
        left = PATIENCE - (time.perf_counter() - self._began)
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)
        try:
            data = self._socket.recv(1 << 18)
        except ConnectionResetError:
            data = b""
        self._read += data
        return bool(data)
