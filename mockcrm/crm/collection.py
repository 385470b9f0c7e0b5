"""The records of one kind: the newest version of each, and the indexes that lists are read from.

The rules of versions and visibility (contract, section 4):

* A read by id uses the latest version of a record; a list uses the highest visible one.
* A version becomes visible at its commit or, if it is delayed, once the clock reaches its instant. That happens once.
* The delta position of a record is the stamp of its visible version, then the `seq` of the change that set that stamp.

Retention is worked out when a list is read.
"""

from collections.abc import Callable, Iterator
from copy import copy
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any, TypeVar, cast

from mockcrm.base.copy_on_write import ForkedMap, Numbered, Parts, SortedRows, Spans
from mockcrm.base.times import BEGINNING, MILLISECOND, floor_to
from mockcrm.crm.change import Change
from mockcrm.crm.event import Event
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.query import DeltaRow, Position, Query, SpanRow, Window

_LAST = 1 << 62
"""More than any `seq`."""


class _Index:
    """The visible versions of live or of deleted records. Stamps compare as shown, to the `grain`.

    `spans` has those of a kind that is timed. It has no reference to its collection: a cycle would keep both in memory
    until the garbage collector runs.
    """

    def __init__(self, grain: timedelta, *, timed: bool) -> None:
        self._grain, self._timed = grain, timed
        self.delta: SortedRows[DeltaRow] = SortedRows()
        self.spans: Spans[Change] = Spans()

    def add(self, change: Change) -> None:
        self.delta.add(self._row(change))
        if self._timed:
            self.spans.add(*_span(change))

    def add_all(self, changes: list[Change]) -> None:
        self.delta.add_all([*map(self._row, changes)])
        if self._timed:
            self.spans.add_all(map(_span, changes))

    def remove(self, change: Change) -> None:
        self.delta.remove(self._row(change))
        if self._timed:
            self.spans.remove(*_span(change))

    def regrain(self, grain: timedelta) -> None:
        rows, self.delta, self._grain = self.delta, SortedRows(), grain
        for _, _, change in rows:
            self.delta.add(self._row(change))

    def fork(self) -> "_Index":
        twin = copy(self)
        twin.delta, twin.spans = self.delta.fork(), self.spans.fork()
        return twin

    def _row(self, change: Change) -> DeltaRow:
        return shown_stamp(change, self._grain), change.stamp_seq, change


def _span(change: Change) -> tuple[datetime, datetime, str, Change]:
    event = cast(Event, change.record)
    return event.start, event.end, event.id, change


def shown_stamp(change: Change, grain: timedelta) -> datetime:
    """A version's stamp as lists compare it."""
    return change.stamp if grain <= MILLISECOND else floor_to(change.stamp, grain)


