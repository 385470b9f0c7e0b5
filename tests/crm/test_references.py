"""The knobs `references` and `onDelete`: what a record may refer to, and what becomes of links to a deleted one."""

from typing import Any

import pytest

from mockcrm.errors import RecordReferenced, ReferenceUnknown
from tests.crm.linked import created, crm_with, deleted, edited, kind, refusal_of, replaced, restored, shown, speak

NOBODY = {"emailAddress": None, "userId": None, "contactId": None}


def attendee(**names: Any) -> Any:
    return {**NOBODY, "status": "NeedsAction", **names}


def places(details: Any, path: str = "") -> list[str]:
    """The paths of the problems in a refusal's details."""
    if isinstance(details, list):
        return [path.lstrip(".")]
    return [place for name, inner in details.items() for place in places(inner, f"{path}.{name}")]


# references


def test_by_default_a_record_may_refer_to_anything() -> None:
    crm = crm_with()
    event = created(crm, "event", attendees=[{"contactId": 7}], parentId=8, relatedTo={"type": "Lead", "id": "9"})
    assert shown(crm, "event", event)["parentId"] == 8


@pytest.mark.parametrize(
    ("name", "fields", "field", "value"),
    [
        ("event", {"attendees": [{"emailAddress": "a@b.example"}, {"contactId": 7}]}, "attendees.1.contactId", "7"),
        ("event", {"attendees": [{"userId": "u-1"}]}, "attendees.0.userId", "u-1"),
        ("event", {"relatedTo": [{"type": "Account", "id": "77"}]}, "relatedTo.0.id", "77"),
        ("event", {"parentId": 5}, "parentId", "5"),
        ("contact", {"lastName": "Coyote", "accountId": "77"}, "accountId", "77"),
        ("opportunity", {"name": "Deal", "contactIds": ["77"]}, "contactIds.0", "77"),
        ("lead", {"lastName": "Runner", "convertedContactId": "77"}, "convertedContactId", "77"),
        ("account", {"name": "Acme", "ownerId": "77"}, "ownerId", "77"),
    ],
)
def test_a_link_to_nothing_is_refused_with_its_place_and_its_value(
    name: str, fields: Any, field: str, value: str
) -> None:
    crm = crm_with(references="refuse")
    refusal = refusal_of(crm, created, name, **fields)
    assert (type(refusal), refusal.status, refusal.code) == (ReferenceUnknown, 422, "reference.unknown")
    assert places(refusal.details) == [field]
    assert value in refusal.message
    assert field in refusal.message


def test_all_unknown_links_of_a_record_are_named() -> None:
    crm = crm_with(references="refuse")
    refusal = refusal_of(crm, created, "event", attendees=[{"contactId": 7}, {"userId": "u"}], parentId=1)
    assert places(refusal.details) == ["attendees.0.contactId", "attendees.1.userId", "parentId"]


def test_a_link_to_a_record_that_lives_is_accepted_and_one_to_a_deleted_record_is_not() -> None:
    crm = crm_with(references="refuse")
    contact = created(crm, "contact", lastName="Coyote")
    created(crm, "event", attendees=[{"contactId": int(contact)}])
    deleted(crm, "contact", contact)
    refusal = refusal_of(crm, created, "event", attendees=[{"contactId": int(contact)}])
    assert "deleted" in str(refusal.details)
    restored(crm, "contact", contact)
    created(crm, "event", attendees=[{"contactId": int(contact)}])


def test_a_record_of_another_kind_with_this_id_is_none() -> None:
    crm = crm_with(references="refuse")
    account = created(crm, "account", name="Acme")
    refusal_of(crm, created, "event", relatedTo={"type": "Contact", "id": account})


def test_links_are_dropped_and_an_attendee_who_is_left_with_nothing_goes() -> None:
    crm = crm_with(references="drop")
    contact = int(created(crm, "contact", lastName="Coyote"))
    event = created(
        crm,
        "event",
        parentId=5,
        attendees=[{"contactId": 7}, {"contactId": 7, "emailAddress": "a@b.example"}, {"contactId": contact}],
        relatedTo=[{"type": "Account", "id": "77", "name": "Gone"}],
    )
    record = shown(crm, "event", event)
    assert record["attendees"] == [attendee(emailAddress="a@b.example"), attendee(contactId=contact)]
    assert (record["parentId"], record["relatedTo"]) == (None, [])
    deal = created(crm, "opportunity", name="Deal", accountId="77", contactIds=["77", str(contact)])
    assert shown(crm, "opportunity", deal)["accountId"] is None
    assert shown(crm, "opportunity", deal)["contactIds"] == [str(contact)]


