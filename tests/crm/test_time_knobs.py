"""Knobs of time: how stamps are rounded and written, and what the header `Date` says."""

from typing import Any

import pytest

from tests.crm.test_dialect import FORMATS, deleted
from tests.faults.faulting import page
from tests.refusals import refused
from tests.samples import NINE, TEN, TIMES, path_of
from tests.served import MONDAY, Crm
from tests.unchanged import ids, made, set_clock

BEGINNING, END = "0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"


def at(crm: Crm, now: str) -> None:
    """Let the clock stand there, also for writes."""
    set_clock(crm, now=now, tick="0s")


# timestampPrecision and timestampRounding

STAMPS: dict[str, dict[tuple[str, str], str]] = {
    # The instant of a write, and its stamp where the precision and the rounding are not floor's.
    "09:00:29.499": {
        ("second", "floor"): "09:00:29.000",
        ("second", "nearest"): "09:00:29.000",
        ("second", "ceil"): "09:00:30.000",
        ("minute", "floor"): "09:00:00.000",
        ("minute", "nearest"): "09:00:00.000",
        ("minute", "ceil"): "09:01:00.000",
    },
    "09:00:30.500": {
        ("second", "floor"): "09:00:30.000",
        ("second", "nearest"): "09:00:31.000",
        ("second", "ceil"): "09:00:31.000",
        ("minute", "floor"): "09:00:00.000",
        ("minute", "nearest"): "09:01:00.000",
        ("minute", "ceil"): "09:01:00.000",
    },
    "09:59:59.999": {
        ("second", "floor"): "09:59:59.000",
        ("second", "nearest"): "10:00:00.000",
        ("second", "ceil"): "10:00:00.000",
        ("minute", "floor"): "09:59:00.000",
        ("minute", "nearest"): "10:00:00.000",
        ("minute", "ceil"): "10:00:00.000",
    },
}


def of_monday(time: str) -> str:
    return f"2026-01-05T{time}Z"


@pytest.mark.parametrize("precision", ["millisecond", "second", "minute"])
@pytest.mark.parametrize("rounding", ["floor", "nearest", "ceil"])
def test_a_stamp_is_brought_to_the_grain_and_found_there(crm: Crm, precision: str, rounding: str) -> None:
    crm.set_dialect(timestampPrecision=precision, timestampRounding=rounding)
    for written, stamps in STAMPS.items():
        stamp = of_monday(stamps.get((precision, rounding), written))
        at(crm, of_monday(written))
        event, gone = crm.create(), crm.create()
        crm.api("DELETE", path_of(gone))
        assert event["lastModifiedAt"] == stamp
        (tombstone,) = [each for each in deleted(crm) if each["id"] == gone["id"]]
        assert tombstone["deletedAt"] == tombstone["lastModifiedAt"] == stamp
        assert event in crm.events(since=stamp)
        assert tombstone in deleted(crm, since=stamp)
        crm.set_dialect(since="exclusive")
        assert event not in crm.events(since=stamp)
        assert tombstone not in deleted(crm, since=stamp)
        crm.set_dialect(since="inclusive")


@pytest.mark.parametrize("precision", ["second", "minute"])
@pytest.mark.parametrize("rounding", ["floor", "nearest", "ceil"])
def test_what_lies_on_the_grain_stays_where_it_is(crm: Crm, precision: str, rounding: str) -> None:
    crm.set_dialect(timestampPrecision=precision, timestampRounding=rounding)
    at(crm, MONDAY)
    assert crm.create()["lastModifiedAt"] == MONDAY


def test_a_stamp_that_was_rounded_up_is_ahead_of_the_clock_and_of_as_of(crm: Crm) -> None:
    crm.set_dialect(timestampPrecision="second", timestampRounding="ceil")
    at(crm, of_monday("09:00:00.100"))
    event = crm.create()
    first = page(crm)
    assert first["asOf"] == MONDAY < crm.now() < event["lastModifiedAt"]
    at(crm, of_monday("09:00:00.900"))
    second = crm.create()
    assert second["lastModifiedAt"] == event["lastModifiedAt"]
    assert crm.events(since=first["asOf"]) == [event, second]


