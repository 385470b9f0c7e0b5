"""What is put on the clock's agenda, and when it runs (contract, section 6)."""

from typing import Any

import pytest

from tests.served import MONDAY, Crm
from tests.unchanged import EVENT, declined, made, not_done, set_clock, subjects

NOTHING: dict[str, Any] = {"touch": {"events": []}}


def creating(subject: str) -> dict[str, Any]:
    return {"create": {"set": EVENT | {"subject": subject}}}


def schedule(crm: Crm, subject: str, **when: str) -> Any:
    (result,) = crm.act({"schedule": {"do": [creating(subject)], **when}})
    return result


def log(crm: Crm) -> list[tuple[str, str]]:
    """What was done, and when."""
    return [((change["after"] or change["before"])["subject"], change["committedAt"]) for change in crm.changes()]


def test_after_a_while(crm: Crm) -> None:
    assert schedule(crm, "later", after="10m")["verb"] == "schedule"
    assert crm.advance("9m59s")["ran"] == []
    assert crm.events() == []
    (ran,) = crm.advance("1s")["ran"]
    assert ran["at"] == "2026-01-05T09:10:00.000Z"
    assert subjects(crm.events()) == ["later"]


def test_at_an_instant(crm: Crm) -> None:
    schedule(crm, "at noon", at="2026-01-05T13:00:00+01:00")
    crm.advance("1d")
    assert log(crm) == [("at noon", "2026-01-05T12:00:00.001Z")]


def test_every_so_often(crm: Crm) -> None:
    schedule(crm, "again", every="20m")
    ran = crm.advance("1h")["ran"]
    assert [each["at"][11:16] for each in ran] == ["09:20", "09:40", "10:00"]
    crm.advance("20m")
    assert len(crm.events()) == 4


def test_what_is_done_once_is_done_once(crm: Crm) -> None:
    schedule(crm, "once", after="1m")
    crm.advance("1h")
    assert crm.advance("1h")["ran"] == []
    assert len(crm.events()) == 1


def test_scheduling_is_no_write_and_does_not_tick(crm: Crm) -> None:
    schedule(crm, "later", after="1m")
    assert (crm.changes(), crm.now()) == ([], MONDAY)


def test_each_thing_runs_at_its_own_instant_and_the_clock_ends_where_it_was_sent(crm: Crm) -> None:
    schedule(crm, "second", after="20m")
    schedule(crm, "first", after="10m")
    answer = crm.advance("1h")
    assert log(crm) == [("first", "2026-01-05T09:10:00.001Z"), ("second", "2026-01-05T09:20:00.001Z")]
    assert answer["now"] == crm.now() == "2026-01-05T10:00:00.000Z"


def test_what_falls_due_together_runs_in_the_order_of_scheduling(crm: Crm) -> None:
    for letter in "cab":
        schedule(crm, letter, at="2026-01-05T10:00:00Z")
    crm.advance("1h")
    assert [subject for subject, _ in log(crm)] == ["c", "a", "b"]


def test_the_answer_tells_what_ran_with_its_results(crm: Crm) -> None:
    made(crm, "kickoff", subject="Kickoff")
    crm.act({"schedule": {"after": "1m", "do": [creating("new"), {"delete": {"event": "kickoff"}}]}})
    (ran,) = crm.advance("1h")["ran"]
    assert [result["verb"] for result in ran["results"]] == ["create", "delete"]
    assert [result["seq"] for result in ran["results"]] == [2, 3]
    assert "error" not in ran


def test_what_an_earlier_one_schedules_runs_in_the_same_advance(crm: Crm) -> None:
    inner = {"schedule": {"after": "10m", "do": [creating("inner")]}}
    crm.act({"schedule": {"after": "10m", "do": [creating("outer"), inner]}})
    schedule(crm, "between", after="15m")
    ran = crm.advance("1h")["ran"]
    assert [each["at"][11:16] for each in ran] == ["09:10", "09:15", "09:20"]
    assert [subject for subject, _ in log(crm)] == ["outer", "between", "inner"]


