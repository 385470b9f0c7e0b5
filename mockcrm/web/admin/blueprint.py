"""What the controls share: the blueprint that each group of them puts its routes on, and who is to have done it."""

from flask import Blueprint, current_app, request

from mockcrm.crm.fake_crm import Cause
from mockcrm.crm.lists.parameters import NoParameters
from mockcrm.errors import (
    ActionInvalid,
    ClockInvalid,
    DialectInvalid,
    EventDeleted,
    EventExists,
    EventInvalid,
    EventNotDeleted,
    EventNotFound,
    FaultInvalid,
    KeyExists,
    SandboxFull,
)
from mockcrm.sandbox.sandboxes import Sandboxes
from mockcrm.web.gate import exchange
from mockcrm.web.openapi.declare import declaration_of
from mockcrm.web.responses import query

ACTIONS = (
    EventNotFound,
    EventDeleted,
    EventExists,
    EventNotDeleted,
    KeyExists,
    ActionInvalid,
    EventInvalid,
    ClockInvalid,
    DialectInvalid,
    FaultInvalid,
    SandboxFull,
)
"""What one of a list of actions may be refused as."""

admin = Blueprint("admin", __name__, url_prefix="/admin")

_NONE = NoParameters()


def sandboxes() -> Sandboxes:
    """All of the server's, for what is not about the one in use alone."""
    all_of_them: Sandboxes = current_app.extensions["mockcrm"]
    return all_of_them


def cause() -> Cause:
    """Who changes the CRM: a colleague, in this request."""
    return Cause("crm", exchange().request_id)


@admin.before_request
def refuse_stray_parameters() -> None:
    """Raises `QueryInvalid` for any parameter of a call that has none."""
    assert request.endpoint is not None
    if declaration_of(current_app.view_functions[request.endpoint]).query is NoParameters:
        query(_NONE)
