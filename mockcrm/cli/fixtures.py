"""The commands that write and check fixture files."""

import itertools
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast

import click

from mockcrm.base.strict_yaml import one_line
from mockcrm.cli.console import Unusable, echo, write
from mockcrm.cli.importing import NoFixture, fixture_of
from mockcrm.cli.options import OUT, InstantType
from mockcrm.cli.scenario_summary import summary_in_words
from mockcrm.crm.actions import MAX_SEED_COUNT
from mockcrm.crm.clock import ClockSetting
from mockcrm.crm.dialect.knobs import CONTROLS
from mockcrm.crm.dialect.named import load_dialect
from mockcrm.crm.event import Event
from mockcrm.crm.fake_crm import FakeCrm
from mockcrm.crm.inventing import Invention
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.registry import kind_of
from mockcrm.crm.record import Record
from mockcrm.crm.seeding.generator import BEGINS, ENDS, window
from mockcrm.crm.seeding.people import KNOWN_LOCALES
from mockcrm.errors import Refusal, SeedInvalid
from mockcrm.sandbox.control_schemas import SeedSchema
from mockcrm.sandbox.scenario.fixture_file import load_scenario

_OWN = "An address or a domain of users; can be repeated. The others become contacts.  [default: those who organise]"


@click.command("seed")
@click.option("--count", default=100, type=click.IntRange(1, MAX_SEED_COUNT), help="How many events to invent.")
@click.option("--seed", default=0, type=click.IntRange(0), help="The seed of everything random.")
@click.option("--from", "start", metavar="INSTANT", help=f"The earliest start.  [default: {BEGINS}]")
@click.option("--to", "end", metavar="INSTANT", help=f"The latest start.  [default: {ENDS}]")
@click.option(
    "--locale",
    "locales",
    multiple=True,
    type=click.Choice(KNOWN_LOCALES),
    help="A locale for people's names; can be repeated.",
)
@click.option("--out", default="-", type=click.Path(path_type=Path, allow_dash=True), help=OUT)
def seed_file(count: int, seed: int, start: str | None, end: str | None, locales: tuple[str, ...], out: Path) -> None:
    """Write a fixture file of invented events, with their people and companies, one record per line.

    With only one of `--from` and `--to`, the window is four weeks long.
    """
    given = {"count": count, "seed": seed, "from": start, "to": end, "locales": [*locales]}
    try:
        order = SeedSchema().check(
            {name: each for name, each in given.items() if each not in (None, [])}, SeedInvalid, "The seeding"
        )
    except SeedInvalid as refusal:
        raise click.UsageError(refusal.message) from refusal
    now = datetime.now(UTC)
    crm = FakeCrm(ClockSetting(now).start())
    invention = Invention(crm, seed, window(now, order["start"], order["end"]), order["locales"])
    events = cast(Iterator[Event], invention.records(EVENT, count))
    heading = f"title: {count} invented events\nseed: {seed}\nevents:\n"
    lines = map(_in_a_line, _while_watched(events, count))
    write(itertools.chain([heading.encode()], lines, _lines_beside(invention)), out)


def _lines_beside(invention: Invention) -> Iterator[bytes]:
    """The sections of the people and companies that the events are with, once those have been drawn."""
    for kind, records in invention.beside():
        yield f"{kind.path}:\n".encode()
        yield from map(_in_a_line, records)


def _while_watched(events: Iterator[Event], count: int) -> Iterator[Event]:
    """The events, with a progress bar if standard error is a terminal."""
    watched = sys.stderr is not None and sys.stderr.isatty()
    with click.progressbar(events, count, label="Inventing", file=sys.stderr, hidden=not watched) as bar:
        yield from bar


def _in_a_line(record: Record) -> bytes:
    """A record with keys in place of ids, so that the file can be loaded in any dialect."""
    kind = kind_of(record)
    fields = kind.schema(CONTROLS).show(kind.relinked(record, _key))
    for name in ("id", "calendarId"):
        fields.pop(name, None)
    keyed = fields if kind is EVENT else {"key": _key(kind.name, record.id), **fields}
    return f"  - {one_line(keyed)}\n".encode()


def _key(kind: str, record_id: str) -> str:
    return f"{kind}-{record_id}"


@click.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--from", "start", type=InstantType(), help="The window's start.  [default: the file's first start]")
@click.option(
    "--to", "end", type=InstantType(), help="The window's end.  [default: a year after the file's last start]"
)
@click.option("--zone", help="The time zone of times that name none.  [default: the file's X-WR-TIMEZONE, or UTC]")
@click.option("--own", multiple=True, metavar="ADDRESS|DOMAIN", help=_OWN)
@click.option("--no-contacts", is_flag=True, help="Make no users or contacts: people are only attendees.")
@click.option("--anonymize", is_flag=True, help="Replace people with invented ones.")
@click.option("--seed", default=0, type=click.IntRange(0), help="The seed of the invented people.")
@click.option("--out", default="-", type=click.Path(path_type=Path, allow_dash=True), help=OUT)
def import_calendar(
    file: BinaryIO,
    start: datetime | None,
    end: datetime | None,
    zone: str | None,
    own: tuple[str, ...],
    no_contacts: bool,
    anonymize: bool,
    seed: int,
    out: Path,
) -> None:
    """Write a fixture file from an exported calendar (.ics).

    The people in it become users and contacts, one for each address. Series are expanded within the window. A report on
    standard error counts the properties that a CRM's event cannot hold. The command needs the extra `mockcrm[ics]`. The
    status is 2 if the calendar cannot be read.
    """
    if own and no_contacts:
        raise click.UsageError("--own says who becomes a user. Leave it out with --no-contacts.")
    try:
        fixture = fixture_of(file, start, end, zone, seed if anonymize else None, None if no_contacts else own)
    except NoFixture as error:
        raise Unusable(str(error)) from error
    for line in fixture.report:
        echo(line, err=True)
    write([fixture.text.encode()], out)


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def validate(files: tuple[Path, ...]) -> None:
    """Check fixture files, or all fixture files in a folder. Files in a folder `dialects` are dialects.

    The status is 1 if a file has mistakes, and 2 if a file cannot be read.
    """
    statuses = [_validated(file) for given in files for file in _all_in(given)]
    raise click.exceptions.Exit(max(statuses))


def _all_in(given: Path) -> list[Path]:
    """A file, or those in a folder. Raises `Unusable` for a folder without any: nothing was checked."""
    if not given.is_dir():
        return [given]
    if files := sorted(given.rglob("*.yaml")):
        return files
    raise Unusable(f"{given} has no fixture files: their names end in .yaml.")


def _validated(file: Path) -> int:
    """Print a summary of a file, or its mistakes; the exit status for this file alone."""
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
    return summary_in_words(load_scenario(file))
