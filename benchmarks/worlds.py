"""The CRMs that are measured."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from mockcrm import ClockSetting, Sandbox, Sandboxes, Scenario
from mockcrm.crm.event import Event
from mockcrm.crm.fake_crm import Cause, Invented
from mockcrm.crm.kinds.registry import KINDS

START = datetime(2020, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
CRM = Cause("crm")
SPAN = "startAt=2026-01-05T00:00:00Z&endAt=2026-02-10T00:00:00Z&limit=1000"
"""What a list of 1,000 of the 100,000 invented events asks for."""
POST = orjson.dumps(
    {
        "subject": "Demo",
        "startTime": "2026-01-06T09:00:00Z",
        "endTime": "2026-01-06T10:00:00Z",
        "attendees": [{"emailAddress": "ann@acme.example", "status": "Accepted"}],
        "relatedTo": [{"type": "Account", "id": "5001"}],
    }
)


def invented(count: int, days: int = 3652) -> Sandboxes:
    """Sandboxes whose default has so many invented events, spread over some years."""
    order = {"count": count, "seed": 1, "start": START, "end": START + timedelta(days=days)}
    return Sandboxes(Scenario(clock=ClockSetting(NOW, running=False), generate=(order,)))


def regular(count: int, long_every: int | None = None) -> Sandbox:
    """A sandbox with so many half-hour events, one after the other in 30 minutes; each n-th lasts 14 days."""
    sandbox = Sandboxes(Scenario(clock=ClockSetting(NOW, running=False))).get("default")

    def events(ids: Any) -> Any:
        for number, event_id in zip(range(count), ids, strict=False):
            begins = START + number * timedelta(minutes=30)
            long = long_every and number % long_every == 0
            yield Event(event_id, begins, begins + (timedelta(days=14) if long else timedelta(minutes=30)), "Event")

    with sandbox.open() as state:
        ids = state.crm.names.free_ids(state.crm.store, KINDS["event"], "decimal")
        state.crm.bulk_create(KINDS["event"], count, lambda: events(ids), CRM, Invented())
    return sandbox
