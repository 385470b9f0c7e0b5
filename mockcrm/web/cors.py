"""Which web pages of other origins may call the API (https://fetch.spec.whatwg.org/#http-cors-protocol).

It is done around the gate, because refusals and fault rules answer without Flask: a page must see a 429 as well.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from mockcrm.base.declaring import dataclass
from mockcrm.web.wsgi import Environ, StartResponse

ANY_ORIGIN = "*"
"""Stands for every origin, also for pages without one."""
MAX_AGE = 600
"""How many seconds a browser may remember the answer to a preflight."""

_METHODS = "DELETE, GET, HEAD, PATCH, POST, PUT"
_ALWAYS = frozenset({"Authorization", "Content-Encoding", "Content-Type"})
"""The headers of requests that no view reads itself."""
_READABLE = frozenset(
    {"cache-control", "content-language", "content-length", "content-type", "expires", "last-modified", "pragma"}
)
"""The headers of an answer that every page may read (Fetch, CORS-safelisted response-header name)."""
_DEFAULT_PORTS = {"http": 80, "https": 443}
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]+)?")
_NAMES = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+(?: ?, ?[!#$%&'*+.^_`|~0-9A-Za-z-]+)*")
_MAX_NAMES = 1_000
"""How long a list of headers that a preflight asks for may be, in characters, if the answer is to repeat it."""


@dataclass(frozen=True, slots=True)
class Cors:
    """The `origins` whose pages may call the API, and the `headers` of requests that it reads."""

    origins: frozenset[str]
    headers: frozenset[str]

    def is_preflight(self, environ: Environ) -> bool:
        """Whether a browser asks by itself what a page may send (Fetch, CORS-preflight request)."""
        asks = "HTTP_ORIGIN" in environ and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
        return asks and environ["REQUEST_METHOD"] == "OPTIONS"

    def around(self, environ: Environ, start_response: StartResponse) -> StartResponse:
        """A `start_response` that lets the page read the answer with all its headers, if its origin is allowed."""

        def begin(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start_response(status, [*headers, *self._shown(environ, headers)], *rest)

        return begin

    def _shown(self, environ: Environ, headers: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        yield "Vary", "Origin"
        names = {name.lower(): name for name, _ in headers}
        # A fault rule may answer for itself.
        if "access-control-allow-origin" in names or not (granted := self._granted(environ)):
            return
        yield from granted
        yield "Access-Control-Expose-Headers", ", ".join(names[each] for each in sorted({*names} - _READABLE))

    def preflight(self, environ: Environ) -> list[tuple[str, str]]:
        """The headers of the answer to a preflight. Without those that allow something, the browser refuses it."""
        varied = [("Vary", "Origin, Access-Control-Request-Headers")]
        if not (granted := self._granted(environ)):
            return varied
        asked = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
        # Clients send headers of their own, such as those that trace a request: the API takes any.
        further = asked.replace(" ", "").split(",") if len(asked) <= _MAX_NAMES and _NAMES.fullmatch(asked) else []
        known = {name.lower() for name in self.headers}
        return [
            *granted,
            ("Access-Control-Allow-Methods", _METHODS),
            (
                "Access-Control-Allow-Headers",
                ", ".join([*sorted(self.headers), *(each for each in further if each.lower() not in known)]),
            ),
            ("Access-Control-Max-Age", str(MAX_AGE)),
            *varied,
        ]

    def _granted(self, environ: Environ) -> list[tuple[str, str]]:
        """The headers that allow the origin of a request; none where it has none, or one that is not allowed."""
        origin = environ.get("HTTP_ORIGIN")
        if origin is None:
            return []
        if ANY_ORIGIN in self.origins:
            return [("Access-Control-Allow-Origin", ANY_ORIGIN)]
        if origin not in self.origins:
            return []
        return [("Access-Control-Allow-Origin", origin), ("Access-Control-Allow-Credentials", "true")]


def cors_of(origins: str | Iterable[str], headers: Iterable[str]) -> Cors | None:
    """What these origins, or `*`, allow; None without any. `headers` are those of requests that the API reads.

    Raises `ValueError` for what is not an origin as browsers send it.
    """
    checked = frozenset(map(_checked, [origins] if isinstance(origins, str) else origins))
    return Cors(checked, _ALWAYS.union(headers)) if checked else None


def _checked(text: str) -> str:
    if text == ANY_ORIGIN:
        return text
    if text == "null":
        raise ValueError("'null' is not an origin: use * for pages without an origin, such as those of a file.")
    try:
        meant = _serialized(text)
    except ValueError:
        meant = ""
    if not _ORIGIN.fullmatch(meant):
        raise ValueError(f"{text!r} is not an origin, such as http://localhost:3000.")
    if meant != text:
        raise ValueError(f"{text!r} is not an origin as browsers send it. Did you mean {meant}?")
    return text


def _serialized(address: str) -> str:
    """The origin of an address (https://html.spec.whatwg.org/#ascii-serialisation-of-an-origin)."""
    parts = urlsplit(address)
    host = (parts.hostname or "").encode("idna").decode()
    port = parts.port if parts.port != _DEFAULT_PORTS.get(parts.scheme) else None
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{'' if port is None else f':{port}'}"
