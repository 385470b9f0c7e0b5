"""Clients that repeat a request which is refused in the same way each time, and those that only seem to."""

from collections.abc import Callable
from typing import Any

import pytest

from mockcrm import Sandboxes, create_app
from mockcrm.audit import refused_requests
from mockcrm.audit.books import Book
from mockcrm.client.transport import in_process
from tests.audit import audited
from tests.samples import TIMES
from tests.served import Crm

MANY = 12
"""How often a client of these stories repeats its mistake."""


def findings(crm: Crm, client: str = "client") -> list[Any]:
    return [
        found
        for account in crm.controls.audit()["clients"]
        for found in account["findings"]
        if account["client"] == client
    ]


def codes(crm: Crm) -> list[str]:
    return [found["code"] for found in findings(crm) if found["severity"] != "note"]


def event_of_a_colleague(crm: Crm) -> str:
    """An event that the client has read, by its id."""
    crm.act({"create": {"set": {"subject": "Review", **TIMES}, "key": "review"}})
    (row,) = crm.events()
    event_id: str = row["id"]
    return event_id


def tag_of(crm: Crm, event_id: str) -> str:
    return crm.api("GET", f"/events/{event_id}").headers["ETag"]


def forbid(crm: Crm, body: Any = None, headers: Any = None, **match: Any) -> str:
    status = {"status": 403, **({"body": body} if body else {}), **({"headers": headers} if headers else {})}
    rule: str = crm.admin("POST", "/faults", {"match": match, "effect": {"status": status}}).json()["id"]
    return rule


def patch_with_a_weak_tag(crm: Crm, event_id: str) -> Any:
    tag = f"W/{tag_of(crm, event_id)}"
    return crm.api("PATCH", f"/events/{event_id}", {"subject": "New"}, headers={"If-Match": tag})


# Requests that are refused for ever


def test_a_weak_tag_that_is_read_anew_each_time_never_matches(crm: Crm) -> None:
    event_id = event_of_a_colleague(crm)
    for _ in range(MANY):
        assert patch_with_a_weak_tag(crm, event_id).status_code == 412
        crm.act({"edit": {"event": "review", "set": {"location": crm.now()}}})
        crm.advance("1m")
    (found,) = [each for each in findings(crm) if each["code"] == "request.futile"]
    assert (found["severity"], found["count"], found["eventId"]) == ("warning", MANY, event_id)
    assert found["requests"] == list(range(7, 27, 2))[-10:]
    assert (
        f"PATCH /api/v1/events/{event_id} was refused with 412 precondition.failed {MANY} times" in found["explanation"]
    )
    assert "a weak tag never matches" in found["explanation"]


def test_a_stale_tag_stays_stale(crm: Crm) -> None:
    event_id = event_of_a_colleague(crm)
    tag = tag_of(crm, event_id)
    crm.act({"edit": {"event": "review", "set": {"location": "x"}}})
    for _ in range(MANY):
        crm.api("PATCH", f"/events/{event_id}", {"subject": "New"}, headers={"If-Match": tag})
        crm.advance("10m")
    (found,) = [each for each in findings(crm) if each["code"] == "request.futile"]
    assert found["count"] == MANY
    assert "tag" in found["explanation"]


def forbidden_delete(crm: Crm) -> Callable[[], Any]:
    event_id = event_of_a_colleague(crm)
    forbid(crm, operation="deleteEvent")
    return lambda: crm.api("DELETE", f"/events/{event_id}")


def ends_before_it_begins(crm: Crm) -> Callable[[], Any]:
    payload = {"startTime": "2026-03-04T10:00:00Z", "endTime": "2026-03-04T09:00:00Z"}
    return lambda: crm.api("POST", "/events", payload, headers={"Idempotency-Key": "k1"})


def ends_before_it_begins_with_a_new_key(crm: Crm) -> Callable[[], Any]:
    payload = {"startTime": "2026-03-04T10:00:00Z", "endTime": "2026-03-04T09:00:00Z"}
    return lambda: crm.api("POST", "/events", payload, headers={"Idempotency-Key": f"k{crm.now()}"})


