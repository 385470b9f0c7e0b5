"""`/admin/audit`, `/admin/replay`: what the requests so far say of the clients."""

from flask import Response, request

from mockcrm.audit.replica import ReplicaSchema, replica_of
from mockcrm.errors import AuditInvalid, ReplayImpossible
from mockcrm.sandbox.bundle import dump_bundle
from mockcrm.web.admin.blueprint import admin
from mockcrm.web.gate import exchange
from mockcrm.web.openapi.declare import declared
from mockcrm.web.pieces import long_answer
from mockcrm.web.representations import shown
from mockcrm.web.responses import answer, has_body, json_body

MAX_REPLICA = 64 * 1024 * 1024
"""The largest replica that is held against the CRM, in bytes."""


@admin.get("/audit")
@declared("AuditSchema")
def get_audit() -> Response:
    """What each client got wrong."""
    return answer(shown.shown_audit(exchange().sandbox.audit()))


@admin.post("/audit")
@declared("AuditSchema", body=ReplicaSchema, optional=True, refuses=(AuditInvalid,))
def post_audit() -> Response:
    """What each client got wrong; with a body, a client's replica is held against what lists show."""
    request.max_content_length = MAX_REPLICA
    if not has_body():
        return get_audit()
    return answer(shown.shown_audit(exchange().sandbox.audit(replica_of(json_body())), held=True))


@admin.get("/replay")
@declared("ReplaySchema", refuses=(ReplayImpossible,))
def get_replay() -> Response:
    """What happened since the start, and what the audit says of it, at one instant."""
    moment = exchange().sandbox.moment()
    return long_answer({**dump_bundle(moment), "verdict": shown.shown_audit(moment.audit())})
