"""A scenario: what a sandbox starts from, and what happens then (`docs/reference/fixtures.md`)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from typing import Any

from mockcrm.base.declaring import dataclass
from mockcrm.base.progress import tracked
from mockcrm.crm.clock import ClockSetting
from mockcrm.crm.dialect.knobs import PLAIN, Dialect
from mockcrm.crm.fake_crm import COLLEAGUE, FakeCrm, WriteOptions
from mockcrm.crm.kinds.kind import Kind
from mockcrm.faults.rules import Rule
from mockcrm.sandbox import actions
from mockcrm.sandbox.scenario.start_records import StartRecord, bringing
from mockcrm.sandbox.state import ScenarioRun, State


@dataclass(frozen=True)
class Scenario:
    """A start state, and what happens after it. Without arguments: an empty CRM whose clock runs in real time.

    `records` are in the order of loading. `generate` are the arguments of `actions.seed`. `run` has the steps.

    `Scenario(seed=7, generate=({"count": 100},)).start()`
    """

    title: str = ""
    clock: ClockSetting = ClockSetting()
    dialect: Dialect = PLAIN
    seed: int = 0
    records: tuple[StartRecord, ...] = ()
    generate: tuple[Mapping[str, Any], ...] = ()
    faults: tuple[Rule, ...] = ()
    run: ScenarioRun | None = None

    @cached_property
    def counts(self) -> Mapping[Kind, int]:
        """How many records of each kind are written out, if there are any, in the order of loading."""
        return Counter(each.kind for each in self.records)

    @property
    def invented(self) -> int:
        """How many events are invented."""
        return sum(order["count"] for order in self.generate)

    def start(self) -> State:
        """A new state that starts so. All but the first share their records, and cost next to nothing."""
        if self.clock.now is None:
            # Invented events lie around the time of the clock, which differs from start to start.
            return self._load()
        return self._loaded.restarted(self.clock)

    @cached_property
    def _loaded(self) -> State:
        return self._load()

    def _load(self) -> State:
        """A state with all that the scenario contains. To load it does not move the clock."""
        state = State(FakeCrm(self.clock.start(), self.dialect, self.seed))
        with bringing(state.crm, self.records):
            for record in tracked(self.records, len(self.records), "Loading records"):
                actions.create(state, COLLEAGUE, **_visible_at_once(record.arguments), ticks=False)
        for order in self.generate:
            actions.seed(state, COLLEAGUE, **order)
        for rule in self.faults:
            actions.fault(state, COLLEAGUE, rule=rule)
        state.scenario_run = self.run
        return state


def _visible_at_once(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The same, for a record that lists show at once however far they lag. Its own `visibleAfter` has precedence."""
    options: WriteOptions = arguments["options"]
    if options.visible_after is None:
        options = replace(options, visible_after=timedelta(0))
    return {**arguments, "options": options}
