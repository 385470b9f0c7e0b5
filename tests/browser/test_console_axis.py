"""The time axis: what happened, what each client asked for, and which changes it has missed."""

import logging
import re
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from playwright.sync_api import CDPSession, Locator, Page, expect

from tests.browser.console import MONDAY, PHONE, Console, console, with_module

__all__ = ["console"]

FIRST_MINUTE = "1772442000000~1772442080000.time"
"""The part of the axis with the eighty seconds after `MONDAY`."""
KICKOFF: Any = {"subject": "Kickoff", "startTime": "2026-03-03T09:00:00Z", "endTime": "2026-03-03T10:00:00Z"}


def marks(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Marks on the time axis")


def expect_summary(page: Page, text: str) -> None:
    """Wait until the axis says so much: `2 changes, 1 request`, `1 out of reach`."""
    expect(page.get_by_role("region", name="Time axis")).to_contain_text(text)


def focused(page: Page) -> Locator:
    """The mark that the keyboard is at."""
    return marks(page).get_by_role("option", selected=True)


def begin_at_first(page: Page) -> None:
    """Go to the first mark by keyboard, as soon as there are marks: a plot that is not measured yet has none."""
    expect(marks(page).get_by_role("option").first).to_be_attached()
    marks(page).focus()
    page.keyboard.press("Home")


def go_to(page: Page, text: str) -> Locator:
    """Go from the first mark to the one whose sentence has this text."""
    begin_at_first(page)
    for _ in range(40):
        if text in focused(page).inner_text():
            return focused(page)
        page.keyboard.press("ArrowRight")
    return pytest.fail(f"No mark says {text!r}.")


def place_of(page: Page, thing: str) -> tuple[float, float]:
    """Where on the screen a thing's mark is: `change:1`."""
    x, y = page.evaluate(
        """async (thing) => {
            const own = document.querySelector("link[rel=icon]").href
            const { markByThing } = await import(new URL("axis/scene.js", own).href)
            const { x, end, y } = markByThing.value.get(thing)
            return [(x + end) / 2, y]
        }""",
        thing,
    )
    box = marks(page).bounding_box()
    assert box is not None
    return box["x"] + x, box["y"] + y


def painted(page: Page, colour: str, layer: int = 0) -> int:
    """How many pixels of a layer have one of the page's colours: how much of it is seen, once it is painted."""
    settled(page)
    count: int = page.evaluate(
        """([colour, layer]) => {
            const probe = document.body.appendChild(document.createElement("i"))
            probe.style.color = `var(--${colour})`
            const wanted = getComputedStyle(probe).color.match(/\\d+/g).map(Number)
            probe.remove()
            const canvas = document.querySelectorAll(".axis-plot canvas")[layer]
            const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true })
            copy.drawImage(canvas, 0, 0)
            const { data } = copy.getImageData(0, 0, canvas.width, canvas.height)
            let count = 0
            for (let at = 0; at < data.length; at += 4)
                if (data[at + 3] === 255 && wanted.every((each, index) => data[at + index] === each)) count += 1
            return count
        }""",
        [colour, layer],
    )
    return count


def settled(page: Page) -> None:
    """Wait until two frames have been painted."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def miss_a_late_commit(console: Console) -> None:
    """A client reads; a colleague changes the kickoff, which lists show later; the client's watermark passes it by."""
    console.crm.events.create(key="kickoff", **KICKOFF)
    console.ask("GET", "/events")
    console.crm.perform({"edit": {"event": "kickoff", "set": {"location": "Room Turing"}, "visibleAfter": "5m"}})
    console.crm.clock.advance("1m")
    watermark = console.ask("GET", "/events", since=MONDAY)["asOf"]
    console.crm.clock.advance("10m")
    console.ask("GET", "/events", since=watermark)


def test_a_late_commit_that_was_passed_by_is_red_and_leads_to_the_request_that_passed_it_by(console: Console) -> None:
    page = console.open("zone=UTC")
    expect_summary(page, "Nothing has happened yet")
    miss_a_late_commit(console)
    expect_summary(page, "1 out of reach")
    sentence = go_to(page, "Change 2")
    expect(sentence).to_have_text(
        "Change 2: a colleague changed “Kickoff”, committed 09:00:00.002, shown by lists from 09:05:00.002, 5 min "
        "after its commit. Out of reach for sync: request 3 passed it by."
    )
    expect(go_to(page, "Request 3")).to_have_text(
        "Request 3 of sync asked since 09:01:00.002 and was delivered nothing, at 09:11:00.002. It passed by change 2."
    )
    (change, _), (request, _) = place_of(page, "change:2"), place_of(page, "request:3")
    assert painted(page, "failed") > (request - change), "a line from the one to the other"


def test_a_change_that_its_client_will_still_get_is_not_red(console: Console) -> None:
    console.crm.events.create(key="kickoff", **KICKOFF)
    console.ask("GET", "/events")
    console.crm.events.edit("kickoff", startTime="2026-03-03T09:30:00Z")
    page = console.open("zone=UTC")
    expect_summary(page, "2 changes, 1 request")
    expect(go_to(page, "Change 2")).to_have_text("Change 2: a colleague moved “Kickoff”, committed 09:00:00.002.")
    assert painted(page, "failed") == 0


def test_a_back_dated_stamp_is_told_and_its_line_leads_back(console: Console) -> None:
    console.crm.events.create(key="kickoff", **KICKOFF)
    console.crm.clock.advance("2h")
    console.crm.perform({"edit": {"event": "kickoff", "set": {"subject": "Kick-off"}, "stamp": "-1h"}})
    page = console.open("zone=Europe/Berlin")
    expect_summary(page, "2 changes")
    expect(go_to(page, "Change 2")).to_have_text(
        "Change 2: a colleague renamed “Kick-off”, committed 12:00:00.002, stamped 11:00:00.002, 1 h before its commit."
    )


def test_an_index_that_lags_shows_each_change_later(console: Console) -> None:
    console.crm.set_dialect(indexLag="90s")
    console.crm.events.create(**KICKOFF)
    page = console.open("zone=UTC")
    expect_summary(page, "1 change,")
    expect(go_to(page, "Change 1")).to_contain_text("shown by lists from 09:01:30.001, 1 min 30 s after its commit")


def test_a_paged_read_is_one_bar_and_a_fault_and_a_write_have_their_marks(console: Console) -> None:
    for day in range(3, 6):
        console.crm.events.create(
            subject="Kickoff", startTime=f"2026-03-0{day}T09:00:00Z", endTime=f"2026-03-0{day}T10:00:00Z"
        )
    page = console.open("zone=UTC")
    first = console.ask("GET", "/events", limit=1)
    second = console.ask("GET", "/events", pageToken=first["nextPageToken"])
    console.ask("GET", "/events", pageToken=second["nextPageToken"])
    console.ask("POST", "/events", KICKOFF)
    expect_summary(page, "4 changes, 4 requests")
    assert painted(page, "fault") == 0
    console.crm.faults.add({"status": 503}, name="an outage")
    console.ask("GET", "/events", since=MONDAY)
    expect_summary(page, "4 changes, 5 requests")
    expect(go_to(page, "paged read")).to_have_text(
        "Requests 1 to 3 of sync, a paged read of 3 pages, asked for all events and was delivered 3 events, "
        "at 09:00:00.003."
    )
    expect(go_to(page, "Request 4")).to_contain_text("sent a new event and was answered 201")
    expect(go_to(page, "Request 5")).to_have_text(
        re.compile(r"asked since 09:00:00 and was refused with 503.*Fault applied: an outage\.$")
    )
    assert painted(page, "fault") > 0, "the lightning"
    expect(go_to(page, "Change 4: sync created “Kickoff”")).to_be_attached()


def test_a_person_goes_along_the_axis_with_the_keyboard_and_opens_what_stands_there(console: Console) -> None:
    miss_a_late_commit(console)
    page = console.open("zone=UTC")
    expect_summary(page, "1 out of reach")
    begin_at_first(page)
    said = []
    for _ in range(5):
        said.append(focused(page).inner_text().split(":")[0].split(" of ")[0])
        page.keyboard.press("ArrowRight")
    assert said == ["Change 1", "Request 1", "Change 2", "Request 2", "Request 3"]
    page.keyboard.press("ArrowUp")
    expect(focused(page)).to_contain_text("Change 2")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("open=change%3A2"))
    expect(page.get_by_role("tab", name="Changes")).to_have_attribute("aria-selected", "true")


