"""`/admin`: the controls, by which a test or a person works behind the CRM's back (contract, section 6).

Each group of controls has a module with its views; a view loads, calls, answers. `GROUPS` has the order in which the
API's description and `docs/reference/calls.md` list them.
"""

from flask import Blueprint, current_app, request

from mockcrm.crm.lists.parameters import NoParameters
from mockcrm.web.admin import (
    audit,
    clock,
    demo,
    dialects,
    faults,
    feed,
    kinds,
    opened_bundles,
    records,
    replays,
    requests,
    sandboxes,
    scenarios,
    state,
)
from mockcrm.web.openapi.declare import declaration_of
from mockcrm.web.requests import query_parameters

GROUPS = (
    state,
    clock,
    records,
    kinds,
    dialects,
    faults,
    requests,
    audit,
    replays,
    feed,
    scenarios,
    sandboxes,
    opened_bundles,
    demo,
)

_NO_PARAMETERS = NoParameters()

admin = Blueprint("admin", __name__, url_prefix="/admin")
for group in GROUPS:
    group.routes.add_to(admin)


@admin.before_request
def refuse_stray_parameters() -> None:
    """Raises `QueryInvalid` for any query parameter of a call that takes none."""
    assert request.endpoint is not None
    if declaration_of(current_app.view_functions[request.endpoint]).query is NoParameters:
        query_parameters(_NO_PARAMETERS)
