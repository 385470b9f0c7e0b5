"""When an event is: date-times and their offsets, the bounds of the calendar, whole days (contract, section 2)."""

from typing import Any

import pytest

from tests.refusals import refused
from tests.samples import NINE, TEN
from tests.served import Crm

MONDAY, TUESDAY = "2026-01-05T00:00:00.000Z", "2026-01-06T00:00:00.000Z"


def invalid(crm: Crm, start: Any, end: Any, **fields: Any) -> set[str]:
    """The names of the fields for which a new event is refused."""
    return set(refused(crm, 422, "event.invalid", "POST", "/events", {"startTime": start, "endTime": end, **fields}))


@pytest.mark.parametrize(
    ("sent", "payload"),
    [
        ("2026-01-06T09:00:00Z", NINE),
        ("2026-01-06T09:00:00.000Z", NINE),
        ("2026-01-06t09:00:00z", NINE),
        ("2026-01-06T09:00:00+00:00", NINE),
        ("2026-01-06T09:00:00-00:00", NINE),
        ("2026-01-06T10:00:00+01:00", NINE),
        ("2026-01-06T03:30:00-05:30", NINE),
        ("2026-01-05T21:00:00-12:00", NINE),
        ("2026-01-06T23:00:00+14:00", NINE),
        ("2026-01-07T08:59:00+23:59", NINE),
        ("2026-01-06T09:00:00.5Z", "2026-01-06T09:00:00.500Z"),
        ("2026-01-06T09:00:00.1239Z", "2026-01-06T09:00:00.123Z"),
        ("2026-01-06T09:00:00.123999999999Z", "2026-01-06T09:00:00.123Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"),
        ("1900-01-01T00:00:00Z", "1900-01-01T00:00:00.000Z"),
    ],
)
def test_a_date_time_of_any_offset_comes_back_in_utc_with_milliseconds(crm: Crm, sent: str, payload: str) -> None:
    event = crm.create(sent, sent)
    assert (event["startTime"], event["endTime"]) == (payload, payload)
    assert crm.api("GET", f"/events/{event['id']}").json() == event


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-06T09:00:00",
        "2026-01-06T09:00:00.000",
        "2026-01-06T09:00Z",
        "2026-01-06T09Z",
        "2026-01-06T09:00:00+01",
        "2026-01-06T09:00:00+0100",
        "2026-01-06T09:00:00+24:00",
        "2026-01-06T09:00:00+01:60",
        "2026-01-06T09:00:00 Z",
        "2026-01-06T09:00:00,5Z",
        "2026-01-06T09:00:00.Z",
        "2026-01-06T24:00:00Z",
        "2026-01-06T09:60:00Z",
        "2026-01-06T09:00:61Z",
        "2026-02-29T09:00:00Z",
        "2026-13-01T09:00:00Z",
        "2026-00-01T09:00:00Z",
        "2026-01-00T09:00:00Z",
        "2026-1-6T09:00:00Z",
        "20260106T090000Z",
        "2026-W02-2T09:00:00Z",
        "\uff12\uff10\uff12\uff16-01-06T09:00:00Z",
        "+2026-01-06T09:00:00Z",
        " 2026-01-06T09:00:00Z",
        "2026-01-06T09:00:00Z\n",
        "1767690000000",
        "tomorrow",
        "T",
        "",
    ],
)
def test_what_is_no_rfc_3339_date_time_with_an_offset_is_refused(crm: Crm, text: str) -> None:
    assert invalid(crm, text, TEN) == {"startTime"}
    assert invalid(crm, NINE, text) == {"endTime"}


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"])
def test_the_calendar_goes_from_the_year_1_to_9999(crm: Crm, text: str) -> None:
    event = crm.create(text, text)
    assert event["startTime"] == text
    assert crm.events() == crm.events(startAt=text) == crm.events(since="0001-01-01T00:00:00Z") == [event]


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00+00:01",
        "0001-01-01T13:59:59+14:00",
        "9999-12-31T23:59:59-00:01",
        "9999-12-31T23:59:60Z",
        "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "-0001-01-01T00:00:00Z",
    ],
)
def test_the_years_end_in_utc(crm: Crm, text: str) -> None:
    assert invalid(crm, text, "9999-12-31T23:59:59Z") == {"startTime"}
    assert invalid(crm, "0001-01-01T00:00:00Z", text) == {"endTime"}


def test_an_event_may_have_no_length(crm: Crm) -> None:
    assert crm.create(NINE, "2026-01-06T10:00:00+01:00")["endTime"] == NINE


