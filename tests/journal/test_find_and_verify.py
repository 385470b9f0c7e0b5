"""Requests found, counted, and held against what a test expects (contract, sections 6 and 7)."""

import time
from typing import Any

import pytest

from tests.journal.journaled import journal, numbers
from tests.journal.verifying import verified, waiting
from tests.refusals import nothing_changes
from tests.samples import TIMES
from tests.served import Crm, error

PASSED = {"passed": True, "verdict": "passed", "reasons": []}


@pytest.fixture
def busy(crm: Crm) -> Crm:
    """A CRM that was asked for these, in this order.

    1 a creation by ann, 2 another by ben, refused; 3 an edit of the event `call`, 4 a read of it; 5 and 6 two pages of
    a list; 7 the tombstones, with a fault; 8 a deletion.
    """
    ann, ben = ({"X-Mockcrm-Client": name} for name in ("ann", "ben"))
    crm.act({"create": {"set": TIMES, "key": "call"}})
    call = crm.admin("GET", "/events/call").json()["id"]
    event = crm.api("POST", "/events", TIMES | {"subject": "Demo", "attendees": [{"contactId": 1}]}, headers=ann).json()
    crm.api("POST", "/events", {"subject": "Demo", "allDay": True}, headers=ben)
    crm.api("PATCH", f"/events/{call}", {"subject": "Call"}, headers={"If-Match": "*"})
    crm.api("GET", f"/events/{call}")
    token = crm.api("GET", "/events", params={"limit": 1, "since": "0"}).json()["nextPageToken"]
    crm.api("GET", "/events", params={"pageToken": token})
    crm.admin(
        "POST", "/faults", {"match": {"operation": "listDeletedEvents"}, "effect": {"status": 503}, "name": "down"}
    )
    crm.api("GET", "/deletedEvents")
    crm.api("DELETE", f"/events/{event['id']}")
    return crm


def found(crm: Crm, matcher: Any) -> list[int]:
    response = crm.admin("POST", "/requests/find", matcher)
    assert response.status_code == 200, response.text
    return numbers(response.json()["requests"])


def payload(crm: Crm, *requests: Any, **more: Any) -> str:
    """Why a verification fails."""
    answer = verified(crm, *requests, **more)
    assert answer["passed"] is False
    assert set(answer) == {"passed", "verdict", "reasons", "reason", "matched", "nearest"}
    assert (answer["verdict"], answer["reasons"]) == ("failed", [answer["reason"]])
    reason: str = answer["reason"]
    return reason


# Matchers

MATCHERS: list[tuple[Any, list[int]]] = [
    ({}, [1, 2, 3, 4, 5, 6, 7, 8]),
    ({"operation": "createEvent"}, [1, 2]),
    ({"operation": ["createEvent", "deleteEvent"]}, [1, 2, 8]),
    ({"operation": "replaceEvent"}, []),
    ({"method": "PATCH"}, [3]),
    ({"method": "patch"}, []),
    ({"method": {"matches": "^P"}}, [1, 2, 3]),
    ({"path": "/api/v1/deletedEvents"}, [7]),
    ({"path": {"matches": "Events$"}}, [7]),
    ({"path": {"matches": "events/"}}, [3, 4, 8]),
    ({"query": {"limit": "1"}}, [5]),
    ({"query": {"limit": "1", "since": "1"}}, []),
    ({"query": {"limit": ["1", "2"], "showDeleted": None}}, [5]),
    ({"query": {"pageToken": {"matches": "."}}}, [6]),
    ({"operation": "listEvents", "query": {"pageToken": None}}, [5]),
    ({"headers": {"if-match": "*"}}, [3]),
    ({"headers": {"IF-MATCH": {"matches": "."}}}, [3]),
    ({"method": "POST", "headers": {"If-Match": None, "X-Mockcrm-Client": ["ben", "cat"]}}, [2]),
    ({"client": "ann"}, [1]),
    ({"client": {"matches": "^(ann|ben)$"}}, [1, 2]),
    ({"eventId": "call"}, [3, 4]),
    ({"eventId": ["call", "nobody"], "method": "GET"}, [4]),
    ({"page": 1}, [5, 7]),
    ({"page": 1, "status": 200}, [5]),
    ({"page": [2, 3]}, [6]),
    ({"body": {"subject": "Demo"}}, [1, 2]),
    ({"body": {"subject": "Demo", "allDay": True}}, [2]),
    ({"body": {"attendees": [{"contactId": 1}]}}, [1]),
    ({"body": {"location": None}}, []),
    ({"body": {}}, [1, 2, 3]),
    ({"status": 200}, [3, 4, 5, 6]),
    ({"status": [201, 204]}, [1, 8]),
    ({"fault": "f1"}, [7]),
    ({"fault": "down"}, [7]),
    ({"fault": {"matches": "."}}, [7]),
    ({"nth": 2}, [2]),
    ({"method": "GET", "nth": [1, 4, 9]}, [4, 7]),
    ({"every": 3}, [3, 6]),
    ({"method": "GET", "every": 2}, [5, 7]),
    ({"operation": "createEvent", "status": 201, "client": "ben"}, []),
]


