"""Scenarios made smaller: nothing is left that could be left out, within a number of plays, and always the same."""

from collections.abc import Callable, Mapping
from typing import Any

from mockcrm.sandbox.scenario.fixture_file import scenario_of
from mockcrm.trials.random_scenarios import random_scenario
from mockcrm.trials.shrinking import Shrinking

SEED = next(seed for seed in range(100) if "'delete'" in str(random_scenario(seed, writing=False)))


def has_deletion(document: Mapping[str, Any]) -> bool:
    return any("delete" in step for step in document["steps"] if step != "sync")


def watched() -> tuple[list[Mapping[str, Any]], Callable[[Mapping[str, Any]], bool]]:
    """What is played, and what plays it."""
    played: list[Mapping[str, Any]] = []

    def fails(document: Mapping[str, Any]) -> bool:
        played.append(document)
        return has_deletion(document)

    return played, fails


def test_only_what_it_takes_is_left() -> None:
    smallest = Shrinking(has_deletion).smallest(random_scenario(SEED, writing=False))
    steps, (event,) = smallest["steps"], smallest["events"]
    assert sorted(steps, key=str) == ["sync", {"delete": {"event": event["key"]}}]
    assert {*smallest} == {"title", "clock", "events", "steps"}
    assert {*event} == {"key", "subject", "startTime", "endTime"}
    scenario_of(smallest)


def test_it_plays_no_more_than_it_may() -> None:
    played, fails = watched()
    start = random_scenario(SEED, writing=False)
    assert Shrinking(fails, plays=0).smallest(start) == start
    assert played == []
    Shrinking(fails, plays=3).smallest(start)
    assert len(played) == 3
    assert Shrinking(fails, seconds=-1).smallest(start) == start
    assert len(played) == 3


def test_no_scenario_is_played_twice_and_the_same_ones_each_time() -> None:
    orders = []
    for _ in range(2):
        played, fails = watched()
        Shrinking(fails).smallest(random_scenario(SEED, writing=False))
        orders.append([*map(str, played)])
    assert orders[0] == orders[1]
    assert len({*orders[0]}) == len(orders[0])


def test_a_scenario_that_never_fails_again_stays_as_it_is() -> None:
    assert Shrinking(lambda document: False).smallest(random_scenario(3)) == random_scenario(3)
