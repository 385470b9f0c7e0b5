"""Who may use the controls: nobody but the person at this machine, unless a token says otherwise (contract, 6)."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Literal
from urllib.parse import urlsplit

from mockcrm.base.wsgi import NOWHERE
from mockcrm.errors import AdminForbidden, CredentialsInvalid, CredentialsMissing

_SCHEMES = {"http": 80, "https": 443}


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own, and no other machine's."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True, slots=True)
class Access:
    """What the controls ask of a request.

    `hosts` are the names they answer to, besides those of the loopback; `token` is the bearer token they want;
    `closed` shuts them for everybody, which is how a server off loopback starts that was given neither token nor leave.
    """

    token: str | None = None
    hosts: frozenset[str] = frozenset()
    closed: bool = False

    @property
    def mode(self) -> Literal["shut", "token", "open"]:
        """Whether they are shut, want a token, or take orders from whoever calls them by one of their names."""
        return "shut" if self.closed else "token" if self.token else "open"

    def check(self, environ: Mapping[str, Any]) -> None:
        """Refuse a request, as WSGI has it, that may not use the controls.

        A page in somebody's browser sends its `Origin` along, and a name that an attacker made point to this machine is
        in `Host`; both give it away. Raises `AdminForbidden`, `CredentialsMissing` or `CredentialsInvalid`.
        """
        named = environ.get("HTTP_HOST", f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}")
        host, port = _authority(named, 80)
        if not self._known(host):
            raise AdminForbidden(f"The controls do not answer to the name {host!r}: start with --allowed-host {host}.")
        origin = environ.get("HTTP_ORIGIN")
        if origin is not None and not self._same(origin, port):
            raise AdminForbidden("The controls take no orders from another site's page.")
        if self.closed:
            raise AdminForbidden("The controls are shut off loopback: start with --admin-token or --open-admin.")
        if self.token is not None:
            check_bearer(environ.get("HTTP_AUTHORIZATION"), self.token)

    def _known(self, host: str) -> bool:
        # No name server leads a browser to that name, so whoever has it is in this process.
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


def _authority(text: str, default: int) -> tuple[str, int]:
    """Name and port of a `Host` header; what cannot be one comes out as a name that nobody has."""
    try:
        parts = urlsplit(f"//{text}")
        port = parts.port or default
    except ValueError:
        return text, default
    return (parts.hostname or "", port) if parts.netloc == text and "@" not in text else (text, port)


def check_bearer(authorization: str | None, token: str) -> None:
    """Hold an `Authorization` header against a bearer token. Raises `CredentialsMissing` or `CredentialsInvalid`."""
    asked = {"WWW-Authenticate": 'Bearer realm="mockcrm"'}
    if not authorization:
        raise CredentialsMissing("Send the token as Authorization: Bearer.", headers=asked)
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(
        given.strip().encode("latin-1", "replace"), token.encode()
    ):
        raise CredentialsInvalid("That is not the token.", headers=asked)