def test_a_mark_tells_itself_under_the_pointer_and_opens_on_a_click(console: Console) -> None:
    miss_a_late_commit(console)
    page = console.open("zone=UTC")
    expect_summary(page, "1 out of reach")
    settled(page)
    page.mouse.move(*place_of(page, "request:2"))
    expect(page.locator(".axis-tip")).to_contain_text(
        "Request 2 of sync asked since 09:00:00 and was delivered 1 event"
    )
    page.mouse.click(*place_of(page, "request:2"))
    expect(page).to_have_url(re.compile("open=request%3A2"))
    expect(page.get_by_role("tab", name="Traffic")).to_have_attribute("aria-selected", "true")


def test_what_is_selected_elsewhere_is_brought_into_sight_and_stands_out(console: Console) -> None:
    miss_a_late_commit(console)
    from_ten_past = "1772442600000~1772442700000.time"  # Monday, 09:10:00 to 09:11:40.
    page = console.open(f"zone=UTC&axis={from_ten_past}")
    expect_summary(page, "1 out of reach")
    settled(page)
    box = marks(page).bounding_box()
    assert box is not None
    assert place_of(page, "change:1")[0] < box["x"]
    before = painted(page, "accent", layer=1)
    with_module(page, "data/address.js", "({ go, toThing }) => go(toThing('change', 1))")
    expect(page).to_have_url(re.compile("axis=(?!1772442600000)"))
    settled(page)
    assert box["x"] < place_of(page, "change:1")[0] < box["x"] + box["width"]
    assert painted(page, "accent", layer=1) > before


