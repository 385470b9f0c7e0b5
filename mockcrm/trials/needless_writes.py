"""Finds the syncs in which a client wrote although nothing called for it.

A client in a feedback loop writes at every sync. Each of its writes may be right by itself, so neither the audit nor
the CRM's events at the end show the loop. What shows it is a write at a sync before which nobody had changed anything.

A sync is judged only if the one before it ended well, with all its requests, and if nothing is left to carry over of
what users did. A client that catches up is never accused.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest
from typing import Any

from mockcrm.base.times import parse_instant
from mockcrm.client.crm import Crm
from mockcrm.journal.operations import WRITES, operation_of
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


def needless_writes(crm: Crm, starts: Sequence[SyncStart], runs: Sequence[SyncRun]) -> list[str]:
    """A sentence for each sync that wrote though nothing called for it; none if the journal does not have all requests.

    >>> needless_writes(crm, starts, runs)
    ['Sync 3 wrote 2 times, though nobody had changed anything since sync 2.']
    """
    by_colleagues = [change for change in crm.changes() if change["origin"] != "client"]
    journal = crm.requests.all()
    if journal and journal[0]["number"] > 1:
        return []
    watch = _Watch(by_colleagues)
    return [
        sentence
        for start, following in zip_longest(starts, starts[1:])
        if (called := runs[start.runs : following.runs if following else None])
        for sentence in watch.judged(_Sync(start, following, called, _between(journal, start, following)))
    ]


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
    uncarried: list[_Json] = field(default_factory=list)
    before: _Sync | None = None

    def judged(self, sync: _Sync) -> Iterator[str]:
        """A sentence if the client wrote without a reason."""
        self.uncarried += sync.start.mailbox
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
        """Strike out what a write may have carried over: all that was done to its event, or one unnamed action."""
        _, event_id = operation_of(write["method"], write["path"])
        named = [each for each in self.uncarried if event_id and _event_id(each) == event_id]
        unnamed = [each for each in self.uncarried if _event_id(each) is None]
        for each in named or unnamed[:1]:
            self.uncarried.remove(each)


def _event_id(action: _Json) -> str | None:
    """The CRM's id of the event that an action concerns. An event that a user has made has none yet."""
    ((_, arguments),) = action.items()
    found: str | None = arguments.get("id")
    return found


def _is_fine(request: _Json) -> bool:
    """Whether a request was answered so that it leaves a client nothing to catch up with."""
    status = request["status"] or 0
    is_granted = 0 < status < 400 or (status in NOT_THERE and request["operation"] not in WRITES)
    return bool(is_granted and request["delivered"]["whole"] and not request["faults"])
