"""The events of one CRM: an append-only change log, and the indexes that lists are read from.

The rules of versions and visibility (contract, section 4):

* A read by id uses the latest version of an event; a list uses the highest visible one.
* A version becomes visible at its commit or, if it is delayed, once the clock reaches its instant. That happens once.
* The delta position of an event is the stamp of its visible version, then the `seq` of the change that set that stamp.

Nothing is ever removed from the log. Retention is worked out when a list is read.
"""

from collections.abc import Callable, Iterator
from copy import copy
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar, cast

from mockcrm.base.copy_on_write import AppendOnly, ForkedMap, Numbered, Parts, SortedRows, Spans
from mockcrm.base.times import BEGINNING, MILLISECOND, floor_to
from mockcrm.crm.change import Change
from mockcrm.crm.query import DeltaRow, Position, Query, SpanRow, Window

_LAST = 1 << 62
"""More than any `seq`."""


class _Index:
    """The visible versions of live or of deleted events, in both orders. Stamps compare as shown, to the `grain`.

    It has no reference to its store: a cycle would keep both in memory until the garbage collector runs.
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

    def fork(self) -> "_Index":
        twin = _Index(self._grain)
        twin.delta, twin.spans = self.delta.fork(), self.spans.fork()
        return twin

    def _row(self, change: Change) -> DeltaRow:
        return _shown(change, self._grain), change.stamp_seq, change


def _shown(change: Change, grain: timedelta) -> datetime:
    """A version's stamp as lists compare it."""
    return change.stamp if grain <= MILLISECOND else floor_to(change.stamp, grain)


