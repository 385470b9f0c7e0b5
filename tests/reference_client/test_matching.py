"""The reference client tells who an attendee is: users, contacts and leads of the CRM, found by their addresses."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.rendering import shown_record
from mockcrm.reference_client.client import Client
from mockcrm.reference_client.crm_api import CrmApi
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.reference_client.stored_state import restore_state, state_document
from mockcrm.trials.mutants import MATCHING_MUTANTS
from mockcrm.trials.run import client_of
from tests.trials.worlds import TIMES, World

WILE = {"lastName": "Coyote", "emailAddress": "wile@acme.example"}


class Office(World):
    """A CRM with some people, and a client that matches attendees to them."""

    def __init__(self, *without: Safeguard, **knobs: Any) -> None:
        super().__init__(knobs, frozenset(without), matching=True)
        self.me = self.user("me")

    def made(self, kind: str, **fields: Any) -> str:
        (result,) = self.act({"create": {"kind": kind, "set": fields}})
        record_id: str = result.change.record.id
        return record_id

    def user(self, name: str) -> str:
        return self.made("user", name=name.capitalize(), emailAddress=f"{name}@ourcompany.example")

    def meet(self, *addresses: str, **fields: Any) -> str:
        """Have the user plan a meeting with some people, and sync; the entry's id."""
        attendees = [{"emailAddress": each} for each in addresses]
        name = f"meeting{len(self.mailbox.items)}"
        content = {**TIMES, "subject": "Meeting", "attendees": attendees, **fields}
        self.client.apply([{"create": {"as": name, "set": content}}])
        self.client.sync()
        return self.client.names[name]

    def records(self, kind: str) -> list[dict[str, Any]]:
        with self.sandbox.open() as state:
            live = state.crm.store.of(KINDS[kind]).live()
            return [shown_record(change, names=state.crm.store.link_names) for change in live]

    @property
    def event(self) -> dict[str, Any]:
        """The one event that there is."""
        (only,) = self.records("event")
        return only

    def attendee(self) -> dict[str, Any]:
        (only,) = self.event["attendees"]
        return dict(only)

    def links(self) -> list[tuple[str, str]]:
        return [(each["type"], each["id"]) for each in self.event["relatedTo"]]

    def asked(self) -> list[str | None]:
        return [entry.operation for entry in self.sandbox.journal.entries()]

    def grave(self) -> list[str]:
        return [found.kind.code for found in self.findings() if found.kind.is_grave]

    def writes(self) -> int:
        return sum(operation in ("createEvent", "updateEvent") for operation in self.asked())


def attendee(address: str, **more: Any) -> Mapping[str, Any]:
    return {"userId": None, "contactId": None, "emailAddress": address, "status": "NeedsAction", **more}


def api_of(office: Office) -> CrmApi:
    assert isinstance(office.client.client, Client)
    return office.client.client.crm


