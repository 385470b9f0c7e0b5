import gc
import weakref
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mockcrm import ClockSetting, Refusal, Sandboxes, Scenario
from mockcrm.base.search_budget import SearchBudget
from mockcrm.base.waiting import Waiter
from mockcrm.crm.clock import Clock
from mockcrm.crm.dialect.knobs import Dialect
from mockcrm.crm.fake_crm import Cause, FakeCrm
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.lists.cursor import EVENTS, Lineage
from mockcrm.journal.entry import Entry
from mockcrm.journal.matcher import Matcher, Reading
from mockcrm.journal.verification import Expectation, ExpectationSchema
from mockcrm.sandbox.action_schemas import read_actions
from mockcrm.sandbox.sandbox import Sandbox
from mockcrm.sandbox.stages import Overtaken
from mockcrm.sandbox.state import State

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
CRM = Cause("crm")
CREATES = [{"create": {"set": {"startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z"}}}] * 20
EVENT = {"startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z"}


class World:
    seconds = 0.0

    def __call__(self) -> float:
        World.seconds += 0.003
        return World.seconds


@pytest.fixture
def running() -> Sandbox:
    """A sandbox in whose world three milliseconds pass whenever somebody looks at the time."""
    return Sandbox(Lineage("running", 1), State(FakeCrm(Clock(ClockSetting(MONDAY), World()))))


def act(sandbox: Sandbox, *actions: dict[str, Any]) -> list[Any]:
    return sandbox.perform(read_actions(list(actions)), CRM)


def test_on_a_running_clock_no_stamp_comes_before_an_instant_that_was_shown(running: Sandbox) -> None:
    act(running, {"create": {"set": EVENT, "key": "k"}})
    act(running, {"schedule": {"every": "100ms", "do": [{"touch": {"events": ["k"]}}]}})
    for _ in range(200):
        as_of = running.page(EVENTS, {}).as_of
        with running.open() as state:
            known = state.crm.store.last_seq
        running.page(EVENTS, {})
        with running.open() as state:
            assert all(change.stamp > as_of for change in state.crm.store.changes(known))


def test_what_a_running_clock_shows_never_goes_back(running: Sandbox) -> None:
    act(running, {"schedule": {"every": "1ms", "do": []}}, {"clock": {"rate": 1_000_000}})
    shown = [running.page(EVENTS, {}).as_of for _ in range(5)]
    assert shown == sorted(shown)


def test_a_dialect_that_falls_due_is_spoken_by_whoever_looks_first() -> None:
    sandbox = Sandboxes(Scenario(clock=ClockSetting(MONDAY, running=False))).get("default")
    act(sandbox, {"schedule": {"after": "1s", "do": [{"dialect": {"since": "exclusive"}}]}})
    act(sandbox, {"clock": {"now": "2026-01-05T09:00:02Z"}})
    with sandbox.open() as state:
        assert state.crm.dialect == Dialect(since="exclusive")


def test_a_key_and_an_id_never_mean_two_events() -> None:
    sandbox = Sandboxes(Scenario(dialect=Dialect(id_form="guid"))).get("default")
    key = "f0000000-0000-4000-8000-000000000000"  # a name, and an id of the form that this CRM gives
    made = act(sandbox, *({"create": {"set": EVENT, "key": f"k{number}"}} for number in range(3)))
    (first,) = act(sandbox, {"create": {"set": EVENT, "key": key}})
    with pytest.raises(Refusal, match="is or was the id of an event"):
        act(sandbox, {"create": {"set": EVENT | {"id": key}}})
    taken = next(
        each.change.record.id for each in [*made, *act(sandbox, *CREATES)] if each.change.record.id[0].isalpha()
    )
    with pytest.raises(Refusal, match="already stands for"):
        act(sandbox, {"create": {"set": EVENT, "key": taken}})
    with sandbox.open() as state:
        assert state.crm.resolve(KINDS["event"], key) == first.change.record.id != key


