"""The effect `shortPage`: a page without its last rows."""

from collections.abc import Sequence
from dataclasses import replace

from mockcrm.base.declaring import dataclass
from mockcrm.base.schema.fields import Whole
from mockcrm.crm.lists.page import Page
from mockcrm.faults.effects.effect import argument
from mockcrm.faults.effects.page_effect import PageEffect


@dataclass(frozen=True)
class ShortPage(PageEffect):
    """Cuts rows from the end of a page: it keeps half of them, or `keep`. The page token and `asOf` stay the same."""

    name = "shortPage"
    hazard = "newest-token-on-truncated-page"
    shorthand = "keep"
    keep: int | None = argument(Whole(least=0, load_default=None))

    def transform_page(self, page: Page, tokens: Sequence[str]) -> Page:
        size = len(page.changes)
        return replace(page, changes=page.changes[: size // 2 if self.keep is None else self.keep])
