"""A client in this process tried from Python: `mockcrm.trial`, and what a test says of its report."""

import asyncio
import json
import re
import urllib.request
from typing import Any

import httpx
import pytest

import mockcrm
from mockcrm import connect, create_app, serving
from mockcrm.client.connection import Refused
from mockcrm.reference_client.sync_client import ReferenceClient
from mockcrm.trials.hazards import Hazard, UnknownHazard
from mockcrm.trials.outcome import HazardTrial, TrialReport
from mockcrm.trials.play import Play


class Naive:
    """Reads one page of the events, and follows no page token."""

    def __init__(self, url: str) -> None:
        self.url, self.events = url, dict[str, Any]()

    def sync(self) -> None:
        with urllib.request.urlopen(f"{self.url}/events") as answer:
            self.events = {event["id"]: event for event in json.load(answer)["records"]}

    def replica(self) -> Any:
        return self.events


class Careless(Naive):
    """Reads what changed since its last sync, with no lookback."""

    since = ""

    def sync(self) -> None:
        with urllib.request.urlopen(f"{self.url}/events{self.since}") as answer:
            page = json.load(answer)
        self.events |= {event["id"]: event for event in page["records"]}
        self.since = f"?since={page['asOf']}&showDeleted=true"


class Careful(ReferenceClient):
    """The reference client. Where it would wait, no time passes."""

    def __init__(self, url: str) -> None:
        super().__init__(url, wait=lambda seconds: None, max_wait=1)


def test_a_careless_client_fails_and_the_report_says_where() -> None:
    report = mockcrm.trial(Careless, only=["late-commit-visibility", "replica-lag"], mailbox=False)
    assert (report.client, report.verdict) == ("Careless", "failed")
    with pytest.raises(AssertionError, match=r"^Failed: Careless\. 2 hazards: 1 failed, 1 not") as raised:
        report.assert_passed()
    assert str(raised.value) == str(report)
    assert "failed  late-commit-visibility: audit: expected no findings" in str(report)


def test_a_failure_that_is_known_does_not_fail_the_whole() -> None:
    report = mockcrm.trial(Careless, only="late-commit-visibility", known=["late-commit-visibility"])
    assert ([each.outcome for each in report.trials], report.verdict) == (["failed"], "passed")


def test_a_random_trial_may_be_known_to_fail_beside_hazards_of_the_catalogue() -> None:
    report = mockcrm.trial(Careless, random=1, seed=2, known=["paging", "random-2"], mailbox=False)
    assert ([each.outcome for each in report.trials], report.verdict) == (["failed"], "passed")


def test_what_a_client_does_not_do_is_said_and_does_not_count() -> None:
    report = mockcrm.trial(Naive, only=["concurrent-lost-update", "inclusive-since-repeat"], mailbox=False)
    assert [each.outcome for each in report.trials] == ["passed", "not applicable"]
    report.assert_passed()


def test_a_mistake_in_a_word_is_named_before_anything_is_played() -> None:
    with pytest.raises(UnknownHazard, match="'pagin'"):
        mockcrm.trial(Naive, only="pagin")
    with pytest.raises(UnknownHazard, match="'pagin'"):
        mockcrm.trial(Naive, known=["pagin"])


class Awaited:
    """A client with one `httpx.AsyncClient` for all its syncs, which works in one event loop only."""

    def __init__(self, url: str) -> None:
        self.http, self.loops, self.events = httpx.AsyncClient(base_url=url), set[Any](), dict[str, Any]()

    async def sync(self) -> None:
        self.loops.add(asyncio.get_running_loop())
        token: dict[str, str] = {}
        events = dict[str, Any]()
        while True:
            page = (await self.http.get("/events", params=token)).raise_for_status().json()
            events |= {event["id"]: event for event in page["records"]}
            if page["nextPageToken"] is None:
                break
            token = {"pageToken": page["nextPageToken"]}
        self.events = events

    async def replica(self) -> Any:
        self.loops.add(asyncio.get_running_loop())
        return self.events

    async def close(self) -> None:
        self.loops.add(asyncio.get_running_loop())
        await self.http.aclose()


