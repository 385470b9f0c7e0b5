"""The fields of an event: what is taken, what is refused, and what comes back (contract, section 2)."""

from typing import Any

import pytest

from mockcrm.crm.dialect.knobs import CONTROLS
from mockcrm.crm.event import Event
from mockcrm.crm.kinds.events import EVENT
from tests.refusals import refused
from tests.samples import ACME, ALL_DAY, ANN, DEFAULTS, FULL, LONGEST, NINE, SHORTEST, TEN, TIMES
from tests.served import Crm


def each(name: str, values: tuple[Any, ...], beside: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """Objects that differ in one field."""
    return [{**(beside or {}), name: value} for value in values]


def invalid(crm: Crm, **fields: Any) -> Any:
    """The details of a refused event."""
    return refused(crm, 422, "event.invalid", "POST", "/events", TIMES | fields)


# Presence, defaults, null


def test_every_field_is_present_and_has_its_default(crm: Crm) -> None:
    event = crm.create(NINE, TEN)
    assert event == {"id": event["id"], **TIMES, **DEFAULTS, "lastModifiedAt": crm.now()}


def test_every_field_comes_back_as_it_was_sent(crm: Crm) -> None:
    event = crm.create(**FULL)
    assert event == {"id": event["id"], **FULL, "lastModifiedAt": crm.now()}
    assert crm.api("GET", f"/events/{event['id']}").json() == event
    assert crm.events() == [event]


def test_an_id_is_the_digits_of_a_long_so_that_a_child_can_name_its_parent(crm: Crm) -> None:
    parent = crm.create()
    assert 0 < int(parent["id"]) <= LONGEST
    assert parent["id"] == str(int(parent["id"]))
    assert crm.create(parentId=int(parent["id"]))["parentId"] == int(parent["id"])


@pytest.mark.parametrize("name", ["startTime", "endTime"])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_both_times_are_required(crm: Crm, method: str, name: str) -> None:
    path = "/events" if method == "POST" else f"/events/{crm.create()['id']}"
    without = {key: value for key, value in TIMES.items() if key != name}
    assert set(refused(crm, 422, "event.invalid", method, path, without)) == {name}
    assert set(refused(crm, 422, "event.invalid", method, path, TIMES | {name: None})) == {name}


@pytest.mark.parametrize("name", ["subject", "description", "location", "parentId"])
def test_null_is_a_value_where_the_contract_says_so(crm: Crm, name: str) -> None:
    null: dict[str, Any] = {name: None}
    assert crm.create(**null)[name] is None


@pytest.mark.parametrize("name", ["allDay", "private", "attendees", "relatedTo"])
def test_null_is_no_value_elsewhere(crm: Crm, name: str) -> None:
    assert set(invalid(crm, **{name: None})) == {name}


# Types


NO_TEXT: tuple[Any, ...] = (42, True, [], {}, 1.5)
NO_FLAG: tuple[Any, ...] = ("true", "", 1, 0, [])
NO_LONG: tuple[Any, ...] = ("42", "", 1.5, True, [], {})
NO_TIME: tuple[Any, ...] = (1767690000000, True, [], {})


@pytest.mark.parametrize(
    "fields",
    [
        *each("subject", NO_TEXT),
        *each("description", NO_TEXT),
        *each("location", NO_TEXT),
        *each("allDay", NO_FLAG),
        *each("private", NO_FLAG),
        *each("parentId", NO_LONG),
        *each("attendees", ("ann", 1, True, ANN, ["ann"], [None], [[ANN]])),
        *each("relatedTo", ("A-1", 1, True, ["A-1"], [None], [[ACME]])),
        *each("startTime", NO_TIME),
        *each("endTime", NO_TIME),
    ],
)
def test_types_are_strict(crm: Crm, fields: dict[str, Any]) -> None:
    assert set(invalid(crm, **fields)) == set(fields)


@pytest.mark.parametrize("body", [[], [TIMES], "event", 1, None, True])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_an_event_is_an_object(crm: Crm, method: str, body: Any) -> None:
    path = "/events" if method == "POST" else f"/events/{crm.create()['id']}"
    content = {"content": b"null", "headers": {"Content-Type": "application/json"}} if body is None else {}
    refused(crm, 422, "event.invalid", method, path, body, **content)


@pytest.mark.parametrize("long", [LONGEST, SHORTEST, 0, 2**53 + 1])
def test_a_long_keeps_all_its_64_bits(crm: Crm, long: int) -> None:
    event = crm.create(parentId=long, attendees=[{"contactId": long}])
    assert (event["parentId"], event["attendees"][0]["contactId"]) == (long, long)


@pytest.mark.parametrize("long", [LONGEST + 1, SHORTEST - 1, 2**64, 10**30])
def test_a_long_has_no_more_than_64_bits(crm: Crm, long: int) -> None:
    assert set(invalid(crm, parentId=long)) == {"parentId"}
    assert set(invalid(crm, attendees=[{"contactId": long}])) == {"attendees"}


@pytest.mark.parametrize("text", ["", " padded ", "🎉 ﷽ שלום", "a\x00b", "line\r\nline\n", "é" * 100_000])
def test_text_comes_back_to_the_letter(crm: Crm, text: str) -> None:
    assert crm.create(subject=text, description=text, location=text)["subject"] == text
    assert crm.events()[0]["description"] == text


# What is wrong is named


def test_all_that_is_wrong_is_told_at_once_and_in_its_place(crm: Crm) -> None:
    details = invalid(crm, subject=1, attendees=[ANN, {}, {"userId": 1}], relatedTo=[ACME, {"type": "Deal", "id": "1"}])
    assert set(details) == {"subject", "attendees", "relatedTo"}
    assert (set(details["attendees"]), set(details["relatedTo"])) == ({"1", "2"}, {"1"})


# Attendees


@pytest.mark.parametrize("one", [{"userId": "u-1"}, {"emailAddress": "Ann@Example.com"}, {"contactId": 7}])
def test_one_reference_makes_an_attendee_who_has_not_answered(crm: Crm, one: dict[str, Any]) -> None:
    nobody = {"userId": None, "emailAddress": None, "contactId": None, "status": "NeedsAction"}
    assert crm.create(attendees=[one])["attendees"] == [nobody | one]
    assert crm.create(attendees=[nobody | one])["attendees"] == [nobody | one]


@pytest.mark.parametrize("status", ["Accepted", "Declined", "Tentative", "NeedsAction"])
def test_an_attendee_has_one_of_four_answers(crm: Crm, status: str) -> None:
    assert crm.create(attendees=[{"userId": "u", "status": status}])["attendees"][0]["status"] == status


@pytest.mark.parametrize(
    "attendee",
    [
        {},
        {"status": "Accepted"},
        {"userId": None, "emailAddress": None, "contactId": None},
        *each("status", ("accepted", "Maybe", "", 1, None), ANN),
        *each("userId", NO_TEXT, ANN),
        *each("emailAddress", NO_TEXT, ANN),
        *each("contactId", NO_LONG, ANN),
        {**ANN, "name": "Ann"},
    ],
)
def test_an_attendee_who_is_nobody_or_malformed_is_refused(crm: Crm, attendee: dict[str, Any]) -> None:
    assert set(invalid(crm, attendees=[ANN, attendee])["attendees"]) == {"1"}


def test_attendees_stay_in_their_order_with_all_who_are_alike(crm: Crm) -> None:
    attendees = [{**ANN, "contactId": number} for number in (3, 1, 2, 1)]
    assert crm.create(attendees=attendees)["attendees"] == attendees


# Links


@pytest.mark.parametrize("kind", ["Contact", "Account", "Opportunity", "Lead"])
def test_an_event_is_linked_to_four_types_of_thing(crm: Crm, kind: str) -> None:
    link = {"type": kind, "id": "1"}
    assert crm.create(relatedTo=[link])["relatedTo"] == [link | {"name": None}]


def test_a_single_link_becomes_a_list_of_one(crm: Crm) -> None:
    assert crm.create(relatedTo=ACME)["relatedTo"] == [ACME]


@pytest.mark.parametrize("number", [7, 0, -7, 2**53 + 1])
def test_the_id_of_a_link_may_come_as_a_number(crm: Crm, number: int) -> None:
    assert crm.create(relatedTo=[ACME | {"id": number}])["relatedTo"] == [ACME | {"id": str(number)}]


@pytest.mark.parametrize(
    "link",
    [
        {},
        {"type": "Account"},
        {"id": "1"},
        *each("type", ("Deal", "account", "", 1, None), ACME),
        *each("id", (True, None, [], {}), ACME),
        *each("name", NO_TEXT, ACME),
        ACME | {"url": "https://example.com"},
    ],
)
def test_a_malformed_link_is_refused(crm: Crm, link: dict[str, Any]) -> None:
    assert set(invalid(crm, relatedTo=[ACME, link])["relatedTo"]) == {"1"}
    assert set(invalid(crm, relatedTo=link)) == {"relatedTo"}


def test_any_reference_is_accepted_for_there_is_no_directory(crm: Crm) -> None:
    assert crm.create(parentId=999, attendees=[{"contactId": -1}], relatedTo=[ACME | {"id": "nobody"}])


# What is the CRM's


@pytest.mark.parametrize("mine", [{"id": "7"}, {"id": 7}, {"id": None}, {"lastModifiedAt": "x"}, {"lastModifiedAt": 1}])
def test_id_and_last_modified_at_of_a_new_event_are_ignored(crm: Crm, mine: dict[str, Any]) -> None:
    event = crm.create(**mine)
    assert event["id"] not in ("7", None)
    assert event["lastModifiedAt"] == crm.now()


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_last_modified_at_of_a_changed_event_is_ignored(crm: Crm, method: str) -> None:
    event = crm.create()
    changed = crm.api(method, f"/events/{event['id']}", event | {"lastModifiedAt": "2001-01-01T00:00:00Z"})
    assert changed.json() == event | {"lastModifiedAt": crm.now()}


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("other", ["7", "", 7, []])
def test_an_id_that_contradicts_the_path_is_refused(crm: Crm, method: str, other: Any) -> None:
    event = crm.create()
    details = refused(crm, 422, "event.invalid", method, f"/events/{event['id']}", event | {"id": other})
    assert set(details) == {"id"}


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("fields", [FULL, {}, {"relatedTo": ACME}, ALL_DAY], ids=["full", "bare", "linked", "allDay"])
def test_what_is_read_can_be_sent_back(crm: Crm, method: str, fields: dict[str, Any]) -> None:
    event = crm.create(**fields)
    again = crm.api(method, f"/events/{event['id']}", event)
    assert again.status_code == 200, again.text
    assert again.json() == event | {"lastModifiedAt": crm.now()}


@pytest.mark.parametrize(
    ("name", "member"), [("attendees", {"userId": "u1"}), ("relatedTo", {"type": "Lead", "id": "1"})], ids=str
)
def test_an_event_has_a_thousand_attendees_and_links_and_not_one_more(crm: Crm, name: str, member: Any) -> None:
    event = crm.api("POST", "/events", {**TIMES, name: [member] * 1_000}).json()
    assert len(event[name]) == 1_000
    too_many = {name: [member] * 1_001}
    for method, path in (("POST", "/events"), ("PATCH", f"/events/{event['id']}"), ("PUT", f"/events/{event['id']}")):
        body = {**TIMES, **too_many}
        assert refused(crm, 422, "event.invalid", method, path, body) == {name: ["Must have at most 1,000 members."]}


def test_the_schema_reads_the_fields_that_an_event_has() -> None:
    own = {"id", "lastModifiedAt"}
    attributes = {
        name: field.attribute or name for name, field in EVENT.schema(CONTROLS).fields.items() if name not in own
    }
    assert attributes == EVENT.fields
    assert {*EVENT.fields.values()} == {*Event.__slots__} - {"id", "extra"}
