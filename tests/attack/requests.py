"""Requests of an attacker, each made from a seed and its number, so that every one of them can be made again."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Literal

from tests.attack import bodies, heads, openers, targets, values
from tests.attack.heads import Headers
from tests.attack.reading import Reading, authority, reading
from tests.attack.shaped import Shaper
from tests.attack.targets import Tokens

Manner = Literal["kept", "alone", "cut", "stalled", "unread"]
"""How a request is sent: on a connection that is kept; on one of its own, read to its end; or a part of it, after which
the connection is closed, or left as it is; or the whole, whose answer nobody reads."""

LIFE = 100
"""After how many requests a server is brought back to its first state."""
_OPENERS = 3
"""How many requests then make that state a difficult one."""

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
_ODD_METHODS = [
    "TRACE",
    "CONNECT",
    "PROPFIND",
    "BREW",
    "QUERY",
    "get",
    "G\u00c9T",
    "",
    "GET ",
    "X" * 30,
    "POST\x00",
    "-",
]
_TOKEN = re.compile(r"[A-Z0-9-]{3,20}")
_TARGET = re.compile(r"(?:/|[A-Za-z][A-Za-z0-9+.-]*://(?:[A-Za-z0-9.@:-]+|\[[0-9a-f:]+\])/)[!-~]{0,7500}")
_MOST_HEADERS = 90
_VALUE = re.compile(r"[\t -~\x80-\xff]{0,8000}")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the description: what it takes, and where."""

    method: str
    path: str
    parameters: tuple[str, ...]
    body: Any = None
    example: Any = None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it goes over the wire, and what a judge has to know of it.

    `ill_formed`: whoever speaks HTTP may refuse it, and so may the server below the application.
    """

    number: int
    call: Call
    method: str
    target: str
    headers: Headers
    body: bytes
    manner: Manner = "kept"
    ill_formed: bool = False
    version: str = "HTTP/1.1"

    @property
    def data(self) -> bytes:
        lines = [f"{self.method} {self.target} {self.version}", *(f"{name}: {value}" for name, value in self.headers)]
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + self.body

    @property
    def reading(self) -> Reading:
        return reading(self.target)

    @property
    def foreign(self) -> bool:
        """Whether it comes from a page, or calls the server by a name, that the controls must not answer to."""
        named = authority(self.target)
        hosts = [] if named is None else [("Host", named)]
        return heads.are_foreign(hosts + [each for each in self.headers if not hosts or each[0] != "Host"])

    @property
    def reads(self) -> bool:
        """Whether it asks for nothing but to look."""
        return self.method in ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Pool:
    """What a server gave out that requests can be made of: page tokens, and a snapshot."""

    tokens: Tokens
    snapshot: Any


class Arsenal:
    """All requests of one seed against a server that describes itself so."""

    def __init__(self, seed: int, description: Mapping[str, Any], scenarios: list[str]) -> None:
        self._seed = seed
        self._shaper = Shaper(description, {"scenario": scenarios, "name": [*values.SANDBOXES, *scenarios[:20]]})
        self._scenarios = scenarios
        self._calls = [*_calls(description, self._shaper)]
        self._weights = [_weight(call) for call in self._calls]

    def request(self, number: int, pool: Pool) -> Request:
        """The request with this number."""
        rng = Random(f"{self._seed}/{number}")
        if number % LIFE < _OPENERS:
            return _sealed(rng, self._opener(rng, number))
        (call,) = rng.choices(self._calls, self._weights)
        draft = self._lawful(rng, number, call, pool)
        if rng.random() < 0.4:
            return _sealed(rng, draft)
        return self._hostile(rng, draft, pool)

    def _opener(self, rng: Random, number: int) -> Request:
        method, path, body = openers.opener(rng, self._scenarios)
        call = Call(method, path, (), kind="application/json")
        target = rng.choice(["", "/sandboxes/other"]) + path
        headers = [*heads.innocent(rng), ("Content-Type", "application/json")]
        return Request(number, call, method, target, headers, bodies.raw(rng, body))

    def _lawful(self, rng: Random, number: int, call: Call, pool: Pool) -> Request:
        target = targets.filled(rng, call.path)
        asked = targets.query(rng, dict.fromkeys(call.parameters), pool.tokens)
        headers, body = heads.innocent(rng), b""
        if call.kind is not None:
            headers = [*headers, ("Content-Type", call.kind)]
            body = bodies.raw(rng, bodies.bounded(self._body(rng, call, pool)))
        return Request(number, call, call.method, f"{target}?{asked}" if asked else target, headers, body)

    def _body(self, rng: Random, call: Call, pool: Pool) -> Any:
        if call.path == "/admin/snapshot":
            return bodies.altered(rng, pool.snapshot)
        if call.path == "/admin/scenario" and rng.random() < 0.5:
            return {"name": rng.choice(self._scenarios)}
        if rng.random() < 0.2 and call.example is not None:
            return call.example
        return self._shaper.value(rng, call.body)

    def _hostile(self, rng: Random, draft: Request, pool: Pool) -> Request:
        for _ in range(rng.choice([1, 1, 1, 2, 2, 3])):
            spoil = rng.choices(
                [self._path, self._query, _method, _header, _foreign, self._content], [5, 3, 2, 4, 2, 5]
            )
            draft = spoil[0](rng, draft, pool)
        if not draft.foreign:
            draft = replace(draft, headers=heads.without_key(draft.headers))
        return _framed(rng, draft) if rng.random() < 0.2 else _sealed(rng, draft)

    def _path(self, rng: Random, draft: Request, pool: Pool) -> Request:
        path, mark, asked = draft.target.partition("?")
        return replace(draft, target=targets.misspelt(rng, path) + mark + asked)

    def _query(self, rng: Random, draft: Request, pool: Pool) -> Request:
        path, _, asked = draft.target.partition("?")
        bad = targets.bad_query(rng, asked, dict.fromkeys(draft.call.parameters))
        return replace(draft, target=f"{path}?{bad}")

    def _content(self, rng: Random, draft: Request, pool: Pool) -> Request:
        """Something wrong in the body, or a body where none belongs."""
        if draft.call.kind is None:
            return replace(draft, body=bodies.spoilt(rng, b'{"a":1}'))
        if rng.random() < 0.02:
            return replace(draft, body=bodies.huge(rng))
        value = self._body(rng, draft.call, pool)
        names = self._shaper.lists(draft.call.body)
        if names and isinstance(value, dict) and rng.random() < 0.05:
            swollen = value | {rng.choice(names): bodies.as_many_as_fit(rng)}
            return replace(draft, body=bodies.raw(rng, bodies.bounded(swollen)))
        value = bodies.bounded(bodies.mutated(rng, value))
        body = bodies.raw(rng, value)
        return replace(draft, body=body if rng.random() < 0.7 else bodies.spoilt(rng, body))


def _calls(description: Mapping[str, Any], shaper: Shaper) -> list[Call]:
    found = []
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            asked = tuple(each["name"] for each in operation.get("parameters", []) if each["in"] == "query")
            content = shaper.resolved(operation.get("requestBody", {})).get("content", {})
            kinds = content or {None: {}}
            found += [
                Call(method.upper(), path, asked, media.get("schema"), media.get("example"), kind)
                for kind, media in kinds.items()
            ]
    return found


def _weight(call: Call) -> float:
    return 3.0 if call.path.startswith("/api") else 0.4 if not call.path.startswith("/admin") else 1.0


def _method(rng: Random, draft: Request, pool: Pool) -> Request:
    return replace(draft, method=rng.choice(_METHODS if rng.random() < 0.7 else _ODD_METHODS))


def _header(rng: Random, draft: Request, pool: Pool) -> Request:
    if rng.random() < 0.1:
        return replace(draft, headers=heads.ill_formed(rng, draft.headers), ill_formed=True)
    return replace(draft, headers=heads.garbled(rng, draft.headers))


def _foreign(rng: Random, draft: Request, pool: Pool) -> Request:
    return replace(draft, headers=heads.foreign(rng, draft.headers))


def _sealed(rng: Random, draft: Request) -> Request:
    """The draft with its length told, in the one way or the other, and sent in a manner that suits it."""
    if draft.body and rng.random() < 0.15:
        framing, body = heads.chunked(rng, draft.body, well=True)
    else:
        needed = draft.body or draft.method not in ("GET", "HEAD", "OPTIONS", "DELETE")
        framing, body = ([("Content-Length", str(len(draft.body)))] if needed else []), draft.body
    headers = [*draft.headers, *framing]
    if rng.random() < 0.03:
        headers.append(rng.choice([("Connection", "close"), ("Expect", "100-continue"), ("Connection", "upgrade")]))
    sealed = replace(draft, headers=headers, body=body)
    return replace(sealed, ill_formed=draft.ill_formed or not _is_http(sealed), manner=_manner(rng, sealed))


def _framed(rng: Random, draft: Request) -> Request:
    """The draft with a body that is encoded, or whose length is told wrongly."""
    way = rng.random()
    if way < 0.35:
        framing, body = heads.coded(rng, draft.body)
    elif way < 0.5:
        framing, body = heads.in_another_charset(rng, draft.body)
        draft = replace(draft, headers=[each for each in draft.headers if each[0] != "Content-Type"])
    elif way < 0.75:
        framing, body = heads.chunked(rng, draft.body, well=False)
    else:
        framing, body = heads.ill_framed(rng, draft.body)
    version = (
        rng.choice(["HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/0.9", "HTTP/1.1x"])
        if way > 0.9
        else "HTTP/1.1"
    )
    framed = replace(draft, headers=draft.headers + framing, body=body, version=version)
    return replace(framed, ill_formed=way >= 0.5 or draft.ill_formed or not _is_http(framed), manner="alone")


def _is_http(request: Request) -> bool:
    fields = all(
        _NAME.fullmatch(name) and _VALUE.fullmatch(value) and "_" not in name for name, value in request.headers
    )
    names = [name for name, _ in request.headers]
    few = len(names) <= _MOST_HEADERS and names.count("Host") < 2
    return bool(fields and few and _TOKEN.fullmatch(request.method) and _TARGET.fullmatch(request.target))


def _manner(rng: Random, request: Request) -> Manner:
    """Mostly kept. What is cut off has a body that its call reads, so that it is not carried out."""
    if request.ill_formed or not _is_http(request) or request.version != "HTTP/1.1":
        return "alone"
    if rng.random() > 0.02:
        return "kept"
    if request.method == "GET" and request.call.method == "GET":
        return "unread"
    reads = request.call.kind is not None and request.method == request.call.method != "DELETE"
    return rng.choice(["cut", "stalled"]) if reads and len(request.body) > 20 else "alone"
