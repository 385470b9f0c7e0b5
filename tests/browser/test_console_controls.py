"""The controls in the page: the clock, fault rules, and the dialect."""

import re
from dataclasses import replace

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from mockcrm.client.types import EventCreation
from tests.browser.console import MONDAY, PHONE, Console, console, keep_messages, lenient_page

__all__ = ["console", "lenient_page"]

MEETING: EventCreation = {"subject": "Demo", "startTime": "2026-03-03T09:00:00Z", "endTime": "2026-03-03T10:00:00Z"}
RUNS_BY_ITSELF = re.compile(r"09:0[1-9]:\d\d")


@pytest.fixture
def refusing(console: Console, lenient_page: Page) -> Console:
    """A console whose page may have calls refused: browsers complain of those."""
    return replace(console, page=lenient_page)


def _time(page: Page) -> Locator:
    return page.get_by_role("timer", name="Time in the sandbox")


def _button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def _say(page: Page, text: str) -> Locator:
    """The message that has a text."""
    return page.locator(".message").filter(has_text=text)


def test_a_person_moves_the_clock_on_and_lets_it_run(console: Console) -> None:
    page = console.open("zone=UTC")
    expect(_time(page)).to_have_text("Mon 2 Mar 2026 09:00:00 UTC")
    expect(page.get_by_text("frozen")).to_be_visible()
    _button(page, "+1 h").click()
    expect(_time(page)).to_contain_text("10:00:00")
    page.keyboard.press(".")
    expect(_time(page)).to_contain_text("10:01:00")
    _button(page, "+1 day").click()
    expect(_time(page)).to_have_text("Tue 3 Mar 2026 10:01:00 UTC")
    assert console.crm.clock.get()["now"] == "2026-03-03T10:01:00.000Z"

    console.crm.clock.freeze(MONDAY)
    expect(_time(page)).to_contain_text("09:00:00")
    page.get_by_label("Rate of the clock").select_option("\u00d760")
    page.get_by_role("heading", name="mockcrm").click()
    page.keyboard.press("Space")
    expect(page.get_by_text("running \u00d760")).to_be_visible()
    expect(_time(page)).to_have_text(RUNS_BY_ITSELF)
    _button(page, "Freeze").click()
    expect(page.get_by_text("frozen")).to_be_visible()
    assert console.crm.clock.get()["mode"] == "frozen"


def test_the_clock_runs_at_any_rate_and_says_which_it_cannot(refusing: Console) -> None:
    page = refusing.open("zone=UTC")
    rate = page.get_by_label("Rate of the clock")
    rate.select_option("Other…")
    dialog = page.get_by_role("dialog", name="How fast the clock runs")
    dialog.get_by_role("spinbutton").fill("-1")
    _button(page, "Set the rate").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Must be above 0")
    dialog.get_by_role("spinbutton").fill("2.5")
    dialog.get_by_role("spinbutton").press("Enter")
    expect(dialog).to_be_hidden()
    expect(rate).to_have_value("2.5")
    assert refusing.crm.clock.get()["rate"] == 2.5


def test_a_dialog_of_the_clock_stays_when_the_clock_gets_less_room(console: Console) -> None:
    page = console.open("zone=UTC")
    for opens in (
        lambda: page.get_by_label("Rate of the clock").select_option("Other…"),
        lambda: _button(page, "Jump…").click(),
    ):
        opens()
        field = page.get_by_role("dialog").locator("input").first
        expect(field).to_be_visible()
        page.set_viewport_size({"width": 700, "height": 900})
        expect(page.locator("#clock-menu")).to_be_attached()
        expect(field).to_be_visible()
        page.keyboard.press("Escape")
        page.set_viewport_size({"width": 1440, "height": 900})


