"""Things that happen in the CRM just before or just after a request: the effect `do` (docs/reference/faults.md)."""

from typing import Any

import httpx
import pytest

from tests.faults.faulting import add_fault, five, last, noted, ops, page, rows
from tests.served import BOTH, MONDAY, Crm
from tests.unchanged import EVENT, made, subjects

pytestmark = BOTH

LOOSE: dict[str, Any] = {"set": EVENT | {"subject": "Meddled"}}


def test_what_happens_before_is_seen_by_the_request(crm: Crm) -> None:
    add_fault(crm, {"do": [{"create": LOOSE}]})
    assert subjects(crm.events()) == ["Meddled"]
    assert noted(crm)["faults"] == ["do"]


def test_what_happens_after_is_seen_by_the_next(crm: Crm) -> None:
    add_fault(crm, {"do": {"actions": [{"create": LOOSE}], "when": "after"}}, times=1)
    assert crm.events() == []
    assert subjects(crm.events()) == ["Meddled"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_the_request_s_own_change_comes_after_or_before(crm: Crm, when: str) -> None:
    add_fault(crm, {"do": {"actions": [{"create": LOOSE}], "when": when}}, {"operation": "createEvent"})
    own = crm.create(subject="Own")
    log = crm.changes()
    assert [each["origin"] for each in log] == {"before": ["crm", "client"], "after": ["client", "crm"]}[when]
    assert last(crm)["changes"] == [each["seq"] for each in log if each["eventId"] == own["id"]]
    assert [each["requestId"] for each in log if each["origin"] == "crm"] == [None]


def test_an_edit_between_two_pages_moves_a_row_of_a_delta_to_the_end(crm: Crm) -> None:
    ids = [made(crm, key) for key in "abcde"]
    edit = {"edit": {"event": "b", "set": {"subject": "Moved"}}}
    add_fault(crm, {"do": edit}, {"operation": "listEvents", "page": 3}, times=1)
    first = page(crm, since=MONDAY, limit=2)
    second = page(crm, pageToken=first["nextPageToken"])
    third = page(crm, pageToken=second["nextPageToken"])
    assert [rows(each) for each in (first, second, third)] == [ids[:2], ids[2:4], [ids[4], ids[1]]]
    assert subjects(third["records"]) == [None, "Moved"]


def test_a_deletion_between_the_two_lists_is_missed_by_the_one_and_shown_by_the_other(crm: Crm) -> None:
    made(crm, "kickoff")
    add_fault(crm, {"do": {"delete": {"event": "kickoff"}}}, {"operation": "listDeletedEvents"}, times=1)
    living = page(crm, since=MONDAY)
    dead = page(crm, "/deletedEvents", since=MONDAY)
    assert rows(living) == rows(dead)
    assert dead["asOf"] > living["asOf"]


def test_a_write_meets_an_event_that_was_changed_a_moment_ago(crm: Crm) -> None:
    made(crm, "kickoff")
    event = crm.events()[0]["id"]
    tag = crm.api("GET", f"/events/{event}").headers["ETag"]
    add_fault(crm, {"do": {"touch": {"events": ["kickoff"]}}}, {"operation": "updateEvent"}, times=1)
    late = crm.api("PATCH", f"/events/{event}", {"subject": "x"}, headers={"If-Match": tag})
    assert late.status_code == 412
    assert ops(crm) == ["created", "updated"]


def test_a_do_that_is_refused_is_noted_and_the_request_is_answered(crm: Crm) -> None:
    add_fault(crm, {"do": [{"create": LOOSE}, {"delete": {"event": "nobody"}}]}, name="clumsy")
    assert crm.events() == []
    (applied,) = last(crm)["faults"]
    assert applied.items() >= {"id": "f1", "name": "clumsy", "effect": "do"}.items()
    assert "nobody" in applied["problem"]
    assert crm.changes() == []


def test_a_do_that_is_refused_afterwards_is_noted_too(crm: Crm) -> None:
    add_fault(crm, {"do": {"actions": {"restore": {"event": "nobody"}}, "when": "after"}})
    event = crm.create()
    assert "nobody" in last(crm)["faults"][0]["problem"]
    assert crm.events() == [event]


def test_one_refused_do_does_not_stop_another(crm: Crm) -> None:
    add_fault(crm, {"do": {"delete": {"event": "nobody"}}})
    add_fault(crm, {"do": {"create": LOOSE}})
    assert subjects(crm.events()) == ["Meddled"]
    assert [each.get("problem") is None for each in last(crm)["faults"]] == [False, True]


def test_it_can_move_the_clock(crm: Crm) -> None:
    add_fault(crm, {"do": {"advance": {"by": "1h"}}}, times=1)
    assert page(crm)["asOf"] == "2026-01-05T10:00:00.000Z"


def test_it_can_bring_faults_and_take_them_away(crm: Crm) -> None:
    add_fault(crm, {"do": [{"clearFaults": {}}, {"fault": {"effect": {"status": 503}, "times": 1}}]})
    assert [crm.api("GET", "/events").status_code for _ in range(3)] == [200, 503, 200]


def test_it_happens_although_the_crm_never_hears_of_the_request(crm: Crm) -> None:
    add_fault(crm, {"status": 503})
    add_fault(crm, {"do": {"create": LOOSE}})
    assert crm.api("GET", "/events").status_code == 503
    assert noted(crm)["faults"] == ["status", "do"]
    assert ops(crm) == ["created"]


def test_a_hundred_events_appear_behind_a_paged_read(crm: Crm) -> None:
    everything = five(crm)
    add_fault(crm, {"do": {"churn": {"creates": 100}}}, {"page": 2}, times=1)
    first = page(crm, since=MONDAY, limit=3)
    second = page(crm, pageToken=first["nextPageToken"], limit=3)
    assert rows(first) == everything[:3]
    assert rows(second)[:2] == everything[3:]
    assert len([each for each in crm.changes() if each["kind"] == "event"]) == 105


def test_what_happens_after_happens_although_the_connection_broke_before(crm: Crm) -> None:
    add_fault(crm, "disconnect", times=1)
    add_fault(crm, {"do": {"actions": {"create": LOOSE}, "when": "after"}}, times=1)
    with pytest.raises(httpx.ReadError):
        crm.events()
    assert noted(crm)["faults"] == ["disconnect", "do"]
    assert ops(crm) == ["created"]
