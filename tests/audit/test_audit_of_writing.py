"""The audit of writing, without HTTP: what a client broke, and what is nobody's business."""

import threading
from datetime import timedelta
from typing import Any

import pytest

from mockcrm.audit.findings import Finding
from tests.audit.audited import MONDAY, TIMES, Crm, at

LUNCH = {"subject": "Lunch", **TIMES}


@pytest.fixture
def crm() -> Crm:
    return Crm()


def only(crm: Crm) -> Finding:
    (found,) = crm.findings()
    return found


# What was overwritten


def test_an_edit_that_the_client_was_not_given_is_overwritten_blind(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    crm.edit(name)
    crm.write("PATCH", name, {"location": "Room 2"})
    found = only(crm)
    assert (found.kind.code, found.hazard, found.fields) == ("overwrite.blind", "concurrent-lost-update", ("location",))
    assert (found.changes, found.requests) == ((2, 3), (1, 2))
    assert "version 1, by request 1" in found.explanation
    assert 'set location from "Room Turing" to "Room 2"' in found.explanation
    assert not crm.sandbox.audit().clean


AGENDA = "Agenda, first part: " + "x" * 40


@pytest.mark.parametrize(
    ("before", "theirs", "mine", "words"),
    [
        (
            {"description": f"{AGENDA} end A"},
            {"description": f"{AGENDA} end B"},
            {"description": f"{AGENDA} end C"},
            f'set description from "…{"x" * 34} end B" to "…{"x" * 34} end C"',
        ),
        (
            {"description": "first\n" * 20},
            {"description": "first\n" * 20 + "second"},
            {"description": "first\n" * 20 + "last"},
            'second" to "',
        ),
        (
            {"attendees": [{"emailAddress": f"person{number}@example.com"} for number in range(9)]},
            {"attendees": [{"emailAddress": f"person{number}@example.com"} for number in range(8)]},
            {"attendees": [{"emailAddress": f"person{number}@example.com"} for number in (*range(8), 9)]},
            'set attendees[8] from nothing to {"emailAddress": "person9@example.com", …',
        ),
        (
            {"subject": f"{AGENDA} at ten"},
            {"subject": f"{AGENDA}\u00a0at ten"},
            {"subject": f"{AGENDA} at\u00a0ten"},
            f'set subject from "…{"x" * 33}\\u00a0at ten" to "…{"x" * 33} at\\u00a0ten"',
        ),
    ],
)
def test_what_was_overwritten_is_shown_from_where_it_differs(
    crm: Crm, before: Any, theirs: Any, mine: Any, words: str
) -> None:
    name = crm.create(before)
    crm.read()
    crm.act({"edit": {"event": name, "set": theirs}})
    crm.write("PATCH", name, mine)
    assert words in only(crm).explanation


def test_to_overwrite_what_one_was_given_is_a_policy(crm: Crm) -> None:
    name = crm.create()
    crm.edit(name)
    crm.read()
    crm.write("PATCH", name, {"location": "Room 2"})
    assert crm.codes() == []


@pytest.mark.parametrize("payload", [{"subject": "Mine"}, {"location": "Room Turing"}])
def test_other_fields_and_the_same_value_do_no_harm(crm: Crm, payload: Any) -> None:
    name = crm.create()
    crm.read()
    crm.edit(name)
    crm.write("PATCH", name, payload)
    assert "overwrite.blind" not in crm.codes()


def test_a_replacement_answers_for_every_field(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    crm.edit(name)
    crm.write("PUT", name, {**LUNCH, "subject": name, "location": None})
    assert only(crm).fields == ("location",)


@pytest.mark.parametrize("tag", [1, 2])
def test_no_tag_is_a_proof_of_knowledge_without_the_content(crm: Crm, tag: int) -> None:
    name = crm.create()
    crm.read()
    crm.edit(name)
    crm.write("PATCH", name, {"location": "Room 2"}, tag=tag)
    assert crm.codes() == ["overwrite.blind"]


def test_a_tag_is_a_proof_of_knowledge_with_the_content_of_its_version(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    crm.edit(name)
    crm.look(name)
    crm.write("PATCH", name, {"location": "Room 2"}, tag=2)
    assert crm.codes() == []


def test_a_tag_does_not_overtake_its_content(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    crm.edit(name)
    reading = crm.begin("client", "GET", name)
    crm.fetch(reading, name)
    writing = crm.begin("client", "PATCH", name, {"location": "Room 2"}, tag=2)
    crm.end(reading)
    crm.do(writing, name, {"location": "Room 2"})
    crm.end(writing)
    assert crm.codes() == ["overwrite.blind"]


def test_the_answer_to_a_write_tells_of_the_rest(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    crm.edit(name)
    crm.write("PATCH", name, {"subject": "Mine"})
    crm.write("PATCH", name, {"location": "Room 2"})
    assert crm.codes() == []


def test_a_write_that_is_answered_with_nothing_does_not(crm: Crm) -> None:
    crm.act({"dialect": {"writeAnswer": "nothing"}})
    name = crm.create()
    crm.read()
    crm.edit(name)
    crm.write("PATCH", name, {"subject": "Mine"})
    assert (crm.codes(), crm.pending) == ([], 1)
    crm.write("PATCH", name, {"location": "Room 2"})
    assert crm.codes() == ["overwrite.blind"]


def test_who_replaces_an_event_needs_to_be_told_nothing_of_it(crm: Crm) -> None:
    crm.act({"dialect": {"writeAnswer": "nothing"}})
    name = crm.create()
    crm.read()
    crm.edit(name)
    crm.write("PUT", name, {**LUNCH, "location": "Room 2"})
    assert (crm.codes(), crm.pending) == (["overwrite.blind"], 0)


@pytest.mark.parametrize(("answer", "pending"), [(None, 1), (200, 0)])
def test_who_makes_an_event_needs_to_be_told_of_it_if_nobody_answered(
    crm: Crm, answer: int | None, pending: int
) -> None:
    crm.act({"dialect": {"writeAnswer": "id"}})
    crm.read()
    crm.write("POST", payload=LUNCH, answer=answer)
    assert (crm.codes(), crm.pending) == ([], pending)


@pytest.mark.parametrize(
    ("tag", "payload"),
    [
        ("", "without If-Match."),
        ("*", "with If-Match: *, which names no version."),
        ('"1-0"', "ETag of another version."),
    ],
)
def test_it_says_with_what_precondition_it_wrote(crm: Crm, tag: str, payload: str) -> None:
    name = crm.create()
    crm.read()
    crm.edit(name)
    crm.act({"edit": {"event": name, "set": {"subject": "Theirs"}}})
    entry = crm.begin("client", "PATCH", name, None)
    if tag:
        entry.wsgi_headers = {"HTTP_IF_MATCH": tag}
    crm.do(entry, name, {"location": "Room 2", "subject": "Mine"})
    crm.end(entry)
    assert only(crm).explanation.endswith(payload)
    assert all(f"change {seq}, version {seq}" in only(crm).explanation for seq in (2, 3))


def test_an_answer_that_is_under_way_is_not_known_to_who_writes_meanwhile(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    crm.edit(name)
    reading = crm.begin("client", "GET", name)
    crm.fetch(reading, name)
    writing = crm.begin("client", "PATCH", name, {"location": "Room 2"})
    crm.end(reading)
    crm.do(writing, name, {"location": "Room 2"})
    crm.end(writing)
    assert (only(crm).kind.code, only(crm).requests) == ("overwrite.blind", (1, 3))


def test_of_two_answers_under_way_the_one_that_was_there_counts(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    crm.edit(name)
    slow, quick = (crm.begin("client", "GET", name) for _ in range(2))
    for entry in (slow, quick):
        crm.fetch(entry, name)
    crm.end(quick)
    writing = crm.begin("client", "PATCH", name, {"location": "Room 2"})
    crm.do(writing, name, {"location": "Room 2"})
    crm.end(writing)
    crm.end(slow)
    assert crm.codes() == []


def test_an_answer_that_did_not_arrive_told_nothing(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    crm.edit(name)
    crm.read(whole=False)
    crm.write("PATCH", name, {"location": "Room 2"})
    assert crm.codes() == ["overwrite.blind"]


def test_another_client_is_no_colleague(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    crm.write("PATCH", name, {"location": "Room 1"}, client="other")
    crm.write("PATCH", name, {"location": "Room 2"})
    assert crm.codes() == []


def test_each_overwritten_edit_is_told_once(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    crm.edit(name)
    for room in ("Room 2", "Room 3"):
        crm.write("PATCH", name, {"location": room}, answer=None)
    assert crm.codes() == ["overwrite.blind"]


def test_a_deletion_takes_nothing_with_it_that_was_overwritten_before(crm: Crm) -> None:
    crm.act({"dialect": {"writeAnswer": "nothing"}})
    name = crm.create()
    crm.read()
    crm.edit(name)
    crm.write("PATCH", name, {"location": "Room 2"})
    crm.write("DELETE", name)
    assert crm.codes() == ["overwrite.blind"]


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_what_a_colleague_has_taken_back_is_no_loss(crm: Crm, method: str) -> None:
    name = crm.create({"location": "A"})
    crm.read()
    for room in "XA":
        crm.act({"edit": {"event": name, "set": {"location": room}}})
    crm.write(method, name, {"location": "C"} if method == "PATCH" else None)
    assert crm.codes() == []


def test_to_clear_what_one_was_given_is_an_edit_and_to_fill_what_nobody_set_is_no_loss(crm: Crm) -> None:
    crm.act({"dialect": {"omittedFromLists": ["description"]}})
    crm.read()
    name, cleared = crm.create(), crm.create({"location": "A"})
    crm.read()
    crm.write("PATCH", name, {"description": "Agenda"})
    assert crm.codes() == []
    crm.act({"edit": {"event": cleared, "set": {"location": None}}})
    crm.write("PATCH", cleared, {"location": "B"})
    assert crm.codes() == ["overwrite.blind"]


@pytest.mark.parametrize(("reads", "codes"), [(True, []), (False, ["overwrite.blind"])])
def test_who_read_a_version_before_it_wrote_the_next_knows_both(crm: Crm, reads: bool, codes: list[str]) -> None:
    crm.act({"dialect": {"writeAnswer": "nothing"}})
    name = crm.create()
    crm.read()
    crm.edit(name)
    if reads:
        crm.look(name)
    crm.write("PATCH", name, {"subject": "Mine"}, tag=2)
    crm.write("PATCH", name, {"location": "Room 2"}, tag=3)
    assert crm.codes() == codes


def test_what_was_there_before_the_client_came_it_may_know_of(crm: Crm) -> None:
    name = crm.create()
    crm.edit(name)
    crm.write("PATCH", name, {"location": "Room 2"})
    assert crm.codes() == []
    crm.act({"edit": {"event": name, "set": {"description": "Agenda"}}})
    other = crm.create({"location": "Room 1"})
    crm.write("PATCH", other, {"location": "Room 2"})
    crm.write("PATCH", name, {"description": "None"})
    assert crm.codes() == ["overwrite.blind", "overwrite.blind"]


def test_a_deletion_takes_an_unseen_edit_with_it(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    crm.edit(name)
    crm.write("DELETE", name)
    found = only(crm)
    assert (found.kind.code, found.hazard, found.fields) == ("overwrite.deletion", "edit-vs-delete", ("location",))


def test_a_deletion_after_a_touch_or_a_read_takes_nothing_with_it(crm: Crm) -> None:
    touched, seen = crm.create(), crm.create()
    crm.read()
    crm.act({"touch": {"events": [crm.id_of(touched)]}})
    crm.edit(seen)
    crm.look(seen)
    crm.write("DELETE", touched)
    crm.write("DELETE", seen, tag=2)
    assert crm.codes() == []


def test_a_deletion_with_a_tag_alone_takes_an_edit_with_it(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    crm.edit(name)
    crm.write("DELETE", name, tag=2)
    assert crm.codes() == ["overwrite.deletion"]


def test_a_replacement_that_leaves_out_what_the_client_had_clobbers_it(crm: Crm) -> None:
    name = crm.create({"location": "Room 1", "private": True})
    crm.read()
    crm.write("PUT", name, LUNCH)
    found = only(crm)
    assert (found.kind.code, found.hazard) == ("overwrite.clobbered", "put-clobbers-absent")
    assert found.fields == ("location", "private")
    assert found.title == f"“{name}” has lost location and private"


def test_what_a_colleague_has_filled_in_meanwhile_is_overwritten_and_not_clobbered(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    crm.edit(name)
    crm.write("PUT", name, {**LUNCH, "subject": name})
    assert (only(crm).kind.code, only(crm).fields) == ("overwrite.blind", ("location",))


def test_what_was_never_given_is_not_to_be_left_out_unless_one_wrote_it(crm: Crm) -> None:
    crm.act({"dialect": {"writeAnswer": "nothing"}})
    theirs = crm.create({"location": "Room 1"})
    mine = crm.write("POST", payload={**LUNCH, "location": "Room 1"})
    for event in (theirs, mine):
        crm.write("PUT", event, LUNCH)
    found = only(crm)
    assert (found.kind.code, found.event_id) == ("overwrite.clobbered", crm.id_of(theirs))


def test_to_clear_a_field_that_one_was_shown_is_a_wish(crm: Crm) -> None:
    first, second = crm.create({"location": "Room 1"}), crm.create({"location": "Room 1"})
    crm.read()
    crm.write("PUT", first, {**LUNCH, "location": None})
    crm.write("PATCH", second, {"location": None})
    assert crm.codes() == []


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_what_no_list_showed_is_not_to_be_written_as_empty(crm: Crm, method: str) -> None:
    crm.act({"dialect": {"omittedFromLists": ["description"]}})
    name = crm.create({"description": "Agenda"})
    crm.read()
    crm.write(method, name, {**LUNCH, "description": None})
    found = only(crm)
    assert (found.kind.code, found.hazard) == ("overwrite.clobbered", "omitted-not-empty")
    assert found.fields == ("description",)


def test_what_is_left_out_time_and_again_is_never_known(crm: Crm) -> None:
    crm.act({"dialect": {"omittedFromLists": ["description"]}})
    name = crm.create({"description": "Agenda"})
    crm.read()
    crm.edit(name)
    crm.read()
    crm.write("PATCH", name, {"description": None})
    assert only(crm).fields == ("description",)


def test_who_reads_by_id_knows_it_all(crm: Crm) -> None:
    crm.act({"dialect": {"omittedFromLists": ["description"]}})
    name = crm.create({"description": "Agenda"})
    crm.read()
    crm.look(name)
    crm.read()
    crm.write("PATCH", name, {"description": None})
    assert crm.codes() == []


def test_an_edit_of_what_lists_leave_out_is_not_given_by_them(crm: Crm) -> None:
    crm.act({"dialect": {"omittedFromLists": ["location"]}})
    name = crm.create()
    crm.look(name)
    crm.edit(name)
    crm.read()
    crm.write("PATCH", name, {"location": "Room 2"})
    assert only(crm).kind.code == "overwrite.blind"
    assert "version 1, by request 1 (lists do not show location)" in only(crm).explanation


def test_a_write_of_something_else_tells_nothing_of_what_lists_leave_out(crm: Crm) -> None:
    crm.act({"dialect": {"omittedFromLists": ["location"], "writeAnswer": "nothing"}})
    name = crm.create()
    crm.look(name)
    crm.edit(name)
    crm.read()
    crm.write("PATCH", name, {"subject": "Mine"})
    crm.write("PATCH", name, {"location": "Room 2"})
    assert crm.codes() == ["overwrite.blind"]


def test_what_a_list_showed_before_it_hid_it_is_known(crm: Crm) -> None:
    crm.act({"dialect": {"omittedFromLists": ["description"], "privateInLists": "busy"}})
    name = crm.create({"location": "A"})
    crm.read()
    crm.act({"edit": {"event": name, "set": {"private": True}}})
    crm.read()
    crm.write("PATCH", name, {"location": None})
    assert crm.codes() == []


def test_a_body_of_many_words_is_remembered_by_those_that_an_event_has(crm: Crm) -> None:
    crm.act({"dialect": {"unknownFields": "ignore"}})
    name = crm.create()
    crm.write("PATCH", name, {"location": "A", **{f"word{number}": 1 for number in range(1_000)}})
    assert crm.sandbox.journal.entries()[-1].named_fields == ("location",)


def test_a_field_that_the_contract_does_not_know_is_lost_with_a_replacement(crm: Crm) -> None:
    crm.act({"dialect": {"unknownFields": "keep"}})
    name = crm.create({"dealStage": "Offer"})
    crm.read()
    crm.write("PUT", name, LUNCH)
    found = only(crm)
    assert (found.hazard, found.fields) == ("unknown-fields-dropped", ("dealStage",))


def test_busy_is_not_to_be_written_over_what_it_stands_for(crm: Crm) -> None:
    crm.act({"dialect": {"privateInLists": "busy"}})
    name = crm.create({"location": "Clinic", "private": True})
    crm.read()
    crm.read()
    crm.write("PATCH", name, {"subject": "Busy", "location": None, "startTime": "2026-01-06T08:00:00Z"})
    found = only(crm)
    assert (found.requests, "The answer to request 2 showed" in found.explanation) == ((2, 3), True)
    assert (found.kind.code, found.hazard) == ("overwrite.redaction", "private-redaction")
    assert found.fields == ("location", "subject")
    assert found.title.startswith(f"“{name}”")


def test_what_is_told_of_a_private_event_is_told_once(crm: Crm) -> None:
    crm.act({"dialect": {"privateInLists": "busy"}})
    crm.read()
    name = crm.create({"location": "Clinic", "private": True})
    crm.read()
    crm.write("PATCH", name, {"subject": "Busy", "location": None})
    assert crm.codes() == ["overwrite.redaction"]


def test_what_is_private_no_more_may_be_called_busy(crm: Crm) -> None:
    crm.act({"dialect": {"privateInLists": "busy"}})
    name = crm.create({"private": True})
    crm.read()
    crm.act({"edit": {"event": name, "set": {"private": False}}})
    crm.read()
    crm.write("PATCH", name, {"subject": "Busy"})
    assert crm.codes() == []


def test_who_has_read_what_is_private_may_be_busy(crm: Crm) -> None:
    crm.act({"dialect": {"privateInLists": "busy"}})
    name = crm.create({"private": True})
    crm.read()
    crm.look(name)
    crm.read()
    crm.write("PATCH", name, {"subject": "Busy"})
    assert crm.codes() == []


def test_somebody_may_really_be_busy(crm: Crm) -> None:
    name = crm.create({"private": True})
    crm.read()
    crm.write("PATCH", name, {"subject": "Busy"})
    assert crm.codes() == []


def test_a_blind_write_is_known_after_the_journal_was_cleared(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    crm.sandbox.journal.clear()
    crm.look(crm.create())
    crm.edit(name)
    crm.write("PATCH", name, {"location": "Room 2"})
    assert crm.codes() == ["overwrite.blind"]


# What was made twice, or again


@pytest.mark.parametrize(
    ("answer", "code", "hazard"),
    [
        (None, "duplicate.retried", "lost-response-on-create"),
        (503, "duplicate.retried", "retry-nonidempotent-post"),
        (200, "duplicate.alike", None),
    ],
)
def test_an_event_that_was_made_twice(crm: Crm, answer: int | None, code: str, hazard: str | None) -> None:
    first = crm.write("POST", payload=LUNCH, answer=answer)
    second = crm.write("POST", payload=LUNCH)
    (found,) = [each for each in crm.findings() if each.kind.code.startswith("duplicate")]
    assert (found.kind.code, found.hazard, found.event_id) == (code, hazard, second)
    assert (found.requests, found.changes) == ((1, 2), (1, 2))
    assert f"event {first}" in found.explanation
    crm.delete(first)
    assert crm.codes() == []


def test_who_was_told_before_it_made_it_again_was_told(crm: Crm) -> None:
    crm.write("POST", payload=LUNCH, answer=503)
    crm.read()
    crm.write("POST", payload=LUNCH)
    assert crm.codes() == ["duplicate.alike"]


def test_each_of_three_is_told_with_the_one_before(crm: Crm) -> None:
    for answer in (None, 503, 200, 200):
        crm.write("POST", payload=LUNCH, answer=answer)
    payload = [(found.kind.code, found.requests) for found in crm.findings()]
    assert payload == [("duplicate.retried", (1, 2)), ("duplicate.retried", (2, 3)), ("duplicate.retried", (2, 4))]


def test_two_requests_at_once_make_it_twice(crm: Crm) -> None:
    first, second = (crm.begin("client", "POST", payload=LUNCH) for _ in range(2))
    for entry in (first, second):
        crm.do(entry, "", LUNCH)
        crm.end(entry)
    assert (only(crm).kind.code, only(crm).hazard) == ("duplicate.alike", "slow-response")


def test_a_copy_that_is_changed_is_no_duplicate(crm: Crm) -> None:
    crm.write("POST", payload=LUNCH)
    copy = crm.write("POST", payload=LUNCH)
    assert crm.codes() == ["duplicate.alike"]
    crm.write("PATCH", copy, {"subject": "Dinner"})
    assert crm.codes() == []


def test_two_clients_may_make_the_same(crm: Crm) -> None:
    crm.write("POST", payload=LUNCH)
    crm.write("POST", payload=LUNCH, client="other")
    assert (crm.codes(), crm.codes("other")) == ([], [])


def test_a_deleted_event_that_is_uploaded_by_who_cannot_know(crm: Crm) -> None:
    crm.act({"dialect": {"tombstoneRetention": "10m"}})
    crm.create({"subject": "Lunch"})
    crm.read()
    crm.delete("event1")
    crm.wait(60)
    made = crm.write("POST", payload=LUNCH)
    (found,) = [each for each in crm.findings() if each.kind.code == "resurrection.unaware"]
    assert (found.hazard, found.event_id, found.changes) == ("tombstone-expired", made, (2, 3))


def test_a_deletion_that_may_yet_be_told_of_is_no_zombie(crm: Crm) -> None:
    crm.create({"subject": "Lunch"})
    crm.create({"subject": "Dinner"})
    crm.read()
    crm.delete("event1")
    crm.write("POST", payload=LUNCH)
    assert crm.codes() == []
    crm.read(limit=1, showDeleted=True)
    crm.delete("event2")
    crm.write("POST", payload={**LUNCH, "subject": "Dinner"})
    assert crm.codes() == []


def test_who_has_read_everything_knows_what_is_not_there(crm: Crm) -> None:
    crm.create({"subject": "Lunch"})
    crm.read()
    crm.delete("event1")
    crm.read()
    crm.write("POST", payload=LUNCH)
    found = only(crm)
    assert (found.kind.code, found.hazard, found.requests) == ("resurrection.unaware", None, (2, 3))


def test_a_deletion_that_was_passed_by_or_never_asked_for_makes_a_zombie(crm: Crm) -> None:
    for kind in ("deletedEvents", None):
        name = crm.create({"subject": "Lunch", "location": kind})
        crm.wait(1)
        bound = crm.read(client=str(kind))
        crm.delete(name, stamp="-30s")
        crm.wait(1)
        crm.read(client=str(kind), since=at(bound))
        if kind:
            crm.read(client=kind, kind=kind, since=at(bound))
        crm.write("POST", payload={**LUNCH, "location": kind}, client=str(kind))
        assert "resurrection.unaware" in crm.codes(str(kind))


def test_who_was_told_and_makes_it_again_may_have_been_asked_to(crm: Crm) -> None:
    crm.create({"subject": "Lunch"})
    crm.read()
    crm.delete("event1")
    crm.read(showDeleted=True)
    crm.write("POST", payload=LUNCH)
    found = only(crm)
    assert (found.kind.code, found.kind.severity, found.requests) == ("resurrection.remade", "warning", (2, 3))


def test_a_copy_of_what_lives_or_is_deleted_later_raises_nobody(crm: Crm) -> None:
    for subject in ("Lunch", "Dinner"):
        crm.create({"subject": subject})
    crm.read()
    crm.write("POST", payload=LUNCH)
    crm.write("POST", payload={**LUNCH, "subject": "Dinner"})
    crm.delete("event2")
    crm.read()
    assert crm.codes() == []


def test_a_copy_raises_nobody_who_is_deleted_later_and_said_to_have_been_before(crm: Crm) -> None:
    crm.act({"dialect": {"tombstoneRetention": "10m"}})
    crm.create({"subject": "Lunch"})
    crm.read()
    crm.write("POST", payload=LUNCH)
    crm.delete("event1", stamp="-1h")
    assert crm.codes() == []


def test_who_deletes_its_own_and_makes_it_anew_raises_nobody(crm: Crm) -> None:
    for answer in (200, None):
        event = crm.write("POST", payload={**LUNCH, "location": str(answer)})
        crm.read()
        crm.write("DELETE", event, answer=answer)
        crm.read()
        crm.write("POST", payload={**LUNCH, "location": str(answer)})
    assert crm.codes() == []


@pytest.mark.parametrize("journaled", [1, 1_000])
def test_what_becomes_of_the_first_later_changes_nothing(journaled: int) -> None:
    crm = Crm(journaled=journaled)
    crm.create({"subject": "Lunch"})
    crm.read()
    crm.delete("event1")
    crm.read()
    crm.write("POST", payload=LUNCH)
    crm.act({"restore": {"event": "event1"}})
    for _ in range(2):
        crm.read()
        assert "resurrection.unaware" in crm.codes()
    crm.delete("event1")
    assert "resurrection.unaware" in crm.codes()


def test_of_several_that_look_alike_the_one_is_raised_that_says_the_same(crm: Crm) -> None:
    for room in "ABC":
        crm.create({"subject": "Lunch", "location": room})
    crm.read()
    for number in range(1, 4):
        crm.delete(f"event{number}")
    crm.read()
    crm.write("POST", payload={**LUNCH, "location": "B"})
    assert (only(crm).kind.code, only(crm).changes) == ("resurrection.unaware", (5, 7))


def test_it_is_raised_as_far_as_the_client_had_seen_it(crm: Crm) -> None:
    crm.act({"dialect": {"omittedFromLists": ["description"]}})
    crm.create({"subject": "Lunch", "description": "Agenda"})
    crm.read()
    crm.delete("event1")
    crm.read()
    crm.write("POST", payload=LUNCH)
    assert crm.codes() == ["resurrection.unaware"]


def test_a_calendar_need_not_hold_all_that_an_event_said(crm: Crm) -> None:
    crm.create({"subject": "Lunch", "private": True, "relatedTo": [{"type": "Lead", "id": "7"}]})
    crm.read()
    crm.delete("event1")
    crm.read()
    crm.write("POST", payload={**LUNCH, "relatedTo": []})
    assert crm.codes() == ["resurrection.unaware"]


def test_what_the_client_tried_to_write_to_it_may_be_new(crm: Crm) -> None:
    crm.create({"location": "A"})
    crm.read()
    crm.delete("event1")
    crm.write("PATCH", "event1", {"subject": "Mine"})
    crm.write("POST", payload={**TIMES, "subject": "Mine", "location": "A"})
    crm.write("POST", payload={**TIMES, "subject": "Mine", "location": "B"})
    payload = [(found.kind.code, found.requests) for found in crm.findings()]
    assert payload == [("write.toDeleted", (2,)), ("resurrection.remade", (2, 3))]


def test_another_meeting_at_the_time_of_one_that_the_client_tried_to_write_to_is_new(crm: Crm) -> None:
    crm.create({"subject": "Lunch"})
    crm.read()
    crm.delete("event1")
    crm.write("PATCH", "event1", {"subject": "Mine"})
    crm.write("POST", payload={**TIMES, "subject": "Call"})
    assert crm.codes() == ["write.toDeleted"]
    crm.write("POST", payload={**TIMES, "subject": "Mine"})
    assert crm.codes() == ["write.toDeleted", "resurrection.remade"]


def test_a_time_may_be_written_in_another_way_and_each_text_that_was_tried_counts(crm: Crm) -> None:
    crm.create({"subject": "Lunch"})
    crm.read()
    crm.delete("event1")
    for subject in ("Mine", "Ours"):
        crm.write("PATCH", "event1", {"subject": subject, "endTime": "2026-01-06T11:00:00Z"})
    crm.write("POST", payload={**TIMES, "subject": "Mine", "endTime": "2026-01-06T11:00:00.000Z"})
    assert crm.codes() == ["write.toDeletedAgain", "resurrection.remade"]


def test_the_timeline_has_both_lives(crm: Crm) -> None:
    crm.create({"subject": "Lunch"})
    crm.read()
    crm.act({"delete": {"event": "event1", "by": "ann"}})
    crm.read()
    made = crm.write("POST", payload=LUNCH)
    what = [payload.partition(", stamped")[0] for _, payload in only(crm).timeline]
    assert what[0] == f"event {crm.id_of('event1')}: version 2 deleted by the colleague ann"
    assert what[-1] == "version 1 created by a client"
    assert (only(crm).event_id, "deleted by the colleague ann" in only(crm).explanation) == (made, True)


def test_an_event_that_says_something_else_is_another(crm: Crm) -> None:
    crm.create({"subject": "Lunch"})
    crm.read()
    crm.delete("event1")
    crm.read()
    crm.write("POST", payload={**LUNCH, "location": "Canteen"})
    assert crm.codes() == []


# What goes round


def rounds(crm: Crm, name: str, count: int, payload: Any) -> None:
    for _ in range(count):
        crm.write("PATCH", name, payload)
        crm.read()


def test_an_echo_is_a_note_and_once_it_goes_round_an_error(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    rounds(crm, name, 2, {"subject": name})
    found = only(crm)
    assert (found.kind.code, found.kind.severity, found.requests) == ("write.echo", "note", (2, 4))
    rounds(crm, name, 1, {"subject": name})
    found = only(crm)
    assert (found.kind.code, found.hazard, found.requests) == ("write.pingPong", "echo-own-write", (2, 4, 6))


def test_a_colleague_in_between_ends_the_rounds(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    for room in ("1", "2", "3", "4"):
        crm.act({"edit": {"event": name, "set": {"location": room}}})
        crm.read()
        crm.write("PATCH", name, {"location": room})
    assert crm.codes() == ["write.echo"]


def test_who_is_not_given_its_result_does_not_go_round(crm: Crm) -> None:
    name = crm.create()
    for _ in range(4):
        crm.write("PATCH", name, {"subject": name})
    assert crm.codes() == ["write.echo"]


def test_another_clients_result_is_not_ones_own(crm: Crm) -> None:
    name = crm.create()
    for place in range(4):
        crm.read()
        crm.write("PATCH", name, {"subject": name})
        crm.write("PATCH", name, {"location": str(place)}, client="other")
    assert crm.codes() == ["write.echo"]


def test_what_is_under_way_has_not_been_given_back(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    for _ in range(4):
        reading = crm.begin("client", "GET", name)
        crm.fetch(reading, name)
        writing = crm.begin("client", "PATCH", name, {"subject": name})
        crm.end(reading)
        crm.do(writing, name, {"subject": name})
        crm.end(writing)
    assert crm.codes() == ["write.echo"]


def test_the_client_insists_on_its_wording(crm: Crm) -> None:
    crm.act({"dialect": {"normalization": ["trim"]}})
    name = crm.write("POST", payload={**LUNCH, "subject": "Lunch "})
    crm.read()
    rounds(crm, name, 2, {"subject": "Lunch "})
    assert (only(crm).kind.code, only(crm).hazard) == ("write.pingPong", "server-normalizes")
    assert "because the CRM stores subject differently: requests 1, 3, 5" in only(crm).explanation


def test_a_retry_is_no_echo(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    for answer in (None, 503, 200):
        crm.write("PATCH", name, {"subject": "Mine"}, answer=answer)
    assert crm.codes() == []


def test_a_retry_in_each_round_does_not_end_the_rounds(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    for _ in range(3):
        crm.write("PATCH", name, {"subject": name}, answer=503)
        crm.write("PATCH", name, {"subject": name})
        crm.read()
    assert crm.codes() == ["write.pingPong"]


def test_who_changes_its_mind_without_looking_plays_no_ping_pong(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    for room in "ABABAB":
        crm.write("PATCH", name, {"location": room})
    assert crm.codes() == []


def test_a_way_there_and_back_twice_is_ping_pong(crm: Crm) -> None:
    name = crm.create({"location": "A"})
    for _ in range(2):
        assert "write.pingPong" not in (crm.codes() if crm.sandbox.audit().clients else [])
        crm.act({"edit": {"event": name, "set": {"location": "B"}}})
        crm.read()
        crm.write("PATCH", name, {"location": "A"})
    assert (only(crm).kind.code, only(crm).fields) == ("write.pingPong", ("location",))


@pytest.mark.parametrize("other", ["colleague", "client"])
def test_who_goes_back_once_and_another_once_do_no_ping_pong(crm: Crm, other: str) -> None:
    name = crm.create({"location": "A"})
    for turn in range(2):
        crm.act({"edit": {"event": name, "set": {"location": "B"}}})
        crm.read()
        if turn == 0 and other == "colleague":
            crm.act({"edit": {"event": name, "set": {"location": "A"}}})
        else:
            crm.write("PATCH", name, {"location": "A"}, client="client" if turn else "other")
    assert crm.codes() == []


def test_a_colleague_who_goes_to_and_fro_is_nobodys_business(crm: Crm) -> None:
    name = crm.create({"location": "A"})
    crm.read()
    for room in "BABABA":
        crm.act({"edit": {"event": name, "set": {"location": room}}})
        crm.read()
    assert crm.codes() == []


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("start", "end", "fields", "hazard"),
    [
        (0, 1, ("endTime",), "allday-end-inclusive"),
        (-1, -1, ("endTime", "startTime"), "allday-tz-drift"),
    ],
)
def test_an_all_day_event_that_moves_by_the_same_days_drifts(
    crm: Crm, start: int, end: int, fields: Any, hazard: str
) -> None:
    begins, ends = MONDAY.date(), MONDAY.date() + DAY
    name = crm.create({"allDay": True, "startTime": str(begins), "endTime": str(ends)})
    crm.read()
    for _ in range(3):
        assert crm.codes() == []
        begins, ends = begins + start * DAY, ends + end * DAY
        crm.write("PATCH", name, {"startTime": str(begins), "endTime": str(ends)})
        crm.read()
    found = only(crm)
    assert (found.kind.code, found.hazard, found.fields) == ("write.drift", hazard, fields)
    assert found.requests == (2, 4, 6)


def test_an_event_that_is_moved_by_hand_does_not_drift(crm: Crm) -> None:
    day = MONDAY.date()
    name = crm.create({"allDay": True, "startTime": str(day), "endTime": str(day + DAY)})
    crm.read()
    for by in (1, 2, 1, 7):
        day += by * DAY
        crm.write("PATCH", name, {"startTime": str(day), "endTime": str(day + DAY)})
        crm.read()
    assert crm.codes() == []


@pytest.mark.parametrize("times", [TIMES, {"startTime": "2026-01-06T00:00:00Z", "endTime": "2026-01-07T00:00:00Z"}])
def test_a_meeting_with_hours_that_moves_by_a_day_each_time_drifts_as_well(crm: Crm, times: Any) -> None:
    name = crm.create(times)
    crm.read()
    for day in range(7, 10):
        assert crm.codes() == []
        payload = {field: f"2026-01-{day + (text > '2026-01-07'):02d}{text[10:]}" for field, text in times.items()}
        crm.write("PATCH", name, payload)
        crm.read()
    assert (only(crm).kind.code, only(crm).hazard) == ("write.drift", None)


def test_two_moves_by_hand_are_no_drift(crm: Crm) -> None:
    name = crm.write("POST", payload={"allDay": True, "startTime": "2026-01-06", "endTime": "2026-01-07"})
    crm.read()
    for day in (7, 8):
        crm.write("PATCH", name, {"startTime": f"2026-01-0{day}", "endTime": f"2026-01-0{day + 1}"})
        crm.read()
    assert crm.codes() == []


# What was dead


def test_a_write_to_the_deleted_is_a_note_and_again_a_warning(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    crm.delete(name)
    crm.write("PATCH", name, {"subject": "Mine"})
    assert (only(crm).kind.code, only(crm).kind.severity) == ("write.toDeleted", "note")
    crm.write("PATCH", name, {"subject": "Mine"})
    found = only(crm)
    assert (found.kind.code, found.kind.severity, found.requests) == ("write.toDeletedAgain", "warning", (2, 3))


def test_what_was_restored_and_deleted_again_is_another_death(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    for _ in range(2):
        crm.delete(name)
        crm.write("PATCH", name, {"subject": "Mine"})
        crm.act({"restore": {"event": name}})
        crm.read()
    assert (only(crm).kind.code, only(crm).requests) == ("write.toDeleted", (4,))


def test_two_writes_at_once_to_the_deleted_are_one_mistake(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    crm.delete(name)
    entries = [crm.begin("client", "PATCH", name, {"location": place}) for place in "AB"]
    for entry in entries:
        crm.do(entry, name, {"location": "A"})
        crm.end(entry)
    assert crm.codes() == ["write.toDeleted"]


def test_a_deletion_that_is_sent_again_as_nobody_answered_is_none(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    crm.write("DELETE", name, answer=None)
    crm.write("DELETE", name)
    assert crm.codes() == []


# What is told


def test_a_timeline_has_what_matters_of_a_long_story(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    crm.edit(name)
    for place in range(50):
        crm.act({"edit": {"event": name, "set": {"description": str(place)}}})
    crm.write("PATCH", name, {"location": "Room 2"})
    payload = [what for _, what in only(crm).timeline]
    assert [what.split()[1] for what in payload if what.startswith("version")] == ["2", *map(str, range(44, 54))]
    assert [what.split(":")[0] for what in payload if what.startswith("request")] == ["request 1", "request 2"]


def test_a_title_is_one_line(crm: Crm) -> None:
    crm.create({"subject": "Lunch\n\twith  Ada"})
    crm.read()
    crm.edit("event1")
    crm.write("DELETE", "event1")
    assert only(crm).title.startswith("“Lunch with Ada”")


# A journal that is full


def test_an_audit_beside_a_journal_that_overflows_counts_each_request_once() -> None:
    crm = Crm(journaled=5)

    def work(client: str) -> None:
        for number in range(500):
            crm.write("POST", payload={**LUNCH, "subject": f"{client} {number}"}, client=f"{client}{number % 50}")

    threads = [threading.Thread(target=work, args=(client,)) for client in ("one", "other")]
    for thread in threads:
        thread.start()
    found: list[str] = []
    while any(thread.is_alive() for thread in threads):
        found += [each.kind.code for each in crm.sandbox.audit().findings]
    assert found == []


def test_a_full_journal_costs_no_truth() -> None:
    crm = Crm(journaled=1)
    name = crm.create()
    crm.read()
    crm.edit(name)
    crm.write("PATCH", name, {"location": "Room 2"})
    crm.write("POST", payload=LUNCH, answer=None)
    crm.write("POST", payload=LUNCH)
    for _ in range(2):
        crm.read()
    assert sorted(crm.codes()) == ["duplicate.retried", "overwrite.blind"]
