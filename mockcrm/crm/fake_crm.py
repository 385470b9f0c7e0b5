"""The fake CRM at one moment: clock, dialect, events, keys, chance. Forking it shares what it can.

It knows no HTTP, no lock, no name of its own, and no test; `mockcrm.sandbox` gives it those. All that is written goes
through `FakeCrm.write`.
"""

from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from random import Random

from mockcrm.base.collecting import making_many
from mockcrm.base.copy_on_write import ForkedMap
from mockcrm.base.times import fits, shifted
from mockcrm.crm.clock import Clock
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
)

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


class FakeCrm:
    """One CRM. Calls are not safe between threads: whoever owns it holds a lock."""

    def __init__(self, clock: Clock, dialect: Dialect = PLAIN, seed: int = 0) -> None:
        self.clock = clock
        self.dialect = dialect
        self.chance = Random(seed)
        self.store = Store(dialect.grain)
        self.holding = Holding()
        self.keys: ForkedMap[str, str] = ForkedMap()
        self.key_of: ForkedMap[str, str] = ForkedMap()
        self.answers: dict[str, Answer] = {}
        self.views: dict[str, View] = {}
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

    # Forking

    def branch(self) -> "FakeCrm":
        """A fork that is written to for good, and holds what is written so far together with this one."""
        copy = self.fork()
        copy.holding, self.holding = self.holding.next(), self.holding.next()
        return copy

    def fork(self) -> "FakeCrm":
        """A copy that goes its own way from here. Costs the copy of some short lists, whatever the number of events."""
        twin = copy(self)
        twin.clock = self.clock.fork()
        twin.chance = copy(self.chance)
        twin.store = self.store.fork()
        twin.keys, twin.key_of = self.keys.fork(), self.key_of.fork()
        twin.answers = dict(self.answers)
        twin.views = dict(self.views)
        return twin


def _within_time(now: datetime, by: timedelta) -> datetime:
    if not fits(now, by):
        raise ActionInvalid("That instant is outside the years 1 to 9999.")
    return now + by
