"""What can go wrong while a client reads: each type of finding."""

from mockcrm.audit.advice import ADVICE, FULL_READ, OWN_CLOCK
from mockcrm.audit.finding_type import FindingType

_WATERMARK = (
    "Set the next watermark to the asOf of the read's first page, minus a lookback. The lookback must be longer than "
    "the longest delay before a change becomes visible. Expect some rows twice."
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
        "{record} was {done}, and the change is out of this client's reach",
        "A version was never delivered, the client's watermark is past it, and no later read will return it.",
        "A transaction moves a meeting and takes five minutes. The client polls during it, and continues from `asOf`.",
        _WATERMARK,
        causes=_WHY_A_CHANGE_IS_MISSED,
    ),
    FindingType(
        "deletion.outOfReach",
        "error",
        "{record} was {done}, and its tombstone is out of this client's reach",
        "A delivered event was deleted, and the client's watermark is past its tombstone.",
        "An event is deleted between the reads of `/events` and `/deletedEvents`. Both reads share one watermark.",
        f"{_WATERMARK} Keep a watermark for each stream.",
        causes=_WHY_A_DELETION_IS_MISSED,
    ),
    FindingType(
        "deletion.expired",
        "error",
        "{record} was {done}, and its tombstone has expired",
        "The CRM no longer keeps the tombstone of an event, and the client has not read everything since.",
        "The client was off for three weeks. The CRM keeps tombstones for two weeks.",
        "Poll before tombstones expire. After a longer pause, or after a 410, read everything.",
        causes=("tombstone-expired",),
    ),
    FindingType(
        "deletion.neverAskedFor",
        "error",
        "{record} was {done}, and this client never asks for deletions",
        "The client follows the delta, but never asks for tombstones and never reads everything again.",
        "The client polls `/events?since=…` and nothing else.",
        "Ask for deletions: with showDeleted=true, or from /deletedEvents with its own watermark.",
    ),
    FindingType(
        "deletion.noLongerAskedFor",
        "error",
        "{record} was {done}, and this client no longer asks for deletions",
        "The client asked for tombstones before. Now it only follows the delta, and has gone without asking for "
        "longer than ever before.",
        "A new release of the client drops `showDeleted=true`, and goes on with the old watermark.",
        "Ask for deletions with each sync, or at least as often as the CRM forgets tombstones. After a pause, read "
        "everything.",
    ),
    FindingType(
        "answer.incomplete",
        "error",
        "{record} was in an incomplete answer, and this client never asked for it again",
        "The only answer with a version did not arrive whole, and the version is now out of reach.",
        "The connection breaks in the middle of a page, and the next poll has a later watermark.",
        "Move the watermark only after the last page has been stored. After any error, read from the old watermark.",
        causes=_WHY_A_DELETION_IS_MISSED,
    ),
    FindingType(
        "window.movedOut",
        "warning",
        "{record} has left the interval that this client reads",
        "A delivered event was moved out of the interval, and the client reads only that interval.",
        "A meeting of this week is moved to the summer. The client reads only this week.",
        "Follow the delta as well as the interval, or read an event by its id before you treat it as deleted.",
        hazard="moved-out-of-window",
    ),
    FindingType(
        "window.slid",
        "error",
        "{record} came into the window as the window moved, and the delta never returns it",
        "The client follows the delta of a window that moves with time. An event that the window reaches later was "
        "last changed before the watermark, so no delta returns it.",
        "The window is the next 30 days, and each sync asks for what has changed in it. A meeting in six weeks is "
        "never delivered, unless somebody edits it.",
        "When the window moves, read the part that is new without a watermark. Or follow the delta of everything, and "
        "choose the window in the client.",
        hazard="sliding-window-delta",
    ),
    FindingType(
        "watermark.shared",
        "error",
        "{record} was {done}, and a watermark that belongs to another read has passed it",
        "The client reads with two filters, or two calendars or kinds of records, and moves one watermark after "
        "either read. So a read that does not admit a version has moved the watermark past it.",
        "One watermark serves the delta of March and the delta of April. The read of March moves it past an edit in "
        "April.",
        "Keep a watermark for each filter, calendar and kind of records, and move it only after a complete read of "
        "just that.",
        causes=("one-cursor-many-calendars",),
    ),
    FindingType(
        "watermark.asStart",
        "error",
        "{record} was {done}, and this client sends startAt where it means since",
        "The client sends the instant of its last sync as `startAt`. That asks for events that end after it, not for "
        "events that were changed after it.",
        "The client asks `GET /events?startAt=<last sync>`. A colleague edits last week's meeting.",
        "Send the watermark as `since`. `startAt` and `endAt` choose events by when they take place.",
    ),
    FindingType(
        "read.floor",
        "note",
        "The first read has a floor: older changes are never delivered",
        "The client's first read has a watermark, and it never reads everything. Events that were last changed before "
        "that instant are not delivered to it.",
        "The first sync asks for the changes of the last two years. A series set up three years ago is missing.",
        "If this is intended, do nothing. Otherwise read everything first, without `since`.",
        explanation="Request {first} was the client's first list, and asked for changes since {since}. {missing}",
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
        explanation="The client sent a page token that this CRM never issued{times}: {requests}.",
    ),
    FindingType(
        "pageToken.queryChanged",
        "warning",
        "The client sent a page token beside another query",
        "A page token continues the list that it was issued for. The client sent it with a parameter that differs from "
        "that list's.",
        "A read stops at a limit of pages. The next sync keeps the page token, and sends it with a new `since`.",
        "Send a page token alone, or with the parameters of the request that it came from. To ask for something else, "
        "begin a new read.",
        explanation="The client sent a page token of the read of request {of} {changed}{times}: {requests}.",
    ),
    FindingType(
        "watermark.beyondClock",
        "warning",
        "A watermark is later than any instant that the CRM had sent",
        "The client's `since` is later than every asOf, stamp and Date header that it received. So it comes from the "
        "client's own clock, or a time zone has moved it.",
        "The client's machine is two minutes ahead of the CRM, and sets the watermark itself.",
        OWN_CLOCK,
        explanation="Request {first} asked for changes since {since}. The latest instant that the CRM had sent was "
        "{newest}.",
        hazard="client-clock-watermark",
        causes=("cursor-in-another-zone",),
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
        "The CRM asked the client to wait. The client sent its next request too early by the CRM's clock and in real "
        "time. Where the CRM named a date, the clock of the client's machine had not reached it either.",
        "A 429 says `Retry-After: 30`. The client's library asks again after a second.",
        "Wait for as long as Retry-After says, in seconds or until its date. Or save the page token and the rows that "
        "you have, end the sync, and continue there in the next one.",
        explanation="The answer to request {first} asked the client to wait until {until}. Request {last} came before "
        "that.",
        hazard="rate-limit-burst",
    ),
    FindingType(
        "recovered",
        "note",
        "{record} was delivered after all",
        "A watermark had passed a version, but a later read delivered it: by a lookback, or as a read of everything.",
        "An edit that does not change `lastModifiedAt` is delivered by the nightly full read.",
        "If the later read was planned, do nothing. Until such a read, the client does not have the change.",
    ),
)
"""What can go wrong while a client reads."""
