"""Rules as such: how often they apply, when, several at once; and how they come, go, and are kept.

See `docs/reference/faults.md`.
"""

from typing import Any

import pytest

from tests.faults.faulting import add_fault, counts, last, noted, ops, statuses
from tests.making import making, name_of
from tests.refusals import nothing_changes
from tests.served import BOTH, MONDAY, Crm, error
from tests.unchanged import EVENT

pytestmark = BOTH

TEAPOT = {"status": 418}
LATER = "2026-01-05T09:01:00Z"


def teapots(crm: Crm, count: int) -> list[bool]:
    """Which of so many lists are answered with a teapot."""
    return [status == 418 for status in statuses(crm, count)]


def teapot(crm: Crm, **more: Any) -> str:
    return add_fault(crm, TEAPOT, **more)


# How often


def test_a_rule_applies_so_many_times_and_then_no_more(crm: Crm) -> None:
    rule = teapot(crm, times=2)
    assert teapots(crm, 4) == [True, True, False, False]
    assert counts(crm, rule) == (4, 2)


def test_a_rule_spares_the_first(crm: Crm) -> None:
    rule = teapot(crm, skip=2)
    assert teapots(crm, 4) == [False, False, True, True]
    assert counts(crm, rule) == (4, 2)


def test_those_that_are_skipped_are_not_counted_as_applied(crm: Crm) -> None:
    add_fault(crm, TEAPOT, {"every": 2}, skip=1, times=2)
    assert teapots(crm, 9) == [False, False, False, True, False, True, False, False, False]


def test_skipping_none_is_skipping_none(crm: Crm) -> None:
    teapot(crm, skip=0, probability=1)
    assert teapots(crm, 2) == [True, True]


# By chance


@pytest.mark.parametrize(("probability", "found"), [(0, False), (0.0, False), (1, True), (1.0, True)])
def test_chance_may_be_none_or_certain(crm: Crm, probability: float, found: bool) -> None:
    teapot(crm, probability=probability)
    assert teapots(crm, 30) == [found] * 30


def test_the_same_seed_applies_to_the_same_requests_and_another_to_others(crm: Crm) -> None:
    with making(crm.http) as make:
        found = []
        for seed in (7, 7, 8):
            sandbox = make(seed=seed)
            teapot(sandbox, probability=0.5)
            found.append(teapots(sandbox, 30))
    assert found[0] == found[1] != found[2]
    assert 5 < sum(found[0]) < 25


def test_two_rules_of_one_sandbox_draw_apart(crm: Crm) -> None:
    rules = [add_fault(crm, {"delay": "0s"}, probability=0.5) for _ in range(2)]
    pairs = []
    for _ in range(30):
        crm.events()
        pairs.append([rule in {each["id"] for each in last(crm)["faults"]} for rule in rules])
    assert {tuple(pair) for pair in pairs} == {(True, True), (True, False), (False, True), (False, False)}


def test_what_is_drawn_hangs_on_a_rule_s_own_turns_and_on_nothing_else(crm: Crm) -> None:
    with making(crm.http) as make:
        quiet, busy = make(seed=7), make(seed=7)
        for sandbox in (quiet, busy):
            add_fault(sandbox, TEAPOT, {"operation": "listEvents"}, probability=0.5)
        found = []
        for _ in range(20):
            busy.create()
            busy.act({"churn": {"creates": 1}})
            busy.api("GET", "/deletedEvents")
            found += teapots(busy, 1)
        assert found == teapots(quiet, 20)


def test_a_rule_that_draws_nothing_leaves_chance_as_it_was(crm: Crm) -> None:
    before = crm.everything()["chance"]
    teapot(crm, times=1)
    statuses(crm, 2)
    assert crm.everything()["chance"] == before


# When


def test_a_rule_applies_from_an_instant_of_the_sandbox_s_clock(crm: Crm) -> None:
    rule = teapot(crm, **{"from": LATER})
    assert teapots(crm, 1) == [False]
    crm.advance("59.999s")
    assert teapots(crm, 1) == [False]
    crm.advance("1ms")
    assert teapots(crm, 1) == [True]
    assert counts(crm, rule) == (1, 1)


def test_a_rule_applies_until_an_instant_and_not_at_it(crm: Crm) -> None:
    teapot(crm, until=LATER)
    crm.advance("59.999s")
    assert teapots(crm, 1) == [True]
    crm.advance("1ms")
    assert teapots(crm, 1) == [False]
    crm.act({"clock": {"now": MONDAY}})
    assert teapots(crm, 1) == [True]


def test_an_outage_lasts_from_one_instant_to_another(crm: Crm) -> None:
    teapot(crm, **{"from": "2026-01-05T10:01:00+01:00", "until": "2026-01-05T09:02:00Z", "times": 2})
    found = []
    for _ in range(6):
        found += teapots(crm, 1)
        crm.advance("25s")
    assert found == [False, False, False, True, True, False]


