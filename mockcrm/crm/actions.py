"""The verbs: one vocabulary for `/admin`, fixture files, the clock's agenda and REST (contract, section 6).

Each is one function; `mockcrm.sandbox.action_schemas` reads it from JSON. A verb that makes one change checks
everything before it. Where there may be several, the caller makes sure that a refusal in the middle takes all of them
back.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace as altered
from datetime import datetime, timedelta
from random import Random
from typing import Any

from mockcrm.base.copy_on_write import Numbered
from mockcrm.base.times import MILLISECOND, format_instant
from mockcrm.crm.content import changed_fields
from mockcrm.crm.dialect.knobs import PLAIN, PLAIN_KEEPING, Dialect
from mockcrm.crm.dialect.named import name_of, read_dialect
from mockcrm.crm.drafts import Draft, new_event, patched_event
from mockcrm.crm.event import Change, Event
from mockcrm.crm.fake_crm import NO_OPTIONS, Action, AgendaRun, Answer, Cause, State, WriteOptions
from mockcrm.crm.ids import ID_FORMS
from mockcrm.crm.record_schema import normalized
from mockcrm.crm.seeding import generator as seeding
from mockcrm.crm.seeding.people import LOCALES
from mockcrm.crm.weights import weight_of_json
from mockcrm.errors import (
    ActionInvalid,
    EventExists,
    EventInvalid,
    EventNotDeleted,
    IdempotencyMismatch,
    PreconditionFailed,
)
from mockcrm.faults.rules import Rule

MAX_AGENDA = 10_000
"""How many things wait on an agenda at most."""

Precondition = Callable[[Change], bool]
"""Whether a write may go on, given the version that it would replace."""


@dataclass(frozen=True, slots=True)
class Result:
    """What an action touched: the changes it made, and what else there is to say of it."""

    verb: str
    changes: tuple[Change, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def change(self) -> Change:
        """The one change of a verb that makes one."""
        (change,) = self.changes
        return change


# Events


def create(
    crm: State,
    cause: Cause,
    *,
    content: Draft,
    key: str | None = None,
    how: WriteOptions = NO_OPTIONS,
    once: tuple[str, str] | None = None,
    ticks: bool = True,
) -> Result:
    """Make a new event. A colleague may bring its `id`; a client's is ignored (contract, section 2).

    `once` is an `Idempotency-Key` with a digest of the body: a repeat touches nothing and gives the first change again.
    """
    if once and (answer := crm.answers.get(once[0])):
        if answer.digest != once[1]:
            raise IdempotencyMismatch("This Idempotency-Key came with another body before: use a new key.")
        return Result("create", (answer.change,))
    crm.check_key(key)
    brought = content.id if cause.origin == "crm" else None
    event_id = crm.next_id() if brought is None else _own_id(crm, brought)
    event = normalized(new_event(event_id, content, _spoken(crm, cause)), crm.dialect)
    change = crm.write("created", event, None, cause, how, ticks=ticks)
    if key is not None:
        crm.name(key, event.id)
    if once:
        crm.remember(once[0], Answer(once[1], change))
    return Result("create", (change,))


def _spoken(crm: State, cause: Cause) -> Dialect:
    """How content is to be read: the controls speak plainly, but may set the fields that a CRM keeps."""
    if cause.origin == "client":
        return crm.dialect
    return PLAIN_KEEPING if crm.dialect.unknown_fields == "keep" else PLAIN


def _own_id(crm: State, brought: Any) -> str:
    form = ID_FORMS[crm.dialect.id_form]
    if not isinstance(brought, str) or not form.fits(brought):
        raise EventInvalid(f"An id here is a string: {form.sentence}.", {"id": [f"Must be {form.sentence}."]})
    if crm.taken(brought):
        raise EventExists(f"There is an event {brought} already, or was one, or a key of that name.")
    return brought


def edit(
    crm: State,
    cause: Cause,
    *,
    event: str,
    content: Draft,
    how: WriteOptions = NO_OPTIONS,
    allowed: Precondition | None = None,
) -> Result:
    """Change an event: a JSON merge patch.

    A draft that is not `partial` is the whole of it.
    """
    prior = _target(crm, cause, event, allowed)
    if content.id is not None and content.id != prior.event.id:
        problem = {"id": [f"The path says {prior.event.id}."]}
        raise EventInvalid("The id in the body is not that of the event: leave it out.", problem)
    spoken = _spoken(crm, cause)
    if content.partial:
        after = patched_event(prior.event, content, spoken)
    else:
        after = new_event(prior.event.id, content, spoken)
    after = normalized(after, crm.dialect)
    how = _bumping(how, prior.event, after, crm.dialect)
    return Result("edit", (crm.write("updated", after, prior, cause, how),))


def _bumping(how: WriteOptions, before: Event, after: Event, dialect: Dialect) -> WriteOptions:
    """Whether an edit gives a new stamp hangs also on which fields the dialect deems worth one."""
    if not dialect.unbumped_fields or how.stamp is not None:
        return how
    fields = changed_fields(before, after)
    return altered(how, bump=False) if fields and fields <= {*dialect.unbumped_fields} else how


def delete(
    crm: State, cause: Cause, *, event: str, how: WriteOptions = NO_OPTIONS, allowed: Precondition | None = None
) -> Result:
    """Delete an event; a tombstone remains."""
    prior = _target(crm, cause, event, allowed)
    return Result("delete", (crm.write("deleted", prior.event, prior, cause, how),))


def _target(crm: State, cause: Cause, event: str, allowed: Precondition | None) -> Change:
    """The version to be replaced: 404 comes before 412 (contract, section 3)."""
    prior = crm.living(_event_id(crm, cause, event), cause.origin)
    if allowed and not allowed(prior):
        raise PreconditionFailed("The event has another version than that of If-Match: read it again and decide anew.")
    return prior


def _event_id(crm: State, cause: Cause, reference: str) -> str:
    """Colleagues may call an event by its key; clients know nothing of keys."""
    return crm.resolve(reference) if cause.origin == "crm" else reference


def restore(crm: State, cause: Cause, *, event: str, how: WriteOptions = NO_OPTIONS) -> Result:
    """Bring a deleted event back as it was, under its old id."""
    prior = crm.find(_event_id(crm, cause, event))
    if not prior.deleted:
        raise EventNotDeleted(f"The event {event!r} lives.")
    return Result("restore", (crm.write("restored", prior.event, prior, cause, how),))


def touch(crm: State, cause: Cause, *, events: Sequence[str] | None, how: WriteOptions = NO_OPTIONS) -> Result:
    """Give events a new stamp and the same content.

    `events` is None for all that live.
    """
    found = crm.store.live() if events is None else [crm.living(crm.resolve(event)) for event in events]
    return Result("touch", tuple(_touched(crm, cause, change.event.id, how) for change in found))


def _touched(crm: State, cause: Cause, event_id: str, how: WriteOptions) -> Change:
    prior = crm.living(event_id)
    return crm.write("updated", prior.event, prior, cause, how)


@dataclass(slots=True)
class _Roll:
    """The ids that a churn chooses from: those that lived before it, in order of start and id, and then its own."""

    before: Sequence[tuple[datetime, str]] | Numbered[tuple[datetime, str]]
    born: list[str] = field(default_factory=list)

    def __getitem__(self, place: int) -> str:
        return self.before[place][1] if place < len(self.before) else self.born[place - len(self.before)]


def churn(
    crm: State,
    cause: Cause,
    *,
    creates: int,
    edits: int,
    deletes: int,
    seed: int | None = None,
    how: WriteOptions = NO_OPTIONS,
) -> Result:
    """Random creations, then edits, then deletions, drawn from `seed` or else from the sandbox's own chance."""
    chance = crm.chance if seed is None else Random(seed)
    living = crm.store.live_count() + creates
    if (edits or deletes) and (deletes > living or not living):
        raise ActionInvalid(f"Only {living} events would be there to edit or delete.")
    roll = _Roll(crm.store.roll() if edits or deletes else ())
    changes: list[Change] = []
    for event in seeding.invent(creates, chance.getrandbits(32), *seeding.window(crm.clock.now()), crm.next_id):
        changes.append(crm.write("created", normalized(event, crm.dialect), None, cause, how))
        roll.born.append(event.id)
    for _ in range(edits):
        prior = crm.living(roll[chance.randrange(living)])
        after = normalized(seeding.reworked(prior.event, chance), crm.dialect)
        changes.append(crm.write("updated", after, prior, cause, _bumping(how, prior.event, after, crm.dialect)))
    for place in chance.sample(range(living), deletes):
        prior = crm.living(roll[place])
        changes.append(crm.write("deleted", prior.event, prior, cause, how))
    return Result("churn", tuple(changes))


