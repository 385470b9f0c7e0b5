"""The scenarios fixtures, served: the strange events come back as they were told, and a second start costs little."""

from typing import Any

import httpx
import pytest
import yaml

from mockcrm.sandbox.scenario.fixture_file import find_scenario
from mockcrm.sandbox.scenario.shipped import scenarios
from tests.served import Crm


@pytest.fixture(scope="module")
def nasty(http: httpx.Client) -> Crm:
    assert http.post("/admin/sandboxes", json={"name": "nasty", "scenario": "nasty"}).status_code == 201
    return Crm(http, "/sandboxes/nasty")


def payload() -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = yaml.load(scenarios()["nasty"].read_text(), yaml.CBaseLoader)["events"]
    return events


@pytest.mark.parametrize("event", payload(), ids=lambda event: event["key"])
def test_a_strange_event_comes_back_as_it_was_told(nasty: Crm, event: dict[str, Any]) -> None:
    read = nasty.admin("GET", f"/events/{event['key']}").json()
    for name in ("id", "subject", "description", "location"):
        assert name not in event or read[name] == event[name]
    assert "attendees" not in event or len(read["attendees"]) == len(event["attendees"])
    assert "parentId" not in event or str(read["parentId"]) == event["parentId"]


def test_strange_events_can_be_listed_patched_and_sent_back(nasty: Crm) -> None:
    for event in nasty.events():
        answer = nasty.api("PUT", f"/events/{event['id']}", event)
        assert answer.status_code == 200, answer.text
        assert {**answer.json(), "lastModifiedAt": None} == {**event, "lastModifiedAt": None}


def test_the_decade_is_found_in_any_of_its_weeks(nasty: Crm) -> None:
    week = {"startAt": "2027-05-03T00:00:00Z", "endAt": "2027-05-10T00:00:00Z"}
    assert [event["subject"] for event in nasty.events(**week)] == ["The whole decade"]


def test_a_fixture_that_is_loaded_twice_shares_its_events() -> None:
    first, second = (find_scenario("quarter").start() for _ in range(2))
    assert first is not second
    assert first.crm.store.events.latest("1001") is second.crm.store.events.latest("1001")


def test_a_large_quarter_is_a_sandbox_in_no_time(http: httpx.Client) -> None:
    answer = http.post("/admin/sandboxes", json={"name": "quarter", "scenario": "quarter"})
    assert answer.json()["events"] == 10_000
    assert http.delete("/admin/sandboxes/quarter").status_code == 204


def test_the_team_s_people_and_companies_are_found_from_its_events(http: httpx.Client) -> None:
    assert http.post("/admin/sandboxes", json={"name": "team", "scenario": "team"}).json()["events"] == 3
    crm = Crm(http, "/sandboxes/team")
    kickoff, demo, planning = crm.events()
    (wile,) = crm.api("GET", "/contacts?emailAddress=WILE@acme.example").json()["records"]
    (ann, bob) = crm.api("GET", "/users").json()["records"]
    (acme,) = crm.api("GET", f"/accounts?ownerId={ann['id']}").json()["records"]
    assert wile["accountId"] == acme["id"]
    assert [each["userId"] for each in planning["attendees"]] == [ann["id"], bob["id"]]
    assert kickoff["attendees"][1]["contactId"] == int(wile["id"])
    assert [(each["type"], each["name"]) for each in kickoff["relatedTo"]] == [
        ("Account", "Acme"),
        ("Opportunity", "Acme: anvils"),
    ]
    assert [each["emailAddress"] for each in demo["attendees"]] == [
        "bob@ourcompany.example",
        "roda@road.example",
        None,
        "stranger@nowhere.example",
    ]
