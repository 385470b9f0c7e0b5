"""Which requests a fault rule applies to: each field of `match`, alone and with others (docs/reference/faults.md)."""

import base64
from typing import Any

import pytest

from tests.faults.faulting import CALLS, add_fault, call, counts, five, journal, last, page, pages, statuses
from tests.served import BOTH, MONDAY, Crm
from tests.unchanged import EVENT, made

pytestmark = BOTH

TEAPOT = {"status": 418}


def hits(crm: Crm, match: Any, method: str = "GET", path: str = "/events", body: Any = None, **options: Any) -> bool:
    """Whether a rule with this matcher, the only one there is, applies to a request."""
    crm.act({"clearFaults": {}}, {"fault": {"effect": TEAPOT, "match": match}})
    return crm.api(method, path, body, **options).status_code == 418


@pytest.mark.parametrize("operation", CALLS)
def test_an_operation_matches_itself_alone(crm: Crm, operation: str) -> None:
    add_fault(crm, TEAPOT, {"operation": operation})
    found = [name for name in CALLS if call(crm, name, "1001").status_code == 418]
    assert found == [operation]


def test_of_several_operations_each_matches(crm: Crm) -> None:
    rule = add_fault(crm, TEAPOT, {"operation": ["getEvent", "deleteEvent"]})
    assert [name for name in CALLS if call(crm, name, "1001").status_code == 418] == ["getEvent", "deleteEvent"]
    assert counts(crm, rule) == (2, 2)


def test_without_a_match_every_request_matches(crm: Crm) -> None:
    for rule in ({"effect": TEAPOT}, {"effect": TEAPOT, "match": {}}):
        crm.act({"clearFaults": {}}, {"fault": rule})
        assert {call(crm, name, "1001").status_code for name in CALLS} == {418}


PATHS: list[Any] = [
    ({"method": "GET"}, "GET", "/events", True),
    ({"method": "GET"}, "POST", "/events", False),
    ({"method": ["PUT", "DELETE"]}, "DELETE", "/events/1", True),
    ({"method": {"matches": "^P"}}, "PATCH", "/events/1", True),
    ({"method": {"matches": "^P"}}, "GET", "/events/1", False),
    ({"path": "/api/v1/events"}, "GET", "/events", True),
    ({"path": "/api/v1/events"}, "GET", "/events/1", False),
    ({"path": ["/api/v1/events", "/api/v1/deletedEvents"]}, "GET", "/deletedEvents", True),
    ({"path": {"matches": "^/api/v1/events/1"}}, "GET", "/events/1001", True),
    ({"path": {"matches": "^/api/v1/events/1"}}, "GET", "/events/2001", False),
    ({"path": {"matches": "vents$"}}, "GET", "/deletedEvents", True),
    ({"path": {"matches": "sandboxes"}}, "GET", "/events", False),
    ({"path": "/api/v1/anything"}, "GET", "/anything", True),
]


def test_a_method_or_a_path(crm: Crm) -> None:
    for match, method, path, applies in PATHS:
        assert hits(crm, match, method, path) is applies, (match, method, path)


QUERIES: list[Any] = [
    ({"limit": "2"}, {"limit": "2"}, True),
    ({"limit": "2"}, {"limit": "20"}, False),
    ({"limit": "2"}, {}, False),
    ({"limit": ["2", "3"]}, {"limit": "3"}, True),
    ({"limit": {"matches": "^2"}}, {"limit": "20"}, True),
    ({"since": None}, {}, True),
    ({"since": None}, {"limit": "2"}, True),
    ({"since": None}, {"since": MONDAY}, False),
    ({"since": MONDAY, "limit": None}, {"since": MONDAY}, True),
    ({"since": MONDAY, "limit": None}, {"since": MONDAY, "limit": "2"}, False),
    ({"since": {"matches": " 01:00$"}}, {"since": "2026-01-05T09:00:00+01:00"}, False),
    ({"since": {"matches": "[+]01:00$"}}, {"since": "2026-01-05T09:00:00+01:00"}, True),
    ({}, {"limit": "2"}, True),
]


def test_parameters_of_the_query(crm: Crm) -> None:
    for query, asked, applies in QUERIES:
        assert hits(crm, {"query": query}, params=asked) is applies, (query, asked)


