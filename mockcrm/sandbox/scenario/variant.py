"""How a new sandbox differs from what it starts from: a scenario, or another sandbox."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mockcrm.base.declaring import dataclass
from mockcrm.crm.dialect.knobs import Dialect
from mockcrm.crm.dialect.named import read_dialect
from mockcrm.crm.fake_crm import COLLEAGUE
from mockcrm.sandbox import actions
from mockcrm.sandbox.scenario.scenario import Scenario
from mockcrm.sandbox.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """Another `dialect`, as a name or as knobs that change the origin's; another `seed`; `count` more invented events.

    The events are drawn from `seed`, and without one from the sandbox's own source of chance.
    """

    dialect: Any = None
    seed: int | None = None
    count: int = 0

    def of_scenario(self, origin: Scenario) -> Scenario:
        """A scenario that starts so. Its own events are made in the new dialect, too. Raises `DialectInvalid`."""
        if self == UNCHANGED:
            # The origin has loaded its events already.
            return origin
        return replace(
            origin,
            dialect=self._dialect(origin.dialect),
            seed=origin.seed if self.seed is None else self.seed,
            generate=(*origin.generate, *self._generate),
        )

    def apply(self, state: State) -> None:
        """Change a state that has begun. Its events stay as they are. Raises `DialectInvalid`."""
        state.crm.set_dialect(self._dialect(state.crm.dialect))
        if self.seed is not None:
            state.crm.chance.seed(self.seed)
        for order in self._generate:
            actions.seed(state, COLLEAGUE, **order)

    def _dialect(self, origin: Dialect) -> Dialect:
        return origin if self.dialect is None else read_dialect(self.dialect, origin)

    @property
    def _generate(self) -> tuple[Mapping[str, Any], ...]:
        return ({"count": self.count, "seed": self.seed},) if self.count else ()


UNCHANGED = Variant()
