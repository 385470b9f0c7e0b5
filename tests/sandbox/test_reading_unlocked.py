"""What a request says is read while others go on: nobody waits for a large body of somebody else's."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from mockcrm.audit import replica
from mockcrm.crm.kinds.event_schema import AttendeeSchema
from tests.served import MONDAY, Crm
from tests.unchanged import EVENT, made

PATIENCE = 20
SLOW: dict[str, Any] = {**EVENT, "attendees": [{"userId": "slow"}]}
CREATE = {"create": {"set": SLOW}}
PEOPLE = {"attendees": SLOW["attendees"]}


class Gate:
    """Where reading stands still, from when somebody has `come` until it is `opened`."""

    def __init__(self) -> None:
        self.come, self.opened = threading.Event(), threading.Event()

    def wait(self) -> None:
        self.come.set()
        assert self.opened.wait(PATIENCE)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    gate = Gate()
    build, strays = AttendeeSchema.build, replica._strays

    def slowly_built(schema: AttendeeSchema, values: dict[str, Any]) -> Any:
        if values.get("user_id") == "slow" and not gate.opened.is_set():
            gate.wait()
        return build(schema, values)

    def slowly_compared(*arguments: Any) -> Any:
        gate.wait()
        return strays(*arguments)

    monkeypatch.setattr(AttendeeSchema, "build", slowly_built)
    monkeypatch.setattr(replica, "_strays", slowly_compared)
    return gate


def changed_snapshot(crm: Crm) -> Any:
    document = crm.everything()
    document["changes"][0]["record"] |= PEOPLE
    return document


ASKED: dict[str, Callable[[Crm, str], httpx.Response]] = {
    "a client's new event": lambda crm, _: crm.api("POST", "/events", SLOW),
    "a client's patch": lambda crm, event: crm.api("PATCH", f"/events/{event}", PEOPLE),
    "a client's replacement": lambda crm, event: crm.api("PUT", f"/events/{event}", SLOW),
    "a new event": lambda crm, _: crm.admin("POST", "/events", SLOW),
    "a patch": lambda crm, event: crm.admin("PATCH", f"/events/{event}", PEOPLE),
    "a replacement": lambda crm, event: crm.admin("PUT", f"/events/{event}", SLOW),
    "actions": lambda crm, _: crm.admin("POST", "/actions", [{"create": {"set": EVENT}}, {"create": {"set": SLOW}}]),
    "an agenda": lambda crm, _: crm.admin("POST", "/actions", {"schedule": {"after": "1h", "do": CREATE}}),
    "a fault rule": lambda crm, _: crm.admin("POST", "/faults", {"effect": {"do": CREATE}}),
    "a snapshot": lambda crm, _: crm.admin("PUT", "/snapshot", changed_snapshot(crm)),
    "a scenario": lambda crm, _: crm.admin("PUT", "/scenario", {"events": [SLOW], "clock": {"now": MONDAY}}),
    "a replica": lambda crm, event: crm.admin("POST", "/audit", {"replica": [event]}),
}


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_others_are_answered_while_a_body_is_read(
    crm: Crm, gate: Gate, ask: Callable[[Crm, str], httpx.Response]
) -> None:
    event = made(crm, "there")
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(ask, crm, event)
        assert gate.come.wait(PATIENCE)
        try:
            assert crm.api("GET", f"/events/{event}").status_code == 200
            assert crm.api("POST", "/events", EVENT).status_code == 201
            assert crm.admin("PATCH", f"/events/{event}", {"subject": "Moved on"}).status_code == 200
        finally:
            gate.opened.set()
        assert slow.result().is_success, slow.result().text


@pytest.mark.parametrize("knob", ["keep", "ignore"])
def test_the_dialect_that_is_spoken_in_the_end_decides(crm: Crm, gate: Gate, knob: str) -> None:
    """The body came when unknown fields were refused; by the time it is carried out, they are not."""
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(crm.api, "POST", "/events", {**SLOW, "colour": "red"})
        assert gate.come.wait(PATIENCE)
        crm.set_dialect(unknownFields=knob)
        gate.opened.set()
        assert slow.result().status_code == 201
        assert slow.result().json().get("colour") == ("red" if knob == "keep" else None)


def test_what_was_read_before_an_action_changes_the_dialect_is_read_again(crm: Crm) -> None:
    create = {"create": {"set": {**EVENT, "colour": "red"}}}
    assert crm.admin("POST", "/actions", create).status_code == 422
    assert crm.admin("POST", "/actions", [{"dialect": {"unknownFields": "keep"}}, create]).status_code == 200
    assert crm.events()[0]["colour"] == "red"
    assert crm.admin("POST", "/actions", [{"dialect": "plain"}, create]).status_code == 422


def test_a_refusal_that_comes_before_comes_before(crm: Crm) -> None:
    """A body that makes no sense is said to make none only where there is something to do with it."""
    bad: dict[str, Any] = {"attendees": [{}]}
    assert crm.api("PATCH", "/events/9999", bad).status_code == 404
    event = made(crm, "there")
    assert crm.api("PATCH", f"/events/{event}", bad, headers={"If-Match": '"stale"'}).status_code == 412
    assert crm.api("PATCH", f"/events/{event}", bad).status_code == 422
    assert crm.admin("POST", "/actions", {"create": {"set": bad, "key": "there"}}).status_code == 409
