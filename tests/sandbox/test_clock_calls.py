"""The clock of a sandbox: read, set, moved on, ticking and running (contract, sections 4.1 and 6)."""

from typing import Any

import pytest

from tests.refusals import refused
from tests.served import MONDAY, Crm, error
from tests.unchanged import EVENT, declined, delta, made, not_done, set_clock, subjects

END_OF_TIME = "9999-12-31T23:59:59.999Z"


def test_the_clock_tells_its_time_its_mode_its_rate_and_its_tick(crm: Crm) -> None:
    clock = crm.admin("GET", "/clock")
    assert clock.status_code == 200
    assert clock.json() == {"now": MONDAY, "mode": "frozen", "rate": 1, "tick": "PT0.001S"}


def test_a_new_sandbox_runs_with_the_world(http: Any, crm: Crm) -> None:
    http.post("/admin/sandboxes", json={"name": "runs-with-the-world"})
    clock = http.get("/sandboxes/runs-with-the-world/admin/clock").json()
    assert (clock["mode"], clock["rate"], clock["tick"]) == ("running", 1, "PT0.001S")
    assert clock["now"] > MONDAY
    http.delete("/admin/sandboxes/runs-with-the-world")


@pytest.mark.parametrize(
    ("setting", "payload"),
    [
        ({"now": "2026-01-05T12:00:00Z"}, {"now": "2026-01-05T12:00:00.000Z"}),
        ({"now": "2026-01-05T12:00:00+02:00"}, {"now": "2026-01-05T10:00:00.000Z"}),
        ({"now": "2026-01-05T12:00:00.25Z"}, {"now": "2026-01-05T12:00:00.250Z"}),
        ({"now": "2025-01-05T12:00:00Z"}, {"now": "2025-01-05T12:00:00.000Z"}),
        ({"now": "0001-01-01T00:00:00Z"}, {"now": "0001-01-01T00:00:00.000Z"}),
        ({"now": END_OF_TIME}, {"now": END_OF_TIME}),
        ({"rate": 60}, {"rate": 60}),
        ({"rate": 0.5}, {"rate": 0.5}),
        ({"rate": 1_000_000}, {"rate": 1_000_000}),
        ({"tick": "PT1S"}, {"tick": "PT1S"}),
        ({"tick": "250ms"}, {"tick": "PT0.25S"}),
        ({"tick": "0s"}, {"tick": "PT0S"}),
        ({"mode": "frozen"}, {}),
        ({}, {}),
    ],
    ids=str,
)
def test_each_setting_can_be_changed_alone(crm: Crm, setting: dict[str, Any], payload: dict[str, Any]) -> None:
    before = crm.admin("GET", "/clock").json()
    answer = set_clock(crm, **setting)
    assert crm.admin("GET", "/clock").json() == before | payload
    assert answer.items() >= (before | payload).items()


def test_all_settings_can_be_changed_at_once(crm: Crm) -> None:
    set_clock(crm, now="2026-02-01T00:00:00Z", mode="frozen", rate=2, tick="1m")
    assert crm.admin("GET", "/clock").json() == {
        "now": "2026-02-01T00:00:00.000Z",
        "mode": "frozen",
        "rate": 2,
        "tick": "PT1M",
    }


@pytest.mark.parametrize(
    ("by", "now"),
    [
        ("PT5M", "2026-01-05T09:05:00.000Z"),
        ("PT1H30M", "2026-01-05T10:30:00.000Z"),
        ("PT1.5S", "2026-01-05T09:00:01.500Z"),
        ("PT90M", "2026-01-05T10:30:00.000Z"),
        ("P1D", "2026-01-06T09:00:00.000Z"),
        ("P1DT2H", "2026-01-06T11:00:00.000Z"),
        ("P1W", "2026-01-12T09:00:00.000Z"),
        ("PT0S", MONDAY),
        ("5m", "2026-01-05T09:05:00.000Z"),
        ("1h30m", "2026-01-05T10:30:00.000Z"),
        ("250ms", "2026-01-05T09:00:00.250Z"),
        ("1s250ms", "2026-01-05T09:00:01.250Z"),
        ("2d", "2026-01-07T09:00:00.000Z"),
        ("0s", MONDAY),
    ],
)
def test_a_duration_is_iso_8601_or_what_people_type(crm: Crm, by: str, now: str) -> None:
    answer = crm.advance(by)
    assert (answer["now"], answer["ran"]) == (now, [])
    assert crm.now() == now


def test_the_verbs_clock_and_advance_tell_the_time(crm: Crm) -> None:
    advanced, moved = crm.act({"advance": {"by": "5m"}}, {"clock": {"now": "2026-02-01T00:00:00Z"}})
    assert (advanced["verb"], advanced["now"]) == ("advance", "2026-01-05T09:05:00.000Z")
    assert (moved["verb"], moved["now"]) == ("clock", "2026-02-01T00:00:00.000Z")


