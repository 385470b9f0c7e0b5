"""Long answers, encoded and sent in chunks: other requests are answered between two of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import orjson
from flask import Response

from mockcrm.web.media_types import JSON

CHUNK = 64 * 1024
"""The least size of a chunk in bytes; only the last one may be smaller."""


def streamed_response(document: Mapping[str, Any]) -> Response:
    """A response with a JSON document that is sent in chunks. Iterators in the document stand for lists."""
    return Response(chunked(_document(document)), content_type=JSON)


def deferred_response(document: Callable[[], Mapping[str, Any]]) -> Response:
    """A response whose JSON is computed when it is sent, after the view has released the sandbox's lock."""
    return Response(_computed(document), content_type=JSON)


def _computed(document: Callable[[], Mapping[str, Any]]) -> Iterator[bytes]:
    yield orjson.dumps(document(), option=orjson.OPT_APPEND_NEWLINE)


def chunked(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Parts of an answer, joined to chunks that are worth sending."""
    joined, size = [], 0
    for part in parts:
        joined.append(part)
        size += len(part)
        if size >= CHUNK:
            yield b"".join(joined)
            joined, size = [], 0
    if joined:
        yield b"".join(joined)


def _document(document: Mapping[str, Any]) -> Iterator[bytes]:
    yield from _parts(document)
    yield b"\n"


def _parts(value: Any) -> Iterator[bytes]:
    """The JSON of a value, in as many short parts as its objects and iterators have members."""
    match value:
        case Mapping():
            yield from _enclosed(b"{", (_member(name, each) for name, each in value.items()), b"}")
        case Iterator():
            yield from _enclosed(b"[", ((orjson.dumps(each),) for each in value), b"]")
        case _:
            yield orjson.dumps(value)


def _member(name: str, value: Any) -> Iterator[bytes]:
    yield orjson.dumps(name) + b":"
    yield from _parts(value)


def _enclosed(start: bytes, members: Iterator[Any], end: bytes) -> Iterator[bytes]:
    yield start
    comma = b""
    for member in members:
        yield comma
        yield from member
        comma = b","
    yield end
