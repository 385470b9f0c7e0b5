"""The audit's verdict while requests are under way, after a fork or a snapshot, and after the journal was cleared."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest

from mockcrm.audit.replica import replica_of
from mockcrm.base.waiting import Waiter
from mockcrm.crm.lists.cursor import Lineage
from mockcrm.journal.entry import Entry
from mockcrm.web.replay import replay
from tests.audit import audited
from tests.audit.test_verdict import TIMES, audit, by_client, named, overwrites, verdict
from tests.served import MONDAY, Crm, error
from tests.waiting import until

SINCE = {"since": MONDAY}
RESUMED = (
    "client: The sandbox was forked, or a snapshot was put in, after clients had made requests, and this client has "
    "not read everything since."
)


@contextmanager
def held(crm: Crm, method: str, path: str, **options: Any) -> Iterator[Callable[[], None]]:
    """A request that is under way during the block, or until it is let go."""
    before = len(crm.controls.requests.all())
    rule = crm.controls.faults.add({"delay": "5m"}, match={"method": method}, times=1)
    asking = threading.Thread(target=lambda: crm.api(method, path, **options), daemon=True)
    asking.start()
    until(lambda: len(crm.controls.requests.all()) > before)

    def let_go() -> None:
        crm.admin("DELETE", f"/faults/{rule['id']}")
        asking.join(20)

    try:
        yield let_go
    finally:
        let_go()


# Requests under way


def test_a_poller_whose_request_is_under_way_is_not_judged_before_its_answer(crm: Crm) -> None:
    crm.events()
    with held(crm, "GET", "/events") as let_go:
        assert verdict(crm) == ("inconclusive", ["client: Request 2 is under way."])
        let_go()
        assert verdict(crm) == ("passed", [])


def test_a_client_whose_first_request_is_under_way_has_made_a_request(crm: Crm) -> None:
    with held(crm, "GET", "/events"):
        assert verdict(crm) == ("inconclusive", ["client: Request 1 is under way."])
        (client,) = audit(crm)["clients"]
        assert (client["verdict"], client["stats"]["requests"]) == ("inconclusive", 0)


def test_one_client_whose_request_is_under_way_leaves_the_whole_open(crm: Crm) -> None:
    crm.events()
    with held(crm, "GET", "/events/7", **named("poller")):
        assert by_client(crm) == {"client": "passed", "poller": "inconclusive"}
        assert verdict(crm) == ("inconclusive", ["poller: Request 2 is under way."])


def test_a_client_that_has_failed_has_failed_whatever_is_under_way(crm: Crm) -> None:
    overwrites(crm)
    with held(crm, "GET", "/events"):
        assert verdict(crm)[0] == "failed"
        assert verdict(crm, "?allow=overwrite.blind") == ("inconclusive", ["client: Request 3 is under way."])


@pytest.mark.parametrize("method", ["OPTIONS", "HEAD"])
def test_options_and_head_under_way_hold_up_nothing(crm: Crm, method: str) -> None:
    crm.events()
    with held(crm, method, "/events"):
        assert verdict(crm) == ("passed", [])


def test_a_write_under_way_counts_as_well(crm: Crm) -> None:
    crm.create()
    with held(crm, "POST", "/events", json=TIMES):
        assert verdict(crm)[0] == "inconclusive"


# Waiting


def test_an_audit_waits_for_what_is_under_way(crm: Crm) -> None:
    crm.events()
    for method in ("GET", "POST"):
        with held(crm, "GET", "/events") as let_go:
            found: list[Any] = []
            asking = threading.Thread(
                target=lambda method=method, found=found: found.append(crm.admin(method, "/audit?wait=20s").json())
            )
            asking.start()
            let_go()
            asking.join(20)
            assert found[0]["verdict"] == "passed"


def test_it_waits_no_longer_than_it_was_asked_to(crm: Crm) -> None:
    with held(crm, "GET", "/events"):
        assert verdict(crm, "?wait=10ms") == ("inconclusive", ["client: Request 1 is under way."])


def test_it_does_not_wait_where_nothing_is_under_way(crm: Crm) -> None:
    crm.events()
    began = time.monotonic()
    assert verdict(crm, "?wait=1m")[0] == "passed"
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("wait", ["61s", "-1s", "soon", "5", "1m&wait=1m", ""])
def test_a_wait_is_a_duration_of_at_most_a_minute(crm: Crm, wait: str) -> None:
    for method in ("GET", "POST"):
        assert set(error(crm.admin(method, f"/audit?wait={wait}"), 400, "query.invalid")) == {"wait"}


class During(Waiter):
    """What happens while an audit waits."""

    def __init__(self, *happens: Callable[[], object]) -> None:
        super().__init__()
        self._happens = iter(happens)

    def sleep(self, seconds: float) -> None:
        next(self._happens)()


def arrived(crm: audited.Crm, client: str = "client") -> Entry:
    """A list request that has arrived."""
    entry = Entry(client, "GET", "/api/v1/events", "listEvents", "event", None, None, "", {}, audited.MONDAY, 0.0)
    crm.sandbox.journal.open(entry)
    return entry


def answered(crm: audited.Crm, entry: Entry) -> Callable[[], object]:
    return lambda: crm.sandbox.journal.close(entry, 503, audited.MONDAY)


def waited(crm: audited.Crm, *happens: Callable[[], object], replica: Any = None) -> tuple[str, tuple[str, ...]]:
    about = None if replica is None else replica_of({"replica": replica})
    found = crm.sandbox.audit(about, timedelta(minutes=1), During(*happens)).judged()
    return found.verdict, found.reasons


def test_it_waits_for_the_last_of_those_that_had_arrived() -> None:
    crm = audited.Crm()
    crm.read()
    first, second = arrived(crm), arrived(crm, "other")
    assert waited(crm, answered(crm, second), answered(crm, first))[1] == ("other: No list reached it whole: 503.",)


def test_what_arrives_after_the_question_is_not_waited_for() -> None:
    crm = audited.Crm()
    crm.read()
    before = arrived(crm)
    assert waited(crm, lambda: arrived(crm), answered(crm, before)) == ("passed", ())
    assert crm.sandbox.audit().judged().reasons == ("client: Request 3 is under way.",)


def test_a_caller_that_leaves_does_not_wait() -> None:
    crm = audited.Crm()
    arrived(crm)
    waiter = Waiter()
    waiter.leave()
    began = time.monotonic()
    found = crm.sandbox.audit(wait=timedelta(minutes=1), waiter=waiter).judged()
    assert found.reasons == ("client: Request 1 is under way.",)
    assert time.monotonic() - began < 30


def test_after_a_reset_nobody_learns_what_was_under_way() -> None:
    crm = audited.Crm()
    crm.read()
    arrived(crm)
    assert waited(crm, lambda: crm.sandbox.reset(Lineage("default", 7))) == (
        "inconclusive",
        ("client: Request 2 is under way.",),
    )
    assert crm.sandbox.audit().clients == []


def test_what_is_delivered_meanwhile_cannot_be_in_the_replica() -> None:
    crm = audited.Crm()
    name = crm.create()
    crm.read()
    crm.edit(name)
    waiting = arrived(crm, "client")
    replica = [{"id": crm.id_of(name), "location": None}]
    found = waited(crm, crm.read, answered(crm, waiting), replica=replica)
    assert found == ("inconclusive", ("client: Its replica differs by changes that may still be delivered.",))
    assert [each.kind.code for each in crm.sandbox.audit(replica_of({"replica": replica})).findings] == [
        "replica.stale"
    ]


def test_a_replica_that_is_the_same_stays_so_while_the_audit_waits() -> None:
    crm = audited.Crm()
    name = crm.create()
    crm.read()
    waiting = arrived(crm)
    replica = [{"id": crm.id_of(name), "location": None}]
    assert waited(crm, answered(crm, waiting), replica=replica) == ("passed", ())


# Forks


def polls(crm: Crm) -> tuple[str, list[str]]:
    """A client goes on with a watermark."""
    crm.events(**SINCE)
    return verdict(crm)


@contextmanager
def forked(crm: Crm) -> Iterator[Crm]:
    with crm.controls.fork() as made:
        yield Crm(crm.http, made.path)


def test_a_fork_from_before_the_first_request_is_like_any_sandbox(crm: Crm) -> None:
    with forked(crm) as fork:
        assert polls(fork) == ("passed", [])


def test_in_a_fork_the_audit_does_not_know_what_clients_had_before(crm: Crm) -> None:
    crm.events()
    with forked(crm) as fork:
        assert polls(fork) == ("inconclusive", [RESUMED])
        fork.events()
        assert polls(fork) == ("passed", [])
    assert verdict(crm)[0] == "passed"


def test_a_full_read_counts_once_it_has_come_to_its_end(crm: Crm) -> None:
    for subject in ("Lunch", "Dinner"):
        crm.create(subject=subject)
    with forked(crm) as fork:
        token = fork.api("GET", "/events?limit=1").json()["nextPageToken"]
        assert verdict(fork)[0] == "inconclusive"
        fork.api("GET", f"/events?pageToken={token}")
        assert verdict(fork)[0] == "passed"


def test_a_client_that_reads_an_interval_reads_that_anew(crm: Crm) -> None:
    crm.events()
    week = {"startAt": "2026-01-05T00:00:00Z", "endAt": "2026-01-12T00:00:00Z"}
    with forked(crm) as fork:
        fork.events(**week, **SINCE)
        assert verdict(fork)[0] == "inconclusive"
        fork.events(**week)
        assert verdict(fork)[0] == "passed"


def test_each_client_reads_everything_for_itself(crm: Crm) -> None:
    crm.events()
    with forked(crm) as fork:
        fork.events()
        fork.api("GET", "/events", params=SINCE, **named("other"))
        assert by_client(fork) == {"client": "passed", "other": "inconclusive"}
        assert verdict(fork)[0] == "inconclusive"


def test_a_client_that_only_writes_may_know_more_than_the_fork_tells(crm: Crm) -> None:
    crm.create()
    with forked(crm) as fork:
        fork.create(subject="Dinner")
        assert verdict(fork)[0] == "inconclusive"


def test_in_a_fork_too_a_client_fails_by_what_it_does(crm: Crm) -> None:
    crm.events()
    with forked(crm) as fork:
        fork.events(**SINCE)
        fork.api("GET", "/events?since=2030-01-01T00:00:00Z")
        assert verdict(fork)[0] == "failed"


def test_a_fork_of_a_fork_knows_it_too(crm: Crm) -> None:
    crm.events()
    with forked(crm) as fork, forked(fork) as second:
        assert polls(second)[0] == "inconclusive"


def test_a_fork_stays_one_after_a_reset_unless_it_is_emptied(crm: Crm) -> None:
    crm.events()
    with forked(crm) as fork:
        fork.controls.reset()
        assert polls(fork)[0] == "inconclusive"
        fork.controls.reset(empty=True)
        assert polls(fork) == ("passed", [])


def test_a_reset_forgets_that_clients_had_asked(crm: Crm) -> None:
    crm.events()
    crm.controls.reset()
    assert polls(crm) == ("passed", [])
    crm.controls.reset()
    with forked(crm) as fork:
        assert polls(fork) == ("passed", [])


def test_a_client_that_was_only_refused_knows_nothing(crm: Crm) -> None:
    crm.api("GET", "/events?since=soon")
    crm.api("HEAD", "/events")
    with forked(crm) as fork:
        assert polls(fork) == ("passed", [])


def test_a_write_whose_answer_was_lost_may_be_known(crm: Crm) -> None:
    crm.controls.faults.add({"disconnect": {"how": "close", "when": "after"}}, times=1)
    with pytest.raises(httpx.TransportError):
        crm.create()
    with forked(crm) as fork:
        assert polls(fork)[0] == "inconclusive"


# Snapshots


def test_a_snapshot_says_that_clients_had_asked(crm: Crm) -> None:
    crm.events()
    snapshot = crm.controls.snapshot()
    with crm.controls.create() as made:
        made.restore(snapshot)
        assert polls(Crm(crm.http, made.path)) == ("inconclusive", [RESUMED])
        made.reset()
        assert polls(Crm(crm.http, made.path))[0] == "inconclusive", "its start state is the same"


def test_a_backup_that_is_put_back_is_not_what_clients_have_seen(crm: Crm) -> None:
    backup = crm.controls.snapshot()
    crm.events()
    crm.controls.restore(backup)
    assert crm.controls.snapshot() == backup
    assert polls(crm) == ("inconclusive", [RESUMED])
    assert replay(crm.controls.bundle()).same
    with forked(crm) as fork:
        assert polls(fork)[0] == "inconclusive"
    crm.events()
    assert verdict(crm)[0] == "passed"
    crm.controls.reset()
    assert polls(crm) == ("passed", []), "a reset forgets them"


def test_a_snapshot_that_is_put_in_before_the_first_request_is_a_start(crm: Crm) -> None:
    backup = crm.controls.snapshot()
    crm.controls.restore(backup)
    assert polls(crm) == ("passed", [])


def test_a_scenario_starts_over(crm: Crm) -> None:
    crm.events()
    crm.controls.scenario.load({"steps": ["sync"]})
    assert polls(crm) == ("passed", [])


@pytest.mark.parametrize("wrote", [True, False])
def test_an_older_snapshot_tells_by_its_changes_that_clients_had_asked(crm: Crm, wrote: bool) -> None:
    if wrote:
        crm.create()
    older: Any = crm.controls.snapshot()
    del older["clientsAsked"]
    with crm.controls.create() as made:
        made.restore(older)
        assert polls(Crm(crm.http, made.path))[0] == ("inconclusive" if wrote else "passed")


def test_a_bundle_from_a_fork_comes_to_the_same_verdict(crm: Crm) -> None:
    crm.create()
    with forked(crm) as fork:
        assert polls(fork)[0] == "inconclusive"
        outcome = replay(fork.controls.bundle())
        assert (outcome.same, outcome.audit["verdict"]) == (True, "inconclusive")


# The journal is cleared


def clears(crm: Crm) -> None:
    assert crm.admin("DELETE", "/requests").status_code == 204


def test_what_was_found_before_the_journal_was_cleared_still_stands(crm: Crm) -> None:
    overwrites(crm)
    before = audit(crm)
    clears(crm)
    assert crm.controls.requests.all() == []
    (found,) = audit(crm)["clients"][0]["findings"]
    (was,) = before["clients"][0]["findings"]
    assert (found["code"], found["explanation"]) == (was["code"], was["explanation"])
    assert (audit(crm)["verdict"], audit(crm)["complete"]) == ("failed", True)


def test_what_was_delivered_before_the_journal_was_cleared_was_delivered(crm: Crm) -> None:
    event = crm.create()
    crm.advance("1m")
    bound = crm.api("GET", "/events").json()["asOf"]
    clears(crm)
    crm.admin("PATCH", f"/events/{event['id']}", {"subject": "Lost", "bump": False})
    crm.events(since=bound)
    assert [each["code"] for each in audit(crm)["clients"][0]["findings"]] == ["change.outOfReach"]


def test_a_blind_write_is_found_across_a_cleared_journal(crm: Crm) -> None:
    event = crm.admin("POST", "/events", TIMES).json()
    crm.events()
    crm.admin("PATCH", f"/events/{event['id']}", {"location": "Room 7"})
    clears(crm)
    crm.api("PATCH", f"/events/{event['id']}", {"location": "Room 2"})
    assert verdict(crm)[0] == "failed"


def test_phases_of_a_test_may_each_begin_with_an_empty_journal(crm: Crm) -> None:
    event = crm.create()
    crm.events()
    clears(crm)
    assert verdict(crm) == ("passed", [])
    crm.admin("PATCH", f"/events/{event['id']}", {"location": "Room 7"})
    bound = crm.api("GET", "/events", params=SINCE).json()["asOf"]
    clears(crm)
    crm.events(since=bound)
    assert verdict(crm) == ("passed", [])
    assert audit(crm)["clients"][0]["stats"]["requests"] == 4


def test_a_client_that_was_only_refused_is_still_not_judged(crm: Crm) -> None:
    crm.api("GET", "/events?since=soon")
    clears(crm)
    assert verdict(crm) == ("inconclusive", ["client: No list reached it whole: 400 query.invalid."])


def test_a_request_under_way_when_the_journal_is_cleared_is_judged_with_its_answer(crm: Crm) -> None:
    with held(crm, "GET", "/events") as let_go:
        clears(crm)
        assert crm.controls.requests.all() == []
        assert verdict(crm) == ("inconclusive", ["client: Request 1 is under way."])
        let_go()
        assert verdict(crm) == ("passed", [])
        assert crm.controls.requests.all() == []


def test_a_replica_is_compared_with_what_was_delivered_before_the_journal_was_cleared(crm: Crm) -> None:
    event = crm.create()
    crm.events()
    clears(crm)
    (found,) = audit(crm, replica={"replica": []})["clients"][0]["findings"]
    assert (found["code"], found["requests"]) == ("replica.missing", [1])
    assert audit(crm, replica={"replica": [event]})["verdict"] == "passed"


def test_a_small_journal_loses_no_request_that_is_under_way() -> None:
    crm = audited.Crm(journaled=1)
    waiting = arrived(crm)
    for _ in range(3):
        crm.read("other")
    assert crm.sandbox.audit().judged().reasons == ("client: Request 1 is under way.",)
    answered(crm, waiting)()
    audit = crm.sandbox.audit()
    assert (audit.judged().reasons, audit.complete) == (("client: No list reached it whole: 503.",), True)


# Replicas


def test_a_replica_that_differs_only_by_what_may_still_come_is_not_judged(crm: Crm) -> None:
    event = crm.create()
    crm.events()
    crm.admin("PATCH", f"/events/{event['id']}", {"location": "Room 7"})
    found = audit(crm, replica={"replica": [event]})
    assert (found["inSync"], found["verdict"], found["clean"]) == (False, "inconclusive", False)
    assert found["reasons"] == ["client: Its replica differs by changes that may still be delivered."]
    assert audit(crm, "?allow=replica.pending", replica={"replica": [event]})["verdict"] == "inconclusive"


def test_a_replica_that_lacks_what_was_delivered_fails_and_may_be_allowed_to(crm: Crm) -> None:
    crm.create()
    crm.events()
    assert audit(crm, replica={"replica": []})["verdict"] == "failed"
    found = audit(crm, "?allow=replica.missing", replica={"replica": []})
    assert (found["inSync"], found["verdict"]) == (False, "passed")


def test_an_equal_replica_of_a_client_that_never_asked_is_not_judged(crm: Crm) -> None:
    found = audit(crm, replica={"replica": []})
    assert (found["inSync"], found["verdict"]) == (True, "inconclusive")
