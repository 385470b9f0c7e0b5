"""What a trial says of the mutants, by the door through which every client goes."""

import pytest

from mockcrm.base.hazard_groups import HAZARD_GROUPS
from mockcrm.trials.hazards import hazards
from mockcrm.trials.mutants import CAREFUL_DESIGNS, MUTANTS, TARGETS, mutants_by_name
from mockcrm.trials.outcome import HazardTrial
from mockcrm.trials.outcome_table import SHOWN, outcomes_of, try_mutant
from tests.trials.table import PAGE


def trial_of(name: str, hazard: str) -> HazardTrial:
    (trial,) = try_mutant(mutants_by_name()[name], hazards(hazard)).trials
    return trial


@pytest.mark.parametrize("hazard", TARGETS)
def test_a_hazard_catches_the_mutant_that_it_is_meant_for(hazard: str) -> None:
    trial = trial_of(TARGETS[hazard], hazard)
    assert trial.outcome in ("failed", "crashed")
    assert trial.reasons


def test_the_careful_client_passes_all_and_the_page_says_so() -> None:
    name, found, meant = outcomes_of("careful")
    assert (found, meant.total()) == ({"passed": sum(map(len, HAZARD_GROUPS.values()))}, 0)
    counts = " | ".join(str(found[each]) for each in SHOWN)
    assert f"| {name} |  | {counts} |\n" in PAGE.read_text(encoding="utf-8")


def test_the_page_has_a_row_for_each_client_that_has_a_name() -> None:
    page = PAGE.read_text(encoding="utf-8")
    _, _, after = page.partition("<!-- outcomes -->\n")
    table, _, _ = after.partition("<!-- end -->")
    names = [line.split(" | ")[0].removeprefix("| ") for line in table.splitlines()[2:]]
    assert names == [*mutants_by_name()]


def test_every_mutant_of_the_tables_has_its_own_name() -> None:
    assert mutants_by_name().keys() >= {*MUTANTS, *(each.name for each in CAREFUL_DESIGNS if each.design != "delta")}