def test_the_clock_jumps_in_the_zone_that_is_chosen_and_back_without_undoing_anything(console: Console) -> None:
    page = console.open("zone=Europe/Berlin")
    expect(_time(page)).to_have_text("Mon 2 Mar 2026 10:00:00 CET")
    _button(page, "Jump…").click()
    dialog = page.get_by_role("dialog", name="Jump to a date and time")
    expect(dialog).to_contain_text("in Europe/Berlin")
    dialog.get_by_label("Date").fill("2026-07-01")
    dialog.get_by_label("Time").fill("12:30:00")
    _button(page, "Jump").click()
    expect(_time(page)).to_have_text("Wed 1 Jul 2026 12:30:00 CEST")
    assert console.crm.clock.get()["now"] == "2026-07-01T10:30:00.000Z"
    console.crm.events.create(**MEETING)

    _button(page, "Jump…").click()
    dialog.get_by_label("Date").fill("2026-03-02")
    expect(dialog).to_contain_text("That undoes nothing")
    dialog.get_by_label("Time").press("Enter")
    expect(_time(page)).to_contain_text("Mon 2 Mar 2026")
    assert len(console.crm.changes()) == 1


def test_the_clock_goes_to_the_next_thing_on_the_agenda_and_says_what_ran(console: Console) -> None:
    page = console.open("zone=UTC")
    expect(_button(page, "▸ next")).to_be_disabled()
    console.crm.events.create(key="demo", **MEETING)
    console.crm.perform(
        {"schedule": {"after": "20m", "do": [{"edit": {"event": "demo", "set": {"subject": "Moved"}}}]}}
    )
    console.crm.perform({"schedule": {"after": "30m", "do": [{"delete": {"event": "demo"}}]}})
    following = page.get_by_role("button", name="▸ next")
    expect(following).to_contain_text("09:20 an edit of demo")
    following.click()
    expect(_time(page)).to_contain_text("09:20:00")
    expect(_say(page, "1 thing ran.")).to_be_visible()
    assert console.crm.events.get("demo")["subject"] == "Moved"
    expect(following).to_contain_text("09:30")

    for event in ("nobody", "noone"):
        console.crm.perform({"schedule": {"after": "30m", "do": [{"delete": {"event": event}}]}})
    _button(page, "+1 h").click()
    said = "3 things ran, and the CRM refused 2 of them: at 09:50:00, There is no event 'nobody'."
    expect(_say(page, said)).to_be_visible()


def test_on_a_phone_the_clock_is_its_time_and_one_menu(console: Console) -> None:
    console.page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # Two whole numbers.
    page = console.open("zone=UTC&panel=faults")
    expect(_time(page)).to_contain_text("09:00:00")
    expect(_button(page, "+1 h")).to_be_hidden()
    _button(page, "Set the clock").click()
    _button(page, "+1 h").click()
    expect(_time(page)).to_contain_text("10:00:00")
    page.keyboard.press("Escape")
    expect(_button(page, "+1 h")).to_be_hidden()
    for panel, seen in (("Faults", "Outage"), ("Dialect", "google")):
        page.get_by_role("button", name="More").click()
        page.get_by_role("link", name=panel).click()
        expect(_button(page, seen)).to_be_attached()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.get_by_role("tabpanel").evaluate("panel => panel.scrollWidth <= panel.clientWidth")


def _rules(page: Page) -> Locator:
    return page.get_by_role("list", name="Fault rules").get_by_role("listitem")


def test_a_person_stages_an_outage_for_one_client_and_sees_which_request_it_hit(console: Console) -> None:
    console.ask("GET", "/events", client="sync")
    console.ask("GET", "/events", client="other")
    page = console.open("panel=faults")
    page.get_by_label("How often").select_option("once")
    page.get_by_label("For whom").select_option("sync")
    _button(page, "Outage").click()
    expect(_say(page, "Outage: once · any request · client sync")).to_be_visible()
    expect(_rules(page)).to_contain_text("waits for its first request")

    assert "records" in console.ask("GET", "/events", client="other")
    assert console.ask("GET", "/events", client="sync")["code"] == "fault.injected"
    expect(_rules(page)).to_contain_text("applied to 1 request of 1 that match, and no more")
    page.get_by_role("link", name="#4 listEvents 503").click()
    expect(page).to_have_url(re.compile(r"open=request%3A4"))
    expect(page.get_by_role("tab", name="Traffic")).to_have_attribute("aria-selected", "true")