@pytest.mark.parametrize("rounding", ["floor", "nearest", "ceil"])
def test_seeds_and_stamps_that_are_told_are_rounded_too(crm: Crm, rounding: str) -> None:
    crm.set_dialect(timestampPrecision="minute", timestampRounding=rounding)
    at(crm, of_monday("09:00:31"))
    crm.admin("POST", "/seed", {"count": 2, "seed": 1})
    made(crm, how={"stamp": of_monday("10:00:31")}, subject="payload")
    minute = "00" if rounding == "floor" else "01"
    stamps = [event["lastModifiedAt"] for event in crm.events(since=MONDAY)]
    assert stamps == [of_monday(f"{hour}:{minute}:00.000") for hour in ("09", "09", "10")]


@pytest.mark.parametrize("precision", ["millisecond", "second", "minute"])
def test_at_the_end_of_time_nothing_is_rounded_up(crm: Crm, precision: str) -> None:
    crm.set_dialect(timestampPrecision=precision, timestampRounding="ceil")
    at(crm, END)
    event = crm.create()
    assert event["lastModifiedAt"] <= END
    assert crm.events(since=event["lastModifiedAt"]) == [event]


def test_a_stamp_is_rounded_when_it_is_set_and_cut_when_it_is_shown(crm: Crm) -> None:
    at(crm, of_monday("09:00:00.700"))
    crm.create()
    crm.set_dialect(timestampPrecision="second", timestampRounding="ceil")
    assert crm.events(since=MONDAY)[0]["lastModifiedAt"] == MONDAY
    assert crm.events(since=of_monday("09:00:00.001")) == []
    crm.set_dialect(timestampPrecision="millisecond")
    assert crm.events(since=MONDAY)[0]["lastModifiedAt"] == of_monday("09:00:00.700")


# timestampFormat


@pytest.mark.parametrize(
    ("instant", "shown"),
    [
        ("2026-07-01T10:00:00Z", "2026-07-01T12:00:00.000+02:00"),
        ("2026-03-29T00:59:59Z", "2026-03-29T01:59:59.000+01:00"),
        ("2026-03-29T01:00:00Z", "2026-03-29T03:00:00.000+02:00"),
        ("2026-10-25T00:30:00Z", "2026-10-25T02:30:00.000+02:00"),
        ("2026-10-25T01:30:00Z", "2026-10-25T02:30:00.000+01:00"),
        ("1800-07-01T10:00:00Z", "1800-07-01T10:00:00.000Z"),
    ],
)
def test_the_local_offset_is_that_of_berlin(crm: Crm, instant: str, shown: str) -> None:
    crm.set_dialect(timestampFormat="localOffset")
    event = crm.create(instant, instant)
    assert event["startTime"] == shown
    assert crm.api("PUT", path_of(event), event).json()["startTime"] == shown
    assert crm.admin("GET", "/events").json()["records"][0]["startTime"] == instant.replace("Z", ".000Z")


@pytest.mark.parametrize("form", FORMATS)
def test_the_ends_of_the_calendar_are_shown_and_read_in_any_form(crm: Crm, form: str) -> None:
    crm.set_dialect(timestampFormat=form)
    event = crm.create(BEGINNING, END)
    answer = crm.api("PUT", path_of(event), event)
    assert answer.status_code == 200, answer.text
    assert {**answer.json(), "lastModifiedAt": 0} == {**event, "lastModifiedAt": 0}
    set_clock(crm, now=END)
    assert page(crm)["length"] == 1


@pytest.mark.parametrize("form", FORMATS)
def test_what_a_crm_shows_can_be_asked_for_in_the_same_form(crm: Crm, form: str) -> None:
    crm.set_dialect(timestampFormat=form)
    event = crm.create()
    assert crm.events(since=event["lastModifiedAt"], startAt=event["startTime"]) == [event]
    assert crm.events(since=page(crm)["asOf"], endAt=event["endTime"]) == [event]
    crm.api("DELETE", path_of(event))
    (tombstone,) = deleted(crm)
    assert deleted(crm, since=tombstone["deletedAt"]) == [tombstone]
    crm.advance("1s")
    assert deleted(crm, since=page(crm)["asOf"]) == []


@pytest.mark.parametrize("form", ["+0000", "spaced"])
def test_a_form_of_its_own_is_read_by_no_other_crm(crm: Crm, form: str) -> None:
    crm.set_dialect(timestampFormat=form)
    shown = crm.create()["lastModifiedAt"]
    crm.set_dialect(timestampFormat="Z")
    for parameter in ("since", "startAt", "endAt"):
        refused(crm, 400, "query.invalid", "GET", "/events", params={parameter: shown})


