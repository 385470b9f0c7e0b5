"""The parameters of a list: the forms of an instant, and the queries that are refused (contract, section 3)."""

import pytest

from tests.refusals import refused
from tests.served import MONDAY, Crm

EVENTS, DELETED = "/events", "/deletedEvents"
STAMP = "2026-01-05T09:00:00.001Z"
"""When a sandbox's first event is made."""


# Instants


@pytest.mark.parametrize(
    "text",
    [
        STAMP,
        "2026-01-05t09:00:00.001z",
        "2026-01-05T09:00:00.001%2B00:00",
        "2026-01-05T09:00:00.001-00:00",
        "2026-01-05T10:00:00.001%2B01:00",
        "2026-01-05T03:30:00.001000-05:30",
        "1767603600001",
        "%2B1767603600001",
    ],
)
def test_an_instant_may_be_told_in_many_ways(crm: Crm, text: str) -> None:
    first, second = crm.create(), crm.create()
    assert crm.api("GET", f"/events?since={text}").json()["records"] == [first, second]
    crm.set_dialect(since="exclusive")
    assert crm.api("GET", f"/events?since={text}").json()["records"] == [second]


@pytest.mark.parametrize("text", ["0", "-0", "-1", "-62135596800000", "0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z"])
def test_an_instant_may_be_long_ago(crm: Crm, text: str) -> None:
    event = crm.create()
    for parameter in ("since", "startAt"):
        assert crm.api("GET", f"/events?{parameter}={text}").json()["records"] == [event]
    assert crm.api("GET", f"/events?endAt={text}").json()["records"] == []


@pytest.mark.parametrize("text", ["253402300799999", "9999-12-31T23:59:59.999Z"])
def test_an_instant_may_be_far_off(crm: Crm, text: str) -> None:
    event = crm.create()
    for parameter in ("since", "startAt"):
        assert crm.api("GET", f"/events?{parameter}={text}").json()["records"] == []
    assert crm.api("GET", f"/events?endAt={text}").json()["records"] == [event]


def test_epoch_milliseconds_bound_an_interval_too(crm: Crm) -> None:
    event = crm.create("1970-01-01T00:00:00Z", "1970-01-01T00:00:01Z")
    assert crm.events(startAt="999", endAt="1000") == crm.events(startAt="-5", endAt="1") == [event]
    assert crm.events(startAt="1000") == crm.events(endAt="0") == []


@pytest.mark.parametrize("text", ["2026-01-05T10:00:00+01:00", "+1767603600001", "2026-01-05 09:00:00Z"])
@pytest.mark.parametrize("parameter", ["since", "startAt", "endAt"])
def test_a_plus_that_arrived_as_a_space_is_refused_with_advice(crm: Crm, parameter: str, text: str) -> None:
    details = refused(crm, 400, "query.invalid", "GET", f"/events?{parameter}={text}")
    assert "'+'" in details[parameter][0]
    assert "'+'" in crm.api("GET", f"/events?{parameter}={text}").json()["message"]


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "2026-01-05",
        "2026-01-05T09:00:00",
        "2026-01-05T09:00Z",
        "2026-02-30T09:00:00Z",
        "0001-01-01T00:00:00%2B00:01",
        "9999-12-31T23:59:59-00:01",
        "1.5",
        "1e3",
        "--1",
        "0x10",
        "253402300800000",
        "-62135596800001",
        "99999999999999999999",
        "%EF%BC%91",
        "null",
        "%00",
        "%FF",
    ],
)
@pytest.mark.parametrize("parameter", ["since", "startAt", "endAt"])
def test_what_is_no_instant_is_refused(crm: Crm, parameter: str, text: str) -> None:
    assert set(refused(crm, 400, "query.invalid", "GET", f"/events?{parameter}={text}")) == {parameter}


# Refused queries