def test_an_answer_is_lost_after_the_crm_has_carried_the_write_out(console: Console) -> None:
    page = console.open("panel=faults")
    _button(page, "Lost answer").click()
    expect(_rules(page)).to_contain_text("once · writes · any client")
    with pytest.raises(httpx.TransportError):
        console.ask("POST", "/events", MEETING)
    assert [each["subject"] for each in console.crm.events.all()] == ["Demo"]
    expect(page.get_by_role("link", name="#1 createEvent")).to_be_visible()


def test_rules_are_removed_and_cleared_and_put_back_with_what_is_left_of_them(console: Console) -> None:
    keep_messages(console.page)
    console.crm.faults.add({"status": 503}, times=3, name="Three times")
    console.crm.faults.add("html", times=1, name="Spent")
    console.crm.faults.add({"delay": "1ms"}, name="Slow")
    console.ask("GET", "/events")
    page = console.open("panel=faults")
    expect(_rules(page)).to_have_count(3)
    console.ask("GET", "/events")
    page.get_by_role("button", name=re.compile("Remove .* Slow")).click()
    expect(_rules(page)).to_have_count(2)
    _say(page, "Rule Slow removed.").get_by_role("button", name="Undo").click()
    expect(_rules(page)).to_have_count(3)

    expect(_rules(page).first).to_contain_text("applied to 2 requests")
    _button(page, "Clear all").click()
    expect(page.get_by_text("No rules: the server answers as it should.")).to_be_visible()
    _say(page, "3 rules cleared.").get_by_role("button", name="Undo").click()
    expect(_rules(page)).to_have_count(3)
    assert [(rule["name"], rule.get("times")) for rule in console.crm.faults.all()] == [
        ("Three times", 1),
        ("Spent", 1),
        ("Slow", None),
    ]


def test_any_rule_is_made_with_the_form_or_as_json_and_its_errors_stand_beside_its_fields(refusing: Console) -> None:
    page = refusing.open("panel=faults")
    page.get_by_text("A rule of your own").click()
    page.get_by_label("effect").select_option("delay")
    expect(page.get_by_text("Delays the answer in real time")).to_be_visible()
    page.get_by_label("by", exact=True).fill("a while")
    page.get_by_label("operation").select_option("listEvents")
    page.get_by_label("chance, 0 to 1").fill("7")
    _button(page, "Add the rule").click()
    expect(page.get_by_label("by", exact=True)).to_have_accessible_description(re.compile("Not a duration"))
    expect(page.get_by_label("chance, 0 to 1")).to_have_accessible_description(re.compile("0 to 1"))
    page.get_by_label("by", exact=True).fill("1ms")
    page.get_by_label("chance, 0 to 1").fill("0.5")
    _button(page, "Add the rule").click()
    expect(_rules(page)).to_contain_text("once, with a chance of 0.5 · listEvents · any client")

    _button(page, "As JSON").click()
    text = page.get_by_label("The rule as JSON")
    expect(text).to_have_value(re.compile('"by": "1ms"'))
    text.fill('{"effect": "html", "match": {"query": {"limit": 3}}}')
    _button(page, "Add the rule").click()
    expect(page.get_by_role("alert").filter(has_text="match.query")).to_be_visible()
    text.fill('{"effect": "html", "match": {"query": {"limit": "3"}}}')
    _button(page, "Add the rule").click()
    expect(_rules(page)).to_have_count(2)
    assert refusing.crm.faults.all()[1]["match"] == {"query": {"limit": "3"}}


