"""Events that are invented: exactly as many as asked for, and repeatable (contract, sections 4.1, 4.6 and 6)."""

from typing import Any

import pytest

from tests.served import MONDAY, Crm
from tests.unchanged import declined, ids, made, set_clock, subjects


def seeded(crm: Crm, **order: Any) -> list[Any]:
    """The new events' content."""
    before = len(crm.changes())
    response = crm.admin("POST", "/seed", order)
    assert response.status_code == 200, response.text
    changes = [change for change in crm.changes()[before:] if change["kind"] == "event"]
    return [{**change["after"], "id": "", "lastModifiedAt": ""} for change in changes]


@pytest.mark.parametrize("count", [0, 1, 2, 250])
def test_seeding_adds_exactly_as_many_events_as_it_is_told(crm: Crm, count: int) -> None:
    made(crm, subject="here already")
    seeded(crm, count=count, seed=7)
    assert len(crm.events()) == count + 1
    assert len(set(ids(crm.events()))) == count + 1


def test_seeding_adds_to_what_is_there(crm: Crm) -> None:
    seeded(crm, count=3, seed=7)
    seeded(crm, count=3, seed=7)
    assert len(crm.events()) == 6


def test_seeding_needs_to_be_told_nothing(crm: Crm) -> None:
    assert crm.admin("POST", "/seed").status_code == 200
    assert len(crm.events()) > 0


def test_seeding_does_not_tick_and_its_events_are_visible_at_once(crm: Crm) -> None:
    seeded(crm, count=5, seed=7)
    assert crm.now() == MONDAY
    assert {(change["op"], change["stamp"], change["visibleAt"]) for change in crm.changes()} == {
        ("created", MONDAY, MONDAY)
    }
    assert [change["kind"] for change in crm.changes()][-5:] == ["event"] * 5, "those whom they need come first"
    assert [change["seq"] for change in crm.changes()] == [*range(1, len(crm.changes()) + 1)]


def test_the_same_seed_invents_the_same_events(crm: Crm) -> None:
    first = seeded(crm, count=20, seed=7)
    crm.create()
    assert seeded(crm, count=20, seed=7) == first
    assert seeded(crm, count=20, seed=8) != first


def test_what_is_invented_depends_on_no_other_chance(crm: Crm) -> None:
    first = seeded(crm, count=20, seed=7)
    crm.act({"churn": {"creates": 3, "edits": 2}})
    assert seeded(crm, count=20, seed=7) == first


def test_between_given_instants_the_same_seed_invents_the_same_whatever_the_day(crm: Crm) -> None:
    order = {"count": 20, "seed": 7, "from": "2026-03-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"}
    first = seeded(crm, **order)
    set_clock(crm, now="2031-01-01T00:00:00Z")
    assert seeded(crm, **order) == first


def test_without_a_seed_the_sandbox_s_chance_is_drawn_upon(crm: Crm) -> None:
    start = crm.everything()
    first, second = seeded(crm, count=20), seeded(crm, count=20)
    assert subjects(first) != subjects(second)
    crm.admin("PUT", "/snapshot", start)
    assert seeded(crm, count=20) == first


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"),
        ("2026-03-01T09:30:00Z", "2026-03-01T10:30:00Z"),
        ("2026-03-01T09:30:00Z", "2026-03-01T09:30:00.001Z"),
        ("1990-01-01T00:00:00Z", "2090-01-01T00:00:00Z"),
    ],
)
def test_what_is_invented_begins_between_the_instants(crm: Crm, start: str, end: str) -> None:
    events = seeded(crm, count=50, seed=7, **{"from": start, "to": end})
    assert all(start[:19] <= event["startTime"][:19] <= event["endTime"][:19] for event in events)
    assert all(event["startTime"] < end.replace("00Z", "00.000Z") for event in events)


@pytest.mark.parametrize("start", ["0002-01-01T00:00:00Z", "2026-03-01T09:30:00Z", "9998-12-31T23:59:59Z"])
def test_with_nothing_but_a_from_nothing_begins_before_it(crm: Crm, start: str) -> None:
    assert all(event["startTime"][:19] >= start[:19] for event in seeded(crm, count=50, seed=7, **{"from": start}))


@pytest.mark.parametrize("end", ["0002-01-02T00:00:00Z", "2026-03-01T09:30:00Z", "9998-12-31T23:59:59Z"])
def test_with_nothing_but_a_to_everything_begins_before_it(crm: Crm, end: str) -> None:
    assert all(event["startTime"][:19] < end[:19] for event in seeded(crm, count=50, seed=7, to=end))


@pytest.mark.parametrize("now", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z"])
def test_seeding_keeps_within_the_calendar(crm: Crm, now: str) -> None:
    set_clock(crm, now=now)
    assert len(seeded(crm, count=50, seed=7)) == 50


@pytest.mark.parametrize(
    "order",
    [
        {"count": -1},
        {"count": 1.5},
        {"count": "5"},
        {"count": None},
        {"count": True},
        {"count": 5, "seed": "x"},
        {"count": 5, "from": "2026-03-01"},
        {"count": 5, "from": "2026-03-01T00:00:00Z", "to": "2026-03-01T00:00:00Z"},
        {"count": 5, "from": "2026-03-02T00:00:00Z", "to": "2026-03-01T00:00:00Z"},
        {"count": 5, "colour": "red"},
        {"count": 1_000_000_000},
        [],
        "many",
    ],
    ids=str,
)
def test_an_order_that_makes_no_sense_adds_nothing(crm: Crm, order: Any) -> None:
    declined(crm, 422, "seed.invalid", "POST", "/seed", order)
