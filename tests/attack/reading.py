"""What a request's target means by the contract (section 3), read without a line of mockcrm's own."""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote_to_bytes

Part = Literal["api", "controls", "about", "console", "calendar", "nothing"]

_ABSOLUTE = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)")
_SANDBOX = re.compile(rb"/sandboxes/([A-Za-z0-9][A-Za-z0-9._~-]{0,63})(/.*)?", re.DOTALL)
_ENCODED_SLASH = re.compile(rb"%2f", re.IGNORECASE)
_ABOUT = re.compile(rb"/(health|version|openapi\.json|docs(/[^/]+)?)")


@dataclass(frozen=True, slots=True)
class Reading:
    """Which part of a server a target means, and in which sandbox."""

    part: Part
    sandbox: str = "default"


NOTHING = Reading("nothing")


def reading(target: str) -> Reading:
    """Read a target as it stands in the request line, each byte a character."""
    raw = _path(target.encode("latin-1"))
    path, sandbox = unquote_to_bytes(raw), "default"
    if _ENCODED_SLASH.search(raw) or not path.startswith(b"/"):
        return NOTHING
    if path == b"/mailbox.ics":
        return Reading("calendar", "mailbox")
    if match := _SANDBOX.fullmatch(path):
        sandbox, path = match[1].decode(), match[2] or b"/"
    return Reading(_part(path), sandbox)


def authority(target: str) -> str | None:
    """The name in an absolute target, by which a server is called whatever `Host` says (RFC 9112, section 3.2.2)."""
    absolute = _ABSOLUTE.match(target.encode("latin-1"))
    return absolute[1].decode("latin-1") if absolute else None


def _path(target: bytes) -> bytes:
    absolute = _ABSOLUTE.match(target)
    rest = target[absolute.end() :] if absolute else target
    return re.split(rb"[?#]", rest, maxsplit=1)[0] or b"/"


def _part(path: bytes) -> Part:
    if path == b"/":
        return "console"
    if any(segment in (b"", b".", b"..") for segment in path.split(b"/")[1:]):
        return "nothing"
    if _is_below(b"/api/v1", path):
        return "api"
    if _is_below(b"/admin", path):
        return "controls"
    if path.startswith(b"/console/"):
        return "console"
    if path == b"/calendar.ics":
        return "calendar"
    return "about" if _ABOUT.fullmatch(path) else "nothing"


def _is_below(mount: bytes, path: bytes) -> bool:
    return path == mount or path.startswith(mount + b"/")