def test_a_refused_advance_takes_back_all_that_ran() -> None:
    sandbox = Sandboxes(Scenario(clock=ClockSetting(MONDAY, running=False))).get("default")
    act(sandbox, {"schedule": {"every": "1s", "do": [{"create": {"set": EVENT}}]}})
    with pytest.raises(Refusal, match="smaller steps"):
        act(sandbox, {"advance": {"by": "1d"}})
    with sandbox.open() as state:
        assert (state.crm.clock.now(), state.crm.store.last_seq) == (MONDAY, 0)


def test_a_sandbox_keeps_its_start_state_whatever_happens() -> None:
    sandboxes = Sandboxes(Scenario(clock=ClockSetting(MONDAY, running=False), generate=({"count": 20, "seed": 1},)))
    sandbox = sandboxes.get("default")
    act(sandbox, {"churn": {"creates": 5, "edits": 5, "deletes": 5}}, {"advance": {"by": "1h"}})
    sandboxes.reset(sandbox, empty=True)
    with sandbox.open() as state:
        assert (state.crm.store.last_seq, state.crm.clock.running) == (0, True)
    sandboxes.reset(sandbox)
    with sandbox.open() as state:
        assert (state.crm.store.events.known_count(), state.crm.clock.now()) == (20, MONDAY)


# Who waits

NEVER = {"requests": [{"operation": "deleteEvent"}], "timeout": "1m"}


def verification() -> Expectation:
    expected: Expectation = ExpectationSchema().load(NEVER)
    return expected


def test_nobody_waits_for_a_client_that_has_gone(running: Sandbox) -> None:
    waiter = Waiter()
    waiter.leave()
    assert running.verify(verification(), waiter)
    act(running, {"fault": {"effect": {"delay": "5m"}}})
    running.pause({"f1": 300.0}, running.journal, waiter)


def test_who_waits_looks_at_what_is_new_and_not_again_at_all_that_was_asked(
    running: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged, looks = set[int](), list[set[int]]()
    judge = Matcher.judge

    def noted(matcher: Matcher, reading: Reading, budget: SearchBudget) -> bool | None:
        judged.add(reading.entry.number)
        return judge(matcher, reading, budget)

    def asked() -> None:
        entry = Entry("client", "GET", "/api/v1/events", "listEvents", "event", None, None, "", {}, MONDAY, 0.0)
        running.journal.open(entry)
        running.journal.close(entry, 200, MONDAY)

    class Watched(Waiter):
        """Each time it would sleep, somebody asks for what it does not wait for, three times in all."""

        def sleep(self, seconds: float) -> None:
            looks.append({*judged})
            judged.clear()
            if running.journal.last == 503:
                self.leave()
            else:
                asked()

    monkeypatch.setattr(Matcher, "judge", noted)
    for _ in range(500):
        asked()
    assert running.verify(verification(), Watched())
    assert looks == [{*range(1, 501)}, {501}, {502}, {503}]


def test_nobody_waits_in_a_sandbox_that_was_deleted(running: Sandbox) -> None:
    journal = running.journal
    running.close()
    assert running.verify(verification())
    with pytest.raises(Overtaken):
        running.pause({"f1": 300.0}, journal, Waiter())


def test_a_pause_is_as_long_as_the_rules_that_are_left_ask_for(running: Sandbox) -> None:
    act(running, *[{"fault": {"effect": {"delay": "5m"}}}] * 2)
    left: list[float] = []

    class Watched(Waiter):
        """Each time it would sleep, somebody removes one more rule."""

        def sleep(self, seconds: float) -> None:
            left.append(round(seconds))
            with running.open() as state:
                state.faults.remove(f"f{len(left)}")
            super().sleep(seconds)

    running.pause({"f1": 300.0, "f2": 300.0}, running.journal, Watched())
    assert left == [600, 300]


def test_what_a_reset_takes_back_is_gone_without_the_garbage_collector() -> None:
    sandboxes = Sandboxes()
    sandbox = sandboxes.get("default")
    act(sandbox, *CREATES)
    sandbox.audit()
    store = weakref.ref(sandbox.state.crm.store)
    gc.disable()
    try:
        sandboxes.reset(sandbox)
        assert store() is None
    finally:
        gc.enable()
