"""What the page says, calmly, when it sees no sandbox: a token is asked, the sandbox is gone, the server away."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from mockcrm import Access, Crm, connect, create_app, serving
from tests.browser.console import lenient_page, with_module

__all__ = ["lenient_page"]

TOKEN = "a secret of 2026"


class Host:
    """An address behind which one server takes the place of another, as after a restart."""

    def __init__(self) -> None:
        self.start()
        self.app = Flask(__name__)
        self.app.wsgi_app = self  # type: ignore[method-assign]  # As Flask recommends.

    def start(self, access: Access | None = None) -> None:
        """Start a new server, which knows nothing of the one before."""
        self.current = create_app(access=access)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        return self.current(environ, start_response)


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[Host, str]]:
    host = Host()
    with serving(host.app) as url:
        yield host, url


@pytest.fixture
def host(address: tuple[Host, str]) -> Host:
    address[0].start()
    return address[0]


@pytest.fixture
def url(address: tuple[Host, str]) -> str:
    return address[1]


@pytest.fixture
def crm(host: Host, url: str) -> Crm:
    return connect(url)


def test_a_page_behind_a_token_asks_for_it_and_keeps_it_in_this_tab_alone(
    host: Host, url: str, lenient_page: Page
) -> None:
    page = lenient_page
    host.start(Access(token=TOKEN))
    calls: list[tuple[str, str | None]] = []
    page.on("request", lambda sent: calls.append((sent.url, sent.headers.get("authorization"))))
    page.goto(f"{url}/#panel=connect")
    field = page.get_by_label("Token")
    expect(field).to_be_focused()
    assert not page.get_by_role("tabpanel").is_visible()  # No view says that there is nothing.

    field.fill("a guess")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("The token is wrong.")
    calls.clear()
    field.fill(TOKEN)
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("tabpanel", name="Connect")).to_contain_text("No client has come yet")
    expect(field).not_to_be_visible()

    page.reload()
    expect(page.get_by_role("tabpanel", name="Connect")).to_be_visible()
    assert {token for called, token in calls if "/admin/" in called} == {f"Bearer {TOKEN}"}
    assert not any(TOKEN in called or "secret" in called for called, _ in calls)
    assert TOKEN not in page.url
    assert TOKEN not in page.evaluate("JSON.stringify(localStorage)") + page.evaluate("document.cookie")


def test_a_token_that_a_new_server_does_not_know_is_asked_anew_while_the_page_stays(
    host: Host, url: str, lenient_page: Page
) -> None:
    page = lenient_page
    page.goto(f"{url}/#panel=connect")
    expect(page.get_by_role("tabpanel", name="Connect")).to_be_visible()
    host.start(Access(token=TOKEN))
    field = page.get_by_label("Token")
    field.fill(TOKEN)
    expect(page.get_by_role("tabpanel", name="Connect")).to_be_visible()
    field.press("Enter")
    expect(field).not_to_be_visible()


def test_controls_that_are_shut_say_how_to_open_them(host: Host, url: str, lenient_page: Page) -> None:
    page = lenient_page
    host.start(Access(closed=True))
    page.goto(url)
    expect(page.get_by_text("start with --admin-token or --open-admin")).to_be_visible()


def test_a_server_that_goes_away_is_told_calmly_and_comes_back_by_itself(
    crm: Crm, url: str, lenient_page: Page
) -> None:
    page = lenient_page
    with crm.create(count=3) as mine:
        page.goto(f"{url}{mine.path}/#panel=connect")
        expect(page.get_by_role("tabpanel", name="Connect")).to_be_visible()
        page.context.set_offline(True)
        notice = page.get_by_role("status", name="Connection").filter(has_text="The server does not answer")
        expect(notice).to_contain_text("Since ")
        expect(page.get_by_role("tabpanel", name="Connect")).to_be_visible()
        page.context.set_offline(False)
        expect(notice).not_to_be_visible()
        expect(page.get_by_text("The server answers again.")).to_be_visible()


def test_a_page_whose_server_is_replaced_shows_the_new_one_alone(
    host: Host, crm: Crm, url: str, lenient_page: Page
) -> None:
    page = lenient_page
    crm.seed(5)
    ask(page, url)
    page.goto(f"{url}/#panel=connect&open=request:1")
    expect(page.get_by_role("heading", name="Clients")).to_be_visible()
    assert known(page) == {"changes": len(crm.changes()), "requests": 1}
    host.start()
    started = connect(url)
    started.seed(2)
    expect(page.get_by_text("This sandbox has started again")).to_be_visible()
    expect(page.get_by_role("heading", name="No client has come yet")).to_be_visible()
    assert known(page) == {"changes": len(started.changes()), "requests": 0}
    expect(page).not_to_have_url(re.compile("open="))


def test_a_reset_by_somebody_else_is_said_and_a_long_sleep_is_not(crm: Crm, url: str, lenient_page: Page) -> None:
    page = lenient_page
    with crm.create(count=3) as mine:
        page.goto(f"{url}{mine.path}/#panel=connect")
        expect(page.get_by_role("tabpanel", name="Connect")).to_be_visible()
        # A mark that the server has forgotten, as after hours in a hidden tab.
        with_module(page, "data/feed.js", "async ({ask, mark}) => { mark.value = 1; await ask() }")
        assert known(page) == {"changes": len(mine.changes()), "requests": 0}
        assert page.get_by_text("has started again").count() == 0
        mine.reset(empty=True)
        expect(page.get_by_text("This sandbox has started again")).to_be_visible()
        assert known(page) == {"changes": 0, "requests": 0}


def test_a_sandbox_that_is_deleted_leads_to_the_others(crm: Crm, url: str, lenient_page: Page) -> None:
    page = lenient_page
    with crm.create("another"):
        mine = crm.create("short-lived")
        page.goto(f"{url}{mine.path}/")
        # Before the page has read it, it would say that there never was one.
        expect(page.get_by_role("timer", name="Time in the sandbox")).to_be_visible()
        mine.delete()
        notice = page.get_by_role("status").filter(has_text="There is no sandbox short-lived")
        expect(notice.get_by_role("link", name="another")).to_be_visible()
        with crm.create("short-lived"):  # Whoever makes it anew need not reload.
            expect(notice).not_to_be_visible()
        expect(notice).to_be_visible()
        notice.get_by_role("link", name="default").click()
        expect(page.get_by_role("button", name="Sandbox default")).to_be_visible()


def known(page: Page) -> Any:
    """How many changes and requests the page knows."""
    return with_module(
        page,
        "data/feed.js",
        "({changes, requests}) => ({changes: changes.value.length, requests: requests.value.length})",
    )


def ask(page: Page, url: str) -> None:
    page.request.get(f"{url}/api/v1/events", headers={"X-Mockcrm-Client": "sync"})
