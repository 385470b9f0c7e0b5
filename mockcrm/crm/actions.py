"""What can be done to a CRM: one vocabulary for controls, fixture files, the agenda and REST (contract, section 6).

Each verb is one function. A verb that makes one change checks everything before it. Where there may be several, the
caller makes sure that a refusal in the middle takes all of them back.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace as altered
from datetime import datetime
from random import Random
from typing import Any

from mockcrm.base.copy_on_write import Numbered
from mockcrm.crm.content import changed_fields
from mockcrm.crm.dialect.knobs import PLAIN, PLAIN_KEEPING, Dialect
from mockcrm.crm.dialect.named import name_of, read_dialect
from mockcrm.crm.drafts import Draft, new_event, patched_event
from mockcrm.crm.event import Change, Event
from mockcrm.crm.fake_crm import NO_OPTIONS, Answer, Cause, FakeCrm, WriteOptions
from mockcrm.crm.ids import ID_FORMS
from mockcrm.crm.record_schema import normalized
from mockcrm.crm.seeding import generator as seeding
from mockcrm.crm.seeding.people import LOCALES
from mockcrm.errors import (
    ActionInvalid,
    EventExists,
    EventInvalid,
    EventNotDeleted,
    IdempotencyMismatch,
    PreconditionFailed,
)

Precondition = Callable[[Change], bool]
"""Whether a write may go on, judged by the version that it would replace."""


@dataclass(frozen=True, slots=True)
class Result:
    """What an action did: its changes, and what else its answer says."""

    verb: str
    changes: tuple[Change, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def change(self) -> Change:
        """The change of a verb that makes exactly one."""
        (change,) = self.changes
        return change


# Events


def create(
    crm: FakeCrm,
    cause: Cause,
    *,
    content: Draft,
    key: str | None = None,
    options: WriteOptions = NO_OPTIONS,
    once: tuple[str, str] | None = None,
    ticks: bool = True,
) -> Result:
    """Create an event. A colleague may choose its `id`; a client's is ignored (contract, section 2).

    `once` is an `Idempotency-Key` with a digest of the body: a repeat changes nothing and returns the first change.
    """
    if once and (answer := crm.answers.get(once[0])):
        if answer.digest != once[1]:
            raise IdempotencyMismatch("This Idempotency-Key came with another body before: use a new key.")
        return Result("create", (answer.change,))
    crm.check_key(key)
    brought = content.id if cause.origin == "crm" else None
    event_id = crm.next_id() if brought is None else _own_id(crm, brought)
    event = normalized(new_event(event_id, content, _content_dialect(crm, cause)), crm.dialect)
    change = crm.write("created", event, None, cause, options, ticks=ticks)
    if key is not None:
        crm.name(key, event.id)
    if once:
        crm.remember(once[0], Answer(once[1], change))
    return Result("create", (change,))


def _content_dialect(crm: FakeCrm, cause: Cause) -> Dialect:
    """The dialect in which content is read: for the controls a plain one, with the fields that this CRM keeps."""
    if cause.origin == "client":
        return crm.dialect
    return PLAIN_KEEPING if crm.dialect.unknown_fields == "keep" else PLAIN


def _own_id(crm: FakeCrm, brought: Any) -> str:
    form = ID_FORMS[crm.dialect.id_form]
    if not isinstance(brought, str) or not form.fits(brought):
        raise EventInvalid(f"An id of this CRM is a string: {form.sentence}.", {"id": [f"Must be {form.sentence}."]})
    if crm.taken(brought):
        raise EventExists(f"{brought} is or was the id of an event, or is a key: choose another.")
    return brought


def edit(
    crm: FakeCrm,
    cause: Cause,
    *,
    event: str,
    content: Draft,
    options: WriteOptions = NO_OPTIONS,
    allowed: Precondition | None = None,
) -> Result:
    """Change an event by a JSON merge patch (RFC 7396).

    A draft that is not `partial` replaces all of it.
    """
    prior = _target(crm, cause, event, allowed)
    if content.id is not None and content.id != prior.event.id:
        problem = {"id": [f"The path says {prior.event.id}."]}
        raise EventInvalid("The body has another id than the path: leave it out.", problem)
    dialect = _content_dialect(crm, cause)
    if content.partial:
        after = patched_event(prior.event, content, dialect)
    else:
        after = new_event(prior.event.id, content, dialect)
    after = normalized(after, crm.dialect)
    options = _with_bump(options, prior.event, after, crm.dialect)
    return Result("edit", (crm.write("updated", after, prior, cause, options),))


def _with_bump(options: WriteOptions, before: Event, after: Event, dialect: Dialect) -> WriteOptions:
    """The options of an edit, without a new stamp if it changes only fields that the dialect does not stamp."""
    if not dialect.unbumped_fields or options.stamp is not None:
        return options
    fields = changed_fields(before, after)
    return altered(options, bump=False) if fields and fields <= {*dialect.unbumped_fields} else options


def delete(
    crm: FakeCrm, cause: Cause, *, event: str, options: WriteOptions = NO_OPTIONS, allowed: Precondition | None = None
) -> Result:
    """Delete an event; a tombstone remains."""
    prior = _target(crm, cause, event, allowed)
    return Result("delete", (crm.write("deleted", prior.event, prior, cause, options),))


def _target(crm: FakeCrm, cause: Cause, event: str, allowed: Precondition | None) -> Change:
    """The version to be replaced. 404 comes before 412 (contract, section 3)."""
    prior = crm.living(_event_id(crm, cause, event), cause.origin)
    if allowed and not allowed(prior):
        raise PreconditionFailed("The event has changed since the version in If-Match: read it again, then decide.")
    return prior


def _event_id(crm: FakeCrm, cause: Cause, reference: str) -> str:
    """Colleagues may call an event by its key. Clients know no keys."""
    return crm.resolve(reference) if cause.origin == "crm" else reference


def restore(crm: FakeCrm, cause: Cause, *, event: str, options: WriteOptions = NO_OPTIONS) -> Result:
    """Restore a deleted event as it was, under its old id."""
    prior = crm.find(_event_id(crm, cause, event))
    if not prior.deleted:
        raise EventNotDeleted(f"The event {event!r} is not deleted.")
    return Result("restore", (crm.write("restored", prior.event, prior, cause, options),))


def touch(crm: FakeCrm, cause: Cause, *, events: Sequence[str] | None, options: WriteOptions = NO_OPTIONS) -> Result:
    """Give events a new stamp and leave their content as it is.

    Without `events`, all that are not deleted.
    """
    found = crm.store.live() if events is None else [crm.living(crm.resolve(event)) for event in events]
    return Result("touch", tuple(_touched(crm, cause, change.event.id, options) for change in found))


def _touched(crm: FakeCrm, cause: Cause, event_id: str, options: WriteOptions) -> Change:
    prior = crm.living(event_id)
    return crm.write("updated", prior.event, prior, cause, options)


@dataclass(slots=True)
class _Roll:
    """The ids that a churn chooses from: those before it, in the order of start and id, then its own."""

    before: Sequence[tuple[datetime, str]] | Numbered[tuple[datetime, str]]
    born: list[str] = field(default_factory=list)

    def __getitem__(self, place: int) -> str:
        return self.before[place][1] if place < len(self.before) else self.born[place - len(self.before)]


def churn(
    crm: FakeCrm,
    cause: Cause,
    *,
    creates: int,
    edits: int,
    deletes: int,
    seed: int | None = None,
    options: WriteOptions = NO_OPTIONS,
) -> Result:
    """Random creations, then edits, then deletions, drawn from `seed` or else from the CRM's own random numbers."""
    chance = crm.chance if seed is None else Random(seed)
    living = crm.store.live_count() + creates
    if (edits or deletes) and (deletes > living or not living):
        raise ActionInvalid(f"There would be only {living} events to edit or delete.")
    roll = _Roll(crm.store.roll() if edits or deletes else ())
    changes: list[Change] = []
    for event in seeding.invent(creates, chance.getrandbits(32), *seeding.window(crm.clock.now()), crm.next_id):
        changes.append(crm.write("created", normalized(event, crm.dialect), None, cause, options))
        roll.born.append(event.id)
    for _ in range(edits):
        prior = crm.living(roll[chance.randrange(living)])
        after = normalized(seeding.reworked(prior.event, chance), crm.dialect)
        changes.append(crm.write("updated", after, prior, cause, _with_bump(options, prior.event, after, crm.dialect)))
    for place in chance.sample(range(living), deletes):
        prior = crm.living(roll[place])
        changes.append(crm.write("deleted", prior.event, prior, cause, options))
    return Result("churn", tuple(changes))


def seed(
    crm: FakeCrm,
    cause: Cause,
    *,
    count: int,
    seed: int | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    locales: Sequence[str] = LOCALES,
) -> Result:
    """Invent events, all stamped now: seeding does not move the clock (contract, section 4)."""
    drawn = crm.chance.getrandbits(32) if seed is None else seed
    window = seeding.window(crm.clock.now(), start, end)
    crm.bulk_create(count, lambda ids: seeding.invent(count, drawn, *window, ids.__next__, locales=locales), cause)
    return Result("seed", more={"count": count, "seed": drawn})


def dialect(crm: FakeCrm, cause: Cause, *, knobs: Any) -> Result:
    """Change the dialect: some knobs, or a named dialect."""
    crm.set_dialect(read_dialect(knobs, crm.dialect))
    return Result("dialect", more={"name": name_of(crm.dialect)})