def test_a_client_of_coroutines_has_one_event_loop_for_each_hazard() -> None:
    made: list[Awaited] = []

    def make(url: str) -> Awaited:
        made.append(Awaited(url))
        return made[-1]

    mockcrm.trial(make, only=["empty-page-with-next", "duplicate-page"], jobs=2).assert_passed()
    assert [len(each.loops) for each in made] == [1, 1]
    assert all(each.http.is_closed for each in made)


def test_it_may_be_tried_in_a_test_that_is_a_coroutine() -> None:
    async def test() -> None:
        mockcrm.trial(Awaited, only="empty-page-with-next").assert_passed()

    asyncio.run(test())


def test_a_client_may_be_tried_from_another_seed_and_with_quiet_syncs_at_the_end() -> None:
    report = mockcrm.trial(Careful, only=["echo-own-write", "result-cap"], seed=7, settle=1)
    assert report.verdict == "passed", str(report)


# The report as text


def report(*trials: HazardTrial, known: frozenset[str] = frozenset(), unplayed: Any = ()) -> str:
    return str(TrialReport("Client", trials, known, unplayed))


LOOP, LATE = Hazard("token-loop", "paging"), Hazard("late-commit-visibility", "watermark")


def test_the_text_begins_with_the_verdict_and_counts() -> None:
    assert report(HazardTrial(LOOP, "passed"), HazardTrial(LATE, "passed")) == "Passed: Client. 2 hazards: 2 passed."
    idle = HazardTrial(LOOP, "not applicable", ["It does not write."])
    assert report(idle) == "Inconclusive: Client. 1 hazard: 1 not applicable."


def test_the_text_has_the_first_reason_of_what_did_not_pass_and_advice() -> None:
    text = report(
        HazardTrial(LOOP, "stalled", ["It was stopped.\x1b[2J", "And more."]),
        HazardTrial(LATE, "failed", ["audit: found."]),
        known=frozenset({"late-commit-visibility"}),
        unplayed=[LOOP],
    )
    assert text.splitlines() == [
        "Failed: Client. 2 hazards: 1 failed, 1 stalled; 1 was not played.",
        "  stalled  token-loop: It was stopped.\\x1b[2J",
        f"    → {LOOP.advice}",
        "  failed, as known  late-commit-visibility: audit: found.",
        "More: mockcrm explain HAZARD",
    ]


def test_the_text_names_what_no_longer_fails() -> None:
    text = report(HazardTrial(LOOP, "passed"), known=frozenset({"token-loop"}))
    assert text.splitlines()[1:] == ["  passed, though known to fail  token-loop"]


# What a client leaves out


class Reader:
    """Reads all events at each sync, and shows no copy."""

    def __init__(self, url: str) -> None:
        self.url, self.events, self.is_closed = url, dict[str, Any](), False

    def sync(self) -> None:
        with urllib.request.urlopen(f"{self.url}/events") as answer:
            self.events = {event["id"]: event for event in json.load(answer)["records"]}

    def close(self) -> None:
        self.is_closed = True


def test_a_client_that_takes_no_mailbox_is_not_judged_where_there_is_one() -> None:
    made: list[Reader] = []

    def make(url: str) -> Reader:
        made.append(Reader(url))
        return made[-1]

    (tried,) = mockcrm.trial(make, only="concurrent-lost-update").trials
    assert (tried.outcome, tried.requests) == ("inconclusive", 0)
    (reason,) = tried.reasons
    assert reason.endswith("Reader has no method `apply`. `mailbox=False` says that it takes no such changes.")
    assert made[0].is_closed


NO_RECORD = "422 audit.invalid: The replica is not valid: replica.{}: Neither an id, which is a string, nor an object"


@pytest.mark.parametrize(
    ("copy", "problem"),
    [
        (5, "TypeError: "),
        ([{"id": "1001"}, {"subject": "Lunch", "colour": "red"}], NO_RECORD.format(1)),
        ([["1001"]], NO_RECORD.format(0)),
    ],
)
def test_a_copy_that_is_none_is_named(copy: Any, problem: str) -> None:
    class Odd(Reader):
        def replica(self) -> Any:
            return copy

    (tried,) = mockcrm.trial(Odd, only="zero-length-event").trials
    assert tried.outcome == "inconclusive"
    assert f"The replica cannot be compared: {problem}" in tried.reasons[-1]


