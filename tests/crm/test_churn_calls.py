"""Random changes that can be repeated (contract, sections 4.6 and 6)."""

from typing import Any

import pytest

from tests.served import Crm
from tests.unchanged import not_done, subjects


def test_churn_makes_edits_and_deletes_as_many_as_it_is_told(crm: Crm) -> None:
    (result,) = crm.act({"churn": {"creates": 5, "edits": 4, "deletes": 3, "seed": 1}})
    assert result["verb"] == "churn"
    ops = [change["op"] for change in crm.changes() if change["kind"] == "event"]
    assert ops == ["created"] * 5 + ["updated"] * 4 + ["deleted"] * 3
    assert len(crm.events()) == 2


def churned(crm: Crm, **arguments: Any) -> list[Any]:
    before = len(crm.changes())
    crm.act({"churn": {"creates": 8, "edits": 8, "deletes": 4, **arguments}})
    return [change for change in crm.changes()[before:] if change["kind"] == "event"]


def test_the_same_seed_churns_the_same(crm: Crm) -> None:
    start = crm.everything()
    first = churned(crm, seed=42)
    crm.admin("PUT", "/snapshot", start)
    assert [change["after"] for change in churned(crm, seed=42)] == [change["after"] for change in first]
    crm.admin("PUT", "/snapshot", start)
    assert [change["after"] for change in churned(crm, seed=43)] != [change["after"] for change in first]


def test_churn_without_a_seed_draws_from_the_sandbox_s_own_chance(crm: Crm) -> None:
    start = crm.everything()
    first, second = churned(crm), churned(crm)
    assert subjects([each["after"] for each in first[:8]]) != subjects([each["after"] for each in second[:8]])
    crm.admin("PUT", "/snapshot", start)
    again = churned(crm)
    assert [change["after"] for change in again] == [change["after"] for change in first]


def test_churn_with_a_seed_leaves_the_sandbox_s_chance_alone(crm: Crm) -> None:
    before = crm.everything()["chance"]
    churned(crm, seed=42)
    assert crm.everything()["chance"] == before
    churned(crm)
    assert crm.everything()["chance"] != before


@pytest.mark.parametrize("now", ["0001-01-01T00:00:00Z", "9999-12-31T00:00:00Z"])
def test_churn_keeps_within_the_calendar(crm: Crm, now: str) -> None:
    crm.admin("PUT", "/clock", {"now": now})
    crm.act({"churn": {"creates": 50, "edits": 500, "deletes": 10, "seed": 1}})
    assert len(crm.events()) == 40


@pytest.mark.parametrize(
    "counts",
    [
        {"edits": 1},
        {"deletes": 1},
        {"creates": 1, "deletes": 2},
        {"creates": -1},
        {"creates": "1"},
        {"creates": 1.5},
        {"creates": True},
        {"edits": None},
        {"creates": 1, "seed": "x"},
        {"creates": 1, "updates": 1},
    ],
    ids=str,
)
def test_churn_of_more_than_there_is_or_of_no_number_is_refused(crm: Crm, counts: dict[str, Any]) -> None:
    not_done(crm, 422, "action.invalid", {"churn": counts})
