"""Audits and replay bundles."""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Annotated, Any, NotRequired, TypedDict

from marshmallow import validate

from mockcrm.audit.judgement import VERDICTS
from mockcrm.base.schema.descriptions import Described, Refer
from mockcrm.base.times import format_instant
from mockcrm.journal.journal import MAX_CLIENTS
from mockcrm.web.representations.base import Count, InstantText, Ordinal
from mockcrm.web.representations.events import KindName

if TYPE_CHECKING:
    from mockcrm.audit.auditor import Audit, ClientVerdict
    from mockcrm.audit.findings import Finding


def describe_code(_: Refer) -> Described:
    """The code of a finding."""
    from mockcrm.audit.findings import FINDINGS  # noqa: PLC0415  no start of a server needs the audit

    return {"type": "string", "enum": [*FINDINGS]}


class MomentJson(TypedDict):
    at: InstantText
    what: str


class ShownFindingJson(TypedDict):
    """What a client got wrong, about which records, why, and what a correct client does.

    `kind` is that of the records, and null where it concerns requests of any kind. `recordId` is the first of
    `recordIds`; events have `eventId` and `eventIds`, too. `count` says how many there are, or how often it happened.
    """

    code: Annotated[str, describe_code]
    severity: Annotated[str, validate.OneOf(("error", "warning", "note"))]
    kind: KindName | None
    recordId: str | None
    recordIds: list[str]
    eventId: str | None
    eventIds: list[str]
    count: Ordinal
    changes: list[Ordinal]
    requests: list[Ordinal]
    fields: list[str]
    title: str
    explanation: str
    hazard: str | None
    advice: str
    timeline: list[MomentJson]


def finding_json(finding: "Finding") -> ShownFindingJson:
    return {
        "code": finding.kind.code,
        "severity": finding.kind.severity,
        "kind": finding.record_kind,
        "recordId": finding.record_id,
        "recordIds": list(finding.record_ids or filter(None, (finding.record_id,))),
        "eventId": finding.event_id,
        "eventIds": list(finding.event_ids or filter(None, (finding.event_id,))),
        "count": finding.count,
        "changes": list(finding.changes),
        "requests": list(finding.requests),
        "fields": list(finding.fields),
        "title": finding.title,
        "explanation": finding.explanation,
        "hazard": finding.hazard,
        "advice": finding.advice,
        "timeline": [{"at": format_instant(at), "what": what} for at, what in finding.timeline],
    }


class AccountStatsJson(TypedDict):
    requests: Count
    events: Count


class KindStandingJson(TypedDict):
    """How a client stands to the records of one kind that it asked for or wrote."""

    kind: KindName
    delivered: Annotated[Count, "How many records were delivered to it."]
    pending: Annotated[Count, "How many changes its next reads will deliver."]


def standings_json(client: "ClientVerdict") -> list[KindStandingJson]:
    """How a client stands to the records of each kind."""
    return [{"kind": kind, "delivered": each.delivered, "pending": each.pending} for kind, each in client.kinds.items()]


_Allowed = Collection[str]
VerdictText = Annotated[str, validate.OneOf(VERDICTS)]


class ShownAccountJson(TypedDict):
    """One client. `client` is the first of its `names`; it has several if it renewed an opaque token."""

    client: str
    names: list[str]
    verdict: VerdictText
    reasons: list[str]
    findings: list[ShownFindingJson]
    pending: Count
    stats: AccountStatsJson
    kinds: list[KindStandingJson]


def _account_json(account: "ClientVerdict", allow: _Allowed) -> ShownAccountJson:
    judgement = account.judged(allow)
    return {
        "client": account.client,
        "names": list(account.names),
        "verdict": judgement.verdict,
        "reasons": list(judgement.reasons),
        "findings": [finding_json(each) for each in account.findings],
        "pending": account.pending,
        "stats": {"requests": account.requests, "events": account.events},
        "kinds": standings_json(account),
    }


