"""What costs too much is refused before it begins, and changes nothing (contract, section 5)."""

import json
from typing import Any

import pytest

from mockcrm import create_app
from mockcrm.sandbox.bundle import load_bundle
from mockcrm.web.replaying import play_bundle
from mockcrm.web.representations.events import change_json
from tests.faults.faulting import add_fault, last
from tests.served import MONDAY, Crm
from tests.unchanged import EVENT, declined, made, not_done, set_clock

NOTHING: dict[str, Any] = {"touch": {"events": []}}
CHURN: dict[str, Any] = {"churn": {"creates": 1}}
TOUCH_ALL: dict[str, Any] = {"touch": {"events": "all"}}


def every(period: str, *actions: Any) -> dict[str, Any]:
    return {"schedule": {"every": period, "do": list(actions)}}


def by(duration: str) -> dict[str, Any]:
    return {"advance": {"by": duration}}


# Runs


def test_the_advances_of_a_list_run_ten_thousand_things_in_all(crm: Crm) -> None:
    crm.act(every("1ms", NOTHING))
    not_done(crm, 422, "clock.invalid", by("6s"), by("4001ms"))
    not_done(crm, 422, "clock.invalid", by("6s"), {"clock": {"now": "2026-01-05T09:00:10.001Z"}})
    results = crm.act(by("600ms"), by("400ms"))
    assert [len(each["ran"]) for each in results] == [600, 400]


