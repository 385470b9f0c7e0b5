"""What costs by the length of the log or of the journal is worked out while others are served."""

import pkgutil
import threading
from collections.abc import Callable
from typing import Any

import pytest

from mockcrm import Crm, Sandboxes, connect, create_app
from mockcrm.sandbox.sandbox import Sandbox

EVENT = {"startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z"}
TOLD: Any = {
    "clock": {"now": "2026-01-05T09:00:00Z"},
    "events": [EVENT],
    "expect": {"audit": "clean", "events": [{"like": {}, "count": 1}], "requests": [{"requests": [{}]}]},
}
COSTLY = (
    "mockcrm.audit.auditor.Auditor.audit",
    "mockcrm.sandbox.snapshot._dump_change",
    "mockcrm.sandbox.bundle._dump_entry",
    "mockcrm.web.admin.state.change_json",
    "mockcrm.web.admin.records.version_json",
    "mockcrm.web.admin.requests.entry_json",
    "mockcrm.web.admin.rendered_rows.entry_json",
    "mockcrm.journal.verification.Expectation.held_against",
    "mockcrm.sandbox.scenario.expectations.shown_record",
)
"""What is done for each change, event, request or client."""


def is_free(sandbox: Sandbox) -> bool:
    """Whether another thread could serve a request now."""
    found: list[bool] = []

    def look() -> None:
        if sandbox.lock.acquire(blocking=False):
            sandbox.lock.release()
            found.append(True)

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    return bool(found)


@pytest.fixture
def sandboxes() -> Sandboxes:
    return Sandboxes()


@pytest.fixture
def crm(sandboxes: Sandboxes) -> Crm:
    """A CRM with a scenario, an event and a client that has read it."""
    app = create_app(sandboxes)
    app.test_client().get("/api/v1/events")
    crm = connect(app)
    crm.scenario.load(TOLD)
    app.test_client().get("/api/v1/events")
    return crm


CALLS: dict[str, Callable[[Crm], Any]] = {
    "audit": lambda crm: crm.audit(),
    "replica": lambda crm: crm.audit([], client="client"),
    "replay": lambda crm: crm.bundle(),
    "snapshot": lambda crm: crm.snapshot(),
    "scenario": lambda crm: crm.scenario.get(),
    "scenario's end": lambda crm: crm.scenario.next(),
    "changes": lambda crm: crm.changes(),
    "events": lambda crm: crm.events.all(),
    "requests": lambda crm: crm.requests.all(),
    "find": lambda crm: crm.requests.find({"method": "GET"}),
    "verify": lambda crm: crm.verify({"method": "GET"}),
}


@pytest.mark.parametrize("call", CALLS)
def test_others_are_served_meanwhile(
    call: str, sandboxes: Sandboxes, crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = sandboxes.get("default")
    free: list[bool] = []
    for name in COSTLY:
        costly = pkgutil.resolve_name(name)

        def watched(*arguments: Any, _costly: Any = costly, **options: Any) -> Any:
            free.append(is_free(sandbox))
            return _costly(*arguments, **options)

        monkeypatch.setattr(name, watched)
    CALLS[call](crm)
    assert free, "something was looked at"
    assert all(free)


def opened_for(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The stages at which requests hold the sandbox from now on."""
    stages: list[str] = []
    before = sandbox.open_for

    def watched(entry: Any, stage: Any, journal: Any) -> Any:
        stages.append(stage)
        return before(entry, stage, journal)

    monkeypatch.setattr(sandbox, "open_for", watched)
    return stages


def test_a_rule_about_other_calls_has_no_request_wait(
    sandboxes: Sandboxes, crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    stages = opened_for(sandboxes.get("default"), monkeypatch)
    client = create_app(sandboxes).test_client()
    rules = [
        crm.faults.add({"status": 503}, match={"operation": "deleteEvent"}),
        crm.faults.add({"status": 503}, match={"operation": "listContacts"}),
    ]
    client.get("/api/v1/events")
    assert stages == ["worked"]
    client.get("/api/v1/contacts")
    assert stages == ["worked", "admitted"]
    for rule in rules:
        crm.faults.remove(rule["id"])
    client.get("/api/v1/contacts")
    assert stages == ["worked", "admitted", "worked"]
    crm.faults.add({"expireCredentials": {}}, match={"operation": "deleteEvent"})
    client.get("/api/v1/events")
    assert stages[3:] == ["admitted", "worked"], "its memory may concern any request"