@pytest.mark.parametrize(("matcher", "meant"), MATCHERS, ids=str)
def test_a_matcher_means_the_requests_that_are_so_in_every_part(busy: Crm, matcher: Any, meant: list[int]) -> None:
    assert found(busy, matcher) == meant
    assert busy.admin("POST", "/requests/count", matcher).json() == {"count": len(meant)}
    assert verified(busy, matcher, times={"exactly": len(meant)}) == PASSED
    failed = verified(busy, matcher, times={"exactly": len(meant) + 1})
    assert (failed["passed"], failed["matched"]) == (False, meant)


def test_an_event_is_meant_by_its_id_as_well(busy: Crm) -> None:
    assert found(busy, {"eventId": busy.admin("GET", "/events/call").json()["id"]}) == [3, 4]


def test_find_shows_whole_entries_and_without_a_matcher_all(busy: Crm) -> None:
    answer = busy.admin("POST", "/requests/find").json()
    assert answer == busy.admin("GET", "/requests").json()
    assert busy.admin("POST", "/requests/count").json() == {"count": 8}


def test_a_list_that_is_refused_asks_for_a_page_all_the_same(crm: Crm) -> None:
    crm.set_dialect(credentials="right")
    crm.api("GET", "/events")
    assert found(crm, {"operation": "listEvents", "page": 1, "status": 401}) == [1]


# Times

CREATIONS = {"operation": "createEvent"}
DEMOS = '{"operation":"createEvent"}'


@pytest.mark.parametrize(
    "times",
    [{}, {"exactly": 2}, {"atLeast": 2}, {"atLeast": 0}, {"atMost": 2}, {"atLeast": 1, "atMost": 3}, None],
    ids=str,
)
def test_a_request_is_expected_so_often(busy: Crm, times: Any) -> None:
    assert verified(busy, CREATIONS, **({} if times is None else {"times": times})) == PASSED


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ({"exactly": 0}, "exactly 0 requests"),
        ({"exactly": 1}, "exactly 1 request"),
        ({"atMost": 0}, "exactly 0 requests"),
        ({"atMost": 1}, "at most 1 request"),
        ({"atLeast": 0, "atMost": 1}, "at most 1 request"),
        ({"atLeast": 1, "atMost": 1}, "exactly 1 request"),
    ],
    ids=str,
)
def test_one_that_came_too_often_is_told_by_its_numbers(busy: Crm, times: Any, expected: str) -> None:
    assert payload(busy, CREATIONS, times=times) == (
        f"requests[0]: expected {expected} like {DEMOS}, but 2 of 8 matched (requests 1, 2)."
    )


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ({"exactly": 3}, "exactly 3 requests"),
        ({"atLeast": 3}, "at least 3 requests"),
        ({"atLeast": 3, "atMost": 4}, "3 to 4 requests"),
    ],
    ids=str,
)
def test_one_that_came_too_seldom_is_told_with_the_nearest(busy: Crm, times: Any, expected: str) -> None:
    deleted = journal(busy)[-1]["path"]
    assert payload(busy, CREATIONS, times=times) == (
        f"requests[0]: expected {expected} like {DEMOS}, but 2 of 8 matched (requests 1, 2)."
        f' The nearest is request 8, DELETE {deleted}: operation is "deleteEvent", not "createEvent".'
    )


