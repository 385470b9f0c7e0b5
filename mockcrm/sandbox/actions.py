"""What a test can do to a sandbox: to its CRM, its clock, its agenda, its fault rules (contract, section 6).

Each is one function of a state; `mockcrm.sandbox.action_schemas` reads it from JSON.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from mockcrm.base.times import MILLISECOND, format_instant
from mockcrm.crm import actions, merging
from mockcrm.crm.actions import Result
from mockcrm.crm.fake_crm import Cause
from mockcrm.crm.weights import weight_of_json
from mockcrm.errors import ActionInvalid
from mockcrm.faults.rules import Rule
from mockcrm.sandbox.state import Action, AgendaRun, State

MAX_AGENDA = 10_000
"""How many entries an agenda has at most."""


def _of_crm(verb: Callable[..., Result]) -> Callable[..., Result]:
    """A verb of the CRM, performed on the CRM of a state."""

    @wraps(verb)
    def perform(state: State, cause: Cause, **arguments: Any) -> Result:
        return verb(state.crm, cause, **arguments)

    return perform


create = _of_crm(actions.create)
edit = _of_crm(actions.edit)
delete = _of_crm(actions.delete)
restore = _of_crm(actions.restore)
merge = _of_crm(merging.merge)
touch = _of_crm(actions.touch)
churn = _of_crm(actions.churn)
seed = _of_crm(actions.seed)
dialect = _of_crm(actions.dialect)


def advance(state: State, cause: Cause, *, by: timedelta) -> Result:
    """Move the clock forward, and run what falls due on the way."""
    ran = state.advance(state.crm.clock.later(by))
    return Result("advance", more={"now": state.crm.clock.now(), "ran": ran})


def clock(
    state: State,
    cause: Cause,
    *,
    now: datetime | None = None,
    mode: str | None = None,
    rate: float | None = None,
    tick: timedelta | None = None,
) -> Result:
    """Set the clock. Forward, it advances; back, nothing runs and nothing is undone (contract, section 4)."""
    ran: list[AgendaRun] = []
    if now is not None and now > state.crm.clock.now():
        ran = state.advance(now)
    elif now is not None:
        state.crm.clock.set(now)
    if now is not None:
        state.crm.clock.forgive()
    state.crm.clock.adjust(running=None if mode is None else mode == "running", rate=rate, tick=tick)
    return Result("clock", more={"now": state.crm.clock.now(), "ran": ran})


def schedule(
    state: State,
    cause: Cause,
    *,
    do: tuple[Action, ...],
    after: timedelta | None = None,
    at: datetime | None = None,
    every: timedelta | None = None,
) -> Result:
    """Put actions on the clock's agenda: once, after a while or at an instant; or again and again."""
    if len(state.agenda) >= MAX_AGENDA:
        raise ActionInvalid(f"The agenda has {MAX_AGENDA:,} entries already, and takes no more.")
    if at is not None and at < state.crm.clock.now():
        raise ActionInvalid(
            f"{format_instant(at)} is in the past: the clock says {format_instant(state.crm.clock.now())}."
        )
    due = at or state.crm.clock.later(after if after is not None else every or MILLISECOND)
    state.crm.holding.grow(weight_of_json([action.raw for action in do]))
    state.agenda.add(due, do, every)
    return Result("schedule", more={"at": due})


def fault(state: State, cause: Cause, *, rule: Rule) -> Result:
    """Add a fault rule after the others."""
    (rule_id,) = faults(state, cause, rules=[rule]).more["ids"]
    return Result("fault", more={"id": rule_id})


def faults(state: State, cause: Cause, *, rules: Sequence[Rule]) -> Result:
    """Add fault rules: all of them or, if one is refused, none."""
    state.faults.check_room(len(rules))
    for rule in rules:
        state.faults.check_server(rule)
    state.crm.holding.grow(sum(weight_of_json(rule.raw) for rule in rules))
    ids = [state.faults.add(rule, state.crm.chance.getrandbits(32) if rule.uses_chance else 0) for rule in rules]
    return Result("fault", more={"ids": ids})


def clear_faults(state: State, cause: Cause) -> Result:
    """Remove all fault rules."""
    return Result("clearFaults", more={"cleared": state.faults.clear()})
