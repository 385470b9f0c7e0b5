"""Lists: the interval, the delta, tombstones, and the parameters that ask for them (contract, section 3)."""

from typing import Any

import pytest

from tests.refusals import nothing_changes
from tests.served import MONDAY, Crm

EVENTS, DELETED = "/events", "/deletedEvents"


def day(number: int) -> dict[str, str]:
    """An hour of a day in January 2026, as the arguments of `create`."""
    return {"start": f"2026-01-{number:02}T09:00:00Z", "end": f"2026-01-{number:02}T10:00:00Z"}


def ids(records: list[Any]) -> list[str]:
    return [record["id"] for record in records]


def delete(crm: Crm, event: Any) -> dict[str, Any]:
    """Delete an event as a client, and give the tombstone that the contract promises."""
    assert crm.api("DELETE", f"/events/{event['id']}").status_code == 204
    return {"id": event["id"], "deleted": True, "deletedAt": crm.now(), "lastModifiedAt": crm.now()}


def edit(crm: Crm, event: Any, **fields: Any) -> Any:
    response = crm.api("PATCH", f"/events/{event['id']}", fields)
    assert response.status_code == 200, response.text
    return response.json()


def deleted(crm: Crm, **parameters: Any) -> Any:
    return crm.api("GET", DELETED, params=parameters).json()["records"]


@pytest.mark.parametrize("path", [EVENTS, DELETED])
def test_a_list_is_a_page_that_says_when_it_was_true(crm: Crm, path: str) -> None:
    crm.act({"clock": {"now": "2026-03-01T00:00:00Z"}})
    empty = {"records": [], "length": 0, "nextPageToken": None, "asOf": "2026-03-01T00:00:00.000Z"}
    assert crm.api("GET", path).json() == empty


def test_reading_changes_nothing(crm: Crm) -> None:
    delete(crm, crm.create())
    with nothing_changes(crm):
        for path in (EVENTS, "/events?since=0&showDeleted=true", "/events?startAt=0&limit=1", DELETED):
            assert crm.api("GET", path).status_code == 200


# The interval


@pytest.mark.parametrize(
    ("start_at", "end_at", "shown"),
    [
        ("09:00", "10:00", True),
        ("08:00", "09:00", False),
        ("10:00", "11:00", False),
        ("08:00", "09:00:00.001", True),
        ("09:59:59.999", "11:00", True),
        ("09:15", "09:45", True),
        ("08:00", "11:00", True),
        ("09:30", "09:30", True),
        ("09:00", "09:00", False),
        ("10:00", "10:00", False),
        (None, "09:00", False),
        (None, "09:00:00.001", True),
        ("10:00", None, False),
        ("09:59:59.999", None, True),
        ("09:00", None, True),
    ],
)
def test_an_event_of_an_hour_is_in_the_intervals_that_it_overlaps(
    crm: Crm, start_at: str | None, end_at: str | None, shown: bool
) -> None:
    event = crm.create("2026-01-06T09:00:00Z", "2026-01-06T10:00:00Z")
    assert crm.events(**window(start_at, end_at)) == ([event] if shown else [])


@pytest.mark.parametrize(
    ("start_at", "end_at", "shown"),
    [
        ("09:00", "10:00", True),
        ("08:00", "10:00", True),
        ("09:00", "09:00:00.001", True),
        ("08:00", "09:00", False),
        ("09:00", "09:00", False),
        ("09:00:00.001", "10:00", False),
        ("09:00", None, True),
        ("09:00:00.001", None, False),
        (None, "09:00", False),
        (None, "09:00:00.001", True),
    ],
)
def test_an_event_of_no_length_is_in_the_interval_that_it_starts_in(
    crm: Crm, start_at: str | None, end_at: str | None, shown: bool
) -> None:
    event = crm.create("2026-01-06T09:00:00Z", "2026-01-06T09:00:00Z")
    assert crm.events(**window(start_at, end_at)) == ([event] if shown else [])