def an_unknown_field(crm: Crm) -> Callable[[], Any]:
    event_id = event_of_a_colleague(crm)
    return lambda: crm.api("PATCH", f"/events/{event_id}", {"colour": "red"})


def not_json(crm: Crm) -> Callable[[], Any]:
    return lambda: crm.api("POST", "/events", content=b"subject=x", headers={"Content-Type": "text/plain"})


def half_json(crm: Crm) -> Callable[[], Any]:
    return lambda: crm.api("POST", "/events", content=b'{"subject":', headers={"Content-Type": "application/json"})


def without_a_tag_where_one_is_required(crm: Crm) -> Callable[[], Any]:
    event_id = event_of_a_colleague(crm)
    crm.set_dialect(ifMatch="required")
    return lambda: crm.api("DELETE", f"/events/{event_id}")


def the_wrong_method(crm: Crm) -> Callable[[], Any]:
    event_id = event_of_a_colleague(crm)
    crm.set_dialect(updateVerbs="patch")
    return lambda: crm.api("PUT", f"/events/{event_id}", TIMES)


def a_misspelt_path(crm: Crm) -> Callable[[], Any]:
    return lambda: crm.api("GET", "/event")


def an_id_that_never_was(crm: Crm) -> Callable[[], Any]:
    return lambda: crm.api("PATCH", "/events/AAMkAGI%3D", {"subject": "x"})


def another_body_for_the_same_key(crm: Crm) -> Callable[[], Any]:
    key = {"Idempotency-Key": "k"}
    assert crm.api("POST", "/events", TIMES, headers=key).status_code == 201
    return lambda: crm.api("POST", "/events", {**TIMES, "subject": "Other"}, headers=key)


FUTILE = [
    (forbidden_delete, "403 fault.injected"),
    (ends_before_it_begins, "422 event.invalid"),
    (ends_before_it_begins_with_a_new_key, "422 event.invalid"),
    (an_unknown_field, "422 event.invalid"),
    (not_json, "415 body.notJson"),
    (half_json, "400 body.malformed"),
    (without_a_tag_where_one_is_required, "428 precondition.required"),
    (the_wrong_method, "405 method.notAllowed"),
    (a_misspelt_path, "404 path.notFound"),
    (an_id_that_never_was, "404 event.notFound"),
    (another_body_for_the_same_key, "422 idempotency.mismatch"),
]


@pytest.mark.parametrize(("of", "answer"), FUTILE)
def test_what_is_refused_in_the_same_way_three_times_in_a_row_is_futile(
    crm: Crm, of: Callable[[Crm], Callable[[], Any]], answer: str
) -> None:
    ask = of(crm)
    for _ in range(2):
        assert ask().status_code == int(answer[:3])
        crm.advance("5m")
    assert "request.futile" not in codes(crm), "whoever tries once more is not accused"
    ask()
    (found,) = [each for each in findings(crm) if each["code"] == "request.futile"]
    assert found["count"] == len(found["requests"]) == 3
    assert f"was refused with {answer} 3 times in a row" in found["explanation"]


def test_the_count_goes_on_though_only_ten_requests_are_named(crm: Crm) -> None:
    for _ in range(25):
        crm.api("GET", "/event")
    (found,) = findings(crm)
    assert (found["count"], found["requests"]) == (25, list(range(16, 26)))


def test_what_passes_by_itself_in_between_is_no_success(crm: Crm) -> None:
    ask = forbidden_delete(crm)
    for _ in range(2):
        ask()
    crm.controls.faults.clear()
    crm.admin("POST", "/faults", {"effect": {"status": 503}})
    assert ask().status_code == 503
    crm.controls.faults.clear()
    forbid(crm, operation="deleteEvent")
    assert ask().status_code == 403
    assert codes(crm) == ["request.futile"]


