"""Tags, the conditions that are set with them, and repeats of a POST (contract, section 3)."""

import json
from typing import Any

import httpx
import pytest

from tests.refusals import nothing_changes, refused
from tests.samples import TIMES
from tests.served import Crm, error

WRITES = [("PATCH", {"subject": "x"}), ("PUT", TIMES), ("DELETE", None)]


@pytest.fixture
def path(crm: Crm) -> str:
    """The path of an event."""
    return f"/events/{crm.create()['id']}"


def tag(crm: Crm, path: str) -> str:
    found: str = crm.api("GET", path).headers["ETag"]
    return found


# ETag and If-None-Match


def test_every_version_has_a_tag_of_its_own(crm: Crm, path: str) -> None:
    tags = [tag(crm, path)]
    for method in ("PATCH", "PUT", "PATCH"):
        tags.append(crm.api(method, path, TIMES).headers["ETag"])
        assert tags[-1] == tag(crm, path)
    crm.api("DELETE", path)
    crm.act({"restore": {"event": path.rpartition("/")[2]}})
    tags.append(tag(crm, path))
    assert len(set(tags)) == 5
    assert all(each.startswith('"') and each.endswith('"') for each in tags)


def test_a_tag_stays_as_long_as_its_version(crm: Crm, path: str) -> None:
    before = tag(crm, path)
    crm.create()
    crm.advance("1d")
    assert tag(crm, path) == before


@pytest.mark.parametrize("form", ["{}", "W/{}", '"x", {}', '{},"y"', "*"])
def test_who_has_the_version_need_not_read_it_again(crm: Crm, path: str, form: str) -> None:
    current = tag(crm, path)
    answer = crm.api("GET", path, headers={"If-None-Match": form.format(current)})
    assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", current)


@pytest.mark.parametrize("other", ['"x"', 'W/"x"', '"x", "y"', '""'])
def test_who_has_another_version_reads_this_one(crm: Crm, path: str, other: str) -> None:
    stale = tag(crm, path)
    crm.api("PATCH", path, {"subject": "new"})
    for none_match in (other, stale):
        answer = crm.api("GET", path, headers={"If-None-Match": none_match})
        assert (answer.status_code, answer.json()["subject"]) == (200, "new")


def test_what_is_not_there_is_not_unmodified(crm: Crm, path: str) -> None:
    current = tag(crm, path)
    crm.api("DELETE", path)
    for none_match in (current, "*"):
        refused(crm, 404, "event.deleted", "GET", path, headers={"If-None-Match": none_match})
        refused(crm, 404, "event.notFound", "GET", "/events/1", headers={"If-None-Match": none_match})


# If-Match


@pytest.mark.parametrize(("method", "body"), WRITES)
@pytest.mark.parametrize("form", ["{}", "*", '"x", {}', '{}, "y"'])
def test_a_write_goes_on_when_the_version_is_the_one_meant(
    crm: Crm, path: str, method: str, body: Any, form: str
) -> None:
    answer = crm.api(method, path, body, headers={"If-Match": form.format(tag(crm, path))})
    assert answer.status_code == (204 if method == "DELETE" else 200)
    assert len(crm.changes()) == 2


@pytest.mark.parametrize(("method", "body"), WRITES)
def test_a_write_upon_a_stale_version_is_refused(crm: Crm, path: str, method: str, body: Any) -> None:
    stale = tag(crm, path)
    crm.act({"edit": {"event": path.rpartition("/")[2], "set": {"subject": "A colleague was here"}}})
    for match in (stale, '"x"', '"x", "y"', f"W/{tag(crm, path)}"):
        refused(crm, 412, "precondition.failed", method, path, body, headers={"If-Match": match})