class TestUploading:
    def test_links_a_contact_and_its_account_whatever_the_case(self) -> None:
        office = Office()
        acme = office.made("account", name="Acme")
        wile = office.made("contact", **WILE, accountId=acme)
        office.meet("Wile@ACME.example")
        assert office.attendee() == attendee("Wile@ACME.example", contactId=int(wile))
        assert office.links() == [("Contact", wile), ("Account", acme)]

    def test_letter_by_letter_it_finds_nobody_in_capitals(self) -> None:
        office = Office(Safeguard.MATCHES_ANY_CASE)
        office.made("contact", **WILE)
        office.meet("Wile@ACME.example")
        assert (office.attendee()["contactId"], office.links()) == (None, [])

    def test_links_users_and_leads_each_in_their_way(self) -> None:
        office = Office()
        ann, roda = office.user("ann"), office.made("lead", lastName="Runner", emailAddress="roda@desert.example")
        office.meet("ann@ourcompany.example", "roda@desert.example", "nobody@acme.example")
        assert office.event["attendees"] == [
            attendee("ann@ourcompany.example", userId=ann),
            attendee("roda@desert.example"),
            attendee("nobody@acme.example"),
        ]
        assert office.links() == [("Lead", roda)]

    def test_a_contact_comes_before_a_lead_with_the_same_address(self) -> None:
        office = Office()
        office.made("lead", **WILE)
        wile = office.made("contact", **WILE)
        office.meet("wile@acme.example")
        assert office.links() == [("Contact", wile)]

    def test_knows_a_secondary_address_which_no_filter_finds(self) -> None:
        for without, is_found in (((), True), ((Safeguard.KEEPS_DIRECTORY,), False)):
            office = Office(*without)
            wile = office.made("contact", **WILE, otherEmailAddresses=["wile@home.example"])
            office.meet("Wile@Home.example")
            assert office.attendee()["contactId"] == (int(wile) if is_found else None)

    def test_a_main_address_comes_before_a_secondary_one(self) -> None:
        office = Office()
        office.made(
            "contact",
            lastName="Assistant",
            emailAddress="desk@acme.example",
            otherEmailAddresses=[WILE["emailAddress"]],
        )
        wile = office.made("contact", **WILE)
        office.meet("wile@acme.example")
        assert office.links() == [("Contact", wile)]

    def test_asks_for_all_unknown_addresses_at_once_page_by_page(self) -> None:
        office = Office(Safeguard.KEEPS_DIRECTORY, pageSize=1)
        people = [office.made("contact", lastName=name, emailAddress=f"{name}@acme.example") for name in ("one", "two")]
        office.meet("ONE@acme.example", "two@acme.example")
        assert [each["contactId"] for each in office.event["attendees"]] == [int(each) for each in people]
        asked = [each.path for each in office.sandbox.journal.entries() if each.operation == "listContacts"]
        assert len(asked) == 2

    def test_the_calendar_sees_nothing_of_links_and_nothing_bounces_back(self) -> None:
        office = Office()
        office.made("contact", **WILE)
        entry = office.mailbox.items[office.meet("wile@acme.example")]
        assert entry.content["attendees"] == [{"emailAddress": "wile@acme.example", "status": "NeedsAction"}]
        revision = entry.revision
        office.settle()
        assert (office.writes(), entry.revision) == (1, revision)
        assert not office.grave()

    @pytest.mark.parametrize(
        "knobs",
        [
            {"idForm": "guid"},
            {"idForm": "alphanumeric18"},
            {"deletions": "endpoint"},
            {"updateVerbs": "put"},
            {"writeAnswer": "nothing"},
            {"pageSize": 1},
            {"listShape": "array"},
            {"relatedToShape": "object"},
            {"normalization": ["lowerCaseAddresses"]},
            {"references": "refuse"},
        ],
        ids=str,
    )
    def test_links_whatever_the_dialect(self, knobs: dict[str, Any]) -> None:
        office = Office(**knobs)
        office.sync()
        office.meet("Wile@acme.example")
        wile = office.made("contact", **WILE)
        office.settle()
        assert str(office.attendee()["contactId"]) == wile
        assert office.links() == [("Contact", wile)]
        assert office.writes() == 2

    def test_a_creation_whose_answer_is_lost_is_repeated_as_it_was(self) -> None:
        office = Office(Safeguard.RETRIES)
        office.act(
            {"fault": {"match": {"operation": "createEvent"}, "effect": {"disconnect": {"when": "after"}}, "times": 1}}
        )
        office.client.apply(
            [{"create": {"set": {**TIMES, "subject": "Meeting", "attendees": [attendee(WILE["emailAddress"])]}}}]
        )
        office.sync()
        wile = office.made("contact", **WILE)
        office.sync()
        office.settle()
        assert office.attendee()["contactId"] == int(wile)
        assert office.writes() == 3


