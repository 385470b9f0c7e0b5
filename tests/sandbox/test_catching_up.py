"""A clock that cannot keep up with its agenda: how far one look goes, where the clock then is, how it catches up."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from mockcrm.crm.allowance import MAX_CHANGES, MAX_LOOK, MAX_RUNS, foreseen_runs
from mockcrm.crm.clock import MAX_CATCHING_UP, Clock, ClockSetting
from mockcrm.crm.fake_crm import COLLEAGUE, State
from mockcrm.errors import ClockInvalid
from mockcrm.sandbox.action_schemas import read_actions
from mockcrm.web.replay import _ReplayClock

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
    crm = State(Clock(ClockSetting(MONDAY, rate=rate), world))
    crm.perform(read_actions(list(actions)), COLLEAGUE)
    return crm


def every(period: str, *actions: Any) -> dict[str, Any]:
    return {"schedule": {"every": period, "do": list(actions)}}


@contextmanager
def look(crm: State) -> Iterator[None]:
    hold = crm.arrive()
    try:
        yield
    finally:
        crm.leave(hold)


def looked(crm: State) -> tuple[datetime, timedelta | None]:
    """What the clock reads after a look, and by how much it is then behind."""
    with look(crm):
        return crm.clock.now(), crm.behind


def test_one_look_spends_a_quarter_of_a_second_and_the_clock_stands_where_that_came_to(world: World) -> None:
    crm = running(world, every("1s", NOTHING))
    world.seconds, world.step = 1_000, 0.01
    began = world.seconds
    now, behind = looked(crm)
    assert MAX_CATCHING_UP <= world.seconds - began < 2 * MAX_CATCHING_UP
    assert MONDAY < now < MONDAY + 30 * SECOND
    assert behind
    assert timedelta(0) <= now + behind - (MONDAY + 1_000 * SECOND) < SECOND
    world.seconds += 60
    assert crm.clock.now() == now, "what has not been brought about is not shown"


def test_it_catches_up_look_by_look_and_loses_nothing_of_the_world_s_time(world: World) -> None:
    crm = running(world, every("1s", CREATE))
    world.seconds, world.step = 100, 0.02
    looks = [looked(crm) for _ in range(40)]
    assert [now for now, _ in looks] == sorted(now for now, _ in looks)
    assert looks[0][1] is not None
    assert looks[-1][1] is None
    assert [change.committed_at for change in crm.store.changes(0, 100)] == [
        MONDAY + number * SECOND + MILLISECOND for number in range(1, 101)
    ]
    world.step = 0
    assert abs(crm.clock.now() - (MONDAY + timedelta(seconds=world.seconds))) < SECOND


def test_what_is_due_at_one_instant_runs_in_one_look(world: World) -> None:
    at = (MONDAY + SECOND).isoformat()
    crm = running(world, *({"schedule": {"at": at, "do": CREATE}} for _ in range(50)), every("2s", CREATE))
    world.seconds, world.step = 1_000, MAX_CATCHING_UP
    looked(crm)
    assert (crm.store.last_seq, crm.ran_until) == (50, MONDAY + SECOND)
    looked(crm)
    assert (crm.store.last_seq, crm.ran_until) == (51, MONDAY + 2 * SECOND)


def test_one_look_runs_two_thousand_things_however_fast(world: World) -> None:
    crm = running(world, every("1ms", NOTHING))
    world.seconds = 1_000
    assert looked(crm)[0] == MONDAY + MAX_LOOK * MILLISECOND


def test_writes_within_a_look_are_of_the_instant_at_which_it_stopped(world: World) -> None:
    crm = running(world, every("1s", NOTHING))
    world.seconds, world.step = 1_000, 0.05
    with look(crm):
        stopped = crm.clock.now()
        (made,) = crm.perform(read_actions(CREATE), COLLEAGUE)
        assert made.change.stamp == stopped + MILLISECOND
    due = crm.agenda.next_due(MONDAY + 1_000 * SECOND)
    assert due
    assert due.due > stopped


def test_within_a_look_nothing_more_falls_due(world: World) -> None:
    crm = running(world, every("1s", CREATE))
    world.seconds, world.step = 1_000, 0.05
    with look(crm):
        known = crm.store.last_seq
        with look(crm):
            assert crm.store.last_seq == known


def test_a_frozen_clock_is_bounded_by_counts_alone(world: World) -> None:
    crm = running(world, every("1ms", NOTHING), {"clock": {"mode": "frozen", "tick": "1s"}}, CREATE)
    world.step = 1_000
    with look(crm):
        assert crm.agenda.next_due(MONDAY + SECOND) is None
    assert crm.behind is None


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
    crm = running(world, every("1m", NOTHING))
    world.seconds, world.step = 100_000, 0.05
    with look(crm):
        before = crm.clock.now()
        crm.perform(read_actions({"clock": setting}), COLLEAGUE)
        assert (crm.behind is not None) is is_behind
    if is_behind:
        assert crm.clock.now() == before
    world.step = 0
    now, _ = looked(crm)
    assert (now > MONDAY + 10 * 3600 * SECOND) is is_behind


def test_an_advance_runs_all_on_its_way_and_leaves_the_clock_as_far_behind(world: World) -> None:
    crm = running(world, every("1m", NOTHING))
    world.seconds, world.step = 100_000, 0.05
    with look(crm):
        before, behind = crm.clock.now(), crm.behind
        (advanced,) = crm.perform(read_actions({"advance": {"by": "10m"}}), COLLEAGUE)
        assert len(advanced.more["ran"]) == 10
        assert (crm.clock.now(), crm.behind) == (before + 600 * SECOND, behind)


def test_a_clock_whose_own_ticks_outrun_its_agenda_stands_until_that_has_run(world: World) -> None:
    crm = running(world, every("1ms", CREATE), {"clock": {"tick": "1s"}})
    world.seconds, world.step = 2, 0.01
    now, behind = looked(crm)
    world.seconds += 60
    assert (crm.clock.now(), behind) == (now, now - crm.ran_until)
    assert looked(crm)[0] > now


def test_what_falls_due_at_one_instant_makes_no_more_changes_than_one_list(world: World) -> None:
    at = (MONDAY + SECOND).isoformat()
    touches = [{"schedule": {"at": at, "do": {"touch": {"events": ["k"] * 10_000}}}} for _ in range(12)]
    create = {"create": {"set": EVENT, "key": "k"}}
    crm = running(world, {"clock": {"tick": "0s"}}, create, *touches, every("2s", CREATE))
    world.seconds = 3
    looked(crm)
    assert crm.store.last_seq == MAX_CHANGES + 1
    looked(crm)
    assert crm.store.last_seq == MAX_CHANGES + 2


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
    told: list[Any], looks: list[tuple[int, bool]], tick: str
) -> None:
    world = World()
    again = {"schedule": {"after": "0s", "do": CREATE}}
    actions = [every(period, *[CREATE] * creates, *[again] * more) for period, creates, more in told]
    crm = running(world, {"clock": {"tick": tick}}, *actions)
    replayed = crm.fork()
    replayed.clock = clock = _ReplayClock(crm.clock.setting(), MONDAY)
    world.step = 0.06
    for wait, is_recorded in looks:
        world.seconds += wait / 1_000
        with look(crm):
            if is_recorded:
                clock.replayed = crm.ran_until
                with look(replayed):
                    assert log(replayed) == log(crm)
                    for each in (crm, replayed):
                        each.perform(read_actions(CREATE), COLLEAGUE)


def log(crm: State) -> list[Any]:
    return [(each.event.id, each.committed_at, each.stamp) for each in crm.store.changes()]


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
    crm = State(Clock(ClockSetting(MONDAY, running=False)))
    for period, repeats in waiting:
        crm.perform(read_actions({"schedule": {"every" if repeats else "after": period, "do": NOTHING}}), COLLEAGUE)
    steps = read_actions(actions)
    foreseen = foreseen_runs(crm.agenda, crm.clock.now(), steps)
    if foreseen <= MAX_RUNS:
        assert sum(len(each.more.get("ran", ())) for each in crm.perform(steps, COLLEAGUE)) == foreseen
        return
    with pytest.raises(ClockInvalid):
        crm.perform(steps, COLLEAGUE)
    assert crm.clock.now() == MONDAY
