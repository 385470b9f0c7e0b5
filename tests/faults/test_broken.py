"""Answers that do not arrive, or not whole: disconnect, truncate, malformed; and what a retry then does."""

import json
from typing import Any

import httpx
import pytest

from tests.faults.faulting import CALLS, OPS, add_fault, call, counts, last, note, noted, ops
from tests.served import BOTH, Crm, error
from tests.unchanged import EVENT

pytestmark = BOTH

LOST = {"reset": httpx.ReadError, "close": httpx.RemoteProtocolError}
"""What httpx makes of each way to break a connection."""
TRUNCATIONS: list[tuple[dict[str, Any], float | int]] = [
    ({}, 0.5),
    ({"fraction": 0.25}, 0.25),
    ({"fraction": 0}, 0),
    ({"bytes": 10}, 10),
    ({"bytes": 0}, 0),
]
"""Arguments of `truncate`, and how much of a body they leave: a fraction, or so many bytes."""

ways = pytest.mark.parametrize("how", LOST)
writes = pytest.mark.parametrize("operation", OPS)

# No answer at all


@ways
@pytest.mark.parametrize("operation", CALLS)
def test_a_connection_that_breaks_before_leaves_the_crm_alone(crm: Crm, how: str, operation: str) -> None:
    event = crm.create()["id"]
    add_fault(crm, {"disconnect": how}, times=1)
    with pytest.raises(LOST[how]):
        call(crm, operation, event)
    assert noted(crm) == note(None, "disconnect")
    assert ops(crm) == ["created"]
    assert call(crm, operation, event).status_code < 300


@ways
@writes
def test_a_connection_that_breaks_after_hides_a_write_that_was_done(crm: Crm, how: str, operation: str) -> None:
    event = crm.create()["id"]
    add_fault(crm, {"disconnect": {"how": how, "when": "after"}}, times=1)
    with pytest.raises(LOST[how]):
        call(crm, operation, event)
    written = crm.changes()[-1]
    assert (written["op"], written["seq"]) == (OPS[operation], 2)
    assert noted(crm) == note(None, "disconnect", changes=[2], delivered=[written["eventId"]])
    assert len(crm.events()) == {"createEvent": 2, "deleteEvent": 0}.get(operation, 1)


@ways
def test_a_list_that_was_lost_says_in_the_journal_what_was_on_it(crm: Crm, how: str) -> None:
    event = crm.create()["id"]
    add_fault(crm, {"disconnect": {"how": how, "when": "after"}})
    with pytest.raises(LOST[how]):
        crm.events()
    assert noted(crm) == note(None, "disconnect", delivered=[event])
    assert last(crm)["completedAt"] is not None


def test_the_bare_word_resets_before(crm: Crm) -> None:
    add_fault(crm, "disconnect")
    with pytest.raises(httpx.ReadError):
        crm.create()
    assert crm.changes() == []


@ways
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_body_that_is_too_large_is_taken_to_its_end_before_the_connection_breaks(
    crm: Crm, how: str, when: str
) -> None:
    add_fault(crm, {"disconnect": {"how": how, "when": when}})
    with pytest.raises(LOST[how]):
        crm.create(description="x" * 5_000_000)
    assert crm.changes() == []


@ways
def test_connections_break_as_often_as_they_are_asked_to(crm: Crm, how: str) -> None:
    rule = add_fault(crm, {"disconnect": how}, {"every": 2})
    for _ in range(10):
        crm.events()
        with pytest.raises(LOST[how]):
            crm.events()
    assert counts(crm, rule) == (20, 10)


# A body that stops


def _received(crm: Crm, path: str) -> tuple[httpx.Response, bytes]:
    """An answer that promises more than it has, and what has come of it."""
    got: list[bytes] = []
    with crm.http.stream("GET", crm.path + path) as response, pytest.raises(httpx.RemoteProtocolError):
        got.extend(response.iter_raw())
    return response, b"".join(got)


def _left(kept: float | int, whole: bytes) -> int:
    return kept if isinstance(kept, int) else int(len(whole) * kept)


