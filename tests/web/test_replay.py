"""Replay bundles: what happened in a sandbox, saved in one file, happens again and comes to the same verdict."""

import base64
import contextlib
import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from flask import Flask

from mockcrm import Sandboxes, create_app, serving
from mockcrm.base.wsgi import Response, call_app
from mockcrm.crm.fake_crm import Cause
from mockcrm.errors import ReplayInvalid
from mockcrm.sandbox.action_schemas import read_actions
from mockcrm.sandbox.bundle import load_bundle
from mockcrm.sandbox.recording import MAX_CONTROLS, MAX_CONTROLS_WEIGHT
from mockcrm.web.app import MAX_BODY
from mockcrm.web.media_types import JSON
from mockcrm.web.replay import ReplayOutcome, replay
from tests.faults.faulting import add_fault, five
from tests.processes import run
from tests.served import MONDAY, Crm, error

TIMES = {"startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z"}
TOKEN = {"Authorization": "Bearer s3cret"}
ANN, BOB = ({**TOKEN, "X-Mockcrm-Client": name} for name in ("ann", "bob"))


def bundle(crm: Crm) -> Any:
    response = crm.admin("GET", "/replay")
    assert response.status_code == 200, response.text
    return response.json()


def again(payload: Any) -> ReplayOutcome:
    """A replay in which every request is answered as it was, and the audit says the same in the same words."""
    outcome = replay(payload)
    assert (outcome.divergences, outcome.changed) == ((), ())
    assert json.loads(json.dumps(outcome.audit)) == payload["verdict"]
    return outcome


def codes(payload: Any) -> set[str]:
    return {found["code"] for account in payload["verdict"]["clients"] for found in account["findings"]}


def requests_in(payload: Any) -> list[Any]:
    return [step for step in payload["steps"] if "request" in step]


def fault(crm: Crm, effect: Any, match: Any, **more: Any) -> None:
    add_fault(crm, effect, match, **more)


def lose(crm: Crm, **options: Any) -> Any:
    """A change that a client has passed by: the event."""
    event = crm.admin("POST", "/events", {**TIMES, "key": "lost"}).json()
    crm.advance("1m")
    bound = crm.api("GET", "/events", **options).json()["asOf"]
    crm.admin("PATCH", "/events/lost", {"subject": "Nobody will know", "bump": False})
    crm.api("GET", "/events", params={"since": bound}, **options)
    return event


# Stories


def test_a_lost_change_is_lost_again(crm: Crm) -> None:
    lose(crm)
    payload = bundle(crm)
    assert payload["format"] == "mockcrm.replay/1"
    assert codes(payload) == {"change.outOfReach"}
    assert again(payload).same


def test_two_clients_on_a_running_clock_with_faults_and_credentials(crm: Crm) -> None:
    crm.set_dialect(credentials="s3cret", pageSize=2)
    crm.admin("PUT", "/clock", {"mode": "running", "rate": 50})
    for number in range(5):
        crm.admin("POST", "/events", {**TIMES, "key": f"e{number}"})
    fault(crm, {"delay": "30ms"}, {"client": "ann"}, times=3)
    edit = {"edit": {"event": "e1", "set": {"location": "Room Turing"}, "visibleAfter": "2s"}}
    fault(crm, {"do": {"actions": [edit]}}, {"client": "ann", "page": 2}, times=1)
    fault(crm, {"do": {"actions": [{"delete": {"event": "e2"}}], "when": "after"}}, {"client": "bob"}, times=1)
    fault(crm, {"truncate": {"fraction": 0.5}}, {"client": "bob", "page": 2}, times=1)
    fault(crm, {"disconnect": {"when": "after"}}, {"client": "bob", "operation": "createEvent"}, times=1)
    fault(crm, {"status": {"status": 503, "headers": {"Retry-After": "3600"}}}, {"client": "bob"}, skip=3, times=1)

    def walk(headers: Any, **parameters: Any) -> str:
        first = page = crm.api("GET", "/events", params=parameters, headers=headers).json()
        while token := page.get("nextPageToken"):
            answer = crm.api("GET", "/events", params={"pageToken": token}, headers=headers)
            try:
                page = answer.json()
            except ValueError:
                break
        return str(first.get("asOf"))

    bound = walk(ANN)
    assert crm.api("GET", "/events").status_code == 401
    assert crm.api("GET", "/events", headers={"Authorization": "Bearer wrong"}).status_code == 401
    with pytest.raises(httpx.HTTPError):
        walk(BOB)
    with pytest.raises(httpx.HTTPError):
        crm.api("POST", "/events", {**TIMES, "subject": "Twice"}, headers={**BOB, "Idempotency-Key": "k"})
    crm.api("POST", "/events", {**TIMES, "subject": "Twice"}, headers={**BOB, "Idempotency-Key": "k"})
    crm.admin("PATCH", "/events/e3", {"subject": "By key", "stamp": "-1h"})
    crm.advance("1m")
    walk(ANN, since=bound)
    crm.api("PATCH", "/events/1001", {"subject": "By a client"}, headers=ANN)
    walk(BOB, since=bound)
    crm.api("GET", "/events", headers=BOB)
    payload = bundle(crm)
    assert {account["client"] for account in payload["verdict"]["clients"]} >= {"ann", "bob"}
    assert codes(payload) >= {"change.outOfReach", "retry.tooEarly"}
    assert "s3cret" not in json.dumps([step for step in payload["steps"] if "request" in step])
    again(payload)


