"""Every mutant against every hazard: the audit reports what was lost or damaged, no more and no less."""

import re
from functools import cache

import pytest

from mockcrm.audit.findings import FINDINGS
from mockcrm.base.hazard_groups import HAZARD_GROUPS
from mockcrm.reference_client.crm_api import GaveUp
from mockcrm.sandbox.sandbox import Sandbox
from mockcrm.trials import matrix
from mockcrm.trials.hazards import READ_HAZARDS, WRITE_HAZARDS
from mockcrm.trials.matrix import READ_COLUMNS, WRITE_COLUMNS, row
from mockcrm.trials.mutants import AURINKO, TARGETS
from mockcrm.trials.run import TrialResult
from tests.hazards.table import HAZARDS
from tests.trials.table import PAGE

EVERY = tuple(dict.fromkeys((*READ_HAZARDS, *WRITE_HAZARDS)))


@pytest.fixture(autouse=True)
def _no_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client within this process has no time-out, so that a delay changes nothing but the length of the test."""
    monkeypatch.setattr(Sandbox, "pause", lambda *_: None)


@cache
def trial_of(hazard: str, mutant: str) -> TrialResult:
    return matrix.trial_of(hazard, mutant)


def test_the_hazards_are_those_of_the_catalogue() -> None:
    grouped = [each for hazards in HAZARD_GROUPS.values() for each in hazards]
    assert sorted(grouped) == sorted(EVERY) == sorted(hazard.name for hazard in HAZARDS)


@pytest.mark.parametrize("hazard", EVERY)
def test_every_hazard_spares_the_careful_client(hazard: str) -> None:
    careful = trial_of(hazard, "careful")
    assert (careful.out_of_sync, careful.harm, careful.grave, careful.unmet) == (set(), set(), [], ())
    assert bool(careful.failures) is (hazard == "token-loop")


def assert_gave_up(result: TrialResult) -> None:
    """A sync of a mutant may give up. It fails for no other reason."""
    names = {each.partition(":")[0] for each in result.failures}
    assert names <= {GaveUp.__name__, *(kind.__name__ for kind in GaveUp.__subclasses__())}, result.failures


def assert_causes_are_declared(result: TrialResult) -> None:
    """Whoever reads about a finding learns of every hazard that it may name."""
    for found in result.findings:
        assert found.hazard in {None, *FINDINGS[found.kind.code].hazards}, found


@pytest.mark.parametrize("hazard", READ_HAZARDS)
def test_for_every_hazard_of_reading_the_audit_reports_what_was_lost_and_nothing_else(hazard: str) -> None:
    results = {mutant: trial_of(hazard, mutant) for mutant in READ_COLUMNS}
    for mutant, result in results.items():
        if (hazard, mutant) not in STUCK:
            assert result.reported_lost == result.out_of_sync, mutant
        assert_causes_are_declared(result)
        assert_gave_up(result)
    assert row(hazard, results) in PAGE.read_text(encoding="utf-8")


STUCK = {("cap-on-one-stamp", AURINKO)}
"""A client that gets the same rows at each sync has not skipped the others: a warning says that they wait."""


@pytest.mark.parametrize("hazard", WRITE_HAZARDS)
def test_for_every_hazard_of_writing_the_audit_reports_the_harm_and_nothing_else(hazard: str) -> None:
    results = {mutant: trial_of(hazard, mutant) for mutant in WRITE_COLUMNS}
    for mutant, result in results.items():
        if (hazard, mutant) not in SILENT:
            assert result.reported_harmed == result.harmed, mutant
        assert_causes_are_declared(result)
        assert_gave_up(result)
    assert row(hazard, results) in PAGE.read_text(encoding="utf-8")


SILENT = {("attendees-replaced", "visible attendees only"), ("child-outlives-parent", "uploads orphans")}
"""Clients whose requests look like what a user may have meant: to remove an attendee, or to plan a meeting again.

Of the latter the audit warns.
"""


@pytest.mark.parametrize("hazard", TARGETS)
def test_the_finding_names_the_hazard(hazard: str) -> None:
    assert hazard in {found.hazard for found in trial_of(hazard, TARGETS[hazard]).grave}


def test_the_page_has_a_row_for_each_hazard_of_reading_and_of_writing() -> None:
    rows = re.findall(r"^\| ([a-z0-9-]+) \| [·!✓✗(]", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [*READ_HAZARDS, *WRITE_HAZARDS]


def test_the_page_says_how_many_events_its_rows_have() -> None:
    page = PAGE.read_text(encoding="utf-8")
    counts = [(int(reported), int(harmed)) for reported, harmed in re.findall(r"(\d+) of (\d+) \|\n", page)]
    reported, harmed = (sum(column) for column in zip(*counts, strict=True))
    assert f"Errors report {reported} of {harmed} events that were lost or damaged, and no other event." in page
