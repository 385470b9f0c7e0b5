"""The audit over HTTP, on the command line, and in what a scenario expects."""

import json
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from tests.processes import run
from tests.samples import TIMES
from tests.served import MONDAY, Crm, error


def lost(crm: Crm, subject: str = "Nobody will know") -> Any:
    """A change that a client has passed by: the event."""
    event = crm.create()
    crm.advance("1m")
    bound = crm.api("GET", "/events").json()["asOf"]
    crm.admin("PATCH", f"/events/{event['id']}", {"subject": subject, "bump": False})
    crm.events(since=bound)
    return event


def audit(crm: Crm) -> Any:
    response = crm.admin("GET", "/audit")
    assert response.status_code == 200, response.text
    return response.json()


def test_who_posts_nothing_is_answered_what_there_is_to_get(crm: Crm) -> None:
    lost(crm)
    payload = crm.admin("POST", "/audit")
    assert (payload.status_code, payload.json()) == (200, audit(crm))


def test_nobody_has_called_and_nothing_is_judged(crm: Crm) -> None:
    assert audit(crm) == {
        "verdict": "inconclusive",
        "reasons": ["No client has made a request to this sandbox."],
        "clean": False,
        "complete": True,
        "requestsNotToldApart": 0,
        "clients": [],
    }


def test_a_finding_says_all_that_an_engineer_needs(crm: Crm) -> None:
    event = lost(crm)
    payload = audit(crm)
    assert (payload["clean"], payload["complete"]) == (False, True)
    (account,) = payload["clients"]
    assert (account["client"], account["pending"], account["stats"]) == ("client", 0, {"requests": 3, "events": 1})
    (found,) = account["findings"]
    assert (found["code"], found["severity"], found["hazard"]) == ("change.outOfReach", "error", "child-change-no-bump")
    assert (found["eventId"], found["changes"], found["requests"]) == (event["id"], [2], [2, 3])
    assert "out of this client's reach" in found["title"]
    for fact in ("2026-01-05T09:01:00.001Z", "asOf of request 2", "version 2"):
        assert fact in found["explanation"]
    assert [moment["what"][:9] for moment in found["timeline"]] == ["version 1", "request 2", "version 2", "request 3"]
    assert found["advice"]


def test_it_writes_nothing(crm: Crm) -> None:
    lost(crm)
    before = crm.everything(), crm.admin("GET", "/requests").json()
    assert audit(crm) == audit(crm)
    assert (crm.everything(), crm.admin("GET", "/requests").json()) == before


def test_a_reset_forgets_what_clients_did(crm: Crm) -> None:
    lost(crm)
    crm.admin("POST", "/reset")
    assert audit(crm)["clients"] == []


def test_a_cleared_journal_changes_no_finding(crm: Crm) -> None:
    lost(crm)
    before = audit(crm)
    crm.admin("DELETE", "/requests")
    after = audit(crm)
    for found in (*before["clients"][0]["findings"], *after["clients"][0]["findings"]):
        del found["timeline"]  # It shows the requests that the journal still has.
    assert after == before


def test_it_takes_no_other_parameters(crm: Crm) -> None:
    error(crm.admin("GET", "/audit?client=me"), 400, "query.invalid")


@pytest.mark.parametrize(
    ("expected", "failures"),
    [
        ("clean", ["audit: expected no findings, but the audit finds change.outOfReach."]),
        (["change.outOfReach"], []),
        (["deletion.expired"], ["audit: expected deletion.expired, but the audit finds change.outOfReach."]),
    ],
)
def test_a_scenario_may_expect_it(crm: Crm, expected: Any, failures: list[str]) -> None:
    payload = {"clock": {"now": MONDAY}, "steps": ["sync"], "expect": {"audit": expected}}
    assert crm.admin("PUT", "/scenario", payload).status_code == 200
    crm.admin("POST", "/scenario/next")
    lost(crm)
    assert crm.admin("POST", "/scenario/next").json()["failures"] == failures


@pytest.mark.parametrize("expected", ["dirty", ["no.such.code"], 3, [3], {"codes": []}])
def test_what_it_is_expected_to_find_is_known(crm: Crm, expected: Any) -> None:
    error(crm.admin("PUT", "/scenario", {"steps": [], "expect": {"audit": expected}}), 422, "scenario.invalid")


