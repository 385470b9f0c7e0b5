"""What the audit says of a client that falls for child events, and of one that only seems to."""

from typing import Any

import pytest

from tests.served import Crm
from tests.unchanged import edited, made

ANN, BOB, CAT = ({"emailAddress": f"{name}@ourcompany.example"} for name in ("ann", "bob", "cat"))
GUEST = {"emailAddress": "wile@acme.example"}
KICKOFF: dict[str, Any] = {"startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z", "subject": "Kickoff"}


@pytest.fixture
def crm(crm: Crm) -> Crm:
    """A CRM with child events and three users, of whom Ann owns what is created."""
    crm.set_dialect(childEvents="users")
    for each in (ANN, BOB, CAT):
        crm.act({"create": {"kind": "user", "set": {"name": "Colleague", **each}}})
    return crm


class Client:
    """What a client reads, and what it writes."""

    def __init__(self, crm: Crm) -> None:
        self.crm = crm
        self.since: str | None = None

    def sync(self, **query: Any) -> None:
        asked = {"since": self.since, "showDeleted": "true"} if self.since else {}
        page = self.crm.api("GET", "/events", params={**asked, **query}).json()
        self.since = page["asOf"]

    def create(self, *attendees: Any, **fields: Any) -> str:
        response = self.crm.api("POST", "/events", {**KICKOFF, "attendees": [*attendees], **fields})
        assert response.status_code == 201, response.text
        event_id: str = response.json()["id"]
        return event_id

    def write(self, method: str, event_id: str, body: Any = None) -> int:
        status: int = self.crm.api(method, f"/events/{event_id}", body).status_code
        return status


@pytest.fixture
def client(crm: Crm) -> Client:
    client = Client(crm)
    client.sync()
    return client


def child(crm: Crm, parent: str) -> str:
    (found,) = [
        each
        for each in crm.events()
        if each["parentId"] == int(parent) and each["attendees"][0] | BOB == each["attendees"][0]
    ]
    event_id: str = found["id"]
    return event_id


def found(crm: Crm) -> list[tuple[str, str | None]]:
    """The codes of the findings with their hazards, each once."""
    audit = crm.admin("GET", "/audit").json()
    findings = [each for client in audit["clients"] for each in client["findings"]]
    return sorted({(each["code"], each["hazard"]) for each in findings}, key=str)


DUPLICATE = ("duplicate.ofChild", "parent-child-duplication")
REMADE = ("resurrection.remade", "child-outlives-parent")


class TestMeetingsMadeOfChildren:
    def test_a_meeting_that_says_what_a_child_says_is_there_twice(self, crm: Crm, client: Client) -> None:
        parent = made(crm, **KICKOFF, attendees=[BOB, GUEST])
        client.sync()
        copy = client.create(BOB)
        assert found(crm) == [DUPLICATE]
        (finding,) = crm.admin("GET", "/audit").json()["clients"][0]["findings"]
        assert finding["explanation"] == (
            f"Request 2 delivered a child of event {parent}. Request 3 created event {copy} with the same content."
        )

    @pytest.mark.parametrize("mended", ["deleted", "changed", "the other is deleted"])
    def test_it_is_there_once_when_one_of_them_is_gone_or_says_something_else(
        self, crm: Crm, client: Client, mended: str
    ) -> None:
        parent = made(crm, **KICKOFF, attendees=[BOB, GUEST])
        client.sync()
        copy = client.create(BOB)
        match mended:
            case "deleted":
                client.write("DELETE", copy)
            case "changed":
                client.write("PATCH", copy, {"subject": "Follow-up"})
            case _:
                edited(crm, parent, attendees=[GUEST])
        assert DUPLICATE not in found(crm)

    @pytest.mark.parametrize("attendees", [[BOB, GUEST], [CAT], [GUEST], [], [BOB | {"status": "Accepted"}]], ids=str)
    def test_a_meeting_with_others_at_the_same_time_is_another_one(
        self, crm: Crm, client: Client, attendees: Any
    ) -> None:
        made(crm, **KICKOFF, attendees=[BOB, GUEST])
        client.sync()
        client.create(*attendees)
        assert found(crm) == []

    def test_whoever_has_not_received_the_child_has_made_nothing_of_it(self, crm: Crm, client: Client) -> None:
        made(crm, **KICKOFF, attendees=[BOB, GUEST])
        client.create(BOB)
        assert found(crm) == []

    def test_a_copy_of_a_meeting_that_looks_like_its_child_is_no_copy_of_the_child(
        self, crm: Crm, client: Client
    ) -> None:
        made(crm, **KICKOFF, attendees=[BOB])
        client.sync()
        client.create(BOB)
        assert found(crm) == []

    def test_it_is_one_where_the_client_knows_the_child_alone(self, crm: Crm, client: Client) -> None:
        crm.set_dialect(childOrder="before")
        made(crm, **KICKOFF, attendees=[BOB])
        client.sync(limit="1")
        client.create(BOB)
        assert found(crm) == [DUPLICATE]

    def test_in_a_crm_without_child_events_a_parent_id_means_nothing(self, crm: Crm, client: Client) -> None:
        crm.set_dialect(childEvents="none")
        parent = made(crm, **KICKOFF, attendees=[BOB, GUEST])
        made(crm, **KICKOFF, attendees=[BOB], parentId=int(parent))
        client.sync()
        client.create(BOB)
        assert found(crm) == []


