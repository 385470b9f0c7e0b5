"""Every mutant against every hazard of reading: the audit says no more and no less than what is lacking."""

import pytest

from mockcrm.trial.matrix import AIMED, HAZARDS, MUTANTS, play
from tests.hazards.table import HAZARDS as ALL


def test_the_hazards_are_those_of_the_catalogue() -> None:
    assert set(HAZARDS) <= {hazard.name for hazard in ALL}


@pytest.mark.parametrize("hazard", HAZARDS)
class TestEveryHazardOfReading:
    def test_spares_the_careful_client(self, hazard: str) -> None:
        played = play(hazard, "careful")
        assert (played.lacks, played.grave) == (set(), [])
        assert bool(played.failures) is (hazard == "token-loop")

    def test_gets_blame_for_what_is_lacking_and_for_nothing_else(self, hazard: str) -> None:
        for mutant in (*MUTANTS, "aurinko"):
            played = play(hazard, mutant)
            if (hazard, mutant) not in STOPPED:
                assert played.blamed == played.lacks, mutant


STOPPED = {
    ("token-expires-mid-sync", "signs in once"),
    ("token-expires-mid-sync", "aurinko"),
    ("rate-limit-burst", "impatient"),
    ("index-lag", "no comparison"),
}
"""Who is refused for ever, or writes for ever, and so lacks what it may yet get."""


@pytest.mark.parametrize("hazard", AIMED)
def test_the_finding_names_the_hazard(hazard: str) -> None:
    assert hazard in {found.hazard for found in play(hazard, AIMED[hazard]).grave}
