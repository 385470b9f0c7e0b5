"""Child events: one for each attendee of a meeting who is a user of the CRM (contract, section 8).

A *child* is an event with an owner and one attendee, and its `parentId` names a living event, its *parent*. A parent
has no `parentId` itself. Where the dialect has child events:

* what a parent says flows down to its children; who is invited gets a child, who is no longer invited loses it;
* on a child only the attendee's answer may change, and it flows up; a child that is deleted takes its attendee off;
* a deleted parent takes its children with it, and brings them back when it is restored, or leaves them as orphans,
  which anybody may edit.

Children follow from writes of their parents. Those of users, and those made while the dialect had no child events, have
no consequence of this kind until the parent is next written.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, cast

from mockcrm.crm.change import Change
from mockcrm.crm.content import changed_fields
from mockcrm.crm.event import Attendee, Event
from mockcrm.crm.fake_crm import FakeCrm, Write
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.fields import id_value
from mockcrm.crm.kinds.people import USER
from mockcrm.crm.link_names import with_names
from mockcrm.crm.record import Record
from mockcrm.errors import ChildReadOnly


def families(crm: FakeCrm, events: Iterable[Event], ids: Iterator[str]) -> Iterator[Event]:
    """Events that are created, each with its children, in the order of the dialect. `ids` are those of new events.

    Where the dialect has none, the same events.
    """
    if crm.dialect.child_events == "none":
        yield from events
        return
    children = Children(crm, ids)
    for event in events:
        yield from (cast(Event, each.record) for each in children.followed([Write("created", crm.filled(event))]))


def parent_of(crm: FakeCrm, record: Record) -> Change | None:
    """The latest version of the living parent of an event, if the event is a child in this CRM."""
    if crm.dialect.child_events == "none" or not isinstance(record, Event) or not _may_be_child(record):
        return None
    parent = _named_parent(crm, record)
    return parent if parent is not None and parent.event.parent_id is None else None


def stands_for(crm: FakeCrm, change: Change) -> Change | None:
    """The event that a colleague edits who wants to edit a certain one: a child's parent. None if it was deleted."""
    return None if change.deleted else (parent_of(crm, change.record) or change)


def _named_parent(crm: FakeCrm, event: Event) -> Change | None:
    """The living event that a `parentId` names."""
    parent = crm.store.events.latest(str(event.parent_id))
    return None if parent is None or parent.deleted else parent


def _may_be_child(event: Event) -> bool:
    return event.parent_id is not None and event.owner_id is not None and len(event.attendees) == 1


