"""How a client's requests reach a CRM: over HTTP, or a WSGI application in this process."""

import http.client
import io
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes, urlencode, urlsplit

import orjson

# See `mockcrm.client.crm`.
__tracebackhide__ = True

Json = Any
App = Callable[..., Iterable[bytes]]
"""A WSGI application."""
Send = Callable[[str, str, Mapping[str, str], Json, Mapping[str, str]], "Response"]
"""Method, path below where it leads, as HTTP has it, query, body (None for none), headers. Raises `NoAnswer`."""

NOWHERE = "mockcrm.invalid"
"""What stands for the name of an application in this process; no name server knows it (RFC 2606, section 2)."""


class NoAnswer(Exception):
    """The connection broke, or the answer is none that can be read. What was asked for may have been done."""


class Broken(NoAnswer):
    """An application in this process broke the connection.

    `begun` says whether status and headers had come, `reset` whether it broke with a reset.
    """

    def __init__(self, message: str, *, begun: bool, reset: bool) -> None:
        super().__init__(message)
        self.begun, self.reset = begun, reset


@dataclass(frozen=True)
class Response:
    """An answer that came whole; its headers have their names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Json:
        """Raises `NoAnswer` where the body is not JSON: it was cut short, or somebody else's."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise NoAnswer(f"The body is not JSON: {error}") from error


def over_http(url: str, timeout: float = 30) -> Send:
    """To a CRM whose API is at `url`, such as `http://127.0.0.1:8080/api/v1`."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection

    def send(method: str, path: str, query: Mapping[str, str], body: Json, headers: Mapping[str, str]) -> Response:
        connection = kind(parts.netloc, timeout=timeout)
        try:
            connection.request(method, parts.path + _target(path, query), _encoded(body), _headed(body, headers))
            answer = connection.getresponse()
            return Response(answer.status, _lowered(answer.getheaders()), answer.read())
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(f"No answer from {url} to {method} {path}: {error!r}") from None
        finally:
            connection.close()

    return send


def in_process(app: App, mount: str = "/api/v1") -> Send:
    """To a WSGI application in this process, below `mount`: `/api/v1`, or `/sandboxes/{name}/api/v1`."""

    def send(method: str, path: str, query: Mapping[str, str], body: Json, headers: Mapping[str, str]) -> Response:
        return exchange(app, method, mount + _target(path, query), _headed(body, headers), _encoded(body) or b"")

    return send


def exchange(app: App, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Response:
    """What a WSGI application in this process answers; `target` is path and query as HTTP has them.

    Names and values of `headers` are text as WSGI has it: each character is a byte. Raises `Broken` where a server
    would have broken the connection, be it in the middle of the body.
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
    told: list[Any] = []
    try:
        parts = app(environ, lambda status, headers, *_: told.extend((int(status[:3]), headers)))
        try:
            answered = b"".join(parts)
        finally:
            getattr(parts, "close", lambda: None)()
    except ConnectionError as error:
        reset = isinstance(error, ConnectionResetError)
        raise Broken(f"{method} {path}: {error!r}", begun=bool(told), reset=reset) from error
    return Response(told[0], _lowered(told[1]), answered)


def _target(path: str, query: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def _encoded(body: Json) -> bytes | None:
    return None if body is None else json.dumps(body).encode()


def _headed(body: Json, headers: Mapping[str, str]) -> Mapping[str, str]:
    return headers if body is None else {"Content-Type": "application/json", **headers}


def _lowered(headers: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    return {name.lower(): value for name, value in headers}
