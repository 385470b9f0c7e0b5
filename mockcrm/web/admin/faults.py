"""`/admin/faults`: the rules by which clients' requests are struck."""

from flask import Response

from mockcrm.errors import FaultInvalid, FaultNotFound, SandboxFull
from mockcrm.sandbox import actions
from mockcrm.sandbox.action_schemas import read_rules
from mockcrm.web.admin.blueprint import admin, cause
from mockcrm.web.gate import exchange
from mockcrm.web.openapi.declare import declared
from mockcrm.web.representations import shown
from mockcrm.web.responses import absolute, answer, json_body, nothing


@admin.get("/faults")
@declared("RulesSchema")
def list_faults() -> Response:
    """All fault rules."""
    with exchange().sandbox.open() as state:
        found = [shown.shown_rule(*each) for each in state.faults]
        return answer({"faults": found, "length": len(found)})


@admin.post("/faults")
@declared("added_rules", status=201, body="told_rules", refuses=(FaultInvalid, SandboxFull))
def create_faults() -> Response:
    """Add one fault rule, or a list that is added as a whole or not at all."""
    body = json_body()
    rules = read_rules(body)
    with exchange().sandbox.open() as state:
        ids = exchange().sandbox.act(actions.faults, cause(), rules=rules).more["ids"]
        made = [shown.shown_rule(each, *state.faults.get(each)) for each in ids]
    if isinstance(body, list):
        return answer({"faults": made, "length": len(made)}, 201)
    return answer(made[0], 201, {"Location": absolute(f"/admin/faults/{ids[0]}")})


@admin.delete("/faults")
@declared(status=204)
def delete_faults() -> Response:
    """Remove all fault rules."""
    exchange().sandbox.act(actions.clear_faults, cause())
    return nothing()


@admin.get("/faults/<rule_id>")
@declared("ShownRuleSchema", refuses=(FaultNotFound,))
def get_fault(rule_id: str) -> Response:
    """One fault rule."""
    with exchange().sandbox.open() as state:
        return answer(shown.shown_rule(rule_id, *state.faults.get(rule_id)))


@admin.delete("/faults/<rule_id>")
@declared(status=204, refuses=(FaultNotFound,))
def delete_fault(rule_id: str) -> Response:
    """Remove a fault rule."""
    with exchange().sandbox.open() as state:
        state.faults.remove(rule_id)
    return nothing()
