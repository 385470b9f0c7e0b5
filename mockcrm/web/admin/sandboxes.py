"""`/admin/sandboxes`: CRMs that stand alone, side by side."""

from typing import Any

from flask import Response
from marshmallow import ValidationError, fields, post_load, validates_schema

from mockcrm.amendment import Amendment
from mockcrm.controls import MAX_SEED_COUNT
from mockcrm.dialects import LaterDialectField
from mockcrm.errors import (
    DialectInvalid,
    SandboxExists,
    SandboxInvalid,
    SandboxLimit,
    SandboxProtected,
    ScenarioNotFound,
)
from mockcrm.fields import LONG, Whole
from mockcrm.scenario import Scenario, find_scenario
from mockcrm.strict import Strict
from mockcrm.web import shown
from mockcrm.web.admin.blueprint import admin, sandboxes
from mockcrm.web.declaring import declared
from mockcrm.web.wire import absolute, answer, json_body, nothing


class SandboxSchema(Strict):
    """A new sandbox: empty, from a scenario, or a fork; with a dialect, a seed and invented events upon it."""

    name = fields.String(required=True)
    from_ = fields.String(data_key="from", attribute="parent")
    scenario = fields.String()
    dialect = LaterDialectField()
    seed = Whole(least=0, most=LONG - 1)
    count = Whole(least=0, most=MAX_SEED_COUNT, load_default=0)

    @validates_schema
    def one_origin(self, data: dict[str, Any], **_: Any) -> None:
        if "parent" in data and "scenario" in data:
            raise ValidationError("A sandbox has one origin: `from` or `scenario`.", "scenario")

    @post_load
    def gather(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        amendment = {name: data.pop(name) for name in ("dialect", "seed", "count") if name in data}
        return data | {"amendment": Amendment(**amendment)}


@admin.get("/sandboxes")
@declared("SandboxesSchema")
def list_sandboxes() -> Response:
    """All sandboxes."""
    found = [shown.shown_sandbox(each) for each in sandboxes().all()]
    return answer({"sandboxes": found, "length": len(found)})


@admin.post("/sandboxes")
@declared(
    "ShownSandboxSchema",
    status=201,
    body=SandboxSchema,
    sends=("Location",),
    refuses=(ScenarioNotFound, SandboxExists, SandboxLimit, SandboxInvalid, DialectInvalid),
)
def create_sandbox() -> Response:
    """Make a sandbox: empty, from a scenario, or a fork."""
    order = SandboxSchema().check(json_body(), SandboxInvalid, "The sandbox")
    name, amendment = order["name"], order["amendment"]
    if "parent" in order:
        made = sandboxes().fork(sandboxes().get(order["parent"]), name, amendment)
    else:
        scenario = find_scenario(order["scenario"]) if "scenario" in order else Scenario()
        made = sandboxes().create(name, scenario, amendment)
    return answer(shown.shown_sandbox(made), 201, {"Location": absolute(f"/admin/sandboxes/{name}")})


@admin.get("/sandboxes/<name>")
@declared("ShownSandboxSchema")
def get_sandbox(name: str) -> Response:
    """One sandbox."""
    return answer(shown.shown_sandbox(sandboxes().get(name)))


@admin.delete("/sandboxes/<name>")
@declared(status=204, refuses=(SandboxProtected,))
def delete_sandbox(name: str) -> Response:
    """Delete a sandbox."""
    sandboxes().delete(name)
    return nothing()