def test_an_event_does_not_end_before_it_starts(crm: Crm) -> None:
    assert invalid(crm, TEN, NINE) == {"endTime"}
    assert invalid(crm, NINE, "2026-01-06T08:59:59.999Z") == {"endTime"}
    assert invalid(crm, NINE, "2026-01-06T09:30:00+01:00") == {"endTime"}


def test_a_patch_is_judged_by_its_result(crm: Crm) -> None:
    path = f"/events/{crm.create(NINE, TEN)['id']}"
    late = {"startTime": "2026-01-06T10:00:00.001Z"}
    assert set(refused(crm, 422, "event.invalid", "PATCH", path, late)) == {"endTime"}
    assert crm.api("PATCH", path, late | {"endTime": "2026-01-06T11:00:00Z"}).status_code == 200


# Whole days


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-01-05", "2026-01-06"),
        ("2026-01-05T00:00:00Z", "2026-01-06"),
        ("2026-01-05", "2026-01-06T00:00:00Z"),
        ("2026-01-05T00:00:00Z", "2026-01-06T00:00:00.000Z"),
        ("2026-01-05T01:00:00+01:00", "2026-01-05T19:00:00-05:00"),
    ],
)
def test_whole_days_are_midnights_of_utc_however_they_are_sent(crm: Crm, start: str, end: str) -> None:
    event = crm.create(start, end, allDay=True)
    assert (event["startTime"], event["endTime"], event["allDay"]) == (MONDAY, TUESDAY, True)


def test_the_end_of_a_whole_day_is_exclusive(crm: Crm) -> None:
    event = crm.create("2026-01-05", "2026-01-06", allDay=True)
    assert crm.events(startAt="2026-01-05T23:59:59.999Z", endAt=TUESDAY) == [event]
    assert crm.events(startAt=TUESDAY) == []


def test_whole_days_may_have_no_length(crm: Crm) -> None:
    assert crm.create("2026-01-05", "2026-01-05", allDay=True)["endTime"] == MONDAY


def test_whole_days_do_not_end_before_they_start(crm: Crm) -> None:
    assert invalid(crm, "2026-01-06", "2026-01-05", allDay=True) == {"endTime"}


@pytest.mark.parametrize(
    "time", [NINE, "2026-01-06T00:00:00+01:00", "2026-01-05T00:00:01Z", "2026-01-05T00:00:00.001Z"]
)
def test_a_whole_day_has_no_other_time_of_day(crm: Crm, time: str) -> None:
    assert invalid(crm, time, "2026-01-09", allDay=True) == {"startTime"}
    assert invalid(crm, "2026-01-01", time, allDay=True) == {"endTime"}


@pytest.mark.parametrize("all_day", [{}, {"allDay": False}])
def test_a_bare_date_is_for_whole_days_alone(crm: Crm, all_day: dict[str, bool]) -> None:
    assert invalid(crm, "2026-01-05", "2026-01-06", **all_day) == {"startTime", "endTime"}
    assert invalid(crm, "2026-01-05", TEN, **all_day) == {"startTime"}


@pytest.mark.parametrize("day", ["2026-02-29", "2026-13-01", "0000-01-01", "2026-1-5", "20260105", "2026-01-05Z"])
def test_a_bare_date_is_a_day_of_the_calendar(crm: Crm, day: str) -> None:
    assert invalid(crm, day, "2026-12-31", allDay=True) == {"startTime"}


def test_an_event_becomes_a_whole_day_only_with_midnights(crm: Crm) -> None:
    path = f"/events/{crm.create(NINE, TEN)['id']}"
    assert set(refused(crm, 422, "event.invalid", "PATCH", path, {"allDay": True})) == {"startTime", "endTime"}
    days = {"allDay": True, "startTime": "2026-01-05", "endTime": "2026-01-06"}
    assert crm.api("PATCH", path, days).json()["startTime"] == MONDAY


def test_a_whole_day_moves_by_bare_dates_and_no_longer_does_once_it_has_hours(crm: Crm) -> None:
    path = f"/events/{crm.create('2026-01-05', '2026-01-06', allDay=True)['id']}"
    moved = crm.api("PATCH", path, {"endTime": "2026-01-07"}).json()
    assert (moved["startTime"], moved["endTime"]) == (MONDAY, "2026-01-07T00:00:00.000Z")
    assert crm.api("PATCH", path, {"allDay": False}).json()["endTime"] == moved["endTime"]
    assert set(refused(crm, 422, "event.invalid", "PATCH", path, {"endTime": "2026-01-08"})) == {"endTime"}
