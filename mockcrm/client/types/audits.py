"""What an audit finds (`docs/explanation/audit.md`)."""

from typing import Literal, TypedDict

from mockcrm.client.types.names import KindName

Verdict = Literal["passed", "failed", "inconclusive"]
"""Of what was judged; `inconclusive` where there is nothing to judge, or not all that judging needs."""
FindingSeverity = Literal["error", "warning", "note"]
MistakeCode = Literal[
    "change.outOfReach",
    "deletion.outOfReach",
    "deletion.expired",
    "deletion.neverAskedFor",
    "deletion.noLongerAskedFor",
    "answer.incomplete",
    "window.movedOut",
    "window.slid",
    "watermark.shared",
    "watermark.asStart",
    "read.abandoned",
    "pageToken.notGiven",
    "pageToken.queryChanged",
    "pageToken.loop",
    "request.futile",
    "read.futile",
    "read.capped",
    "watermark.beyondClock",
    "expired.ignored",
    "retry.tooEarly",
    "overwrite.blind",
    "overwrite.deletion",
    "overwrite.clobbered",
    "overwrite.redaction",
    "duplicate.retried",
    "duplicate.alike",
    "duplicate.present",
    "duplicate.moved",
    "duplicate.ofChild",
    "resurrection.unaware",
    "resurrection.remade",
    "write.pingPong",
    "write.drift",
    "write.growth",
    "write.emptied",
    "write.toDeletedAgain",
]
"""What a client did wrong: the findings that a scenario can expect."""
NoteCode = Literal[
    "watermark.backwards",
    "read.floor",
    "client.ambiguous",
    "overwrite.reverted",
    "recovered",
    "write.echo",
    "write.toDeleted",
]
"""What a person may want to know; nothing needs to be mended."""
ReplicaCode = Literal[
    "replica.missing",
    "replica.stale",
    "replica.phantom",
    "replica.duplicate",
    "replica.pending",
]
"""Where a replica differs from the CRM."""
FindingCode = Literal[MistakeCode, NoteCode, ReplicaCode]


class TimelineEntry(TypedDict):
    """Something that happened to a record, in a line for people."""

    at: str
    what: str


class Finding(TypedDict):
    """What a client got wrong, about which records, why, and what a correct client does.

    `kind` is that of the records, and None where it concerns requests of any kind. `recordId` is the first of
    `recordIds`; events have `eventId` and `eventIds`, too. `changes` and `requests` are the numbers of those that it
    rests on. `hazard` names what the client met.
    """

    code: FindingCode
    severity: FindingSeverity
    kind: KindName | None
    recordId: str | None
    recordIds: list[str]
    eventId: str | None
    eventIds: list[str]
    count: int
    changes: list[int]
    requests: list[int]
    fields: list[str]
    title: str
    explanation: str
    hazard: str | None
    advice: str
    timeline: list[TimelineEntry]


class ClientStats(TypedDict):
    """How many requests a client made, and how many events it was given."""

    requests: int
    events: int


class KindStanding(TypedDict):
    """How a client stands to the records of one kind: how many it was given, and how many changes it still can get."""

    kind: KindName
    delivered: int
    pending: int


class ClientAudit(TypedDict):
    """What is said of one client. `pending` changes have not reached it, and still can.

    `client` is the first of its `names`; it has several if it renewed an opaque token. `kinds` has the kinds of records
    that it asked for or wrote.
    """

    client: str
    names: list[str]
    verdict: Verdict
    reasons: list[str]
    findings: list[Finding]
    pending: int
    stats: ClientStats
    kinds: list[KindStanding]


class _Comparison(TypedDict, total=False):
    inSync: bool


class Audit(_Comparison):
    """What each client got wrong. `inSync` is there if a replica was compared.

    `verdict` is `inconclusive` where there was nothing to judge, or not all that judging needs; `reasons` say why, with
    the names of the clients. `clean` says whether it is `passed`.
    """

    verdict: Verdict
    reasons: list[str]
    clean: bool
    complete: bool
    requestsNotToldApart: int
    clients: list[ClientAudit]
