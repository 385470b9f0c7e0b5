"""Back to the start, and the whole state out and in (contract, section 6)."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.making import Make, making, name_of
from tests.rich import rich
from tests.served import Crm, error
from tests.unchanged import EVENT, declined, set_clock, subjects, tombstones, version


def succeed(crm: Crm, method: str, path: str, body: Any = None) -> Any:
    response = crm.admin(method, path, body)
    assert response.status_code == 200, response.text
    return response.json()


def seen(crm: Crm) -> list[Any]:
    """What a client and a person see of a state."""
    answers = [crm.api("GET", path) for path in ("/events", "/events?since=2026-01-01T00:00:00Z", "/deletedEvents")]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    return [answer.json() for answer in answers] + [succeed(crm, "GET", "/events"), crm.changes()]


@pytest.fixture
def make(http: httpx.Client) -> Iterator[Make]:
    with making(http) as maker:
        yield maker


@pytest.fixture
def other(make: Make) -> Crm:
    """A second sandbox, empty, whose clock runs."""
    return make()


# Reset


def test_reset_goes_back_to_an_empty_start(crm: Crm) -> None:
    rich(crm)
    crm.admin("POST", "/reset")
    assert (crm.events(), crm.changes(), tombstones(crm)) == ([], [], [])
    assert succeed(crm, "GET", "/clock").items() >= {"mode": "running", "rate": 1, "tick": "PT0.001S"}.items()
    assert succeed(crm, "GET", "/dialect")["name"] == "plain"


def test_reset_goes_back_to_a_loaded_scenario(make: Make) -> None:
    loaded = make(scenario="quickstart", count=5, seed=3)
    before, shown = loaded.everything(), seen(loaded)
    loaded.act({"churn": {"creates": 5, "edits": 5, "deletes": 5}}, {"advance": {"by": "1d"}})
    loaded.set_dialect(since="exclusive")
    succeed(loaded, "POST", "/reset")
    assert loaded.everything() == before
    assert seen(loaded) == shown


def test_reset_goes_back_to_what_was_forked(crm: Crm, make: Make) -> None:
    rich(crm)
    fork = make(**{"from": name_of(crm), "count": 3})
    before, shown = fork.everything(), seen(fork)
    fork.act({"churn": {"creates": 5}}, {"advance": {"by": "1d"}}, {"delete": {"event": "kickoff"}})
    succeed(fork, "POST", "/reset")
    assert fork.everything() == before
    assert seen(fork) == shown


def test_reset_goes_back_to_a_snapshot_that_was_put_in(crm: Crm, other: Crm) -> None:
    rich(crm)
    succeed(other, "PUT", "/snapshot", crm.everything())
    other.act({"churn": {"creates": 5, "edits": 5}}, {"advance": {"by": "1d"}})
    succeed(other, "POST", "/reset")
    assert other.everything() == crm.everything()
    assert seen(other)[:3] == seen(crm)[:3]


def test_reset_can_be_done_again_and_again(crm: Crm, other: Crm) -> None:
    rich(crm)
    succeed(other, "PUT", "/snapshot", crm.everything())
    for _ in range(3):
        other.act({"churn": {"creates": 5, "edits": 5, "deletes": 5}}, {"advance": {"by": "1d"}})
        succeed(other, "POST", "/reset")
        assert other.everything() == crm.everything()


def test_reset_makes_chance_repeat_itself(crm: Crm) -> None:
    succeed(crm, "PUT", "/snapshot", crm.everything())
    crm.act({"churn": {"creates": 5}})
    first = subjects(crm.events())
    succeed(crm, "POST", "/reset")
    crm.act({"churn": {"creates": 5}})
    assert subjects(crm.events()) == first


def test_reset_to_empty_leaves_nothing_and_lets_the_clock_run(crm: Crm, other: Crm) -> None:
    rich(crm)
    succeed(other, "PUT", "/snapshot", crm.everything())
    succeed(other, "POST", "/reset", {"to": "empty"})
    assert (other.events(), other.changes(), tombstones(other)) == ([], [], [])
    assert succeed(other, "GET", "/clock").items() >= {"mode": "running", "rate": 1, "tick": "PT0.001S"}.items()
    assert other.now() > "2026-01-06"
    assert succeed(other, "GET", "/dialect")["name"] == "plain"
    emptied = other.everything()
    assert (emptied["agenda"], emptied["keys"], emptied["answers"], emptied["pending"]) == ([], {}, [], [])
    assert other.create()["id"] == "1001"


def test_after_a_reset_to_empty_a_plain_reset_still_knows_the_start(crm: Crm, other: Crm) -> None:
    rich(crm)
    succeed(other, "PUT", "/snapshot", crm.everything())
    succeed(other, "POST", "/reset", {"to": "empty"})
    succeed(other, "POST", "/reset")
    assert other.everything() == crm.everything()


def test_after_a_reset_requests_are_counted_anew(crm: Crm) -> None:
    assert [crm.api("GET", "/events").headers["X-Request-Id"] for _ in range(2)] == ["1", "2"]
    succeed(crm, "POST", "/reset")
    assert crm.api("GET", "/events").headers["X-Request-Id"] == "1"


@pytest.mark.parametrize("path", ["/reset", "/snapshot"])
def test_page_tokens_end_with_a_reset_or_a_snapshot_put_in(crm: Crm, path: str) -> None:
    for _ in range(3):
        crm.create()
    token = crm.api("GET", "/events?limit=1").json()["nextPageToken"]
    assert crm.api("GET", "/events", params={"pageToken": token}).status_code == 200
    succeed(crm, *(("POST", path) if path == "/reset" else ("PUT", path, crm.everything())))
    error(crm.api("GET", "/events", params={"pageToken": token}), 410, "pageToken.expired")


@pytest.mark.parametrize("body", [{"to": "start"}, {"to": None}, {"from": "empty"}, [], "empty"], ids=str)
def test_a_reset_to_anywhere_else_is_refused(crm: Crm, body: Any) -> None:
    rich(crm)
    response = crm.admin("POST", "/reset", body)
    assert response.status_code == 422
    assert subjects(crm.events())


# Snapshot


def test_a_snapshot_comes_out_as_it_went_in_byte_for_byte(crm: Crm, other: Crm) -> None:
    rich(crm)
    before = crm.admin("GET", "/snapshot").content
    for each in (other, crm):
        each.http.put(f"{each.path}/admin/snapshot", content=before, headers={"Content-Type": "application/json"})
        assert each.admin("GET", "/snapshot").content == before
    assert seen(other) == seen(crm)


def test_a_snapshot_names_its_format_and_neither_the_sandbox_nor_its_requests(crm: Crm) -> None:
    rich(crm)
    snapshot = crm.everything()
    assert snapshot["format"].startswith("mockcrm.snapshot/")
    assert "name" not in snapshot
    assert "requests" not in snapshot


def test_a_snapshot_has_the_same_future(crm: Crm, other: Crm) -> None:
    rich(crm)
    succeed(other, "PUT", "/snapshot", crm.everything())
    for each in (crm, other):
        each.advance("4m")
        each.act({"churn": {"creates": 3, "edits": 3, "deletes": 3}})
        each.advance("2h")
        each.api("POST", "/events", EVENT, headers={"Idempotency-Key": "once"})
    assert without_numbers(other) == without_numbers(crm)
    assert seen(other)[:3] == seen(crm)[:3]


def without_numbers(crm: Crm) -> Any:
    """The state but for the numbers of the requests that made it."""
    snapshot = crm.everything()
    return snapshot | {"changes": [change | {"requestId": None} for change in snapshot["changes"]]}


def test_what_is_not_seen_yet_is_seen_in_time(crm: Crm, other: Crm) -> None:
    rich(crm)
    succeed(other, "PUT", "/snapshot", crm.everything())
    assert "silent" in subjects(other.events())
    other.act({"clock": {"tick": "0s"}})
    other.advance("5m30s")
    assert "seen first" in subjects(other.events())
    assert "unseen" not in subjects(other.events())
    other.advance("6m")
    assert "unseen" in subjects(other.events())
    assert "overtaken" not in subjects(other.events())


def test_a_snapshot_of_a_running_clock_runs_on(crm: Crm, other: Crm) -> None:
    set_clock(crm, mode="running", rate=1000)
    succeed(other, "PUT", "/snapshot", crm.everything())
    clock = succeed(other, "GET", "/clock")
    assert (clock["mode"], clock["rate"]) == ("running", 1000)
    assert clock["now"] < "2026-02"


def test_a_snapshot_may_be_larger_than_other_bodies(crm: Crm, other: Crm) -> None:
    crm.act({"churn": {"creates": 3000, "seed": 1}})
    snapshot = crm.admin("GET", "/snapshot").content
    assert len(snapshot) > 1024 * 1024
    put = other.http.put(f"{other.path}/admin/snapshot", content=snapshot, headers={"Content-Type": "application/json"})
    assert put.status_code == 200
    assert other.admin("GET", "/snapshot").content == snapshot
    assert len(other.events()) == 3000


def test_what_could_be_nested_in_an_event_can_be_nested_in_its_snapshot(crm: Crm, other: Crm) -> None:
    crm.set_dialect(unknownFields="keep")
    deep: Any = "x"
    for _ in range(62):
        deep = [deep]
    crm.create(deep=deep)
    succeed(other, "PUT", "/snapshot", crm.everything())
    assert other.events()[0]["deep"] == deep


def test_keys_of_a_snapshot_stay_taken(crm: Crm, other: Crm) -> None:
    rich(crm)
    succeed(other, "PUT", "/snapshot", crm.everything())
    assert version(other, "kickoff")["key"] == "kickoff"
    declined(other, 409, "key.exists", "POST", "/events", EVENT | {"key": "gone"})


def test_a_snapshot_that_forgot_which_ids_it_gave_has_none_given_twice(crm: Crm) -> None:
    crm.act({"create": {"kind": "contact", "set": {"lastName": "Baker"}}}, {"create": {"set": EVENT}})
    taken = crm.admin("GET", "/snapshot").json()
    assert crm.admin("PUT", "/snapshot", taken | {"idsGiven": {"calendar": 1}}).status_code < 400
    for path, body in (("/contacts", {"lastName": "Coyote"}), ("/events", EVENT)):
        (there,) = crm.api("GET", path).json()["records"]
        assert crm.api("POST", path, body).json()["id"] != there["id"]
