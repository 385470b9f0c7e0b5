"""`keyed`: where a colleague's record refers to another one, the other's key will do; a key alone names a person."""

from typing import Any

import pytest

from mockcrm.crm import actions
from mockcrm.crm.drafts import Draft
from mockcrm.crm.fake_crm import Cause, FakeCrm
from tests.crm.linked import CLIENT, CRM, TIMES, crm_with, deleted, edited, kind, refusal_of, replaced, shown


def called(crm: FakeCrm, key: str, name: str, /, cause: Cause = CRM, **fields: Any) -> str:
    """The id of a new record that has a key."""
    body = {**TIMES, **fields} if name == "event" else fields
    draft = Draft(body, crm.dialect, kind=kind(name))
    record_id: str = actions.create(crm, cause, content=draft, key=key or None).change.record.id
    return record_id


@pytest.fixture
def acme() -> FakeCrm:
    """A CRM with a user ann, an account acme, its contact wile, and a lead roda."""
    return with_people(crm_with())


def with_people(crm: FakeCrm) -> FakeCrm:
    called(crm, "ann", "user", name="Ann Baker", emailAddress="ann@our.example")
    called(crm, "acme", "account", name="Acme", ownerId="ann")
    called(crm, "wile", "contact", lastName="Coyote", emailAddress="wile@acme.example", accountId="acme")
    called(crm, "roda", "lead", lastName="Runner", emailAddress="roda@road.example")
    return crm


def meeting(crm: FakeCrm, key: str = "", /, **fields: Any) -> Any:
    return shown(crm, "event", called(crm, key, "event", **fields))


def attendee(**fields: Any) -> dict[str, Any]:
    return {"userId": None, "emailAddress": None, "contactId": None, "status": "NeedsAction", **fields}


def test_a_key_stands_for_an_id_in_every_field_that_refers(acme: FakeCrm) -> None:
    ann, wile = (acme.resolve(kind(name), key) for name, key in (("user", "ann"), ("contact", "wile")))
    assert shown(acme, "account", acme.resolve(kind("account"), "acme"))["ownerId"] == ann
    deal = shown(
        acme,
        "opportunity",
        called(acme, "deal", "opportunity", name="New", accountId="acme", contactIds=["wile", "x"], ownerId="ann"),
    )
    assert (deal["ownerId"], deal["contactIds"]) == (ann, [wile, "x"])
    parent = called(acme, "parent", "event")
    event = meeting(
        acme,
        attendees=[{"userId": "ann", "status": "Accepted"}, {"contactId": "wile"}],
        relatedTo=[{"type": "Account", "id": "acme"}, {"type": "Lead", "id": "roda"}],
        parentId="parent",
    )
    assert event["attendees"] == [attendee(userId=ann, status="Accepted"), attendee(contactId=int(wile))]
    assert [(each["type"], each["name"]) for each in event["relatedTo"]] == [("Account", "Acme"), ("Lead", "Runner")]
    assert event["parentId"] == int(parent)


def test_an_edit_and_a_replacement_know_keys_too(acme: FakeCrm) -> None:
    event = called(acme, "demo", "event")
    edited(acme, "event", "demo", attendees=["wile"], relatedTo="acme")
    first = shown(acme, "event", event)
    replaced(acme, "event", "demo", **TIMES, attendees=["wile"], relatedTo=["acme"])
    assert shown(acme, "event", event)["attendees"] == first["attendees"] != []
    assert shown(acme, "event", event)["relatedTo"] == first["relatedTo"] != []


def test_people_are_named_once(acme: FakeCrm) -> None:
    event = meeting(acme, attendees=["ann", "wile", "roda", {"emailAddress": "bob@our.example"}])
    assert event["attendees"] == [
        attendee(userId=acme.resolve(kind("user"), "ann"), emailAddress="ann@our.example"),
        attendee(contactId=int(acme.resolve(kind("contact"), "wile")), emailAddress="wile@acme.example"),
        attendee(emailAddress="roda@road.example"),
        attendee(emailAddress="bob@our.example"),
    ]


def test_a_contact_without_an_address_comes_by_its_id_alone(acme: FakeCrm) -> None:
    mute = called(acme, "mute", "contact", lastName="Mute")
    assert meeting(acme, attendees=["mute"])["attendees"] == [attendee(contactId=int(mute))]


