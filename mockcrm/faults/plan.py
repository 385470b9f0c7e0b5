"""What befalls one request, written down for whoever serves it; and what that is decided by."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from mockcrm.base.search_budget import SearchBudget
from mockcrm.crm.lagging import Lag
from mockcrm.crm.lists.page import Page
from mockcrm.errors import Refusal
from mockcrm.journal.journal import AppliedFault, Entry
from mockcrm.journal.matcher import Reading

When = Literal["before", "after"]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it goes out. With `cut`, only so many bytes of the body follow headers that promise all of it.

    `whole` says that it still carries what the CRM said.
    """

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes
    cut: int | None = None
    whole: bool = True


@dataclass(slots=True)
class Plan:
    """What befalls one request, in the order in which it does.

    First the actions, the delays and the broken connection of `before`, or an answer that the CRM is not asked for
    (`instead`). Then how far the state that is read lags, and what becomes of the page that is made of it. Then the
    actions of `after`, what becomes of the CRM's answer (`retort`), and again delays and a broken connection. `delays`
    are in seconds, by the rule that asks for them.
    """

    struck: list[AppliedFault] = field(default_factory=list)
    actions: dict[When, list[tuple[AppliedFault, tuple[Any, ...]]]] = field(
        default_factory=lambda: {"before": [], "after": []}
    )
    delays: dict[When, dict[str, float]] = field(default_factory=lambda: {"before": {}, "after": {}})
    disconnect: dict[When, str] = field(default_factory=dict)
    early_response: Refusal | Reply | None = None
    lag: Lag | None = None
    transform_page: Callable[[Page, Sequence[str]], Page] | None = None
    transform_response: Callable[[Reply], Refusal | Reply] | None = None


@dataclass(frozen=True, slots=True)
class FaultContext:
    """A request that a rule is held against: the sandbox's time and the world's, and whom its credentials name.

    `reading` is the request as all rules read it. `remembers` is what the rule's effect keeps from one request to the
    next; `draw` is a number from 0 to below 1. All rules share the `budget` for the patterns that they look for in it.
    """

    reading: Reading
    now: datetime
    real: float
    credentials: str | None
    remembers: Any = None
    draw: float = 0.0
    budget: SearchBudget = field(default_factory=SearchBudget)

    @property
    def entry(self) -> Entry:
        return self.reading.entry
