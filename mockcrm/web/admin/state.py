"""`/admin/changes`, `/seed`, `/reset`, `/snapshot`: all that the CRM is, and how it came to be that."""

from operator import attrgetter

from flask import Response, request
from marshmallow import fields, validate

from mockcrm.base.collecting import making_many
from mockcrm.base.nesting import MAX_NESTING
from mockcrm.base.schema.strict import Strict
from mockcrm.errors import ActionInvalid, SandboxFull, SeedInvalid, SnapshotInvalid
from mockcrm.sandbox import actions, snapshot
from mockcrm.sandbox.control_schemas import SeedSchema
from mockcrm.sandbox.snapshot import SnapshotSchema
from mockcrm.web.admin.blueprint import admin, cause, sandboxes
from mockcrm.web.admin.paging import NumberedParameters, asked_part, numbered_page
from mockcrm.web.gate import exchange
from mockcrm.web.openapi.declare import declared
from mockcrm.web.pieces import long_answer
from mockcrm.web.representations import shown
from mockcrm.web.responses import answer, json_body

MAX_SNAPSHOT = 512 * 1024 * 1024
"""The largest snapshot that is read, in bytes."""


class ResetSchema(Strict):
    to = fields.String(validate=validate.Equal("empty"))


@admin.get("/changes")
@declared("ChangesSchema", query=NumberedParameters)
def list_changes() -> Response:
    """The change log, a page at a time."""
    after, limit = asked_part()
    with exchange().sandbox.open() as state:
        changes, last_seq = state.crm.store.changes(after, limit + 1), state.crm.store.last_seq
    page = numbered_page("changes", changes, attrgetter("seq"), shown.shown_change, limit)
    return answer({**page, "lastSeq": last_seq})


@admin.post("/seed")
@declared("SeededSchema", body=SeedSchema, optional=True, refuses=(SeedInvalid, SandboxFull))
def seed() -> Response:
    """Invent events."""
    order = SeedSchema().check(json_body(optional=True), SeedInvalid, "The seeding")
    with exchange().sandbox.open() as state:
        done = exchange().sandbox.act_whole(actions.seed, cause(), **order)
        return answer({**done.more, "events": state.crm.store.live_count(), "lastSeq": state.crm.store.last_seq})


@admin.post("/reset")
@declared("ShownSandboxSchema", body=ResetSchema, optional=True, refuses=(ActionInvalid,))
def reset() -> Response:
    """Go back to the start state, or to nothing at all."""
    order = ResetSchema().check(json_body(optional=True), ActionInvalid, "The reset")
    sandboxes().reset(exchange().sandbox, empty="to" in order)
    return answer(shown.shown_sandbox(exchange().sandbox))


@admin.get("/snapshot")
@declared(SnapshotSchema)
def get_snapshot() -> Response:
    """The whole state as one document."""
    return long_answer(snapshot.dump(exchange().sandbox.moment().state, iter))


@admin.put("/snapshot")
@declared("ShownSandboxSchema", body=SnapshotSchema, refuses=(SnapshotInvalid, SandboxFull))
def put_snapshot() -> Response:
    """Begin anew with the state in a document."""
    request.max_content_length = MAX_SNAPSHOT
    with making_many():
        state = snapshot.load(json_body(nesting=2 * MAX_NESTING))
    sandboxes().put(exchange().sandbox, state)
    return answer(shown.shown_sandbox(exchange().sandbox))
