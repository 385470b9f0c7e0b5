"""The effect `repeatToken`: a page token that repeats."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mockcrm.base.declaring import dataclass
from mockcrm.base.schema.fields import Whole
from mockcrm.crm.lists.page import Page
from mockcrm.faults.effects.effect import argument
from mockcrm.faults.effects.page_effect import PageEffect
from mockcrm.faults.plan import FaultContext


@dataclass(frozen=True)
class RepeatToken(PageEffect):
    """Repeats the page token that the paged read got `length` requests ago: 1 gives A, A; 2 gives A, B, A."""

    name = "repeatToken"
    hazard = "token-loop"
    shorthand = "length"
    length: int = argument(Whole(least=1, most=100, load_default=1))

    def should_apply(self, context: FaultContext) -> tuple[bool, Any]:
        return (context.entry.page or 1) > self.length, context.memory

    def transform_page(self, page: Page, tokens: Sequence[str]) -> Page:
        # The journal may have dropped the read's earlier requests.
        return replace(page, next_token=next(iter(tokens[-self.length :]), page.next_token))
