"""The audit of a client that syncs calendars: each has lists of its own, and an event may move from one to another."""

from typing import Any

import pytest

from tests.served import Crm

TIMES = {"startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z"}


@pytest.fixture
def team(crm: Crm) -> str:
    """The id of a second calendar."""
    crm.admin("PATCH", "/dialect", {"calendars": "many"})
    (made,) = crm.act({"create": {"kind": "calendar", "set": {"name": "Team"}}})
    calendar_id: str = made["recordId"]
    return calendar_id


def event_in(crm: Crm, calendar: str | None = None) -> str:
    place = {"calendarId": calendar} if calendar else {}
    (made,) = crm.act({"create": {"set": {"subject": "Review", **TIMES, **place}}})
    event_id: str = made["recordId"]
    return event_id


def read(crm: Crm, calendar: str | None = None, since: str | None = None) -> str:
    """A complete read of a calendar, by default of the primary, with tombstones; the instant that it speaks for."""
    path = f"/calendars/{calendar}/events" if calendar else "/events"
    answer = crm.api("GET", path, params={"showDeleted": "true", **({"since": since} if since else {})})
    assert answer.status_code == 200, answer.text
    as_of: str = answer.json()["asOf"]
    return as_of


def verdict(crm: Crm) -> tuple[str, int, list[Any]]:
    (client,) = crm.controls.audit()["clients"]
    return client["verdict"], client["pending"], client["findings"]


def test_a_client_of_one_calendar_is_owed_nothing_of_another(crm: Crm, team: str) -> None:
    event_in(crm)
    bound = read(crm)
    event_in(crm, team)
    read(crm, since=bound)
    assert verdict(crm) == ("passed", 0, [])


def test_the_primary_calendar_is_the_same_by_all_its_names(crm: Crm, team: str) -> None:
    event = event_in(crm)
    bound = read(crm)
    crm.act({"edit": {"event": event, "set": {"location": "Room Turing"}}})
    read(crm, "primary", bound)
    assert verdict(crm) == ("passed", 0, [])


def test_what_is_pending_in_one_calendar_is_not_so_in_the_other(crm: Crm, team: str) -> None:
    bounds = {calendar: read(crm, calendar) for calendar in (None, team)}
    event_in(crm, team)
    read(crm, since=bounds[None])
    assert verdict(crm)[:2] == ("passed", 1)


def test_one_watermark_for_two_calendars_is_found(crm: Crm, team: str) -> None:
    """The team's calendar is read first, and the watermark of both is taken from the later read of the other."""
    event = event_in(crm, team)
    read(crm, team)
    crm.act({"advance": {"by": "1m"}})
    bound = read(crm)
    crm.act({"edit": {"event": event, "set": {"location": "Room Turing"}, "stamp": "-30s"}})
    crm.act({"advance": {"by": "1m"}})
    read(crm, team, bound)
    _, _, (found,) = verdict(crm)
    assert (found["code"], found["eventId"]) == ("watermark.shared", event)
    assert "asked for another calendar, and the client keeps one watermark for both." in found["explanation"]


def test_an_event_that_moves_leaves_a_tombstone_which_a_watermark_may_pass(crm: Crm, team: str) -> None:
    event = event_in(crm)
    bound = read(crm)
    crm.act({"edit": {"event": event, "set": {"calendarId": team}, "visibleAfter": "5m"}})
    crm.act({"advance": {"by": "1m"}})
    bound = read(crm, since=bound)
    crm.act({"advance": {"by": "10m"}})
    read(crm, since=bound)
    _, _, (found,) = verdict(crm)
    assert (found["code"], found["eventId"]) == ("deletion.outOfReach", event)
    assert found["title"] == f"“Review” was moved to calendar {team}, and its tombstone is out of this client's reach"
    assert f"Event {event}, “Review”, was moved to calendar {team} by a colleague at " in found["explanation"]
    assert "deleted" not in found["explanation"]
    assert any(f"version 2 moved to calendar {team} by a colleague" in each["what"] for each in found["timeline"])


def test_where_it_came_to_the_audit_says_that_it_was_moved_too(crm: Crm, team: str) -> None:
    event = event_in(crm)
    bound = read(crm, team)
    crm.act({"edit": {"event": event, "set": {"calendarId": team}, "stamp": "-1h"}})
    read(crm, team, bound)
    _, _, (found,) = verdict(crm)
    assert found["title"] == f"“Review” was moved to calendar {team}, and the change is out of this client's reach"


def test_a_client_of_both_calendars_is_given_both_halves_of_a_move(crm: Crm, team: str) -> None:
    event = event_in(crm)
    bounds = {calendar: read(crm, calendar) for calendar in (None, team)}
    crm.act({"edit": {"event": event, "set": {"calendarId": team}}})
    assert verdict(crm)[1] == 2
    for calendar, bound in bounds.items():
        read(crm, calendar, bound)
    assert verdict(crm) == ("passed", 0, [])
    crm.act({"edit": {"event": event, "set": {"calendarId": "primary"}}})
    assert verdict(crm)[1] == 2


def test_a_client_that_moves_an_event_knows_where_it_is(crm: Crm, team: str) -> None:
    event = event_in(crm)
    read(crm, team)
    read(crm)
    assert crm.api("PATCH", f"/events/{event}", {"calendarId": team}).status_code == 200
    assert verdict(crm) == ("passed", 0, [])
