"""The page as a whole: it starts, says which sandbox it shows, fits every screen, and can be read by everybody."""

import re
from typing import Any, Literal

import httpx
import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.axe import axe
from tests.browser.console import LAPTOP, PHONE, Console, console
from tests.browser.contrast import faint

__all__ = ["console"]

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
def test_everybody_can_read_and_use_each_view_with_something_opened_in_it(console: Console, size: ViewportSize) -> None:
    live_through_a_morning(console)
    console.page.set_viewport_size(size)
    page = console.open()
    expect(page.get_by_role("link", name="Verdict: failed")).to_be_visible()
    opened = page.locator("#panel .open")
    found = {}
    kickoff = console.crm.events.get("kickoff")["id"]
    for shown, seen in {
        "panel=traffic&open=request:3": opened.get_by_text("Faults that were applied"),
        "panel=changes&open=change:14": opened.get_by_text("Before and after"),
        "panel=audit&open=finding:1": opened.get_by_text("What a correct client does"),
        "panel=scenario&open=scenario:inclusive-since-repeat": opened.get_by_role("button", name="Load …"),
        "panel=faults": page.get_by_role("list", name="Fault rules").get_by_text("f1"),
        "panel=dialect": page.get_by_role("tabpanel").get_by_text("pageSize").first,
        "panel=connect": page.get_by_role("cell", name="sync", exact=True),
        f"area=calendar&date=2026-03-03&open=event:{kickoff}": page.get_by_role("dialog", name="Kickoff"),
        "area=axis": page.get_by_role("region", name="Time axis").get_by_text("out of reach").first,
    }.items():
        page.evaluate("shown => { location.hash = shown }", shown)
        expect(seen).to_be_visible()
        found[shown] = barriers(page)
    assert not any(found.values()), found


def test_everybody_can_read_and_use_each_form(console: Console) -> None:
    live_through_a_morning(console)
    page = console.open("panel=faults")
    page.get_by_text("A rule of your own").click()
    expect(page.get_by_role("button", name="Add the rule")).to_be_visible()
    found = {"a rule of one's own": barriers(page)}
    page.evaluate("location.hash = 'panel=scenario&open=scenario:inclusive-since-repeat'")
    ways: dict[str, list[str | re.Pattern[str]]] = {
        "New event": ["New event"],
        "Keys": ["Help"],
        "Jump to a date and time": ["Jump…"],
        "New sandbox": [re.compile("^Sandbox "), "New sandbox …"],
        "Reset ": [re.compile("^Sandbox "), "Reset this one …"],
        "Load inclusive-since-repeat": ["Load …"],
    }
    for name, way in ways.items():
        for button in way:
            page.get_by_role("button", name=button).click()
        expect(page.get_by_role("dialog", name=name)).to_be_visible()
        found[name] = barriers(page)
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog", name=name)).to_have_count(0)
    assert not any(found.values()), found


def barriers(page: Page) -> list[Any]:
    """What keeps somebody from reading or using what is shown, in light and dark."""
    found: list[Any] = [*axe(page)]
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        found += [(scheme, *each) for each in faint(page)]
    return found


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


def test_each_thing_leads_to_all_that_has_to_do_with_it(console: Console) -> None:
    live_through_a_morning(console)
    late = next(each["seq"] for each in console.crm.changes() if each["op"] == "updated")
    page = console.open(f"panel=changes&open=change:{late}")
    panel = page.get_by_role("tabpanel")
    finding = re.compile("“Kickoff” was changed")
    panel.get_by_role("link", name=finding).click()
    expect(page.get_by_role("tab", name="Audit")).to_have_attribute("aria-selected", "true")
    panel.get_by_role("definition").get_by_role("link", name=re.compile("^request")).last.click()
    expect(panel.locator("li.row.open").get_by_role("link", name=finding)).to_be_visible()
    panel.locator("li.row.open").get_by_role("link", name="On the time axis").click()
    page.go_back()
    page.go_back()
    expect(page.get_by_role("tab", name="Audit")).to_have_attribute("aria-selected", "true")
    panel.get_by_role("definition").get_by_role("link", name=re.compile("^event")).click()
    card = page.get_by_role("dialog", name="Kickoff")
    expect(card.get_by_role("link", name=finding)).to_be_visible()
    card.get_by_role("link", name="On the axis").click()
    expect(page).to_have_url(re.compile("area=axis"))
    card.get_by_role("link", name="Its changes").click()
    expect(panel.get_by_role("list", name="Changes").locator("a[data-row]")).to_have_count(2)
    for name in PANELS:
        page.get_by_role("tab", name=name).click()
        expect(panel.locator("[data-row]").first).to_be_attached()
        page.get_by_role("tab", name=name).press("j")
        expect(panel.locator("[data-row]").first).to_be_focused()


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