def test_the_address_keeps_the_part_of_time_that_is_shown(console: Console) -> None:
    miss_a_late_commit(console)
    page = console.open("zone=UTC")
    page.get_by_role("button", name="By time").click()
    page.get_by_role("button", name="Last hour").click()
    expect(page).to_have_url(re.compile(r"axis=hour\.time"))
    page.reload()
    expect_summary(page, "1 out of reach")
    settled(page)
    expect(page.get_by_role("button", name="Last hour")).to_have_attribute("aria-pressed", "true")
    page.mouse.move(*place_of(page, "request:3"))
    page.mouse.wheel(0, -1200)
    expect(page).to_have_url(re.compile(r"axis=\d+.*%7E\d+.*\.time"))
    page.reload()
    expect(page.get_by_role("button", name="By time")).to_have_attribute("aria-pressed", "true")
    for name in ("Last hour", "Last day", "Everything"):
        expect(page.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "false")


def window(page: Page) -> tuple[float, float]:
    """The part of the scale that is shown, in its units, once it is painted."""
    settled(page)
    found = with_module(page, "axis/scene.js", "({ shown }) => [shown.value.from, shown.value.to]")
    return found[0], found[1]


def touch(screen: CDPSession, *places: Sequence[tuple[float, float]]) -> None:
    """Put fingers on the screen, move them from place to place, and lift them: each of `places` is one for each."""
    for number, points in enumerate([*places, []]):
        kind = "touchStart" if number == 0 else "touchMove" if points else "touchEnd"
        fingers = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(points)]
        screen.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})


def test_a_drag_moves_the_axis_and_what_is_under_the_pointer_goes_with_it(console: Console) -> None:
    miss_a_late_commit(console)
    page = console.open(f"zone=UTC&axis={FIRST_MINUTE}")
    expect_summary(page, "1 out of reach")
    before = window(page)
    x, y = place_of(page, "request:2")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 2, y)
    assert window(page) == before
    page.mouse.move(x - 300, y, steps=5)
    page.mouse.up()
    after = window(page)
    assert after[0] > before[0]
    assert after[1] - after[0] == pytest.approx(before[1] - before[0], rel=0.01)
    assert place_of(page, "request:2")[0] == pytest.approx(x - 300, abs=3)
    expect(page).not_to_have_url(re.compile("open="))


def test_two_fingers_take_the_axis_apart_and_one_moves_it(console: Console) -> None:
    miss_a_late_commit(console)
    page = console.open("zone=UTC")
    expect_summary(page, "1 out of reach")
    before = window(page)
    x, y = place_of(page, "change:2")
    screen = page.context.new_cdp_session(page)
    touch(screen, *([(x, y), (x + wide, y)] for wide in (60, 90, 140, 200, 240)))
    apart = window(page)
    assert apart[1] - apart[0] == pytest.approx((before[1] - before[0]) / 4, rel=0.05)
    assert place_of(page, "change:2")[0] == pytest.approx(x, abs=3)
    expect(page).to_have_url(re.compile("axis=[0-9]"))

    touch(screen, *([(x + far, y)] for far in (0, 40, 80, 120)))
    assert place_of(page, "change:2")[0] == pytest.approx(x + 120, abs=3)
    expect(page).not_to_have_url(re.compile("open="))

    touch(screen, [place_of(page, "change:2")])
    expect(page).to_have_url(re.compile("open=change%3A2"))


DOTS = """() => {
  const { arc } = CanvasRenderingContext2D.prototype
  window.dots = []
  CanvasRenderingContext2D.prototype.arc = function (x, y, radius, ...rest) {
    const over = this.canvas === document.querySelectorAll(".axis-plot canvas")[1]
    if (over && radius === 5) window.dots.push([x, y])
    return arc.call(this, x, y, radius, ...rest)
  }
}"""
"""Notes where on the upper layer dots are drawn that travel."""


def dots_of_a_read(console: Console) -> list[list[float]]:
    """Where dots are drawn while a client reads the kickoff, frame by frame of a clock that the test moves."""
    page = console.page
    console.crm.events.create(**KICKOFF)
    console.ask("OPTIONS", "/events")
    page.clock.install()
    console.open("zone=UTC")
    expect_summary(page, "1 change")
    page.clock.pause_at(page.evaluate("Date.now() + 1000"))
    page.evaluate(DOTS)
    console.ask("GET", "/events", client="ann")
    for _ in range(2000):
        page.clock.run_for(16)
        if with_module(page, "axis/paint.js", "({ scene }) => scene.value?.markByThing.has('request:2')"):
            break
    for _ in range(30):
        page.clock.run_for(16)
    dots: list[list[float]] = page.evaluate("window.dots")
    return dots


