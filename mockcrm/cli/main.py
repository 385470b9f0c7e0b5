"""The command line."""

import contextlib
import itertools
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import click
import orjson

from mockcrm.base.escaping import json_document
from mockcrm.base.strict_yaml import one_line
from mockcrm.base.times import format_instant
from mockcrm.base.wsgi import NoAnswer
from mockcrm.cli import audit_schema, glossary, junit
from mockcrm.cli.console import Commands, Unusable, echo, echo_document, say, write
from mockcrm.cli.importing import NoFixture, fixture_of
from mockcrm.cli.options import InstantType, TokenType, option, options, variables
from mockcrm.cli.settings import SERVING, Told, access_of, settings, start_of, warnings
from mockcrm.client import report
from mockcrm.client.crm import Refused, connect
from mockcrm.crm.dialect.knobs import PLAIN
from mockcrm.crm.dialect.named import load_dialect, name_of
from mockcrm.crm.event import Event
from mockcrm.crm.record_schema import event_schema
from mockcrm.crm.seeding.generator import BEGINS, ENDS, invent, window
from mockcrm.crm.seeding.people import KNOWN_LOCALES
from mockcrm.errors import Refusal, SeedInvalid
from mockcrm.sandbox.control_schemas import MAX_SEED_COUNT, SeedSchema
from mockcrm.sandbox.sandboxes import DEFAULT, Sandboxes
from mockcrm.sandbox.scenario.scenario import Scenario, ScenarioSchema, load_scenario, told_in
from mockcrm.web.app import create_app
from mockcrm.web.replay import read_document, replay
from mockcrm.web.server import PortTaken, listen, serve as run_server, url_of

_OUT = "The file, or - for standard output."
_MODES = {
    "shut": "shut off loopback: start with --admin-token or --open-admin",
    "token": "with the admin token",
    "open": "open",
}
"""Who may use the controls, in words."""


def _format(*kinds: str, meaning: str) -> tuple[Callable[[Any], Any], ...]:
    """The options that say in which format a command prints."""
    form = click.Choice(kinds)
    return (
        click.option("--format", "form", default="text", type=form, help=meaning),
        click.option("--json", "as_json", is_flag=True, help="Short for --format json."),
    )


_PLAIN_FORMAT = _format("text", "json", meaning="For people, or for programs.")
_FORMAT = _format(
    "text", "json", "junit", meaning="For people, as the server answers it, or JUnit's XML for a CI server."
)


@click.group(cls=Commands, context_settings={"show_default": True})
@click.version_option(package_name="mockcrm")
def main() -> None:
    """A fake CRM for people who build or test calendar sync."""


@main.command()
@options(*SERVING)
def serve(**told: Any) -> None:
    """Serve a fake CRM until it is stopped."""
    for warning in _warnings():
        say(warning, err=True)
    # gunicorn reads it by itself, and ends with a traceback when it is no number.
    os.environ.pop("WEB_CONCURRENCY", None)
    try:
        with _refusals_in_words():
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
    return [*warnings(variables(main), os.environ)]


@contextlib.contextmanager
def _refusals_in_words() -> Iterator[None]:
    try:
        yield
    except Refusal as refusal:
        raise click.ClickException(refusal.message) from refusal


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


@main.command("config")
@options(*SERVING, *_PLAIN_FORMAT)
@click.pass_context
def show_configuration(ctx: click.Context, /, form: str, as_json: bool, **told: Any) -> None:
    """Print what `serve` would do with these options and this environment, and where each value comes from.

    It refuses what `serve` would refuse, and starts nothing.
    """
    with _refusals_in_words():
        start = start_of(told)
        start.start()
    found, mode, in_vain = settings(ctx), access_of(told).mode, _warnings()
    if as_json or form == "json":
        document = {"options": found, "start": _in_numbers(start), "controls": mode, "warnings": in_vain}
        _print_json(document)
        return
    for line in _table(found):
        echo(line)
    echo(f"\nThe start: {_in_words(start)}, seed {start.seed}, dialect {name_of(start.dialect) or 'of its own'}.")
    echo(f"The controls: {_MODES[mode]}.")
    for warning in in_vain:
        echo(warning, err=True)