def test_a_replica_is_held_against_what_lists_show(crm: Crm) -> None:
    event = crm.create(subject="Lunch")
    crm.events()
    payload = crm.admin("POST", "/audit", {"replica": [event]}).json()
    assert (payload["inSync"], payload["clean"]) == (True, True)
    assert {name: value for name, value in payload.items() if name != "inSync"} == audit(crm)
    payload = crm.admin("POST", "/audit", {"client": "client", "replica": []}).json()
    assert (payload["inSync"], payload["clean"]) == (False, False)
    (found,) = payload["clients"][0]["findings"]
    assert (found["code"], found["eventId"], found["requests"]) == ("replica.missing", event["id"], [1])
    payload = crm.admin("POST", "/audit", {"replica": [{**event, "subject": "Dinner"}]}).json()
    assert payload["clients"][0]["findings"][0]["fields"] == ["subject"]
    assert audit(crm)["clean"], "it writes nothing"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "replica"),
        ({"replica": {}}, "replica"),
        ({"replica": [{}]}, "replica"),
        ({"replica": [17]}, "replica"),
        ({"replica": [{"id": 17}]}, "replica"),
        ({"replica": [["1001"]]}, "replica"),
        ({"replica": [{"id": "1001", "subjcet": "x"}]}, "replica"),
        ({"replica": [], "client": ""}, "client"),
        ({"replica": [], "client": 1}, "client"),
        ({"replica": [], "window": {"from": 1}}, "window"),
        ({"replica": [], "window": {"startAt": "soon"}}, "window"),
        ({"replica": [], "window": {"startAt": "2026-01-02T00:00:00Z", "endAt": "2026-01-01T00:00:00Z"}}, "window"),
        ({"replica": [], "since": "2026-01-02T00:00:00Z"}, "since"),
        ({"replica": ["1001"] * 100_001}, "replica"),
        ({"replica": [{"id": "1001", "deleted": "yes"}]}, "replica"),
        ({"replica": [], "client": "nobody"}, "client"),
        ({"replica": [], "client": "x" * 101}, "client"),
    ],
)
def test_what_is_no_replica_is_refused(crm: Crm, body: Any, field: str) -> None:
    assert set(error(crm.admin("POST", "/audit", body), 422, "audit.invalid")) == {field}


def test_of_several_clients_one_is_named(crm: Crm) -> None:
    for name in ("one", "other"):
        crm.api("GET", "/events", headers={"X-Mockcrm-Client": name})
    details = error(crm.admin("POST", "/audit", {"replica": []}), 422, "audit.invalid")
    assert details == {"client": ["There is more than one."]}
    assert crm.admin("POST", "/audit", {"replica": [], "client": "one"}).json()["inSync"] is True


def test_an_overwritten_field_is_named_over_http(crm: Crm) -> None:
    event = crm.create()
    crm.events()
    crm.admin("PATCH", f"/events/{event['id']}", {"location": "Room 7"})
    crm.api("PATCH", f"/events/{event['id']}", {"location": "Room 2"})
    (found,) = audit(crm)["clients"][0]["findings"]
    assert (found["code"], found["fields"], found["changes"]) == ("overwrite.blind", ["location"], [2, 3])
    assert found["hazard"] == "concurrent-lost-update"


def test_what_was_there_before_the_first_request_was_there_though_that_was_refused(crm: Crm) -> None:
    event = crm.admin("POST", "/events", TIMES).json()
    crm.admin("PATCH", f"/events/{event['id']}", {"location": "Room 7"})
    crm.advance("1h")
    crm.api("OPTIONS", "/events")
    crm.events(since="2026-01-05T09:59:00Z")
    crm.api("PATCH", f"/events/{event['id']}", {"location": "Room 2"})
    assert audit(crm)["clients"][0]["findings"] == []


def test_the_command_line_tells_it_to_people(crm: Crm, server: str) -> None:
    lost(crm)
    sandbox = crm.path.rpartition("/")[2]
    payload = run("audit", "--url", server, "--sandbox", sandbox)
    assert payload.returncode == 1
    assert "change.outOfReach [child-change-no-bump]" in payload.stdout
    assert payload.stdout.endswith("\nThe audit failed.\n")
    for form in (("--json",), ("--format", "json")):
        raw = run("audit", "--url", server, "--sandbox", sandbox, *form)
        assert (raw.returncode, json.loads(raw.stdout)) == (1, audit(crm))


def test_the_command_line_tells_it_to_a_ci_server(crm: Crm, server: str) -> None:
    lost(crm, "Bell \a & <b>")
    payload = run("audit", "--url", server, "--sandbox", crm.path.rpartition("/")[2], "--format", "junit")
    suites = fromstring(payload.stdout)
    assert (payload.returncode, payload.stderr, suites.attrib["failures"]) == (1, "", "1")
    (failure,) = suites.iter("failure")
    assert failure.attrib["type"] == "change.outOfReach"
    assert "“Bell \ufffd & <b>” was changed, and the change is out of this client's reach" in failure.attrib["message"]
    assert "2026-01-05T09:01:00.001Z" in (failure.text or "")


def test_a_form_that_there_is_not_is_refused() -> None:
    payload = run("audit", "--format", "yaml")
    assert (payload.returncode, "'text', 'json', 'junit'" in payload.stderr) == (2, True)


def test_the_command_line_ends_with_0_when_all_is_well(crm: Crm, server: str) -> None:
    crm.api("GET", "/events")
    payload = run("audit", "--url", server, "--sandbox", crm.path.rpartition("/")[2])
    assert (payload.returncode, payload.stdout.splitlines()[-1]) == (0, "The audit passed.")
    assert run("audit", "--url", server, "--sandbox", crm.path.rpartition("/")[2], "--format", "junit").returncode == 0


