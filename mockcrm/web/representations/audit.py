"""Audits and replay bundles."""

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any, NotRequired, TypedDict

from marshmallow import validate

from mockcrm.audit.auditor import Audit, ClientVerdict
from mockcrm.audit.findings import FINDINGS, Finding
from mockcrm.audit.judgement import VERDICTS
from mockcrm.audit.knowledge import EventKnowledge
from mockcrm.base.times import format_instant
from mockcrm.journal.journal import MAX_CLIENTS
from mockcrm.web.representations.base import Count, InstantText, Ordinal


class MomentJson(TypedDict):
    at: InstantText
    what: str


class ShownFindingJson(TypedDict):
    """What a client got wrong, about which events, why, and what a correct client does.

    `eventId` is the first of `eventIds`; `count` says how many events there are, or how often it happened.
    """

    code: Annotated[str, validate.OneOf([*FINDINGS])]
    severity: Annotated[str, validate.OneOf(("error", "warning", "note"))]
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


def finding_json(finding: Finding) -> ShownFindingJson:
    return {
        "code": finding.kind.code,
        "severity": finding.kind.severity,
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


def _account_json(account: ClientVerdict, allow: _Allowed) -> ShownAccountJson:
    judgement = account.judged(allow)
    return {
        "client": account.client,
        "names": list(account.names),
        "verdict": judgement.verdict,
        "reasons": list(judgement.reasons),
        "findings": [finding_json(each) for each in account.findings],
        "pending": account.pending,
        "stats": {"requests": account.requests, "events": account.events},
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


def audit_json(audit: Audit, allow: _Allowed = (), *, of_replica: bool = False) -> AuditJson:
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


class LackingJson(TypedDict):
    """An event of which a client lacks the version that lists show. `delivered` is the newest version that it has."""

    id: str
    delivered: Ordinal | None
    passedBy: Annotated[Ordinal | None, "The request that passed the version by, if it is out of reach."]


class ClientKnowledgeJson(TypedDict):
    """What a client knows: the ids of events in each state."""

    client: str
    upToDate: list[str]
    pending: list[LackingJson]
    outOfReach: list[LackingJson]
    neverAsked: list[str]


class KnowledgeJson(TypedDict):
    """What each client knows of the events that lists show or have shown."""

    clients: list[ClientKnowledgeJson]


def knowledge_json(knowledge: Mapping[str, Sequence[EventKnowledge]]) -> KnowledgeJson:
    return {"clients": [_client_knowledge_json(client, known) for client, known in knowledge.items()]}


def _client_knowledge_json(client: str, known: Sequence[EventKnowledge]) -> ClientKnowledgeJson:
    shown: ClientKnowledgeJson = {"client": client, "upToDate": [], "pending": [], "outOfReach": [], "neverAsked": []}
    for each in known:
        match each.state:
            case "upToDate" | "neverAsked":
                shown[each.state].append(each.event_id)
            case "pending" | "outOfReach":
                lacking: LackingJson = {"id": each.event_id, "delivered": each.delivered, "passedBy": each.passed_by}
                shown[each.state].append(lacking)
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