def window(start_at: str | None, end_at: str | None) -> dict[str, str]:
    """The parameters of an interval on 6 January, of whose bounds either may be left out."""
    bounds = {"startAt": start_at, "endAt": end_at}
    return {name: f"2026-01-06T{time if time[5:] else time + ':00'}Z" for name, time in bounds.items() if time}


@pytest.mark.parametrize("parameters", [{}, {"startAt": "2026-01-01T00:00:00Z"}, {"endAt": "2026-02-01T00:00:00Z"}])
def test_an_interval_is_in_order_of_start_and_then_of_id(crm: Crm, parameters: dict[str, str]) -> None:
    later, sooner = crm.create(**day(8)), crm.create(**day(7))
    long_ago = crm.create("2025-01-01T00:00:00Z", "2027-01-01T00:00:00Z")
    assert ids(crm.events(**parameters)) == ids([long_ago, sooner, later])


def test_ids_are_compared_as_strings(crm: Crm) -> None:
    start, end = day(7)["start"], day(7)["end"]
    crm.act(*({"create": {"set": {"id": each, "startTime": start, "endTime": end}}} for each in ("9", "10", "100")))
    assert ids(crm.events()) == ids(crm.events(startAt=start)) == ["10", "100", "9"]


def test_an_interval_shows_where_an_event_is_and_not_where_it_was(crm: Crm) -> None:
    event = crm.create(**day(7))
    moved = edit(crm, event, startTime="2026-01-20T09:00:00Z", endTime="2026-01-20T10:00:00Z")
    assert crm.events(endAt="2026-01-15T00:00:00Z") == []
    assert crm.events(startAt="2026-01-15T00:00:00Z") == [moved]


# The delta


def test_since_gives_what_was_modified_then_or_later_in_order_of_its_stamp(crm: Crm) -> None:
    first, second, third = (crm.create(**day(number)) for number in (9, 8, 7))
    assert crm.events(since=MONDAY) == [first, second, third]
    assert crm.events(since=second["lastModifiedAt"]) == [second, third]
    first = edit(crm, first, subject="Moved to the end")
    assert crm.events(since=second["lastModifiedAt"]) == [second, third, first]
    assert crm.events(since="2026-01-05T09:00:00.005Z") == []


def test_a_crm_may_leave_out_what_was_modified_exactly_then(crm: Crm) -> None:
    crm.set_dialect(since="exclusive")
    first, second = crm.create(), crm.create()
    gone = delete(crm, crm.create())
    assert crm.events(since=first["lastModifiedAt"]) == [second]
    assert crm.events(since=second["lastModifiedAt"]) == []
    assert crm.events(since=second["lastModifiedAt"], showDeleted="true") == [gone]
    assert crm.events(since=gone["lastModifiedAt"], showDeleted="true") == []


@pytest.mark.parametrize(("bound", "shown"), [("inclusive", 3), ("exclusive", 0)])
def test_equal_stamps_are_in_order_of_commit_and_stand_or_fall_together(crm: Crm, bound: str, shown: int) -> None:
    crm.set_dialect(since=bound)
    crm.act({"clock": {"tick": "0s"}})
    events = [crm.create(**day(number)) for number in (9, 7, 8)]
    assert crm.events(since="2026-01-05T08:59:59.999Z") == events
    assert crm.events(since=MONDAY) == events[:shown]


def test_an_event_is_in_the_delta_once(crm: Crm) -> None:
    event = crm.create()
    for subject in ("a", "b", "c"):
        event = edit(crm, event, subject=subject)
    assert crm.events(since=MONDAY) == [event]


# Tombstones


@pytest.mark.parametrize("parameters", [{}, {"since": MONDAY}, {"startAt": MONDAY}, {"endAt": "2027-01-01T00:00:00Z"}])
def test_tombstones_are_shown_on_any_list_that_asks_for_them(crm: Crm, parameters: dict[str, str]) -> None:
    event, doomed = crm.create(), crm.create()
    tombstone = delete(crm, doomed)
    assert crm.events(**parameters) == crm.events(**parameters, showDeleted="false") == [event]
    assert crm.events(**parameters, showDeleted="true") == [event, tombstone]


