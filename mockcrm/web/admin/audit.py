"""`/admin/audit`, `/admin/replay`: what clients got wrong so far, and a bundle to replay it."""

from flask import Response, request

from mockcrm.audit.replica import ReplicaSchema, replica_of
from mockcrm.errors import AuditInvalid, ReplayImpossible
from mockcrm.web.admin.route_group import RouteGroup
from mockcrm.web.exchange import current_sandbox
from mockcrm.web.openapi.declare import declared
from mockcrm.web.representations.audit import AuditJson, ReplayJson, audit_json
from mockcrm.web.requests import has_body, json_body
from mockcrm.web.responses import json_response
from mockcrm.web.streaming import streamed_response

routes = RouteGroup()

MAX_REPLICA = 64 * 1024 * 1024
"""The largest replica that is compared with the CRM, in bytes."""


@routes.get("/audit")
@declared(AuditJson)
def get_audit() -> Response:
    """What each client got wrong."""
    return json_response(audit_json(current_sandbox().audit()))


@routes.post("/audit")
@declared(AuditJson, body=ReplicaSchema, optional=True, refuses=(AuditInvalid,))
def post_audit() -> Response:
    """What each client got wrong; with a body, also how a client's replica differs from what lists show."""
    request.max_content_length = MAX_REPLICA
    if not has_body():
        return get_audit()
    return json_response(audit_json(current_sandbox().audit(replica_of(json_body())), of_replica=True))


@routes.get("/replay")
@declared(ReplayJson, refuses=(ReplayImpossible,))
def get_replay() -> Response:
    """A bundle for `mockcrm replay`: everything that has happened since the start, and the audit's verdict."""
    from mockcrm.sandbox.bundle import dump_bundle  # noqa: PLC0415  no start of a server needs it

    moment = current_sandbox().moment()
    return streamed_response({**dump_bundle(moment), "verdict": audit_json(moment.audit())})
