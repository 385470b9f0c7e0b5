"""Events whose `parentId` makes no family, as clients can write them where the dialect has no child events yet."""

from dataclasses import replace
from typing import Any

from mockcrm.crm.dialect.knobs import changed
from tests.crm.families import ANN_ID, BOB, BOB_ID, CAT, create, event, meeting, told, update, with_children


def without_children_at_first(*events: Any) -> Any:
    crm = with_children(childEvents="none")
    for each in events:
        create(crm, each)
    crm.set_dialect(changed(crm.dialect, {"childEvents": "users"}))
    return crm


def test_an_event_that_names_itself_as_its_parent_is_written_once_and_lives_on() -> None:
    crm = without_children_at_first(meeting(BOB, parent_id=500))
    assert told(update(crm, "500", subject="New")) == ["updated 500"]
    assert event(crm).subject == "New"
    assert told(update(crm, "500", parent_id=None)) == ["updated 500", "created 1001"]


def test_an_event_with_a_parent_is_nobodys_parent_so_that_a_write_of_it_deletes_nothing() -> None:
    first, second = meeting(BOB, parent_id=501), replace(meeting(CAT, parent_id=500, owner_id=BOB_ID), id="501")
    crm = without_children_at_first(first, second)
    assert told(update(crm, "500", subject="New")) == ["updated 500"]
    assert told(update(crm, "501", owner_id=ANN_ID)) == ["updated 501"]
