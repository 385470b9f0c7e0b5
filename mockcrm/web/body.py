"""Bodies as they come off the wire: measured, whole, decoded, and never left unread.

werkzeug's own reader takes a body that is too long or cut short for one that has ended, when it comes in chunks.
"""

from typing import Any

from mockcrm.errors import BodyMalformed, BodyTooSlow, Refusal
from mockcrm.web.codings import decoded, encoded_size, too_large
from mockcrm.web.link import TooSlow

MAX_DRAIN = 16 * 1024 * 1024
"""How much of a body that nobody wants is read, in bytes, so that the client sees the answer and can go on."""

_PART = 64 * 1024
_LEFT = "mockcrm.body_left"
_READ = "mockcrm.body"


def read_body(environ: dict[str, Any], most: int) -> bytes:
    """The body of a request, decoded, at most `most` bytes long.

    It comes off the wire once, and is the same, or the same refusal, for everybody who asks again. Raises
    `BodyTooLarge`, `BodyMalformed` and `BodyEncodingUnsupported`.
    """
    if _READ not in environ:
        try:
            environ[_READ] = _plain(environ, most)
        except Refusal as refusal:
            environ[_READ] = refusal
    found: bytes | Refusal = environ[_READ]
    if isinstance(found, Refusal):
        raise found
    return found


def peek(environ: dict[str, Any], most: int) -> bytes:
    """The same for whoever only looks on: nothing, where it is refused."""
    if "CONTENT_LENGTH" not in environ and not environ.get("wsgi.input_terminated"):
        return b""
    try:
        return read_body(environ, most)
    except Refusal:
        return b""


def know(environ: dict[str, Any], body: bytes) -> None:
    """Have a request's body be this one, decoded, whatever comes off the wire."""
    environ[_READ] = body


def _plain(environ: dict[str, Any], most: int) -> bytes:
    encoding = environ.get("HTTP_CONTENT_ENCODING")
    if not encoding:
        return _whole(environ, most, most)
    data = _whole(environ, encoded_size(most), most)
    return decoded(data, encoding, most) if data else data


def _whole(environ: dict[str, Any], limit: int, most: int) -> bytes:
    """The body as it comes, which may have `limit` bytes where it will have `most`."""
    length = _left(environ)
    if length is not None and length > limit:
        raise too_large(most)
    parts, size = [], 0
    while size <= limit and (part := _read(environ)):
        parts.append(part)
        size += len(part)
    if size > limit:
        raise too_large(most)
    if length is not None and size < length:
        raise BodyMalformed("The body ends before its Content-Length.")
    return b"".join(parts)


def drain(environ: dict[str, Any]) -> None:
    """Read what is left of a body, within reason: a server closes the connection on a client that is still sending."""
    if (_left(environ) or 0) > MAX_DRAIN:
        return
    size = 0
    try:
        while size < MAX_DRAIN and (part := _read(environ)):
            size += len(part)
    except (BodyMalformed, BodyTooSlow):
        return


def _left(environ: dict[str, Any]) -> int | None:
    """How many bytes of the body are still to come; None when only its end will tell."""
    if _LEFT not in environ:
        length = environ.get("CONTENT_LENGTH")
        environ[_LEFT] = int(length) if length else None if environ.get("wsgi.input_terminated") else 0
    left: int | None = environ[_LEFT]
    return left


def _read(environ: dict[str, Any]) -> bytes:
    left = _left(environ)
    if left == 0:
        return b""
    try:
        part: bytes = environ["wsgi.input"].read(_PART if left is None else min(left, _PART))
    except TooSlow as error:
        environ[_LEFT] = 0
        raise BodyTooSlow("The body took too long to arrive: see --read-timeout.") from error
    except Exception as error:  # Each server has exceptions of its own for chunks and connections that break.
        environ[_LEFT] = 0
        raise BodyMalformed("The body could not be read to its end.") from error
    environ[_LEFT] = 0 if not part else None if left is None else left - len(part)
    return part
