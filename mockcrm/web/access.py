"""Who may use the controls and read the calendar: by default only programs on this machine (contract, section 6)."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

from mockcrm.base.declaring import dataclass
from mockcrm.base.loopback import is_loopback
from mockcrm.base.wsgi import NOWHERE
from mockcrm.errors import AdminForbidden, CredentialsInvalid, CredentialsMissing

_ASKED = {"WWW-Authenticate": 'Bearer realm="mockcrm"'}
_SCHEMES = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Access:
    """What the controls demand of a request.

    `hosts` are the host names under which they may be called, besides those of the loopback interface. `token` is the
    bearer token that they want, if any. `closed` shuts them for everybody: so does a server that listens beyond the
    loopback interface and was started with neither `--admin-token` nor `--open-admin`.

    `create_app(access=Access(token="secret"))` answers only control requests that bring `Authorization: Bearer secret`.
    """

    token: str | None = None
    hosts: frozenset[str] = frozenset()
    closed: bool = False

    @property
    def mode(self) -> Literal["shut", "token", "open"]:
        """Whether they are shut, want a token, or are open to every program that calls them by an allowed name."""
        return "shut" if self.closed else "token" if self.token else "open"

    def check(self, environ: Mapping[str, Any]) -> None:
        """Refuse a WSGI request that may not use the controls.

        Raises `AdminForbidden`, `CredentialsMissing` or `CredentialsInvalid`.
        """
        self._check_open(environ)
        if self.token is not None:
            check_bearer(environ.get("HTTP_AUTHORIZATION"), self.token)

    def check_calendar(self, environ: Mapping[str, Any], sandbox: str) -> None:
        """Refuse a WSGI request that may not read the calendar of a sandbox of this name.

        Where the controls want a token, the parameter `token` will do, too. Raises as `check` does.
        """
        self._check_open(environ)
        if self.token is None:
            return
        asked = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True, encoding="latin-1")
        sent = [value for name, value in asked if name == "token"]
        if not sent:
            check_bearer(environ.get("HTTP_AUTHORIZATION"), self.token)
        elif len(sent) > 1 or not _is_same(sent[0], calendar_token(self.token, sandbox)):
            raise CredentialsInvalid("The token in the address is wrong: copy the address again.", headers=_ASKED)

    def calendar_query(self, sandbox: str) -> str:
        """What a calendar's address ends with: `?token=…` with the token of that calendar, or nothing.

        A calendar program sends no headers, and keeps the address; so the token is the same after a restart.
        """
        return f"?token={calendar_token(self.token, sandbox)}" if self.token else ""

    def _check_open(self, environ: Mapping[str, Any]) -> None:
        self.check_site(environ)
        if self.closed:
            raise AdminForbidden("The controls are shut off loopback: start with --admin-token or --open-admin.")

    def check_site(self, environ: Mapping[str, Any]) -> None:
        """Refuse a WSGI request that a web page of another site makes, or somebody under a name of another site.

        Two headers show it: `Origin`, and for DNS rebinding `Host`. Raises `AdminForbidden`.
        """
        named = environ.get("HTTP_HOST", f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}")
        host, port = _authority(named, 80)
        if not self._known(host):
            raise AdminForbidden(
                f"The controls may not be called under the host name {host!r}: start with --allowed-host {host}."
            )
        origin = environ.get("HTTP_ORIGIN")
        if origin is not None and not self._same(origin, port):
            raise AdminForbidden("A web page of another site may not call the controls.")

    def _known(self, host: str) -> bool:
        # No name server knows NOWHERE, so only callers in this process use it.
        return is_loopback(host) or host == NOWHERE or host in {name.lower() for name in self.hosts}

    def _same(self, origin: str, port: int) -> bool:
        try:
            parts = urlsplit(origin)
            theirs = parts.port or _SCHEMES.get(parts.scheme)
        except ValueError:
            return False
        ours = {port, _SCHEMES["https"]} if port == _SCHEMES["http"] else {port}
        known = self._known(parts.hostname or "") and "@" not in parts.netloc
        return known and parts.scheme in _SCHEMES and theirs in ours


@lru_cache(maxsize=64)
def _authority(text: str, default: int) -> tuple[str, int]:
    """Name and port in a `Host` header. A malformed header comes out as a name that no host has."""
    try:
        parts = urlsplit(f"//{text}")
        port = parts.port or default
    except ValueError:
        return text, default
    return (parts.hostname or "", port) if parts.netloc == text and "@" not in text else (text, port)


def calendar_token(admin_token: str, sandbox: str) -> str:
    """The token of one sandbox's calendar, which opens nothing else."""
    digest = hmac.digest(_calendar_key(admin_token), sandbox.encode(errors="replace"), "sha256")
    return urlsafe_b64encode(digest[:24]).decode()


@lru_cache(maxsize=16)
def _calendar_key(admin_token: str) -> bytes:
    # Calendar services keep addresses. A reader must not find the admin token by trying all words.
    return hashlib.scrypt(admin_token.encode(), salt=b"mockcrm calendar", n=2**14, r=8, p=1, dklen=32)


def check_bearer(authorization: str | None, token: str) -> None:
    """Compare an `Authorization` header with a bearer token. Raises `CredentialsMissing` or `CredentialsInvalid`."""
    if not authorization:
        raise CredentialsMissing("Send the token as Authorization: Bearer.", headers=_ASKED)
    scheme, _, sent = authorization.partition(" ")
    if scheme.lower() != "bearer" or not _is_same(sent.strip(), token):
        raise CredentialsInvalid("The token is wrong.", headers=_ASKED)


def _is_same(sent: str, token: str) -> bool:
    """Whether a token that was sent, each byte a character, is the right one. How long this takes says nothing."""
    return hmac.compare_digest(sent.encode("latin-1", "replace"), token.encode())