@pytest.mark.parametrize(("method", "body"), WRITES)
@pytest.mark.parametrize("match", ["*", '"x"'])
def test_what_is_not_there_is_not_found_whatever_the_condition(
    crm: Crm, path: str, method: str, body: Any, match: str
) -> None:
    condition = {"If-Match": match}
    refused(crm, 404, "event.notFound", method, "/events/1", body, headers=condition)
    crm.api("DELETE", path)
    refused(crm, 404, "event.deleted", method, path, body, headers=condition)
    crm.set_dialect(deletedStatus=410)
    refused(crm, 410, "event.deleted", method, path, body, headers=condition)


def test_of_two_writers_with_one_tag_the_second_is_refused(crm: Crm, path: str) -> None:
    condition = {"headers": {"If-Match": tag(crm, path)}}
    assert crm.api("PATCH", path, {"subject": "first"}, **condition).status_code == 200
    refused(crm, 412, "precondition.failed", "PATCH", path, {"subject": "second"}, **condition)
    assert crm.api("GET", path).json()["subject"] == "first"


# Idempotency-Key


def post(crm: Crm, body: Any, key: str = "k-1") -> httpx.Response:
    return crm.api("POST", "/events", body, headers={"Idempotency-Key": key})


def same(one: httpx.Response, other: httpx.Response) -> bool:
    return all(
        (one.status_code, one.json(), one.headers[name]) == (other.status_code, other.json(), other.headers[name])
        for name in ("ETag", "Location")
    )


def test_a_repeat_gets_the_first_answer_and_makes_nothing(crm: Crm) -> None:
    first = post(crm, TIMES)
    crm.advance("1h")
    with nothing_changes(crm):
        assert same(post(crm, TIMES), first)
    assert len(crm.events()) == 1


@pytest.mark.parametrize("then", [("PATCH", {"subject": "later"}), ("DELETE", None)])
def test_a_repeat_gets_the_first_answer_whatever_has_happened_since(crm: Crm, then: tuple[str, Any]) -> None:
    first = post(crm, TIMES)
    crm.api(then[0], f"/events/{first.json()['id']}", then[1])
    with nothing_changes(crm):
        assert same(post(crm, TIMES), first)


def test_bodies_are_compared_as_json(crm: Crm) -> None:
    first = post(crm, {**TIMES, "subject": "é", "attendees": [{"userId": "u", "contactId": 1}]})
    respelt = json.dumps(
        {"attendees": [{"contactId": 1, "userId": "u"}], "subject": "é", **dict(reversed(TIMES.items()))}, indent=4
    )
    headers = {"Idempotency-Key": "k-1", "Content-Type": "application/json; charset=utf-8"}
    assert same(crm.api("POST", "/events", content=respelt, headers=headers), first)
    assert len(crm.events()) == 1


@pytest.mark.parametrize("other", [{"subject": "x"}, {"endTime": "2026-01-06T11:00:00Z"}, {"subject": None}])
def test_a_key_is_for_one_body_alone(crm: Crm, other: dict[str, Any]) -> None:
    post(crm, TIMES)
    repeat = {"headers": {"Idempotency-Key": "k-1"}}
    refused(crm, 422, "idempotency.mismatch", "POST", "/events", TIMES | other, **repeat)
    assert post(crm, TIMES | other, "k-2").status_code == 201


def test_another_key_or_none_makes_another_event(crm: Crm) -> None:
    made = [post(crm, TIMES).json(), post(crm, TIMES, "k-2").json(), post(crm, TIMES, "K-1").json(), crm.create()]
    assert len({event["id"] for event in made}) == 4


def test_a_refused_request_uses_up_no_key(crm: Crm) -> None:
    error(post(crm, TIMES | {"subject": 1}), 422, "event.invalid")
    assert post(crm, TIMES).status_code == 201


def test_a_reset_forgets_the_keys(crm: Crm) -> None:
    post(crm, TIMES)
    crm.admin("POST", "/reset")
    assert post(crm, TIMES | {"subject": "x"}).status_code == 201
    assert len(crm.events()) == 1