# Several at once


def test_pauses_add_up_and_an_answer_joins_them(crm: Crm) -> None:
    add_fault(crm, {"delay": "20ms"})
    teapot(crm)
    add_fault(crm, {"delay": {"by": "20ms", "when": "after"}})
    response = crm.api("POST", "/events", EVENT)
    assert response.status_code == 418
    assert last(crm)["tookMs"] >= 40
    assert noted(crm)["faults"] == ["delay", "status", "delay"]
    assert crm.changes() == []


def test_of_several_answers_the_first_rule_gives_its_own_and_the_others_keep_their_turns(crm: Crm) -> None:
    first = add_fault(crm, {"status": 503}, times=1)
    second = teapot(crm, times=1)
    assert statuses(crm, 3) == [503, 418, 200]
    assert (counts(crm, first), counts(crm, second)) == ((3, 1), (3, 1))


def test_a_rule_whose_turn_it_is_not_leaves_the_answer_to_the_next(crm: Crm) -> None:
    add_fault(crm, {"status": 503}, {"every": 2})
    teapot(crm)
    assert statuses(crm, 4) == [418, 503, 418, 503]


def test_a_rate_limit_counts_only_what_it_lets_pass_itself(crm: Crm) -> None:
    teapot(crm, times=2)
    add_fault(crm, {"rateLimit": {"requests": 1, "per": "1h"}})
    assert statuses(crm, 4) == [418, 418, 200, 429]


def test_in_the_journal_a_rule_goes_by_its_id_its_name_and_its_effect(crm: Crm) -> None:
    rule = teapot(crm, name="tea time")
    crm.api("GET", "/events")
    assert last(crm)["faults"] == [{"id": rule, "name": "tea time", "effect": "status"}]


# How they come


def test_a_rule_is_shown_as_it_was_given_with_its_counts(crm: Crm) -> None:
    rule = {"effect": {"delay": "1ms"}, "match": {"operation": "getEvent"}, "times": 3, "name": "slow"}
    response = crm.admin("POST", "/faults", rule)
    assert response.status_code == 201
    shown = rule | {"id": "f1", "seen": 0, "applied": 0}
    assert response.json() == shown
    assert crm.http.get(response.headers["Location"]).json() == shown
    assert crm.admin("GET", "/faults").json() == {"faults": [shown], "length": 1}


def test_a_list_of_rules_is_added_in_its_order(crm: Crm) -> None:
    rules = [{"effect": {"status": 503}, "times": 1}, {"effect": TEAPOT, "times": 1}]
    response = crm.admin("POST", "/faults", rules)
    assert response.status_code == 201
    assert response.json() == crm.admin("GET", "/faults").json()
    assert [each["id"] for each in response.json()["faults"]] == ["f1", "f2"]
    assert statuses(crm, 3) == [503, 418, 200]


def test_of_a_list_with_one_bad_rule_none_is_added(crm: Crm) -> None:
    rules = [{"effect": TEAPOT, "probability": 0.5}, {"effect": {"status": 99}}, {"effect": TEAPOT}]
    with nothing_changes(crm):
        details = error(crm.admin("POST", "/faults", rules), 422, "fault.invalid")
    assert set(details["1"]["effect"]) == {"status"}
    assert statuses(crm, 1) == [200]


def test_an_action_brings_a_rule_and_another_takes_them_all_away(crm: Crm) -> None:
    brought = crm.act({"fault": {"effect": TEAPOT}}, {"fault": {"effect": TEAPOT}})
    assert brought == [{"verb": "fault", "id": "f1"}, {"verb": "fault", "id": "f2"}]
    assert teapots(crm, 1) == [True]
    assert crm.act({"clearFaults": {}}) == [{"verb": "clearFaults", "cleared": 2}]
    assert teapots(crm, 1) == [False]


def test_a_list_of_actions_that_is_refused_brings_no_rule(crm: Crm) -> None:
    with nothing_changes(crm):
        response = crm.admin(
            "POST", "/actions", [{"fault": {"effect": TEAPOT, "probability": 0.5}}, {"delete": {"event": "nobody"}}]
        )
        error(response, 404, "event.notFound")
    assert teapots(crm, 1) == [False]


def test_an_outage_can_be_put_on_the_agenda(crm: Crm) -> None:
    crm.act(
        {"schedule": {"after": "1m", "do": [{"fault": {"effect": TEAPOT}}]}},
        {"schedule": {"after": "2m", "do": [{"clearFaults": {}}]}},
    )
    found = []
    for _ in range(3):
        found += teapots(crm, 1)
        crm.advance("1m")
    assert found == [False, True, False]