class AuditJson(TypedDict):
    """What each client got wrong; `inSync` says whether the replica in the request's body is in sync.

    `verdict` is `inconclusive` where there was nothing to judge, or not all that judging needs; `clean` says whether it
    is `passed`.
    """

    inSync: NotRequired[bool]
    verdict: VerdictText
    reasons: list[str]
    clean: bool
    complete: bool
    requestsNotToldApart: Annotated[
        Count,
        f"How many requests came from clients beyond the first {MAX_CLIENTS:,}. The audit says nothing about those; if "
        "there are any, it is not complete.",
    ]
    clients: list[ShownAccountJson]


def audit_json(audit: "Audit", allow: _Allowed = (), *, of_replica: bool = False) -> AuditJson:
    """What each client got wrong, and for an audit `of_replica`, whether the replica is in sync with the CRM.

    Findings whose codes are in `allow` fail nothing.
    """
    judgement = audit.judged(allow)
    shown: AuditJson = {
        "verdict": judgement.verdict,
        "reasons": list(judgement.reasons),
        "clean": judgement.verdict == "passed",
        "complete": audit.complete,
        "requestsNotToldApart": audit.not_told_apart,
        "clients": [_account_json(each, allow) for each in audit.clients],
    }
    return {"inSync": audit.in_sync, **shown} if of_replica else shown


class PendingEventJson(TypedDict):
    """A record of which a client lacks a version, and may still be delivered it. `delivered` is the newest that it has.

    Where it is not `listed`, lists do not show it yet. If only a read that the client makes from time to time can still
    deliver it, the audit waits `until` then, and after that calls it out of reach.
    """

    id: str
    delivered: Ordinal | None
    listed: bool
    until: InstantText | None


class EventOutOfReachJson(TypedDict):
    """A record of which a client lacks the version that lists show, and will not be delivered it."""

    id: str
    delivered: Ordinal | None
    passedBy: Annotated[Ordinal | None, "The request that passed the version by."]


class ClientKnowledgeJson(TypedDict):
    """What a client knows: the records in each state, events in order of start and id, others in that of stamps."""

    client: str
    names: list[str]
    upToDate: list[str]
    pending: list[PendingEventJson]
    outOfReach: list[EventOutOfReachJson]
    neverAsked: Annotated[list[str], "Records of which it has no version or an old one, and that it does not ask for."]


class KnowledgeJson(TypedDict):
    """What each client knows of the records of one kind, by the latest audit of the feed.

    Its `number` is another if what a client knows of any kind differs.
    """

    number: Count
    kind: KindName
    clients: list[ClientKnowledgeJson]
    more: Annotated[bool, "Whether there are more records: ask for fewer clients or a shorter time."]
    auditBehind: Annotated[bool, "Whether the audit does not know the latest yet. It follows as time allows."]


def client_knowledge_json(client: "ClientVerdict", kind: str, record_ids: Iterable[str]) -> ClientKnowledgeJson:
    """What a client knows of these records of a kind."""
    shown: ClientKnowledgeJson = {
        "client": client.client,
        "names": list(client.names),
        "upToDate": [],
        "pending": [],
        "outOfReach": [],
        "neverAsked": [],
    }
    knowledge = client.standing(kind).knowledge
    lacking, up_to_date = knowledge.lacking, knowledge.up_to_date
    for record_id in record_ids:
        if (lacked := lacking.get(record_id)) is None:
            shown["upToDate" if record_id in up_to_date else "neverAsked"].append(record_id)
        elif lacked.state == "pending":
            until = None if lacked.until is None else format_instant(lacked.until)
            row: PendingEventJson = {
                "id": record_id,
                "delivered": lacked.delivered,
                "listed": lacked.listed,
                "until": until,
            }
            shown["pending"].append(row)
        else:
            passed_by = lacked.passed_by
            shown["outOfReach"].append({"id": record_id, "delivered": lacked.delivered, "passedBy": passed_by})
    return shown


class ReplayJson(TypedDict):
    """Start state, requests and verdict, as `mockcrm replay` reads them."""

    format: str
    sandbox: str
    life: Ordinal
    ancestors: list[list[Any]]
    startedAt: InstantText
    machineStartedAt: InstantText | None
    endedAt: InstantText
    start: dict[str, Any]
    steps: list[dict[str, Any]]
    verdict: AuditJson
