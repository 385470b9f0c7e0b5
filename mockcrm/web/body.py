"""Request bodies as they come off the wire: limited in size, complete, decoded, and never left unread.

Werkzeug's own reader takes a chunked body that is too long or cut short for a complete one.
"""

from mockcrm.errors import BodyEncodingUnsupported, BodyMalformed, BodyTooLarge, BodyTooSlow, Refusal
from mockcrm.web.client_socket import TooSlow
from mockcrm.web.codings import decoded, encoded_size, too_large
from mockcrm.web.wsgi import Environ

MAX_DRAIN = 16 * 1024 * 1024
"""How many bytes of an unwanted body are read, so that the client sees the answer and can go on."""

_CHUNK = 64 * 1024
_LEFT = "mockcrm.body_left"
_BODY = "mockcrm.body"


def read_body(environ: Environ, max_body: int) -> bytes:
    """The body of a request, decoded, of at most `max_body` bytes.

    It is read once; a second reader gets the same bytes or the same refusal. Raises `BodyTooLarge`, `BodyMalformed`,
    `BodyTooSlow` and `BodyEncodingUnsupported`.
    """
    if _BODY not in environ:
        try:
            environ[_BODY] = _read_decoded(environ, max_body)
        except Refusal as refusal:
            environ[_BODY] = refusal
    found: bytes | Refusal = environ[_BODY]
    if isinstance(found, Refusal):
        raise found
    return found


def peek(environ: Environ, max_body: int) -> bytes | None:
    """The body as `read_body` reads it, or nothing where it is no body: broken off, or not coded as it says.

    None stands for a body that is too large, or in a coding that is not supported.
    """
    if not announces_body(environ):
        return b""
    try:
        return read_body(environ, max_body)
    except (BodyTooLarge, BodyEncodingUnsupported):
        return None
    except Refusal:
        return b""


def announces_body(environ: Environ) -> bool:
    """Whether a body follows the head of a request; before HTTP/2 the head says so (RFC 9112, section 6.3)."""
    if environ.get("CONTENT_LENGTH", "0") not in ("", "0") or "HTTP_TRANSFER_ENCODING" in environ or _BODY in environ:
        return True
    return bool(environ.get("wsgi.input_terminated")) and not environ["SERVER_PROTOCOL"].startswith("HTTP/1")


def preset_body(environ: Environ, body: bytes) -> None:
    """Have `read_body` return this decoded body, whatever comes off the wire."""
    environ[_BODY] = body


def _read_decoded(environ: Environ, max_body: int) -> bytes:
    encoding = environ.get("HTTP_CONTENT_ENCODING")
    if not encoding:
        return _read_all(environ, max_body, max_body)
    data = _read_all(environ, encoded_size(max_body), max_body)
    return decoded(data, encoding, max_body) if data else data


def _read_all(environ: Environ, limit: int, max_body: int) -> bytes:
    """The body as it was sent, of at most `limit` bytes; once decoded it may have `max_body`."""
    length = _bytes_left(environ)
    if length is not None and length > limit:
        raise too_large(max_body)
    parts, size = [], 0
    while size <= limit and (part := _read_chunk(environ)):
        parts.append(part)
        size += len(part)
    if size > limit:
        raise too_large(max_body)
    if length is not None and size < length:
        raise BodyMalformed("The body ends before its Content-Length.")
    return b"".join(parts)


def drain(environ: Environ) -> None:
    """Read the rest of a body, up to a limit: a server would close the connection on a client that is still sending."""
    if (_bytes_left(environ) or 0) > MAX_DRAIN:
        return
    size = 0
    try:
        while size < MAX_DRAIN and (part := _read_chunk(environ)):
            size += len(part)
    except (BodyMalformed, BodyTooSlow):
        return


def _bytes_left(environ: Environ) -> int | None:
    """How many bytes of the body are still to come; None for a chunked body, which says so at its end."""
    if _LEFT not in environ:
        length = environ.get("CONTENT_LENGTH")
        environ[_LEFT] = int(length) if length else None if environ.get("wsgi.input_terminated") else 0
    left: int | None = environ[_LEFT]
    return left


def _read_chunk(environ: Environ) -> bytes:
    left = _bytes_left(environ)
    if left == 0:
        return b""
    try:
        part: bytes = environ["wsgi.input"].read(_CHUNK if left is None else min(left, _CHUNK))
    except TooSlow as error:
        environ[_LEFT] = 0
        raise BodyTooSlow("The body took too long to arrive: see --read-timeout.") from error
    except Exception as error:  # Each server has its own exceptions for broken chunks and connections.
        environ[_LEFT] = 0
        raise BodyMalformed("The body could not be read to its end.") from error
    environ[_LEFT] = 0 if not part else None if left is None else left - len(part)
    return part