def test_a_scenario_that_is_run_on_over_http(crm: Crm) -> None:
    scenario = {
        "clock": {"now": MONDAY},
        "events": [{**TIMES, "key": "lunch"}, {**TIMES, "key": "dinner"}],
        "steps": [
            "sync",
            {
                "on": {"operation": "listEvents"},
                "times": 1,
                "do": [{"edit": {"event": "dinner", "set": {"subject": "Seen"}}}],
            },
            {"after": "30s", "do": [{"edit": {"event": "lunch", "set": {"subject": "Late"}, "visibleAfter": "3m"}}]},
            {"advance": {"by": "1m"}},
            "sync",
            {"advance": {"by": "1h"}},
            "sync",
        ],
        "expect": {"audit": "clean"},
    }
    assert crm.admin("PUT", "/scenario", scenario).status_code == 200
    bound = None
    while not (leg := crm.admin("POST", "/scenario/next").json())["done"]:
        bound = crm.api("GET", "/events", params={"since": bound} if bound else {}).json()["asOf"]
    assert leg["passed"] is False
    payload = bundle(crm)
    assert "change.outOfReach" in codes(payload)
    again(payload)


def test_a_rate_limit_by_the_world_s_clock_strikes_the_same_requests(crm: Crm) -> None:
    fault(crm, {"rateLimit": {"requests": 2, "per": "0.4s"}}, {})
    statuses = [crm.api("GET", "/events").status_code for _ in range(4)]
    assert statuses[2:] == [429, 429]
    payload = bundle(crm)
    assert codes(payload) == {"retry.tooEarly"}
    again(payload)
    slower = json.loads(json.dumps(payload))
    slower["steps"][-1]["seconds"] += 0.5
    assert "status 429 then, status 200 now" in replay(slower).divergences[0]


def test_a_replay_waits_for_nothing(crm: Crm) -> None:
    crm.api("GET", "/events")
    payload = bundle(crm)
    rule = {"match": {}, "effect": {"delay": "5m"}}
    payload["steps"].insert(0, control("POST", "/admin/faults", rule, 201))
    assert replay(payload).same


