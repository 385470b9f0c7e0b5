"""`/admin/faults`: fault rules."""

from flask import Response

from mockcrm.errors import FaultInvalid, FaultNotFound, SandboxFull
from mockcrm.sandbox import actions
from mockcrm.sandbox.action_schemas import read_rules
from mockcrm.web.admin.route_group import RouteGroup, by_colleague
from mockcrm.web.exchange import current_sandbox
from mockcrm.web.openapi.declare import declared
from mockcrm.web.representations.faults import AddedRules, RulesJson, ShownRule, rule_json, rules_json
from mockcrm.web.requests import json_body
from mockcrm.web.responses import absolute_url, empty_response, json_response

routes = RouteGroup()


@routes.get("/faults")
@declared(RulesJson)
def list_faults() -> Response:
    """All fault rules."""
    with current_sandbox().open() as state:
        return json_response(rules_json(state.faults))


@routes.post("/faults")
@declared(AddedRules, status=201, body="fault_rules", refuses=(FaultInvalid, SandboxFull))
def create_faults() -> Response:
    """Add one fault rule, or a list of them: all or none."""
    body = json_body()
    rules = read_rules(body)
    with current_sandbox().open() as state:
        ids = current_sandbox().act(actions.faults, by_colleague(), rules=rules).more["ids"]
        added = rules_json((each, *state.faults.get(each)) for each in ids)
    if isinstance(body, list):
        return json_response(added, 201)
    return json_response(added["faults"][0], 201, {"Location": absolute_url(f"/admin/faults/{ids[0]}")})


@routes.delete("/faults")
@declared(status=204)
def delete_faults() -> Response:
    """Remove all fault rules."""
    current_sandbox().act(actions.clear_faults, by_colleague())
    return empty_response()


@routes.get("/faults/<rule_id>")
@declared(ShownRule, refuses=(FaultNotFound,))
def get_fault(rule_id: str) -> Response:
    """One fault rule."""
    with current_sandbox().open() as state:
        return json_response(rule_json(rule_id, *state.faults.get(rule_id)))


@routes.delete("/faults/<rule_id>")
@declared(status=204, refuses=(FaultNotFound,))
def delete_fault(rule_id: str) -> Response:
    """Remove a fault rule."""
    with current_sandbox().open() as state:
        state.faults.remove(rule_id)
    return empty_response()
