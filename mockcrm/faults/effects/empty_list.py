"""The effect `emptyList`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mockcrm.crm.lists.page import Page
from mockcrm.faults.effects.page_effect import PageEffect


@dataclass(frozen=True)
class EmptyList(PageEffect):
    """A list of nothing, with status 200, that says it is complete."""

    word = "emptyList"

    def transform_page(self, page: Page, tokens: Sequence[str]) -> Page:
        return replace(page, changes=[], next_token=None)