def test_each_client_is_counted_for_itself(crm: Crm) -> None:
    for name in ("ann", "bob", "ann", "bob"):
        crm.api("GET", "/event", headers={"X-Mockcrm-Client": name})
    assert (findings(crm, "ann"), findings(crm, "bob")) == ([], [])
    crm.api("GET", "/event", headers={"X-Mockcrm-Client": "ann"})
    assert ([each["code"] for each in findings(crm, "ann")], findings(crm, "bob")) == (["request.futile"], [])


def test_the_same_token_after_a_401_is_futile(crm: Crm) -> None:
    crm.set_dialect(credentials="good")
    for _ in range(3):
        crm.api("PATCH", "/events/e1", {}, headers={"Authorization": "Bearer old", "X-Mockcrm-Client": "client"})
    assert codes(crm) == ["request.futile"]


# Lists that are refused for ever


@pytest.mark.parametrize("query", [{"since": "yesterday"}, {"modifiedSince": "2026-01-01T00:00:00Z"}, {"limit": "0"}])
def test_a_list_that_is_refused_for_ever_is_futile(crm: Crm, query: Any) -> None:
    for _ in range(MANY):
        assert crm.api("GET", "/events", params=query).status_code == 400
        crm.advance("5m")
    (found,) = findings(crm)
    assert (found["code"], found["count"]) == ("read.futile", MANY)
    assert "was refused with 400 query.invalid 12 times in a row" in found["explanation"]


def test_a_window_that_slides_does_not_make_a_refused_list_another_one(crm: Crm) -> None:
    forbid(crm)
    for day in range(1, 6):
        window = {"startAt": f"2026-01-0{day}T00:00:00Z", "endAt": f"2026-02-0{day}T00:00:00Z"}
        assert crm.api("GET", "/events", params=window).status_code == 403
        crm.advance("1d")
    (found,) = findings(crm)
    assert (found["code"], found["count"]) == ("read.futile", 5)


def expire(crm: Crm) -> str:
    """A CRM that no longer keeps the deletions since the client's watermark."""
    crm.set_dialect(tombstoneRetention="14d")
    event_of_a_colleague(crm)
    watermark: str = crm.api("GET", "/events").json()["asOf"]
    crm.advance("21d")
    return watermark


def test_to_ask_since_1970_after_a_410_is_refused_for_ever_and_named_once(crm: Crm) -> None:
    watermark = expire(crm)
    assert crm.api("GET", "/events", params={"since": watermark, "showDeleted": "true"}).status_code == 410
    for _ in range(20):
        asked = {"since": "1970-01-01T00:00:00Z", "showDeleted": "true"}
        assert crm.api("GET", "/events", params=asked).status_code == 410
        crm.advance("10m")
    (found,) = findings(crm)
    assert (found["code"], found["severity"], found["count"]) == ("read.futile", "warning", 20)


def test_an_expired_watermark_that_is_sent_again_keeps_its_own_name(crm: Crm) -> None:
    watermark = expire(crm)
    for _ in range(4):
        crm.api("GET", "/events", params={"since": watermark, "showDeleted": "true"})
    assert {*codes(crm)} == {"expired.ignored"}


def test_an_expired_page_token_that_is_sent_again_and_again_is_futile(crm: Crm) -> None:
    crm.set_dialect(pageSize=1, pageTokenLife="1m")
    for number in range(2):
        crm.create(subject=f"Meeting {number}")
    token = crm.api("GET", "/events").json()["nextPageToken"]
    crm.advance("5m")
    for _ in range(3):
        assert crm.api("GET", "/events", params={"pageToken": token}).status_code == 410
    assert codes(crm) == ["read.futile"]


# Careful clients


def test_what_succeeds_in_the_end_was_not_futile(crm: Crm) -> None:
    event_id = event_of_a_colleague(crm)
    rule = forbid(crm, operation="deleteEvent")
    for _ in range(5):
        crm.api("DELETE", f"/events/{event_id}")
    crm.controls.faults.remove(rule)
    assert crm.api("DELETE", f"/events/{event_id}").status_code == 204
    assert codes(crm) == []


