"""The command that syncs once as the reference client: a client for `mockcrm trial`."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click

from mockcrm.base.nesting import MAX_NESTING, too_deep
from mockcrm.base.saving import save
from mockcrm.base.spelling import did_you_mean
from mockcrm.cli.console import Unusable
from mockcrm.cli.options import SecondsType
from mockcrm.cli.param_types import ParamType
from mockcrm.reference_client.crm_api import GaveUp
from mockcrm.reference_client.designs import DESIGNS
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.reference_client.stored_state import restore_state, state_document
from mockcrm.reference_client.sync_client import MALFORMED, ReferenceClient
from mockcrm.trials.mutants import Mutant, mutants_by_name

STATE_FILE = "reference-client.json"
MAX_WAIT = 1.0
_ONE_WAY = "Aurinko's client has one way: give it no --without, --design, --matching, --calendars or other --mutant."
_A_DAY = 86_400.0
_HOW = "Run it for a trial: mockcrm trial -- mockcrm reference-client"
_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)

Chosen = TypeVar("Chosen")


class LooseNameType(ParamType[Chosen]):
    """One of several things by its name, in any case, with `-` or `_` for a space."""

    def __init__(self, name: str, known: Iterable[tuple[str, Chosen]]) -> None:
        self.name, self._known = name, dict(known)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Chosen:
        by_name = {_plain(name): found for name, found in self._known.items()}
        if (wanted := _plain(str(value))) not in by_name:
            meant = did_you_mean(value.casefold(), self._known) or f" There are {', '.join(self._known)}."
            self.fail(f"No {self.name} is called {value!r}.{meant}", param, ctx)
        return by_name[wanted]


class ApiAddressType(ParamType[str]):
    """The address of an API, to which `mockcrm.client.transport.over_http` can send requests."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not _is_address(value):
            self.fail(f"{value!r} is not the address of an API, such as http://127.0.0.1:8080/api/v1.", param, ctx)
        return str(value)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        host, _ = (parts.hostname or "").encode("idna"), parts.port
    except ValueError:
        return False
    plain = re.fullmatch("[!-~]+", text) is not None and "@" not in parts.netloc
    return plain and parts.scheme in ("http", "https") and bool(host)


def _plain(name: str) -> str:
    return name.casefold().replace("-", " ").replace("_", " ")


@click.command("reference-client")
@click.option(
    "--url",
    envvar="CRM_URL",
    show_envvar=True,
    type=ApiAddressType(),
    help="The address of the CRM's API; it ends in /api/v1.",
)
@click.option(
    "--state",
    envvar="CRM_STATE",
    show_envvar=True,
    type=_FOLDER,
    help="The folder in which the client keeps what it has to remember. Without it, every sync is a first sync.",
)
@click.option(
    "--mailbox",
    envvar="CRM_MAILBOX",
    show_envvar=True,
    type=_FILE,
    help="A JSON file with what the user did in the calendar on the other side since the last sync.",
)
@click.option(
    "--replica", envvar="CRM_REPLICA", show_envvar=True, type=_FILE, help="Where the client leaves its copy, as JSON."
)
@click.option(
    "--without",
    multiple=True,
    type=LooseNameType("safeguard", ((each.label, each) for each in Safeguard)),
    help="A safeguard to leave out, such as as-of. The option may be given several times.",
)
@click.option(
    "--mutant",
    type=LooseNameType("mutant", mutants_by_name().items()),
    help='A client with a name that lacks certain safeguards, such as "largest stamp".',
)
@click.option(
    "--design",
    type=LooseNameType("design", ((name, name) for name in DESIGNS)),
    help="How the client reads: by default, delta, or as the mutant does.",
)
@click.option("--aurinko", is_flag=True, help="Read as Aurinko's client does.")
@click.option(
    "--matching", is_flag=True, help="Link attendees to the users, contacts and leads of the CRM, by their addresses."
)
@click.option("--calendars", is_flag=True, help="Follow all calendars of the CRM, not only the primary one.")
@click.option(
    "--max-wait",
    default=MAX_WAIT,
    type=SecondsType(0, _A_DAY),
    help="The longest wait, in seconds. If the CRM asks for more, the sync gives up, and the next one continues.",
)
def sync_once(
    url: str | None,
    state: Path | None,
    mailbox: Path | None,
    replica: Path | None,
    without: tuple[Safeguard, ...],
    mutant: Mutant | None,
    design: str | None,
    aurinko: bool,
    matching: bool,
    calendars: bool,
    max_wait: float,
) -> None:
    """Sync once as the reference client.

    It is meant for `mockcrm trial -- mockcrm reference-client`, which sets the variables. The status is 1 if the sync
    gave up; it keeps what it has read by then, and the next sync continues from there.
    """
    if not url:
        raise click.UsageError(f"The client needs the address of a CRM: --url, or the variable CRM_URL.\n{_HOW}")
    mutant = mutant or Mutant("", aurinko=aurinko)
    if (aurinko or mutant.aurinko) and (without or design or matching or calendars or not mutant.aurinko):
        raise click.UsageError(_ONE_WAY)
    client = ReferenceClient(
        url,
        without={*mutant.without, *without},
        design=design or mutant.design,
        aurinko=mutant.aurinko,
        matching=matching or mutant.matching,
        calendars=calendars or mutant.calendars,
        max_wait=max_wait,
    )
    _restore(client, state)
    _apply(client, mailbox)
    try:
        client.sync()
    except GaveUp as error:
        raise click.ClickException(" ".join(str(error).split())) from error
    finally:
        _keep(client, state, replica)


def _keep(client: ReferenceClient, folder: Path | None, replica: Path | None) -> None:
    if folder:
        _write(folder / STATE_FILE, state_document(client))
    if replica:
        _write(replica, client.replica())


def _restore(client: ReferenceClient, folder: Path | None) -> None:
    file = folder / STATE_FILE if folder else None
    if file is None or not file.exists():
        return
    document = _read(file)
    try:
        restore_state(client, document)
    except MALFORMED as error:
        raise Unusable(f"{file} is not the state of such a client. To start again, delete the folder.") from error


def _apply(client: ReferenceClient, file: Path | None) -> None:
    actions = _read(file) if file else []
    if not isinstance(actions, list):
        raise Unusable(f"{file} is not a list of what a user did in a mailbox.")
    try:
        client.apply(actions)
    except ValueError as error:
        raise Unusable(f"{file}: {error}") from error


def _read(file: Path) -> Any:
    try:
        found = json.loads(file.read_bytes())
    except OSError as error:
        raise Unusable(f"{file} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise Unusable(f"{file} is not JSON: {error}") from error
    except RecursionError as error:
        raise _nested_too_deep(file) from error
    if too_deep([found]):
        raise _nested_too_deep(file)
    return found


def _nested_too_deep(file: Path) -> Unusable:
    return Unusable(f"{file} has more than {MAX_NESTING} levels of objects and lists.")


def _write(file: Path, document: Any) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        save(file, [json.dumps(document).encode()])
    except OSError as error:
        raise Unusable(f"{file} cannot be written: {error.strerror}.") from error
