"""Several calendars: their own calls, the events in each, and what moves from one to another (contract, section 8)."""

from typing import Any

import httpx
import orjson
import pytest

from tests.refusals import nothing_changes
from tests.samples import TIMES
from tests.served import MONDAY, Crm, error
from tests.unchanged import ids, made, version


def calendar(crm: Crm, name: str = "Team") -> str:
    response = crm.api("POST", "/calendars", {"name": name})
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


def records(response: httpx.Response) -> list[Any]:
    assert response.status_code == 200, response.text
    found: list[Any] = response.json()["records"]
    return found


def events(crm: Crm, within: str, **query: Any) -> list[Any]:
    return records(crm.api("GET", f"/calendars/{within}/events", params=query))


def buried(crm: Crm, within: str = "primary", **query: Any) -> list[Any]:
    return records(crm.api("GET", f"/calendars/{within}/deletedEvents", params=query))


def put_in(crm: Crm, within: str, **fields: Any) -> Any:
    response = crm.api("POST", f"/calendars/{within}/events", {**TIMES, **fields})
    assert response.status_code == 201, response.text
    return response.json()


def move(crm: Crm, event: str, to: str | None, **how: Any) -> None:
    crm.act({"edit": {"event": event, "set": {"calendarId": to}, **how}})


# The calendars


def test_an_empty_crm_has_its_primary_calendar_and_no_change(crm: Crm) -> None:
    (primary,) = records(crm.api("GET", "/calendars"))
    assert (primary["name"], primary["primary"], primary["accessRole"]) == ("Calendar", True, "owner")
    assert crm.api("GET", "/calendars/primary").json() == primary
    assert crm.api("GET", f"/calendars/{primary['id']}").json() == primary
    assert crm.changes() == []
    assert crm.admin("GET", "/calendars/primary").json()["version"] == 1


def test_a_further_calendar_can_be_made_in_any_dialect(crm: Crm) -> None:
    team = crm.api("POST", "/calendars", {"name": "Team", "primary": True, "timezone": "Europe/Berlin"}).json()
    assert (team["primary"], team["timezone"]) == (False, "Europe/Berlin")
    assert len({each["id"] for each in records(crm.api("GET", "/calendars"))}) == 2
    error(crm.api("POST", "/calendars", {"name": None}), 422, "calendar.invalid")
    error(crm.api("POST", "/calendars", {"name": "x", "accessRole": "guest"}), 422, "calendar.invalid")


def test_the_primary_calendar_is_edited_like_any_other_but_never_deleted(crm: Crm) -> None:
    tag = crm.api("GET", "/calendars/primary").headers["ETag"]
    read = crm.api("GET", "/calendars/primary").json()
    changed = crm.api("PUT", "/calendars/primary", {**read, "name": "Mine"}, headers={"If-Match": tag}).json()
    assert (changed["name"], changed["primary"]) == ("Mine", True)
    (change,) = crm.changes()
    assert (change["op"], change["version"], change["before"]["name"]) == ("updated", 2, "Calendar")
    with nothing_changes(crm):
        error(crm.api("DELETE", "/calendars/primary"), 409, "calendar.protected")
        error(crm.admin("DELETE", f"/calendars/{read['id']}"), 409, "calendar.protected")


def test_the_primary_calendar_survives_a_snapshot_and_a_fork(crm: Crm) -> None:
    primary = crm.api("GET", "/calendars/primary").json()
    crm.api("PATCH", "/calendars/primary", {"name": "Mine"})
    saved = crm.controls.snapshot()
    crm.admin("PUT", "/snapshot", saved)
    assert crm.controls.snapshot() == saved
    again = crm.api("GET", "/calendars/primary").json()
    assert (again["id"], again["name"], again["primary"]) == (primary["id"], "Mine", True)


def test_an_older_snapshot_has_its_events_in_the_primary_calendar(crm: Crm) -> None:
    crm.create()
    older = orjson.loads(orjson.dumps(crm.controls.snapshot()))
    del older["primaryCalendar"], older["changes"][0]["record"]["calendarId"]
    crm.admin("PUT", "/snapshot", older)
    assert len(crm.events()) == len(events(crm, "primary")) == 1


