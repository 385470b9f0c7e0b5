"""`mockcrm import`: exported calendars that others made, served, and read back; what it says and refuses."""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
import recurring_ical_events
from click.testing import CliRunner, Result
from icalendar import Calendar
from recurring_ical_events.constants import CALENDARS

from mockcrm import Sandboxes, create_app
from mockcrm.base.strict_yaml import read_yaml
from mockcrm.base.times import format_instant, midnight
from mockcrm.cli import importing
from mockcrm.cli.main import main
from mockcrm.client.transport import Send, in_process
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.sandbox.scenario.fixture_file import load_scenario, read_scenario
from tests.processes import run, served

OTHERS = {"machbar_16_feb_2019": 721, "Germany": 159, "fablab_cottbus": 49, "issue_173_only_modifications_error": 1042}
"""Calendars that a package has as its test data, from Google, Outlook, WordPress and Google, with their occurrences."""

SMALL = """\
BEGIN:VCALENDAR
VERSION:2.0
X-WR-CALNAME:Spring: "ours"\u2028
BEGIN:VEVENT
UID:lunch
DTSTART:20260302T120000Z
DURATION:PT1H
SUMMARY:Lunch with Bob\u0085\u00a0\x7f 🍜
LOCATION:
ATTENDEE;CN=Bob Ross;PARTSTAT=ACCEPTED:mailto:bob.ross@acme.example
BEGIN:VALARM
ACTION:DISPLAY
TRIGGER:-PT5M
END:VALARM
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    file = tmp_path / "small.ics"
    file.write_text(SMALL, encoding="utf-8", newline="\r\n")
    return file


@pytest.fixture
def imported(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """The command within this process, for what it says: to read a stranger's file it makes one of its own."""
    monkeypatch.setattr(importing, "run_with_timeout", lambda seconds, work, *arguments: work(*arguments))
    return lambda *arguments: CliRunner().invoke(main, ["import", *map(str, arguments)])


# What the files say, read without mockcrm


def written_events(text: str) -> Iterator[list[tuple[str, str]]]:
    """The lines of each event, unfolded, as a name with its parameters, and a value; alarms left aside."""
    lines = re.sub(r"\r?\n[ \t]", "", text).splitlines()
    for block in re.findall(r"BEGIN:VEVENT\n(.*?)\nEND:VEVENT", "\n".join(lines), re.DOTALL):
        plain = re.sub(r"BEGIN:VALARM\n.*?\nEND:VALARM\n?", "", block, flags=re.DOTALL)
        yield [(line.partition(":")[0], line.partition(":")[2]) for line in plain.split("\n")]


def payload(event: list[tuple[str, str]], name: str) -> str | None:
    for word, value in event:
        if word.split(";")[0] == name:
            return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value)
    return None


