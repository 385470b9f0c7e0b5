"""Every mutant against every hazard: the audit says no more and no less than what is lacking, and what harm was."""

import pytest

from mockcrm.trials.matrix import AIMED, AURINKO, READERS, READING, WRITERS, WRITING, played
from tests.hazards.table import HAZARDS as ALL

EVERY = tuple(dict.fromkeys((*READING, *WRITING)))


def test_the_hazards_are_those_of_the_catalogue() -> None:
    assert set(EVERY) == {hazard.name for hazard in ALL}


@pytest.mark.parametrize("hazard", EVERY)
def test_every_hazard_spares_the_careful_client(hazard: str) -> None:
    careful = played(hazard, "careful")
    assert (careful.lacks, careful.harm, careful.grave, careful.unmet) == (set(), set(), [], ())
    assert bool(careful.failures) is (hazard == "token-loop")


@pytest.mark.parametrize("hazard", READING)
def test_every_hazard_of_reading_gets_blame_for_what_is_lacking_and_for_nothing_else(hazard: str) -> None:
    for mutant in (*READERS, AURINKO):
        found = played(hazard, mutant)
        if (hazard, mutant) not in STOPPED:
            assert found.blamed == found.lacks, mutant


STOPPED = {
    ("token-expires-mid-sync", "signs in once"),
    ("token-expires-mid-sync", "aurinko"),
    ("rate-limit-burst", "impatient"),
    ("index-lag", "no comparison"),
}
"""Who is refused for ever, or writes for ever, and so lacks what it may yet get."""


@pytest.mark.parametrize("hazard", WRITING)
def test_every_hazard_of_writing_gets_blame_for_the_harm_done_and_for_no_other(hazard: str) -> None:
    for mutant in WRITERS:
        found = played(hazard, mutant)
        if (hazard, mutant) not in SILENT:
            assert found.accused == found.harmed, mutant


SILENT = {("attendees-replaced", "attendees shown")}
"""Whose requests look like what a user may have meant: to have an attendee no more."""


@pytest.mark.parametrize("hazard", AIMED)
def test_the_finding_names_the_hazard(hazard: str) -> None:
    assert hazard in {found.hazard for found in played(hazard, AIMED[hazard]).grave}
