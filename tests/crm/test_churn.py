"""Which events a churn chooses, and how many rows of the store it looks at for that."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mockcrm.crm import actions
from mockcrm.crm.clock import Clock, ClockSetting
from mockcrm.crm.fake_crm import COLLEAGUE, FakeCrm
from mockcrm.sandbox.action_schemas import read_actions
from mockcrm.sandbox.state import State

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def creating(number: int) -> dict[str, Any]:
    """An event of any length, in no order of start; lists show each fifth only later."""
    start = MONDAY + number * 7 % 40 * HOUR
    times = {"startTime": start.isoformat(), "endTime": (start + (0, 1, 30, 900)[number % 4] * HOUR).isoformat()}
    return {"create": {"set": times, **({"visibleAfter": "1h"} if number % 5 == 0 else {})}}


def act(crm: FakeCrm, *steps: dict[str, Any]) -> None:
    State(crm).perform(read_actions(list(steps)), COLLEAGUE)


@pytest.fixture
def crm() -> FakeCrm:
    """Forty events, of which lists show another picture than reads by id."""
    crm = FakeCrm(Clock(ClockSetting(MONDAY, running=False)), seed=7)
    act(crm, *map(creating, range(40)))
    moved = {"event": "1004", "set": {"startTime": "2026-01-05T10:00:00Z"}, "visibleAfter": "1h"}
    act(crm, {"edit": moved}, {"delete": {"event": "1007", "visibleAfter": "1h"}}, {"delete": {"event": "1008"}})
    return crm


@pytest.mark.parametrize(
    ("counts", "chosen", "drawn"),
    [
        (
            {"creates": 2, "edits": 12, "deletes": 4, "seed": 42},
            [
                "c1041 c1042 u1002 u1009 u1019 u1018 u1004 u1026 u1012 u1005 u1018 u1014",
                "u1010 u1003 d1036 d1039 d1019 d1033",
            ],
            1390851128,
        ),
        (
            {"edits": 6, "deletes": 30, "seed": 1},
            [
                "u1035 u1002 u1017 u1003 u1004 u1001 d1015 d1026 d1019 d1027 d1004 d1006 d1023 d1029 d1018 d1001 d1020",
                "d1010 d1012 d1003 d1016 d1011 d1032 d1002 d1035 d1009 d1034 d1017 d1037 d1030 d1014 d1021 d1005 d1013",
                "d1033 d1022",
            ],
            1390851128,
        ),
        (
            {"creates": 3, "edits": 5, "deletes": 1},
            ["c1041 c1042 c1043 u1031 u1030 u1019 u1030 u1024 d1005"],
            300026767,
        ),
    ],
    ids=str,
)
def test_a_seed_chooses_the_events_that_it_always_chose(
    crm: FakeCrm, counts: Any, chosen: list[str], drawn: int
) -> None:
    known = crm.store.last_seq
    act(crm, {"churn": counts})
    made = [change for change in crm.store.changes(known) if change.kind == "event"]
    assert " ".join(f"{change.op[0]}{change.record.id}" for change in made) == " ".join(chosen)
    assert crm.chance.getrandbits(32) == drawn


@pytest.mark.parametrize("counts", [{"creates": 1}, {"edits": 1}, {"deletes": 1}], ids=str)
def test_a_churn_does_not_go_through_all_that_live(monkeypatch: pytest.MonkeyPatch, counts: dict[str, Any]) -> None:
    crm = FakeCrm(Clock(ClockSetting(MONDAY, running=False)))
    actions.seed(crm, COLLEAGUE, count=1_000, seed=1)
    known = crm.store.last_seq
    monkeypatch.setattr(crm.store.events, "live", None)
    monkeypatch.setattr(crm.store.events, "rows", None)
    actions.churn(crm, COLLEAGUE, **{"creates": 0, "edits": 0, "deletes": 0, **counts})
    assert [change.kind for change in crm.store.changes(known)].count("event") == 1
