"""What sandboxes hold is counted right, whatever is written, forked, reset, put in and deleted, in any order."""

import contextlib
from typing import Any

from hypothesis import given, settings, strategies as st

from mockcrm import Refusal, Sandboxes
from mockcrm.crm.change import Change
from mockcrm.crm.fake_crm import Cause
from mockcrm.crm.weights import CHANGE, weight_of
from mockcrm.sandbox.action_schemas import read_actions
from mockcrm.sandbox.sandboxes import DEFAULT
from mockcrm.sandbox.snapshot import dump_snapshot, load_snapshot

EVENT = {"startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z"}
CREATE = {"create": {"set": {**EVENT, "subject": "Lunch"}}}
FAILS = {"delete": {"event": "nobody"}}
NAMES = (DEFAULT, "a", "b", "c")

steps = st.tuples(
    st.sampled_from(("write", "write", "delete an event", "fail", "fork", "reset", "empty", "put", "delete", "audit")),
    st.sampled_from(NAMES),
    st.sampled_from(NAMES),
)


def held(sandboxes: Sandboxes) -> int:
    """The weight of every change that some sandbox has, or goes back to, each counted once."""
    found: dict[int, Change] = {}
    for sandbox in sandboxes.all():
        for state in (sandbox.state, sandbox._start):
            found |= {id(change): change for change in state.crm.store.changes()}
    return sum(CHANGE if change.deleted else weight_of(change.event) for change in found.values())


def take(sandboxes: Sandboxes, step: str, name: str, other: str) -> None:
    sandbox = sandboxes.get(name)

    def act(*payload: Any) -> None:
        sandbox.perform(read_actions(list(payload)), Cause("crm"))

    match step:
        case "write":
            act(CREATE)
        case "delete an event":
            act({"churn": {"creates": 0, "edits": 0, "deletes": 1}})
        case "fail":
            act(CREATE, CREATE, FAILS)
        case "fork":
            sandboxes.fork(sandbox, other)
        case "reset" | "empty":
            sandboxes.reset(sandbox, empty=step == "empty")
        case "put":
            sandboxes.restore(sandbox, load_snapshot(dump_snapshot(sandboxes.get(other).forked())))
        case "delete":
            sandboxes.delete(name)
        case "audit":
            sandbox.audit()


@settings(max_examples=150, deadline=None)
@given(st.lists(steps, max_size=30))
def test_what_is_held_is_what_the_sandboxes_have(taken: list[tuple[str, str, str]]) -> None:
    sandboxes = Sandboxes()
    for each in taken:
        with contextlib.suppress(Refusal):
            take(sandboxes, *each)
        assert sandboxes.memory.held == held(sandboxes)