def test_who_loses_each_race_and_reads_again_in_between_goes_on(crm: Crm) -> None:
    event_id = event_of_a_colleague(crm)
    for number in range(5):
        tag = tag_of(crm, event_id)
        crm.act({"edit": {"event": "review", "set": {"location": f"Room {number}"}}})
        answer = crm.api("PATCH", f"/events/{event_id}", {"subject": "New"}, headers={"If-Match": tag})
        assert answer.status_code == 412
    assert codes(crm) == []


def test_who_puts_an_event_aside_until_it_was_changed_goes_on(crm: Crm) -> None:
    for number in range(5):
        payload = {**TIMES, "colour": number}
        assert crm.api("POST", "/events", payload).status_code == 422
        crm.create(subject=f"Another {number}")
    assert codes(crm) == []


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
def test_what_may_pass_by_itself_may_be_repeated(crm: Crm, status: int) -> None:
    crm.admin("POST", "/faults", {"effect": {"status": status}})
    for _ in range(5):
        crm.api("POST", "/events", TIMES)
        crm.advance("1m")
    assert codes(crm) == []


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ({"error": {"errors": [{"reason": "rateLimitExceeded"}]}}, None),
        ({"error": {"errors": [{"reason": "quotaExceeded"}]}}, None),
        ("Too many requests. Slow down.", None),
        (None, {"Retry-After": "60"}),
    ],
)
def test_a_403_that_speaks_of_a_rate_limit_may_be_repeated(crm: Crm, body: Any, headers: Any) -> None:
    event_id = event_of_a_colleague(crm)
    forbid(crm, body=body, headers=headers, operation="deleteEvent")
    for _ in range(5):
        assert crm.api("DELETE", f"/events/{event_id}").status_code == 403
        crm.advance("2m")
    assert codes(crm) == []


@pytest.mark.parametrize("status", [400, 403])
def test_a_rate_limit_may_have_any_status(crm: Crm, status: int) -> None:
    limit = {"requests": 0, "per": "1m", "status": status, "retryAfter": "none", "body": "No."}
    crm.admin("POST", "/faults", {"effect": {"rateLimit": limit}})
    for _ in range(5):
        assert crm.api("POST", "/events", TIMES).status_code == status
        crm.advance("2m")
    assert codes(crm) == []


def test_a_403_that_says_something_else_does_not_pass(crm: Crm) -> None:
    event_id = event_of_a_colleague(crm)
    forbid(crm, body={"error": "forbidden"}, operation="deleteEvent")
    for _ in range(5):
        crm.api("DELETE", f"/events/{event_id}")
    assert codes(crm) == ["request.futile"]


def test_new_credentials_after_a_401_make_another_request(crm: Crm) -> None:
    crm.set_dialect(credentials="good")
    for number in range(5):
        headers = {"Authorization": f"Bearer old-{number}", "X-Mockcrm-Client": "client"}
        assert crm.api("GET", "/events", headers=headers).status_code == 401
    assert codes(crm) == []


def test_who_has_no_credentials_is_not_judged(crm: Crm) -> None:
    crm.set_dialect(credentials="good")
    for _ in range(5):
        assert crm.api("GET", "/events").status_code == 401
    assert codes(crm) == []


def test_whoever_looks_again_whether_an_event_is_there_goes_on(crm: Crm) -> None:
    event_id = event_of_a_colleague(crm)
    crm.act({"delete": {"event": "review"}})
    for path in (f"/events/{event_id}", "/events/never"):
        for _ in range(5):
            assert crm.api("GET", path).status_code == 404
            crm.api("HEAD", path)
    assert codes(crm) == []


def test_a_write_to_a_deleted_event_has_a_name_of_its_own(crm: Crm) -> None:
    event_id = event_of_a_colleague(crm)
    crm.act({"delete": {"event": "review"}})
    for _ in range(5):
        crm.api("PATCH", f"/events/{event_id}", {"subject": "New"})
    assert {*codes(crm)} == {"write.toDeletedAgain"}


