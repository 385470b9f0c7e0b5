"""`/admin/changes`, `/seed`, `/reset`, `/snapshot`: the state of the CRM as a whole."""

from operator import attrgetter

from flask import Response
from marshmallow import fields, validate

from mockcrm.base.collecting import making_many
from mockcrm.base.nesting import MAX_NESTING
from mockcrm.base.schema.strict import Strict
from mockcrm.errors import ActionInvalid, FaultInvalid, SandboxFull, ScenarioInvalid, SeedInvalid, SnapshotInvalid
from mockcrm.sandbox import actions
from mockcrm.sandbox.control_schemas import SeedSchema
from mockcrm.web.admin.paging import NumberedParameters, numbered_page, requested_part
from mockcrm.web.admin.route_group import RouteGroup, all_sandboxes, by_colleague, shown_sandbox
from mockcrm.web.exchange import current_sandbox
from mockcrm.web.openapi.declare import declared
from mockcrm.web.representations.events import ChangesJson, SeededJson, change_json, seeded_json
from mockcrm.web.representations.sandboxes import ShownSandboxJson
from mockcrm.web.requests import json_body
from mockcrm.web.responses import json_response
from mockcrm.web.streaming import streamed_response

routes = RouteGroup()

MAX_SNAPSHOT = 512 * 1024 * 1024
"""The largest snapshot that is read, in bytes."""


class ResetSchema(Strict):
    to = fields.String(validate=validate.Equal("empty"))


@routes.get("/changes")
@declared(ChangesJson, query=NumberedParameters)
def list_changes() -> Response:
    """The change log, a page at a time."""
    after, limit = requested_part()
    with current_sandbox().open() as state:
        changes, last_seq = state.crm.store.changes(after, limit + 1), state.crm.store.last_seq
    page = numbered_page("changes", changes, attrgetter("seq"), change_json, limit)
    return json_response({**page, "lastSeq": last_seq})


@routes.post("/seed", endpoint="seed")
@declared(SeededJson, body=SeedSchema, optional=True, refuses=(SeedInvalid, SandboxFull))
def seed_events() -> Response:
    """Generate events."""
    order = SeedSchema().check(json_body(optional=True), SeedInvalid, "The seeding")
    with current_sandbox().open() as state:
        done = current_sandbox().act_whole(actions.seed, by_colleague(), **order)
        return json_response(seeded_json(state.crm, done))


@routes.post("/reset")
@declared(
    ShownSandboxJson,
    body=ResetSchema,
    optional=True,
    refuses=(ActionInvalid, ScenarioInvalid, SandboxFull, FaultInvalid),
)
def reset() -> Response:
    """Go back to the start state, or to an empty CRM."""
    order = ResetSchema().check(json_body(optional=True), ActionInvalid, "The reset")
    all_sandboxes().reset(current_sandbox(), empty="to" in order)
    return json_response(shown_sandbox(current_sandbox()))


@routes.get("/snapshot")
@declared("snapshot")
def get_snapshot() -> Response:
    """A snapshot: the whole state as one document."""
    from mockcrm.sandbox.snapshot import dump_snapshot  # noqa: PLC0415  no start of a server needs its schemas

    return streamed_response(dump_snapshot(current_sandbox().moment().state, iter))


@routes.put("/snapshot")
@declared(ShownSandboxJson, body="snapshot", refuses=(SnapshotInvalid, SandboxFull, FaultInvalid))
def put_snapshot() -> Response:
    """Start again from a snapshot."""
    from mockcrm.sandbox.snapshot import load_snapshot  # noqa: PLC0415  as above

    with making_many():
        state = load_snapshot(json_body(nesting=2 * MAX_NESTING, at_most=MAX_SNAPSHOT))
    all_sandboxes().restore(current_sandbox(), state)
    return json_response(shown_sandbox(current_sandbox()))
