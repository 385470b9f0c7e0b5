"""What an audit can find: each type of finding, how severe it is, what it means, and what a correct client does."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from mockcrm.audit.advice import ADVICE, FULL_READ, OWN_CLOCK

Severity = Literal["error", "warning", "note"]
"""`error`: harm that the requests prove. `warning`: a risky habit, so far without harm. `note`: for information."""
SEVERITIES: tuple[str, ...] = get_args(Severity)
"""All severities, the gravest first."""


@dataclass(frozen=True, slots=True)
class FindingType:
    """One type of finding.

    `title` and `explanation` are templates for a finding, with `{event}` and other facts; where the explanation depends
    on the cause, it is empty. `meaning`, `example` and `advice` hold for all findings of the type. A finding names the
    `hazard` behind it, or one of the hazards in `causes`, or none.
    """

    code: str
    severity: Severity
    title: str
    meaning: str
    example: str
    advice: str
    explanation: str = ""
    hazard: str | None = None
    causes: tuple[str, ...] = ()

    @property
    def is_grave(self) -> bool:
        """Whether the client has something to mend: true for errors and warnings."""
        return self.severity != "note"

    @property
    def hazards(self) -> tuple[str, ...]:
        """All hazards that a finding of this type may name."""
        return (self.hazard, *self.causes) if self.hazard else self.causes


_WATERMARK = (
    "Set the next watermark to the asOf of the read's first page, minus a lookback. The lookback must be longer than "
    "the longest delay before a change becomes visible. Expect some rows twice."
)
_TAG = (
    "Read the event just before you write it, and send its ETag in If-Match. After a 412, read the event again and "
    "decide again."
)
_LAST_PAGE = (
    "Move the watermark only after the last page. If a read fails, continue from its last page token, or read again "
    "from the old watermark."
)

_WHY_A_DELETION_IS_MISSED = (
    # Advice depends on the cause only where something is missed.
    *ADVICE,
    "bulk-same-timestamp",
    "error-mid-pagination",
    "index-lag",
    "late-commit-visibility",
    "out-of-order-rows",
    "page-token-expired",
    "replica-lag",
    "rounded-up-cursor",
    "second-truncated-timestamps",
)
_WHY_A_CHANGE_IS_MISSED = tuple(hazard for hazard in _WHY_A_DELETION_IS_MISSED if hazard != "split-stream-race")

READING_FINDINGS = (
    FindingType(
        "change.outOfReach",
        "error",
        "{event} was {done}, and the change is out of this client's reach",
        "A version was never delivered, the client's watermark is past it, and no later read will return it.",
        "A transaction moves a meeting and takes five minutes. The client polls during it, and continues from `asOf`.",
        _WATERMARK,
        causes=_WHY_A_CHANGE_IS_MISSED,
    ),
    FindingType(
        "deletion.outOfReach",
        "error",
        "{event} was deleted, and the deletion is out of this client's reach",
        "A delivered event was deleted, and the client's watermark is past its tombstone.",
        "An event is deleted between the reads of `/events` and `/deletedEvents`. Both reads share one watermark.",
        f"{_WATERMARK} Keep a watermark for each stream.",
        causes=_WHY_A_DELETION_IS_MISSED,
    ),
    FindingType(
        "deletion.expired",
        "error",
        "{event} was deleted, and its tombstone has expired",
        "The CRM no longer keeps the tombstone of an event, and the client has not read everything since.",
        "The client was off for three weeks. The CRM keeps tombstones for two weeks.",
        "Poll before tombstones expire. After a longer pause, or after a 410, read everything.",
        causes=("tombstone-expired",),
    ),
    FindingType(
        "deletion.neverAskedFor",
        "error",
        "{event} was deleted, and this client never asks for deletions",
        "The client follows the delta, but never asks for tombstones and never reads everything again.",
        "The client polls `/events?since=…` and nothing else.",
        "Ask for deletions: with showDeleted=true, or from /deletedEvents with its own watermark.",
    ),
    FindingType(
        "answer.incomplete",
        "error",
        "{event} was in an incomplete answer, and this client never asked for it again",
        "The only answer with a version did not arrive whole, and the version is now out of reach.",
        "The connection breaks in the middle of a page, and the next poll has a later watermark.",
        "Move the watermark only after the last page has been stored. After any error, read from the old watermark.",
        causes=_WHY_A_DELETION_IS_MISSED,
    ),
    FindingType(
        "window.movedOut",
        "warning",
        "{event} has left the interval that this client reads",
        "A delivered event was moved out of the interval, and the client reads only that interval.",
        "A meeting of this week is moved to the summer. The client reads only this week.",
        "Follow the delta as well as the interval, or read an event by its id before you treat it as deleted.",
        hazard="moved-out-of-window",
    ),
    FindingType(
        "read.abandoned",
        "warning",
        "A paged read was abandoned, and the watermark moved on",
        "A paged read did not reach its last page, and the next read of the same stream had a later watermark.",
        "The third of five pages failed. The client keeps what it has and sets its watermark to now.",
        _LAST_PAGE,
        explanation="The read of request {first} had pages left{after} when request {last} began a new one, from {to}.",
    ),
    FindingType(
        "pageToken.notGiven",
        "warning",
        "The client sent a page token that this CRM never issued",
        "This CRM did not issue the page token: it was altered, made up, or comes from another server.",
        "A page token was kept while the client was pointed at another CRM.",
        "Send page tokens unchanged, and only to the server that issued them.",
        explanation="Request {first} sent a page token that this CRM never issued.",
    ),
    FindingType(
        "watermark.beyondClock",
        "warning",
        "A watermark is later than any instant that the CRM had sent",
        "The client's `since` is later than every asOf, stamp and Date header that it received. So it comes from the "
        "client's own clock.",
        "The client's machine is two minutes ahead of the CRM, and sets the watermark itself.",
        OWN_CLOCK,
        explanation="Request {first} asked for changes since {since}. The latest instant that the CRM had sent was "
        "{newest}.",
        hazard="client-clock-watermark",
    ),
    FindingType(
        "watermark.backwards",
        "note",
        "A watermark moved backwards",
        "The client asked from an earlier instant than before. It repeats work and loses nothing.",
        "A nightly run reads the last day again.",
        "If this is intended, do nothing.",
        explanation="Request {last} asked from {to}, after request {first} had asked from {from}.",
    ),
    FindingType(
        "expired.ignored",
        "warning",
        "The client did not read everything after a 410",
        "The CRM refused a watermark because it no longer keeps the deletions since then. The client sent a watermark "
        "again, instead of reading everything.",
        "A poll gets a 410. The client logs an error and polls again.",
        FULL_READ,
        explanation="Request {first} was refused because its watermark had expired. Request {last} sent a "
        "watermark again, instead of reading everything.",
        hazard="expired-cursor-swallowed",
    ),
    FindingType(
        "retry.tooEarly",
        "warning",
        "A request came before the Retry-After time had passed",
        "The CRM asked the client to wait. The client sent its next request too early, both by the CRM's clock and in "
        "real time.",
        "A 429 says `Retry-After: 30`. The client's library asks again after a second.",
        "Wait for as long as Retry-After says, in seconds or until its date.",
        explanation="The answer to request {first} asked the client to wait until {until}. Request {last} came before "
        "that.",
        hazard="rate-limit-burst",
    ),
    FindingType(
        "recovered",
        "note",
        "{event} was delivered after all",
        "A watermark had passed a version, but a later read delivered it: by a lookback, or as a read of everything.",
        "An edit that does not change `lastModifiedAt` is delivered by the nightly full read.",
        "If the later read was planned, do nothing. Until such a read, the client does not have the change.",
    ),
)
"""What can go wrong while a client reads."""

_TWICE = (
    "Request {first} created event {other}, and {answer}. Request {last} created event {made} with the same content."
)
_TO_DELETED = "{deletion} The client wrote to the event after that, and was refused: {requests}."

WRITING_FINDINGS = (
    FindingType(
        "overwrite.blind",
        "error",
        "{event}: a colleague's change was lost in a blind overwrite",
        "A write changed a field that a colleague had set in a version that was not delivered to the client.",
        "A colleague moves a meeting to another room. The client has not polled since, and writes the old room.",
        _TAG,
        explanation="{theirs} {known} Request {last} set {set}, {how}.",
        hazard="concurrent-lost-update",
    ),
    FindingType(
        "overwrite.deletion",
        "error",
        "{event}: a deletion removed a colleague's undelivered change",
        "A deletion removed a colleague's edit that was not delivered to the client.",
        "A colleague adds the agenda. The client deletes the meeting, because its user did so an hour ago.",
        _TAG,
        explanation="{theirs} {known} Request {last} deleted the event, {how}.",
        hazard="edit-vs-delete",
    ),
    FindingType(
        "overwrite.clobbered",
        "error",
        "{event} has lost {fields}",
        "A write reset a field. The write was a whole event without the field, or no list had shown the field to the "
        "client.",
        "The client sends only what has changed, but with PUT. The CRM resets all other fields.",
        "Send only what has changed, with PATCH. If the CRM has only PUT, read the event by its id, change it, and "
        "send all of it back, including fields that you do not know.",
        explanation="Request {last} left the event without {fields}, which version {prior} had. {known}",
        causes=("omitted-not-empty", "private-redaction", "put-clobbers-absent", "unknown-fields-dropped"),
    ),
    FindingType(
        "overwrite.redaction",
        "error",
        "{event}: the placeholder of a private event was written over its content",
        "A write replaced the content of a private event with the placeholder that lists show for it.",
        "A list shows a private meeting as “Busy”. The client writes the whole row back.",
        "Send only what has changed, and read a private event by its id before you write it.",
        explanation="The answer to request {first} showed this private event as busy. Request {last} wrote that over "
        "{fields}.",
        hazard="private-redaction",
    ),
    FindingType(
        "duplicate.retried",
        "error",
        "{event} exists twice",
        "The client created two events with the same content, and both exist. The answer to the first POST did not "
        "arrive, or was an error.",
        "The CRM carries out a POST, and then the connection breaks. The client sends the POST again.",
        "Send an Idempotency-Key with each POST, and the same key when you repeat it. Or check first whether the event "
        "exists.",
        explanation=_TWICE,
        causes=("lost-response-on-create", "retry-nonidempotent-post"),
    ),
    FindingType(
        "duplicate.alike",
        "warning",
        "{event} exists twice",
        "One client created two events with the same content, and both exist. The answers to both POSTs arrived.",
        "Two runs of the client overlap, and both upload the new meeting.",
        "Store which event belongs to which calendar entry, and upload each entry once.",
        explanation=_TWICE,
        causes=("slow-response",),
    ),
    FindingType(
        "resurrection.unaware",
        "error",
        "{event} was deleted, and this client brought it back without knowing",
        "The client created an event with the content of a deleted one, whose tombstone was out of its reach.",
        "The client was off for three weeks, finds a meeting that the CRM does not have, and uploads it.",
        "Never upload an entry that already has an id of the CRM. If the CRM does not have it, it was deleted.",
        explanation="{deletion} {why} Request {last} created it again, as event {made}.",
        causes=("tombstone-expired",),
    ),
    FindingType(
        "resurrection.remade",
        "warning",
        "{event} was deleted, and this client created it again",
        "The client created an event with the content of a deleted one, after the deletion had been delivered.",
        "A PATCH gets a 404, and the client creates the event again.",
        "Let a deletion stand, unless a person has decided otherwise.",
        explanation="{deletion} Request {first} delivered the deletion. Request {last} created the event again, as "
        "event {made}.",
    ),
    FindingType(
        "write.echo",
        "note",
        "{event} was written without a change",
        "A write changed no field, and was not a retry.",
        "The client reads its own write in the delta, and writes it back.",
        "Store a hash of the state that both sides agree on. Write only when the state differs from it.",
        explanation="The event already had everything that the client wrote: {requests}.",
        hazard="echo-own-write",
    ),
    FindingType(
        "write.pingPong",
        "error",
        "{event} is written again and again",
        "At least twice the client received its own result and wrote it again. Or the event changed from A to B and "
        "back, twice.",
        "The CRM trims a subject. The client finds a difference at each sync, and writes its own wording again.",
        "Treat the CRM's answer to a write as the state that both sides agree on. Write only what differs from it.",
        explanation="{how}: {requests}.",
        causes=("echo-own-write", "server-normalizes"),
    ),
    FindingType(
        "write.drift",
        "error",
        "{event} moves by whole days with each write",
        "Again and again the client received its own result, and moved the all-day event by the same whole days.",
        "The calendar's last day is inclusive, the CRM's is not. Each round trip adds a day.",
        "Treat the endTime of an all-day event as the midnight after its last day, and both times as dates in UTC.",
        explanation="Each time it received its own result, this client moved the start by {start} and the end by "
        "{end}: {requests}.",
        causes=("allday-end-inclusive", "allday-tz-drift"),
    ),
    FindingType(
        "write.toDeleted",
        "note",
        "{event} was written to after its deletion",
        "A write to a deleted event was refused.",
        "A user edits in the calendar what a colleague has just deleted.",
        "Treat a 404 or 410 as a deletion, and do not repeat the write.",
        explanation=_TO_DELETED,
        causes=("delete-of-deleted", "edit-vs-delete"),
    ),
    FindingType(
        "write.toDeletedAgain",
        "warning",
        "{event} is written to again and again after its deletion",
        "A write to a deleted event was repeated, although the deletion had been delivered.",
        "Each run sends the same PATCH, and gets the same 404.",
        "Treat a 404 or 410 as a deletion, and do not repeat the write.",
        explanation=_TO_DELETED,
        causes=("delete-of-deleted", "edit-vs-delete"),
    ),
)
"""What can go wrong while a client writes."""

_STORE_TOGETHER = "In one transaction, store each row that arrives and the watermark that moves past it."

REPLICA_FINDINGS = (
    FindingType(
        "replica.missing",
        "error",
        "{event} is not in the replica",
        "The replica lacks an event. It was delivered and then lost, or it is out of the client's reach.",
        "A row that could not be stored was logged and skipped.",
        _STORE_TOGETHER,
    ),
    FindingType(
        "replica.stale",
        "error",
        "{event} differs in the replica: {fields}",
        "A record differs from its event. The newer version was delivered and then lost, or it is out of the client's "
        "reach.",
        "Two runs overlap, and the older answer is stored last.",
        _STORE_TOGETHER,
    ),
    FindingType(
        "replica.phantom",
        "error",
        "{event} is in the replica, but not in the CRM",
        "The replica has a record of an event that was deleted, lies outside the window, or never existed.",
        "A tombstone arrives before its event, and is dropped.",
        "Store each tombstone, even if its event has not arrived yet.",
    ),
    FindingType(
        "replica.duplicate",
        "error",
        "{event} is in the replica more than once",
        "Two or more records in the replica have the same id.",
        "A page arrives twice, and its rows are inserted twice.",
        "Store records by the id of the event.",
    ),
    FindingType(
        "replica.pending",
        "note",
        "{event} differs in the replica until the client's next sync",
        "The client cannot know of the change yet: its next read will deliver it.",
        "A colleague edits a meeting after the last poll.",
        "Let the client sync, and compare again.",
    ),
)
"""What can be wrong with a client's replica, if a test passes one to the audit."""

