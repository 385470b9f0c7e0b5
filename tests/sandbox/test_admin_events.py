"""Events as a colleague in the CRM sees and edits them (contract, section 6)."""

from typing import Any

import pytest

from tests.served import MONDAY, Crm, error
from tests.unchanged import EVENT, declined, delta, edited, ids, made, subjects, tombstones, version


@pytest.fixture(params=["id", "key"])
def kickoff(request: pytest.FixtureRequest, crm: Crm) -> str:
    """What to call an event by."""
    event_id = made(crm, "kickoff", subject="Kickoff", location="Berlin")
    return event_id if request.param == "id" else "kickoff"


def succeed(crm: Crm, status: int, method: str, path: str, body: Any = None) -> Any:
    response = crm.admin(method, path, body)
    assert response.status_code == status, response.text
    return response.json() if response.content else None


# Reading


def test_an_event_is_shown_as_the_api_s_with_its_internals(crm: Crm, kickoff: str) -> None:
    (event,) = crm.events()
    assert version(crm, kickoff) == event | {
        "version": 1,
        "origin": "crm",
        "key": "kickoff",
        "deleted": False,
        "visibleAt": "2026-01-05T09:00:00.001Z",
        "ownerId": None,
        "calendarId": "1001",
    }


def test_an_event_of_a_client_s_has_no_key_and_the_client_s_origin(crm: Crm) -> None:
    event = crm.create()
    shown = version(crm, event["id"])
    assert (shown["origin"], shown["key"], shown["version"]) == ("client", None, 1)


def test_the_origin_is_that_of_the_latest_version(crm: Crm) -> None:
    event = crm.create()
    edited(crm, event["id"], subject="by a colleague")
    assert version(crm, event["id"])["origin"] == "crm"


def test_a_deleted_event_is_still_shown(crm: Crm, kickoff: str) -> None:
    crm.act({"delete": {"event": kickoff}})
    shown = version(crm, kickoff)
    assert (shown["deleted"], shown["version"]) == (True, 2)
    assert shown["lastModifiedAt"] == "2026-01-05T09:00:00.002Z"


def test_the_list_has_every_event_and_the_deleted_ones_too(crm: Crm) -> None:
    living, dead = made(crm, subject="living"), made(crm, subject="dead")
    crm.act({"delete": {"event": dead}})
    page = succeed(crm, 200, "GET", "/events")
    assert [(event["id"], event["deleted"]) for event in page["records"]] == [(living, False), (dead, True)]
    assert (page["length"], page["nextPageToken"], page["asOf"]) == (2, None, crm.now())


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({}, "abd"),
        ({"showDeleted": "true"}, "abd"),
        ({"showDeleted": "false"}, "ab"),
        ({"since": "2026-01-05T09:00:00.002Z"}, "bd"),
        ({"startAt": "2026-02-01T00:00:00Z"}, "b"),
        ({"endAt": "2026-02-01T00:00:00Z"}, "ad"),
        ({"startAt": "2026-02-01T00:00:00Z", "endAt": "2026-02-01T00:00:00Z"}, ""),
    ],
    ids=str,
)
def test_the_list_can_be_asked_as_the_api_s(crm: Crm, parameters: dict[str, str], found: str) -> None:
    made(crm, subject="a")
    made(crm, subject="b", startTime="2026-03-01T09:00:00Z", endTime="2026-03-01T10:00:00Z")
    crm.act({"delete": {"event": made(crm, subject="d")}})
    response = crm.admin("GET", "/events", params=parameters)
    assert sorted(subjects(response.json()["records"])) == list(found)


def test_the_list_can_be_walked_in_pages(crm: Crm) -> None:
    wanted = [made(crm) for _ in range(5)]
    page = crm.admin("GET", "/events", params={"limit": 2}).json()
    walked = ids(page["records"])
    while page["nextPageToken"]:
        page = crm.admin("GET", "/events", params={"pageToken": page["nextPageToken"]}).json()
        walked += ids(page["records"])
    assert walked == wanted


def test_the_controls_speak_plainly_whatever_the_dialect(crm: Crm, kickoff: str) -> None:
    before = (version(crm, kickoff), succeed(crm, 200, "GET", "/events"))
    crm.set_dialect(
        timestampFormat="epochMillis", listShape="array", relatedToShape="object", pageSize=1, since="exclusive"
    )
    assert (version(crm, kickoff), succeed(crm, 200, "GET", "/events")) == before


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "since=x", "startAt=", "colour=red", "limit=1&limit=2"])
def test_a_query_that_makes_no_sense_is_refused(crm: Crm, query: str) -> None:
    declined(crm, 400, "query.invalid", "GET", f"/events?{query}")


# Creating


