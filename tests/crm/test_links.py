"""What records refer to, as their kinds declare it: found, dropped, and turned to another record."""

from datetime import UTC, datetime
from typing import Any

import pytest

from mockcrm.crm.dialect.knobs import Dialect
from mockcrm.crm.drafts import Draft, drafted_record
from mockcrm.crm.event import Attendee, Event, RelatedTo
from mockcrm.crm.kinds.companies import OPPORTUNITY
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.links import Link
from mockcrm.crm.kinds.people import CONTACT, LEAD, USER
from mockcrm.errors import RecordInvalid

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
TIMES = {"startTime": "2026-01-05T09:00:00Z", "endTime": "2026-01-05T10:00:00Z"}
ANN = Attendee("u-1", "ann@example.com", 7)
BOB = Attendee(contact_id=8)
MEETING = Event(
    "1",
    MONDAY,
    MONDAY,
    attendees=(ANN, BOB),
    parent_id=42,
    related_to=(RelatedTo("Account", "A-1", "Acme"), RelatedTo("Lead", "7")),
    owner_id="u-2",
)
DEAL: Any = OPPORTUNITY.record(
    id="6", name="Deal", accountId="A-1", contactIds=("7", "8", "7"), ownerId=None, extra=None
)


def test_an_event_refers_to_its_people_its_parent_its_owner_and_what_it_is_about() -> None:
    assert sorted(EVENT.links(MEETING)) == [
        Link("attendees.0.contactId", "contact", "7"),
        Link("attendees.0.userId", "user", "u-1"),
        Link("attendees.1.contactId", "contact", "8"),
        Link("ownerId", "user", "u-2"),
        Link("parentId", "event", "42"),
        Link("relatedTo.0.id", "account", "A-1"),
        Link("relatedTo.1.id", "lead", "7"),
    ]


def test_other_records_refer_by_the_fields_that_name_a_kind() -> None:
    assert [*OPPORTUNITY.links(DEAL)] == [
        Link("accountId", "account", "A-1"),
        Link("contactIds.0", "contact", "7"),
        Link("contactIds.1", "contact", "8"),
        Link("contactIds.2", "contact", "7"),
    ]
    assert OPPORTUNITY.targets == {"account", "contact", "user"}
    assert USER.targets == frozenset()
    assert LEAD.targets == {"contact", "user"}


def test_a_link_that_is_dropped_becomes_null_or_leaves_its_list_and_an_attendee_without_a_name_goes() -> None:
    dropped = EVENT.without(MEETING, "contact", "8")
    assert dropped.attendees == (ANN,)
    assert EVENT.without(MEETING, "contact", "7").attendees == (Attendee("u-1", "ann@example.com"), BOB)
    assert EVENT.without(MEETING, "lead", "7").related_to == MEETING.related_to[:1]
    assert EVENT.without(MEETING, "event", "42").parent_id is None
    assert EVENT.without(MEETING, "user", "u-2").owner_id is None
    assert OPPORTUNITY.without(DEAL, "contact", "7").contactIds == ("8",)
    assert OPPORTUNITY.without(DEAL, "account", "A-1").accountId is None


def test_a_record_without_such_a_link_stays_the_same_object() -> None:
    assert EVENT.without(MEETING, "contact", "9") is MEETING
    assert OPPORTUNITY.without(DEAL, "lead", "7") is DEAL


def test_a_link_that_is_turned_to_another_record_keeps_all_else_and_no_link_stands_twice() -> None:
    turned = EVENT.without(MEETING, "contact", "8", into="9")
    assert turned.attendees == (ANN, Attendee(contact_id=9))
    assert OPPORTUNITY.without(DEAL, "contact", "7", into="8").contactIds == ("8",)
    twice = Event("1", MONDAY, MONDAY, related_to=(RelatedTo("Account", "1"), RelatedTo("Account", "2")))
    assert [each.id for each in EVENT.without(twice, "account", "2", into="1").related_to] == ["1"]
    same = Event("1", MONDAY, MONDAY, attendees=(BOB, Attendee(contact_id=9)))
    assert EVENT.without(same, "contact", "8", into="9").attendees == (Attendee(contact_id=9),)


def test_a_link_to_a_record_with_an_id_of_letters_is_a_text() -> None:
    turned = EVENT.without(MEETING, "contact", "8", into="003AAA")
    assert turned.attendees[1].contact_id == "003AAA"


# contactId and parentId, as the dialect's ids are


def read(dialect: Dialect, contact_id: Any) -> Any:
    body = {**TIMES, "attendees": [{"contactId": contact_id}], "parentId": contact_id}
    event: Any = drafted_record("1", Draft(body, dialect), dialect)
    assert event.attendees[0].contact_id == event.parent_id
    assert type(event.attendees[0].contact_id) is type(event.parent_id)
    return event.parent_id


@pytest.mark.parametrize("form", ["decimal", "beyond2to53"])
def test_where_ids_are_digits_contact_ids_are_longs_and_no_texts(form: str) -> None:
    dialect = Dialect(id_form=form)
    assert read(dialect, 2**63 - 1) == 2**63 - 1
    for text in ("7", "003AAA", 1.5, True, 2**63):
        with pytest.raises(RecordInvalid) as refusal:
            read(dialect, text)
        assert {"attendees", "parentId"} == refusal.value.details.keys()


@pytest.mark.parametrize("form", ["alphanumeric18", "guid"])
def test_elsewhere_they_are_texts_like_the_ids_and_a_number_that_was_shown_is_read_again(form: str) -> None:
    dialect = Dialect(id_form=form)
    assert read(dialect, "003AAA") == "003AAA"
    assert read(dialect, 7) == read(dialect, "7") == 7
    assert read(dialect, "007") == "007"
    assert read(dialect, str(2**63)) == str(2**63)
    assert read(dialect, "-7") == -7
    for wrong in (1.5, True, ["7"], 2**63):
        with pytest.raises(RecordInvalid):
            read(dialect, wrong)


def test_an_attendee_is_shown_alike_in_every_dialect() -> None:
    for each in (7, "003AAA"):
        event = Event("1", MONDAY, MONDAY, attendees=(Attendee(contact_id=each),))
        shown = [EVENT.schema(Dialect(id_form=form)).show(event) for form in ("decimal", "guid")]
        assert shown[0] == shown[1]
        assert shown[0]["attendees"][0]["contactId"] == each


def test_contacts_and_events_are_what_these_ids_name() -> None:
    assert EVENT.targets >= {"contact", "event", "user", "account", "lead", "opportunity"}
    assert CONTACT.targets == {"account", "user"}
