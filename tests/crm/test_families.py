"""Child events held against a naive model: whatever anybody writes, each meeting has the children that it should."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mockcrm.crm.event import STATUSES, Attendee, Event
from mockcrm.crm.fake_crm import COLLEAGUE, Cause, WriteOptions
from mockcrm.crm.kinds.events import EVENT
from mockcrm.errors import ChildReadOnly
from mockcrm.sandbox.snapshot import dump_snapshot
from mockcrm.sandbox.state import State
from tests.crm import families
from tests.crm.families import ANN_ID, BOB_ID, CAT_ID, CLIENT, HOUR, MONDAY, act, check_families, with_children

people = st.one_of(
    st.sampled_from([ANN_ID, BOB_ID, CAT_ID, "nobody"]).map(lambda each: Attendee(user_id=each)),
    st.sampled_from(
        ["ann@ourcompany.example", "BOB@OURCOMPANY.example", "cat@ourcompany.example", "wile@acme.example"]
    ).map(lambda each: Attendee(email_address=each)),
)
invited = st.lists(st.tuples(people, st.sampled_from(STATUSES)), max_size=4).map(
    lambda each: tuple(replace(person, status=status) for person, status in each)
)
owners = st.sampled_from([ANN_ID, BOB_ID, None])
causes = st.sampled_from([CLIENT, COLLEAGUE])
picks = st.integers(0, 1000)
options = st.sampled_from([WriteOptions(), WriteOptions(visible_after=HOUR), WriteOptions(stamp=-HOUR)])
edit_options = options | st.just(WriteOptions(bump=False))


class Families(RuleBasedStateMachine):
    """Meetings that clients and colleagues write, with their children.

    `model` has, by the ids of the living meetings, their owners and attendees; it knows nothing of events, of children
    just who they must be for. `fallen` has those of the deleted ones.
    """

    @initialize(order=st.sampled_from(["after", "before"]))
    def begin(self, order: str) -> None:
        self.crm = with_children(childOrder=order)
        self.number = 0
        self.model: dict[str, tuple[str | None, list[Attendee]]] = {}
        self.fallen: dict[str, tuple[str | None, list[Attendee]]] = {}

    def picked(self, number: int, *, of: dict[str, Any] | None = None) -> str | None:
        ids = sorted(self.model if of is None else of)
        return ids[number % len(ids)] if ids else None

    def a_child(self, number: int) -> Event | None:
        found = [each.event for each in self.crm.store.events.live() if each.event.parent_id is not None]
        return found[number % len(found)] if found else None

    def is_user(self, attendee: Attendee, user: str | None) -> bool:
        named = {ANN_ID: "ann", BOB_ID: "bob", CAT_ID: "cat"}
        if attendee.user_id in named:
            return attendee.user_id == user
        address = (attendee.email_address or "").lower()
        return user in named and address == f"{named[user]}@ourcompany.example"

    @rule(attendees=invited, owner=owners, cause=causes, how=options)
    def create(self, attendees: tuple[Attendee, ...], owner: str | None, cause: Cause, how: WriteOptions) -> None:
        self.number += 1
        event_id = str(5_000_000 + self.number)
        made = families.meeting(*attendees, event_id=event_id, owner_id=owner)
        families.create(self.crm, made, cause, how)
        self.model[event_id] = (owner, [*attendees])

    @rule(number=picks, attendees=invited, cause=causes, how=edit_options)
    def invite(self, number: int, attendees: tuple[Attendee, ...], cause: Cause, how: WriteOptions) -> None:
        if event_id := self.picked(number):
            families.update(self.crm, event_id, cause, how, attendees=attendees)
            self.model[event_id] = (self.model[event_id][0], [*attendees])

    @rule(number=picks, by=st.integers(-3, 3), cause=causes, how=edit_options)
    def move(self, number: int, by: int, cause: Cause, how: WriteOptions) -> None:
        if event_id := self.picked(number):
            start = MONDAY + by * HOUR
            families.update(self.crm, event_id, cause, how, start=start, end=start + HOUR, subject=f"Demo {by}")

    @rule(number=picks, owner=owners)
    def hand_over(self, number: int, owner: str | None) -> None:
        if event_id := self.picked(number):
            families.update(self.crm, event_id, owner_id=owner)
            self.model[event_id] = (owner, self.model[event_id][1])

    @rule(number=picks, status=st.sampled_from(STATUSES), cause=causes, how=edit_options)
    def answer(self, number: int, status: str, cause: Cause, how: WriteOptions) -> None:
        if child := self.a_child(number):
            families.update(self.crm, child.id, cause, how, attendees=(replace(child.attendees[0], status=status),))
            _, attendees = self.model[str(child.parent_id)]
            own = next(at for at, each in enumerate(attendees) if self.is_user(each, child.owner_id))
            attendees[own] = replace(attendees[own], status=status)

    @rule(number=picks, cause=causes)
    def write_on_a_child(self, number: int, cause: Cause) -> None:
        if child := self.a_child(number):
            before = dump_snapshot(State(self.crm))
            with pytest.raises(ChildReadOnly):
                families.update(self.crm, child.id, cause, subject="Mine")
            assert dump_snapshot(State(self.crm)) == before

    @rule(number=picks, how=options)
    def delete_a_child(self, number: int, how: WriteOptions) -> None:
        if child := self.a_child(number):
            families.delete(self.crm, child.id, how)
            owner, attendees = self.model[str(child.parent_id)]
            self.model[str(child.parent_id)] = (
                owner,
                [each for each in attendees if not self.is_user(each, child.owner_id)],
            )

    @rule(number=picks, how=options)
    def delete(self, number: int, how: WriteOptions) -> None:
        if event_id := self.picked(number):
            families.delete(self.crm, event_id, how)
            self.fallen[event_id] = self.model.pop(event_id)

    @rule(number=picks)
    def restore(self, number: int) -> None:
        if event_id := self.picked(number, of=self.fallen):
            families.restore(self.crm, event_id)
            self.model[event_id] = self.fallen.pop(event_id)

    @rule(seed=st.integers(0, 2**16))
    def touch_and_fork(self, seed: int) -> None:
        act(self.crm, {"touch": {"events": "all"}})
        left, self.crm = self.crm, self.crm.fork()
        act(left, {"churn": {"edits": 3, "deletes": 1, "seed": seed}}) if self.model else None

    @invariant()
    def each_meeting_is_as_the_model_has_it(self) -> None:
        for event_id, (owner, attendees) in self.model.items():
            event = families.event(self.crm, event_id)
            assert (event.owner_id, [*event.attendees]) == (owner, attendees)

    @invariant()
    def each_user_who_is_invited_and_no_other_has_one_child(self) -> None:
        check_families(self.crm)
        living = {change.event.id: change.event for change in self.crm.store.events.live()}
        assert {each.id for each in living.values() if each.parent_id is None} == self.model.keys()
        assert all(str(each.parent_id) in living for each in living.values() if each.parent_id is not None)

    @invariant()
    def the_changes_of_one_write_share_their_stamps(self) -> None:
        by_instant: dict[Any, set[Any]] = {}
        for change in self.crm.store.changes_of(EVENT):
            if change.stamp_seq == change.seq:
                by_instant.setdefault(change.committed_at, set()).add((change.stamp, change.visible_at))
        assert all(len(stamps) == 1 for stamps in by_instant.values())


TestFamilies = Families.TestCase
TestFamilies.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
