"""The events of one CRM: an append-only change log, and the indexes that lists are read from.

The rules of version and visibility are those of the contract's section 4:

* Reads by id use the latest version of an event; lists use the highest that has become visible.
* A version becomes visible at its commit, or, when delayed, once the clock has reached its instant. That happens once.
* The place of an event in the delta is the stamp of its visible version, then the `seq` of the change that set it.

Nothing is ever taken out of the log: retention is worked out by whoever reads.
"""

from collections.abc import Callable, Iterator
from copy import copy
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar, cast

from mockcrm.base.copy_on_write import AppendOnly, ForkedMap, Numbered, SortedRows, Spans
from mockcrm.base.times import BEGINNING, MILLISECOND, floor_to
from mockcrm.crm.event import Change
from mockcrm.crm.query import DeltaRow, Position, Query, SpanRow, Window

_LAST = 1 << 62
"""More than any `seq`."""


class _Shelf:
    """One kind of visible version, live or dead, in both orders. Stamps compare by the `grain` that is shown.

    It knows nothing of its store: in a circle both would stay in memory until the garbage collector comes by.
    """

    def __init__(self, grain: timedelta) -> None:
        self._grain = grain
        self.delta: SortedRows[DeltaRow] = SortedRows()
        self.spans: Spans[Change] = Spans()

    def add(self, change: Change) -> None:
        self.delta.add(self._row(change))
        self.spans.add(change.event.start, change.event.end, change.event.id, change)

    def add_all(self, changes: list[Change]) -> None:
        self.delta.add_all([*map(self._row, changes)])
        self.spans.add_all((change.event.start, change.event.end, change.event.id, change) for change in changes)

    def remove(self, change: Change) -> None:
        self.delta.remove(self._row(change))
        self.spans.remove(change.event.start, change.event.end, change.event.id, change)

    def regrain(self, grain: timedelta) -> None:
        rows, self.delta, self._grain = self.delta, SortedRows(), grain
        for _, _, change in rows:
            self.delta.add(self._row(change))

    def fork(self) -> "_Shelf":
        twin = _Shelf(self._grain)
        twin.delta, twin.spans = self.delta.fork(), self.spans.fork()
        return twin

    def _row(self, change: Change) -> DeltaRow:
        return _shown(change, self._grain), change.stamp_seq, change


def _shown(change: Change, grain: timedelta) -> datetime:
    """A version's stamp as lists compare it."""
    return change.stamp if grain <= MILLISECOND else floor_to(change.stamp, grain)


