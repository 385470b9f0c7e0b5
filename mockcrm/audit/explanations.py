"""Findings in words: what happened, in order, with the instants and the client's own parameters.

Nothing is found here; whether a change is out of reach has been decided by `mockcrm.audit.auditor`.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import quote, unquote_plus

from mockcrm.audit.findings import CURES, FINDINGS, Finding
from mockcrm.audit.ledger import UNTRUE, Ledger, Observation, Recovery, Stream, Viewer, Walk
from mockcrm.base.times import MILLISECOND, format_instant, shifted
from mockcrm.crm.event import Change
from mockcrm.crm.fake_crm import FakeCrm
from mockcrm.journal.journal import Entry

MOMENTS = 10
"""How many of an event's changes a timeline has besides those that the finding names."""
QUERY = 100
"""How much of a query a timeline shows, in characters."""
SHOWN = 60
"""How much of a subject a title shows, in characters."""
LONG_AGO = timedelta(minutes=1)
"""How much earlier than its commit a stamp is that must be another clock's."""


class Cause(NamedTuple):
    """How a change slipped through: in a sentence, as a hazard of the catalogue, in which requests, and what helps."""

    sentence: str
    hazard: str | None
    requests: tuple[int, ...]
    cure: str | None


class Explainer:
    """Tells the findings of one client."""

    def __init__(self, crm: FakeCrm, sightings: Viewer, ledger: Ledger) -> None:
        self.crm, self.sightings, self.ledger = crm, sightings, ledger

    def passed(self, change: Change, walk: Walk) -> Finding:
        """A version that a walk's bound has left behind."""
        broken = self.ledger.broken.get(change.event.id)
        lost = broken if broken is not None and broken.version >= change.version else None
        horizon = walk.query.horizon
        if change.deleted and horizon is not None and self.sightings.stamp(change) < horizon:
            return self.forgotten(change, walk, horizon)
        cause = self.cause(change, walk)
        told = [_committed(change), cause.sentence, self.bound(walk), "No walk from there on can bring it."]
        requests = (*cause.requests, walk.first)
        if lost:
            told.insert(1, f"The answer to request {lost.request} had it, but did not leave whole.")
            return finding("answer.notWhole", change, told, (lost.request, *requests), cause.hazard)
        return finding(_out_of_reach(change), change, told, requests, cause.hazard, cure=cause.cure)

    def cause(self, change: Change, walk: Walk) -> Cause:
        """Why the walks before did not bring a version either."""
        stream: Stream = "deletions" if change.deleted else "events"
        earlier = [other for other in self.ledger.history.get(stream, ()) if other.first < walk.first]
        stamp = self.sightings.stamp(change)
        for other in reversed(earlier):
            if other.wants(change) and other.admits(stamp) and self.sightings.visible(change, other.sight):
                return self.fell_through(other)
        last = earlier[-1] if earlier else None
        cases = self.candidate_causes(change, walk, last)
        sentence, hazard = next((sentence, hazard) for true, sentence, hazard in cases if true)
        return Cause(sentence, hazard, tuple(last.requests) if last else (), CURES.get(hazard or ""))

    def fell_through(self, walk: Walk) -> Cause:
        """A walk before should have brought it, and did not."""
        hazard, cure = None, None
        if walk.faults:
            rest = f", but what it was answered was not the whole truth ({walk.faults[0]})."
            hazard = UNTRUE[walk.faults[0]]
        elif not walk.ended:
            why = f"after {walk.failures[-1]}" if walk.failures else "though it had a token for the next page"
            rest = f"; the client gave it up {why}, and moved its bound on."
            hazard, cure = self.given_up(walk), FINDINGS["walk.abandoned"].advice
        elif self.crm.dialect.paging == "offset" and len(walk.requests) > 1:
            rest = "; it pages by offset, and rows moved between its pages."
            hazard = self.between_pages(walk)
        else:
            rest = ", and did not."
        sentence = f"The walk of request {walk.first} should have brought it{rest}"
        return Cause(sentence, hazard, tuple(walk.requests), CURES.get(hazard or "", cure))

    def given_up(self, walk: Walk) -> str | None:
        """Why a client did not go on to the last page, as a hazard."""
        if walk.failures:
            return "page-token-expired" if "pageToken.expired" in walk.failures else "error-mid-pagination"
        if walk.last_empty:
            return "empty-page-with-next"
        # A bound that is the stamp of its own last row asks for that row again.
        later = [other.query.since for of in self.ledger.history.values() for other in of if other.first >= walk.first]
        row = walk.last_row
        if row is not None and any(since and row <= since <= shifted(row, MILLISECOND) for since in later):
            return "bulk-same-timestamp" if self.crm.dialect.delta_order == "stamp" else "out-of-order-rows"
        return "out-of-order-rows" if self.crm.dialect.delta_order != "stamp" else None

    def between_pages(self, walk: Walk) -> str:
        """What moved the rows, as a hazard."""
        ops = {change.op for change in self.crm.store.changes(walk.sight.seen, walk.last_seen - walk.sight.seen)}
        if "deleted" in ops:
            return "delete-during-paging"
        return "edit-during-paging" if "updated" in ops else "insert-during-paging"

    def candidate_causes(self, change: Change, walk: Walk, last: Walk | None) -> Iterator[tuple[bool, str, str | None]]:
        """How it can have come too late for one walk and too early for the next one's bound; the first that is true."""
        dialect, since, stamp = self.crm.dialect, walk.query.since, self.sightings.stamp(change)
        coarse = dialect.timestamp_precision != "millisecond"
        yield (
            change.stamp_seq != change.seq,
            "It left lastModifiedAt as it was, and with it its place in the delta.",
            "child-change-no-bump",
        )
        yield (
            change.delayed,
            f"Lists showed it only from {format_instant(change.visible_at)} on.",
            "index-lag" if dialect.index_lag else "late-commit-visibility",
        )
        yield (
            change.stamp < shifted(change.committed_at, -LONG_AGO),
            "It is stamped much earlier than it was committed.",
            "server-clock-backwards",
        )
        yield (
            last is not None and change.seq > last.sight.seen and change.committed_at < last.as_of,
            "The CRM's clock had gone back: it is stamped earlier than what the client had been told was past.",
            "server-clock-backwards",
        )
        yield (
            coarse and dialect.timestamp_rounding != "floor" and since is not None and stamp <= since,
            "Stamps are rounded up, and the client's bound with them.",
            "rounded-up-cursor",
        )
        yield (
            coarse and since is not None and stamp <= since <= shifted(change.committed_at, LONG_AGO),
            f"Stamps are kept to the {dialect.timestamp_precision}, this one to the one that had been read up to.",
            "second-truncated-timestamps",
        )
        yield (
            any(habit.code == "bound.beyondClock" and walk.first in habit.requests for habit in self.ledger.habits),
            "The bound that left it behind is later than any instant that the client had been given.",
            "client-clock-watermark",
        )
        yield (
            stamp == since and walk.query.exclusive,
            "It has the very stamp that the client had read up to, and that bound is exclusive.",
            "equal-timestamp-at-watermark",
        )
        yield (
            since is not None and _is_just_before(stamp, since) and self.source(stamp, walk) is not None,
            "It has the very stamp that the client had read up to, and the client asked from a millisecond later.",
            "equal-timestamp-at-watermark",
        )
        yield (
            change.deleted and self.ledger.latest.get("events") is not self.ledger.latest.get("deletions"),
            "It happened between the reading of deletions and the reading from which the bound was taken.",
            "split-stream-race",
        )
        yield (
            last is not None and last.sight.seen < change.seq <= last.last_seen and dialect.delta_order == "reverse",
            "It was committed between two pages of that walk, whose newest rows come first.",
            "insert-during-paging",
        )
        yield (
            dialect.delta_order != "stamp" and last is not None and last.last_row == since,
            "The delta is not sorted, and the client went on from its last row.",
            "out-of-order-rows",
        )
        yield True, "It was committed after the walk before had begun, and stamped before the bound of the next.", None

    def bound(self, walk: Walk) -> str:
        """The bound that passed a version by, and where the client may have it from."""
        since = walk.query.since
        assert since is not None
        how = "after" if walk.query.exclusive else "since"
        told = f"Request {walk.first} asked, at {format_instant(walk.began)}, for what was modified {how} "
        told = f"{told}{format_instant(since)}"
        if source := self.source(since, walk):
            return f"{told}, which is {source}."
        before = self.source(shifted(since, -MILLISECOND), walk)
        return f"{told}, which is a millisecond after {before}." if before else f"{told}."

    def source(self, since: datetime, walk: Walk) -> str | None:
        """Which instant of an earlier walk a bound is."""
        walks = {other.first: other for of in self.ledger.history.values() for other in of if other.first < walk.first}
        for _, other in sorted(walks.items(), reverse=True):
            for instant, what in (
                (other.as_of, f"asOf of request {other.first}"),
                (other.last_as_of, f"asOf of request {other.requests[-1]}, the last page"),
                (other.largest, f"the largest stamp in the walk of request {other.first}"),
                (other.last_row, f"the stamp of the last row in the walk of request {other.first}"),
            ):
                if instant == since:
                    return what
        return None

    def swallowed(self, change: Change, told: int, again: int) -> Finding:
        """A client that was told that its bound is too old, and goes on with it."""
        sentences = [
            _committed(change),
            f"Request {told} was told that its bound had expired. Request {again} came with such a bound again.",
            "Only reading everything anew can bring it, and no such walk has begun.",
        ]
        return self.expired(change, sentences, (told, again))

    def unheard(self, change: Change, walk: Walk) -> Finding:
        """A change that a bound too old keeps from the client, without a word."""
        sentences = [
            _committed(change),
            f"{self.bound(walk)} The CRM does not remember that far back, and answers such a bound with an empty list.",
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
        return finding("deletion.neverAskedFor", change, [_committed(change), habit, last], (walk.first,))

    def forgotten(self, change: Change, walk: Walk, horizon: datetime) -> Finding:
        """A deletion whose tombstone is older than what the CRM keeps."""
        told = [
            _committed(change),
            f"The CRM keeps tombstones from {format_instant(horizon)} on.",
            f"The client last asked for deletions by request {walk.first}, at {format_instant(walk.began)}.",
            "It has not read everything anew since.",
        ]
        return finding("deletion.expired", change, told, (walk.first,), "tombstone-expired")

    def moved_out(self, change: Change, walk: Walk, seen: int) -> Finding:
        """An event that has left the interval which the client looks at."""
        told = [
            f"Request {seen} gave the client this event within the interval that it asked for.",
            _committed(change),
            f"It lies outside the interval of request {walk.first}, and the client asks for nothing else.",
            "To the client the event is as it was, or was deleted.",
        ]
        return finding("window.movedOut", change, told, (seen, walk.first), "moved-out-of-window")

    def recovered(self, recovery: Recovery) -> Finding:
        """A change that came after all."""
        left = f"The bound of request {recovery.passed_by} had left it behind."
        brought = f"Request {recovery.request} brought it after all."
        told = [_committed(recovery.change), left, brought]
        return finding("recovered", recovery.change, told, (recovery.passed_by, recovery.request))

    def habit(self, habit: Observation) -> Finding:
        """Something that a client did, told by its kind's own words."""
        kind, change = FINDINGS[habit.code], habit.change
        requests = f"request{'s' * (len(habit.requests) > 1)} {', '.join(map(str, habit.requests))}"
        facts = {name: _fact(fact) for name, fact in habit.facts.items()} | {
            "requests": requests,
            "first": habit.requests[0],
            "last": habit.requests[-1],
            "fields": _listed(habit.fields),
            # A write may have taken the very subject that people know the event by.
            "event": f"“{_subject(change.prior or change)}”" if change else "",
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


def _is_just_before(stamp: datetime, since: datetime) -> bool:
    """Whether a bound is the next millisecond after a stamp."""
    return stamp < since and stamp == shifted(since, -MILLISECOND)


def with_timeline(
    finding: Finding, changes: Sequence[Change], entries: Mapping[int, Entry], others: Sequence[Change] = ()
) -> Finding:
    """The same with what happened to its event, and its requests, in order; `changes` are those of the event.

    Of what happened long before, or after, only those changes are told that the finding names. `others` are such
    changes of other events.
    """
    moments: list[tuple[int, int, datetime, str]] = []
    for change in (*_around(finding, changes), *others):
        stamped = f"stamped {format_instant(change.stamp)}"
        event = f"event {change.event.id}: " if change.event.id != finding.event_id else ""
        told = f"{event}version {change.version} {change.op} by {_who(change)}, {stamped}"
        moments.append((change.seq, 0, change.committed_at, told))
        if change.delayed:
            moments.append((change.seq, 1, change.visible_at, f"{event}version {change.version} shows in lists"))
    for number in finding.requests:
        if entry := entries.get(number):
            answer = f"{entry.status or 'no answer'}{'' if entry.whole or not entry.status else ', not whole'}"
            told = f"request {number}: {entry.method} {entry.path}{_query(entry)} → {answer}"
            moments.append((entry.seen, 2, entry.arrived, told))
    moments.sort(key=lambda moment: (moment[2], moment[0], moment[1]))
    return replace(finding, timeline=tuple((at, told) for _, _, at, told in moments))


def _query(entry: Entry) -> str:
    """A query for people, who cannot read page tokens, nor times with `%3A` in them."""
    query = quote(unquote_plus(entry.query_string), safe="=&:+*")
    return f"?{query if len(query) <= QUERY else f'{query[:QUERY]}…'}" if query else ""


def _around(finding: Finding, changes: Sequence[Change]) -> Sequence[Change]:
    """An event's changes that a finding names, and those right before the last of them."""
    last = bisect_right(changes, max(finding.changes, default=0), key=lambda change: change.seq)
    named = {bisect_left(changes, seq, key=lambda change: change.seq) for seq in finding.changes if changes}
    places = sorted(named | set(range(max(0, last - MOMENTS), last)))
    return [changes[at] for at in places if at < len(changes)]


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
    name = about[:SHOWN] if isinstance(about, str) else _subject(about)
    done = "changed" if isinstance(about, str) or about.op == "updated" else about.op
    title = kind.title.format(event=f"“{name}”", done=done, fields=_listed(fields))
    if isinstance(about, str):
        return Finding(kind, title, " ".join(told), about, (), requests, hazard, fields, cure=cure)
    return Finding(kind, title, " ".join(told), about.event.id, (about.seq,), requests, hazard, fields, cure=cure)


def _out_of_reach(change: Change) -> str:
    return "deletion.outOfReach" if change.deleted else "change.outOfReach"


def _committed(change: Change) -> str:
    what = f"Event {change.event.id}, “{_subject(change)}”, was {change.op} by {_who(change)}"
    when = f"at {format_instant(change.committed_at)} and stamped {format_instant(change.stamp)}"
    return f"{what} {when} (change {change.seq}, version {change.version})."


def _who(change: Change) -> str:
    kind = "client" if change.origin == "client" else "colleague"
    return f"the {kind} {change.by[:SHOWN]}" if change.by else f"a {kind}"


def _subject(change: Change) -> str:
    return " ".join((change.event.subject or change.event.id).split())[:SHOWN]


def _fact(fact: object) -> object:
    match fact:
        case None:
            return "the beginning"
        case datetime():
            return format_instant(fact)
        case Change():
            return _committed(fact)
        case tuple():
            return " ".join(str(_fact(each)) for each in fact)
        case _:
            return fact


def _listed(names: Sequence[str]) -> str:
    *most, last = names or ("nothing",)
    return f"{', '.join(most)} and {last}" if most else last
