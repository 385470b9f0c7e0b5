"""What the page knows of what clients know, as its modules have it: it is read when the audit says something else."""

from typing import Any

import pytest
from playwright.sync_api import expect

from mockcrm.web.admin import audit as audit_view
from tests.browser.console import MONDAY, Console, console

__all__ = ["console"]

TIMES: Any = {"startTime": "2026-03-03T09:00:00Z", "endTime": "2026-03-03T10:00:00Z"}
IMPORT = """async () => {
  window.knowledge = await import(new URL("data/knowledge.js", document.querySelector("link[rel=icon]").href).href)
}"""
KNOWS = """({event, client, expected}) => {
  const found = window.knowledge.knowledgeOf(event, client || undefined)
  return found.state === expected && found
}"""


def open_page(console: Console) -> None:
    console.open()
    console.page.evaluate(IMPORT)


def knows(console: Console, event: str, expected: str, client: str = "") -> Any:
    """Wait until the page says so, and return all that it says."""
    asked = {"event": event, "client": client, "expected": expected}
    return console.page.wait_for_function(KNOWS, arg=asked).json_value()


def test_the_page_learns_that_a_client_misses_a_meeting_and_begins_anew_after_a_reset(console: Console) -> None:
    event = console.crm.events.create(**TIMES)["id"]
    open_page(console)
    knows(console, event, "neverAsked")
    as_of = console.ask("GET", "/events")["asOf"]
    knows(console, event, "upToDate")
    console.crm.events.edit(event, location="Room 7", stamp="-1h")
    knows(console, event, "pending")
    console.ask("GET", "/events", since=as_of)
    assert knows(console, event, "outOfReach") == {
        "state": "outOfReach",
        "delivered": 1,
        "passedBy": 2,
        "listed": True,
        "until": None,
    }
    console.crm.reset(empty=True)
    console.crm.clock.freeze(MONDAY)
    console.crm.events.create(id=event, **TIMES)
    knows(console, event, "neverAsked")
    console.ask("GET", "/events")
    knows(console, event, "upToDate")


def test_where_time_decides_whether_a_change_is_out_of_reach_the_page_says_until_when(console: Console) -> None:
    event = console.crm.events.create(subject="Kickoff", **TIMES)["id"]
    console.ask("GET", "/events")
    console.crm.clock.advance("1h")
    as_of = console.ask("GET", "/events")["asOf"]
    console.crm.events.edit(event, location="Room 7", stamp="-1h")
    console.ask("GET", "/events", since=as_of)
    page = console.open("panel=audit")
    audit = page.get_by_role("tabpanel")
    expect(audit).to_contain_text("1 change pending")
    expect(audit).to_contain_text("The audit waits until Mon 2 Mar 2026 12:00:00")
    page.get_by_role("button", name="Kickoff, Room 7").click()
    card = page.get_by_role("dialog", name="Kickoff")
    expect(card).to_contain_text("version 2 is pending until Mon 2 Mar 2026 12:00:00")
    console.crm.clock.advance("2h1s")
    expect(card).to_contain_text("version 2 is out of reach: request 3 passed it by.")


def test_the_page_knows_up_to_which_change_it_has_heard(console: Console) -> None:
    console.crm.events.create(**TIMES)
    console.ask("GET", "/events", startAt="2026-06-01T00:00:00Z")
    open_page(console)
    console.page.wait_for_function("() => window.knowledge.knownUpTo.value === 1")
    # Of this change the client learns nothing, so that what it knows stays as it is.
    console.crm.events.create(**TIMES)
    console.page.wait_for_function("() => window.knowledge.knownUpTo.value === 2")


def test_another_client_is_read_once_somebody_asks_about_it(console: Console) -> None:
    event = console.crm.events.create(**TIMES)["id"]
    console.ask("GET", "/events", client="ann")
    console.ask("GET", "/events", client="ben", startAt="2026-06-01T00:00:00Z")
    open_page(console)
    knows(console, event, "upToDate")
    knows(console, event, "neverAsked", "ben")
    knows(console, event, "upToDate", "ann")


def test_where_there_are_more_events_than_an_answer_has_those_are_read_that_are_shown(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_view, "MAX_KNOWN", 1)
    times: Any = {"startTime": "2026-05-03T09:00:00Z", "endTime": "2026-05-03T10:00:00Z"}
    first, later = (console.crm.events.create(**each)["id"] for each in (TIMES, times))
    console.ask("GET", "/events")
    open_page(console)
    knows(console, first, "upToDate")
    knows(console, later, "neverAsked")
    console.page.evaluate("() => { location.hash = 'date=2026-05-03' }")
    knows(console, later, "upToDate")
    knows(console, first, "upToDate")
