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
    "Take the asOf of a read's first page as the next watermark, less a lookback that is longer than anything takes to "
    "become visible, and accept that a row comes twice."
)
_TAG = (
    "Read the event just before you write it, and send its ETag with If-Match; after a 412 read it again and decide "
    "again."
)
_LAST_PAGE = (
    "Move the watermark only after the last page. If a read fails, go on with its last page token, or read again from "
    "the old watermark."
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
        "{event} was {done}, which is out of this client's reach",
        "A version was never delivered, the client's watermark is past it, and no later read will return it.",
        "A meeting is moved in a transaction of five minutes. The client polls meanwhile and goes on from `asOf`.",
        _WATERMARK,
        causes=_WHY_A_CHANGE_IS_MISSED,
    ),
    FindingType(
        "deletion.outOfReach",
        "error",
        "{event} was deleted, which is out of this client's reach",
        "An event that was delivered has been deleted, and the client's watermark is past its tombstone.",
        "An event is deleted between the reads of `/events` and `/deletedEvents`, which share one watermark.",
        f"{_WATERMARK} Keep a watermark for each stream.",
        causes=_WHY_A_DELETION_IS_MISSED,
    ),
    FindingType(
        "deletion.expired",
        "error",
        "{event} was deleted, and its tombstone has expired",
        "The CRM has forgotten the tombstone of an event, and the client has not read everything since.",
        "The client was off for three weeks. The CRM keeps tombstones for two.",
        "Poll more often than tombstones expire, and read everything after a longer pause or a 410.",
        causes=("tombstone-expired",),
    ),
    FindingType(
        "deletion.neverAskedFor",
        "error",
        "{event} was deleted, and this client never asks for deletions",
        "The client follows the delta, but never asks for tombstones, nor reads everything again.",
        "The client polls `/events?since=…` and nothing else.",
        "Ask for deletions with showDeleted=true or /deletedEvents, with a watermark of their own.",
    ),
    FindingType(
        "answer.incomplete",
        "error",
        "{event} was in an answer that broke off, and this client never asked again",
        "A version was delivered only in an answer that did not arrive whole, and is out of reach now.",
        "The connection breaks in the middle of a page, and the next poll has a later watermark.",
        "Move the watermark only after the last page has been stored. After any error read from the old one.",
        causes=_WHY_A_DELETION_IS_MISSED,
    ),
    FindingType(
        "window.movedOut",
        "warning",
        "{event} has left the interval that this client reads",
        "A delivered event was moved out of the interval, and the client reads nothing but that interval.",
        "A meeting of this week is moved to the summer. The client reads only this week.",
        "Follow the delta beside the interval, or read an event by its id before you treat it as deleted.",
        hazard="moved-out-of-window",
    ),
    FindingType(
        "read.abandoned",
        "warning",
        "A paged read was abandoned, and the watermark moved on",
        "A paged read did not reach its last page, and the next read of the same stream had a later watermark.",
        "The third of five pages failed. The client keeps what it has and sets its watermark to now.",
        _LAST_PAGE,
        explanation="The read of request {first} had pages left{after} when request {last} began another, from {to}.",
    ),
    FindingType(
        "pageToken.notGiven",
        "warning",
        "A page token was sent that this CRM never gave out",
        "This CRM did not make the page token: it was altered, made up, or comes from another server.",
        "A page token was kept while the client was pointed at another CRM.",
        "Send page tokens unchanged, and only to the server that gave them out.",
        explanation="Request {first} sent a page token that this CRM never gave out.",
    ),
    FindingType(
        "watermark.beyondClock",
        "warning",
        "A watermark is later than any instant that the CRM had sent",
        "The client's `since` is later than every asOf, stamp and Date that it received: it comes from its own clock.",
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
        "If it was intended, there is nothing to do.",
        explanation="Request {last} asked from {to}, after request {first} had asked from {from}.",
    ),
    FindingType(
        "expired.ignored",
        "warning",
        "A 410 was not followed by a read of everything",
        "The CRM refused a watermark that was too old to return deletions, and the client went on with another one.",
        "A poll gets a 410. The client logs an error and polls again.",
        FULL_READ,
        explanation="Request {first} was refused because its watermark had expired. Request {last} had a watermark all "
        "the same.",
        hazard="expired-cursor-swallowed",
    ),
    FindingType(
        "retry.tooEarly",
        "warning",
        "A request came before its Retry-After had passed",
        "The client was asked to wait, and asked again before that time had passed on either clock.",
        "A 429 says `Retry-After: 30`. The client's library asks again after a second.",
        "Wait for as long as Retry-After says, in seconds or until its date.",
        explanation="Request {first} was asked to wait until {until}. Request {last} came before that.",
        hazard="rate-limit-burst",
    ),
    FindingType(
        "recovered",
        "note",
        "{event} was delivered after all",
        "A version that a watermark had passed was delivered by a later read: by a lookback, or a read of everything.",
        "An edit that does not change `lastModifiedAt` is delivered by the nightly full read.",
        "There is nothing to do. Until such a read, the watermark still loses changes.",
    ),
)
"""What can go wrong while a client reads."""