FINDINGS: Mapping[str, FindingType] = {
    kind.code: kind for kind in (*READING_FINDINGS, *WRITING_FINDINGS, *REPLICA_FINDINGS)
}
"""All types of findings by their codes."""

RENAMED: Mapping[str, str] = {
    "answer.notWhole": "answer.incomplete",
    "bound.backwards": "watermark.backwards",
    "bound.beyondClock": "watermark.beyondClock",
    "token.notGiven": "pageToken.notGiven",
    "walk.abandoned": "read.abandoned",
    "zombie.remade": "resurrection.remade",
    "zombie.unaware": "resurrection.unaware",
}
"""Codes of earlier versions, each with its code of today. Verdicts and scenarios that have them are still read."""


def current_code(code: str) -> str:
    """A code as it is named today, for documents of earlier versions: `walk.abandoned` is `read.abandoned`."""
    return RENAMED.get(code, code)


def _grave(*kinds: FindingType) -> tuple[str, ...]:
    return tuple(kind.code for kind in kinds if kind.is_grave)


GRAVE = _grave(*READING_FINDINGS, *WRITING_FINDINGS)
"""The codes of the findings with which an audit is not clean."""
GRAVE_IN_REPLICAS = _grave(*REPLICA_FINDINGS)
"""The codes of the grave findings that exist only when a replica is compared with the CRM."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a client got wrong: its type, the event, changes and fields concerned, and the requests at fault.

    `explanation` says in order what happened; `timeline` lists what happened to the event, and the requests, with their
    instants. `hazard` names the cause where it is known, and `own_advice` says what helps against exactly that.
    """

    kind: FindingType
    title: str
    explanation: str
    event_id: str | None = None
    changes: tuple[int, ...] = ()
    requests: tuple[int, ...] = ()
    hazard: str | None = None
    fields: tuple[str, ...] = ()
    timeline: tuple[tuple[datetime, str], ...] = ()
    own_advice: str | None = None

    @property
    def advice(self) -> str:
        """What a correct client does against this cause, or against this type of finding."""
        return self.own_advice or self.kind.advice
