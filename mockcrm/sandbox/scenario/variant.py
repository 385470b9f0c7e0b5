"""What a sandbox has that its origin has not, whether it begins with a scenario or as another sandbox stands."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mockcrm.crm.dialect.knobs import Dialect
from mockcrm.crm.dialect.named import read_dialect
from mockcrm.crm.fake_crm import COLLEAGUE
from mockcrm.sandbox import actions
from mockcrm.sandbox.scenario.scenario import Scenario
from mockcrm.sandbox.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """Another `dialect`, a name or knobs upon the origin's own; another `seed` of chance; `count` more invented events.

    The events are drawn from `seed`, and without one from the sandbox's chance.
    """

    dialect: Any = None
    seed: int | None = None
    count: int = 0

    def scenario(self, origin: Scenario) -> Scenario:
        """A scenario that starts so, with its own events made in that dialect too. Raises `DialectInvalid`."""
        if self == UNAMENDED:
            # What the origin has loaded once, it need not load again.
            return origin
        return replace(
            origin,
            dialect=self._spoken(origin.dialect),
            seed=origin.seed if self.seed is None else self.seed,
            generate=(*origin.generate, *self._generate),
        )

    def amend(self, state: State) -> None:
        """The same for a sandbox that has begun: what it has already stays. Raises `DialectInvalid`."""
        state.crm.set_dialect(self._spoken(state.crm.dialect))
        if self.seed is not None:
            state.crm.chance.seed(self.seed)
        for order in self._generate:
            actions.seed(state, COLLEAGUE, **order)

    def _spoken(self, origin: Dialect) -> Dialect:
        return origin if self.dialect is None else read_dialect(self.dialect, origin)

    @property
    def _generate(self) -> tuple[Mapping[str, Any], ...]:
        return ({"count": self.count, "seed": self.seed},) if self.count else ()


UNAMENDED = Amendment()
