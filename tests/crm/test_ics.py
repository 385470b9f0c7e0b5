"""Exported calendars as a CRM's events: what is held, what is not, and what is refused."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import icalendar
import pytest
from recurring_ical_events.constants import CALENDARS

from mockcrm.crm.event import Attendee, Event
from mockcrm.crm.ics import events, occurrences
from mockcrm.crm.ics.parsing import Unreadable
from mockcrm.crm.ics.reading import Imported, read_calendar

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)


def calendar(*parts: str) -> bytes:
    return "\r\n".join(("BEGIN:VCALENDAR", "VERSION:2.0", *parts, "END:VCALENDAR", "")).encode()


def event(*lines: str) -> str:
    return "\r\n".join(("BEGIN:VEVENT", *lines, "END:VEVENT"))


def imported(*parts: str, start: datetime | None = None, end: datetime | None = None, zone: str = "") -> Imported:
    return read_calendar(calendar(*parts), start, end, zone or None)


def the_event(*lines: str) -> Event:
    (payload,) = imported(event(*lines)).events
    return payload.event


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def starts(found: Imported) -> list[str]:
    return [f"{payload.event.start:%m-%d %H:%M}" for payload in found.events]


# Times


def test_times_in_a_zone_are_told_in_utc() -> None:
    payload = the_event("DTSTART;TZID=Europe/Berlin:20260302T090000", "DTEND;TZID=America/New_York:20260302T040000")
    assert (payload.start, payload.end, payload.all_day) == (at("2026-03-02T08:00"), at("2026-03-02T09:00"), False)


def test_a_zone_that_the_file_defines_is_followed() -> None:
    zone = (
        "BEGIN:VTIMEZONE\r\nTZID:Ours\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0345\r\n"
        "TZOFFSETTO:+0345\r\nEND:STANDARD\r\nEND:VTIMEZONE"
    )
    (payload,) = imported(zone, event("DTSTART;TZID=Ours:20260302T090000")).events
    assert payload.event.start == at("2026-03-02T05:15")


@pytest.mark.parametrize(
    ("lines", "days"),
    [((), 1), (("DURATION:P3D",), 3), (("DTEND;VALUE=DATE:20260304",), 2), (("DTEND;VALUE=DATE:20260302",), 0)],
)
def test_an_event_of_days_lasts_for_as_long_as_it_says_and_else_for_one(lines: tuple[str, ...], days: int) -> None:
    payload = the_event("DTSTART;VALUE=DATE:20260302", *lines)
    assert payload.all_day
    assert (payload.start, payload.end - payload.start) == (at("2026-03-02"), timedelta(days=days))


@pytest.mark.parametrize(("lines", "minutes"), [((), 0), (("DURATION:PT90M",), 90)])
def test_an_event_without_an_end_has_its_duration_or_none(lines: tuple[str, ...], minutes: int) -> None:
    payload = the_event("DTSTART:20260302T090000Z", *lines)
    assert payload.end - payload.start == timedelta(minutes=minutes)


@pytest.mark.parametrize("recurs", [(), ("RRULE:FREQ=DAILY;COUNT=1",)])
@pytest.mark.parametrize(
    ("header", "zone", "hour"),
    [((), "", 9), (("X-WR-TIMEZONE:Europe/Berlin",), "", 8), (("X-WR-TIMEZONE:Europe/Berlin",), "Asia/Tokyo", 0)],
)
def test_a_time_without_a_zone_is_one_of_the_zone_asked_for_or_of_the_files_or_utc(
    header: tuple[str, ...], zone: str, hour: int, recurs: tuple[str, ...]
) -> None:
    found = imported(*header, event("DTSTART:20260302T090000", *recurs), zone=zone)
    assert starts(found) == [f"03-02 {hour:02d}:00"]
    known = zone or ("Europe/Berlin" if header else "UTC")
    assert found.not_held[f"a time without a known zone, read in {known}"] == 1


def test_a_zone_with_a_name_of_its_vendors_is_known_without_a_warning() -> None:
    payload = the_event("DTSTART;TZID=/mozilla.org/20070129_1/America/New_York:20260302T090000")
    assert payload.start == at("2026-03-02T14:00")


def test_a_zone_that_nobody_knows_is_reported() -> None:
    found = imported(
        "X-WR-TIMEZONE:Moon/Tycho", event("DTSTART;TZID=Moon/Tycho:20260302T090000", "RRULE:FREQ=DAILY;COUNT=2")
    )
    assert starts(found) == ["03-02 09:00", "03-03 09:00"]
    assert found.header == ("X-WR-TIMEZONE:Moon/Tycho, which is no known zone",)
    assert found.not_held == {"DTSTART;TZID": 1, "RRULE": 1, "a time without a known zone, read in UTC": 1}


# Fields


def test_texts_are_unescaped_and_unfolded() -> None:
    payload = the_event(
        "DTSTART:20260302T090000Z", "SUMMARY:One\\, two\\; thr", " ee", "DESCRIPTION:a\\nb", "LOCATION:Zürich"
    )
    assert (payload.subject, payload.description, payload.location) == ("One, two; three", "a\nb", "Zürich")


def test_what_is_not_there_is_null_and_what_is_empty_is_empty() -> None:
    payload = the_event("DTSTART:20260302T090000Z", "SUMMARY:")
    assert (payload.subject, payload.description) == ("", None)


@pytest.mark.parametrize(
    ("word", "private"), [("PUBLIC", False), ("private", True), ("CONFIDENTIAL", True), ("X-SECRET", True)]
)
def test_a_class_other_than_public_is_private(word: str, private: bool) -> None:
    assert the_event("DTSTART:20260302T090000Z", f"CLASS:{word}").private is private


def test_attendees_have_their_answers_and_the_organiser_comes() -> None:
    payload = the_event(
        "DTSTART:20260302T090000Z",
        "ORGANIZER;CN=Ann:mailto:ann@ourcompany.example",
        "ATTENDEE;PARTSTAT=ACCEPTED:MAILTO:a@acme.example",
        "ATTENDEE;PARTSTAT=declined:mailto:b@acme.example",
        "ATTENDEE;PARTSTAT=TENTATIVE:mailto:c@acme.example",
        "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:d@acme.example",
        "ATTENDEE:urn:uuid:550e8400",
    )
    assert payload.attendees == (
        Attendee(email_address="a@acme.example", status="Accepted"),
        Attendee(email_address="b@acme.example", status="Declined"),
        Attendee(email_address="c@acme.example", status="Tentative"),
        Attendee(email_address="d@acme.example", status="NeedsAction"),
        Attendee(user_id="urn:uuid:550e8400", status="NeedsAction"),
        Attendee(email_address="ann@ourcompany.example", status="Accepted"),
    )


def test_an_organiser_who_is_an_attendee_is_there_once_with_that_answer() -> None:
    payload = the_event(
        "DTSTART:20260302T090000Z",
        "ORGANIZER:mailto:Ann@ourcompany.example",
        "ATTENDEE;PARTSTAT=DECLINED:mailto:ann@ourcompany.example",
    )
    assert payload.attendees == (Attendee(email_address="ann@ourcompany.example", status="Declined"),)


def test_more_people_than_an_event_has_room_for_are_left_out_and_reported() -> None:
    crowd = [f"ATTENDEE:mailto:{number}@ourcompany.example" for number in range(1_001)]
    found = imported(event("DTSTART:20260302T090000Z", *crowd))
    assert len(found.events[0].event.attendees) == 1_000
    assert found.not_held == {"ATTENDEE beyond the first 1,000": 1}


@pytest.mark.parametrize("uid", ["9-to-5", "a@b", "ä", "a" * 65])
def test_a_uid_that_cannot_be_a_key_is_left_out_and_reported(uid: str) -> None:
    found = imported(event(f"UID:{uid}", "DTSTART:20260302T090000Z"))
    assert found.events[0].key is None
    assert found.not_held == {"UID, which cannot be a key": 1}


def test_a_uid_is_the_key_and_in_a_series_that_with_the_start() -> None:
    found = imported(
        event("UID:lunch", "DTSTART:20260301T120000Z"),
        event("UID:standup", "DTSTART;TZID=Europe/Berlin:20260302T090000", "RRULE:FREQ=DAILY;COUNT=2"),
        event("UID:week", "DTSTART;VALUE=DATE:20260309", "RRULE:FREQ=WEEKLY;COUNT=2"),
    )
    keys = ["lunch", "standup.20260302T080000Z", "standup.20260303T080000Z", "week.20260309", "week.20260316"]
    assert [payload.key for payload in found.events] == keys


def test_a_key_that_is_taken_is_not_given_twice() -> None:
    found = imported(
        event("UID:a", "DTSTART:20260302T090000Z", "RRULE:FREQ=DAILY;COUNT=4"),
        event("UID:a", "RECURRENCE-ID;RANGE=THISANDFUTURE:20260303T090000Z", "DTSTART:20260303T100000Z"),
    )
    assert starts(found) == ["03-02 09:00", "03-03 10:00", "03-04 10:00", "03-05 10:00"]
    assert [payload.key for payload in found.events] == ["a.20260302T090000Z", "a.20260303T090000Z", None, None]


def test_the_names_of_people_are_known_and_those_of_rooms_are_not() -> None:
    found = imported(
        event(
            "DTSTART:20260302T090000Z",
            "ATTENDEE;CN=Bob:mailto:BOB@acme.example",
            "ATTENDEE;CN=Turing;CUTYPE=ROOM:mailto:room@acme.example",
        )
    )
    assert found.names == {"bob@acme.example": "Bob", "room@acme.example": ""}


# Series


def test_a_series_in_utc_keeps_its_hour_in_the_zone_of_a_file_that_names_one() -> None:
    series = event("DTSTART:20260323T080000Z", "RRULE:FREQ=WEEKLY;COUNT=2")
    assert starts(imported(series)) == ["03-23 08:00", "03-30 08:00"]
    assert starts(imported("X-WR-TIMEZONE:Europe/Berlin", series)) == ["03-23 08:00", "03-30 07:00"]


def test_a_series_is_expanded_and_keeps_its_hour_when_summer_begins() -> None:
    found = imported(
        event(
            "UID:a",
            "DTSTART;TZID=Europe/Berlin:20260323T090000",
            "DURATION:PT15M",
            "RRULE:FREQ=WEEKLY;COUNT=4",
            "RDATE;TZID=Europe/Berlin:20260401T090000",
            "EXDATE;TZID=Europe/Berlin:20260406T090000",
        )
    )
    assert starts(found) == ["03-23 08:00", "03-30 07:00", "04-01 07:00", "04-13 07:00"]


def test_an_occurrence_that_was_changed_is_told_as_it_became_and_a_cancelled_one_is_not() -> None:
    found = imported(
        event("UID:a", "DTSTART:20260302T090000Z", "RRULE:FREQ=DAILY;COUNT=3", "SUMMARY:Daily"),
        event("UID:a", "RECURRENCE-ID:20260303T090000Z", "DTSTART:20260303T140000Z", "SUMMARY:Moved"),
        event("UID:a", "RECURRENCE-ID:20260304T090000Z", "DTSTART:20260304T090000Z", "STATUS:CANCELLED"),
    )
    assert [(payload.event.subject, payload.event.start.hour) for payload in found.events] == [
        ("Daily", 9),
        ("Moved", 14),
    ]
    assert [payload.key for payload in found.events] == ["a.20260302T090000Z", "a.20260303T090000Z"]
    assert found.left_out == {"cancelled": 1}


def test_the_window_is_that_of_a_list_by_interval() -> None:
    found = imported(
        event("UID:a", "DTSTART:20260228T230000Z", "DTEND:20260301T000000Z"),
        event("UID:b", "DTSTART:20260228T230000Z", "DTEND:20260301T000001Z"),
        event("UID:c", "DTSTART:20260301T000000Z"),
        event("UID:d", "DTSTART:20260401T000000Z"),
        event("UID:e", "DTSTART;VALUE=DATE:20260331"),
        start=MARCH,
        end=APRIL,
    )
    assert [payload.key for payload in found.events] == ["b", "c", "e"]
    assert found.left_out == {"outside the window, or replaced": 2}


def test_without_a_window_an_endless_series_goes_on_for_a_year_after_the_last_start() -> None:
    found = imported(
        event("UID:a", "DTSTART:20260301T090000Z", "RRULE:FREQ=MONTHLY"), event("UID:b", "DTSTART:20260401T000000Z")
    )
    assert (found.start, found.end) == (at("2026-03-01T09:00"), at("2027-04-02"))
    assert len(found.events) == 15


# What is not held


def test_all_that_is_not_held_is_counted_by_event() -> None:
    both = ("CATEGORIES:A,B", "TRANSP:OPAQUE", "X-ANY;X-WORD=1:x")
    alarm = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT5M\r\nEND:VALARM"
    found = imported(
        "PRODID:-//ours//EN",
        "X-WR-CALNAME:Spring",
        event("DTSTART:20260302T090000Z", *both, "ATTACH:https://x.example", alarm, alarm),
        event("DTSTART:20260302T090000Z", *both, "ATTENDEE;CN=B;PARTSTAT=DELEGATED;ROLE=CHAIR:mailto:b@acme.example"),
        event("DTSTART:20260302T090000Z", "SUMMARY;LANGUAGE=en:A", "SUMMARY:B", "CLASS:X-SECRET", "GEO:north"),
        "BEGIN:VTODO\r\nUID:t\r\nEND:VTODO",
    )
    assert found.title == "Spring"
    assert found.header == ("PRODID",)
    assert found.left_out == {"no event: VTODO": 1}
    assert found.not_held == {
        "CATEGORIES": 2,
        "TRANSP": 2,
        "X-ANY": 2,
        "ATTACH": 1,
        "VALARM": 1,
        "ATTENDEE;CN": 1,
        "ATTENDEE;ROLE": 1,
        "ATTENDEE;PARTSTAT=DELEGATED": 1,
        "SUMMARY;LANGUAGE": 1,
        "SUMMARY, the second": 1,
        "CLASS:X-SECRET": 1,
        "GEO": 1,
        "GEO that cannot be read": 1,
    }


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (("STATUS:CANCELLED", "DTSTART:20260302T090000Z"), "cancelled"),
        (("SUMMARY:x",), "has no DTSTART"),
        (("DTSTART:yesterday",), "cannot be read: DTSTART"),
        (("DTSTART:20260302T090000Z", "DTSTART:20260303T090000Z"), "cannot be read: DTSTART"),
        (("DTSTART:20260302T090000Z", "DTEND:20260302T080000Z"), "ends before it begins"),
        (("DTSTART:20260302T090000Z", "DURATION:-PT1H"), "ends before it begins"),
        (("DTSTART:20260302T090000Z", "RRULE:FREQ=SOMETIMES"), "cannot be read: RRULE"),
        (("DTSTART:20260302T090000Z", "RRULE:FREQ=DAILY;COUNT=2;RSCALE=CHINESE"), "recurrence"),
        (("DTSTART:20260302T090000Z", "RRULE:FREQ=DAILY;UNTIL=20260301T090000Z"), "UNTIL of its RRULE comes before"),
        (("DTSTART;TZID=Asia/Tokyo:00010101T000000",), "cannot be read: DTSTART"),
    ],
)
def test_an_event_that_cannot_be_used_is_left_out_with_the_reason(lines: tuple[str, ...], reason: str) -> None:
    found = imported(event("UID:good", "DTSTART:20260302T090000Z"), event("UID:bad", *lines))
    assert [payload.key for payload in found.events] == ["good"]
    ((payload, count),) = found.left_out.items()
    assert reason in payload
    assert count == 1


def test_a_file_of_cancellations_has_no_events() -> None:
    with pytest.raises(Unreadable, match=r"no event between .* that can be used: cancelled \(1\)"):
        imported("METHOD:CANCEL", event("UID:a", "DTSTART:20260302T090000Z"))


def every_calendar() -> list[Path]:
    """The test data of both libraries, in which much is broken on purpose."""
    return sorted([*CALENDARS.glob("*.ics"), *(Path(icalendar.__file__).parent / "tests").rglob("*.ics")])


@pytest.mark.parametrize("file", every_calendar(), ids=lambda file: file.stem)
def test_every_event_of_a_calendar_that_others_made_is_used_or_left_out_with_a_reason(file: Path) -> None:
    try:
        found = read_calendar(file.read_bytes(), at("1990-01-01"), at("2030-01-01"), None)
    except Unreadable:
        return
    assert found.used + sum(n for why, n in found.left_out.items() if not why.startswith("no event")) == found.found


# What is refused


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no VCALENDAR"),
        (b"<html>", "not a calendar"),
        (b"BEGIN:VCARD\r\nFN:x\r\nEND:VCARD\r\n", "no VCALENDAR"),
        (calendar(), "no event in it"),
        (calendar("BEGIN:VTODO", "END:VTODO"), r"no event in it that can be used: no event: VTODO \(1\)"),
        (calendar(event("SUMMARY:Z\xfcrich")).replace(b"\xc3\xbc", b"\xfc"), "not UTF-8 .* line 4"),
        (calendar(event("SUMMARY:a\0b")), "NUL in line 4"),
        (calendar(event("DTSTART:20260302T090000Z"))[:-16], "2 components begin in it and 1 end"),
        (calendar("CALSCALE:HEBREW", event("DTSTART:20260302T090000Z")), "Gregorian"),
    ],
)
def test_a_file_that_is_no_calendar_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(Unreadable, match=message):
        read_calendar(data, None, None, None)


def test_a_byte_order_mark_is_passed_over() -> None:
    data = b"\xef\xbb\xbf" + calendar(event("DTSTART:20260302T090000Z"))
    assert len(read_calendar(data, None, None, None).events) == 1


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=DAILY;BYHOUR=1,2,3;BYMINUTE=" + ",".join(map(str, range(60))) + ";BYSECOND=0,10,20,30,40",
        "FREQ=MINUTELY;BYSECOND=1,2",
    ],
)
def test_a_series_that_would_fill_the_memory_is_refused_by_its_name(rule: str) -> None:
    with pytest.raises(Unreadable, match=r"'Tick' would recur by its RRULE more than 1,000,000 times: narrow"):
        imported(event("DTSTART:20240302T090000Z", "SUMMARY:Tick", f"RRULE:{rule}"), event("DTSTART:20270302T090000Z"))


@pytest.mark.parametrize(
    ("rule", "part"),
    [
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL=0"),
        ("FREQ=SECONDLY;INTERVAL=-1", "INTERVAL=-1"),
        ("FREQ=DAILY;COUNT=0", "COUNT=0"),
        ("FREQ=DAILY;BYMONTH=13", "BYMONTH=13"),
        ("FREQ=DAILY;BYHOUR=25", "BYHOUR=25"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY=0"),
        ("FREQ=MONTHLY;BYDAY=99MO", "BYDAY=99MO"),
        ("FREQ=MONTHLY;BYDAY=0MO", "BYDAY=0MO"),
        ("FREQ=YEARLY;BYYEARDAY=-367", "BYYEARDAY=-367"),
        ("FREQ=YEARLY;BYWEEKNO=54", "BYWEEKNO=54"),
        ("FREQ=DAILY;BYSETPOS=0", "BYSETPOS=0"),
        ("FREQ=DAILY;BYSETPOS=2", "BYSETPOS=2"),
        ("FREQ=WEEKLY;BYDAY=MO;BYSETPOS=8", "BYSETPOS=8"),
        ("FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30", "BYMONTH=2;BYMONTHDAY=30"),
        ("FREQ=YEARLY;BYMONTH=12;BYYEARDAY=1;BYDAY=MO", "BYMONTH=12;BYYEARDAY=1;BYDAY=MO"),
    ],
)
def test_a_rule_that_nobody_can_follow_is_refused_at_once_with_the_event_s_name(rule: str, part: str) -> None:
    with pytest.raises(Unreadable, match=rf"the event 'Tick' has an RRULE that cannot be followed: {part}$"):
        imported(event("DTSTART:20260302T090000Z", "SUMMARY:Tick", f"RRULE:{rule}"))


@pytest.mark.parametrize(
    ("rule", "count"),
    [
        ("FREQ=SECONDLY;COUNT=5", 5),
        ("FREQ=SECONDLY;UNTIL=20260302T090009Z", 10),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", 1),
        ("FREQ=MONTHLY;BYDAY=-1FR;COUNT=3", 4),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=3", 4),
        ("FREQ=DAILY;BYHOUR=9,15;BYSETPOS=2;COUNT=3", 4),
        ("FREQ=YEARLY;INTERVAL=2147483647", 1),
    ],
)
def test_a_strange_rule_that_can_be_followed_is(rule: str, count: int) -> None:
    """The start itself counts, also where the rule does not hold for it."""
    assert len(imported(event("DTSTART:20260302T090000Z", f"RRULE:{rule}")).events) == count


@pytest.mark.parametrize("name", ["RDATE", "EXDATE"])
def test_a_flood_of_dates_is_refused_with_the_event_s_name(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(occurrences, "MAX_DATES", 9)
    dates = [f"{name}:202603{day:02}T090000Z" for day in range(3, 12)]
    tick = ("SUMMARY:Tick", "DTSTART:20260302T090000Z", "RRULE:FREQ=DAILY;COUNT=3", *dates)
    assert imported(event(*tick)).events
    with pytest.raises(Unreadable, match=f"the event 'Tick' has 10 times in {name}: 9 are allowed"):
        imported(event(*tick, f"{name}:20260320T090000Z"))


def test_more_events_than_a_fixture_file_should_have_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(occurrences, "MAX_OCCURRENCES", 9)
    series = event("DTSTART:20260302T090000Z", "RRULE:FREQ=DAILY;COUNT=10")
    assert len(imported(series, end=at("2026-03-11T09:00")).events) == 9
    with pytest.raises(Unreadable, match="more than 9 events"):
        imported(series)


def test_more_text_than_a_fixture_file_should_have_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MAX_IMPORTED_TEXT", 99)
    with pytest.raises(Unreadable, match="or 99 characters"):
        imported(event("DTSTART:20260302T090000Z", "SUMMARY:0123456789", "RRULE:FREQ=DAILY;COUNT=10"))


def test_a_window_that_ends_before_the_file_begins_is_refused() -> None:
    with pytest.raises(Unreadable, match="give --from as well"):
        imported(event("DTSTART:20260302T090000Z"), end=MARCH)


def test_the_very_ends_of_the_calendar_are_no_trouble() -> None:
    found = imported(
        event("UID:first", "DTSTART:00010101T000000Z"),
        event("UID:last", "DTSTART;VALUE=DATE:99991230"),
        event("UID:beyond", "DTSTART;VALUE=DATE:99991231"),
    )
    assert [payload.key for payload in found.events] == ["first", "last"]
    assert found.left_out == {"cannot be read: DTSTART or DTEND": 1}
