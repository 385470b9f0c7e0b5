"""Child events over HTTP: what a client and a colleague get, and what the journal and the answers say of it."""

from collections import Counter
from typing import Any

import pytest

from tests.refusals import nothing_changes
from tests.served import Crm, error
from tests.unchanged import ALWAYS, declined, delta, edited, made, not_done, version
from tests.web.test_replay import again, bundle

ANN, BOB, CAT = ({"emailAddress": f"{name}@ourcompany.example"} for name in ("ann", "bob", "cat"))


@pytest.fixture
def crm(crm: Crm) -> Crm:
    """A CRM with child events and three users. Ann owns what is created."""
    crm.set_dialect(childEvents="users")
    for each in (ANN, BOB, CAT):
        crm.act({"create": {"kind": "user", "set": {"name": "Colleague", **each}}})
    return crm


def children(crm: Crm, parent: str) -> dict[str, Any]:
    """The living children of an event, by the addresses of their attendees."""
    found = [each for each in crm.events() if each["parentId"] == int(parent)]
    return {each["attendees"][0]["emailAddress"]: each for each in found}


def test_a_client_that_invites_two_users_gets_their_children_with_its_next_delta(crm: Crm) -> None:
    parent = crm.create(subject="Kickoff", attendees=[BOB, CAT])
    rows = delta(crm)
    assert [each["id"] for each in rows] == [parent["id"], "1002", "1003"]
    assert rows[1] == parent | {"id": "1002", "parentId": int(parent["id"]), "attendees": parent["attendees"][:1]}
    assert {each["lastModifiedAt"] for each in rows} == {parent["lastModifiedAt"]}


def test_the_journal_and_the_log_say_what_followed(crm: Crm) -> None:
    crm.create(attendees=[BOB, CAT])
    (entry,) = crm.controls.requests.all()
    assert entry["changes"] == [4, 5, 6]
    assert [(each["origin"], each["requestId"]) for each in crm.changes()[3:]] == [
        ("client", "1"),
        ("crm", "1"),
        ("crm", "1"),
    ]
    crm.set_dialect(childOrder="before")
    edited_child = children(crm, "1001")["bob@ourcompany.example"]["id"]
    answer = {"attendees": [BOB | {"status": "Accepted"}]}
    assert crm.api("PATCH", f"/events/{edited_child}", answer).status_code == 200
    assert crm.controls.requests.all()[-1]["changes"] == [7, 8], "the change that was asked for comes first"


def test_a_colleagues_action_names_its_consequences(crm: Crm) -> None:
    parent = made(crm, attendees=[BOB, CAT])
    (result,) = crm.act({"edit": {"event": parent, "set": {"attendees": [CAT], "location": "Turing"}}})
    assert (result["op"], result["eventId"]) == ("updated", parent)
    assert [(each["op"], each["eventId"]) for each in result["consequences"]] == [
        ("updated", "1003"),
        ("deleted", "1002"),
    ]
    (touched,) = crm.act({"touch": {"events": [parent]}})
    assert [each["op"] for each in touched["changes"]] == ["updated"]


def test_the_answer_of_an_attendee_flows_up_from_a_child(crm: Crm) -> None:
    parent = crm.create(attendees=[BOB, CAT])["id"]
    child = children(crm, parent)["cat@ourcompany.example"]
    response = crm.api(
        "PATCH", f"/events/{child['id']}", {"attendees": [child["attendees"][0] | {"status": "Declined"}]}
    )
    assert response.status_code == 200
    assert [each["status"] for each in version(crm, parent)["attendees"]] == ["NeedsAction", "Declined"]


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_on_a_child_a_client_gets_a_422_that_names_the_fields(crm: Crm, method: str) -> None:
    parent = crm.create(attendees=[BOB])["id"]
    child = children(crm, parent)["bob@ourcompany.example"]
    with nothing_changes(crm):
        response = crm.api(method, f"/events/{child['id']}", child | {"subject": "Mine", "location": "Here"})
        assert {*error(response, 422, "event.childReadOnly")} == {"subject", "location"}
    assert crm.api(method, f"/events/{child['id']}", child).status_code == 200, "what was read may be sent back"


def test_a_colleague_gets_the_same_refusals(crm: Crm) -> None:
    parent = made(crm, attendees=[BOB])
    child = children(crm, parent)["bob@ourcompany.example"]["id"]
    declined(crm, 422, "event.childReadOnly", "PATCH", f"/events/{child}", {"subject": "Mine"})
    times = {"startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T09:00:00Z"}
    declined(crm, 422, "event.childReadOnly", "POST", "/events", {**times, "parentId": int(parent)})
    not_done(crm, 422, "event.childReadOnly", {"edit": {"event": child, "set": {"subject": "Mine"}}})
    crm.act({"delete": {"event": child}})
    declined(crm, 422, "event.childReadOnly", "POST", f"/events/{child}/restore")


