"""The page where the libraries of others could not be fetched when mockcrm was installed."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from mockcrm import create_app, serving
from mockcrm.web.console import pages


def test_a_person_is_told_what_is_missing_and_how_to_get_it(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "LIBRARIES", tmp_path / "libraries")
    # Not the fixture's page: Chromium complains of each file that is not there.
    with serving(create_app()) as url, browser.new_page() as page:
        page.goto(url)
        expect(page.get_by_role("heading", name="The libraries of this page are missing")).to_be_visible()
        expect(page.get_by_text("Install it again with access to the npm registry")).to_be_visible()
        assert page.evaluate("fetch('api/v1/events').then(answer => answer.status)") == 200