class TestChanging:
    def test_links_a_new_attendee_and_leaves_the_others_to_the_crm(self) -> None:
        office = Office()
        office.made("contact", **WILE)
        roda = office.made("contact", lastName="Runner", emailAddress="roda@desert.example")
        item = office.meet("wile@acme.example")
        event = office.event["id"]
        bare = {"attendees": [{"emailAddress": "wile@acme.example"}], "relatedTo": []}
        office.act({"edit": {"event": event, "set": bare}})
        office.sync()
        entry = office.mailbox.items[item]
        office.mailbox.edit(item, {"attendees": [*entry.content["attendees"], {"emailAddress": "Roda@desert.example"}]})
        office.sync()
        assert [each["contactId"] for each in office.event["attendees"]] == [None, int(roda)]
        assert office.links() == [("Contact", roda)]

    def test_a_deleted_contact_stays_linked_and_is_not_made_again(self) -> None:
        office = Office()
        wile = office.made("contact", **WILE)
        item = office.meet("wile@acme.example")
        office.act({"delete": {"kind": "contact", "record": wile}})
        office.mailbox.edit(item, {"location": "Room 7"})
        office.settle()
        assert (office.attendee()["contactId"], office.event["location"]) == (int(wile), "Room 7")
        assert office.records("contact") == []

    def test_a_merged_contact_is_whom_it_was_merged_into(self) -> None:
        office = Office()
        wile = office.made("contact", **WILE)
        twin = office.made("contact", lastName="Coyote", emailAddress="wile@home.example")
        item = office.meet("wile@acme.example")
        office.act({"merge": {"kind": "contact", "into": twin, "from": [wile]}})
        office.sync()
        office.mailbox.edit(item, {"location": "Room 7"})
        office.settle()
        assert (office.attendee()["contactId"], office.event["location"]) == (int(twin), "Room 7")
        assert not office.grave()

    def test_an_address_that_changes_case_is_no_change(self) -> None:
        office = Office()
        wile = office.made("contact", **WILE)
        item = office.meet("wile@acme.example")
        office.act({"edit": {"kind": "contact", "record": wile, "set": {"emailAddress": "WILE@acme.example"}}})
        office.mailbox.edit(item, {"attendees": [{"emailAddress": "Wile@Acme.example", "status": "Accepted"}]})
        office.settle()
        assert office.attendee() == attendee("wile@acme.example", contactId=int(wile), status="Accepted")
        assert office.writes() == 2

    def test_a_renamed_account_changes_no_event(self) -> None:
        office = Office()
        acme = office.made("account", name="Acme")
        office.made("contact", **WILE, accountId=acme)
        item = office.meet("wile@acme.example")
        revision = office.mailbox.items[item].revision
        office.act({"edit": {"kind": "account", "record": acme, "set": {"name": "Acme Holding"}}})
        office.act({"advance": {"by": "2d"}})
        office.sync()
        assert office.mailbox.items[item].revision == revision
        office.mailbox.delete(item)
        office.sync()
        assert office.records("event") == []


class TestUnmatched:
    def test_who_appears_later_is_linked_then_and_nothing_else_changes(self) -> None:
        for without, is_linked in (((), True), ((Safeguard.RETRIES_UNMATCHED,), False)):
            office = Office(*without)
            item = office.meet("wile@acme.example", "roda@desert.example")
            revision = office.mailbox.items[item].revision
            wile = office.made("contact", **WILE)
            office.settle()
            assert office.event["attendees"] == [
                attendee("wile@acme.example", contactId=int(wile) if is_linked else None),
                attendee("roda@desert.example"),
            ]
            assert (office.writes(), office.mailbox.items[item].revision) == (1 + is_linked, revision)
            assert not office.grave()

    def test_a_colleagues_edit_meanwhile_stays(self) -> None:
        office = Office()
        item = office.meet("wile@acme.example")
        office.made("contact", **WILE)
        office.act({"edit": {"event": office.event["id"], "set": {"location": "Room 7"}}})
        office.sync()
        assert (office.event["location"], len(office.links())) == ("Room 7", 1)
        assert office.mailbox.items[item].content["location"] == "Room 7"
        office.settle()
        assert office.writes() == 2

    def test_is_left_alone_where_a_colleague_wrote_it_or_took_the_link_away(self) -> None:
        office = Office()
        office.act(
            {"create": {"set": {**TIMES, "subject": "Call", "attendees": [{"emailAddress": "wile@acme.example"}]}}}
        )
        office.sync()
        office.made("contact", **WILE)
        office.settle()
        assert (office.attendee()["contactId"], office.writes()) == (None, 0)

    def test_of_a_deleted_event_it_is_forgotten(self) -> None:
        office = Office()
        office.meet("wile@acme.example")
        office.act({"delete": {"event": office.event["id"]}})
        office.made("contact", **WILE)
        office.settle()
        assert (office.records("event"), office.writes()) == ([], 1)
        assert state_document(office.client)["PeopleMatcher"]["unmatched"] == {}


