"""The records: people and companies, their pages, their links, and their meetings."""

from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.console import PHONE, Console, console, lenient_page

__all__ = ["console", "lenient_page"]


@pytest.fixture
def acme(console: Console) -> Any:
    """A company with two contacts; she is in two meetings, by her address and by a link. The id of each by its name."""
    ids: dict[str, str] = {}

    def made(called: str, path: str, **fields: Any) -> None:
        answer = httpx.post(f"{console.url}/admin/{path}", json=fields)
        assert answer.status_code == 201, answer.text
        ids[called] = answer.json()["id"]

    made("account", "accounts", name="Acme", domain="acme.example")
    for first, last in (("Wile", "Coyote"), ("Roda", "Runner")):
        address = f"{first.lower()}@acme.example"
        made(first, "contacts", firstName=first, lastName=last, emailAddress=address, accountId=ids["account"])
    at = {"startTime": "2026-03-03T09:00:00Z", "endTime": "2026-03-03T10:00:00Z"}
    later = {"startTime": "2026-03-12T09:00:00Z", "endTime": "2026-03-12T10:00:00Z"}
    made("kickoff", "events", subject="Kickoff", attendees=[{"emailAddress": "WILE@acme.example"}], **at)
    made("review", "events", subject="Review", relatedTo=[{"type": "Contact", "id": ids["Wile"]}], **later)
    made("lunch", "events", subject="Lunch", attendees=[{"emailAddress": "roda@acme.example"}], **at)
    return ids


def panel(page: Page) -> Locator:
    return page.get_by_role("tabpanel", name="Records")


def test_a_contact_is_found_and_her_page_leads_to_her_company_and_to_each_of_her_meetings(
    console: Console, acme: Any
) -> None:
    page = console.open("panel=records")
    panel(page).get_by_role("searchbox").fill("wile")
    people = panel(page).get_by_role("list", name="Contacts").get_by_role("link")
    expect(people).to_have_count(1)
    people.click()
    expect(panel(page).get_by_role("heading", name="Wile Coyote")).to_be_visible()
    meetings = panel(page).get_by_role("list", name="Meetings").get_by_role("link")
    expect(meetings).to_have_text(["Kickoff", "Review"])
    # It is another week: the calendar goes there, and her page stays.
    meetings.nth(1).click()
    expect(page.get_by_role("dialog", name="Review")).to_be_visible()
    expect(meetings).to_have_count(2)
    page.get_by_role("dialog", name="Review").get_by_role("link", name="Wile Coyote").click()
    expect(panel(page).get_by_role("heading", name="Wile Coyote")).to_be_visible()

    panel(page).get_by_role("link", name="Acme", exact=True).click()
    expect(panel(page).get_by_role("list", name="Contacts").get_by_role("link")).to_have_count(2)
    page.go_back()
    expect(panel(page).get_by_role("heading", name="Wile Coyote")).to_be_visible()
    # A meeting that a colleague makes now is there at once.
    console.crm.events.create(
        subject="Call",
        startTime="2026-03-04T09:00:00Z",
        endTime="2026-03-04T10:00:00Z",
        attendees=[{"emailAddress": "wile@acme.example"}],
    )
    expect(meetings).to_have_text(["Kickoff", "Call", "Review"])