def test_every_matcher_is_expected_so_often_and_the_first_to_fail_is_told(busy: Crm) -> None:
    assert verified(busy, CREATIONS, {"method": "POST"}, times={"exactly": 2}) == PASSED
    assert payload(busy, CREATIONS, {"client": "ann"}, {"client": "ben"}, times={"exactly": 2}).startswith(
        'requests[1]: expected exactly 2 requests like {"client":"ann"}, but 1 of 8 matched (request 1).'
    )


def test_of_many_requests_the_first_twenty_are_named(crm: Crm) -> None:
    for _ in range(23):
        crm.events()
    named = ", ".join(map(str, range(1, 21)))
    assert payload(crm, {"method": "GET"}, times={"atMost": 1}).endswith(
        f", but 23 of 23 matched (requests {named} and 3 more)."
    )


def test_where_nobody_asked_for_anything_nothing_is_near(crm: Crm) -> None:
    assert verified(crm, {"method": "GET"}, times={"atMost": 0}) == PASSED
    assert verified(crm, {"method": "GET"}) == {
        "passed": False,
        "verdict": "failed",
        "reasons": ['requests[0]: expected at least 1 request like {"method":"GET"}, but 0 of 0 matched.'],
        "reason": 'requests[0]: expected at least 1 request like {"method":"GET"}, but 0 of 0 matched.',
        "matched": [],
        "nearest": [],
    }


# Nearest misses


def test_the_requests_that_differ_least_are_the_nearest(busy: Crm) -> None:
    wanted = {"operation": "createEvent", "client": "cat", "body": {"subject": "Demo"}, "status": 201}
    nearest = verified(busy, wanted)["nearest"]
    assert [(miss["request"], sorted(miss["differs"])) for miss in nearest] == [
        (1, ["client"]),
        (2, ["client", "status"]),
        (3, ["body", "client", "operation", "status"]),
    ]
    assert nearest[1]["differs"]["status"] == {"wanted": 201, "found": 422}


def test_of_requests_that_differ_as_much_the_latest_is_nearest(busy: Crm) -> None:
    assert [miss["request"] for miss in verified(busy, {"client": "cat"})["nearest"]] == [8, 7, 6]


def test_a_request_that_has_a_part_otherwise_is_nearer_than_one_that_lacks_it(busy: Crm) -> None:
    nearest = verified(busy, {"operation": "listEvents", "query": {"limit": "100"}})["nearest"]
    assert [(miss["request"], miss["differs"]) for miss in nearest[:2]] == [
        (5, {"query.limit": {"wanted": "100", "found": "1"}}),
        (6, {"query.limit": {"wanted": "100", "found": None}}),
    ]


def test_a_miss_shows_the_request_and_each_part_that_differs(busy: Crm) -> None:
    wanted = {"query": {"limit": ["2", "3"], "since": None}, "headers": {"x-trace": {"matches": "a"}}}
    answer = verified(busy, wanted | {"operation": "listEvents", "page": 1})
    assert answer["nearest"][0] == {
        "request": 5,
        "method": "GET",
        "path": "/api/v1/events",
        "query": {"limit": "1", "since": "0"},
        "differs": {
            "query.limit": {"wanted": ["2", "3"], "found": "1"},
            "query.since": {"wanted": None, "found": "0"},
            "headers.x-trace": {"wanted": {"matches": "a"}, "found": None},
        },
    }
    assert answer["reason"].endswith(
        ' The nearest is request 5, GET /api/v1/events?limit=1&since=0: query.limit is "1", not ["2","3"];'
        ' query.since is "0", not null; headers.x-trace is null, not {"matches":"a"}.'
    )


def test_a_long_value_is_quoted_in_part_and_shown_whole(crm: Crm) -> None:
    crm.create(subject="x" * 500)
    answer = verified(crm, {"body": {"subject": "y"}})
    assert f'body is {{"subject":"{"x" * 20}' not in answer["reason"]
    assert len(answer["reason"]) < 500
    assert answer["nearest"][0]["differs"]["body"]["found"]["subject"] == "x" * 500


def test_a_body_that_nests_too_deep_hides_no_failure(crm: Crm) -> None:
    crm.api("POST", "/events", content=b"[" * 300 + b"]" * 300, headers={"Content-Type": "application/json"})
    assert verified(crm, {"body": {"subject": "y"}})["passed"] is False


# In order


