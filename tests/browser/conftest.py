"""A real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # No longer than a module: while it is there, playwright's event loop runs, and `asyncio.run` refuses.
    path = chromium.path() or pytest.fail(chromium.ADVICE)
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=path) as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page; what it asks of another host than this machine, or complains of, fails the test."""
    with browser.new_page() as page:
        wrong: list[str] = []
        page.on("request", lambda request: _note(wrong, request.url, "://127.0.0.1:" in request.url))
        page.on("console", lambda message: _note(wrong, message.text, message.type not in ("error", "warning")))
        page.on("pageerror", lambda error: _note(wrong, str(error), fine=False))
        yield page
        assert wrong == []


def _note(wrong: list[str], what: str, fine: bool) -> None:
    if not fine and not what.startswith("data:"):
        wrong.append(what)
