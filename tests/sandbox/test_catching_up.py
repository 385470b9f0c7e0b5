"""A clock that cannot keep up with its agenda: how far one look goes, where the clock then is, how it catches up."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from mockcrm.crm.clock import MAX_CATCHING_UP, Clock, ClockSetting
from mockcrm.crm.fake_crm import COLLEAGUE, FakeCrm
from mockcrm.errors import ClockInvalid
from mockcrm.sandbox.action_schemas import read_actions
from mockcrm.sandbox.agenda import foreseen_runs
from mockcrm.sandbox.allowance import MAX_CHANGES, MAX_LOOK, MAX_RUNS
from mockcrm.sandbox.state import State
from mockcrm.web.replaying import ReplayClock

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
SECOND = timedelta(seconds=1)
EVENT = {"startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z"}
NOTHING: dict[str, Any] = {"touch": {"events": []}}
CREATE = {"create": {"set": EVENT}}


class World:
    """The world's seconds. Whoever reads them has worked for `step` before."""

    def __init__(self) -> None:
        self.seconds = self.step = 0.0

    def __call__(self) -> float:
        self.seconds += self.step
        return self.seconds


@pytest.fixture
def world() -> World:
    return World()


def running(world: World, *actions: Any, rate: float = 1.0) -> State:
    """A CRM whose clock runs, and on whose agenda something is."""
    state = State(FakeCrm(Clock(ClockSetting(MONDAY, rate=rate), world)))
    state.perform(read_actions(list(actions)), COLLEAGUE)
    return state


def every(period: str, *actions: Any) -> dict[str, Any]:
    return {"schedule": {"every": period, "do": list(actions)}}


@contextmanager
def look(state: State) -> Iterator[None]:
    hold = state.arrive()
    try:
        yield
    finally:
        state.leave(hold)


def looked(state: State) -> tuple[datetime, timedelta | None]:
    """What the clock reads after a look, and by how much it is then behind."""
    with look(state):
        return state.crm.clock.now(), state.behind


def test_one_look_spends_a_quarter_of_a_second_and_the_clock_stands_where_that_came_to(world: World) -> None:
    state = running(world, every("1s", NOTHING))
    world.seconds, world.step = 1_000, 0.01
    began = world.seconds
    now, behind = looked(state)
    assert MAX_CATCHING_UP <= world.seconds - began < 2 * MAX_CATCHING_UP
    assert MONDAY < now < MONDAY + 30 * SECOND
    assert behind
    assert timedelta(0) <= now + behind - (MONDAY + 1_000 * SECOND) < SECOND
    world.seconds += 60
    assert state.crm.clock.now() == now, "what has not been brought about is not shown"


def test_it_catches_up_look_by_look_and_loses_nothing_of_the_world_s_time(world: World) -> None:
    state = running(world, every("1s", CREATE))
    world.seconds, world.step = 100, 0.02
    looks = [looked(state) for _ in range(40)]
    assert [now for now, _ in looks] == sorted(now for now, _ in looks)
    assert looks[0][1] is not None
    assert looks[-1][1] is None
    assert [change.committed_at for change in state.crm.store.changes(0, 100)] == [
        MONDAY + number * SECOND + MILLISECOND for number in range(1, 101)
    ]
    world.step = 0
    assert abs(state.crm.clock.now() - (MONDAY + timedelta(seconds=world.seconds))) < SECOND


def test_what_is_due_at_one_instant_runs_in_one_look(world: World) -> None:
    at = (MONDAY + SECOND).isoformat()
    state = running(world, *({"schedule": {"at": at, "do": CREATE}} for _ in range(50)), every("2s", CREATE))
    world.seconds, world.step = 1_000, MAX_CATCHING_UP
    looked(state)
    assert (state.crm.store.last_seq, state.ran_until) == (50, MONDAY + SECOND)
    looked(state)
    assert (state.crm.store.last_seq, state.ran_until) == (51, MONDAY + 2 * SECOND)


def test_one_look_runs_two_thousand_things_however_fast(world: World) -> None:
    state = running(world, every("1ms", NOTHING))
    world.seconds = 1_000
    assert looked(state)[0] == MONDAY + MAX_LOOK * MILLISECOND


def test_writes_within_a_look_are_of_the_instant_at_which_it_stopped(world: World) -> None:
    state = running(world, every("1s", NOTHING))
    world.seconds, world.step = 1_000, 0.05
    with look(state):
        stopped = state.crm.clock.now()
        (made,) = state.perform(read_actions(CREATE), COLLEAGUE)
        assert made.change.stamp == stopped + MILLISECOND
    due = state.agenda.next_due(MONDAY + 1_000 * SECOND)
    assert due
    assert due.due > stopped


def test_within_a_look_nothing_more_falls_due(world: World) -> None:
    state = running(world, every("1s", CREATE))
    world.seconds, world.step = 1_000, 0.05
    with look(state):
        known = state.crm.store.last_seq
        with look(state):
            assert state.crm.store.last_seq == known


def test_a_frozen_clock_is_bounded_by_counts_alone(world: World) -> None:
    state = running(world, every("1ms", NOTHING), {"clock": {"mode": "frozen", "tick": "1s"}}, CREATE)
    world.step = 1_000
    with look(state):
        assert state.agenda.next_due(MONDAY + SECOND) is None
    assert state.behind is None


