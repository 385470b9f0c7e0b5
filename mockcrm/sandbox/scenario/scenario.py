"""Fixture files: what a sandbox starts from, written down (`docs/fixtures.md`)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import Any

from mockcrm.crm.clock import ClockSetting
from mockcrm.crm.dialect.knobs import PLAIN, Dialect
from mockcrm.crm.fake_crm import COLLEAGUE, FakeCrm, WriteOptions
from mockcrm.faults.rules import Rule
from mockcrm.sandbox import actions
from mockcrm.sandbox.state import Plot, State


@dataclass(frozen=True)
class Scenario:
    """A start state as it is told. An empty one is an empty CRM whose clock runs with the world's.

    `events` are the arguments of `actions.create`, `generate` those of `actions.seed`; `plot` is what happens then.
    """

    title: str = ""
    clock: ClockSetting = ClockSetting()
    dialect: Dialect = PLAIN
    seed: int = 0
    events: tuple[Mapping[str, Any], ...] = ()
    generate: tuple[Mapping[str, Any], ...] = ()
    faults: tuple[Rule, ...] = ()
    plot: Plot | None = None

    @property
    def invented(self) -> int:
        """How many events are invented."""
        return sum(order["count"] for order in self.generate)

    def start(self) -> State:
        """The CRM as this scenario has it begin. Starting it again shares the events, and costs next to nothing."""
        if self.clock.now is None:
            # What is invented lies around the clock, which begins anew with the world's each time.
            return self._loaded()
        return self._once.restarted(self.clock)

    @cached_property
    def _once(self) -> State:
        return self._loaded()

    def _loaded(self) -> State:
        """All that the scenario tells, in a fresh state. Nothing that is loaded moves the clock."""
        state = State(FakeCrm(self.clock.start(), self.dialect, self.seed))
        for told in self.events:
            actions.create(state, COLLEAGUE, **_at_once(told), ticks=False)
        for order in self.generate:
            actions.seed(state, COLLEAGUE, **order)
        for rule in self.faults:
            actions.fault(state, COLLEAGUE, rule=rule)
        state.plot = self.plot
        return state


def _at_once(told: Mapping[str, Any]) -> dict[str, Any]:
    """An event to be loaded: lists show it from the start, however far they lag, unless it says otherwise."""
    options: WriteOptions = told["options"]
    if options.visible_after is None:
        options = replace(options, visible_after=timedelta(0))
    return {**told, "options": options}
