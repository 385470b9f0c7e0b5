"""What harm a client did, by the change log and what passed."""

import pytest

from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.trials.matrix import trial_of
from mockcrm.trials.mutants import WRITE_MUTANTS
from mockcrm.trials.oracle import Harm, harm_done
from tests.trials.worlds import TIMES, World

DONE = {
    ("lost-response-on-create", "no idempotency keys"): {"duplicate"},
    ("concurrent-lost-update", "no If-Match"): {"overwritten"},
    ("put-clobbers-absent", "partial PUT"): {"clobbered"},
    ("omitted-not-empty", "blind, trusts lists"): {"clobbered"},
    ("unknown-fields-dropped", "known fields only"): {"clobbered"},
    ("private-redaction", "blind, trusts lists"): {"clobbered", "redacted"},
    ("attendees-replaced", "visible attendees only"): {"attendee lost"},
    ("server-normalizes", "insists on wording"): {"loop"},
    ("allday-end-inclusive", "inclusive end"): {"drift"},
    ("noop-touch-storm", "writes every row"): {"loop"},
    ("tombstone-expired", "uploads missing"): {"resurrection"},
    ("edit-vs-delete", "blind"): {"deleted"},
}


@pytest.mark.parametrize(("hazard", "mutant"), DONE)
def test_tells_harm_by_its_kind(hazard: str, mutant: str) -> None:
    assert {harm.kind for harm in trial_of(hazard, mutant).harm} == DONE[hazard, mutant]


def edited_on_both_sides(theirs: str) -> set[Harm]:
    """A colleague changes one field, and a user whose client is blind another or the same."""
    world = World({}, {Safeguard.READ_BEFORE_WRITE})
    world.act({"create": {"set": {**TIMES, "subject": "Call"}}})
    world.sync()
    world.act({"edit": {"event": "1001", "set": {theirs: "Theirs"}}})
    (item,) = world.mailbox.items.values()
    world.mailbox.edit(item.id, {"subject": "Mine"})
    world.sync()
    world.sync()
    return harm_done(world.wiretap)


def test_a_field_is_overwritten_by_whoever_was_not_given_it() -> None:
    assert edited_on_both_sides("subject") == {Harm("overwritten", "1001")}


def test_a_change_in_another_field_is_left_alone() -> None:
    assert edited_on_both_sides("location") == set()


def test_changes_of_other_kinds_do_not_hide_a_loop() -> None:
    world = World({}, WRITE_MUTANTS["writes every row"])
    world.act(
        {"create": {"kind": "contact", "set": {"lastName": "Coyote"}}}, {"create": {"set": TIMES | {"subject": "Call"}}}
    )
    for subject in ("Call again", "Call once more"):
        world.sync()
        world.act({"edit": {"event": "1001", "set": {"subject": subject}}})
    for _ in range(4):
        world.sync()
    assert harm_done(world.wiretap) == {Harm("loop", "1001")}


def test_to_write_again_what_got_no_whole_answer_is_no_round_of_a_loop() -> None:
    """The audit counts rounds alike."""
    world = World({}, WRITE_MUTANTS["writes every row"])
    world.act({"create": {"set": TIMES | {"subject": "Call"}}})
    world.sync()
    lost = {"match": {"operation": ["updateEvent", "replaceEvent"]}, "effect": "truncate", "times": 1}
    world.act({"advance": {"by": "1m"}}, {"fault": lost})
    loops: list[tuple[bool, bool]] = []
    for _ in range(4):
        world.act({"advance": {"by": "1s"}})
        world.sync()
        codes = {found.kind.code for found in world.findings()}
        loops.append((Harm("loop", "1001") in harm_done(world.wiretap), "write.pingPong" in codes))
    assert loops == [(False, False), (False, False), (False, False), (True, True)]


def test_where_an_event_lies_is_nothing_to_overwrite_for_a_client_that_is_not_shown_it() -> None:
    """It was moved to another calendar and back: the client has received all that the CRM shows of it."""
    world = World({})
    world.act({"create": {"kind": "calendar", "key": "team", "set": {"name": "Team"}}})
    world.act({"create": {"set": {**TIMES, "subject": "Call"}}})
    world.sync()
    for calendar in ("team", "primary"):
        world.act({"edit": {"event": "1001", "set": {"calendarId": calendar}}})
    (item,) = world.mailbox.items.values()
    world.mailbox.delete(item.id)
    world.sync()
    assert world.ids(deleted=True) == ["1001"]
    assert harm_done(world.wiretap) == set()


def deleted_by_who_trusts_lists(edited: bool) -> set[Harm]:
    """A user deletes an event whose description lists do not show; a colleague may have edited that before."""
    world = World({"omittedFromLists": ["description"]}, WRITE_MUTANTS["blind, trusts lists"])
    world.act({"create": {"set": {**TIMES, "subject": "Call", "description": "Bring the offer"}}})
    world.sync()
    if edited:
        world.act({"edit": {"event": "1001", "set": {"description": "Do not bring the offer"}}})
        world.sync()
    (item,) = world.mailbox.items.values()
    world.mailbox.delete(item.id)
    world.sync()
    return harm_done(world.wiretap)


def test_a_deletion_that_removes_an_edit_which_lists_do_not_show_is_harm() -> None:
    assert deleted_by_who_trusts_lists(edited=True) == {Harm("deleted", "1001")}


def test_a_deletion_of_an_event_as_it_was_created_is_not() -> None:
    assert deleted_by_who_trusts_lists(edited=False) == set()
