"""The effect `emptyPage`: an empty page in the middle of a paged read."""

from collections.abc import Sequence
from dataclasses import replace

from mockcrm.base.declaring import dataclass
from mockcrm.crm.lists.page import Page
from mockcrm.faults.effects.page_effect import PageEffect


@dataclass(frozen=True)
class EmptyPage(PageEffect):
    """Answers with an empty page. Its page token leads to the rows that should have been on it."""

    name = "emptyPage"

    def transform_page(self, page: Page, tokens: Sequence[str]) -> Page:
        return replace(page, changes=[], next_token=page.again())