def test_the_primary_calendar_has_an_id_of_the_dialect_s_form(crm: Crm) -> None:
    crm.set_dialect(idForm="guid")
    primary = crm.api("GET", "/calendars/primary").json()["id"]
    assert len(primary) == 36
    crm.create()
    crm.set_dialect(idForm="decimal")
    assert crm.api("GET", "/calendars/primary").json()["id"] == primary
    assert version(crm, crm.events()[0]["id"])["calendarId"] == primary


# Events in them


def test_an_event_is_in_its_own_calendar_alone(crm: Crm) -> None:
    team = calendar(crm)
    mine, theirs = crm.create()["id"], put_in(crm, team)["id"]
    assert ids(crm.events()) == ids(events(crm, "primary")) == [mine]
    assert ids(events(crm, team)) == [theirs]
    for path, event in (
        ("/events", theirs),
        ("/calendars/primary/events", theirs),
        (f"/calendars/{team}/events", mine),
    ):
        for method, body in (("GET", None), ("PATCH", {}), ("PUT", TIMES), ("DELETE", None)):
            error(crm.api(method, f"{path}/{event}", body), 404, "event.notFound")
    assert {each["id"]: each["calendarId"] == team for each in records(crm.admin("GET", "/events"))} == {
        mine: False,
        theirs: True,
    }


def test_all_calls_of_events_are_there_in_a_calendar(crm: Crm) -> None:
    team = calendar(crm)
    response = crm.api("POST", f"/calendars/{team}/events", TIMES)
    assert response.headers["Location"].endswith(f"/api/v1/calendars/{team}/events/{response.json()['id']}")
    path = f"/calendars/{team}/events/{response.json()['id']}"
    assert crm.api("GET", path).json() == response.json()
    assert crm.api("PATCH", path, {"subject": "x"}).json()["subject"] == "x"
    assert crm.api("PUT", path, TIMES).json()["subject"] is None
    assert ids(events(crm, team, startAt=TIMES["startTime"])) == [response.json()["id"]]
    assert crm.api("DELETE", path).status_code == 204
    error(crm.api("GET", path), 404, "event.deleted")
    assert ids(buried(crm, team)) == ids(events(crm, team, since=MONDAY, showDeleted="true")) == [response.json()["id"]]
    assert buried(crm) == []


@pytest.mark.parametrize(("method", "rest"), [("GET", "events"), ("POST", "events"), ("GET", "deletedEvents")])
def test_a_calendar_that_is_not_there_is_said_to_be_missing(crm: Crm, method: str, rest: str) -> None:
    body = TIMES if method == "POST" else None
    error(crm.api(method, f"/calendars/nowhere/{rest}", body), 404, "calendar.notFound")
    team = calendar(crm)
    crm.api("DELETE", f"/calendars/{team}")
    error(crm.api(method, f"/calendars/{team}/{rest}", body), 404, "calendar.deleted")
    crm.set_dialect(deletedStatus=410)
    error(crm.api(method, f"/calendars/{team}/{rest}", body), 410, "calendar.deleted")


def test_a_page_token_belongs_to_its_calendar(crm: Crm) -> None:
    team, other = calendar(crm), calendar(crm, "Other")
    for _ in range(2):
        put_in(crm, team), put_in(crm, other), crm.create()
    page = crm.api("GET", f"/calendars/{team}/events", params={"limit": 1}).json()
    rest = {"pageToken": page["nextPageToken"]}
    for path in ("/events", f"/calendars/{other}/events", f"/calendars/{team}/deletedEvents"):
        error(crm.api("GET", path, params=rest), 400, "pageToken.invalid")
    second = crm.api("GET", f"/calendars/{team}/events", params=rest).json()
    assert ids(page["records"] + second["records"]) == ids(events(crm, team))
    first = crm.api("GET", "/events", params={"limit": 1}).json()
    assert events(crm, "primary", pageToken=first["nextPageToken"])


