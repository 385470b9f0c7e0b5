"""What every refusal has in common, and the refusals that no endpoint makes of its own (contract, sections 1 and 5)."""

from importlib.metadata import version
from typing import Any

import httpx
import pytest

from tests.refusals import refused
from tests.samples import TIMES
from tests.served import Crm, error

JSON = {"Content-Type": "application/json"}
MEBIBYTE = 1024 * 1024


def path_for(crm: Crm, method: str) -> str:
    """Where a method with a body goes: to the list, or to an event that is there."""
    return "/events" if method == "POST" else f"/events/{crm.create()['id']}"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/events?since=x", 400),
        ("GET", "/events?pageToken=x", 400),
        ("GET", "/events/1", 404),
        ("GET", "/nothing", 404),
        ("DELETE", "/events", 405),
        ("POST", "/events", 400),
    ],
)
def test_every_refusal_has_one_shape_and_tells_a_person_what_to_do(
    crm: Crm, method: str, path: str, status: int
) -> None:
    answer = crm.api(method, path)
    error(answer, status, answer.json()["code"])
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()["message"].endswith(".")
    assert isinstance(answer.json()["details"], dict)


def test_details_name_the_fields(crm: Crm) -> None:
    details = error(crm.api("POST", "/events", {}), 422, "event.invalid")
    missing = ["Missing data for required field."]
    assert details == {"startTime": missing, "endTime": missing}


def test_a_field_that_is_misspelt_comes_before_the_one_that_is_missing(crm: Crm) -> None:
    answer = crm.admin("POST", "/faults", {"efect": {"delay": "1s"}})
    details = error(answer, 422, "fault.invalid")
    assert "efect: No such field. Did you mean effect?" in answer.json()["message"]
    assert details["efect"] == ["No such field. Did you mean effect?"]
    assert "effect" in details


def test_one_may_be_meant_within_what_is_within(crm: Crm) -> None:
    answer = crm.admin("PATCH", "/dialect", {"pageSiez": 3})
    assert "pageSiez: No such field. Did you mean pageSize?" in answer.json()["message"]
    answer = crm.admin("POST", "/requests/count", {"heders": {}})
    assert "heders: No such field." in answer.json()["message"]


def test_of_many_unknown_fields_twenty_are_named_and_for_ten_another_is_proposed(crm: Crm) -> None:
    misspelt = {f"pageSiez{number}": 3 for number in range(40)}
    details = error(crm.admin("PATCH", "/dialect", misspelt), 422, "dialect.invalid")
    assert details.pop("…") == ["There may be more: reading stops at the 20th problem."]
    assert len(details) == 20
    assert sum("Did you mean" in message for (message,) in details.values()) == 10


@pytest.mark.parametrize(
    ("modifier", "value", "hint"),
    [
        ("stamp", "2026-01-05T09:00:00", "A date-time needs an offset: end it with Z"),
        ("visibleAfter", 2000, "Not a string such as 5m"),
    ],
)
def test_a_time_in_another_form_is_refused_with_the_right_one(crm: Crm, modifier: str, value: Any, hint: str) -> None:
    answer = crm.admin("POST", "/actions", {"create": {"set": TIMES, modifier: value}})
    assert (answer.status_code, hint in answer.json()["message"]) == (422, True)


def test_a_slash_too_many_is_pointed_out(crm: Crm) -> None:
    assert crm.api("POST", "/events/", TIMES).json()["message"].endswith("No path ends in a slash.")
    assert "slash" not in crm.api("GET", "/nothing").json()["message"]