def test_a_tombstone_stands_where_its_event_stood(crm: Crm) -> None:
    events = [crm.create(**day(number)) for number in (7, 8, 9)]
    tombstone = delete(crm, events[1])
    assert crm.events(showDeleted="true") == [events[0], tombstone, events[2]]
    assert crm.events(since=MONDAY, showDeleted="true") == [events[0], events[2], tombstone]


def test_a_tombstone_has_the_last_interval_of_its_event(crm: Crm) -> None:
    event = edit(crm, crm.create(**day(7)), startTime="2026-01-20T09:00:00Z", endTime="2026-01-20T10:00:00Z")
    tombstone = delete(crm, event)
    assert crm.events(endAt="2026-01-15T00:00:00Z", showDeleted="true") == []
    assert crm.events(startAt="2026-01-15T00:00:00Z", showDeleted="true") == [tombstone]


def test_deleted_events_are_in_order_of_their_deletion(crm: Crm) -> None:
    first, second, third = (crm.create(**day(number)) for number in (7, 8, 9))
    tombstones = [delete(crm, event) for event in (second, first)]
    crm.create()
    tombstones.append(delete(crm, third))
    assert deleted(crm) == deleted(crm, since=MONDAY) == tombstones
    assert deleted(crm, since=tombstones[1]["deletedAt"]) == tombstones[1:]
    assert deleted(crm, since="2026-01-05T10:00:00Z") == []


def test_deleted_events_have_the_same_bound(crm: Crm) -> None:
    crm.set_dialect(since="exclusive")
    tombstones = [delete(crm, crm.create()) for _ in range(2)]
    assert deleted(crm) == tombstones
    assert deleted(crm, since=tombstones[0]["deletedAt"]) == tombstones[1:]


def test_a_restored_event_has_no_tombstone(crm: Crm) -> None:
    event = crm.create()
    delete(crm, event)
    crm.act({"restore": {"event": event["id"]}})
    assert deleted(crm) == []
    assert crm.events(showDeleted="true") == crm.events(since=MONDAY) == [event | {"lastModifiedAt": crm.now()}]


# Both kinds of parameter


def test_interval_and_since_together_are_the_intersection_in_delta_order(crm: Crm) -> None:
    early, late, other, gone = (crm.create(**day(number)) for number in (8, 7, 20, 9))
    tombstone = delete(crm, gone)
    early = edit(crm, early, subject="x")
    both = {"since": late["lastModifiedAt"], "startAt": "2026-01-01T00:00:00Z", "endAt": "2026-01-15T00:00:00Z"}
    assert crm.events(**both) == [late, early]
    assert crm.events(**both, showDeleted="true") == [late, tombstone, early]
    assert crm.events(since=MONDAY, startAt="2026-01-15T00:00:00Z") == [other]


def test_what_has_moved_out_of_the_interval_is_simply_absent(crm: Crm) -> None:
    event = crm.create(**day(7))
    both = {"since": crm.now(), "endAt": "2026-01-15T00:00:00Z"}
    assert crm.events(**both) == [event]
    edit(crm, event, startTime="2026-01-20T09:00:00Z", endTime="2026-01-20T10:00:00Z")
    assert crm.events(**both, showDeleted="true") == []
    delete(crm, event)
    assert crm.events(**both, showDeleted="true") == []


def test_an_event_of_no_length_is_in_the_intersection_by_the_same_rule(crm: Crm) -> None:
    event = crm.create("2026-01-06T09:00:00Z", "2026-01-06T09:00:00Z")
    assert crm.events(since=MONDAY, startAt="2026-01-06T09:00:00Z", endAt="2026-01-06T10:00:00Z") == [event]
    assert crm.events(since=MONDAY, startAt="2026-01-06T08:00:00Z", endAt="2026-01-06T09:00:00Z") == []
