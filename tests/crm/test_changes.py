"""The change log (contract, section 6)."""

from typing import Any

import pytest

from tests.served import Crm
from tests.unchanged import EVENT, declined, edited, made

FIELDS = {
    "seq",
    "committedAt",
    "stamp",
    "visibleAt",
    "op",
    "kind",
    "recordId",
    "eventId",
    "version",
    "origin",
    "by",
    "requestId",
    "before",
    "after",
}


def log(crm: Crm, **parameters: Any) -> Any:
    response = crm.admin("GET", "/changes", params=parameters)
    assert response.status_code == 200, response.text
    return response.json()


def test_the_log_of_an_empty_crm_is_empty(crm: Crm) -> None:
    assert log(crm) == {"changes": [], "length": 0, "nextAfter": None, "lastSeq": 0}


def test_a_change_tells_everything_about_itself(crm: Crm) -> None:
    how = {"visibleAfter": "10m", "stamp": "-1h", "by": "Ann"}
    response = crm.admin("POST", "/actions", {"create": {"set": EVENT, **how}})
    (change,) = log(crm)["changes"]
    event = crm.api("GET", f"/events/{change['eventId']}").json()
    assert change == {
        "seq": 1,
        "committedAt": "2026-01-05T09:00:00.001Z",
        "stamp": "2026-01-05T08:00:00.001Z",
        "visibleAt": "2026-01-05T09:10:00.001Z",
        "op": "created",
        "kind": "event",
        "recordId": event["id"],
        "eventId": event["id"],
        "version": 1,
        "origin": "crm",
        "by": "Ann",
        "requestId": response.headers["X-Request-Id"],
        "before": None,
        "after": {**event, "ownerId": None, "calendarId": "1001"},
    }


def test_every_kind_of_change_has_before_and_after(crm: Crm) -> None:
    event_id = made(crm, subject="old")
    edited(crm, event_id, subject="new")
    crm.act({"delete": {"event": event_id}}, {"restore": {"event": event_id}})
    created, updated, deleted, restored = log(crm)["changes"]
    assert [change["op"] for change in (created, updated, deleted, restored)] == [
        "created",
        "updated",
        "deleted",
        "restored",
    ]
    assert (created["before"], deleted["after"], restored["before"]) == (None, None, None)
    assert created["after"] == updated["before"]
    assert updated["after"] == deleted["before"]
    assert (updated["before"]["subject"], updated["after"]["subject"]) == ("old", "new")
    assert restored["after"]["subject"] == "new"
    assert [change["version"] for change in log(crm)["changes"]] == [1, 2, 3, 4]
    assert all(set(change) == FIELDS for change in log(crm)["changes"])


def test_the_seq_has_no_gaps_even_after_refusals(crm: Crm) -> None:
    event_id = made(crm)
    crm.api("POST", "/events", {})
    crm.admin("POST", "/actions", [{"create": {"set": EVENT}}, {"delete": {"event": "nobody"}}])
    crm.api("DELETE", f"/events/{event_id}")
    crm.api("DELETE", f"/events/{event_id}")
    crm.act({"churn": {"creates": 3, "edits": 2, "deletes": 1, "seed": 1}})
    changes = log(crm)["changes"]
    assert [change["seq"] for change in changes] == list(range(1, len(changes) + 1))
    assert [change["kind"] for change in changes].count("event") == 8
    assert log(crm)["lastSeq"] == log(crm)["length"] == len(changes)


def test_a_write_that_changes_no_field_is_a_change(crm: Crm) -> None:
    event = crm.create()
    crm.api("PATCH", f"/events/{event['id']}", {})
    *_, change = log(crm)["changes"]
    assert (change["op"], change["version"]) == ("updated", 2)
    assert change["after"] == change["before"] | {"lastModifiedAt": crm.now()}


@pytest.mark.parametrize(("method", "body"), [("PATCH", {"subject": "x"}), ("PUT", EVENT), ("DELETE", None)])
def test_what_a_client_does_bears_its_origin_and_the_number_of_its_request(crm: Crm, method: str, body: Any) -> None:
    event_id = made(crm)
    response = crm.api(method, f"/events/{event_id}", body)
    change = log(crm)["changes"][-1]
    assert (change["origin"], change["by"]) == ("client", None)
    assert change["requestId"] == response.headers["X-Request-Id"] == "1"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/events", EVENT),
        ("PATCH", "/events/kickoff", {}),
        ("PUT", "/events/kickoff", EVENT),
        ("DELETE", "/events/kickoff", None),
        ("POST", "/events/gone/restore", None),
        ("POST", "/actions", {"touch": {"events": ["kickoff"]}}),
        ("POST", "/actions", {"churn": {"creates": 1}}),
        ("POST", "/seed", {"count": 1}),
    ],
    ids=str,
)
def test_what_the_controls_do_bears_the_crm_s_origin(crm: Crm, method: str, path: str, body: Any) -> None:
    made(crm, "kickoff")
    crm.act({"delete": {"event": made(crm, "gone")}})
    response = crm.admin(method, path, body)
    change = log(crm)["changes"][-1]
    assert change["origin"] == "crm"
    assert change["requestId"] == response.headers["X-Request-Id"]
    assert change["requestId"].startswith("a")


def test_requests_are_counted_apart_for_clients_and_controls(crm: Crm) -> None:
    assert [crm.api("GET", "/events").headers["X-Request-Id"] for _ in range(3)] == ["1", "2", "3"]
    first, second = (crm.admin("GET", "/clock").headers["X-Request-Id"] for _ in range(2))
    assert int(second[1:]) == int(first[1:]) + 1
    assert crm.api("GET", "/events/nobody").headers["X-Request-Id"] == "4"


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({}, [1, 2, 3, 4, 5]),
        ({"after": 0}, [1, 2, 3, 4, 5]),
        ({"after": 3}, [4, 5]),
        ({"after": 5}, []),
        ({"after": 500}, []),
        ({"limit": 2}, [1, 2]),
        ({"after": 2, "limit": 2}, [3, 4]),
        ({"after": 4, "limit": 2}, [5]),
    ],
    ids=str,
)
def test_the_log_is_read_from_where_one_left_off(crm: Crm, parameters: dict[str, int], found: list[int]) -> None:
    crm.act(*[{"create": {"set": EVENT}}] * 5)
    page = log(crm, **parameters)
    assert [change["seq"] for change in page["changes"]] == found
    assert (page["length"], page["lastSeq"]) == (len(found), 5)


@pytest.mark.parametrize(
    "query",
    [
        "after=-1",
        "after=x",
        "after=",
        "after=1.5",
        "limit=0",
        "limit=-1",
        "limit=x",
        "limit=1&limit=1",
        "since=0",
        "after=99999999999999999999",
    ],
)
def test_a_query_of_the_log_that_makes_no_sense_is_refused(crm: Crm, query: str) -> None:
    declined(crm, 400, "query.invalid", "GET", f"/changes?{query}")


@pytest.mark.parametrize("by", [5, True, [], {}], ids=str)
def test_who_did_it_is_a_text(crm: Crm, by: Any) -> None:
    declined(crm, 422, "action.invalid", "POST", "/actions", {"create": {"set": EVENT, "by": by}})
