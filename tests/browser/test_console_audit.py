"""The verdict, the findings with what led to them, and scenarios played step by step."""

import re
from typing import Any

from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.browser.console import PHONE, Console, console
from tests.browser.test_console_shell import settle

__all__ = ["console"]

MEETING: dict[str, Any] = {
    "subject": "Contract review",
    "startTime": "2026-03-04T09:00:00Z",
    "endTime": "2026-03-04T10:00:00Z",
}
HOSTILE = "<img src=x onerror=alert(1)>\"'\u202e</script>"


def panel(page: Page) -> Locator:
    return page.get_by_role("tabpanel")


def read_everything(console: Console, client: str = "sync") -> str:
    return str(console.ask("GET", "/events", client=client)["asOf"])


def miss_a_change(console: Console, event: str) -> None:
    """A client reads everything; lists show a colleague's change late; the client asks from `asOf`, and misses it."""
    read_everything(console)
    console.crm.events.edit(event, location="Room 7", visible_after="5m")
    console.crm.clock.advance("1m")
    watermark = console.ask("GET", "/events", since="2026-03-02T09:00:00.000Z")["asOf"]
    console.crm.clock.advance("10m")
    console.ask("GET", "/events", since=watermark)


def test_a_person_moves_a_meeting_and_learns_why_the_client_missed_it(console: Console) -> None:
    event = console.crm.events.create(**MEETING)["id"]
    page = console.open("panel=audit&zone=Europe/Berlin")
    expect(panel(page)).to_contain_text("inconclusive")
    expect(panel(page)).to_contain_text("No client has made a request to this sandbox.")
    miss_a_change(console, event)
    finding = page.get_by_role("link", name="error “Contract review” was changed")
    expect(finding).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="New error: “Contract review” was changed")).to_be_attached()
    finding.click()
    expect(page).to_have_url(re.compile("open=finding"))
    expect(panel(page)).to_contain_text("failed")
    expect(panel(page)).to_contain_text("Lists showed it only from 10:05:00.")
    moments = panel(page).get_by_role("list").filter(has_text="version 2 appears in lists").get_by_role("listitem")
    expect(moments.first).to_contain_text("10:00:00.001 version 1 created by a colleague")
    expect(panel(page)).to_contain_text(
        "What a correct client does Set the next watermark to the asOf", use_inner_text=True
    )
    expect(panel(page)).to_contain_text("change.outOfReach")


def test_what_was_judged_and_what_was_not_is_said(console: Console) -> None:
    page = console.open("panel=audit")
    expect(panel(page).get_by_text(f'mockcrm reference-client --url "{console.url}/api/v1"').first).to_be_visible()
    console.ask("GET", "/events", client="wrong", since="yesterday")
    reason = panel(page).get_by_role("listitem").filter(has_text="wrong")
    expect(reason).to_contain_text("inconclusive")
    expect(reason).to_contain_text("1 request")
    console.crm.reset(empty=True)
    read_everything(console)
    expect(panel(page).get_by_role("region", name="Verdict")).to_contain_text("1 client passed. No findings.")
    expect(panel(page)).to_contain_text("Judged: 1 request of 1 client")


def test_many_findings_are_filtered_and_many_events_are_counted(console: Console) -> None:
    events = [console.crm.events.create(**MEETING | {"subject": f"Call {each}"})["id"] for each in range(15)]
    watermark = read_everything(console)
    read_everything(console, "other")
    for each in events:
        console.crm.events.delete(each)
    console.ask("GET", "/events", since=watermark)
    console.ask("GET", "/events", since="2026-03-01T00:00:00Z")
    page = console.open("panel=audit")
    row = panel(page).get_by_role("link", name="error")
    row.click()
    expect(panel(page).get_by_role("definition").first).to_contain_text("and 5 more")
    page.get_by_role("button", name="1 note").click()
    page.get_by_role("searchbox", name="Filter findings").fill("watermark.backwards")
    expect(panel(page).get_by_role("link", name="note")).to_be_visible()
    row.click()
    expect(row).to_have_count(0)
    page.get_by_role("searchbox", name="Filter findings").fill("nothing is like this")
    page.get_by_role("button", name="Show all").click()
    expect(row).to_be_visible()