@pytest.mark.parametrize("arguments", [{"fraction": 1}, {"bytes": 1_000_000}], ids=str)
def test_an_answer_that_is_no_longer_than_that_is_left_alone(crm: Crm, arguments: Any) -> None:
    event = crm.create()
    add_fault(crm, {"truncate": arguments})
    assert crm.api("GET", f"/events/{event['id']}").json() == event
    assert last(crm)["delivered"]["whole"]


@pytest.mark.parametrize(("arguments", "left"), TRUNCATIONS, ids=str)
def test_a_body_stops_before_the_end_that_was_promised(crm: Crm, arguments: Any, left: Any) -> None:
    event = crm.create()["id"]
    whole = crm.api("GET", f"/events/{event}").content
    add_fault(crm, {"truncate": arguments}, times=1)
    response, got = _received(crm, f"/api/v1/events/{event}")
    assert response.status_code == 200
    assert response.headers["Content-Length"] == str(len(whole))
    assert got == whole[: _left(left, whole)]
    assert noted(crm) == note(200, "truncate", delivered=[event])
    assert crm.api("GET", f"/events/{event}").content == whole


@pytest.mark.parametrize(("arguments", "left"), TRUNCATIONS, ids=str)
def test_a_body_stops_where_the_headers_say_it_does(crm: Crm, arguments: Any, left: Any) -> None:
    event = crm.create()["id"]
    whole = crm.api("GET", f"/events/{event}").content
    add_fault(crm, {"truncate": {**arguments, "contentLength": "cut"}}, times=1)
    response = crm.api("GET", f"/events/{event}")
    assert (response.status_code, response.content) == (200, whole[: _left(left, whole)])
    assert response.headers.get_list("Content-Length") == [str(len(response.content))]
    assert noted(crm) == note(200, "truncate", delivered=[event])
    assert crm.api("GET", f"/events/{event}").content == whole


@pytest.mark.parametrize("arguments", [{}, {"contentLength": "cut"}], ids=str)
def test_half_an_answer_to_a_write_hides_a_write_that_was_done(crm: Crm, arguments: Any) -> None:
    add_fault(crm, {"truncate": arguments})
    with pytest.raises((httpx.RemoteProtocolError, json.JSONDecodeError)):
        crm.create()
    (event,) = crm.changes()
    assert noted(crm) == note(201, "truncate", changes=[1], delivered=[event["eventId"]])


def test_half_a_long_list_stops_as_a_short_one_does(crm: Crm) -> None:
    crm.admin("POST", "/seed", {"count": 500})
    size = len(crm.api("GET", "/events").content)
    add_fault(crm, "truncate")
    _, got = _received(crm, "/api/v1/events")
    assert len(got) == size // 2


def test_a_refusal_can_be_cut_as_well(crm: Crm) -> None:
    add_fault(crm, {"truncate": {"bytes": 5, "contentLength": "cut"}})
    response = crm.api("GET", "/events/404")
    assert (response.status_code, response.content) == (404, b'{"cod')


# JSON that is none


@pytest.mark.parametrize("operation", [name for name in CALLS if name != "deleteEvent"])
def test_malformed_json_cannot_be_parsed_at_all(crm: Crm, operation: str) -> None:
    event = crm.create()["id"]
    add_fault(crm, "malformed", times=1)
    response = call(crm, operation, event)
    assert response.status_code in (200, 201)
    assert response.headers["Content-Type"] == "application/json"
    with pytest.raises(json.JSONDecodeError):
        response.json()
    assert (noted(crm)["faults"], noted(crm)["whole"]) == (["malformed"], False)
    assert call(crm, operation, event).json()


def test_malformed_json_hides_a_write_that_was_done(crm: Crm) -> None:
    add_fault(crm, "malformed")
    crm.api("POST", "/events", EVENT)
    (change,) = crm.changes()
    assert noted(crm) == note(201, "malformed", changes=[1], delivered=[change["eventId"]])


