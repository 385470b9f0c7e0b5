"""The journal of clients' requests, and verification."""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from marshmallow import validate

from mockcrm.base.schema.fields import Whole
from mockcrm.base.times import format_instant
from mockcrm.crm.kinds.events import EVENT
from mockcrm.journal.entry import AppliedFault, Entry
from mockcrm.journal.operations import OPERATIONS
from mockcrm.journal.verification import Failure, Inconclusive, Verification
from mockcrm.web.representations.base import ComponentName, Count, InstantText, NextAfter, Ordinal
from mockcrm.web.representations.events import EventId, KindName


class AppliedFaultJson(TypedDict):
    """A fault rule that was applied to a request. A `problem` says which of its actions were refused."""

    id: str
    name: str | None
    effect: str
    problem: NotRequired[str]


def _fault_json(fault: AppliedFault) -> AppliedFaultJson:
    shown: AppliedFaultJson = {"id": fault.rule, "name": fault.name, "effect": fault.effect}
    if fault.problem:
        shown["problem"] = fault.problem
    return shown


class DeliveredJson(TypedDict):
    id: str
    version: Ordinal


class DeliveryJson(TypedDict):
    """The versions that an answer contained, and for a list, the page of the paged read that it was.

    Those of other kinds than events are in `records`.
    """

    events: list[DeliveredJson]
    records: NotRequired[list[DeliveredJson]]
    tombstones: list[DeliveredJson]
    whole: bool
    read: NotRequired[str]
    page: NotRequired[Ordinal]
    last: NotRequired[bool]
    asOf: NotRequired[InstantText]


def _delivery_json(entry: Entry) -> DeliveryJson:
    living: list[DeliveredJson] = []
    tombstones: list[DeliveredJson] = []
    # A list may have delivered thousands: one look at each, and no call of a property.
    for change in entry.delivered:
        (tombstones if change.op == "deleted" else living).append({"id": change.record.id, "version": change.version})
    of_events = entry.kind in (None, EVENT.name)
    shown: DeliveryJson = {"events": living if of_events else [], "tombstones": tombstones, "whole": entry.whole}
    if not of_events:
        shown["records"] = living
    page = entry.page_answer
    if page is not None:
        shown["read"], shown["page"] = page.read, page.number
        shown["last"], shown["asOf"] = page.next_token is None, format_instant(page.as_of)
    return shown


class ShownEntryJson(TypedDict):
    """A request of the journal. What has not happened yet is null. A repeated parameter has a list of its values.

    `changes` has the change that the request made, and behind it those that the CRM made in consequence.
    """

    number: Ordinal
    client: str
    operation: Annotated[str, validate.OneOf(OPERATIONS)] | None
    kind: KindName | None
    recordId: str | None
    eventId: EventId
    calendarId: str | None
    method: str
    path: str
    query: dict[str, str | list[str]]
    headers: dict[str, str]
    body: Any
    cut: bool
    arrivedAt: InstantText
    completedAt: InstantText | None
    tookMs: float | None
    status: Annotated[int, Whole(least=100, most=599)] | None
    code: str | None
    faults: list[AppliedFaultJson]
    changes: list[Ordinal]
    delivered: DeliveryJson


class EntriesJson(TypedDict):
    requests: list[ShownEntryJson]
    length: Count
    nextAfter: NextAfter
    dropped: Count


def entry_json(entry: Entry) -> ShownEntryJson:
    return {
        "number": entry.number,
        "client": entry.client,
        "operation": entry.operation,
        "kind": entry.kind,
        "recordId": entry.record_id,
        "eventId": entry.record_id if entry.kind == EVENT.name else None,
        "calendarId": entry.calendar_id,
        "method": entry.method,
        "path": entry.path,
        "query": entry.query,
        "headers": entry.headers,
        "body": _body_json(entry),
        "cut": entry.cut,
        "arrivedAt": format_instant(entry.arrived),
        "completedAt": format_instant(entry.completed) if entry.completed else None,
        "tookMs": None if entry.took is None else round(entry.took * 1000, 3),
        "status": entry.status,
        "code": entry.code,
        "faults": [_fault_json(each) for each in entry.applied_faults],
        "changes": [each.seq for each in (entry.committed, *entry.consequences) if each],
        "delivered": _delivery_json(entry),
    }


def _body_json(entry: Entry) -> Any:
    """The body as JSON, or else as text. The journal may have kept only its beginning."""
    if not entry.body:
        return None
    return body if (body := entry.json) is not None else entry.body.decode("utf-8", "replace")


class CountJson(TypedDict):
    count: Count


class DifferenceJson(TypedDict):
    wanted: Any
    found: Any


class MissJson(TypedDict):
    """A request that differs from the expected one, and in which parts."""

    request: Ordinal
    method: str
    path: str
    query: dict[str, str | list[str]]
    differs: dict[str, DifferenceJson]


class PassedJson(TypedDict):
    """Clients made the expected requests."""

    passed: Literal[True]
    verdict: Literal["passed"]
    reasons: list[str]


class FailedJson(TypedDict):
    """Clients did not: why, the requests that did match, and those that came nearest."""

    passed: Literal[False]
    verdict: Literal["failed"]
    reasons: list[str]
    reason: str
    matched: list[Ordinal]
    nearest: list[MissJson]


class DroppedJson(TypedDict):
    """The requests that the journal had no room for: from the first number to the last, all between them included."""

    first: Ordinal
    last: Ordinal


class InconclusiveJson(TypedDict):
    """It cannot be said: why, and the requests of which it is not known whether they match."""

    passed: None
    verdict: Literal["inconclusive"]
    reasons: list[str]
    requests: list[Ordinal]
    dropped: DroppedJson | None


VerifiedJson = Annotated[
    PassedJson | FailedJson | InconclusiveJson,
    ComponentName("Verified", "Whether clients made the expected requests, and if not, which came nearest."),
]


def verified_json(found: Verification) -> VerifiedJson:
    match found:
        case None:
            return {"passed": True, "verdict": "passed", "reasons": []}
        case Inconclusive():
            return _inconclusive_json(found)
        case Failure():
            return _failed_json(found)


def _inconclusive_json(found: Inconclusive) -> InconclusiveJson:
    return {
        "passed": None,
        "verdict": "inconclusive",
        "reasons": found.reasons,
        "requests": [entry.number for entry in found.unknown],
        "dropped": {"first": found.dropped.first, "last": found.dropped.last} if found.dropped else None,
    }


def _failed_json(failure: Failure) -> FailedJson:
    return {
        "passed": False,
        "verdict": "failed",
        "reasons": failure.reasons,
        "reason": failure.reason,
        "matched": [entry.number for entry in failure.matched],
        "nearest": [
            {
                "request": miss.entry.number,
                "method": miss.entry.method,
                "path": miss.entry.path,
                "query": miss.entry.query,
                "differs": {each.part: {"wanted": each.wanted, "found": each.found} for each in miss.differences},
            }
            for miss in failure.nearest
        ],
    }
