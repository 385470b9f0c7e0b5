"""Wide random trials: a sample of those that `make trials` runs by the thousands (`tests.trials.long_run`)."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from mockcrm.trials.mutants import Mutant
from tests.trials.least import least
from tests.trials.long_run import READERS, WRITERS
from tests.trials.widened import Outcome, Trial, drawn, outcome
from tests.trials.widened_writing import drawn_writing, outcome_of_writing

SEEDS = range(6)
SILENCE = {
    "keeps what left its window": "A whole read of the window shows that the event is gone. Only a replica shows that "
    "the client kept it.",
    "watermark as startAt in a window": "Its reads are whole reads of a window that begins at the watermark, and show "
    "that the event is gone.",
}
"""Mutants that lose events of which no request can tell, and why."""


def check(each: Outcome, mutant: Mutant) -> None:
    assert each.wrong == set()
    assert each.wrong_by_replica == set()
    if not mutant.without:
        assert each.lost == set()
    if mutant.name not in SILENCE:
        assert each.silent == set()


@pytest.mark.parametrize("mutant", READERS, ids=lambda mutant: mutant.name)
@pytest.mark.parametrize("seed", SEEDS)
def test_the_audit_names_what_a_reader_lost_and_nothing_else(mutant: Mutant, seed: int) -> None:
    each = outcome(drawn(seed, mutant))
    check(each, mutant)
    assert each.named_by_replica == each.lost


@pytest.mark.parametrize("mutant", WRITERS, ids=lambda mutant: mutant.name)
@pytest.mark.parametrize("seed", SEEDS)
def test_the_audit_names_what_a_writer_damaged_and_nothing_else(mutant: Mutant, seed: int) -> None:
    check(outcome_of_writing(drawn_writing(seed, mutant)), mutant)


@pytest.mark.parametrize(("draw", "mutant"), [(drawn, READERS[-1]), (drawn_writing, WRITERS[-1])])
def test_a_seed_draws_the_same_trial_again(draw: Callable[[int, Mutant], Trial], mutant: Mutant) -> None:
    assert draw(7, mutant) == draw(7, mutant) != draw(8, mutant)


def test_the_least_trial_has_nothing_that_can_be_left_out() -> None:
    mutant = next(each for each in READERS if each.name == "one watermark for all windows")

    def holds(trial: Trial) -> bool:
        return "watermark.shared" in outcome(trial).codes

    trial = least(drawn(0, mutant), holds)
    assert holds(trial)
    for at in range(len(trial.steps)):
        assert not holds(replace(trial, steps=[*trial.steps[:at], *trial.steps[at + 1 :]]))
