"""Page tokens that are misused, and those that form a loop."""

from typing import Any

import httpx
import pytest

from mockcrm import Sandboxes, create_app
from mockcrm.audit import page_tokens
from mockcrm.audit.page_tokens import PageTokens
from mockcrm.client.transport import in_process
from mockcrm.sandbox.sandbox import Sandbox
from tests.audit.test_refused_again import codes, findings
from tests.audit.test_repeated_reads import SEVEN, create, seven_events
from tests.samples import TIMES
from tests.served import Crm

LONG_AGO = "1970-01-01T00:00:00Z"


def first_page(crm: Crm, **query: Any) -> Any:
    page = crm.api("GET", "/events", params=query).json()
    assert page["nextPageToken"]
    return page


def go_on(crm: Crm, token: str, path: str = "/events", **query: Any) -> Any:
    return crm.api("GET", path, params={"pageToken": token, **query})


# A token beside another query


@pytest.mark.parametrize("paging", ["offset", "keyset", "snapshot"])
def test_a_position_that_is_kept_under_a_new_watermark(crm: Crm, paging: str) -> None:
    crm.set_dialect(paging=paging, pageSize=2)
    crm.act(*(create(key, hour) for hour, key in enumerate(SEVEN, 8)))
    page = first_page(crm, since=LONG_AGO)
    crm.advance("1h")
    assert go_on(crm, page["nextPageToken"], since=page["asOf"]).status_code == 400
    (found,) = findings(crm)
    assert (found["code"], found["severity"], found["requests"]) == ("pageToken.queryChanged", "warning", [2])
    assert (
        found["explanation"] == "The client sent a page token of the read of request 1 beside another since: request 2."
    )
    assert go_on(crm, page["nextPageToken"]).status_code == 200


@pytest.mark.parametrize(
    ("path", "query", "told"),
    [
        ("/events", {"showDeleted": "true"}, "beside another showDeleted"),
        ("/events", {"limit": "7"}, "beside another limit"),
        ("/events", {"startAt": "2026-01-05T00:00:00Z", "endAt": "2026-01-12T00:00:00Z"}, "another startAt and endAt"),
        ("/deletedEvents", {}, "to another list"),
        ("/deletedEvents", {"since": LONG_AGO}, "to another list"),
    ],
)
def test_what_else_may_be_changed_beside_a_token(crm: Crm, path: str, query: Any, told: str) -> None:
    crm.set_dialect(pageSize=2, deletions="endpoint" if path == "/deletedEvents" else "asked")
    seven_events(crm)
    token = first_page(crm)["nextPageToken"]
    assert go_on(crm, token, path, **query).json()["code"] == "pageToken.invalid"
    (found,) = findings(crm)
    assert found["code"] == "pageToken.queryChanged"
    assert told in found["explanation"]


def test_the_same_mistake_again_and_again_is_one_finding(crm: Crm) -> None:
    crm.set_dialect(pageSize=2)
    seven_events(crm)
    token = first_page(crm)["nextPageToken"]
    for _ in range(12):
        go_on(crm, token, limit="5")
    (found,) = findings(crm)
    assert (found["code"], found["count"], found["requests"]) == ("pageToken.queryChanged", 12, list(range(4, 14)))
    assert "beside another limit 12 times, most recently: requests 4," in found["explanation"]


@pytest.mark.parametrize("query", [{}, {"since": LONG_AGO}, {"since": "1970-01-01T01:00:00+01:00", "limit": "2"}])
def test_a_token_beside_the_same_query_or_alone_is_right(crm: Crm, query: Any) -> None:
    seven_events(crm)
    token = first_page(crm, since=LONG_AGO, limit="2")["nextPageToken"]
    assert go_on(crm, token, **query).status_code == 200
    assert codes(crm) == []


# A token that was never issued


@pytest.mark.parametrize("alter", [lambda token: token[:-1], lambda token: "2", lambda token: f"{token}x", str.lower])
def test_a_token_that_was_altered_or_made_up_was_never_issued(crm: Crm, alter: Any) -> None:
    crm.set_dialect(pageSize=2)
    seven_events(crm)
    token = alter(first_page(crm)["nextPageToken"])
    for _ in range(3):
        assert go_on(crm, token).status_code == 400
    (found,) = findings(crm)
    assert (found["code"], found["count"], found["requests"]) == ("pageToken.notGiven", 3, [2, 3, 4])
    assert "never issued 3 times, most recently: requests 2, 3, 4." in found["explanation"]


