"""A stale body under a fresh tag: a whole write that puts back the values of an older version."""

from typing import Any

import pytest

from mockcrm.audit.findings import Finding
from tests.audit.audited import TIMES, Crm

OLD = {"subject": "Review", "location": "Room 2", "description": "First agenda", **TIMES}


@pytest.fixture
def crm() -> Crm:
    return Crm()


def plan(crm: Crm, **fields: Any) -> str:
    """An event that the client has read."""
    name = crm.create({**OLD, **fields})
    crm.read()
    return name


def edit(crm: Crm, name: str, **fields: Any) -> None:
    """A colleague's edit, of which the client reads."""
    crm.act({"edit": {"event": name, "set": fields}})
    crm.read()


def only(crm: Crm) -> Finding:
    (found,) = crm.findings()
    return found


def test_a_fresh_tag_with_a_stale_body_puts_back_what_a_colleague_had_changed(crm: Crm) -> None:
    name = plan(crm)
    edit(crm, name, location="Room 7")
    crm.write("PUT", name, {**OLD, "subject": "Renamed"}, tag=2)
    found = only(crm)
    assert (found.kind.code, found.kind.severity, found.fields) == ("overwrite.reverted", "note", ("location",))
    assert (found.requests, found.changes) == ((1, 2, 3), (2, 3))
    assert found.title == "“Review”: a write put back the values of an older version"
    assert (
        "(change 2, version 2). The latest delivered to this client was version 2, by request 2." in found.explanation
    )
    assert found.explanation.endswith(
        "Request 3 put back the values of version 1, which request 1 had delivered, in all fields but subject: it set "
        'location from "Room 7" to "Room 2".'
    )
    assert crm.sandbox.audit().clean


def test_it_may_change_nothing_of_its_own_or_several_fields(crm: Crm) -> None:
    for fields in ({}, {"subject": "Mine", "startTime": "2026-01-06T08:00:00Z", "description": "Mine"}):
        name = plan(crm)
        edit(crm, name, location="Room 7")
        crm.write("PUT", name, {**OLD, **fields})
    first, second = crm.findings()
    assert (first.kind.code, second.kind.code) == ("overwrite.reverted", "overwrite.reverted")
    assert "version 1, which request 1 had delivered, in all fields: it set location" in first.explanation
    assert "in all fields but description, startTime and subject: it set location" in second.explanation


def test_a_patch_that_names_every_field_is_a_whole_write(crm: Crm) -> None:
    name = plan(crm)
    edit(crm, name, location="Room 7")
    crm.write("PATCH", name, {**OLD, "subject": "Renamed"})
    assert only(crm).kind.code == "overwrite.reverted"


def test_a_patch_of_nearly_every_field_is_one_too(crm: Crm) -> None:
    name = plan(crm, attendees=[{"emailAddress": "ada@example.com"}])
    edit(crm, name, location="Room 7")
    rest = {"allDay": False, "private": False, "parentId": None}
    crm.write("PATCH", name, {**OLD, **rest, "subject": "Renamed"})
    assert only(crm).kind.code == "overwrite.reverted"


def test_of_several_older_versions_the_latest_that_fits_is_named(crm: Crm) -> None:
    name = plan(crm)
    edit(crm, name, description="Second agenda")
    edit(crm, name, location="Room 7")
    crm.write("PUT", name, {**OLD, "description": "Second agenda", "subject": "Renamed"})
    assert "version 2, which request 2 had delivered, in all fields but subject" in only(crm).explanation


def test_all_that_was_changed_since_may_go_back(crm: Crm) -> None:
    name = plan(crm)
    edit(crm, name, description="Second agenda")
    edit(crm, name, location="Room 7")
    crm.write("PUT", name, {**OLD, "subject": "Renamed"})
    assert (only(crm).fields, only(crm).changes) == (("description", "location"), (2, 3, 4))


def test_the_older_version_may_be_ones_own(crm: Crm) -> None:
    crm.act({"dialect": {"writeAnswer": "nothing"}})
    name = plan(crm)
    crm.write("PUT", name, {**OLD, "subject": "Mine"})
    edit(crm, name, location="Room 7")
    crm.write("PUT", name, {**OLD, "subject": "Mine again"})
    assert "version 2, which this client had written, in all" in only(crm).explanation


def test_what_had_not_been_delivered_is_overwritten_blind(crm: Crm) -> None:
    name = plan(crm)
    crm.act({"edit": {"event": name, "set": {"location": "Room 7"}}})
    crm.write("PUT", name, {**OLD, "subject": "Renamed"}, tag=2)
    assert crm.codes() == ["overwrite.blind"]


