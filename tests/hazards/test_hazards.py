"""Each hazard harms a naive client, spares a careful one, and does so because of what its file says."""

from collections.abc import Callable, Iterator

import pytest

from mockcrm import create_app, serving
from mockcrm.base.hazard_groups import HAZARD_GROUPS
from tests.hazards.table import HAZARDS, PAGE, row
from tests.hazards.world import FOLDER, Hazard, Outcome, play


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving(create_app()) as url:
        yield url


@pytest.fixture(scope="module")
def naive_outcome(server: str) -> Callable[[Hazard], Outcome]:
    """How a hazard's naive client fares. It is played once for all that is asserted of it."""
    outcomes: dict[str, Outcome] = {}

    def outcome_of(hazard: Hazard) -> Outcome:
        if hazard.name not in outcomes:
            outcomes[hazard.name] = play(server, hazard.document, hazard.naive)
        return outcomes[hazard.name]

    return outcome_of


@pytest.mark.parametrize("hazard", HAZARDS, ids=lambda hazard: hazard.name)
class TestEveryHazard:
    def test_harms_a_naive_client(self, naive_outcome: Callable[[Hazard], Outcome], hazard: Hazard) -> None:
        outcome = naive_outcome(hazard)
        assert outcome.letters == hazard.symptoms, outcome
        assert row(hazard, outcome) in PAGE.read_text(encoding="utf-8")

    def test_spares_a_careful_one(self, server: str, hazard: Hazard) -> None:
        outcome = play(server, hazard.document, hazard.careful)
        assert (outcome.found, outcome.audit, outcome.verdict) == ({}, None, "passed")

    def test_is_seen_by_the_audit_where_the_file_expects_it(
        self, naive_outcome: Callable[[Hazard], Outcome], hazard: Hazard
    ) -> None:
        if hazard.document.get("expect", {}).get("audit") == "clean":
            assert naive_outcome(hazard).audit

    def test_bites_because_of_what_the_file_says(self, server: str, hazard: Hazard) -> None:
        assert play(server, hazard.harmless, hazard.naive).found == {}

    def test_tells_its_story(self, hazard: Hazard) -> None:
        story = hazard.document["story"]
        assert {"what", "why", "evidence"} <= story.keys() <= {"what", "why", "evidence", "advice"}
        assert hazard.document["steps"][-1] == "sync"


def test_every_hazard_file_has_its_clients_and_its_group() -> None:
    names = [hazard.name for hazard in HAZARDS]
    assert sorted(names) == sorted(path.stem for path in FOLDER.glob("*.yaml"))
    assert names == [name for group in HAZARD_GROUPS.values() for name in group]