def seed(
    crm: State,
    cause: Cause,
    *,
    count: int,
    seed: int | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    locales: Sequence[str] = LOCALES,
) -> Result:
    """Invent events. They are all stamped now: seeding does not move the clock (contract, section 4)."""
    drawn = crm.chance.getrandbits(32) if seed is None else seed
    window = seeding.window(crm.clock.now(), start, end)
    crm.bulk_create(count, lambda ids: seeding.invent(count, drawn, *window, ids.__next__, locales=locales), cause)
    return Result("seed", more={"count": count, "seed": drawn})


# Time


def advance(crm: State, cause: Cause, *, by: timedelta) -> Result:
    """Move the clock forward, and run what falls due on the way."""
    ran = crm.advance(crm.clock.later(by))
    return Result("advance", more={"now": crm.clock.now(), "ran": ran})


def clock(
    crm: State,
    cause: Cause,
    *,
    now: datetime | None = None,
    mode: str | None = None,
    rate: float | None = None,
    tick: timedelta | None = None,
) -> Result:
    """Set the clock. Forward is the same as to advance; back runs nothing and undoes nothing (contract, section 4)."""
    ran: list[AgendaRun] = []
    if now is not None and now > crm.clock.now():
        ran = crm.advance(now)
    elif now is not None:
        crm.clock.set(now)
    if now is not None:
        crm.clock.forgive()
    crm.clock.adjust(running=None if mode is None else mode == "running", rate=rate, tick=tick)
    return Result("clock", more={"now": crm.clock.now(), "ran": ran})


