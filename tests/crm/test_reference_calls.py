"""Links over HTTP: what is refused and dropped, the names of what links lead to, and merges."""

from typing import Any

import pytest

from tests.refusals import nothing_changes, refused
from tests.samples import TIMES, path_of
from tests.served import Crm, error
from tests.unchanged import ALWAYS, declined, not_done, version


def added(crm: Crm, path: str, **fields: Any) -> Any:
    """A record that the client creates."""
    response = crm.api("POST", path, fields)
    assert response.status_code == 201, response.text
    return response.json()


def contact(crm: Crm, name: str, **fields: Any) -> str:
    made: str = added(crm, "/contacts", lastName=name, **fields)["id"]
    return made


def listed(crm: Crm, path: str, **parameters: Any) -> list[Any]:
    response = crm.api("GET", path, params=parameters)
    assert response.status_code == 200, response.text
    records: list[Any] = response.json()["records"]
    return records


# references


def test_a_client_is_told_which_link_leads_nowhere_and_nothing_changes(crm: Crm) -> None:
    crm.set_dialect(references="refuse")
    event = {**TIMES, "attendees": [{"emailAddress": "a@b.example", "contactId": 7}]}
    details = refused(crm, 422, "reference.unknown", "POST", "/events", event)
    assert details == {"attendees": {"0": {"contactId": ["There is no contact '7'."]}}}
    made = crm.create()
    for method, body in (("PATCH", {"parentId": 7}), ("PUT", {**TIMES, "parentId": 7})):
        refused(crm, 422, "reference.unknown", method, path_of(made), body)
    declined(crm, 422, "reference.unknown", "PATCH", path_of(made), {"parentId": 7})
    not_done(crm, 422, "reference.unknown", {"create": {"set": {**TIMES, "parentId": 7}}})


def test_where_links_are_dropped_the_answer_shows_what_is_left(crm: Crm) -> None:
    crm.set_dialect(references="drop")
    made = crm.create(attendees=[{"contactId": 7}, {"emailAddress": "a@b.example", "userId": "u-1"}])
    assert [each["emailAddress"] for each in made["attendees"]] == ["a@b.example"]
    assert made["attendees"][0]["userId"] is None


# onDelete


def test_a_deletion_that_drops_links_is_seen_in_the_delta_of_what_had_them(crm: Crm) -> None:
    crm.set_dialect(onDelete="drop")
    gone = contact(crm, "Coyote")
    event = crm.create(attendees=[{"contactId": int(gone), "emailAddress": "a@b.example"}])
    other = crm.create()
    assert crm.api("DELETE", f"/contacts/{gone}").status_code == 204
    (tombstone,) = listed(crm, "/deletedContacts")
    changed, *rest = crm.events(since=tombstone["lastModifiedAt"])
    assert (changed["id"], rest) == (event["id"], [])
    assert changed["lastModifiedAt"] == tombstone["lastModifiedAt"]
    assert changed["attendees"][0]["contactId"] is None
    deletion, consequence = crm.changes()[-2:]
    assert (deletion["op"], deletion["kind"], deletion["origin"]) == ("deleted", "contact", "client")
    assert (consequence["op"], consequence["kind"], consequence["origin"]) == ("updated", "event", "crm")
    assert consequence["requestId"] == deletion["requestId"]
    assert version(crm, other["id"])["version"] == 1


def test_a_deletion_that_links_block_is_refused(crm: Crm) -> None:
    crm.set_dialect(onDelete="block")
    account = added(crm, "/accounts", name="Acme")["id"]
    person = contact(crm, "Coyote", accountId=account)
    details = refused(crm, 409, "record.referenced", "DELETE", f"/accounts/{account}")
    assert details == {"contact": {person: ["accountId"]}}
    declined(crm, 409, "record.referenced", "DELETE", f"/accounts/{account}")
    not_done(crm, 409, "record.referenced", {"delete": {"kind": "account", "record": account}})


def test_the_controls_name_the_consequences_of_a_deletion(crm: Crm) -> None:
    crm.set_dialect(onDelete="drop")
    gone = contact(crm, "Coyote")
    event = crm.create(attendees=[{"contactId": int(gone)}])
    (result,) = crm.act({"delete": {"kind": "contact", "record": gone}})
    assert (result["recordId"], [each["recordId"] for each in result["consequences"]]) == (gone, [event["id"]])