def test_a_response_is_dated_once_and_by_the_clock_of_its_sandbox(crm: Crm) -> None:
    for response in (crm.api("GET", "/events"), crm.admin("GET", "/clock"), crm.api("GET", "/events/nope")):
        assert response.headers.get_list("Date") == ["Mon, 05 Jan 2026 09:00:00 GMT"]


# The tick


def test_the_clock_ticks_before_each_write_and_the_write_bears_the_new_time(crm: Crm) -> None:
    event = crm.create()
    assert event["lastModifiedAt"] == crm.now() == "2026-01-05T09:00:00.001Z"
    crm.api("PATCH", f"/events/{event['id']}", {"subject": "x"})
    crm.api("PUT", f"/events/{event['id']}", EVENT)
    crm.api("DELETE", f"/events/{event['id']}")
    assert crm.now() == "2026-01-05T09:00:00.004Z"


def test_reading_does_not_tick(crm: Crm) -> None:
    event = crm.create()
    before = crm.now()
    crm.events()
    crm.api("GET", f"/events/{event['id']}")
    crm.changes()
    assert crm.now() == before


def test_each_write_of_a_list_ticks(crm: Crm) -> None:
    crm.act(*[{"create": {"set": EVENT}}] * 3)
    assert [change["stamp"][-5:] for change in crm.changes()] == [".001Z", ".002Z", ".003Z"]
    crm.act({"touch": {"events": "all"}})
    assert crm.now() == "2026-01-05T09:00:00.006Z"
    crm.act({"churn": {"creates": 2, "edits": 1, "deletes": 1, "seed": 1}})
    assert crm.now() == "2026-01-05T09:00:00.010Z"


def test_the_tick_can_be_of_any_length(crm: Crm) -> None:
    set_clock(crm, tick="1h")
    assert crm.create()["lastModifiedAt"] == "2026-01-05T10:00:00.000Z"


def test_with_a_tick_of_zero_time_stands_still_and_commits_keep_their_order(crm: Crm) -> None:
    set_clock(crm, tick="0s")
    made_events = [crm.create(subject=letter) for letter in "cab"]
    assert {event["lastModifiedAt"] for event in made_events} == {MONDAY}
    assert subjects(delta(crm)) == ["c", "a", "b"]


def test_a_later_stamp_exceeds_every_earlier_as_of(crm: Crm) -> None:
    as_of = crm.api("GET", "/events").json()["asOf"]
    assert as_of == MONDAY
    assert crm.create()["lastModifiedAt"] > as_of


# Forward and back


def test_forward_by_put_is_the_same_as_advancing(crm: Crm) -> None:
    made(crm, "kickoff", {"visibleAfter": "30m"}, subject="Kickoff")
    crm.act({"schedule": {"after": "10m", "do": [{"edit": {"event": "kickoff", "set": {"subject": "Moved"}}}]}})
    set_clock(crm, now="2026-01-05T10:00:00Z")
    assert [change["stamp"] for change in crm.changes()][-1] == "2026-01-05T09:10:00.002Z"
    assert subjects(crm.events()) == ["Moved"]


def test_back_runs_nothing_and_undoes_nothing(crm: Crm) -> None:
    crm.act({"schedule": {"after": "10m", "do": [{"create": {"set": EVENT | {"subject": "due"}}}]}})
    crm.create(subject="made")
    changes = crm.changes()
    set_clock(crm, now="2025-12-01T00:00:00Z")
    assert crm.changes() == changes
    assert subjects(crm.events()) == ["made"]
    assert crm.now() == "2025-12-01T00:00:00.000Z"


def test_a_write_after_the_clock_went_back_bears_the_earlier_time(crm: Crm) -> None:
    crm.create(subject="first")
    set_clock(crm, now="2025-12-01T00:00:00Z")
    assert crm.create(subject="second")["lastModifiedAt"] == "2025-12-01T00:00:00.001Z"
    assert subjects(delta(crm)) == ["second", "first"]


# A clock that runs


def test_a_running_clock_moves_and_a_frozen_one_stands_where_it_came_to(crm: Crm) -> None:
    set_clock(crm, mode="running", rate=1_000_000)
    assert crm.now() > MONDAY
    stopped = set_clock(crm, mode="frozen")["now"]
    assert crm.now() == stopped > MONDAY


def test_a_running_clock_that_is_set_and_frozen_stands_exactly_where_it_was_set(crm: Crm) -> None:
    set_clock(crm, mode="running", rate=1_000_000)
    assert set_clock(crm, now="2030-01-01T00:00:00Z", mode="frozen")["now"] == "2030-01-01T00:00:00.000Z"


