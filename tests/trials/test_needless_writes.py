"""A client that writes though nobody has changed anything fails the hazard. One that catches up does not."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import httpx
import pytest

from mockcrm import Crm
from mockcrm.trials.hazards import Hazard
from mockcrm.trials.outcome import HazardTrial
from mockcrm.trials.play import Play
from mockcrm.trials.suite import own_server

CALL = {
    "key": "call",
    "id": "1001",
    "subject": "Call",
    "startTime": "2026-03-04T09:00:00Z",
    "endTime": "2026-03-04T09:30:00Z",
}
EDITED = {"mailbox": {"edit": {"event": "call", "set": {"location": "Room 7"}}}}
LUNCH = {"subject": "Lunch", "startTime": "2026-03-04T12:00:00Z", "endTime": "2026-03-04T13:00:00Z"}

Plan = Callable[["Planned"], object]


class Planned:
    """A client that reads the list at each sync, after it has done what its plan has for the sync."""

    def __init__(self, url: str, plans: Sequence[Plan | None]) -> None:
        self.http = httpx.Client(base_url=url, verify=False)
        self.plans = [*plans]
        self.actions: list[Any] = []

    def apply(self, mailbox: Sequence[Any]) -> None:
        self.actions += mailbox

    def sync(self) -> None:
        if plan := self.plans.pop(0) if self.plans else None:
            plan(self)
        self.http.get("/events").raise_for_status()

    def close(self) -> None:
        self.http.close()


def edits(client: Planned) -> None:
    client.http.patch("/events/1001", json={"location": "Room 7"}).raise_for_status()


def creates(client: Planned) -> None:
    client.http.post("/events", json=LUNCH).raise_for_status()


def renames(client: Planned) -> None:
    client.http.patch("/events/1001", json={"subject": "Talk"}).raise_for_status()


def deletes(client: Planned) -> None:
    client.http.delete("/events/1001").raise_for_status()


def looks_for_what_is_not_there(client: Planned) -> None:
    assert client.http.get("/events/unknown").status_code == 404


@pytest.fixture(scope="module")
def server() -> Iterator[Crm]:
    with own_server() as controls:
        yield controls


@pytest.fixture
def played(server: Crm) -> Iterator[Callable[..., HazardTrial]]:
    """Plays steps with a client that has a plan for each sync."""
    with server.create() as crm:

        def play(steps: Sequence[Any], *plans: Plan | None, settle: int = 0, **more: Any) -> HazardTrial:
            document = {"clock": {"now": "2026-03-02T09:00:00Z"}, "events": [CALL], "steps": steps, **more}
            crm.scenario.load(document)  # type: ignore[arg-type]  # The steps are any that a test wants.
            hazard = Hazard("own", own_document=document)
            return Play(crm, hazard, settle).with_client(Planned(crm.url, plans))

        yield play


Played = Callable[..., HazardTrial]


class TestWhoWritesForNoReason:
    def test_at_the_second_sync_of_two_fails_the_hazard(self, played: Played) -> None:
        trial = played(["sync", "sync"], None, edits)
        assert trial.outcome == "failed"
        assert trial.reasons[-1] == "Sync 2 wrote once, though nobody had changed anything since sync 1."

    def test_again_and_again_is_told_of_each_sync(self, played: Played) -> None:
        trial = played(["sync", EDITED, "sync", "sync", {"advance": {"by": "5m"}}, "sync"], None, *3 * [edits])
        assert [*trial.reasons[-2:]] == [
            "Sync 3 wrote once, though nobody had changed anything since sync 2.",
            "Sync 4 wrote once, though nobody had changed anything since sync 3.",
        ]

    def test_several_times_is_told_how_often(self, played: Played) -> None:
        def edits_twice(client: Planned) -> None:
            edits(client)
            edits(client)

        trial = played(["sync", "sync"], None, edits_twice)
        assert trial.reasons[-1] == "Sync 2 wrote 2 times, though nobody had changed anything since sync 1."

    def test_is_caught_after_the_end_of_the_scenario_as_well(self, played: Played) -> None:
        trial = played(["sync"], None, edits, settle=1)
        assert trial.reasons[-1] == "Sync 2 wrote once, though nobody had changed anything since sync 1."

    def test_is_caught_though_each_of_its_syncs_looks_for_what_is_not_there(self, played: Played) -> None:
        def both(client: Planned) -> None:
            looks_for_what_is_not_there(client)
            edits(client)

        assert played(["sync", "sync"], looks_for_what_is_not_there, both).outcome == "failed"

    def test_is_not_accused_by_a_journal_that_has_lost_its_beginning(self, server: Crm) -> None:
        def forgets(client: Planned) -> None:
            crm.requests.clear()
            edits(client)

        with server.create() as crm:
            document = {"events": [CALL], "steps": ["sync", "sync", "sync"]}
            crm.scenario.load(document)  # type: ignore[arg-type]  # The steps are any that a test wants.
            play = Play(crm, Hazard("own", own_document=document))
            assert play.with_client(Planned(crm.url, [None, forgets, edits])).reasons == []

    def test_is_not_excused_by_what_the_crm_did_in_consequence_of_its_own_writes(self, played: Played) -> None:
        family = {
            "dialect": {"childEvents": "users"},
            "users": [
                {"key": "ann", "id": "2001", "name": "Ann", "emailAddress": "ann@ourcompany.example"},
                {"key": "bob", "id": "2002", "name": "Bob", "emailAddress": "bob@ourcompany.example"},
            ],
        }
        invited = {"edit": {"event": "call", "set": {"attendees": [{"userId": "bob"}]}}}
        trial = played([invited, "sync", "sync"], renames, edits, **family)
        assert trial.reasons[-1] == "Sync 2 wrote once, though nobody had changed anything since sync 1."

    def test_is_not_excused_by_changes_of_records_that_it_never_reads(self, played: Played) -> None:
        trial = played([WILE, "sync", RENAMED, "sync"], None, edits)
        assert trial.reasons[-1] == "Sync 2 wrote once, though nobody had changed anything since sync 1."

    def test_is_caught_writing_records_of_other_kinds(self, played: Played) -> None:
        def calls_wile(client: Planned) -> None:
            client.http.patch("/contacts/501", json={"phone": "117"}).raise_for_status()

        trial = played([WILE, "sync", "sync"], None, calls_wile)
        assert trial.reasons[-1] == "Sync 2 wrote once, though nobody had changed anything since sync 1."


WILE = {"create": {"kind": "contact", "set": {"id": "501", "lastName": "Coyote"}}}
RENAMED = {"edit": {"kind": "contact", "record": "501", "set": {"lastName": "Coyote, Wile E."}}}


def reads_contacts(client: Planned) -> None:
    client.http.get("/contacts").raise_for_status()


class TestWhoHasAReason:
    def test_writes_because_of_a_contact_that_it_has_read(self, played: Played) -> None:
        def both(client: Planned) -> None:
            reads_contacts(client)
            edits(client)

        assert played([WILE, "sync", RENAMED, "sync"], reads_contacts, both).reasons == []

    def test_writes_an_event_after_it_has_made_a_contact_for_it(self, played: Played) -> None:
        def makes_wile(client: Planned) -> None:
            client.http.post("/contacts", json={"lastName": "Coyote"}).raise_for_status()

        trial = played(["sync", EDITED, "sync", "sync"], None, makes_wile, edits)
        assert not [reason for reason in trial.reasons if "nobody had changed" in reason]

    def test_writes_at_its_first_sync(self, played: Played) -> None:
        assert played(["sync", "sync"], edits).outcome == "passed"

    def test_carries_over_what_its_user_did(self, played: Played) -> None:
        assert played(["sync", EDITED, "sync"], None, edits).outcome == "passed"

    def test_carries_it_over_one_sync_later(self, played: Played) -> None:
        assert played(["sync", EDITED, "sync", "sync"], None, None, edits).outcome == "passed"

    def test_carries_over_what_its_user_made_and_then_changed(self, played: Played) -> None:
        made = {"mailbox": {"create": {"as": "lunch", "set": LUNCH}}}
        moved = {"mailbox": {"edit": {"event": "lunch", "set": {"location": "Room 7"}}}}

        def moves(client: Planned) -> None:
            (lunch,) = (each for each in client.http.get("/events").json()["records"] if each["subject"] == "Lunch")
            client.http.patch(f"/events/{lunch['id']}", json={"location": "Room 7"}).raise_for_status()

        assert played(["sync", made, moved, "sync", "sync"], None, creates, moves).outcome == "passed"

    def test_answers_a_colleague(self, played: Played) -> None:
        edited = {"edit": {"event": "call", "set": {"subject": "Call with Acme"}}}
        assert played(["sync", edited, "sync"], None, edits).outcome == "passed"

    def test_answers_a_colleague_who_came_in_the_middle_of_its_sync(self, played: Played) -> None:
        edited = [{"edit": {"event": "call", "set": {"subject": "Call with Acme"}}}]
        during = {"on": {"operation": "listEvents", "when": "after"}, "times": 1, "do": edited}
        assert played([during, "sync", "sync"], None, edits).outcome == "passed"

    def test_answers_a_colleague_whose_change_became_visible_late(self, played: Played) -> None:
        edited = {"edit": {"event": "call", "set": {"subject": "Call with Acme"}, "visibleAfter": "3m"}}
        steps = [edited, "sync", {"advance": {"by": "5m"}}, "sync"]
        assert played(steps, None, edits).outcome == "passed"

    def test_answers_a_colleague_of_whom_a_stale_list_did_not_tell(self, played: Played) -> None:
        edited = {"edit": {"event": "call", "set": {"subject": "Call with Acme"}}}
        faults = [{"match": {"operation": "listEvents"}, "effect": {"stale": {"changes": 1}}, "skip": 1, "times": 1}]
        assert played(["sync", edited, "sync", "sync"], None, None, edits, faults=faults).reasons == []

    def test_catches_up_after_a_sync_that_failed(self, played: Played) -> None:
        def fails(client: Planned) -> None:
            raise ConnectionError("no network")

        trial = played(["sync", EDITED, "sync", "sync"], None, fails, edits)
        assert (trial.syncs[1].end, [*trial.reasons]) == ("failed", ["No request came at sync 2."])

    def test_repeats_what_a_sync_wrote_that_failed_afterwards(self, played: Played) -> None:
        def fails_late(client: Planned) -> None:
            edits(client)
            raise ConnectionError("no network")

        assert played(["sync", EDITED, "sync", "sync"], None, fails_late, edits).reasons == []

    def test_repeats_what_got_an_answer_that_it_cannot_read(self, played: Played) -> None:
        def tries(client: Planned) -> None:
            with suppress(ValueError):
                client.http.patch("/events/1001", json={"location": "Room 7"}).json()

        broken = {"truncate": {"contentLength": "cut"}}
        faults = [{"match": {"operation": "updateEvent"}, "effect": broken, "times": 1}]
        assert played(["sync", EDITED, "sync", "sync"], None, tries, edits, faults=faults).reasons == []

    def test_reads_again_what_it_could_not_read_and_then_writes(self, played: Played) -> None:
        def is_refused(client: Planned) -> None:
            with suppress(httpx.HTTPStatusError):
                client.http.get("/events/1001").raise_for_status()

        faults = [{"match": {"operation": "getEvent"}, "effect": {"status": 503}, "times": 1}]
        assert played(["sync", "sync", "sync"], None, is_refused, edits, faults=faults).reasons == []

    def test_repeats_what_was_refused(self, played: Played) -> None:
        def tries(client: Planned) -> None:
            with suppress(httpx.HTTPStatusError):
                edits(client)

        faults = [{"match": {"operation": "updateEvent"}, "effect": {"status": 503}, "times": 1}]
        assert played(["sync", EDITED, "sync", "sync"], None, tries, edits, faults=faults).outcome == "passed"

    def test_repeats_what_it_got_no_answer_to(self, played: Played) -> None:
        def tries(client: Planned) -> None:
            with suppress(httpx.TransportError):
                edits(client)

        faults = [{"match": {"operation": "updateEvent"}, "effect": {"disconnect": {"when": "after"}}, "times": 1}]
        assert played(["sync", EDITED, "sync", "sync"], None, tries, edits, faults=faults).reasons == []


@pytest.mark.parametrize(
    ("actions", "plans"),
    [
        ([{"edit": {"event": "call", "set": {"subject": "Talk", "location": "Room 7"}}}], [renames, edits]),
        ([EDITED["mailbox"], {"delete": {"event": "call"}}], [edits, deletes]),
    ],
    ids=["field by field", "an edit, then a deletion"],
)
def test_a_client_may_carry_over_what_users_did_in_several_syncs(
    played: Callable[..., HazardTrial], actions: Sequence[Any], plans: Sequence[Plan]
) -> None:
    trial = played(["sync", *({"mailbox": each} for each in actions), "sync", "sync"], None, *plans)
    assert not [reason for reason in trial.reasons if "nobody had changed" in reason]


def test_a_client_that_writes_once_more_than_all_that_it_had_to_is_still_caught(
    played: Callable[..., HazardTrial],
) -> None:
    both = {"mailbox": {"edit": {"event": "call", "set": {"subject": "Talk", "location": "Room 7"}}}}
    trial = played(["sync", both, "sync", "sync", "sync"], None, renames, edits, edits)
    assert "Sync 4 wrote once, though nobody had changed anything since sync 3." in trial.reasons