class Collection:
    """The records of one kind.

    A list of k out of n rows costs O(log n + k), or O(n) with a filter; a write O(log n), a fork the copy of some short
    lists. `grain` is the precision to which stamps are shown and compared.
    """

    def __init__(self, kind: Kind, grain: timedelta) -> None:
        self.kind, self._grain = kind, grain
        self._latest: ForkedMap[str, Change] = ForkedMap()
        self._lagging: ForkedMap[str, Change | None] = ForkedMap()
        self._roll: SortedRows[tuple[datetime, str]] = SortedRows()
        self._live = _Index(grain, timed=kind.timed)
        self._deleted = _Index(grain, timed=kind.timed)

    def regrain(self, grain: timedelta) -> None:
        """Show stamps to another precision from now on. Costs O(n log n)."""
        self._grain = grain
        for index in (self._live, self._deleted):
            index.regrain(grain)

    # Reading

    def __contains__(self, record_id: str) -> bool:
        return record_id in self._latest

    def latest(self, record_id: str) -> Change | None:
        """The newest version of a record, visible or not; None if there never was such a record."""
        return self._latest.get(record_id)

    def visible(self, record_id: str) -> Change | None:
        """The version that lists show; None while they show none."""
        return (self._lagging if record_id in self._lagging else self._latest).get(record_id)

    def visible_all(self) -> Iterator[Change]:
        """The visible version of each record, in no order. Costs O(n)."""
        for record_id in self._latest:
            if (shown := self.visible(record_id)) is not None:
                yield shown

    def unlisted(self) -> Iterator[Change]:
        """The latest version of each record of which lists show an earlier one, or none, in no order."""
        return (cast(Change, self.latest(record_id)) for record_id in self._lagging)

    def live(self, most: int | None = None) -> list[Change]:
        """The latest version of each live record, or of the first ones, in order of start and id. Costs O(n)."""
        return [cast(Change, self.latest(record_id)) for _, record_id in islice(self._roll, most)]

    def live_count(self) -> int:
        """How many records are live by their latest version. Any thread may ask while one writes."""
        return len(self._roll)

    def known_count(self) -> int:
        """How many records there are, deleted ones included."""
        return len(self._latest)

    def roll(self) -> Numbered[tuple[datetime, str]]:
        """Start and id of each live record, by its place in that order. Costs a fork of one index."""
        return self._roll.numbered()

    def rows(self, query: Query, after: Position | None, want: int | None) -> list[SpanRow] | list[DeltaRow]:
        """At most `want` rows of a list behind a position, in its order."""
        if query.by_delta:
            return _merged(self._delta_sources(query, cast("tuple[datetime, int] | None", after)), want)
        return _merged(self._span_sources(query, cast("tuple[datetime, str] | None", after)), want)

    def _delta_sources(self, query: Query, after: tuple[datetime, int] | None) -> Iterator[Parts[DeltaRow]]:
        since = query.since or BEGINNING
        low: tuple[datetime] | tuple[datetime, int] = (floor_to(since, self._grain) if query.latest else since,)
        if query.exclusive and query.since:
            low = (query.since, _LAST)
        if after is not None:
            low = max(low, (after[0], after[1] + 1))
        for index, keep in self._indexes(query):
            yield _kept(keep, index.delta.slices(low))
        if not query.latest:
            return
        lagging = ((shown_stamp(change, self._grain), change.stamp_seq, change) for change in self._unlisted(query))
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
        tests: list[_Test] = [partial(_passes, test) for test in query.filter_tests]
        if query.latest and query.since is not None:
            # The latest versions are shown with their whole stamps, and compare by those.
            tests.append(partial(_stamped_since, query.since))
        if query.latest and self._lagging:
            tests.append(lambda change: change.record.id not in self._lagging)
        if query.by_delta and query.window != Window():
            tests.append(query.window.overlaps)
        return tests

    def _retention(self, query: Query) -> list["_Test"]:
        return [] if query.horizon is None else [partial(self._is_retained, query.horizon)]

    def _is_retained(self, horizon: datetime, change: Change) -> bool:
        return shown_stamp(change, self._grain) >= horizon

    def _unlisted(self, query: Query) -> Iterator[Change]:
        """The versions that only a query for the latest ones sees: lists do not show them yet."""
        for change in self.unlisted():
            if query.includes(change) and (query.window == Window() or query.window.overlaps(change)):
                yield change

    # Writing; see `mockcrm.crm.store.Store`

    def enter(self, change: Change, *, visible: bool) -> None:
        """Enter the next version of a record; lists show it if it is `visible`, and otherwise once it is revealed."""
        record_id = change.record.id
        shown = self.visible(record_id)
        self._update_roll(change, self.latest(record_id))
        self._latest.set(record_id, change)
        if visible:
            self._lagging.discard(record_id)
            self._show(change, shown)
        else:
            self._lagging.set(record_id, shown)

    def enter_all(self, changes: list[Change]) -> None:
        """Enter changes that create visible records, faster than one by one."""
        for change in changes:
            self._latest.set(change.record.id, change)
        self._live.add_all(changes)
        self._roll.add_all([self._place(change) for change in changes])

    def reveal(self, change: Change) -> bool:
        """Have lists show a version that they did not show yet, unless they show a newer one. Whether they do now."""
        shown = self.visible(change.record.id)
        if shown is not None and shown.version > change.version:
            return False
        if change is self.latest(change.record.id):
            self._lagging.discard(change.record.id)
        else:
            self._lagging.set(change.record.id, change)
        self._show(change, shown)
        return True

    def _update_roll(self, change: Change, before: Change | None) -> None:
        was = None if before is None or before.deleted else self._place(before)
        now = None if change.deleted else self._place(change)
        if was != now:
            if was:
                self._roll.remove(was)
            if now:
                self._roll.add(now)

    def _place(self, change: Change) -> tuple[datetime, str]:
        return (change.event.start if self.kind.timed else BEGINNING), change.record.id

    def _show(self, change: Change, shown: Change | None) -> None:
        if shown is not None:
            self._index_of(shown).remove(shown)
        self._index_of(change).add(change)

    def _index_of(self, change: Change) -> _Index:
        return self._deleted if change.deleted else self._live

    def fork(self) -> "Collection":
        twin = copy(self)
        twin._latest, twin._lagging, twin._roll = self._latest.fork(), self._lagging.fork(), self._roll.fork()
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


def _passes(test: Callable[[Any], bool], change: Change) -> bool:
    return test(change.record)


def _stamped_since(since: datetime, change: Change) -> bool:
    return change.stamp >= since


def _all_of(tests: list[_Test]) -> _Test | None:
    return partial(_all_pass, tests) if tests else None


def _all_pass(tests: list[_Test], change: Change) -> bool:
    return all(test(change) for test in tests)
