"""The page of a demo: two calendars side by side, the client between them, and what an audience asks for."""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, ViewportSize, expect

from mockcrm import connect
from mockcrm.base.times import format_instant
from mockcrm.web.replay import replay
from tests.browser.axe import axe
from tests.browser.console import LAPTOP, PHONE
from tests.browser.contrast import faint
from tests.browser.stage import Stage
from tests.processes import COMMAND, started


@dataclass(frozen=True)
class Demo(Stage):
    """A demo whose client waits to be told to sync, and a page that shows it."""

    @property
    def client(self) -> Locator:
        return self.page.get_by_role("region", name="Sync client")

    def open(self, shown: str = "view=list&zone=UTC") -> Page:
        return super().open(shown)

    def sync(self, rounds: int = 1) -> None:
        """Have the client sync, by its button."""
        for _ in range(rounds):
            before = self.rounds()
            self.client.get_by_role("button", name="Sync now").click()
            expect(self.client.get_by_text(re.compile(rf"^{before + 1}, last"))).to_be_visible()

    def sync_each_minute(self, rounds: int) -> None:
        """Rounds that are a minute apart on the CRM's clock."""
        for _ in range(rounds):
            self.crm.clock.advance("1m")
            self.sync()

    def rounds(self) -> int:
        return int(self.crm.ask("GET", "/demo")["client"]["rounds"])

    def meeting(self, subject: str) -> str:
        """A meeting of today, which a colleague makes in the CRM; its id."""
        start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        event = self.crm.events.create(
            subject=subject, startTime=format_instant(start), endTime=format_instant(start + timedelta(minutes=30))
        )
        return event["id"]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with started([*COMMAND, "demo", "--port", "0"], os.environ) as served:
        yield served.url


@pytest.fixture
def demo(address: str, page: Page) -> Iterator[Demo]:
    crm = connect(address)
    crm.ask("PATCH", "/demo", {"paused": True})
    crm.ask("POST", "/demo/reset")
    page.set_viewport_size(LAPTOP)  # type: ignore[arg-type]  # Two whole numbers.
    yield Demo(crm, address, page)
    safeguards = crm.ask("GET", "/demo")["client"]["safeguards"]
    crm.ask("PATCH", "/demo", {"safeguards": {each["name"]: True for each in safeguards}})


def test_an_edit_of_either_side_appears_on_the_other(demo: Demo) -> None:
    demo.open()
    expect(demo.client.get_by_text("paused")).to_be_visible()
    demo.meeting("Meet Ada")
    demo.sync(2)
    entry = demo.in_mailbox.get_by_role("button", name=re.compile("Meet Ada"))
    expect(entry).to_be_visible()
    entry.click()
    demo.in_mailbox.get_by_role("button", name="Edit").click()
    demo.in_mailbox.get_by_label("Location").fill("Room Noether")
    demo.in_mailbox.get_by_role("button", name="Save").click()
    demo.sync(2)
    expect(demo.in_crm.get_by_role("button", name=re.compile("Meet Ada.*Room Noether"))).to_be_visible()
    expect(demo.client.get_by_text("← 1 write", exact=True)).to_be_visible()


def test_a_safeguard_that_is_switched_off_while_the_demo_runs_is_caught(demo: Demo) -> None:
    page = demo.open()
    kickoff = demo.meeting("Meet Ada")
    demo.sync_each_minute(7)
    tombstones = demo.client.get_by_role("switch", name="Tombstones")
    expect(tombstones).to_have_accessible_description("Asks for deletions.")
    tombstones.focus()
    expect(demo.client.get_by_text("Asks for deletions.").last).to_be_in_viewport()
    tombstones.press("Space")
    expect(demo.client.get_by_text("Off: Tombstones")).to_be_visible()
    demo.crm.events.delete(kickoff)
    demo.sync_each_minute(1)
    expect(page.get_by_role("link", name="Verdict: passed")).to_be_visible()
    demo.sync_each_minute(3)
    expect(page.get_by_role("link", name="Verdict: failed")).to_be_visible()
    expect(demo.in_mailbox.get_by_role("button", name=re.compile("Meet Ada"))).to_be_visible()
    page.get_by_role("link", name="Verdict: failed").click()
    expect(page.get_by_role("region", name="Details").get_by_role("tabpanel", name="Audit")).to_contain_text(
        "“Meet Ada” was deleted, and this client no longer asks for deletions"
    )
    demo.client.get_by_role("button", name="All on").click()
    expect(tombstones).to_be_checked()


