"""Child events: one for each attendee who is a user (contract, section 8), without HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mockcrm.crm import actions, consequences
from mockcrm.crm.consequences import written
from mockcrm.crm.dialect.knobs import changed
from mockcrm.crm.drafts import Draft
from mockcrm.crm.event import Attendee, Event, RelatedTo
from mockcrm.crm.fake_crm import COLLEAGUE, FakeCrm, Write, WriteOptions
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.people import USER
from mockcrm.errors import ActionInvalid, ChildReadOnly, Refusal
from mockcrm.sandbox.action_schemas import read_actions
from mockcrm.sandbox.snapshot import dump_snapshot, load_snapshot
from mockcrm.sandbox.state import State
from tests.crm.families import (
    ANN,
    ANN_ID,
    BOB,
    BOB_ID,
    CAT,
    CAT_ID,
    CLIENT,
    GUEST,
    HOUR,
    MONDAY,
    act,
    check_families,
    child,
    children,
    create,
    delete,
    event,
    meeting,
    restore,
    statuses,
    told,
    update,
    user,
    with_children,
)


@pytest.fixture
def crm() -> FakeCrm:
    return with_children()


def setting(crm: FakeCrm, **knobs: Any) -> None:
    crm.set_dialect(changed(crm.dialect, knobs))


@contextmanager
def refused(crm: FakeCrm, *names: str) -> Iterator[None]:
    """Expects a refusal that names these fields, and changes nothing."""
    before = dump_snapshot(State(crm))
    with pytest.raises(ChildReadOnly) as info:
        yield
    assert {*info.value.details} == {*names}
    assert dump_snapshot(State(crm)) == before


# Who has a child


def test_each_attendee_who_is_a_user_has_a_child_in_the_parents_calendar_but_the_owner_has_none(crm: FakeCrm) -> None:
    acme = RelatedTo("Account", "17", "Acme")
    parent = meeting(ANN, BOB, GUEST, CAT, location="Turing", related_to=(acme,), calendar_id="c7", extra={"x": 1})
    create(crm, parent)
    of = children(crm)
    assert of.keys() == {BOB_ID, CAT_ID}
    assert of[BOB_ID] == replace(parent, id=of[BOB_ID].id, attendees=(BOB,), parent_id=500, owner_id=BOB_ID)
    assert of[CAT_ID].attendees == (CAT,)


def test_by_default_there_are_none_and_nothing_is_looked_up() -> None:
    crm = with_children(childEvents="none")
    assert told(create(crm, meeting(ANN, BOB))) == ["created 500"]
    assert not crm.store.events._lookups


def test_a_user_is_recognised_by_id_and_by_address_whatever_its_case(crm: FakeCrm) -> None:
    create(crm, meeting(Attendee(user_id=BOB_ID), Attendee(email_address="CAT@OurCompany.example")))
    assert children(crm).keys() == {BOB_ID, CAT_ID}


def test_an_unknown_user_id_leaves_it_to_the_address(crm: FakeCrm) -> None:
    create(crm, meeting(Attendee(user_id="nobody", email_address=BOB.email_address), Attendee(user_id="nobody")))
    assert children(crm).keys() == {BOB_ID}


def test_a_user_who_is_named_twice_has_one_child(crm: FakeCrm) -> None:
    by_id = Attendee(user_id=BOB_ID, status="Accepted")
    create(crm, meeting(by_id, BOB))
    assert children(crm)[BOB_ID].attendees == (by_id,)


def test_a_child_that_loses_its_owner_with_its_user_is_deleted(crm: FakeCrm, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where links to a deleted user are dropped: the owner of the child, and the parent's attendee or not."""
    create(crm, meeting(BOB, CAT))
    bobs = crm.living(EVENT, child(crm))
    dropped = Write("updated", replace(bobs.event, owner_id=None), bobs)
    monkeypatch.setattr(consequences, "on_delete", lambda *_: [dropped])
    user = crm.living(USER, BOB_ID)
    changes = written(crm, Write("deleted", user.record, user), CLIENT)[1]
    assert told(changes) == [f"deleted {BOB_ID}", f"deleted {bobs.record.id}"]


