"""`/admin/audit`, `/admin/replay`: what the requests so far say of the clients."""

from flask import Response, request

from mockcrm.audit.replica import ReplicaSchema, replica_of
from mockcrm.errors import AuditInvalid, ReplayImpossible
from mockcrm.sandbox import bundle
from mockcrm.web.admin.blueprint import admin
from mockcrm.web.exchange import current_sandbox
from mockcrm.web.openapi.declare import declared
from mockcrm.web.representations import shown
from mockcrm.web.requests import has_body, json_body
from mockcrm.web.responses import json_response
from mockcrm.web.streaming import streamed_response

MAX_REPLICA = 64 * 1024 * 1024
"""The largest replica that is held against the CRM, in bytes."""


@admin.get("/audit")
@declared("AuditSchema")
def get_audit() -> Response:
    """What each client got wrong."""
    return json_response(shown.shown_audit(current_sandbox().audit()))


@admin.post("/audit")
@declared("AuditSchema", body=ReplicaSchema, optional=True, refuses=(AuditInvalid,))
def post_audit() -> Response:
    """What each client got wrong; with a body, a client's replica is held against what lists show."""
    request.max_content_length = MAX_REPLICA
    if not has_body():
        return get_audit()
    return json_response(shown.shown_audit(current_sandbox().audit(replica_of(json_body())), held=True))


@admin.get("/replay")
@declared("ReplaySchema", refuses=(ReplayImpossible,))
def get_replay() -> Response:
    """What happened since the start, and what the audit says of it, at one instant."""
    moment = current_sandbox().moment()
    return streamed_response({**bundle.dump(moment), "verdict": shown.shown_audit(moment.audit())})
