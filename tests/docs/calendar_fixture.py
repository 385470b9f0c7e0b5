"""The client of the recipes, as their reader has one: it becomes a `conftest.py` beside them."""

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from calendarsync import CalendarSync
from mockcrm import Crm


class Calendar(CalendarSync):
    """The client of the sample project, and its window as the audit takes it."""

    @property
    def window(self) -> dict[str, datetime]:
        return {"startAt": self.start, "endAt": self.end}


@pytest.fixture
def calendar(crm: Crm) -> Iterator[Calendar]:
    with httpx.Client(base_url=crm.url) as http:
        yield Calendar(http, datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