def test_children_follow_a_parent_that_is_written_in_consequence(crm: FakeCrm, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where a link is dropped: the parent has it, and each child has it, and each is written once."""
    create(crm, meeting(BOB, CAT, GUEST))
    parent, *others = (crm.living(EVENT, each) for each in ("500", child(crm), child(crm, CAT_ID)))
    dropped = [Write("updated", replace(each.event, subject=None), each) for each in (others[0], parent, others[1])]
    monkeypatch.setattr(consequences, "on_delete", lambda *_: dropped)
    user = crm.living(USER, BOB_ID)
    changes = written(crm, Write("deleted", user.record, user), CLIENT)[1]
    bobs, cats = (each.record.id for each in others)
    assert told(changes) == [f"deleted {BOB_ID}", "updated 500", f"updated {cats}", f"deleted {bobs}"]


def test_a_deleted_user_is_none(crm: FakeCrm) -> None:
    act(crm, {"delete": {"kind": "user", "record": BOB_ID}})
    create(crm, meeting(BOB, CAT))
    assert children(crm).keys() == {CAT_ID}


def test_of_an_event_without_an_owner_every_user_has_a_child(crm: FakeCrm) -> None:
    create(crm, meeting(ANN, BOB, owner_id=None))
    assert children(crm).keys() == {ANN_ID, BOB_ID}


def test_where_ids_are_no_digits_the_parent_id_is_a_string(crm: FakeCrm) -> None:
    setting(crm, idForm="guid")
    create(crm, meeting(BOB, event_id="0b9e8a4e-3a5c-5a57-9ae0-3a2ff5dd5c11"))
    assert [each.parent_id for each in children(crm, "0b9e8a4e-3a5c-5a57-9ae0-3a2ff5dd5c11").values()] == [
        "0b9e8a4e-3a5c-5a57-9ae0-3a2ff5dd5c11"
    ]


def test_children_get_new_ids_that_nobody_has(crm: FakeCrm) -> None:
    """The parent's own id is the next of all, and is not in the store yet when the children get theirs."""
    act(crm, user("dan"))
    act(crm, {"create": {"set": {"startTime": "2026-01-05T09:00:00Z", "endTime": "2026-01-05T09:00:00Z"}, "key": "a"}})
    people = [{"userId": BOB_ID}, {"userId": CAT_ID}, {"emailAddress": "dan@ourcompany.example"}]
    times = {"startTime": "2026-01-05T09:00:00Z", "endTime": "2026-01-05T09:00:00Z"}
    act(crm, {"create": {"set": {**times, "id": "1004"}}})
    (result,) = act(crm, {"create": {"set": {**times, "attendees": people}}})
    assert told(result.changes) == ["created 1002", "created 1003", "created 1005", "created 1006"]
    assert result.own.record.id == "1002"
    assert crm.next_id(EVENT) == "1007"


# Content flows down


def test_an_update_of_the_parent_updates_its_children(crm: FakeCrm) -> None:
    create(crm, meeting(BOB, CAT))
    bobs, cats = child(crm), child(crm, CAT_ID)
    changes = update(crm, "500", subject="Moved", start=MONDAY + HOUR / 2)
    assert told(changes) == ["updated 500", f"updated {bobs}", f"updated {cats}"]
    assert {(each.subject, each.start) for each in children(crm).values()} == {("Moved", MONDAY + HOUR / 2)}


def test_only_children_whose_content_changes_are_written(crm: FakeCrm) -> None:
    create(crm, meeting(BOB, CAT))
    accepted = replace(BOB, status="Accepted")
    assert told(update(crm, "500", attendees=(accepted, CAT))) == ["updated 500", f"updated {child(crm)}"]
    assert children(crm)[BOB_ID].attendees == (accepted,)
    assert told(update(crm, "500")) == ["updated 500"], "and no child by a write that changes nothing"


def test_a_new_attendee_gets_a_child_and_one_who_leaves_loses_it(crm: FakeCrm) -> None:
    create(crm, meeting(BOB))
    bobs = child(crm)
    changes = update(crm, "500", attendees=(CAT, GUEST))
    assert told(changes) == ["updated 500", f"created {child(crm, CAT_ID)}", f"deleted {bobs}"]
    assert children(crm).keys() == {CAT_ID}


def test_a_new_owner_loses_the_child_and_the_old_one_gets_one(crm: FakeCrm) -> None:
    create(crm, meeting(ANN, BOB))
    update(crm, "500", owner_id=BOB_ID)
    assert children(crm).keys() == {ANN_ID}


def test_a_move_of_the_parent_to_another_calendar_takes_the_children_along(crm: FakeCrm) -> None:
    create(crm, meeting(BOB))
    update(crm, "500", calendar_id="c8")
    assert children(crm)[BOB_ID].calendar_id == "c8"


def test_a_dialect_that_is_switched_on_later_makes_children_when_an_event_is_next_written(crm: FakeCrm) -> None:
    setting(crm, childEvents="none")
    create(crm, meeting(BOB))
    setting(crm, childEvents="users")
    assert not children(crm)
    touched = act(crm, {"touch": {"events": ["500"]}})[0].changes
    assert told(touched) == ["updated 500", f"created {child(crm)}"]


def test_what_was_missed_while_the_dialect_was_off_is_made_up_by_the_next_write(crm: FakeCrm) -> None:
    create(crm, meeting(BOB, CAT))
    bobs = child(crm)
    setting(crm, childEvents="none")
    update(crm, "500", subject="Unseen", attendees=(CAT,))
    update(crm, child(crm, CAT_ID), description="Cat's own")
    setting(crm, childEvents="users")
    assert told(update(crm, "500", location="Turing")) == [
        "updated 500",
        f"updated {child(crm, CAT_ID)}",
        f"deleted {bobs}",
    ]
    assert (children(crm)[CAT_ID].subject, children(crm)[CAT_ID].description) == ("Unseen", None)


# Answers flow up


@pytest.mark.parametrize("cause", [CLIENT, COLLEAGUE], ids=["client", "colleague"])
def test_an_answer_on_a_child_flows_up_to_the_parent_and_no_further(crm: FakeCrm, cause: Any) -> None:
    create(crm, meeting(ANN, BOB, CAT))
    bobs = child(crm)
    changes = update(crm, bobs, cause, attendees=(replace(BOB, status="Declined"),))
    assert told(changes) == ["updated 500", f"updated {bobs}"], "by default the parent stands first"
    assert statuses(event(crm)) == ["NeedsAction", "Declined", "NeedsAction"]
    assert told(update(crm, "500", location="Turing")) == [
        "updated 500",
        f"updated {bobs}",
        f"updated {child(crm, CAT_ID)}",
    ]
    assert statuses(event(crm, bobs)) == ["Declined"], (
        "the parent has the same answer, and sends it down no second time"
    )


def test_a_write_of_a_child_without_a_change_has_no_consequence(crm: FakeCrm) -> None:
    create(crm, meeting(BOB))
    assert told(update(crm, child(crm))) == [f"updated {child(crm)}"]


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"subject": "Mine"}, ["subject"]),
        ({"subject": "Mine", "end": MONDAY + 2 * HOUR, "attendees": (CAT,)}, ["subject", "endTime", "attendees"]),
        ({"attendees": ()}, ["attendees"]),
        ({"attendees": (replace(BOB, status="Accepted"), CAT)}, ["attendees"]),
        ({"attendees": (replace(BOB, contact_id=5),)}, ["attendees"]),
        ({"parent_id": None}, ["parentId"]),
        ({"extra": {"mood": 1}}, ["mood"]),
        ({"owner_id": CAT_ID}, ["ownerId"]),
        ({"calendar_id": "c9"}, ["calendarId"]),
    ],
    ids=str,
)
@pytest.mark.parametrize("cause", [CLIENT, COLLEAGUE], ids=["client", "colleague"])
def test_on_a_child_only_the_answer_may_change(crm: FakeCrm, fields: Any, names: list[str], cause: Any) -> None:
    create(crm, meeting(BOB, CAT))
    with refused(crm, *names):
        update(crm, child(crm), cause, **fields)


