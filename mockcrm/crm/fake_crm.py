"""Everything that a CRM is at one moment: clock, agenda, events, dialect, chance. Forking it shares what it can.

A state knows no HTTP, no lock and no name of its own; `mockcrm.sandbox` gives it those. All that is written goes
through `State.write`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any, Protocol

from mockcrm.base.collecting import making_many
from mockcrm.base.copy_on_write import ForkedMap
from mockcrm.base.times import fits, shifted
from mockcrm.crm.allowance import MAX_LOOK, Allowance, Foreseeable, foreseen_runs, too_much_due
from mockcrm.crm.clock import Agenda, Clock, ClockSetting, Entry, Hold
from mockcrm.crm.dialect.knobs import PLAIN, ROUNDINGS, Dialect
from mockcrm.crm.event import Change, Event, Op, Origin
from mockcrm.crm.ids import ID_FORMS
from mockcrm.crm.memory import Holding
from mockcrm.crm.store import Store
from mockcrm.crm.weights import CHANGE, INVENTED, weight_of
from mockcrm.errors import (
    ActionInvalid,
    EventDeleted,
    EventNotFound,
    KeyExists,
    Refusal,
)
from mockcrm.faults.rules import Faults

MAX_VIEWS = 100
"""How many walks' snapshots are kept; the oldest are forgotten first."""
MAX_ANSWERS = 10_000
"""How many answers to an `Idempotency-Key` are remembered; the oldest are forgotten first."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Who wants a change: a colleague in the CRM or a client, in which request, and by what name if it has one."""

    origin: Origin
    request_id: str | None = None
    by: str | None = None


COLLEAGUE = Cause("crm")
"""Somebody in the CRM, in no request: the clock's agenda, a fixture file, a scenario, a fault."""


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """The modifiers that every write takes (contract, section 6). `stamp` as a duration is relative to now.

    Without `visible_after` lists lag behind as the dialect says.
    """

    visible_after: timedelta | None = None
    stamp: datetime | timedelta | None = None
    bump: bool = True
    by: str | None = None


