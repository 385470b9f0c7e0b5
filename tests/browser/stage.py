"""The page of a demo: the CRM's calendar and, in a frame, the mailbox's."""

from dataclasses import dataclass

from playwright.sync_api import FrameLocator, Locator, Page, expect

from mockcrm import Crm


@dataclass(frozen=True)
class Stage:
    """A demo, its address, and a page that shows it."""

    crm: Crm
    url: str
    page: Page

    @property
    def in_mailbox(self) -> FrameLocator:
        return self.page.frame_locator("iframe[title='Mailbox calendar']")

    @property
    def in_crm(self) -> Locator:
        return self.page.get_by_role("region", name="CRM calendar")

    def open(self, shown: str = "zone=UTC") -> Page:
        """Show the page, with both calendars; `shown` is what stands behind `#` in its address."""
        self.page.goto(f"{self.url}/#{shown}")
        expect(self.in_mailbox.get_by_role("button", name="New event")).to_be_visible()
        return self.page