@pytest.mark.moves_clock
def test_a_request_travels_from_its_lane_to_the_change_that_it_brings(console: Console) -> None:
    dots = dots_of_a_read(console)
    box = marks(console.page).bounding_box()
    assert box is not None
    (left, top), (right, bottom) = (place_of(console.page, thing) for thing in ("change:1", "request:2"))
    places = [(x + box["x"], y + box["y"]) for x, y in dots]
    assert 3 <= len(places) <= 13  # Two hundred milliseconds, in frames of sixteen.
    assert [y for _, y in places] == sorted((y for _, y in places), reverse=True)
    assert [x for x, _ in places] == sorted((x for x, _ in places), reverse=True)
    assert all(left <= x <= right and top <= y <= bottom for x, y in places)
    assert places[0][1] - top > (bottom - top) / 2 > places[-1][1] - top


@pytest.mark.moves_clock
def test_nothing_travels_for_somebody_who_wants_less_motion(console: Console) -> None:
    console.page.emulate_media(reduced_motion="reduce")
    assert dots_of_a_read(console) == []


def test_on_a_phone_the_axis_is_a_list_the_newest_first(console: Console) -> None:
    console.page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # Two whole numbers.
    miss_a_late_commit(console)
    page = console.open("zone=UTC&area=axis")
    rows = page.get_by_role("list", name="What happened").get_by_role("listitem")
    expect(rows).to_have_count(5)
    expect(rows.first).to_contain_text("Request 3 of sync asked since 09:01:00.002")
    expect(rows.last).to_contain_text("Change 1: a colleague created “Kickoff”")
    rows.nth(2).get_by_role("link", name="Change 2").click()
    expect(page).to_have_url(re.compile("open=change%3A2"))
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_the_axis_stays_folded_and_as_high_as_it_was_left(console: Console) -> None:
    console.crm.events.create(**KICKOFF)
    page = console.open()
    edge = page.get_by_role("separator", name="Height of the time axis")
    before = int(edge.get_attribute("aria-valuenow") or 0)
    edge.focus()
    page.keyboard.press("ArrowUp")
    page.reload()
    expect(edge).to_have_attribute("aria-valuenow", str(before + 2))
    page.get_by_role("button", name="Time axis").click()
    expect(marks(page)).to_have_count(0)
    page.reload()
    expect(page.get_by_role("button", name="Time axis")).to_have_attribute("aria-expanded", "false")


def test_five_thousand_changes_and_a_hundred_requests_are_drawn(console: Console) -> None:
    for seed in range(10):
        churn: Any = {"churn": {"creates": 100, "edits": 400, "deletes": 0, "seed": seed}}
        console.crm.perform(churn, {"advance": {"by": "6m"}})
        with httpx.Client(base_url=f"{console.url}/api/v1", headers={"X-Mockcrm-Client": "sync"}) as client:
            for _ in range(10):
                client.get("/events", params={"since": MONDAY, "limit": 1})
    page = console.open("zone=UTC")
    expect_summary(page, "5,000 changes, 100 requests")
    times = page.evaluate(
        """async () => {
            const own = document.querySelector("link[rel=icon]").href
            const { scene } = await import(new URL("axis/paint.js", own).href)
            const { show, shown } = await import(new URL("axis/scene.js", own).href)
            const { draw } = await import(new URL("axis/draw.js", own).href)
            const { zoomed } = await import(new URL("axis/zoom.js", own).href)
            const canvas = new OffscreenCanvas(1400, 200).getContext("2d", { willReadFrequently: true })
            const times = { zoom: [], redraw: [] }
            for (let step = 0; step < 20; step += 1) {
                const began = performance.now()
                show(zoomed(shown.value, step < 10 ? 0.7 : 1.4, 0.9, shown.value.scale))
                const now = scene.value
                const placed = performance.now()
                draw(canvas, now)
                canvas.getImageData(0, 0, 1, 1)
                times.zoom.push(placed - began)
                times.redraw.push(performance.now() - placed)
            }
            const middle = (all) => all.sort((one, other) => one - other)[10].toFixed(1)
            return { zoom: middle(times.zoom), redraw: middle(times.redraw) }
        }"""
    )
    # Not judged: a machine may be busy. It is seen with --log-cli-level=INFO.
    logging.getLogger(__name__).info("5,000 changes, in milliseconds: %s", times)
    heap = go_to(page, "changes, ")
    expect(heap).to_contain_text("created")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"axis=\d+.*%7E"))
