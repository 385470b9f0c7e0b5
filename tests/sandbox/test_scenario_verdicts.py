"""The verdict on a scenario: nothing that was not judged has passed (section 7)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from mockcrm.audit.findings import GRAVE
from mockcrm.sandbox.scenario.fixture_file import scenario_of
from mockcrm.sandbox.scenario.verdict import ComparedReplica
from tests.audit.audited import Crm as Audited
from tests.making import Make, making, name_of
from tests.samples import TIMES
from tests.served import MONDAY, Crm, error
from tests.unchanged import declined

LUNCH: dict[str, Any] = {"key": "lunch", "subject": "Lunch", **TIMES}
MOVED: dict[str, Any] = {"edit": {"event": "lunch", "set": {"location": "Room 7"}}}
ANN = {"X-Mockcrm-Client": "ann"}
BOB = {"X-Mockcrm-Client": "bob"}


@pytest.fixture
def make(http: httpx.Client) -> Iterator[Make]:
    with making(http) as maker:
        yield maker


def load(crm: Crm, *steps: Any, **payload: Any) -> None:
    body = {"clock": {"now": MONDAY}, "events": [LUNCH], "steps": steps, **payload}
    answer = crm.admin("PUT", "/scenario", body)
    assert answer.status_code == 200, answer.text


def go(crm: Crm, **options: Any) -> Any:
    answer = crm.admin("POST", "/scenario/next", **options)
    assert answer.status_code == 200, answer.text
    return answer.json()


def read(crm: Crm, since: str | None = None, headers: Any = ANN) -> str:
    """A careful sync: everything, or all changes since the last one. Returns the next watermark."""
    parameters = {"since": since, "showDeleted": "true"} if since else {}
    answer = crm.api("GET", "/events", params=parameters, headers=headers)
    assert answer.status_code == 200, answer.text
    watermark: str = answer.json()["asOf"]
    return watermark


def verdict(crm: Crm) -> tuple[str, list[str]]:
    """The verdict, and its reasons."""
    shown = crm.admin("GET", "/scenario").json()
    assert shown["passed"] == {"passed": True, "failed": False, "inconclusive": None}[shown["verdict"]]
    return shown["verdict"], shown["reasons"]


def judged(crm: Crm) -> tuple[str, list[str]]:
    """Run the scenario to its end, which says the same as the loaded scenario."""
    end = go(crm)
    assert end["done"]
    shown = crm.admin("GET", "/scenario").json()
    names = ("verdict", "passed", "reasons", "failures")
    assert [end[name] for name in names] == [shown[name] for name in names]
    return verdict(crm)


# A client that was there


def test_a_client_that_reads_at_each_sync_has_passed(crm: Crm) -> None:
    load(crm, "sync", MOVED, "sync")
    go(crm)
    watermark = read(crm)
    go(crm)
    assert crm.admin("GET", "/scenario").json()["asked"] == [True, False]
    read(crm, watermark)
    assert crm.admin("GET", "/scenario").json()["asked"] == [True, True]
    assert judged(crm) == ("passed", [])


def test_what_comes_after_the_last_sync_need_not_be_read(crm: Crm) -> None:
    load(crm, "sync", MOVED, {"advance": {"by": "1h"}})
    go(crm)
    read(crm)
    assert judged(crm) == ("passed", [])


def test_a_change_that_lists_did_not_show_before_the_last_sync_need_not_be_read(crm: Crm) -> None:
    late = {"edit": {**MOVED["edit"], "visibleAfter": "5m"}}
    load(crm, "sync", late, "sync", {"advance": {"by": "10m"}})
    go(crm)
    watermark = read(crm)
    go(crm)
    read(crm, "2026-01-05T08:00:00Z")
    assert watermark
    assert judged(crm) == ("passed", [])


def test_a_scenario_without_syncs_is_judged_by_what_its_client_did(crm: Crm) -> None:
    load(crm, MOVED, expect={"events": [{"event": "lunch", "has": {"location": "Room 7"}}]})
    assert judged(crm) == ("inconclusive", ["No client has made a request."])
    read(crm)
    assert judged(crm) == ("passed", [])


def test_a_client_that_only_writes_is_judged_by_its_writes(crm: Crm) -> None:
    load(crm, "sync", MOVED, "sync")
    for subject in ("Call", "Visit"):
        go(crm)
        crm.create(subject=subject)
    outcome, (reason,) = judged(crm)
    assert (outcome, reason.endswith("its reading was not judged.")) == ("passed", True)


def test_a_poller_in_the_background_must_have_read_the_last_changes_too(crm: Crm) -> None:
    load(crm, "sync", MOVED, "sync")
    polled = read(crm, headers=BOB)
    go(crm)
    watermark = read(crm)
    polled = read(crm, polled, headers=BOB)
    go(crm)
    read(crm, watermark)
    assert judged(crm)[0] == "inconclusive"
    read(crm, polled, headers=BOB)
    assert judged(crm) == ("passed", [])


# Nobody


EXPECTATIONS: dict[str, Any] = {
    "nothing": {},
    "events": {"events": [{"event": "lunch", "has": {"location": "Room 7"}}]},
    "failing events": {"events": [{"event": "lunch", "deleted": True}]},
    "a clean audit": {"audit": "clean"},
    "any audit": {"audit": "any"},
    "an audit with leave": {"audit": {"allow": [*GRAVE]}},
    "a finding": {"audit": ["change.outOfReach"]},
    "no requests": {"requests": [{"requests": [{}], "times": {"exactly": 0}}]},
    "requests": {"requests": [{"requests": [{}]}]},
}


@pytest.mark.parametrize("expect", EXPECTATIONS.values(), ids=list(EXPECTATIONS))
def test_no_client_is_no_verdict_whatever_is_expected(crm: Crm, expect: Any) -> None:
    load(crm, "sync", MOVED, "sync", expect=expect)
    assert verdict(crm) == ("inconclusive", ["No client has made a request."])
    go(crm), go(crm)
    assert judged(crm) == ("inconclusive", ["No client has made a request."])


def test_a_client_at_another_sandbox_is_no_client(crm: Crm, make: Make) -> None:
    other = make()
    load(crm, "sync", MOVED, "sync")
    go(crm)
    watermark = read(other)
    go(crm)
    read(other, watermark)
    assert judged(crm) == ("inconclusive", ["No client has made a request."])


REFUSED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "400": ("GET", "/events", {"params": {"since": "yesterday"}}),
    "404": ("GET", "/calendar", {}),
    "415": ("POST", "/events", {"content": b"subject=Lunch"}),
    "405": ("PUT", "/events", {"json": {}}),
}


@pytest.mark.parametrize("refused", REFUSED.values(), ids=list(REFUSED))
@pytest.mark.parametrize("expect", [{}, {"audit": "clean"}, {"audit": {"allow": ["change.outOfReach"]}}], ids=str)
def test_a_client_that_is_only_refused_has_not_passed(crm: Crm, refused: Any, expect: Any) -> None:
    method, path, options = refused
    load(crm, "sync", MOVED, "sync", expect=expect)
    for _ in range(2):
        go(crm)
        assert crm.api(method, path, **options, headers=ANN).status_code >= 400
    assert judged(crm)[0] == "inconclusive"


def test_a_client_without_credentials_has_not_passed(crm: Crm) -> None:
    load(crm, "sync", dialect={"credentials": "secret"})
    go(crm)
    assert crm.api("GET", "/events").status_code == 401
    assert judged(crm)[0] == "inconclusive"


# A sync at which nobody came


def test_each_sync_at_which_no_request_came_is_named(crm: Crm) -> None:
    load(crm, *["sync"] * 5)
    assert verdict(crm) == ("inconclusive", ["No client has made a request."])
    for number in range(1, 6):
        go(crm)
        if number in (2, 5):
            read(crm)
    assert judged(crm) == ("inconclusive", ["No request came at syncs 1, 3 and 4."])


def test_many_syncs_are_counted(crm: Crm) -> None:
    load(crm, *["sync"] * 15)
    go(crm)
    read(crm)
    for _ in range(14):
        go(crm)
    assert judged(crm)[1] == ["No request came at syncs 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 4 more."]


def test_a_request_before_the_first_sync_is_none_of_it(crm: Crm) -> None:
    load(crm, "sync")
    watermark = read(crm)
    go(crm)
    assert verdict(crm) == ("inconclusive", ["No request came at sync 1."])
    read(crm, watermark)
    assert judged(crm) == ("passed", [])


def test_a_request_after_later_steps_is_none_of_the_sync(crm: Crm) -> None:
    load(crm, "sync", "sync", MOVED)
    go(crm)
    watermark = read(crm)
    go(crm)
    assert go(crm)["reasons"] == ["No request came at sync 2."]
    read(crm, watermark)
    assert judged(crm) == ("inconclusive", ["No request came at sync 2."])


def test_a_refused_step_keeps_what_came_at_the_sync_before(crm: Crm) -> None:
    load(crm, "sync", MOVED, "sync")
    go(crm)
    watermark = read(crm)
    crm.admin("DELETE", "/events/lunch")
    error(crm.admin("POST", "/scenario/next"), 404, "event.deleted")
    crm.admin("POST", "/events/lunch/restore")
    go(crm)
    read(crm, watermark)
    assert judged(crm) == ("passed", [])


def test_a_scenario_that_has_not_run_to_its_end_has_not_passed(crm: Crm) -> None:
    load(crm, "sync", MOVED, "sync", "sync")
    go(crm)
    watermark = read(crm)
    assert verdict(crm) == ("inconclusive", ["The scenario has not run to its end: 2 syncs are still to come."])
    go(crm)
    watermark = read(crm, watermark)
    assert verdict(crm) == ("inconclusive", ["The scenario has not run to its end: 1 sync is still to come."])
    go(crm)
    read(crm, watermark)
    assert verdict(crm) == judged(crm) == ("passed", [])


def test_clearing_the_journal_does_not_clear_who_came(crm: Crm) -> None:
    load(crm, "sync", "sync", expect={"audit": "any"})
    go(crm)
    watermark = read(crm)
    crm.admin("DELETE", "/requests")
    go(crm)
    read(crm, watermark)
    crm.admin("DELETE", "/requests")
    assert judged(crm) == ("passed", [])


# What is still pending


def test_a_change_that_the_client_has_not_read_yet_is_no_verdict(crm: Crm) -> None:
    load(crm, "sync", MOVED, "sync", expect={"events": [{"event": "lunch", "has": {"location": "Room 7"}}]})
    go(crm)
    watermark = read(crm)
    go(crm)
    crm.api("GET", "/nothing", headers=ANN)
    reasons = ["ann has not read 1 change yet that lists showed before the last sync."]
    assert judged(crm) == ("inconclusive", reasons)
    read(crm, watermark)
    assert judged(crm) == ("passed", [])


def test_what_is_pending_counts_where_any_finding_will_do(crm: Crm) -> None:
    steps = [{"create": {"set": TIMES}}] * 3
    load(crm, "sync", *steps, "sync", expect={"audit": "any", "events": [{"event": "lunch", "deleted": True}]})
    go(crm)
    read(crm)
    go(crm)
    crm.api("GET", "/nothing", headers=ANN)
    reasons = ["ann has not read 3 changes yet that lists showed before the last sync."]
    assert judged(crm) == ("inconclusive", reasons), "an expectation may fail for the same reason"


def test_each_client_must_have_read_what_was_there(crm: Crm) -> None:
    load(crm, "sync", MOVED, "sync")
    go(crm)
    watermark = read(crm)
    read(crm, headers=BOB)
    go(crm)
    read(crm, watermark)
    assert judged(crm) == ("inconclusive", ["bob has not read 1 change yet that lists showed before the last sync."])


def test_a_version_that_was_pending_stays_so_when_another_follows(crm: Crm) -> None:
    load(crm, "sync", MOVED, "sync", {"edit": {"event": "lunch", "set": {"subject": "Dinner"}}})
    go(crm)
    read(crm)
    go(crm)
    crm.api("GET", "/nothing", headers=ANN)
    assert judged(crm) == ("inconclusive", ["ann has not read 1 change yet that lists showed before the last sync."])


# What the audit finds


def careless(crm: Crm, **expect: Any) -> None:
    """A client whose watermark passes a change that lists show late."""
    late = {"edit": {**MOVED["edit"], "visibleAfter": "5m"}}
    load(crm, "sync", late, {"advance": {"by": "1m"}}, "sync", {"advance": {"by": "1h"}}, "sync", expect=expect)
    watermark = None
    for _ in range(3):
        go(crm)
        watermark = read(crm, watermark)


NOT_CLEAN = "audit: expected no findings, but the audit finds change.outOfReach."


@pytest.mark.parametrize(
    ("expect", "reasons"),
    [
        ({}, [NOT_CLEAN]),
        ({"audit": "clean"}, [NOT_CLEAN]),
        ({"audit": None}, [NOT_CLEAN]),
        ({"audit": []}, [NOT_CLEAN]),
        ({"audit": {"allow": []}}, [NOT_CLEAN]),
        ({"audit": "any"}, None),
        ({"audit": ["change.outOfReach"]}, None),
        ({"audit": {"allow": ["change.outOfReach"]}}, None),
        ({"audit": {"allow": ["write.drift", "change.outOfReach"]}}, None),
        (
            {"audit": ["change.outOfReach", "write.drift"]},
            ["audit: expected change.outOfReach, write.drift, but the audit finds change.outOfReach."],
        ),
        (
            {"audit": {"allow": ["write.drift"]}},
            ["audit: expected no findings besides write.drift, but the audit finds change.outOfReach."],
        ),
    ],
    ids=str,
)
def test_what_is_expected_decides_of_the_audit(crm: Crm, expect: Any, reasons: list[str] | None) -> None:
    careless(crm, **expect)
    assert judged(crm) == (("failed", reasons) if reasons else ("passed", []))


def test_findings_that_are_expected_must_be_there(crm: Crm) -> None:
    load(crm, "sync", expect={"audit": ["write.drift"]})
    go(crm)
    read(crm)
    assert judged(crm) == ("failed", ["audit: expected write.drift, but the audit finds no findings."])


def test_what_the_audit_finds_has_precedence_over_a_sync_that_was_missed(crm: Crm) -> None:
    load(crm, "sync", "sync")
    go(crm)
    read(crm)
    crm.act({"edit": {**MOVED["edit"], "visibleAfter": "5m"}}, {"advance": {"by": "1m"}})
    watermark = read(crm)
    crm.act({"advance": {"by": "1h"}})
    read(crm, watermark)
    go(crm)
    assert judged(crm) == ("failed", [NOT_CLEAN])


def test_a_failed_expectation_is_said_beside_what_was_not_judged(crm: Crm) -> None:
    load(crm, "sync", "sync", expect={"events": [{"event": "lunch", "deleted": True}]})
    go(crm)
    read(crm)
    go(crm)
    end = go(crm)
    assert (end["verdict"], end["reasons"]) == ("inconclusive", ["No request came at sync 2."])
    assert end["failures"] == ["events[0]: lunch is not deleted, and should be."]
    read(crm)
    assert verdict(crm) == ("failed", ["events[0]: lunch is not deleted, and should be."])


def test_all_that_fails_is_a_reason(crm: Crm) -> None:
    careless(crm, events=[{"event": "lunch", "deleted": True}], requests=[{"requests": [{"method": "DELETE"}]}])
    outcome, reasons = judged(crm)
    assert outcome == "failed"
    assert [reason.partition(":")[0] for reason in reasons] == ["events[0]", "requests[0].requests[0]", "audit"]


@pytest.mark.parametrize(
    "audit",
    ["dirty", 5, True, {}, {"allow": "any"}, {"allow": None}, {"allow": ["no.such"]}, {"allow": [], "deny": []}, [5]],
    ids=str,
)
def test_an_audit_is_expected_in_four_ways(crm: Crm, audit: Any) -> None:
    body = {"steps": ["sync"], "expect": {"audit": audit}}
    (problem,) = declined(crm, 422, "scenario.invalid", "PUT", "/scenario", body)["problems"]
    assert problem["field"] == "expect.audit"
    assert "`clean`" in problem["message"]


# A client's replica


def with_replica(crm: Crm, *records: Any, **options: Any) -> Any:
    answer = crm.admin("POST", "/scenario/replica", {"replica": records, **options})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_replica_that_agrees_changes_nothing(crm: Crm) -> None:
    load(crm, "sync")
    go(crm)
    (event,) = crm.events()
    assert with_replica(crm, event)["inSync"] is True
    assert judged(crm) == ("passed", [])


def test_a_replica_that_differs_fails_the_scenario(crm: Crm) -> None:
    load(crm, "sync", expect={"audit": "any"})
    go(crm)
    read(crm)
    assert with_replica(crm)["inSync"] is False
    outcome, (reason,) = judged(crm)
    assert outcome == "failed"
    assert reason.startswith("replica of ann: replica.missing: “Lunch” is not in the replica.")
    assert go(crm)["failures"] == [reason]


def test_the_last_replica_of_each_client_counts(crm: Crm) -> None:
    load(crm, "sync")
    go(crm)
    event = crm.events()
    read(crm)
    read(crm, headers=BOB)
    with_replica(crm, client="ann")
    with_replica(crm, client="bob")
    assert [reason[:15] for reason in judged(crm)[1]] == ["replica of ann:", "replica of bob:"]
    with_replica(crm, *event, client="bob")
    assert [reason[:15] for reason in judged(crm)[1]] == ["replica of ann:"]
    with_replica(crm, *event, client="ann")
    assert judged(crm) == ("passed", [])


def test_a_replica_is_compared_with_the_crm_as_it_was_then(crm: Crm) -> None:
    load(crm, "sync", MOVED)
    go(crm)
    with_replica(crm, *crm.events())
    assert judged(crm) == ("passed", [])


def test_a_replica_that_only_lacks_what_is_pending_is_no_verdict(crm: Crm) -> None:
    load(crm, "sync", expect={"events": [{"event": "lunch", "deleted": True}]})
    go(crm)
    read(crm)
    before = crm.controls.events.all()
    crm.act(MOVED)
    with_replica(crm, {"id": before[0]["id"], "location": None})
    outcome, (reason,) = judged(crm)
    assert outcome == "inconclusive"
    assert reason.startswith("replica of ann: replica.pending:")


def test_what_a_replica_lost_is_said_and_not_what_is_pending(crm: Crm) -> None:
    load(crm, "sync", events=[LUNCH, {"subject": "Call", **TIMES}])
    go(crm)
    read(crm)
    lunch = crm.controls.events.get("lunch")
    crm.act(MOVED)
    with_replica(crm, {"id": lunch["id"], "location": None})
    outcome, (reason,) = judged(crm)
    assert outcome == "failed"
    assert reason.startswith("replica of ann: replica.missing: “Call” ")


def test_many_differences_are_counted(crm: Crm) -> None:
    load(crm, "sync", events=[{"subject": str(number), **TIMES} for number in range(15)])
    go(crm)
    read(crm)
    differences = [found for client in with_replica(crm)["clients"] for found in client["findings"]]
    reasons = judged(crm)[1]
    assert len(reasons) == min(len(differences), 11)
    sentences = ComparedReplica("ann", ("replica.missing: …",), 5).sentences()
    assert [*sentences] == ["replica of ann: replica.missing: …", "replica of ann: 5 more differences."]


def test_a_replica_must_be_of_a_client_that_is_known(crm: Crm) -> None:
    replica: dict[str, Any] = {"replica": []}
    for body in (replica, {**replica, "client": "ann"}):
        error(crm.admin("POST", "/scenario/replica", body), 404, "scenario.notFound")
    load(crm, "sync")
    go(crm)
    read(crm)
    for body in ({**replica, "client": "bob"}, {"replica": [{"id": 5}]}, {**replica, "when": "now"}, {}):
        declined(crm, 422, "audit.invalid", "POST", "/scenario/replica", body)
    read(crm, headers=BOB)
    declined(crm, 422, "audit.invalid", "POST", "/scenario/replica", {"replica": []})
    assert judged(crm) == ("passed", [])


def test_a_reset_forgets_replicas_and_no_snapshot_or_fork_has_them(crm: Crm, make: Make) -> None:
    load(crm, "sync", expect={"audit": "any"})
    go(crm)
    read(crm)
    state = crm.everything()
    with_replica(crm)
    assert crm.everything() == state
    assert judged(crm)[0] == "failed"
    fork = make(**{"from": name_of(crm)})
    assert "replica" not in str(fork.admin("GET", "/scenario").json())
    crm.admin("POST", "/reset")
    go(crm)
    read(crm)
    assert judged(crm) == ("passed", [])


# A run is part of the state


def test_a_fork_and_a_snapshot_know_at_which_syncs_a_request_came(crm: Crm, make: Make) -> None:
    load(crm, "sync", "sync", "sync", expect={"audit": "any"})
    go(crm)
    read(crm)
    go(crm)
    fork, elsewhere = make(**{"from": name_of(crm)}), make()
    assert elsewhere.admin("PUT", "/snapshot", crm.everything()).status_code == 200
    for each in (fork, elsewhere):
        go(each)
        read(each)
        assert judged(each) == ("inconclusive", ["No request came at sync 2."])
    read(crm)
    fork, elsewhere = make(**{"from": name_of(crm)}), make()
    assert elsewhere.admin("PUT", "/snapshot", crm.everything()).status_code == 200
    for each in (fork, elsewhere):
        go(each)
        assert verdict(each)[0] == "inconclusive"
        read(each)
        assert judged(each) == ("passed", [])


def test_a_reset_goes_back_to_the_syncs_of_its_start(crm: Crm) -> None:
    load(crm, "sync", expect={"audit": "any"})
    go(crm)
    read(crm)
    assert crm.admin("PUT", "/snapshot", crm.everything()).status_code == 200
    for _ in range(2):
        assert verdict(crm) == ("passed", []), "a request had come, and any audit will do"
        crm.admin("POST", "/reset")


def test_a_snapshot_must_be_of_one_run(crm: Crm) -> None:
    load(crm, "sync", "sync")
    go(crm)
    saved = crm.everything()
    assert saved["plot"]["asked"] == [False]
    mistakes: list[dict[str, Any]] = [
        {"asked": []},
        {"asked": [True, True]},
        {"asked": ["yes"]},
        {"shown": 5},
        {"shown": {"changes": 1}},
    ]
    for wrong in mistakes:
        body = {**saved, "plot": {**saved["plot"], **wrong}}
        declined(crm, 422, "snapshot.invalid", "PUT", "/snapshot", body)


def test_a_replayed_scenario_has_the_same_verdict_on_its_replica(crm: Crm) -> None:
    load(crm, "sync")
    go(crm)
    read(crm)
    with_replica(crm)
    steps = crm.admin("GET", "/replay").json()["steps"]
    assert [step["path"] for step in steps if "request" not in step] == [
        "/admin/scenario/next",
        "/admin/scenario/replica",
    ]


# Requests under way


def test_the_end_waits_for_requests_that_are_under_way(crm: Crm) -> None:
    load(crm, "sync")
    go(crm)
    crm.controls.faults.add({"delay": "1m"}, match={"operation": "listEvents"})
    with ThreadPoolExecutor() as pool:
        sync = pool.submit(read, crm)
        while not crm.controls.requests.all():
            pass
        assert go(crm, params={"wait": "0s"})["verdict"] == "inconclusive"
        end = pool.submit(go, crm, params={"wait": "1m"})
        crm.controls.faults.clear()
        assert end.result(30)["verdict"] == "passed"
        sync.result(30)


@pytest.mark.parametrize("wait", ["-1s", "2h", "soon", "", "5"])
def test_a_wait_is_a_duration_and_has_an_end(crm: Crm, wait: str) -> None:
    load(crm, "sync")
    declined(crm, 400, "query.invalid", "POST", f"/scenario/next?wait={wait}")


@pytest.mark.parametrize(("exactly", "verdict"), [(0, "inconclusive"), (3, "failed")])
def test_what_requests_that_were_dropped_had_asked_is_not_known(exactly: int, verdict: str) -> None:
    small = Audited(journaled=2)
    expected = {"requests": [{"requests": [{"query": {"limit": "7"}}], "times": {"exactly": exactly}}]}
    plot = {"clock": {"now": MONDAY}, "events": [LUNCH], "steps": ["sync"], "expect": expected}
    small.sandbox.put(small.sandbox.lineage, scenario_of(plot).start())
    small.sandbox.next_round()
    for _ in range(4):
        small.read()
    small.sandbox.next_round()
    found = small.sandbox.verdict()
    assert found.judgement.verdict == verdict
    assert all(reason.startswith("requests[0].") for reason in found.judgement.reasons)


def test_a_client_that_is_only_refused_again_and_again_has_not_failed_where_a_clean_audit_is_expected(
    crm: Crm,
) -> None:
    load(crm, "sync", dialect={"credentials": "secret"})
    go(crm)
    for _ in range(4):
        error(crm.api("GET", "/events", headers=ANN), 401, "credentials.missing")
    found, reasons = judged(crm)
    assert found == "inconclusive"
    assert "No list reached it whole" in reasons[0]
