"""Findings in words: what happened, in order, with the instants and the client's own parameters.

Nothing is judged here: `mockcrm.audit.auditor` has decided what is a finding.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from mockcrm.audit.advice import ADVICE
from mockcrm.audit.causes import Miss, cause_of
from mockcrm.audit.findings import FINDINGS, Finding
from mockcrm.audit.ledger import Ledger, Observation, Recovery, Visibility
from mockcrm.audit.paged_read import PagedRead
from mockcrm.audit.phrases import MAX_NAME_SHOWN, committed, deed, enumerated, in_words, label, named, noun_of
from mockcrm.audit.reach import LeftOut, Polled
from mockcrm.audit.watermarks import ZoneShift, shared_with, source_of, watermark_of, zone_shift
from mockcrm.base.times import format_instant
from mockcrm.crm.change import Change
from mockcrm.crm.fake_crm import FakeCrm
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.kinds.registry import kind_of


class Explainer:
    """Makes the findings of one client on the records of one kind from what the auditor has found.

    `others` are the client's ledgers of other kinds.
    """

    def __init__(
        self, crm: FakeCrm, visibility: Visibility, ledger: Ledger, kind: Kind = EVENT, others: Sequence[Ledger] = ()
    ) -> None:
        self.crm, self.visibility, self.ledger, self.kind, self.others = crm, visibility, ledger, kind, others
        self._watermarks: dict[int, tuple[str, PagedRead | None, ZoneShift | None]] = {}

    def _watermark(self, read: PagedRead) -> tuple[str, PagedRead | None, ZoneShift | None]:
        """The sentence on a read's watermark, the read that shares it, and its time zone: worked out once for all."""
        if read.first not in self._watermarks:
            shared = shared_with(self.ledger, read, self.others)
            facts = watermark_of(self.ledger, read, self.others), shared, zone_shift(self.ledger, read)
            self._watermarks[read.first] = facts
        return self._watermarks[read.first]

    def passed(self, change: Change, read: PagedRead) -> Finding:
        """A version that the watermark of a read left behind."""
        horizon = read.query.horizon
        if change.deleted and horizon is not None and self.visibility.stamp(change) < horizon:
            return self.expired_tombstone(change, read, horizon)
        watermark, shared, shift = self._watermark(read)
        cause = cause_of(Miss(self.crm, self.ledger, self.visibility, change, read, shift))
        requests = (*cause.requests, read.first)
        sentences = [committed(change), cause.sentence, watermark, "No later read by this client will return it."]
        if shared is not None:
            asked = _otherwise(shared, read)
            other = f"Request {shared.first} asked {asked}, and the client keeps one watermark for both."
            numbers = (shared.first, *requests)
            hazard = "one-cursor-many-calendars" if _is_of_calendar(shared, read) else None
            sentences = [committed(change), watermark, other, sentences[-1]]
            return finding("watermark.shared", change, sentences, numbers, hazard)
        broken = self.ledger.incomplete.get(change.record.id)
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
            self._watermark(read)[0],
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
            f"The {self.kind.name} had been delivered.",
            "The client follows the delta, but asks neither for deletions nor for everything.",
            f"Its latest read was request {read.first}, at {format_instant(read.began)}.",
        ]
        return finding("deletion.neverAskedFor", change, sentences, (read.first,))

    def no_longer_asked(self, change: Change, polled: Polled) -> Finding:
        """A deletion after which the client asked for deletions no more, as it had before."""
        last, numbers = polled.last, [read.first for read in polled.deltas]
        seconds = f"{polled.pause.total_seconds():,.1f}".removesuffix(".0")
        often = f"{polled.times:,} times, at most {seconds} s apart, most recently" if polled.times > 1 else "once,"
        deltas = f"Its latest {self.ledger.polls.deltas:,} reads of the delta, most recently {_numbered(numbers)},"
        sentences = [
            committed(change),
            f"The {self.kind.name} had been delivered.",
            f"The client asked for deletions {often} with request {last.first}, at {format_instant(last.began)}.",
            f"{deltas} asked neither for deletions nor for everything.",
        ]
        return finding("deletion.noLongerAskedFor", change, sentences, (last.first, *numbers))

    def expired_tombstone(self, change: Change, read: PagedRead, horizon: datetime) -> Finding:
        """A deletion whose tombstone is older than those that the CRM keeps."""
        sentences = [
            committed(change),
            f"The CRM keeps tombstones from {format_instant(horizon)} on.",
            f"The client last asked for deletions with request {read.first}, at {format_instant(read.began)}.",
            "It has not read everything since.",
        ]
        return finding("deletion.expired", change, sentences, (read.first,), "tombstone-expired")

    def left_out(self, change: Change, left: LeftOut) -> Finding:
        """A version that the reads of intervals leave out, in the words of the way in which they do."""
        ways = {"slid": self._slid, "moved": self._moved, "start": self._starts_at_watermark}
        if left.way == "noTombstones":
            return self.never_asked(change, left.reads[-1])
        return ways.get(left.way, self._elsewhere)(change, left)

    def _slid(self, change: Change, left: LeftOut) -> Finding:
        first, *_, last = left.reads
        sentences = [
            committed(change),
            f"Among the latest reads, request {first.first} was the first whose window has the event.",
            self._watermark(first)[0],
            f"Request {last.first} asked for the same with a later watermark, and no delta of this window returns it.",
        ]
        return finding("window.slid", change, sentences, _requests(left), "sliding-window-delta")

    def _moved(self, change: Change, left: LeftOut) -> Finding:
        read, delivered = left.reads[-1], self.ledger.in_window.get(change.record.id)
        had = f"Request {delivered} delivered this event within an interval that it asked for." if delivered else ""
        outside = f"It lies outside the interval of request {read.first}, and no other interval that the client reads"
        sentences = [
            *filter(None, [had]),
            committed(change),
            f"{outside} has it.",
            "Its tombstone has its last interval, so it lies outside, too."
            if change.deleted
            else "The client cannot tell whether the event is unchanged, moved or deleted.",
        ]
        numbers = (*([delivered] if delivered else []), read.first)
        return finding("window.movedOut", change, sentences, numbers, "moved-out-of-window")

    def _starts_at_watermark(self, change: Change, left: LeftOut) -> Finding:
        read = left.reads[-1]
        start = read.query.window.start
        assert start is not None
        sentences = [
            committed(change),
            f"Request {read.first} sent startAt={format_instant(start)}: {source_of(self.ledger, start, read)}.",
            "That asks for events that end after this instant. The event ended before it.",
            f"So did the {len(left.reads)} latest reads: {_listed(left)}.",
        ]
        return finding("watermark.asStart", change, sentences, _requests(left))

    def _elsewhere(self, change: Change, left: LeftOut) -> Finding:
        sentences = [
            committed(change),
            f"The client has asked for everything before, with request {self.ledger.full_begun}.",
            f"Its {len(left.reads)} latest reads, {_listed(left)}, ask for intervals without this event.",
        ]
        advice = "Follow the delta of everything as well, or read everything from time to time."
        return finding("change.outOfReach", change, sentences, _requests(left), own_advice=advice)

    def floor(self, read: PagedRead, count: int) -> Finding:
        """A first read with a watermark, which left out so many events."""
        since = read.query.since
        assert since is not None
        what = noun_of(self.kind.name, count)
        events = f"One {what} that was" if count == 1 else f"{count:,} {what} that were"
        missing = (
            f"{events} last changed before has not been delivered."
            if count == 1
            else (f"{events} last changed before have not been delivered.")
        )
        return self.observed(Observation("read.floor", (read.first,), {"since": since, "missing": missing}))

    def recovered(self, recovery: Recovery) -> Finding:
        """A version that was out of reach, and was delivered after all."""
        passed = f"The watermark of request {recovery.passed_by} had passed it."
        delivered = f"Request {recovery.request} delivered it after all."
        sentences = [committed(recovery.change), passed, delivered]
        return finding("recovered", recovery.change, sentences, (recovery.passed_by, recovery.request))

    def observed(self, observation: Observation) -> Finding:
        """An observation in the words of its type, and with what helps against its cause."""
        found = self._observed(observation)
        return self._beyond_clock(found) if observation.code == "watermark.beyondClock" else found

    def _beyond_clock(self, found: Finding) -> Finding:
        """A watermark of the future: it comes from the client's own clock, or a time zone has moved it."""
        reads = (read for of in self.ledger.history.values() for read in of if read.first in found.requests)
        shift = next(filter(None, (zone_shift(self.ledger, read) for read in reads)), None)
        if shift is None:
            return found
        explanation = f"{found.explanation} Its watermark is {shift.words}."
        hazard = "cursor-in-another-zone"
        return replace(found, explanation=explanation, hazard=hazard, own_advice=ADVICE[hazard])

    def _observed(self, observation: Observation) -> Finding:
        kind, change = FINDINGS[observation.code], observation.change
        numbers = observation.requests
        facts = {name: in_words(fact) for name, fact in observation.facts.items()} | {
            "count": observation.count,
            "requests": f"request{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers))}",
            "first": numbers[0],
            "last": numbers[-1],
            "fields": enumerated(observation.fields),
            "kind": self.kind.name,
            "kinds": self.kind.path,
            # The write may have changed the very name by which people know the record.
            "record": named(self.kind, label(change.prior or change)) if change else "",
        }
        return Finding(
            kind,
            kind.title.format(**facts),
            " ".join(kind.explanation.format(**facts).split()),
            change.record.id if change else None,
            _logged(*observation.others, change) if change else (),
            tuple(sorted({*numbers})) if change else numbers,
            observation.hazard or kind.hazard,
            observation.fields,
            count=observation.count,
            record_kind=self.kind.name,
        )


