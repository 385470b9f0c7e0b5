"""Calls of a WSGI application in this process, without a socket."""

import io
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

import orjson

from mockcrm.base.declaring import dataclass

# See `mockcrm.client.crm`.
__tracebackhide__ = True

App = Callable[..., Iterable[bytes]]
"""A WSGI application."""
NOWHERE = "mockcrm.invalid"
"""The host name of an application in this process. No name server resolves it (RFC 2606, section 2)."""


class NoAnswer(Exception):
    """The connection broke, or the answer could not be read. The server may still have carried out the request."""


class Broken(NoAnswer):
    """An application in this process broke the connection.

    `begun`: status and headers had already arrived. `reset`: the connection ended with a TCP reset.
    """

    def __init__(self, message: str, *, begun: bool, reset: bool) -> None:
        super().__init__(message)
        self.begun, self.reset = begun, reset


@dataclass(frozen=True)
class Response:
    """A complete answer. The names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON. Raises `NoAnswer` if it is not JSON: it was cut short, or some proxy answered."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise NoAnswer(f"The body is not JSON: {error}") from error


def call_app(app: App, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Response:
    """Send a request to a WSGI application, and return its answer.

    `target` is the path with the query, percent-encoded as in HTTP. Header names and values are text as in WSGI: each
    character stands for one byte. Raises `Broken` where a server would have broken the connection, even in the middle
    of the body.
    """
    path, _, query = target.partition("?")
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "RAW_URI": target,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    started: list[Any] = []
    try:
        parts = app(environ, lambda status, headers, *_: started.extend((int(status[:3]), headers)))
        try:
            answer = b"".join(parts)
        finally:
            getattr(parts, "close", lambda: None)()
    except ConnectionError as error:
        reset = isinstance(error, ConnectionResetError)
        raise Broken(f"{method} {path}: {error!r}", begun=bool(started), reset=reset) from error
    return Response(started[0], lower_cased(started[1]), answer)


def lower_cased(headers: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Headers by their names in lower case."""
    return {name.lower(): value for name, value in headers}
