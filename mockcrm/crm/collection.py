"""The records of one kind: the newest version of each, and the indexes that lists are read from.

The rules of versions and visibility (contract, section 4):

* A read by id uses the latest version of a record; a list uses the highest visible one.
* A version becomes visible at its commit or, if it is delayed, once the clock reaches its instant. That happens once.
* The delta position of a record is the stamp of its visible version, then the `seq` of the change that set that stamp.

Retention is worked out when a list is read.
"""

from collections.abc import Callable, Iterable, Iterator
from copy import copy
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any, TypeVar, cast

from mockcrm.base.copy_on_write import ForkedMap, Numbered, Parts, SortedRows
from mockcrm.base.times import BEGINNING, floor_to
from mockcrm.crm.change import Change
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.lookup import Lookup, LookupValues
from mockcrm.crm.query import DeltaRow, Position, Query, SpanRow, Window
from mockcrm.crm.shelves import (
    Departures,
    Index,
    Shelf,
    Shelves,
    calendar_of,
    left_behind,
    moved,
    moves_between,
    shown_stamp,
)

_LAST = 1 << 62
"""More than any `seq`."""


class Collection:
    """The records of one kind.

    A list of k out of n rows costs O(log n + k), or O(n) with a filter; a write O(log n), a fork the copy of some short
    lists. `grain` is the precision to which stamps are shown and compared.
    """

    def __init__(self, kind: Kind, grain: timedelta) -> None:
        self.kind, self._grain = kind, grain
        self._latest: ForkedMap[str, Change] = ForkedMap()
        self._lagging: ForkedMap[str, Change | None] = ForkedMap()
        self._roll: SortedRows[tuple[Any, str]] = SortedRows()
        self._born: ForkedMap[str, int] | None = None if kind.timed else ForkedMap()
        self._shelves = Shelves(grain, timed=kind.timed)
        self._departures: Departures | None = None
        self._lookups: dict[LookupValues, Lookup] = {}

    def regrain(self, grain: timedelta) -> None:
        """Show stamps to another precision from now on. Costs O(n log n)."""
        self._grain = grain
        self._shelves.regrain(grain)

    # Reading

    def __contains__(self, record_id: str) -> bool:
        return record_id in self._latest

    def latest(self, record_id: str) -> Change | None:
        """The newest version of a record, visible or not; None if there never was such a record."""
        return self._latest.get(record_id)

    def visible(self, record_id: str) -> Change | None:
        """The version that lists show; None while they show none."""
        return (self._lagging if record_id in self._lagging else self._latest).get(record_id)

    def left(self, record_id: str, calendar: str | None) -> Change | None:
        """The tombstone that a record, by its latest version, left in a calendar that it moved away from."""
        return None if self._departures is None else self._departures.latest.get((record_id, calendar))

    def departed(self, calendar: str) -> Iterator[Change]:
        """The tombstones that lists show of records which have moved away from a calendar, in no order."""
        shown = self._departures.shown.items() if self._departures else ()
        return (left for (_, of), left in shown if of == calendar)

    def visible_all(self) -> Iterator[Change]:
        """The visible version of each record, in no order. Costs O(n)."""
        if not self._lagging:
            yield from (latest for _, latest in self._latest.items())
            return
        for record_id in self._latest:
            if (shown := self.visible(record_id)) is not None:
                yield shown

    def unlisted(self) -> Iterator[Change]:
        """The latest version of each record of which lists show an earlier one, or none, in no order."""
        return (cast(Change, self.latest(record_id)) for record_id in self._lagging)

    def live(self, most: int | None = None) -> list[Change]:
        """The latest version of each live record, or of the first ones, in order of start and id, or of creation.

        Costs O(n).
        """
        return [cast(Change, self.latest(record_id)) for _, record_id in islice(self._roll, most)]

    def first(self) -> Change | None:
        """The latest version of the first live record in that order; None if there is none."""
        row = self._roll.first()
        return row and self.latest(row[1])

    def live_count(self) -> int:
        """How many records are live by their latest version. Any thread may ask while one writes."""
        return len(self._roll)

    def known_count(self) -> int:
        """How many records there are, deleted ones included."""
        return len(self._latest)

    def having(self, values: LookupValues, value: str) -> list[Change]:
        """The latest versions of the live records that have a value, in order of their ids.

        The first question by these `values` costs O(n), and from then on each write a little more.
        """
        if (lookup := self._lookups.get(values)) is None:
            lookup = self._lookups[values] = Lookup(values)
            for record_id in self._latest:
                lookup.enter(cast(Change, self.latest(record_id)), None)
        return [cast(Change, self.latest(record_id)) for record_id in lookup.ids(value)]

    def roll(self) -> Numbered[tuple[Any, str]]:
        """Start and id of each live record, by its place in that order. Costs a fork of one index.

        What has no times has the `seq` of its creation instead of a start.
        """
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

    def _indexes(self, query: Query) -> Iterator[tuple[Index, "_Test | None"]]:
        """The indexes that a query reads, each with the test that its rows must pass, if any."""
        keep = _all_of(self._tests(query))
        kept_deleted = _all_of([*self._tests(query), *self._retention(query)]) if query.includes_deleted else None
        for shelf in self._shelves_of(query):
            if query.includes_live:
                yield shelf.live, keep
            if query.includes_deleted:
                yield shelf.deleted, kept_deleted
            if shelf.left is not None and query.includes_deleted and query.calendar is not None and not query.latest:
                yield shelf.left, kept_deleted

    def _shelves_of(self, query: Query) -> Iterable[Shelf]:
        if query.calendar is None:
            return self._shelves.all()
        shelf = self._shelves.get(query.calendar)
        return () if shelf is None else (shelf,)

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
        before = self._latest.get(record_id)
        shown = self._lagging.get(record_id) if record_id in self._lagging else before
        self._note_birth(change)
        self._note_move(change)
        self._update_roll(change, before)
        for lookup in self._lookups.values():
            lookup.enter(change, before)
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
            for lookup in self._lookups.values():
                lookup.enter(change, None)
            self._note_birth(change)
        by_calendar: dict[str | None, list[Change]] = {}
        for change in changes:
            by_calendar.setdefault(self._calendar(change), []).append(change)
        for calendar, among in by_calendar.items():
            self._shelves.changing(calendar).live.add_all(among)
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

    def _note_birth(self, change: Change) -> None:
        if self._born is not None and change.prior is None:
            self._born.set(change.record.id, change.seq)

    def _update_roll(self, change: Change, before: Change | None) -> None:
        was = None if before is None or before.deleted else self._place(before)
        now = None if change.deleted else self._place(change)
        if was != now:
            if was:
                self._roll.remove(was)
            if now:
                self._roll.add(now)

    def _place(self, change: Change) -> tuple[Any, str]:
        record_id = change.record.id
        return (change.event.start if self._born is None else self._born.get(record_id)), record_id

    def _calendar(self, change: Change) -> str | None:
        return calendar_of(change) if self.kind.in_calendars else None

    def _note_move(self, change: Change) -> None:
        """Note what a new version leaves behind, if it is a move."""
        if self.kind.in_calendars and moved(change):
            self._departures = self._departures or Departures()
            left = left_behind(change)
            self._departures.latest.set((change.record.id, calendar_of(left)), left)
            self._departures.latest.discard((change.record.id, calendar_of(change)))

    def _show(self, change: Change, shown: Change | None) -> None:
        if shown is not None:
            self._shelves.changing(self._calendar(shown)).index_of(shown).remove(shown)
        self._shelves.changing(self._calendar(change)).index_of(change).add(change)
        if self._departures is not None:
            for move in moves_between(change, shown):
                self._show_departure(self._departures, move)

    def _show_departure(self, departures: Departures, move: Change) -> None:
        """Have the calendar that a record left show a tombstone, and the one that it came to no longer."""
        left = left_behind(move)
        latest = departures.latest.get((move.record.id, calendar_of(left)))
        if latest is not None and latest.seq == move.seq:
            left = latest
        departures.shown.set((move.record.id, calendar_of(left)), left)
        self._shelves.changing(calendar_of(left)).leave(left)
        if (back := departures.shown.get((move.record.id, calendar_of(move)))) is not None:
            departures.shown.discard((move.record.id, calendar_of(move)))
            self._shelves.changing(calendar_of(move)).take_back(back)

    def fork(self) -> "Collection":
        twin = copy(self)
        twin._latest, twin._lagging, twin._roll = self._latest.fork(), self._lagging.fork(), self._roll.fork()
        twin._born = None if self._born is None else self._born.fork()
        twin._shelves = self._shelves.fork()
        twin._departures = self._departures and self._departures.fork()
        twin._lookups = {values: lookup.fork() for values, lookup in self._lookups.items()}
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
