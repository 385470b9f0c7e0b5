"""Answers that are not the CRM's, or come late: status, html, delay, rateLimit, expireCredentials.

See `docs/reference/faults.md`.
"""

import re
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from tests.faults.faulting import CALLS, OPS, add_fault, call, counts, journal, last, note, noted, ops, statuses
from tests.making import making
from tests.served import BOTH, Crm, error
from tests.unchanged import EVENT
from tests.waiting import until

pytestmark = BOTH

OLD, NEW = {"Authorization": "Bearer old"}, {"Authorization": "Bearer new"}

# Status


@pytest.mark.parametrize("operation", CALLS)
def test_a_status_before_the_commit_stands_for_a_crm_that_never_heard(crm: Crm, operation: str) -> None:
    event = crm.create()["id"]
    add_fault(crm, {"status": {"status": 503}}, {"operation": operation}, times=1)
    error(call(crm, operation, event), 503, "fault.injected")
    assert noted(crm) == note(503, "status")
    assert ops(crm) == ["created"]
    assert call(crm, operation, event).status_code < 300


@pytest.mark.parametrize("operation", OPS)
def test_a_status_after_the_commit_hides_a_write_that_was_done(crm: Crm, operation: str) -> None:
    event = crm.create()["id"]
    add_fault(crm, {"status": {"status": 503, "when": "after"}}, {"operation": operation})
    error(call(crm, operation, event), 503, "fault.injected")
    written = crm.changes()[-1]
    assert (written["op"], written["seq"]) == (OPS[operation], 2)
    assert noted(crm) == note(503, "status", changes=[2], delivered=[written["eventId"]])


@pytest.mark.parametrize("operation", ["listEvents", "getEvent"])
def test_a_status_after_a_read_tells_the_journal_what_was_withheld(crm: Crm, operation: str) -> None:
    event = crm.create()["id"]
    add_fault(crm, {"status": {"status": 500, "when": "after"}})
    error(call(crm, operation, event), 500, "fault.injected")
    assert noted(crm) == note(500, "status", delivered=[event])
    assert ops(crm) == ["created"]


@pytest.mark.parametrize("status", [200, 201, 204, 205, 299, 304, 400, 401, 404, 418, 429, 500, 503, 599])
def test_any_status_can_be_asked_for_and_the_connection_goes_on(crm: Crm, status: int) -> None:
    add_fault(crm, {"status": status}, times=1)
    response = crm.api("POST", "/events", EVENT)
    assert response.status_code == status
    assert bool(response.content) == (status >= 400)
    assert noted(crm) == note(status, "status")
    assert crm.events() == []


@pytest.mark.parametrize(
    ("body", "kind", "content"),
    [
        ({"error": "INVALID_SESSION_ID"}, "application/json", b'{"error":"INVALID_SESSION_ID"}'),
        ([1, 2], "application/json", b"[1,2]"),
        (0, "application/json", b"0"),
        (False, "application/json", b"false"),
        ("Wartungsarbeiten: bis später", "text/plain; charset=utf-8", "Wartungsarbeiten: bis später".encode()),
        ("", "text/plain; charset=utf-8", b""),
    ],
    ids=str,
)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_status_may_bring_any_body(crm: Crm, body: Any, kind: str, content: bytes, when: str) -> None:
    add_fault(crm, {"status": {"status": 502, "body": body, "when": when}})
    response = crm.api("GET", "/events")
    assert (response.status_code, response.headers["Content-Type"], response.content) == (502, kind, content)
    assert response.headers.get_list("Content-Length") == [str(len(content))]


def test_a_status_may_bring_headers_of_its_own(crm: Crm) -> None:
    headers = {"Retry-After": "7", "content-type": "application/problem+json", "X-Mood": "gr\xfcn\t!", "X-Empty": ""}
    add_fault(crm, {"status": {"status": 503, "headers": headers, "body": {}}})
    response = crm.api("GET", "/events")
    assert response.headers["Retry-After"] == "7"
    assert response.headers.get_list("Content-Type") == ["application/problem+json"]
    assert dict(response.headers.raw)[b"X-Mood"] == "gr\xfcn\t!".encode("latin-1")
    assert response.headers["X-Empty"] == ""


