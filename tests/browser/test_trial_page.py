"""The report of a trial as a page in a browser: what a person sees, without a request to any host."""

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from mockcrm.cli.trial.rendering import write_report
from mockcrm.trials.outcome import TrialReport
from tests.browser.contrast import faint
from tests.cli.trial.clients import careful, careless, crashing, idle


class Opened:
    """A page from a file. What it asks of any host, or complains of, is `wrong`."""

    def __init__(self, page: Page, report: TrialReport, folder: Path) -> None:
        self.page, self.wrong = page, list[str]()
        file = folder / "report.html"
        write_report(report, "html", file)
        page.on("request", lambda request: self._note(request.url, fine=request.url.startswith(("file:", "data:"))))
        page.on("console", lambda message: self._note(message.text, fine=False))
        page.on("pageerror", lambda error: self._note(str(error), fine=False))
        page.goto(file.as_uri())

    def _note(self, what: str, *, fine: bool) -> None:
        if not fine:
            self.wrong.append(what)


@pytest.fixture
def empty(browser: Browser) -> Page:
    return browser.new_page()


def test_a_person_finds_the_verdict_the_matrix_and_the_timeline_of_a_failure(empty: Page, tmp_path: Path) -> None:
    opened = Opened(empty, careless(), tmp_path)
    page = opened.page
    expect(page.get_by_label("Verdict")).to_contain_text("Failed The client fails 4 of 11 hazards")
    expect(page.get_by_role("row", name="deletion").first).to_contain_text("tombstone-expired")
    page.get_by_role("link", name="late-commit-visibility: failed").click()
    failure = page.get_by_role("article").filter(has=page.get_by_role("heading", name="late-commit-visibility"))
    expect(failure).to_be_in_viewport()
    expect(failure.get_by_text("version 2 appears in lists").first).to_be_visible()
    expect(failure.get_by_text('mockcrm.trial(NoTombstones, only=["late-commit-visibility"])')).to_be_visible()
    assert opened.wrong == []


def test_a_link_opens_a_failure_that_is_folded_under_another(empty: Page, tmp_path: Path) -> None:
    opened = Opened(empty, careless(), tmp_path)
    folded = opened.page.locator("#hazard-id-only-tombstone")
    expect(folded).not_to_be_visible()
    opened.page.get_by_role("link", name="id-only-tombstone: failed").click()
    expect(folded).to_be_visible()
    expect(folded).to_be_in_viewport()


def test_a_click_selects_the_whole_command(empty: Page, tmp_path: Path) -> None:
    opened = Opened(empty, replace(crashing(), command=["node", "sync it.mjs"]), tmp_path)
    opened.page.locator(".command code").first.click()
    selected = opened.page.evaluate("String(getSelection())")
    assert selected.strip() == "mockcrm trial --only equal-timestamp-at-watermark --no-mailbox -- node 'sync it.mjs'"


def test_on_paper_nothing_is_folded_and_nothing_is_dark(browser: Browser, tmp_path: Path) -> None:
    page = browser.new_page(color_scheme="dark")
    Opened(page, careless(), tmp_path)
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.locator("#hazard-id-only-tombstone")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_hostile_output_is_text_and_nothing_else(empty: Page, tmp_path: Path) -> None:
    opened = Opened(empty, crashing(), tmp_path)
    expect(opened.page.locator(".output").first).to_contain_text("</script><b>bold</b> &amp;")
    assert opened.page.locator("b", has_text="bold").count() == 0
    assert opened.wrong == []


@pytest.mark.parametrize(("report", "verdict"), [(careful, "Passed"), (careless, "Failed"), (idle, "Inconclusive")])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_enough_contrast_and_fits(
    browser: Browser, tmp_path: Path, report: object, verdict: str, scheme: str
) -> None:
    assert callable(report)
    for width in (1280, 360):
        page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 800})  # type: ignore[arg-type]  # One of two.
        opened = Opened(page, report(), tmp_path)
        expect(page.locator(".verdict strong")).to_have_text(verdict)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert faint(page) == []
        assert opened.wrong == []
        page.close()
