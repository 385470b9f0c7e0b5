"""A CRM as naive as can be: one list, scanned from end to end. The store is held against it."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise

TICK = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Version:
    """One entry of the log, with nothing but what the rules of the contract's section 4 speak of."""

    seq: int
    event: str
    number: int
    deleted: bool
    start: datetime
    end: datetime
    subject: str | None
    calendar: str
    committed: datetime
    stamp: datetime
    stamp_seq: int
    visible_at: datetime


@dataclass
class Model:
    now: datetime
    log: list[Version] = field(default_factory=list)
    visible: set[int] = field(default_factory=set)
    agenda: list[tuple[datetime, int, Callable[["Model"], None]]] = field(default_factory=list)
    numbers: int = 0
    seqs: int = 0
    """How many changes there were before."""
    tick: timedelta = TICK
    exclusive: bool = False
    retention: timedelta | None = None
    grain: timedelta = TICK

    def fork(self) -> "Model":
        return copy.deepcopy(self)

    # What there is

    def versions(self, event: str) -> list[Version]:
        return [version for version in self.log if version.event == event]

    def latest(self, event: str) -> Version:
        return self.versions(event)[-1]

    def ids(self, *, deleted: bool) -> list[str]:
        return sorted({v.event for v in self.log if self.latest(v.event).deleted is deleted})

    def shown(self, *, latest: bool = False) -> list[Version]:
        """For each event the version that a list shows."""
        newest: dict[str, Version] = {}
        for version in self.log:
            if latest or version.seq in self.visible:
                newest[version.event] = version
        return list(newest.values())

    def shown_stamp(self, version: Version) -> datetime:
        start = datetime.min.replace(tzinfo=version.stamp.tzinfo)
        return version.stamp - (version.stamp - start) % self.grain

    # Writing

    def write(
        self,
        event: str,
        *,
        start: datetime,
        end: datetime,
        subject: str | None,
        calendar: str,
        deleted: bool = False,
        delay: timedelta = timedelta(0),
        stamp: timedelta | None = None,
        bump: bool = True,
    ) -> None:
        self.move(self.now + self.tick)
        before = self.versions(event)
        seq = self.seqs + len(self.log) + 1
        said = self.now + (stamp or timedelta(0))
        said -= (said - datetime.min.replace(tzinfo=said.tzinfo)) % self.grain
        keeps = bool(before) and not bump
        self.log.append(
            Version(
                seq=seq,
                event=event,
                number=len(before) + 1,
                deleted=deleted,
                start=start,
                end=end,
                subject=subject,
                calendar=calendar,
                committed=self.now,
                stamp=before[-1].stamp if keeps else said,
                stamp_seq=before[-1].stamp_seq if keeps else seq,
                visible_at=self.now + delay,
            )
        )
        if not delay:
            self.visible.add(seq)

    def again(self, event: str, **change: object) -> None:
        """Write an event once more as it is, but for what is named."""
        last = self.latest(event)
        given = {"start": last.start, "end": last.end, "subject": last.subject, "calendar": last.calendar, **change}
        self.write(event, **given)  # type: ignore[arg-type]

    # Time

    def move(self, to: datetime) -> None:
        self.now = to
        self.visible |= {version.seq for version in self.log if version.visible_at <= to}

    def advance(self, to: datetime) -> None:
        while due := self.due(to):
            self.agenda.remove(due[0])
            self.move(max(self.now, due[0][0]))
            due[0][2](self)
        self.move(max(self.now, to))

    def due(self, to: datetime) -> list[tuple[datetime, int, Callable[["Model"], None]]]:
        return sorted((entry for entry in self.agenda if entry[0] <= to), key=lambda entry: entry[:2])

    def schedule(self, after: timedelta, what: Callable[["Model"], None]) -> None:
        self.numbers += 1
        self.agenda.append((self.now + after, self.numbers, what))

    # Lists

    def listed(
        self,
        *,
        since: datetime | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        kinds: tuple[bool, ...] = (False,),
        by_delta: bool = False,
        latest: bool = False,
        calendar: str | None = None,
    ) -> list[Version]:
        everything = self.shown(latest=latest)
        there = everything if calendar is None else [*filter(None, (self.seen_in(calendar, row) for row in everything))]
        rows = [row for row in there if row.deleted in kinds and overlaps(row, start, end)]
        if not latest and self.retention is not None:
            horizon = self.now - self.retention
            rows = [row for row in rows if not row.deleted or self.shown_stamp(row) >= horizon]
        if since is not None and self.exclusive and not latest:
            rows = [row for row in rows if self.shown_stamp(row) > since]
        elif since is not None:
            rows = [row for row in rows if (row.stamp if latest else self.shown_stamp(row)) >= since]
        return sorted(rows, key=self.position(by_delta=by_delta or since is not None))

    def seen_in(self, calendar: str, version: Version) -> Version | None:
        """A version as one calendar has it: itself, or the tombstone of its event's last move out of there."""
        if version.calendar == calendar:
            return version
        history = self.versions(version.event)[: version.number]
        moves = [each for each in pairwise(history) if each[0].calendar == calendar != each[1].calendar]
        if not moves:
            return None
        was, move = moves[-1]
        return replace(move, deleted=True, start=was.start, end=was.end, subject=was.subject, calendar=calendar)

    def position(self, *, by_delta: bool) -> Callable[[Version], tuple[datetime, int | str]]:
        if by_delta:
            return lambda row: (self.shown_stamp(row), row.stamp_seq)
        return lambda row: (row.start, row.event)


def overlaps(row: Version, start: datetime | None, end: datetime | None) -> bool:
    if row.start == row.end:
        return (start is None or start <= row.start) and (end is None or row.start < end)
    return (start is None or row.end > start) and (end is None or row.start < end)