HEADERS: list[Any] = [
    ({"X-Trace": "a"}, {"x-trace": "a"}, True),
    ({"x-TRACE": "a"}, {"X-Trace": "a"}, True),
    ({"X-Trace": "a"}, {"X-Trace": "A"}, False),
    ({"X-Trace": ["a", "b"]}, {"X-Trace": "b"}, True),
    ({"X-Trace": {"matches": "."}}, {"X-Trace": "b"}, True),
    ({"X-Trace": {"matches": "."}}, {}, False),
    ({"If-Match": None}, {}, True),
    ({"If-Match": None}, {"If-Match": '"1"'}, False),
    ({"Authorization": None}, {}, True),
    ({"Authorization": None}, {"Authorization": "Bearer x"}, False),
    ({"X-1st-B2b": "a"}, {"X-1st-b2b": "a"}, True),
]


def test_headers(crm: Crm) -> None:
    for headers, sent, applies in HEADERS:
        assert hits(crm, {"headers": headers}, headers=sent) is applies, (headers, sent)


def test_the_type_of_a_body_is_a_header_too(crm: Crm) -> None:
    match = {"headers": {"Content-Type": {"matches": "merge-patch"}}}
    merge = {"Content-Type": "application/merge-patch+json"}
    assert hits(crm, match, "PATCH", "/events/1", {}, headers=merge)
    assert not hits(crm, match, "PATCH", "/events/1", {})