def test_nobody_but_the_crm_makes_a_child(crm: FakeCrm) -> None:
    create(crm, meeting(BOB))
    create(crm, meeting(event_id="600"))
    with refused(crm, "parentId"):
        create(crm, meeting(CAT, event_id="700", parent_id=500))
    with refused(crm, "parentId"):
        update(crm, "600", parent_id=500)
    assert told(create(crm, meeting(CAT, event_id="700", parent_id=999))) == ["created 700"], "999 does not exist"


# Deletion and return


def test_a_deleted_child_takes_its_attendee_off_the_parent(crm: FakeCrm) -> None:
    create(crm, meeting(BOB, Attendee(user_id=BOB_ID), CAT))
    bobs = child(crm)
    assert told(delete(crm, bobs)) == ["updated 500", f"deleted {bobs}"]
    assert event(crm).attendees == (CAT,)
    assert children(crm).keys() == {CAT_ID}


def test_a_deleted_child_of_a_living_parent_is_not_restored_the_attendee_is_asked_again(crm: FakeCrm) -> None:
    create(crm, meeting(BOB))
    bobs = child(crm)
    delete(crm, bobs)
    with refused(crm, "parentId"):
        restore(crm, bobs)
    update(crm, "500", attendees=(BOB,))
    assert child(crm) != bobs