def test_credentials_that_expire_expire_for_those_that_had_them(crm: Crm) -> None:
    lose(crm)
    fault(crm, "expireCredentials", {})
    for name in ("old", "old", "new"):
        crm.api("GET", "/events", headers={"Authorization": f"Bearer {name}", "X-Mockcrm-Client": "ann"})
    payload = bundle(crm)
    assert [step["status"] for step in payload["steps"] if "request" in step][-3:] == [401, 401, 200]
    again(payload)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Mockcrm-Client": "änn ☕".encode()},
        {"Authorization": "Bearer opaque"},
        {"Authorization": "Basic " + base64.b64encode(b"ann:pass:word").decode()},
        {"Authorization": "Basic no-base64", "X-Mockcrm-Client": "with:colon"},
        {"Authorization": "Digest something"},
        {"Authorization": "alone"},
        {"Authorization": "Bearer a.eyJzdWIiOiJhbm4ifQ.b", "Cookie": "a=b", "X-Api-Key": "k"},
    ],
    ids=str,
)
def test_a_client_keeps_its_name_and_no_secret_is_in_the_bundle(crm: Crm, headers: Any) -> None:
    lose(crm, headers=headers)
    payload = bundle(crm)
    for secret in ("opaque", "pass:word", "YW5uOnBhc3M6d29yZA", "no-base64", "something", "alone", "eyJzdWIi", "a=b"):
        assert secret not in json.dumps(payload)
    again(payload)


def test_a_token_from_before_a_reset_is_refused_as_it_was(crm: Crm) -> None:
    five(crm)
    token = crm.api("GET", "/events", params={"limit": 2}).json()["nextPageToken"]
    crm.admin("POST", "/reset")
    lose(crm)
    assert crm.api("GET", "/events", params={"pageToken": token}).status_code == 410
    again(bundle(crm))


@pytest.mark.parametrize("paging", ["keyset", "offset", "snapshot"])
def test_pages_are_turned_with_the_replay_s_own_tokens(crm: Crm, paging: str) -> None:
    crm.set_dialect(paging=paging)
    five(crm)
    token = crm.api("GET", "/events", params={"limit": 2}).json()["nextPageToken"]
    crm.admin("DELETE", "/events/1001")
    crm.api("GET", "/events", params={"pageToken": token, "limit": 2})
    payload = bundle(crm)
    again(payload)
    payload["life"] += 1
    assert replay(payload).divergences == ()


def test_what_ran_on_a_schedule_while_nobody_asked_runs_at_its_instant(crm: Crm) -> None:
    crm.admin("PUT", "/clock", {"mode": "running", "rate": 1000})
    edit = {"edit": {"event": "lost", "set": {"subject": "Later"}}}
    lose(crm)
    crm.act({"schedule": {"every": "700ms", "do": [edit]}})
    bound = crm.api("GET", "/events").json()["asOf"]
    for _ in range(3):
        crm.api("GET", "/events", params={"since": bound})
    again(bundle(crm))


def test_a_clock_that_was_set_back_goes_back_again(crm: Crm) -> None:
    crm.admin("PUT", "/clock", {"mode": "running"})
    lose(crm)
    bound = crm.api("GET", "/events").json()["asOf"]
    crm.admin("PUT", "/clock", {"now": "2026-01-05T08:00:00Z"})
    crm.admin("PATCH", "/events/lost", {"subject": "Stamped in the past"})
    crm.api("GET", "/events", params={"since": bound})
    crm.advance("2h")
    crm.api("GET", "/events", params={"since": bound})
    payload = bundle(crm)
    assert len(payload["verdict"]["clients"][0]["findings"]) >= 1
    again(payload)


def test_what_a_fault_does_before_a_request_is_of_the_instant_at_which_it_was_decided(crm: Crm) -> None:
    crm.admin("PUT", "/clock", {"mode": "running"})
    lose(crm)
    edit = {"edit": {"event": "lost", "set": {"subject": "Meddled with"}, "bump": False}}
    fault(crm, {"do": [edit]}, {}, times=1)
    crm.api("GET", "/events", params={"since": MONDAY.replace("09:", "10:")})
    payload = bundle(crm)
    again(payload)
    (step,) = [each for each in payload["steps"] if each.get("admittedAt")]
    step["admittedAt"], step["workedAt"] = "2026-01-05T10:30:00.000Z", "2026-01-05T10:40:00.000Z"
    payload["endedAt"] = step["completedAt"] = step["workedAt"]
    assert "by a colleague at 2026-01-05T10:30:00.001Z" in str(replay(payload).audit)


