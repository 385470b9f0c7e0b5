"""The command that plays the demo."""

import os
import threading
import webbrowser
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from mockcrm.cli.console import refusals_in_words, say
from mockcrm.cli.demo.engine import EVERY
from mockcrm.cli.demo.playing import CLIENTS, PlayedDemo
from mockcrm.cli.demo.team import Fortnight
from mockcrm.cli.encryption import ENCRYPTING, ca_file, encryption_of, trust_line
from mockcrm.cli.options import options
from mockcrm.cli.serve import MODES
from mockcrm.cli.settings import CONTROLLING, LISTENING, access_of, environment_warnings
from mockcrm.client.transport import over_http
from mockcrm.sandbox.sandboxes import DEFAULT, MAILBOX, Sandboxes
from mockcrm.web.access import Access
from mockcrm.web.admin.demo import play
from mockcrm.web.app import create_app
from mockcrm.web.client_socket import READ_TIMEOUT
from mockcrm.web.server import PortTaken, listen, run_server, url_of

_TIMEOUT = 10
"""How many seconds the demo's client waits for an answer."""

_PATHS = {DEFAULT: "/api/v1", MAILBOX: f"/sandboxes/{MAILBOX}/api/v1"}
"""Where the two APIs are."""
_CLIENTS = {
    "reference": f"mockcrm's own, every {EVERY:g} s",
    "careless": f"mockcrm's own without some of its care, every {EVERY:g} s",
    "none": "yours: it syncs these two",
}
"""Who syncs, in words."""


@click.command("demo")
@options(*LISTENING)
@click.option("--open", "opens", is_flag=True, help="Open the page in a browser.")
@click.option(
    "--client",
    default="reference",
    type=click.Choice(list(CLIENTS)),
    help="Who syncs: mockcrm's client with all its safeguards, the same without some, or only yours.",
)
@options(*CONTROLLING, *ENCRYPTING)
def play_demo(opens: bool, client: str, **given: Any) -> None:
    """Play a two-way sync between a CRM and a mailbox, for people to watch, until it is stopped.

    The page shows both calendars side by side: edit either, and watch the change cross.
    """
    for warning in environment_warnings(click.get_current_context()):
        say(warning, err=True)
    os.environ.pop("WEB_CONCURRENCY", None)
    access, encryption = access_of(given), encryption_of(given)
    try:
        with refusals_in_words():
            sandboxes = Sandboxes(Fortnight())
            listeners = listen(given["host"], given["port"])
    except PortTaken as error:
        raise click.ClickException(str(error)) from error
    app, url = create_app(sandboxes, access=access), url_of(listeners[0], encryption.context)
    # The demo calls its own server by an address that its certificate need not have.
    sends = {name: over_http(_reachable(url) + path, timeout=_TIMEOUT, verify=False) for name, path in _PATHS.items()}
    headers = {"Authorization": f"Bearer {access.token}"} if access.token else {}
    demo = PlayedDemo(sandboxes, app, sends, client, headers=headers)
    play(app, demo)

    def ready(_: str) -> None:
        for line in _announcement(url, client, access, ca):
            say(line, err=False)
        demo.start()
        if opens:
            # A browser in a terminal would keep the server waiting.
            threading.Thread(target=webbrowser.open, args=(_reachable(url),), daemon=True).start()

    with ca_file(encryption, given) as ca:
        run_server(app, listeners, READ_TIMEOUT, ready, encryption.context)


def _announcement(url: str, client: str, access: Access, ca: Path | None) -> Iterator[str]:
    yield f"mockcrm plays a demo at {url} (Ctrl-C stops it)."
    yield f"  the CRM        {url}{_PATHS[DEFAULT]}/events"
    yield f"  the mailbox    {url}{_PATHS[MAILBOX]}/events"
    yield f"  its client     {_CLIENTS[client]}"
    if access.mode != "open":
        yield f"  its controls   {MODES[access.mode]}"
    if ca is not None:
        yield trust_line(ca)


def _reachable(url: str) -> str:
    """The address by which this machine reaches a server that may listen at all of its addresses."""
    parts = urlsplit(url)
    try:
        anywhere = ip_address(parts.hostname or "").is_unspecified
    except ValueError:
        return url
    loopback = "[::1]" if ":" in (parts.hostname or "") else "127.0.0.1"
    return f"{parts.scheme}://{loopback}:{parts.port}" if anywhere else url