def test_a_404_and_a_412_come_before_the_refusal_of_a_child(crm: Crm) -> None:
    child = children(crm, crm.create(attendees=[BOB])["id"])["bob@ourcompany.example"]["id"]
    stale = crm.api("PATCH", f"/events/{child}", {"subject": "Mine"}, headers={"If-Match": '"1-00000000"'})
    error(stale, 412, "precondition.failed")
    error(crm.api("PATCH", "/events/9999", {"subject": "Mine"}), 404, "event.notFound")


def test_an_edit_that_shows_late_shows_the_children_late_as_well(crm: Crm) -> None:
    parent = made(crm, attendees=[BOB])
    edited(crm, parent, {"visibleAfter": "PT1M"}, subject="Moved")
    assert {each["subject"] for each in crm.events()} == {None}
    crm.advance("PT1M")
    assert {each["subject"] for each in crm.events()} == {"Moved"}


def test_children_stand_before_their_parent_in_a_delta_if_the_dialect_says_so(crm: Crm) -> None:
    crm.set_dialect(childOrder="before")
    parent = crm.create(attendees=[BOB])["id"]
    assert [each["parentId"] for each in delta(crm)] == [int(parent), None]
    assert [each["id"] for each in crm.events(since=ALWAYS, limit=1)] == ["1002"], "and a page may end between them"


def test_a_deleted_parent_takes_its_children_and_a_client_that_deletes_one_itself_gets_a_404(crm: Crm) -> None:
    parent = crm.create(attendees=[BOB, CAT])["id"]
    child = children(crm, parent)["bob@ourcompany.example"]["id"]
    crm.events(since=ALWAYS)
    assert crm.api("DELETE", f"/events/{parent}").status_code == 204
    error(crm.api("DELETE", f"/events/{child}"), 404, "event.deleted")
    assert [each["deleted"] for each in delta(crm, showDeleted="true")] == [True] * 3


def test_an_idempotency_key_repeats_the_answer_with_the_parent(crm: Crm) -> None:
    body = {"startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z", "attendees": [BOB]}
    first, second = (crm.api("POST", "/events", body, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert first.json() == second.json()
    assert [each["changes"] for each in crm.controls.requests.all()] == [[4, 5], []]
    assert len(crm.events()) == 2


def test_a_meeting_of_a_thousand_users_is_made_and_deleted_as_a_whole(crm: Crm) -> None:
    people = [{"emailAddress": f"p{number}@ourcompany.example"} for number in range(1_000)]
    crm.act(*({"create": {"kind": "user", "set": {"name": "P", **each}}} for each in people))
    parent = crm.create(attendees=people)["id"]
    assert len(crm.events()) == 1_001
    assert crm.api("DELETE", f"/events/{parent}").status_code == 204
    assert crm.events() == []


def test_a_replay_makes_the_same_children(crm: Crm) -> None:
    parent = crm.create(attendees=[BOB, CAT])["id"]
    child = children(crm, parent)["bob@ourcompany.example"]
    crm.api("PATCH", f"/events/{child['id']}", {"attendees": [child["attendees"][0] | {"status": "Accepted"}]})
    crm.api("DELETE", f"/events/{child['id']}")
    delta(crm, showDeleted="true")
    assert again(bundle(crm)).same


def test_a_fork_and_a_reset_keep_and_drop_children_with_their_parents(crm: Crm) -> None:
    parent = crm.create(attendees=[BOB])["id"]
    snapshot = crm.everything()
    crm.act({"delete": {"event": parent}})
    assert crm.admin("PUT", "/snapshot", snapshot).status_code == 200
    edited(crm, parent, subject="Moved")
    assert {each["subject"] for each in crm.events()} == {"Moved"}


def test_seeding_over_http_makes_children_beside_the_events_that_are_counted(crm: Crm) -> None:
    crm.act(*({"create": {"kind": "user", "set": {"name": "C", "emailAddress": each}}} for each in _colleagues(crm)))
    answer = crm.admin("POST", "/seed", {"count": 40, "seed": 3}).json()
    events = crm.events()
    assert answer["count"] == 40
    assert sum(each["parentId"] is None for each in events) == 40
    assert any(each["parentId"] is not None for each in events)


def _colleagues(crm: Crm) -> list[str]:
    """Whom seeding invites most often."""
    found = Counter(each["emailAddress"] for event in _invented(crm) for each in event["attendees"])
    return [address for address, _ in found.most_common(5)]


def _invented(crm: Crm) -> list[Any]:
    snapshot = crm.everything()
    crm.admin("POST", "/seed", {"count": 40, "seed": 3})
    events = crm.events()
    crm.admin("PUT", "/snapshot", snapshot)
    return events
