"""`/admin/sandboxes`: CRMs that stand alone, side by side."""

from typing import Any

from flask import Response
from marshmallow import ValidationError, fields, post_load, validates_schema

from mockcrm.base.schema.fields import LONG, Whole
from mockcrm.base.schema.strict import Strict
from mockcrm.crm.dialect.named import LaterDialectField
from mockcrm.errors import (
    DialectInvalid,
    SandboxExists,
    SandboxFull,
    SandboxInvalid,
    SandboxLimit,
    SandboxProtected,
    ScenarioNotFound,
)
from mockcrm.sandbox.control_schemas import MAX_SEED_COUNT
from mockcrm.sandbox.scenario.fixture_file import find_scenario
from mockcrm.sandbox.scenario.scenario import Scenario
from mockcrm.sandbox.scenario.variant import Variant
from mockcrm.web.admin.blueprint import admin, sandboxes
from mockcrm.web.openapi.declare import declared
from mockcrm.web.representations import shown
from mockcrm.web.responses import absolute, answer, json_body, nothing


class PutSandboxSchema(Strict):
    """A new sandbox: empty, from a scenario, or a fork; with a dialect, a seed and invented events upon it.

    Its `name` is that in the path.
    """

    name = fields.String()
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
        variant = {name: data.pop(name) for name in ("dialect", "seed", "count") if name in data}
        return data | {"variant": Variant(**variant)}


class SandboxSchema(PutSandboxSchema):
    """A new sandbox: empty, from a scenario, or a fork; with a dialect, a seed and invented events upon it."""

    name = fields.String(required=True)


_MAKING: dict[str, Any] = {
    "status": 201,
    "sends": ("Location",),
    "refuses": (ScenarioNotFound, SandboxExists, SandboxLimit, SandboxFull, SandboxInvalid, DialectInvalid),
}
"""What is said of the calls that make a sandbox."""


@admin.get("/sandboxes")
@declared("SandboxesSchema")
def list_sandboxes() -> Response:
    """All sandboxes."""
    found = [shown.shown_sandbox(each) for each in sandboxes().all()]
    return answer({"sandboxes": found, "length": len(found)})


@admin.post("/sandboxes")
@declared("ShownSandboxSchema", body=SandboxSchema, **_MAKING)
def create_sandbox() -> Response:
    """Make a sandbox: empty, from a scenario, or a fork."""
    return _made(**SandboxSchema().check(json_body(), SandboxInvalid, "The sandbox"))


def _made(name: str, variant: Variant, parent: str | None = None, scenario: str | None = None) -> Response:
    if parent is not None:
        made = sandboxes().fork(sandboxes().get(parent), name, variant)
    else:
        made = sandboxes().create(name, Scenario() if scenario is None else find_scenario(scenario), variant)
    return answer(shown.shown_sandbox(made), 201, {"Location": absolute(f"/admin/sandboxes/{name}")})


@admin.get("/sandboxes/<name>")
@declared("ShownSandboxSchema")
def get_sandbox(name: str) -> Response:
    """One sandbox."""
    return answer(shown.shown_sandbox(sandboxes().get(name)))


@admin.put("/sandboxes/<name>")
@declared("ShownSandboxSchema", body=PutSandboxSchema, optional=True, **_MAKING)
def put_sandbox(name: str) -> Response:
    """Make the sandbox of this name, which is not there yet: empty, from a scenario, or a fork."""
    order = PutSandboxSchema().check(json_body(optional=True), SandboxInvalid, "The sandbox")
    if order.setdefault("name", name) != name:
        problem = {"name": [f"The path says {name}."]}
        raise SandboxInvalid("The name in the body is not that in the path: leave it out.", problem)
    return _made(**order)


@admin.delete("/sandboxes/<name>")
@declared(status=204, refuses=(SandboxProtected,))
def delete_sandbox(name: str) -> Response:
    """Delete a sandbox."""
    sandboxes().delete(name)
    return nothing()
