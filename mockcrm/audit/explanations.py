"""Findings in words: what happened, in order, with the instants and the client's own parameters.

Nothing is judged here: `mockcrm.audit.auditor` has decided what is a finding.
"""

from collections.abc import Sequence
from datetime import datetime

from mockcrm.audit.advice import ADVICE
from mockcrm.audit.causes import Miss, cause_of
from mockcrm.audit.findings import FINDINGS, Finding
from mockcrm.audit.ledger import Ledger, Observation, Recovery, Visibility
from mockcrm.audit.paged_read import PagedRead
from mockcrm.audit.phrases import MAX_NAME_SHOWN, committed, enumerated, in_words, subject
from mockcrm.audit.watermarks import watermark_of
from mockcrm.base.times import format_instant
from mockcrm.crm.change import Change
from mockcrm.crm.fake_crm import FakeCrm


class Explainer:
    """Makes the findings of one client from what the auditor has found."""

    def __init__(self, crm: FakeCrm, visibility: Visibility, ledger: Ledger) -> None:
        self.crm, self.visibility, self.ledger = crm, visibility, ledger

    def passed(self, change: Change, read: PagedRead) -> Finding:
        """A version that the watermark of a read left behind."""
        horizon = read.query.horizon
        if change.deleted and horizon is not None and self.visibility.stamp(change) < horizon:
            return self.expired_tombstone(change, read, horizon)
        cause = cause_of(Miss(self.crm, self.ledger, self.visibility, change, read))
        watermark, requests = watermark_of(self.ledger, read), (*cause.requests, read.first)
        sentences = [committed(change), cause.sentence, watermark, "No later read by this client will return it."]
        broken = self.ledger.incomplete.get(change.event.id)
        if broken is not None and broken.version >= change.version:
            sentences.insert(1, f"The answer to request {broken.request} had it, but did not arrive whole.")
            return finding("answer.incomplete", change, sentences, (broken.request, *requests), cause.hazard)
        return finding(_out_of_reach(change), change, sentences, requests, cause.hazard, own_advice=cause.advice)

    def expired_again(self, change: Change, refused: int, again: int) -> Finding:
        """A change that a client misses because it met a 410 and went on with an expired watermark."""
        sentences = [
            committed(change),
            f"Request {refused} was refused: its watermark had expired. So had the watermark of request {again}.",
            "Only a read of everything returns the change, and the client has not begun one.",
        ]
        return self._expired(change, sentences, (refused, again))

    def expired_silently(self, change: Change, read: PagedRead) -> Finding:
        """A change that an expired watermark hides from a client, where the CRM answers with an empty list."""
        sentences = [
            committed(change),
            watermark_of(self.ledger, read),
            "The CRM no longer keeps the tombstones since then, and answers such a watermark with an empty list.",
            "It will do so until the client reads everything.",
        ]
        return self._expired(change, sentences, (read.first,))

    def _expired(self, change: Change, sentences: Sequence[str], requests: Sequence[int]) -> Finding:
        hazard = "expired-cursor-swallowed"
        return finding(_out_of_reach(change), change, sentences, requests, hazard, own_advice=ADVICE[hazard])

    def never_asked(self, change: Change, read: PagedRead) -> Finding:
        """A deletion that the client never asks for; `read` is its latest."""
        sentences = [
            committed(change),
            "The event had been delivered.",
            "The client follows the delta, but asks neither for deletions nor for everything.",
            f"Its latest read was request {read.first}, at {format_instant(read.began)}.",
        ]
        return finding("deletion.neverAskedFor", change, sentences, (read.first,))

    def expired_tombstone(self, change: Change, read: PagedRead, horizon: datetime) -> Finding:
        """A deletion whose tombstone is older than those that the CRM keeps."""
        sentences = [
            committed(change),
            f"The CRM keeps tombstones from {format_instant(horizon)} on.",
            f"The client last asked for deletions with request {read.first}, at {format_instant(read.began)}.",
            "It has not read everything since.",
        ]
        return finding("deletion.expired", change, sentences, (read.first,), "tombstone-expired")

    def moved_out(self, change: Change, read: PagedRead, delivered: int) -> Finding:
        """An event that has left the interval that the client reads."""
        sentences = [
            f"Request {delivered} delivered this event within the interval that it asked for.",
            committed(change),
            f"It now lies outside the interval of request {read.first}, and the client reads nothing else.",
            "The client cannot tell whether the event is unchanged, moved or deleted.",
        ]
        return finding("window.movedOut", change, sentences, (delivered, read.first), "moved-out-of-window")

    def recovered(self, recovery: Recovery) -> Finding:
        """A version that was out of reach, and was delivered after all."""
        passed = f"The watermark of request {recovery.passed_by} had passed it."
        delivered = f"Request {recovery.request} delivered it after all."
        sentences = [committed(recovery.change), passed, delivered]
        return finding("recovered", recovery.change, sentences, (recovery.passed_by, recovery.request))

    def observed(self, observation: Observation) -> Finding:
        """An observation in the words of its type."""
        kind, change = FINDINGS[observation.code], observation.change
        numbers = observation.requests
        facts = {name: in_words(fact) for name, fact in observation.facts.items()} | {
            "count": observation.count,
            "requests": f"request{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers))}",
            "first": numbers[0],
            "last": numbers[-1],
            "fields": enumerated(observation.fields),
            # The write may have changed the very subject by which people know the event.
            "event": f"“{subject(change.prior or change)}”" if change else "",
        }
        return Finding(
            kind,
            kind.title.format(**facts),
            " ".join(kind.explanation.format(**facts).split()),
            change.event.id if change else None,
            tuple(sorted({each.seq for each in (*observation.others, change)})) if change else (),
            tuple(sorted({*numbers})) if change else numbers,
            observation.hazard or kind.hazard,
            observation.fields,
            count=observation.count,
        )


def finding(
    code: str,
    about: Change | str,
    sentences: Sequence[str],
    requests: Sequence[int] = (),
    hazard: str | None = None,
    fields: tuple[str, ...] = (),
    own_advice: str | None = None,
) -> Finding:
    """A finding about a version, or about an id of which there may be no event."""
    kind, requests = FINDINGS[code], tuple(sorted(set(requests)))
    name = about[:MAX_NAME_SHOWN] if isinstance(about, str) else subject(about)
    done = "changed" if isinstance(about, str) or about.op == "updated" else about.op
    title = kind.title.format(event=f"“{name}”", done=done, fields=enumerated(fields))
    event_id, changes = (about, ()) if isinstance(about, str) else (about.event.id, (about.seq,))
    explanation = " ".join(sentences)
    return Finding(kind, title, explanation, event_id, changes, requests, hazard, fields, own_advice=own_advice)


def _out_of_reach(change: Change) -> str:
    return "deletion.outOfReach" if change.deleted else "change.outOfReach"