def instant(event: list[tuple[str, str]], name: str) -> str:
    ((word, value),) = [(word, value) for word, value in event if word.split(";")[0] == name]
    if re.fullmatch("[0-9]{8}", value):
        return format_instant(datetime.strptime(value, "%Y%m%d").replace(tzinfo=UTC))
    zone = re.search("TZID=([^;]+)", word)
    when = datetime.strptime(value.removesuffix("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007
    return format_instant(when.replace(tzinfo=ZoneInfo(zone[1]) if zone else UTC).astimezone(UTC))


def people(event: list[tuple[str, str]]) -> list[tuple[str, str]]:
    words = {"ACCEPTED": "Accepted", "DECLINED": "Declined", "TENTATIVE": "Tentative", "NEEDS-ACTION": "NeedsAction"}
    found: list[tuple[str, str]] = []
    for word, value in event:
        if word.split(";")[0] in ("ATTENDEE", "ORGANIZER"):
            address = value.removeprefix("mailto:")
            status = re.search("PARTSTAT=([A-Z-]+)", word)
            default = "ACCEPTED" if word.startswith("ORGANIZER") else "NEEDS-ACTION"
            if address not in [known for known, _ in found] or word.startswith("ATTENDEE"):
                found.append((address, words[status[1] if status else default]))
    return found


def singles(text: str) -> Iterator[dict[str, Any]]:
    """What the file says of each event that neither recurs nor belongs to a series."""
    events = list(written_events(text))
    uses = Counter(payload(event, "UID") for event in events)
    for event in events:
        if uses[payload(event, "UID")] > 1 or payload(event, "RRULE") or payload(event, "RECURRENCE-ID"):
            continue
        yield {
            "subject": payload(event, "SUMMARY"),
            "description": payload(event, "DESCRIPTION"),
            "location": payload(event, "LOCATION"),
            "startTime": instant(event, "DTSTART"),
            "endTime": instant(event, "DTEND"),
            "allDay": "T" not in (payload(event, "DTSTART") or ""),
            "private": payload(event, "CLASS") in ("PRIVATE", "CONFIDENTIAL"),
            "attendees": sorted(people(event)),
        }


def seen(record: dict[str, Any]) -> dict[str, Any]:
    """A record of the CRM's in the same form."""
    fields = ("subject", "description", "location", "startTime", "endTime", "allDay", "private")
    who = sorted((each["emailAddress"], each["status"]) for each in record["attendees"])
    return {name: record[name] for name in fields} | {"attendees": who}


def utc(when: date) -> str:
    return format_instant(when.astimezone(UTC) if isinstance(when, datetime) else midnight(when))


def all_pages(send: Send, **query: str) -> list[dict[str, Any]]:
    records, token = [], ""
    while True:
        page = send("GET", "/events", query | {"limit": "100"} | ({"pageToken": token} if token else {}), None, {}).json
        records += page["records"]
        token = page["nextPageToken"]
        if not token:
            return records


@pytest.mark.parametrize("name", OTHERS)
def test_a_calendar_that_others_made_is_served_and_nothing_is_lost_that_a_crm_can_hold(
    name: str, tmp_path: Path
) -> None:
    source, fixture = CALENDARS / f"{name}.ics", tmp_path / "fixture.yaml"
    result = run("import", str(source), "--out", str(fixture))
    assert (result.returncode, result.stdout) == (0, "")
    (start, end) = re.findall(r"[0-9-]{10}T[0-9:.]{12}Z", result.stderr.splitlines()[0])
    assert run("validate", str(fixture)).returncode == 0

    send = in_process(create_app(Sandboxes(load_scenario(fixture))))
    by_interval = all_pages(send, startAt=start, endAt=end)
    by_delta = all_pages(send, since="1970-01-01T00:00:00Z")
    first = datetime.fromisoformat(start)
    quarters = (datetime.fromisoformat(end) - first) // timedelta(weeks=13) + 1
    by_quarter = {
        record["id"]: record
        for quarter in range(quarters)
        for record in all_pages(
            send,
            startAt=format_instant(first + quarter * timedelta(weeks=13)),
            endAt=format_instant(first + (quarter + 1) * timedelta(weeks=13)),
        )
    }
    by_id = {record["id"]: record for record in by_interval}
    assert len(by_interval) == len(by_id) == OTHERS[name]
    assert by_id == {record["id"]: record for record in by_delta} == by_quarter

    text = source.read_text(encoding="utf-8")
    said = list(singles(text))
    served_events = [seen(record) for record in by_interval]
    assert said
    assert [event for event in said if event not in served_events] == []

    # A second opinion on series: the whole file at once, while mockcrm takes them one by one.
    expanded = recurring_ical_events.of(Calendar.from_ical(text)).between(
        datetime.fromisoformat(start), datetime.fromisoformat(end)
    )
    assert Counter((event["subject"], event["startTime"], event["endTime"]) for event in served_events) == Counter(
        (event.get("SUMMARY"), utc(event["DTSTART"].dt), utc(event["DTEND"].dt)) for event in expanded
    )

    counts = {
        what.strip(): int(count) for count, what in re.findall(r"^ +([0-9]+)  (.*)$", result.stderr, re.MULTILINE)
    }
    assert counts["DTSTAMP"] + counts.get("outside the window, or replaced", 0) == text.count("BEGIN:VEVENT")
    for word in {word.split(";")[0] for event in written_events(text) for word, _ in event if word} - HELD:
        assert word in counts


HELD = {"UID", "SUMMARY", "DESCRIPTION", "LOCATION", "DTSTART", "DTEND", "DURATION", "CLASS", "ATTENDEE"}


# The command


def test_the_report_says_what_came_and_what_did_not(imported: Callable[..., Result], small: Path) -> None:
    assert imported(small).stderr == (
        "1 event between 2026-03-02T12:00:00.000Z and 2027-03-03T12:00:00.000Z, from 1 of 1 event in the calendar.\n"
        "0 users and 1 contact, from the people in them.\n"
        "Not imported, and how many of the calendar's events had it:\n"
        "      1  VALARM\n"
    )
    assert imported(small, "--no-contacts").stderr == (
        "1 event between 2026-03-02T12:00:00.000Z and 2027-03-03T12:00:00.000Z, from 1 of 1 event in the calendar.\n"
        "Not imported, and how many of the calendar's events had it:\n"
        "      1  ATTENDEE;CN\n"
        "      1  VALARM\n"
    )


PEOPLE = """\
BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:demo
DTSTART:20260302T120000Z
ORGANIZER;CN=Ann Lee:mailto:Ann.Lee@our.example
ATTENDEE;CN=Bob Ross;PARTSTAT=ACCEPTED:mailto:bob@ACME.example
ATTENDEE;CN="Coyote, Wile":mailto:wile@acme.example
ATTENDEE;CN=roda@road.example:mailto:roda@road.example
ATTENDEE;CN=Room 7;CUTYPE=ROOM:mailto:room7@our.example
ATTENDEE;CN=Nobody:urn:uuid:5
END:VEVENT
BEGIN:VEVENT
UID:bob
DTSTART:20260303T120000Z
ATTENDEE;CN=Robert:mailto:BOB@acme.example
ATTENDEE:mailto:ann.lee@our.example
ATTENDEE;CN=Prince:mailto:7@prince.example
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def meetings(tmp_path: Path) -> Path:
    file = tmp_path / "people.ics"
    file.write_text(PEOPLE, encoding="utf-8", newline="\r\n")
    return file


def content(result: Result) -> dict[str, Any]:
    payload: dict[str, Any] = read_yaml(result.stdout).data
    return payload


def test_each_address_is_a_contact_once_and_the_organiser_a_user(
    imported: Callable[..., Result], meetings: Path
) -> None:
    result = imported(meetings)
    made = content(result)
    assert [*made] == ["title", "users", "contacts", "events"]
    assert made["users"] == [{"key": "ann.lee", "name": "Ann Lee", "emailAddress": "Ann.Lee@our.example"}]
    # `bob` is the key of an event.
    assert made["contacts"] == [
        {"key": "bob-2", "firstName": "Bob", "lastName": "Ross", "emailAddress": "bob@ACME.example"},
        {"key": "wile", "firstName": "Wile", "lastName": "Coyote", "emailAddress": "wile@acme.example"},
        {"key": "roda", "emailAddress": "roda@road.example"},
        {"key": "p-7", "lastName": "Prince", "emailAddress": "7@prince.example"},
    ]
    demo, bob = (event["attendees"] for event in made["events"])
    assert demo == [
        {"contactId": "bob-2", "emailAddress": "bob@ACME.example", "status": "Accepted"},
        "wile",
        "roda",
        {"emailAddress": "room7@our.example", "status": "NeedsAction"},
        {"userId": "urn:uuid:5", "status": "NeedsAction"},
        {"userId": "ann.lee", "emailAddress": "Ann.Lee@our.example", "status": "Accepted"},
    ]
    assert bob == [
        {"contactId": "bob-2", "emailAddress": "BOB@acme.example", "status": "NeedsAction"},
        {"userId": "ann.lee", "emailAddress": "ann.lee@our.example", "status": "NeedsAction"},
        "p-7",
    ]
    assert "1 user and 4 contacts, from the people in them.\n" in result.stderr
    assert "      2  ATTENDEE;CN that no contact has\n" in result.stderr


def test_those_at_the_own_address_or_domain_are_users(imported: Callable[..., Result], meetings: Path) -> None:
    made = content(imported(meetings, "--own", "OUR.example", "--own", "Roda@road.example"))
    assert [each["key"] for each in made["users"]] == ["roda", "ann.lee"]
    assert made["users"][0]["name"] == "roda@road.example"
    assert [each["key"] for each in content(imported(meetings, "--own", "@acme.example"))["contacts"]] == [
        *("roda", "ann.lee", "p-7")
    ]
    refused = imported(meetings, "--own", "our.example", "--no-contacts")
    assert (refused.exit_code, "--own" in refused.stderr) == (2, True)


def test_what_is_imported_resolves_in_the_crm(imported: Callable[..., Result], meetings: Path, tmp_path: Path) -> None:
    for options in ((), ("--anonymize",)):
        text = imported(meetings, *options).stdout
        state = read_scenario(f"dialect: {{references: refuse}}\n{text}".replace("urn:uuid:5", "ann.lee"), "f").start()
        contacts: dict[str, Any] = {each.record.id: each.record for each in state.crm.store.of(KINDS["contact"]).live()}
        events = state.crm.store.events.live()
        met = [each for event in events for each in event.event.attendees if each.contact_id is not None]
        assert len(met) == 5
        for each in met:
            assert contacts[str(each.contact_id)].emailAddress.casefold() == (each.email_address or "").casefold()


def test_without_contacts_there_are_attendees_alone(imported: Callable[..., Result], meetings: Path) -> None:
    made = content(imported(meetings, "--no-contacts"))
    assert [*made] == ["title", "events"]
    assert made["events"][0]["attendees"][0] == {
        "userId": None,
        "emailAddress": "bob@ACME.example",
        "contactId": None,
        "status": "Accepted",
    }


def test_anonymized_contacts_are_the_people_in_the_events(imported: Callable[..., Result], meetings: Path) -> None:
    result = imported(meetings, "--anonymize")
    for word in ("Bob", "Ann", "Lee", "Coyote", "Prince", "our.example", "acme", "road", "bob", "wile", "Room"):
        assert word not in result.stdout
    made = content(result)
    assert (len(made["users"]), len(made["contacts"])) == (1, 4)
    known = {each["key"]: each["emailAddress"] for each in (*made["users"], *made["contacts"])}
    for each in (each for event in made["events"] for each in event["attendees"]):
        if not isinstance(each, str) and each.keys() & {"userId", "contactId"}:
            assert known[each.get("userId") or each["contactId"]] == each["emailAddress"]
    assert all(each.get("lastName") for each in made["contacts"])


def test_texts_of_any_kind_come_through_a_fixture_file(small: Path, tmp_path: Path) -> None:
    fixture = tmp_path / "fixture.yaml"
    assert run("import", str(small), "--out", str(fixture)).returncode == 0
    with served("--load", str(fixture)) as server:
        (record,) = httpx.get(f"{server.url}/api/v1/events").json()["records"]
        assert record["subject"] == "Lunch with Bob\u0085\u00a0\x7f 🍜"
        assert record["location"] == ""
        assert httpx.get(f"{server.url}/admin/events/lunch").json()["id"] == record["id"]
    assert load_scenario(fixture).title == 'Spring: "ours"\u2028'


def test_it_reads_standard_input_and_writes_standard_output(small: Path, tmp_path: Path) -> None:
    fixture = tmp_path / "fixture.yaml"
    assert run("import", str(small), "--out", str(fixture)).stdout == ""
    with small.open("rb") as file:
        payload = subprocess.run(
            [sys.executable, "-m", "mockcrm", "import", "-"], stdin=file, capture_output=True, check=True, timeout=30
        )
    assert payload.stdout == fixture.read_bytes()


def test_anonymized_it_names_nobody_and_is_the_same_each_time(imported: Callable[..., Result], small: Path) -> None:
    first, again = (imported(small, "--anonymize", "--seed", 3) for _ in range(2))
    assert first.stdout == again.stdout != imported(small, "--anonymize").stdout
    for word in ("Bob", "ross", "acme", "Spring", "lunch"):
        assert word not in first.stdout
    assert "Replaced 1 person. The file still has people who attend nothing, nicknames, companies" in first.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--to", "2026-01-01T00:00:00Z"), "the window ends before it begins"),
        (("--zone", "Moon/Tycho"), "There is no time zone 'Moon/Tycho'"),
        (("--from", "2027-01-01T00:00:00Z"), "there is no event between"),
        (("--out", "/nowhere/at/all.yaml"), "cannot be written"),
    ],
)
def test_options_that_make_no_sense_are_told_in_a_line(
    imported: Callable[..., Result], small: Path, options: tuple[str, ...], message: str
) -> None:
    result = imported(small, *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0", "there is a NUL in line 3"),
        (b"PK\x03\x04\xff", "it is not UTF-8"),
        (b"BEGIN:VCALENDAR\r\n" * 40_000, "40000 components begin in it and 0 end"),
        (
            b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 9_000 + b"END:VEVENT\r\n" * 9_000 + b"END:VCALENDAR\r\n",
            "no DTSTART",
        ),
        (
            b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nX:" + b"\xf0\x9f\x8d\x9c" * 500_000,
            "2 components begin in it and 0 end",
        ),
    ],
    ids=["picture", "archive", "unclosed", "nested", "long"],
)
def test_a_file_that_is_something_else_is_refused_in_a_line(data: bytes, message: str, tmp_path: Path) -> None:
    file = tmp_path / "other.ics"
    file.write_bytes(data)
    result = run("import", str(file))
    assert (result.returncode, result.stdout) == (2, "")
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_a_folder_and_a_file_that_is_not_there_are_refused(imported: Callable[..., Result], tmp_path: Path) -> None:
    for file in (tmp_path, tmp_path / "none.ics"):
        assert imported(file).exit_code == 2


def test_a_file_too_large_to_be_a_calendar_is_refused(monkeypatch: pytest.MonkeyPatch, small: Path) -> None:
    monkeypatch.setattr(importing, "MAX_CALENDAR", small.stat().st_size - 1)
    result = CliRunner().invoke(main, ["import", str(small)])
    assert result.exit_code == 2
    assert f"larger than {small.stat().st_size - 1:,} bytes" in result.stderr


def test_a_rule_that_never_comes_to_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(importing, "MAX_SECONDS", 3.0)
    file = tmp_path / "never.ics"
    # It begins on a Monday, and looks for a Tuesday each seventh day.
    rule = "DTSTART:20260302T090000Z\r\nRRULE:FREQ=DAILY;INTERVAL=7;BYDAY=TU\r\n"
    never = "".join(f"BEGIN:VEVENT\r\nUID:a{number}\r\n{rule}END:VEVENT\r\n" for number in range(50))
    file.write_text(f"BEGIN:VCALENDAR\r\n{never}END:VCALENDAR\r\n", newline="")
    result = CliRunner().invoke(main, ["import", str(file)])
    assert result.exit_code == 2
    assert "it was not done after 3 seconds" in result.stderr


def test_without_the_libraries_it_says_how_to_get_them(small: Path) -> None:
    prelude = "import sys; sys.modules['recurring_ical_events'] = None; from mockcrm.cli.main import main; main()"
    result = subprocess.run(
        [sys.executable, "-c", prelude, "import", str(small)], capture_output=True, text=True, timeout=30, check=False
    )
    assert result.returncode == 2
    assert "pip install 'mockcrm[ics]'" in result.stderr


def test_serving_imports_neither_library() -> None:
    code = "import sys, mockcrm.cli.main; print({'icalendar', 'dateutil', 'faker'} & sys.modules.keys() or [])"
    payload = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert payload.stdout == "[]\n"
