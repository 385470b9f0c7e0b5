"""Clients of other designs: the careful ones are spared by everything, and each mutant is caught in its scenario."""

from functools import cache

import pytest

from mockcrm.reference_client.designs import DESIGNS
from mockcrm.sandbox.sandbox import Sandbox
from mockcrm.trials.cause_scenarios import CAUSE_SCENARIOS
from mockcrm.trials.design_table import (
    BEYOND_CARE,
    MUTANTS_OF_DESIGNS,
    caught,
    mutant_row,
    play_mutant,
    spared,
)
from mockcrm.trials.hazards import READ_HAZARDS, WRITE_HAZARDS
from mockcrm.trials.mutants import Mutant
from mockcrm.trials.run import TrialResult
from tests.trials.table import PAGE

OTHERS = [design for design in DESIGNS if design != "delta"]
EVERY = tuple(dict.fromkeys((*READ_HAZARDS, *WRITE_HAZARDS)))
WITHOUT_HARM = {"follows repeated tokens", "old body under a new tag", "repeats what is refused"}
"""Mutants that neither lose nor damage an event in their scenarios, but get nowhere, or may have meant it."""


@pytest.fixture(autouse=True)
def _no_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client within this process has no time-out, so that a delay changes nothing but the length of the test."""
    monkeypatch.setattr(Sandbox, "pause", lambda *_: None)


@cache
def trial_of(name: str) -> TrialResult:
    return play_mutant(next(each for each in MUTANTS_OF_DESIGNS if each.name == name))


@pytest.mark.parametrize("hazard", EVERY)
def test_every_hazard_spares_the_careful_clients_of_other_designs(hazard: str) -> None:
    hurt = {design for design in OTHERS if not spared(hazard, design)}
    assert hurt == {*BEYOND_CARE.get(hazard, ())}


@pytest.mark.parametrize("mutant", MUTANTS_OF_DESIGNS, ids=lambda mutant: mutant.name)
def test_what_undoes_a_mutant_spares_the_careful_clients_of_all_designs(mutant: Mutant) -> None:
    hurt = {design for design in DESIGNS if not spared(mutant.name, design)}
    assert hurt == {*BEYOND_CARE.get(mutant.name, ())}


@pytest.mark.parametrize("mutant", MUTANTS_OF_DESIGNS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_caught_by_the_finding_that_is_meant_for_it(mutant: Mutant) -> None:
    of = caught(mutant, trial_of(mutant.name))
    assert bool(of.hurt) is (mutant.name not in WITHOUT_HARM)
    assert of.found
    assert of.wrong == set()


@pytest.mark.parametrize("mutant", MUTANTS_OF_DESIGNS, ids=lambda mutant: mutant.name)
def test_the_page_has_the_row_of_each_mutant(mutant: Mutant) -> None:
    assert mutant_row(mutant, trial_of(mutant.name)) in PAGE.read_text(encoding="utf-8")


def test_each_mutant_has_a_scenario() -> None:
    assert {*CAUSE_SCENARIOS} == {mutant.name for mutant in MUTANTS_OF_DESIGNS}
