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
from mockcrm.base.progress import tracked
from mockcrm.base.times import fits, shifted
from mockcrm.crm.change import Change, Op, Origin
from mockcrm.crm.clock import Clock
from mockcrm.crm.dialect.knobs import PLAIN, ROUNDINGS, Dialect
from mockcrm.crm.event import Event
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


@dataclass(frozen=True, slots=True)
class Answer:
    """What the first request with an `Idempotency-Key` sent, as a digest, and the change that it made."""

    digest: str
    change: Change


@dataclass(frozen=True, slots=True)
class View:
    """What a paged read is read from.

    `as_of` is the instant of which its pages speak; deletions before `horizon` are not in it.
    """

    store: Store
    as_of: datetime
    horizon: datetime | None


class FakeCrm:
    """One CRM. It is not safe between threads: its owner holds a lock.

    `seed` is that of the random numbers from which events are invented. `views` are kept for paged reads, by the
    read's name; `answers` by `Idempotency-Key`.
    """

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
        """The id that a reference stands for: the event's for a key, and anything else for itself."""
        if self.store.latest(reference) is None:
            return self.keys.get(reference) or reference
        return reference

    def find(self, event_id: str) -> Change:
        """The latest version of an event, deleted or not. Raises `EventNotFound`."""
        change = self.store.latest(event_id)
        if change is None:
            raise EventNotFound(f"There is no event {event_id!r}.")
        return change

    def living(self, event_id: str, origin: Origin = "crm") -> Change:
        """The same, of an event that is not deleted. Raises `EventDeleted`; a client gets the dialect's status."""
        change = self.find(event_id)
        if change.deleted:
            status = self.dialect.deleted_status if origin == "client" else 404
            raise EventDeleted(f"The event {event_id!r} was deleted.", status=status)
        return change

    def horizon(self, at: datetime | None = None) -> datetime | None:
        """The instant before which tombstones have expired, seen from `at`, or from now. None if they never expire."""
        retention = self.dialect.tombstone_retention
        if retention is None:
            return None
        return shifted(at or self.clock.now(), -retention)

    # Writing

    def next_id(self) -> str:
        """The id of the next new event. To ask does not use it up."""
        return ID_FORMS[self.dialect.id_form].make(self.ids_given + 1)

    def _pass_over_taken_ids(self) -> None:
        while self.taken(self.next_id()):
            self.ids_given += 1

    def taken(self, name: str) -> bool:
        """Whether a name is an event's id or key. No name is the id of one event and the key of another."""
        return name in self.store or name in self.keys

    def name(self, key: str, event_id: str) -> None:
        """Give an event its key, for good. `check_key` has passed it."""
        self.keys.set(key, event_id)
        self.key_of.set(event_id, key)
        self._pass_over_taken_ids()

    def check_key(self, key: str | None) -> None:
        """Raises `KeyExists` for a key that already stands for an event, or is an event's id."""
        if key is not None and self.taken(key):
            raise KeyExists(f"The key {key!r} already stands for event {self.resolve(key)}.")

    def write(
        self,
        op: Op,
        event: Event,
        prior: Change | None,
        cause: Cause,
        options: WriteOptions = NO_OPTIONS,
        *,
        ticks: bool = True,
    ) -> Change:
        """Commit the next version of an event, stamped by the clock after its tick (contract, section 4).

        The caller has checked that the change may be made. What is still refused is refused before anything changes.
        """
        now = self.clock.later(self.clock.tick) if ticks else self.clock.now()
        seq = self.store.last_seq + 1
        stamp, stamp_seq = (
            (prior.stamp, prior.stamp_seq) if prior and not options.bump else (self._stamp(now, options), seq)
        )
        change = Change(
            seq=seq,
            version=prior.version + 1 if prior else 1,
            op=op,
            event=event,
            committed_at=now,
            stamp=stamp,
            stamp_seq=stamp_seq,
            visible_at=_within_time(now, self._lag(options)),
            origin=cause.origin,
            by=options.by or cause.by,
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
        """Commit `many` new events at once, stamped now, without a tick (contract, section 4).

        `events` makes them from their ids. It is called once there is memory for them.
        """
        self.holding.grow(many * INVENTED)
        now = self.clock.now()
        stamp = self._stamp(now, NO_OPTIONS)
        seqs = count(self.store.last_seq + 1)
        made = tracked(events(self._free_ids()), many, "Inventing events")
        with making_many():
            self.store.commit_all(
                [
                    Change(seq, 1, "created", event, now, stamp, seq, now, cause.origin, None, cause.request_id, None)
                    for seq, event in zip(seqs, made, strict=False)
                ]
            )
        self._pass_over_taken_ids()

    def _free_ids(self) -> Iterator[str]:
        make = ID_FORMS[self.dialect.id_form].make
        names = map(make, count(self.ids_given + 1))
        return (name for name in names if not self.taken(name))

    def _lag(self, options: WriteOptions) -> timedelta:
        return (self.dialect.index_lag or timedelta(0)) if options.visible_after is None else options.visible_after

    def _stamp(self, now: datetime, options: WriteOptions) -> datetime:
        stamp = now if options.stamp is None else options.stamp
        if isinstance(stamp, timedelta):
            stamp = _within_time(now, stamp)
        return ROUNDINGS[self.dialect.timestamp_rounding](stamp, self.dialect.grain)

    def set_dialect(self, dialect: Dialect) -> None:
        """Change the dialect. Stamps stay as they are, and are shown with the new dialect's precision."""
        self.dialect = dialect
        self._pass_over_taken_ids()
        self.store.regrain(dialect.grain)

    def remember(self, key: str, answer: Answer) -> None:
        """Keep the answer to a request with an `Idempotency-Key`."""
        self.answers[key] = answer
        if len(self.answers) > MAX_ANSWERS:
            del self.answers[next(iter(self.answers))]

    def keep_view(self, read: str, view: View) -> None:
        """Keep what a paged read is read from, for its next pages."""
        if read not in self.views:
            self.views[read] = replace(view, store=view.store.fork())
        if len(self.views) > MAX_VIEWS:
            del self.views[next(iter(self.views))]

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
