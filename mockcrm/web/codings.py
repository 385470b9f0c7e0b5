"""Bodies as they were before their content codings were applied (RFC 9110, section 8.4)."""

import zlib

from mockcrm.errors import BodyEncodingUnsupported, BodyMalformed, BodyTooLarge
from mockcrm.web.wsgi_text import quoted

MAX_CODINGS = 4
"""How many codings one body may have."""

_GZIP, _ZLIB, _RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS
_DECODED = frozenset({"gzip", "x-gzip", "deflate"})
_ACCEPTED = {"Accept-Encoding": "gzip, deflate"}


def too_large(most: int) -> BodyTooLarge:
    """The refusal of a body that is longer than `most` bytes."""
    return BodyTooLarge(f"The body is larger than {most:,} bytes.")


def encoded_size(most: int) -> int:
    """How long a body of `most` bytes may be once it is encoded: what cannot shrink grows a little."""
    return most + most // 500 + 128


def decoded(data: bytes, encoding: str, most: int) -> bytes:
    """The body that was encoded as the header `Content-Encoding` says, at most `most` bytes long.

    Decoding stops at that limit. Raises `BodyEncodingUnsupported`, `BodyMalformed` and `BodyTooLarge`.
    """
    codings = _codings(encoding)
    while codings:
        coding = codings.pop()
        limit = encoded_size(most) if codings else most
        data = _without(coding, data, limit)
        if len(data) > limit:
            raise too_large(most)
    if len(data) > most:
        raise too_large(most)
    return data


def _codings(encoding: str) -> list[str]:
    """The codings that were applied to a body, in that order."""
    named = (each.strip().lower() for each in encoding.split(","))
    codings = [each for each in named if each not in ("", "identity")]
    if len(codings) > MAX_CODINGS:
        raise BodyEncodingUnsupported(f"A Content-Encoding has at most {MAX_CODINGS} codings.", headers=_ACCEPTED)
    for coding in codings:
        if coding not in _DECODED:
            message = f"The Content-Encoding {quoted(coding)} is not decoded: send gzip, deflate, or the body as it is."
            raise BodyEncodingUnsupported(message, headers=_ACCEPTED)
    return codings


def _without(coding: str, data: bytes, limit: int) -> bytes:
    """The same without one coding; of what is longer than `limit` bytes a byte more."""
    stream = zlib.decompressobj(_window(coding, data))
    try:
        plain = stream.decompress(data, limit + 1)
    except zlib.error as error:
        raise BodyMalformed(f"The body is not {coding}, as its Content-Encoding says.") from error
    if len(plain) <= limit and (stream.unused_data or not stream.eof):
        what = "goes on behind" if stream.eof else "ends before"
        raise BodyMalformed(f"The body {what} the end of its {coding} data.")
    return plain


def _window(coding: str, data: bytes) -> int:
    """What zlib is to expect. Some clients send `deflate` without the header that it should have (RFC 1950)."""
    if coding != "deflate":
        return _GZIP
    head = int.from_bytes(data[:2])
    return _ZLIB if head >> 8 & 0x0F == zlib.DEFLATED and head % 31 == 0 else _RAW
