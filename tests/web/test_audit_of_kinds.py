"""The audit of records that are no events, over HTTP: findings, knowledge, replicas and bundles."""

from typing import Any

import pytest

from mockcrm.client import report
from mockcrm.web.replay import replay
from tests.served import Crm, error

WILE = {"lastName": "Coyote", "firstName": "Wile", "emailAddress": "wile@acme.example"}


def missed_contact(crm: Crm) -> str:
    """A contact of which the client `ann` has missed an edit: lists showed it late."""
    ann = {"X-Mockcrm-Client": "ann"}
    (made,) = crm.act({"create": {"kind": "contact", "set": WILE}})
    bound = crm.api("GET", "/contacts", headers=ann).json()["asOf"]
    crm.act({"edit": {"kind": "contact", "record": made["recordId"], "set": {"phone": "1"}, "visibleAfter": "5m"}})
    crm.act({"advance": {"by": "1m"}})
    bound = crm.api("GET", f"/contacts?since={bound}&showDeleted=true", headers=ann).json()["asOf"]
    crm.act({"advance": {"by": "10m"}})
    crm.api("GET", f"/contacts?since={bound}&showDeleted=true", headers=ann)
    contact_id: str = made["recordId"]
    return contact_id


def test_a_finding_names_kind_and_record(crm: Crm) -> None:
    contact_id = missed_contact(crm)
    (account,) = crm.controls.audit()["clients"]
    (found,) = account["findings"]
    assert {name: found[name] for name in ("code", "kind", "recordId", "recordIds", "eventId", "eventIds")} == {
        "code": "change.outOfReach",
        "kind": "contact",
        "recordId": contact_id,
        "recordIds": [contact_id],
        "eventId": None,
        "eventIds": [],
    }
    assert found["title"] == "The contact “Wile Coyote” was changed, and the change is out of this client's reach"
    assert account["kinds"] == [{"kind": "contact", "delivered": 1, "pending": 0}]
    assert crm.controls.feed()["findings"][0]["recordId"] == contact_id


@pytest.mark.parametrize("kept", [{"name": "Mine"}, None], ids=["another", "missing"])
def test_a_finding_on_the_primary_calendar_names_no_change_while_there_is_none(crm: Crm, kept: Any) -> None:
    """It is there from the start, and in no change log."""
    crm.api("GET", "/calendars")
    calendar = crm.api("GET", "/calendars/primary").json()
    replica = [calendar | kept] if kept else []
    answer = crm.admin("POST", "/audit", {"kind": "calendar", "replica": replica})
    assert answer.status_code == 200, answer.text
    (found,) = answer.json()["clients"][0]["findings"]
    assert (found["recordId"], found["changes"]) == (calendar["id"], [])


def test_a_report_names_kind_and_record(crm: Crm) -> None:
    contact_id = missed_contact(crm)
    lines = [*report.lines(crm.controls.audit())]
    assert "3 requests, 0 events delivered, 1 contact record delivered, 0 changes pending" in lines[0]
    assert f"(contact {contact_id})" in lines[1]


def test_the_finding_on_an_event_names_both(crm: Crm) -> None:
    event = crm.create()
    bound = crm.api("GET", "/events").json()["asOf"]
    crm.controls.events.delete(event["id"])
    crm.events(since=bound)
    (found,) = crm.controls.audit()["clients"][0]["findings"]
    assert found["recordId"] == found["eventId"] is not None
    assert (found["kind"], found["recordIds"]) == ("event", found["eventIds"])


def test_what_a_client_knows_of_contacts(crm: Crm) -> None:
    contact_id = missed_contact(crm)
    crm.act({"create": {"kind": "contact", "set": {"lastName": "Runner"}}})
    knowledge = crm.controls.knowledge(kind="contact")
    (client,) = knowledge["clients"]
    assert knowledge["kind"] == "contact"
    assert [each["id"] for each in client["outOfReach"]] == [contact_id]
    assert len(client["pending"]) == 1
    (of_events,) = crm.controls.knowledge()["clients"]
    assert (of_events["outOfReach"], of_events["pending"]) == ([], [])


@pytest.mark.parametrize("query", ["kind=guest", "kind=contact&startAt=2026-03-01T00:00:00Z", "kind="])
def test_of_what_nobody_can_know_nothing_is_said(crm: Crm, query: str) -> None:
    error(crm.admin("GET", f"/audit/events?{query}"), 400, "query.invalid")


def test_a_replica_of_contacts_is_compared_with_contacts(crm: Crm) -> None:
    contact_id = missed_contact(crm)
    row: dict[str, Any] = crm.api("GET", f"/contacts/{contact_id}").json()
    assert crm.controls.audit([row], client="ann", kind="contact")["inSync"]
    with pytest.raises(AssertionError, match=r"replica\.stale"):
        crm.controls.assert_in_sync([{**row, "phone": "2"}], client="ann", kind="contact")
    of_an_event = {"kind": "contact", "replica": [{"id": "1", "subject": "Kick-off"}]}
    error(crm.admin("POST", "/audit", of_an_event), 422, "audit.invalid")


def test_a_bundle_comes_to_the_same_verdict_on_contacts(crm: Crm) -> None:
    missed_contact(crm)
    bundle = crm.admin("GET", "/replay").json()
    outcome = replay(bundle)
    assert (outcome.divergences, outcome.changed) == ((), ())
    found = bundle["verdict"]["clients"][0]["findings"][0]
    other = {**found, "recordId": "9", "recordIds": ["9"]}
    bundle["verdict"]["clients"][0]["findings"] = [other]
    gone, new = replay(bundle).changed
    assert ("Gone" in gone and "of contact 9" in gone, "New" in new) == (True, True)


def test_a_bundle_of_an_earlier_version_knew_events_alone(crm: Crm) -> None:
    crm.create()
    bound = crm.api("GET", "/events").json()["asOf"]
    crm.act({"touch": {"events": "all", "stamp": "-1h"}})
    crm.events(since=bound)
    bundle = crm.admin("GET", "/replay").json()
    (account,) = bundle["verdict"]["clients"]
    del account["kinds"]
    assert account["findings"]
    for found in account["findings"]:
        del found["kind"], found["recordId"], found["recordIds"]
    assert replay(bundle).changed == ()
