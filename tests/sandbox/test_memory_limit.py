"""What accepted writes hold is counted; a write that would hold too much is refused, and changes nothing."""

import gc
from typing import Any

import pytest
from flask import Flask

from mockcrm import Crm, Refusal, Refused, Sandboxes, Scenario, connect, create_app
from mockcrm.crm.weights import INVENTED

EVENT: dict[str, Any] = {"startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z"}
LONG = "x" * 10_000
MAX_MEMBERS = 100_000


@pytest.fixture
def sandboxes() -> Sandboxes:
    return Sandboxes(max_memory=MAX_MEMBERS)


@pytest.fixture
def app(sandboxes: Sandboxes) -> Flask:
    return create_app(sandboxes)


@pytest.fixture
def crm(app: Flask) -> Crm:
    crm = connect(app)
    crm.clock.freeze("2026-01-05T09:00:00Z")
    return crm


def fill(crm: Crm) -> int:
    """Write until there is no room; how many events there was room for."""
    count = 0
    while has_room(crm):
        count += 1
    return count


def has_room(crm: Crm) -> bool:
    """Whether there was room for one more event."""
    try:
        crm.events.create(description=LONG, **EVENT)
    except Refused as payload:
        refused(payload.status, {"code": payload.code, "message": payload.message})
        return False
    return True


def refused(status: int, body: Any) -> None:
    assert (status, body["code"]) == (409, "sandbox.full")
    assert "--max-memory" in body["message"]


def test_a_server_has_room_for_so_much_and_no_more(crm: Crm) -> None:
    assert fill(crm) == 4, "a description of 10,000 characters is there as text and as JSON"


@pytest.mark.parametrize(
    "call",
    [
        ("POST", "/api/v1/events", {"description": LONG, **EVENT}),
        ("PATCH", "/api/v1/events/{id}", {"description": LONG}),
        ("PUT", "/api/v1/events/{id}", {"description": LONG, **EVENT}),
        ("POST", "/admin/events", {"description": LONG, **EVENT}),
        ("PATCH", "/admin/events/{id}", {"description": LONG}),
        ("POST", "/admin/actions", [{"touch": {"events": "all"}}, {"create": {"set": {"description": LONG, **EVENT}}}]),
        (
            "POST",
            "/admin/actions",
            {"schedule": {"after": "1m", "do": [{"create": {"set": {"description": LONG, **EVENT}}}]}},
        ),
        ("POST", "/admin/faults", {"effect": {"status": {"status": 503, "body": LONG}}}),
        ("POST", "/admin/seed", {"count": 1_000_000}),
        ("POST", "/admin/sandboxes", {"name": "new", "count": 1_000_000}),
        ("POST", "/admin/sandboxes", {"name": "new", "from": "default", "count": 1_000_000}),
        ("PUT", "/admin/sandboxes/new", {"count": 1_000_000}),
        ("PUT", "/admin/scenario", {"events": [{"description": LONG, **EVENT}]}),
        ("PUT", "/admin/scenario", {"generate": {"count": 1_000_000}}),
        ("PUT", "/admin/scenario", {"clock": {"now": "2026-01-05T09:00:00Z"}, "generate": {"count": 1_000_000}}),
    ],
    ids=lambda call: f"{call[0]} {call[1]}",
)
def test_a_write_beyond_it_is_refused_and_changes_nothing(
    app: Flask, crm: Crm, sandboxes: Sandboxes, call: tuple[str, str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(crm)
    monkeypatch.setattr("mockcrm.crm.seeding.generator.invent", None)
    before, held = crm.snapshot(), sandboxes.memory.held
    method, path, body = call
    answer = app.test_client().open(path.replace("{id}", crm.events.all()[0]["id"]), method=method, json=body)
    refused(answer.status_code, answer.json)
    gc.collect()
    assert (crm.snapshot(), sandboxes.memory.held) == (before, held)
    assert [each.name for each in sandboxes.all()] == ["default"]


def test_a_snapshot_beyond_it_is_refused(crm: Crm, app: Flask) -> None:
    fill(crm)
    before = crm.snapshot()
    with pytest.raises(Refused) as payload:
        crm.restore(before)
    assert payload.value.code == "sandbox.full"
    assert crm.snapshot() == before


def test_small_fault_rules_may_come_and_go(crm: Crm, sandboxes: Sandboxes) -> None:
    for _ in range(50):
        crm.faults.add({"status": {"status": 503, "body": "x" * 2_000}})
        crm.faults.clear()
    assert sandboxes.memory.held == 0


def test_what_falls_due_beyond_it_is_refused_when_it_does(crm: Crm) -> None:
    create: Any = {"create": {"set": {"description": LONG, **EVENT}}}
    crm.perform({"schedule": {"after": "1m", "do": create}})
    fill(crm)
    (ran,) = crm.clock.advance("1m")["ran"]
    assert ran["error"]["code"] == "sandbox.full"


def test_reads_go_on_when_it_is_full(app: Flask, crm: Crm) -> None:
    count = fill(crm)
    assert len(app.test_client().get("/api/v1/events").get_json()["records"]) == count
    assert crm.audit()["clean"]


def test_a_reset_gives_back_what_was_written_since_the_start(crm: Crm, sandboxes: Sandboxes) -> None:
    for _ in range(3):
        assert fill(crm) == 4
        crm.reset()
        assert sandboxes.memory.held == 0
    fill(crm)
    crm.reset(empty=True)
    assert sandboxes.memory.held == 0


def test_a_deletion_gives_back_what_only_that_sandbox_had(crm: Crm, sandboxes: Sandboxes) -> None:
    crm.events.create(description=LONG, **EVENT)
    alone = sandboxes.memory.held
    with crm.fork() as fork:
        assert sandboxes.memory.held == alone, "a fork shares what there is"
        assert fill(fork) == 3
        with pytest.raises(Refused):
            crm.events.create(description=LONG, **EVENT)
        crm.reset()
        assert sandboxes.memory.held > alone, "the fork still has it"
    assert sandboxes.memory.held == 0


def test_a_refused_list_of_actions_gives_back_what_it_held(crm: Crm, sandboxes: Sandboxes) -> None:
    create = {"create": {"set": {"description": LONG, **EVENT}}}
    for actions in ([create] * 5, [create, create, {"delete": {"event": "nobody"}}]):
        with pytest.raises(Refused):
            crm.perform(*actions)
        assert sandboxes.memory.held == 0


def test_a_seeding_is_weighed_before_it_begins(crm: Crm, sandboxes: Sandboxes) -> None:
    made = crm.seed(5, seed=1)["records"]
    assert sandboxes.memory.held == sum(made.values()) * INVENTED, "those whom the events need are weighed, too"
    for many in (MAX_MEMBERS // INVENTED - 5, MAX_MEMBERS // INVENTED):
        with pytest.raises(Refused) as payload:
            crm.seed(many, seed=2)
        assert payload.value.code == "sandbox.full"
        assert sandboxes.memory.held == sum(made.values()) * INVENTED


def test_requests_that_are_refused_hold_nothing(app: Flask, crm: Crm, sandboxes: Sandboxes) -> None:
    for _ in range(5):
        assert app.test_client().post("/api/v1/events", json={"description": LONG}).status_code == 422
        assert app.test_client().delete("/api/v1/events/1").status_code == 404
    assert sandboxes.memory.held == 0


def test_a_server_that_starts_with_more_than_it_may_hold_does_not_start() -> None:
    with pytest.raises(Refusal, match="--max-memory"):
        Sandboxes(Scenario(generate=({"count": 1_000},)), max_memory=MAX_MEMBERS)