def day(*without: Safeguard) -> Any:
    """What the CRM has after a day on which each safeguard of matching mattered."""
    office = Office(*without)
    office.user("ann")
    office.made("contact", **WILE, otherEmailAddresses=["wile@home.example"])
    office.meet("ANN@ourcompany.example", "ann@ourcompany.example", subject="Lunch")
    office.meet("Wile@ACME.example", "roda@desert.example", subject="Demo")
    office.meet("wile@home.example", subject="Visit")
    office.made("contact", lastName="Runner", emailAddress="roda@desert.example")
    office.settle()
    assert office.grave() == []
    return {each["subject"]: [who["contactId"] for who in each["attendees"]] for each in office.records("event")}


def test_each_mutant_has_another_day_than_the_careful_client() -> None:
    careful = day()
    assert careful == {"Demo": [1001, 1002], "Visit": [1001]}
    assert {lacks for each in MATCHING_MUTANTS for lacks in each.without} == {
        Safeguard.MATCHES_ANY_CASE,
        Safeguard.KEEPS_DIRECTORY,
        Safeguard.LEAVES_INTERNAL,
        Safeguard.RETRIES_UNMATCHED,
    }
    for mutant in MATCHING_MUTANTS:
        assert mutant.matching
        assert day(*mutant.without) != careful, mutant


class TestInternalMeetings:
    def test_stay_in_the_mailbox_until_somebody_else_comes(self) -> None:
        office = Office()
        office.user("ann"), office.user("ben")
        item = office.meet("Ann@ourcompany.example", "BEN@ourcompany.example")
        assert office.records("event") == []
        office.mailbox.edit(
            item, {"attendees": [{"emailAddress": "ann@ourcompany.example"}, {"emailAddress": "wile@acme.example"}]}
        )
        office.sync()
        assert office.event["subject"] == "Meeting"

    def test_are_uploaded_without_that_safeguard(self) -> None:
        office = Office(Safeguard.LEAVES_INTERNAL)
        office.user("ann")
        office.meet("ann@ourcompany.example")
        assert office.event["subject"] == "Meeting"

    def test_that_are_in_the_crm_by_other_means_stay_there_and_are_synced(self) -> None:
        office = Office()
        office.user("ann")
        guests = [{"emailAddress": "ann@ourcompany.example"}]
        office.act({"create": {"set": {**TIMES, "subject": "Weekly", "attendees": guests}}})
        office.sync()
        (item,) = office.mailbox.items
        office.mailbox.edit(item, {"location": "Room 7"})
        office.settle()
        assert (office.event["subject"], office.event["location"]) == ("Weekly", "Room 7")

    def test_one_that_becomes_internal_stays_in_the_crm(self) -> None:
        office = Office()
        ann = office.user("ann")
        item = office.meet("ann@ourcompany.example", "wile@acme.example")
        office.mailbox.edit(item, {"attendees": [{"emailAddress": "ann@ourcompany.example"}]})
        office.settle()
        assert office.attendee() == attendee("ann@ourcompany.example", userId=ann)

    def test_an_appointment_of_ones_own_is_none(self) -> None:
        office = Office()
        office.user("ann")
        office.meet("ME@ourcompany.example", subject="Thinking")
        office.meet("me@ourcompany.example", "ann@ourcompany.example", subject="Weekly")
        office.meet(subject="Lunch")
        assert [each["subject"] for each in office.records("event")] == ["Thinking", "Lunch"]
        (thinking, _) = office.records("event")
        assert thinking["attendees"][0]["userId"] == office.me

    def test_in_a_crm_that_does_not_know_who_is_asking_everybody_is_a_colleague(self) -> None:
        world = World({"me": "5000"}, matching=True)
        world.act({"create": {"kind": "user", "set": {"name": "Ann", "emailAddress": "ann@ourcompany.example"}}})
        guests = [{"emailAddress": "ann@ourcompany.example"}]
        world.client.apply([{"create": {"set": {**TIMES, "subject": "Weekly", "attendees": guests}}}])
        world.settle()
        assert "createEvent" not in [entry.operation for entry in world.sandbox.journal.entries()]