def test_the_dialect_says_whether_events_show_their_calendar(crm: Crm) -> None:
    team = calendar(crm)
    assert "calendarId" not in put_in(crm, team)
    error(crm.api("POST", "/events", {**TIMES, "calendarId": team}), 422, "event.invalid")
    crm.set_dialect(calendars="many")
    assert put_in(crm, team)["calendarId"] == team
    assert put_in(crm, team, calendarId=team)["calendarId"] == team
    assert put_in(crm, team, calendarId=None)["calendarId"] == team
    primary = crm.api("GET", "/calendars/primary").json()["id"]
    assert put_in(crm, "primary", calendarId="primary")["calendarId"] == crm.create()["calendarId"] == primary


def test_the_path_says_in_which_calendar_a_new_event_is(crm: Crm) -> None:
    team = calendar(crm)
    crm.set_dialect(calendars="many")
    with nothing_changes(crm):
        assert "calendarId" in error(crm.api("POST", "/events", {**TIMES, "calendarId": team}), 422, "event.invalid")
        error(crm.api("POST", f"/calendars/{team}/events", {**TIMES, "calendarId": "nowhere"}), 422, "event.invalid")
    assert version(crm, made(crm, calendarId=team))["calendarId"] == team


def test_an_idempotency_key_is_for_one_calendar(crm: Crm) -> None:
    team, headers = calendar(crm), {"Idempotency-Key": "once"}
    first = crm.api("POST", "/events", TIMES, headers=headers).json()
    other = crm.api("POST", f"/calendars/{team}/events", TIMES, headers=headers).json()
    assert [ids(events(crm, each)) for each in ("primary", team)] == [[first["id"]], [other["id"]]]
    crm.admin("PUT", "/snapshot", crm.everything())
    with nothing_changes(crm):
        assert crm.api("POST", f"/calendars/{team}/events", TIMES, headers=headers).json() == other
        assert crm.api("POST", "/calendars/primary/events", TIMES, headers=headers).json() == first


def test_the_journal_knows_the_calendar_of_a_request(crm: Crm) -> None:
    team = calendar(crm)
    event = put_in(crm, team)["id"]
    crm.api("GET", f"/calendars/{team}/events/{event}")
    crm.api("GET", f"/events/{event}")

    def found(**matcher: Any) -> list[Any]:
        return [
            (each["calendarId"], each["recordId"])
            for each in crm.admin("POST", "/requests/find", matcher).json()["requests"]
        ]

    assert found(operation="getEvent") == [(team, event), (None, event)]
    assert found(calendarId=team) == [(team, None), (team, event)]
    assert found(operation="getEvent", calendarId=None) == [(None, event)]


# Moves


def test_an_event_that_moves_leaves_a_tombstone_and_is_new_where_it_comes(crm: Crm) -> None:
    team = calendar(crm)
    crm.set_dialect(calendars="many")
    event = crm.create(subject="Demo")
    crm.advance("1m")
    watermark = crm.now()
    moved = crm.api("PATCH", f"/events/{event['id']}", {"calendarId": team})
    assert moved.json()["calendarId"] == team
    stamp = moved.json()["lastModifiedAt"]
    gone = {"id": event["id"], "deleted": True, "deletedAt": stamp, "lastModifiedAt": stamp}
    assert buried(crm) == crm.events(since=watermark, showDeleted="true") == [gone]
    assert crm.events(since=watermark) == []
    assert events(crm, team, since=watermark) == [moved.json()]
    assert buried(crm, team) == []
    error(crm.api("GET", f"/events/{event['id']}"), 404, "event.deleted")
    assert crm.api("GET", f"/calendars/{team}/events/{event['id']}").json() == moved.json()
    assert [change["op"] for change in crm.changes()] == ["created", "created", "updated"]


def test_what_becomes_of_the_event_elsewhere_leaves_the_tombstone_as_it_is(crm: Crm) -> None:
    team = calendar(crm)
    event = crm.create()["id"]
    move(crm, event, team)
    before = buried(crm)
    crm.api("PATCH", f"/calendars/{team}/events/{event}", {"subject": "x"})
    crm.api("DELETE", f"/calendars/{team}/events/{event}")
    assert buried(crm) == before
    assert ids(buried(crm, team)) == [event]
    crm.admin("POST", f"/events/{event}/restore")
    assert (buried(crm), ids(events(crm, team))) == (before, [event])