def _basic(user: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:secret".encode()).decode()


def _token(subject: str) -> str:
    parts = (base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in ("{}", f'{{"sub":"{subject}"}}'))
    return f"Bearer {'.'.join(parts)}.x"


@pytest.mark.parametrize(
    ("sent", "client"),
    [
        ({}, "client"),
        ({"X-Mockcrm-Client": "sync-7"}, "sync-7"),
        ({"Authorization": _basic("ann")}, "ann"),
        ({"Authorization": _basic("ann"), "X-Mockcrm-Client": "sync-7"}, "ann"),
        ({"Authorization": _token("bob")}, "bob"),
        ({"Authorization": "Bearer opaque", "X-Mockcrm-Client": "sync-7"}, "sync-7"),
    ],
    ids=["nobody", "named", "basic", "both", "token", "opaque"],
)
def test_a_client_by_its_name_in_the_journal(crm: Crm, sent: Any, client: str) -> None:
    assert hits(crm, {"client": client}, headers=sent)
    assert last(crm)["client"] == client
    assert hits(crm, {"client": [client, "other"]}, headers=sent)
    assert not hits(crm, {"client": "other"}, headers=sent)


def test_a_token_without_a_name_is_called_by_its_sum(crm: Crm) -> None:
    secret = {"Authorization": "Bearer opaque"}
    assert hits(crm, {"client": {"matches": "^token-[0-9a-f]{8}$"}}, headers=secret)
    assert hits(crm, {"client": last(crm)["client"]}, headers=secret)
    assert not hits(crm, {"client": last(crm)["client"]}, headers={"Authorization": "Bearer another"})


def test_an_event_by_its_id_or_its_key(crm: Crm) -> None:
    event, other = made(crm, "kickoff"), made(crm)
    for name in (event, "kickoff", [event], ["nobody", "kickoff"], {"matches": "^kick"}):
        assert hits(crm, {"eventId": name}, path=f"/events/{event}")
        assert not hits(crm, {"eventId": name}, path=f"/events/{other}")
        assert not hits(crm, {"eventId": name})
    assert hits(crm, {"eventId": "nobody"}, path="/events/nobody")


def test_a_page_of_a_paged_read(crm: Crm) -> None:
    five(crm)
    add_fault(crm, {"shortPage": 0}, {"page": 2})
    assert [each["length"] for each in pages(crm, limit=2)] == [2, 0, 1]
    crm.act({"clearFaults": {}}, {"fault": {"effect": {"shortPage": 0}, "match": {"page": [1, 3]}}})
    assert [each["length"] for each in pages(crm, limit=2)] == [0, 2, 0]


def test_no_page_is_asked_for_by_what_is_no_list(crm: Crm) -> None:
    event = crm.create()["id"]
    assert not hits(crm, {"page": 1}, path=f"/events/{event}")
    assert hits(crm, {"page": 1})
    assert hits(crm, {"page": 1}, path="/deletedEvents")


BODIES: list[Any] = [
    ({"subject": "Twice"}, {"subject": "Twice", "location": "Berlin"}, True),
    ({"subject": "Twice"}, {"subject": "Thrice"}, False),
    ({"subject": "Twice"}, {}, False),
    ({"subject": None}, {"subject": None}, True),
    ({"subject": None}, {}, False),
    ({"extra": {"a": 1}}, {"extra": {"a": 1, "b": 2}}, True),
    ({"extra": {"a": 1}}, {"extra": {"b": 1}}, False),
    ({"extra": {"a": 1}}, {"extra": "a"}, False),
    ({"parentId": 1}, {"parentId": "1"}, False),
    ({"private": True}, {"private": 1}, False),
    ({"list": [1, 2]}, {"list": [1, 2]}, True),
    ({"list": [1]}, {"list": [1, 2]}, False),
    ({}, {"subject": "Twice"}, True),
    ({}, [], False),
    ([1], [1], True),
    ("x", "x", True),
]


def test_a_part_of_the_body(crm: Crm) -> None:
    for wanted, sent, applies in BODIES:
        assert hits(crm, {"body": wanted}, "POST", "/events", sent) is applies, (wanted, sent)


def test_a_request_without_a_body_or_with_no_json_has_no_part_of_one(crm: Crm) -> None:
    assert not hits(crm, {"body": {}})
    assert not hits(crm, {"body": {}}, "POST", "/events", content=b"{", headers={"Content-Type": "application/json"})


def test_a_body_in_chunks_is_looked_at_as_well(crm: Crm) -> None:
    chunks = iter([b'{"subject":', b'"Twice"}'])
    json = {"Content-Type": "application/json"}
    assert hits(crm, {"body": {"subject": "Twice"}}, "POST", "/events", content=chunks, headers=json)


def test_all_parts_must_fit(crm: Crm) -> None:
    match = {"operation": "createEvent", "headers": {"Idempotency-Key": None}, "body": {"subject": "Twice"}}
    event = EVENT | {"subject": "Twice"}
    assert hits(crm, match, "POST", "/events", event)
    assert not hits(crm, match, "POST", "/events", event, headers={"Idempotency-Key": "k"})
    assert not hits(crm, match, "POST", "/events", EVENT)
    assert not hits(crm, match, "PUT", "/events/1", event)


# Turns


@pytest.mark.parametrize(
    ("turn", "found"),
    [
        ({"nth": 1}, [418, 200, 200, 200, 200, 200]),
        ({"nth": 3}, [200, 200, 418, 200, 200, 200]),
        ({"nth": [2, 3, 5]}, [200, 418, 418, 200, 418, 200]),
        ({"every": 1}, [418] * 6),
        ({"every": 2}, [200, 418, 200, 418, 200, 418]),
        ({"every": 4}, [200, 200, 200, 418, 200, 200]),
    ],
    ids=str,
)
def test_only_some_of_those_that_fit(crm: Crm, turn: Any, found: list[int]) -> None:
    rule = add_fault(crm, TEAPOT, {"operation": "listEvents", **turn})
    crm.create()
    assert statuses(crm, 6) == found
    assert counts(crm, rule) == (6, found.count(418))


def test_a_rule_counts_from_when_it_was_given(crm: Crm) -> None:
    assert statuses(crm, 3) == [200] * 3
    add_fault(crm, TEAPOT, {"nth": 2})
    assert statuses(crm, 3) == [200, 418, 200]


def test_a_token_that_is_none_asks_for_no_page(crm: Crm) -> None:
    five(crm)
    token = page(crm, limit=2)["nextPageToken"]
    assert hits(crm, {"page": 2}, params={"pageToken": token})
    assert not hits(crm, {"page": 2}, params={"pageToken": "nonsense"})
    assert journal(crm)[-1]["status"] == 400


def test_a_pattern_that_would_take_for_ever_finds_nothing(crm: Crm) -> None:
    assert not hits(crm, {"path": {"matches": "(a+)+$"}}, path=f"/events/{'a' * 4_000}!")
    assert last(crm)["tookMs"] < 5000
    (rule,) = crm.admin("GET", "/faults").json()["faults"]
    assert (rule["seen"], rule["applied"]) == (0, 0)
    assert "too long" in rule["problem"]