# Bodies


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"{}}",
        b"{'startTime': 1}",
        b'{"subject": "x",}',
        b"{subject: 1}",
        b'{"subject": NaN}',
        b'{"subject": Infinity}',
        b'{"subject": -Infinity}',
        b'{"subject": 01}',
        b'{"subject": "a\nb"}',
        b'{"subject": "\\x"}',
        b'{"subject": "\\ud800"}',
        b'{"subject": "\xff"}',
        '{"subject": "é"}'.encode("latin-1"),
        b'{"subject": "\xed\xa0\x80"}',
        '{"subject": "x"}'.encode("utf-16"),
        b"\x00",
        b"startTime=2026-01-06T09:00:00Z",
        b"undefined",
        b"True",
        b'{"attendees": ' + b"[" * 100 + b"]" * 100 + b"}",
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"[" * 500_000,
    ],
    ids=lambda body: repr(body[:24]),
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_body_that_is_no_json_is_malformed(crm: Crm, method: str, body: bytes) -> None:
    refused(crm, 400, "body.malformed", method, path_for(crm, method), content=body, headers=JSON)


@pytest.mark.parametrize("number", ["1e400", "-1e400", "9" * 5000, "1" + "0" * 400 + ".5", "1e-400"])
def test_a_number_of_any_size_is_no_bug(crm: Crm, number: str) -> None:
    for field in ("parentId", "startTime", "colour"):
        body = f'{{"startTime": "{TIMES["startTime"]}", "endTime": "{TIMES["endTime"]}", "{field}": {number}}}'
        answer = crm.api("POST", "/events", content=body.encode(), headers=JSON | {"Idempotency-Key": number[:9]})
        assert answer.status_code in (400, 422), answer.text


def test_a_body_may_be_a_mebibyte_and_no_larger(crm: Crm) -> None:
    frame = len(b'{"startTime":"","endTime":"","subject":""}') + 2 * len(TIMES["startTime"])
    body = '{{"startTime":"{startTime}","endTime":"{endTime}","subject":"{subject}"}}'
    fits, bursts = (body.format(**TIMES, subject="x" * (MEBIBYTE - frame + more)).encode() for more in (0, 1))
    assert len(fits) == MEBIBYTE
    assert crm.api("POST", "/events", content=fits, headers=JSON).status_code == 201
    for method in ("POST", "PUT", "PATCH"):
        refused(crm, 413, "body.tooLarge", method, path_for(crm, method), content=bursts, headers=JSON)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@pytest.mark.parametrize("filler", [b" ", b"x"])
def test_a_body_of_no_stated_length_is_measured_too(crm: Crm, method: str, filler: bytes) -> None:
    event = b'{"startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z"}'
    pieces = iter([event, *[filler * 65536] * 16])
    refused(crm, 413, "body.tooLarge", method, path_for(crm, method), content=pieces, headers=JSON)


def test_a_body_may_come_in_pieces(crm: Crm) -> None:
    pieces = (b'{"startTime": "2026-01-06T09:00:00Z"', b', "endTime": ', b'"2026-01-06T10:00:00Z"}')
    assert crm.api("POST", "/events", content=iter(pieces), headers=JSON).status_code == 201


@pytest.mark.parametrize(
    "media_type",
    [
        None,
        "",
        "text/plain",
        "text/json",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=latin-1",
        "application/json; charset=utf-16",
        "application/jsonp",
        "nonsense",
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_body_must_say_that_it_is_json(crm: Crm, method: str, media_type: str | None) -> None:
    headers = {} if media_type is None else {"Content-Type": media_type}
    refused(crm, 415, "body.notJson", method, path_for(crm, method), content=b"{}", headers=headers)


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_merge_patch_is_for_patch_alone(crm: Crm, method: str) -> None:
    headers = {"Content-Type": "application/merge-patch+json"}
    refused(crm, 415, "body.notJson", method, path_for(crm, method), TIMES, headers=headers)


@pytest.mark.parametrize(
    "media_type", ["application/json", "Application/JSON", "application/json; charset=UTF-8", "application/json;x=y"]
)
def test_json_may_be_declared_in_many_ways(crm: Crm, media_type: str) -> None:
    assert crm.api("POST", "/events", TIMES, headers={"Content-Type": media_type}).status_code == 201


# Paths and methods


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/api",
        "/api/v1",
        "/api/v1/",
        "/api/v1/nothing",
        "/api/v2/events",
        "/api/v1/events/",
        "/api/v1/events/1/x",
        "/api/v1/events%2F1%2Fx",
        "/api/v1//events",
        "/api/v1/Events",
        "/API/v1/events",
        "/%00",
        "/%FF",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_path_that_leads_nowhere_is_not_found(crm: Crm, method: str, path: str) -> None:
    error(crm.http.request(method, crm.path + path), 404, "path.notFound")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/events", {"GET", "POST"}),
        ("/events/{}", {"GET", "PATCH", "PUT", "DELETE"}),
        ("/deletedEvents", {"GET"}),
    ],
)
def test_a_method_that_a_path_does_not_know_is_refused_with_those_it_does(
    crm: Crm, path: str, allowed: set[str]
) -> None:
    path = path.format(crm.create()["id"])
    for method in {"POST", "PUT", "PATCH", "DELETE", "PROPFIND"} - allowed:
        refused(crm, 405, "method.notAllowed", method, path)
        allow = crm.api(method, path).headers["Allow"]
        assert {each.strip() for each in allow.split(",")} - {"HEAD", "OPTIONS"} == allowed
        answer = crm.api("OPTIONS", path)
        assert (answer.status_code, answer.content, answer.headers["Allow"]) == (204, b"", allow)