def test_a_knob_is_changed_refused_undone_and_set_back(refusing: Console) -> None:
    keep_messages(refusing.page)
    page = refusing.open("panel=dialect")
    size = page.get_by_role("spinbutton", name="pageSize")
    size.fill("20")
    size.press("Enter")
    expect(page.get_by_role("region", name="Changed from the default")).to_contain_text("pageSize")
    assert refusing.crm.dialect()["pageSize"] == 20
    size.fill("5000")
    size.press("Enter")
    expect(size).to_have_accessible_description(re.compile("Must be from 1 to 1000"))
    expect(size).to_have_value("5000")
    page.get_by_role("button", name="Back to the default: none").click()
    expect(page.get_by_role("region", name="Changed from the default")).to_have_count(0)
    expect(size).to_have_value("")
    assert refusing.crm.dialect()["pageSize"] is None
    _say(page, "pageSize: none").get_by_role("button", name="Undo").click()
    expect(size).to_have_value("20")

    page.get_by_label("Find a knob").fill("tombstone-expired")
    expect(page.get_by_role("region", name="Pages")).to_have_count(0)
    page.get_by_role("textbox", name="tombstoneRetention").fill("15d")
    page.keyboard.press("Tab")
    expect(page.get_by_role("textbox", name="tombstoneRetention")).to_have_value("P15D")
    page.get_by_label("Find a knob").fill("")
    page.get_by_role("radiogroup", name="since").get_by_label("exclusive").check()
    expect(_say(page, "since: exclusive")).to_be_visible()
    trim = page.get_by_role("group", name="normalization").get_by_label("trim")
    trim.click()
    expect(_say(page, "normalization: trim")).to_be_visible()
    expect(trim).to_be_checked()
    expected = {"pageSize": 20, "tombstoneRetention": "P15D", "since": "exclusive", "normalization": ["trim"]}
    assert expected.items() <= refusing.crm.dialect().items()


def test_the_crm_lags_or_speaks_another_dialect_on_one_click_and_it_is_undone(console: Console) -> None:
    keep_messages(console.page)
    page = console.open("panel=faults")
    lag = _button(page, "Index lag")
    lag.click()
    expect(lag).to_have_attribute("aria-pressed", "true")
    assert console.crm.dialect()["indexLag"] == "PT30S"
    _say(page, "From now on lists show a write 30 s later").get_by_role("button", name="Undo").click()
    expect(lag).to_have_attribute("aria-pressed", "false")
    assert console.crm.dialect()["indexLag"] is None

    page.get_by_role("tab", name="Dialect").click()
    google = page.get_by_role("button", name="google")
    google.hover()
    expect(page.get_by_text("Would change deletions, tombstones")).to_be_visible()
    google.click()
    expect(google).to_have_attribute("aria-pressed", "true")
    message = _say(page, "The CRM speaks google now. Changed: deletions, tombstones")
    expect(message).to_be_visible()
    assert console.crm.dialect()["name"] == "google"
    message.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="plain")).to_have_attribute("aria-pressed", "true")
    assert console.crm.dialect()["name"] == "plain"


def test_all_of_it_is_done_with_the_keyboard_alone(console: Console) -> None:
    page = console.open("zone=UTC&panel=faults")
    _button(page, "+1 min").focus()
    page.keyboard.press("Space")
    expect(_time(page)).to_contain_text("09:01:00")
    _button(page, "Jump…").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_label("Date")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    _button(page, "Outage").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name=re.compile("Remove f1")).focus()
    page.keyboard.press("Enter")
    expect(_rules(page)).to_have_count(0)
    page.get_by_role("tab", name="Faults").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_role("radio", name="inclusive").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="exclusive")).to_be_checked()
    expect(_say(page, "since: exclusive")).to_be_visible()
    assert console.crm.dialect()["since"] == "exclusive"


def test_hostile_texts_in_a_rule_are_texts_and_nothing_else(console: Console) -> None:
    hostile = "<img src=x onerror=alert(1)>\u202e" + "A" * 70
    console.crm.faults.add(
        {"status": {"status": 500, "body": "B" * 100_000}}, name=hostile, match={"client": "C" * 5_000}
    )
    page = console.open("panel=faults")
    expect(_rules(page)).to_contain_text("<img src=x onerror=alert(1)>")
    assert len(_rules(page).inner_text()) < 1_000
    assert page.get_by_role("tabpanel").evaluate("panel => panel.scrollWidth <= panel.clientWidth")
