"""The effect `repeatToken`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from mockcrm.base.schema.fields import Whole
from mockcrm.crm.lists.page import Page
from mockcrm.faults.effects.effect import argument
from mockcrm.faults.effects.page_effect import PageEffect
from mockcrm.faults.plan import FaultContext


@dataclass(frozen=True)
class RepeatToken(PageEffect):
    """A page token that the walk has used already, `length` requests ago: 1 gives A, A; 2 gives A, B, A."""

    word = "repeatToken"
    short = "length"
    length: int = argument(Whole(least=1, most=100, load_default=1))

    def should_apply(self, case: FaultContext) -> tuple[bool, Any]:
        return (case.entry.page or 1) > self.length, case.remembers

    def transform_page(self, page: Page, tokens: Sequence[str]) -> Page:
        # The walk's earlier requests may have been forgotten.
        return replace(page, next_token=next(iter(tokens[-self.length :]), page.next_token))