def test_a_copy_may_have_fields_that_no_event_has() -> None:
    class OwnFields(Reader):
        def replica(self) -> Any:
            return {"replica": [{**event, "_row": 7, "colour": {"deep": [1]}} for event in self.events.values()]}

    (tried,) = mockcrm.trial(OwnFields, only="zero-length-event").trials
    assert (tried.outcome, tried.reasons) == ("passed", [])


def test_who_hands_in_a_copy_by_hand_is_told_of_a_typing_error() -> None:
    with serving(create_app()) as url, connect(url).create() as crm:
        crm.scenario.load("zero-length-event")
        for hand_in in (crm.scenario.replica, crm.audit):
            with pytest.raises(Refused, match="fields that no event has: subjct in record 0"):
                hand_in([{"id": "1001", "subjct": "Lunch"}])


def test_a_copy_that_is_missing_is_named_where_the_hazard_needs_one() -> None:
    (tried,) = mockcrm.trial(Reader, only="zero-length-event").trials
    assert tried.outcome == "inconclusive"
    assert "`replica` has none. `replica=False` says" in tried.reasons[-1]


def test_what_is_no_client_ends_the_trial() -> None:
    with pytest.raises(TypeError, match="str is not a client under test: it has no method `sync`"):
        mockcrm.trial(str, only="zero-length-event")  # type: ignore[arg-type]  # It is the mistake.


LATE_DELETION: Any = {
    "events": [{"key": "call", "startTime": "2026-01-05T09:00:00Z", "endTime": "2026-01-05T10:00:00Z"}],
    "steps": [
        "sync",
        {"edit": {"event": "call", "set": {"location": "Room 7"}}},
        "sync",
        {"delete": {"event": "call"}},
    ],
}


@pytest.mark.parametrize("settle", [0, 1])
def test_the_copy_is_held_against_the_crm_as_it_was_at_the_last_sync(settle: int) -> None:
    """What happens after the last sync is in nobody's copy; syncs after the end take it in."""

    class Showing(Reader):
        def replica(self) -> Any:
            return iter(self.events.values())

    hazard = Hazard("late", own_document=LATE_DELETION)
    with serving(create_app()) as url, connect(url).create() as crm:
        crm.scenario.load(LATE_DELETION)
        tried = Play(crm, hazard, settle).with_client(Showing(crm.url))
    assert (tried.outcome, tried.reasons) == ("passed", [])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"max_requests": 0}, "max_requests is 0"),
        ({"settle": -1}, "settle is -1"),
        ({"jobs": 0}, "jobs is 0"),
        ({"jobs": 1_000}, "from 1 to 256"),
        ({"seed": -1}, "seed is -1"),
        ({"random": -1}, "random is -1"),
        ({"dialect": "googel"}, "Did you mean google?"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused_before_anything_is_played(options: dict[str, Any], said: str) -> None:
    def client(url: str) -> Any:
        raise AssertionError("A client was made.")

    with pytest.raises(ValueError, match=re.escape(said)):
        mockcrm.trial(client, only="paging", **options)


@pytest.mark.parametrize("name", ["edit-vs-delete", "delete-recreate-new-id"])
def test_a_hazard_in_which_nothing_has_to_be_written_is_judged_alone_as_among_others(name: str) -> None:
    assert mockcrm.trial(ReferenceClient, only=name).verdict == "passed"


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("The text of an exception may fail, too.")


@pytest.mark.parametrize(
    ("raised", "problem"),
    [
        (Unspeakable(), "Unspeakable: <exception str() failed>"),
        (SystemExit(3), "SystemExit: 3"),
        (KeyError("a"), "KeyError: 'a'"),
    ],
)
def test_whatever_a_client_raises_its_sync_has_failed_and_the_report_says_where(
    raised: BaseException, problem: str
) -> None:
    class Failing(Naive):
        def sync(self) -> None:
            raise raised

    (found,) = mockcrm.trial(Failing, only="duplicate-page").trials
    assert (found.outcome, found.syncs[-1].problem.rpartition(".")[2]) == ("crashed", problem)
    assert "in sync\n    raise raised" in found.syncs[-1].output


def test_a_sync_with_a_yield_has_done_nothing_and_is_said_to_be_one() -> None:
    class Yielding(Naive):
        def sync(self) -> Any:
            yield

    (found,) = mockcrm.trial(Yielding, only="duplicate-page").trials
    assert "`sync` is a generator function" in found.syncs[-1].problem
