"""Certificates for a server that speaks TLS: those of a file, or one that is made on the spot."""

import ssl
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

_LIFE = timedelta(days=365)
"""How long a certificate lasts that is made on the spot. Some systems take none that lasts for years."""
_INSTALL = "A certificate on the spot needs one more library: pip install 'mockcrm[tls]'."


class NoCertificate(Exception):
    """There is no certificate to serve with. The message says why."""


class MadeCertificate(NamedTuple):
    """What a server needs to speak TLS, and in PEM the certificate of the CA that its clients have to trust."""

    context: ssl.SSLContext
    ca: bytes


def context_of(certificate: Path, key: Path | None = None) -> ssl.SSLContext:
    """What a server needs to speak TLS with a certificate and its key, both in PEM. They may be in the same file.

    Raises `NoCertificate`.
    """
    context = _empty_context()
    try:
        context.load_cert_chain(certificate, key, password=_refuse_password)
    except (OSError, ValueError) as error:
        files = f"{certificate}" if key is None else f"{certificate} and {key}"
        raise NoCertificate(f"Cannot serve with the certificate in {files}: {_problem(error)}.") from error
    return context


def made_for(names: Iterable[str]) -> MadeCertificate:
    """A certificate for these host names and addresses, from a CA that is made for it, and forgotten.

    Raises `NoCertificate`.
    """
    try:
        import trustme  # noqa: PLC0415  it comes with an extra
    except ImportError as error:
        raise NoCertificate(_INSTALL) from error
    ca, context = trustme.CA(), _empty_context()
    try:
        issued = ca.issue_cert(*names, not_after=datetime.now(UTC) + _LIFE)
    except ValueError as error:
        raise NoCertificate(f"There is no certificate for these names: {error}.") from error
    issued.configure_cert(context)
    return MadeCertificate(context, ca.cert_pem.bytes())


def _problem(error: OSError | ValueError) -> str:
    if isinstance(error, ssl.SSLError):
        # OpenSSL's own messages are for people who know its code.
        return "it is not a PEM file with a certificate and its key"
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)


def _empty_context() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.set_alpn_protocols(["http/1.1"])
    # A client could ask for one handshake after the other.
    context.options |= ssl.OP_NO_RENEGOTIATION
    return context


def _refuse_password() -> str:
    # OpenSSL would ask on the terminal.
    raise ValueError("the key is encrypted, and nobody is there to give the password")
