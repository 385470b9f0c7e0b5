"""`/admin/sandboxes`: separate CRMs, side by side."""

from datetime import timedelta
from typing import Any

from flask import Response
from marshmallow import ValidationError, fields, post_load, validates_schema

from mockcrm.base.schema.fields import LONG, Duration, Flag, Whole
from mockcrm.base.schema.strict import Strict
from mockcrm.crm.actions import MAX_SEED_COUNT
from mockcrm.crm.dialect.named import LaterDialectField
from mockcrm.errors import (
    DialectInvalid,
    FaultInvalid,
    SandboxElsewhere,
    SandboxExists,
    SandboxFull,
    SandboxInvalid,
    SandboxLimit,
    SandboxProtected,
    ScenarioNotFound,
)
from mockcrm.sandbox.lease import LONGEST, SHORTEST
from mockcrm.sandbox.scenario.scenario import Scenario
from mockcrm.sandbox.scenario.variant import Variant
from mockcrm.web.admin.route_group import RouteGroup, all_sandboxes, calendar_query, shown_sandbox
from mockcrm.web.openapi.declare import declared
from mockcrm.web.representations.sandboxes import SandboxesJson, ShownSandboxJson, sandboxes_json
from mockcrm.web.requests import json_body
from mockcrm.web.responses import absolute_url, empty_response, json_response

routes = RouteGroup()


class PutSandboxSchema(Strict):
    """A new sandbox: empty, from a scenario, or a fork; with a dialect, a seed or generated events if wanted.

    Its `name` is the one in the path. If `oneClient` is true, all requests to it are those of one client, whatever
    credentials and names they have. It is removed once no request has come to it for the time `expiresAfter`.
    """

    name = fields.String()
    from_ = fields.String(data_key="from", attribute="parent")
    scenario = fields.String()
    dialect = LaterDialectField()
    seed = Whole(least=0, most=LONG - 1)
    count = Whole(least=0, most=MAX_SEED_COUNT, load_default=0)
    one_client = Flag(data_key="oneClient", load_default=False)
    idle = Duration(data_key="expiresAfter", least=SHORTEST, most=LONGEST, load_default=None)

    @validates_schema
    def one_origin(self, data: dict[str, Any], **_: Any) -> None:
        if "parent" in data and "scenario" in data:
            raise ValidationError("A sandbox has one origin: `from` or `scenario`.", "scenario")

    @post_load
    def gather(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        variant = {name: data.pop(name) for name in ("dialect", "seed", "count") if name in data}
        return data | {"variant": Variant(**variant)}


class SandboxSchema(PutSandboxSchema):
    """A new sandbox: empty, from a scenario, or a fork; with a dialect, a seed or generated events if wanted.

    If `oneClient` is true, all requests to it are those of one client, whatever credentials and names they have. It is
    removed once no request has come to it for the time `expiresAfter`.
    """

    name = fields.String(required=True)


_MAKING: dict[str, Any] = {
    "status": 201,
    "sends": ("Location",),
    "refuses": (
        ScenarioNotFound,
        SandboxExists,
        SandboxElsewhere,
        SandboxLimit,
        SandboxFull,
        SandboxInvalid,
        FaultInvalid,
        DialectInvalid,
    ),
}
"""The declaration that the calls which create a sandbox share."""


@routes.get("/sandboxes")
@declared(SandboxesJson)
def list_sandboxes() -> Response:
    """All sandboxes. Behind a proxy they are those of one node, which `node` names."""
    sandboxes = all_sandboxes()
    return json_response(sandboxes_json(sandboxes.all(), calendar_query, sandboxes.node))


@routes.post("/sandboxes")
@declared(ShownSandboxJson, body=SandboxSchema, **_MAKING)
def create_sandbox() -> Response:
    """Create a sandbox: empty, from a scenario, or as a fork. Behind a proxy, which reads no bodies, PUT does it."""
    if (node := all_sandboxes().node) is not None:
        raise SandboxElsewhere(
            f"The proxy before the node {node!r} finds a sandbox by a name in the path: PUT /admin/sandboxes/{{name}}."
        )
    return _made(**SandboxSchema().check(json_body(), SandboxInvalid, "The sandbox"))


def _made(
    name: str,
    variant: Variant,
    parent: str | None = None,
    scenario: str | None = None,
    *,
    one_client: bool,
    idle: timedelta | None,
) -> Response:
    kept: dict[str, Any] = {"one_client": one_client, "idle": idle}
    if parent is not None:
        made = all_sandboxes().fork(all_sandboxes().origin(parent, name), name, variant, **kept)
    else:
        made = all_sandboxes().create(name, _start(scenario), variant, **kept)
    return json_response(shown_sandbox(made), 201, {"Location": absolute_url(f"/admin/sandboxes/{name}")})


def _start(scenario: str | None) -> Scenario:
    """A shipped scenario, or without a name that of an empty CRM. Raises `ScenarioNotFound`."""
    if scenario is None:
        return Scenario()
    from mockcrm.sandbox.scenario.fixture_file import find_scenario  # noqa: PLC0415  no start needs YAML and its schemas

    return find_scenario(scenario)


@routes.get("/sandboxes/<name>")
@declared(ShownSandboxJson)
def get_sandbox(name: str) -> Response:
    """One sandbox."""
    return json_response(shown_sandbox(all_sandboxes().get(name)))


@routes.put("/sandboxes/<name>")
@declared(ShownSandboxJson, body=PutSandboxSchema, optional=True, **_MAKING)
def put_sandbox(name: str) -> Response:
    """Create a sandbox of this name: empty, from a scenario, or as a fork."""
    order = PutSandboxSchema().check(json_body(optional=True), SandboxInvalid, "The sandbox")
    if order.setdefault("name", name) != name:
        problem = {"name": [f"The path names {name}."]}
        raise SandboxInvalid("The name in the body differs from the one in the path: leave it out.", problem)
    return _made(**order)


@routes.delete("/sandboxes/<name>")
@declared(status=204, refuses=(SandboxProtected,))
def delete_sandbox(name: str) -> Response:
    """Delete a sandbox."""
    all_sandboxes().delete(name)
    return empty_response()
