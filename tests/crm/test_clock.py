from datetime import UTC, datetime, timedelta

import pytest

from mockcrm.base.times import END
from mockcrm.crm.clock import Clock, ClockSetting
from mockcrm.errors import ClockInvalid
from mockcrm.sandbox.agenda import Agenda

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class World:
    """The world's seconds, which pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def world() -> World:
    return World()


def test_a_frozen_clock_stands_still(world: World) -> None:
    clock = Clock(ClockSetting(MONDAY, running=False), world)
    world.seconds += 60
    assert clock.now() == MONDAY


def test_a_running_clock_runs_at_its_rate(world: World) -> None:
    clock = Clock(ClockSetting(MONDAY, rate=60), world)
    world.seconds += 2
    assert clock.now() == MONDAY + 120 * SECOND


def test_a_change_of_pace_is_no_jump(world: World) -> None:
    clock = Clock(ClockSetting(MONDAY), world)
    world.seconds += 5
    clock.adjust(rate=10)
    world.seconds += 1
    clock.adjust(running=False)
    world.seconds += 1000
    assert clock.now() == MONDAY + 15 * SECOND


def test_a_clock_without_an_instant_starts_with_the_world_s() -> None:
    before = datetime.now(UTC)
    assert before - SECOND <= Clock(ClockSetting()).now() <= datetime.now(UTC)


def test_no_clock_goes_beyond_the_year_9999(world: World) -> None:
    clock = Clock(ClockSetting(END - SECOND, rate=1e6), world)
    world.seconds += 1e9
    assert clock.now() == END
    with pytest.raises(ClockInvalid):
        clock.later(SECOND)


def test_a_held_clock_moves_only_when_set_and_then_goes_on_as_if_never_held(world: World) -> None:
    clock = Clock(ClockSetting(MONDAY, rate=60), world)
    world.seconds += 10
    hold = clock.hold()
    assert hold
    assert hold.target == MONDAY + 600 * SECOND
    assert clock.now() == MONDAY
    clock.set(hold.target)
    world.seconds += 1
    assert clock.now() == hold.target
    clock.release(hold)
    assert clock.now() == MONDAY + 660 * SECOND


def test_a_fork_keeps_pace_with_its_parent_until_one_of_them_moves(world: World) -> None:
    clock = Clock(ClockSetting(MONDAY), world)
    world.seconds += 1
    fork = clock.fork()
    world.seconds += 1
    assert fork.now() == clock.now() == MONDAY + 2 * SECOND
    fork.set(MONDAY)
    assert clock.now() == MONDAY + 2 * SECOND


def test_the_agenda_gives_what_is_due_soonest_and_first_come_first_served() -> None:
    agenda: Agenda[str] = Agenda()
    agenda.add(MONDAY + 2 * SECOND, "late")
    agenda.add(MONDAY + SECOND, "first")
    agenda.add(MONDAY + SECOND, "second")
    seen = []
    while entry := agenda.next_due(MONDAY + SECOND):
        agenda.take(entry)
        seen.append(entry.item)
    assert seen == ["first", "second"]
    assert len(agenda) == 1


def test_what_recurs_comes_again_until_the_calendar_ends() -> None:
    agenda: Agenda[str] = Agenda()
    agenda.add(END - SECOND, "again", every=SECOND)
    times = []
    while entry := agenda.next_due(END):
        agenda.take(entry)
        times.append(entry.due)
    assert times == [END - SECOND, END]
