"""What is out of a client's reach: versions that no later read of the kind that this client makes returns.

A watermark that is past a version puts it out of reach at once. Where no watermark says so, three complete reads in a
row do, each begun after lists showed the version (contract, section 7), if nothing that the client still asks for would
return it.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Literal, NamedTuple

from mockcrm.audit.deletion_polls import shows_deletions
from mockcrm.audit.ledger import Ledger, Visibility
from mockcrm.audit.paged_read import ANY_TIME, PagedRead
from mockcrm.audit.series import EVERYTHING, LEAST_USE, ReadSeries, patience
from mockcrm.base.times import shifted
from mockcrm.crm.change import Change

IN_A_ROW = 3
"""How many complete reads without a version put it out of reach."""
ENOUGH_POLLS = 5
"""After how many reads of deletions the pauses between them say how often a client asks for deletions."""
MAX_LOOKED_AT = 60
"""Among how many of the latest reads these three are looked for."""

Way = Literal["slid", "moved", "start", "elsewhere", "noTombstones"]
"""How reads leave a version out: the window came to it too late, it moved out of the window, a watermark was sent as
`startAt`, the reads ask for something else, or they do not ask for tombstones.
"""


class LeftOut(NamedTuple):
    """A version that reads left out, in which way; the latest read is the last."""

    way: Way
    reads: tuple[PagedRead, ...]


class Polled(NamedTuple):
    """How a client asked for deletions before it stopped.

    `last` is the last such read and `times` how many there were, with the longest `pause` between two of them. `deltas`
    are the latest reads, none of which asked for deletions any more.
    """

    last: PagedRead
    times: int
    pause: timedelta
    deltas: tuple[PagedRead, ...]


def passed_by(ledger: Ledger, change: Change, visibility: Visibility, but: str = "") -> PagedRead | None:
    """The read whose watermark put a version out of reach: the latest one that could have delivered it, and did not.

    None while any read, finished or under way, may still lead to it. The read named `but` does not count.
    """
    stamp, kind = visibility.stamp(change), "deleted" if change.deleted else "live"
    if _is_under_way(ledger, change, stamp, but):
        return None
    found: PagedRead | None = None
    # A list has ten thousand rows: this loop costs less than a generator for each of them.
    for key, series in ledger.series.items():
        read = series.latest
        if key.kind != kind or not read.wants(change):
            continue
        if _returns(read, change, stamp, visibility):
            if not _is_replaced_by_delta(ledger, read):
                return None
        elif found is None or read.first > found.first:
            found = read
    return None if found is None or _was_reached_late(ledger, change, found, visibility) else found


def left_out(
    ledger: Ledger, reads: Sequence[PagedRead], change: Change, visibility: Visibility, now: datetime, but: str = ""
) -> LeftOut | None:
    """How the latest reads leave a version out of reach without a watermark that is past it; None if they do not.

    `reads` are those of `latest_reads`. The read named `but` does not count.
    """
    after = [read for read in reads if visibility.visible(change, read.visible)]
    if not after or _is_expected(ledger, change, visibility, now, but):
        return None
    had = ledger.living.get(change.record.id)
    ways: dict[Way, list[PagedRead]] = {
        "slid": [read for read in after if read.wants(change)],
        "moved": [read for read in after if had and _has_left(read, had, change)],
        "noTombstones": [read for read in after if had and _hides_deletion(read, had, change)],
    }
    for way, found in ways.items():
        if len(found) >= _needed(ledger, way, change):
            starts = way == "moved" and all(read.starts_at_watermark for read in found[:IN_A_ROW])
            return LeftOut("start" if starts else way, tuple(reversed(found[:IN_A_ROW])))
    return _elsewhere(ledger, after[:IN_A_ROW], change)


def _needed(ledger: Ledger, way: str, change: Change) -> int:
    """How many reads say so. A client that reads nothing but intervals has lost a moved event with the first."""
    return 1 if way == "moved" and not change.deleted and "records" not in ledger.latest else IN_A_ROW


def latest_reads(ledger: Ledger) -> list[PagedRead]:
    """The latest complete reads of a client that reads intervals, the latest first; none for other clients."""
    if not ledger.history.get("window"):
        return []
    found = {read.first: read for of in ledger.history.values() for read in of[-MAX_LOOKED_AT:] if read.complete}
    return [found[first] for first in islice(sorted(found, reverse=True), MAX_LOOKED_AT)]


def awaits_everything(ledger: Ledger, change: Change, now: datetime) -> bool:
    """Whether a client that has read everything at least twice may do so again to get a version that lists show."""
    series = ledger.series.get(EVERYTHING)
    if series is None or series.whole_count < 2:
        return False
    return now - change.visible_at <= patience(series.longest_whole_gap)


def ends_of_waiting(ledger: Ledger, reads: Sequence[PagedRead], change: Change) -> list[datetime]:
    """The instants after which the audit no longer waits for a read that the client made before, the earliest first.

    They are those by which `awaits_everything` and `left_out` judge. `reads` are those of `latest_reads`.
    """
    everything = ledger.series.get(EVERYTHING)
    gaps = set()
    if everything is not None and everything.whole_count > 1:
        gaps.add(everything.longest_whole_gap)
    if reads:
        asking = [*_asking(ledger, change), *([everything] if everything else [])]
        gaps |= {each.longest_gap for each in asking if each.latest.query.window == ANY_TIME}
    return sorted(shifted(change.visible_at, patience(gap)) for gap in gaps)


def no_longer_asked(ledger: Ledger, change: Change, visibility: Visibility) -> Polled | None:
    """How a client asked for a deletion before it stopped; None if it never did, or may still do so.

    It has stopped once it has read the delta more than twice as long, and twice as often, as it ever did between two
    requests for deletions, and at least three times since lists showed this one. A client that stands still has not
    stopped, nor has one whose requests for deletions fail, or one that reads everything. A client that asked too seldom
    to have a rhythm is given a day.
    """
    polls = ledger.polls
    if polls.deltas < IN_A_ROW or polls.deltas <= patience(polls.most_deltas):
        return None
    asking = [*_asking(ledger, change)]
    if any(each.latest.query.filters for each in asking):
        # It still asks for this one by a filter.
        return None
    asked = max(asking, key=lambda each: each.latest.first, default=None)
    deltas = _latest_deltas(ledger)
    if asked is None or len(deltas) < IN_A_ROW or not visibility.visible(change, deltas[0].visible):
        return None
    pause = max(each.longest_gap for each in asking)
    wait = patience(pause) if asked.reads >= ENOUGH_POLLS else max(patience(pause), LEAST_USE)
    if polls.reading_time <= wait:
        return None
    return Polled(asked.latest, asked.reads, pause, deltas)


def _latest_deltas(ledger: Ledger) -> tuple[PagedRead, ...]:
    """The latest complete reads since a client asked what was deleted, the latest last."""
    found: dict[int, PagedRead] = {}
    for of in ledger.history.values():
        whole = (read for read in reversed(of) if read.complete and _is_delta(read))
        found |= {read.first: read for read in islice(whole, IN_A_ROW)}
    return tuple(found[first] for first in sorted(found)[-IN_A_ROW:] if first > ledger.polls.latest)


def _is_delta(read: PagedRead) -> bool:
    """Whether a read of all records of its kind asks neither for deletions nor for everything."""
    return not (read.query.filters or shows_deletions(read.query))


def _asking(ledger: Ledger, change: Change) -> Iterator[ReadSeries]:
    """The series whose reads ask for a version."""
    kind = "deleted" if change.deleted else "live"
    return (each for key, each in ledger.series.items() if key.kind == kind and each.latest.wants(change))


def _is_under_way(ledger: Ledger, change: Change, stamp: datetime, but: str = "") -> bool:
    for name, read in ledger.under_way.items():
        if name != but and not read.is_given_up and read.wants(change) and read.admits(stamp):
            return True
    return False


def _returns(read: PagedRead, change: Change, stamp: datetime, visibility: Visibility) -> bool:
    """Whether the next read like this one may return a version that it asks for."""
    return read.admits(stamp) or not visibility.visible(change, read.visible)


def _is_replaced_by_delta(ledger: Ledger, read: PagedRead) -> bool:
    """Whether a client no longer reads its interval at each sync: it has read the delta twice since."""
    delta = ledger.history.get("records", ())
    if read.query.window == ANY_TIME:
        return False
    return len(delta) > 1 and delta[-2].first > max(read.first, ledger.interval_asked)


def _was_reached_late(ledger: Ledger, change: Change, read: PagedRead, visibility: Visibility) -> bool:
    """Whether the first window that asked for a version came to it too late: the watermark was past it already."""
    reads = ledger.history.get("window")
    if not reads or read.query.window == ANY_TIME:
        return False
    first = next((each for each in reads if each.wants(change)), read)
    return first.query.window != reads[0].query.window and visibility.visible(change, first.visible)


def _is_expected(ledger: Ledger, change: Change, visibility: Visibility, now: datetime, but: str) -> bool:
    """Whether something that the client still asks for returns a version, or shows that it was deleted."""
    stamp = visibility.stamp(change)
    if _is_under_way(ledger, change, stamp, but):
        return True
    for series in _asking(ledger, change):
        read = series.latest
        asks_on = not _is_replaced_by_delta(ledger, read) and _is_in_use(series, change, now)
        if asks_on and _returns(read, change, stamp, visibility):
            return True
    everything = ledger.series.get(EVERYTHING)
    shows_absence = change.deleted and everything is not None and everything.latest.everything
    return bool(everything and shows_absence and _is_in_use(everything, change, now))


def _is_in_use(series: ReadSeries, change: Change, now: datetime) -> bool:
    """Whether a client may ask again what it asked before. What was asked once without a window counts as done."""
    if series.latest.query.window != ANY_TIME:
        return True
    return series.reads > 1 and now - change.visible_at <= patience(series.longest_gap)


def _has_left(read: PagedRead, had: Change, change: Change) -> bool:
    """Whether an event was in the window of a read before it was changed, and is no longer."""
    window = read.query.window
    return window != ANY_TIME and window.overlaps(had) and not window.overlaps(change)


def _hides_deletion(read: PagedRead, had: Change, change: Change) -> bool:
    """Whether a read follows the delta of a window in which an event was, and does not ask for tombstones."""
    query = read.query
    follows = query.window != ANY_TIME and not read.everything and not query.includes_deleted
    return change.deleted and follows and query.window.overlaps(had)


def _elsewhere(ledger: Ledger, reads: Sequence[PagedRead], change: Change) -> LeftOut | None:
    if len(reads) < IN_A_ROW or any(read.wants(change) or read.query.window == ANY_TIME for read in reads):
        return None
    if all(read.starts_at_watermark for read in reads):
        return LeftOut("start", tuple(reversed(reads)))
    return LeftOut("elsewhere", tuple(reversed(reads))) if ledger.full_begun and not change.deleted else None