@pytest.mark.parametrize(
    "requests",
    [
        [{"operation": "createEvent"}, {"operation": "deleteEvent"}],
        [{"operation": "createEvent"}, {"operation": "createEvent"}, {"operation": "listEvents"}],
        [{"method": "GET"}] * 4,
        [{}] * 8,
        [{"operation": "createEvent", "client": "ben"}],
    ],
    ids=len,
)
def test_requests_are_expected_one_behind_the_other_with_others_in_between(busy: Crm, requests: list[Any]) -> None:
    assert verified(busy, *requests, inOrder=True) == PASSED


def test_one_that_came_too_early_is_told(busy: Crm) -> None:
    answer = verified(busy, {"page": 1}, {"operation": "createEvent", "client": "ann"}, inOrder=True)
    assert answer["matched"] == [5]
    assert answer["reason"].startswith(
        'requests[1]: no request after request 5 is like {"operation":"createEvent","client":"ann"}.'
        " Too early: request 1. The nearest is request 8, DELETE "
    )
    assert [miss["request"] for miss in answer["nearest"]] == [8, 7, 6]


def test_one_that_never_came_is_told_with_the_nearest(busy: Crm) -> None:
    assert payload(busy, {"operation": "getEvent", "client": "ann"}, inOrder=True).startswith(
        'requests[0]: no request is like {"operation":"getEvent","client":"ann"}. The nearest is request 4, GET '
    )


def test_each_request_stands_for_one_of_those_in_order(busy: Crm) -> None:
    assert verified(busy, {"page": 2}, {"page": 2}, inOrder=True)["passed"] is False
    assert verified(busy, {"page": 2}, {"page": 2}) == PASSED


# Waiting


def test_a_request_that_is_yet_to_come_is_waited_for(crm: Crm) -> None:
    with waiting(crm, {"operation": "createEvent", "status": 201}) as verification:
        crm.events()
        crm.create()
        assert verification.result(30) == PASSED


def test_the_last_of_several_is_waited_for(crm: Crm) -> None:
    crm.create()
    with waiting(crm, {"operation": "createEvent"}, {"operation": "listEvents"}, inOrder=True) as verification:
        crm.create()
        crm.events()
        assert verification.result(30) == PASSED
    with waiting(crm, {"operation": "createEvent"}, times={"exactly": 3}) as verification:
        crm.create()
        assert verification.result(30) == PASSED


def test_what_does_not_come_in_time_fails(crm: Crm) -> None:
    began = time.monotonic()
    assert payload(crm, {"operation": "createEvent"}, timeout="50ms").startswith(
        "requests[0]: expected at least 1 request"
    )
    assert 0.05 <= time.monotonic() - began < 30


def test_what_has_come_is_not_waited_for(crm: Crm) -> None:
    crm.create()
    began = time.monotonic()
    assert verified(crm, {"operation": "createEvent"}, timeout="1m") == PASSED
    assert time.monotonic() - began < 30


@pytest.mark.parametrize(("method", "path"), [("POST", "/reset"), ("DELETE", "/requests")])
def test_who_waits_goes_on_waiting_when_the_journal_begins_anew(crm: Crm, method: str, path: str) -> None:
    crm.events()
    with waiting(crm, {"operation": "listEvents"}, times={"exactly": 2}) as verification:
        crm.admin(method, path)
        crm.events()
        crm.create()
        assert not verification.done()
        crm.events()
        assert verification.result(30) == PASSED


def test_who_waits_stands_in_nobodys_way(crm: Crm) -> None:
    with waiting(crm, {"operation": "deleteEvent"}, timeout="20s") as verification:
        crm.advance("1h")
        event = crm.create()
        assert verified(crm, {"operation": "createEvent"}) == PASSED
        crm.api("DELETE", f"/events/{event['id']}")
        assert verification.result(30) == PASSED


# What is no matcher, and no expectation


