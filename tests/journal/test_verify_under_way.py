"""Requests that are under way, dropped, cut or cleared, and what verification says of them (contract, section 7)."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
import pytest

from mockcrm import Sandboxes, create_app, serving
from mockcrm.journal.journal import Journal
from tests.journal.journaled import journal, numbers
from tests.journal.verifying import verified, waiting
from tests.making import making
from tests.processes import served
from tests.samples import TIMES
from tests.served import Crm
from tests.waiting import until

PASSED = {"passed": True, "verdict": "passed", "reasons": []}
NEVER = {"exactly": 0}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """`mockcrm serve`, where many requests are under way at a time."""
    with served("--count", "0") as running:
        yield running.url


@pytest.fixture
def crm(server: str) -> Iterator[Crm]:
    with httpx.Client(base_url=server, verify=False, timeout=20) as http, making(http) as maker:
        yield maker()


def verdict(crm: Crm, *requests: Any, **more: Any) -> str:
    answer = verified(crm, *requests, **more)
    assert answer["passed"] is {"passed": True, "failed": False, "inconclusive": None}[answer["verdict"]]
    found: str = answer["verdict"]
    return found


@contextmanager
def under_way(crm: Crm, method: str, path: str, body: Any = None, sent: int | None = None) -> Iterator[socket.socket]:
    """A request that has arrived; of its body only the first `sent` bytes have."""
    data = b"" if body is None else orjson.dumps(body)
    base = crm.http.base_url
    head = f"{method} {crm.path}/api/v1{path} HTTP/1.1\r\nHost: {urlsplit(str(base)).netloc}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n" if data else ""
    known = len(journal(crm))
    with socket.create_connection((base.host, base.port or 80), timeout=20) as connection:
        connection.sendall(f"{head}\r\n".encode() + data[:sent])
        until(lambda: len(journal(crm)) > known)
        yield connection


def delay(crm: Crm, *operations: str) -> str:
    rule = {"match": {"operation": list(operations)}, "effect": {"delay": "5m"}}
    name: str = crm.admin("POST", "/faults", rule).json()["id"]
    return name


def let_go(crm: Crm) -> None:
    crm.admin("DELETE", "/faults")


# What was asked is known from the arrival on


def test_a_deletion_that_is_under_way_has_been_asked_for(crm: Crm) -> None:
    event = crm.create()
    delay(crm, "deleteEvent")
    with under_way(crm, "DELETE", f"/events/{event['id']}"):
        assert verdict(crm, {"operation": "deleteEvent"}) == "passed"
        answer = verified(crm, {"operation": "deleteEvent"}, times=NEVER)
        assert (answer["verdict"], answer["matched"]) == ("failed", [2])


@pytest.mark.parametrize(
    "matcher",
    [
        {"method": "DELETE"},
        {"path": {"matches": "/events/nobody$"}},
        {"query": {"trace": "7"}},
        {"query": {"trace": {"matches": "7"}, "since": None}},
        {"headers": {"host": {"matches": "."}}, "operation": "deleteEvent"},
        {"client": "client", "method": "DELETE"},
        {"eventId": "nobody"},
        {"method": "DELETE", "nth": 1},
    ],
    ids=str,
)
def test_every_part_of_what_was_asked_is_known_before_the_answer(crm: Crm, matcher: Any) -> None:
    delay(crm, "deleteEvent")
    with under_way(crm, "DELETE", "/events/nobody?trace=7"):
        assert verdict(crm, matcher) == "passed"
        assert verdict(crm, matcher, times=NEVER) == "failed"


def test_the_page_that_a_list_asks_for_is_known_before_the_answer(crm: Crm) -> None:
    delay(crm, "listEvents")
    with under_way(crm, "GET", "/events"):
        assert verdict(crm, {"page": 1}) == "passed"
        assert verdict(crm, {"page": 2}, times=NEVER) == "passed"


def test_a_body_is_known_once_it_was_read(crm: Crm) -> None:
    delay(crm, "createEvent")
    with under_way(crm, "POST", "/events", TIMES | {"subject": "Demo"}):
        assert verified(crm, {"body": {"subject": "Demo"}}, timeout="20s") == PASSED
        assert verdict(crm, {"body": {"subject": "Call"}}, times=NEVER) == "passed"
        assert verdict(crm, {"body": {"subject": "Demo"}}, times=NEVER) == "failed"


def test_a_body_that_has_not_arrived_may_be_anything(crm: Crm) -> None:
    with under_way(crm, "POST", "/events", TIMES | {"subject": "Demo"}, sent=10) as connection:
        answer = verified(crm, {"body": {"n": 1}}, times=NEVER)
        assert answer == {
            "passed": None,
            "verdict": "inconclusive",
            "reasons": [
                'requests[0]: expected exactly 0 requests like {"body":{"n":1}}; 0 of 1 matched, and up to 1 more may.',
                "Request 1 is under way: a `timeout` waits for it.",
            ],
            "requests": [1],
            "dropped": None,
        }
        assert verdict(crm, {"body": {"subject": "Demo"}}) == "inconclusive"
        assert verdict(crm, {"operation": "createEvent"}) == "passed"
        assert verdict(crm, {"operation": "updateEvent", "body": {}}, times=NEVER) == "passed"
        with waiting(crm, {"body": {"subject": "Demo"}}) as verification:
            connection.sendall(orjson.dumps(TIMES | {"subject": "Demo"})[10:])
            assert verification.result(20) == PASSED


def test_a_request_without_a_body_hangs_on_none(crm: Crm) -> None:
    delay(crm, "listEvents")
    with under_way(crm, "GET", "/events"):
        assert verdict(crm, {"body": {}}, times=NEVER) == "passed"


# What was answered is known from the answer on


def test_a_status_that_is_to_come_may_be_any(crm: Crm) -> None:
    crm.events()
    delay(crm, "listEvents")
    with under_way(crm, "GET", "/events"):
        answer = verified(crm, {"status": 503}, times=NEVER)
        assert (answer["verdict"], answer["requests"], answer["dropped"]) == ("inconclusive", [2], None)
        assert verdict(crm, {"status": 200}) == "passed"
        assert verdict(crm, {"status": 200}, times={"exactly": 1}) == "inconclusive"
        assert verdict(crm, {"status": 200}, times={"exactly": 2}) == "inconclusive"
        assert verdict(crm, {"status": 200}, times={"atMost": 2}) == "passed"
        assert verdict(crm, {"status": 200}, times={"exactly": 3}) == "failed"
        assert verdict(crm, {"status": 200, "nth": 2}) == "inconclusive"
        assert verdict(crm, {"status": 200, "nth": 3}) == "failed"


def test_a_fault_that_applies_may_be_followed_by_others(crm: Crm) -> None:
    rule = delay(crm, "listEvents")
    with under_way(crm, "GET", "/events"):
        assert verdict(crm, {"fault": rule}) == "inconclusive"
        assert verdict(crm, {"fault": rule, "operation": "getEvent"}) == "failed"


def test_a_failure_counts_those_that_may_still_match(crm: Crm) -> None:
    crm.events()
    delay(crm, "listEvents")
    with under_way(crm, "GET", "/events"):
        answer = verified(crm, {"status": 200}, times={"atLeast": 3})
        assert answer["reason"] == (
            'requests[0]: expected at least 3 requests like {"status":200}, but 1 of 2 matched (request 1), and up to 1'
            " more may."
        )
        assert answer["matched"] == [1]


def test_requests_in_order_may_hang_on_one_under_way(crm: Crm) -> None:
    crm.create()
    delay(crm, "listEvents")
    with under_way(crm, "GET", "/events"):
        assert verdict(crm, {"operation": "createEvent"}, {"operation": "listEvents"}, inOrder=True) == "passed"
        answer = verified(crm, {"status": 201}, {"status": 200}, inOrder=True)
        assert answer == {
            "passed": None,
            "verdict": "inconclusive",
            "reasons": [
                'requests[1]: no request after request 1 is for certain like {"status":200}.',
                "Request 2 is under way: a `timeout` waits for it.",
            ],
            "requests": [2],
            "dropped": None,
        }
        assert verdict(crm, {"status": 200}, {"status": 200}, inOrder=True) == "failed"
        assert verdict(crm, {"status": 200}, {"status": 201}, inOrder=True) == "failed"


def test_crm_verify_raises_where_nothing_is_certain(crm: Crm) -> None:
    delay(crm, "listEvents")
    with under_way(crm, "GET", "/events"):
        crm.controls.verify({"operation": "listEvents"})
        with pytest.raises(AssertionError, match=r"(?s)^Inconclusive: requests\[0\]: expected .*Request\s1\sis"):
            crm.controls.verify({"status": 503}, exactly=0)


# Waiting


def test_who_waits_hears_of_an_arrival(crm: Crm) -> None:
    delay(crm, "listEvents")
    with waiting(crm, {"operation": "listEvents"}) as verification, under_way(crm, "GET", "/events"):
        assert verification.result(20) == PASSED


def test_who_waits_hears_of_a_body(crm: Crm) -> None:
    delay(crm, "createEvent")
    demo = TIMES | {"subject": "Demo"}
    with waiting(crm, {"body": demo}) as verification, under_way(crm, "POST", "/events", demo):
        assert verification.result(20) == PASSED


def test_who_waits_for_certainty_hears_of_the_answer(crm: Crm) -> None:
    delay(crm, "listEvents")
    with under_way(crm, "GET", "/events"), waiting(crm, {"status": 503}, times=NEVER) as verification:
        let_go(crm)
        assert verification.result(20) == PASSED


def test_what_stays_uncertain_to_the_end_is_inconclusive(crm: Crm) -> None:
    delay(crm, "listEvents")
    with under_way(crm, "GET", "/events"):
        assert verdict(crm, {"status": 503}, times=NEVER, timeout="50ms") == "inconclusive"


# Dropped and cleared


@pytest.fixture(scope="module")
def room_for_five() -> Iterator[httpx.Client]:
    with serving(create_app(Sandboxes(journaled=5))) as url, httpx.Client(base_url=url, verify=False) as client:
        yield client


@pytest.fixture
def small(room_for_five: httpx.Client) -> Iterator[Crm]:
    """A sandbox whose journal has room for five."""
    with making(room_for_five) as maker:
        yield maker()


def test_dropped_requests_may_have_been_anything(small: Crm) -> None:
    for _ in range(8):
        small.events()
    answer = verified(small, {"client": "ann"}, times=NEVER)
    assert answer == {
        "passed": None,
        "verdict": "inconclusive",
        "reasons": [
            'requests[0]: expected exactly 0 requests like {"client":"ann"}; 0 of 5 matched, and up to 3 more may.',
            "Requests 1 to 3 were dropped: the journal had no room for them.",
        ],
        "requests": [],
        "dropped": {"first": 1, "last": 3},
    }
    assert verdict(small, {"client": "client"}) == "passed"
    assert verdict(small, {"client": "client"}, times={"exactly": 5}) == "inconclusive"
    assert verdict(small, {"client": "client"}, times={"exactly": 4}) == "failed"
    assert verdict(small, {"client": "client"}, times={"exactly": 9}) == "failed"


def test_the_operations_of_dropped_requests_are_known(small: Crm) -> None:
    for _ in range(7):
        small.events()
    small.create()
    assert verdict(small, {"operation": "deleteEvent"}, times=NEVER) == "passed"
    assert verdict(small, {"operation": "createEvent"}, times={"exactly": 1}) == "passed"
    assert verdict(small, {"operation": ["createEvent", "listEvents"], "status": 503}, times=NEVER) == "inconclusive"
    assert verdict(small, {"operation": "listEvents"}, times={"exactly": 7}) == "inconclusive"


def test_dropped_requests_may_have_been_the_first_in_order(small: Crm) -> None:
    small.create()
    for _ in range(5):
        small.events()
    in_order = {"operation": "createEvent"}, {"operation": "listEvents"}
    answer = verified(small, *in_order, inOrder=True)
    assert (answer["verdict"], answer["dropped"]) == ("inconclusive", {"first": 1, "last": 1})
    assert answer["reasons"][1] == "Request 1 was dropped: the journal had no room for it."
    assert verdict(small, {"operation": "deleteEvent"}, inOrder=True) == "failed"
    assert verdict(small, *in_order, {"operation": "createEvent"}, inOrder=True) == "failed"


def test_cleared_requests_are_forgotten_and_leave_no_doubt(small: Crm) -> None:
    for _ in range(8):
        small.events()
    small.admin("DELETE", "/requests")
    assert verdict(small, {"operation": "listEvents"}, times=NEVER) == "passed"
    assert verdict(small, {"operation": "listEvents"}) == "failed"
    small.create()
    assert verdict(small, {"client": "client"}, times={"exactly": 1}) == "passed"
    for _ in range(6):
        small.events()
    answer = verified(small, {"client": "ann"}, times=NEVER)
    assert (answer["verdict"], answer["dropped"]) == ("inconclusive", {"first": 9, "last": 10})


def test_a_request_under_way_that_is_cleared_is_forgotten_too(crm: Crm) -> None:
    delay(crm, "listEvents")
    with under_way(crm, "GET", "/events"):
        crm.admin("DELETE", "/requests")
        assert verdict(crm, {"operation": "listEvents"}, times=NEVER) == "passed"
        assert verdict(crm, {"status": 200}, times=NEVER) == "passed"


# Cut


def test_a_body_beyond_the_limit_may_have_been_anything(crm: Crm) -> None:
    crm.api("POST", "/events", content=b"{" + b" " * 2_000_000, headers={"Content-Type": "application/json"})
    answer = verified(crm, {"body": {"subject": "Demo"}}, times=NEVER)
    assert (answer["verdict"], answer["requests"]) == ("inconclusive", [1])
    assert answer["reasons"][1] == "The body of request 1 is not in the journal as a whole."
    assert verdict(crm, {"body": {"subject": "Demo"}, "status": 201}, times=NEVER) == "passed"
    assert verdict(crm, {"operation": "createEvent", "status": 413}) == "passed"


def test_a_body_in_a_coding_that_nobody_reads_may_have_been_anything(crm: Crm) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "br"}
    crm.api("POST", "/events", content=b"xyz", headers=headers)
    assert verdict(crm, {"body": {"subject": "Demo"}}, times=NEVER) == "inconclusive"
    assert verdict(crm, {"status": 415}) == "passed"


def test_what_was_sent_as_a_body_and_is_no_json_is_known(crm: Crm) -> None:
    crm.api("POST", "/events", content=b"{", headers={"Content-Type": "application/json"})
    assert verdict(crm, {"body": {"subject": "Demo"}}, times=NEVER) == "passed"


def test_a_body_that_is_too_heavy_for_the_journal_may_have_been_anything() -> None:
    sandboxes = Sandboxes()
    sandbox, client = sandboxes.get("default"), create_app(sandboxes).test_client()
    sandbox.journal = Journal(max_weight=60_000)
    client.post("/api/v1/events", json={"subject": "Demo", "description": "x" * 70_000})
    client.post("/api/v1/events", json={"subject": "Demo", "description": "x" * 30_000})
    expected = {"requests": [{"body": {"subject": "Demo"}}], "times": {"exactly": 1}}
    answer: Any = client.post("/admin/verify", json=expected).json
    assert (answer["verdict"], answer["requests"]) == ("inconclusive", [1])


def test_several_causes_are_each_named_once(crm: Crm) -> None:
    for _ in range(2):
        crm.api("POST", "/events", content=b"x" * 2_000_000, headers={"Content-Type": "application/json"})
    with under_way(crm, "POST", "/events", TIMES, sent=1), under_way(crm, "POST", "/events", TIMES, sent=1):
        answer = verified(crm, {"body": {"subject": "Demo"}}, {"body": {"subject": "Call"}}, times=NEVER)
        assert answer["requests"] == numbers(journal(crm)) == [1, 2, 3, 4]
        assert answer["reasons"][2:] == [
            "Requests 3, 4 are under way: a `timeout` waits for them.",
            "The bodies of requests 1, 2 are not in the journal as a whole.",
        ]
