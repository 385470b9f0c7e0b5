"""What happens to one request because of faults, written down for the server; and what that is decided from."""

from collections.abc import Callable, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any, Literal

from mockcrm.base.declaring import dataclass
from mockcrm.base.search_budget import SearchBudget
from mockcrm.crm.lagging import Lag
from mockcrm.crm.lists.page import Page
from mockcrm.errors import Refusal
from mockcrm.journal.entry import AppliedFault, Entry
from mockcrm.journal.matcher import Reading

When = Literal["before", "after"]
RATE_LIMIT = "rateLimit"
"""The name of the effect by which the server tells too many requests from other refusals."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A response as the server sends it.

    With `cut`, only that many bytes of the body follow headers that promise all of it. `whole` is true while the
    response still contains all that the CRM answered.
    """

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes
    cut: int | None = None
    whole: bool = True


@dataclass(slots=True)
class Plan:
    """What happens to one request, in this order.

    1. The `actions` of "before", the `delays` of "before", the `disconnect` of "before".
    2. The `early_response`; or else the CRM answers, from a state with the `lag`, and `transform_page` alters the page.
    3. The `actions` of "after".
    4. `transform_response` alters the CRM's answer.
    5. The `delays` and the `disconnect` of "after".

    `applied_faults` are the rules that apply. `delays` are seconds, by the id of the rule that asks for them.
    """

    applied_faults: list[AppliedFault] = field(default_factory=list)
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
    """What a rule and its effect know of a request.

    - `reading`: the request, as all rules read it.
    - `now`: the sandbox's time; `real`: real time, in seconds.
    - `credentials`: a hash of the client's credentials, or None.
    - `memory`: what the rule's effect keeps from one request to the next.
    - `draw`: a random number from 0 to below 1.
    - `budget`: the time for regular expressions, which all rules share.
    """

    reading: Reading
    now: datetime
    real: float
    credentials: str | None
    memory: Any = None
    draw: float = 0.0
    budget: SearchBudget = field(default_factory=SearchBudget)

    @property
    def entry(self) -> Entry:
        return self.reading.entry
