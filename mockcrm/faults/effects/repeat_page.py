"""The effect `repeatPage`: the same page twice."""

from collections.abc import Sequence
from dataclasses import replace

from mockcrm.base.declaring import dataclass
from mockcrm.crm.lists.page import Page
from mockcrm.faults.effects.page_effect import PageEffect


@dataclass(frozen=True)
class RepeatPage(PageEffect):
    """Answers with a new page token that leads to the same page again."""

    name = "repeatPage"

    def transform_page(self, page: Page, tokens: Sequence[str]) -> Page:
        return replace(page, next_token=page.again())