def test_a_deleted_parent_takes_its_children_and_a_restored_one_brings_them_back(crm: FakeCrm) -> None:
    create(crm, meeting(BOB, CAT, GUEST))
    bobs, cats = child(crm), child(crm, CAT_ID)
    assert told(delete(crm, "500")) == ["deleted 500", f"deleted {bobs}", f"deleted {cats}"]
    assert not children(crm)
    assert told(restore(crm, "500")) == ["restored 500", f"restored {bobs}", f"restored {cats}"]
    assert children(crm).keys() == {BOB_ID, CAT_ID}


@pytest.mark.parametrize("order", ["after", "before"])
def test_a_child_that_was_deleted_before_its_parent_does_not_return_with_it(order: str) -> None:
    crm = with_children(childOrder=order)
    create(crm, meeting(BOB, CAT))
    bobs, cats = child(crm), child(crm, CAT_ID)
    delete(crm, bobs)
    delete(crm, "500")
    assert {*told(restore(crm, "500"))} == {"restored 500", f"restored {cats}"}
    update(crm, "500", attendees=(BOB, CAT))
    assert children(crm).keys() == {BOB_ID, CAT_ID}
    assert child(crm) != bobs


def test_a_parent_that_is_restored_after_a_user_left_has_no_child_for_that_one(crm: FakeCrm) -> None:
    create(crm, meeting(BOB, CAT))
    cats = child(crm, CAT_ID)
    delete(crm, "500")
    act(crm, {"delete": {"kind": "user", "record": BOB_ID}})
    assert told(restore(crm, "500")) == ["restored 500", f"restored {cats}"]


def test_where_children_are_left_they_are_orphans_that_anybody_may_edit() -> None:
    crm = with_children(childrenOnDelete="leave")
    create(crm, meeting(BOB, CAT))
    bobs = child(crm)
    before = event(crm, bobs)
    assert told(delete(crm, "500")) == ["deleted 500"]
    assert event(crm, bobs) == before
    assert told(update(crm, bobs, subject="Mine", attendees=(BOB, CAT, GUEST))) == [f"updated {bobs}"]
    assert told(delete(crm, bobs)) == [f"deleted {bobs}"]
    assert told(restore(crm, bobs)) == [f"restored {bobs}"]


