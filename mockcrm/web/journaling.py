"""Who calls, and for what: what the journal says of a request before anything has been done for it."""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from mockcrm.crm.lists.pages import Lineage, step_of
from mockcrm.journal.journal import ANYBODY, MAX_NAME, Entry, Journal
from mockcrm.journal.masking import Mask
from mockcrm.journal.matcher import LISTS
from mockcrm.sandbox.sandbox import Sandbox
from mockcrm.web.paths import Place

MAX_QUOTED = 40
"""How much of a client's word a message quotes, in characters."""

_EVENT = re.compile(r"/api/v1/events/([^/]+)")
_ON_LISTS = {
    ("GET", "/api/v1/events"): "listEvents",
    ("GET", "/api/v1/deletedEvents"): "listDeletedEvents",
    ("POST", "/api/v1/events"): "createEvent",
}
_ON_AN_EVENT = {"GET": "getEvent", "PATCH": "updateEvent", "PUT": "replaceEvent", "DELETE": "deleteEvent"}


class Caller(NamedTuple):
    """A client's name, and a sum of its credentials that tells them from others; None without any."""

    name: str
    credentials: str | None


@lru_cache(maxsize=256)
def caller(authorization: str | None, called: str | None) -> Caller:
    """Who a client is: the principal of its credentials, else the name it gives itself, else anybody.

    The principal is the user of Basic credentials, or the subject of a JSON Web Token, whose word is taken. A token
    that says nothing stands for itself, unless the client gives itself a name.
    """
    if not authorization:
        return Caller(as_utf8(called or ANYBODY)[:MAX_NAME], None)
    digest = hashlib.sha256(authorization.encode("latin-1", "replace")).hexdigest()
    scheme, _, value = authorization.partition(" ")
    principal = {"basic": _user, "bearer": _subject}.get(scheme.lower(), lambda _: None)(value.strip())
    return Caller((principal or as_utf8(called or "") or f"token-{digest[:8]}")[:MAX_NAME], digest)


def _user(value: str) -> str | None:
    user, colon, _ = _decoded(value).partition(":")
    return user if colon else None


def _subject(value: str) -> str | None:
    parts = value.split(".")
    try:
        claims = orjson.loads(_decoded(parts[1])) if len(parts) == 3 else None
    except orjson.JSONDecodeError:
        return None
    subject = claims.get("sub") if isinstance(claims, dict) else None
    return subject if isinstance(subject, str) else None


def _decoded(text: str) -> str:
    try:
        data = base64.urlsafe_b64decode(text.replace("+", "-").replace("/", "_") + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return ""
    return data.decode("utf-8", "replace")


def enter(sandbox: Sandbox, journal: Journal, environ: Mapping[str, Any], place: Place, name: str, mask: Mask) -> Entry:
    """Number a client's request that has arrived, and enter it in the journal, its secrets masked.

    An odd path is no operation.
    """
    path = mask.text(as_utf8(place.path))
    method = environ["REQUEST_METHOD"]
    operation, event_id, key = _ON_LISTS.get((method, path)), None, None
    if operation is None and place.odd is None and (match := _EVENT.fullmatch(path)):
        operation, event_id = _ON_AN_EVENT.get(method), match[1]
        key = sandbox.state.crm.key_of.get(event_id)
    headers = {key: mask.header(key[5:], value) for key, value in environ.items() if key[:5] == "HTTP_"}
    if kind := environ.get("CONTENT_TYPE"):
        headers["HTTP_CONTENT_TYPE"] = mask.header("CONTENT_TYPE", kind)
    query, now = mask.query(environ.get("QUERY_STRING", "")), sandbox.clock_reading()
    entry = Entry(name, method, path, operation, event_id, key, query, headers, now, sandbox.seconds())
    journal.open(entry)
    entry.look(sandbox.state.crm.store)
    if operation in LISTS:
        _place(entry, sandbox.lineage)
    return entry


def _place(entry: Entry, lineage: Lineage) -> None:
    """Note which page of which walk a request for a list asks for."""
    if "pageToken" not in entry.query_string:
        entry.walk, entry.page = str(entry.number), 1
    elif step := step_of(lineage, entry.query.get("pageToken", "")):
        entry.walk, entry.page = step.walk, step.number


def as_utf8(text: str) -> str:
    """WSGI hands over each byte as a character."""
    return text if text.isascii() else text.encode("latin-1").decode("utf-8", "replace")


def quoted(text: str) -> str:
    """A word of a client's for a message: cut where it is long, and without what could harm a terminal."""
    text = as_utf8(text)
    return repr(text if len(text) <= MAX_QUOTED else f"{text[:MAX_QUOTED]}…")