def test_what_lists_showed_only_after_the_last_request_is_judged_as_it_was(crm: Crm) -> None:
    lose(crm)
    bound = crm.api("GET", "/events").json()["asOf"]
    crm.admin("PATCH", "/events/lost", {"subject": "Late", "visibleAfter": "10s"})
    crm.api("GET", "/events", params={"since": bound})
    crm.admin("PUT", "/clock", {"mode": "running", "rate": 1e6})
    payload = bundle(crm)
    assert payload["verdict"]["clients"][0]["pending"] == 1
    again(payload)


def test_an_answer_that_the_client_did_not_take_in_is_not_taken_in_again(crm: Crm) -> None:
    lose(crm)
    payload = bundle(crm)
    payload["steps"][-1]["whole"] = False
    outcome = replay(payload)
    assert outcome.changed != ()


def test_a_fork_is_played_from_where_it_began(crm: Crm) -> None:
    five(crm)
    name = crm.path.rpartition("/")[2]
    assert crm.http.post("/admin/sandboxes", json={"name": f"{name}-fork", "from": name}).status_code == 201
    fork = Crm(crm.http, f"{crm.path}-fork")
    lose(fork)
    payload = bundle(fork)
    assert len(payload["start"]["changes"]) == 5
    again(payload)


def test_bodies_that_are_no_text_or_too_large_are_refused_as_they_were(crm: Crm) -> None:
    lose(crm)
    for body in (b"\xff\xfe", b"x" * 2_000_000):
        crm.api("POST", "/events", content=body, headers={"Content-Type": "application/json"})
    payload = bundle(crm)
    assert [step["status"] for step in payload["steps"]][-2:] == [400, 413]
    again(payload)


@pytest.mark.parametrize(
    "path",
    ["//api/v1/events", "/api/v1//events", "/api/./v1/events", "/api/v1/events%3Fsince=1", "/api/v1/events/%252e"],
)
def test_a_path_that_leads_nowhere_leads_nowhere_again(crm: Crm, path: str) -> None:
    with socket.create_connection((crm.http.base_url.host, crm.http.base_url.port or 80)) as line:
        line.sendall(f"GET {crm.path}{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        assert line.makefile("rb").readline().split()[1] == b"404"
    payload = bundle(crm)
    assert requests_in(payload)[0]["status"] == 404
    again(payload)


@pytest.mark.parametrize(
    "path", ["/admin/clock", "/health", "/sandboxes/other/api/v1/events", "events", "", "//admin/clock"]
)
def test_a_request_in_a_bundle_leads_to_the_crm_and_nowhere_else(crm: Crm, path: str) -> None:
    crm.api("GET", "/nothing")
    payload = bundle(crm)
    requests_in(payload)[0]["path"] = path
    with pytest.raises(ReplayInvalid):
        replay(payload)


def test_questions_and_refused_requests_are_no_steps(crm: Crm) -> None:
    lose(crm)
    before = len(bundle(crm)["steps"])
    crm.admin("POST", "/requests/find", {})
    crm.admin("POST", "/requests/count", {})
    crm.admin("POST", "/verify", {"requests": [{}]})
    crm.admin("POST", "/actions", {"no": "verb"})
    crm.admin("GET", "/audit")
    crm.http.post("/admin/sandboxes", json={"name": crm.path.rpartition("/")[2]})
    assert len(bundle(crm)["steps"]) == before


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("POST", "/reset", None), ("POST", "/reset", {"to": "empty"}), ("PUT", "/scenario", {"clock": {"now": MONDAY}})],
)
def test_what_begins_anew_is_played_from_there(crm: Crm, method: str, path: str, body: Any) -> None:
    lose(crm)
    assert crm.admin(method, path, body).status_code == 200
    assert bundle(crm)["steps"] == []
    lose(crm)
    again(bundle(crm))


def test_a_snapshot_that_is_put_in_is_the_start(crm: Crm) -> None:
    five(crm)
    assert crm.admin("PUT", "/snapshot", crm.everything()).status_code == 200
    payload = bundle(crm)
    assert (payload["steps"], len(payload["start"]["changes"])) == ([], 5)


