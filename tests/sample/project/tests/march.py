"""What the tests have in common: a month, and how a scenario is played."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from mockcrm import Crm

MARCH = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
WINDOW = {"startAt": MARCH[0], "endAt": MARCH[1]}


def play(crm: Crm, sync: Callable[[], None]) -> Any:
    """Have the scenario happen, with a sync wherever it says so; how it ended."""
    while not (leg := crm.scenario.next())["done"]:
        sync()
    return leg