class Children:
    """What follows for child events and their parents from writes that are made together.

    `ids` are those of new events. `settled` has the ids of the children of which a parent's write has decided.
    """

    def __init__(self, crm: FakeCrm, ids: Iterator[str] | None = None) -> None:
        self.crm = crm
        free = ids or crm.names.free_ids(crm.store, EVENT, crm.dialect.id_form)
        self._ids = (each for each in free if each not in self._taken)
        self._taken: set[str] = set()
        self._gone: set[str] = set()
        self.settled: set[str] = set()

    def followed(self, writes: Sequence[Write], main: Write | None = None) -> list[Write]:
        """Some of the writes, each with what follows before or behind it, in a CRM with child events.

        `main` is the one that somebody asked for, the others are its consequences. Raises `ChildReadOnly` if that one
        is not allowed.
        """
        self._taken.update(each.record.id for each in writes if each.op == "created" and each.record.kind == EVENT.name)
        self._gone.update(each.record.id for each in writes if each.op == "deleted" and each.record.kind == USER.name)
        groups = [self._with_consequences(write, asked=write is main) for write in writes]
        return [
            each
            for write, group in zip(writes, groups, strict=True)
            if write is main or not self._is_settled(write)
            for each in group
        ]

    def _is_settled(self, write: Write) -> bool:
        """Whether a parent's write has decided of a child otherwise. A child that it left may still be deleted."""
        leaves = self.crm.dialect.children_on_delete == "leave" and write.op == "deleted"
        return write.record.kind == EVENT.name and write.record.id in self.settled and not leaves

    def _with_consequences(self, write: Write, *, asked: bool) -> list[Write]:
        if not isinstance(write.record, Event):
            return [write]
        parent = parent_of(self.crm, write.prior.record) if write.prior else None
        if write.prior is None or parent is None:
            if asked:
                _check_parent(self.crm, write)
            return self._in_order([write], self._down(write, write.record))
        if not asked:
            return [_deleted(write.prior) if write.prior.event.owner_id in self._gone else write]
        up = self._up(write, self._named(write.record), self._named(write.prior.record), parent)
        return self._in_order([] if up is None else [up], [write])

    def _named(self, record: Record) -> Event:
        """An event with the present names of its links, which are no content of it."""
        return cast(Event, with_names(self.crm.store, record))

    def _in_order(self, parent: list[Write], children: list[Write]) -> list[Write]:
        return [*children, *parent] if self.crm.dialect.child_order == "before" else [*parent, *children]

    # From a parent to its children

    def _down(self, write: Write, parent: Event) -> list[Write]:
        """What becomes of the children of an event when it is written. One that has a parent itself has none."""
        if write.prior is not None and write.prior.event.parent_id is not None and parent.parent_id is not None:
            return []
        living, others = self._children(parent.id)
        self.settled.update(each.record.id for each in (*living.values(), *others))
        if write.op == "deleted":
            leaves = self.crm.dialect.children_on_delete == "leave"
            return [] if leaves else [*map(_deleted, (*living.values(), *others))]
        fallen = self._deleted_with(write.prior) if write.op == "restored" and write.prior else {}
        children = []
        for user, attendee in self._invited(parent).items():
            prior = living.pop(user, None) or fallen.get(user)
            child = self._child(parent, user, attendee, prior)
            if prior is None:
                children.append(Write("created", child))
            elif prior.deleted:
                children.append(Write("restored", child, prior))
            elif self._named(child) != self._named(prior.record):
                children.append(Write("updated", child, prior, write.bump))
        return [*children, *map(_deleted, (*living.values(), *others))]

    def _child(self, parent: Event, user: str, attendee: Attendee, prior: Change | None) -> Event:
        """The child of a user."""
        event_id, parent_id = (
            (next(self._ids), id_value(parent.id)) if prior is None else (prior.record.id, prior.event.parent_id)
        )
        return replace(parent, id=event_id, parent_id=parent_id, attendees=(attendee,), owner_id=user)

    def _children(self, parent_id: str) -> tuple[dict[str, Change], list[Change]]:
        """The living children of an event by their owners, and those beyond the first of an owner."""
        naming = self.crm.store.events.having(_parents, parent_id)
        children = [each for each in naming if each.record.id != parent_id and _may_be_child(each.event)]
        first: dict[str, Change] = {}
        others = [each for each in children if first.setdefault(each.event.owner_id or "", each) is not each]
        return first, others

    def _deleted_with(self, tombstone: Change) -> dict[str, Change]:
        """By owner, the tombstones of the children that were deleted together with their parent, and are deleted."""
        log = self.crm.store.log
        found = {}
        for step in (1, -1):
            place = tombstone.seq - 1 + step
            while 0 <= place < len(log) and _fell_with(log[place], tombstone):
                if self.crm.store.events.latest(log[place].record.id) is log[place]:
                    found[log[place].event.owner_id or ""] = log[place]
                place += step
        return found

    # From a child to its parent

    def _up(self, write: Write, child: Event, before: Event, parent: Change) -> Write | None:
        """What becomes of the parent when a child is written. Raises `ChildReadOnly`."""
        if write.op == "restored":
            message = f"The event {child.id} is a child event: invite the person to event {parent.record.id} again."
            raise ChildReadOnly(message, {"parentId": [f"The event {parent.record.id} has it."]})
        if write.op == "updated":
            _check_child(before, child, parent)
        attendees = (
            tuple(self._left(before, parent)) if write.op == "deleted" else self._answered(before, child, parent)
        )
        if attendees == parent.event.attendees:
            return None
        return Write("updated", replace(parent.event, attendees=attendees), parent, write.bump)

    def _left(self, child: Event, parent: Change) -> Iterator[Attendee]:
        """The attendees of a parent without that of a child."""
        return (each for each in parent.event.attendees if not self._is_of(each, child))

    def _answered(self, before: Event, child: Event, parent: Change) -> tuple[Attendee, ...]:
        """The attendees of a parent with the answer on a child."""
        attendees, status = [*parent.event.attendees], child.attendees[0].status
        own = next((place for place, each in enumerate(attendees) if self._is_of(each, before)), None)
        if own is not None and status != before.attendees[0].status:
            attendees[own] = replace(attendees[own], status=status)
        return tuple(attendees)

    # People

    def _is_of(self, attendee: Attendee, child: Event) -> bool:
        return attendee == child.attendees[0] or self._user(attendee) == child.owner_id

    def _invited(self, event: Event) -> dict[str, Attendee]:
        """The attendees of an event who have children, by the ids of the users that they are."""
        found: dict[str, Attendee] = {}
        for attendee in event.attendees if event.parent_id is None else ():
            user = self._user(attendee)
            if user is not None and user != event.owner_id:
                found.setdefault(user, attendee)
        return found

    def _user(self, attendee: Attendee) -> str | None:
        """The id of the user who an attendee is: by id, or by address whatever its case."""
        users = self.crm.store.of(USER)
        named = users.latest(attendee.user_id) if attendee.user_id is not None else None
        if named is not None and not named.deleted and named.record.id not in self._gone:
            return named.record.id
        found = users.having(_addresses, attendee.email_address.lower()) if attendee.email_address else ()
        return next((each.record.id for each in found if each.record.id not in self._gone), None)


