"""The page where something is missing: the libraries of others, or the sandbox."""

from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from mockcrm.web.console import pages


def test_without_the_libraries_of_others_the_page_says_what_to_do(
    server: str, browser: Browser, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(pages, "LIBRARIES", tmp_path)
    # A page of its own: the browser logs each file that it does not get.
    page = browser.new_page()
    page.goto(f"{server}/")
    expect(page.get_by_role("heading", name="The libraries of this page are missing")).to_be_visible()
    expect(page.get_by_text("The API and its controls work without them.")).to_be_visible()
    page.close()


def test_a_person_who_looks_for_a_sandbox_that_is_not_there_finds_the_way_to_the_one_that_is(
    server: str, browser: Browser
) -> None:
    page = browser.new_page()
    page.goto(f"{server}/sandboxes/nobodys/")
    expect(page.get_by_role("heading", name="There is no such sandbox")).to_be_visible()
    page.get_by_role("link").click()
    expect(page.locator("header.top")).to_be_visible()
    assert httpx.URL(page.url).path == "/"
    page.close()