def finding(
    code: str,
    about: Change | str,
    sentences: Sequence[str],
    requests: Sequence[int] = (),
    hazard: str | None = None,
    fields: tuple[str, ...] = (),
    own_advice: str | None = None,
    kind: Kind = EVENT,
) -> Finding:
    """A finding about a version, or about an id of which there may be no record of a `kind`."""
    change = None if isinstance(about, str) else about
    record_id, name = (about, about[:MAX_NAME_SHOWN]) if isinstance(about, str) else (about.record.id, label(about))
    changes, kind = (_logged(change), kind_of(change.record)) if change else ((), kind)
    done = deed(change) if change else "updated"
    done = "changed" if done == "updated" else done
    requests = tuple(sorted(set(requests)))
    title = FINDINGS[code].title.format(record=named(kind, name), done=done, fields=enumerated(fields))
    explanation = " ".join(sentences)
    found = Finding(FINDINGS[code], title, explanation, record_id, changes, requests, hazard, fields)
    return replace(found, own_advice=own_advice, record_kind=kind.name)


def _logged(*changes: Change) -> tuple[int, ...]:
    """The numbers of changes in the log, in order, each once."""
    return tuple(sorted({change.seq for change in changes if change.logged}))


def _otherwise(shared: PagedRead, read: PagedRead) -> str:
    """What a read asked for that shares its watermark with another one, as the end of a sentence."""
    if shared.query.kind is not read.query.kind:
        return f"for {shared.query.kind.path}"
    if _is_of_calendar(shared, read):
        return "for another calendar"
    return "by another filter" if shared.query.filters or read.query.filters else "for another interval"


def _is_of_calendar(shared: PagedRead, read: PagedRead) -> bool:
    """Whether a read that shares its watermark with another one asked for another calendar."""
    one, other = shared.query, read.query
    return one.kind is other.kind and one.calendar != other.calendar


def _requests(left: LeftOut) -> list[int]:
    return [read.first for read in left.reads]


def _listed(left: LeftOut) -> str:
    return _numbered(_requests(left))


def _numbered(requests: Sequence[int]) -> str:
    return f"requests {enumerated([str(number) for number in requests])}"


def _out_of_reach(change: Change) -> str:
    return "deletion.outOfReach" if change.deleted else "change.outOfReach"
