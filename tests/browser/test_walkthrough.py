"""The walk-through before an audience, as its page tells it: what is pressed, and what is seen then."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from mockcrm import connect
from tests.browser.console import LAPTOP, answered
from tests.docs.pages import prose, text_of
from tests.processes import COMMAND, started

PAGE = prose(text_of("docs/walkthrough.md"))
LUNCH = re.compile("Lunch with the audience")
REVIEW = "^Contract review"


class Reader:
    """Somebody who follows the page: step by step, with the names that stand there, and leaves out none of them."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.api = page, connect(url)
        self.left = [" ".join(name.split()) for name in re.findall(r"\*\*(.+?)\*\*", PAGE, re.DOTALL)]

    def reads(self, name: str) -> str:
        """The next name in bold, which is this one."""
        assert self.left[:1] == [name], f"The page says {self.left[:3]}, and not {name}."
        return self.left.pop(0)

    def presses(self, name: str, within: Page | Locator | FrameLocator | None = None) -> None:
        button = (within or self.page).get_by_role("button", name=self.reads(name), exact=True)
        button.click()

    @property
    def crm(self) -> Locator:
        return self.page.get_by_role("region", name="CRM calendar")

    @property
    def mailbox(self) -> FrameLocator:
        return self.page.frame_locator("iframe[title='Mailbox calendar']")

    @property
    def client(self) -> Locator:
        return self.page.get_by_role("region", name="Sync client")

    @property
    def card(self) -> Locator:
        return self.page.get_by_role("region", name=re.compile("^Tour: "))

    @property
    def both_agree(self) -> bool:
        """Whether both calendars have the same meetings."""
        crm, mailbox = (
            sorted(
                str([each["subject"], each["startTime"], each["endTime"], each["location"], each["description"]])
                for each in side.events.all()
            )
            for side in (self.api, self.api.sandbox("mailbox"))
        )
        return crm == mailbox

    def waits_two_rounds(self) -> None:
        for _ in range(2):
            self.api.demo.sync()

    def sees_verdict(self, verdict: str, within_seconds: int = 30) -> Locator:
        said = self.page.get_by_role("link", name=f"Verdict: {self.reads(verdict)}", exact=True)
        expect(said).to_be_visible(timeout=within_seconds * 1000)
        return said

    def sees_card(self, title: str) -> None:
        assert f"“{title}”" in PAGE
        expect(self.card.get_by_role("heading", level=3)).to_have_text(title)
        expect(self.card.get_by_text("playing …")).not_to_be_attached()

    def sees_review(self, in_crm: int, in_mailbox: int, look: str) -> None:
        """The review, on the days of March; in the CRM it looks like something that the client knows so well."""
        for side, day, name in ((self.crm, in_crm, f"^Contract review.*, {look}"), (self.mailbox, in_mailbox, REVIEW)):
            cell = side.get_by_role("gridcell", name=re.compile(rf"\b{day} "))
            expect(cell.get_by_role("button", name=re.compile(name))).to_be_visible()


@pytest.fixture
def reader(page: Page) -> Iterator[Reader]:
    page.set_viewport_size(LAPTOP)  # type: ignore[arg-type]  # Two whole numbers.
    assert "\n    make demo\n" in PAGE
    assert COMMAND[-1] == "mockcrm"
    with started([*COMMAND, "demo", "--port", "0"], os.environ) as served:
        page.goto(served.url)
        yield Reader(page, served.url)


def test_the_walk_through_goes_as_its_page_says(reader: Reader, tmp_path: Path) -> None:
    starts(reader)
    an_edit_crosses(reader)
    a_safeguard_is_off(reader)
    there_is_trouble(reader)
    bundle = a_tour(reader, tmp_path)
    what_happened_is_opened(reader, bundle)
    reader.reads("Reset …")
    assert reader.left == []


def starts(reader: Reader) -> None:
    page = reader.page
    expect(reader.crm.get_by_role("heading", name=reader.reads("CRM"))).to_be_visible()
    expect(reader.mailbox.get_by_role("heading", name=reader.reads("Mailbox"))).to_be_visible()
    expect(reader.client.get_by_role("heading", name=reader.reads("reference client"))).to_be_visible()
    expect(reader.client.get_by_text(re.compile(f"^({reader.reads('running')}|syncing)$"))).to_be_visible()
    rounds = reader.client.get_by_role("definition").first
    expect(reader.client.get_by_role("term").first).to_have_text(reader.reads("Rounds"))
    expect(rounds).to_have_text(re.compile(r"^([2-9]|\d\d)"))
    reader.sees_verdict("passed")
    in_crm = reader.crm.locator(".crm-event")
    expect(in_crm).not_to_have_count(0)
    expect(reader.mailbox.locator(".crm-event")).to_have_count(in_crm.count())
    expect(page.get_by_role("region", name="Time axis").get_by_text("reference", exact=True)).to_be_visible()
    large = reader.reads("Large type")
    for size in ("20px", "16px"):
        page.get_by_role("button", name=large).click()
        expect(page.locator("html")).to_have_css("font-size", size)


def an_edit_crosses(reader: Reader) -> None:
    reader.mailbox.locator(".crm-event").first.click()
    reader.presses("Edit", reader.mailbox)
    reader.mailbox.get_by_label(reader.reads("Subject"), exact=True).fill("Lunch with the audience")
    reader.presses("Save", reader.mailbox)
    expect(reader.crm.get_by_role("button", name=LUNCH)).to_be_visible()
    expect(reader.client.get_by_text(reader.reads("← 1 write"), exact=True)).to_be_visible()
    reader.presses("A colleague edits now")
    message = reader.page.get_by_role("status", name="Messages")
    expect(message).to_contain_text(re.compile("A colleague (moved|changed|wrote|cancelled)"))
    reader.waits_two_rounds()
    assert reader.both_agree