def test_post_creates_an_event(crm: Crm) -> None:
    response = crm.admin("POST", "/events", EVENT | {"subject": "Kickoff", "key": "kickoff"})
    assert response.status_code == 201
    assert response.json() == version(crm, "kickoff")
    assert (response.json()["subject"], response.json()["key"]) == ("Kickoff", "kickoff")
    located = crm.http.get(response.headers["Location"])
    assert located.json() == response.json()


def test_post_takes_the_modifiers_beside_the_fields(crm: Crm) -> None:
    body = EVENT | {"stamp": "-1h", "visibleAfter": "10m", "by": "Ann"}
    event = succeed(crm, 201, "POST", "/events", body)
    assert event["lastModifiedAt"] == "2026-01-05T08:00:00.001Z"
    assert event["visibleAt"] == "2026-01-05T09:10:00.001Z"
    assert crm.changes()[0]["by"] == "Ann"
    assert crm.events() == []


@pytest.mark.parametrize("own", ["1", "42", "9007199254740993", "9223372036854775807"])
def test_a_new_event_may_bring_its_own_id(crm: Crm, own: str) -> None:
    assert succeed(crm, 201, "POST", "/events", EVENT | {"id": own})["id"] == own
    assert crm.api("GET", f"/events/{own}").status_code == 200


def test_ids_that_are_given_out_avoid_the_ones_that_were_brought(crm: Crm) -> None:
    taken = str(int(made(crm)) + 1)
    succeed(crm, 201, "POST", "/events", EVENT | {"id": taken})
    assert made(crm) not in ("", taken)
    assert len(set(ids(crm.events()))) == 3


def test_a_refusal_gives_out_no_id_even_when_the_next_one_is_taken(crm: Crm) -> None:
    taken = str(int(made(crm)) + 1)
    succeed(crm, 201, "POST", "/events", EVENT | {"id": taken})
    declined(crm, 422, "event.invalid", "POST", "/events", {"subject": "no times"})


def test_an_id_is_used_once_even_when_its_event_was_deleted(crm: Crm) -> None:
    succeed(crm, 201, "POST", "/events", EVENT | {"id": "42"})
    declined(crm, 409, "event.exists", "POST", "/events", EVENT | {"id": "42"})
    succeed(crm, 204, "DELETE", "/events/42")
    declined(crm, 409, "event.exists", "POST", "/events", EVENT | {"id": "42"})


@pytest.mark.parametrize("own", ["", "x", "042", "-1", "1.5", "9223372036854775808", 42, True, ["42"]], ids=str)
def test_an_own_id_has_the_form_of_the_dialect(crm: Crm, own: Any) -> None:
    assert "id" in declined(crm, 422, "event.invalid", "POST", "/events", EVENT | {"id": own})


@pytest.mark.parametrize(
    ("form", "own"), [("alphanumeric18", "00U000000000001AAA"), ("guid", "0b5c2f5e-7a4e-4d0c-9d0e-1f2a3b4c5d6e")]
)
def test_an_own_id_may_have_another_form_where_the_dialect_has(crm: Crm, form: str, own: str) -> None:
    declined(crm, 422, "event.invalid", "POST", "/events", EVENT | {"id": own})
    crm.set_dialect(idForm=form)
    assert succeed(crm, 201, "POST", "/events", EVENT | {"id": own})["id"] == own
    declined(crm, 422, "event.invalid", "POST", "/events", EVENT | {"id": "42"})


def test_a_client_s_own_id_is_ignored(crm: Crm) -> None:
    assert crm.create(id="42")["id"] != "42"


# Editing


def test_patch_changes_what_it_names(crm: Crm, kickoff: str) -> None:
    event = succeed(crm, 200, "PATCH", f"/events/{kickoff}", {"subject": "Moved"})
    assert (event["subject"], event["location"], event["version"]) == ("Moved", "Berlin", 2)
    assert event == version(crm, kickoff)


def test_put_replaces_the_whole(crm: Crm, kickoff: str) -> None:
    event = succeed(crm, 200, "PUT", f"/events/{kickoff}", EVENT | {"subject": "Moved"})
    assert (event["subject"], event["location"], event["version"]) == ("Moved", None, 2)
    assert event["key"] == "kickoff"


def test_delete_leaves_a_tombstone(crm: Crm, kickoff: str) -> None:
    assert succeed(crm, 204, "DELETE", f"/events/{kickoff}") is None
    assert version(crm, kickoff)["deleted"] is True
    assert (crm.events(), len(tombstones(crm))) == ([], 1)


def test_restore_brings_the_event_back_as_it_was(crm: Crm, kickoff: str) -> None:
    before = version(crm, kickoff)
    succeed(crm, 204, "DELETE", f"/events/{kickoff}")
    now = "2026-01-05T09:00:00.003Z"
    restored = succeed(crm, 200, "POST", f"/events/{kickoff}/restore")
    assert restored == before | {"version": 3, "lastModifiedAt": now, "visibleAt": now}
    assert (len(crm.events()), tombstones(crm)) == (1, [])


