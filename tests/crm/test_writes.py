"""Single events over the wire: read, made, changed, replaced and deleted (contract, section 3)."""

from typing import Any

import pytest

from tests.refusals import nothing_changes, refused
from tests.samples import ALL_DAY, DEFAULTS, FULL, TIMES, path_of
from tests.served import Crm, error

# GET


def test_an_event_is_read_by_its_id(crm: Crm) -> None:
    event, _ = crm.create(**FULL), crm.create()
    answer = crm.api("GET", path_of(event))
    assert (answer.status_code, answer.json()) == (200, event)
    assert answer.headers["Content-Type"] == "application/json"


def test_reading_an_event_changes_nothing(crm: Crm) -> None:
    event = crm.create()
    with nothing_changes(crm):
        tag = crm.api("GET", path_of(event)).headers["ETag"]
        assert crm.api("GET", path_of(event), headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("event_id", ["1", "0", "-1", "x", "9" * 400, "%00", "%F0%9F%8E%89", "..%5C", "%25", "a%20b"])
@pytest.mark.parametrize("method", ["GET", "PATCH", "PUT", "DELETE"])
def test_an_id_that_names_nothing_is_not_found(crm: Crm, method: str, event_id: str) -> None:
    crm.create()
    refused(crm, 404, "event.notFound", method, f"/events/{event_id}", TIMES if method in ("PATCH", "PUT") else None)


# POST


def test_a_new_event_is_answered_with_its_address_and_its_tag(crm: Crm) -> None:
    answer = crm.api("POST", "/events", FULL)
    assert answer.status_code == 201
    read = crm.http.get(crm.http.base_url.join(answer.headers["Location"]))
    assert (read.json(), read.headers["ETag"]) == (answer.json(), answer.headers["ETag"])
    assert answer.headers["Location"].endswith(f"{crm.path}/api/v1/events/{answer.json()['id']}")


def test_no_two_events_share_an_id_even_when_one_is_gone(crm: Crm) -> None:
    made = [crm.create()["id"] for _ in range(3)]
    crm.api("DELETE", f"/events/{made[-1]}")
    made += [crm.create()["id"] for _ in range(3)]
    assert len(set(made)) == 6


def test_a_refused_event_uses_up_no_id(crm: Crm) -> None:
    crm.create()
    refused(crm, 422, "event.invalid", "POST", "/events", {})


def test_a_write_is_stamped_by_the_clock_after_its_tick(crm: Crm) -> None:
    before = crm.now()
    event = crm.create()
    assert event["lastModifiedAt"] == crm.now() > before
    for method in ("PATCH", "PUT"):
        changed = crm.api(method, path_of(event), TIMES).json()
        assert changed["lastModifiedAt"] == crm.now() > event["lastModifiedAt"]


# PATCH


@pytest.mark.parametrize("media_type", ["application/json", "application/merge-patch+json"])
def test_a_patch_changes_what_it_names_and_leaves_the_rest(crm: Crm, media_type: str) -> None:
    event = crm.create(**FULL)
    answer = crm.api("PATCH", path_of(event), {"subject": "Moved"}, headers={"Content-Type": media_type})
    assert answer.status_code == 200
    assert answer.json() == event | {"subject": "Moved", "lastModifiedAt": crm.now()}
    assert crm.api("GET", path_of(event)).json() == answer.json()


@pytest.mark.parametrize("name", DEFAULTS)
def test_null_clears_a_field(crm: Crm, name: str) -> None:
    event = crm.create(**FULL)
    cleared = crm.api("PATCH", path_of(event), {name: None}).json()
    assert cleared == event | {name: DEFAULTS[name], "lastModifiedAt": crm.now()}


def test_null_makes_a_whole_day_one_of_hours(crm: Crm) -> None:
    event = crm.create(**ALL_DAY)
    assert crm.api("PATCH", path_of(event), {"allDay": None}).json()["allDay"] is False


@pytest.mark.parametrize("name", ["startTime", "endTime"])
def test_null_clears_no_required_field(crm: Crm, name: str) -> None:
    assert set(refused(crm, 422, "event.invalid", "PATCH", path_of(crm.create()), {name: None})) == {name}


def test_a_list_is_replaced_whole(crm: Crm) -> None:
    event = crm.create(**FULL)
    patched = crm.api("PATCH", path_of(event), {"attendees": [{"userId": "bob"}], "relatedTo": []}).json()
    assert ([each["userId"] for each in patched["attendees"]], patched["relatedTo"]) == (["bob"], [])


def test_an_attendee_in_a_patch_is_a_whole_attendee(crm: Crm) -> None:
    event = crm.create(**FULL)
    patched = crm.api("PATCH", path_of(event), {"attendees": [{"userId": "u-1"}]}).json()
    assert patched["attendees"] == [{"userId": "u-1", "emailAddress": None, "contactId": None, "status": "NeedsAction"}]
    refused(crm, 422, "event.invalid", "PATCH", path_of(event), {"attendees": [{"status": "Accepted"}]})


@pytest.mark.parametrize("fields", [{"subject": 1}, {"allDay": "true"}, {"attendees": [{}]}, {"colour": "red"}])
@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_a_change_that_is_not_valid_is_refused_whole(crm: Crm, method: str, fields: dict[str, Any]) -> None:
    body = TIMES | {"description": "valid"} | fields
    assert set(refused(crm, 422, "event.invalid", method, path_of(crm.create()), body)) == set(fields)


# PUT


def test_a_replacement_resets_what_it_leaves_out(crm: Crm) -> None:
    event = crm.create(**FULL)
    answer = crm.api("PUT", path_of(event), TIMES | {"subject": "Anew"})
    assert answer.status_code == 200
    assert answer.json() == event | DEFAULTS | {"subject": "Anew", "lastModifiedAt": crm.now()}


def test_no_put_makes_an_event(crm: Crm) -> None:
    refused(crm, 404, "event.notFound", "PUT", "/events/4711", TIMES)


# A write that changes no field


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
@pytest.mark.parametrize("same", [True, False])
def test_a_write_that_changes_no_field_is_still_a_write(crm: Crm, method: str, same: bool) -> None:
    event = crm.create()
    before = crm.api("GET", path_of(event)).headers["ETag"]
    answer = crm.api(method, path_of(event), event if same or method == "PUT" else {})
    assert answer.json() == event | {"lastModifiedAt": crm.now()}
    assert crm.events(since=crm.now()) == [answer.json()]
    assert answer.headers["ETag"] != before
    assert [(change["op"], change["version"]) for change in crm.changes()] == [("created", 1), ("updated", 2)]


# DELETE


def test_a_deletion_has_nothing_to_say(crm: Crm) -> None:
    event, kept = crm.create(), crm.create()
    answer = crm.api("DELETE", path_of(event))
    assert (answer.status_code, answer.content) == (204, b"")
    assert "Content-Type" not in answer.headers
    assert crm.events() == [kept]


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize("method", ["GET", "PATCH", "PUT", "DELETE"])
def test_a_deleted_event_is_gone_for_every_call(crm: Crm, method: str, status: int) -> None:
    crm.set_dialect(deletedStatus=status)
    event = crm.create()
    crm.api("DELETE", path_of(event))
    body = TIMES if method in ("PATCH", "PUT") else None
    refused(crm, status, "event.deleted", method, path_of(event), body)
    refused(crm, status, "event.deleted", method, path_of(event), body, headers={"If-Match": "*"})
    error(crm.api("GET", "/events/4711"), 404, "event.notFound")


def test_a_restored_event_is_there_again(crm: Crm) -> None:
    event = crm.create(**FULL)
    crm.api("DELETE", path_of(event))
    crm.act({"restore": {"event": event["id"]}})
    assert crm.api("GET", path_of(event)).json() == event | {"lastModifiedAt": crm.now()}
