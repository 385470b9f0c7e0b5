"""A bundle is opened: a new sandbox shows what happened, with all that the controls tell of it."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import pytest

import mockcrm
from mockcrm import Access, Sandboxes, connect, create_app
from mockcrm.base.wsgi import call_app
from mockcrm.sandbox.recording import MAX_CONTROLS
from mockcrm.web.admin import opened_bundles
from mockcrm.web.media_types import JSON
from mockcrm.web.replay import replay
from tests.served import Crm, error
from tests.unchanged import made

MEETING = {"startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z"}


def story(crm: Crm) -> Any:
    """A change that a client passes by, of which it hears of nothing; and its bundle."""
    made(crm, "lost", subject="Kickoff")
    crm.advance("1m")
    since = crm.api("GET", "/events").json()["asOf"]
    crm.admin("PATCH", "/events/lost", {"location": "Room Hopper", "bump": False})
    crm.api("GET", "/events", params={"since": since})
    return crm.controls.bundle()


def opened(crm: Crm, bundle: Any, name: str | None = None) -> httpx.Response:
    return crm.http.put(f"/admin/sandboxes/{name or f'seen-{uuid4().hex}'}/replay", json=bundle)


@pytest.fixture
def seen(crm: Crm) -> Iterator[Crm]:
    """The sandbox in which the story has been opened."""
    answer = opened(crm, story(crm))
    assert answer.status_code == 201, answer.text
    shown = answer.json()
    assert (shown["same"], shown["differences"], shown["differencesLeftOut"]) == (True, [], 0)
    assert answer.headers["Location"].endswith(f"/admin{shown['sandbox']['path']}")
    yield Crm(crm.http, shown["sandbox"]["path"])
    crm.http.delete(f"/admin{shown['sandbox']['path']}")


def test_what_happened_is_seen_again(crm: Crm, seen: Crm) -> None:
    before, now = crm.controls, seen.controls
    assert now.clock.get() == before.clock.get()
    assert [{**each, "requestId": None} for each in now.changes()] == [
        {**each, "requestId": None} for each in before.changes()
    ]
    assert now.requests.all() == before.requests.all()
    assert now.audit() == before.audit()
    assert {each["code"] for each in now.feed()["findings"]} == {"change.outOfReach"}


def test_what_has_been_opened_goes_on(crm: Crm, seen: Crm) -> None:
    """It is a sandbox like any other: clients ask it, it is edited, and all that is saved again."""
    before = len(seen.controls.requests.all())
    seen.advance("1h")
    assert seen.events()[0]["location"] == "Room Hopper"
    bundle = seen.controls.bundle()
    outcome = replay(bundle)
    assert (outcome.divergences, outcome.changed) == ((), ())
    assert len(seen.controls.requests.all()) == before + 1
    assert opened(crm, bundle).json()["same"]
    assert len(crm.controls.requests.all()) == before


def test_a_reset_takes_it_back_to_where_the_bundle_begins(seen: Crm) -> None:
    assert seen.controls.requests.all()
    seen.controls.reset()
    assert (seen.controls.requests.all(), seen.controls.changes()) == ([], [])


def test_a_clock_that_ran_stands_still_at_the_end(crm: Crm) -> None:
    crm.controls.clock.set(mode="running", rate=60)
    bundle = story(crm)
    seen = Crm(crm.http, opened(crm, bundle).json()["sandbox"]["path"])
    clock = seen.controls.clock.get()
    assert clock["mode"] == "frozen"
    assert clock["now"] >= f"{bundle['endedAt'][:23]}Z"
    assert seen.controls.clock.get() == clock
    assert opened(crm, seen.controls.bundle()).json()["same"]


def test_what_comes_out_otherwise_is_told(crm: Crm) -> None:
    bundle = story(crm)
    without = {**bundle, "steps": [each for each in bundle["steps"] if each["method"] != "PATCH"]}
    shown = opened(crm, without).json()
    assert not shown["same"]
    assert [each for each in shown["differences"] if each.startswith("Gone: client: error change.outOfReach")]
    many = {**bundle, "steps": [{**bundle["steps"][0], "status": 201}] * 250}
    shown = opened(crm, many).json()
    assert (len(shown["differences"]), shown["differencesLeftOut"] > 100) == (100, True)
    assert shown["differences"][0] == "PUT /admin/clock: status 201 then, 200 now."


def named(crm: Crm) -> set[str]:
    return {each["name"] for each in crm.http.get("/admin/sandboxes").json()["sandboxes"]}


def test_what_cannot_be_opened_changes_nothing(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = story(crm)
    before = named(crm)
    error(opened(crm, {"format": "mockcrm.replay/1"}, "new"), 422, "replay.invalid")
    error(opened(crm, [], "new"), 422, "replay.invalid")
    outside = {**bundle["steps"][1], "path": "/api/v1/../../admin/reset", "code": "path.notFound"}
    error(opened(crm, {**bundle, "steps": [outside]}, "new"), 422, "replay.invalid")
    error(opened(crm, bundle, "default"), 409, "sandbox.exists")
    error(opened(crm, bundle, "-x"), 422, "sandbox.invalid")
    monkeypatch.setattr(opened_bundles, "MAX_OPENED_STEPS", len(bundle["steps"]) - 1)
    details = opened(crm, bundle, "new")
    error(details, 422, "replay.invalid")
    assert "mockcrm replay FILE" in details.json()["message"]
    error(crm.http.put("/admin/sandboxes/new/replay", content=b"{}"), 415, "body.notJson")
    assert named(crm) == before


def send(app: Any, name: str, bundle: Any, **headers: str) -> Any:
    body = json.dumps(bundle).encode()
    return call_app(app, "PUT", f"/admin/sandboxes/{name}/replay", {"Content-Type": JSON, **headers}, body)


def test_whoever_may_not_use_the_controls_opens_nothing(crm: Crm) -> None:
    bundle, app = story(crm), create_app(access=Access(token="open-sesame"))
    assert send(app, "new", bundle).status == 401
    assert send(app, "new", bundle, Host="evil.example").status in (401, 403)
    assert send(app, "new", bundle, Authorization="Bearer open-sesame").status == 201


def test_a_bundle_without_room_in_memory_is_not_opened(crm: Crm) -> None:
    crm.controls.seed(50)
    bundle = story(crm)
    crm.controls.fork("half-way")
    later = connect(str(crm.http.base_url)).sandbox("half-way").bundle()
    app = create_app(sandboxes := Sandboxes(max_memory=20_000))
    assert send(app, "new", later).json["code"] == "sandbox.full"
    assert len(sandboxes.all()) == 1
    assert not send(app, "part", bundle).json["same"], "what found no room was refused this time"
    sandboxes.delete("part")


def test_secrets_that_this_server_masks_stay_masked(crm: Crm) -> None:
    crm.api("GET", "/events", params={"passphrase": "sesame"})
    app = create_app(mask=["passphrase"])
    send(app, "new", crm.controls.bundle())
    (only,) = connect(app).sandbox("new").requests.all()
    assert "sesame" not in json.dumps(only)


# A bundle of a busy sandbox


def test_a_bundle_waits_for_a_moment_without_requests(crm: Crm, server: str) -> None:
    crm.controls.faults.add({"delay": "5m"}, times=1)
    with ThreadPoolExecutor(2) as pool:
        asked = pool.submit(httpx.get, f"{server}{crm.path}/api/v1/events", timeout=30)
        while not crm.admin("GET", "/requests").json()["length"]:
            pass
        error(crm.admin("GET", "/replay"), 409, "replay.impossible")
        error(crm.admin("GET", "/replay?wait=1ms"), 409, "replay.impossible")
        bundle = pool.submit(crm.admin, "GET", "/replay?wait=30s")
        crm.admin("DELETE", "/faults")
        assert asked.result(30).status_code == 200
        assert [each.get("request") for each in bundle.result(30).json()["steps"]] == [None, None, 1, None]


# How full the recording is


def recording(crm: mockcrm.Crm) -> Any:
    return crm.feed()["recording"]


def test_the_feed_says_how_full_the_recording_is() -> None:
    app = create_app(Sandboxes(journaled=4))
    crm = connect(app)
    assert recording(crm) == {"full": 0, "lost": None}
    for number in (1, 2, 3, 4):
        call_app(app, "GET", "/api/v1/events", {}, b"")
        assert recording(crm) == {"full": number / 4, "lost": None}


def test_it_says_why_there_is_no_bundle_any_more(crm: Crm) -> None:
    story(crm)
    assert recording(crm.controls)["lost"] is None
    crm.admin("DELETE", "/requests")
    lost = recording(crm.controls)["lost"]
    assert lost in crm.admin("GET", "/replay").json()["message"]
    crm.admin("POST", "/reset")
    assert recording(crm.controls) == {"full": 0, "lost": None}


def test_requests_to_the_controls_fill_it_too() -> None:
    app = create_app(sandboxes := Sandboxes())
    crm = connect(app)
    crm.clock.advance("1ms")
    (control,) = sandboxes.get("default").recording.controls
    for _ in range(MAX_CONTROLS // 2 - 1):
        sandboxes.get("default").recording.add(*control)
    assert recording(crm) == {"full": 0.5, "lost": None}
    for _ in range(MAX_CONTROLS // 2 + 1):
        sandboxes.get("default").recording.add(*control)
    assert "more than 10,000" in recording(crm)["lost"]