def a_safeguard_is_off(reader: Reader) -> None:
    page = reader.page
    # Until here a reader has watched the client for a minute.
    for _ in range(3):
        reader.waits_two_rounds()
    safeguards = reader.client.get_by_role("region", name=reader.reads("Safeguards"))
    tombstones = safeguards.get_by_role("switch", name=reader.reads("Tombstones"))
    tombstones.uncheck()
    expect(safeguards.get_by_text("Asks for deletions.").last).to_be_visible()
    expect(safeguards.get_by_text("Off: Tombstones")).to_be_visible()
    in_crm, in_mailbox = reader.crm.locator(".crm-event"), reader.mailbox.locator(".crm-event")
    count = in_crm.count()
    expect(in_mailbox).to_have_count(count)
    in_crm.first.click()
    meeting = page.get_by_role("dialog").get_by_role("heading", level=3).inner_text()
    reader.presses("Delete")
    expect(in_crm).to_have_count(count - 1)
    failed = reader.sees_verdict("failed", within_seconds=120)
    expect(in_mailbox).to_have_count(count)
    failed.click()
    audit = page.get_by_role("region", name="Details").get_by_role("tabpanel", name=reader.reads("Audit"))
    expect(audit).to_contain_text(f"“{meeting}” was deleted, and this client no longer asks for deletions")
    reader.presses("All on")
    expect(tombstones).to_be_checked()
    reader.presses("Details")
    expect(audit).not_to_be_attached()
    expect(in_mailbox).to_have_count(count - 1)


def begins_anew(reader: Reader) -> None:
    reader.presses("Reset …")
    reader.presses("Reset", reader.page.get_by_role("dialog", name="Begin the demo anew?"))
    message = reader.page.get_by_text("The demo has begun anew.")
    expect(message).to_be_visible()
    message.locator("..").get_by_role("button", name="Dismiss").click()
    expect(message).not_to_be_attached()
    expect(reader.crm.get_by_role("button", name=LUNCH)).not_to_be_attached()


def there_is_trouble(reader: Reader) -> None:
    page = reader.page
    begins_anew(reader)
    # Neither may come so late that a round is over before.
    with answered(page, "POST", "/admin/faults"):
        reader.presses("Break the connection")
    with answered(page, "POST", "/demo/colleague"):
        reader.presses("A colleague edits now")
    problem = reader.client.get_by_role("status")
    expect(problem).to_have_text(re.compile("503"))
    assert not reader.both_agree
    reader.presses("Clear faults")
    expect(problem).to_be_empty()
    reader.waits_two_rounds()
    assert reader.both_agree
    reader.sees_verdict("passed")
    for name in ("Rate limit", "Slow answers"):
        expect(page.get_by_role("button", name=reader.reads(name), exact=True)).to_be_enabled()


def a_tour(reader: Reader, folder: Path) -> Path:
    page = reader.page
    reader.presses("Tours")
    choice = page.get_by_role("dialog", name="Tours")
    choice.get_by_label(reader.reads("Go on by itself from card to card")).uncheck()
    choice.get_by_role("button", name=reader.reads("A change that shows up late")).click()
    reader.sees_card("Both calendars agree")
    reader.sees_review(4, 4, "up to date")
    reader.presses("Next")
    expect(reader.card.get_by_role("button", name="Card 2 of")).to_have_attribute("aria-current", "step")
    reader.sees_review(5, 4, "pending")
    turn_twice(reader)
    reader.sees_card("The news never arrives")
    expect(reader.card.get_by_text(f"careless client ✕ {reader.reads('failed')}")).to_be_visible()
    reader.sees_review(5, 4, "out of reach")
    with page.expect_download() as download:
        reader.presses("Save what happened")
    assert f"`{download.value.suggested_filename}`" in PAGE
    bundle = folder / download.value.suggested_filename
    download.value.save_as(bundle)
    turn_twice(reader)
    reader.sees_card("The news arrives")
    expect(reader.card.get_by_text(f"careful client ✓ {reader.reads('passed')}")).to_be_visible()
    reader.sees_review(5, 5, "up to date")
    expect(page.get_by_role("region", name="Time axis").get_by_text("careless, before")).to_be_visible()
    reader.presses("End", reader.card)
    expect(reader.card).not_to_be_attached()
    expect(page.get_by_text("The tour is over, and the demo has begun anew.")).to_be_visible()
    return bundle


def turn_twice(reader: Reader) -> None:
    """Two cards on, from wherever the tour is."""
    here = reader.card.locator('[aria-current="step"]')
    name = reader.reads("Next")
    for _ in range(2):
        before = here.get_attribute("aria-label") or ""
        reader.card.get_by_role("button", name=name, exact=True).click()
        expect(here).not_to_have_accessible_name(before)


def what_happened_is_opened(reader: Reader, bundle: Path) -> None:
    page = reader.page
    page.get_by_role("link", name=reader.reads("Workbench")).click()
    page.get_by_role("tab", name=reader.reads("Connect")).click()
    page.get_by_label(reader.reads("Put in …")).set_input_files(bundle)
    reader.presses("Open", page.get_by_role("dialog"))
    page.wait_for_url(re.compile("/sandboxes/"))
    reader.sees_verdict("failed")
    audit = page.get_by_role("tabpanel", name=reader.reads("Audit"))
    expect(audit).to_contain_text("“Contract review” was changed, and the change is out of this client's reach")