_TWICE = "Request {first} made event {other}, and {answer}. Request {last} made event {made} with the same content."
_TO_DELETED = "{deletion} It was written to after that, and this was refused: {requests}."

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
        "{event} was deleted, and a colleague's undelivered change with it",
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
        "A write reset a field that it left out of a whole event, or that no list had shown to the client.",
        "The client sends only what has changed, but with PUT. The CRM resets all other fields.",
        "Send only what has changed, with PATCH. If there is only PUT, read the event by its id, change that, and send "
        "all of it back, with the fields that you do not understand.",
        explanation="Request {last} left the event without {fields}, which version {prior} had. {known}",
        causes=("omitted-not-empty", "private-redaction", "put-clobbers-absent", "unknown-fields-dropped"),
    ),
    FindingType(
        "overwrite.redaction",
        "error",
        "{event}: the placeholder of a private event was written over its content",
        "A write put the text that lists show for a private event in the place of its content.",
        "A list shows a private meeting as “Busy”. The client writes the whole row back.",
        "Send only what has changed, and read a private event by its id before you write it.",
        explanation="Request {first} showed this private event as busy. Request {last} wrote that over {fields}.",
        hazard="private-redaction",
    ),
    FindingType(
        "duplicate.retried",
        "error",
        "{event} exists twice",
        "Two living events were made with the same content. The first was made, but its answer did not arrive.",
        "The connection breaks after a POST was carried out. The client sends it again.",
        "Send an Idempotency-Key with each POST, the same one when you repeat it; or check whether the event exists.",
        explanation=_TWICE,
        causes=("lost-response-on-create", "retry-nonidempotent-post"),
    ),
    FindingType(
        "duplicate.alike",
        "warning",
        "{event} exists twice",
        "One client made two living events with the same content, and the answers to both arrived.",
        "Two runs of the client overlap, and both upload the new meeting.",
        "Store which event was made for which entry, and upload each entry once.",
        explanation=_TWICE,
        causes=("slow-response",),
    ),
    FindingType(
        "resurrection.unaware",
        "error",
        "{event} was deleted, and this client brought it back unaware",
        "The client made an event with the content of a deleted one, whose tombstone was out of its reach.",
        "The client was off for three weeks, finds a meeting that the CRM does not have, and uploads it.",
        "What was in the CRM once and is missing there was deleted: never upload an entry that has an id of the CRM.",
        explanation="{deletion} {why} Request {last} made it again, as event {made}.",
        causes=("tombstone-expired",),
    ),
    FindingType(
        "resurrection.remade",
        "warning",
        "{event} was deleted, and this client made it again",
        "The client made an event with the content of a deleted one, after the deletion had been delivered.",
        "A PATCH gets a 404, and the client makes the event again.",
        "Let a deletion stand, unless a person has decided otherwise.",
        explanation="{deletion} Request {first} delivered that. Request {last} made the event again, as event {made}.",
    ),
    FindingType(
        "write.echo",
        "note",
        "{event} was written without a change",
        "A write left every field as it was, and was no retry.",
        "The client reads its own write in the delta, and writes it back.",
        "Store a hash of what both sides agree on, and write only what differs from it.",
        explanation="The event had all of this already: {requests}.",
        hazard="echo-own-write",
    ),
    FindingType(
        "write.pingPong",
        "error",
        "{event} is written again and again",
        "Twice or more the client received its own result and wrote it again; or the event went from A to B and "
        "back, twice.",
        "The CRM trims a subject. The client finds a difference at each run, and writes its own wording.",
        "Take the CRM's answer to a write as what is stored, and write only what differs from what both sides agreed "
        "on.",
        explanation="{how}: {requests}.",
        causes=("echo-own-write", "server-normalizes"),
    ),
    FindingType(
        "write.drift",
        "error",
        "{event} moves by whole days with each write",
        "Again and again the client received its own result, and moved the all-day event by the same whole days.",
        "The calendar's last day is inclusive, the CRM's is not. Each round trip adds a day.",
        "The endTime of an all-day event is the midnight after its last day, and both times are dates in UTC.",
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
        "Take a 404 or 410 as the news of a deletion, and go on.",
        explanation=_TO_DELETED,
        causes=("delete-of-deleted", "edit-vs-delete"),
    ),
    FindingType(
        "write.toDeletedAgain",
        "warning",
        "{event} is written to again and again after its deletion",
        "A write to a deleted event was repeated, although the deletion had been delivered.",
        "Each run sends the same PATCH, and gets the same 404.",
        "Take a 404 or 410 as the news of a deletion, and go on.",
        explanation=_TO_DELETED,
        causes=("delete-of-deleted", "edit-vs-delete"),
    ),
)
"""What can go wrong while a client writes."""

_STORE_TOGETHER = "Store each row that arrives, in one transaction with the watermark that moves past it."

REPLICA_FINDINGS = (
    FindingType(
        "replica.missing",
        "error",
        "{event} is not in the replica",
        "The replica lacks an event: it was delivered and lost, or is out of the client's reach.",
        "A row that could not be stored was logged and skipped.",
        _STORE_TOGETHER,
    ),
    FindingType(
        "replica.stale",
        "error",
        "{event} differs in the replica: {fields}",
        "A record differs from its event: the newer version was delivered and lost, or is out of the client's reach.",
        "Two runs overlap, and the older answer is stored last.",
        _STORE_TOGETHER,
    ),
    FindingType(
        "replica.phantom",
        "error",
        "{event} is in the replica, but not in the CRM",
        "There is a record of an event that was deleted, lies outside the window, or never existed.",
        "A tombstone arrives before its event, and is dropped.",
        "Store each tombstone, even if its event has not arrived yet.",
    ),
    FindingType(
        "replica.duplicate",
        "error",
        "{event} is in the replica more than once",
        "Two or more records have the same id.",
        "A page arrives twice, and its rows are inserted twice.",
        "Store records by the id of the event.",
    ),
    FindingType(
        "replica.pending",
        "note",
        "{event} differs in the replica until the client's next sync",
        "The client cannot know of a difference yet: its next read will deliver it.",
        "A colleague edits a meeting after the last poll.",
        "There is nothing to do: let the client sync, and compare again.",
    ),
)
"""What can be wrong with a client's replica, where a test shows it."""

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
"""The codes of those that there are only where a replica is compared with the CRM."""


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