def test_whoever_tries_whether_there_is_a_list_of_deletions_goes_on(crm: Crm) -> None:
    crm.set_dialect(deletions="inline")
    for _ in range(5):
        assert crm.api("GET", "/deletedEvents").status_code == 404
        crm.events()
    assert codes(crm) == []


def test_several_windows_that_are_refused_once_each_are_not_one_request(crm: Crm) -> None:
    forbid(crm)
    for month in range(1, 9):
        window = {"startAt": f"2026-0{month}-01T00:00:00Z", "endAt": f"2026-0{month + 1}-01T00:00:00Z"}
        assert crm.api("GET", "/events", params=window).status_code == 403
    assert codes(crm) == []


def test_requests_that_are_sent_at_once_repeat_nothing() -> None:
    crm = audited.Crm()
    name = crm.create()
    for entry in [crm.begin("client", "DELETE", name) for _ in range(5)]:
        crm.end(entry, 403)
    assert crm.codes() == []
    for _ in range(2):
        crm.end(crm.begin("client", "DELETE", name), 403)
    assert [(found.kind.code, found.count) for found in crm.findings()] == [("request.futile", 3)]


# What the audit remembers


def test_a_small_journal_forgets_nothing() -> None:
    sandboxes = Sandboxes(journaled=2)
    send = in_process(create_app(sandboxes))
    for _ in range(MANY):
        send("GET", "/event", {}, None, {})
        send("GET", "/events", {"since": "yesterday"}, None, {})
        send("GET", "/events", {}, None, {})
    audits = [sandboxes.get("default").audit().findings for _ in range(2)]
    for found in audits:
        assert [(each.kind.code, each.count) for each in found] == [("request.futile", MANY), ("read.futile", MANY)]
        assert all(len(each.requests) == 10 for each in found)


def test_neither_side_of_a_copy_sees_what_the_other_does() -> None:
    crm = audited.Crm()
    name = crm.create()
    for _ in range(3):
        crm.end(crm.begin("client", "DELETE", name), 403)
    before, *rest = crm.sandbox.journal.entries()
    book = Book.of("client")
    book.progress.enter(before)
    copy = book.copy()
    for entry in rest:
        copy.progress.enter(entry)
    counts = [[each.count for each in one.progress.refusals.observations(lambda _: None)] for one in (book, copy)]
    assert counts == [[], [3]]


def test_the_memory_of_a_client_is_bounded(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refused_requests, "MAX_REFUSED_REQUESTS", 5)
    for number in range(3):
        for _ in range(3):
            for each in range(number * 5, number * 5 + 5):
                crm.api("GET", f"/event{each}")
    assert [found["requests"][-1] for found in findings(crm)] == [41, 42, 43, 44, 45]


# Answers that broke off


def ask_and_lose(crm: Crm, ask: Callable[[], Any]) -> None:
    """Ask, and get only a part of the answer."""
    cut = {"match": {"operation": "createEvent"}, "effect": {"truncate": {"contentLength": "cut"}}, "times": 1}
    crm.admin("POST", "/faults", cut)
    assert ask().content.count(b"}") == 0


def test_who_got_no_whole_answer_may_ask_once_more(crm: Crm) -> None:
    ask = ends_before_it_begins(crm)
    for _ in range(3):
        ask()
        ask()
        ask_and_lose(crm, ask)
    assert codes(crm) == []
    for _ in range(3):
        ask()
    assert codes(crm) == ["request.futile"]


def test_what_was_refused_again_and_again_before_an_answer_broke_off_stays_so(crm: Crm) -> None:
    ask = ends_before_it_begins(crm)
    for _ in range(3):
        ask()
    ask_and_lose(crm, ask)
    ask()
    (found,) = findings(crm)
    assert (found["code"], found["count"]) == ("request.futile", 4)