def test_a_token_of_another_sandbox_was_never_issued_by_this_one(crm: Crm) -> None:
    crm.set_dialect(pageSize=2)
    seven_events(crm)
    token = first_page(crm)["nextPageToken"]
    with crm.controls.create(f"{crm.path.rpartition('/')[2]}-other") as made:
        other = Crm(crm.http, made.path)
        assert go_on(other, token, since=LONG_AGO).status_code == 400
        assert codes(other) == ["pageToken.notGiven"]


def test_a_token_of_before_a_fork_may_have_its_query_changed(crm: Crm) -> None:
    crm.set_dialect(pageSize=2)
    seven_events(crm)
    token = first_page(crm)["nextPageToken"]
    with crm.controls.fork(f"{crm.path.rpartition('/')[2]}-fork") as made:
        other = Crm(crm.http, made.path)
        assert go_on(other, token, since=LONG_AGO).status_code == 400
        assert codes(other) == ["pageToken.queryChanged"]


def test_a_token_of_before_a_reset_has_expired(crm: Crm) -> None:
    crm.set_dialect(pageSize=2)
    seven_events(crm)
    token = first_page(crm)["nextPageToken"]
    crm.controls.reset()
    assert go_on(crm, token, since=LONG_AGO).status_code == 410
    assert codes(crm) == []


# Tokens that form a loop


@pytest.mark.parametrize("length", [1, 2, 3])
def test_a_client_that_follows_a_token_which_repeats(crm: Crm, length: int) -> None:
    crm.set_dialect(pageSize=1)
    seven_events(crm)
    crm.admin("POST", "/faults", {"effect": {"repeatToken": length}})
    token = first_page(crm)["nextPageToken"]
    for _ in range(20):
        token = go_on(crm, token).json()["nextPageToken"]
    (found,) = [each for each in findings(crm) if each["severity"] != "note"]
    assert (found["code"], found["hazard"]) == ("pageToken.loop", "token-loop")
    assert found["count"] >= 20 // length - 1
    assert len(found["requests"]) <= 10
    assert "The read of request 1 came to the same page" in found["explanation"]
    assert "The CRM returned a page token that it had returned before." in found["explanation"]


def test_a_client_that_never_goes_on_from_a_page(crm: Crm) -> None:
    crm.set_dialect(pageSize=1)
    seven_events(crm)
    token = first_page(crm)["nextPageToken"]
    for count in range(3):
        assert codes(crm) == [], count
        go_on(crm, token)
        crm.advance("5m")
    (found,) = findings(crm)
    assert (found["code"], found["hazard"], found["count"], found["requests"]) == ("pageToken.loop", None, 3, [2, 3, 4])
    assert "That page had another token, and the client did not send it." in found["explanation"]


def test_a_loop_while_another_list_is_read_anew(crm: Crm) -> None:
    crm.set_dialect(pageSize=1, deletions="endpoint")
    seven_events(crm)
    token = first_page(crm)["nextPageToken"]
    for _ in range(4):
        crm.api("GET", "/deletedEvents")
        go_on(crm, token)
    assert codes(crm) == ["pageToken.loop"]


def test_two_reads_that_loop_are_two_findings(crm: Crm) -> None:
    crm.set_dialect(pageSize=1)
    seven_events(crm)
    for _ in range(2):
        token = first_page(crm, since=LONG_AGO)["nextPageToken"]
        for _ in range(5):
            go_on(crm, token)
        crm.advance("1m")
    assert [code for code in codes(crm) if code == "pageToken.loop"] == ["pageToken.loop"] * 2


# Careful clients


def test_who_stops_as_soon_as_a_token_repeats_and_reads_again(crm: Crm) -> None:
    crm.set_dialect(pageSize=1)
    seven_events(crm)
    crm.admin("POST", "/faults", {"effect": {"repeatToken": 2}})
    for _ in range(5):
        seen: list[str] = []
        token = first_page(crm)["nextPageToken"]
        while token not in seen:
            seen.append(token)
            token = go_on(crm, token).json()["nextPageToken"]
        crm.advance("5m")
    assert codes(crm) == []