def test_an_edit_by_the_form_is_in_the_change_log_and_a_deleted_record_comes_back(console: Console, acme: Any) -> None:
    page = console.open(f"panel=records&record=contact:{acme['Wile']}")
    panel(page).get_by_role("button", name="Edit").click()
    form = page.get_by_role("dialog", name="Edit contact")
    form.get_by_label("Job title").fill("Chief of traps")
    form.get_by_label("Other email addresses").fill("w@acme.example\ncoyote@acme.example")
    form.get_by_label("Account").fill("none")
    form.get_by_role("button", name="Save").click()
    expect(panel(page)).to_contain_text("Chief of traps")
    expect(panel(page)).to_contain_text("not there")
    panel(page).get_by_role("link", name="Its changes (2)").click()
    newest = page.get_by_role("list", name="Changes, the newest first").get_by_role("listitem").first
    expect(newest).to_contain_text("Wile Coyote")
    expect(newest).to_contain_text("jobTitle: none → Chief of traps")
    expect(newest).to_contain_text("in the CRM")
    newest.locator("a[data-row]").click()
    expect(page.get_by_role("table", name="Before and after")).to_contain_text("coyote@acme.example")
    page.get_by_role("link", name="Show the contact").click()

    panel(page).get_by_role("button", name="Delete").click()
    expect(panel(page).get_by_text("deleted", exact=True)).to_be_visible()
    panel(page).get_by_role("button", name="Restore").click()
    expect(panel(page).get_by_role("button", name="Delete")).to_be_visible()


def test_by_keyboard_a_record_is_refused_and_then_created(console: Console, acme: Any, lenient_page: Page) -> None:
    page = Console(console.crm, console.url, lenient_page).open("panel=records&record=opportunity")
    panel(page).get_by_role("button", name="New opportunity").press("Enter")
    form = page.get_by_role("dialog", name="New opportunity")
    form.get_by_label("Stage").fill("Proposal")
    form.get_by_label("Amount").fill("12000.5")
    with page.expect_response(lambda answer: answer.request.method == "POST" and answer.status == 422):
        form.get_by_label("Stage").press("Enter")
    expect(form.get_by_role("alert")).to_contain_text("name")
    form.get_by_label("Name (required)").fill("Traps")
    form.get_by_label("Account").fill(acme["account"])
    expect(form).to_contain_text("Acme")
    form.get_by_label("Name (required)").press("Enter")
    expect(panel(page).get_by_role("heading", name="Traps")).to_be_visible()
    expect(panel(page)).to_contain_text("12,000.5")
    page.go_back()
    # The page follows the address a moment later, and a key that is pressed before would go to what is shown still.
    traps = panel(page).get_by_role("list", name="Opportunities").get_by_role("link", name="Traps")
    expect(traps).to_be_visible()
    page.keyboard.press("j")
    expect(traps).to_be_focused()
    page.keyboard.press("Enter")
    expect(panel(page).get_by_role("heading", name="Traps")).to_be_focused()


def test_changes_of_other_kinds_break_neither_the_axis_nor_the_calendar(console: Console, acme: Any) -> None:
    console.ask("GET", "/events")
    console.ask("GET", "/contacts")
    console.ask("PATCH", f"/contacts/{acme['Roda']}", {"phone": "123"})
    page = console.open("panel=changes")
    changes = page.get_by_role("list", name="Changes, the newest first").get_by_role("listitem")
    expect(changes).to_have_count(7)
    page.get_by_role("button", name="records", exact=True).click()
    expect(changes).to_have_count(4)
    expect(changes.first).to_contain_text("Roda Runner phone: none → 123")
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    page.get_by_role("link", name="Axis").click()
    axis = page.get_by_role("list", name="What happened, the newest first")
    expect(axis).to_contain_text("changed “Roda Runner”")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_contact_that_was_delivered_is_not_taken_for_the_event_with_the_same_id(console: Console, acme: Any) -> None:
    assert acme["Wile"] == acme["kickoff"]
    console.ask("GET", "/contacts", since="2026-03-02T09:00:00.000Z")
    page = console.open("panel=traffic")
    request = page.get_by_role("list", name="Requests, the newest first").get_by_role("listitem").first
    expect(request).to_contain_text("2 contacts")
    request.locator("a[data-row]").click()
    expect(request.get_by_role("link", name="Wile Coyote")).to_be_visible()
    expect(request.get_by_role("link", name="Kickoff")).to_have_count(0)
    page.get_by_role("tab", name="Changes").click()
    kickoff = page.get_by_role("listitem").filter(has_text="Kickoff")
    expect(kickoff).to_contain_text("sync: never asked for")
