"""What is new in a sandbox."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, TypedDict

from mockcrm.base.schema.fields import Number
from mockcrm.base.times import format_instant
from mockcrm.journal.journal import Journal
from mockcrm.sandbox.feed import NumberedFinding
from mockcrm.sandbox.recording import Recording
from mockcrm.sandbox.upcoming import Upcoming
from mockcrm.web.representations.actions import ShownClockJson
from mockcrm.web.representations.audit import (
    AccountStatsJson,
    KindStandingJson,
    ShownFindingJson,
    VerdictText,
    finding_json,
    standings_json,
)
from mockcrm.web.representations.base import Count, InstantText, Ordinal
from mockcrm.web.representations.events import ShownChangeJson
from mockcrm.web.representations.journal import ShownEntryJson

if TYPE_CHECKING:
    from mockcrm.audit.auditor import Audit, ClientVerdict
    from mockcrm.audit.findings import Finding


class FeedFindingJson(ShownFindingJson):
    """A finding on a `client`. Its `number` stays as long as it says the same."""

    number: Ordinal
    client: str


def feed_finding_json(found: NumberedFinding) -> FeedFindingJson:
    return {**finding_json(found.finding), "number": found.number, "client": found.client}


class FeedAccountJson(TypedDict):
    """One client. `findings` are the numbers of those that hold now, in the order of the audit."""

    client: str
    names: list[str]
    verdict: VerdictText
    reasons: list[str]
    findings: list[Ordinal]
    pending: Count
    stats: AccountStatsJson
    kinds: list[KindStandingJson]


class FeedAuditJson(TypedDict):
    """The verdicts of the audit. `knowledge` is another number if what clients know of the records is not as before."""

    verdict: VerdictText
    reasons: list[str]
    complete: bool
    knowledge: Count
    clients: list[FeedAccountJson]


def feed_audit_json(audit: "Audit", knowledge: int, numbers: "Mapping[tuple[str, Finding], int]") -> FeedAuditJson:
    """The verdicts of an audit, with the numbers that its findings and its knowledge have in the feed."""
    judgement = audit.judged()
    return {
        "verdict": judgement.verdict,
        "reasons": list(judgement.reasons),
        "complete": audit.complete,
        "knowledge": knowledge,
        "clients": [_account_json(each, numbers) for each in audit.clients],
    }


def _account_json(account: "ClientVerdict", numbers: "Mapping[tuple[str, Finding], int]") -> FeedAccountJson:
    judgement = account.judged()
    return {
        "client": account.client,
        "names": list(account.names),
        "verdict": judgement.verdict,
        "reasons": list(judgement.reasons),
        # Findings that say the same have one number.
        "findings": list(dict.fromkeys(numbers[account.client, each] for each in account.findings)),
        "pending": account.pending,
        "stats": {"requests": account.requests, "events": account.events},
        "kinds": standings_json(account),
    }


class ShownAgendaJson(TypedDict):
    """What the clock will come to: the `next` thing and its instant, both null if there is nothing.

    `count` counts scheduled actions, each entry once, and changes that lists do not show yet.
    """

    next: InstantText | None
    what: Annotated[str | None, "A short phrase."]
    count: Count


def agenda_json(ahead: Upcoming) -> ShownAgendaJson:
    due = None if ahead.due is None else format_instant(ahead.due)
    return {"next": due, "what": ahead.what, "count": ahead.count}


class RecordingJson(TypedDict):
    """What can be saved as a bundle: everything since the last reset, as long as there is room for it."""

    full: Annotated[
        float,
        Number(least=0, most=1),
        "How much of the room is taken: for requests of clients or for those to the controls, by their number or by "
        "their bytes, whichever is most.",
    ]
    lost: Annotated[str | None, "Why there is no bundle any more, and what to do about it; null while there is one."]


def recording_json(recording: Recording, journal: Journal) -> RecordingJson:
    lost = recording.why_lost(cleared=journal.cleared, dropped=journal.dropped, cut=journal.cut)
    return {"full": round(max(recording.full, journal.full), 4), "lost": lost}


class FeedJson(TypedDict):
    """What is new since the mark that was asked for, each list with the newest last; all else as it is now.

    `number` is the mark to ask for next. It stays the same while nothing is new but the time of a running clock: no
    row, no verdict, and nothing of clock, agenda, dialect, fault rules and scenario. Of changes and of requests the
    newest are here, at most 50 of each.
    """

    number: Count
    restarted: Annotated[bool, "Whether the mark is unknown, as after a reset: everything begins anew here."]
    more: Annotated[bool, "Whether there are more than these 1,000 findings, to be asked for at once."]
    clock: ShownClockJson
    agenda: ShownAgendaJson
    recording: RecordingJson
    changes: list[ShownChangeJson]
    changesLeftOut: Annotated[
        Count, "How many changes are left out: those before the first. `/admin/changes` has them."
    ]
    firstRequest: Annotated[Ordinal, "Requests with a lower number are no longer in the journal."]
    requests: Annotated[
        list[ShownEntryJson],
        "Requests that have arrived, gone on or been answered, in that order. One that is known already is replaced.",
    ]
    requestsLeftOut: Annotated[
        list[Ordinal], "The numbers of requests that are new as well, and left out. `/admin/requests` has them."
    ]
    audit: Annotated[FeedAuditJson | None, "Null if it says the same as at the mark."]
    auditBehind: Annotated[bool, "Whether the audit does not know all of this yet. It follows as time allows."]
    findings: Annotated[list[FeedFindingJson], "Findings that are new. Those that no client has any more are gone."]