def test_a_status_with_headers_and_no_body_is_still_an_error_of_the_usual_shape(crm: Crm) -> None:
    add_fault(crm, {"status": {"status": 401, "headers": {"WWW-Authenticate": "Negotiate"}}})
    response = crm.api("GET", "/events")
    error(response, 401, "fault.injected")
    assert response.headers["WWW-Authenticate"] == "Negotiate"


def test_the_type_of_a_status_without_a_body_is_said_once(crm: Crm) -> None:
    add_fault(crm, {"status": {"status": 503, "headers": {"Content-Type": "application/problem+json"}}})
    assert crm.api("GET", "/events").headers.get_list("Content-Type") == ["application/problem+json"]


def test_a_faulted_answer_has_one_date_of_the_sandbox_and_its_number(crm: Crm) -> None:
    for effect in ({"status": 503}, "html", {"status": {"status": 503, "when": "after"}}, "malformed"):
        crm.act({"clearFaults": {}}, {"fault": {"effect": effect}})
        response = crm.api("GET", "/events")
        assert response.headers.get_list("Date") == ["Mon, 05 Jan 2026 09:00:00 GMT"]
        assert response.headers.get_list("X-Request-Id") == [str(last(crm)["number"])]
        assert len(response.headers.get_list("Content-Length")) == 1


def test_controls_and_health_never_get_a_fault(crm: Crm) -> None:
    add_fault(crm, "disconnect")
    assert crm.admin("GET", "/events").status_code == 200
    assert crm.http.get(f"{crm.path}/health").status_code == 200
    assert crm.http.get(f"{crm.path}/version").status_code == 200
    assert journal(crm) == []


def test_what_is_below_the_api_and_nothing_at_all_gets_a_fault_too(crm: Crm) -> None:
    add_fault(crm, {"status": 503})
    error(crm.api("GET", "/nowhere"), 503, "fault.injected")
    assert crm.api("HEAD", "/events").status_code == 503


# A page for people


def test_a_page_for_people_comes_with_200_instead_of_the_answer(crm: Crm) -> None:
    add_fault(crm, "html", times=1)
    response = crm.api("POST", "/events", EVENT)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert re.match("<!doctype html>.*<form.*</html>", response.text, re.DOTALL)
    assert noted(crm) == note(200, "html")
    assert crm.changes() == []
    assert crm.api("POST", "/events", EVENT).status_code == 201


# Delay


@pytest.mark.parametrize(
    "delay", ["30ms", {"by": "PT0.03S"}, {"by": "30ms", "when": "after"}, {"min": "30ms", "max": "40ms"}], ids=str
)
def test_a_delayed_answer_is_the_same_answer_later(crm: Crm, delay: Any) -> None:
    add_fault(crm, {"delay": delay})
    response = crm.api("POST", "/events", EVENT)
    assert response.status_code == 201
    assert response.elapsed.total_seconds() >= 0.03
    assert last(crm)["tookMs"] >= 30
    assert noted(crm) == note(201, "delay", changes=[1], delivered=[response.json()["id"]], whole=True)


def test_a_delay_of_nothing_is_a_delay(crm: Crm) -> None:
    add_fault(crm, {"delay": "0s"})
    assert crm.events() == []
    assert noted(crm) == note(200, "delay", whole=True)


def test_the_sandbox_s_clock_does_not_move_while_the_world_waits(crm: Crm) -> None:
    add_fault(crm, {"delay": "30ms"})
    crm.events()
    assert last(crm)["completedAt"] == last(crm)["arrivedAt"] == crm.now()


def test_nobody_else_waits_for_a_delayed_answer(crm: Crm) -> None:
    add_fault(crm, {"delay": "5m"}, {"client": "slow"})
    with making(crm.http) as make, ThreadPoolExecutor() as pool:
        other = make()
        slow = pool.submit(crm.api, "GET", "/events", headers={"X-Mockcrm-Client": "slow"})
        until(lambda: journal(crm))
        other.create()
        crm.create()
        assert not slow.done()
        crm.admin("DELETE", "/faults")
        assert slow.result().json()["length"] == 1


