"""`/admin/audit`: what clients got wrong so far."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask import Response, request
from marshmallow import ValidationError, fields, validate, validates_schema

from mockcrm.base.schema.bases import Field
from mockcrm.base.schema.descriptions import Described, Refer
from mockcrm.base.schema.fields import Duration, ListOf
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.lists.parameters import NoParameters, WindowParameters, explained
from mockcrm.crm.query import Query, Window
from mockcrm.errors import AuditInvalid
from mockcrm.web.admin.route_group import RouteGroup
from mockcrm.web.connection import waiting
from mockcrm.web.exchange import current_sandbox
from mockcrm.web.openapi.declare import declared
from mockcrm.web.representations.audit import (
    AuditJson,
    KnowledgeJson,
    audit_json,
    client_knowledge_json,
    describe_code,
)
from mockcrm.web.requests import has_body, json_body, query_parameters
from mockcrm.web.responses import json_response

if TYPE_CHECKING:
    from mockcrm.audit.auditor import ClientVerdict
    from mockcrm.audit.replica import Replica

routes = RouteGroup()

MAX_REPLICA = 64 * 1024 * 1024
"""The largest replica that is compared with the CRM, in bytes."""


class _Code(Field[str]):
    """The code of a finding, or a name that it had earlier."""

    default_error_messages = {"invalid": "No finding has this code."}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        from mockcrm.audit.findings import FINDINGS, current_code  # noqa: PLC0415  no start of a server needs the audit

        code = current_code(value)
        if code not in FINDINGS:
            raise self.make_error("invalid")
        return code

    def described(self, refer: Refer) -> Described:
        return describe_code(refer)


MAX_WAIT = timedelta(minutes=1)
"""The longest time for which an audit waits for requests under way."""


class AuditParameters(NoParameters):
    repeatable = frozenset({"allow"})

    allow = ListOf(
        _Code(),
        metadata=explained("A finding with this code fails nothing. It may be given several times.", ["recovered"]),
    )
    wait = Duration(
        least=timedelta(0),
        most=MAX_WAIT,
        metadata=explained(
            "How long to wait for requests under way, in the world's time; by default not at all.", "5s"
        ),
    )


_PARAMETERS = AuditParameters()


@routes.get("/audit")
@declared(AuditJson, query=AuditParameters)
def get_audit() -> Response:
    """What each client got wrong."""
    return _audited()


@routes.post("/audit")
@declared(AuditJson, query=AuditParameters, body="replica", optional=True, refuses=(AuditInvalid,))
def post_audit() -> Response:
    """What each client got wrong; with a body, also how a client's replica differs from what lists show."""
    if not has_body(MAX_REPLICA):
        return _audited()
    return _audited(requested_replica())


def requested_replica() -> "Replica":
    """The client's replica in the request's body. Raises `AuditInvalid`, and what `json_body` raises."""
    from mockcrm.audit.replica import replica_of  # noqa: PLC0415  no start of a server needs the audit

    return replica_of(json_body(at_most=MAX_REPLICA))


def _audited(replica: "Replica | None" = None) -> Response:
    asked = query_parameters(_PARAMETERS)
    with waiting(request.environ) as waiter:
        audit = current_sandbox().audit(replica, asked.get("wait", timedelta(0)), waiter)
    return json_response(audit_json(audit, asked.get("allow", ()), of_replica=replica is not None))


MAX_KNOWN = 20_000
"""Of how many records an answer tells what clients know, counted once for each client."""


class KnowledgeParameters(WindowParameters):
    repeatable = frozenset({"client"})

    kind = fields.String(
        validate=validate.OneOf([*KINDS]),
        metadata=explained("Of which kind of records. Only events have an interval.", "contact"),
    )
    client = ListOf(
        fields.String(),
        metadata=explained("Only what this client knows, by any of its names. It may be given several times.", ["ann"]),
    )

    @validates_schema
    def with_times(self, data: Mapping[str, Any], **_: Any) -> None:
        kind = KINDS.get(data.get("kind", ""))
        if kind is not None and not kind.timed:
            for name in ("startAt", "endAt"):
                if name in data:
                    raise ValidationError(f"{kind.titles} have no times: leave it out.", name)


_KNOWLEDGE = KnowledgeParameters()


@routes.get("/audit/events")
@declared(KnowledgeJson, query=KnowledgeParameters)
def get_knowledge() -> Response:
    """What each client knows of each event: up to date, pending, out of reach, or never asked for.

    It comes from the audit that the feed has, which all who ask share. An event is where its latest version is. With
    `kind` it is about the records of another kind.
    """
    asked, sandbox = query_parameters(_KNOWLEDGE), current_sandbox()
    kind = KINDS[asked.get("kind", EVENT.name)]
    query = Query(Window(asked.get("startAt"), asked.get("endAt")), include="both", latest=True, kind=kind)
    feed = sandbox.feed.get()
    feed.judge(sandbox)
    with sandbox.open() as state:
        audit, number, behind = feed.latest_audit(sandbox)
        clients = [each for each in (audit.clients if audit else ()) if _is_asked_for(each, asked.get("client"))]
        most = MAX_KNOWN // max(1, len(clients))
        ids = [row[-1].record.id for row in state.crm.store.of(kind).rows(query, None, most + 1)]
    known = [client_knowledge_json(each, kind.name, ids[:most]) for each in clients]
    return json_response(
        {"number": number, "kind": kind.name, "clients": known, "more": len(ids) > most, "auditBehind": behind}
    )


def _is_asked_for(client: "ClientVerdict", names: Collection[str] | None) -> bool:
    return names is None or any(name in names for name in client.names)