def test_hostile_texts_are_text_and_fit_a_phone(console: Console) -> None:
    miss_a_change(console, console.crm.events.create(**MEETING | {"subject": HOSTILE + "x" * 100_000})["id"])
    console.page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # Two whole numbers.
    page = console.open("panel=audit&open=finding:1")
    expect(panel(page).get_by_text("<img src=x onerror=alert(1)>").first).to_be_visible()
    assert panel(page).locator("img").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert panel(page).evaluate("each => each.scrollWidth <= each.clientWidth")


def test_a_replica_is_compared_with_the_crm(console: Console) -> None:
    console.crm.events.create(**MEETING)
    read_everything(console)
    page = console.open("panel=audit")
    page.get_by_text("Compare a client's replica").click()
    page.get_by_label("Replica", exact=True).fill("no JSON")
    page.get_by_role("button", name="Compare").click()
    expect(panel(page)).to_contain_text("This is not JSON")
    page.get_by_label("Replica", exact=True).fill("[]")
    page.get_by_role("button", name="Compare").click()
    expect(panel(page)).to_contain_text("1 difference")
    panel(page).get_by_text("“Contract review” is not in the replica").click()
    expect(panel(page)).to_contain_text("the client lost it")


def test_a_careless_client_fails_a_scenario_that_a_person_steps_through(console: Console) -> None:
    page = console.open("panel=audit&open=finding:1")
    page.get_by_role("tab", name="Scenario").click()
    page.get_by_role("searchbox", name="Find a scenario").fill("late-commit")
    page.get_by_role("link", name="late-commit-visibility").click()
    expect(panel(page)).to_contain_text("A long transaction moves a meeting to Thursday.")
    page.get_by_role("button", name="Load …").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("replaces everything")
    dialog.get_by_role("button", name="In this sandbox").click()
    run = page.get_by_role("region", name="Loaded scenario")
    expect(run).to_contain_text("Not begun.")
    page.get_by_role("button", name="Begin").click()
    expect(run).to_contain_text("Sync now: the scenario waits for your client's sync 1 of 3.")
    expect(run).to_contain_text("No request has come at this sync yet.")
    expect(run).to_contain_text(f"Your client finds this sandbox here:{console.crm.url}")
    watermark = read_everything(console)
    expect(run).to_contain_text("A request has come.")
    expect(run.get_by_text("Your client finds this sandbox here:")).to_have_count(0)
    page.get_by_role("button", name="Go on to sync 2").click()
    expect(run).to_contain_text("sync 2 of 3")
    expect(run).to_contain_text("done: A colleague edits review")
    watermark = console.ask("GET", "/events", since=watermark)["asOf"]
    page.get_by_role("button", name="Go on to sync 3").click()
    expect(run).to_contain_text("sync 3 of 3")
    console.ask("GET", "/events", since=watermark)
    page.get_by_role("button", name="Go on to the end").click()
    expect(run).to_contain_text("failed")
    expect(run).to_contain_text("the audit finds change.outOfReach")
    expect(run.get_by_role("link", name="was changed, and the change is out of this client's reach")).to_be_visible()
    page.get_by_role("button", name="Start again").click()
    expect(run).to_contain_text("Not begun.")
    page.get_by_role("button", name="End the scenario").click()
    expect(run).to_have_count(0)


def test_what_the_user_did_is_said_for_the_client_to_carry_over(console: Console) -> None:
    console.crm.scenario.load("echo-own-write")
    console.page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # Two whole numbers.
    page = console.open("panel=scenario")
    page.get_by_role("button", name="Begin").click()
    page.get_by_role("button", name="Go on to sync 2").click()
    said = "The user edits call (event 1001 of the CRM): subject “Call with Halden Foods”"
    expect(panel(page)).to_contain_text(said)
    expect(panel(page)).to_contain_text("Your client syncs (sync 1): no request came")
    page.reload()
    expect(panel(page)).to_contain_text("The user edits call: subject “Call with Halden Foods”")
    page.get_by_role("button", name="Go on to sync 3").click()
    page.get_by_role("button", name="Go on to the end").click()
    expect(panel(page)).to_contain_text("inconclusive")
    expect(panel(page)).to_contain_text("No client has made a request.")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_scenario_that_somebody_else_has_ended_is_told_calmly(console: Console, browser: Browser) -> None:
    console.crm.scenario.load("echo-own-write")
    page = browser.new_page()  # The refusal stands in the browser's console.
    page.goto(f"{console.url}/#panel=scenario")
    expect(page.get_by_role("button", name="Begin")).to_be_visible()
    # Until the button is pressed, the page hears nothing.
    page.route("**/admin/feed*", lambda _: None)
    page.wait_for_event("request", lambda request: "/admin/feed" in request.url)
    console.crm.ask("DELETE", "/scenario")
    page.get_by_role("button", name="Begin").click()
    page.unroute("**/admin/feed*")
    expect(page.get_by_text("No scenario is loaded")).to_be_visible()
    expect(page.get_by_role("region", name="Loaded scenario")).to_have_count(0)
    page.close()


