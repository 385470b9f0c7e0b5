"""What a write resets inside a list, because it names a member without all that the member had."""

from typing import Any

import pytest

from mockcrm.audit.findings import Finding
from tests.audit.audited import TIMES, Crm

ADA = {"emailAddress": "ada@example.com", "status": "Accepted"}
BEN = {"emailAddress": "ben@example.com", "status": "Declined"}
CEM = {"emailAddress": "cem@example.com"}
ACME = {"type": "Account", "id": "7", "name": "Acme"}


@pytest.fixture
def crm() -> Crm:
    return Crm()


def only(crm: Crm) -> Finding:
    (found,) = crm.findings()
    return found


def bare(*people: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"emailAddress": each["emailAddress"]} for each in people]


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_answers_fall_back_when_the_guests_are_named_by_their_addresses_alone(crm: Crm, method: str) -> None:
    name = crm.create({"attendees": [ADA, BEN]})
    crm.read()
    fields = {"subject": name, **TIMES} if method == "PUT" else {}
    crm.write(method, name, {**fields, "attendees": bare(ADA, BEN, CEM)})
    found = only(crm)
    assert (found.kind.code, found.hazard, found.fields) == (
        "overwrite.clobbered",
        "rsvp-reset",
        ("attendees",),
    )
    assert found.title == f"“{name}” has lost answers of attendees"
    assert found.explanation == (
        "Request 2 left the event without answers of attendees, which version 1 had. "
        "It named ada@example.com and ben@example.com without status, so their answers, Accepted and Declined, fell "
        "back to NeedsAction. The latest delivered to this client was version 1, by request 1."
    )


def test_a_list_that_goes_back_whole_resets_nothing(crm: Crm) -> None:
    name = crm.create({"attendees": [ADA, BEN]})
    crm.read()
    crm.write("PATCH", name, {"attendees": [ADA, BEN, CEM]})
    assert crm.codes() == []


def test_an_answer_that_had_not_been_delivered_is_overwritten_blind(crm: Crm) -> None:
    for people in ([ADA, BEN], bare(ADA, BEN)):
        name = crm.create({"attendees": [ADA, BEN]})
        crm.read()
        crm.act({"edit": {"event": name, "set": {"attendees": [ADA, {**BEN, "status": "Accepted"}]}}})
        crm.write("PATCH", name, {"attendees": [*people, CEM]})
        found = [each.kind.code for each in crm.findings() if each.event_id == crm.id_of(name)]
        assert found == ["overwrite.blind"]


def test_an_answer_that_one_had_never_seen_is_no_reset(crm: Crm) -> None:
    crm.act({"dialect": {"omittedFromLists": ["attendees"]}})
    name = crm.create({"attendees": bare(ADA)})
    crm.read()
    crm.look(name)
    crm.act({"edit": {"event": name, "set": {"attendees": [ADA]}}})
    crm.read()
    crm.write("PATCH", name, {"attendees": bare(ADA, CEM)})
    assert crm.codes() == ["overwrite.blind"]


def test_who_names_the_status_means_it(crm: Crm) -> None:
    name = crm.create({"attendees": [ADA, BEN]})
    crm.read()
    again = [{**each, "status": "NeedsAction"} for each in (ADA, BEN)]
    crm.write("PATCH", name, {"attendees": again})
    assert crm.codes() == []


def test_a_guest_who_had_not_answered_loses_no_answer(crm: Crm) -> None:
    name = crm.create({"attendees": bare(ADA, BEN)})
    crm.read()
    crm.write("PATCH", name, {"attendees": bare(BEN, ADA, CEM)})
    assert crm.codes() == []


def test_a_guest_who_is_taken_off_is_taken_off(crm: Crm) -> None:
    name = crm.create({"attendees": [ADA, BEN]})
    crm.read()
    crm.write("PATCH", name, {"attendees": [BEN]})
    assert crm.codes() == []


def test_one_guest_may_make_way_for_another(crm: Crm) -> None:
    name = crm.create({"attendees": [ADA]})
    crm.read()
    crm.write("PATCH", name, {"attendees": bare(CEM)})
    assert crm.codes() == []


def test_answers_that_the_client_wrote_and_nobody_returned_are_its_own(crm: Crm) -> None:
    crm.act({"dialect": {"writeAnswer": "nothing"}})
    name = crm.write("POST", payload={"subject": "Lunch", **TIMES, "attendees": [ADA]})
    crm.write("PATCH", name, {"attendees": bare(ADA, CEM)})
    assert crm.codes() == []


