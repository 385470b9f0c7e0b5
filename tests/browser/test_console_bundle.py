"""What happened is saved in time, and opened in a sandbox of its own; fixture files are put in as people write them."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from mockcrm import Sandboxes, connect, create_app, serving
from mockcrm.web.replay import replay
from tests.browser.axe import axe
from tests.browser.console import PHONE, Console, console, lenient_page

__all__ = ["console", "lenient_page"]

NINE, TEN = "2026-03-03T09:00:00Z", "2026-03-03T10:00:00Z"


def story(console: Console) -> Any:
    """A change that a client passes by; its bundle."""
    crm = console.crm
    crm.events.create(key="kickoff", subject="Kickoff", startTime=NINE, endTime=TEN)
    crm.clock.advance("1m")
    since = console.ask("GET", "/events")["asOf"]
    crm.events.edit("kickoff", bump=False, location="Room Hopper")
    console.ask("GET", "/events", since=since)
    return crm.bundle()


def written(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def names(console: Console) -> list[str]:
    return [each["name"] for each in console.crm.ask("GET", "/sandboxes")["sandboxes"]]


def put_in(page: Page, file: Path) -> None:
    page.get_by_label("Put in …").set_input_files(file)


def test_a_bundle_is_opened_in_a_sandbox_of_its_own(console: Console, tmp_path: Path) -> None:
    bundle = story(console)
    page = console.open("panel=connect")
    put_in(page, written(tmp_path / "lost.json", bundle))
    dialog = page.get_by_role("dialog", name="Open this bundle?")
    name = dialog.get_by_label("Name")
    expect(name).to_have_value(re.compile("-replay$"))
    assert axe(page) == []
    name.fill(f"{bundle['sandbox']}-seen")
    dialog.get_by_role("button", name="Open").click()
    page.wait_for_url(re.compile(r"-seen/#panel=audit"))
    expect(page.get_by_role("tabpanel", name="Audit")).to_contain_text("“Kickoff” was changed")
    page.get_by_role("tab", name="Traffic").click()
    expect(page.get_by_role("tabpanel", name="Traffic")).to_contain_text("/events")
    expect(page.get_by_role("link", name="Verdict: failed")).to_be_visible()
    assert len(console.crm.requests.all()) == 2
    console.crm.sandbox(f"{bundle['sandbox']}-seen").delete()


def test_what_went_otherwise_is_told_before_one_looks(console: Console, tmp_path: Path) -> None:
    bundle = story(console)
    steps = [each for each in bundle["steps"] if each["method"] != "PATCH"]
    page = console.open("panel=connect")
    put_in(page, written(tmp_path / "edited.json", {**bundle, "steps": steps}))
    page.get_by_role("dialog").get_by_label("Name").fill(f"{bundle['sandbox']}-edited")
    page.get_by_role("dialog").get_by_role("button", name="Open").click()
    told = page.get_by_role("dialog", name="It went otherwise this time")
    expect(told).to_contain_text("another verdict")
    expect(told.get_by_role("listitem").filter(has_text="Gone: sync: error change.outOfReach")).to_be_visible()
    assert axe(page) == []
    told.get_by_role("button", name="Look at it").click()
    page.wait_for_url(re.compile("-edited/#panel=audit"))
    expect(page.get_by_role("link", name="Verdict: passed")).to_be_visible()


def test_a_bundle_that_is_refused_changes_nothing(console: Console, lenient_page: Page, tmp_path: Path) -> None:
    before = names(console)
    lenient_page.goto(f"{console.url}/#panel=connect")
    put_in(lenient_page, written(tmp_path / "no.json", {"format": "mockcrm.replay/1", "sandbox": "<b>"}))
    dialog = lenient_page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("new")
    dialog.get_by_role("button", name="Open").click()
    expect(dialog.get_by_role("alert")).to_contain_text("The bundle is not valid")
    assert names(console) == before


def test_the_page_warns_before_the_recording_is_full_and_says_when_it_is_lost(page: Page, tmp_path: Path) -> None:
    with serving(create_app(Sandboxes(journaled=10))) as url:
        crm = connect(url)
        crm.seed(40)

        def asked(times: int) -> None:
            for _ in range(times):
                httpx.get(f"{url}/api/v1/events").raise_for_status()

        asked(7)
        page.goto(f"{url}/#panel=connect")
        expect(page.get_by_role("heading", name="Files")).to_be_visible()
        notice = page.get_by_role("status", name="Recording")
        expect(notice).not_to_be_attached()
        asked(1)
        expect(notice).to_contain_text("The recording is 80 % full")
        with page.expect_download() as download:
            notice.get_by_role("button", name="Save the bundle").click()
        download.value.save_as(tmp_path / "saved.json")
        assert replay(json.loads((tmp_path / "saved.json").read_text())).same
        assert axe(page) == []
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # Two whole numbers.
        expect(notice).to_be_in_viewport(ratio=1)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        notice.get_by_role("button", name="Dismiss").click()
        expect(notice).not_to_be_attached()
        asked(3)
        expect(notice).to_contain_text("can no longer be saved")
        expect(notice).to_contain_text("had no room for 1 request:")
        crm.reset()
        expect(notice).not_to_be_attached()


FIXTURE = """\
title: Two meetings   # as people write it
clock: {now: 2026-03-02T09:00:00Z, mode: frozen}
events:
  - {key: kickoff, subject: Kickoff, startTime: 2026-03-03T09:00:00Z, endTime: 2026-03-03T10:00:00Z}
"""


@pytest.mark.parametrize(
    ("name", "text", "mistake"),
    [
        ("mine.yaml", FIXTURE.replace("subject: Kickoff", "subjekt: Kickoff"), "Line 4, events[0].subjekt: "),
        ("mine.yml", FIXTURE.replace("frozen}", "frozen"), re.compile("^Line 3: Not YAML")),
        ("mine.json", '{"events": [{"subject": 7}]}', "events[0].subject: "),
    ],
)
def test_a_mistake_in_a_fixture_file_is_named_by_its_place(
    console: Console, lenient_page: Page, tmp_path: Path, name: str, text: str, mistake: Any
) -> None:
    console.crm.seed(3)
    lenient_page.goto(f"{console.url}/#panel=connect")
    put_in(lenient_page, written(tmp_path / name, text))
    dialog = lenient_page.get_by_role("dialog")
    dialog.get_by_role("button", name="Start from it").click()
    expect(dialog.get_by_role("alert")).to_contain_text(mistake)
    assert len(console.crm.events.all()) == 3


def test_a_fixture_file_in_yaml_is_put_in(console: Console, tmp_path: Path) -> None:
    page = console.open("panel=connect")
    put_in(page, written(tmp_path / "mine.yaml", FIXTURE))
    page.get_by_role("dialog").get_by_role("button", name="Start from it").click()
    expect(page.get_by_text(re.compile("has started from mine.yaml"))).to_be_visible()
    assert [each["subject"] for each in console.crm.events.all()] == ["Kickoff"]
