"""Forks, and how sandboxes know nothing of each other (contract, sections 1 and 6)."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.making import Make, making, name_of
from tests.refusals import nothing_changes
from tests.rich import rich
from tests.served import Crm
from tests.unchanged import EVENT, edited, ids, set_clock, subjects, version


@pytest.fixture
def make(http: httpx.Client) -> Iterator[Make]:
    with making(http) as maker:
        yield maker


def test_what_happens_in_one_sandbox_happens_in_no_other(crm: Crm, make: Make) -> None:
    other = make(scenario="quickstart")
    with nothing_changes(other):
        crm.create()
        set_clock(crm, now="2030-01-01T00:00:00Z", tick="1h")
        crm.set_dialect(since="exclusive")
        crm.act({"churn": {"creates": 3}}, {"schedule": {"after": "1m", "do": [{"create": {"set": EVENT}}]}})
        crm.advance("1d")
        crm.admin("POST", "/reset", {"to": "empty"})


def everything_at_once(crm: Crm) -> None:
    """Changes of every kind."""
    crm.act(
        {"edit": {"event": "kickoff", "set": {"subject": "changed"}}},
        {"delete": {"event": "gone"}},
        {"create": {"set": EVENT, "key": "another"}},
        {"churn": {"creates": 5, "edits": 20, "deletes": 3}},
        {"touch": {"events": "all"}},
        {"schedule": {"every": "1m", "do": [{"touch": {"events": ["kickoff"]}}]}},
        {"dialect": {"since": "exclusive", "timestampPrecision": "second"}},
        {"advance": {"by": "1h"}},
        {"clock": {"tick": "1s"}},
    )
    crm.api("POST", "/events", EVENT, headers={"Idempotency-Key": "twice"})


def test_a_fork_begins_as_the_other_stands(crm: Crm, make: Make) -> None:
    rich(crm)
    fork = make(**{"from": name_of(crm)})
    assert fork.everything() == crm.everything()
    for path in ("/events", "/events?since=2000-01-01T00:00:00Z", "/deletedEvents"):
        answer = fork.api("GET", path)
        assert (answer.status_code, answer.json()) == (200, crm.api("GET", path).json())


def test_a_fork_knows_nothing_of_what_becomes_of_its_parent(crm: Crm, make: Make) -> None:
    rich(crm)
    fork = make(**{"from": name_of(crm)})
    listed = fork.events()
    with nothing_changes(fork):
        everything_at_once(crm)
        crm.admin("POST", "/reset", {"to": "empty"})
    assert fork.events() == listed


def test_the_parent_knows_nothing_of_what_becomes_of_a_fork(crm: Crm, make: Make) -> None:
    rich(crm)
    listed = crm.events()
    with nothing_changes(crm):
        fork = make(**{"from": name_of(crm)})
        everything_at_once(fork)
        fork.http.delete(f"/admin/sandboxes/{name_of(fork)}")
    assert crm.events() == listed


def test_fork_and_parent_do_the_same_when_told_the_same(crm: Crm, make: Make) -> None:
    rich(crm)
    fork = make(**{"from": name_of(crm)})
    for each in (crm, fork):
        everything_at_once(each)
    without_numbers = [[change | {"requestId": None} for change in each.changes()] for each in (crm, fork)]
    assert without_numbers[0] == without_numbers[1]
    assert fork.everything()["chance"] == crm.everything()["chance"]


def test_an_idempotency_key_that_was_used_before_the_fork_is_used_in_it_too(crm: Crm, make: Make) -> None:
    rich(crm)
    fork = make(**{"from": name_of(crm)})
    with nothing_changes(fork):
        again = fork.api("POST", "/events", EVENT, headers={"Idempotency-Key": "once"})
    assert again.json()["id"] in ids(crm.events())


def test_a_fork_can_have_another_dialect_another_seed_and_more_events(crm: Crm, make: Make) -> None:
    rich(crm)
    fork = make(**{"from": name_of(crm), "dialect": {"since": "exclusive"}, "seed": 5, "count": 3})
    dialect = fork.admin("GET", "/dialect").json()
    assert (dialect["since"], dialect["unknownFields"]) == ("exclusive", "keep")
    assert len(fork.events()) == len(crm.events()) + 3
    assert fork.everything()["chance"] != crm.everything()["chance"]
    assert fork.now() == crm.now()


@pytest.mark.parametrize("order", [{"count": 5}, {"count": 5, "seed": 7}], ids=["from chance", "from a seed"])
def test_more_events_are_the_same_in_a_fork_as_in_a_sandbox_that_begins_and_as_seeded_later(
    make: Make, order: dict[str, Any]
) -> None:
    plain = make(scenario="quickstart")
    begun, forked = make(scenario="quickstart", **order), make(**{"from": name_of(plain), **order})
    assert plain.admin("POST", "/seed", order).status_code == 200
    assert subjects(begun.events()) == subjects(forked.events()) == subjects(plain.events())
    assert begun.everything()["chance"] == forked.everything()["chance"]


def test_a_fork_of_a_fork_stands_alone_as_well(crm: Crm, make: Make) -> None:
    rich(crm)
    fork = make(**{"from": name_of(crm)})
    edited(fork, "kickoff", subject="in the fork")
    second = make(**{"from": name_of(fork)})
    edited(second, "kickoff", subject="in the second")
    payload = [version(each, "kickoff")["subject"] for each in (crm, fork, second)]
    assert payload == ["seen first", "in the fork", "in the second"]


def test_requests_are_counted_in_each_sandbox(crm: Crm, make: Make) -> None:
    other = make()
    assert [each.api("GET", "/events").headers["X-Request-Id"] for each in (crm, crm, other)] == ["1", "2", "1"]