def test_a_parent_that_is_restored_takes_its_orphans_back() -> None:
    crm = with_children(childrenOnDelete="leave")
    create(crm, meeting(BOB, CAT))
    bobs, cats = child(crm), child(crm, CAT_ID)
    delete(crm, "500")
    update(crm, bobs, subject="Mine")
    update(crm, cats, attendees=(CAT, GUEST))
    changes = restore(crm, "500")
    new = max(each.record.id for each in changes if each.op == "created")
    assert told(changes) == ["restored 500", f"updated {bobs}", f"created {new}"], "Cat's went its own way"
    assert (event(crm, bobs).subject, event(crm, cats).attendees) == ("Demo", (CAT, GUEST))


def test_an_event_with_a_parent_has_no_children_of_its_own(crm: FakeCrm) -> None:
    create(crm, meeting(BOB, CAT, parent_id=999))
    assert not children(crm)


# One write


def test_all_share_the_stamp_and_the_request_and_the_crm_made_the_children(crm: FakeCrm) -> None:
    parent, bobs = create(crm, meeting(BOB))
    assert (parent.origin, parent.by, parent.request_id) == ("client", "engine", "7")
    assert (bobs.origin, bobs.request_id) == ("crm", "7")
    assert (bobs.stamp, bobs.committed_at) == (parent.stamp, parent.committed_at)


def test_another_order_has_children_before_their_parent() -> None:
    crm = with_children(childOrder="before")
    create(crm, meeting(BOB))
    bobs = child(crm)
    assert told(crm.store.changes(3)) == [f"created {bobs}", "created 500"]
    assert told(update(crm, bobs, attendees=(replace(BOB, status="Accepted"),))) == [f"updated {bobs}", "updated 500"]
    assert told(delete(crm, "500")) == [f"deleted {bobs}", "deleted 500"]
    assert told(restore(crm, "500")) == [f"restored {bobs}", "restored 500"]


def test_without_a_bump_children_keep_their_stamps_but_new_and_deleted_ones_are_stamped(crm: FakeCrm) -> None:
    create(crm, meeting(BOB, CAT))
    parent, bobs, cats = crm.store.changes(3)
    changes = update(
        crm, "500", options=WriteOptions(bump=False), subject="Quiet", attendees=(BOB, replace(ANN)), owner_id=None
    )
    of = {f"{each.op} {each.record.id}": each for each in changes}
    assert of["updated 500"].stamp == of[f"updated {bobs.record.id}"].stamp == parent.stamp
    assert of[f"deleted {cats.record.id}"].stamp == of[f"created {child(crm, ANN_ID)}"].stamp > parent.stamp


def test_an_answer_that_is_not_stamped_is_not_stamped_on_the_parent_either() -> None:
    crm = with_children(unbumpedFields=["attendees"])
    create(crm, meeting(BOB))
    before = crm.store.last_seq
    answer = Draft(
        {"attendees": [{"emailAddress": BOB.email_address, "status": "Accepted"}]}, crm.dialect, partial=True
    )
    actions.edit(crm, CLIENT, record=child(crm), content=answer)
    assert {each.stamp_seq for each in crm.store.changes(before)} == {4, 5}


def test_lists_show_all_of_it_at_once(crm: FakeCrm) -> None:
    create(crm, meeting(BOB), options=WriteOptions(visible_after=timedelta(minutes=1)))
    assert {each.visible_at for each in crm.store.changes(3)} == {crm.clock.now() + timedelta(minutes=1)}


def test_a_fork_has_children_of_its_own(crm: FakeCrm) -> None:
    create(crm, meeting(BOB))
    twin = crm.fork()
    update(twin, "500", attendees=(CAT,))
    assert [*children(crm), *children(twin)] == [BOB_ID, CAT_ID]
    update(crm, "500", subject="Still Bob's")
    assert children(crm)[BOB_ID].subject == "Still Bob's"