def test_of_two_edits_the_one_that_was_delivered_is_put_back_and_the_other_overwritten_blind(crm: Crm) -> None:
    name = plan(crm)
    edit(crm, name, location="Room 7")
    crm.act({"edit": {"event": name, "set": {"description": "Second agenda"}}})
    crm.write("PUT", name, {**OLD, "subject": "Renamed"})
    assert sorted((each.kind.code, each.fields) for each in crm.findings()) == [
        ("overwrite.blind", ("description",)),
        ("overwrite.reverted", ("location",)),
    ]


# Who may mean it


def test_a_patch_of_the_field_alone_is_a_person(crm: Crm) -> None:
    name = plan(crm)
    edit(crm, name, location="Room 7")
    crm.write("PATCH", name, {"location": "Room 2"})
    crm.write("PATCH", name, {"location": "Room 2", "subject": "Renamed"})
    assert crm.codes() == []


def test_a_whole_write_with_anything_of_the_newer_version_was_made_from_that(crm: Crm) -> None:
    name = plan(crm)
    edit(crm, name, location="Room 7", description="Second agenda")
    crm.write("PUT", name, {**OLD, "description": "Second agenda", "subject": "Renamed"})
    assert crm.codes() == []


def test_a_careful_client_changes_what_it_has_read(crm: Crm) -> None:
    name = plan(crm)
    edit(crm, name, location="Room 7")
    crm.write("PUT", name, {**OLD, "location": "Room 7", "subject": "Renamed"})
    crm.write("PUT", name, {**OLD, "location": "Room 9", "subject": "Renamed"})
    assert crm.codes() == []


def test_what_the_client_itself_had_changed_it_may_change_back(crm: Crm) -> None:
    name = plan(crm)
    crm.write("PUT", name, {**OLD, "location": "Room 7"})
    crm.read()
    crm.write("PUT", name, {**OLD, "subject": "Renamed"})
    assert crm.codes() == []


def test_a_field_that_a_colleague_filled_and_the_client_leaves_out_is_clobbered(crm: Crm) -> None:
    name = plan(crm, location=None)
    edit(crm, name, location="Room 7")
    crm.write("PUT", name, {each: value for each, value in OLD.items() if each != "location"})
    assert crm.codes() == ["overwrite.clobbered"]


def test_a_colleague_who_put_it_back_is_nobodys_business(crm: Crm) -> None:
    name = plan(crm)
    edit(crm, name, location="Room 7")
    edit(crm, name, location="Room 2")
    crm.write("PUT", name, {**OLD, "subject": "Renamed"})
    assert crm.codes() == []


def test_a_version_that_was_never_delivered_is_not_put_back(crm: Crm) -> None:
    name = plan(crm, location="Room 1")
    crm.act({"edit": {"event": name, "set": {"location": "Room 2"}}})
    edit(crm, name, location="Room 7")
    crm.write("PUT", name, {**OLD, "subject": "Renamed"})
    assert crm.codes() == []


@pytest.mark.parametrize("journaled", [1, 1_000])
def test_it_is_found_in_a_journal_that_forgets(journaled: int) -> None:
    crm = Crm(journaled=journaled)
    name = plan(crm)
    edit(crm, name, location="Room 7")
    crm.write("PUT", name, {**OLD, "subject": "Renamed"})
    crm.read()
    assert crm.codes() == ["overwrite.reverted"]


def test_some_of_many_older_versions_are_remembered(crm: Crm) -> None:
    recent, ancient = plan(crm), plan(crm)
    for number in range(40):
        for name in (recent, ancient):
            crm.act({"edit": {"event": name, "set": {"description": f"Agenda {number}"}}})
        crm.read()
    crm.write("PUT", ancient, OLD)
    crm.write("PUT", recent, {**OLD, "description": "Agenda 36"})
    assert (only(crm).kind.code, only(crm).event_id) == ("overwrite.reverted", crm.id_of(recent))


def test_of_many_answers_under_way_none_is_forgotten(crm: Crm) -> None:
    name = plan(crm)
    reads = []
    for number in range(30):
        crm.act({"edit": {"event": name, "set": {"location": f"Room {number}"}}})
        reads.append(crm.begin("client", "GET", name))
        crm.fetch(reads[-1], name)
    body = {**OLD, "subject": "Mine"}
    writing = crm.begin("client", "PUT", name, body)
    for reading in reads:
        crm.end(reading)
    crm.do(writing, name, body)
    crm.end(writing)
    assert only(crm).kind.code == "overwrite.blind"
    assert "The latest delivered to this client was version 1, by request 1." in only(crm).explanation