class TestDirectory:
    def test_follows_the_deltas_of_people_each_from_its_own_watermark(self) -> None:
        office = Office()
        wile = office.made("contact", **WILE)
        office.sync()
        office.act({"edit": {"kind": "contact", "record": wile, "set": {"emailAddress": "wile@new.example"}}})
        office.sync()
        asked = [each for each in office.sandbox.journal.entries() if each.operation == "listContacts"]
        first, second = asked[:2]
        assert [*first.query] == []
        assert {*second.query} == {"since", "showDeleted"}
        office.meet("wile@new.example", "wile@acme.example")
        assert [each["contactId"] for each in office.event["attendees"]] == [int(wile), None]

    def test_forgets_who_was_deleted_or_merged(self) -> None:
        for merged in ("deleted", "pointer", "follow"):
            office = Office(merged=merged)
            wile, twin = (
                office.made("contact", lastName="Coyote", emailAddress=f"{each}@acme.example") for each in "ab"
            )
            office.sync()
            office.act({"merge": {"kind": "contact", "into": twin, "from": [wile]}})
            office.act({"advance": {"by": "2d"}})
            office.sync()
            assert [*state_document(office.client)["People/contacts"]["known"]] == [twin]

    def test_is_remembered_with_what_is_still_to_do(self) -> None:
        office = Office()
        office.user("ann")
        office.meet("wile@acme.example")
        document = json.loads(json.dumps(state_document(office.client)))
        again = client_of(office.sandbox, office.wiretap, matching=True)
        restore_state(again, document)
        assert state_document(again) == document
        wile = office.made("contact", **WILE)
        again.sync()
        assert office.attendee()["contactId"] == int(wile)
        assert sum(each.path.endswith("/users") and not each.query for each in office.sandbox.journal.entries()) == 1

    def test_is_read_in_several_attempts_where_the_crm_asks_to_wait(self) -> None:
        office = Office()
        office.made("contact", **WILE)
        office.act({"create": {"set": {**TIMES, "subject": "Call"}}})
        api_of(office).max_wait = 10
        office.act({"fault": {"effect": {"rateLimit": {"requests": 2, "per": "1m", "retryAfter": "seconds"}}}})
        for _ in range(3):
            office.sync()
            office.act({"advance": {"by": "1m"}})
        asked = [each.operation for each in office.sandbox.journal.entries() if each.status == 200]
        assert [each.content["subject"] for each in office.mailbox.items.values()] == ["Call"]
        assert asked[:4] == ["listUsers", "listContacts", "listLeads", "listEvents"]

    def test_nobody_asks_for_people_without_matching(self) -> None:
        world = World({})
        world.client.apply(
            [{"create": {"set": {**TIMES, "subject": "Call", "attendees": [{"emailAddress": "a@b.example"}]}}}]
        )
        world.settle()
        assert {entry.kind for entry in world.sandbox.journal.entries()} <= {"event", None}


def test_the_copy_of_a_client_that_knows_people_has_them_too() -> None:
    office = Office()
    wile = office.made("contact", **WILE)
    office.made("lead", lastName="Runner", otherEmailAddresses=["roda@desert.example"])
    office.client.sync()
    office.act({"edit": {"kind": "contact", "record": wile, "set": {"accountId": "71"}}})
    office.client.sync()
    copy = office.client.replica()
    assert copy == {
        "events": {"replica": []},
        **{f"{kind}s": office.records(kind) for kind in ("user", "contact", "lead")},
    }
    assert [each["accountId"] for each in copy["contacts"]] == ["71"]


def test_who_asks_for_people_by_filters_has_a_copy_of_the_events_alone() -> None:
    office = Office(Safeguard.KEEPS_DIRECTORY)
    office.client.sync()
    assert office.client.replica() == {"replica": []}