def test_before_the_pause_nothing_is_done_or_all_of_it(crm: Crm) -> None:
    add_fault(crm, {"delay": {"by": "5m", "when": "after"}}, {"client": "slow"})
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(crm.api, "POST", "/events", EVENT, headers={"X-Mockcrm-Client": "slow"})
        until(crm.changes)
        assert not slow.done()
        assert (last(crm)["status"], last(crm)["completedAt"]) == (None, None)
        crm.admin("DELETE", "/faults")
        assert slow.result().status_code == 201


# Rate limits


def test_a_rate_limit_lets_so_many_pass_in_a_window(crm: Crm) -> None:
    rule = add_fault(crm, {"rateLimit": {"requests": 2, "per": "1m"}})
    crm.create()
    crm.advance("20s")
    crm.events()
    crm.advance("20s")
    response = crm.api("POST", "/events", EVENT)
    error(response, 429, "rate.limited")
    assert response.headers["Retry-After"] == "20"
    assert noted(crm) == note(429, "rateLimit")
    assert ops(crm) == ["created"]
    assert counts(crm, rule) == (3, 1)


def test_when_the_clock_has_moved_on_the_window_opens_for_as_many_as_have_left_it(crm: Crm) -> None:
    add_fault(crm, {"rateLimit": {"requests": 2, "per": "1m"}})
    assert statuses(crm, 1) == [200]
    crm.advance("20s")
    assert statuses(crm, 2) == [200, 429]
    crm.advance("39.999s")
    assert statuses(crm, 1) == [429]
    crm.advance("1ms")
    assert statuses(crm, 2) == [200, 429]
    crm.advance("2m")
    assert statuses(crm, 3) == [200, 200, 429]


def test_a_client_that_waits_as_long_as_it_is_asked_to_gets_through(crm: Crm) -> None:
    add_fault(crm, {"rateLimit": {"requests": 1, "per": "10.5s"}})
    assert statuses(crm, 1) == [200]
    wait = crm.api("GET", "/events").headers["Retry-After"]
    assert wait == "11"
    crm.advance(f"{wait}s")
    assert statuses(crm, 1) == [200]


def test_retry_after_can_be_a_date_that_is_not_too_early(crm: Crm) -> None:
    crm.advance("300ms")
    add_fault(crm, {"rateLimit": {"requests": 1, "per": "10s", "retryAfter": "date"}})
    assert statuses(crm, 1) == [200]
    wait = crm.api("GET", "/events").headers["Retry-After"]
    assert wait == "Mon, 05 Jan 2026 09:00:11 GMT"
    crm.act({"clock": {"now": parsedate_to_datetime(wait).isoformat()}})
    assert statuses(crm, 1) == [200]


def test_retry_after_can_be_past_already(crm: Crm) -> None:
    add_fault(crm, {"rateLimit": {"requests": 0, "per": "1h", "retryAfter": "past"}})
    response = crm.api("GET", "/events")
    error(response, 429, "rate.limited")
    wait = parsedate_to_datetime(response.headers["Retry-After"])
    assert wait < parsedate_to_datetime(response.headers["Date"])


def test_retry_after_can_be_missing(crm: Crm) -> None:
    add_fault(crm, {"rateLimit": {"requests": 0, "per": "1h", "retryAfter": "none"}})
    response = crm.api("GET", "/events")
    error(response, 429, "rate.limited")
    assert "Retry-After" not in response.headers


@pytest.mark.parametrize("status", [400, 403, 429, 503, 599])
def test_a_rate_limit_answers_with_the_status_that_is_asked_for(crm: Crm, status: int) -> None:
    rule = add_fault(crm, {"rateLimit": {"requests": 2, "per": "1m", "status": status}})
    assert statuses(crm, 2) == [200, 200]
    response = crm.api("GET", "/events")
    error(response, status, "rate.limited")
    assert response.headers["Retry-After"] == "60"
    assert noted(crm) == note(status, "rateLimit")
    assert counts(crm, rule) == (3, 1)
    crm.advance("1m")
    assert statuses(crm, 3) == [200, 200, status]


