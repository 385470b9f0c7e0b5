"""Scenarios drawn from a seed: each is a valid fixture file, the same one again, and fair to a correct client."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from mockcrm.base.strict_yaml import flow_style, read_yaml
from mockcrm.sandbox.scenario.fixture_file import read_scenario
from mockcrm.trials.fixture_text import fixture_text
from mockcrm.trials.random_scenarios import random_scenario
from mockcrm.trials.random_trials import careful_client, random_hazards
from mockcrm.trials.suite import Suite, TrialSettings, own_server

SEEDS = range(200)
MOST_SYNCS = 5


def steps(seed: int, verb: str) -> Iterator[Mapping[str, Any]]:
    for step in random_scenario(seed)["steps"]:
        if isinstance(step, Mapping) and verb in step:
            yield step[verb]


def test_a_seed_draws_the_same_scenario_again_and_another_seed_another_one() -> None:
    drawn = [random_scenario(seed) for seed in SEEDS]
    assert drawn == [random_scenario(seed) for seed in SEEDS]
    assert len({fixture_text({**each, "title": ""}) for each in drawn}) == len(SEEDS)


def test_each_is_a_fixture_file_that_reads_as_it_was_drawn() -> None:
    for seed in SEEDS:
        text = fixture_text(random_scenario(seed))
        read_scenario(text, str(seed))
        assert read_yaml(text).data == random_scenario(seed)


def test_each_is_short_and_ends_with_a_sync_in_which_nothing_goes_wrong() -> None:
    for seed in SEEDS:
        played = random_scenario(seed)["steps"]
        assert 3 <= played.count("sync") <= MOST_SYNCS
        rules = [place for place, step in enumerate(played) if "fault" in step or "on" in step]
        cleared = played.index({"clearFaults": {}}) if rules else len(played)
        assert max(rules, default=-1) < cleared
        assert "sync" not in played[cleared : played.index({"advance": {"by": "10m"}})]
        assert played[-1] == "sync"


def test_users_change_what_an_earlier_sync_has_brought_or_what_they_made() -> None:
    acted, many = 0, range(2_000)
    for seed in many:
        scenario = random_scenario(seed)
        there, brought = {event["key"] for event in scenario["events"]}, set[str]()
        for step in scenario["steps"]:
            if step == "sync":
                brought |= there
            elif "create" in step:
                there.add(step["create"]["key"])
            elif "mailbox" in step:
                ((verb, what),) = step["mailbox"].items()
                brought |= {what["as"]} if verb == "create" else set()
                assert verb == "create" or what["event"] in brought
                acted += verb != "create"
    assert acted > len(many) / 2


def test_a_client_that_does_not_write_gets_no_mailbox() -> None:
    assert any("mailbox" in str(random_scenario(seed)) for seed in SEEDS)
    assert not any("mailbox" in str(random_scenario(seed, writing=False)) for seed in SEEDS)


@pytest.mark.parametrize("settings", [TrialSettings(mailbox=False), TrialSettings(writes=False)])
def test_what_the_client_does_not_do_is_not_drawn(settings: TrialSettings) -> None:
    assert [each.name for each in random_hazards(40, settings) if each.has_mailbox] == []


def test_seed_and_dialect_of_a_trial_are_in_its_files() -> None:
    first, second = random_hazards(2, TrialSettings(seed=17, dialect="google"))
    assert (first.name, second.name) == ("random-17", "random-18")
    assert first.document["steps"] == random_scenario(17)["steps"]
    assert first.document["dialect"]["name"] == "google"


def test_a_scenario_is_played_alike_wherever_the_seeds_begin() -> None:
    settings = [TrialSettings(seed=seed, dialect="google") for seed in (17, 18)]
    among, alone = random_hazards(2, settings[0])[1], random_hazards(1, settings[1])[0]
    assert settings[0].document(among) == settings[1].document(alone)


def test_the_careful_client_passes_all() -> None:
    drawn = random_hazards(60, TrialSettings())
    with own_server() as server:
        report = Suite(server, careful_client).run(drawn, "the reference client")
    assert [(each.hazard.name, *each.reasons) for each in report.trials if each.outcome != "passed"] == []
    assert len(report.trials) == len(drawn)


@pytest.mark.parametrize(
    "value",
    ["yes", "null", "1e3", "0x1f", "~", "", "a: b #c", "1:30", "2026-01-05", "- x", "<<", "One\n2", " blank ", "\x85ö"],
)
def test_a_text_in_flow_style_reads_as_the_same_text(value: str) -> None:
    document = {"on": [value, 1, 1.5, True, None, {value: value}]}
    text = flow_style(document)
    assert "\n" not in text
    assert read_yaml(text).data == document
    assert text.startswith("{on: [")
