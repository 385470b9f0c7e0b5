"""Everything that a CRM is at one moment: clock, agenda, events, dialect, chance. Forking it shares what it can.

A state knows no HTTP, no lock and no name of its own; `mockcrm.sandbox` gives it those. All that is written goes
through `State.write`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any, Protocol

from mockcrm.clock import Agenda, Clock, ClockSetting, Entry, Hold
from mockcrm.dialect import PLAIN, ROUNDINGS, Dialect
from mockcrm.errors import (
    ActionInvalid,
    ClockInvalid,
    EventDeleted,
    EventNotFound,
    KeyExists,
    Refusal,
)
from mockcrm.faults import Faults
from mockcrm.ids import ID_FORMS
from mockcrm.indexes import ForkedMap
from mockcrm.model import Change, Event, Op, Origin
from mockcrm.plan import Lag
from mockcrm.store import Store
from mockcrm.times import BEGINNING, fits, shifted

MAX_RUNS = 10_000
"""How many things one advance of the clock, or one look at a running one, runs at most (contract, section 6)."""
MAX_RUN_CHANGES = 100_000
"""How many changes those things make before no more of them are run."""
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
class How:
    """The modifiers that every write takes (contract, section 6). `stamp` as a duration is relative to now.

    Without `visible_after` lists lag behind as the dialect says.
    """

    visible_after: timedelta | None = None
    stamp: datetime | timedelta | None = None
    bump: bool = True
    by: str | None = None


PLAINLY = How()


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
    """What happens in a scenario after its start, and how far it has come; see `mockcrm.plot`.

    `told` is what people wrote of it: title, story, steps, and what is expected of its end.
    """

    told: Mapping[str, Any]
    steps: tuple[Any, ...]
    expected: Any
    place: int = 0
    syncs: int = 0
    done: bool = False


class Action(Protocol):
    """What can be done to a state; see `mockcrm.actions`. `raw` is the action as it came over the wire."""

    @property
    def raw(self) -> Mapping[str, Any]: ...

    @property
    def several(self) -> bool:
        """Whether it may make more than one change, and so may fail in the middle."""

    def perform(self, crm: "State", cause: Cause) -> Any: ...


@dataclass(frozen=True, slots=True)
class Ran:
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
        self.agenda: Agenda[tuple[Action, ...]] = Agenda()
        self.keys: ForkedMap[str, str] = ForkedMap()
        self.key_of: ForkedMap[str, str] = ForkedMap()
        self.answers: dict[str, Answer] = {}
        self.faults = Faults()
        self.views: dict[str, View] = {}
        self.plot: Plot | None = None
        self.ids_given = 0

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
        self, op: Op, event: Event, prior: Change | None, cause: Cause, how: How = PLAINLY, *, ticks: bool = True
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
        if ticks:
            self.clock.set(now)
        self.store.commit(change, visible=not change.delayed)
        if op == "created":
            self._pass_over_taken_ids()
        return change

    def plant(self, events: Callable[[Iterator[str]], Iterable[Event]], cause: Cause) -> None:
        """Commit new events all at once, stamped now, without a tick (contract, section 4).

        `events` makes them from the ids that they are to have.
        """
        now = self.clock.now()
        stamp = self._stamp(now, PLAINLY)
        seqs = count(self.store.last_seq + 1)
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

    def _lag(self, how: How) -> timedelta:
        return (self.dialect.index_lag or timedelta(0)) if how.visible_after is None else how.visible_after

    def _stamp(self, now: datetime, how: How) -> datetime:
        stamp = now if how.stamp is None else how.stamp
        if isinstance(stamp, timedelta):
            stamp = _within_time(now, stamp)
        return ROUNDINGS[self.dialect.timestamp_rounding](stamp, self.dialect.grain)

    def speak(self, dialect: Dialect) -> None:
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
        """Hold the clock, and bring about all that has fallen due; `leave` with what this returns.

        Whatever is shown or stamped in between is of that one instant, so nothing can come later and be stamped
        earlier. A clock that cannot keep up with its agenda falls behind.
        """
        hold = self.clock.hold()
        try:
            now = hold.target if hold else self.clock.now()
            _, complete = self._run_agenda(now)
            if complete:
                self.clock.set(max(now, self.clock.now()))
            self.store.reveal(self.clock.now())
        except BaseException:
            self.clock.release(hold)
            raise
        return hold

    def leave(self, hold: Hold | None) -> None:
        """Let the clock go on."""
        self.clock.release(hold)

    def advance(self, target: datetime) -> list[Ran]:
        """Move the clock forward to an instant, running what falls due on the way, each thing at its own instant.

        Raises `ClockInvalid` when that would run more than `MAX_RUNS` things; the caller then goes back to a fork.
        """
        hold = self.clock.hold()
        try:
            ran, complete = self._run_agenda(target)
            if not complete:
                raise ClockInvalid(
                    f"More than {MAX_RUNS:,} things or {MAX_RUN_CHANGES:,} changes fall due: advance in smaller steps."
                )
            self.clock.set(max(target, self.clock.now()))
        finally:
            self.clock.release(hold)
        self.store.reveal(self.clock.now())
        return ran

    def _run_agenda(self, target: datetime) -> tuple[list[Ran], bool]:
        ran: list[Ran] = []
        most = self.store.last_seq + MAX_RUN_CHANGES
        while entry := self.agenda.next_due(target):
            if len(ran) == MAX_RUNS or self.store.last_seq > most:
                return ran, False
            self.clock.set(max(entry.due, self.clock.now()))
            self.store.reveal(self.clock.now())
            self.agenda.take(entry)
            ran.append(self._run(entry))
        return ran, True

    def _run(self, entry: Entry[tuple[Action, ...]]) -> Ran:
        try:
            return Ran(entry.due, tuple(self.perform(entry.item, COLLEAGUE)))
        except Refusal as refusal:
            return Ran(entry.due, refusal=refusal)

    def perform(self, actions: Sequence[Action], cause: Cause) -> list[Any]:
        """Do one action after the other: all of them, or with a refusal none. The refusal says which it was."""
        if len(actions) == 1:
            with self.all_or_nothing() if actions[0].several else nullcontext():
                return [actions[0].perform(self, cause)]
        with self.all_or_nothing():
            return [self._perform(place, action, cause) for place, action in enumerate(actions)]

    def _perform(self, place: int, action: Action, cause: Cause) -> Any:
        try:
            self.store.reveal(self.clock.now())
            return action.perform(self, cause)
        except Refusal as refusal:
            verb = next(iter(action.raw))
            raise refusal.within(verb, verb).within(place, f"Action {place}") from refusal

    # Forking

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Undo everything if the block raises."""
        saved = self.fork()
        try:
            yield
        except BaseException:
            clock = self.clock
            clock.adopt(saved.clock)
            self.__dict__.update(saved.__dict__, clock=clock)
            raise

    def fork(self) -> "State":
        """A copy that goes its own way from here. Costs the copy of some short lists, whatever the number of events."""
        copy = State(self.clock.fork(), self.dialect)
        copy.chance.setstate(self.chance.getstate())
        copy.store = self.store.fork()
        copy.agenda = self.agenda.fork()
        copy.keys, copy.key_of = self.keys.fork(), self.key_of.fork()
        copy.answers = dict(self.answers)
        copy.faults = self.faults.fork()
        copy.views = dict(self.views)
        copy.plot = self.plot
        copy.ids_given = self.ids_given
        return copy

    def lagging(self, lag: Lag) -> "State":
        """What a replica of this CRM that is so far behind holds. Costs O(n).

        Behind by a duration it lacks the newest changes that were committed within that before now. What was committed
        later than now was so before the clock was set back, which is longer ago: such a change, and all before it, it
        has, and it lists what lists came to show by then.
        """
        now = then = self.clock.now()
        log = self.store.changes()
        if lag.by is not None:
            then = shifted(now, -lag.by)
            while log and then < log[-1].committed_at <= now:
                log.pop()
        elif lag.changes is not None:
            log = log[: -lag.changes]
            then = min(log[-1].committed_at, now) if log else BEGINNING
        copy = State(self.clock.fork(), self.dialect)
        copy.views = self.views
        copy.clock.adjust(running=False)
        copy.clock.set(then)
        for change in log:
            shown_before = change.visible_at > now and self.store.revealed_place(change.seq) is not None
            copy.store.commit(change, visible=not change.delayed or shown_before)
        copy.store.reveal(then)
        return copy

    def restarted(self, setting: ClockSetting) -> "State":
        """A fork whose clock starts as the setting says."""
        copy = self.fork()
        copy.clock = setting.start()
        return copy


def _within_time(now: datetime, by: timedelta) -> datetime:
    if not fits(now, by):
        raise ActionInvalid("That instant is outside the years 1 to 9999.")
    return now + by
