"""Makes a fixture file from an exported calendar, with a report on what it left out (`docs/how-to/import.md`)."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO
from zoneinfo import ZoneInfo

from mockcrm.base.declaring import dataclass
from mockcrm.base.escaping import harmless
from mockcrm.base.strict_yaml import one_line
from mockcrm.base.time_limit import TimedOut, run_with_timeout
from mockcrm.base.times import format_instant
from mockcrm.cli.imported_people import ImportedPeople, users_among
from mockcrm.crm.dialect.knobs import PLAIN
from mockcrm.crm.event import Event
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.seeding.anonymize import Anonymizer
from mockcrm.sandbox.scenario.fixture_file import MAX_FIXTURE_FILE
from mockcrm.sandbox.scenario.steps import MAX_STORY_TEXT

if TYPE_CHECKING:
    from mockcrm.crm.ics.reading import Imported

MAX_CALENDAR = 16 * 1024 * 1024
"""The largest calendar that is read, in bytes."""
MAX_SECONDS = 60.0
"""How long reading and expanding a calendar may take."""

_INSTALL = "Importing calendars needs one more library: pip install 'mockcrm[ics]'."


class NoFixture(Exception):
    """No fixture file can be made. The message says why."""


@dataclass(frozen=True, slots=True)
class Fixture:
    """A fixture file's text, and a report on it, in lines."""

    text: str
    report: tuple[str, ...]


def fixture_of(
    file: BinaryIO,
    start: datetime | None,
    end: datetime | None,
    zone: str | None,
    seed: int | None,
    own: Sequence[str] | None,
) -> Fixture:
    """A fixture file of a calendar's events in the window; with a seed, people are replaced. Raises `NoFixture`.

    The people in them become users, if they have one of their `own` addresses or domains, and else contacts. Without
    any, the organisers are users. If `own` is None, people are attendees alone.
    """
    if zone is not None:
        _check_zone(zone)
    imported = _imported(file, start, end, zone)
    users = None if own is None else users_among(imported.people, own)
    report = [*_report(imported, users)]
    if seed is not None:
        anonymizer = Anonymizer(imported.names, seed)
        imported = _anonymous(imported, anonymizer)
        users = users and frozenset(_anonymous_identity(who, anonymizer) for who in users)
        report.append(
            f"Replaced {_counted(anonymizer.people, 'person')}. The file still has people who attend nothing, "
            "nicknames, companies and places: read it before you share it."
        )
    text = "".join(_lines(imported, users))
    if len(text.encode()) > MAX_FIXTURE_FILE:
        raise NoFixture(f"The fixture file would be larger than {MAX_FIXTURE_FILE:,} bytes: narrow the window.")
    return Fixture(text, tuple(report))


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise NoFixture(f"There is no time zone {zone!r}: use a name such as Europe/Berlin.") from error


def _imported(file: BinaryIO, start: datetime | None, end: datetime | None, zone: str | None) -> "Imported":
    try:
        # The second needs an optional extra, and both are slow to import.
        from mockcrm.crm.ics.parsing import Unreadable  # noqa: PLC0415
        from mockcrm.crm.ics.reading import read_calendar  # noqa: PLC0415
    except ImportError as error:
        raise NoFixture(_INSTALL) from error
    try:
        data = file.read(MAX_CALENDAR + 1)
    except OSError as error:
        raise NoFixture(f"{file.name} cannot be read: {error.strerror}.") from error
    if len(data) > MAX_CALENDAR:
        raise NoFixture(f"{file.name} is larger than {MAX_CALENDAR:,} bytes.")
    try:
        return run_with_timeout(MAX_SECONDS, read_calendar, data, start, end, zone)
    except (Unreadable, TimedOut) as error:
        raise NoFixture(f"{file.name} cannot be imported: {error}.") from error


def _anonymous(imported: "Imported", anonymizer: Anonymizer) -> "Imported":
    """The same with invented people. Title and keys may identify people, so they are left out."""
    events = tuple(replace(each, key=None, event=anonymizer.event(each.event)) for each in imported.events)
    people = {
        _anonymous_identity(who, anonymizer): replace(
            person, address=anonymizer.stranger(who).address, name=anonymizer.stranger(who).name
        )
        for who, person in imported.people.items()
    }
    return replace(imported, title="", events=events, people=people)


def _anonymous_identity(who: str, anonymizer: Anonymizer) -> str:
    return anonymizer.stranger(who).address.casefold()


def _lines(imported: "Imported", users: Collection[str] | None) -> Iterator[str]:
    title = imported.title[:MAX_STORY_TEXT] or f"{_counted(len(imported.events), 'event')} from a calendar"
    yield f"title: {one_line(title)}\n"
    people = None
    if users is not None:
        taken = {each.key for each in imported.events if each.key is not None}
        people = ImportedPeople(imported.people, users, taken)
        yield from _section("users", people.users)
        yield from _section("contacts", people.contacts)
    yield from _section("events", (_fields(each.key, each.event, people) for each in imported.events))


def _section(name: str, records: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """A section of the file, if it has any records."""
    heading = f"{name}:\n"
    for record in records:
        yield f"{heading}  - {one_line(record)}\n"
        heading = ""


def _fields(key: str | None, event: Event, people: ImportedPeople | None) -> dict[str, Any]:
    fields = EVENT.schema(PLAIN).show(event)
    del fields["id"]
    if people is not None:
        fields["attendees"] = [people.attendee(each) for each in event.attendees]
    return {"key": key, **fields} if key else fields


def _report(imported: "Imported", users: Collection[str] | None) -> Iterator[str]:
    yield (
        f"{_counted(len(imported.events), 'event')} between {format_instant(imported.start)} and "
        f"{format_instant(imported.end)}, from {imported.used} of {_counted(imported.found, 'event')} in the calendar."
    )
    if users is not None:
        contacts = _counted(len(imported.people) - len(users), "contact")
        yield f"{_counted(len(users), 'user')} and {contacts}, from the people in them."
    yield from _table("Left out:", imported.left_out)
    lost = imported.lost(with_contacts=users is not None)
    yield from _table("Not imported, and how many of the calendar's events had it:", lost)
    if imported.header:
        yield f"Not imported from the calendar itself: {', '.join(map(harmless, imported.header))}."


def _table(heading: str, counts: Mapping[str, int]) -> Iterator[str]:
    if counts:
        yield heading
        yield from (f"{counts[name]:>7}  {harmless(name)}" for name in sorted(counts))


def _counted(number: int, what: str) -> str:
    several = "people" if what == "person" else f"{what}s"
    return f"{number} {what if number == 1 else several}"
