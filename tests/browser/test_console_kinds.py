"""Records of all kinds on the page: what clients know of them, whose events are shown, who an attendee may be."""

from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import axe
from tests.browser.console import PHONE, Console, console

__all__ = ["console"]

TEAM = "\u2068Team\u2069"
"""A name within a sentence: its direction does not turn what follows."""


def made(console: Console, path: str, **fields: Any) -> str:
    answer = httpx.post(f"{console.url}/admin/{path}", json=fields)
    assert answer.status_code == 201, answer.text
    record_id: str = answer.json()["id"]
    return record_id


def at(day: int) -> dict[str, Any]:
    return {"startTime": f"2026-03-0{day}T09:00:00Z", "endTime": f"2026-03-0{day}T10:00:00Z"}


@pytest.fixture
def office(console: Console) -> dict[str, str]:
    """Two users, a second calendar, and three events: of whom and where, their subjects say. The id of each by name."""
    console.crm.set_dialect(calendars="many")
    ids = {name: made(console, "users", name=name, emailAddress=f"{name}@own.example") for name in ("Ada", "Ben")}
    ids["Team"] = made(console, "calendars", name="Team")
    ids["kickoff"] = made(console, "events", subject="Kickoff of Ada", **at(3))
    ids["review"] = made(console, "events", subject="Review of Ben", ownerId=ids["Ben"], **at(4))
    ids["lunch"] = made(console, "events", subject="Lunch of Ben", ownerId=ids["Ben"], calendarId=ids["Team"], **at(5))
    return ids


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("list", name="Contacts").get_by_role("listitem").filter(has_text=name)


def test_what_a_client_knows_of_each_contact_stands_in_words_in_the_list_and_on_its_page(console: Console) -> None:
    known, older = (made(console, "contacts", lastName=name) for name in ("Coyote", "Runner"))
    console.ask("GET", "/events", client="other")
    as_of = console.ask("GET", "/contacts")["asOf"]
    console.crm.perform(
        {"edit": {"kind": "contact", "record": older, "set": {"phone": "1"}, "stamp": "-1h"}},
        {"create": {"kind": "contact", "set": {"lastName": "Bunny"}, "stamp": "-1h"}},
    )
    console.ask("GET", "/contacts", since=as_of)
    made(console, "contacts", lastName="Fudd")

    page = console.open("panel=records&record=contact&client=sync")
    expect(row(page, "Runner")).to_contain_text("older version known, out of reach")
    expect(row(page, "Bunny")).to_contain_text("not known, out of reach")
    expect(row(page, "Fudd")).to_contain_text("not known, pending")
    expect(row(page, "Coyote").get_by_text("known", exact=True)).to_be_visible()
    # The list follows what the client asks next, and another client can be chosen.
    console.ask("GET", "/contacts")
    expect(row(page, "Fudd").get_by_text("known", exact=True)).to_be_visible()
    panel = page.get_by_role("tabpanel", name="Records")
    panel.get_by_label("Client whose knowledge is shown").select_option("other")
    expect(panel).to_contain_text("other has never asked for contacts.")
    expect(row(page, "Coyote").get_by_text("known", exact=True)).to_have_count(0)

    console.crm.perform({"edit": {"kind": "contact", "record": known, "set": {"phone": "2"}}})
    page = console.open(f"panel=records&record=contact:{known}")
    knows = panel.get_by_role("list").filter(has_text="other")
    expect(knows).to_contain_text(
        "sync was delivered version 1; version 2 is pending: a later read can still bring it."
    )
    expect(knows).to_contain_text("other has never asked for contacts.")
    page.get_by_role("tab", name="Changes").click()
    change = page.get_by_role("list", name="Changes, the newest first").get_by_role("listitem").first
    expect(change).to_contain_text("sync: pending")
    expect(change).to_contain_text("other: never asked for")


