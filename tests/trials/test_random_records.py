"""Random trials with records of other kinds than events: drawn for who follows them, and judged by kind."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, get_args

import pytest

from mockcrm import Crm, SyncClient
from mockcrm.client.transport import over_http
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.names import RecordName
from mockcrm.reference_client.directory import PATHS
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.sandbox.sandbox import Sandbox
from mockcrm.sandbox.scenario.fixture_file import read_scenario
from mockcrm.trials.fixture_text import fixture_text
from mockcrm.trials.mutants import MUTANTS
from mockcrm.trials.outcome import KindsJudged
from mockcrm.trials.random_places import Places, places_of
from mockcrm.trials.random_records import RECORD_KNOBS
from mockcrm.trials.random_scenarios import random_scenario
from mockcrm.trials.random_trials import RandomTrials, careful_client, kinds_of, random_hazards
from mockcrm.trials.run import TrialResult, run_trial
from mockcrm.trials.suite import Suite, TrialSettings, own_server

PEOPLE = ("user", "contact", "lead")
OTHERS = tuple(name for name in KINDS if name != "event")
SEEDS = range(150)


@pytest.fixture(scope="module")
def server() -> Iterator[Crm]:
    with own_server() as crm:
        yield crm


def verbs(document: Mapping[str, Any]) -> Counter[str]:
    """What colleagues do to records of other kinds than events."""
    steps = (step for step in document["steps"] if isinstance(step, Mapping))
    return Counter(verb for step in steps for verb, how in step.items() if isinstance(how, Mapping) and "kind" in how)


def test_each_draws_the_same_again_and_reads_as_a_fixture_file() -> None:
    for seed in SEEDS:
        drawn = random_scenario(seed, kinds=OTHERS)
        assert drawn == random_scenario(seed, kinds=OTHERS)
        read_scenario(fixture_text(drawn), str(seed))


def test_all_that_may_happen_to_a_record_is_drawn_and_so_is_every_knob() -> None:
    drawn = [random_scenario(seed, kinds=PEOPLE) for seed in SEEDS]
    done = sum(map(verbs, drawn), Counter())
    assert done.keys() == {"create", "edit", "touch", "delete", "restore", "merge"}
    knobs = {(name, value) for each in drawn for name, value in each.get("dialect", {}).items() if name in RECORD_KNOBS}
    assert knobs == {(name, value) for name, values in RECORD_KNOBS.items() for value in values}
    linked = str([each["steps"] for each in drawn])
    assert all(field in linked for field in ("'contactId': 'contact", "'userId': 'user", "'type': 'Lead'"))


def test_what_the_client_does_not_follow_is_not_drawn() -> None:
    for seed in SEEDS:
        assert places_of(seed) or not verbs(random_scenario(seed))
        assert "lead" not in fixture_text(random_scenario(seed, kinds=("user", "contact"))).lower()


def test_the_careful_client_passes_all_and_its_people_are_judged(server: Crm) -> None:
    suite = Suite(server, partial(careful_client, matching=True))
    report = RandomTrials(suite).run((), 40, "the reference client")
    assert [(each.hazard.name, *each.reasons) for each in report.trials if each.outcome != "passed"] == []
    assert report.kinds.judged == ("events", "users", "contacts", "leads")
    assert "Judged: events, users, contacts, leads." in str(report)


def test_events_of_some_scenarios_move_between_calendars_and_some_have_children() -> None:
    by_places: dict[str, list[Mapping[str, Any]]] = {each: [] for each in get_args(Places)}
    for seed in range(500):
        by_places[places_of(seed)].append(random_scenario(seed))
    assert all("calendars" not in each and "users" not in each for each in by_places[""])
    assert all(each["dialect"]["childEvents"] == "users" for each in by_places["children"])
    assert "'userId': 'user" in str(by_places["children"])
    moved = str(by_places["calendars"])
    assert "'calendarId': 'calendar" in moved
    assert "'calendarId': 'primary'" in moved


def test_a_client_of_events_alone_gets_events_alone(server: Crm) -> None:
    suite = Suite(server, careful_client, TrialSettings(seed=1))
    report = RandomTrials(suite).run((), 3, "the reference client")
    drawn = random_hazards(3, TrialSettings(seed=1))
    assert [each.hazard.document for each in report.trials] == [each.document for each in drawn]
    assert report.kinds == KindsJudged(("events",))
    assert "Judged" not in str(report)


def test_kinds_that_a_client_never_asks_for_are_said_to_be_not_judged(server: Crm) -> None:
    suite = Suite(server, careful_client, TrialSettings(seed=1, kinds=("contact",)))
    report = RandomTrials(suite).run((), 3, "the reference client")
    assert report.verdict == "passed"
    assert report.remarks == ["Judged: events. Not judged, since the client never asked for them: contacts."]


class ForgetsContacts:
    """A client that reads all people at each sync, and forgets its contacts."""

    def __init__(self, crm: Crm) -> None:
        self.send = over_http(crm.url)
        self.rows: dict[str, list[Any]] = {}

    def sync(self) -> None:
        self.rows = {path[1:]: [*self._all(path)] for path in ("/events", *PATHS)}

    def _all(self, path: str) -> Iterator[Any]:
        token: dict[str, str] | None = {}
        while token is not None:
            page = self.send("GET", path, token, None, {}).json
            yield from page["records"]
            token = {"pageToken": page["nextPageToken"]} if page["nextPageToken"] else None

    def replica(self) -> Mapping[str, Any]:
        return {**self.rows, "contacts": []}


def test_a_lost_contact_is_reported_as_a_contact_by_its_name_and_comes_down_to_a_short_file(server: Crm) -> None:
    client: Callable[[Crm], SyncClient] = ForgetsContacts
    report = RandomTrials(Suite(server, client, TrialSettings(mailbox=False, seed=1))).run((), 8, "a client")
    (found,) = report.bad
    assert kinds_of(found) == {"replica.missing of contacts"}
    assert any("replica.missing: The contact “" in failure for failure in found.failures)
    text = fixture_text(found.hazard.document)
    assert "contacts:\n  - {key: contact" in text
    assert len(text.splitlines()) < 10


@pytest.fixture
def _no_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client within this process has no time-out, so that a delay changes nothing but the length of the test."""
    monkeypatch.setattr(Sandbox, "pause", lambda *_: None)


