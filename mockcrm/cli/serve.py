"""The command that serves a fake CRM, and the one that shows its configuration."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from mockcrm.base.progress import watched_by
from mockcrm.cli.console import echo, echo_json, refusals_in_words, say
from mockcrm.cli.encryption import ca_file, encryption_of, trust_line
from mockcrm.cli.options import PLAIN_FORMAT, options
from mockcrm.cli.progress_bar import LateBars
from mockcrm.cli.request_log import request_log
from mockcrm.cli.settings import SERVING, Options, access_of, check_server, environment_warnings, settings_in_force
from mockcrm.cli.starting import Start, start_from
from mockcrm.sandbox.sandboxes import Sandboxes
from mockcrm.web.app import create_app
from mockcrm.web.server import PortTaken, listen, run_server, url_of

MODES = {
    "shut": "shut off loopback: start with --admin-token or --open-admin",
    "token": "with the admin token",
    "open": "open",
}
"""Who may use the controls, in words."""
_CALENDAR_MODES = {
    "shut": f"   {MODES['shut']}",
    "token": "   with a token of its own: the page shows the address",
    "open": "",
}


@click.command()
@options(*SERVING)
@click.pass_context
def serve(ctx: click.Context, /, **given: Any) -> None:
    """Serve a fake CRM until it is stopped."""
    for warning in environment_warnings(ctx):
        say(warning, err=True)
    # gunicorn reads it itself, and ends with a traceback if it is not a number.
    os.environ.pop("WEB_CONCURRENCY", None)
    check_server(ctx)
    encryption = encryption_of(given)
    try:
        with refusals_in_words(), watched_by(LateBars()):
            start = start_from(given)
            sandboxes = _started(start, given)
            listeners = listen(given["host"], given["port"])
            app = _app_of(sandboxes, given)
    except PortTaken as error:
        raise click.ClickException(str(error)) from error
    url = url_of(listeners[0], encryption.context)
    with ca_file(encryption, given) as ca:

        def ready(server: str) -> None:
            _announce(url, ca, given, server)
            if start.watched:
                from mockcrm.cli.watching import FileWatch  # noqa: PLC0415  most starts watch no file

                FileWatch(start.watched, sandboxes).start()

        run_server(app, listeners, given["read_timeout"], ready, encryption.context, given["server"])


def _started(start: Start, given: Options) -> Sandboxes:
    """The CRMs to serve. Raises a `Refusal`."""
    return start.sandboxes(
        limit=given["max_sandboxes"],
        journaled=given["journal"],
        max_memory=given["max_memory"],
        node=given["node"],
        socketless_server="granian" if given["server"] == "granian" else None,
    )


def _app_of(sandboxes: Sandboxes, given: Options) -> Any:
    return create_app(
        sandboxes,
        access=access_of(given),
        max_body=given["max_body"],
        log=request_log(given["log"]),
        mask=given["mask"],
        cors=given["cors"],
        keep_answers=given["keep_answers"] or 0,
    )


def _announce(url: str, ca: Path | None, given: Options, server: str) -> None:
    mode = access_of(given).mode
    for line in (
        f"mockcrm serves a fake CRM at {url} (with {server}; Ctrl-C stops it).",
        f"  in a browser   {url}/",
        f"  the CRM        {url}/api/v1/events",
        f"  its calendar   {url}/calendar.ics{_CALENDAR_MODES[mode]}",
        f"  its controls   {url}/admin/clock{'' if mode == 'open' else f'   {MODES[mode]}'}",
        *([] if ca is None else [trust_line(ca)]),
    ):
        # With a log in JSON, standard output is for programs.
        say(line, err=given["log"] == "json")


@click.command("config")
@options(*SERVING, *PLAIN_FORMAT)
@click.pass_context
def show_configuration(ctx: click.Context, /, form: str, as_json: bool, **given: Any) -> None:
    """Print the configuration that `serve` would use.

    It says where each value comes from. It checks options and environment as `serve` does, but starts nothing.
    """
    check_server(ctx)
    encryption_of(given)
    with refusals_in_words():
        start = start_from(given)
        start.check()
    found, mode, in_vain = settings_in_force(ctx), access_of(given).mode, environment_warnings(ctx)
    if as_json or form == "json":
        document = {"options": found, "start": start.numbers(), "controls": mode, "warnings": in_vain}
        echo_json(document)
        return
    for line in _table(found):
        echo(line)
    echo(f"\nThe start: {start.words()}.")
    echo(f"The controls: {MODES[mode]}.")
    for warning in in_vain:
        echo(warning, err=True)


def _table(found: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """A line for each option: its name, its value, and the source of the value."""
    rows = [(f"--{name}", _as_text(each["value"]), each) for name, each in found.items()]
    names, values = (max(len(row[column]) for row in rows) for column in (0, 1))
    for name, value, each in rows:
        source = each["variable"] if each["source"] == "environment" else each["source"]
        yield f"{name:{names}}  {value:{values}}  {source}"


def _as_text(value: Any) -> str:
    match value:
        case None | []:
            return "not set"
        case bool():
            return "yes" if value else "no"
        case list():
            return " ".join(value)
        case _:
            return str(value)