def test_the_calendar_is_limited_to_one_calendar_or_owner_by_an_address_that_can_be_shared(
    console: Console, office: dict[str, str]
) -> None:
    page = console.open()
    grid = page.locator(".calendar .grid")
    subjects = grid.locator(".name")
    expect(subjects).to_have_text(["Kickoff of Ada", "Review of Ben", "Lunch of Ben"])
    limits = page.get_by_role("group", name="Which events are shown")
    limits.get_by_label("Owner").select_option("Ben")
    expect(subjects).to_have_text(["Review of Ben", "Lunch of Ben"])
    limits.get_by_label("Calendar").select_option("Team")
    expect(subjects).to_have_text(["Lunch of Ben"])
    page.reload()
    expect(subjects).to_have_text(["Lunch of Ben"])
    # What a colleague does is followed, within the limit; a new event lies where it is seen.
    console.crm.events.edit(office["kickoff"], calendarId=office["Team"], ownerId=office["Ben"])
    expect(subjects).to_have_text(["Kickoff of Ada", "Lunch of Ben"])
    page.get_by_role("button", name="New event").click()
    form = page.get_by_role("dialog", name="New event")
    form.get_by_label("Subject").fill("Made here")
    form.get_by_role("button", name="Create").click()
    expect(subjects).to_have_text(["Made here", "Kickoff of Ada", "Lunch of Ben"])
    assert axe(page) == []
    limits.get_by_role("button", name="Show all").click()
    expect(subjects).to_have_count(4)
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_event_shows_its_calendar_and_owner_and_who_has_an_attendees_address(
    console: Console, office: dict[str, str]
) -> None:
    contact = made(console, "contacts", lastName="Coyote", emailAddress="wile@acme.example")
    made(console, "leads", lastName="Wile E.", otherEmailAddresses=["wile@acme.example"])
    attendees = [{"emailAddress": "WILE@acme.example"}, {"emailAddress": "<b>@x.example"}, {"contactId": int(contact)}]
    httpx.patch(f"{console.url}/admin/events/{office['lunch']}", json={"attendees": attendees}).raise_for_status()
    page = console.open(f"open=event:{office['lunch']}")
    card = page.get_by_role("dialog", name="Lunch of Ben")
    expect(card.get_by_role("link", name="Team")).to_be_visible()
    expect(card.get_by_role("link", name="Ben", exact=True)).to_be_visible()
    first, second, third = card.get_by_role("listitem").all()[-3:]
    expect(first).to_contain_text("same address: contact Coyote, lead Wile E.")
    expect(second).not_to_contain_text("same address")
    expect(third).not_to_contain_text("same address")
    first.get_by_role("link", name="Coyote").click()
    panel = page.get_by_role("tabpanel", name="Records")
    expect(panel.get_by_role("heading", name="Coyote")).to_be_visible()
    # Once nobody has that address any more, nothing is said.
    for path, field, value in (("contacts", "emailAddress", None), ("leads", "otherEmailAddresses", [])):
        [record] = httpx.get(f"{console.url}/admin/{path}").json()["records"]
        httpx.patch(f"{console.url}/admin/{path}/{record['id']}", json={field: value}).raise_for_status()
    expect(card).not_to_contain_text("same address")


def test_an_event_that_leaves_a_calendar_was_moved_and_not_deleted(console: Console, office: dict[str, str]) -> None:
    as_of = console.ask("GET", "/events")["asOf"]
    console.crm.events.edit(office["kickoff"], calendarId=office["Team"])
    console.ask("GET", "/events", since=as_of, showDeleted="true")
    page = console.open("panel=changes")
    change = page.get_by_role("list", name="Changes, the newest first").get_by_role("listitem").first
    expect(change).to_contain_text(f"moved to {TEAM}")
    expect(change).to_contain_text("sync: delivered")
    page.get_by_role("tab", name="Traffic").click()
    requests = page.get_by_role("list", name="Requests, the newest first").get_by_role("listitem")
    request = requests.filter(has_text="showDeleted")
    request.locator("a[data-row]").click()
    expect(request).to_contain_text(f"version 2, tombstone: it was moved to {TEAM}")
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    page.get_by_role("link", name="Axis", exact=True).click()
    axis = page.get_by_role("list", name="What happened, the newest first")
    expect(axis).to_contain_text(f"moved “Kickoff of Ada” to {TEAM}")


def test_a_fault_rule_is_for_the_requests_about_one_contact(console: Console) -> None:
    contact = made(console, "contacts", lastName="Coyote")
    page = console.open("panel=faults")
    page.get_by_text("A rule of your own").click()
    requests = page.get_by_role("group", name="To which requests")
    requests.get_by_label("kind").select_option("contact")
    requests.get_by_label("recordId").fill(contact)
    page.get_by_role("button", name="Add the rule").click()
    expect(page.get_by_role("tabpanel")).to_contain_text(f"kind contact · recordId {contact}")
    console.ask("GET", f"/contacts/{contact}")
    assert console.ask("GET", f"/contacts/{contact}")["lastName"] == "Coyote"
    [rule] = console.crm.faults.all()
    assert rule["applied"] == 1