class TestMeetingsMadeOfOrphans:
    @pytest.fixture
    def review(self, crm: Crm, client: Client) -> str:
        """A meeting that a colleague will delete, and whose child will stay."""
        crm.set_dialect(childrenOnDelete="leave")
        event_id = made(crm, **KICKOFF, attendees=[BOB, GUEST])
        client.sync()
        return event_id

    def test_a_meeting_that_says_what_an_orphan_says_was_deleted(self, crm: Crm, client: Client, review: str) -> None:
        crm.act({"delete": {"event": review}})
        client.sync()
        client.create(BOB)
        assert found(crm) == [REMADE]

    def test_one_that_says_what_its_parent_said_was_remade_for_another_reason(
        self, crm: Crm, client: Client, review: str
    ) -> None:
        crm.act({"delete": {"event": review}})
        client.sync()
        client.create(BOB, GUEST)
        assert found(crm) == [("resurrection.remade", None)]

    def test_whoever_does_not_know_of_the_deletion_brings_nothing_back(
        self, crm: Crm, client: Client, review: str
    ) -> None:
        crm.act({"delete": {"event": review}})
        client.create(BOB)
        assert REMADE not in found(crm)

    def test_the_client_may_make_again_what_it_has_deleted_itself(self, crm: Crm, client: Client, review: str) -> None:
        client.write("DELETE", review)
        client.sync()
        client.create(BOB)
        assert found(crm) == []

    def test_an_edit_of_the_deleted_meeting_tells_what_the_client_knew(self, crm: Crm, client: Client) -> None:
        crm.set_dialect(childrenOnDelete="leave")
        event_id = made(crm, **KICKOFF, attendees=[BOB])
        client.sync()
        crm.act({"delete": {"event": event_id}})
        assert client.write("PATCH", event_id, {"location": "Turing"}) == 404
        client.sync()
        client.create(BOB)
        assert ("resurrection.remade", None) in found(crm)


class TestDeletions:
    def test_a_child_that_fell_with_its_parent_was_deleted_by_that(self, crm: Crm, client: Client) -> None:
        for delete in (
            lambda event: client.write("DELETE", event),
            lambda event: crm.act({"delete": {"event": event}}),
        ):
            parent = made(crm, **KICKOFF, attendees=[BOB])
            client.sync()
            own = child(crm, parent)
            delete(parent)
            assert client.write("DELETE", own) == 404
        assert found(crm) == [("write.toDeleted", "parent-delete-cascades")]
        client.write("DELETE", own)
        assert ("write.toDeletedAgain", "parent-delete-cascades") in found(crm)

    def test_a_child_that_was_deleted_alone_fell_with_nothing(self, crm: Crm, client: Client) -> None:
        parent = made(crm, **KICKOFF, attendees=[BOB, CAT])
        client.sync()
        own = child(crm, parent)
        crm.act({"delete": {"event": own}})
        crm.act({"delete": {"event": parent}})
        client.write("DELETE", own)
        assert found(crm) == [("write.toDeleted", "delete-of-deleted")]

    def test_an_edit_of_one_that_fell_is_an_edit_of_what_is_deleted(self, crm: Crm, client: Client) -> None:
        parent = made(crm, **KICKOFF, attendees=[BOB])
        client.sync()
        own = child(crm, parent)
        crm.act({"delete": {"event": parent}})
        client.write("PATCH", own, {"attendees": [BOB | {"status": "Accepted"}]})
        assert found(crm) == [("write.toDeleted", "edit-vs-delete")]


class TestReadsThatStop:
    @pytest.mark.parametrize("order", ["before", "after"])
    def test_a_read_that_stops_at_a_child_before_its_parent_has_that_hazard(
        self, crm: Crm, client: Client, order: str
    ) -> None:
        """With the parent first, whatever stops the client is something else."""
        crm.set_dialect(childOrder=order)
        made(crm, **KICKOFF, attendees=[BOB, CAT])
        since = client.since
        for _ in range(4):
            client.since = since
            client.sync(limit="1")
        assert found(crm) == [("read.futile", "child-before-parent" if order == "before" else None)]
