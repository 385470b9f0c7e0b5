"""The effect `emptyPage`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mockcrm.crm.lists.page import Page
from mockcrm.faults.effects.page_effect import PageEffect


@dataclass(frozen=True)
class EmptyPage(PageEffect):
    """Nothing on the page, and a token that gives what should have been on it."""

    word = "emptyPage"

    def transform_page(self, page: Page, tokens: Sequence[str]) -> Page:
        return replace(page, changes=[], next_token=page.again())
