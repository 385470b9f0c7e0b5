"""The options of TLS, and what follows from them: what the server speaks TLS with, and the file of a CA for clients."""

import ssl
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from socket import gethostname
from typing import Any, NamedTuple

import click

from mockcrm.cli.console import write
from mockcrm.cli.options import option
from mockcrm.web.certificates import NoCertificate, context_of, made_for

_FILE = click.Path(path_type=Path, dir_okay=False)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")

ENCRYPTING = (
    option("--tls", is_flag=True, help="Speak TLS, with a certificate that is made on the spot by a CA of its own."),
    option("--tls-ca-out", type=_FILE, help="The file to write that CA's certificate to. Clients have to trust it."),
    option("--tls-cert", type=_FILE, help="Speak TLS with the certificate in this file (PEM)."),
    option("--tls-key", type=_FILE, help="The file with the key for --tls-cert, if that file has none."),
)


class Encryption(NamedTuple):
    """What the server speaks TLS with, if it does; for a certificate made on the spot that of its CA, in PEM."""

    context: ssl.SSLContext | None = None
    ca: bytes | None = None


def encryption_of(given: Mapping[str, Any]) -> Encryption:
    """What the options ask for. Raises `click.UsageError` and `click.ClickException`."""
    if given["tls"] and given["tls_cert"]:
        raise click.UsageError("Give either --tls or --tls-cert: each says which certificate the server has.")
    if given["tls_ca_out"] and not given["tls"]:
        raise click.UsageError("--tls-ca-out needs --tls: there is no other CA.")
    if given["tls_key"] and not given["tls_cert"]:
        raise click.UsageError("--tls-key needs --tls-cert.")
    try:
        if given["tls"]:
            return Encryption(*made_for(_names(given)))
        return Encryption(context_of(given["tls_cert"], given["tls_key"]) if given["tls_cert"] else None)
    except NoCertificate as error:
        raise click.ClickException(str(error)) from error


def _names(given: Mapping[str, Any]) -> list[str]:
    """The names and addresses under which clients may call the server, each once."""
    host = given["host"]
    try:
        hosts = [gethostname()] if ip_address(host).is_unspecified else [host]
    except ValueError:
        hosts = [host]
    return [*dict.fromkeys([*_LOOPBACK, *hosts, *given["allowed_host"]])]


@contextmanager
def ca_file(encryption: Encryption, given: Mapping[str, Any]) -> Iterator[Path | None]:
    """Write the CA's certificate, if there is one, where the options say, or to a file that lasts as long as the block.

    Raises `Unusable` where the file cannot be written.
    """
    if encryption.ca is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="mockcrm-") as folder:
        file: Path = given["tls_ca_out"] or Path(folder) / "ca.pem"
        write([encryption.ca], file)
        yield file


def trust_line(ca: Path) -> str:
    """The line that says which CA a client has to trust."""
    return f"  its CA         {click.format_filename(ca)}"