def test_the_controls_say_which_methods_they_answer_to_and_nowhere_says_nothing(crm: Crm) -> None:
    answer = crm.admin("OPTIONS", "/clock")
    assert (answer.status_code, answer.content, answer.headers["Allow"]) == (204, b"", "GET, HEAD, OPTIONS, PUT")
    error(crm.admin("OPTIONS", "/nowhere"), 404, "path.notFound")


@pytest.mark.parametrize("name", ["nobody", "x" * 65, "-x", ".x", "a%20b", "%F0%9F%8E%89", "a%00b"])
@pytest.mark.parametrize("path", ["/api/v1/events", "/admin/clock", "/health", "/api/v1/nothing", ""])
def test_an_unknown_sandbox_is_not_found(http: httpx.Client, name: str, path: str) -> None:
    error(http.get(f"/sandboxes/{name}{path}"), 404, "sandbox.notFound")


def test_every_sandbox_has_its_health_and_its_version(crm: Crm) -> None:
    for path in ("", crm.path):
        assert crm.http.get(f"{path}/health").json() == {"status": "ok"}
        assert crm.http.get(f"{path}/version").json() == {"name": "mockcrm", "version": version("mockcrm")}


# Credentials


@pytest.mark.parametrize("credentials", [None, "", "Bearer x", "Basic eDp5", "Bearer", "nonsense", "\xe9".encode()])
def test_any_credentials_are_accepted(crm: Crm, credentials: Any) -> None:
    headers = {} if credentials is None else {"Authorization": credentials}
    assert crm.api("GET", "/events", headers=headers).status_code == 200


def test_a_crm_may_ask_for_credentials(crm: Crm) -> None:
    event = crm.create()
    crm.set_dialect(credentials="s3cret")
    calls = [("GET", "/events"), ("GET", "/deletedEvents"), ("POST", "/events"), ("DELETE", f"/events/{event['id']}")]
    for method, path in calls:
        refused(crm, 401, "credentials.missing", method, path)
        assert crm.api(method, path).headers["WWW-Authenticate"].startswith("Bearer")
    for wrong in ("Bearer", "Bearer x", "Basic s3cret", "s3cret", "Bearer s3cret x", "Bearer S3CRET", b"Bearer \xe9"):
        for method, path in calls:
            refused(crm, 401, "credentials.invalid", method, path, headers={"Authorization": wrong})
    for right in ("Bearer s3cret", "bearer s3cret"):
        assert crm.api("GET", "/events", headers={"Authorization": right}).json()["records"] == [event]


def test_credentials_are_the_clients_affair(crm: Crm) -> None:
    crm.set_dialect(credentials="s3cret")
    assert crm.admin("GET", "/clock").status_code == 200
    assert crm.http.get(f"{crm.path}/health").status_code == 200
