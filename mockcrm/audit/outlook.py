"""What a client's next reads will return: the reads that it repeats, and why none of them returns a version.

A client may always begin to ask in another way. What is said here holds for the reads that it has made so far: the same
filters, windows that stand still or move on as before, and watermarks as they were.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal, NamedTuple

from mockcrm.audit.ledger import Ledger, Visibility
from mockcrm.audit.paged_read import RESULT_CAP, PagedRead, lies_in
from mockcrm.audit.series import NO_TIME, patience
from mockcrm.base.times import EPOCH, shifted
from mockcrm.crm.change import Change
from mockcrm.crm.query import Window

STUCK = 3
"""How often in a row a client must have asked the very same, before the next time counts as the same again."""

NeverReason = Literal["absent", "stuck", "behind", "outside", "other"]
"""Why the reads that a client repeats do not return a version, the reason that says most first.

`absent`: an interval did not have the event any more, which says that it moved or was deleted. `stuck`: the same
question gets the same rows. `behind`: its stamp is before the watermark. `outside`: it lies outside the window.
`other`: they ask for other rows.
"""
_SAYS_MOST: Sequence[NeverReason] = ("absent", "stuck", "behind", "outside", "other")


class NeverReturned(NamedTuple):
    """Why no read that a client repeats returns a version, and the latest read that shows it.

    `slides` says whether the window of these reads moves with time.
    """

    reason: NeverReason
    read: PagedRead
    slides: bool = False


class _Repeated:
    """Reads that ask in the same way, the latest last. Between them their window moved by up to `step`."""

    def __init__(self, reads: Sequence[PagedRead], step: timedelta = NO_TIME) -> None:
        self.reads, self.last, self.step = reads, reads[-1], step
        self.longest_pause = max((other.began - one.began for one, other in pairwise(reads)), default=NO_TIME)
        self.earliest_watermark = self._earliest_watermark()

    def _earliest_watermark(self) -> datetime | None:
        """The earliest watermark that the next read may have, if the client looks no further back than it ever did."""
        since = self.last.query.since
        if since is None or self.last.everything:
            return None
        lookbacks = [one.as_of - other.query.since for one, other in pairwise(self.reads) if other.query.since]
        return min(since, shifted(self.last.as_of, -max(lookbacks, default=NO_TIME)))

    def is_given_up(self, change: Change, now: datetime) -> bool:
        """Whether the client has not made such a read for longer than it may wait."""
        return now - max(self.last.began, change.visible_at) > patience(self.longest_pause)

    def reaches(self, change: Change) -> bool:
        """Whether the event lies in a window of theirs: in the next one, or for reads of everything in a later one."""
        window = self.last.query.window
        if not self.step:
            return lies_in(window, change)
        ahead = timedelta.max if self.last.everything else self.step
        return Window(window.start, window.end and shifted(window.end, ahead)).overlaps(change)

    def admits(self, stamp: datetime) -> bool:
        """Whether a version with this stamp is not before the watermark of the next read, as far as one can know."""
        earliest = self.earliest_watermark
        return earliest is None or stamp > earliest or (stamp == earliest and not self.last.query.exclusive)


class Outlook:
    """The reads that a client repeats, from its ledger."""

    def __init__(self, ledger: Ledger, visibility: Visibility) -> None:
        self._ledger, self._visibility = ledger, visibility
        known = {read.first: read for of in ledger.history.values() for read in of if _is_typical(read)}
        reads = [known[first] for first in sorted(known)]
        self._now = reads[-1].began if reads else EPOCH
        self._latest = reads[-1] if reads else None
        whole = [read for read in reversed(reads) if read.everything and read.complete]
        self._whole = [*whole, *([ledger.full] if ledger.full and ledger.full not in whole else [])]
        self._repeated = [each for each in _grouped(reads) if len(each.reads) > 1 or each.last is self._latest]

    def never_returned(self, change: Change) -> NeverReturned | None:
        """Why the reads that this client repeats will not return a visible version; None while one may.

        Nor is anything said of a client that has not asked twice in one way.
        """
        expected = [
            each for each in self._repeated if each.last is self._latest or not each.is_given_up(change, self._now)
        ]
        if all(len(each.reads) == 1 for each in expected) or self._is_under_way(change):
            return None
        reasons = [self._why_not(each, change) for each in expected]
        never = [reason for reason in reasons if reason is not None]
        return min(never, key=lambda each: _SAYS_MOST.index(each.reason)) if len(never) == len(reasons) else None

    def read_without(self, change: Change) -> PagedRead | None:
        """The latest complete read that no longer had an event which had been delivered, though it asked for all there.

        It read everything, or an interval in which the event had been.
        """
        had = self._ledger.living.get(change.record.id)
        if had is None:
            return None
        return next((read for read in self._whole if self._lacks(read, had, change)), None)

    def _lacks(self, read: PagedRead, had: Change, change: Change) -> bool:
        """Whether a version later than the one that a client `had` took an event out of what a read asked for."""
        version: Change | None = change
        while version is not None and not self._visibility.visible(version, read.visible):
            version = version.prior
        if version is None or version.version <= had.version or not read.covers(had):
            return False
        return version.deleted or not lies_in(read.query.window, version)

    def _is_under_way(self, change: Change) -> bool:
        """Whether the remaining pages of a read may have a version, or show that the event is not there."""
        stamp, had = self._visibility.stamp(change), self._ledger.living.get(change.record.id, change)
        reads = [read for read in self._ledger.under_way.values() if not read.is_given_up]
        shows_absence = any(read.everything and read.covers(had) for read in reads)
        return shows_absence or any(read.wants(change) and read.admits(stamp) for read in reads)

    def _why_not(self, each: _Repeated, change: Change) -> NeverReturned | None:
        """Why the next of these reads will not return a version; None if it may."""
        last, slides = each.last, bool(each.step)
        if not self._visibility.visible(change, last.visible):
            return None
        had = self._ledger.living.get(change.record.id, change)
        wanted = last.query.includes(change) and each.reaches(change)
        if not wanted and last.everything and each.reaches(had):
            absent = last.complete and last.covers(had)
            return NeverReturned("absent", last, slides) if absent else None
        if not last.query.includes(change):
            return NeverReturned("other", last, slides)
        if not wanted:
            return NeverReturned("outside", last, slides)
        if not each.admits(self._visibility.stamp(change)):
            return NeverReturned("behind", last, slides)
        return NeverReturned("stuck", last, slides) if self._is_stuck(each, change) else None

    def _is_stuck(self, each: _Repeated, change: Change) -> bool:
        """Whether the last of these reads asked the very same, and none of their answers had the version."""
        latest = each.reads[-STUCK:]
        asked = {(read.query.since, read.query.window) for read in latest}
        shown = all(self._visibility.visible(change, read.visible) for read in latest)
        return len(latest) == STUCK and len(asked) == 1 and shown


def _is_typical(read: PagedRead) -> bool:
    """Whether a read says how its client asks: it came to its end, and no fault altered its answers."""
    return read.ended and all(fault == RESULT_CAP for fault in read.faults)


def _grouped(reads: Iterable[PagedRead]) -> Iterator[_Repeated]:
    """Reads that ask in the same way: for the same rows, and for a window that stands still or moves steadily."""
    alike: dict[object, list[PagedRead]] = {}
    for read in reads:
        since, window = read.query.since, read.query.window
        delta = since is not None and since > EPOCH
        alike.setdefault((read.query.include, read.query.filters, delta, window.length, window == Window()), []).append(
            read
        )
    for group in alike.values():
        steps = [_step(one.query.window, other.query.window) for one, other in pairwise(group)]
        if all(step >= NO_TIME for step in steps):
            yield _Repeated(group, max(steps, default=NO_TIME))
        else:
            yield from map(_Repeated, _by_window(group).values())


def _by_window(reads: Iterable[PagedRead]) -> Mapping[Window, list[PagedRead]]:
    found: dict[Window, list[PagedRead]] = {}
    for read in reads:
        found.setdefault(read.query.window, []).append(read)
    return found


def _step(one: Window, other: Window) -> timedelta:
    """By how much a window moved."""
    if one.start is not None and other.start is not None:
        return other.start - one.start
    return other.end - one.end if one.end is not None and other.end is not None else NO_TIME
