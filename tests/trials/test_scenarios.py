"""Scenario files out of trials: each catches its mutant, spares the careful client, and is shown in the docs."""

from pathlib import Path

import pytest

from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.sandbox.scenario.fixture_file import read_scenario
from mockcrm.trials.run import run_trial
from tests.trials.scenarios import CAUGHT, FOLDER, caught, scenario_of
from tests.trials.worlds import World

DOCS = Path(__file__).parent.parent.parent / "docs" / "contributing" / "trials.md"


def test_a_file_says_what_happened_and_brings_it_about_again() -> None:
    world = World({"since": "exclusive"}, {Safeguard.READ_BEFORE_WRITE})
    for verb in ("create", "sync", "clash", "race", "lost", "sync"):
        world.take((verb, {}))
    text = scenario_of(world, "A title: with a colon", "What happened.")
    payload = read_scenario(text, "payload")
    assert (payload.title, len(payload.records)) == ("A title: with a colon", 1)
    codes = {found.kind.code for found in world.findings() if found.kind.severity != "note"}
    assert (
        codes
        == {found.kind.code for found in run_trial(payload, {Safeguard.READ_BEFORE_WRITE}).grave}
        == {"overwrite.blind"}
    )


@pytest.mark.parametrize("mutant", CAUGHT)
def test_a_file_that_was_found_catches_its_mutant_and_spares_the_careful_client(mutant: str) -> None:
    text = (FOLDER / f"{mutant.replace(' ', '-')}.yaml").read_text(encoding="utf-8")
    run = read_scenario(text, mutant).run
    assert run
    assert caught(mutant, text) == run.raw["story"]["what"].strip()
    assert text in DOCS.read_text(encoding="utf-8")
