"""What an audit can find: each kind with its meaning, how grave it is, and what a correct client does."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[str, ...] = get_args(Severity)
"""How grave findings can be, the gravest first."""


@dataclass(frozen=True, slots=True)
class FindingType:
    """One kind of finding.

    `title` and `told` are what is said of one, with `{event}` and facts to be filled in; `meaning` and `example` say it
    in general. One names `hazard`, or where it depends on how it came about, one of `causes`, or none.
    """

    code: str
    severity: Severity
    title: str
    meaning: str
    example: str
    advice: str
    told: str = ""
    hazard: str | None = None
    causes: tuple[str, ...] = ()

    @property
    def is_grave(self) -> bool:
        """Whether there is something to be mended: a note is only what a person may want to know."""
        return self.severity != "note"

    @property
    def hazards(self) -> tuple[str, ...]:
        """All that one can name. What a finding about a replica names is told by the finding that explains it."""
        return (self.hazard, *self.causes) if self.hazard else self.causes


_BOUND = (
    "Take the asOf of a walk's first page for the next bound, less a lookback that is longer than anything takes to "
    "become visible, and let the same row come twice."
)

_TAG = (
    "Read the event just before it is written, and send its tag with If-Match; after a 412 read again and decide anew."
)

_LAST_PAGE = "Move the bound only after the last page; go on from the last token, or begin anew from the old bound."
_NEWEST_ROW = (
    "Put the next bound no later than the newest row that came, whatever asOf says, and ask until nothing is new."
)
_MOVING_ROWS = (
    "Where rows move between pages, begin the walk anew if anything has changed by its end; or take no further pages, "
    "and ask again from the stamp of the last row until nothing is new."
)
_ANEW = "After a 410 read everything, and take what is not there any more for deleted."
_OWN_CLOCK = "Take bounds from the CRM's answers, never from one's own clock."

CURES: Mapping[str, str] = {
    "child-change-no-bump": "No bound finds such a change: read everything anew from time to time.",
    "client-clock-watermark": _OWN_CLOCK,
    "delete-during-paging": _MOVING_ROWS,
    "edit-during-paging": _MOVING_ROWS,
    "empty-200-mass-delete": "A list that is empty all of a sudden may be a failure: ask once more before the bound is "
    "moved, and before anything is deleted.",
    "empty-page-with-next": "A walk ends with the page whose nextPageToken is null, be its records many, few or none.",
    "equal-timestamp-at-watermark": "Ask from the very instant that was read up to, or from one before it where bounds "
    "are exclusive, and let the same row come twice.",
    "expired-cursor-swallowed": _ANEW,
    "insert-during-paging": _MOVING_ROWS,
    "newest-token-on-truncated-page": _NEWEST_ROW,
    "result-cap": _NEWEST_ROW,
    "server-clock-backwards": "Where stamps may go back, less a lookback that is longer than clocks are ever wrong; or "
    "read everything anew from time to time.",
    "split-stream-race": "Read both in one walk, with showDeleted=true; or keep a bound of its own for each stream.",
    "token-loop": "End a walk at a token that has come before, and begin it anew from the old bound.",
}
"""What a correct client does, where that depends on how the harm came about: by hazard (`docs/hazards.md`)."""

_WHY_A_DELETION_IS_MISSED = (
    # Advice depends on the cause only where something is missed.
    *CURES,
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

READING = (
    FindingType(
        "change.outOfReach",
        "error",
        "{event} was {done}, and this client will never be told",
        "A version that the client was never given, that its bound has left behind, and that no walk will bring.",
        "A meeting is moved in a transaction of five minutes; the client polls meanwhile and goes on from `asOf`.",
        _BOUND,
        causes=_WHY_A_CHANGE_IS_MISSED,
    ),
    FindingType(
        "deletion.outOfReach",
        "error",
        "{event} was deleted, and this client will never be told",
        "A deletion of an event that the client was given, whose tombstone its bound has left behind.",
        "An event is deleted between the reading of `/events` and of `/deletedEvents`, and one bound serves both.",
        f"{_BOUND} Keep a bound of its own for each stream.",
        causes=_WHY_A_DELETION_IS_MISSED,
    ),
    FindingType(
        "deletion.expired",
        "error",
        "{event} was deleted too long ago for this client to be told",
        "A deletion whose tombstone the CRM has forgotten, and the client has not read everything anew.",
        "The client was off for three weeks; the CRM keeps tombstones for two.",
        "Poll more often than tombstones are kept, and read everything anew after a longer pause or a 410.",
        causes=("tombstone-expired",),
    ),
    FindingType(
        "deletion.neverAskedFor",
        "error",
        "{event} was deleted, and this client never asks for deletions",
        "The client follows the delta, and asks neither for tombstones nor for everything anew.",
        "The client polls `/events?since=…` and nothing else.",
        "Ask for deletions, by showDeleted=true or /deletedEvents, with a bound of their own.",
    ),
    FindingType(
        "answer.notWhole",
        "error",
        "{event} was in an answer that broke off, and this client never asked again",
        "A version that was handed over only in an answer that did not leave whole, and that is out of reach now.",
        "The connection broke in the middle of a page, and the next poll asks from a later bound.",
        "Move the bound only after the last page of a walk has been taken in; on any error go on from the old one.",
        causes=_WHY_A_DELETION_IS_MISSED,
    ),
    FindingType(
        "window.movedOut",
        "warning",
        "{event} has left the interval that this client looks at",
        "An event that the client was given lies outside the interval now, and it asks for nothing but intervals.",
        "A meeting of this week is moved to the summer; the client reads this week only.",
        "Follow the delta beside the interval, or read an event by its id before it is taken for deleted.",
        hazard="moved-out-of-window",
    ),
    FindingType(
        "walk.abandoned",
        "warning",
        "A walk was given up, and the bound moved on",
        "A walk did not reach its last page, and the next one on the same stream began behind its bound.",
        "The third of five pages failed; the client keeps what it has and sets its bound to now.",
        _LAST_PAGE,
        told="The walk of request {first} had pages left{after} when request {last} began another, from {to}.",
    ),
    FindingType(
        "token.notGiven",
        "warning",
        "A page token was sent that was never given out",
        "A page token that this CRM did not make: altered, made up, or of another server.",
        "A page token was kept while the client was pointed at another CRM.",
        "Send page tokens as they came, and only to the server that they came from.",
        told="Request {first} sent a token that this CRM never gave.",
    ),
    FindingType(
        "bound.beyondClock",
        "warning",
        "A bound is later than any instant that this client was given",
        "The client's `since` is beyond every asOf, stamp and Date that it was told: it is its own clock's.",
        "The client's machine is two minutes ahead of the CRM and sets the bound by itself.",
        _OWN_CLOCK,
        told="Request {first} asked for changes since {since}; the latest instant it had been given was {newest}.",
        hazard="client-clock-watermark",
    ),
    FindingType(
        "bound.backwards",
        "note",
        "A bound went backwards",
        "The client asked from an earlier instant than the last time: it repeats work, and loses nothing.",
        "A nightly run reads the last day again.",
        "Nothing need be done, if it was meant.",
        told="Request {last} asked from {to}, after request {first} had asked from {from}.",
    ),
    FindingType(
        "expired.ignored",
        "warning",
        "A 410 was not followed by reading everything anew",
        "The CRM said that the bound was too old to tell of deletions, and the client went on with another bound.",
        "A poll gets a 410, the client logs an error, and polls again.",
        _ANEW,
        told="Request {first} was told that its bound had expired; request {last} had a bound all the same.",
        hazard="expired-cursor-swallowed",
    ),
    FindingType(
        "retry.tooEarly",
        "warning",
        "A request came before its Retry-After had passed",
        "The client had been asked to wait, and asked again before either clock had come to the end of it.",
        "A 429 says `Retry-After: 30`; the client's library asks again after a second.",
        "Wait for as long as Retry-After says, in seconds or until its date.",
        told="Request {first} was told to wait until {until}; request {last} came before.",
        hazard="rate-limit-burst",
    ),
    FindingType(
        "recovered",
        "note",
        "{event} came to this client after all",
        "A version that a bound had left behind was brought by a later walk: a lookback, or everything read anew.",
        "An edit that does not bump `lastModifiedAt` is brought by the nightly full read.",
        "Nothing need be done; the bound still loses changes in between.",
    ),
)
"""What can go wrong while a client reads."""

_TWICE = "Request {first} made event {other}, and {why}. Request {last} made event {made}, which says the same."
_TO_THE_DEAD = "{grave} It was written to all the same, and that was refused: {requests}."

WRITING = (
    FindingType(
        "overwrite.blind",
        "error",
        "{event}: what a colleague wrote was overwritten unseen",
        "A write set a field to something else than a colleague had, in a version that the client was not given.",
        "A colleague moves a meeting to another room; the client, which has not polled since, writes the old one.",
        _TAG,
        told="{theirs} The latest that this client had been given was {known}. Request {last} set {set}, {how}.",
        hazard="concurrent-lost-update",
    ),
    FindingType(
        "overwrite.deletion",
        "error",
        "{event} was deleted, and with it what a colleague had written unseen",
        "A deletion took with it an edit by a colleague in a version that the client was not given.",
        "A colleague adds the agenda; the client deletes the meeting, because its user did so an hour ago.",
        _TAG,
        told="{theirs} The latest that this client had been given was {known}. Request {last} deleted the event, "
        "{how}.",
        hazard="edit-vs-delete",
    ),
    FindingType(
        "overwrite.clobbered",
        "error",
        "{event} has lost {fields}",
        "A write reset a field that it left out of the whole, or that no list had shown to the client.",
        "The client sends what has changed with PUT; the CRM resets all else.",
        "Send what has changed with PATCH; where there is only PUT, read the event by its id, change that, and "
        "send all of it back, with what you do not understand.",
        told="Request {last} left the event without {fields}, which version {prior} had. The latest that this "
        "client had been given was {known}.",
        causes=("omitted-not-empty", "private-redaction", "put-clobbers-absent", "unknown-fields-dropped"),
    ),
    FindingType(
        "overwrite.redaction",
        "error",
        "{event}: what stands for a private event was written over it",
        "A write put the text that lists show in place of private content over that content.",
        "A list shows a private meeting as “Busy”; the client writes the whole row back.",
        "Send only what has changed, and read a private event by its id before it is written.",
        told="Request {first} showed this private event as busy. Request {last} wrote that over {fields}.",
        hazard="private-redaction",
    ),
    FindingType(
        "duplicate.retried",
        "error",
        "{event} is there twice",
        "Two events that live and were made with the same content; the first was made, and the client not told.",
        "The connection breaks behind a POST that was done; the client sends it again.",
        "Send an Idempotency-Key with each POST, the same one when it is repeated; or look whether it is there.",
        told=_TWICE,
        causes=("lost-response-on-create", "retry-nonidempotent-post"),
    ),
    FindingType(
        "duplicate.alike",
        "warning",
        "{event} is there twice",
        "Two events that live, and say the same, and were made by one client, which was told of both.",
        "Two runs of the client overlap, and both upload the new meeting.",
        "Keep which event was made for which entry, and upload an entry once.",
        told=_TWICE,
        causes=("slow-response",),
    ),
    FindingType(
        "zombie.unaware",
        "error",
        "{event} was deleted, and was raised from the dead",
        "An event was made that says what a deleted one said, whose tombstone the client will never be given.",
        "The client was off for three weeks, finds a meeting that the CRM does not have, and uploads it.",
        "What was in the CRM once and is missing there was deleted: upload nothing that has an id of the CRM.",
        told="{grave} {why} Request {last} made it anew, as event {made}.",
        causes=("tombstone-expired",),
    ),
    FindingType(
        "zombie.remade",
        "warning",
        "{event} was deleted, and was made anew",
        "An event was made that says what a deleted one said, of whose deletion the client had been told.",
        "A PATCH gets a 404, and the client makes the event anew.",
        "Let a deletion hold, unless a person has decided otherwise.",
        told="{grave} Request {first} told the client so. Request {last} made it anew, as event {made}.",
    ),
    FindingType(
        "write.echo",
        "note",
        "{event} was written as it was",
        "A write that left every field as it was, and is no retry.",
        "The client reads its own write in the delta, and writes it back.",
        "Keep a hash of what both sides agree on, and write only what differs from it.",
        told="What {requests} wrote was there already.",
        hazard="echo-own-write",
    ),
    FindingType(
        "write.pingPong",
        "error",
        "{event} is written time and again",
        "Twice or more the client was given its own result and wrote it again; or the event went from A to B and "
        "back, twice in the same way.",
        "The CRM trims a subject; the client finds a difference at each run, and writes its own wording.",
        "Take the CRM's answer to a write for what is stored, and write only what differs from what both sides "
        "agreed on.",
        told="{how}: {requests}.",
        causes=("echo-own-write", "server-normalizes"),
    ),
    FindingType(
        "write.drift",
        "error",
        "{event} moves by whole days each time",
        "Time and again the client was given its own result, and moved the all-day event by the same whole days.",
        "The calendar's last day is inclusive, the CRM's is not; each round trip adds a day.",
        "The endTime of an all-day event is the midnight after its last day, and both times are dates in UTC.",
        told="Each time it was given its own result, this client moved the start by {start} and the end by "
        "{end}: {requests}.",
        causes=("allday-end-inclusive", "allday-tz-drift"),
    ),
    FindingType(
        "write.toDeleted",
        "note",
        "{event} was deleted, and was written to",
        "A write to a deleted event, which was refused.",
        "A user edits in the calendar what a colleague has just deleted.",
        "Take a 404 or 410 for the deletion that it tells of, and go on.",
        told=_TO_THE_DEAD,
        causes=("delete-of-deleted", "edit-vs-delete"),
    ),
    FindingType(
        "write.toDeletedAgain",
        "warning",
        "{event} was deleted, and is written to again and again",
        "A write to a deleted event was repeated, though the client had been told of the deletion.",
        "Each run sends the same PATCH, and gets the same 404.",
        "Take a 404 or 410 for the deletion that it tells of, and go on.",
        told=_TO_THE_DEAD,
        causes=("delete-of-deleted", "edit-vs-delete"),
    ),
)
"""What can go wrong while a client writes."""

_TAKE_IN = "Take in each row that arrives, in one step with the bound that is moved past it."

REPLICA = (
    FindingType(
        "replica.missing",
        "error",
        "{event} is not in the replica",
        "An event that the replica lacks: the client was given it and lost it, or will never be given it.",
        "A row that could not be stored was logged, and passed over.",
        _TAKE_IN,
    ),
    FindingType(
        "replica.stale",
        "error",
        "{event} says something else in the replica: {fields}",
        "A record that differs from its event: the client was given the newer version, or never will be.",
        "Two runs overlap, and the older answer is stored last.",
        _TAKE_IN,
    ),
    FindingType(
        "replica.phantom",
        "error",
        "{event} is in the replica, and not in the CRM",
        "A record of an event that was deleted, lies outside the window, or never was.",
        "A tombstone arrives before its event, and is dropped.",
        "Take in each tombstone, also before the event that it belongs to.",
    ),
    FindingType(
        "replica.duplicate",
        "error",
        "{event} is in the replica more than once",
        "Two records or more with one id.",
        "A page arrives twice, and its rows are inserted twice.",
        "Keep records by the id of the event.",
    ),
    FindingType(
        "replica.pending",
        "note",
        "{event} differs in the replica, of which the client has yet to be told",
        "A difference that the client cannot know of yet, and that its next walk will bring.",
        "A colleague edits a meeting after the last poll.",
        "Nothing need be done: let the client sync, and look again.",
    ),
)
"""What can be wrong with a client's own view, where it shows it."""

FINDINGS: Mapping[str, FindingType] = {kind.code: kind for kind in (*READING, *WRITING, *REPLICA)}


def _grave(*kinds: FindingType) -> tuple[str, ...]:
    return tuple(kind.code for kind in kinds if kind.is_grave)


GRAVE = _grave(*READING, *WRITING)
"""The codes of findings that leave an audit unclean."""
GRAVE_IN_REPLICAS = _grave(*REPLICA)
"""The same of those that there can be only where a replica is held against the CRM."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a client got wrong: what kind, which event, changes and fields, and the requests that show it.

    `explanation` tells it in order, `timeline` has what happened to the event, and those requests, with their instants;
    `hazard` is the catalogue's name of how it came about, where one fits, and `cure` what helps against just that.
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
    cure: str | None = None

    @property
    def advice(self) -> str:
        """What a correct client does: against this very cause, if that is known, or against its kind."""
        return self.cure or self.kind.advice