def test_who_opens_a_meeting_keeps_sight_of_now(demo: Demo) -> None:
    page = demo.open()
    demo.meeting("Meet Ada")
    demo.sync(2)
    demo.crm.clock.advance("1d")
    demo.sync()
    latest = page.get_by_role("button", name="Last 5 min")
    expect(latest).to_have_attribute("aria-pressed", "true")
    demo.in_crm.get_by_role("button", name=re.compile("Meet Ada")).click()
    expect(demo.in_crm.get_by_role("link", name="On the axis")).to_be_visible()
    expect(latest).to_have_attribute("aria-pressed", "true")
    demo.in_crm.get_by_role("link", name="On the axis").click()
    expect(page.get_by_role("button", name="Everything")).to_have_attribute("aria-pressed", "true")
    # The mailbox has no time axis here.
    demo.in_mailbox.get_by_role("button", name=re.compile("Meet Ada")).click()
    expect(demo.in_mailbox.get_by_role("link", name="Its changes")).to_be_visible()
    expect(demo.in_mailbox.get_by_role("link", name="On the axis")).to_have_count(0)


def test_the_calendar_shows_what_the_client_of_the_demo_knows_whoever_else_asks(demo: Demo) -> None:
    demo.open()
    demo.meeting("Meet Ada")
    demo.sync(2)
    demo.page.request.get(f"{demo.url}/api/v1/deletedEvents", headers={"X-Mockcrm-Client": "another"})
    expect(demo.in_crm.get_by_role("combobox", name="Client whose knowledge is shown")).to_have_value("reference")
    expect(demo.in_crm.get_by_role("button", name=re.compile("Meet Ada.*up to date"))).to_be_visible()


def test_a_connection_that_is_broken_is_mended_by_clearing_the_faults(demo: Demo) -> None:
    page = demo.open()
    demo.sync()
    # A client that repeats a request takes its time to give up.
    demo.client.get_by_role("switch", name="Retries").uncheck()
    page.get_by_role("button", name="Break the connection").click()
    expect(page.get_by_role("button", name="Break the connection", pressed=True)).to_be_visible()
    page.get_by_role("button", name="A colleague edits now").click()
    edit = page.get_by_role("status").filter(has=page.get_by_role("button", name="Dismiss")).locator("span").first
    expect(edit).to_have_text(re.compile(r"\w+ .+\."))
    demo.sync()
    problem = demo.client.get_by_role("status")
    expect(problem).to_have_text(re.compile("503"))
    page.get_by_role("button", name="Clear faults").click()
    expect(page.get_by_role("button", name="Clear faults")).to_be_disabled()
    demo.sync()
    expect(problem).to_be_empty()


def test_what_happened_is_saved_as_a_bundle_while_the_client_syncs(demo: Demo, tmp_path: Path) -> None:
    page = demo.open()
    demo.sync()
    page.get_by_role("button", name="A colleague edits now").click()
    page.get_by_role("button", name="Slow answers").click()
    demo.client.get_by_role("button", name="Sync now").click()
    with page.expect_download(timeout=60_000) as download:
        page.get_by_role("button", name="Save what happened").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    outcome = replay(json.loads(file.read_text()))
    assert (outcome.divergences, outcome.changed) == ((), ())
    page.get_by_role("button", name="Clear faults").click()


def test_a_reset_begins_both_calendars_and_the_client_anew(demo: Demo) -> None:
    page = demo.open()
    demo.meeting("Meet Ada")
    demo.sync(2)
    entry = demo.in_mailbox.get_by_role("button", name=re.compile("Meet Ada"))
    expect(entry).to_be_visible()
    page.get_by_role("button", name="Reset …").click()
    page.get_by_role("dialog").get_by_role("button", name="Reset").click()
    expect(page.get_by_text("The demo has begun anew.")).to_be_visible()
    expect(demo.in_crm.get_by_role("button", name=re.compile("Meet Ada"))).not_to_be_attached()
    expect(entry).not_to_be_attached()
    expect(demo.client.get_by_text(re.compile("^[01](, last|$)"))).to_be_visible()


def test_the_calendars_move_in_step_and_look_alike(demo: Demo) -> None:
    page = demo.open("view=week&date=2026-03-02&zone=UTC")
    headings = [side.get_by_role("heading", name="Mar 2026") for side in (demo.in_crm, demo.in_mailbox)]
    sides: list[tuple[Locator | FrameLocator, str, str]] = [
        (demo.in_crm, "Next week", "9 . 15"),
        (demo.in_mailbox, "Previous week", "2 . 8"),
    ]
    for side, way, days in sides:
        side.get_by_role("button", name=way).click()
        for heading in headings:
            expect(heading).to_have_text(re.compile(f"^{days} Mar 2026$"))
    page.get_by_role("button", name="Colours: auto").click()
    page.get_by_role("button", name="Colours: light").click()
    expect(demo.in_mailbox.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="Large type").click()
    expect(demo.in_mailbox.locator("html")).to_have_css("font-size", "20px")
    expect(page.locator("html")).to_have_css("font-size", "20px")
    page.get_by_role("banner").get_by_label("Time zone").select_option("Asia/Tokyo")
    page.get_by_role("button", name="Large type").click()
    demo.in_mailbox.get_by_role("button", name="New event").click()
    expect(demo.in_mailbox.get_by_label("Start (Asia/Tokyo)")).to_be_visible()