@pytest.mark.parametrize("path", [EVENTS, DELETED])
@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("colour=red", "colour"),
        ("Since=0", "Since"),
        ("updatedSince=0", "updatedSince"),
        ("since=", "since"),
        ("since", "since"),
        ("limit=", "limit"),
        ("pageToken=", "pageToken"),
        ("colour=", "colour"),
        ("since=0&since=0", "since"),
        ("limit=5&since=0&limit=6", "limit"),
        *((f"limit={limit}", "limit") for limit in ("0", "1001", "-1", "1.5", "ten", "%2B5", "%205", "0x5", "9" * 30)),
        ("limit=%D9%A5", "limit"),
    ],
)
def test_a_query_that_cannot_be_meant_is_refused(crm: Crm, path: str, query: str, name: str) -> None:
    crm.create()
    assert set(refused(crm, 400, "query.invalid", "GET", f"{path}?{query}")) == {name}


@pytest.mark.parametrize("parameter", ["startAt", "endAt"])
def test_no_bound_is_empty_or_given_twice(crm: Crm, parameter: str) -> None:
    for query in (f"{parameter}=", f"{parameter}=0&{parameter}=0"):
        assert set(refused(crm, 400, "query.invalid", "GET", f"/events?{query}")) == {parameter}


@pytest.mark.parametrize("value", ["", "True", "TRUE", "yes", "1", "0", "on", "null"])
def test_show_deleted_is_true_or_false(crm: Crm, value: str) -> None:
    assert set(refused(crm, 400, "query.invalid", "GET", f"/events?showDeleted={value}")) == {"showDeleted"}
    refused(crm, 400, "query.invalid", "GET", "/events?showDeleted=true&showDeleted=true")


@pytest.mark.parametrize("query", ["startAt=0", "endAt=0", "showDeleted=true", "showDeleted=false"])
def test_deleted_events_know_neither_interval_nor_show_deleted(crm: Crm, query: str) -> None:
    refused(crm, 400, "query.invalid", "GET", f"{DELETED}?{query}")


@pytest.mark.parametrize(
    "query",
    [
        "startAt=2026-01-06T00:00:00Z&endAt=2026-01-05T23:59:59.999Z",
        "startAt=1&endAt=0",
        "endAt=0&startAt=1",
        "startAt=1767603600001&endAt=2026-01-05T09:00:00Z",
        "startAt=2026-01-05T09:00:00Z&endAt=2026-01-05T09:30:00%2B01:00",
        "since=0&startAt=1&endAt=0",
    ],
)
def test_an_interval_does_not_end_before_it_starts(crm: Crm, query: str) -> None:
    assert set(refused(crm, 400, "query.invalid", "GET", f"/events?{query}")) <= {"startAt", "endAt"}


def test_the_bounds_of_an_interval_may_be_equal(crm: Crm) -> None:
    event = crm.create("2026-01-05T08:00:00Z", "2026-01-05T10:00:00Z")
    assert crm.events(startAt=MONDAY, endAt=MONDAY) == [event]
    assert crm.events(startAt=MONDAY, endAt="2026-01-05T10:00:00+01:00") == [event]


@pytest.mark.parametrize("limit", ["1", "500", "1000"])
def test_a_limit_is_from_1_to_1000(crm: Crm, limit: str) -> None:
    assert crm.events(limit=limit) == []


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/{}"), ("POST", ""), ("PATCH", "/{}"), ("PUT", "/{}"), ("DELETE", "/{}")]
)
@pytest.mark.parametrize("query", ["colour=red", "limit=5", "since=0", "fields=id"])
def test_a_call_that_knows_no_parameters_takes_none(crm: Crm, method: str, path: str, query: str) -> None:
    path = f"/events{path}".format(crm.create()["id"])
    body = {"startTime": MONDAY, "endTime": MONDAY} if method in ("POST", "PUT", "PATCH") else None
    refused(crm, 400, "query.invalid", method, f"{path}?{query}", body)
