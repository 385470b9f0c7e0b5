"""Finds the syncs in which a client wrote although nothing called for it.

A client in a feedback loop writes at every sync. Each of its writes may be right by itself, so neither the audit nor
the CRM's events at the end show the loop. What shows it is a write at a sync before which nobody had changed anything.

What the CRM changes in consequence of the client's own writes is no news, and neither is a record of a kind that the
client never reads.

A sync is judged only if the one before it ended well, with all its requests, and if nothing is left to carry over of
what users did. A client that catches up is never accused.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from itertools import zip_longest
from typing import Any

from mockcrm.base.declaring import dataclass
from mockcrm.base.times import parse_instant
from mockcrm.client.crm import Crm
from mockcrm.crm.kinds.events import EVENT
from mockcrm.journal.operations import READS, WRITES, operation_of
from mockcrm.trials.outcome import SyncRun

NOT_THERE = (404, 405)
"""Answers that say that the CRM does not have something. A read that gets one leaves nothing to catch up with."""

_Json = Mapping[str, Any]


@dataclass(frozen=True)
class SyncStart:
    """How the CRM stood when a client was called to sync.

    So many `requests` had come, the change log ended with `last_seq`, and the clock said `now`. `mailbox` is what users
    did on the other side before. The trial had `runs` syncs on record.
    """

    requests: int
    last_seq: int
    now: datetime
    mailbox: Sequence[_Json]
    runs: int


def sync_start(crm: Crm, mailbox: Sequence[_Json], runs: int) -> SyncStart:
    """How a CRM stands now, when a client is about to sync."""
    last_seq = crm.ask("GET", "/changes", limit=1)["lastSeq"]
    return SyncStart(crm.requests.count({}), last_seq, crm.clock.now(), mailbox, runs)


def needless_writes(
    crm: Crm, journal: Sequence[_Json], starts: Sequence[SyncStart], runs: Sequence[SyncRun]
) -> list[str]:
    """A sentence for each sync that wrote though nothing called for it; none if the journal does not have all requests.

    >>> needless_writes(crm, crm.requests.all(), starts, runs)
    ['Sync 3 wrote 2 times, though nobody had changed anything since sync 2.']
    """
    if journal and journal[0]["number"] > 1:
        return []
    read = {EVENT.name, *(each["kind"] for each in journal if each["operation"] in READS)}
    watch = _Watch([change for change in crm.changes() if _is_by_colleague(change) and change["kind"] in read])
    return [
        sentence
        for start, following in zip_longest(starts, starts[1:])
        if (called := runs[start.runs : following.runs if following else None])
        for sentence in watch.judged(_Sync(start, following, called, _between(journal, start, following)))
    ]


def _is_by_colleague(change: _Json) -> bool:
    """Whether a colleague made a change. Of a client's request the CRM notes the number, also in consequences."""
    return bool(change["origin"] != "client" and not (change["requestId"] or "").isdecimal())


def _between(journal: Sequence[_Json], start: SyncStart, following: SyncStart | None) -> list[_Json]:
    """The requests from the start of one sync to that of the following one."""
    end = following.requests if following else journal[-1]["number"] if journal else 0
    return [each for each in journal if start.requests < each["number"] <= end]


@dataclass(frozen=True)
class _Sync:
    """One sync: its start, that of the following one, how the client's calls ended, and its requests."""

    start: SyncStart
    following: SyncStart | None
    runs: Sequence[SyncRun]
    requests: Sequence[_Json]

    @property
    def number(self) -> int:
        return self.runs[-1].number

    @property
    def writes(self) -> list[_Json]:
        """The writes that the CRM carried out."""
        return [each for each in self.requests if each["operation"] in WRITES and _is_fine(each)]

    @property
    def ended_well(self) -> bool:
        return all(each.end == "done" for each in self.runs) and all(map(_is_fine, self.requests))


@dataclass
class _Watch:
    """Goes through the syncs in order.

    `uncarried` are the users' actions that no write has carried over yet. `before` is the last sync, if it ended well.
    """

    by_colleagues: Sequence[_Json]
    uncarried: list["_Uncarried"] = field(default_factory=list)
    before: _Sync | None = None

    def judged(self, sync: _Sync) -> Iterator[str]:
        """A sentence if the client wrote without a reason."""
        self.uncarried += map(_uncarried, sync.start.mailbox)
        writes = sync.writes
        if writes and self.before and not self.uncarried and not self._has_news(self.before.start, sync.following):
            times = "once" if len(writes) == 1 else f"{len(writes)} times"
            since = f"since sync {self.before.number}"
            yield f"Sync {sync.number} wrote {times}, though nobody had changed anything {since}."
        for write in writes:
            self._carry_over(write)
        self.before = sync if sync.ended_well else None

    def _has_news(self, since: SyncStart, until: SyncStart | None) -> bool:
        """Whether a colleague changed something since then, or before, but so that lists did not show it then."""
        return any(
            change["seq"] > since.last_seq or parse_instant(change["visibleAt"]) > since.now
            for change in self.by_colleagues
            if until is None or change["seq"] <= until.last_seq
        )

    def _carry_over(self, write: _Json) -> None:
        """Cross out what a write carried over of what was done to its event, or one action on an unnamed event."""
        called = operation_of(write["method"], write["path"])
        if called.kind != EVENT.name:
            return
        event_id = called.record_id
        named = [each for each in self.uncarried if event_id and each.event_id == event_id]
        unnamed = [each for each in self.uncarried if each.event_id is None]
        for each in named:
            each.carry(write)
        struck_out = [each for each in named if each.is_carried] or ([] if named else unnamed[:1])
        self.uncarried = [each for each in self.uncarried if each not in struck_out]


@dataclass(eq=False)
class _Uncarried:
    """What a user did that has not reached the CRM yet: the `fields` of an event to write, or a deletion.

    `event_id` is the CRM's id of the event; an event that a user has made has none.
    """

    event_id: str | None
    fields: set[str]
    is_deletion: bool
    is_carried: bool = False

    def carry(self, write: _Json) -> None:
        """Note what a write to the event carries over. A client may write some fields now and others later."""
        if write["method"] == "DELETE":
            self.is_carried = True
        elif not self.is_deletion:
            body = write["body"]
            is_part = write["method"] == "PATCH" and isinstance(body, Mapping)
            self.fields -= body.keys() if is_part else self.fields
            self.is_carried = not self.fields


def _uncarried(action: _Json) -> _Uncarried:
    ((verb, arguments),) = action.items()
    return _Uncarried(arguments.get("id"), set(arguments.get("set", ())), verb == "delete")


def _is_fine(request: _Json) -> bool:
    """Whether a request was answered so that it leaves a client nothing to catch up with."""
    status = request["status"] or 0
    is_granted = 0 < status < 400 or (status in NOT_THERE and request["operation"] not in WRITES)
    return bool(is_granted and request["delivered"]["whole"] and not request["faults"])
