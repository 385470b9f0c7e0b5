"""The page as a whole: it starts, says which sandbox it shows, fits every screen, and can be read by everybody."""

from typing import Literal

import httpx
import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.axe import axe
from tests.browser.console import LAPTOP, PHONE, Console, console, server
from tests.browser.contrast import faint

__all__ = ["console", "server"]

PANELS = ("Traffic", "Changes", "Audit", "Scenario", "Faults", "Dialect", "Connect")
SCHEMES: tuple[Literal["dark", "light"], ...] = ("dark", "light")


def test_a_person_opens_a_sandbox_and_sees_its_name_and_its_verdict(console: Console) -> None:
    page = console.open()
    name = console.crm.path.rpartition("/")[2]
    expect(page.get_by_role("banner")).to_contain_text(name)
    expect(page).to_have_title(f"{name} · mockcrm")
    expect(page.get_by_role("link", name="Verdict: inconclusive")).to_be_visible()
    for panel in PANELS:
        page.get_by_role("tab", name=panel).click()
        expect(page.get_by_role("tabpanel", name=panel)).to_be_visible()


def test_the_page_may_load_from_its_own_server_alone(console: Console) -> None:
    policy = httpx.get(f"{console.url}/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_everybody_can_read_and_use_each_view(console: Console, size: ViewportSize) -> None:
    live_through_a_morning(console)
    console.page.set_viewport_size(size)
    page = console.open()
    expect(page.get_by_role("link", name="Verdict: failed")).to_be_visible()
    for panel in PANELS:
        page.evaluate("panel => location.hash = `panel=${panel}`", panel.lower())
        expect(page.get_by_role("tabpanel", name=panel)).to_be_visible()
        assert_accessible(page, panel)
    for area in ("calendar", "axis"):
        page.evaluate("area => location.hash = `area=${area}`", area)
        expect(page.locator(f".{area}-area")).to_be_visible()
        assert_accessible(page, area)


def assert_accessible(page: Page, where: str) -> None:
    assert axe(page) == [], where
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        assert faint(page) == [], f"{where}, {scheme}"


def test_the_page_fits_every_screen_and_zoom(console: Console) -> None:
    live_through_a_morning(console)
    page = console.open("panel=connect")
    # A small phone, a phone, a tablet, a projector at 200 %, a laptop, a projector.
    for width, height in [(360, 640), (390, 844), (820, 1180), (960, 540), (1440, 900), (1920, 1080)]:
        page.set_viewport_size({"width": width, "height": height})
        for area in ("calendar", "panel", "axis"):
            page.evaluate("area => location.hash = `panel=connect&area=${area}`", area)
            expect(page.locator(f".{area}-area")).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.evaluate("document.documentElement.scrollHeight") <= height
            assert page.locator(f".{area}-area").bounding_box()["height"] >= 100  # type: ignore[index]  # It is seen.
        if width >= LAPTOP["width"]:
            assert page.get_by_role("banner").bounding_box()["height"] < 60  # type: ignore[index]  # It is seen.


def live_through_a_morning(console: Console) -> None:
    """Events, a client that syncs, a change whose commit comes late, and a fault: something for every view to show."""
    crm = console.crm
    crm.seed(12, seed=7, from_="2026-03-02T00:00:00Z", to="2026-03-07T00:00:00Z")
    crm.events.create(
        key="kickoff", subject="Kickoff", startTime="2026-03-03T09:00:00Z", endTime="2026-03-03T10:00:00Z"
    )
    since = console.ask("GET", "/events")["asOf"]
    crm.events.edit("kickoff", location="Room Turing", visible_after="5m")
    crm.clock.advance("1m")
    since = console.ask("GET", "/events", since=since, showDeleted="true")["asOf"]
    crm.clock.advance("10m")
    crm.faults.add({"status": 503}, match={"operation": "listEvents"}, times=1)
    console.ask("GET", "/events", since=since, showDeleted="true")
    console.ask("GET", "/events", since=since, showDeleted="true")
