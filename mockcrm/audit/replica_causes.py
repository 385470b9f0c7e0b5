"""Why a client's replica differs from the CRM: what was delivered and lost, or will not come, or may still come."""

from collections.abc import Sequence
from typing import NamedTuple

from mockcrm.audit.auditor import Auditor
from mockcrm.audit.findings import FINDINGS
from mockcrm.audit.outlook import NeverReturned, Outlook
from mockcrm.audit.paged_read import RESULT_CAP, PagedRead
from mockcrm.base.times import format_instant
from mockcrm.crm.change import Change
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.query import Window

AFTER_FULL_READ = "After a read of everything, remove each record that it did not return."
AFTER_INTERVAL = (
    "After a complete read of an interval, compare its rows with the records that lie in it. Read each event that is "
    "missing by its id: it was moved or deleted."
)
REMOVED = "When a calendar is gone from the list of calendars, remove what lay on it and on no other."
READ_EVERYTHING = "Begin with a read of everything, without `since`."
OUTSIDE = "Read the interval in which the event lies as well. Or compare only the client's own, with `window`."


class ReplicaCause(NamedTuple):
    """Where a version is that a replica lacks, and the requests that show it.

    `advice` is what helps against the cause. A version is `pending` if a read that the client will make delivers it.
    """

    sentence: str
    requests: tuple[int, ...] = ()
    hazard: str | None = None
    advice: str | None = None
    pending: bool = False


