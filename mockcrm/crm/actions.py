"""What can be done to a CRM: one vocabulary for controls, fixture files, the agenda and REST (contract, section 6).

Each verb is one function. A verb that makes one change checks everything before it. Where there may be several, the
caller makes sure that a refusal in the middle takes all of them back.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace as altered
from datetime import datetime
from functools import partial
from itertools import chain
from random import Random
from typing import TYPE_CHECKING, Any, cast

from mockcrm.base.copy_on_write import Numbered
from mockcrm.base.declaring import dataclass
from mockcrm.crm.calendars import moved_event, placed
from mockcrm.crm.change import Change
from mockcrm.crm.children import stands_for
from mockcrm.crm.consequences import written
from mockcrm.crm.content import changed_fields
from mockcrm.crm.dialect.knobs import Dialect, content_dialect
from mockcrm.crm.dialect.named import name_of, read_dialect
from mockcrm.crm.drafts import Draft, drafted_record, normalized, patched_record, replacement
from mockcrm.crm.event import Event
from mockcrm.crm.fake_crm import NO_OPTIONS, Answer, Cause, FakeCrm, Write, WriteOptions
from mockcrm.crm.ids import ID_FORMS
from mockcrm.crm.keyed import with_ids
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.kind import Kind, a_record
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.link_names import with_names
from mockcrm.crm.record import Record
from mockcrm.crm.references import checked, without_dangling_links
from mockcrm.errors import (
    ActionInvalid,
    IdempotencyMismatch,
    PreconditionFailed,
    RecordExists,
    RecordInvalid,
    RecordNotDeleted,
)

if TYPE_CHECKING:
    from mockcrm.crm.inventing import Invention

MAX_SEED_COUNT = 1_000_000
"""The most records that one call of `seed` is asked for."""

Precondition = Callable[[Change], bool]
"""Whether a write may go on, judged by the version that it would replace."""


@dataclass(frozen=True, slots=True)
class Result:
    """What an action did: its changes, and what else its answer says.

    `own` is the change of the record that a verb names, where it names exactly one; the others are its consequences.
    """

    verb: str
    changes: tuple[Change, ...] = ()
    own: Change | None = None
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def change(self) -> Change:
        """The change of the record that the verb names, of one that names exactly one."""
        assert self.own is not None
        return self.own


# Records


def create(
    crm: FakeCrm,
    cause: Cause,
    *,
    content: Draft,
    key: str | None = None,
    options: WriteOptions = NO_OPTIONS,
    once: tuple[str, str] | None = None,
    ticks: bool = True,
    calendar: str | None = None,
) -> Result:
    """Create a record. A colleague may choose its `id`; a client's is ignored (contract, section 2).

    A client creates an event in a `calendar`.
    `once` is an `Idempotency-Key` with a digest of the body: a repeat changes nothing and returns the first change.
    """
    if once and (answer := crm.answer(once[0], content.kind, calendar)):
        if answer.digest != once[1]:
            raise IdempotencyMismatch("This Idempotency-Key was used before, with a different body: use a new key.")
        return Result("create", (answer.change,), answer.change)
    crm.names.check_key(crm.store, key)
    content = with_ids(crm, cause, content)
    brought = content.id if cause.origin == "crm" else None
    record_id = crm.next_id(content.kind) if brought is None else _own_id(crm, content.kind, brought)
    filled = crm.filling(content.kind, calendar)
    drafted = placed(crm, cause, drafted_record(record_id, content, _content_dialect(crm, cause), filled), calendar)
    record = crm.filled(checked(crm, normalized(drafted, crm.dialect)))
    change, changes = written(crm, Write("created", record), cause, options, ticks=ticks)
    if key is not None:
        crm.name(key, record)
    if once:
        crm.remember(once[0], Answer(once[1], change))
    return Result("create", changes, change)


def _content_dialect(crm: FakeCrm, cause: Cause) -> Dialect:
    """The dialect in which content is read: for the controls their own."""
    return crm.dialect if cause.origin == "client" else content_dialect(crm.dialect)


def _own_id(crm: FakeCrm, kind: Kind, brought: Any) -> str:
    form = ID_FORMS[crm.dialect.id_form]
    if not isinstance(brought, str) or not form.fits(brought):
        problem = {"id": [f"Must be {form.sentence}."]}
        raise RecordInvalid.of(kind.name)(f"An id of this CRM is a string: {form.sentence}.", problem)
    if crm.names.taken(crm.store, kind, brought):
        message = f"{brought} is or was the id of {a_record(kind)}, or is a key: choose another."
        raise RecordExists.of(kind.name)(message)
    return brought


def edit(
    crm: FakeCrm,
    cause: Cause,
    *,
    record: str,
    content: Draft,
    options: WriteOptions = NO_OPTIONS,
    allowed: Precondition | None = None,
    calendar: str | None = None,
) -> Result:
    """Change a record by a JSON merge patch (RFC 7396).

    A draft that is not `partial` replaces all of it. A client finds an event in a `calendar`.
    """
    prior = _target(crm, cause, content.kind, record, allowed, calendar)
    if content.id is not None and content.id != prior.record.id:
        problem = {"id": [f"The path says {prior.record.id}."]}
        raise RecordInvalid.of(content.kind.name)("The body has another id than the path: leave it out.", problem)
    content, dialect = with_ids(crm, cause, content), _content_dialect(crm, cause)
    if content.partial:
        after = patched_record(prior.record, content, dialect)
    else:
        after = replacement(prior.record, content, dialect)
    after = moved_event(crm, cause, prior.record, normalized(after, crm.dialect))
    after = checked(crm, after, content.sent)
    options = _with_bump(crm, options, prior.record, after)
    change, changes = written(crm, Write("updated", after, prior), cause, options)
    return Result("edit", changes, change)


def _with_bump(crm: FakeCrm, options: WriteOptions, before: Record, after: Record) -> WriteOptions:
    """The options of an edit, without a new stamp if it changes only fields that the dialect does not stamp."""
    unbumped = {*crm.dialect.unbumped_fields}
    if not unbumped or options.stamp is not None:
        return options
    # The names of links are no content.
    fields = changed_fields(with_names(crm.store, before), with_names(crm.store, after))
    return altered(options, bump=False) if fields and fields <= unbumped else options


def delete(
    crm: FakeCrm,
    cause: Cause,
    *,
    record: str,
    kind: Kind = EVENT,
    options: WriteOptions = NO_OPTIONS,
    allowed: Precondition | None = None,
    calendar: str | None = None,
) -> Result:
    """Delete a record; a tombstone remains. A client finds an event in a `calendar`."""
    prior = _target(crm, cause, kind, record, allowed, calendar)
    change, changes = written(crm, Write("deleted", prior.record, prior), cause, options)
    return Result("delete", changes, change)


def _target(
    crm: FakeCrm, cause: Cause, kind: Kind, record: str, allowed: Precondition | None, calendar: str | None
) -> Change:
    """The version to be replaced. 404 comes before 412 (contract, section 3)."""
    prior = crm.living(kind, crm.id_of(kind, record, cause.origin), cause.origin, calendar)
    if allowed and not allowed(prior):
        message = f"The {kind.name} has changed since the version in If-Match: read it again, then decide."
        raise PreconditionFailed(message)
    return prior


def restore(
    crm: FakeCrm, cause: Cause, *, record: str, kind: Kind = EVENT, options: WriteOptions = NO_OPTIONS
) -> Result:
    """Restore a deleted record as it was, under its old id."""
    prior = crm.find(kind, crm.id_of(kind, record, cause.origin))
    if not prior.deleted:
        raise RecordNotDeleted.of(kind.name)(f"The {kind.name} {record!r} is not deleted.")
    change, changes = written(crm, Write("restored", prior.record, prior), cause, options)
    return Result("restore", changes, change)


def touch(
    crm: FakeCrm,
    cause: Cause,
    *,
    records: Sequence[str] | None,
    kind: Kind = EVENT,
    options: WriteOptions = NO_OPTIONS,
) -> Result:
    """Give records a new stamp and leave their content as it is.

    Without `records`, all of the kind that are not deleted.
    """
    if records is None:
        found = crm.store.of(kind).live()
    else:
        found = [crm.living(kind, crm.resolve(kind, record)) for record in records]
    return Result("touch", tuple(chain(*(_touched(crm, cause, kind, change.record.id, options) for change in found))))


def _touched(crm: FakeCrm, cause: Cause, kind: Kind, record_id: str, options: WriteOptions) -> tuple[Change, ...]:
    prior = crm.find(kind, record_id)
    if prior.deleted:
        # It went in consequence of another one's touch.
        return ()
    return written(crm, Write("updated", prior.record, prior), cause, options)[1]


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
    """Random creations, then edits, then deletions, drawn from `seed` or else from the CRM's own random numbers.

    Nothing else is written but the child events of these. Who would edit a child event edits its parent. One that has
    been deleted together with its parent by then is left.
    """
    chance = crm.chance if seed is None else Random(seed)
    living = crm.store.events.live_count() + creates
    if (edits or deletes) and (deletes > living or not living):
        raise ActionInvalid(f"There would be only {living} events to edit or delete.")
    roll = _Roll(crm.store.events.roll() if edits or deletes else ())
    changes: list[Change] = []
    for event in _newborn(crm, creates, chance.getrandbits(32)):
        # A child event may have its id by now.
        event_id = crm.next_id(EVENT) if event.id in crm.store.events else event.id
        born = normalized(crm.filled(altered(event, id=event_id)), crm.dialect)
        changes += written(crm, Write("created", born), cause, options)[1]
        roll.born.append(event_id)
    from mockcrm.crm.seeding.generator import reworked  # noqa: PLC0415  no start needs it

    for _ in range(edits):
        if prior := stands_for(crm, crm.find(EVENT, roll[chance.randrange(living)])):
            after = normalized(reworked(prior.event, chance), crm.dialect)
            options_of_edit = _with_bump(crm, options, prior.record, after)
            changes += written(crm, Write("updated", after, prior), cause, options_of_edit)[1]
    for place in chance.sample(range(living), deletes):
        if not (prior := crm.find(EVENT, roll[place])).deleted:
            changes += written(crm, Write("deleted", prior.record, prior), cause, options)[1]
    return Result("churn", tuple(changes))


def _newborn(crm: FakeCrm, creates: int, seed: int) -> Sequence[Event]:
    """The events that a churn creates. Whoever is in them and not in the CRM stays a stranger, known by an address."""
    if not creates:
        return ()
    drawn = _invention(crm, seed, settled=True).records(EVENT, creates)
    return [without_dangling_links(crm, cast(Event, each)) for each in drawn]


def seed(
    crm: FakeCrm,
    cause: Cause,
    *,
    count: int,
    kind: Kind = EVENT,
    seed: int | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    locales: Sequence[str] | None = None,
) -> Result:
    """Invent records, all stamped now: seeding does not move the clock (contract, section 4).

    What they refer to is invented with them, as far as it is not there. The child events of events are made as well.
    """
    drawn = crm.chance.getrandbits(32) if seed is None else seed
    before = _counts(crm)
    invention = _invention(crm, drawn, start, end, locales)
    crm.bulk_create(kind, count, partial(invention.records, kind, count), cause, invention)
    made = {name: many - before[name] for name, many in _counts(crm).items() if many > before[name]}
    return Result("seed", more={"count": count, "seed": drawn, "records": made})


def _invention(
    crm: FakeCrm,
    seed: int,
    start: datetime | None = None,
    end: datetime | None = None,
    locales: Sequence[str] | None = None,
    *,
    settled: bool = False,
) -> "Invention":
    from mockcrm.crm.inventing import Invention  # noqa: PLC0415  no start needs it, nor what it imports
    from mockcrm.crm.seeding.generator import window  # noqa: PLC0415

    return Invention(crm, seed, window(crm.clock.now(), start, end), locales, settled=settled)


def _counts(crm: FakeCrm) -> Mapping[str, int]:
    return {name: crm.store.of(kind).live_count() for name, kind in KINDS.items()}


def dialect(crm: FakeCrm, cause: Cause, *, knobs: Any) -> Result:
    """Change the dialect: some knobs, or a named dialect."""
    crm.set_dialect(read_dialect(knobs, crm.dialect))
    return Result("dialect", more={"name": name_of(crm.dialect)})
