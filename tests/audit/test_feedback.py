"""Feedback: a client that receives its own result and does the same to it again, and a person at work who does not."""

import base64
import html
import json
import quopri
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from mockcrm.audit.findings import Finding
from mockcrm.crm.dialect.knobs import PLAIN
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.rendering import shown_record
from tests.audit.audited import MONDAY, TIMES, Crm

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def crm() -> Crm:
    return Crm()


def now(crm: Crm, name: str) -> Any:
    """The event as it is."""
    with crm.sandbox.open() as state:
        latest = state.crm.store.events.latest(state.crm.resolve(KINDS["event"], name))
    assert latest is not None
    return shown_record(latest, PLAIN)


def only(crm: Crm) -> Finding:
    (found,) = crm.findings()
    return found


def rounds(crm: Crm, name: str, *changes: Callable[[Any], Any], method: str = "PATCH") -> None:
    """For each change the client reads the event, and writes what the change makes of it."""
    for make in changes:
        row = now(crm, name)
        fields = make(row)
        row.pop("lastModifiedAt"), row.pop("id")
        crm.write(method, name, fields if method == "PATCH" else {**row, **fields})
        crm.read()


def rewritten(field: str, make: Callable[[str], str]) -> Callable[[Any], Any]:
    return lambda row: {field: make(row[field] or "")}


def written(**fields: Any) -> Callable[[Any], Any]:
    return lambda _: fields


def moved(start: timedelta, end: timedelta) -> Callable[[Any], Any]:
    def make(row: Any) -> Any:
        if row["allDay"]:
            start_date, end_date = (datetime.fromisoformat(row[name]).date() for name in ("startTime", "endTime"))
            return {"startTime": str(start_date + start), "endTime": str(end_date + end)}
        times = (datetime.fromisoformat(row["startTime"]) + start, datetime.fromisoformat(row["endTime"]) + end)
        return dict(zip(("startTime", "endTime"), map(datetime.isoformat, times), strict=True))

    return make


# Drift


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
@pytest.mark.parametrize(
    ("start", "end", "what"),
    [
        (HOUR, HOUR, "moved start and end by +1 hour"),
        (-HOUR, -HOUR, "moved start and end by -1 hour"),
        (DAY, DAY, "moved start and end by +1 day"),
        (timedelta(0), timedelta(minutes=-5), "moved the end by -5 minutes"),
        (timedelta(seconds=-1), timedelta(0), "moved the start by -1 second"),
        (timedelta(hours=-5, minutes=-30), HOUR, "moved the start by -5 hours 30 minutes and the end by +1 hour"),
        (timedelta(milliseconds=-1), timedelta(0), "moved the start by -0.001 seconds"),
    ],
)
def test_a_meeting_that_moves_by_the_same_each_time_drifts(
    crm: Crm, method: str, start: timedelta, end: timedelta, what: str
) -> None:
    name = crm.create()
    crm.read()
    rounds(crm, name, *[moved(start, end)] * 2, method=method)
    assert crm.codes() == []
    rounds(crm, name, moved(start, end), method=method)
    found = only(crm)
    assert (found.kind.code, found.hazard, found.requests) == ("write.drift", None, (2, 4, 6))
    assert found.explanation == f"Each time it received its own result, this client {what}: requests 2, 4, 6."
    assert found.title == f"“{name}” moves by the same time with each write"


@pytest.mark.parametrize(
    ("start", "end", "hazard"), [(DAY * 0, DAY, "allday-end-inclusive"), (-DAY, -DAY, "allday-tz-drift")]
)
def test_only_all_day_events_have_the_hazards_of_days(crm: Crm, start: timedelta, end: timedelta, hazard: str) -> None:
    day = MONDAY.date()
    name = crm.create({"allDay": True, "startTime": str(day), "endTime": str(day + DAY)})
    crm.read()
    rounds(crm, name, *[moved(start, end)] * 3)
    assert (only(crm).kind.code, only(crm).hazard) == ("write.drift", hazard)