def test_a_scenario_that_is_dropped_was_there_at_the_start(crm: Crm) -> None:
    payload = {"clock": {"now": MONDAY}, "events": [TIMES], "steps": ["sync", {"delete": {"event": "1001"}}, "sync"]}
    crm.admin("PUT", "/scenario", payload)
    crm.api("GET", "/events")
    for _ in range(2):
        crm.admin("POST", "/scenario/next")
    assert crm.admin("DELETE", "/scenario").status_code == 204
    crm.api("GET", "/events", params={"since": MONDAY})
    again(bundle(crm))
    crm.admin("POST", "/reset")
    error(crm.admin("GET", "/scenario"), 404, "scenario.notFound")


# What is not the same any more


def control(method: str, path: str, body: Any, status: int) -> Any:
    return {
        "method": method,
        "path": path,
        "contentType": "application/json",
        "ifMatch": None,
        "body": json.dumps(body),
        "at": MONDAY,
        "status": status,
    }


def without_the_edit(payload: Any) -> Any:
    return {**payload, "steps": [step for step in payload["steps"] if step["method"] != "PATCH"]}


def test_without_one_of_its_steps_a_bundle_comes_to_another_verdict(crm: Crm) -> None:
    event = lose(crm)
    outcome = replay(without_the_edit(bundle(crm)))
    assert not outcome.same
    finding = f"client: error change.outOfReach [child-change-no-bump] of event {event['id']}"
    assert outcome.changed == (
        f"Gone: {finding} (changes [2]; requests [1,2]).",
        "client: the verdict was failed then, and is passed now.",
        "The verdict was failed then, and is passed now.",
    )


def test_each_request_that_is_answered_otherwise_is_named(crm: Crm) -> None:
    lose(crm)
    payload = bundle(crm)
    payload["steps"] = [
        step for step in payload["steps"] if (step["method"], step["path"]) != ("POST", "/admin/events")
    ]
    divergences = replay(payload).divergences
    assert "Request 1, GET /api/v1/events: version 1 of 1001 only then, nothing only now." in divergences
    assert "PATCH /admin/events/lost: status 200 then, 404 now." in divergences


# What cannot be played


def impossible(crm: Crm) -> str:
    response = crm.admin("GET", "/replay")
    error(response, 409, "replay.impossible")
    message: str = response.json()["message"]
    return message


@pytest.fixture
def narrow() -> Iterator[Crm]:
    """A CRM whose journal keeps two requests."""
    with serving(create_app(Sandboxes(journaled=2))) as url, httpx.Client(base_url=url, verify=False) as http:
        yield Crm(http, "")


def test_not_after_the_journal_had_no_room(narrow: Crm) -> None:
    for _ in range(3):
        narrow.api("GET", "/events")
    assert "larger --journal" in impossible(narrow)
    narrow.admin("POST", "/reset")
    assert bundle(narrow)["steps"] == []


def test_not_after_the_journal_was_cleared(crm: Crm) -> None:
    lose(crm)
    crm.admin("DELETE", "/requests")
    assert "cleared" in impossible(crm)


def test_not_after_a_body_was_too_heavy_for_the_journal() -> None:
    app = create_app(sandboxes := Sandboxes())
    sandboxes.get("default").journal.max_weight = 60_000
    app.test_client().post("/api/v1/events", json=TIMES | {"description": "x" * 70_000})
    answer = asked_for_a_bundle(app)
    assert (answer.status, answer.json["code"]) == (409, "replay.impossible")
    assert "Request 1 had a body that is too heavy for the journal" in answer.json["message"]


def test_bodies_are_played_whole_up_to_the_limit_of_bodies(crm: Crm) -> None:
    crm.create(description="x" * 1_000_000)
    payload = bundle(crm)
    assert len(requests_in(payload)[-1]["body"]) > 1_000_000
    again(payload)


def test_not_after_the_state_was_changed_in_the_process() -> None:
    sandboxes = Sandboxes()
    with serving(create_app(sandboxes)) as url, httpx.Client(base_url=url, verify=False) as http:
        crm = Crm(http, "")
        crm.act({"create": {"set": TIMES}})
        assert len(bundle(crm)["steps"]) == 1
        sandboxes.get("default").perform(read_actions([{"create": {"set": TIMES}}]), Cause("crm"))
        assert "in its own process" in impossible(crm)