def schedule(
    crm: State,
    cause: Cause,
    *,
    do: tuple[Action, ...],
    after: timedelta | None = None,
    at: datetime | None = None,
    every: timedelta | None = None,
) -> Result:
    """Put actions on the clock's agenda: once, after a while or at an instant; or time and again."""
    if len(crm.agenda) >= MAX_AGENDA:
        raise ActionInvalid(f"The agenda holds {MAX_AGENDA:,} things: more do not fit.")
    if at is not None and at < crm.clock.now():
        raise ActionInvalid(f"{format_instant(at)} has passed: it is {format_instant(crm.clock.now())}.")
    due = at or crm.clock.later(after if after is not None else every or MILLISECOND)
    crm.holding.grow(weight_of_json([action.raw for action in do]))
    crm.agenda.add(due, do, every)
    return Result("schedule", more={"at": due})


def fault(crm: State, cause: Cause, *, rule: Rule) -> Result:
    """Add a fault rule, behind those that there are."""
    (rule_id,) = faults(crm, cause, rules=[rule]).more["ids"]
    return Result("fault", more={"id": rule_id})


def faults(crm: State, cause: Cause, *, rules: Sequence[Rule]) -> Result:
    """Add fault rules: all of them, or with a refusal none."""
    crm.faults.check_room(len(rules))
    crm.holding.grow(sum(weight_of_json(rule.raw) for rule in rules))
    ids = [crm.faults.add(rule, crm.chance.getrandbits(32) if rule.uses_chance else 0) for rule in rules]
    return Result("fault", more={"ids": ids})


def clear_faults(crm: State, cause: Cause) -> Result:
    """Remove all fault rules."""
    return Result("clearFaults", more={"cleared": crm.faults.clear()})


def dialect(crm: State, cause: Cause, *, knobs: Any) -> Result:
    """Change how the CRM speaks."""
    crm.set_dialect(read_dialect(knobs, crm.dialect))
    return Result("dialect", more={"name": name_of(crm.dialect)})