def test_a_rule_that_falls_due_applies_to_the_very_request_that_finds_it_so(crm: Crm) -> None:
    crm.act({"schedule": {"after": "1ms", "do": [{"fault": {"effect": TEAPOT}}]}})
    crm.act({"clock": {"mode": "running", "rate": 1_000_000}})
    assert teapots(crm, 1) == [True]
    assert ops(crm) == []


# How they go


def test_one_rule_is_deleted_and_the_others_stay(crm: Crm) -> None:
    first, second = add_fault(crm, {"status": 503}), teapot(crm)
    assert crm.admin("DELETE", f"/faults/{first}").status_code == 204
    assert teapots(crm, 1) == [True]
    assert crm.admin("GET", "/faults").json()["length"] == 1
    error(crm.admin("GET", f"/faults/{first}"), 404, "fault.notFound")
    error(crm.admin("DELETE", f"/faults/{first}"), 404, "fault.notFound")
    assert teapot(crm) not in (first, second)


def test_all_rules_are_deleted_at_once_also_when_there_are_none(crm: Crm) -> None:
    teapot(crm)
    for _ in range(2):
        assert crm.admin("DELETE", "/faults").status_code == 204
    assert crm.admin("GET", "/faults").json() == {"faults": [], "length": 0}
    assert teapots(crm, 1) == [False]


def test_a_reset_takes_rules_away_that_came_since_the_start(crm: Crm) -> None:
    teapot(crm)
    crm.admin("POST", "/reset")
    assert teapots(crm, 1) == [False]
    assert teapot(crm) == "f1"


def test_a_reset_brings_back_the_rules_of_the_start_with_their_counts(crm: Crm) -> None:
    rule = teapot(crm, times=2)
    teapots(crm, 1)
    with making(crm.http) as make:
        child = make(**{"from": name_of(crm)})
        for _ in range(2):
            assert teapots(child, 3) == [True, False, False]
            child.admin("DELETE", "/faults")
            child.admin("POST", "/reset")
            assert counts(child, rule) == (1, 1)
        child.admin("POST", "/reset", {"to": "empty"})
        assert child.admin("GET", "/faults").json()["length"] == 0


# How they are kept


def test_a_fork_takes_rules_and_counts_along_and_goes_its_own_way(crm: Crm) -> None:
    rule = teapot(crm, times=3)
    teapots(crm, 1)
    with making(crm.http) as make:
        child = make(**{"from": name_of(crm)})
        assert teapots(child, 3) == [True, True, False]
        assert counts(crm, rule) == (1, 1)
        crm.admin("DELETE", "/faults")
        assert teapots(crm, 1) == [False]
        assert counts(child, rule) == (4, 3)


def test_a_fork_meets_the_same_chance(crm: Crm) -> None:
    teapot(crm, probability=0.5)
    teapots(crm, 5)
    with making(crm.http) as make:
        assert teapots(make(**{"from": name_of(crm)}), 25) == teapots(crm, 25)


def test_a_fork_remembers_who_asked_and_whose_credentials_expired(crm: Crm) -> None:
    old, new = {"Authorization": "Bearer old"}, {"Authorization": "Bearer new"}
    add_fault(crm, "expireCredentials")
    add_fault(crm, {"rateLimit": {"requests": 1, "per": "1h"}})
    assert statuses(crm, 1, headers=old) == [401]
    with making(crm.http) as make:
        child = make(**{"from": name_of(crm)})
        assert statuses(child, 1, headers=old) == [401]
        assert statuses(child, 2, headers=new) == [200, 429]
        assert statuses(crm, 2, headers=new) == [200, 429]


def test_a_snapshot_keeps_rules_counts_and_chance(crm: Crm) -> None:
    rules = [{"effect": TEAPOT, "probability": 0.5}, {"effect": {"status": 503}, "match": {"every": 3}, "times": 2}]
    crm.admin("POST", "/faults", rules)
    statuses(crm, 4)
    kept = crm.everything()
    expected = statuses(crm, 20)
    for _ in range(2):
        assert crm.admin("PUT", "/snapshot", kept).status_code == 200
        assert crm.everything() == kept
        assert statuses(crm, 20) == expected
    crm.admin("POST", "/reset")
    assert statuses(crm, 20) == expected
    assert teapot(crm) == "f3"


def test_a_snapshot_carries_rules_into_another_sandbox(crm: Crm) -> None:
    add_fault(crm, {"do": [{"create": {"set": EVENT}}]}, {"page": 1}, name="meddler", until=LATER)
    with making(crm.http) as make:
        other = make()
        assert other.admin("PUT", "/snapshot", crm.everything()).status_code == 200
        assert other.admin("GET", "/faults").json() == crm.admin("GET", "/faults").json()
        assert len(other.events()) == 1
        assert crm.changes() == []


def test_rules_of_one_sandbox_apply_in_no_other(crm: Crm) -> None:
    teapot(crm)
    with making(crm.http) as make:
        assert teapots(make(), 1) == [False]
