"""The fake CRM at one moment: clock, dialect, records, names, chance. Forking it shares what it can.

It knows no HTTP, no lock, no name of its own, and no test; `mockcrm.sandbox` gives it those. All that is written goes
through `FakeCrm.write`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any, NamedTuple

from mockcrm.base.collecting import making_many
from mockcrm.base.declaring import dataclass
from mockcrm.base.progress import tracked
from mockcrm.base.times import MILLISECOND, fits, floor_to, shifted
from mockcrm.crm.change import Change, Op, Origin
from mockcrm.crm.clock import Clock
from mockcrm.crm.dialect.knobs import PLAIN, ROUNDINGS, Dialect
from mockcrm.crm.event import Event
from mockcrm.crm.kinds.calendars import CALENDAR
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.filters import ME, PRIMARY
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.kinds.people import USER
from mockcrm.crm.kinds.registry import kind_of
from mockcrm.crm.link_names import with_names
from mockcrm.crm.memory import Holding
from mockcrm.crm.names import RecordName, RecordNames
from mockcrm.crm.record import Record
from mockcrm.crm.store import Store
from mockcrm.crm.weights import CHANGE, INVENTED, weight_of
from mockcrm.errors import (
    ActionInvalid,
    RecordDeleted,
    RecordNotFound,
    SandboxFull,
)

MAX_VIEWS = 100
"""How many snapshots are kept for paged reads that go on; the oldest is dropped first."""
MAX_ANSWERS = 10_000
"""How many answers to requests with an `Idempotency-Key` are kept; the oldest is dropped first."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Who makes a change: a colleague in the CRM or a client; in which request; and under which name, if any."""

    origin: Origin
    request_id: str | None = None
    by: str | None = None


COLLEAGUE = Cause("crm")
"""A colleague in the CRM, outside any request: the agenda, a fixture file, a scenario, a fault rule."""


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """The modifiers that every write takes (contract, section 6).

    `visible_after` is how long lists do not show the change yet; without it, the dialect's index lag. `stamp` replaces
    `lastModifiedAt`; a duration is relative to now. Without `bump` the version keeps the stamp of the one before. `by`
    is the author's name.
    """

    visible_after: timedelta | None = None
    stamp: datetime | timedelta | None = None
    bump: bool = True
    by: str | None = None


NO_OPTIONS = WriteOptions()
"""A write without modifiers."""