def _parents(event: Event) -> tuple[str, ...]:
    return () if event.parent_id is None else (str(event.parent_id),)


def _addresses(user: Any) -> tuple[str, ...]:
    return (user.emailAddress.lower(),)


def _deleted(child: Change) -> Write:
    return Write("deleted", child.record, child)


def _fell_with(change: Change, tombstone: Change) -> bool:
    """Whether a change is the deletion of a child together with its parent."""
    if change.op != "deleted" or not isinstance(change.record, Event) or not _may_be_child(change.record):
        return False
    together = (change.committed_at, change.request_id) == (tombstone.committed_at, tombstone.request_id)
    return together and str(change.record.parent_id) == tombstone.record.id


def _check_parent(crm: FakeCrm, write: Write) -> None:
    """Raises `ChildReadOnly` for a write that would make an event the child of another."""
    event: Any = write.record
    before = write.prior.event.parent_id if write.prior and write.op == "updated" else None
    if write.op in ("created", "updated") and event.parent_id != before and _named_parent(crm, event) is not None:
        problem = {"parentId": [f"Add the person to the attendees of event {event.parent_id} instead."]}
        raise ChildReadOnly("The CRM itself makes child events.", problem)


def _check_child(before: Event, after: Event, parent: Change) -> None:
    """Raises `ChildReadOnly` if more of a child changes than its attendee's answer."""
    names = changed_fields(before, after)
    if [replace(each, status="") for each in before.attendees] == [
        replace(each, status="") for each in after.attendees
    ]:
        names.discard("attendees")
    if names:
        message = (
            f"The event {before.id} is a child of event {parent.record.id}: change that, or only your own status here."
        )
        raise ChildReadOnly(message, {name: [f"Change it in event {parent.record.id}."] for name in sorted(names)})
