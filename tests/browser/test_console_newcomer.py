"""From the first look to "I moved a meeting, my client missed it, and here is why", with nothing but what is seen."""

import re
from typing import Any

from playwright.sync_api import expect

from tests.browser.console import Console, console

__all__ = ["console"]

LATE = "2026-03-03T09:00:00Z", "2026-03-03T10:00:00Z"


def test_a_newcomer_stages_a_late_commit_and_sees_what_the_client_missed(console: Console) -> None:
    start, end = LATE
    people: list[Any] = [{"emailAddress": f"guest{number}@acme.example"} for number in range(12)]
    console.crm.events.create(subject="Kickoff", startTime=start, endTime=end, attendees=people)
    console.ask("GET", "/events", client="a script by hand")
    console.ask("GET", "/events", client="naive")
    page = console.open("zone=UTC")
    calendar = page.get_by_role("region", name="Calendar", exact=True)
    calendar.get_by_role("button", name=re.compile("Kickoff")).click()
    card = page.get_by_role("dialog", name="Kickoff")
    expect(card.get_by_role("button", name="Edit")).to_be_in_viewport(ratio=1)
    card.get_by_role("button", name="Edit").click()
    form = page.get_by_role("dialog", name="Edit event")
    expect(form.get_by_text("Stage a hazard")).to_be_in_viewport()
    form.get_by_text("Stage a hazard").click()
    form.get_by_label("Visible only after").fill("5m")
    form.get_by_label("Location").fill("Room Hopper")
    form.get_by_role("button", name="Save").click()
    expect(card).to_contain_text("naive was delivered version 1; version 2 is pending: lists do not show it yet.")

    console.crm.clock.advance("1m")
    since = console.ask("GET", "/events", client="naive")["asOf"]
    console.crm.clock.advance("10m")
    expect(card).to_contain_text("version 2 is pending: a later read can still bring it.")
    page.get_by_role("link", name="Verdict: passed").click()
    audit = page.get_by_role("tabpanel", name="Audit")
    expect(audit).to_contain_text("2 changes pending")
    expect(audit).to_contain_text("Let the client sync again.")
    expect(audit).not_to_contain_text("The audit waits until")

    console.ask("GET", "/events", client="naive", since=since)
    expect(page.get_by_label("Client whose knowledge is shown")).to_have_value("naive")
    expect(calendar.get_by_role("button", name=re.compile("Kickoff.*, out of reach"))).to_be_visible()
    page.get_by_role("tab", name="Traffic").click()
    expect(page.get_by_role("tabpanel", name="Traffic").get_by_text("✕ change.outOfReach")).to_have_count(1)
