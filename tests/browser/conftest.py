"""A real browser, and a server whose page it shows, for all modules of this folder that run one after another.

To start a browser and to load the page for the first time costs as much as two tests. What one module has loaded, the
next takes from the browser's cache, as its address is the same.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from mockcrm import create_app, serving
from mockcrm.web.console.pages import LIBRARIES
from tests.browser import chromium
from tests.browser.console import FORGET

# A machine may be slow, or busy: an expectation that is met is met at once on any.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    # No longer than this folder's tests: while it is there, playwright's event loop runs, and `asyncio.run` refuses.
    path = chromium.path() or pytest.fail(chromium.ADVICE)
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=path) as browser:
        yield browser


@pytest.fixture(scope="package")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """What the pages share: the files that one has loaded, the next takes from the browser's cache."""
    with browser.new_context() as context:
        yield context


@pytest.fixture(scope="package")
def server() -> Iterator[str]:
    assert (LIBRARIES / "preact.js").is_file(), "The page's libraries are missing: install anew, with pip's option -v."
    with serving(create_app()) as url:
        yield url


@pytest.fixture
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A page; what it asks of another host than this machine, or complains of, fails the test.

    It remembers nothing of the pages before it. A test that moves the browser's clock is marked `moves_clock`: that
    clock would stand still for all pages that share a context with its own.
    """
    if request.node.get_closest_marker("moves_clock"):
        with browser.new_context() as own:
            yield from _page(own)
    else:
        yield from _page(request.getfixturevalue("context"))


def _page(context: BrowserContext) -> Iterator[Page]:
    with context.new_page() as page:
        page.add_init_script(FORGET)
        wrong: list[str] = []
        page.on("request", lambda request: _note(wrong, request.url, "://127.0.0.1:" in request.url))
        page.on("console", lambda message: _note(wrong, message.text, message.type not in ("error", "warning")))
        page.on("pageerror", lambda error: _note(wrong, str(error), fine=False))
        yield page
        for other in context.pages:
            if other != page:
                other.close()
        assert wrong == []


def _note(wrong: list[str], what: str, fine: bool) -> None:
    if not fine and not what.startswith("data:"):
        wrong.append(what)
