"""What the tests have in common: a month."""

from datetime import UTC, datetime

from mockcrm import types

MARCH = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
WINDOW: types.ReplicaWindow = {"startAt": MARCH[0], "endAt": MARCH[1]}