def test_what_comes_back_takes_its_tombstone_away(crm: Crm) -> None:
    team = calendar(crm)
    event = crm.create()["id"]
    move(crm, event, team)
    move(crm, event, None)
    assert (buried(crm), ids(crm.events())) == ([], [event])
    assert ids(buried(crm, team)) == [event]
    assert crm.api("GET", f"/events/{event}").status_code == 200
    error(crm.api("GET", f"/calendars/{team}/events/{event}"), 404, "event.deleted")


def test_a_move_that_lists_do_not_show_yet(crm: Crm) -> None:
    team = calendar(crm)
    event = crm.create()["id"]
    move(crm, event, team, visibleAfter="1m")
    assert (ids(crm.events()), buried(crm), events(crm, team)) == ([event], [], [])
    error(crm.api("GET", f"/events/{event}"), 404, "event.deleted")
    assert crm.api("GET", f"/calendars/{team}/events/{event}").status_code == 200
    crm.advance("1m")
    assert (crm.events(), ids(buried(crm)), ids(events(crm, team))) == ([], [event], [event])


def test_a_tombstone_of_a_move_expires_like_any_other(crm: Crm) -> None:
    team = calendar(crm)
    event = crm.create()["id"]
    crm.set_dialect(tombstoneRetention="1m")
    move(crm, event, team)
    assert ids(buried(crm)) == [event]
    crm.advance("2m")
    assert buried(crm) == []


def test_a_replacement_leaves_an_event_where_it_is(crm: Crm) -> None:
    team = calendar(crm)
    event = put_in(crm, team)["id"]
    crm.admin("PUT", f"/events/{event}", TIMES)
    crm.api("PUT", f"/calendars/{team}/events/{event}", TIMES)
    assert ids(events(crm, team)) == [event]


def test_an_event_cannot_move_to_a_calendar_that_is_not_there(crm: Crm) -> None:
    team = calendar(crm)
    event = crm.create()["id"]
    crm.api("DELETE", f"/calendars/{team}")
    for where in (team, "nowhere"):
        with nothing_changes(crm):
            assert "calendarId" in error(
                crm.admin("PATCH", f"/events/{event}", {"calendarId": where}), 422, "event.invalid"
            )


def test_a_calendar_is_called_by_its_key(crm: Crm) -> None:
    crm.act({"create": {"kind": "calendar", "key": "team", "set": {"name": "Team"}}})
    event = made(crm, calendarId="team")
    assert version(crm, event)["calendarId"] == crm.admin("GET", "/calendars/team").json()["id"]


# Deletion


def test_a_calendar_takes_its_events_with_it(crm: Crm) -> None:
    team = calendar(crm)
    mine, theirs = crm.create()["id"], put_in(crm, team)["id"]
    assert crm.api("DELETE", f"/calendars/{team}").status_code == 204
    *_, of_event, of_calendar = crm.changes()
    assert (of_event["eventId"], of_event["op"], of_event["origin"]) == (theirs, "deleted", "crm")
    assert (of_calendar["recordId"], of_calendar["origin"]) == (team, "client")
    assert of_event["stamp"] == of_calendar["stamp"]
    assert of_event["requestId"] == of_calendar["requestId"]
    assert ids(crm.events()) == [mine]
    assert version(crm, theirs)["deleted"] is True


def test_an_event_is_restored_only_where_its_calendar_is(crm: Crm) -> None:
    team = calendar(crm)
    event = put_in(crm, team)["id"]
    crm.admin("DELETE", f"/calendars/{team}")
    with nothing_changes(crm):
        error(crm.admin("POST", f"/events/{event}/restore"), 422, "event.invalid")
    crm.admin("POST", f"/calendars/{team}/restore")
    assert (events(crm, team), ids(buried(crm, team))) == ([], [event])
    assert crm.admin("POST", f"/events/{event}/restore").status_code == 200
    assert ids(events(crm, team)) == [event]


def test_an_event_that_moved_away_survives_its_old_calendar(crm: Crm) -> None:
    team = calendar(crm)
    event = put_in(crm, team)["id"]
    move(crm, event, "primary")
    crm.api("DELETE", f"/calendars/{team}")
    assert ids(crm.events()) == [event]
