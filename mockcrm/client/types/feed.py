"""What is new in a CRM, for those that follow it (`docs/reference/feed.md`)."""

from typing import TypedDict

from mockcrm.client.types.audits import ClientStats, Finding, KindStanding, Verdict
from mockcrm.client.types.events import Change
from mockcrm.client.types.names import KindName
from mockcrm.client.types.requests import Request
from mockcrm.client.types.scenarios import ClockState


class FeedFinding(Finding):
    """A finding on a `client`. Its `number` stays as long as it says the same."""

    number: int
    client: str


class FeedClient(TypedDict):
    """What is said of one client now. `findings` are the numbers of those that hold."""

    client: str
    names: list[str]
    verdict: Verdict
    reasons: list[str]
    findings: list[int]
    pending: int
    stats: ClientStats
    kinds: list[KindStanding]


class FeedAudit(TypedDict):
    """The verdicts of the audit now. `knowledge` is another number if what clients know is not as before."""

    verdict: Verdict
    reasons: list[str]
    complete: bool
    knowledge: int
    clients: list[FeedClient]


class FeedAgenda(TypedDict):
    """What the clock will come to: the `next` thing, its instant and a phrase for it, and how many there are."""

    next: str | None
    what: str | None
    count: int


class FeedRecording(TypedDict):
    """What can be saved as a bundle: how `full` its room is, from 0 to 1, and why there is none any more (`lost`)."""

    full: float
    lost: str | None


class Feed(TypedDict):
    """What is new since a mark. `number` is the mark to ask for next; with `more`, ask at once.

    It stays the same while nothing is new but the time of a running clock.
    `restarted` is whether all this replaces what was known before, as after a reset. Of `changes` and `requests` the
    newest fifty are here; `changesLeftOut` is how many changes came before the first, `requestsLeftOut` has the
    numbers of the other requests. Requests below `firstRequest` are no longer in the journal; one that is known already
    is replaced. `audit` is None if it says the same as at the mark; it is `auditBehind` if it does not know the latest
    yet.
    """

    number: int
    restarted: bool
    more: bool
    clock: ClockState
    agenda: FeedAgenda
    recording: FeedRecording
    changes: list[Change]
    changesLeftOut: int
    firstRequest: int
    requests: list[Request]
    requestsLeftOut: list[int]
    audit: FeedAudit | None
    auditBehind: bool
    findings: list[FeedFinding]


class PendingEvent(TypedDict):
    """A record of which a client lacks a version that it may still be given. `delivered` is the newest that it has.

    Where it is not `listed`, lists do not show that version yet. The audit may wait for it only `until` an instant.
    """

    id: str
    delivered: int | None
    listed: bool
    until: str | None


class EventOutOfReach(TypedDict):
    """A record of which a client lacks the version that lists show: the request `passedBy` has passed it by."""

    id: str
    delivered: int | None
    passedBy: int | None


class ClientKnowledge(TypedDict):
    """What a client knows: the records in each state, events in order of start and id, others in that of stamps."""

    client: str
    names: list[str]
    upToDate: list[str]
    pending: list[PendingEvent]
    outOfReach: list[EventOutOfReach]
    neverAsked: list[str]


class Knowledge(TypedDict):
    """What each client knows of the records of one kind. There may be `more`. The audit may not know the latest yet.

    Its `number` is another if what a client knows of any kind differs, and that of `FeedAudit.knowledge`.
    """

    number: int
    kind: KindName
    clients: list[ClientKnowledge]
    more: bool
    auditBehind: bool