def test_the_short_forms_take_the_modifiers_of_their_actions(crm: Crm, kickoff: str) -> None:
    succeed(crm, 200, "PATCH", f"/events/{kickoff}", {"subject": "silently", "bump": False, "by": "Ann"})
    assert delta(crm)[0]["lastModifiedAt"] == "2026-01-05T09:00:00.001Z"
    succeed(crm, 200, "PUT", f"/events/{kickoff}", EVENT | {"stamp": MONDAY})
    assert delta(crm)[0]["lastModifiedAt"] == MONDAY
    succeed(crm, 204, "DELETE", f"/events/{kickoff}", {"by": "Ben", "stamp": "-1d"})
    assert tombstones(crm)[0]["deletedAt"] == "2026-01-04T09:00:00.004Z"
    succeed(crm, 200, "POST", f"/events/{kickoff}/restore", {"by": "Cat", "visibleAfter": "10m"})
    assert crm.events() == []
    assert [change["by"] for change in crm.changes()] == [None, "Ann", None, "Ben", "Cat"]


def test_an_event_can_be_sent_back_with_the_id_and_stamp_it_was_read_with(crm: Crm, kickoff: str) -> None:
    (event,) = crm.events()
    assert succeed(crm, 200, "PUT", f"/events/{kickoff}", event)["subject"] == "Kickoff"


# Refusals


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/events/nobody", None),
        ("PATCH", "/events/nobody", {}),
        ("PUT", "/events/nobody", EVENT),
        ("DELETE", "/events/nobody", None),
        ("POST", "/events/nobody/restore", None),
        ("GET", "/events/99999999999999999999", None),
    ],
)
def test_an_event_that_was_never_there_is_not_found(crm: Crm, method: str, path: str, body: Any) -> None:
    declined(crm, 404, "event.notFound", method, path, body)


@pytest.mark.parametrize("status", [404, 410])
def test_a_deleted_event_is_not_written_and_the_dialect_changes_nothing_about_that(crm: Crm, status: int) -> None:
    crm.set_dialect(deletedStatus=status)
    crm.act({"delete": {"event": made(crm, "gone")}})
    for method, body in (("PATCH", {}), ("PUT", EVENT), ("DELETE", None)):
        declined(crm, 404, "event.deleted", method, "/events/gone", body)


def test_an_event_that_lives_cannot_be_restored(crm: Crm, kickoff: str) -> None:
    declined(crm, 409, "event.notDeleted", "POST", f"/events/{kickoff}/restore")


@pytest.mark.parametrize(
    "body", [{"colour": "red"}, {"startTime": "x"}, {"private": "true"}, {"endTime": "2020-01-01T00:00:00Z"}], ids=str
)
def test_the_rules_of_an_event_hold_for_colleagues_too(crm: Crm, kickoff: str, body: Any) -> None:
    fields = set(body)
    assert fields <= set(declined(crm, 422, "event.invalid", "PATCH", f"/events/{kickoff}", body))
    assert fields <= set(declined(crm, 422, "event.invalid", "PUT", f"/events/{kickoff}", EVENT | body))
    assert fields <= set(declined(crm, 422, "event.invalid", "POST", "/events", EVENT | body))


def test_an_id_in_the_body_that_contradicts_the_path_is_refused(crm: Crm, kickoff: str) -> None:
    declined(crm, 422, "event.invalid", "PATCH", f"/events/{kickoff}", {"id": "42"})
    declined(crm, 422, "event.invalid", "PUT", f"/events/{kickoff}", EVENT | {"id": "42"})


@pytest.mark.parametrize("body", [[], "x", 5, {"visibleAfter": "-1s"}, {"stamp": "x"}, {"by": 5}], ids=str)
def test_modifiers_that_make_no_sense_are_refused(crm: Crm, kickoff: str, body: Any) -> None:
    body = EVENT | body if isinstance(body, dict) else body
    declined(crm, 422, "action.invalid", "POST", "/events", body)
    declined(crm, 422, "action.invalid", "PATCH", f"/events/{kickoff}", body)
    declined(crm, 422, "action.invalid", "PUT", f"/events/{kickoff}", body)
    declined(crm, 422, "action.invalid", "DELETE", f"/events/{kickoff}", body)


def test_the_path_of_an_event_says_what_it_answers_to(crm: Crm) -> None:
    response = crm.admin("POST", f"/events/{made(crm)}", {})
    error(response, 405, "method.notAllowed")
    assert {"GET", "PATCH", "PUT", "DELETE"} <= set(response.headers["Allow"].replace(" ", "").split(","))