class Write(NamedTuple):
    """A version that is to be written: what is done to a record, its content then, and the version before.

    Without `bump` it keeps the stamp of the version before. A deletion may be due to a merge: `merged_into` is then the
    id of the record that survives.
    """

    op: Op
    record: Record
    prior: Change | None = None
    bump: bool = True
    merged_into: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the first request with an `Idempotency-Key` sent, as a digest, and the change that it made."""

    digest: str
    change: Change


class KeyAt(NamedTuple):
    """An `Idempotency-Key` where it was sent: for records of a kind, events in one calendar."""

    key: str
    kind: str
    calendar: str | None


@dataclass(frozen=True, slots=True)
class View:
    """What a paged read is read from.

    `as_of` is the instant of which its pages speak; deletions before `horizon` are not in it.
    """

    store: Store
    as_of: datetime
    horizon: datetime | None


class Invented:
    """What comes with records that are created at once: nothing, unless a class that derives from it says so."""

    def beside(self) -> Sequence[tuple[Kind, Sequence[Record]]]:
        """What they refer to and is new, by kind. Asked for once they have been made."""
        return ()

    def most_children(self, records: Sequence[Record]) -> int:
        """The most child events that they can have."""
        return 0

    def with_children(self, records: Sequence[Record]) -> Iterable[Record]:
        """The records with their child events. Asked for once what they refer to has been committed."""
        return records


class FakeCrm:
    """One CRM. It is not safe between threads: its owner holds a lock.

    `seed` is that of the random numbers from which records are invented. `views` are kept for paged reads, by the
    read's name; `answers` by `KeyAt`. `primary` are the id and the start of the primary calendar, unless that is a new
    one. `count` is told how many child events change with a write before anything is written, and may refuse them.
    """

    def __init__(
        self, clock: Clock, dialect: Dialect = PLAIN, seed: int = 0, primary: tuple[str, datetime] | None = None
    ) -> None:
        self.clock = clock
        self.dialect = dialect
        self._chance, self._shares_chance = Random(seed), False
        self.holding = Holding()
        self.names = RecordNames()
        self._begin(*(primary or (self.names.first_id(CALENDAR, dialect.id_form), clock.now())))
        self.answers: dict[KeyAt, Answer] = {}
        self.views: dict[str, View] = {}
        self.count: Callable[[int], None] = _no_limit

    @property
    def chance(self) -> Random:
        """The random numbers of this CRM, and of no fork of it."""
        if self._shares_chance:
            self._chance, self._shares_chance = copy(self._chance), False
        return self._chance

    def _begin(self, primary_id: str, started: datetime) -> None:
        """Have nothing but the primary calendar, which is there from the start, and in no log."""
        self.primary_id, self.started = primary_id, (start := floor_to(started, MILLISECOND))
        calendar = CALENDAR.record(id=primary_id, name="Calendar", primary=True)
        self.store = Store(
            self.dialect.grain, Change(0, 1, "created", calendar, start, start, 0, start, "crm", None, None, None)
        )

    # Finding

    def resolve(self, kind: Kind, reference: str) -> str:
        """The id that a reference stands for: the record's for a key, that of `meant`, or else itself."""
        return self.names.resolve(self.store, kind, self.meant(kind, reference))

    def meant(self, kind: Kind, reference: str) -> str:
        """The id that a client means, who knows no keys: `me` is the caller, `primary` the primary calendar."""
        if reference == ME and kind is USER:
            return self.me() or reference
        return self.primary_id if reference == PRIMARY and kind is CALENDAR else reference

    def id_of(self, kind: Kind, reference: str, origin: Origin) -> str:
        """The id that a colleague or a client means by a reference."""
        return self.resolve(kind, reference) if origin == "crm" else self.meant(kind, reference)

    def calendar(self, reference: str | None) -> str:
        """The id of the calendar that a client means, by default of the primary. Raises as `living` does."""
        if reference in (None, PRIMARY, self.primary_id):
            return self.primary_id
        return self.living(CALENDAR, reference, "client").record.id

    def key_of(self, kind: Kind, reference: str) -> str | None:
        """The key of the record that a reference stands for, if it has one."""
        return self.names.key_of.get(RecordName(kind.name, self.resolve(kind, reference)))

    def find(self, kind: Kind, record_id: str, calendar: str | None = None) -> Change:
        """The latest version of a record, deleted or not. Raises `RecordNotFound`.

        With a `calendar`, of an event there; if it has moved away, the tombstone that it left.
        """
        change = self.store.of(kind).latest(record_id)
        if change is not None and calendar is not None and change.event.calendar_id != calendar:
            change = self.store.of(kind).left(record_id, calendar)
        if change is None:
            raise RecordNotFound.of(kind.name)(f"There is no {kind.name} {record_id!r}.")
        return change

    def living(self, kind: Kind, record_id: str, origin: Origin = "crm", calendar: str | None = None) -> Change:
        """The same, of a record that is not deleted. Raises `RecordDeleted`; a client gets the dialect's status."""
        change = self.find(kind, record_id, calendar)
        if change.deleted:
            status = self.dialect.deleted_status if origin == "client" else 404
            deleted: Any = RecordDeleted.of(kind.name)
            raise deleted(f"The {kind.name} {record_id!r} was deleted.", status=status)
        return change

    def horizon(self, at: datetime | None = None) -> datetime | None:
        """The instant before which tombstones have expired, seen from `at`, or from now. None if they never expire."""
        retention = self.dialect.tombstone_retention
        if retention is None:
            return None
        return shifted(at or self.clock.now(), -retention)

    # Who calls

    def me(self) -> str | None:
        """The id of the user who calls: the dialect's `me`, or else the first user created that is not deleted."""
        if (users := self.store.collections.get(USER.name)) is None:
            return None
        if self.dialect.me is None:
            user = users.first()
        else:
            user = users.latest(self.names.resolve(self.store, USER, self.dialect.me))
        return None if user is None or user.deleted else user.record.id

    def filled(self, record: Record) -> Record:
        """A new record with what the CRM fills in: by default an event is the caller's, in the primary calendar."""
        if not isinstance(record, Event):
            return record
        owner, calendar = record.owner_id or self.me(), record.calendar_id or self.primary_id
        if owner == record.owner_id and calendar == record.calendar_id:
            return record
        return replace(record, owner_id=owner, calendar_id=calendar)

    def filling(self, kind: Kind, calendar: str | None) -> Mapping[str, Any]:
        """The same, by attribute, for a record that is still to be made in a calendar."""
        return {"owner_id": self.me(), "calendar_id": calendar or self.primary_id} if kind is EVENT else {}

    # Writing

    def next_id(self, kind: Kind) -> str:
        """The id of the next new record of a kind. To ask does not use it up."""
        return self.names.next_id(kind, self.dialect.id_form)

    def _pass_over_taken_ids(self, kind: Kind) -> None:
        self.names.pass_over_taken(self.store, kind, self.dialect.id_form)

    def name(self, key: str, record: Record) -> None:
        """Give a record its key, for good. `RecordNames.check_key` has passed it."""
        self.names.give(key, record)
        self._pass_over_taken_ids(kind_of(record))

    def write(self, write: Write, cause: Cause, options: WriteOptions = NO_OPTIONS) -> Change:
        """Commit the next version of a record, stamped by the clock after its tick (contract, section 4)."""
        (change,) = self.write_all([write], cause, options)
        return change

    def write_all(
        self,
        writes: Sequence[Write],
        cause: Cause,
        options: WriteOptions = NO_OPTIONS,
        *,
        main: int = 0,
        ticks: bool = True,
    ) -> list[Change]:
        """Commit versions of several records with one stamp, one after the other. Each record is among them once.

        `main` is the place of the one that has this cause; the CRM itself makes the others, for the same author and
        in the same request. The caller has checked that the changes may be made. What is still refused is refused
        before anything changes.
        """
        now = self.clock.later(self.clock.tick) if ticks else self.clock.now()
        visible_at, stamp = _within_time(now, self._lag(options)), self._stamp(now, options)
        by, request_id, first = options.by or cause.by, cause.request_id, self.store.last_seq + 1
        changes, weight = [], 0
        for seq, (op, content, prior, bump, merged_into) in enumerate(writes, first):
            record = content if op == "deleted" else with_names(self.store, content)
            weight += CHANGE if op == "deleted" else weight_of(record)
            keeps = prior is not None and op == "updated" and not (options.bump and bump)
            said, said_seq = (prior.stamp, prior.stamp_seq) if prior and keeps else (stamp, seq)
            version, origin = prior.version + 1 if prior else 1, cause.origin if seq == first + main else "crm"
            whose = origin, by, request_id
            changes.append(
                Change(seq, version, op, record, now, said, said_seq, visible_at, *whose, prior, merged_into)
            )
        self.holding.grow(weight)
        if ticks:
            self.clock.set(now)
        for change in changes:
            self.store.commit(change, visible=not change.delayed)
            if change.op == "created":
                self._pass_over_taken_ids(kind_of(change.record))
        return changes

    def bulk_create(
        self, kind: Kind, many: int, records: Callable[[], Iterable[Record]], cause: Cause, invented: Invented
    ) -> None:
        """Commit `many` new records at once, stamped now, without a tick (contract, section 4).

        `records` makes them. It is called once there is memory for so many. What is `invented` beside them stands
        before them in the change log, and their child events beside their parents.
        """
        before, now = self.holding.weight, self.clock.now()
        try:
            self.holding.grow(many * INVENTED)
            with making_many():
                made = [*tracked(records(), many, f"Inventing {kind.path}")]
                others = invented.beside()
                # Once something is committed, nothing is refused any more.
                self.holding.grow((sum(len(each) for _, each in others) + invented.most_children(made)) * INVENTED)
                for of, each in others:
                    self._commit_new(of, each, now, cause)
                self._commit_new(kind, [*map(self.filled, invented.with_children(made))], now, cause)
        except SandboxFull:
            self.holding.shrink_to(before)
            raise

    def _commit_new(self, kind: Kind, records: Sequence[Record], now: datetime, cause: Cause) -> None:
        stamp = self._stamp(now, NO_OPTIONS)
        seqs = count(self.store.last_seq + 1)
        self.store.commit_all(
            kind,
            [
                Change(seq, 1, "created", record, now, stamp, seq, now, cause.origin, None, cause.request_id, None)
                for seq, record in zip(seqs, records, strict=False)
            ],
        )
        self._pass_over_taken_ids(kind)

    def _lag(self, options: WriteOptions) -> timedelta:
        return (self.dialect.index_lag or timedelta(0)) if options.visible_after is None else options.visible_after

    def _stamp(self, now: datetime, options: WriteOptions) -> datetime:
        stamp = now if options.stamp is None else options.stamp
        if isinstance(stamp, timedelta):
            stamp = _within_time(now, stamp)
        return ROUNDINGS[self.dialect.timestamp_rounding](stamp, self.dialect.grain)

    def set_dialect(self, dialect: Dialect) -> None:
        """Change the dialect. Stamps stay as they are, and are shown with the new dialect's precision.

        While nothing was written, the id of the primary calendar has the dialect's form.
        """
        was, self.dialect = self.dialect, dialect
        if dialect.id_form != was.id_form and not self.store.last_seq:
            self._begin(self.names.first_id(CALENDAR, dialect.id_form), self.started)
        for collection in self.store.collections.values():
            self._pass_over_taken_ids(collection.kind)
        self.store.regrain(dialect.grain)

    def answer(self, key: str, kind: Kind, calendar: str | None) -> Answer | None:
        """The answer that is kept for a repeat, of events in a calendar, by default in the primary."""
        return self.answers.get(self._key_at(key, kind, calendar))

    def remember(self, key: str, answer: Answer) -> None:
        """Keep the answer to a request with an `Idempotency-Key`, for repeats in the place where it made its record."""
        record = answer.change.record
        calendar = record.calendar_id if isinstance(record, Event) else None
        self.answers[self._key_at(key, kind_of(record), calendar)] = answer
        if len(self.answers) > MAX_ANSWERS:
            del self.answers[next(iter(self.answers))]

    def _key_at(self, key: str, kind: Kind, calendar: str | None) -> KeyAt:
        return KeyAt(key, kind.name, (calendar or self.primary_id) if kind.in_calendars else None)

    def keep_view(self, read: str, view: View) -> None:
        """Keep what a paged read is read from, for its next pages."""
        if read not in self.views:
            self.views[read] = replace(view, store=view.store.fork())
        if len(self.views) > MAX_VIEWS:
            del self.views[next(iter(self.views))]

    @contextmanager
    def counting(self, count: Callable[[int], None]) -> Iterator[None]:
        """Have the child events that change with others counted."""
        before, self.count = self.count, count
        try:
            yield
        finally:
            self.count = before

    # Forking

    def branch(self) -> "FakeCrm":
        """A fork that lives on by its own. What both hold is counted once."""
        copy = self.fork()
        copy.holding, self.holding = self.holding.next(), self.holding.next()
        return copy

    def fork(self) -> "FakeCrm":
        """An independent copy. It costs the copy of some short lists, however many events there are."""
        twin = copy(self)
        twin.clock = self.clock.fork()
        # Its state is long, and few forks draw from it.
        twin._shares_chance = self._shares_chance = True
        twin.store = self.store.fork()
        twin.names = self.names.fork()
        twin.answers = dict(self.answers)
        twin.views = dict(self.views)
        twin.count = _no_limit
        return twin


def _no_limit(more: int) -> None:
    """Any number of child events may change."""


def _within_time(now: datetime, by: timedelta) -> datetime:
    if not fits(now, by):
        raise ActionInvalid("That instant is outside the years 1 to 9999.")
    return now + by
