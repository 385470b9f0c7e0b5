"""The guided tours of a demo on its page: the card, its steps, how a run has ended, and the earlier run on the axis."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import FloatRect, Locator, Page, ViewportSize, expect

from mockcrm import connect, create_app, serving
from mockcrm.cli.demo.playing import PlayedDemo
from mockcrm.cli.demo.team import Fortnight
from mockcrm.client.transport import over_http
from mockcrm.sandbox.sandboxes import DEFAULT, MAILBOX, Sandboxes
from mockcrm.web.admin.demo import play
from tests.browser.axe import axe
from tests.browser.console import LAPTOP, PHONE, answered, with_module
from tests.browser.contrast import faint
from tests.browser.stage import Stage
from tests.browser.test_console_axis import go_to, marks, painted, place_of, settled

FINDINGS = {
    "equal-timestamps": "change.outOfReach",
    "late-commit": "change.outOfReach",
    "expired-tombstone": "deletion.expired",
    "expired-token": "read.abandoned",
    "moved-out-of-window": "window.movedOut",
    "lost-answer": "duplicate.retried",
    "blind-overwrite": "overwrite.blind",
    "feedback-loop": "write.pingPong",
}
"""What the audit names in each tour. Of an event that goes back and forth, it does not name each echo too."""
ASK_FOR_LIFE = "async ({ ask, life }) => { await ask(); return life.value }"
"""For a page to ask for news now: how often it has begun anew."""
LATE = "A change that shows up late"


@dataclass(frozen=True)
class Theatre(Stage):
    """A demo whose own client stands still, and a page that shows it."""

    @property
    def card(self) -> Locator:
        return self.page.get_by_role("region", name=re.compile("^Tour: "))

    def begin(self, title: str = LATE, *, by_itself: bool = False) -> dict[str, Any]:
        """Choose a tour, and wait until it stands at its first card. What the server has of it."""
        self.page.get_by_role("button", name="Tours", exact=True).click()
        choice = self.page.get_by_role("dialog", name="Tours")
        choice.get_by_label("Go on by itself").set_checked(by_itself)
        # A tour that played before stands at its first card, perhaps, until the server has answered.
        with answered(self.page, "POST", "/demo/tour"):
            choice.get_by_role("button", name=title).click()
        expect(self.card).to_have_accessible_name(f"Tour: {title}")
        tour = self.stands_at(1)
        assert tour["title"] == title
        return tour

    def is_at(self, number: int) -> None:
        """Wait until the page shows a card. The steps up to it may still be played."""
        expect(self.card.get_by_role("button", name=f"Card {number} of")).to_have_attribute("aria-current", "step")

    def stands_at(self, number: int) -> dict[str, Any]:
        """Wait until the page shows a card, and the tour stands at it."""
        self.is_at(number)
        expect(self.card.get_by_text("playing …")).not_to_be_attached()
        tour: dict[str, Any] = self.crm.ask("GET", "/demo/tour", wait="10s")
        assert (tour["card"], tour["moving"], tour["problem"]) == (number, False, None)
        expect(self.card.get_by_role("heading", level=3)).to_have_text(tour["texts"][number - 1]["title"])
        return tour

    def go_on_to(self, number: int) -> dict[str, Any]:
        """Press Next until the tour stands at a card."""
        for each in range(self.crm.ask("GET", "/demo")["tour"]["card"], number):
            self.press("Next")
            self.is_at(each + 1)
        return self.stands_at(number)

    def press(self, name: str) -> None:
        self.card.get_by_role("button", name=name, exact=True).click()


@contextmanager
def demo(client: str = "reference") -> Iterator[str]:
    """The address of a demo whose tours do not rest between two beats."""
    sandboxes = Sandboxes(Fortnight())
    app = create_app(sandboxes)
    with serving(app) as url:
        paths = {DEFAULT: "/api/v1", MAILBOX: f"/sandboxes/{MAILBOX}/api/v1"}
        sends = {name: over_http(url + path, timeout=10) for name, path in paths.items()}
        play(app, PlayedDemo(sandboxes, app, sends, client, breath=0))
        yield url


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with demo() as url:
        yield url


@pytest.fixture
def theatre(address: str, page: Page) -> Theatre:
    crm = connect(address)
    crm.ask("POST", "/demo/reset")
    page.set_viewport_size(LAPTOP)  # type: ignore[arg-type]  # Two whole numbers.
    return Theatre(crm, address, page)


def box(of: Locator) -> FloatRect:
    found = of.bounding_box()
    assert found is not None
    return found


def bottom(of: Locator) -> float:
    found = box(of)
    return found["y"] + found["height"]


def last_card(tour: dict[str, Any], run: str) -> int:
    return max(number for number, each in enumerate(tour["texts"], 1) if (each["run"] or "careful") == run)


def test_each_tour_runs_to_its_end_and_the_page_names_what_the_audit_names(theatre: Theatre) -> None:
    theatre.open()
    tours = theatre.crm.ask("GET", "/demo")["tours"]
    assert {each["name"] for each in tours} == FINDINGS.keys()
    for each in tours:
        tour = theatre.begin(each["title"])
        theatre.go_on_to(last_card(tour, "careless"))
        audit = {found["title"]: found for found in theatre.crm.audit()["clients"][0]["findings"]}
        named = theatre.card.get_by_role("link", name=re.compile("|".join(map(re.escape, audit))))
        expect(named, each["name"]).to_be_visible()
        found = audit[named.inner_text()]
        assert found["code"] == FINDINGS[each["name"]]
        expect(theatre.card.get_by_text(found["code"], exact=True)).to_be_visible()
        expect(theatre.card.get_by_text(re.compile("careless client ✕ (failed|crashed)"))).to_be_visible()
        expect(theatre.card.get_by_role("link", name=f"request {found['requests'][-1]}")).to_be_visible()
        theatre.go_on_to(tour["cards"])
        expect(theatre.card.get_by_text("careful client ✓ passed")).to_be_visible()
        expect(theatre.card.get_by_text(found["title"])).to_be_visible()
        expect(theatre.card.get_by_role("link")).to_have_count(0)


def test_a_presenter_goes_on_and_back_plays_again_pauses_and_ends(theatre: Theatre) -> None:
    page = theatre.open("zone=UTC&axis=hour")
    theatre.begin(by_itself=True)
    expect(theatre.card).to_be_focused()
    expect(theatre.card.get_by_text(re.compile(r"^goes on in \d+ s$"))).to_be_visible()
    theatre.press("Pause")
    expect(theatre.card.get_by_text("goes on in")).not_to_be_attached()
    expect(theatre.card.get_by_role("button", name="Play", exact=True)).to_be_visible()
    theatre.press("Next")
    theatre.stands_at(2)
    theatre.press("Back")
    theatre.stands_at(1)
    theatre.card.focus()
    page.keyboard.press("ArrowRight")
    theatre.stands_at(2)
    page.keyboard.press("ArrowRight")
    theatre.stands_at(3)
    page.keyboard.press("ArrowLeft")
    theatre.stands_at(2)
    theatre.press("Replay")
    theatre.stands_at(1)
    theatre.press("End")
    expect(theatre.card).not_to_be_attached()
    expect(page.get_by_text("The tour is over, and the demo has begun anew.")).to_be_visible()
    expect(page.get_by_role("button", name="Tours", exact=True)).to_be_focused()
    expect(page).to_have_url(re.compile("axis=hour"))
    assert theatre.crm.ask("GET", "/demo")["tour"] is None


def test_the_card_folds_to_a_line_and_covers_nothing(theatre: Theatre) -> None:
    page = theatre.open()
    theatre.begin()
    card = box(theatre.card)
    assert card["x"] + card["width"] <= box(page.get_by_role("region", name="Time axis"))["x"]
    assert bottom(theatre.in_crm) <= card["y"]
    expect(theatre.card).to_be_focused()
    page.keyboard.press("Escape")
    fold = theatre.card.get_by_role("button", name="Card of the tour")
    expect(fold).to_have_attribute("aria-expanded", "false")
    expect(fold).to_be_focused()
    expect(theatre.card.get_by_text("Both calendars agree")).to_be_visible()
    assert box(theatre.card)["height"] < 60
    theatre.press("Next")
    expect(theatre.card.get_by_text("A slow save")).to_be_visible()
    fold.click()
    theatre.stands_at(2)


def test_the_calendars_go_where_the_story_is_and_what_changed_stands_out(theatre: Theatre) -> None:
    page = theatre.open("zone=UTC&date=2026-01-14")
    # The clock begins in March, and the meeting is in April.
    theatre.begin("A deletion that nobody remembers")
    for side in (theatre.in_crm, theatre.in_mailbox):
        expect(side.get_by_role("heading", name=re.compile("Apr 2026"))).to_be_visible()
        expect(side.get_by_role("button", name=re.compile("^Contract review"))).to_be_in_viewport()
    theatre.begin()
    for side in (theatre.in_crm, theatre.in_mailbox):
        expect(side.get_by_role("heading", name=re.compile("Mar 2026"))).to_be_visible()
        expect(side.get_by_role("button", name=re.compile("^Contract review"))).to_be_in_viewport()
    expect(theatre.in_crm.locator(".spotlit")).to_have_count(0)
    theatre.go_on_to(2)
    expect(theatre.in_crm.locator(".spotlit")).to_be_visible()
    on_thursday = box(theatre.in_crm.get_by_role("button", name=re.compile("^Contract review")))
    on_wednesday = box(theatre.in_mailbox.get_by_role("button", name=re.compile("^Contract review")))
    # The mailbox is as far to the right as its calendar begins; within it the meeting stands a day further left.
    inset = box(theatre.in_crm)["x"] - box(page.locator("section.mailbox-area"))["x"]
    assert on_thursday["x"] - (on_wednesday["x"] + inset) > on_thursday["width"] / 2
    theatre.press("End")
    expect(page).to_have_url(re.compile("date=2026-01-14"))


def test_what_would_disturb_a_tour_cannot_be_done_and_says_why(theatre: Theatre) -> None:
    page = theatre.open()
    client = page.get_by_role("region", name="Sync client")
    theatre.begin()
    for name in ("A colleague edits now", "Break the connection", "Sync now", "Pause"):
        button = page.get_by_role("main").get_by_role("button", name=name, exact=True).first
        expect(button).to_be_disabled()
        expect(button).to_have_accessible_description(re.compile("^A tour plays"))
    expect(client.get_by_role("heading", name="careless client")).to_be_visible()
    expect(client.get_by_role("switch")).to_have_count(0)
    theatre.press("End")
    expect(page.get_by_role("button", name="A colleague edits now")).to_be_enabled()
    expect(client.get_by_role("switch").first).to_be_enabled()


def test_the_red_mark_of_the_careless_run_stays_while_the_careful_one_goes_past_it(theatre: Theatre) -> None:
    page = theatre.open()
    tour = theatre.begin()
    theatre.go_on_to(last_card(tour, "careless") + 1)
    axis = page.get_by_role("region", name="Time axis")
    expect(axis.get_by_text("careless, before")).to_be_visible()
    expect(axis.get_by_title("careful", exact=True)).to_be_visible()
    # Each run begins anew, and that is no news.
    expect(page.get_by_text("has started again")).not_to_be_attached()
    expect(go_to(page, "Earlier run: Change 2")).to_have_text(
        re.compile("Out of reach for careless: request 4 passed it by")
    )
    settled(page)
    (lost, _), (request, _) = place_of(page, "earlier:change:2"), place_of(page, "earlier:request:4")
    assert painted(page, "failed") > (request - lost), "a line from the change to the request that passed it by"
    theatre.go_on_to(tour["cards"])
    expect(axis.get_by_text("out of reach")).not_to_be_attached()
    settled(page)
    (change, _), (lost, _) = place_of(page, "change:2"), place_of(page, "earlier:change:2")
    assert abs(change - lost) < 2, "it stands where the careful client's change stands"
    assert painted(page, "failed") > (request - lost) / 2
    marks(page).press("Enter")
    expect(page).not_to_have_url(re.compile("open=change"))


def test_a_run_has_a_verdict_once_it_has_failed_or_is_over(theatre: Theatre) -> None:
    page = theatre.open()
    said = page.get_by_role("banner").get_by_role("link", name=re.compile("^Verdict: "))
    tour = theatre.begin()
    for card, verdict in ((1, "nothing so far"), (3, "nothing so far"), (4, "failed"), (5, "nothing so far")):
        theatre.go_on_to(card)
        expect(said).to_have_accessible_name(f"Verdict: {verdict}")
    expect(page).not_to_have_title(re.compile("✓"))
    theatre.go_on_to(tour["cards"])
    expect(said).to_have_accessible_name("Verdict: passed")
    expect(page).to_have_title(re.compile("✓"))


def test_a_tour_that_somebody_else_starts_and_ends_is_no_news_of_the_sandbox(theatre: Theatre) -> None:
    page = theatre.open()
    theatre.crm.demo.start_tour("late-commit")
    theatre.stands_at(1)
    assert with_module(page, "data/feed.js", ASK_FOR_LIFE) > 1
    expect(page.get_by_text("has started again")).not_to_be_attached()
    playing = with_module(page, "data/feed.js", ASK_FOR_LIFE)
    theatre.crm.demo.end_tour()
    expect(theatre.card).not_to_be_attached()
    assert with_module(page, "data/feed.js", ASK_FOR_LIFE) > playing
    with_module(page, "data/demo.js", "({ readDemo }) => readDemo()")
    expect(page.get_by_text("has started again")).not_to_be_attached()
    theatre.crm.demo.reset()
    expect(page.get_by_text("has started again")).to_be_visible()


def test_what_was_open_in_the_mailbox_is_shut_when_it_begins_anew(theatre: Theatre) -> None:
    page = theatre.open()
    theatre.begin()
    theatre.in_mailbox.get_by_role("button", name=re.compile("^Contract review")).click()
    card = theatre.in_mailbox.get_by_role("dialog", name="Contract review")
    expect(card).to_be_visible()
    theatre.press("End")
    expect(page.get_by_text("The tour is over")).to_be_visible()
    expect(card).not_to_be_attached()
    mailbox = next(frame for frame in page.frames if "/mailbox/" in frame.url)
    mailbox.wait_for_function("() => !location.hash.includes('open=')")


@pytest.mark.parametrize("width", [1440, 1000, 390])
def test_a_message_covers_no_button_of_the_card(theatre: Theatre, width: int) -> None:
    page = theatre.open()
    theatre.begin()
    theatre.go_on_to(2)
    page.set_viewport_size({"width": width, "height": 844})
    for text in ("Short.", "A message with many words, as a refusal by the server may have. " * 3):
        with_module(page, "shell/messages.js", "({ tell }, text) => tell(text)", text)
    message = page.get_by_role("status", name="Messages").locator(".message")
    expect(message).to_have_count(2)
    for name in ("Back", "Next", "Replay", "Play", "End"):
        theatre.card.get_by_role("button", name=name, exact=True).click(trial=True)
    for said in (box(each) for each in message.all()):
        assert said["x"] >= 0
        assert said["x"] + said["width"] <= width
        card = box(theatre.card)
        assert said["y"] + said["height"] <= card["y"] or said["x"] >= card["x"] + card["width"]


def test_large_type_reaches_the_card_and_what_the_axis_draws(theatre: Theatre) -> None:
    page = theatre.page
    page.add_init_script(
        """const fill = CanvasRenderingContext2D.prototype.fillText
        window.sizes = {}
        CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
          sizes[text] = parseFloat(this.font.match(/([\\d.]+)px/)[1]) * this.getTransform().a / devicePixelRatio
          return fill.call(this, text, ...rest)
        }"""
    )
    theatre.open()
    theatre.begin()
    page.wait_for_function("() => sizes.now === 11")
    title = theatre.card.get_by_role("heading", level=3)
    expect(title).to_have_css("font-size", "18px")
    page.get_by_role("button", name="Large type").click()
    page.wait_for_function("() => sizes.now === 13.75")
    expect(title).to_have_css("font-size", "22.5px")
    settled(page)
    canvas = page.locator(".axis-plot canvas").first
    assert abs(bottom(page.locator(".axis-label.zone")) - bottom(canvas)) < 2
    plot = box(canvas)
    x, y = place_of(page, "change:1")
    page.mouse.move(plot["x"] + 1.25 * (x - plot["x"]), plot["y"] + 1.25 * (y - plot["y"]))
    expect(page.locator(".axis-tip")).to_contain_text("Change 1")


def test_where_the_client_is_another_one_no_tour_can_be_chosen_and_the_page_says_why(page: Page) -> None:
    with demo("none") as url:
        page.goto(url)
        page.get_by_role("button", name="Tours", exact=True).click()
        choice = page.get_by_role("dialog", name="Tours")
        expect(choice.get_by_text("Tours play with mockcrm's own client")).to_be_visible()
        expect(choice.get_by_role("button", name=LATE)).to_be_disabled()


def test_on_a_projector_with_large_type_the_story_and_the_way_on_are_in_sight(theatre: Theatre) -> None:
    page = theatre.page
    page.set_viewport_size({"width": 1280, "height": 720})
    theatre.open("zone=Europe/Berlin")
    page.get_by_role("button", name="Large type").click()
    theatre.begin("Two changes in the same millisecond")
    # The page shows another zone than the cards tell of.
    expect(theatre.card.get_by_text("09:00:00.000")).to_contain_text("(Times are in UTC.)")
    theatre.go_on_to(4)
    expect(theatre.card.get_by_role("button", name="Next")).to_be_in_viewport(ratio=1)
    for side in (theatre.in_crm, theatre.in_mailbox):
        expect(side.locator(".spotlit")).to_be_in_viewport(ratio=1)
    theatre.press("End")
    page.get_by_role("button", name="Large type").click()
    # The clock is as it was: what it left out for large letters has room again.
    expect(page.get_by_role("region", name="Clock").get_by_role("button", name="+1 min")).to_be_visible()


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_everybody_can_read_and_use_a_tour(theatre: Theatre, size: ViewportSize) -> None:
    page = theatre.open()
    tour = theatre.begin()
    theatre.go_on_to(last_card(tour, "careless"))
    page.set_viewport_size(size)
    for card in (last_card(tour, "careless"), tour["cards"]):
        theatre.go_on_to(card)
        for large in (False, True):
            with_module(page, "shell/large-type.js", "({ largeType }, large) => { largeType.value = large }", large)
            assert axe(page) == [], card
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
            assert page.evaluate("document.documentElement.scrollHeight") <= size["height"]
            for scheme in ("dark", "light"):
                page.emulate_media(color_scheme=scheme)
                assert faint(page) == [], f"{card}, {scheme}"
            expect(theatre.card.get_by_role("button", name="End", exact=True)).to_be_in_viewport()
