"""Who calls: by credentials, or by the name that a client gives itself."""

import base64
import binascii
import hashlib
from functools import lru_cache
from typing import NamedTuple

import orjson

from mockcrm.journal.journal import ANYBODY, MAX_NAME
from mockcrm.web.wsgi_text import as_utf8


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
