"""What every effect on a page of a list is."""

from collections.abc import Sequence
from dataclasses import dataclass

from mockcrm.crm.lists.page import Page
from mockcrm.faults.effects.effect import Effect
from mockcrm.faults.plan import FaultContext, Plan
from mockcrm.journal.journal import AppliedFault
from mockcrm.journal.matcher import LISTS


@dataclass(frozen=True)
class PageEffect(Effect):
    """An effect on a page of a list."""

    operations = LISTS

    def apply(self, plan: Plan, case: FaultContext, struck: AppliedFault) -> None:
        plan.transform_page = self.transform_page

    def transform_page(self, page: Page, tokens: Sequence[str]) -> Page:
        """The page that is served. `tokens` are those that the walk has sent so far, this request's last."""
        raise NotImplementedError