def test_a_link_has_the_type_the_id_and_the_present_name_of_what_a_key_names(acme: FakeCrm) -> None:
    called(acme, "deal", "opportunity", name="New business")
    edited(acme, "account", "acme", name="Acme Ltd")
    links = meeting(acme, relatedTo=["acme", "deal", "wile"])["relatedTo"]
    assert [(each["type"], each["name"]) for each in links] == [
        ("Account", "Acme Ltd"),
        ("Opportunity", "New business"),
        ("Contact", "Coyote"),
    ]
    email = shown(acme, "email", called(acme, "", "email", subject="Hello", relatedTo=["acme"]))
    assert email["relatedTo"] == links[:1]


@pytest.mark.parametrize(
    ("fields", "field", "problem"),
    [
        ({"attendees": ["ann", "nobody"]}, "attendees", {"1": ["There is no key 'nobody'."]}),
        ({"attendees": ["acme"]}, "attendees", {"0": ["The account 'acme' has no emailAddress."]}),
        ({"attendees": ["mute"]}, "attendees", {"0": ["The lead 'mute' has no emailAddress."]}),
        (
            {"relatedTo": ["ann"]},
            "relatedTo",
            {"0": ["A link cannot lead to a record of the kind user, such as 'ann'."]},
        ),
        ({"relatedTo": "nobody"}, "relatedTo", {"0": ["There is no key 'nobody'."]}),
        (
            {"attendees": [{"contactId": "nobody"}]},
            "attendees",
            {"0": {"contactId": ["There is no contact with the key 'nobody'."]}},
        ),
    ],
)
def test_what_is_the_key_of_nobody_is_refused(acme: FakeCrm, fields: Any, field: str, problem: Any) -> None:
    called(acme, "mute", "lead", lastName="Mute")
    refusal = refusal_of(acme, called, "", "event", **fields)
    assert (refusal.code, refusal.details) == ("event.invalid", {field: problem})


def test_a_key_of_another_kind_is_no_key_and_dangles(acme: FakeCrm) -> None:
    account = called(acme, "", "account", name="Loose", ownerId="wile")
    assert shown(acme, "account", account)["ownerId"] == "wile"
    assert meeting(acme, attendees=[{"userId": "u1"}])["attendees"][0]["userId"] == "u1"


def test_references_are_judged_by_what_the_keys_stand_for() -> None:
    crm = with_people(crm_with(references="refuse"))
    assert meeting(crm, attendees=["ann", {"contactId": "wile"}], relatedTo=["acme"])
    deleted(crm, "contact", "wile")
    assert refusal_of(crm, called, "", "event", attendees=["wile"]).code == "reference.unknown"
    assert refusal_of(crm, called, "", "account", name="x", ownerId="nobody").code == "reference.unknown"


def test_ids_that_are_texts_stand_where_keys_stood() -> None:
    crm = with_people(crm_with(idForm="guid"))
    wile = crm.resolve(kind("contact"), "wile")
    assert meeting(crm, attendees=["wile"])["attendees"][0]["contactId"] == wile
    assert meeting(crm, attendees=[{"contactId": "wile"}])["attendees"][0]["contactId"] == wile
    assert meeting(crm, attendees=[{"contactId": "stranger"}])["attendees"][0]["contactId"] == "stranger"


@pytest.mark.parametrize("fields", [{"attendees": ["ann"]}, {"attendees": [{"contactId": "wile"}]}, {"relatedTo": "x"}])
def test_clients_know_no_keys(acme: FakeCrm, fields: Any) -> None:
    assert refusal_of(acme, called, "", "event", CLIENT, **fields).code == "event.invalid"
    account = called(acme, "", "account", CLIENT, name="x", ownerId="ann")
    assert shown(acme, "account", account)["ownerId"] == "ann"


@pytest.mark.parametrize(
    "value", [5, None, "x", {}, [5], [None], [[]], [{}], [{"contactId": []}], {"type": []}], ids=str
)
@pytest.mark.parametrize("field", ["attendees", "relatedTo"])
def test_what_has_another_shape_is_refused_as_ever(acme: FakeCrm, field: str, value: Any) -> None:
    assert refusal_of(acme, called, "", "event", **{field: value}).code == "event.invalid"
