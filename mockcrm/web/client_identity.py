"""Who a client is: the name by which the journal and the audit know it."""

import base64
import binascii
import hashlib
from functools import lru_cache
from typing import NamedTuple

import orjson

from mockcrm.journal.entry import ANYBODY, MAX_CLIENT_NAME, token_name
from mockcrm.web.wsgi import as_utf8

CLIENT_HEADER = "X-Mockcrm-Client"
"""The header by which a client names itself."""


class ClientIdentity(NamedTuple):
    """A client's name, and a digest of its credentials that tells them from others; None without credentials."""

    name: str
    credentials: str | None


@lru_cache(maxsize=256)
def identify(authorization: str | None, client_header: str | None) -> ClientIdentity:
    """Who sends these headers, `Authorization` and `X-Mockcrm-Client`.

    The name is the principal of the credentials, else the name in `X-Mockcrm-Client`, else that of an unknown client.
    The principal is the user of Basic credentials, or the subject of a JSON Web Token, whose signature nobody checks. A
    token without a subject gets a name made from its digest, unless the client names itself.
    """
    if not authorization:
        return ClientIdentity(as_utf8(client_header or ANYBODY)[:MAX_CLIENT_NAME], None)
    digest = hashlib.sha256(authorization.encode("latin-1", "replace")).hexdigest()
    scheme, _, value = authorization.partition(" ")
    principal = {"basic": _user, "bearer": _subject}.get(scheme.lower(), lambda _: None)(value.strip())
    return ClientIdentity((principal or as_utf8(client_header or "") or token_name(digest))[:MAX_CLIENT_NAME], digest)


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