def test_another_rate_is_no_jump(crm: Crm) -> None:
    set_clock(crm, mode="running", rate=1_000_000)
    before = crm.now()
    assert before <= set_clock(crm, rate=0.001)["now"] <= crm.now()


def test_a_running_clock_can_be_set_and_advanced(crm: Crm) -> None:
    set_clock(crm, mode="running", now="2027-01-01T00:00:00Z")
    assert crm.now() >= "2027-01-01T00:00:00.000Z"
    assert "2027-01-02T00:00:00.000Z" <= crm.advance("1d")["now"] < "2027-01-03"
    assert set_clock(crm, now="2026-01-01T00:00:00Z")["now"] < "2026-02"


def test_a_running_clock_stops_at_the_end_of_the_year_9999(crm: Crm) -> None:
    set_clock(crm, now="9999-12-31T23:59:59Z", mode="running", rate=1_000_000)
    assert crm.now() == END_OF_TIME
    assert crm.api("GET", "/events").json()["asOf"] == END_OF_TIME


# Refusals


@pytest.mark.parametrize(
    "body",
    [
        {"now": "2026-01-05"},
        {"now": "2026-01-05T09:00:00"},
        {"now": "2026-02-30T09:00:00Z"},
        {"now": "9999-12-31T23:59:59-01:00"},
        {"now": "0001-01-01T00:00:00+01:00"},
        {"now": "PT5M"},
        {"now": 1767603600000},
        {"now": None},
        {"mode": "stopped"},
        {"mode": True},
        {"mode": None},
        {"rate": 0},
        {"rate": -1},
        {"rate": 1_000_001},
        {"rate": "1"},
        {"rate": True},
        {"rate": None},
        {"tick": "-1ms"},
        {"tick": "P1M"},
        {"tick": 1},
        {"tick": None},
        {"speed": 2},
        {"now": "2027-01-01T00:00:00Z", "rate": 0},
        [],
        "frozen",
    ],
    ids=str,
)
def test_a_setting_that_makes_no_sense_is_refused(crm: Crm, body: Any) -> None:
    crm.act({"schedule": {"after": "10m", "do": [{"create": {"set": EVENT}}]}})
    details = declined(crm, 422, "clock.invalid", "PUT", "/clock", body)
    assert not isinstance(body, dict) or set(details) <= set(body)


@pytest.mark.parametrize(
    "by",
    ["", "5", "m", "P", "PT", "P1M", "P1Y", "1y", "1h 30m", "PT5M ", "five minutes", "-2s", "-PT2S", 5, None, True],
)
def test_what_is_no_duration_or_leads_back_does_not_advance(crm: Crm, by: Any) -> None:
    assert "by" in declined(crm, 422, "clock.invalid", "POST", "/clock/advance", {"by": by})


@pytest.mark.parametrize("body", [{}, {"by": "1m", "to": "x"}, [], "1m"], ids=str)
def test_an_advance_says_by_how_much_and_no_more(crm: Crm, body: Any) -> None:
    declined(crm, 422, "clock.invalid", "POST", "/clock/advance", body)


@pytest.mark.parametrize("by", ["P3000000D", "P999999999D"])
def test_no_clock_goes_beyond_the_year_9999(crm: Crm, by: str) -> None:
    declined(crm, 422, "clock.invalid", "POST", "/clock/advance", {"by": by})
    not_done(crm, 422, "clock.invalid", {"create": {"set": EVENT}}, {"advance": {"by": by}})


def test_at_the_end_of_time_what_would_tick_is_refused(crm: Crm) -> None:
    event = crm.create()
    set_clock(crm, now=END_OF_TIME)
    refused(crm, 422, "clock.invalid", "POST", "/events", EVENT)
    refused(crm, 422, "clock.invalid", "DELETE", f"/events/{event['id']}")
    not_done(crm, 422, "clock.invalid", {"touch": {"events": "all"}})
    crm.advance("0s")
    set_clock(crm, tick="0s")
    assert crm.create()["lastModifiedAt"] == END_OF_TIME


def test_the_last_instant_of_all_can_be_written_finely_and_is_still_no_end_to_writing(crm: Crm) -> None:
    set_clock(crm, now="9999-12-31T23:59:59.999999Z", tick="0s")
    assert crm.advance("0s")["now"] == END_OF_TIME
    assert crm.create()["lastModifiedAt"] == END_OF_TIME


def test_the_clock_is_read_set_and_moved_and_nothing_else(crm: Crm) -> None:
    for method, path in (("DELETE", "/clock"), ("POST", "/clock"), ("GET", "/clock/advance")):
        response = crm.admin(method, path)
        error(response, 405, "method.notAllowed")
        assert response.headers["Allow"]
