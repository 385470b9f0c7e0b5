"""The base of effects that alter a page of a list."""

from collections.abc import Sequence

from mockcrm.base.declaring import dataclass
from mockcrm.crm.lists.page import Page
from mockcrm.faults.effects.effect import Effect
from mockcrm.faults.plan import FaultContext, Plan
from mockcrm.journal.entry import AppliedFault
from mockcrm.journal.operations import LISTS


@dataclass(frozen=True)
class PageEffect(Effect):
    """An effect that alters a page of a list."""

    operations = LISTS

    def apply(self, plan: Plan, context: FaultContext, applied: AppliedFault) -> None:
        plan.transform_page = self.transform_page

    def transform_page(self, page: Page, tokens: Sequence[str]) -> Page:
        """The page to serve instead. `tokens` are those that this paged read has sent so far, the newest last."""
        raise NotImplementedError
