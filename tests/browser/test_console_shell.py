"""The frame of the page: the menu of sandboxes, dividers, a phone's tabs, and how it follows a sandbox."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from mockcrm import connect
from tests.browser.console import PHONE, Console, answered, console, lenient_page, with_module
from tests.waiting import until

__all__ = ["console", "lenient_page"]


def test_a_person_makes_a_sandbox_forks_it_resets_it_and_deletes_it(server: str, lenient_page: Page) -> None:
    page = lenient_page
    page.goto(f"{server}/#view=month&panel=connect&open=event:1001")
    form = started(page, "default", "New sandbox …")
    form.get_by_label("Name").fill("default")
    form.get_by_label("Events", exact=True).fill("7")
    form.get_by_role("button", name="Create").click()
    expect(form.get_by_role("alert")).to_contain_text("default")  # The name is taken.
    form.get_by_label("Name").fill("plan")
    form.get_by_role("button", name="Create").click()
    expect(menu(page, "plan").get_by_role("link", name="plan 7 events")).to_have_attribute("aria-current", "page")
    expect(page).to_have_url(re.compile("view=month"))
    expect(page).not_to_have_url(re.compile("open="))  # Of another sandbox.
    page.keyboard.press("Escape")

    begun = len(connect(server).sandbox("plan").changes())
    connect(server).sandbox("plan").seed(2)
    form = started(page, "plan", "Fork this one …")
    expect(form.get_by_label("Name")).to_have_value("plan~1")
    form.get_by_role("button", name="Fork").click()
    expect(menu(page, "plan~1").get_by_role("link", name="plan~1 9 events")).to_be_visible()
    page.get_by_role("link", name="plan 9 events").click()

    form = started(page, "plan", "Reset this one …")
    lost = len(connect(server).sandbox("plan").changes())
    expect(form).to_contain_text(f"{lost} changes, 0 requests of 0 clients")
    form.get_by_role("button", name="Reset").click()
    expect(page.get_by_text("plan is back at its start.")).to_be_visible()
    assert known_changes(page) == begun
    form = started(page, "plan", "Reset this one …")
    form.get_by_label("to nothing").check()
    form.get_by_role("button", name="Reset").click()
    expect(page.get_by_text("plan is empty now.")).to_be_visible()
    assert known_changes(page) == 0

    form = started(page, "plan", "Delete this one …")
    form.get_by_role("button", name="Cancel").click()
    expect(form).not_to_be_visible()
    started(page, "plan", "Delete this one …").get_by_role("button", name="Delete").click()
    expect(menu(page, "default").get_by_role("link", name="plan~1")).to_be_visible()
    expect(page.get_by_role("link", name="plan 0 events")).not_to_be_visible()
    expect(page.get_by_role("button", name="Delete this one …")).not_to_be_visible()
    connect(server).sandbox("plan~1").delete()


def test_a_sandbox_begins_as_a_scenario_does_and_is_found_among_many(server: str, page: Page) -> None:
    others = [connect(server).create(f"other-{number}") for number in range(9)]
    page.goto(f"{server}/")
    form = started(page, "default", "New sandbox …")
    form.get_by_label("Name").fill("a" * 64)
    form.get_by_label("as a scenario does").check()
    form.get_by_role("combobox", name="Scenario").select_option("A sales team's March")
    form.get_by_role("button", name="Create").click()
    found = menu(page, "a" * 64)
    found.get_by_label("Find a sandbox").fill("AAA")
    expect(found.get_by_role("link")).to_have_count(1)
    expect(found.get_by_role("link")).to_contain_text("43 events")
    for each in [*others, connect(server).sandbox("a" * 64)]:
        each.delete()


def test_dividers_move_by_mouse_and_keyboard_and_are_remembered(console: Console) -> None:
    page = console.open()
    columns = page.get_by_role("separator", name="Width of the calendar")
    rows = page.get_by_role("separator", name="Height of the time axis")
    columns.press("ArrowLeft")
    expect(columns).to_have_attribute("aria-valuenow", "58")
    box = rows.bounding_box()
    assert box is not None
    page.mouse.move(700, box["y"])
    page.mouse.down()
    page.mouse.move(700, 450)
    page.mouse.up()
    area = page.get_by_role("region", name="Time axis").bounding_box()
    assert area is not None
    assert abs(area["y"] - 450) <= 2
    height = rows.get_attribute("aria-valuenow")
    page.reload()
    expect(columns).to_have_attribute("aria-valuenow", "58")
    expect(rows).to_have_attribute("aria-valuenow", str(height))
    rows.press("End")
    expect(page.get_by_role("tabpanel")).to_be_visible()
    rows.press("Enter")
    expect(rows).to_have_attribute("aria-valuenow", "26")


def test_a_browser_that_refuses_to_remember_shows_the_page_all_the_same(console: Console) -> None:
    refuse = "get() { throw new DOMException('Refused', 'SecurityError') }"
    console.page.add_init_script(
        f"for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window, name, {{{refuse}}})"
    )
    page = console.open()
    page.get_by_role("button", name="Colours: auto").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.get_by_role("separator", name="Width of the calendar").press("Home")
    expect(page.get_by_role("tabpanel")).to_be_visible()


@pytest.mark.moves_clock
def test_what_is_typed_right_after_the_key_that_opens_a_form_stands_in_the_form(console: Console) -> None:
    page = console.page
    page.clock.install()
    console.open()
    # No frame is painted any more, as on a machine that is busy: nothing waits for one.
    page.clock.pause_at(page.evaluate("Date.now() + 1000"))
    page.keyboard.press("n")
    page.keyboard.type("Lunch in town")
    expect(page.get_by_role("dialog", name="New event").get_by_label("Subject")).to_have_value("Lunch in town")


def test_a_phone_shows_one_thing_at_a_time(console: Console) -> None:
    console.page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # Two whole numbers.
    console.ask("GET", "/events")
    page = console.open()
    tabs = page.get_by_role("navigation", name="Areas")
    calendar, axis = page.get_by_role("region", name="Calendar"), page.get_by_role("region", name="Time axis")
    expect(tabs.get_by_role("link", name="Calendar")).to_have_attribute("aria-current", "page")
    expect(calendar).to_be_visible()
    expect(axis).not_to_be_visible()
    tabs.get_by_role("link", name="Axis").click()
    expect(axis).to_be_visible()
    expect(calendar).not_to_be_visible()
    tabs.get_by_role("button", name="More").click()
    tabs.get_by_label("Time zone").select_option("Asia/Tokyo")
    tabs.get_by_role("link", name="Connect").click()
    expect(page.get_by_role("heading", name="Connect", exact=True)).to_be_visible()
    # What is followed comes into view, whichever area it is in; Back leads back.
    page.get_by_role("link", name="GET /api/v1/events").click()
    expect(tabs.get_by_role("link", name="Traffic")).to_have_attribute("aria-current", "page")
    page.go_back()
    expect(page.get_by_role("heading", name="Connect", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("zone=Asia%2FTokyo"))


def test_two_tabs_show_the_same_sandbox(console: Console, lenient_page: Page) -> None:
    tabs = (console.open("panel=connect"), lenient_page)
    lenient_page.goto(console.page.url)
    form = started(console.page, console.crm.path.rpartition("/")[2], "Reset this one …")
    with answered(console.page, "POST", "/admin/reset"):
        form.get_by_role("button", name="Reset").click()
    console.ask("GET", "/events", client="visitor")
    for each in tabs:
        expect(each.get_by_role("cell", name="visitor")).to_be_visible()
        assert "started again" not in each.get_by_role("status", name="Messages").inner_text()  # Nothing was lost.


@pytest.mark.moves_clock
def test_the_page_asks_once_at_a_time_seldom_when_hidden_and_at_once_when_seen_again(console: Console) -> None:
    page, asked = console.page, list[str]()
    # It stands still from the start: on a slow machine a second passes while the test asks.
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    page.on("request", lambda sent: asked.append(sent.url) if "/admin/feed" in sent.url else None)
    page.add_init_script(
        """Object.defineProperty(document, "hidden", {get: () => window.unseen ?? false})
        window.see = (seen) => { window.unseen = !seen; document.dispatchEvent(new Event("visibilitychange")) }"""
    )
    with asking(page):
        console.open()
    asked.clear()
    # Whoever asks while a question is under way has it asked once more, however many they are.
    with_module(page, "data/feed.js", "({ask}) => Promise.all(Array.from({length: 50}, ask))")
    assert len(asked) == 2
    for _ in range(3):
        with asking(page):
            page.clock.run_for(1000)
    assert len(asked) == 5
    page.evaluate("see(false)")
    with asking(page):
        page.clock.run_for(1000)  # It was to ask then.
    page.clock.run_for(9000)
    settle(page)
    assert len(asked) == 6
    with asking(page):
        page.clock.run_for(1000)
    with asking(page):
        page.evaluate("see(true)")
    assert len(asked) == 8


def test_the_page_keeps_the_newest_rows_of_a_busy_sandbox(console: Console) -> None:
    crm = console.crm
    crm.seed(5200, seed=1)
    first = crm.ask("GET", "/changes", limit="1")["lastSeq"]
    page = console.open("panel=changes")
    span = "({changes}) => [changes.value.length, changes.value[0]?.seq, changes.value.at(-1)?.seq]"
    expect_value(page, span, [5000, first - 4999, first])
    # Many changes between two questions: the feed names the newest, and the others are read on demand.
    crm.seed(300, seed=2)
    last = crm.ask("GET", "/changes", limit="1")["lastSeq"]
    left = last - first - 50
    expect_value(page, span, [5000, first - 4949, last])
    expect(page.get_by_text(f"{left} not shown")).to_be_visible()
    page.get_by_role("listitem").filter(has_text=f"{left} changes are not shown.").get_by_role("button").click()
    expect_value(page, span, [5000, last - 4999, last])
    expect(page.get_by_text("not shown")).to_have_count(0)
    # Of long texts fewer are kept, the newest among them.
    assert with_module(page, "data/rows.js", HEAVY) == [31, 59]


HEAVY = """({merged}) => {
  const rows = Array.from({length: 60}, (_, seq) => ({seq, text: "x".repeat(1_000_000)}))
  const kept = merged(rows.slice(0, 30), rows.slice(30), each => each.seq)
  return [kept[0].seq, kept.at(-1).seq]
}"""


def test_ids_of_64_bits_are_shown_and_sent_back_exactly(console: Console) -> None:
    event = console.crm.events.create(
        key="long",
        subject="1234567890123456789",
        startTime="2026-03-03T09:00:00Z",
        endTime="2026-03-03T10:00:00Z",
        attendees=[{"contactId": 9223372036854775807}],
        parentId=-9223372036854775808,
    )
    page = console.open()
    shown = with_module(
        page,
        "data/api.js",
        """async ({call}, id) => {
          const {attendees, parentId, subject} = await call("GET", `/admin/events/${id}`)
          await call("PATCH", `/admin/events/${id}`, {attendees, parentId, location: "same"})
          return [`${attendees[0].contactId} ${parentId}`, subject]
        }""",
        event["id"],
    )
    assert shown == ["9223372036854775807 -9223372036854775808", "1234567890123456789"]
    after = console.crm.events.get("long")
    assert (after["attendees"][0]["contactId"], after["parentId"]) == (9223372036854775807, -9223372036854775808)
    assert after["location"] == "same"


def test_an_address_that_says_nonsense_shows_the_page(console: Console) -> None:
    page = console.open(
        "view=<script>&panel=constructor&date=2026-99-99&zone=Nowhere&open=:&area=__proto__&axis=&client=%"
    )
    expect(page.get_by_role("tabpanel", name="Traffic")).to_be_attached()
    read = with_module(page, "data/address.js", "({address, selected}) => [address.value, selected()]")
    assert read[0] | {"zone": "", "client": ""} == {
        "view": "week",
        "date": "",
        "panel": "traffic",
        "open": "",
        "client": "",
        "zone": "",
        "axis": "",
        "filter": "",
        "search": "",
        "record": "",
        "area": "panel",
        "layout": "",
        "calendar": "",
        "owner": "",
    }
    assert read[1] is None


def menu(page: Page, sandbox: str) -> Locator:
    """The menu of sandboxes, open, on the page of this one."""
    opened = page.get_by_role("group", name="Sandboxes")
    page.get_by_role("button", name=f"Sandbox {sandbox}", exact=True).click()
    expect(opened.get_by_role("list")).to_be_visible()
    return opened


def started(page: Page, sandbox: str, what: str) -> Locator:
    """The dialog that begins with this entry of the menu."""
    menu(page, sandbox).get_by_role("button", name=what).click()
    return page.get_by_role("dialog")


def known_changes(page: Page) -> Any:
    return with_module(page, "data/feed.js", "({changes}) => changes.value.length")


@contextmanager
def asking(page: Page) -> Iterator[None]:
    """The page asks the feed in the block, and has taken the answer after it."""
    with page.expect_response(lambda answer: "/admin/feed" in answer.url) as answer:
        yield
    answer.value.finished()
    settle(page)


def settle(page: Page) -> None:
    """Let the page do all that it has to do now."""
    page.evaluate(
        """() => new Promise(done => {
          const {port1, port2} = new MessageChannel()
          let left = 20
          port1.onmessage = () => (left -= 1) ? port2.postMessage(0) : done()
          port2.postMessage(0)
        })"""
    )


def expect_value(page: Page, function: str, value: Any) -> None:
    """Wait until `function` of the feed gives this value."""
    # `Page.wait_for_function` takes the promise of a module for an answer.
    until(lambda: with_module(page, "data/feed.js", function) == value)
