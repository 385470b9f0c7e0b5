"""Random trials of clients that are made to fail: what is left of a failure is a short file that fails alone."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mockcrm import Crm, Hazard, SyncClient
from mockcrm.client.transport import over_http
from mockcrm.sandbox.scenario.fixture_file import scenario_document
from mockcrm.trials.fixture_text import fixture_text
from mockcrm.trials.mutants import MUTANTS
from mockcrm.trials.outcome import HazardTrial
from mockcrm.trials.random_trials import RandomTrials, careful_client, kinds_of, random_hazards
from mockcrm.trials.suite import Suite, TrialSettings, own_server

MOST_LINES = 10
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "random-trials.md"


@pytest.fixture(scope="module")
def server() -> Iterator[Crm]:
    with own_server() as crm:
        yield crm


def mutant(name: str) -> Callable[[Crm], SyncClient]:
    return partial(careful_client, without=MUTANTS[name])


def failures(server: Crm, client: Callable[[Crm], SyncClient], count: int, **settings: Any) -> list[HazardTrial]:
    return RandomTrials(Suite(server, client, TrialSettings(**settings))).run((), count, "a client").bad


class Reader:
    """A client that reads everything at each sync, and minds nothing."""

    def __init__(self, crm: Crm) -> None:
        self.send = over_http(crm.url)
        self.rows: list[Mapping[str, Any]] = []

    def sync(self) -> None:
        token: dict[str, str] = {}
        self.rows = []
        while True:
            page = self.send("GET", "/events", token, None, {}).json
            self.rows += page["records"]
            if not page["nextPageToken"]:
                return
            token = {"pageToken": page["nextPageToken"]}

    def replica(self) -> list[Mapping[str, Any]]:
        return self.rows


class FallsOverPrivateEvents(Reader):
    def sync(self) -> None:
        super().sync()
        assert not any(row["private"] for row in self.rows), "A private event!"


class NeverEndsWithAPrivateEvent(Reader):
    def sync(self) -> None:
        super().sync()
        while any(row["private"] for row in self.rows):
            super().sync()


@pytest.mark.parametrize(
    ("name", "code", "seed"),
    [
        ("no safety nets", "change.outOfReach", 2),
        ("blind", "overwrite.blind", 3),
        ("no idempotency keys", "duplicate.retried", 9),
    ],
)
def test_a_failure_comes_down_to_a_file_of_ten_lines_which_fails_alone(
    server: Crm, name: str, code: str, seed: int, tmp_path: Path
) -> None:
    (found,) = failures(server, mutant(name), 1, seed=seed)
    file = tmp_path / "found.yaml"
    file.write_text(fixture_text(found.hazard.document), encoding="utf-8")
    assert len(file.read_text(encoding="utf-8").splitlines()) <= MOST_LINES
    alone = Hazard("found", own_document=scenario_document(file))
    careless, careful = Suite(server, mutant(name)).play(alone), Suite(server, careful_client).play(alone)
    assert careless
    assert careful
    assert (careless.outcome, kinds_of(careless), careful.outcome) == ("failed", {code}, "passed")


def test_of_failures_that_are_alike_the_smallest_is_shown_and_says_how_many_they_are(server: Crm) -> None:
    suite = Suite(server, mutant("no safety nets"))
    plain = suite.run(random_hazards(20, suite.settings), "plain")
    report = RandomTrials(suite).run((), 20, "random")
    each_kind = {kind for each in plain.bad for kind in kinds_of(each)}
    assert {kind for each in report.bad for kind in kinds_of(each)} == each_kind
    assert len(report.bad) <= len(each_kind) < len(plain.bad)
    for shown in report.bad:
        alike = sum(not kinds_of(shown).isdisjoint(kinds_of(each)) for each in plain.bad)
        assert shown.reasons[0].startswith(f"{alike} of 20 random trials ")
    assert report.counts["passed"] == plain.counts["passed"]


def test_a_crash_comes_down_to_what_it_takes(server: Crm) -> None:
    (found,) = failures(server, FallsOverPrivateEvents, 10, mailbox=False)
    assert (found.outcome, kinds_of(found)) == ("crashed", {"crashed: AssertionError"})
    assert found.hazard.document["steps"].count("sync") == 1
    assert len(fixture_text(found.hazard.document).splitlines()) < MOST_LINES
    assert "private: true" in fixture_text(found.hazard.document)


def test_a_client_that_never_ends_is_stopped_each_time(server: Crm) -> None:
    (found,) = failures(server, NeverEndsWithAPrivateEvent, 10, mailbox=False, max_requests=30)
    assert (found.outcome, kinds_of(found)) == ("stalled", {"stalled"})
    assert found.hazard.document["steps"].count("sync") == 1


def test_what_the_careful_client_fails_as_well_is_nobodys_fault(server: Crm) -> None:
    suite = Suite(server, mutant("no safety nets"))
    report = RandomTrials(suite, careful=mutant("no safety nets")).run((), 10, "a client")
    assert report.verdict == "inconclusive"
    unfair = [each for each in report.trials if each.outcome == "inconclusive"]
    assert all("The careful reference client does not pass" in each.reasons[0] for each in unfair)


def test_failures_that_are_not_made_smaller_are_fair_as_well(server: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockcrm.trials.random_trials.MAX_SMALLER", 0)
    suite = Suite(server, mutant("no safety nets"))
    assert RandomTrials(suite, careful=mutant("no safety nets")).run((), 10, "a client").bad == []
    assert RandomTrials(suite).run((), 10, "a client").bad != []


def test_with_fail_fast_only_a_fair_failure_ends_the_trial(server: Crm) -> None:
    def tried(careful: Callable[[Crm], SyncClient]) -> tuple[str, bool]:
        suite = Suite(server, mutant("no safety nets"), TrialSettings(seed=2, fail_fast=True))
        report = RandomTrials(suite, careful=careful).run((), 5, "a client")
        return report.verdict, bool(report.unplayed)

    assert tried(mutant("no safety nets")) == ("inconclusive", False)
    assert tried(careful_client) == ("failed", True)


@pytest.mark.parametrize(
    ("careful", "verdict"), [(mutant("no safety nets"), "inconclusive"), (careful_client, "failed")]
)
def test_a_failure_counts_after_an_interruption_if_it_is_fair(
    server: Crm, careful: Callable[[Crm], SyncClient], verdict: str
) -> None:
    stopping = threading.Event()

    def interrupted(crm: Crm) -> SyncClient:
        stopping.set()
        return mutant("no safety nets")(crm)

    suite = Suite(server, interrupted, TrialSettings(seed=2, kinds=()), stopping=stopping)
    report = RandomTrials(suite, careful=careful).run((), 2, "a client")
    assert (report.verdict, [each.name for each in report.unplayed]) == (verdict, ["random-3"])
    assert report.trials[0].hazard.document == random_hazards(1, suite.settings)[0].document


class Awaited:
    """The careless client, as a client of coroutines."""

    def __init__(self, crm: Crm) -> None:
        self.client = mutant("no safety nets")(crm)

    async def sync(self) -> None:
        self.client.sync()


def test_a_client_of_coroutines_is_tried_in_a_test_that_is_a_coroutine(server: Crm) -> None:
    async def test() -> list[HazardTrial]:
        return failures(server, Awaited, 1, seed=2, mailbox=False)

    (found,) = asyncio.run(test())
    assert len(fixture_text(found.hazard.document).splitlines()) <= MOST_LINES


def test_hazards_are_played_beside_random_scenarios(server: Crm) -> None:
    hazard = Hazard("late-commit-visibility", "watermark")
    report = RandomTrials(Suite(server, careful_client)).run([hazard], 2, "careful")
    assert [each.hazard.name for each in report.trials] == ["late-commit-visibility", "random-0", "random-1"]


def test_a_failure_that_is_known_stays_as_it_was_drawn(server: Crm) -> None:
    suite = Suite(server, FallsOverPrivateEvents, TrialSettings(mailbox=False))
    drawn = random_hazards(10, suite.settings)
    known = frozenset(each.name for each in drawn)
    report = RandomTrials(suite).run((), 10, "a client", known)
    assert [each.hazard.document for each in report.trials] == [each.document for each in drawn]


def test_a_failure_that_is_known_stands_for_those_that_are_alike(server: Crm) -> None:
    suite = Suite(server, FallsOverPrivateEvents, TrialSettings(mailbox=False))
    plain = suite.run(random_hazards(10, suite.settings), "a client")
    first, *others = [each.hazard.name for each in plain.bad]
    report = RandomTrials(suite).run((), 10, "a client", frozenset({first}))
    assert others
    assert (report.verdict, [each.hazard.name for each in report.trials if each.is_bad]) == ("passed", [first])


def test_the_page_shows_what_is_found(server: Crm) -> None:
    (found,) = failures(server, mutant("no safety nets"), 1, seed=2)
    assert fixture_text(found.hazard.document) in PAGE.read_text(encoding="utf-8")