def test_a_scenario_that_is_being_read_is_ended_afterwards(console: Console) -> None:
    console.crm.scenario.load("echo-own-write")
    page = console.open("panel=scenario")
    run = page.get_by_role("region", name="Loaded scenario")
    expect(run).to_be_visible()
    held, calls = list[Route](), list[str]()
    page.route("**/admin/scenario", lambda route: held.append(route) if not held else route.continue_())
    with page.expect_request("**/admin/scenario"):
        read_everything(console)
    page.on("request", lambda sent: calls.append(f"{sent.method} {sent.url}"))
    page.on("requestfinished", lambda done: calls.append(f"done: {done.method} {done.url}"))
    run.get_by_role("button", name="End the scenario").click()
    settle(page)
    held[0].continue_()
    expect(run).to_have_count(0)
    # Had it ended before, the page would complain that what it reads is gone.
    path = f"{console.url}/admin/scenario"
    assert [each for each in calls if each.endswith(path)][:2] == [f"done: GET {path}", f"DELETE {path}"]


def test_a_scenario_goes_into_a_sandbox_of_its_own(console: Console) -> None:
    console.crm.events.create(**MEETING)
    page = console.open("panel=scenario&open=scenario:result-cap")
    page.get_by_role("button", name="Load …").click()
    page.get_by_role("button", name="In a new sandbox").click()
    expect(page).to_have_url(re.compile("/sandboxes/result-cap/#panel=scenario"))
    expect(page.get_by_role("region", name="Loaded scenario")).to_contain_text("Not begun.")
    assert [each["subject"] for each in console.crm.events.all()] == ["Contract review"]
    console.crm.sandbox("result-cap").delete()


def test_a_finding_and_a_scenario_are_opened_by_keyboard(console: Console) -> None:
    miss_a_change(console, console.crm.events.create(**MEETING)["id"])
    page = console.open("panel=audit")
    page.get_by_role("link", name="error").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="error")).to_have_attribute("aria-expanded", "true")
    page.get_by_role("link", name="play the scenario late-commit-visibility").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name="Scenario")).to_have_attribute("aria-selected", "true")
    page.get_by_role("button", name="Load …").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="In a new sandbox")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Load …")).to_be_focused()


def test_steps_of_every_kind_are_told_in_words(console: Console) -> None:
    steps: list[Any] = [
        {"note": "A quiet <b>night</b>."},
        {"on": {"method": "GET"}, "times": 1, "do": [{"advance": {"by": "1s"}}]},
        {"after": "5m", "do": [{"touch": {"events": "all"}}]},
        {"create": {"set": {**MEETING, "subject": "y" * 5000}}},
        {"fault": {"effect": {"status": 503}, "times": 2}},
        {"clock": {"mode": "frozen"}},
        "sync",
    ]
    console.crm.scenario.load({"title": HOSTILE + "x" * 5000, "clock": {"now": "2026-03-02T09:00:00Z"}, "steps": steps})
    page = console.open("panel=scenario")
    for words in (
        "A quiet <b>night</b>.",
        'Before a request like {"method":"GET"} (at most 1 times): the clock moves on by 1s',
        "After 5m: a new stamp for all events, with the same content",
        'A fault: {"status":503} for every request, times 2',
        "The audit finds nothing, notes aside",
    ):
        expect(panel(page)).to_contain_text(words)
    assert panel(page).evaluate("each => each.scrollWidth <= each.clientWidth")
    assert panel(page).evaluate("each => each.textContent.length") < 25_000