def test_a_rate_limit_answers_with_the_body_that_is_asked_for(crm: Crm) -> None:
    reason = {"error": {"errors": [{"reason": "rateLimitExceeded"}]}}
    add_fault(crm, {"rateLimit": {"requests": 0, "per": "1m", "status": 403, "body": reason, "retryAfter": "none"}})
    response = crm.api("POST", "/events", EVENT)
    assert (response.status_code, response.json()) == (403, reason)
    assert response.headers["Content-Type"] == "application/json"
    assert "Retry-After" not in response.headers
    assert ops(crm) == []


def test_a_rate_limit_may_answer_with_a_text(crm: Crm) -> None:
    add_fault(crm, {"rateLimit": {"requests": 0, "per": "1m", "body": "slow down"}})
    response = crm.api("GET", "/events")
    assert (response.status_code, response.text, response.headers["Retry-After"]) == (429, "slow down", "60")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_a_rate_limit_with_a_status_outlives_a_snapshot(crm: Crm) -> None:
    add_fault(crm, {"rateLimit": {"requests": 1, "per": "1m", "status": 503, "body": ["slow"]}})
    crm.admin("PUT", "/snapshot", crm.everything())
    assert statuses(crm, 2) == [200, 503]


def test_a_clock_that_is_put_back_does_not_close_the_window_any_further(crm: Crm) -> None:
    add_fault(crm, {"rateLimit": {"requests": 1, "per": "1m"}})
    assert statuses(crm, 2) == [200, 429]
    crm.act({"clock": {"now": "2020-01-01T00:00:00Z"}})
    assert int(crm.api("GET", "/events").headers["Retry-After"]) <= 60


# Credentials


def test_credentials_that_expired_are_refused_for_ever_and_new_ones_are_good(crm: Crm) -> None:
    add_fault(crm, "expireCredentials", {"operation": "listEvents"}, skip=1)
    assert statuses(crm, 2, headers=OLD) == [200, 401]
    for operation in ("listEvents", "createEvent"):
        response = call(crm, operation, headers=OLD)
        error(response, 401, "credentials.invalid")
        assert response.headers["WWW-Authenticate"].startswith("Bearer ")
        assert noted(crm) == note(401, "expireCredentials")
    crm.advance("10d")
    assert statuses(crm, 1, headers=OLD) == [401]
    assert statuses(crm, 2, headers=NEW) == [200, 200]
    assert crm.changes() == []


def test_only_the_credentials_of_the_first_request_expire(crm: Crm) -> None:
    add_fault(crm, "expireCredentials")
    assert [statuses(crm, 1, headers=each) for each in (OLD, NEW, {}, OLD, NEW)] == [[401], [200], [200], [401], [200]]


def test_a_paged_read_can_go_on_where_it_was_with_new_credentials(crm: Crm) -> None:
    for _ in range(3):
        crm.create()
    add_fault(crm, "expireCredentials", {"page": 2})
    first = crm.api("GET", "/events", params={"limit": 2}, headers=OLD).json()
    going_on = {"pageToken": first["nextPageToken"]}
    assert crm.api("GET", "/events", params=going_on, headers=OLD).status_code == 401
    second = crm.api("GET", "/events", params=going_on, headers=NEW)
    assert second.json()["length"] == 1


def test_a_client_is_only_as_expired_as_its_rule(crm: Crm) -> None:
    rule = add_fault(crm, "expireCredentials")
    assert statuses(crm, 1, headers=OLD) == [401]
    crm.admin("DELETE", f"/faults/{rule}")
    assert statuses(crm, 1, headers=OLD) == [200]


def test_basic_credentials_expire_too(crm: Crm) -> None:
    add_fault(crm, "expireCredentials")
    old, new = (crm.http.build_request("GET", f"{crm.path}/api/v1/events") for _ in range(2))
    found = [crm.http.send(old, auth=httpx.BasicAuth("ann", "1")), crm.http.send(new, auth=httpx.BasicAuth("ann", "2"))]
    assert [each.status_code for each in found] == [401, 200]
    assert {entry["client"] for entry in journal(crm)} == {"ann"}
