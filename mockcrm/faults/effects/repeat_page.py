"""The effect `repeatPage`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mockcrm.crm.lists.page import Page
from mockcrm.faults.effects.page_effect import PageEffect


@dataclass(frozen=True)
class RepeatPage(PageEffect):
    """A token, unlike those before, that gives this very page once more."""

    word = "repeatPage"

    def transform_page(self, page: Page, tokens: Sequence[str]) -> Page:
        return replace(page, next_token=page.again())