class Store:
    """The change log and what can be read from it.

    `revealed` counts the delayed changes that lists have come to show.

    A list of k out of n rows costs O(log n + k), a write O(log n), a fork the copy of some short lists. `grain` is the
    precision to which stamps are shown, and so compared (contract, section 4).
    """

    def __init__(self, grain: timedelta = MILLISECOND) -> None:
        self.grain = grain
        self.log: AppendOnly[Change] = AppendOnly()
        self._latest: ForkedMap[str, Change] = ForkedMap()
        self._lagging: ForkedMap[str, Change | None] = ForkedMap()
        self._roll: SortedRows[tuple[datetime, str]] = SortedRows()
        self.revealed = 0
        self._places: ForkedMap[int, int] = ForkedMap()
        self._pending: SortedRows[tuple[datetime, int, Change]] = SortedRows()
        self._live = _Shelf(grain)
        self._dead = _Shelf(grain)

    def _shown(self, change: Change) -> datetime:
        return _shown(change, self.grain)

    def regrain(self, grain: timedelta) -> None:
        """Show stamps to another precision from now on. Costs O(n log n)."""
        if grain == self.grain:
            return
        self.grain = grain
        for shelf in (self._live, self._dead):
            shelf.regrain(grain)

    # Reading

    @property
    def last_seq(self) -> int:
        return len(self.log)

    def __contains__(self, event_id: str) -> bool:
        return event_id in self._latest

    def latest(self, event_id: str) -> Change | None:
        """The newest version of an event, visible or not; None when there was never one."""
        return self._latest.get(event_id)

    def visible(self, event_id: str) -> Change | None:
        """The version that lists show, or None."""
        return (self._lagging if event_id in self._lagging else self._latest).get(event_id)

    def visible_all(self) -> Iterator[Change]:
        """The version of each event that lists show, in no order. Costs O(n)."""
        for event_id in self._latest:
            if (shown := self.visible(event_id)) is not None:
                yield shown

    def shown_stamp(self, change: Change) -> datetime:
        """A version's stamp, as it is shown and compared."""
        return self._shown(change)

    def changes(self, after: int = 0, limit: int | None = None) -> list[Change]:
        """The log from the `seq` after `after`."""
        stop = self.last_seq if limit is None else min(self.last_seq, after + limit)
        return [self.log[at] for at in range(after, stop)]

    def live(self) -> list[Change]:
        """The latest version of every event that lives, in order of start and id. Costs O(n)."""
        return [cast(Change, self.latest(event_id)) for _, event_id in self._roll]

    def live_count(self) -> int:
        """How many events live by their latest version. Any thread may ask beside the one that writes."""
        return len(self._roll)

    def known_count(self) -> int:
        """How many events there are, deleted ones too."""
        return len(self._latest)

    def roll(self) -> Numbered[tuple[datetime, str]]:
        """Start and id of every event that lives now, by its place in their order. Costs a fork of one index."""
        return self._roll.numbered()

    def rows(self, query: Query, after: Position | None, want: int | None) -> list[SpanRow] | list[DeltaRow]:
        """At most `want` rows of a list behind a position, in its order."""
        if query.by_delta:
            return _first(self._delta_rows(query, cast("tuple[datetime, int] | None", after)), want)
        return _first(self._span_rows(query, cast("tuple[datetime, str] | None", after)), want)

    def _delta_rows(self, query: Query, after: tuple[datetime, int] | None) -> Iterator[Iterator[list[DeltaRow]]]:
        since = query.since or BEGINNING
        low: tuple[datetime] | tuple[datetime, int] = (floor_to(since, self.grain) if query.latest else since,)
        if query.exclusive and query.since:
            low = (query.since, _LAST)
        if after is not None:
            low = max(low, (after[0], after[1] + 1))
        for shelf, keep in self._shelves(query):
            yield _kept(keep, shelf.delta.slices(low))
        for change in self._unlisted(query):
            row = (self._shown(change), change.stamp_seq, change)
            if row >= low and change.stamp >= since:
                yield iter([[row]])

    def _span_rows(self, query: Query, after: tuple[datetime, str] | None) -> Iterator[Iterator[list[SpanRow]]]:
        window = query.window
        for shelf, keep in self._shelves(query):
            for parts in shelf.spans.candidates(window.start, window.end, after):
                yield _kept(keep, _overlapping(parts, window))
        for change in self._unlisted(query):
            if after is None or (change.event.start, change.event.id) > after:
                yield iter([[(change.event.start, change.event.id, change)]])

    def _shelves(self, query: Query) -> Iterator[tuple[_Shelf, Callable[[Change], bool] | None]]:
        """The shelves that a query reads, each with the test that its rows must pass, if any."""
        for kind, shelf in (("live", self._live), ("dead", self._dead)):
            if query.kinds not in (kind, "both"):
                continue
            tests: list[Callable[[Change], bool]] = []
            if query.latest and query.since is not None:
                # Whoever reads the latest versions is shown whole stamps, and compares those.
                tests.append(partial(_stamped_since, query.since))
            if query.latest and self._lagging:
                tests.append(lambda change: change.event.id not in self._lagging)
            if shelf is self._dead and query.horizon is not None:
                tests.append(partial(self._remembered, query.horizon))
            if query.by_delta and query.window != Window():
                tests.append(query.window.overlaps)
            yield shelf, partial(_all_pass, tests) if tests else None

    def _remembered(self, horizon: datetime, change: Change) -> bool:
        return self._shown(change) >= horizon

    def _unlisted(self, query: Query) -> Iterator[Change]:
        """What a query for the latest versions sees and lists do not show yet."""
        if not query.latest:
            return
        for event_id in self._lagging:
            change = cast(Change, self.latest(event_id))
            if query.kinds in ("both", "dead" if change.deleted else "live") and query.window.overlaps(change):
                yield change

    # Writing

    def commit(self, change: Change, *, visible: bool) -> None:
        """Append a change, and show it in lists if it is `visible`; else `reveal` will, in time.

        The change is the next of the log and the next version of its event; the caller has made sure of that.
        """
        event_id = change.event.id
        shown = self.visible(event_id)
        self._enrol(change, self.latest(event_id))
        self.log.append(change)
        self._latest.set(event_id, change)
        if visible:
            self._lagging.discard(event_id)
            if change.delayed:
                self._note_revealed(change)
            self._show(change, shown)
        else:
            self._lagging.set(event_id, shown)
            self._pending.add((change.visible_at, change.seq, change))

    def commit_all(self, changes: list[Change]) -> None:
        """Append changes that make new events, all visible, for less than one after the other."""
        for change in changes:
            self.log.append(change)
            self._latest.set(change.event.id, change)
        self._live.add_all(changes)
        self._roll.add_all([(change.event.start, change.event.id) for change in changes])

    def _enrol(self, change: Change, before: Change | None) -> None:
        was = None if before is None or before.deleted else (before.event.start, before.event.id)
        now = None if change.deleted else (change.event.start, change.event.id)
        if was != now:
            if was:
                self._roll.remove(was)
            if now:
                self._roll.add(now)

    def reveal(self, now: datetime) -> None:
        """Let all that is due by now become visible, once and for good."""
        while (first := self._pending.first()) is not None and first[0] <= now:
            self._pending.remove(first)
            change = first[-1]
            shown = self.visible(change.event.id)
            if shown is not None and shown.version > change.version:
                continue
            self._note_revealed(change)
            if change is self.latest(change.event.id):
                self._lagging.discard(change.event.id)
            else:
                self._lagging.set(change.event.id, change)
            self._show(change, shown)

    def _note_revealed(self, change: Change) -> None:
        # Whoever reads the count finds the place of all that it counts.
        self._places.set(change.seq, self.revealed)
        self.revealed += 1

    def revealed_place(self, seq: int) -> int | None:
        """How many delayed changes lists had shown before this one; None while they have not shown it.

        Any thread may ask beside the one that writes.
        """
        return self._places.get(seq)

    def pending(self) -> list[int]:
        """The `seq` of each change that has not become visible yet."""
        return sorted(seq for _, seq, _ in self._pending)

    def _show(self, change: Change, shown: Change | None) -> None:
        if shown is not None:
            self._shelf(shown).remove(shown)
        self._shelf(change).add(change)

    def _shelf(self, change: Change) -> _Shelf:
        return self._dead if change.deleted else self._live

    def fork(self) -> "Store":
        twin = copy(self)
        twin.log = self.log.fork()
        twin._latest, twin._lagging, twin._places = self._latest.fork(), self._lagging.fork(), self._places.fork()
        twin._pending, twin._roll = self._pending.fork(), self._roll.fork()
        twin._live, twin._dead = self._live.fork(), self._dead.fork()
        return twin


Found = TypeVar("Found", DeltaRow, SpanRow)


def _first(sources: Iterator[Iterator[list[Found]]], want: int | None) -> list[Found]:
    """The first rows of several sources together, each of which comes in order, part by part."""
    rows: list[Found] = []
    for source in sources:
        enough = None if want is None else len(rows) + want
        for part in source:
            rows += part
            if enough is not None and len(rows) >= enough:
                del rows[enough:]
                break
    rows.sort()
    return rows if want is None else rows[:want]


def _overlapping(parts: Iterator[list[SpanRow]], window: Window) -> Iterator[list[SpanRow]]:
    for part in parts:
        if window.start is None or (part and part[0][0] >= window.start):
            yield part
        else:
            yield [row for row in part if window.overlaps(row[-1])]


def _kept(keep: Callable[[Change], bool] | None, parts: Iterator[list[Found]]) -> Iterator[list[Found]]:
    return parts if keep is None else ([row for row in part if keep(row[-1])] for part in parts)


def _stamped_since(since: datetime, change: Change) -> bool:
    return change.stamp >= since


def _all_pass(tests: list[Callable[[Change], bool]], change: Change) -> bool:
    return all(test(change) for test in tests)