def test_an_empty_list_as_a_bare_array_cannot_be_parsed_either(crm: Crm) -> None:
    crm.set_dialect(listShape="array")
    add_fault(crm, "malformed")
    with pytest.raises(json.JSONDecodeError):
        crm.api("GET", "/events").json()


@pytest.mark.parametrize("effect", ["malformed", "truncate"])
def test_an_answer_without_a_body_is_left_alone(crm: Crm, effect: str) -> None:
    event = crm.create()
    rule = add_fault(crm, effect)
    assert crm.api("DELETE", f"/events/{event['id']}").status_code == 204
    assert noted(crm) == note(204, changes=[2], delivered=[event["id"]], whole=True)
    assert counts(crm, rule) == (0, 0)


@pytest.mark.parametrize("effect", ["malformed", "truncate"])
def test_the_answer_that_nothing_has_changed_stays_one(crm: Crm, effect: str) -> None:
    response = crm.api("POST", "/events", EVENT)
    add_fault(crm, effect)
    tagged = {"If-None-Match": response.headers["ETag"]}
    assert crm.api("GET", f"/events/{response.json()['id']}", headers=tagged).status_code == 304
    assert crm.admin("GET", "/clock").status_code == 200


# What a retry does


LOSSES: list[Any] = [
    {"disconnect": {"how": "reset", "when": "after"}},
    {"disconnect": {"how": "close", "when": "after"}},
    {"status": {"status": 503, "when": "after"}},
    {"truncate": {}},
    "malformed",
]
losses = pytest.mark.parametrize("effect", LOSSES, ids=str)


def _try(crm: Crm, **headers: str) -> Any:
    """The event made by a request, or None when the answer was lost."""
    try:
        response = crm.api("POST", "/events", EVENT, headers=headers)
        return response.json() if response.status_code == 201 else None
    except (httpx.TransportError, json.JSONDecodeError):
        return None


@losses
def test_a_create_that_was_lost_and_tried_again_makes_two_events(crm: Crm, effect: Any) -> None:
    add_fault(crm, effect, times=1)
    assert _try(crm) is None
    assert _try(crm)
    assert ops(crm) == ["created", "created"]
    assert len(crm.events()) == 2


@losses
def test_tried_again_with_its_idempotency_key_it_makes_one(crm: Crm, effect: Any) -> None:
    add_fault(crm, effect, times=1)
    key = {"Idempotency-Key": "k1"}
    assert _try(crm, **key) is None
    event = _try(crm, **key)
    assert event
    assert noted(crm) == note(201, delivered=[event["id"]], whole=True)
    assert ops(crm) == ["created"]
    assert crm.events() == [event]


def test_a_create_that_never_arrived_is_made_by_its_retry(crm: Crm) -> None:
    add_fault(crm, "disconnect", times=1)
    key = {"Idempotency-Key": "k1"}
    assert _try(crm, **key) is None
    assert _try(crm, **key)
    assert ops(crm) == ["created"]


def test_an_update_that_was_lost_meets_its_own_tag_when_tried_again(crm: Crm) -> None:
    response = crm.api("POST", "/events", EVENT)
    path, tagged = f"/events/{response.json()['id']}", {"If-Match": response.headers["ETag"]}
    add_fault(crm, {"disconnect": {"when": "after"}}, times=1)
    with pytest.raises(httpx.ReadError):
        crm.api("PATCH", path, {"subject": "Moved"}, headers=tagged)
    error(crm.api("PATCH", path, {"subject": "Moved"}, headers=tagged), 412, "precondition.failed")
    assert ops(crm) == ["created", "updated"]


def test_a_deletion_that_was_lost_is_gone_when_tried_again(crm: Crm) -> None:
    path = f"/events/{crm.create()['id']}"
    add_fault(crm, {"disconnect": {"when": "after"}}, times=1)
    with pytest.raises(httpx.ReadError):
        crm.api("DELETE", path)
    error(crm.api("DELETE", path), 404, "event.deleted")
    assert ops(crm) == ["created", "deleted"]
