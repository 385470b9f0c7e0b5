"""`/admin/clock`: the CRM's clock."""

from collections.abc import Callable
from typing import Any

from flask import Response

from mockcrm.crm.actions import Result
from mockcrm.errors import ClockInvalid
from mockcrm.sandbox import actions
from mockcrm.sandbox.action_schemas import AdvanceSchema
from mockcrm.sandbox.control_schemas import ClockSchema
from mockcrm.web.admin.route_group import RouteGroup, by_colleague
from mockcrm.web.exchange import current_sandbox
from mockcrm.web.openapi.declare import declared
from mockcrm.web.representations.actions import MovedClockJson, ShownClockJson, clock_json, moved_clock_json
from mockcrm.web.requests import json_body
from mockcrm.web.responses import json_response

routes = RouteGroup()

_MOVING = (ClockInvalid,)


@routes.get("/clock")
@declared(ShownClockJson)
def get_clock() -> Response:
    """The clock: its time, and how it runs."""
    with current_sandbox().open() as state:
        return json_response(clock_json(state))


@routes.put("/clock")
@declared(MovedClockJson, body=ClockSchema, refuses=_MOVING)
def set_clock() -> Response:
    """Set the clock. Moving it forward runs the agenda up to that time; moving it back undoes nothing."""
    settings = ClockSchema().check(json_body(), ClockInvalid, "The clock")
    return _moved(actions.clock, settings)


@routes.post("/clock/advance")
@declared(MovedClockJson, body=AdvanceSchema, refuses=_MOVING)
def advance_clock() -> Response:
    """Move the clock forward, and run the agenda up to that time."""
    arguments = AdvanceSchema().check(json_body(), ClockInvalid, "The advance")
    return _moved(actions.advance, arguments)


def _moved(verb: Callable[..., Result], arguments: dict[str, Any]) -> Response:
    """The clock after a verb has moved it, and the entries of the agenda that have run."""
    with current_sandbox().open() as state:
        result = current_sandbox().act_whole(verb, by_colleague(), **arguments)
        return json_response(moved_clock_json(state, result))
