"""Findings in words: what happened, in order, with the instants and the client's own parameters.

Nothing is found here; whether a change is out of reach has been decided by `mockcrm.audit.auditor`.
"""

from collections.abc import Sequence
from datetime import datetime

from mockcrm.audit.causes import Causes
from mockcrm.audit.findings import CURES, FINDINGS, Finding
from mockcrm.audit.ledger import Ledger, Observation, Recovery, Viewer
from mockcrm.audit.paged_read import Walk
from mockcrm.audit.phrases import SHOWN, committed, fact, listed, subject
from mockcrm.base.times import format_instant
from mockcrm.crm.event import Change
from mockcrm.crm.fake_crm import FakeCrm


class Explainer:
    """Tells the findings of one client."""

    def __init__(self, crm: FakeCrm, sightings: Viewer, ledger: Ledger) -> None:
        self.crm, self.sightings, self.ledger = crm, sightings, ledger
        self.causes = Causes(crm, sightings, ledger)

    def passed(self, change: Change, walk: Walk) -> Finding:
        """A version that a walk's bound has left behind."""
        broken = self.ledger.broken.get(change.event.id)
        lost = broken if broken is not None and broken.version >= change.version else None
        horizon = walk.query.horizon
        if change.deleted and horizon is not None and self.sightings.stamp(change) < horizon:
            return self.forgotten(change, walk, horizon)
        cause = self.causes.cause(change, walk)
        told = [committed(change), cause.sentence, self.causes.bound(walk), "No walk from there on can bring it."]
        requests = (*cause.requests, walk.first)
        if lost:
            told.insert(1, f"The answer to request {lost.request} had it, but did not leave whole.")
            return finding("answer.incomplete", change, told, (lost.request, *requests), cause.hazard)
        return finding(_out_of_reach(change), change, told, requests, cause.hazard, cure=cause.cure)

    def swallowed(self, change: Change, told: int, again: int) -> Finding:
        """A client that was told that its bound is too old, and goes on with it."""
        sentences = [
            committed(change),
            f"Request {told} was told that its bound had expired. Request {again} came with such a bound again.",
            "Only reading everything anew can bring it, and no such walk has begun.",
        ]
        return self.expired(change, sentences, (told, again))

    def unheard(self, change: Change, walk: Walk) -> Finding:
        """A change that a bound too old keeps from the client, without a word."""
        sentences = [
            committed(change),
            self.causes.bound(walk),
            "The CRM does not remember that far back, and answers such a bound with an empty list.",
            "It will go on doing so until the client reads everything anew.",
        ]
        return self.expired(change, sentences, (walk.first,))

    def expired(self, change: Change, told: Sequence[str], requests: Sequence[int]) -> Finding:
        """A change that nobody will tell a client whose bound is as old as that."""
        hazard = "expired-cursor-swallowed"
        return finding(_out_of_reach(change), change, told, requests, hazard, cure=CURES[hazard])

    def never_asked(self, change: Change, walk: Walk) -> Finding:
        """A deletion that the client does not ask for."""
        habit = (
            "The client was given the event and follows the delta, but asks neither for deletions nor for everything."
        )
        last = f"The last time by request {walk.first}, at {format_instant(walk.began)}."
        return finding("deletion.neverAskedFor", change, [committed(change), habit, last], (walk.first,))

    def forgotten(self, change: Change, walk: Walk, horizon: datetime) -> Finding:
        """A deletion whose tombstone is older than what the CRM keeps."""
        told = [
            committed(change),
            f"The CRM keeps tombstones from {format_instant(horizon)} on.",
            f"The client last asked for deletions by request {walk.first}, at {format_instant(walk.began)}.",
            "It has not read everything anew since.",
        ]
        return finding("deletion.expired", change, told, (walk.first,), "tombstone-expired")

    def moved_out(self, change: Change, walk: Walk, seen: int) -> Finding:
        """An event that has left the interval which the client looks at."""
        told = [
            f"Request {seen} gave the client this event within the interval that it asked for.",
            committed(change),
            f"It lies outside the interval of request {walk.first}, and the client asks for nothing else.",
            "To the client the event is as it was, or was deleted.",
        ]
        return finding("window.movedOut", change, told, (seen, walk.first), "moved-out-of-window")

    def recovered(self, recovery: Recovery) -> Finding:
        """A change that came after all."""
        left = f"The bound of request {recovery.passed_by} had left it behind."
        brought = f"Request {recovery.request} brought it after all."
        told = [committed(recovery.change), left, brought]
        return finding("recovered", recovery.change, told, (recovery.passed_by, recovery.request))

    def habit(self, habit: Observation) -> Finding:
        """Something that a client did, told by its kind's own words."""
        kind, change = FINDINGS[habit.code], habit.change
        requests = f"request{'s' * (len(habit.requests) > 1)} {', '.join(map(str, habit.requests))}"
        facts = {name: fact(found) for name, found in habit.facts.items()} | {
            "requests": requests,
            "first": habit.requests[0],
            "last": habit.requests[-1],
            "fields": listed(habit.fields),
            # A write may have taken the very subject that people know the event by.
            "event": f"“{subject(change.prior or change)}”" if change else "",
        }
        return Finding(
            kind,
            kind.title.format(**facts),
            " ".join(kind.told.format(**facts).split()),
            change.event.id if change else None,
            tuple(sorted({each.seq for each in (*habit.others, change)})) if change else (),
            tuple(sorted({*habit.requests})) if change else habit.requests,
            habit.hazard or kind.hazard,
            habit.fields,
        )


def finding(
    code: str,
    about: Change | str,
    told: Sequence[str],
    requests: Sequence[int] = (),
    hazard: str | None = None,
    fields: tuple[str, ...] = (),
    cure: str | None = None,
) -> Finding:
    """A finding about a version, or about what somebody takes for an event's id."""
    kind, requests = FINDINGS[code], tuple(sorted(set(requests)))
    name = about[:SHOWN] if isinstance(about, str) else subject(about)
    done = "changed" if isinstance(about, str) or about.op == "updated" else about.op
    title = kind.title.format(event=f"“{name}”", done=done, fields=listed(fields))
    if isinstance(about, str):
        return Finding(kind, title, " ".join(told), about, (), requests, hazard, fields, cure=cure)
    return Finding(kind, title, " ".join(told), about.event.id, (about.seq,), requests, hazard, fields, cure=cure)


def _out_of_reach(change: Change) -> str:
    return "deletion.outOfReach" if change.deleted else "change.outOfReach"