class Store:
    """The change log, and the lists that are read from it.

    A list of k out of n rows costs O(log n + k), a write O(log n), a fork the copy of some short lists. `grain` is the
    precision to which stamps are shown and compared (contract, section 4). `revealed` counts the delayed changes that
    have become visible.
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
        self._live = _Index(grain)
        self._deleted = _Index(grain)

    def regrain(self, grain: timedelta) -> None:
        """Show stamps to another precision from now on. Costs O(n log n)."""
        if grain == self.grain:
            return
        self.grain = grain
        for index in (self._live, self._deleted):
            index.regrain(grain)

    # Reading

    @property
    def last_seq(self) -> int:
        return len(self.log)

    def __contains__(self, event_id: str) -> bool:
        return event_id in self._latest

    def latest(self, event_id: str) -> Change | None:
        """The newest version of an event, visible or not; None if there never was such an event."""
        return self._latest.get(event_id)

    def visible(self, event_id: str) -> Change | None:
        """The version that lists show; None while they show none."""
        return (self._lagging if event_id in self._lagging else self._latest).get(event_id)

    def visible_all(self) -> Iterator[Change]:
        """The visible version of each event, in no order. Costs O(n)."""
        for event_id in self._latest:
            if (shown := self.visible(event_id)) is not None:
                yield shown

    def unlisted(self) -> Iterator[Change]:
        """The latest version of each event of which lists show an earlier one, or none, in no order."""
        return (cast(Change, self.latest(event_id)) for event_id in self._lagging)

    def shown_stamp(self, change: Change) -> datetime:
        """A version's stamp as it is shown and compared."""
        return _shown(change, self.grain)

    def changes(self, after: int = 0, limit: int | None = None) -> list[Change]:
        """At most `limit` changes, from the `seq` after `after` on."""
        stop = self.last_seq if limit is None else min(self.last_seq, after + limit)
        return [self.log[at] for at in range(after, stop)]

    def live(self) -> list[Change]:
        """The latest version of each live event, in order of start and id. Costs O(n)."""
        return [cast(Change, self.latest(event_id)) for _, event_id in self._roll]

    def live_count(self) -> int:
        """How many events are live by their latest version. Any thread may ask while one writes."""
        return len(self._roll)

    def known_count(self) -> int:
        """How many events there are, deleted ones included."""
        return len(self._latest)

    def roll(self) -> Numbered[tuple[datetime, str]]:
        """Start and id of each live event, by its place in that order. Costs a fork of one index."""
        return self._roll.numbered()

    def rows(self, query: Query, after: Position | None, want: int | None) -> list[SpanRow] | list[DeltaRow]:
        """At most `want` rows of a list behind a position, in its order."""
        if query.by_delta:
            return _merged(self._delta_sources(query, cast("tuple[datetime, int] | None", after)), want)
        return _merged(self._span_sources(query, cast("tuple[datetime, str] | None", after)), want)

    def _delta_sources(self, query: Query, after: tuple[datetime, int] | None) -> Iterator[Parts[DeltaRow]]:
        since = query.since or BEGINNING
        low: tuple[datetime] | tuple[datetime, int] = (floor_to(since, self.grain) if query.latest else since,)
        if query.exclusive and query.since:
            low = (query.since, _LAST)
        if after is not None:
            low = max(low, (after[0], after[1] + 1))
        for index, keep in self._indexes(query):
            yield _kept(keep, index.delta.slices(low))
        if not query.latest:
            return
        lagging = ((self.shown_stamp(change), change.stamp_seq, change) for change in self._unlisted(query))
        yield iter([sorted(row for row in lagging if row >= low and row[-1].stamp >= since)])

    def _span_sources(self, query: Query, after: tuple[datetime, str] | None) -> Iterator[Parts[SpanRow]]:
        window = query.window
        for index, keep in self._indexes(query):
            for parts in index.spans.candidates(window.start, window.end, after):
                yield _kept(keep, _overlapping(parts, window))
        if not query.latest:
            return
        lagging = ((change.event.start, change.event.id, change) for change in self._unlisted(query))
        yield iter([sorted(row for row in lagging if after is None or row[:2] > after)])

    def _indexes(self, query: Query) -> Iterator[tuple[_Index, "_Test | None"]]:
        """The indexes that a query reads, each with the test that its rows must pass, if any."""
        if query.includes_live:
            yield self._live, _all_of(self._tests(query))
        if query.includes_deleted:
            yield self._deleted, _all_of([*self._tests(query), *self._retention(query)])

    def _tests(self, query: Query) -> list["_Test"]:
        tests: list[_Test] = []
        if query.latest and query.since is not None:
            # The latest versions are shown with their whole stamps, and compare by those.
            tests.append(partial(_stamped_since, query.since))
        if query.latest and self._lagging:
            tests.append(lambda change: change.event.id not in self._lagging)
        if query.by_delta and query.window != Window():
            tests.append(query.window.overlaps)
        return tests

    def _retention(self, query: Query) -> list["_Test"]:
        return [] if query.horizon is None else [partial(self._is_retained, query.horizon)]

    def _is_retained(self, horizon: datetime, change: Change) -> bool:
        return self.shown_stamp(change) >= horizon

    def _unlisted(self, query: Query) -> Iterator[Change]:
        """The versions that only a query for the latest ones sees: lists do not show them yet."""
        for change in self.unlisted():
            if query.includes(change) and query.window.overlaps(change):
                yield change

    # Writing

    def commit(self, change: Change, *, visible: bool) -> None:
        """Append a change, and show it in lists if it is `visible`; otherwise `reveal` will show it in time.

        The caller makes sure that it has the next `seq` of the log and the next version of its event.
        """
        event_id = change.event.id
        shown = self.visible(event_id)
        self._update_roll(change, self.latest(event_id))
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
        """Append changes that create visible events, faster than one by one."""
        for change in changes:
            self.log.append(change)
            self._latest.set(change.event.id, change)
        self._live.add_all(changes)
        self._roll.add_all([(change.event.start, change.event.id) for change in changes])

    def _update_roll(self, change: Change, before: Change | None) -> None:
        was = None if before is None or before.deleted else (before.event.start, before.event.id)
        now = None if change.deleted else (change.event.start, change.event.id)
        if was != now:
            if was:
                self._roll.remove(was)
            if now:
                self._roll.add(now)

    def reveal(self, now: datetime) -> None:
        """Make every delayed version visible that is due by `now`, once and for good."""
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
        # The count grows last: a reader finds the place of every change that it counts.
        self._places.set(change.seq, self.revealed)
        self.revealed += 1

    def revealed_place(self, seq: int) -> int | None:
        """How many delayed changes became visible before this one; None while it is not visible.

        Any thread may ask while one writes.
        """
        return self._places.get(seq)

    @property
    def pending_count(self) -> int:
        """How many changes are not visible yet."""
        return len(self._pending)

    def first_pending(self) -> Change | None:
        """The change that is due to become visible first; None if there is none."""
        first = self._pending.first()
        return first and first[-1]

    def pending(self) -> list[int]:
        """The `seq` of each change that is not visible yet."""
        return sorted(seq for _, seq, _ in self._pending)

    def _show(self, change: Change, shown: Change | None) -> None:
        if shown is not None:
            self._index_of(shown).remove(shown)
        self._index_of(change).add(change)

    def _index_of(self, change: Change) -> _Index:
        return self._deleted if change.deleted else self._live

    def fork(self) -> "Store":
        twin = copy(self)
        twin.log = self.log.fork()
        twin._latest, twin._lagging, twin._places = self._latest.fork(), self._lagging.fork(), self._places.fork()
        twin._pending, twin._roll = self._pending.fork(), self._roll.fork()
        twin._live, twin._deleted = self._live.fork(), self._deleted.fork()
        return twin


ListRow = TypeVar("ListRow", DeltaRow, SpanRow)
_Test = Callable[[Change], bool]


def _merged(sources: Iterator[Parts[ListRow]], want: int | None) -> list[ListRow]:
    """The first `want` rows of several sources, each of which is in order."""
    rows: list[ListRow] = []
    for source in sources:
        enough = None if want is None else len(rows) + want
        for part in source:
            rows += part
            if enough is not None and len(rows) >= enough:
                del rows[enough:]
                break
    rows.sort()
    return rows if want is None else rows[:want]


def _overlapping(parts: Parts[SpanRow], window: Window) -> Parts[SpanRow]:
    for part in parts:
        if window.start is None or (part and part[0][0] >= window.start):
            yield part
        else:
            yield [row for row in part if window.overlaps(row[-1])]


def _kept(keep: _Test | None, parts: Parts[ListRow]) -> Parts[ListRow]:
    return parts if keep is None else ([row for row in part if keep(row[-1])] for part in parts)


def _stamped_since(since: datetime, change: Change) -> bool:
    return change.stamp >= since


def _all_of(tests: list[_Test]) -> _Test | None:
    return partial(_all_pass, tests) if tests else None


def _all_pass(tests: list[_Test], change: Change) -> bool:
    return all(test(change) for test in tests)