def test_a_sandbox_without_room_for_the_children_makes_no_parent_either(crm: FakeCrm) -> None:
    crm.count = _no_more
    before = dump_snapshot(State(crm))
    with pytest.raises(Refusal, match="Too many"):
        create(crm, meeting(BOB))
    assert dump_snapshot(State(crm)) == before


def _no_more(number: int) -> None:
    raise Refusal(f"Too many: {number}.")


# Many writes


PEOPLE = [{"emailAddress": each.email_address} for each in (BOB, CAT)]


def test_a_touch_of_all_touches_children_too_and_makes_those_that_are_missing(crm: FakeCrm) -> None:
    create(crm, meeting(BOB))
    setting(crm, childEvents="none")
    create(crm, meeting(CAT, event_id="600"))
    setting(crm, childEvents="users")
    (result,) = act(crm, {"touch": {"events": "all"}})
    assert told(result.changes) == [
        f"updated {child(crm)}",
        "updated 500",
        "updated 600",
        f"created {children(crm, '600')[CAT_ID].id}",
    ]


def test_a_touch_leaves_a_child_that_went_by_the_touch_of_its_parent(crm: FakeCrm) -> None:
    create(crm, meeting(BOB))
    bobs = child(crm)
    act(crm, {"delete": {"kind": "user", "record": BOB_ID}})
    (result,) = act(crm, {"touch": {"events": ["500", bobs]}})
    assert told(result.changes) == ["updated 500", f"deleted {bobs}"]


def test_a_churn_edits_the_parent_of_a_child_and_leaves_what_went_with_its_parent(crm: FakeCrm) -> None:
    create(crm, meeting(BOB, CAT))
    (result,) = act(crm, {"churn": {"creates": 2, "edits": 20, "deletes": 5, "seed": 1}})
    check_families(crm)
    edited = {each.record.id for each in result.changes if each.op == "updated" and each.event.parent_id is None}
    assert "500" in edited
    assert not [each for each in crm.store.events.live() if each.event.parent_id is not None]


def test_seeding_makes_the_children_of_what_it_invents() -> None:
    crm = with_children(childOrder="before")
    childless = crm.fork()
    actions.dialect(childless, COLLEAGUE, knobs={"childEvents": "none"})
    invented = _seeded(childless)
    before = crm.store.last_seq
    events = _seeded(crm)
    parents = [each for each in events if each.parent_id is None]
    assert [each.subject for each in parents] == [each.subject for each in invented], "and draws the same"
    check_families(crm)
    assert len(events) > len(parents) == 50
    places = {each.record.id: each.seq for each in crm.store.changes(before)}
    assert all(places[each.id] < places[str(each.parent_id)] for each in events if each.parent_id is not None)
    assert crm.holding.weight > 50 * 2_500


def _seeded(crm: FakeCrm) -> list[Event]:
    actions.seed(crm, COLLEAGUE, count=50, seed=3)
    return [each.event for each in crm.store.events.live()]


