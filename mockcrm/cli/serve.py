"""The command that serves a fake CRM, and the one that prints what it would do."""

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

import click

from mockcrm.cli.console import echo, echo_json, refusals_in_words, say
from mockcrm.cli.options import PLAIN_FORMAT, options, variables
from mockcrm.cli.scenario_summary import in_numbers, in_words
from mockcrm.cli.settings import SERVING, Told, access_of, settings, start_of, warnings
from mockcrm.crm.dialect.named import name_of
from mockcrm.sandbox.sandboxes import Sandboxes
from mockcrm.web.app import create_app
from mockcrm.web.server import PortTaken, listen, serve as run_server, url_of

_MODES = {
    "shut": "shut off loopback: start with --admin-token or --open-admin",
    "token": "with the admin token",
    "open": "open",
}
"""Who may use the controls, in words."""


@click.command()
@options(*SERVING)
def serve(**told: Any) -> None:
    """Serve a fake CRM until it is stopped."""
    for warning in _warnings():
        say(warning, err=True)
    # gunicorn reads it by itself, and ends with a traceback when it is no number.
    os.environ.pop("WEB_CONCURRENCY", None)
    try:
        with refusals_in_words():
            start = start_of(told)
            listeners = listen(told["host"], told["port"])
            app = create_app(
                Sandboxes(
                    start,
                    limit=told["max_sandboxes"],
                    journaled=told["journal"],
                    max_memory=told["max_memory"],
                ),
                access=access_of(told),
                max_body=told["max_body"],
                log=_log_line if _logs(told) else None,
                mask=told["mask"],
            )
    except PortTaken as error:
        raise click.ClickException(str(error)) from error
    url = url_of(listeners[0])
    run_server(app, listeners, told["read_timeout"], lambda server: _announce(url, told, server))


def _warnings() -> list[str]:
    return [*warnings(variables(click.get_current_context().find_root().command), os.environ)]


def _announce(url: str, told: Told, server: str) -> None:
    mode = access_of(told).mode
    for line in (
        f"mockcrm serves a fake CRM at {url} (with {server}; Ctrl-C stops it).",
        f"  the CRM        {url}/api/v1/events",
        f"  its controls   {url}/admin/clock{'' if mode == 'open' else f'   {_MODES[mode]}'}",
    ):
        # What is for programs stays theirs.
        say(line, err=_logs(told))


def _logs(told: Told) -> bool:
    return bool(told["log"] == "json")


def _log_line(record: Mapping[str, Any]) -> None:
    # All that is not printable ASCII is escaped, whatever the console's encoding.
    say(json.dumps(record, separators=(",", ":")).replace("\x7f", "\\u007f").encode(), err=False)


@click.command("config")
@options(*SERVING, *PLAIN_FORMAT)
@click.pass_context
def show_configuration(ctx: click.Context, /, form: str, as_json: bool, **told: Any) -> None:
    """Print what `serve` would do with these options and this environment, and where each value comes from.

    It refuses what `serve` would refuse, and starts nothing.
    """
    with refusals_in_words():
        start = start_of(told)
        start.start()
    found, mode, in_vain = settings(ctx), access_of(told).mode, _warnings()
    if as_json or form == "json":
        document = {"options": found, "start": in_numbers(start), "controls": mode, "warnings": in_vain}
        echo_json(document)
        return
    for line in _table(found):
        echo(line)
    echo(f"\nThe start: {in_words(start)}, seed {start.seed}, dialect {name_of(start.dialect) or 'of its own'}.")
    echo(f"The controls: {_MODES[mode]}.")
    for warning in in_vain:
        echo(warning, err=True)


def _table(found: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """A line for each option: its name, its value, and where that comes from."""
    rows = [(f"--{name}", _in_a_word(each["value"]), each) for name, each in found.items()]
    names, values = (max(len(row[column]) for row in rows) for column in (0, 1))
    for name, value, each in rows:
        source = each["variable"] if each["source"] == "environment" else each["source"]
        yield f"{name:{names}}  {value:{values}}  {source}"


def _in_a_word(value: Any) -> str:
    match value:
        case None | []:
            return "not set"
        case bool():
            return "yes" if value else "no"
        case list():
            return " ".join(value)
        case _:
            return str(value)