def test_the_details_fold_away_and_the_workbench_is_a_link_away(demo: Demo) -> None:
    page = demo.open()
    demo.sync()
    details = page.get_by_role("button", name="Details", exact=True)
    details.click()
    drawer = page.get_by_role("region", name="Details")
    expect(drawer.get_by_role("tabpanel", name="Traffic")).to_contain_text("/api/v1/events")
    expect(drawer).to_be_focused()
    page.keyboard.press("Escape")
    expect(drawer).not_to_be_attached()
    expect(details).to_be_focused()
    page.get_by_role("link", name="Workbench").click()
    expect(page.get_by_role("tabpanel", name="Traffic")).to_be_visible()
    expect(page.locator("iframe")).not_to_be_attached()
    page.reload()
    page.get_by_role("link", name="Demo").click()
    expect(demo.client).to_be_visible()


def test_each_request_travels_once_unless_motion_is_unwanted(demo: Demo) -> None:
    page = demo.page
    page.emulate_media(reduced_motion="reduce")
    demo.open()
    page.evaluate(
        """() => {
          window.travelled = 0
          const note = (records) => records.forEach(({addedNodes}) =>
            addedNodes.forEach(({nodeName}) => nodeName === "I" && (window.travelled += 1)))
          new MutationObserver(note).observe(document.querySelector(".tracks"), {childList: true, subtree: true})
        }"""
    )
    demo.sync()
    reads = demo.client.get_by_text(re.compile("^[1-9][0-9]* reads? →"))
    expect(reads).to_be_visible()
    assert page.evaluate("travelled") == 0
    before = reads.inner_text()
    page.emulate_media(reduced_motion="no-preference")
    demo.sync()
    expect(reads).not_to_have_text(before)
    page.wait_for_function("() => travelled > 0")
    expect(page.locator(".track i")).to_have_count(0)


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_everybody_can_read_and_use_the_demo(demo: Demo, size: ViewportSize) -> None:
    page = demo.page
    demo.open()
    demo.client.get_by_role("switch", name="If match").uncheck()
    page.get_by_role("button", name="Slow answers").click()
    page.set_viewport_size(size)
    for area in ("calendar", "client", "mailbox", "axis", "panel") if size is PHONE else ("calendar", "panel"):
        page.evaluate("area => location.hash = `view=list&zone=UTC&area=${area}`", area)
        expect(page.locator("main.stage")).to_have_attribute("data-area", area)
        assert axe(page) == [], area
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        assert page.evaluate("document.documentElement.scrollHeight") <= size["height"]
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme)
            assert faint(page) == [], f"{area}, {scheme}"


def test_a_phone_shows_one_side_at_a_time(demo: Demo) -> None:
    page = demo.open()
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # Two whole numbers.
    tabs = page.get_by_role("navigation", name="Areas")
    tabs.get_by_role("link", name="Client").click()
    expect(demo.client).to_be_visible()
    expect(demo.in_crm).not_to_be_visible()
    # Nothing lies above the clock.
    page.get_by_role("timer", name="Time in the sandbox").click(trial=True)
    page.get_by_role("button", name="A colleague edits now").click()
    tabs.get_by_role("link", name="Mailbox").click()
    expect(demo.in_mailbox.get_by_role("button", name="Day", exact=True)).to_be_visible()
    expect(demo.in_mailbox.get_by_role("button", name="Week", exact=True)).not_to_be_attached()
    tabs.get_by_role("link", name="Axis").click()
    expect(page.get_by_role("list", name=re.compile("What happened"))).to_be_visible()
    tabs.get_by_role("button", name="More").click()
    tabs.get_by_role("link", name="Traffic").click()
    expect(page.get_by_role("tabpanel", name="Traffic")).to_be_visible()


def test_for_a_client_from_outside_it_says_where_and_how(page: Page) -> None:
    page.set_viewport_size(LAPTOP)  # type: ignore[arg-type]  # Two whole numbers.
    with started([*COMMAND, "demo", "--port", "0", "--client", "none"], os.environ) as served:
        page.goto(served.url)
        client = page.get_by_role("region", name="Sync client")
        expect(client.get_by_text(f"{served.url}/api/v1", exact=True)).to_be_visible()
        expect(client.get_by_text(f"{served.url}/sandboxes/mailbox/api/v1", exact=True)).to_be_attached()
        expect(client.get_by_text("X-Mockcrm-Client: my-sync")).to_be_attached()
        expect(client.get_by_role("button", name="Sync now")).not_to_be_attached()
        assert axe(page) == []


def test_where_no_demo_runs_there_is_none_to_see(server: str, page: Page) -> None:
    page.goto(f"{server}/#layout=demo")
    expect(page.get_by_role("tablist", name="Panels")).to_be_visible()
    expect(page.locator("iframe")).not_to_be_attached()
    expect(page.get_by_role("link", name="Demo")).not_to_be_attached()
