"""What an effect remembers from one request to the next, without HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mockcrm.base.fixtures import fixture_files
from mockcrm.faults.effects.rate_limit import RateLimit
from mockcrm.faults.effects.table import EFFECTS
from mockcrm.faults.plan import FaultContext
from mockcrm.journal.entry import Entry
from mockcrm.journal.matcher import Reading

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)


def test_a_rate_limit_remembers_no_more_than_so_many_requests_of_all_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockcrm.faults.effects.rate_limit.MAX_REQUESTS_REMEMBERED", 4)
    effect, memory, limited = RateLimit(requests=2, per=timedelta(hours=1)), None, []
    for client in ("ann", "ann", "bob", "bob", "bob", "eve", "ann"):
        applies, memory = effect.should_apply(asked(client, memory))
        limited.append(applies)
    assert limited == [False, False, False, False, True, False, False], "whoever asked longest ago is forgotten first"


def asked(client: str, memory: Any) -> FaultContext:
    entry = Entry(client, "GET", "/api/v1/events", "listEvents", "event", None, None, "", {}, MONDAY, 0.0)
    return FaultContext(Reading(entry), MONDAY, 0.0, None, memory)


def test_what_makes_a_list_untrue_names_a_hazard_that_comes_with_mockcrm() -> None:
    found = {name: effect.hazard for name, effect in EFFECTS.items() if effect.hazard}
    assert found.keys() == {"emptyList", "repeatToken", "shortPage", "stale"}
    assert set(found.values()) <= fixture_files("hazards").keys()