def test_the_case_of_an_address_makes_nobody_else_of_a_guest(crm: Crm) -> None:
    name = crm.create({"attendees": [ADA]})
    crm.read()
    crm.write("PATCH", name, {"attendees": [{"emailAddress": "Ada@Example.com"}]})
    assert "its answer, Accepted, fell" not in only(crm).explanation
    assert "without status, so their answer, Accepted, fell back to NeedsAction." in only(crm).explanation


@pytest.mark.parametrize(
    ("member", "sent", "lost"),
    [
        ({**CEM, "contactId": 4711}, CEM, "contactId"),
        ({**CEM, "userId": "7"}, CEM, "userId"),
        ({**CEM, "userId": "7"}, {"userId": "7"}, "emailAddress"),
        ({**CEM, "contactId": 4711}, {"contactId": 4711}, "emailAddress"),
    ],
)
def test_a_guest_loses_what_links_them_to_the_crm(crm: Crm, member: Any, sent: Any, lost: str) -> None:
    name = crm.create({"attendees": [member]})
    crm.read()
    crm.write("PATCH", name, {"attendees": [sent]})
    found = only(crm)
    assert (found.kind.code, found.fields) == ("overwrite.clobbered", ("attendees",))
    assert found.title == f"“{name}” has lost {lost} of attendees"
    assert f"without {lost}, which emptied it." in found.explanation


def test_a_guest_who_is_named_twice_keeps_what_one_of_the_two_has(crm: Crm) -> None:
    name = crm.create({"attendees": [{**CEM, "contactId": 501}]})
    crm.read()
    crm.write("PATCH", name, {"attendees": [{**CEM, "contactId": 501}, {**CEM, "status": "Accepted"}]})
    assert crm.codes() == []
    crm.write("PATCH", name, {"attendees": [{**CEM, "contactId": 501, "status": "Accepted"}]})
    assert crm.codes() == []


def test_of_two_entries_of_one_guest_the_answer_is_to_be_kept(crm: Crm) -> None:
    name = crm.create({"attendees": [{**CEM, "contactId": 501}, {**CEM, "status": "Accepted"}]})
    crm.read()
    crm.write("PATCH", name, {"attendees": [{**CEM, "contactId": 501}]})
    assert only(crm).title == f"“{name}” has lost answers of attendees"


def test_who_clears_a_contact_means_it(crm: Crm) -> None:
    name = crm.create({"attendees": [{**CEM, "contactId": 4711}]})
    crm.read()
    crm.write("PATCH", name, {"attendees": [{**CEM, "contactId": None}]})
    assert crm.codes() == []


@pytest.mark.parametrize("alone", [True, False])
def test_a_link_loses_its_name(crm: Crm, alone: bool) -> None:
    name = crm.create({"relatedTo": [ACME]})
    crm.read()
    link = {"type": "Account", "id": 7}
    crm.write("PATCH", name, {"relatedTo": link if alone else [link]})
    found = only(crm)
    assert (found.kind.code, found.hazard, found.fields) == ("overwrite.clobbered", None, ("relatedTo",))
    assert "It named Account 7 without name, which emptied it." in found.explanation


def test_a_member_loses_a_field_that_the_contract_does_not_have(crm: Crm) -> None:
    crm.act({"dialect": {"unknownFields": "keep"}})
    name = crm.create({"attendees": [{**ADA, "role": "chair"}]})
    crm.read()
    crm.write("PATCH", name, {"attendees": [ADA, CEM]})
    found = only(crm)
    assert (found.hazard, found.title) == ("unknown-fields-dropped", f"“{name}” has lost role of attendees")


def test_a_write_may_put_away_a_field_and_reset_another_inside(crm: Crm) -> None:
    name = crm.create({"location": "Room 1", "attendees": [ADA]})
    crm.read()
    crm.write("PUT", name, {"subject": name, **TIMES, "attendees": bare(ADA)})
    first, second = crm.findings()
    assert (first.hazard, first.fields) == ("put-clobbers-absent", ("location",))
    assert (second.hazard, second.fields) == ("rsvp-reset", ("attendees",))


def test_a_long_list_is_summed_up(crm: Crm) -> None:
    people = [{"emailAddress": f"guest{number}@example.com", "status": "Accepted"} for number in range(900)]
    name = crm.create({"attendees": people})
    crm.read()
    crm.write("PATCH", name, {"attendees": bare(*people[:200])})
    assert "guest0@example.com, guest1@example.com, guest2@example.com and 197 others without status" in (
        only(crm).explanation
    )
    assert "so their answers, all Accepted, fell back" in only(crm).explanation