def _print_json(told: Any) -> None:
    echo_document(json_document(told, orjson.OPT_INDENT_2))


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


def _in_numbers(scenario: Scenario) -> dict[str, Any]:
    clock = scenario.clock
    return {
        "events": len(scenario.events),
        "invented": scenario.invented,
        "steps": len(scenario.plot.steps) if scenario.plot else 0,
        "now": format_instant(clock.now) if clock.now else None,
        "mode": "running" if clock.running else "frozen",
        "seed": scenario.seed,
        "dialect": name_of(scenario.dialect),
    }


@main.command()
@click.option("--count", default=100, type=click.IntRange(1, MAX_SEED_COUNT), help="How many events.")
@click.option("--seed", default=0, type=click.IntRange(0), help="What they are drawn from.")
@click.option("--from", "start", metavar="INSTANT", help=f"The earliest start.  [default: {BEGINS}]")
@click.option("--to", "end", metavar="INSTANT", help=f"The latest start.  [default: {ENDS}]")
@click.option("--locale", "locales", multiple=True, type=click.Choice(KNOWN_LOCALES), help="Whose names; repeatable.")
@click.option("--out", default="-", type=click.Path(path_type=Path, allow_dash=True), help=_OUT)
def seed(count: int, seed: int, start: str | None, end: str | None, locales: tuple[str, ...], out: Path) -> None:
    """Write a fixture file of invented events, one a line."""
    told = {"count": count, "seed": seed, "from": start, "to": end, "locales": [*locales]}
    try:
        order = SeedSchema().check(
            {name: each for name, each in told.items() if each not in (None, [])}, SeedInvalid, "The seeding"
        )
    except SeedInvalid as refusal:
        raise click.UsageError(refusal.message) from refusal
    begins, ends = window(datetime.now(UTC), order["start"], order["end"])
    ids = map(str, itertools.count(1))
    events = invent(count, seed, begins, ends, ids.__next__, locales=order["locales"])
    heading = f"title: {count} invented events\nseed: {seed}\nevents:\n"
    write(itertools.chain([heading.encode()], map(_in_a_line, _while_watched(events, count))), out)


def _while_watched(events: Iterator[Event], count: int) -> Iterator[Event]:
    """The events, with a bar of progress for whoever sits before a terminal."""
    watched = sys.stderr is not None and sys.stderr.isatty()
    with click.progressbar(events, count, label="Inventing", file=sys.stderr, hidden=not watched) as bar:
        yield from bar


def _in_a_line(event: Event) -> bytes:
    fields = event_schema(PLAIN).show(event)
    del fields["id"]
    return f"  - {one_line(fields)}\n".encode()


@main.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--from", "start", type=InstantType(), help="The window's start.  [default: the file's first start]")
@click.option("--to", "end", type=InstantType(), help="Its end.  [default: a year after the file's last start]")
@click.option("--zone", help="That of times which name none.  [default: the file's X-WR-TIMEZONE, or UTC]")
@click.option("--anonymize", is_flag=True, help="Replace people by invented ones.")
@click.option("--seed", default=0, type=click.IntRange(0), help="What invented people are drawn from.")
@click.option("--out", default="-", type=click.Path(path_type=Path, allow_dash=True), help=_OUT)
def import_calendar(
    file: BinaryIO,
    start: datetime | None,
    end: datetime | None,
    zone: str | None,
    anonymize: bool,
    seed: int,
    out: Path,
) -> None:
    """Write a fixture file of the events in an exported calendar (.ics), one a line; status 2 if it cannot be read.

    Series are expanded over the window. What a CRM's event cannot hold is counted on standard error. It needs the extra
    `mockcrm[ics]`.
    """
    try:
        fixture = fixture_of(file, start, end, zone, seed if anonymize else None)
    except NoFixture as error:
        raise Unusable(str(error)) from error
    for line in fixture.report:
        echo(line, err=True)
    write([fixture.text.encode()], out)


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def validate(files: tuple[Path, ...]) -> None:
    """Read fixture files, or all in a folder, and say what is wrong with them; files in `dialects` tell of dialects.

    Status 1 if there are mistakes, and 2 if a file cannot be read.
    """
    statuses = [_validated(file) for given in files for file in _all_in(given)]
    raise click.exceptions.Exit(max(statuses))