@pytest.mark.parametrize(
    ("matcher", "field"),
    [
        ([], "_schema"),
        ("listEvents", "_schema"),
        ({"colour": "red"}, "colour"),
        ({"operation": "listevents"}, "operation"),
        ({"operation": ["listEvents", "list"]}, "operation"),
        ({"operation": {"matches": "list"}}, "operation"),
        ({"operation": None}, "operation"),
        ({"method": []}, "method"),
        ({"method": 5}, "method"),
        ({"method": ["GET", None]}, "method"),
        ({"path": {"matches": "("}}, "path"),
        ({"path": {"matches": "(?a)(?u)"}}, "path"),
        ({"path": {"matches": 5}}, "path"),
        ({"path": {"matches": "a", "flags": "i"}}, "path"),
        ({"path": {"matches": "a" * 501}}, "path"),
        ({"query": ["limit"]}, "query"),
        ({"query": {"limit": 5}}, "query"),
        ({"query": {str(number): "x" for number in range(21)}}, "query"),
        ({"headers": {"If-Match": {}}}, "headers"),
        ({"client": None}, "client"),
        ({"eventId": 1001}, "eventId"),
        ({"page": 0}, "page"),
        ({"page": "1"}, "page"),
        ({"page": []}, "page"),
        ({"page": [1, True]}, "page"),
        ({"body": None}, "body"),
        ({"status": 99}, "status"),
        ({"status": 600}, "status"),
        ({"status": 200.0}, "status"),
        ({"fault": 1}, "fault"),
        ({"nth": 0}, "nth"),
        ({"every": 0}, "every"),
        ({"every": [2]}, "every"),
        ({"nth": 1, "every": 1}, "every"),
    ],
    ids=str,
)
def test_what_is_no_matcher_is_refused_and_told_by_its_field(crm: Crm, matcher: Any, field: str) -> None:
    crm.events()
    before = journal(crm)
    with nothing_changes(crm):
        for path in ("/requests/find", "/requests/count"):
            assert set(error(crm.admin("POST", path, matcher), 422, "request.invalid")) == {field}
        details = error(crm.admin("POST", "/verify", {"requests": [{}, matcher]}), 422, "request.invalid")
        assert set(details["requests"]["1"]) == {field}
    assert journal(crm) == before


@pytest.mark.parametrize(
    ("expectation", "field"),
    [
        ([], "_schema"),
        ({}, "requests"),
        ({"requests": []}, "requests"),
        ({"requests": {}}, "requests"),
        ({"requests": None}, "requests"),
        ({"requests": [{}] * 101}, "requests"),
        ({"requests": [{}], "order": True}, "order"),
        ({"requests": [{}], "inOrder": 1}, "inOrder"),
        ({"requests": [{}], "inOrder": True, "times": {"exactly": 1}}, "times"),
        ({"requests": [{}], "times": 1}, "times"),
        ({"requests": [{}], "times": {"exactly": -1}}, "times"),
        ({"requests": [{}], "times": {"exactly": True}}, "times"),
        ({"requests": [{}], "times": {"exactly": 1, "atLeast": 1}}, "times"),
        ({"requests": [{}], "times": {"atLeast": 2, "atMost": 1}}, "times"),
        ({"requests": [{}], "times": {"never": 1}}, "times"),
        ({"requests": [{}], "timeout": 5}, "timeout"),
        ({"requests": [{}], "timeout": "-1s"}, "timeout"),
        ({"requests": [{}], "timeout": "61s"}, "timeout"),
        ({"requests": [{}], "timeout": "soon"}, "timeout"),
    ],
    ids=lambda given: str(given)[:60],
)
def test_what_is_no_expectation_is_refused_and_told_by_its_field(crm: Crm, expectation: Any, field: str) -> None:
    with nothing_changes(crm):
        assert set(error(crm.admin("POST", "/verify", expectation), 422, "request.invalid")) == {field}


def test_patterns_that_take_too_long_over_all_requests_are_refused(crm: Crm) -> None:
    for _ in range(3):
        crm.api("GET", f"/{'a' * 4_000}!")
    slow = {"path": {"matches": "(a+)+$"}}
    with nothing_changes(crm):
        for path, body in (("/requests/find", slow), ("/requests/count", slow), ("/verify", {"requests": [slow]})):
            error(crm.admin("POST", path, body), 422, "request.invalid")


def test_an_expectation_is_needed(crm: Crm) -> None:
    error(crm.admin("POST", "/verify"), 400, "body.malformed")


def test_to_find_to_count_and_to_verify_changes_nothing(busy: Crm) -> None:
    before = journal(busy)
    with nothing_changes(busy):
        found(busy, {"operation": "listEvents"})
        busy.admin("POST", "/requests/count", {"page": 1})
        verified(busy, {"operation": "listEvents"})
        payload(busy, {"operation": "replaceEvent"})
    assert journal(busy) == before