@pytest.mark.parametrize(
    ("setting", "is_behind"),
    [
        ({"now": "2026-01-05T08:00:00Z"}, False),
        ({"now": "2026-01-05T10:00:00Z"}, False),
        ({"mode": "frozen"}, False),
        ({"rate": 2}, True),
        ({"tick": "2ms"}, True),
        ({"mode": "running"}, True),
    ],
    ids=str,
)
def test_a_clock_owes_nothing_once_it_is_set_or_frozen(world: World, setting: Any, is_behind: bool) -> None:
    state = running(world, every("1m", NOTHING))
    world.seconds, world.step = 100_000, 0.05
    with look(state):
        before = state.crm.clock.now()
        state.perform(read_actions({"clock": setting}), COLLEAGUE)
        assert (state.behind is not None) is is_behind
    if is_behind:
        assert state.crm.clock.now() == before
    world.step = 0
    now, _ = looked(state)
    assert (now > MONDAY + 10 * 3600 * SECOND) is is_behind


def test_an_advance_runs_all_on_its_way_and_leaves_the_clock_as_far_behind(world: World) -> None:
    state = running(world, every("1m", NOTHING))
    world.seconds, world.step = 100_000, 0.05
    with look(state):
        before, behind = state.crm.clock.now(), state.behind
        (advanced,) = state.perform(read_actions({"advance": {"by": "10m"}}), COLLEAGUE)
        assert len(advanced.more["ran"]) == 10
        assert (state.crm.clock.now(), state.behind) == (before + 600 * SECOND, behind)


def test_a_clock_whose_own_ticks_outrun_its_agenda_stands_until_that_has_run(world: World) -> None:
    state = running(world, every("1ms", CREATE), {"clock": {"tick": "1s"}})
    world.seconds, world.step = 2, 0.01
    now, behind = looked(state)
    world.seconds += 60
    assert (state.crm.clock.now(), behind) == (now, now - state.ran_until)
    assert looked(state)[0] > now


def test_what_falls_due_at_one_instant_makes_no_more_changes_than_one_list(world: World) -> None:
    at = (MONDAY + SECOND).isoformat()
    touches = [{"schedule": {"at": at, "do": {"touch": {"events": ["k"] * 10_000}}}} for _ in range(12)]
    create = {"create": {"set": EVENT, "key": "k"}}
    state = running(world, {"clock": {"tick": "0s"}}, create, *touches, every("2s", CREATE))
    world.seconds = 3
    looked(state)
    assert state.crm.store.last_seq == MAX_CHANGES + 1
    looked(state)
    assert state.crm.store.last_seq == MAX_CHANGES + 2


# However many looks it takes


periods = st.sampled_from(["1ms", "2ms", "3ms", "7ms"])
things = st.lists(st.tuples(periods, st.integers(0, 3), st.booleans()), min_size=1, max_size=3)


@settings(max_examples=60, deadline=None)
@given(
    things,
    st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=12),
    st.sampled_from(["0s", "1ms", "5ms"]),
)
def test_a_replay_that_is_told_how_far_each_look_came_makes_the_same_changes(
    payload: list[Any], looks: list[tuple[int, bool]], tick: str
) -> None:
    world = World()
    again = {"schedule": {"after": "0s", "do": CREATE}}
    actions = [every(period, *[CREATE] * creates, *[again] * more) for period, creates, more in payload]
    state = running(world, {"clock": {"tick": tick}}, *actions)
    replayed = state.fork()
    replayed.crm.clock = clock = ReplayClock(state.crm.clock.setting(), MONDAY)
    world.step = 0.06
    for wait, is_recorded in looks:
        world.seconds += wait / 1_000
        with look(state):
            if is_recorded:
                clock.replayed = state.ran_until
                with look(replayed):
                    assert log(replayed) == log(state)
                    for each in (state, replayed):
                        each.perform(read_actions(CREATE), COLLEAGUE)


def log(state: State) -> list[Any]:
    return [(each.record.id, each.committed_at, each.stamp) for each in state.crm.store.changes()]


# Counted before it runs


@given(
    st.lists(st.tuples(st.sampled_from(["1ms", "20ms", "1s", "7s"]), st.booleans()), max_size=5),
    st.lists(
        st.one_of(
            st.integers(0, 20_000).map(lambda by: {"advance": {"by": f"{by}ms"}}),
            st.integers(-20, 20).map(lambda at: {"clock": {"now": (MONDAY + at * SECOND).isoformat()}}),
            st.sampled_from(["30ms", "2s"]).map(lambda period: every(period, NOTHING)),
            st.sampled_from(["0s", "2s", "30s"]).map(lambda after: {"schedule": {"after": after, "do": NOTHING}}),
        ),
        max_size=6,
    ),
)
@settings(deadline=None)
def test_what_is_foreseen_is_what_runs(waiting: list[Any], actions: list[Any]) -> None:
    state = State(FakeCrm(Clock(ClockSetting(MONDAY, running=False))))
    for period, repeats in waiting:
        state.perform(read_actions({"schedule": {"every" if repeats else "after": period, "do": NOTHING}}), COLLEAGUE)
    steps = read_actions(actions)
    foreseen = foreseen_runs(state.agenda, state.crm.clock.now(), steps)
    if foreseen <= MAX_RUNS:
        assert sum(len(each.more.get("ran", ())) for each in state.perform(steps, COLLEAGUE)) == foreseen
        return
    with pytest.raises(ClockInvalid):
        state.perform(steps, COLLEAGUE)
    assert state.crm.clock.now() == MONDAY
