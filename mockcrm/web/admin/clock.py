"""`/admin/clock`: where the time of the CRM stands, and how it moves."""

from collections.abc import Callable
from typing import Any

from flask import Response

from mockcrm.crm.actions import Result
from mockcrm.errors import ClockInvalid
from mockcrm.sandbox import actions
from mockcrm.sandbox.action_schemas import AdvanceSchema
from mockcrm.sandbox.control_schemas import ClockSchema
from mockcrm.web.admin.blueprint import admin, cause
from mockcrm.web.gate import exchange
from mockcrm.web.openapi.declare import declared
from mockcrm.web.representations import shown
from mockcrm.web.responses import answer, json_body

_MOVING = (ClockInvalid,)


@admin.get("/clock")
@declared("ShownClockSchema")
def get_clock() -> Response:
    """Where the clock stands."""
    with exchange().sandbox.open() as state:
        return answer(shown.shown_clock(state))


@admin.put("/clock")
@declared("MovedClockSchema", body=ClockSchema, refuses=_MOVING)
def set_clock() -> Response:
    """Set the clock. Forward runs what falls due; back undoes nothing."""
    settings = ClockSchema().check(json_body(), ClockInvalid, "The clock")
    return _moved(actions.clock, settings)


@admin.post("/clock/advance")
@declared("MovedClockSchema", body=AdvanceSchema, refuses=_MOVING)
def advance_clock() -> Response:
    """Move the clock forward, and run what falls due on the way."""
    arguments = AdvanceSchema().check(json_body(), ClockInvalid, "The advance")
    return _moved(actions.advance, arguments)


def _moved(verb: Callable[..., Result], arguments: dict[str, Any]) -> Response:
    """The clock after a verb has moved it, and what has run on the way."""
    with exchange().sandbox.open() as state:
        result = exchange().sandbox.act_whole(verb, cause(), **arguments)
        return answer(shown.shown_clock(state) | {"ran": shown.shown_result(state.crm, result)["ran"]})
