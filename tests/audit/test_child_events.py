"""What the audit says of a client in a CRM with child events: it is blamed for nothing that the CRM did of itself."""

from typing import Any

import pytest

from tests.served import Crm
from tests.unchanged import edited, made

ANN, BOB, CAT = ({"emailAddress": f"{name}@ourcompany.example"} for name in ("ann", "bob", "cat"))
SHORT = {"startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z", "subject": "Kickoff"}


@pytest.fixture
def crm(crm: Crm) -> Crm:
    """A CRM with child events, three users of whom Ann owns what is created, and a client that has read everything."""
    crm.set_dialect(childEvents="users")
    for each in (ANN, BOB, CAT):
        crm.act({"create": {"kind": "user", "set": {"name": "Colleague", **each}}})
    sync(crm)
    return crm


def sync(crm: Crm, since: str | None = None) -> Any:
    """What a client is sent: rows by id. The next `since` is the list's `asOf`."""
    page = crm.api("GET", "/events", params={"since": since, "showDeleted": "true"} if since else {}).json()
    return {each["id"]: each for each in page["records"]} | {"asOf": page["asOf"]}


def child(crm: Crm, parent: str, of: Any = BOB) -> Any:
    rows = [each for each in crm.events() if each["parentId"] == int(parent)]
    return next(each for each in rows if each["attendees"][0]["emailAddress"] == of["emailAddress"])


def codes(crm: Crm) -> list[str]:
    audit = crm.admin("GET", "/audit").json()
    return [each["code"] for client in audit["clients"] for each in client["findings"]]


def test_a_client_that_makes_a_meeting_and_reads_on_is_clean(crm: Crm) -> None:
    as_of = sync(crm)["asOf"]
    parent = crm.create(**_times(), attendees=[BOB, CAT])["id"]
    assert [each["pending"] for each in crm.admin("GET", "/audit").json()["clients"]] == [2]
    got = sync(crm, as_of)
    assert {each["parentId"] for each in got.values() if isinstance(each, dict)} == {None, int(parent)}
    assert codes(crm) == []
    crm.controls.assert_clean()


def test_an_answer_that_flowed_up_is_no_colleagues_edit(crm: Crm) -> None:
    """The client answers on the child, and writes the attendees of the parent as it had sent them itself."""
    parent = crm.create(**_times(), attendees=[BOB, CAT])["id"]
    own = child(crm, parent)
    answer = {"attendees": [own["attendees"][0] | {"status": "Accepted"}]}
    assert crm.api("PATCH", f"/events/{own['id']}", answer).status_code == 200
    assert crm.api("PATCH", f"/events/{parent}", {"attendees": [BOB]}).status_code == 200
    assert "overwrite.blind" not in codes(crm)


def test_an_answer_of_a_colleague_on_a_child_is_lost_by_a_client_that_does_not_know_it(crm: Crm) -> None:
    parent = crm.create(**_times(), attendees=[BOB, CAT])["id"]
    own = child(crm, parent)
    edited(crm, own["id"], attendees=[BOB | {"status": "Accepted"}])
    assert crm.api("PATCH", f"/events/{parent}", {"attendees": [BOB, CAT]}).status_code == 200
    assert "overwrite.blind" in codes(crm)


def test_to_delete_a_child_after_its_parent_is_at_most_a_habit(crm: Crm) -> None:
    parent = crm.create(**_times(), attendees=[BOB])["id"]
    own = child(crm, parent)["id"]
    assert crm.api("DELETE", f"/events/{parent}").status_code == 204
    assert crm.api("DELETE", f"/events/{own}").status_code == 404
    audit = crm.admin("GET", "/audit").json()
    assert [(each["code"], each["severity"]) for each in audit["clients"][0]["findings"]] == [
        ("write.toDeleted", "note")
    ]


def test_a_meeting_that_a_client_deletes_and_makes_again_is_no_resurrection_of_its_child(crm: Crm) -> None:
    """The client's calendar keeps no attendees: what it makes says nothing that the child did not say."""
    parent = crm.create(**_times(), attendees=[BOB])["id"]
    as_of = sync(crm)["asOf"]
    crm.api("DELETE", f"/events/{parent}")
    sync(crm, as_of)
    crm.create(**_times())
    assert codes(crm) == []


def test_a_colleagues_deletion_of_a_parent_counts_for_its_children_too(crm: Crm) -> None:
    parent = made(crm, attendees=[BOB], subject="Kickoff")
    as_of = sync(crm)["asOf"]
    own = child(crm, parent)
    crm.act({"delete": {"event": parent}})
    sync(crm, as_of)
    crm.create(own["startTime"], own["endTime"], subject="Kickoff")
    assert "resurrection.remade" in codes(crm)


def test_a_deleted_child_takes_no_edit_of_its_parent_with_it(crm: Crm) -> None:
    """A colleague moved the meeting; the client deletes one child without knowing. The meeting keeps the edit."""
    parent = made(crm, attendees=[BOB, CAT])
    own = child(crm, parent)
    edited(crm, parent, subject="Moved")
    assert crm.api("DELETE", f"/events/{own['id']}").status_code == 204
    assert codes(crm) == []


def test_a_child_is_no_duplicate_of_its_parent(crm: Crm) -> None:
    parent = crm.create(**_times(), attendees=[BOB])["id"]
    crm.create(**_times(), attendees=[CAT])
    as_of = sync(crm)["asOf"]
    crm.api("PATCH", f"/events/{parent}", {"location": "Turing"})
    sync(crm, as_of)
    assert codes(crm) == []


def test_a_client_that_deletes_another_record_with_consequences_is_judged_as_ever(crm: Crm) -> None:
    crm.set_dialect(onDelete="drop")
    contact = crm.api("POST", "/contacts", {"lastName": "Coyote"}).json()["id"]
    crm.create(**_times(), attendees=[BOB | {"contactId": int(contact)}])
    assert crm.api("DELETE", f"/contacts/{contact}").status_code == 204
    assert codes(crm) == []


def _times() -> Any:
    return {"start": SHORT["startTime"], "end": SHORT["endTime"], "subject": SHORT["subject"]}
