"""The indexes that lists are read from: one shelf for each calendar, and one for all records of any other kind.

What moves from one calendar to another leaves a tombstone behind. It is worked out from the versions of the record: a
calendar in which a record once was has the tombstone of the last move out of it, until the record comes back.
"""

from collections.abc import Iterator
from copy import copy
from datetime import datetime, timedelta
from typing import cast

from mockcrm.base.copy_on_write import ForkedMap, SortedRows, Spans
from mockcrm.base.times import MILLISECOND, floor_to
from mockcrm.crm.change import Change
from mockcrm.crm.event import Event
from mockcrm.crm.query import DeltaRow


class Index:
    """Visible versions of one sort: live ones, or tombstones. Stamps compare as shown, to the `grain`.

    `spans` has those of a kind that is timed. It has no reference to its collection: a cycle would keep both in memory
    until the garbage collector runs.
    """

    def __init__(self, grain: timedelta, *, timed: bool) -> None:
        self._grain, self._timed = grain, timed
        self.delta: SortedRows[DeltaRow] = SortedRows()
        self.spans: Spans[Change] = Spans()

    def empty(self) -> "Index":
        """One without rows, of the same kind."""
        return Index(self._grain, timed=self._timed)

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

    def fork(self) -> "Index":
        twin = copy(self)
        twin.delta, twin.spans = self.delta.fork(), self.spans.fork()
        return twin

    def _row(self, change: Change) -> DeltaRow:
        return shown_stamp(change, self._grain), change.stamp_seq, change


def _span(change: Change) -> tuple[datetime, datetime, str, Change]:
    event = change.event
    return event.start, event.end, event.id, change


def shown_stamp(change: Change, grain: timedelta) -> datetime:
    """A version's stamp as lists compare it."""
    return change.stamp if grain <= MILLISECOND else floor_to(change.stamp, grain)


class Shelf:
    """What lists show of one calendar: live records, tombstones, and the tombstones of what has moved away, if any."""

    __slots__ = ("deleted", "left", "live")

    def __init__(self, grain: timedelta, *, timed: bool) -> None:
        self.live, self.deleted = Index(grain, timed=timed), Index(grain, timed=timed)
        self.left: Index | None = None

    def leave(self, change: Change) -> None:
        """Show the tombstone of what has moved away."""
        self.left = self.left or self.live.empty()
        self.left.add(change)

    def take_back(self, change: Change) -> None:
        """Show it no longer: the record has come back."""
        assert self.left is not None
        self.left.remove(change)

    def index_of(self, change: Change) -> Index:
        return self.deleted if change.deleted else self.live

    def regrain(self, grain: timedelta) -> None:
        for index in (self.live, self.deleted, self.left):
            if index is not None:
                index.regrain(grain)

    def fork(self) -> "Shelf":
        twin = copy(self)
        twin.live, twin.deleted, twin.left = self.live.fork(), self.deleted.fork(), self.left and self.left.fork()
        return twin


class Shelves:
    """The shelves of one collection, by calendar; None stands for what lies in none.

    A fork shares every shelf, and each side copies one before it first changes it.
    """

    def __init__(self, grain: timedelta, *, timed: bool) -> None:
        self._grain, self._timed = grain, timed
        self._shelves: ForkedMap[str | None, Shelf] = ForkedMap()
        self._own: dict[str | None, Shelf] = {}
        """Those that no fork shares."""

    def get(self, calendar: str | None) -> Shelf | None:
        """The shelf of a calendar, to be read; None while it has nothing."""
        return self._shelves.get(calendar)

    def all(self) -> Iterator[Shelf]:
        """Every shelf, to be read."""
        return (shelf for _, shelf in self._shelves.items())

    def changing(self, calendar: str | None) -> Shelf:
        """The shelf of a calendar, to be changed."""
        own = self._own.get(calendar)
        if own is None:
            shared = self._shelves.get(calendar)
            own = Shelf(self._grain, timed=self._timed) if shared is None else shared.fork()
            self._shelves.set(calendar, own)
            self._own[calendar] = own
        return own

    def regrain(self, grain: timedelta) -> None:
        self._grain = grain
        for calendar, _ in [*self._shelves.items()]:
            self.changing(calendar).regrain(grain)

    def fork(self) -> "Shelves":
        twin = copy(self)
        twin._shelves, twin._own, self._own = self._shelves.fork(), {}, {}
        return twin


Place = tuple[str, str | None]
"""A record by its id, and a calendar."""


class Departures:
    """The tombstones that moves left behind: by the latest versions, and by those that lists show."""

    def __init__(self) -> None:
        self.latest: ForkedMap[Place, Change] = ForkedMap()
        self.shown: ForkedMap[Place, Change] = ForkedMap()

    def fork(self) -> "Departures":
        twin = copy(self)
        twin.latest, twin.shown = self.latest.fork(), self.shown.fork()
        return twin


def calendar_of(change: Change) -> str | None:
    """The calendar that a version of an event lies in."""
    return change.event.calendar_id


def moved(change: Change) -> bool:
    """Whether this version lies in another calendar than the one before."""
    return change.prior is not None and calendar_of(change.prior) != calendar_of(change)


def destination(change: Change) -> str | None:
    """The calendar that an event moved to with this version, or with the move that left this tombstone; else None."""
    if change.kind != Event.kind or change.op not in ("updated", "deleted"):
        return None
    return change.moved_to or (calendar_of(change) if moved(change) else None)


def moves_between(change: Change, shown: Change | None) -> list[Change]:
    """The moves after one version of a record, up to and including another; the first one first."""
    found = []
    version: Change | None = change
    while version is not None and version is not shown:
        if moved(version):
            found.append(version)
        version = version.prior
    return found[::-1]


def left_behind(move: Change) -> Change:
    """The tombstone of a move, in the calendar that the record left: its content there, and the stamp of the move."""
    before = cast(Change, move.prior)
    return Change(
        move.seq,
        move.version,
        "deleted",
        before.record,
        move.committed_at,
        move.stamp,
        move.stamp_seq,
        move.visible_at,
        move.origin,
        move.by,
        move.request_id,
        before,
        moved_to=calendar_of(move),
    )
