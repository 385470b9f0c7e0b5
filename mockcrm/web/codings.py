"""Content codings: request bodies that were compressed, decoded (RFC 9110, section 8.4)."""

import zlib

from mockcrm.errors import BodyEncodingUnsupported, BodyMalformed, BodyTooLarge
from mockcrm.web.wsgi import quoted

MAX_CODINGS = 4
"""How many content codings one body may have."""

_GZIP, _ZLIB, _RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS
_SUPPORTED = frozenset({"gzip", "x-gzip", "deflate"})
_ACCEPTED = {"Accept-Encoding": "gzip, deflate"}


def too_large(max_body: int) -> BodyTooLarge:
    """The refusal of a body of more than `max_body` bytes."""
    return BodyTooLarge(f"The body is larger than {max_body:,} bytes.")


def encoded_size(max_body: int) -> int:
    """How many bytes a body of `max_body` bytes may have once it is encoded: incompressible data grows a little."""
    return max_body + max_body // 500 + 128


def decoded(data: bytes, encoding: str, max_body: int) -> bytes:
    """A body without the codings that its `Content-Encoding` names, of at most `max_body` bytes.

    Decoding stops at that limit. Raises `BodyEncodingUnsupported`, `BodyMalformed` and `BodyTooLarge`.
    """
    codings = _codings(encoding)
    while codings:
        coding = codings.pop()
        limit = encoded_size(max_body) if codings else max_body
        data = _without(coding, data, limit)
        if len(data) > limit:
            raise too_large(max_body)
    if len(data) > max_body:
        raise too_large(max_body)
    return data


def _codings(encoding: str) -> list[str]:
    """The codings that were applied to a body, in that order."""
    named = (each.strip().lower() for each in encoding.split(","))
    codings = [each for each in named if each not in ("", "identity")]
    if len(codings) > MAX_CODINGS:
        message = f"A Content-Encoding may name at most {MAX_CODINGS} codings."
        raise BodyEncodingUnsupported(message, headers=_ACCEPTED)
    for coding in codings:
        if coding not in _SUPPORTED:
            message = f"The Content-Encoding {quoted(coding)} is not supported: send gzip, deflate, or plain JSON."
            raise BodyEncodingUnsupported(message, headers=_ACCEPTED)
    return codings


def _without(coding: str, data: bytes, limit: int) -> bytes:
    """The data without one coding; of data longer than `limit` bytes, one byte more than that."""
    stream = zlib.decompressobj(_window(coding, data))
    try:
        plain = stream.decompress(data, limit + 1)
    except zlib.error as error:
        raise BodyMalformed(f"The body is not {coding}, although its Content-Encoding says so.") from error
    if len(plain) <= limit and (stream.unused_data or not stream.eof):
        where = "goes on after" if stream.eof else "ends before"
        raise BodyMalformed(f"The body {where} the end of its {coding} data.")
    return plain


def _window(coding: str, data: bytes) -> int:
    """The format that zlib has to expect. Some clients send `deflate` without the header of RFC 1950."""
    if coding != "deflate":
        return _GZIP
    head = int.from_bytes(data[:2])
    return _ZLIB if head >> 8 & 0x0F == zlib.DEFLATED and head % 31 == 0 else _RAW