@pytest.mark.parametrize(
    "actions",
    [
        [every("1ms", CHURN), *[by("10s")] * 999],
        [every("1ms", CHURN), by("10001ms")],
        [by("1h"), every("1ms", CHURN), {"clock": {"now": "2026-01-05T09:00:00Z"}}, by("2h")],
        [*[every("1s", CHURN)] * 10, *[by("1m")] * 20],
    ],
    ids=["many advances", "a long one", "there and back", "many schedules"],
)
def test_what_the_list_itself_schedules_is_counted_before_it_runs(
    crm: Crm, actions: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mockcrm.sandbox.state.State._run", None)
    not_done(crm, 422, "clock.invalid", *actions)


def test_what_nobody_could_foresee_is_counted_while_it_runs(crm: Crm) -> None:
    later = {"schedule": {"after": "1ms", "do": []}}
    crm.act(every("1s", *[later] * 200))
    assert len(crm.act(by("2s"), by("2s"))[0]["ran"]) == 2 + 200
    not_done(crm, 422, "clock.invalid", *[by("10s")] * 6)


def test_a_list_that_moves_no_clock_is_not_refused_for_what_is_due(crm: Crm) -> None:
    crm.act(every("1ms", NOTHING))
    set_clock(crm, tick="1m")
    results = crm.act({"create": {"set": EVENT}}, {"clock": {"tick": "1ms"}}, {"create": {"set": EVENT}})
    assert len(results) == 3


# Changes


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """One whole makes no more than 25 changes."""
    monkeypatch.setattr("mockcrm.sandbox.allowance.MAX_CHANGES", 25)


def ten(crm: Crm) -> None:
    crm.act(*({"create": {"set": EVENT, "key": f"e{number}"}} for number in range(10)))


@pytest.mark.parametrize(
    "actions",
    [
        [TOUCH_ALL] * 3,
        [{"churn": {"creates": 9, "edits": 9, "deletes": 8}}],
        [{"churn": {"creates": 13}}, {"churn": {"edits": 13}}],
        [{"touch": {"events": ["e1"] * 26}}],
        [NOTHING] * 26,
        [{"dialect": {"timestampPrecision": each}} for each in ("second", "minute", "millisecond")],
    ],
    ids=["touch all", "a churn", "churns", "one event time and again", "nothing", "stamps shown otherwise"],
)
@pytest.mark.usefixtures("few")
def test_one_list_makes_so_many_changes_and_no_more(crm: Crm, actions: list[Any]) -> None:
    ten(crm)
    not_done(crm, 422, "action.invalid", *actions)


@pytest.mark.usefixtures("few")
def test_an_action_that_stands_alone_may_touch_all_that_live(crm: Crm) -> None:
    crm.admin("POST", "/seed", {"count": 40, "seed": 1})
    (result,) = crm.act(TOUCH_ALL)
    assert len(result["changes"]) == 40
    not_done(crm, 422, "action.invalid", TOUCH_ALL, NOTHING)


@pytest.mark.usefixtures("few")
def test_an_advance_whose_things_change_too_much_is_refused(crm: Crm) -> None:
    ten(crm)
    crm.act(every("1m", TOUCH_ALL))
    assert len(crm.advance("2m")["ran"]) == 2
    declined(crm, 422, "clock.invalid", "POST", "/clock/advance", {"by": "3m"})
    not_done(crm, 422, "clock.invalid", by("2m"), by("1m"))


@pytest.mark.usefixtures("few")
def test_all_that_fault_rules_have_happen_in_one_request_is_one_whole(crm: Crm) -> None:
    ten(crm)
    for when in ("before", "before", "after", "after"):
        add_fault(crm, {"do": {"actions": [TOUCH_ALL], "when": when}})
    crm.api("GET", "/events")
    problems = [each.get("problem") for each in last(crm)["faults"]]
    assert problems[:2] == [None, None]
    assert all("More than 25 changes" in problem for problem in problems[2:])
    assert len(crm.changes()) == 30
    crm.api("GET", "/events")
    assert len(crm.changes()) == 50


# Scenarios


def test_the_steps_of_a_scenario_are_counted_before_they_run(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockcrm.sandbox.state.State._run", None)
    steps = [{"every": "1ms", "do": CHURN}, by("5s"), "sync", by("5s"), "sync", by("5s")]
    details = declined(crm, 422, "scenario.invalid", "PUT", "/scenario", {"clock": {"now": MONDAY}, "steps": steps})
    (problem,) = details["problems"]
    assert (problem["field"], "10,000 entries of the agenda" in problem["message"]) == ("steps", True)


@pytest.mark.usefixtures("few")
def test_all_that_the_steps_of_a_scenario_change_is_counted_together(crm: Crm) -> None:
    steps = [{"churn": {"creates": 13}}, "sync", {"churn": {"edits": 13}}]
    declined(crm, 422, "scenario.invalid", "PUT", "/scenario", {"clock": {"now": MONDAY}, "steps": steps})


def test_the_way_to_the_next_sync_is_one_whole(crm: Crm) -> None:
    steps = [by("6s"), {"note": "half way"}, by("6s"), "sync"]
    assert crm.admin("PUT", "/scenario", {"clock": {"now": MONDAY}, "steps": steps}).status_code == 200
    crm.act(every("1ms", NOTHING))
    declined(crm, 422, "clock.invalid", "POST", "/scenario/next")


# A clock that is behind


def fall_behind(crm: Crm) -> Any:
    """The clock, which has far more to do than it can."""
    ten(crm)
    crm.act(every("1ms", *[NOTHING] * 200, {"touch": {"events": ["e1"]}}))
    set_clock(crm, mode="running", rate=1_000_000)
    return crm.admin("GET", "/clock").json()


def test_a_clock_says_how_far_it_is_behind(crm: Crm) -> None:
    assert "behind" not in crm.admin("GET", "/clock").json()
    clock = fall_behind(crm)
    assert clock["behind"].startswith("P")
    assert set_clock(crm, rate=1)["behind"].startswith("P")
    assert "behind" not in set_clock(crm, mode="frozen")
    assert "behind" not in crm.admin("GET", "/clock").json()


def test_what_is_read_while_the_clock_is_behind_is_of_where_it_stands(crm: Crm) -> None:
    fall_behind(crm)
    page = crm.api("GET", "/events")
    stamps = [each["lastModifiedAt"] for each in page.json()["records"]]
    assert max(stamps) <= page.json()["asOf"]
    assert max(stamps) <= crm.create()["lastModifiedAt"]
    committed = [change["committedAt"] for change in crm.admin("GET", "/changes").json()["changes"]]
    assert committed == sorted(committed)


def test_a_crm_that_fell_behind_is_played_again_with_the_same_changes(
    crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mockcrm.crm.clock.MAX_CATCHING_UP", 0.02)
    fall_behind(crm)
    for number in range(3):
        since = crm.api("GET", "/events").json()["asOf"]
        crm.create(subject=f"number {number}")
        crm.admin("GET", "/clock")
        made(crm, f"made{number}")
        crm.api("GET", "/events", params={"since": since})
    payload = crm.admin("GET", "/replay").json()
    played = play_bundle(load_bundle(payload), create_app)
    assert (played.divergences, played.changed) == ((), ())
    assert json.loads(json.dumps(played.audit)) == payload["verdict"]
    now = [change_json(change) for change in played.sandbox.state.crm.store.changes()]
    assert len(now) > 100
    # Requests that only ask the controls have numbers, too, and are not played again.
    assert unnumbered(crm.changes()[: len(now)]) == unnumbered(now)


def unnumbered(log: list[Any]) -> list[Any]:
    return [{**change, "requestId": None} for change in log]
