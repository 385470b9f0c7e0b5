"""The console in a real browser: a sandbox of its own for each test, and a page that shows it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, Response

from mockcrm import Crm, connect

FORGET = """if (!sessionStorage.begun) { try { localStorage.clear() } finally { sessionStorage.begun = 1 } }"""
"""A tab begins with an empty memory, and keeps what it has when it is loaded again."""
MONDAY = "2026-03-02T09:00:00.000Z"
"""Where each test's clock stands at first."""
LAPTOP = {"width": 1440, "height": 900}
OWN_FILES = "document.querySelector('link[rel=icon]').href"
"""Beside which address the page has its modules: what is imported from elsewhere is another module."""
PHONE = {"width": 390, "height": 844}


@dataclass(frozen=True)
class Console:
    """A sandbox, the address of its page, and the page in a browser."""

    crm: Crm
    url: str
    page: Page

    def open(self, shown: str = "") -> Page:
        """Show the page; `shown` is what stands behind `#` in its address, as `panel=changes&open=change:1`."""
        self.page.goto(f"{self.url}/#{shown}")
        self.page.locator("header.top").wait_for()
        return self.page

    def ask(self, method: str, path: str, body: Any = None, *, client: str = "sync", **parameters: Any) -> Any:
        """A client's request to the CRM: `ask("GET", "/events", since=…)`. The JSON of its answer."""
        answer = httpx.request(
            method,
            f"{self.url}/api/v1{path}",
            params=parameters,
            headers={"X-Mockcrm-Client": client},
            **({} if body is None else {"json": body}),
        )
        return answer.json() if answer.content else None


def with_module(page: Page, module: str, function: str, argument: Any = None) -> Any:
    """What a function of JavaScript gives for a module of the page.

    `with_module(page, "data/feed.js", "({ask}) => ask()")`
    """
    return page.evaluate(
        f"async ([name, argument]) => ({function})(await import(new URL(name, {OWN_FILES}).href), argument)",
        [module, argument],
    )


def keep_messages(page: Page) -> None:
    """Have the page, once it is opened, show its messages for an hour: a machine may be slow, and one is to be used."""
    keep_shown(page, 8000)


def keep_shown(page: Page, milliseconds: int) -> None:
    """Have the page, once it is opened, show for an hour what it would show for so long."""
    longer = f"(does, ms) => later(does, ms === {milliseconds} ? 3_600_000 : ms)"
    page.add_init_script(f"const later = setTimeout; window.setTimeout = {longer}")


@contextmanager
def answered(page: Page, method: str, path: str) -> Iterator[None]:
    """The page calls a control in the block, and has the answer after it: `answered(page, "POST", "/admin/reset")`."""

    def is_it(answer: Response) -> bool:
        return answer.request.method == method and urlsplit(answer.url).path.endswith(path)

    with page.expect_response(is_it):
        yield


@pytest.fixture
def console(server: str, page: Page) -> Iterator[Console]:
    """An empty sandbox whose clock stands at `MONDAY`, and a page at a laptop's size; see `Console.open`."""
    page.set_viewport_size(LAPTOP)  # type: ignore[arg-type]  # Two whole numbers.
    with connect(server).create() as crm:
        crm.clock.freeze(MONDAY)
        yield Console(crm, f"{server}{crm.path}", page)


@pytest.fixture
def lenient_page(context: BrowserContext) -> Iterator[Page]:
    """A page for a test in which calls are refused: the browser complains of each. Errors of the page fail it."""
    with context.new_page() as page:
        page.add_init_script(FORGET)
        page.set_viewport_size(LAPTOP)  # type: ignore[arg-type]  # Two whole numbers.
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        yield page
        context.set_offline(False)
        assert wrong == []