def played(seed: int, mutant: str, *, matching: bool = True) -> TrialResult:
    """A random trial of a mutant."""
    drawn = random_scenario(seed, kinds=PEOPLE if matching else ())
    scenario = read_scenario(fixture_text(drawn), str(seed))
    return run_trial(scenario, MUTANTS[mutant], matching=matching, compared=True)


def disagreements(seed: int, mutant: str, result: TrialResult) -> Iterator[tuple[int, str, str, set[RecordName]]]:
    """Where the audit and the oracle differ on what a client lost.

    An audit without the replica does not see what a client drops that it was given. A client that trusts lists takes
    what they leave out for empty: its replica differs from the CRM, and yet it lost nothing that lists show.
    """
    yield seed, mutant, "accused wrongly", {*(result.reported_lost - result.out_of_sync)}
    yield seed, mutant, "missed", {*(result.out_of_sync - result.differing)}
    if Safeguard.COMPLETE_ROWS not in MUTANTS[mutant]:
        yield seed, mutant, "differs wrongly", {*(result.differing - result.out_of_sync)}


@pytest.mark.usefixtures("_no_delays")
def test_audit_and_oracle_agree_on_records_of_every_kind() -> None:
    lost, found = Counter[str](), []
    for seed in range(60):
        mutant = [*MUTANTS][seed % len(MUTANTS)]
        result = played(seed, mutant)
        found += [each for each in disagreements(seed, mutant, result) if each[-1]]
        lost.update(each.kind for each in result.out_of_sync)
    assert found == []
    assert lost.keys() >= {"event", "contact"}
