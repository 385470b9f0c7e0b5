"""`mockcrm serve --load` with what a server has saved: a snapshot goes on, and a bundle is there to be looked at."""

import json
from pathlib import Path
from typing import Any

import pytest

from mockcrm import connect, create_app, types
from mockcrm.client.transport import in_process
from tests.processes import run, served

MEETING: types.EventCreation = {
    "subject": "Kickoff",
    "startTime": "2026-03-02T10:00:00Z",
    "endTime": "2026-03-02T11:00:00Z",
}
DELTA = {"since": "2026-03-02T09:00:00.002Z"}


@pytest.fixture
def saved(tmp_path: Path) -> dict[str, Path]:
    """What there is to save of a CRM in which a client has missed a change, each in a file."""
    app = create_app()
    crm, send = connect(app), in_process(app, "")
    crm.clock.freeze("2026-03-02T09:00:00Z")
    start = crm.snapshot()
    crm.restore(start)
    crm.events.create(key="kickoff", **MEETING)
    crm.clock.advance("1m")
    send("GET", "/api/v1/events", {}, None, {})
    crm.events.edit("kickoff", bump=False, location="Room Hopper")
    send("GET", "/api/v1/events", DELTA, None, {})
    documents: dict[str, Any] = {"snapshot": crm.snapshot(), "bundle": crm.bundle()}
    for kind, document in documents.items():
        (tmp_path / kind).write_text(json.dumps(document))
    return {kind: tmp_path / kind for kind in documents}


def start(*options: str) -> Any:
    found = run("config", "--json", *options)
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout)["start"]


def test_a_snapshot_goes_on_as_it_was_saved(saved: dict[str, Path]) -> None:
    with served("--load", str(saved["snapshot"]), "--dialect", "google") as server:
        crm = connect(server.url)
        (event,) = crm.events.all()
        assert (event["key"], event["location"], event["version"]) == ("kickoff", "Room Hopper", 2)
        assert crm.clock.get() == {**crm.clock.get(), "now": "2026-03-02T09:01:00.002Z", "mode": "frozen"}
        crm.events.delete("kickoff")
        crm.reset()
        assert [each["key"] for each in crm.events.all()] == ["kickoff"]
        assert crm.requests.all() == []
    assert start("--load", str(saved["snapshot"]), "--count", "3", "--frozen-at", "2026-03-03T09:00:00Z") == {
        "kind": "snapshot",
        "events": 4,
        "steps": 0,
        "now": "2026-03-03T09:00:00.000Z",
        "mode": "frozen",
        "dialect": "plain",
    }


def test_a_bundle_shows_what_happened_and_a_reset_goes_back_to_its_beginning(saved: dict[str, Path]) -> None:
    with served("--load", str(saved["bundle"])) as server:
        crm = connect(server.url)
        assert "differ" not in server.said
        assert [each["query"] for each in crm.requests.all()] == [{}, DELTA]
        assert {each["code"] for client in crm.audit()["clients"] for each in client["findings"]} == {
            "change.outOfReach"
        }
        assert (crm.clock.get()["mode"], len(crm.events.all())) == ("frozen", 1)
        crm.reset()
        assert (crm.events.all(), crm.requests.all()) == ([], [])
    assert start("--load", str(saved["bundle"])) == {
        "kind": "bundle",
        "requests": 5,
        "now": "2026-03-02T09:01:00.002Z",
        "mode": "frozen",
    }


def test_a_bundle_of_which_this_server_makes_another_verdict_says_so(saved: dict[str, Path]) -> None:
    document = json.loads(saved["bundle"].read_text())
    document["steps"][-1]["status"] = 500
    saved["bundle"].write_text(json.dumps(document))
    with served("--load", str(saved["bundle"])) as server:
        assert "status 500 then, status 200 now." in server.said
        assert "The verdict is the same as in the file." in server.said


@pytest.mark.parametrize(
    ("kind", "change", "options", "status", "said"),
    [
        ("snapshot", {"idsGiven": -1}, (), 1, "{file}: The snapshot is not valid: idsGiven.event: "),
        ("snapshot", {"format": "mockcrm.snapshot/9"}, (), 1, "{file}: The snapshot is not valid: format: "),
        ("bundle", {"endedAt": "soon"}, (), 1, "{file}: The bundle is not valid: endedAt: "),
        ("bundle", {"format": "something/1"}, (), 1, "{file}:1: format: No such field."),
        ("bundle", {}, ("--seed", "3"), 2, "A bundle is replayed as it was"),
        ("snapshot", {}, ("--watch",), 2, "--watch needs a fixture file"),
    ],
)
def test_what_cannot_be_a_start_is_refused(
    saved: dict[str, Path], kind: str, change: dict[str, Any], options: tuple[str, ...], status: int, said: str
) -> None:
    file = saved[kind]
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    refused = run("config", "--load", str(file), *options)
    assert (refused.returncode, refused.stdout) == (status, "")
    assert said.format(file=file) in refused.stderr