def test_one_that_is_refused_when_due_does_nothing_and_stops_nobody(crm: Crm) -> None:
    event_id = made(crm, "kickoff", subject="Kickoff")
    crm.act({"schedule": {"after": "1m", "do": [creating("undone"), {"delete": {"event": "kickoff"}}]}})
    schedule(crm, "after it", after="2m")
    crm.api("DELETE", f"/events/{event_id}")
    first, second = crm.advance("1h")["ran"]
    assert first["error"]["code"] == "event.deleted"
    assert first["error"]["message"]
    assert "error" not in second
    assert log(crm)[2:] == [("after it", "2026-01-05T09:02:00.002Z")]


def test_a_recurring_one_that_is_refused_is_tried_again(crm: Crm) -> None:
    crm.act({"schedule": {"every": "10m", "do": [{"edit": {"event": "kickoff", "set": {"subject": "Moved"}}}]}})
    assert [each["error"]["code"] for each in crm.advance("15m")["ran"]] == ["event.notFound"]
    made(crm, "kickoff")
    crm.advance("5m")
    assert subjects(crm.events()) == ["Moved"]


def test_a_write_may_move_the_clock_beyond_what_is_due_next(crm: Crm) -> None:
    set_clock(crm, tick="30m")
    schedule(crm, "first", after="10m")
    schedule(crm, "second", after="20m")
    crm.advance("1h")
    assert log(crm) == [("first", "2026-01-05T09:40:00.000Z"), ("second", "2026-01-05T10:10:00.000Z")]


def test_each_sees_in_lists_what_has_become_visible_by_then(crm: Crm) -> None:
    made(crm, "kickoff", {"visibleAfter": "5m"}, subject="Kickoff")
    schedule(crm, "later", after="10m")
    crm.advance("7m")
    assert subjects(crm.events()) == ["Kickoff"]
    crm.advance("7m")
    assert subjects(crm.events()) == ["Kickoff", "later"]


def test_what_runs_from_the_agenda_is_the_crm_s_own_doing(crm: Crm) -> None:
    schedule(crm, "later", after="1m")
    crm.advance("1m")
    assert crm.changes()[0]["origin"] == "crm"


def test_within_a_list_of_actions_time_passes_as_well(crm: Crm) -> None:
    *_, advanced = crm.act({"schedule": {"after": "1m", "do": [creating("due")]}}, {"advance": {"by": "1m"}})
    assert [each["at"] for each in advanced["ran"]] == ["2026-01-05T09:01:00.000Z"]
    *_, moved = crm.act(
        {"schedule": {"after": "1m", "do": [creating("due too")]}}, {"clock": {"now": "2026-01-06T00:00:00Z"}}
    )
    assert len(moved["ran"]) == 1


def test_the_clock_set_back_keeps_the_agenda_and_repeats_nothing(crm: Crm) -> None:
    schedule(crm, "done", after="1m")
    schedule(crm, "waiting", after="1h")
    crm.advance("2m")
    set_clock(crm, now="2026-01-05T08:00:00Z")
    crm.advance("1h30m")
    assert subjects(crm.events()) == ["done"]
    crm.advance("30m")
    assert subjects(crm.events()) == ["done", "waiting"]


def test_at_the_end_of_time_a_recurring_one_recurs_no_more(crm: Crm) -> None:
    set_clock(crm, now="9999-12-31T23:00:00Z")
    schedule(crm, "again", every="25m")
    assert len(set_clock(crm, now="9999-12-31T23:59:59.999Z")["ran"]) == 2


# The limit


def test_one_advance_runs_ten_thousand_things_and_no_more(crm: Crm) -> None:
    crm.act({"schedule": {"every": "1ms", "do": [NOTHING]}})
    declined(crm, 422, "clock.invalid", "POST", "/clock/advance", {"by": "10001ms"})
    declined(crm, 422, "clock.invalid", "PUT", "/clock", {"now": "2026-01-05T09:00:10.001Z", "rate": 5})
    assert len(crm.advance("10s")["ran"]) == 10_000