def test_consequences_count_against_what_one_call_may_do(crm: FakeCrm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockcrm.sandbox.allowance.MAX_CHANGES", 4)
    times = {"startTime": "2026-01-05T09:00:00Z", "endTime": "2026-01-05T09:00:00Z"}
    meetings = [{"create": {"set": {**times, "attendees": PEOPLE}}}] * 2
    state = State(crm)
    before = dump_snapshot(state)
    with pytest.raises(ActionInvalid, match="More than 4 changes"):
        state.perform(read_actions(meetings), COLLEAGUE)
    assert dump_snapshot(state) == before
    state.perform(read_actions(meetings[:1]), COLLEAGUE)
    assert state.crm.store.last_seq == 6


def test_an_idempotency_key_answers_with_the_parent_and_makes_no_second_family(crm: FakeCrm) -> None:
    times = {"startTime": "2026-01-05T09:00:00Z", "endTime": "2026-01-05T09:00:00Z"}
    draft = Draft({**times, "attendees": PEOPLE}, crm.dialect)
    first, second = (actions.create(crm, CLIENT, content=draft, once=("k", "d")) for _ in range(2))
    assert second.changes == (first.change,) == (second.change,)
    assert len(first.changes) == 3
    assert len(children(crm, first.change.record.id)) == 2


def test_a_snapshot_knows_whose_children_they_are(crm: FakeCrm) -> None:
    create(crm, meeting(BOB, CAT))
    delete(crm, child(crm, CAT_ID))
    loaded = load_snapshot(dump_snapshot(State(crm))).crm
    update(loaded, "500", subject="Moved")
    assert {owner: each.subject for owner, each in children(loaded).items()} == {BOB_ID: "Moved"}
    delete(loaded, "500")
    restore(loaded, "500")
    assert children(loaded).keys() == {BOB_ID}


@pytest.mark.parametrize("knobs", [{}, {"childOrder": "before"}, {"childrenOnDelete": "leave"}], ids=str)
def test_a_deleted_calendar_takes_parents_and_children_with_it_each_once(knobs: Any) -> None:
    crm = with_children(calendars="many", **knobs)
    (calendar,) = act(crm, {"create": {"kind": "calendar", "set": {"name": "Sales"}, "key": "sales"}})
    times = {"startTime": "2026-01-05T09:00:00Z", "endTime": "2026-01-05T10:00:00Z"}
    here: dict[str, Any] = {"calendarId": calendar.change.record.id}
    there: dict[str, Any] = {}
    act(crm, *({"create": {"set": {**times, **where, "attendees": PEOPLE}}} for where in (here, there, here)))
    before = crm.store.last_seq
    act(crm, {"delete": {"kind": "calendar", "record": "sales"}})
    gone = [each.record.id for each in crm.store.changes(before) if each.kind == "event"]
    assert len(gone) == len({*gone}) == 6
    assert {each.event.calendar_id for each in crm.store.events.live()} == {crm.primary_id}
    check_families(crm)


def test_a_parent_moves_to_another_calendar_with_its_children(crm: FakeCrm) -> None:
    setting(crm, calendars="many")
    (calendar,) = act(crm, {"create": {"kind": "calendar", "set": {"name": "Sales"}}})
    times = {"startTime": "2026-01-05T09:00:00Z", "endTime": "2026-01-05T10:00:00Z"}
    act(crm, {"create": {"set": {**times, "attendees": PEOPLE}, "key": "demo"}})
    act(crm, {"edit": {"event": "demo", "set": {"calendarId": calendar.change.record.id}}})
    assert [each.event.calendar_id for each in crm.store.events.live()] == [calendar.change.record.id] * 3
    bobs = children(crm, crm.resolve(EVENT, "demo"))[BOB_ID]
    with refused(crm, "calendarId"):
        update(crm, bobs.id, calendar_id=crm.primary_id)


def test_children_do_not_block_the_deletion_of_their_parent() -> None:
    crm = with_children(onDelete="block")
    create(crm, meeting(BOB))
    bobs = child(crm)
    assert told(delete(crm, "500")) == ["deleted 500", f"deleted {bobs}"]


@pytest.mark.parametrize("how", ["block", "drop"])
def test_orphans_are_left_as_they_are_whatever_becomes_of_other_links(how: str) -> None:
    crm = with_children(onDelete=how, childrenOnDelete="leave")
    create(crm, meeting(BOB))
    before = event(crm, child(crm))
    delete(crm, "500")
    assert event(crm, before.id) == before


def test_a_deleted_user_whose_links_are_dropped_loses_the_children() -> None:
    crm = with_children(onDelete="drop")
    create(crm, meeting(Attendee(user_id=BOB_ID, email_address=BOB.email_address), CAT))
    create(crm, meeting(BOB, event_id="600"))
    act(crm, {"delete": {"kind": "user", "record": BOB_ID}})
    check_families(crm)
    assert children(crm).keys() == {CAT_ID}
    assert event(crm).attendees == (BOB, CAT)
    assert not children(crm, "600")


def test_a_link_that_is_dropped_from_a_parent_is_dropped_from_its_children_in_the_same_write() -> None:
    crm = with_children(onDelete="drop")
    (account,) = act(crm, {"create": {"kind": "account", "set": {"name": "Acme"}}})
    create(crm, meeting(BOB, CAT, related_to=(RelatedTo("Account", account.change.record.id, "Acme"),)))
    before = crm.store.last_seq
    act(crm, {"delete": {"kind": "account", "record": account.change.record.id}})
    check_families(crm)
    assert [each.event.related_to for each in crm.store.changes(before + 1)] == [()] * 3


# Merges


def with_two_contacts(**knobs: Any) -> tuple[FakeCrm, str, str]:
    """A CRM with child events where one person is a contact twice. The later one is merged away."""
    crm = with_children(**knobs)
    made = [{"create": {"kind": "contact", "set": {"lastName": name}}} for name in ("Builder", "Bilder")]
    into, gone = (result.change.record.id for result in act(crm, *made))
    return crm, into, gone


@pytest.mark.parametrize("order", ["after", "before"])
def test_a_merge_that_changes_a_parent_changes_its_children_in_the_same_write(order: str) -> None:
    crm, into, gone = with_two_contacts(childOrder=order)
    create(crm, meeting(replace(BOB, contact_id=int(gone)), CAT, related_to=(RelatedTo("Contact", gone, None),)))
    bobs, cats = child(crm), child(crm, CAT_ID)
    (result,) = act(crm, {"merge": {"kind": "contact", "into": into, "from": [gone]}})
    family = ["updated 500", f"updated {bobs}", f"updated {cats}"]
    in_order = family if order == "after" else [*family[1:], family[0]]
    assert told(result.changes) == [f"updated {into}", f"deleted {gone}", *in_order]
    assert result.change.record.id == into
    check_families(crm)
    assert children(crm)[BOB_ID].attendees == (replace(BOB, contact_id=int(into)),)


def test_a_child_that_was_behind_its_parent_is_made_up_for_by_a_merge(crm: FakeCrm) -> None:
    """As when the dialect had no child events for a while: the merge writes the parent, and its children follow."""
    crm, into, gone = with_two_contacts(childEvents="none")
    create(crm, meeting(BOB, Attendee(contact_id=int(gone))))
    setting(crm, childEvents="users")
    act(crm, {"merge": {"kind": "contact", "into": into, "from": [gone], "repoint": "silent"}})
    check_families(crm)
    assert children(crm).keys() == {BOB_ID}


def test_a_merge_leaves_the_stamps_of_children_where_it_leaves_those_of_parents() -> None:
    crm, into, gone = with_two_contacts()
    create(crm, meeting(replace(BOB, contact_id=int(gone))))
    before = crm.living(EVENT, child(crm))
    act(crm, {"merge": {"kind": "contact", "into": into, "from": [gone], "repoint": "silent"}})
    after = crm.living(EVENT, child(crm))
    assert (after.stamp, after.stamp_seq, after.version) == (before.stamp, before.stamp_seq, 2)


def test_children_of_a_merge_count_against_what_one_call_may_do(monkeypatch: pytest.MonkeyPatch) -> None:
    crm, into, gone = with_two_contacts(childEvents="none")
    create(crm, meeting(BOB, CAT, Attendee(contact_id=int(gone))))
    setting(crm, childEvents="users")
    steps = read_actions([{"merge": {"kind": "contact", "into": into, "from": [gone]}}, user("dan")])
    monkeypatch.setattr("mockcrm.sandbox.allowance.MAX_CHANGES", 5)
    state = State(crm)
    before = dump_snapshot(state)
    with pytest.raises(ActionInvalid, match="smaller portions"):
        state.perform(steps, COLLEAGUE)
    assert dump_snapshot(state) == before
    monkeypatch.setattr("mockcrm.sandbox.allowance.MAX_CHANGES", 6)
    state.perform(steps, COLLEAGUE)
    assert children(state.crm).keys() == {BOB_ID, CAT_ID}