NO_OPTIONS = WriteOptions()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the first request with an `Idempotency-Key` asked and did."""

    digest: str
    change: Change


@dataclass(frozen=True, slots=True)
class View:
    """What a walk is read from, the instant for which its pages speak, and from when on it knows of deletions."""

    store: Store
    as_of: datetime
    horizon: datetime | None


@dataclass(frozen=True, slots=True)
class Plot:
    """What happens in a scenario after its start, and how far it has come; see `mockcrm.sandbox.scenario.steps`.

    `told` is what people wrote of it: title, story, steps, and what is expected of its end.
    """

    told: Mapping[str, Any]
    steps: tuple[Any, ...]
    expected: Any
    place: int = 0
    syncs: int = 0
    done: bool = False


class Action(Foreseeable, Protocol):
    """What can be done to a state; see `mockcrm.crm.actions`. `raw` is the action as it came over the wire."""

    @property
    def raw(self) -> Mapping[str, Any]: ...

    @property
    def several(self) -> bool:
        """Whether it may make more than one change, and so may fail in the middle."""

    def size(self, crm: "State") -> int:
        """How many changes it makes at most; 1 for one that makes none."""

    def perform(self, crm: "State", cause: Cause) -> Any: ...


@dataclass(frozen=True, slots=True)
class AgendaRun:
    """One thing of the agenda that has run: when it was due, and its results, or why it was refused."""

    due: datetime
    results: tuple[Any, ...] = ()
    refusal: Refusal | None = None


class State:
    """One CRM's whole state. Calls are not safe between threads: whoever owns the state holds a lock."""

    def __init__(self, clock: Clock, dialect: Dialect = PLAIN, seed: int = 0) -> None:
        self.clock = clock
        self.dialect = dialect
        self.chance = Random(seed)
        self.store = Store(dialect.grain)
        self.holding = Holding()
        self.agenda: Agenda[tuple[Action, ...]] = Agenda()
        self.keys: ForkedMap[str, str] = ForkedMap()
        self.key_of: ForkedMap[str, str] = ForkedMap()
        self.answers: dict[str, Answer] = {}
        self.faults = Faults()
        self.views: dict[str, View] = {}
        self.plot: Plot | None = None
        self.ids_given = 0
        self.ran_until = clock.now()
        """Up to when everything that fell due has been brought about. The clock may read later, by some ticks."""
        self._allowance: Allowance | None = None

    # Finding

    def resolve(self, reference: str) -> str:
        """The id that a reference, an id or a key, stands for; the reference itself when it is neither."""
        if self.store.latest(reference) is None:
            return self.keys.get(reference) or reference
        return reference

    def find(self, event_id: str) -> Change:
        """The latest version of an event, dead or alive. Raises `EventNotFound`."""
        change = self.store.latest(event_id)
        if change is None:
            raise EventNotFound(f"There is no event {event_id!r}.")
        return change

    def living(self, event_id: str, origin: Origin = "crm") -> Change:
        """The same of an event that lives. Raises `EventDeleted`, to a client with the status of the dialect."""
        change = self.find(event_id)
        if change.deleted:
            status = self.dialect.deleted_status if origin == "client" else 404
            raise EventDeleted(f"The event {event_id!r} was deleted.", status=status)
        return change

    def horizon(self, at: datetime | None = None) -> datetime | None:
        """Tombstones stamped before this instant are no longer reported `at` another, or now; None while all are."""
        retention = self.dialect.tombstone_retention
        if retention is None:
            return None
        return shifted(at or self.clock.now(), -retention)

    # Writing

    def next_id(self) -> str:
        """The id that the next new event gets. Asking for it twice gives the same."""
        return ID_FORMS[self.dialect.id_form].make(self.ids_given + 1)

    def _pass_over_taken_ids(self) -> None:
        while self.taken(self.next_id()):
            self.ids_given += 1

    def taken(self, name: str) -> bool:
        """Whether a name is an event's id or key: the two never mean different events."""
        return name in self.store or name in self.keys

    def name(self, key: str, event_id: str) -> None:
        """Let a key that `check_key` has passed stand for an event, for good."""
        self.keys.set(key, event_id)
        self.key_of.set(event_id, key)
        self._pass_over_taken_ids()

    def check_key(self, key: str | None) -> None:
        """Raises `KeyExists` for a key that stands for an event already, or is the id of one."""
        if key is not None and self.taken(key):
            raise KeyExists(f"The key {key!r} already stands for event {self.resolve(key)}.")

    def write(
        self,
        op: Op,
        event: Event,
        prior: Change | None,
        cause: Cause,
        how: WriteOptions = NO_OPTIONS,
        *,
        ticks: bool = True,
    ) -> Change:
        """Commit the next version of an event, stamped by the clock after its tick (contract, section 4).

        The caller has checked that the change may be made; what can still be refused is refused before anything moves.
        """
        now = self.clock.later(self.clock.tick) if ticks else self.clock.now()
        seq = self.store.last_seq + 1
        stamp, stamp_seq = (prior.stamp, prior.stamp_seq) if prior and not how.bump else (self._stamp(now, how), seq)
        change = Change(
            seq=seq,
            version=prior.version + 1 if prior else 1,
            op=op,
            event=event,
            committed_at=now,
            stamp=stamp,
            stamp_seq=stamp_seq,
            visible_at=_within_time(now, self._lag(how)),
            origin=cause.origin,
            by=how.by or cause.by,
            request_id=cause.request_id,
            prior=prior,
        )
        self.holding.grow(CHANGE if op == "deleted" else weight_of(event))
        if ticks:
            self.clock.set(now)
        self.store.commit(change, visible=not change.delayed)
        if op == "created":
            self._pass_over_taken_ids()
        return change

    def bulk_create(self, many: int, events: Callable[[Iterator[str]], Iterable[Event]], cause: Cause) -> None:
        """Commit so many new events all at once, stamped now, without a tick (contract, section 4).

        `events` makes them from the ids that they are to have, once there is room for them.
        """
        self.holding.grow(many * INVENTED)
        now = self.clock.now()
        stamp = self._stamp(now, NO_OPTIONS)
        seqs = count(self.store.last_seq + 1)
        with making_many():
            self.store.commit_all(
                [
                    Change(seq, 1, "created", event, now, stamp, seq, now, cause.origin, None, cause.request_id, None)
                    for seq, event in zip(seqs, events(self._free_ids()), strict=False)
                ]
            )
        self._pass_over_taken_ids()

    def _free_ids(self) -> Iterator[str]:
        make = ID_FORMS[self.dialect.id_form].make
        names = map(make, count(self.ids_given + 1))
        return (name for name in names if not self.taken(name))

    def _lag(self, how: WriteOptions) -> timedelta:
        return (self.dialect.index_lag or timedelta(0)) if how.visible_after is None else how.visible_after

    def _stamp(self, now: datetime, how: WriteOptions) -> datetime:
        stamp = now if how.stamp is None else how.stamp
        if isinstance(stamp, timedelta):
            stamp = _within_time(now, stamp)
        return ROUNDINGS[self.dialect.timestamp_rounding](stamp, self.dialect.grain)

    def set_dialect(self, dialect: Dialect) -> None:
        """Change the dialect; what is stamped stays stamped, and is shown as the new dialect shows it."""
        self.dialect = dialect
        self._pass_over_taken_ids()
        self.store.regrain(dialect.grain)

    def remember(self, key: str, answer: Answer) -> None:
        """Keep what a request with an `Idempotency-Key` did."""
        self.answers[key] = answer
        if len(self.answers) > MAX_ANSWERS:
            del self.answers[next(iter(self.answers))]

    def keep_view(self, walk: str, view: View) -> None:
        """Keep what a walk is read from, for its next pages."""
        if walk not in self.views:
            self.views[walk] = replace(view, store=view.store.fork())
        if len(self.views) > MAX_VIEWS:
            del self.views[next(iter(self.views))]

    # Time

    def arrive(self) -> Hold | None:
        """Hold the clock, and bring about what has fallen due; `leave` with what this returns.

        Whatever is shown or stamped in between is of that one instant, so nothing can come later and be stamped
        earlier. Within the hold of somebody else nothing more falls due. A clock that cannot keep up falls behind.
        """
        hold = self.clock.hold()
        try:
            if hold:
                self._catch_up(hold)
            self.store.reveal(self.clock.now())
        except BaseException:
            self.clock.release(hold)
            raise
        return hold

    def leave(self, hold: Hold | None) -> None:
        """Let the clock go on."""
        self.clock.release(hold)

    def _catch_up(self, hold: Hold) -> None:
        """Run what has fallen due, all of one instant and then the next, until one look has done enough.

        Where a look stops says nothing about what comes of it: at which instant a thing runs, and what it is allowed,
        is the same however many looks it takes.
        """
        runs = changes = 0
        while entry := self.agenda.next_due(hold.target):
            if max(runs, changes) >= MAX_LOOK or (runs and self.clock.overstays(hold)):
                self.clock.fall_behind(hold)
                return
            with self.bounded(Allowance()) as done:
                for _ in self._run_until(entry.due):
                    pass
            runs, changes, self.ran_until = runs + done.runs, changes + done.changes, entry.due
        self.clock.catch_up(hold)
        self.ran_until = hold.target

    @property
    def behind(self) -> timedelta | None:
        """How far what has been brought about is behind what the clock would read had it kept up; None if it has."""
        owed = self.clock.owed
        return None if owed is None else self.clock.now() + owed - self.ran_until

    def advance(self, target: datetime) -> list[AgendaRun]:
        """Move the clock forward to an instant, running what falls due on the way, each thing at its own instant.

        Raises `ClockInvalid` when that is too much for one whole; the caller then goes back to a fork.
        """
        hold = self.clock.hold()
        try:
            with self.bounded() as allowance:
                allowance.check(runs=self.agenda.count(target))
                ran: list[AgendaRun] = []
                for each in self._run_until(target):
                    ran.append(each)
                    if allowance.exceeded:
                        raise too_much_due()
            self.clock.set(max(target, self.clock.now()))
            self.ran_until = target
        finally:
            self.clock.release(hold)
        self.store.reveal(self.clock.now())
        return ran

    def _run_until(self, target: datetime) -> Iterator[AgendaRun]:
        while entry := self.agenda.next_due(target):
            self.clock.set(max(entry.due, self.clock.now()))
            self.store.reveal(self.clock.now())
            self.agenda.take(entry)
            yield self._run(entry)

    def _run(self, entry: Entry[tuple[Action, ...]]) -> AgendaRun:
        try:
            with self.bounded() as allowance:
                allowance.spend(runs=1)
                return AgendaRun(entry.due, tuple(self.perform(entry.item, COLLEAGUE)))
        except Refusal as refusal:
            return AgendaRun(entry.due, refusal=refusal)

    # Doing

    @contextmanager
    def bounded(self, allowance: Allowance | None = None) -> Iterator[Allowance]:
        """Count what the block does, upon an allowance or else together with the block that this one is in."""
        before = self._allowance
        self._allowance = counted = allowance or before or Allowance()
        try:
            yield counted
        finally:
            self._allowance = before

    def foresee(self, actions: Sequence[Action]) -> None:
        """Raise at once what these actions would be refused with for the sake of what is known to be too much."""
        with self.bounded() as allowance:
            changes = sum(action.size(self) for action in actions)
            allowance.check(runs=foreseen_runs(self.agenda, self.clock.now(), actions), changes=changes)

    def perform(self, actions: Sequence[Action], cause: Cause) -> list[Any]:
        """Do one action after the other: all of them, or with a refusal none. The refusal says which it was.

        A list that is no part of a larger whole is one, and an action that stands alone may change all that live.
        """
        alone = len(actions) == 1 and self._allowance is None
        with self.bounded(Allowance(self.store.live_count()) if alone else None):
            self.foresee(actions)
            if len(actions) == 1:
                with self.all_or_nothing() if actions[0].several else nullcontext():
                    return [self._counted(actions[0], cause)]
            with self.all_or_nothing():
                return [self._perform(place, action, cause) for place, action in enumerate(actions)]

    def _counted(self, action: Action, cause: Cause) -> Any:
        with self.bounded() as allowance:
            allowance.spend(changes=action.size(self))
            return action.perform(self, cause)

    def _perform(self, place: int, action: Action, cause: Cause) -> Any:
        try:
            self.store.reveal(self.clock.now())
            return self._counted(action, cause)
        except Refusal as refusal:
            verb = next(iter(action.raw))
            raise refusal.within(verb, verb).within(str(place), f"Action {place}") from refusal

    # Forking

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Undo everything if the block raises."""
        saved, weight = self.fork(), self.holding.weight
        try:
            yield
        except BaseException:
            clock = self.clock
            clock.adopt(saved.clock)
            self.__dict__.update(saved.__dict__, clock=clock)
            self.holding.shrink_to(weight)
            raise

    def branch(self) -> "State":
        """A fork that is written to for good, and holds what is written so far together with this one."""
        copy = self.fork()
        copy.holding, self.holding = self.holding.next(), self.holding.next()
        return copy

    def fork(self) -> "State":
        """A copy that goes its own way from here. Costs the copy of some short lists, whatever the number of events."""
        twin = copy(self)
        twin.clock = self.clock.fork()
        twin.chance = copy(self.chance)
        twin.store = self.store.fork()
        twin.agenda = self.agenda.fork()
        twin.keys, twin.key_of = self.keys.fork(), self.key_of.fork()
        twin.answers = dict(self.answers)
        twin.faults = self.faults.fork()
        twin.views = dict(self.views)
        return twin

    def still(self) -> "State":
        """A fork whose clock stands where this one is held, for whoever reads it and holds no lock."""
        twin = self.fork()
        twin.clock.hold()
        return twin

    def restarted(self, setting: ClockSetting) -> "State":
        """A branch whose clock starts as the setting says."""
        copy = self.branch()
        copy.clock = setting.start()
        return copy


def _within_time(now: datetime, by: timedelta) -> datetime:
    if not fits(now, by):
        raise ActionInvalid("That instant is outside the years 1 to 9999.")
    return now + by
