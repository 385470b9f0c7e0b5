"""The commands that ask a server what its clients got wrong, save what happened, and play it again."""

from pathlib import Path
from typing import Any, BinaryIO

import click
import orjson

from mockcrm.base.escaping import json_document
from mockcrm.base.wsgi import NoAnswer
from mockcrm.cli import audit_schema, junit
from mockcrm.cli.console import Unusable, echo, echo_document, echo_json, write
from mockcrm.cli.options import FORMAT, OUT, TokenType, option, options
from mockcrm.client import report
from mockcrm.client.crm import Refused, connect
from mockcrm.errors import Refusal
from mockcrm.sandbox.sandboxes import DEFAULT
from mockcrm.web.replay import read_document, replay

_SERVER = (
    option("--url", default="http://127.0.0.1:8080", help="The server."),
    option("--sandbox", default=DEFAULT, help="Whose clients."),
    option("--admin-token", type=TokenType(), help="The bearer token that the controls ask for."),
)


@click.command("audit")
@options(*_SERVER, *FORMAT)
@click.option(
    "--replica",
    type=click.File("rb"),
    help="A JSON file of what a client has: a list of records, or what POST /admin/audit takes.",
)
@click.option("--client", help="Whose replica it is, where several clients have called.")
def audit_clients(
    url: str,
    sandbox: str,
    admin_token: str | None,
    form: str,
    as_json: bool,
    replica: BinaryIO | None,
    client: str | None,
) -> None:
    """Tell what sync clients got wrong; status 1 if anything, and 2 if nobody answers, or no client has asked."""
    if client and replica is None:
        raise click.UsageError("--client says whose --replica it is.")
    told = None if replica is None else _replica_in(replica) | ({"client": client} if client else {})
    audit = _asked(url, sandbox, "/audit", admin_token, told)
    if wrong := audit_schema.problem(audit):
        raise Unusable(f"{url} answers with what is no audit: {wrong}")
    _print_audit(audit, "json" if as_json else form)
    if not audit["clients"]:
        # Who has not been tested has not passed.
        raise click.exceptions.Exit(2)
    if not (audit["clean"] and audit.get("inSync", True)):
        raise click.exceptions.Exit(1)


def _replica_in(file: BinaryIO) -> dict[str, Any]:
    try:
        told = orjson.loads(file.read())
    except orjson.JSONDecodeError as error:
        raise Unusable(f"{file.name} is not JSON: {error}.") from error
    return told if isinstance(told, dict) else {"replica": told}


def _asked(url: str, sandbox: str, path: str, token: str | None, body: Any = None) -> Any:
    """What the controls of a server answer to a GET, or to the POST of a body."""
    try:
        return connect(url, sandbox, token=token).ask("GET" if body is None else "POST", path, body)
    except NoAnswer as error:
        raise Unusable(f"{error}. Does a server run there? Say where it does with --url, or in MOCKCRM_URL.") from error
    except (Refused, ValueError) as error:
        raise Unusable(f"{url}: {error}") from error


def _print_audit(audit: Any, form: str) -> None:
    if form == "json":
        echo_json(audit)
    elif form == "junit":
        echo_document(junit.document(audit))
    else:
        for line in report.lines(audit):
            echo(line, styled=True)


@click.command("bundle")
@options(*_SERVER)
@click.option("--out", default="-", type=click.Path(path_type=Path, allow_dash=True), help=OUT)
def save_bundle(url: str, sandbox: str, admin_token: str | None, out: Path) -> None:
    """Save all that happened in a sandbox, to be played again; status 2 if it cannot be."""
    told = _asked(url, sandbox, "/replay", admin_token)
    write([json_document(told, orjson.OPT_APPEND_NEWLINE)], out)


@click.command("replay")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@options(*FORMAT)
def replay_bundle(file: Path, form: str, as_json: bool) -> None:
    """Play a bundle again; status 1 if the verdict is another one, and 2 if the file cannot be played."""
    try:
        outcome = replay(read_document(file))
    except Refusal as refusal:
        raise Unusable(f"{file}: {refusal.message}") from refusal
    form = "json" if as_json else form
    _print_audit(outcome.audit, form)
    for line in report.on_replay(outcome.divergences, outcome.changed):
        # What is for programs stays theirs.
        echo(line, err=form != "text", styled=True)
    if not outcome.same:
        raise click.exceptions.Exit(1)
