"""What a request's path means, read once for the guard, the journal and the router (contract, section 3).

Servers do not agree on odd paths: one drops a leading slash, another takes the first segment of `//admin` for a host.
So the path is read here, from the request's target as it was sent, and nobody else reads that target.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import unquote_to_bytes

from mockcrm.sandbox.sandboxes import DEFAULT

Area = Literal["api", "controls", "other"]
"""Whose a path is: the CRM's API, its controls, or everybody's (`/health`, `/openapi.json` …)."""

_ABSOLUTE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://([^/?#]*)(.*)", re.DOTALL)
_PREFIX = re.compile(r"(/sandboxes/([^/]+))(/.*)?", re.DOTALL)
_CONSOLE = re.compile(r"(?:/sandboxes/[^/]+)?/")
_ODD = re.compile(r"//|/\.{1,2}(?:/|\Z)|/\Z")
_BASE = re.compile(r"(?:/sandboxes/[^/]+)?(?:/api/v1|/admin)?//")
"""What a path begins with where a base URL that ends in a slash was put before it."""
_ENCODED_SLASH = re.compile(r"%2f", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request goes: a sandbox and, as WSGI has it, the path below the `prefix` that names the sandbox.

    An `odd` path has a segment that is empty, `.`, `..`, or has an encoded slash: it leads nowhere, and says why. Then
    `path` is what was sent, and sandbox and area are those of the path that may be meant. `host` is what the target
    itself named, which replaces the `Host` header (RFC 9112, section 3.2.2).
    """

    sandbox: str
    prefix: str
    path: str
    area: Area
    odd: str | None = None
    host: str | None = None


def read_place(environ: Mapping[str, Any]) -> Place:
    """The place that a WSGI request asks for.

    >>> read_place({"PATH_INFO": "/sandboxes/mine/admin/clock"}).area
    'controls'
    >>> read_place({"PATH_INFO": "//admin/clock"}).odd
    'There is nothing at //admin/clock: /admin/clock may be meant. A base URL must not end in a slash.'
    """
    sent, host = _sent(environ)
    path = unquote_to_bytes(sent.encode("latin-1", "replace")).decode("latin-1") if "%" in sent else sent
    if path[:1] != "/":
        return Place(DEFAULT, "", sent, "other", f"There is nothing at {sent}: a path begins with a slash.", host)
    if _ENCODED_SLASH.search(sent) or _ODD.search(path[:-1] if _CONSOLE.fullmatch(path) else path):
        return _misplaced(sent, path, host)
    return _placed(path, host)


def _sent(environ: Mapping[str, Any]) -> tuple[str, str | None]:
    """The target's path as it was sent, still encoded, and the host that an absolute target names."""
    target: str | None = environ.get("RAW_URI")
    if target is None or environ.get("SCRIPT_NAME"):
        # Whoever mounts the application below a path of their own has read the target themselves.
        return environ.get("PATH_INFO", "").replace("%", "%25"), None
    path, host = target.partition("?")[0].partition("#")[0], None
    if absolute := _ABSOLUTE.fullmatch(path):
        host, path = absolute.groups()
    return path or "/", host


def _placed(path: str, host: str | None) -> Place:
    prefix, name, rest = "", DEFAULT, path
    if match := _PREFIX.fullmatch(path):
        prefix, name, rest = match[1], match[2], match[3] or ""
    area: Area = "api" if _below("/api/v1", rest) else "controls" if _below("/admin", rest) else "other"
    return Place(name, prefix, rest, area, host=host)


def _misplaced(sent: str, path: str, host: str | None) -> Place:
    meant = _meant(path)
    where = _placed(meant, host)
    prefix = where.prefix if where.prefix and sent.startswith(f"{where.prefix}/") else ""
    return replace(where, prefix=prefix, path=sent.removeprefix(prefix), odd=_advice(sent, path, meant))


def _below(mount: str, path: str) -> bool:
    return path.startswith(mount) and path[len(mount) : len(mount) + 1] in ("", "/")


def _meant(path: str) -> str:
    """The path without its odd segments, `..` taking the segment before away (RFC 3986, section 5.2.4)."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            kept = kept[:-1]
        elif segment not in ("", "."):
            kept.append(segment)
    return f"/{'/'.join(kept)}"


def _advice(sent: str, path: str, meant: str) -> str:
    readable = meant.encode("latin-1").decode("utf-8", "replace")
    if _BASE.match(path):
        hint = " A base URL must not end in a slash."
    else:
        hint = " No path ends with a slash." if path.endswith("/") else ""
    return f"There is nothing at {sent}: {readable} may be meant.{hint}"