def _validated(file: Path) -> int:
    """Say what is in a file, or wrong with it; the status with which it alone would end."""
    try:
        found = _dialect_in(file) if file.parent.name == "dialects" else _scenario_in(file)
    except Refusal as refusal:
        echo(refusal.message, err=True)
        return 2 if isinstance(refusal.__cause__, OSError) else 1
    echo(f"{file}: fine: {found}")
    return 0


def _dialect_in(file: Path) -> str:
    return f"a dialect: {load_dialect(file).sentence}"


def _scenario_in(file: Path) -> str:
    return _in_words(load_scenario(file))


def _in_words(scenario: Scenario) -> str:
    """What is in a scenario, in a line."""
    start = scenario.clock.now
    mode = "running" if scenario.clock.running else "frozen"
    when = f"the clock {mode} at {format_instant(start)}" if start else "the clock of the world"
    steps = f", {len(scenario.plot.steps)} steps" if scenario.plot and scenario.plot.steps else ""
    events = "1 event" if len(scenario.events) == 1 else f"{len(scenario.events)} events"
    return f"{events} and {scenario.invented} invented{steps}, {when}"


_SERVER = (
    option("--url", default="http://127.0.0.1:8080", help="The server."),
    option("--sandbox", default=DEFAULT, help="Whose clients."),
    option("--admin-token", type=TokenType(), help="The bearer token that the controls ask for."),
)


@main.command("audit")
@options(*_SERVER, *_FORMAT)
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
        _print_json(audit)
    elif form == "junit":
        echo_document(junit.document(audit))
    else:
        for line in report.lines(audit):
            echo(line, styled=True)


@main.command("bundle")
@options(*_SERVER)
@click.option("--out", default="-", type=click.Path(path_type=Path, allow_dash=True), help=_OUT)
def save_bundle(url: str, sandbox: str, admin_token: str | None, out: Path) -> None:
    """Save all that happened in a sandbox, to be played again; status 2 if it cannot be."""
    told = _asked(url, sandbox, "/replay", admin_token)
    write([json_document(told, orjson.OPT_APPEND_NEWLINE)], out)


@main.command("replay")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@options(*_FORMAT)
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


@main.group("scenario")
def of_scenarios() -> None:
    """What is known of fixture files."""


@of_scenarios.command("schema")
def print_schema() -> None:
    """Print a JSON Schema of fixture files, by which an editor knows what may stand in them."""
    from mockcrm.base.schema.json_schema import Describer  # noqa: PLC0415  serving must not wait for apispec

    _print_json(Describer().document(ScenarioSchema(), "A fixture file of mockcrm"))


@of_scenarios.command("json")
@click.argument("file", type=click.Path(path_type=Path))
def print_json(file: Path) -> None:
    """Print a fixture file as JSON, as `PUT /admin/scenario` takes it."""
    with _refusals_in_words():
        told = told_in(file)
    echo_document(json_document(told))


@main.command("explain")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@options(*_PLAIN_FORMAT)
def explain_names(names: tuple[str, ...], form: str, as_json: bool) -> None:
    """Explain findings, hazards, knobs, effects of fault rules and error codes; status 2 if there is no such name.

    Without a name it lists all of them. It asks no server.
    """
    try:
        found = glossary.explanations(names) if names else glossary.everything()
    except glossary.UnknownName as error:
        raise Unusable(str(error)) from error
    if as_json or form == "json":
        _print_json({"explanations": found})
        return
    for line in (report.of_explanations if names else report.of_names)(found):
        echo(line, styled=True)


def _all_in(given: Path) -> list[Path]:
    """A file, or those in a folder. Raises `Unusable` where there is none: what was not looked at is not fine."""
    if not given.is_dir():
        return [given]
    if files := sorted(given.rglob("*.yaml")):
        return files
    raise Unusable(f"{given} has no fixture file in it, whose name ends in .yaml.")
