"""What the controls find: the events of a calendar or of an owner, and the people who have an e-mail address."""

from typing import Any

import pytest

from tests.served import BOTH, Crm, error

TIMES = {"startTime": "2026-03-03T09:00:00Z", "endTime": "2026-03-03T10:00:00Z"}


def made(crm: Crm, path: str, **fields: Any) -> str:
    answer = crm.admin("POST", f"/{path}", fields)
    assert answer.status_code == 201, answer.text
    record_id: str = answer.json()["id"]
    return record_id


def subjects(crm: Crm, **parameters: Any) -> list[str]:
    answer = crm.admin("GET", "/events", params=parameters)
    assert answer.status_code == 200, answer.text
    return [each["subject"] for each in answer.json()["records"]]


@pytest.fixture
def office(crm: Crm) -> dict[str, str]:
    """Two users, a second calendar, and three events: of whom and where, their subjects say."""
    ids = {name: made(crm, "users", name=name, emailAddress=f"{name}@own.example") for name in ("Ada", "Ben")}
    ids["Team"] = made(crm, "calendars", name="Team", ownerId=ids["Ben"])
    made(crm, "events", subject="Ada, primary", **TIMES)
    made(crm, "events", subject="Ben, primary", ownerId=ids["Ben"], **TIMES)
    made(crm, "events", subject="Ben, Team", ownerId=ids["Ben"], calendarId=ids["Team"], **TIMES)
    return ids


@BOTH
def test_the_controls_list_the_events_of_one_calendar_and_of_one_owner(crm: Crm, office: dict[str, str]) -> None:
    assert subjects(crm, calendarId=office["Team"]) == ["Ben, Team"]
    assert subjects(crm, calendarId="primary") == ["Ada, primary", "Ben, primary"]
    assert subjects(crm, ownerId="me") == ["Ada, primary"]
    assert subjects(crm, ownerId=office["Ben"], startAt="2026-03-01T00:00:00Z") == ["Ben, primary", "Ben, Team"]
    assert subjects(crm, ownerId=office["Ben"], calendarId="primary") == ["Ben, primary"]
    assert subjects(crm, calendarId=["primary", office["Team"]]) == ["Ada, primary", "Ben, primary", "Ben, Team"]
    assert subjects(crm, ownerId="nobody") == []


def test_a_page_token_goes_on_with_the_filter(crm: Crm, office: dict[str, str]) -> None:
    first = crm.admin("GET", "/events", params={"ownerId": office["Ben"], "limit": 1}).json()
    rest = crm.admin("GET", "/events", params={"pageToken": first["nextPageToken"]}).json()
    assert [each["subject"] for page in (first, rest) for each in page["records"]] == ["Ben, primary", "Ben, Team"]


def test_clients_have_no_such_filter(crm: Crm, office: dict[str, str]) -> None:
    for name in ("ownerId", "calendarId"):
        answer = crm.api("GET", "/events", params={name: office["Ben"]})
        error(answer, 400, "query.invalid")


def test_an_address_leads_to_all_who_have_it_whatever_its_case(crm: Crm, office: dict[str, str]) -> None:
    wile = made(crm, "contacts", lastName="Coyote", emailAddress="Wile@acme.example")
    other = made(crm, "contacts", lastName="Runner", otherEmailAddresses=["roda@acme.example", "WILE@ACME.example"])
    lead = made(crm, "leads", lastName="Coyote", emailAddress="wile@acme.example")
    gone = made(crm, "contacts", lastName="Gone", emailAddress="wile@acme.example")
    crm.admin("DELETE", f"/contacts/{gone}")

    asked = {"emailAddress": ["wile@ACME.example", "ben@own.example", "nobody@acme.example"]}
    found = crm.admin("GET", "/people", params=asked).json()
    assert [(each["emailAddress"], each["kind"], each["record"]["id"]) for each in found["people"]] == [
        ("wile@ACME.example", "contact", wile),
        ("wile@ACME.example", "contact", other),
        ("wile@ACME.example", "lead", lead),
        ("ben@own.example", "user", office["Ben"]),
    ]
    assert (found["length"], found["more"]) == (4, False)
    # Whoever gets another address is found by that.
    crm.admin("PATCH", f"/leads/{lead}", {"emailAddress": "new@acme.example"})
    (found,) = crm.admin("GET", "/people", params={"emailAddress": "new@acme.example"}).json()["people"]
    assert found["record"]["lastName"] == "Coyote"


def test_people_are_asked_for_by_addresses_and_the_answer_is_bounded(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    assert crm.admin("GET", "/people").json() == {"people": [], "length": 0, "more": False}
    error(crm.admin("GET", "/people", params={"emailAddress": ["a"] * 101}), 400, "query.invalid")
    monkeypatch.setattr("mockcrm.web.admin.kinds.MAX_PEOPLE", 1)
    for name in ("Coyote", "Runner"):
        made(crm, "contacts", lastName=name, emailAddress="info@acme.example")
    found = crm.admin("GET", "/people", params={"emailAddress": "info@acme.example"}).json()
    assert (found["length"], found["more"]) == (1, True)