@pytest.mark.parametrize("how", ["refuse", "drop"])
def test_what_a_record_already_had_is_judged_only_if_it_is_sent_again(how: str) -> None:
    crm = crm_with()
    event = created(crm, "event", attendees=[{"contactId": 7}], parentId=5)
    speak(crm, references=how)
    edited(crm, "event", event, subject="Moved")
    assert shown(crm, "event", event)["attendees"] == [attendee(contactId=7)]
    if how == "refuse":
        refusal_of(crm, edited, "event", event, attendees=[{"contactId": 7}])
        refusal = refusal_of(crm, replaced, "event", event, **shown(crm, "event", event))
        assert places(refusal.details) == ["attendees.0.contactId", "parentId"]
    else:
        edited(crm, "event", event, attendees=[{"contactId": 7}])
        assert shown(crm, "event", event)["attendees"] == []
        assert shown(crm, "event", event)["parentId"] == 5
        replaced(crm, "event", event, **shown(crm, "event", event))
        assert shown(crm, "event", event)["parentId"] is None


def test_an_event_cannot_be_its_own_parent_before_there_is_one() -> None:
    crm = crm_with(references="refuse")
    refusal_of(crm, created, "event", parentId=1001)
    event = created(crm, "event")
    edited(crm, "event", event, parentId=int(event))


# onDelete


def test_by_default_links_to_a_deleted_record_stay() -> None:
    crm = crm_with()
    contact = created(crm, "contact", lastName="Coyote")
    event = created(crm, "event", attendees=[{"contactId": int(contact)}])
    assert len(deleted(crm, "contact", contact).changes) == 1
    assert shown(crm, "event", event)["attendees"] == [attendee(contactId=int(contact))]


def test_dropped_links_are_changes_of_the_crm_in_the_same_request_with_the_same_stamp() -> None:
    crm = crm_with(onDelete="drop")
    contact, other = (created(crm, "contact", lastName=name) for name in ("Coyote", "Runner"))
    first = created(crm, "event", attendees=[{"contactId": int(contact)}], subject="Lunch")
    created(crm, "event", attendees=[{"contactId": int(other)}])
    deal = created(crm, "opportunity", name="Deal", contactIds=[other, contact])
    gone = created(crm, "event", attendees=[{"contactId": int(contact)}])
    deleted(crm, "event", gone)
    result = deleted(crm, "contact", contact)
    own, *others = result.changes
    assert (own, own.op) == (result.change, "deleted")
    assert [(each.kind, each.record.id, each.op, each.origin) for each in others] == [
        ("event", first, "updated", "crm"),
        ("opportunity", deal, "updated", "crm"),
    ]
    assert {each.stamp for each in result.changes} == {own.stamp}
    assert shown(crm, "event", first)["attendees"] == []
    assert shown(crm, "opportunity", deal)["contactIds"] == [other]
    restored(crm, "contact", contact)
    assert shown(crm, "event", first)["attendees"] == []


def test_a_record_that_is_referred_to_cannot_be_deleted_where_the_crm_blocks_it() -> None:
    crm = crm_with(onDelete="block")
    user = created(crm, "user", name="Ann", emailAddress="ann@ourcompany.example")
    contact = created(crm, "contact", lastName="Coyote", ownerId=user)
    event = created(crm, "event", attendees=[{"userId": user}, {"contactId": int(contact)}])
    refusal = refusal_of(crm, deleted, "user", user)
    assert (type(refusal), refusal.status, refusal.code) == (RecordReferenced, 409, "record.referenced")
    owned = {"event": {event: ["attendees.0.userId", "ownerId"]}, "contact": {contact: ["ownerId"]}}
    assert refusal.details == owned
    assert f"event {event}" in refusal.message
    assert f"contact {contact}" in refusal.message
    deleted(crm, "event", event)
    refusal_of(crm, deleted, "user", user)
    edited(crm, "contact", contact, ownerId=None)
    deleted(crm, "user", user)


def test_a_refusal_names_a_few_of_those_that_refer() -> None:
    crm = crm_with(onDelete="block")
    account = created(crm, "account", name="Acme")
    for at in range(9):
        created(crm, "contact", lastName=f"Coyote {at}", accountId=account)
    refusal = refusal_of(crm, deleted, "account", account)
    assert len(refusal.details["contact"]) == 5
    assert "and others" in refusal.message


def test_a_record_that_refers_to_itself_can_be_deleted() -> None:
    for how in ("block", "drop"):
        crm = crm_with(onDelete=how)
        event = created(crm, "event")
        edited(crm, "event", event, parentId=int(event))
        assert len(deleted(crm, "event", event).changes) == 1


def test_the_live_versions_count_whatever_lists_show() -> None:
    crm = crm_with(onDelete="block")
    account = created(crm, "account", name="Acme")
    speak(crm, indexLag=None)
    contact = created(crm, "contact", lastName="Coyote", accountId=account)
    edited(crm, "contact", contact, accountId=None)
    deleted(crm, "account", account)
    assert crm.find(kind("account"), account).deleted
