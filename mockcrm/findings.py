"""What an audit can find: each kind with its meaning, how grave it is, and what a correct client does."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of finding.

    `title` and `told` are what is said of one, with `{event}` and facts to be filled in; `meaning` and `example` say it
    in general.
    """

    code: str
    severity: Literal["error", "warning", "note"]
    title: str
    meaning: str
    example: str
    advice: str
    told: str = ""
    hazard: str | None = None


_BOUND = (
    "Take the asOf of a walk's first page for the next bound, less a lookback that is longer than anything takes to "
    "become visible, and let the same row come twice."
)

FINDINGS: Mapping[str, Kind] = {
    each.code: each
    for each in (
        Kind(
            "change.outOfReach",
            "error",
            "{event} was changed, and this client will never be told",
            "A version that the client was never given, that its bound has left behind, and that no walk will bring.",
            "A meeting is moved in a transaction of five minutes; the client polls meanwhile and goes on from `asOf`.",
            _BOUND,
        ),
        Kind(
            "deletion.outOfReach",
            "error",
            "{event} was deleted, and this client will never be told",
            "A deletion of an event that the client was given, whose tombstone its bound has left behind.",
            "An event is deleted between the reading of `/events` and of `/deletedEvents`, and one bound serves both.",
            f"{_BOUND} Keep a bound of its own for each stream.",
        ),
        Kind(
            "deletion.expired",
            "error",
            "{event} was deleted too long ago for this client to be told",
            "A deletion whose tombstone the CRM has forgotten, and the client has not read everything anew.",
            "The client was off for three weeks; the CRM keeps tombstones for two.",
            "Poll more often than tombstones are kept, and read everything anew after a longer pause or a 410.",
        ),
        Kind(
            "deletion.neverAskedFor",
            "error",
            "{event} was deleted, and this client never asks for deletions",
            "The client follows the delta, and asks neither for tombstones nor for everything anew.",
            "The client polls `/events?since=…` and nothing else.",
            "Ask for deletions, by showDeleted=true or /deletedEvents, with a bound of their own.",
        ),
        Kind(
            "answer.notWhole",
            "error",
            "{event} was in an answer that broke off, and this client never asked again",
            "A version that was handed over only in an answer that did not leave whole, and that is out of reach now.",
            "The connection broke in the middle of a page, and the next poll asks from a later bound.",
            "Move the bound only after the last page of a walk has been taken in; on any error go on from the old one.",
        ),
        Kind(
            "window.movedOut",
            "warning",
            "{event} has left the interval that this client looks at",
            "An event that the client was given lies outside the interval now, and it asks for nothing but intervals.",
            "A meeting of this week is moved to the summer; the client reads this week only.",
            "Follow the delta beside the interval, or read an event by its id before it is taken for deleted.",
            hazard="moved-out-of-window",
        ),
        Kind(
            "walk.abandoned",
            "warning",
            "A walk was given up, and the bound moved on",
            "A walk did not reach its last page, and the next one on the same stream began behind its bound.",
            "The third of five pages failed; the client keeps what it has and sets its bound to now.",
            "Move the bound only after the last page; go on from the last token, or begin anew from the old bound.",
            told="The walk of requests {requests} had pages left when request {last} began another, from {to}.",
        ),
        Kind(
            "token.notGiven",
            "warning",
            "A page token was sent that was never given out",
            "A page token that this CRM did not make: altered, made up, or of another server.",
            "A page token was kept while the client was pointed at another CRM.",
            "Send page tokens as they came, and only to the server that they came from.",
            told="Request {first} sent a token that this CRM never gave.",
        ),
        Kind(
            "bound.beyondClock",
            "warning",
            "A bound is later than any instant that this client was given",
            "The client's `since` is beyond every asOf, stamp and Date that it was told: it is its own clock's.",
            "The client's machine is two minutes ahead of the CRM and sets the bound by itself.",
            "Take bounds from the CRM's answers, never from one's own clock.",
            told="Request {first} asked for changes since {since}; the latest instant it had been given was {newest}.",
            hazard="client-clock-watermark",
        ),
        Kind(
            "bound.backwards",
            "note",
            "A bound went backwards",
            "The client asked from an earlier instant than the last time: it repeats work, and loses nothing.",
            "A nightly run reads the last day again.",
            "Nothing need be done, if it was meant.",
            told="Request {last} asked from {to}, after request {first} had asked from {from}.",
        ),
        Kind(
            "expired.ignored",
            "warning",
            "A 410 was not followed by reading everything anew",
            "The CRM said that the bound was too old to tell of deletions, and the client went on with another bound.",
            "A poll gets a 410, the client logs an error, and polls again.",
            "After a 410 read everything, and take what is not there any more for deleted.",
            told="Request {first} was told that its bound had expired; request {last} had a bound all the same.",
            hazard="expired-cursor-swallowed",
        ),
        Kind(
            "retry.tooEarly",
            "warning",
            "A request came before its Retry-After had passed",
            "The client had been asked to wait, and asked again before either clock had come to the end of it.",
            "A 429 says `Retry-After: 30`; the client's library asks again after a second.",
            "Wait for as long as Retry-After says, in seconds or until its date.",
            told="Request {first} was told to wait until {until}; request {last} came before.",
            hazard="rate-limit-burst",
        ),
        Kind(
            "recovered",
            "note",
            "{event} came to this client after all",
            "A version that a bound had left behind was brought by a later walk: a lookback, or everything read anew.",
            "An edit that does not bump `lastModifiedAt` is brought by the nightly full read.",
            "Nothing need be done; the bound still loses changes in between.",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a client got wrong: what kind, which event and changes, and the requests that show it.

    `explanation` tells it in order, `timeline` has what happened to the event, and those requests, with their instants;
    `hazard` is the catalogue's name of how it came about, where one fits.
    """

    kind: Kind
    title: str
    explanation: str
    event_id: str | None = None
    changes: tuple[int, ...] = ()
    requests: tuple[int, ...] = ()
    hazard: str | None = None
    timeline: tuple[tuple[datetime, str], ...] = ()
