"""The calendar that a CRM is, for calendar programs: read by a library that is not ours, and by our own import."""

import dataclasses
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, strategies as st
from ical.calendar import Calendar
from ical.calendar_stream import IcsCalendarStream
from ical.event import Event as TheirEvent

from mockcrm.crm.change import Change
from mockcrm.crm.event import STATUSES, Attendee, Event
from mockcrm.crm.ics.reading import read_calendar
from mockcrm.crm.ics.writing import calendar_frame, written_event

NINE, TEN = datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 2, 10, tzinfo=UTC)
STAMP = datetime(2026, 3, 1, 12, 30, 5, 678_000, tzinfo=UTC)
NOT_TEXT = "\x00\x07\x1b\x7f\x9f"
LINE_ENDS = "\r\n \n \r \v \f \x1c \x85 \u2028 \u2029"
HOSTILE = [
    "a\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:evil",
    "a\rSUMMARY:evil\nX-EVIL:1\u2028STATUS:CANCELLED\x85DTSTART:20200101",
    r"C:\New\new;one,two\\n:\N",
    "\ud800 half",
    NOT_TEXT + LINE_ENDS,
    " \t folded \r\n \r\n\t",
    '":;,=\\"',
    "\u202e\u05d0\U0001f4c5" * 40,
]


def version(event: Event, number: int = 1, stamp: datetime = STAMP) -> Change:
    return Change(7, number, "updated", event, stamp, stamp, 7, stamp, "crm", None, None, None)


def meeting(**fields: Any) -> Event:
    return Event(**{"id": "1001", "start": NINE, "end": TEN, "subject": "Kickoff", **fields})


def feed(*events: Event) -> bytes:
    head, end = calendar_frame("mine")
    return b"".join([head, *(written_event(version(each), "mine") for each in events), end])


def theirs(data: bytes) -> Calendar:
    return IcsCalendarStream.calendar_from_ics(data.decode())


def one(event: Event) -> TheirEvent:
    (found,) = theirs(feed(event)).events
    return found


def ours(event: Event) -> Event:
    (found,) = read_calendar(feed(event), event.start - timedelta(days=1), event.end + timedelta(days=9), None).events
    return found.event


def test_another_library_reads_what_an_event_says() -> None:
    people = (
        Attendee(email_address="wile@acme.example", status="Accepted"),
        Attendee(user_id="u1", contact_id=5),
        Attendee(user_id="u2", email_address="ann@ourcompany.example", status="Tentative"),
    )
    found = one(
        meeting(description="One\ntwo; three", location="Room 7", private=True, attendees=people, parent_id=1000)
    )
    assert (found.uid, found.sequence) == ("1001@mine.mockcrm", 1)
    assert (found.dtstart, found.dtend) == (NINE, TEN)
    assert found.dtstamp == found.last_modified == STAMP.replace(microsecond=0)
    assert (found.summary, found.description, found.location) == ("Kickoff", "One\ntwo; three", "Room 7")
    assert (found.classification, found.status) == ("PRIVATE", "CONFIRMED")
    assert [(str(each.uri), each.status) for each in found.attendees] == [
        ("mailto:wile@acme.example", "ACCEPTED"),
        ("mailto:ann@ourcompany.example", "TENTATIVE"),
    ]
    assert [each.uid for each in found.related_to] == ["1000@mine.mockcrm"]


