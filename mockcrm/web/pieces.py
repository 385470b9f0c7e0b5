"""Long answers, made and sent piece by piece: other requests are answered between two of them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson
from flask import Response

from mockcrm.web.media_types import JSON

PIECE = 64 * 1024
"""How long a piece is at least, in bytes; the last one left aside."""


def long_answer(document: Mapping[str, Any]) -> Response:
    """An answer of JSON's types, in which iterators stand for lists; a line end follows it."""
    return Response(_pieces(document), content_type=JSON)


def later_answer(document: Callable[[], Mapping[str, Any]]) -> Response:
    """An answer that is worked out when it is sent, which is when nobody waits for it any more."""
    return Response(_worked_out(document), content_type=JSON)


def _worked_out(document: Callable[[], Mapping[str, Any]]) -> Iterator[bytes]:
    yield orjson.dumps(document(), option=orjson.OPT_APPEND_NEWLINE)


def _pieces(document: Mapping[str, Any]) -> Iterator[bytes]:
    parts, size = [], 0
    for part in _parts(document):
        parts.append(part)
        size += len(part)
        if size >= PIECE:
            yield b"".join(parts)
            parts, size = [], 0
    yield b"".join((*parts, b"\n"))


def _parts(value: Any) -> Iterator[bytes]:
    """The JSON of a value, as many short parts as its objects and iterators have members."""
    match value:
        case Mapping():
            yield from _between(b"{", (_member(name, each) for name, each in value.items()), b"}")
        case Iterator():
            yield from _between(b"[", ((orjson.dumps(each),) for each in value), b"]")
        case _:
            yield orjson.dumps(value)


def _member(name: str, value: Any) -> Iterator[bytes]:
    yield orjson.dumps(name) + b":"
    yield from _parts(value)


def _between(begin: bytes, members: Iterator[Any], end: bytes) -> Iterator[bytes]:
    yield begin
    comma = b""
    for member in members:
        yield comma
        yield from member
        comma = b","
    yield end
