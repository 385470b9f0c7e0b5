"""The effect `emptyList`: an empty list, as if the CRM had no more rows."""

from collections.abc import Sequence
from dataclasses import replace

from mockcrm.base.declaring import dataclass
from mockcrm.crm.lists.page import Page
from mockcrm.faults.effects.page_effect import PageEffect


@dataclass(frozen=True)
class EmptyList(PageEffect):
    """Answers with an empty list, status 200 and no page token."""

    name = "emptyList"
    hazard = "empty-200-mass-delete"

    def transform_page(self, page: Page, tokens: Sequence[str]) -> Page:
        return replace(page, changes=[], next_token=None)