def test_what_an_event_does_not_say_is_left_out() -> None:
    written = written_event(version(meeting(subject=None, description="", location=None)), "mine").decode()
    names = {line.partition(":")[0].partition(";")[0] for line in written.splitlines()}
    always = {"UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "STATUS", "DTSTART", "DTEND"}
    assert names - {"BEGIN", "END"} == always


def test_a_later_version_has_the_same_uid_and_a_higher_sequence() -> None:
    earlier, later = (
        theirs(b"".join([*frame[:1], written_event(version(meeting(), number), "mine"), frame[1]])).events[0]
        for frame in [calendar_frame("mine")]
        for number in (1, 2)
    )
    assert (earlier.uid, later.uid) == ("1001@mine.mockcrm",) * 2
    assert (earlier.sequence, later.sequence) == (1, 2)


def test_the_calendar_has_its_name_and_says_how_often_to_ask() -> None:
    head = calendar_frame("mine")[0].decode().split("\r\n")
    assert {"VERSION:2.0", "NAME:mine", "X-WR-CALNAME:mine"} <= {*head}
    assert {"REFRESH-INTERVAL;VALUE=DURATION:PT1M", "X-PUBLISHED-TTL:PT1M"} <= {*head}
    assert theirs(feed()).events == []


@pytest.mark.parametrize(("days", "ends"), [(1, date(2026, 3, 3)), (3, date(2026, 3, 5)), (0, None)])
def test_a_whole_day_is_a_date_and_ends_before_its_end(days: int, ends: date | None) -> None:
    start = datetime(2026, 3, 2, tzinfo=UTC)
    found = one(meeting(start=start, end=start + timedelta(days=days), all_day=True))
    assert (found.dtstart, found.dtend) == (date(2026, 3, 2), ends)
    assert not isinstance(found.dtstart, datetime)


@pytest.mark.parametrize("length", [timedelta(0), timedelta(milliseconds=300)])
def test_a_meeting_of_no_length_has_no_end(length: timedelta) -> None:
    found = one(meeting(end=NINE + length))
    assert (found.dtstart, found.dtend, found.computed_duration) == (NINE, None, timedelta(0))


@pytest.mark.parametrize("at", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)])
def test_the_ends_of_time_can_be_written(at: datetime) -> None:
    (found,) = theirs(feed(meeting(start=at, end=at))).events
    assert found.dtstart == at.replace(microsecond=0)
    assert b"DTSTAMP:%04d" % at.year in written_event(version(meeting(), stamp=at), "mine")


def readable(text: str) -> str:
    """What stands for a text in a calendar."""
    for each in ("\r\n", *"\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"):
        text = text.replace(each, "\n")
    return "".join("\ufffd" if control(each) else each for each in text)


def control(letter: str) -> bool:
    return letter not in "\t\n" and (letter < " " or "\x7f" <= letter <= "\x9f" or "\ud800" <= letter <= "\udfff")


LETTERS = st.characters(codec=None) | st.sampled_from([*"\\nN;,:\"\r\n\t ^'", *LINE_ENDS, *NOT_TEXT, "\ud800"])
TEXTS = st.sampled_from(HOSTILE) | st.text(LETTERS, min_size=1, max_size=200)


@given(text=TEXTS)
@example("\\N")
@example("\n")
@example("a" * 74 + "\\N;\r\n")
def test_a_text_of_any_characters_stays_in_its_property(text: str) -> None:
    event = meeting(subject=text, description=text, location=text)
    again = ours(event)
    assert (again.subject, again.description, again.location) == (readable(text),) * 3
    lines = feed(event).decode().split("\r\n")
    assert all(len(line.encode()) <= 75 and not any(map(control, line)) for line in lines)
    assert not {*"".join(lines)} & {*"\n\r\x85\u2028\u2029"}
    found = one(event)
    assert (found.uid, found.dtstart, found.status) == ("1001@mine.mockcrm", NINE, "CONFIRMED")


@given(address=TEXTS)
def test_an_address_of_any_characters_stays_an_address(address: str) -> None:
    again = ours(meeting(attendees=(Attendee(email_address=address, status="Declined"),)))
    (person,) = again.attendees
    assert person.status == "Declined"
    found = one(meeting(attendees=(Attendee(email_address=address),)))
    assert (found.uid, found.summary, len(found.attendees)) == ("1001@mine.mockcrm", "Kickoff", 1)


SECONDS = st.tuples(st.integers(0, 10**8), st.integers(1, 10**6), st.just(False))
DAYS = st.tuples(st.integers(0, 3000), st.integers(1, 40), st.just(True))


@given(
    when=SECONDS | DAYS,
    private=st.booleans(),
    people=st.lists(st.tuples(st.emails(), st.sampled_from(STATUSES)), max_size=4, unique_by=lambda each: each[0]),
)
def test_our_own_import_gives_the_event_again(when: Any, private: bool, people: list[tuple[str, str]]) -> None:
    first, length, all_day = when
    unit = timedelta(days=1) if all_day else timedelta(seconds=1)
    start = datetime(2026, 1, 1, tzinfo=UTC) + first * unit
    end = start + length * unit
    attendees = tuple(Attendee(email_address=address, status=status) for address, status in people)
    event = meeting(start=start, end=end, all_day=all_day, private=private, attendees=attendees, description="Why\n")
    assert ours(event) == dataclasses.replace(event, id="")


def test_a_megabyte_of_text_is_written_whole() -> None:
    text = "é,;\n" * 250_000
    assert one(meeting(description=text)).description == text
