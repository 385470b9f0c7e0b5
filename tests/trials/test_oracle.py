"""What harm a client did, by the change log and what passed."""

import pytest

from mockcrm.reference_client.safeguards import Virtue
from mockcrm.trials.matrix import played
from mockcrm.trials.oracle import Harm, harm_done
from tests.trials.worlds import TIMES, World

DONE = {
    ("lost-response-on-create", "no keys"): {"duplicate"},
    ("concurrent-lost-update", "no tags"): {"overwritten"},
    ("put-clobbers-absent", "puts a part"): {"clobbered"},
    ("omitted-not-empty", "and trusts lists"): {"clobbered"},
    ("unknown-fields-dropped", "known fields"): {"clobbered"},
    ("private-redaction", "and trusts lists"): {"clobbered", "redacted"},
    ("attendees-replaced", "attendees shown"): {"disinvited"},
    ("server-normalizes", "insists"): {"restless"},
    ("allday-end-inclusive", "end as last day"): {"drift"},
    ("noop-touch-storm", "compares nothing"): {"restless"},
    ("tombstone-expired", "uploads the missing"): {"zombie"},
    ("edit-vs-delete", "blind"): {"deleted"},
}


@pytest.mark.parametrize(("hazard", "mutant"), DONE)
def test_tells_harm_by_its_kind(hazard: str, mutant: str) -> None:
    assert {harm.kind for harm in played(hazard, mutant).harm} == DONE[hazard, mutant]


def edited_on_both_sides(theirs: str) -> set[Harm]:
    """A colleague changes one field, and a user whose client is blind another or the same."""
    world = World({}, {Virtue.LOOKS})
    world.act({"create": {"set": {**TIMES, "subject": "Call"}}})
    world.sync()
    world.act({"edit": {"event": "1001", "set": {theirs: "Theirs"}}})
    (item,) = world.mailbox.items.values()
    world.mailbox.edit(item.id, {"subject": "Mine"})
    world.sync()
    world.sync()
    return harm_done(world.witness)


def test_a_field_is_overwritten_by_whoever_was_not_given_it() -> None:
    assert edited_on_both_sides("subject") == {Harm("overwritten", "1001")}


def test_a_change_in_another_field_is_left_alone() -> None:
    assert edited_on_both_sides("location") == set()
