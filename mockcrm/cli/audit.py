"""The commands that report what sync clients got wrong, save what happened as a bundle, and replay a bundle."""

from collections.abc import Collection
from pathlib import Path
from typing import Any, BinaryIO

import click
import orjson

from mockcrm.base.escaping import json_document
from mockcrm.base.wsgi import NoAnswer
from mockcrm.cli import audit_schema, junit
from mockcrm.cli.console import Unusable, echo, echo_document, echo_json, write
from mockcrm.cli.options import FORMAT, OUT, TRUSTED_CA, CodeType, TokenType, option, options
from mockcrm.client import report
from mockcrm.client.connection import Refused
from mockcrm.client.crm import WAIT, connect
from mockcrm.errors import Refusal
from mockcrm.sandbox.sandboxes import DEFAULT
from mockcrm.web.replay import read_document, replay

_SERVER = (
    option("--url", default="http://127.0.0.1:8080", help="The server's address."),
    option("--sandbox", default=DEFAULT, help="The name of the sandbox."),
    option("--admin-token", type=TokenType(), help="The bearer token that the controls require."),
    TRUSTED_CA,
)

_STATUSES = {"passed": 0, "failed": 1, "inconclusive": 2}


@click.command("audit")
@options(*_SERVER, *FORMAT)
@click.option(
    "--replica",
    type=click.File("rb"),
    help="A JSON file with a client's replica: a list of records, or a body of POST /admin/audit.",
)
@click.option("--client", help="The client that the replica belongs to, if there are several clients.")
@click.option(
    "--allow",
    type=CodeType(),
    multiple=True,
    help="The code of findings that do not fail the audit; can be repeated.",
)
@click.option("--wait", default=WAIT, help="How long to wait for requests under way, at most 1m.")
def audit_clients(
    url: str,
    sandbox: str,
    admin_token: str | None,
    ca: Path | None,
    form: str,
    as_json: bool,
    replica: BinaryIO | None,
    client: str | None,
    allow: tuple[str, ...],
    wait: str,
) -> None:
    """Report what sync clients got wrong.

    The status is 0 if the audit passed, 1 if it failed, and 2 if it is inconclusive or no server answers.
    """
    if client and replica is None:
        raise click.UsageError("--client needs --replica: it names the client that the replica belongs to.")
    body = None if replica is None else _replica_in(replica) | ({"client": client} if client else {})
    audit = _asked(url, sandbox, "/audit", admin_token, ca, body, allow=[*allow], wait=wait)
    if wrong := audit_schema.problem_with(audit):
        raise Unusable(f"{url} did not return an audit: {wrong}")
    _print_audit(audit, "json" if as_json else form, allow)
    raise click.exceptions.Exit(_STATUSES[audit["verdict"]])


def _replica_in(file: BinaryIO) -> dict[str, Any]:
    try:
        document = orjson.loads(file.read())
    except orjson.JSONDecodeError as error:
        raise Unusable(f"{file.name} is not JSON: {error}.") from error
    return document if isinstance(document, dict) else {"replica": document}


def _asked(
    url: str, sandbox: str, path: str, token: str | None, ca: Path | None, body: Any = None, **query: Any
) -> Any:
    """The answer of a server's controls to a GET, or to a POST with a body. Raises `Unusable`."""
    try:
        crm = connect(url, sandbox, token=token, verify=ca or True)
        return crm.ask("GET" if body is None else "POST", path, body, **query)
    except NoAnswer as error:
        raise Unusable(f"{error}. Is a server running there? Set its address with --url or MOCKCRM_URL.") from error
    except (Refused, ValueError) as error:
        raise Unusable(f"{url}: {error}") from error


def _print_audit(audit: Any, form: str, allow: Collection[str] = ()) -> None:
    if form == "json":
        echo_json(audit)
    elif form == "junit":
        echo_document(junit.document(audit, allow))
    else:
        for line in report.lines(audit):
            echo(line, styled=True)


@click.command("bundle")
@options(*_SERVER)
@click.option("--out", default="-", type=click.Path(path_type=Path, allow_dash=True), help=OUT)
def save_bundle(url: str, sandbox: str, admin_token: str | None, ca: Path | None, out: Path) -> None:
    """Save what happened in a sandbox as a bundle. This waits up to five seconds for requests under way.

    The status is 2 if the bundle cannot be saved.
    """
    document = _asked(url, sandbox, "/replay", admin_token, ca, wait=WAIT)
    write([json_document(document, orjson.OPT_APPEND_NEWLINE)], out)


@click.command("replay")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@options(*FORMAT)
def replay_bundle(file: Path, form: str, as_json: bool) -> None:
    """Replay a bundle, and compare the verdicts.

    The status is 1 if the new verdict differs from the one in the file, and 2 if the file cannot be replayed.
    """
    try:
        outcome = replay(read_document(file))
    except Refusal as refusal:
        raise Unusable(f"{file}: {refusal.message}") from refusal
    form = "json" if as_json else form
    _print_audit(outcome.audit, form)
    for line in report.on_replay(outcome.divergences, outcome.changed):
        # Other formats are for programs.
        echo(line, err=form != "text", styled=True)
    if not outcome.same:
        raise click.exceptions.Exit(1)
