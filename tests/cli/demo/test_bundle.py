"""What happened in a demo is saved while it plays, and plays again: with all that an audience asks for."""

import json
from typing import Any

import pytest

import mockcrm
from mockcrm.cli.demo.tours.catalogue import TOURS
from mockcrm.client.types import Effect
from mockcrm.web.replay import replay
from tests.cli.demo.test_playing import Played, event_called
from tests.cli.demo.test_tours import Guided
from tests.samples import TIMES


def again(side: mockcrm.Crm) -> Any:
    """The bundle of a side, which plays again without a difference."""
    bundle = json.loads(json.dumps(side.bundle()))
    outcome = replay(bundle)
    assert (outcome.divergences, outcome.changed) == ((), ())
    return bundle


def edits_of_either_side(demo: Played) -> None:
    demo.crm.events.create(subject="Lunch", **TIMES)
    demo.sync()
    demo.mailbox.events.edit(event_called(demo.mailbox, "Lunch")["id"], location="Room Turing")
    demo.sync(2)
    demo.mailbox.events.delete(event_called(demo.mailbox, "Lunch")["id"])
    demo.sync(2)


def a_colleague(demo: Played) -> None:
    for _ in range(8):
        demo.call("POST", "/colleague")
        demo.sync()


TROUBLE: list[Effect] = [
    {"status": 503},
    {"disconnect": {"when": "after"}},
    {"rateLimit": {"requests": 1, "per": "1s"}},
    {"delay": "20ms"},
]


def trouble(demo: Played) -> None:
    for effect in TROUBLE:
        demo.crm.faults.add(effect, times=1)
        demo.call("POST", "/colleague")
        demo.mailbox.events.create(subject="Dinner", **TIMES)
        demo.sync(2)
        demo.crm.faults.clear()
        demo.sync()


def another_clock(demo: Played) -> None:
    demo.crm.clock.freeze()
    demo.call("POST", "/colleague")
    demo.crm.clock.advance("1h")
    demo.sync()
    demo.crm.clock.set(mode="running", rate=60)
    demo.sync(2)


@pytest.mark.parametrize("happens", [edits_of_either_side, a_colleague, trouble, another_clock])
@pytest.mark.parametrize("client", ["reference", "careless"])
def test_both_sides_of_a_demo_play_again(happens: Any, client: str) -> None:
    demo = Played(client)
    demo.sync()
    happens(demo)
    assert again(demo.crm)["steps"]
    assert again(demo.mailbox)["steps"]


def test_a_reset_of_the_demo_begins_a_new_bundle() -> None:
    demo = Played()
    demo.sync()
    demo.call("POST", "/colleague")
    before = again(demo.crm)
    demo.call("POST", "/reset")
    assert again(demo.crm)["steps"] == []
    demo.sync()
    assert 0 < len(again(demo.crm)["steps"]) < len(before["steps"])


@pytest.mark.parametrize("name", [*TOURS])
def test_what_a_tour_has_shown_plays_again_at_each_of_its_cards(name: str) -> None:
    guided = Guided()
    tour = guided.start(name)
    for card in range(1, tour["cards"] + 1):
        guided.go_to(card)
        assert guided.crm.feed()["recording"]["lost"] is None
        again(guided.crm)
        again(guided.mailbox)


def test_after_a_tour_a_new_bundle_begins() -> None:
    guided = Guided()
    guided.start("late-commit")
    guided.go_to(3)
    guided.call("DELETE", "/tour")
    assert not [each for each in again(guided.crm)["steps"] if each.get("client") == "careless"]