def advance(app: Flask, size: int = 0) -> None:
    """A request to the controls whose body has at least so many bytes."""
    answer = call_app(app, "POST", "/admin/clock/advance", {"Content-Type": JSON}, b'{"by":"1ms"}'.ljust(size))
    assert answer.status == 200


def asked_for_a_bundle(app: Flask) -> Response:
    return call_app(app, "GET", "/admin/replay", {}, b"")


def test_not_after_too_many_requests_to_the_controls() -> None:
    app = create_app(sandboxes := Sandboxes())
    advance(app)
    (control,) = sandboxes.get("default").recording.controls
    for _ in range(MAX_CONTROLS - 1):
        sandboxes.get("default").recording.add(*control)
    assert len(asked_for_a_bundle(app).json["steps"]) == MAX_CONTROLS
    advance(app)
    assert (asked_for_a_bundle(app).status, asked_for_a_bundle(app).json["code"]) == (409, "replay.impossible")
    assert "more than 10,000 requests to the controls" in asked_for_a_bundle(app).json["message"]


def test_not_after_requests_to_the_controls_that_are_too_large() -> None:
    app = create_app()
    for _ in range(MAX_CONTROLS_WEIGHT // MAX_BODY - 1):
        advance(app, MAX_BODY)
    assert asked_for_a_bundle(app).status == 200
    advance(app, MAX_BODY)
    assert (asked_for_a_bundle(app).status, asked_for_a_bundle(app).json["code"]) == (409, "replay.impossible")
    assert "64 MiB of them" in asked_for_a_bundle(app).json["message"]


def test_not_while_a_request_is_unanswered(crm: Crm, server: str) -> None:
    fault(crm, {"delay": "5m"}, {}, times=1)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(httpx.get, f"{server}{crm.path}/api/v1/events", timeout=30)
        while not crm.admin("GET", "/requests").json()["length"]:
            pass
        problem = impossible(crm)
        crm.admin("DELETE", "/faults")
        assert asked.result(30).status_code == 200
    assert "Request 1 has no answer yet" in problem


def test_not_from_a_fork_that_took_over_walks(crm: Crm) -> None:
    crm.set_dialect(paging="snapshot")
    five(crm)
    crm.api("GET", "/events", params={"limit": 2})
    name = crm.path.rpartition("/")[2]
    crm.http.post("/admin/sandboxes", json={"name": f"{name}-walks", "from": name})
    assert "forked in the middle of a paged read" in impossible(Crm(crm.http, f"{crm.path}-walks"))


def test_not_from_a_fork_that_took_over_what_faults_remember(crm: Crm) -> None:
    fault(crm, "expireCredentials", {})
    crm.api("GET", "/events")
    name = crm.path.rpartition("/")[2]
    crm.http.post("/admin/sandboxes", json={"name": f"{name}-faults", "from": name})
    assert "a paged read or a fault" in impossible(Crm(crm.http, f"{crm.path}-faults"))


def test_a_reset_cures_it(crm: Crm) -> None:
    lose(crm)
    crm.admin("DELETE", "/requests")
    crm.admin("POST", "/reset")
    lose(crm)
    again(bundle(crm))


def test_asking_for_a_bundle_changes_nothing(crm: Crm) -> None:
    lose(crm)
    before = crm.everything()
    assert bundle(crm) == bundle(crm)
    assert crm.everything() == before
    error(crm.admin("GET", "/replay?x=1"), 400, "query.invalid")


# The command line


def saved(crm: Crm, server: str, file: Path) -> Any:
    done = run("bundle", "--url", server, "--sandbox", crm.path.rpartition("/")[2], "--out", str(file))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return json.loads(file.read_bytes())


def test_a_bundle_is_saved_and_played_on_the_command_line(crm: Crm, server: str, tmp_path: Path) -> None:
    lose(crm)
    file = tmp_path / "lost.json"
    assert saved(crm, server, file) == bundle(crm)
    payload = run("replay", str(file))
    assert payload.returncode == 0
    assert "change.outOfReach [child-change-no-bump]" in payload.stdout
    assert payload.stdout.endswith("The verdict is the same as in the file.\n")
    raw = run("replay", str(file), "--format", "json")
    assert (raw.returncode, json.loads(raw.stdout)) == (0, bundle(crm)["verdict"])
    assert "the same as in the file" in raw.stderr


def test_another_verdict_ends_with_1_and_says_what_differs(crm: Crm, server: str, tmp_path: Path) -> None:
    lose(crm)
    file = tmp_path / "lost.json"
    file.write_text(json.dumps(without_the_edit(saved(crm, server, file))))
    payload = run("replay", str(file))
    assert payload.returncode == 1
    assert "Gone: client: error change.outOfReach" in payload.stdout
    assert payload.stdout.endswith("The verdict is not the same as in the file.\n")


def test_a_bundle_that_there_cannot_be_ends_with_2(crm: Crm, server: str, tmp_path: Path) -> None:
    lose(crm)
    crm.admin("DELETE", "/requests")
    file = tmp_path / "none.json"
    payload = run("bundle", "--url", server, "--sandbox", crm.path.rpartition("/")[2], "--out", str(file))
    assert (payload.returncode, "replay.impossible" in payload.stderr, file.exists()) == (2, True, False)


def test_a_file_that_cannot_be_written_ends_with_2(crm: Crm, server: str, tmp_path: Path) -> None:
    folder = str(tmp_path)
    payload = run("bundle", "--url", server, "--sandbox", crm.path.rpartition("/")[2], "--out", folder)
    assert (payload.returncode, "Traceback" in payload.stderr) == (2, False)


@pytest.mark.parametrize("text", ["", "{", "null", "[]", '"\\ud800"', '{"format": "mockcrm.replay/1"}', "[" * 100_000])
def test_a_file_that_is_no_bundle_ends_with_2(tmp_path: Path, text: str) -> None:
    file = tmp_path / "bad.json"
    file.write_text(text)
    payload = run("replay", str(file))
    assert (payload.returncode, payload.stdout, "Traceback" in payload.stderr) == (2, "", False)
    assert payload.stderr.startswith(f"Error: {file}: ")


def test_a_file_that_is_not_there_ends_with_2(tmp_path: Path) -> None:
    for missing in (tmp_path, tmp_path / "nothing"):
        payload = run("replay", str(missing))
        assert (payload.returncode, "Traceback" in payload.stderr) == (2, False)


HOSTILE: dict[str, Any] = {
    "a number": 7,
    "nothing": None,
    "a text": "x",
    "a list": [[]],
    "an object": {"x": {}},
    "negative": -1,
    "large": 2**70,
    "deep": json.loads("[" * 300 + "]" * 300),
    "beyond Latin": "☕",
    "an instant": "9999-12-31T23:59:59.999Z",
    "the first instant": "0001-01-01T00:00:00Z",
}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of each value within another; of a long list only of its ends."""
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        if not isinstance(key, int) or key < 2 or key == len(value) - 1:
            yield from places(each, (*path, key))


def put(payload: Any, path: tuple[Any, ...], value: Any) -> Any:
    copy = json.loads(json.dumps(payload))
    within = copy
    for key in path[:-1]:
        within = within[key]
    within[path[-1]] = value
    return copy


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_whatever_stands_anywhere_in_a_bundle_it_is_played_or_refused(crm: Crm, value: Any) -> None:
    crm.act({"schedule": {"every": "1m", "do": [{"touch": {"events": "all"}}]}})
    lose(crm, headers=ANN)
    payload = bundle(crm)
    for path in places(payload):
        with contextlib.suppress(ReplayInvalid):
            assert "status 500" not in str(replay(put(payload, path, value)).divergences), path


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/admin/clock"),
        ("POST", "/admin/verify"),
        ("POST", "/admin/reset"),
        ("PUT", "/admin/snapshot"),
        ("POST", "/admin/sandboxes"),
        ("POST", "/api/v1/events"),
        ("POST", "/health"),
    ],
)
def test_a_step_that_no_bundle_has_is_refused(crm: Crm, method: str, path: str) -> None:
    payload = bundle(crm)
    payload["steps"] = [control(method, path, {}, 200)]
    with pytest.raises(ReplayInvalid, match=r"steps\.0\.path"):
        load_bundle(payload)