class ReplicaCauses:
    """Finds the causes of the differences of one client's replica."""

    def __init__(self, auditor: Auditor) -> None:
        self._auditor, self._ledger = auditor, auditor.ledger
        self._outlook = Outlook(auditor.ledger, auditor.visibility)

    def cause(self, change: Change, differs: Sequence[str], *, kept: bool) -> ReplicaCause:
        """Why a replica lacks a version, or differs from it in the fields `differs`.

        `kept` says whether the replica has a record of it.
        """
        if self._ledger.first is None:
            return ReplicaCause("No client has made a request yet.", pending=True)
        if removed := self._auditor.records.removed:
            return self._on_removed(removed)
        if lost := self._lost(change, differs, kept=kept):
            return lost
        return self._undelivered(change)

    def _on_removed(self, calendar: Change) -> ReplicaCause:
        """Why a replica has an event whose calendar was deleted."""
        told = next(filter(None, (each.delivered.get(calendar.record.id) for each in self._auditor.of_calendars)), None)
        if self._ledger.shut is None and not (told and told.change.deleted):
            return ReplicaCause("Its calendar was deleted, and the client has asked for nothing since.", pending=True)
        request = told.request if told and told.change.deleted else self._ledger.shut and self._ledger.shut.request
        sentence = f"Its calendar was deleted with all events on it, which request {request} was told."
        return ReplicaCause(sentence, (request,) if request else (), "calendar-removed", REMOVED)

    def _undelivered(self, change: Change) -> ReplicaCause:
        """Why a version was not delivered: it never will be, or not yet."""
        own = self._ledger.written.get(change.record.id, 0) >= change.version
        due = own or change.deleted or self._auditor.owed(change)
        if due and (found := self._auditor.out_of_reach(change)):
            return ReplicaCause(f"{found.title}. {found.explanation}", found.requests, found.hazard, found.advice)
        if never := self._outlook.never_returned(change):
            return self._never(change, never)
        sentence = f"Version {change.version} may still be delivered."
        if own:
            sentence = f"The client wrote version {change.version} itself, and no answer has shown it."
        elif not due:
            before = f"The {change.kind} existed before the client's first request"
            sentence = f"{before}, and the client has not read everything."
        return ReplicaCause(sentence, pending=True)

    def _lost(self, change: Change, differs: Sequence[str], *, kept: bool) -> ReplicaCause | None:
        """A version that was delivered and lost, or that could not be delivered; None if neither is so."""
        ledger, auditor = self._ledger, self._auditor
        latest = ledger.delivered_by(change.record.id)
        if latest is not None and (
            latest.version >= change.version or not (kept or self._may_be_dropped(latest.change, change))
        ):
            if differs and all(ledger.delivered_by(change.record.id, name=name) != latest for name in differs):
                sentence = f"Lists do not show this, and the client has not read the {change.kind} by its id."
                return ReplicaCause(sentence)
            what = "the tombstone" if latest.change.deleted else f"version {latest.version}"
            sentence = f"Request {latest.request} delivered {what}, and the client lost it."
            return ReplicaCause(sentence, (latest.request,))
        if not change.deleted:
            return None
        without = self._outlook.read_without(change)
        if without is not None and without.full and auditor.visibility.visible(change, without.visible):
            return _kept_its_record(change, without)
        if latest is None and ledger.first and auditor.visibility.visible(change, ledger.first):
            sentence = f"The {change.kind} was deleted before the client's first request, and was never delivered."
            return ReplicaCause(sentence, advice=AFTER_FULL_READ)
        return None

    def _may_be_dropped(self, delivered: Change, change: Change) -> bool:
        """Whether a client was right to drop a record: it got a deletion, or a read no longer had the event."""
        return delivered.deleted or self._outlook.read_without(change) is not None

    def _never(self, change: Change, never: NeverReturned) -> ReplicaCause:
        """Why no read that the client makes returns a version."""
        read = never.read
        match never.reason:
            case "absent":
                return _kept_its_record(change, read)
            case "stuck":
                return _stuck(read)
            case "behind":
                return self._behind(change, never)
            case "outside":
                advice = FINDINGS["window.movedOut"].advice if change.record.id in self._ledger.delivered else OUTSIDE
                return ReplicaCause(
                    f"Request {read.first} asked for {_asked(read)}, where the event does not lie. The client reads "
                    "nothing else that has it.",
                    (read.first,),
                    advice=advice,
                )
            case "other":
                rows = "deletions" if change.deleted else KINDS[change.kind].path
                never_asked = FINDINGS["deletion.neverAskedFor"].advice if change.deleted else None
                return ReplicaCause(f"The client asks for no {rows}.", (read.first,), advice=never_asked)

    def _behind(self, change: Change, never: NeverReturned) -> ReplicaCause:
        """A version whose stamp is before the watermark of the reads that ask for it."""
        read, ledger = never.read, self._ledger
        stamp = format_instant(self._auditor.visibility.stamp(change))
        since = f" since {format_instant(read.query.since)}" if read.query.since else ""
        sentence = f"Its stamp is {stamp}. Request {read.first} asked for changes{since}, and so left it out."
        if never.slides:
            moved = "The client's window moves with time, and reached the event after that."
            return ReplicaCause(f"{sentence} {moved}", (read.first,), advice=FINDINGS["window.slid"].advice)
        if ledger.full is None and ledger.first and self._auditor.visibility.visible(change, ledger.first):
            existed = f"The {change.kind} existed before the client's first request"
            before = f"{existed}, and the client has never read everything."
            return ReplicaCause(f"{before} {sentence}", (read.first,), advice=READ_EVERYTHING)
        return ReplicaCause(sentence, (read.first,), advice=FINDINGS["change.outOfReach"].advice)


def _kept_its_record(change: Change, read: PagedRead) -> ReplicaCause:
    """A record that a complete read no longer had."""
    there = f"the {change.kind} was not there"
    sentence = f"Request {read.first} read {_asked(read)}, and {there}. The client kept its record."
    return ReplicaCause(sentence, (read.first,), advice=AFTER_FULL_READ if read.full else AFTER_INTERVAL)


def _stuck(read: PagedRead) -> ReplicaCause:
    """A version that is not among the rows which the same question returns again and again."""
    sentence = f"Request {read.first} asked for the same as the reads before it, and got the same rows."
    if RESULT_CAP not in read.faults:
        return ReplicaCause(sentence, (read.first,))
    capped = f"{sentence} The CRM returns no more rows than these."
    return ReplicaCause(capped, (read.first,), RESULT_CAP[1], FINDINGS["read.capped"].advice)


def _asked(read: PagedRead) -> str:
    """What a read asked for, in words: everything, or an interval."""
    window = read.query.window
    if window == Window():
        return "all that passes a filter" if read.query.filters else "everything"
    start = f" from {format_instant(window.start)}" if window.start else ""
    return f"the interval{start}{f' to {format_instant(window.end)}' if window.end else ''}"