def test_a_page_that_is_asked_for_again_because_it_broke_off(crm: Crm) -> None:
    crm.set_dialect(pageSize=1)
    seven_events(crm)
    token = first_page(crm)["nextPageToken"]
    rule = crm.admin("POST", "/faults", {"effect": {"status": 503}}).json()["id"]
    for _ in range(5):
        go_on(crm, token)
    crm.controls.faults.remove(rule)
    while token:
        token = go_on(crm, token).json()["nextPageToken"]
    assert codes(crm) == []


def test_a_page_that_breaks_off_each_time(crm: Crm) -> None:
    crm.set_dialect(pageSize=1)
    seven_events(crm)
    token = first_page(crm)["nextPageToken"]
    crm.admin("POST", "/faults", {"effect": "truncate"})
    for _ in range(5):
        with pytest.raises(httpx.RemoteProtocolError):
            go_on(crm, token)
    assert codes(crm) == []


def test_who_looks_at_an_old_page_between_new_reads(crm: Crm) -> None:
    crm.set_dialect(pageSize=6)
    seven_events(crm)
    token = first_page(crm, limit="1")["nextPageToken"]
    for _ in range(5):
        crm.advance("1m")
        go_on(crm, first_page(crm)["nextPageToken"])
        go_on(crm, token)
    assert "pageToken.loop" not in codes(crm)


def test_a_duplicate_page_with_a_token_of_its_own(crm: Crm) -> None:
    crm.set_dialect(pageSize=1)
    seven_events(crm)
    crm.admin("POST", "/faults", {"match": {"page": 3}, "effect": "repeatPage", "times": 3})
    token = first_page(crm)["nextPageToken"]
    while token:
        token = go_on(crm, token).json()["nextPageToken"]
    assert codes(crm) == []


def test_who_asks_from_the_last_page_whether_there_is_more(crm: Crm) -> None:
    crm.set_dialect(pageSize=2)
    crm.act(*(create(key, hour) for hour, key in enumerate("abc", 8)))
    token = first_page(crm, since=LONG_AGO)["nextPageToken"]
    for _ in range(5):
        assert go_on(crm, token).json()["nextPageToken"] is None
        crm.advance("5m")
    assert codes(crm) == []


# What the audit remembers


def looping(journaled: int, times: int) -> Sandbox:
    """A sandbox with a client that asks for a page again and again, and in between for one that never was."""
    sandboxes = Sandboxes(journaled=journaled)
    send = in_process(create_app(sandboxes))
    for number in range(3):
        send("POST", "/events", {}, {"subject": str(number), **TIMES}, {})
    token = send("GET", "/events", {"limit": "1"}, None, {}).json["nextPageToken"]
    for _ in range(times):
        send("GET", "/events", {"pageToken": token}, None, {})
        send("GET", "/events", {"pageToken": "made up"}, None, {})
    return sandboxes.get("default")


def test_a_small_journal_and_a_short_memory_forget_no_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_tokens, "MAX_TOKENS", 2)
    sandbox = looping(journaled=2, times=12)
    for _ in range(2):
        found = {each.kind.code: each for each in sandbox.audit().findings}
        assert (found["pageToken.loop"].count, found["pageToken.notGiven"].count) == (12, 12)
        assert found["pageToken.loop"].requests == (*range(9, 28, 2),)


def test_neither_side_of_a_copy_sees_the_pages_of_the_other() -> None:
    *before, page, made_up = looping(journaled=100, times=3).journal.entries()
    tokens = PageTokens()
    for entry in before:
        tokens.enter(entry)
    copy = tokens.copy()
    copy.enter(page)
    copy.enter(made_up)
    counts = [[(each.code, each.count) for each in one.observations()] for one in (tokens, copy)]
    assert counts == [[("pageToken.notGiven", 2)], [("pageToken.loop", 3), ("pageToken.notGiven", 3)]]
    assert [[each.times for each in one.pages["listEvents"].turns.values()] for one in (tokens, copy)] == [[2], [3]]


def test_requests_for_a_page_that_were_sent_at_once_are_no_loop() -> None:
    *_, page, _ = looping(journaled=100, times=1).journal.entries()
    tokens = PageTokens()
    for _ in range(5):
        tokens.enter(page)
    assert [*tokens.observations()] == []