def test_only_a_crm_that_writes_a_blank_reads_one(crm: Crm) -> None:
    spaced = {"startTime": "2026-01-06 09:00:00", "endTime": "2026-01-06 10:00:00.250"}
    assert crm.api("POST", "/events", spaced).status_code == 422
    crm.set_dialect(timestampFormat="spaced")
    event = crm.api("POST", "/events", spaced).json()
    assert version_times(crm, event) == ["2026-01-06T09:00:00.000Z", "2026-01-06T10:00:00.250Z"]
    for wrong in (
        "2026-01-06 09:00:00Z",
        "2026-01-06 09:00",
        "2026-01-06 ",
        "2026-13-06 09:00:00",
        "2026-01-06T09:00:00",
    ):
        answer = crm.api("POST", "/events", spaced | {"startTime": wrong})
        assert set(answer.json()["details"]) == {"startTime"}


def version_times(crm: Crm, event: Any) -> list[str]:
    payload = crm.admin("GET", path_of(event)).json()
    return [payload["startTime"], payload["endTime"]]


@pytest.mark.parametrize("form", ["noFraction", "spaced"])
def test_a_form_without_a_fraction_hides_it_and_sending_it_back_loses_it(crm: Crm, form: str) -> None:
    event = crm.create("2026-01-06T09:00:00.750Z", "2026-01-06T10:00:00.250Z")
    crm.set_dialect(timestampFormat=form)
    crm.api("PUT", path_of(event), crm.api("GET", path_of(event)).json())
    assert version_times(crm, event) == [NINE, TEN]


# dateSkew

LATER = "Mon, 05 Jan 2026 09:05:00 GMT"


def test_the_crm_s_date_is_ahead_and_nothing_else(crm: Crm) -> None:
    crm.set_dialect(dateSkew="5m")
    event = crm.create()
    answers = [
        crm.api("GET", "/events"),
        crm.api("GET", path_of(event)),
        crm.api("PATCH", path_of(event), TIMES),
        crm.api("GET", "/events/1x"),
        crm.api("GET", "/nowhere"),
        crm.api("DELETE", path_of(event)),
    ]
    assert {answer.headers["Date"] for answer in answers} == {LATER}
    assert event["lastModifiedAt"] == "2026-01-05T09:00:00.001Z"
    assert answers[0].json()["asOf"] == "2026-01-05T09:00:00.001Z"
    for path in ("/admin/clock", "/admin/events", "/health", "/nowhere"):
        assert crm.http.get(crm.path + path).headers["Date"] == "Mon, 05 Jan 2026 09:00:00 GMT"
    assert crm.admin("GET", "/requests").json()["requests"][0]["completedAt"].startswith("2026-01-05T09:00:00")


def test_what_a_fault_or_a_guard_answers_is_skewed_as_well(crm: Crm) -> None:
    crm.set_dialect(dateSkew="-5m", credentials="sesame")
    assert crm.api("GET", "/events").headers["Date"] == "Mon, 05 Jan 2026 08:55:00 GMT"
    crm.admin("POST", "/faults", {"effect": {"status": 503}})
    answer = crm.api("GET", "/events")
    assert (answer.status_code, answer.headers["Date"]) == (503, "Mon, 05 Jan 2026 08:55:00 GMT")


@pytest.mark.parametrize(
    ("now", "skew", "date"),
    [
        (BEGINNING, "-P366D", "Mon, 01 Jan 0001 00:00:00 GMT"),
        (BEGINNING, "P366D", "Wed, 02 Jan 0002 00:00:00 GMT"),
        (END, "-P366D", "Wed, 30 Dec 9998 23:59:59 GMT"),
        (END, "P366D", "Fri, 31 Dec 9999 23:59:59 GMT"),
        (MONDAY, "-PT0.001S", "Mon, 05 Jan 2026 08:59:59 GMT"),
        (MONDAY, "PT0.999S", "Mon, 05 Jan 2026 09:00:00 GMT"),
    ],
)
def test_a_skewed_date_stays_within_the_calendar(crm: Crm, now: str, skew: str, date: str) -> None:
    crm.set_dialect(dateSkew=skew)
    at(crm, now)
    answer = crm.api("GET", "/events")
    assert (answer.headers.get_list("Date"), answer.json()["asOf"]) == ([date], now)


def test_whoever_takes_the_date_for_a_watermark_misses_a_change(crm: Crm) -> None:
    crm.set_dialect(dateSkew="5m")
    crm.api("GET", "/events")
    crm.advance("1m")
    event = crm.create()
    assert crm.events(since="2026-01-05T09:05:00Z") == []
    assert ids(crm.events(since=MONDAY)) == [event["id"]]
