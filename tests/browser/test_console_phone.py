"""A whole story on a phone, with a finger: each area of the page is reached, used, and fits."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.console import PHONE, Console, answered, console, with_module

__all__ = ["console"]

WIDE = "document.documentElement.scrollWidth"


@pytest.fixture
def phone(console: Console, browser: Browser) -> Iterator[Console]:
    """The console on a phone that has a finger and no pointer. What its page complains of fails the test."""
    wrong: list[str] = []
    with browser.new_context(
        viewport=PHONE,  # type: ignore[arg-type]  # Two whole numbers.
        has_touch=True,
        is_mobile=True,
        device_scale_factor=2,
        timezone_id="UTC",
    ) as context:
        page = context.new_page()
        page.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        yield replace(console, page=page)
    assert wrong == []


def area(page: Page, name: str) -> Locator:
    """Go to an area of the page by the tabs at its foot, which must fit the phone; the area."""
    areas = page.get_by_role("navigation", name="Areas")
    if not areas.get_by_role("link", name=name).is_visible():
        areas.get_by_role("button", name="More").tap()
    areas.get_by_role("link", name=name).tap()
    assert page.evaluate(WIDE) <= PHONE["width"]
    return page.get_by_role("main")


def test_somebody_with_a_phone_moves_a_meeting_and_sees_why_the_client_misses_it(phone: Console) -> None:
    page = phone.open("zone=UTC&date=2026-03-03")
    page.get_by_role("button", name="New event").tap()
    form = page.get_by_role("dialog", name="New event")
    form.get_by_label("Subject").fill("Kickoff")
    form.get_by_role("button", name="Create").tap()
    card = page.get_by_role("dialog", name="Kickoff")
    card.get_by_role("button", name="Close").tap()
    phone.ask("GET", "/events", client="ann")

    page.get_by_role("main").get_by_role("button", name=re.compile("Kickoff.*up to date")).tap()
    card.get_by_role("button", name="Edit").tap()
    form = page.get_by_role("dialog", name="Edit event")
    form.get_by_label("Location").fill("Room Hopper")
    form.get_by_text("Stage a hazard").tap()
    form.get_by_label("Visible only after").fill("5m")
    assert page.evaluate(WIDE) <= PHONE["width"]
    form.get_by_role("button", name="Save").tap()
    expect(card).to_contain_text("version 2 is pending: lists do not show it yet.")
    card.get_by_role("button", name="Close").tap()
    page.get_by_role("button", name="Set the clock").tap()
    with answered(page, "POST", "/admin/clock/advance"):
        page.get_by_role("button", name="+1 min").tap()
    since = phone.ask("GET", "/events", client="ann", since="2026-03-02T09:00:00Z")["asOf"]
    page.get_by_role("button", name="+1 h").tap()
    expect(page.get_by_role("timer", name="Time in the sandbox")).to_contain_text("10:01:00")
    page.keyboard.press("Escape")
    phone.ask("GET", "/events", client="ann", since=since)

    traffic = area(page, "Traffic")
    expect(traffic.get_by_text("✕ change.outOfReach")).to_be_visible()
    traffic.get_by_role("list", name="Requests, the newest first").locator("a[data-row]").first.tap()
    expect(traffic.get_by_role("button", name=re.compile("curl"))).to_be_visible()
    assert page.evaluate(WIDE) <= PHONE["width"]
    area(page, "Changes").get_by_role("list", name="Changes, the newest first").locator("a[data-row]").first.tap()
    expect(page.get_by_role("main")).to_contain_text("Before and after")
    expect(page.get_by_role("main")).to_contain_text("Room Hopper")
    area(page, "Audit").get_by_role("link", name="error “Kickoff” was changed").tap()
    expect(page.get_by_role("main")).to_contain_text("What a correct client does")
    page.get_by_role("main").get_by_role("link", name=re.compile("^event ")).first.tap()
    expect(card).to_contain_text("version 2 is out of reach: request 3 passed it by.")
    assert page.evaluate(WIDE) <= PHONE["width"]


def test_somebody_with_a_phone_makes_the_server_fail_and_steps_through_a_scenario(phone: Console) -> None:
    phone.crm.events.create(subject="Kickoff", startTime="2026-03-02T10:00:00Z", endTime="2026-03-02T11:00:00Z")
    page = phone.open("zone=UTC")
    page.get_by_role("main").get_by_role("button", name=re.compile("Kickoff")).tap()
    page.get_by_role("dialog", name="Kickoff").get_by_role("button", name="Delete").tap()
    page.get_by_role("status", name="Messages").get_by_role("button", name="Undo").tap()
    expect(page.get_by_role("main").get_by_role("button", name=re.compile("Kickoff"))).to_be_visible()
    page.get_by_role("dialog", name="Kickoff").get_by_role("button", name="Close").tap()

    area(page, "Faults").get_by_role("button", name=re.compile("^Outage")).tap()
    expect(page.get_by_role("list", name="Fault rules")).to_contain_text("Outage")
    phone.ask("GET", "/events", client="ann")
    expect(area(page, "Traffic")).to_contain_text("503")
    dialect = area(page, "Dialect")
    dialect.get_by_role("button", name="google").tap()
    expect(dialect.get_by_role("button", name="google")).to_have_attribute("aria-pressed", "true")

    hazard = area(page, "Scenario").get_by_role("link", name=re.compile("late-commit-visibility"))
    hazard.tap()
    page.get_by_role("button", name="Load …").tap()
    page.get_by_role("dialog").get_by_role("button", name="In this sandbox").tap()
    run = page.get_by_role("region", name="Loaded scenario")
    run.get_by_role("button", name="Begin").tap()
    expect(run).to_contain_text("Sync now: the scenario waits for your client's sync 1 of 3.")
    assert page.evaluate(WIDE) <= PHONE["width"]
    assert with_module(page, "data/feed.js", "({ findings }) => findings.value.size") == 0
