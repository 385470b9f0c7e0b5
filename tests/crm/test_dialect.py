"""How a CRM may speak: links, ids, times, precision, and how long tombstones last (contract, sections 2 and 3).

The knobs that concern a list's paging, unknown fields, deleted events and credentials are tested beside those.
"""

import re
from typing import Any

import pytest

from tests.refusals import refused
from tests.samples import ACME, JOAN, NINE, TEN, path_of
from tests.served import MONDAY, Crm, error


def deleted(crm: Crm, **parameters: Any) -> Any:
    return crm.api("GET", "/deletedEvents", params=parameters).json()["records"]


# relatedToShape


@pytest.mark.parametrize(
    ("sent", "shown"),
    [([ACME], ACME), (ACME, ACME), ([JOAN, ACME], JOAN), ([], None), (None, None)],
    ids=["list", "object", "two", "none", "null"],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_crm_may_show_the_first_link_as_an_object(crm: Crm, method: str, sent: Any, shown: Any) -> None:
    crm.set_dialect(relatedToShape="object")
    path = "/events" if method == "POST" else path_of(crm.create(relatedTo=[JOAN, JOAN]))
    event = crm.api(method, path, {"startTime": NINE, "endTime": TEN, "relatedTo": sent}).json()
    assert event["relatedTo"] == shown
    assert crm.api("GET", path_of(event)).json() == event
    assert crm.events() == [event]


def test_the_links_that_are_not_shown_are_still_there(crm: Crm) -> None:
    event = crm.create(relatedTo=[ACME, JOAN])
    crm.set_dialect(relatedToShape="object")
    assert crm.api("PATCH", path_of(event), {"subject": "x"}).json()["relatedTo"] == ACME
    crm.set_dialect(relatedToShape="list")
    assert crm.api("GET", path_of(event)).json()["relatedTo"] == [ACME, JOAN]


# idForm


@pytest.mark.parametrize(
    ("form", "pattern"),
    [
        ("decimal", r"[1-9][0-9]{0,18}"),
        ("beyond2to53", r"[1-9][0-9]{15,18}"),
        ("alphanumeric18", r"[0-9A-Za-z]{18}"),
        ("guid", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    ],
)
def test_ids_have_the_form_that_the_crm_likes(crm: Crm, form: str, pattern: str) -> None:
    crm.set_dialect(idForm=form)
    events = [crm.create() for _ in range(5)]
    assert all(re.fullmatch(pattern, event["id"]) for event in events)
    assert len({event["id"] for event in events}) == 5
    assert crm.events() == sorted(events, key=lambda event: str(event["id"]))
    for event in events:
        assert crm.api("GET", path_of(event)).json() == event


def test_ids_may_be_longs_that_no_double_holds(crm: Crm) -> None:
    crm.set_dialect(idForm="beyond2to53")
    numbers = [int(crm.create()["id"]) for _ in range(4)]
    assert all(2**53 < number < 2**63 for number in numbers)
    assert any(int(float(number)) != number for number in numbers)
    assert crm.create(parentId=numbers[0])["parentId"] == numbers[0]


def test_an_event_keeps_the_id_it_was_given(crm: Crm) -> None:
    event = crm.create()
    crm.set_dialect(idForm="guid")
    assert crm.api("GET", path_of(event)).json() == event
    assert crm.api("PUT", path_of(event), event).json()["id"] == event["id"]


# timestampFormat

FORMATS: dict[str, tuple[Any, Any]] = {
    "Z": ("2026-01-06T09:00:00.000Z", "2026-01-05T09:00:00.001Z"),
    "+00:00": ("2026-01-06T09:00:00.000+00:00", "2026-01-05T09:00:00.001+00:00"),
    "+0000": ("2026-01-06T09:00:00.000+0000", "2026-01-05T09:00:00.001+0000"),
    "localOffset": ("2026-01-06T10:00:00.000+01:00", "2026-01-05T10:00:00.001+01:00"),
    "noFraction": ("2026-01-06T09:00:00Z", "2026-01-05T09:00:00Z"),
    "spaced": ("2026-01-06 09:00:00", "2026-01-05 09:00:00"),
    "epochMillis": (1767690000000, 1767603600001),
}


@pytest.mark.parametrize("form", FORMATS)
def test_every_time_goes_out_in_the_same_form(crm: Crm, form: str) -> None:
    nine, stamp = FORMATS[form]
    crm.set_dialect(timestampFormat=form)
    event = crm.create(NINE, NINE)
    assert (event["startTime"], event["endTime"], event["lastModifiedAt"]) == (nine, nine, stamp)
    assert crm.api("GET", path_of(event)).json() == event
    listed = crm.api("GET", "/events").json()
    assert (listed["records"], listed["asOf"]) == ([event], stamp)
    crm.admin("PUT", "/clock", {"now": MONDAY})
    crm.api("DELETE", path_of(event))
    tombstone = {"id": event["id"], "deleted": True, "deletedAt": stamp, "lastModifiedAt": stamp}
    assert deleted(crm) == crm.events(showDeleted="true") == [tombstone]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("all_day", [False, True])
def test_what_is_read_can_be_sent_back_in_any_form(crm: Crm, form: str, method: str, all_day: bool) -> None:
    crm.set_dialect(timestampFormat=form, relatedToShape="object")
    event = crm.create("2026-01-06T00:00:00Z", "2026-01-07T00:00:00Z", allDay=all_day, relatedTo=ACME)
    answer = crm.api(method, path_of(event), event)
    assert answer.status_code == 200, answer.text
    assert {**answer.json(), "lastModifiedAt": 0} == {**event, "lastModifiedAt": 0}


@pytest.mark.parametrize("form", FORMATS)
def test_rfc_3339_is_understood_in_any_form(crm: Crm, form: str) -> None:
    crm.set_dialect(timestampFormat=form)
    event = crm.create("2026-01-06T10:00:00+01:00", "2026-01-06T10:00:00Z")
    assert event["startTime"] == FORMATS[form][0]
    assert crm.events(since=MONDAY, startAt=NINE, endAt="1767690000001") == [event]


@pytest.mark.parametrize("form", FORMATS)
def test_no_form_guesses_an_offset(crm: Crm, form: str) -> None:
    crm.set_dialect(timestampFormat=form)
    refused(crm, 422, "event.invalid", "POST", "/events", {"startTime": "2026-01-06T09:00:00", "endTime": TEN})


@pytest.mark.parametrize("millis", [253402300800000, -62135596800001, 10**18, 1.5, "1767690000000", True])
def test_epoch_milliseconds_are_whole_numbers_within_the_calendar(crm: Crm, millis: Any) -> None:
    crm.set_dialect(timestampFormat="epochMillis")
    body = {"startTime": millis, "endTime": 253402300799999}
    assert set(refused(crm, 422, "event.invalid", "POST", "/events", body)) == {"startTime"}


@pytest.mark.parametrize("form", ["Z", "+00:00", "epochMillis"])
def test_a_stamp_that_was_read_can_be_asked_for(crm: Crm, form: str) -> None:
    crm.set_dialect(timestampFormat=form)
    first, second = crm.create(), crm.create()
    assert crm.events(since=first["lastModifiedAt"]) == [first, second]
    assert crm.events(since=second["lastModifiedAt"]) == [second]


@pytest.mark.parametrize("form", FORMATS)
def test_the_controls_speak_plainly_whatever_the_dialect(crm: Crm, form: str) -> None:
    crm.set_dialect(timestampFormat=form, relatedToShape="object", listShape="array", pageSize=1)
    events = [crm.create(NINE, TEN, relatedTo=ACME) for _ in range(2)]
    payload = crm.admin("GET", "/events").json()
    assert [record["id"] for record in payload["records"]] == [event["id"] for event in events]
    assert (payload["records"][0]["startTime"], payload["records"][0]["relatedTo"]) == (NINE, [ACME])


# timestampPrecision


@pytest.mark.parametrize(
    ("precision", "stamp"), [("second", "2026-01-05T09:00:59.000Z"), ("minute", "2026-01-05T09:00:00.000Z")]
)
def test_stamps_are_rounded_down_to_the_precision(crm: Crm, precision: str, stamp: str) -> None:
    crm.set_dialect(timestampPrecision=precision)
    crm.admin("PUT", "/clock", {"now": "2026-01-05T09:00:59.998Z"})
    event = crm.create("2026-01-06T09:00:59.998Z", "2026-01-06T09:00:59.999Z")
    assert (event["startTime"], event["lastModifiedAt"]) == ("2026-01-06T09:00:59.998Z", stamp)
    crm.admin("PUT", "/clock", {"now": "2026-01-05T09:00:59.998Z"})
    crm.api("DELETE", path_of(event))
    assert deleted(crm)[0]["deletedAt"] == deleted(crm)[0]["lastModifiedAt"] == stamp
    assert crm.api("GET", "/events").json()["asOf"] == stamp


@pytest.mark.parametrize("precision", ["second", "minute"])
def test_comparison_uses_what_is_shown(crm: Crm, precision: str) -> None:
    crm.set_dialect(timestampPrecision=precision)
    events = [crm.create() for _ in range(3)]
    gone = crm.create()
    crm.api("DELETE", path_of(gone))
    assert {event["lastModifiedAt"] for event in events} == {MONDAY}
    assert crm.events(since=MONDAY) == events
    assert [each["id"] for each in deleted(crm, since=MONDAY)] == [gone["id"]]
    assert crm.events(since="2026-01-05T09:00:00.001Z") == deleted(crm, since="2026-01-05T09:00:00.001Z") == []
    crm.set_dialect(since="exclusive")
    assert crm.events(since=MONDAY) == deleted(crm, since=MONDAY) == []


# tombstoneRetention and expiredSince


@pytest.fixture
def old_and_new(crm: Crm) -> tuple[Any, Any]:
    """Two tombstones an hour apart, in a CRM that reports them for an hour and a half; the first has been forgotten."""
    crm.set_dialect(tombstoneRetention="90m")
    for event in (crm.create(), crm.create()):
        crm.api("DELETE", path_of(event))
        crm.advance("1h")
    old, new = crm.admin("GET", "/events").json()["records"]
    crm.create(subject="alive")
    return old["id"], new["id"]


def test_a_tombstone_is_reported_for_as_long_as_the_retention(crm: Crm, old_and_new: tuple[str, str]) -> None:
    old, new = old_and_new
    assert [each["id"] for each in deleted(crm)] == [new]
    assert [each["id"] for each in crm.events(showDeleted="true") if "deleted" in each] == [new]
    for event_id in (old, new):
        error(crm.api("GET", f"/events/{event_id}"), 404, "event.deleted")


def test_retention_is_worked_out_when_read(crm: Crm, old_and_new: tuple[str, str]) -> None:
    crm.admin("PUT", "/clock", {"now": "2026-01-05T10:00:00Z"})
    assert [each["id"] for each in deleted(crm)] == [*old_and_new]
    crm.advance("365d")
    assert deleted(crm) == []
    crm.set_dialect(tombstoneRetention=None)
    assert [each["id"] for each in deleted(crm)] == [*old_and_new]


@pytest.mark.usefixtures("old_and_new")
def test_a_since_older_than_the_retention_is_refused_by_lists_with_tombstones(crm: Crm) -> None:
    refused(crm, 410, "since.expired", "GET", f"/deletedEvents?since={MONDAY}")
    refused(crm, 410, "since.expired", "GET", f"/events?showDeleted=true&since={MONDAY}")
    refused(crm, 410, "since.expired", "GET", f"/events?showDeleted=true&since={MONDAY}&endAt={TEN}&limit=1")
    assert [each["subject"] for each in crm.events(since=MONDAY)] == ["alive"]


def test_a_since_within_the_retention_is_answered(crm: Crm, old_and_new: tuple[str, str]) -> None:
    assert [each["id"] for each in deleted(crm, since="2026-01-05T10:00:00Z")] == [old_and_new[1]]


def test_a_crm_may_say_nothing_of_what_it_has_forgotten(crm: Crm, old_and_new: tuple[str, str]) -> None:
    crm.set_dialect(expiredSince="silent")
    assert [each["id"] for each in deleted(crm, since=MONDAY)] == [old_and_new[1]]
    both = crm.events(since=MONDAY, showDeleted="true")
    assert [each.get("subject", each["id"]) for each in both] == [old_and_new[1], "alive"]


# Named dialects


def test_a_crm_may_speak_as_aurinkos_client_expects(crm: Crm) -> None:
    assert crm.admin("PUT", "/dialect", {"name": "aurinko"}).status_code == 200
    events = [crm.create() for _ in range(101)]
    first = crm.api("GET", "/events", params={"since": MONDAY}).json()
    assert (first["records"], first["nextPageToken"] is None) == (events[:100], False)
    assert crm.events(since=events[99]["lastModifiedAt"]) == events[100:]