def test_an_advance_too_far_takes_its_whole_list_back(crm: Crm) -> None:
    crm.act({"schedule": {"every": "1ms", "do": [NOTHING]}})
    not_done(crm, 422, "clock.invalid", creating("first"), {"advance": {"by": "1m"}})


# A clock that runs


def test_a_running_clock_runs_what_is_due_when_it_is_next_looked_at(crm: Crm) -> None:
    schedule(crm, "due", after="1s")
    set_clock(crm, mode="running", rate=1_000_000)
    assert subjects(crm.events()) == ["due"]
    assert log(crm) == [("due", "2026-01-05T09:00:01.001Z")]


def test_however_fast_a_clock_runs_each_thing_has_its_own_instant_and_order(crm: Crm) -> None:
    schedule(crm, "second", after="2s")
    schedule(crm, "first", after="1s")
    set_clock(crm, mode="running", rate=1_000_000)
    assert log(crm) == [("first", "2026-01-05T09:00:01.001Z"), ("second", "2026-01-05T09:00:02.001Z")]


def test_a_running_clock_does_not_go_back_to_what_it_ran(crm: Crm) -> None:
    schedule(crm, "due", after="1s")
    before = set_clock(crm, mode="running", rate=1_000_000)["now"]
    crm.events()
    assert crm.now() > before


def test_a_client_s_write_comes_after_what_fell_due_before_it(crm: Crm) -> None:
    schedule(crm, "due", after="1s")
    set_clock(crm, mode="running", rate=1_000_000)
    crm.create(subject="client's")
    (_, due), (_, written) = log(crm)
    assert [subject for subject, _ in log(crm)] == ["due", "client's"]
    assert due < written


def test_a_clock_that_cannot_keep_up_falls_behind_and_still_never_goes_back(crm: Crm) -> None:
    crm.act({"schedule": {"every": "1ms", "do": [NOTHING]}})
    set_clock(crm, mode="running", rate=1_000_000)
    looks = [crm.now() for _ in range(4)]
    assert looks == sorted(looks)
    assert crm.create()["lastModifiedAt"] > looks[-1]


# Refusals


@pytest.mark.parametrize(
    "arguments",
    [
        {"do": [NOTHING]},
        {"do": [NOTHING], "after": "1m", "every": "1m"},
        {"do": [NOTHING], "after": "1m", "at": "2026-02-01T00:00:00Z"},
        {"do": [NOTHING], "after": "-1m"},
        {"do": [NOTHING], "after": 60},
        {"do": [NOTHING], "after": "P1M"},
        {"do": [NOTHING], "at": "2026-01-05T08:59:59Z"},
        {"do": [NOTHING], "at": "2026-02-01T00:00:00"},
        {"do": [NOTHING], "at": "1m"},
        {"do": [NOTHING], "every": "0s"},
        {"do": [NOTHING], "every": "-1m"},
        {"do": [NOTHING], "after": "1m", "name": "x"},
        {"after": "1m"},
        {"after": "1m", "do": None},
        {"after": "1m", "do": "touch"},
        {"after": "1m", "do": {}},
        {"after": "1m", "do": [{}]},
        {"after": "1m", "do": [{"explode": {}}]},
        {"after": "1m", "do": [{"create": {}}]},
        {"after": "1m", "do": [{"edit": {"set": {}}}]},
        {"after": "1m", "do": [{"advance": {"by": "1m"}}]},
        {"after": "1m", "do": [{"clock": {"tick": "1s"}}]},
        {"after": "1m", "do": [{"schedule": {"after": "1m", "do": [{"advance": {"by": "1m"}}]}}]},
    ],
    ids=str,
)
def test_what_cannot_be_scheduled_is_refused_at_once(crm: Crm, arguments: Any) -> None:
    not_done(crm, 422, "action.invalid", {"schedule": arguments})


def test_nothing_is_scheduled_beyond_the_end_of_time(crm: Crm) -> None:
    not_done(crm, 422, "clock.invalid", {"schedule": {"after": "P3000000D", "do": [NOTHING]}})