def test_a_read_by_id_gives_a_client_its_own_result(crm: Crm) -> None:
    name = crm.create()
    for _ in range(3):
        crm.look(name)
        crm.write("PATCH", name, moved(HOUR, HOUR)(now(crm, name)))
    assert crm.codes() == ["write.drift"]


def test_a_client_that_sees_only_the_answers_to_its_writes_is_not_in_a_loop(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    for _ in range(4):
        crm.write("PATCH", name, moved(HOUR, HOUR)(now(crm, name)))
    assert crm.codes() == []


def test_different_moves_are_a_person(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    for hours in (1, 2, 1, 1, -1, 3):
        rounds(crm, name, moved(HOUR * hours, HOUR * hours))
    assert crm.codes() == []


def test_a_colleague_in_between_ends_the_drift(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    for place in range(4):
        rounds(crm, name, moved(HOUR, HOUR))
        crm.act({"edit": {"event": name, "set": {"location": str(place)}}})
        crm.read()
    assert crm.codes() == []


def test_a_weekly_meeting_with_notes_of_its_own_is_moved_by_a_person(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    for notes in ("Budget", "Hiring", "Offsite", "Roadmap"):
        rounds(crm, name, written(**moved(7 * DAY, 7 * DAY)(now(crm, name)), description=notes))
    assert crm.codes() == []


def test_a_round_without_a_move_ends_the_drift(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    here, there = moved(HOUR, HOUR), rewritten("location", lambda text: text + "I")
    rounds(crm, name, here, here, there, here, here)
    assert crm.codes() == []


# Growth


def escaped_ical(text: str) -> str:
    return text.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;").replace("\n", "\\n")


def escaped_json(text: str) -> str:
    return json.dumps(text)[1:-1]


def misread(codec: str, errors: str = "strict") -> Callable[[str], str]:
    return lambda text: text.encode().decode(codec, errors)


NOTES = 'Tom & Jérôme, <50%> of it; “quoted” isn\'t "that" = it\nand a second line with C:\\temp'
ESCAPES: dict[str, Callable[[str], str]] = {
    "HTML": html.escape,
    "HTML without quotes": lambda text: html.escape(text, quote=False),
    "HTML, ampersands alone": lambda text: text.replace("&", "&amp;"),
    "HTML, all but ASCII": lambda text: html.escape(text).encode("ascii", "xmlcharrefreplace").decode(),
    "a paragraph of HTML": lambda text: f"<p>{html.escape(text)}</p>",
    "iCalendar": escaped_ical,
    "iCalendar, commas alone": lambda text: text.replace(",", "\\,"),
    "JSON": escaped_json,
    "Python": lambda text: text.encode("unicode_escape").decode(),
    "percent": quote,
    "form": quote_plus,
    "quoted-printable": lambda text: quopri.encodestring(text.encode()).decode(),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "SQL": lambda text: text.replace("'", "''"),
    "CSV": lambda text: text.replace('"', '""'),
    "line breaks of HTML": lambda text: text.replace("\n", "<br>\n"),
    "line ends": lambda text: text.replace("\n", "\r\n"),
    "latin-1": misread("latin-1"),
    "windows-1252": misread("cp1252", "replace"),
    "ASCII": misread("ascii", "replace"),
}


@pytest.mark.parametrize("escape", ESCAPES.values(), ids=ESCAPES)
@pytest.mark.parametrize("field", ["description", "subject", "location"])
def test_a_text_that_is_escaped_once_more_each_time_grows(crm: Crm, escape: Callable[[str], str], field: str) -> None:
    name = crm.create({field: NOTES})
    crm.read()
    rounds(crm, name, *[rewritten(field, escape)] * 2)
    assert crm.codes() == []
    rounds(crm, name, *[rewritten(field, escape)] * 2)
    found = only(crm)
    assert (found.kind.code, found.kind.severity, found.fields) == ("write.growth", "error", (field,))


def test_it_says_how_the_text_is_escaped(crm: Crm) -> None:
    name = crm.create({"description": "Tom & Jerry"})
    crm.read()
    rounds(crm, name, *[rewritten("description", html.escape)] * 3)
    assert only(crm).explanation == (
        "Each time it received its own result, this client escaped the text of description once more (HTML): "
        "requests 2, 4, 6."
    )
    assert only(crm).title == f"“{name}” grows with each write: description"


ADDITIONS: dict[str, Callable[[str], str]] = {
    "a suffix": lambda text: f"{text} [CRM]",
    "a footer": lambda text: f"{text}\n-- \nSynced by Sync",
    "a prefix": lambda text: f"Re: {text}",
    "a prefix that the text begins with": lambda text: f"Re{text}",
    "both": lambda text: f"<p>{text}</p>",
    "a line before the end": lambda text: text.removesuffix("</body>") + "Synced by Sync</body>",
    "an empty line": lambda text: f"{text}\n",
    "a character": lambda text: f"{text}!",
}


@pytest.mark.parametrize("add", ADDITIONS.values(), ids=ADDITIONS)
@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_the_same_addition_three_times_in_a_row_is_growth(crm: Crm, add: Callable[[str], str], method: str) -> None:
    name = crm.create({"description": "Review of Q3</body>"})
    crm.read()
    rounds(crm, name, *[rewritten("description", add)] * 2, method=method)
    assert crm.codes() == []
    rounds(crm, name, rewritten("description", add), method=method)
    found = only(crm)
    assert (found.kind.code, found.fields, found.requests) == ("write.growth", ("description",), (2, 4, 6))
    assert found.hazard == "growing-text"


def test_what_is_added_to_nothing_grows_as_well(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    rounds(crm, name, *[rewritten("description", lambda text: f"{text}\nSynced".strip())] * 3)
    assert only(crm).explanation == (
        'Each time it received its own result, this client added "Synced" to description: requests 2, 4, 6.'
    )


def test_growth_and_drift_are_two_findings_and_two_fields_that_grow_are_one(crm: Crm) -> None:
    name = crm.create({"description": "a", "location": "b"})
    crm.read()

    def feed_back(row: Any) -> Any:
        return {**moved(HOUR, HOUR)(row), **{each: f"{row[each]}!" for each in ("description", "location")}}

    rounds(crm, name, *[feed_back] * 3)
    grown, drifting = sorted(crm.findings(), key=lambda found: found.kind.code, reverse=True)
    assert (grown.kind.code, grown.fields) == ("write.growth", ("description", "location"))
    assert (drifting.kind.code, drifting.fields) == ("write.drift", ("endTime", "startTime"))


def test_what_else_the_client_writes_does_not_hide_the_growth(crm: Crm) -> None:
    name = crm.create({"description": "Agenda"})
    crm.read()
    for room in "ABC":
        rounds(crm, name, written(description=f"{now(crm, name)['description']} [CRM]", location=room))
    assert (only(crm).kind.code, only(crm).fields) == ("write.growth", ("description",))


def test_a_list_grows_by_the_same_member(crm: Crm) -> None:
    name = crm.create({"attendees": [{"emailAddress": "ada@example.com", "status": "Accepted"}]})
    crm.read()

    def join(row: Any) -> Any:
        return {"attendees": [*row["attendees"], {"emailAddress": "Sync@example.com"}]}

    rounds(crm, name, *[join] * 3)
    found = only(crm)
    assert (found.kind.code, found.fields, found.hazard) == ("write.growth", ("attendees",), None)
    assert 'added "sync@example.com" to attendees' in found.explanation


def test_a_list_that_is_doubled_each_time_grows(crm: Crm) -> None:
    links = [{"type": "Account", "id": "7"}, {"type": "Lead", "id": "8"}]
    name = crm.create({"relatedTo": links})
    crm.read()

    def double(row: Any) -> Any:
        return {"relatedTo": row["relatedTo"] * 2}

    rounds(crm, name, *[double] * 3)
    assert (only(crm).kind.code, only(crm).fields) == ("write.growth", ("relatedTo",))
    assert 'added "Account 7" and "Lead 8" to relatedTo' in only(crm).explanation


@pytest.mark.parametrize("value", ["Offer", ["Offer"]])
def test_an_unknown_field_that_the_crm_keeps_may_grow(crm: Crm, value: Any) -> None:
    crm.act({"dialect": {"unknownFields": "keep"}})
    name = crm.create({"dealStage": value})
    crm.read()

    def add(row: Any) -> Any:
        return {"dealStage": row["dealStage"] + value}

    rounds(crm, name, *[add] * 3)
    assert (only(crm).kind.code, only(crm).fields) == ("write.growth", ("dealStage",))


def test_different_additions_are_a_person_at_work(crm: Crm) -> None:
    name = crm.create({"description": "Minutes:"})
    crm.read()
    notes = ("\nBudget: later", "\nHiring: yes", "\nOffsite: May", "\nBudget: later", "\nHiring: yes")
    for note in notes:
        rounds(crm, name, written(description=f"{now(crm, name)['description']}{note}"))
    assert crm.codes() == []


def test_different_guests_are_a_person_at_work(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    for guest in ("ada", "ben", "cem", "dan"):
        guests = [*now(crm, name)["attendees"], {"emailAddress": f"{guest}@example.com"}]
        rounds(crm, name, written(attendees=guests))
    assert crm.codes() == []


def test_a_guest_who_is_invited_taken_off_and_invited_again_is_no_growth(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    ada = {"emailAddress": "ada@example.com"}
    for turn in range(6):
        rounds(crm, name, written(attendees=[ada] * ((turn + 1) % 2), location=str(turn)))
    assert crm.codes() == []


def test_a_text_that_somebody_types_on_at_is_no_growth(crm: Crm) -> None:
    name = crm.create({"subject": ""})
    crm.read()
    for end in range(1, 12):
        rounds(crm, name, written(subject="Weekly meeting"[:end]))
    assert crm.codes() == []


def test_a_colleague_in_between_ends_the_growth(crm: Crm) -> None:
    name = crm.create({"description": "Agenda"})
    crm.read()
    for place in range(4):
        rounds(crm, name, rewritten("description", lambda text: f"{text} [CRM]"))
        crm.act({"edit": {"event": name, "set": {"location": str(place)}}})
        crm.read()
    assert crm.codes() == []


def test_an_addition_that_is_made_once_is_none(crm: Crm) -> None:
    name = crm.create({"description": "Agenda"})
    crm.read()
    rounds(crm, name, *[rewritten("description", lambda text: text.removesuffix(" [CRM]") + " [CRM]")] * 2)
    assert crm.codes() == ["write.echo"]


def test_a_text_that_shrinks_or_is_put_in_other_words_does_not_grow(crm: Crm) -> None:
    name = crm.create({"description": "aaaaaaaa"})
    crm.read()
    rounds(crm, name, *[rewritten("description", lambda text: text[:-1])] * 4)
    rounds(crm, name, *[written(description=text) for text in ("one", "two", "three", "fourteen")])
    assert crm.codes() == []


def test_a_long_text_is_not_searched(crm: Crm) -> None:
    name = crm.create({"description": "&" * 70_000})
    crm.read()
    rounds(crm, name, *[rewritten("description", lambda text: text + "!")] * 4)
    assert crm.codes() == []


def test_growth_is_found_in_a_journal_that_forgets() -> None:
    crm = Crm(journaled=1)
    name = crm.create({"description": "Tom & Jerry", **TIMES})
    crm.read()
    rounds(crm, name, *[rewritten("description", html.escape)] * 3)
    assert crm.codes() == ["write.growth"]