def test_the_command_line_ends_with_2_when_there_is_nobody_to_judge(crm: Crm, server: str) -> None:
    payload = run("audit", "--url", server, "--sandbox", crm.path.rpartition("/")[2])
    assert payload.returncode == 2
    assert payload.stdout == "No client has made a request to this sandbox.\nThe audit is inconclusive.\n"
    assert run("audit", "--url", server, "--sandbox", crm.path.rpartition("/")[2], "--format", "junit").returncode == 2


def test_the_command_line_says_when_nobody_answers(server: str) -> None:
    assert run("audit", "--url", "http://127.0.0.1:9").returncode == 2
    missing = run("audit", "--url", server, "--sandbox", "nobody")
    assert (missing.returncode, "sandbox.notFound" in missing.stderr) == (2, True)


def test_the_command_line_holds_a_replica_against_the_crm(crm: Crm, server: str, tmp_path: Path) -> None:
    event = crm.create(subject="Lunch")
    crm.events()
    file = tmp_path / "replica.json"
    asked = ("audit", "--url", server, "--sandbox", crm.path.rpartition("/")[2], "--replica", str(file))

    file.write_text(json.dumps([event]))
    payload = run(*asked)
    assert (payload.returncode, payload.stdout.splitlines()[-2:]) == (
        0,
        ["The audit passed.", "The replica is in sync."],
    )

    file.write_text(json.dumps({"replica": [{**event, "subject": "Dinner"}]}))
    payload = run(*asked)
    assert (payload.returncode, payload.stdout.splitlines()[-1]) == (1, "The replica is not in sync.")
    assert "error replica.stale: “Lunch” differs in the replica: subject" in payload.stdout
    _, suite = fromstring(run(*asked, "--format", "junit").stdout.encode())
    failed = [case.get("name") for case in suite if case.find("failure") is not None]
    assert (failed, "replica.missing" in {case.get("name") for case in suite}) == (["replica.stale"], True)

    crm.admin("PATCH", f"/events/{event['id']}", {"subject": "Supper"})
    file.write_text(json.dumps([event]))
    payload = run(*asked, "--client", "client")
    assert (payload.returncode, "note replica.pending" in payload.stdout) == (2, True)

    assert run(*asked[:5], "--client", "client").returncode == 2, "there is no replica"
    for text in ("[", "3", '[{"id": 1}]'):
        file.write_text(text)
        payload = run(*asked)
        assert (payload.returncode, payload.stdout, "Traceback" in payload.stderr) == (2, "", False)


WEEK = "/events?startAt=2026-01-05T00:00:00Z&endAt=2026-01-12T00:00:00Z"
DAY = "/events?startAt=2026-01-08T00:00:00Z&endAt=2026-01-09T00:00:00Z"


def codes(crm: Crm) -> list[str]:
    (account,) = audit(crm)["clients"]
    return [found["code"] for found in account["findings"]]


@pytest.mark.parametrize(
    ("begins", "anew", "found"),
    [
        ([WEEK], WEEK, []),
        (["/events?limit=1", WEEK], WEEK, []),
        ([WEEK], DAY, ["expired.ignored"]),
        (["/events"], WEEK, ["expired.ignored"]),
    ],
    ids=["interval", "probe", "another-day", "everything"],
)
def test_who_began_with_an_interval_may_begin_anew_with_it(
    crm: Crm, begins: list[str], anew: str, found: list[str]
) -> None:
    crm.set_dialect(tombstoneRetention="P1D")
    for _ in range(2):
        event = crm.create()
    for path in begins:
        bound = crm.api("GET", path).json()["asOf"]
    crm.admin("DELETE", f"/events/{event['id']}")
    crm.advance("2d")
    error(crm.api("GET", f"/events?since={bound}&showDeleted=true"), 410, "since.expired")
    bound = crm.api("GET", anew).json()["asOf"]
    error(crm.api("GET", f"/events/{event['id']}"), 404, "event.deleted")  # It was not there: has it moved, or gone?
    crm.advance("1m")
    crm.events(since=bound, showDeleted="true")
    assert codes(crm) == found


def test_who_reads_the_interval_at_each_sync_is_not_blamed_for_an_outage(crm: Crm) -> None:
    event = crm.create()
    bound = crm.api("GET", WEEK).json()["asOf"]
    crm.admin("PATCH", f"/events/{event['id']}", {"subject": "Late", "visibleAfter": "7m"})
    crm.admin(
        "POST", "/faults", {"match": {"query": {"startAt": {"matches": "."}}}, "effect": {"status": 503}, "times": 3}
    )
    for _ in range(3):
        crm.advance("5m")
        bound = crm.api("GET", f"/events?since={bound}").json()["asOf"]
        assert crm.api("GET", WEEK).status_code == 503
    assert codes(crm) == []
    crm.advance("5m")
    assert crm.api("GET", WEEK).status_code == 200
    assert codes(crm) == []
