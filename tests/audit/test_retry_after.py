"""Who was asked to wait may go by any clock that it has: seconds that pass, the CRM's dates, or its own machine's."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from mockcrm.sandbox.sandbox import Sandbox
from tests.audit.audited import MONDAY, Crm

MINUTE = timedelta(minutes=1)


@pytest.fixture
def crm() -> Crm:
    return Crm()


class Times:
    """Real time and the machine's clock, as a test has them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, machine: datetime) -> None:
        self.seconds, self.machine = 100.0, machine
        monkeypatch.setattr(Sandbox, "seconds", staticmethod(lambda: self.seconds))

    def passes(self, seconds: float) -> None:
        self.seconds += seconds
        self.machine += timedelta(seconds=seconds)


def asked_to_wait(crm: Crm, times: Times, value: str, shown: datetime | None = None) -> None:
    crm.create()
    entry = crm.begin("client", "GET", "event1")
    entry.began = times.seconds
    entry.note_retry_after(value, times.seconds, (shown or crm.sandbox.clock_reading(), times.machine))
    crm.sandbox.journal.close(entry, 429, crm.sandbox.clock_reading())


def ask_again(crm: Crm, times: Times) -> None:
    entry = crm.begin("client", "GET", "event1")
    entry.began = times.seconds
    crm.fetch(entry, "event1")
    crm.end(entry)


def date(instant: datetime) -> str:
    return format_datetime(instant, usegmt=True)


@pytest.mark.parametrize(
    ("machine", "waits", "early"),
    [
        # The sandbox plays in the past, so the date is past already by the machine's clock.
        (datetime(2027, 3, 1, tzinfo=UTC), 0, False),
        # The machine's clock is the CRM's.
        (MONDAY, 0, True),
        (MONDAY, 59, True),
        (MONDAY, 61, False),
        # The machine is half a minute ahead.
        (MONDAY + MINUTE / 2, 29, True),
        (MONDAY + MINUTE / 2, 31, False),
        # The machine is behind: the seconds between the date and the Date header have passed.
        (MONDAY - timedelta(days=400), 59, True),
        (MONDAY - timedelta(days=400), 61, False),
    ],
)
def test_a_date_may_be_heeded_by_any_clock(
    crm: Crm, monkeypatch: pytest.MonkeyPatch, machine: datetime, waits: int, early: bool
) -> None:
    times = Times(monkeypatch, machine)
    asked_to_wait(crm, times, date(MONDAY + MINUTE))
    times.passes(waits)
    ask_again(crm, times)
    assert crm.codes() == (["retry.tooEarly"] if early else [])


def test_the_crms_own_clock_counts_too(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    times = Times(monkeypatch, MONDAY - timedelta(days=400))
    asked_to_wait(crm, times, date(MONDAY + MINUTE))
    crm.wait(2)
    ask_again(crm, times)
    assert crm.codes() == []


def test_a_date_header_that_is_wrong_is_what_the_client_has(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    times = Times(monkeypatch, MONDAY - timedelta(days=400))
    asked_to_wait(crm, times, date(MONDAY + 5 * MINUTE), shown=MONDAY + 4 * MINUTE)
    times.passes(61)
    ask_again(crm, times)
    assert crm.codes() == []


@pytest.mark.parametrize(("waits", "early"), [(0, True), (59, True), (60, False)])
def test_seconds_are_seconds_whatever_the_machines_clock_says(
    crm: Crm, monkeypatch: pytest.MonkeyPatch, waits: int, early: bool
) -> None:
    times = Times(monkeypatch, datetime(2027, 3, 1, tzinfo=UTC))
    asked_to_wait(crm, times, "60")
    times.passes(waits)
    ask_again(crm, times)
    assert crm.codes() == (["retry.tooEarly"] if early else [])


@pytest.mark.parametrize(
    "value", ["soon", "", "Mon, 32 Jan 2026 09:00:00 GMT", "Mon, 05 Jan 2026 09:01:00 -0000", "-5"]
)
def test_what_is_no_time_asks_for_nothing(crm: Crm, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    times = Times(monkeypatch, MONDAY)
    asked_to_wait(crm, times, value)
    ask_again(crm, times)
    assert crm.codes() == []