def test_a_list_of_deletions_that_would_look_at_too_much_is_refused_before_the_first(
    crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm.set_dialect(onDelete="drop")
    crm.controls.seed(200, seed=1)
    people = [contact(crm, f"Coyote {at}") for at in range(5)]
    monkeypatch.setattr("mockcrm.sandbox.allowance.MAX_CHANGES", 30)
    steps = [{"delete": {"kind": "contact", "record": each}} for each in people]
    not_done(crm, 422, "action.invalid", *steps)
    crm.act(*steps[:2])


# Names


def test_a_rename_shows_in_every_list_and_changes_no_event(crm: Crm) -> None:
    account = added(crm, "/accounts", name="Acme")["id"]
    event = crm.create(relatedTo={"type": "Account", "id": account, "name": "Whatever"})
    email = added(crm, "/emails", subject="Re: Demo", relatedTo=[{"type": "Account", "id": account}])
    assert event["relatedTo"] == [{"type": "Account", "id": account, "name": "Acme"}]
    tag = crm.api("GET", path_of(event)).headers["ETag"]
    crm.api("PATCH", f"/accounts/{account}", {"name": "Acme Corp"})
    read = crm.api("GET", path_of(event))
    assert read.json() == {**event, "relatedTo": [{**event["relatedTo"][0], "name": "Acme Corp"}]}
    assert read.headers["ETag"] == tag
    assert crm.api("GET", path_of(event), headers={"If-None-Match": tag}).status_code == 304
    assert crm.events() == crm.events(since=ALWAYS) == [read.json()]
    assert version(crm, event["id"])["relatedTo"] == read.json()["relatedTo"]
    assert listed(crm, "/emails")[0]["relatedTo"][0]["name"] == "Acme Corp"
    assert crm.api("GET", f"/emails/{email['id']}").json()["relatedTo"][0]["name"] == "Acme Corp"
    assert crm.admin("GET", "/events").json()["records"][0]["relatedTo"] == read.json()["relatedTo"]
    (result,) = crm.act({"edit": {"event": event["id"], "set": {"subject": "Lunch"}}})
    assert result["version"] == 2


def differences(crm: Crm, *records: Any) -> list[str]:
    """What the audit finds of a replica that has these records."""
    crm.events()
    response = crm.admin("POST", "/audit", {"replica": records})
    assert response.status_code == 200, response.text
    (client,) = response.json()["clients"]
    return [each["code"] for each in client["findings"] if each["code"].startswith("replica.")]


def test_an_old_or_a_new_name_of_a_link_is_no_difference_of_a_replica(crm: Crm) -> None:
    account = added(crm, "/accounts", name="Acme")["id"]
    event = crm.create(relatedTo={"type": "Account", "id": account})
    dangling = crm.create(relatedTo={"type": "Account", "id": "77", "name": "Gone"})
    crm.api("PATCH", f"/accounts/{account}", {"name": "Acme Corp"})
    for name in ("Acme", "Acme Corp", "Long ago", None):
        kept = {**event, "relatedTo": [{"type": "Account", "id": account, "name": name}]}
        assert differences(crm, kept, dangling) == []
    other = {**dangling, "relatedTo": [{**dangling["relatedTo"][0], "name": "Acme"}]}
    assert differences(crm, event, other) == ["replica.stale"]
    wrong = {**event, "relatedTo": [{"type": "Account", "id": "78", "name": "Acme"}]}
    assert differences(crm, wrong, dangling) == ["replica.stale"]


# Ids


def test_ids_of_letters_name_contacts_and_parents_as_texts(crm: Crm) -> None:
    crm.set_dialect(idForm="alphanumeric18", references="refuse")
    person, parent = contact(crm, "Coyote"), crm.create()["id"]
    event = crm.create(attendees=[{"contactId": person}], parentId=parent)
    assert (event["attendees"][0]["contactId"], event["parentId"]) == (person, parent)
    assert crm.api("PUT", path_of(event), event).status_code == 200
    (made,) = crm.act({"create": {"set": {**TIMES, "parentId": parent}}})
    shown = version(crm, made["eventId"])
    assert shown["parentId"] == parent
    assert crm.admin("PUT", path_of(shown), shown).status_code == 200
    before = crm.everything()
    assert crm.admin("PUT", "/snapshot", before).status_code == 200
    assert crm.api("GET", path_of(event)).json()["parentId"] == parent


# Merge


def merging(crm: Crm, into: str, *gone: str, kind: str = "contact", **more: Any) -> Any:
    (result,) = crm.act({"merge": {"kind": kind, "into": into, "from": [*gone], **more}})
    return result


def test_a_merge_tells_the_survivor_and_the_consequences(crm: Crm) -> None:
    into, gone = contact(crm, "Coyote"), contact(crm, "Koyote")
    event = crm.create(attendees=[{"contactId": int(gone)}])
    result = merging(crm, into, gone)
    assert (result["verb"], result["kind"], result["recordId"], result["op"]) == ("merge", "contact", into, "updated")
    told = [(each["kind"], each["recordId"], each["op"]) for each in result["consequences"]]
    assert told == [("contact", gone, "deleted"), ("event", event["id"], "updated")]
    assert crm.events()[0]["attendees"][0]["contactId"] == int(into)
    assert crm.changes()[-2]["mergedInto"] == into
    assert "mergedInto" not in crm.changes()[-1]


def test_a_silent_merge_is_in_no_delta_of_events(crm: Crm) -> None:
    into, gone = contact(crm, "Coyote"), contact(crm, "Koyote")
    event = crm.create(attendees=[{"contactId": int(gone)}])
    crm.advance("1m")
    merging(crm, into, gone, repoint="silent")
    assert crm.events(since="2026-01-05T09:01:00Z") == []
    assert crm.events()[0]["attendees"][0]["contactId"] == int(into)
    assert crm.events()[0]["lastModifiedAt"] == event["lastModifiedAt"]
    assert [each["id"] for each in listed(crm, "/contacts", since="2026-01-05T09:01:00Z", showDeleted="true")] == [
        into,
        gone,
    ]


def test_an_old_id_is_a_deleted_record_a_pointer_or_the_survivor(crm: Crm) -> None:
    into, gone, other = (contact(crm, name) for name in ("Coyote", "Koyote", "Runner"))
    merging(crm, into, gone)
    crm.api("DELETE", f"/contacts/{other}")
    path = f"/contacts/{gone}"
    error(crm.api("GET", path), 404, "contact.deleted")
    plain = listed(crm, "/deletedContacts")
    assert not any("mergedInto" in each for each in plain)

    crm.set_dialect(merged="pointer")
    tombstone = {**plain[0], "mergedInto": into}
    assert listed(crm, "/deletedContacts") == [tombstone, plain[1]]
    assert crm.api("GET", path).json() == tombstone
    error(crm.api("GET", f"/contacts/{other}"), 404, "contact.deleted")
    crm.set_dialect(tombstones="idOnly")
    assert crm.api("GET", path).json() == {"id": gone, "deleted": True, "mergedInto": into}

    crm.set_dialect(merged="follow", tombstones="full")
    assert listed(crm, "/deletedContacts") == plain
    followed, survivor = crm.api("GET", path), crm.api("GET", f"/contacts/{into}")
    assert followed.json() == survivor.json()
    assert followed.headers["ETag"] == survivor.headers["ETag"]
    for method in ("PATCH", "DELETE"):
        refused(crm, 404, "contact.deleted", method, path, {"phone": "1"} if method == "PATCH" else None)
    assert version_of(crm, path)["mergedInto"] == into
    crm.api("DELETE", f"/contacts/{into}")
    error(crm.api("GET", path), 404, "contact.deleted")


def version_of(crm: Crm, path: str) -> Any:
    return crm.admin("GET", path).json()


def test_a_snapshot_keeps_merges(crm: Crm) -> None:
    crm.set_dialect(merged="pointer")
    into, gone = contact(crm, "Coyote"), contact(crm, "Koyote")
    merging(crm, into, gone)
    before = crm.everything()
    crm.admin("POST", "/reset", {"to": "empty"})
    assert crm.admin("PUT", "/snapshot", before).status_code == 200
    assert crm.api("GET", f"/contacts/{gone}").json()["mergedInto"] == into
    forged = {**before, "changes": [{**each} for each in before["changes"]]}
    forged["changes"][-1]["mergedInto"] = "99"
    with nothing_changes(crm):
        error(crm.admin("PUT", "/snapshot", forged), 422, "snapshot.invalid")


@pytest.mark.parametrize(
    ("action", "status", "code"),
    [
        ({"kind": "user", "into": "a", "from": ["b"]}, 422, "action.invalid"),
        ({"kind": "account", "into": "1", "from": ["2"]}, 404, "account.notFound"),
        ({"kind": "contact", "into": "a", "from": ["a"]}, 422, "action.invalid"),
        ({"kind": "contact", "into": "a", "from": ["b", "b"]}, 422, "action.invalid"),
        ({"kind": "contact", "into": "a", "from": []}, 422, "action.invalid"),
        ({"into": "a", "from": ["b"]}, 422, "action.invalid"),
        ({"kind": "contact", "into": "a", "from": ["b"], "repoint": "all"}, 422, "action.invalid"),
        ({"kind": "contact", "into": "a", "from": ["b"], "bump": False}, 422, "action.invalid"),
        ({"kind": "contact", "into": "a", "from": ["b"] * 1001}, 422, "action.invalid"),
    ],
)
def test_what_cannot_be_merged_is_refused(crm: Crm, action: Any, status: int, code: str) -> None:
    for key in ("a", "b"):
        crm.act({"create": {"kind": "contact", "key": key, "set": {"lastName": key}}})
    not_done(crm, status, code, {"merge": action})
