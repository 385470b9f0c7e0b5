"""What a request's path means, read once for the access check, the journal and the router (contract, section 3).

Servers disagree about odd paths: one drops a leading slash, another takes the first segment of `//admin` for a host. So
the path is read here, from the request target as it was sent, and nowhere else.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal
from urllib.parse import unquote_to_bytes

from mockcrm.base.declaring import dataclass
from mockcrm.sandbox.sandboxes import DEFAULT, MAILBOX

Area = Literal["api", "controls", "console", "calendar", "other"]
"""What a path belongs to: the CRM's API, its controls, the page for people, the calendar for calendar programs, or none
of them (`/health`, `/openapi.json` …)."""

_ABSOLUTE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://([^/?#]*)(.*)", re.DOTALL)
_PREFIX = re.compile(r"(/sandboxes/([^/]+))(/.*)?", re.DOTALL)
_CONSOLE = re.compile(r"(?:/sandboxes/[^/]+)?/")
_CALENDAR, _MAILBOX = "/calendar.ics", "/mailbox.ics"
_ODD = re.compile(r"//|/\.{1,2}(?:/|\Z)|/\Z")
_BASE = re.compile(r"(?:/sandboxes/[^/]+)?(?:/api/v1|/admin)?//")
"""How a path starts where the client's base URL ends in a slash."""
_ENCODED_SLASH = re.compile(r"%2f", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RequestTarget:
    """What a request is for: a sandbox, and in WSGI's terms the path below the `prefix` that names the sandbox.

    A path is odd, and leads nowhere, if it has an encoded slash, or a segment that is empty, `.` or `..`. Its `problem`
    says so; `path` is what was sent, and sandbox and area are those of the path that was probably meant. `host` is the
    host that the target itself names; it replaces the `Host` header (RFC 9112, section 3.2.2).
    """

    sandbox: str
    prefix: str
    path: str
    area: Area
    problem: str | None = None
    host: str | None = None


def read_target(environ: Mapping[str, Any]) -> RequestTarget:
    """The target of a WSGI request.

    >>> read_target({"PATH_INFO": "/sandboxes/mine/admin/clock"}).area
    'controls'
    >>> read_target({"PATH_INFO": "//admin/clock"}).problem
    'There is nothing at //admin/clock. Did you mean /admin/clock? A base URL must not end in a slash.'
    """
    sent, host = _sent(environ)
    path = unquote_to_bytes(sent.encode("latin-1", "replace")).decode("latin-1") if "%" in sent else sent
    if path[:1] != "/":
        problem = f"There is nothing at {sent}: a path starts with a slash."
        return RequestTarget(DEFAULT, "", sent, "other", problem, host)
    if _ENCODED_SLASH.search(sent) or _ODD.search(path[:-1] if _CONSOLE.fullmatch(path) else path):
        return _odd_target(sent, path, host)
    return _target(path, host)


def _sent(environ: Mapping[str, Any]) -> tuple[str, str | None]:
    """The target's path as it was sent, still percent-encoded, and the host of an absolute target."""
    target: str | None = environ.get("RAW_URI")
    if target is None or environ.get("SCRIPT_NAME"):
        # An application that mounts this one below a path of its own has read the target itself.
        return environ.get("PATH_INFO", "").replace("%", "%25"), None
    path, host = target.partition("?")[0].partition("#")[0], None
    if absolute := _ABSOLUTE.fullmatch(path):
        host, path = absolute.groups()
    return path or "/", host


def _target(path: str, host: str | None) -> RequestTarget:
    if path == _MAILBOX:
        return RequestTarget(MAILBOX, "", path, "calendar", host=host)
    prefix, name, rest = "", DEFAULT, path
    if match := _PREFIX.fullmatch(path):
        prefix, name, rest = match[1], match[2], match[3] or ""
    # The server has one such address, and no sandbox has another.
    problem = _problem(path, path, _MAILBOX) if rest == _MAILBOX else None
    return RequestTarget(name, prefix, rest, _area_of(rest), problem, host)


def _area_of(path: str) -> Area:
    if _below("/api/v1", path):
        return "api"
    if _below("/admin", path):
        return "controls"
    if path == _CALENDAR:
        return "calendar"
    return "console" if path in ("", "/") or _below("/console", path) else "other"


def _odd_target(sent: str, path: str, host: str | None) -> RequestTarget:
    meant = _normalized(path)
    target = _target(meant, host)
    prefix = target.prefix if target.prefix and sent.startswith(f"{target.prefix}/") else ""
    return replace(target, prefix=prefix, path=sent.removeprefix(prefix), problem=_problem(sent, path, meant))


def _below(mount: str, path: str) -> bool:
    return path.startswith(mount) and path[len(mount) : len(mount) + 1] in ("", "/")


def _normalized(path: str) -> str:
    """The path without its odd segments; `..` takes the segment before it away (RFC 3986, section 5.2.4)."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            kept = kept[:-1]
        elif segment not in ("", "."):
            kept.append(segment)
    return f"/{'/'.join(kept)}"


def _problem(sent: str, path: str, meant: str) -> str:
    readable = meant.encode("latin-1").decode("utf-8", "replace")
    if _BASE.match(path):
        hint = " A base URL must not end in a slash."
    else:
        hint = " No path ends in a slash." if path.endswith("/") else ""
    return f"There is nothing at {sent}. Did you mean {readable}?{hint}"
