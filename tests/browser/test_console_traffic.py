"""Traffic and changes: what clients asked and were given, what changed, and which client knows of it."""

import json
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.console import MONDAY, PHONE, Console, console, keep_shown
from tests.browser.test_console_axis import settled

__all__ = ["console"]

MEETING: Any = {"startTime": "2026-03-03T09:00:00Z", "endTime": "2026-03-03T10:00:00Z"}
LONG = 1_000_000


def rows(page: Page, kind: str) -> Locator:
    return page.get_by_role("list", name=f"{kind}, the newest first").locator("a[data-row]")


def row(page: Page, number: int) -> Locator:
    """The row with a number in the open panel, details included."""
    return page.locator("li.row").filter(has=page.locator(f"a[data-row] >> text=/^{number}$/"))


def fits(page: Page) -> bool:
    """Whether the page as a whole needs no scrolling."""
    whole = "document.documentElement"
    return bool(page.evaluate(f"{whole}.scrollWidth <= innerWidth && {whole}.scrollHeight <= innerHeight"))


def test_without_a_client_the_panel_says_how_to_connect_one(console: Console) -> None:
    page = console.open()
    page.get_by_role("tabpanel").get_by_role("link", name="Connect a client").click()
    expect(page.get_by_role("tab", name="Connect")).to_have_attribute("aria-selected", "true")
    page.get_by_role("tab", name="Changes").click()
    expect(page.get_by_text("Nothing has changed yet")).to_be_visible()


def test_requests_appear_as_they_come_and_one_opens_to_all_that_it_was(console: Console) -> None:
    event = console.crm.events.create(subject="Kickoff", **MEETING)
    page = console.open()
    console.ask("GET", "/events", since=MONDAY)
    expect(row(page, 1)).to_contain_text("since=2026-03-02T09:00:00.000Z")
    expect(row(page, 1)).to_contain_text("200 ok")
    expect(row(page, 1)).to_contain_text("1 event")
    console.ask("PATCH", f"/events/{event['id']}", {"location": "Room Turing"})
    expect(rows(page, "Requests").first).to_contain_text("PATCH")
    expect(row(page, 2)).to_contain_text("change 2")

    row(page, 1).locator("a[data-row]").click()
    details = row(page, 1)
    expect(details).to_contain_text("X-Mockcrm-Client")
    expect(details).to_contain_text("arrived whole")
    details.get_by_role("link", name="change 1").click()
    expect(page).to_have_url(f"{console.url}/#panel=changes&open=change%3A1")
    expect(row(page, 1)).to_contain_text("delivered by request 1")

    console.open("open=request:2")
    expect(row(page, 2)).to_contain_text('"location": "Room Turing"')
    expect(row(page, 2)).to_contain_text("change 2: updated Kickoff")


def test_what_is_copied_as_curl_asks_the_same_again(console: Console) -> None:
    subject = 'Ann\'s "big" $HOME `id` \\ day\nΩ'
    httpx.post(
        f"{console.url}/api/v1/events",
        json={"subject": subject, **MEETING},
        headers={"Authorization": "Bearer secret", "X-Note": 'it\'s "fine" & $so', "X-Empty": ""},
    )
    console.ask("GET", "/events/[1]", näme="a&b=c d+e'f")
    httpx.post(f"{console.url}/api/v1/events", json={"subject": "Big", "description": "é'" * 100_000, **MEETING})
    keep_shown(console.page, 1500)  # What is said for a moment: a machine may be slow.
    page = console.open()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    for number in (1, 2, 3):
        row(page, number).locator("a[data-row]").click()
        row(page, number).get_by_role("button", name="Copy as curl").click()
        expect(row(page, number).get_by_role("button", name="Copied")).to_be_visible()
        command = page.evaluate("navigator.clipboard.readText()")
        subprocess.run(["sh"], input=command, text=True, check=True, timeout=60, capture_output=True)
        asked, again = console.crm.requests.get(number), console.crm.requests.get(number + 3)
        assert (again["method"], again["path"], again["query"], again["body"], again["status"]) == (
            asked["method"], asked["path"], asked["query"], asked["body"], asked["status"],
        )  # fmt: skip
        assert again["headers"].get("X-Note") == asked["headers"].get("X-Note")
        assert again["headers"].get("X-Empty") == asked["headers"].get("X-Empty")
        assert "Authorization" not in again["headers"]
    expect(page.get_by_text("leaves out what the journal masks: Authorization")).to_have_count(0)
    row(page, 1).locator("a[data-row]").click()
    expect(page.get_by_text("leaves out what the journal masks: Authorization")).to_be_visible()


def test_a_filter_leaves_some_requests_and_stands_in_the_address(console: Console) -> None:
    console.crm.faults.add({"status": 503}, name="outage", times=1)
    console.ask("GET", "/events", client="nightly job")
    console.ask("GET", "/events", client="sync")
    console.ask("POST", "/events", {"subject": "Kickoff", **MEETING}, client="sync")
    console.ask("POST", "/events", {"subject": 7}, client="nightly job")
    page = console.open()
    expect(rows(page, "Requests")).to_have_count(4)
    page.get_by_role("button", name="writes").click()
    expect(rows(page, "Requests")).to_have_count(2)
    page.get_by_label("Client", exact=True).select_option("nightly job")
    expect(rows(page, "Requests")).to_have_count(1)
    expect(page.get_by_label("Filter the requests").last).to_have_value('is:writes client:"nightly job"')

    console.open("filter=is:faulted")
    expect(rows(page, "Requests")).to_have_count(1)
    expect(row(page, 1)).to_contain_text("503 failed")
    expect(row(page, 1)).to_contain_text("status: outage")
    row(page, 1).locator("a[data-row]").click()
    expect(row(page, 1)).to_contain_text('"applied": 1')
    row(page, 1).get_by_role("link", name="rule f1, outage").click()
    expect(page.get_by_role("tab", name="Faults")).to_have_attribute("aria-selected", "true")

    page.get_by_role("tab", name="Traffic").click()
    page.get_by_role("searchbox", name="Filter the requests").fill("event.invalid")
    expect(rows(page, "Requests")).to_have_count(1)
    page.get_by_role("searchbox", name="Filter the requests").fill("nothing like it")
    page.get_by_role("link", name="Show all requests").click()
    expect(rows(page, "Requests")).to_have_count(4)


def test_an_answer_that_was_cut_off_delivers_nothing(console: Console) -> None:
    console.crm.events.create(subject="Kickoff", **MEETING)
    console.crm.faults.add({"truncate": {"bytes": 20, "contentLength": "cut"}}, times=1)
    httpx.get(f"{console.url}/api/v1/events")
    page = console.open("open=request:1")
    expect(row(page, 1)).to_contain_text("1 event, not delivered")
    expect(row(page, 1)).to_contain_text("cut off: nothing of it counts as delivered")
    row(page, 1).get_by_role("link", name="change 1").click()
    expect(row(page, 1)).to_contain_text("client: never asked for")
    for kind in ("Request", "Change"):
        console.open(f"panel={'traffic' if kind == 'Request' else 'changes'}&open={kind.lower()}:99")
        expect(page.get_by_role("heading", name=f"{kind} 99 is not there")).to_be_visible()


def test_a_request_under_way_is_shown_so_and_replaced_when_it_is_answered(console: Console) -> None:
    rule = console.crm.faults.add({"delay": "30s"}, times=1)
    page = console.open()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(console.ask, "GET", "/events")
        expect(row(page, 1)).to_contain_text("under way")
        console.crm.faults.remove(rule["id"])
        expect(row(page, 1)).to_contain_text("200 ok")
    expect(rows(page, "Requests")).to_have_count(1)


def test_a_page_leads_to_the_other_pages_of_its_read(console: Console) -> None:
    console.crm.seed(5)
    first = console.ask("GET", "/events", limit=2)
    console.crm.clock.advance("1m")
    second = console.ask("GET", "/events", pageToken=first["nextPageToken"])
    console.ask("GET", "/events", pageToken=second["nextPageToken"])
    page = console.open("open=request:2")
    expect(row(page, 2)).to_contain_text("page 2, this request")
    row(page, 2).get_by_role("link", name="page 3, request 3").click()
    expect(row(page, 3)).to_contain_text("page 3, the last")
    expect(row(page, 3)).to_contain_text("page 3, this request")
    expect(row(page, 3)).to_be_in_viewport()
    mark = page.get_by_role("listitem").filter(has_text="Watermark of sync")
    expect(mark).to_contain_text("none sent yet; next should be 2 Mar 09:00:00.000 (asOf of request 1)")


def test_a_mark_says_where_the_watermark_of_each_client_stands(console: Console) -> None:
    console.crm.events.create(subject="Before", **MEETING)
    console.ask("GET", "/events")
    console.crm.clock.advance("5m")
    console.ask("GET", "/events", since="2026-03-02T09:01:00Z")
    console.ask("GET", "/deletedEvents", since="2026-03-02T09:02:00Z")
    console.crm.events.create(subject="After", **MEETING)
    console.crm.events.create(subject="Back-dated", stamp="-PT1H", **MEETING)
    console.ask("GET", "/events/1", client="other")
    page = console.open("zone=UTC")
    mark = page.get_by_role("listitem").filter(has_text="Watermark of sync")
    expect(mark).to_contain_text("events: 2 Mar 09:01:00.000 (request 2)")
    expect(mark).to_contain_text("deletions: 2 Mar 09:02:00.000 (request 3)")
    expect(mark).to_contain_text("next should be 2 Mar 09:05:00.001 (asOf of request 2)")
    listed = page.get_by_role("list", name="Requests, the newest first").locator("> li").all_inner_texts()
    assert ["Watermark" in each for each in listed] == [False, True, False, False, False]

    page.get_by_role("tab", name="Changes").click()
    expect(rows(page, "Changes")).to_have_count(3)
    listed = page.get_by_role("list", name="Changes, the newest first").locator("> li").all_inner_texts()
    assert [next(word for word in ("Back-dated", "After", "Before", "deletions", "Watermark") if word in each)
            for each in listed] == ["Back-dated", "After", "deletions", "Watermark", "Before"]  # fmt: skip
    expect(row(page, 3)).to_contain_text("stamped before the watermark of sync")
    expect(row(page, 2)).not_to_contain_text("stamped before")


def test_a_change_opens_to_what_was_before_and_what_is_after(console: Console) -> None:
    event = console.crm.events.create(subject="Kickoff", location="Room A", **MEETING)
    console.crm.perform(
        {
            "edit": {
                "event": event["id"],
                "set": {
                    "startTime": "2026-03-03T10:00:00Z",
                    "endTime": "2026-03-03T11:00:00Z",
                    "location": "Room B",
                    "attendees": [{"emailAddress": "ann@acme.example"}],
                },
                "by": "ann",
                "visibleAfter": "10m",
            }
        }
    )
    console.crm.events.create(subject="Another", **MEETING)
    page = console.open(f"panel=changes&filter={event['id']}")
    expect(rows(page, "Changes")).to_have_count(2)
    expect(row(page, 2)).to_contain_text("moved by 1 h; attendee added; location: Room A → Room B")
    expect(row(page, 2)).to_contain_text("in lists from 2 Mar 09:10:00.002")
    row(page, 2).locator("a[data-row]").click()
    table = row(page, 2).get_by_role("table", name="Before and after")
    expect(table.get_by_role("row", name="location ≠ differs Room A Room B")).to_be_visible()
    expect(table.get_by_role("row", name="subject Kickoff Kickoff")).to_be_visible()
    expect(table.get_by_role("row", name="attendees ≠ differs none ann@acme.example: NeedsAction")).to_be_visible()
    expect(row(page, 2)).to_contain_text("of the controls")


def test_a_change_says_which_client_was_given_it(console: Console) -> None:
    crm = console.crm
    event = crm.events.create(subject="Kickoff", **MEETING)
    for client in ("careful", "careless"):
        console.ask("GET", "/events", client=client)
        console.ask("GET", "/events", client=client, since=crm.clock.now().isoformat().replace("+00:00", "Z"))
    crm.clock.advance("5m")
    crm.events.edit(event["id"], location="Room B")
    crm.events.edit(event["id"], location="Room C")
    crm.clock.advance("5m")
    page = console.open("panel=changes")
    expect(row(page, 1)).to_contain_text("careful: delivered")
    for number in (2, 3):
        expect(row(page, number)).to_contain_text("careful: pending")
        expect(row(page, number)).to_contain_text("careless: pending")

    console.ask("GET", "/events", client="careful", since=MONDAY)
    console.ask("GET", "/events", client="careless", since="2026-03-02T09:07:00Z")
    expect(row(page, 2)).to_contain_text("careful: superseded")
    expect(row(page, 3)).to_contain_text("careful: delivered")
    expect(row(page, 3)).to_contain_text("careless: out of reach")
    row(page, 3).locator("a[data-row]").click()
    expect(row(page, 3)).to_contain_text("careful delivered by request 5")
    expect(row(page, 3)).to_contain_text("careless out of reach: request 6 passed it by")

    crm.perform({"edit": {"event": event["id"], "set": {"location": "Room D"}, "visibleAfter": "10m"}})
    console.ask("POST", "/events", {"subject": "Mine", **MEETING}, client="careful")
    page.get_by_role("button", name="2 new changes").click()
    expect(row(page, 4)).to_contain_text("careful: not in lists yet")
    expect(row(page, 5)).to_contain_text("careful: own write")
    expect(row(page, 5)).to_contain_text("careless: pending")


def test_a_reader_of_older_rows_is_told_of_new_ones_and_not_moved(console: Console) -> None:
    for _ in range(24):
        console.ask("GET", "/events/1")
    page = console.open()
    expect(rows(page, "Requests")).to_have_count(24)
    row(page, 5).scroll_into_view_if_needed()
    settled(page)
    place = row(page, 5).bounding_box()
    for _ in range(3):
        console.ask("GET", "/events/1")
    news = page.get_by_role("button", name="3 new requests")
    expect(news).to_be_visible()
    assert row(page, 5).bounding_box() == place
    news.click()
    expect(row(page, 27)).to_be_in_viewport()
    expect(news).to_have_count(0)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#open=request%3A26"))


def test_five_thousand_changes_are_a_list_that_stays_short(console: Console) -> None:
    console.crm.seed(4000)
    # With the people of these events they are not 5,000 yet.
    left = 5000 - console.crm.ask("GET", "/changes", limit="1")["lastSeq"]
    console.crm.perform({"touch": {"events": [each["id"] for each in console.crm.events.all()[:left]]}})
    page = console.open("panel=changes")
    expect(rows(page, "Changes").first).to_contain_text("5000")
    expect(rows(page, "Changes")).to_have_count(200)
    page.get_by_role("button", name="Show more (4,800 older)").click()
    expect(rows(page, "Changes")).to_have_count(400)
    console.open("panel=changes&open=change:4100")
    expect(row(page, 4100)).to_be_in_viewport()
    expect(rows(page, "Changes")).to_have_count(1000)
    drawn = page.evaluate(
        """async () => {
            const input = document.querySelector("#panel input[type=search]")
            const drawn = []
            for (const text of ["a", "an", "ann", "nobody", ""]) {
                input.value = text
                input.dispatchEvent(new InputEvent("input", { bubbles: true }))
                await new Promise((done) => requestAnimationFrame(() => setTimeout(done)))
                drawn.push(document.querySelectorAll("#panel a[data-row]").length)
            }
            return drawn
        }"""
    )
    assert max(drawn) <= 1000, "A letter in the filter has more rows drawn."
    assert drawn[3] == 0


@pytest.mark.parametrize("panel", ["traffic", "changes"])
def test_on_a_phone_nothing_overflows(console: Console, panel: str) -> None:
    event = console.crm.events.create(subject="A subject of many words that goes on and on " * 4, **MEETING)
    console.crm.events.edit(event["id"], description="y" * 3000)
    console.ask("GET", "/events", since=MONDAY, limit=100, client="a client with a long name" * 3)
    console.ask("GET", "/events", client="another")
    console.page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # Two whole numbers.
    page = console.open(f"panel={panel}&open={'change' if panel == 'changes' else 'request'}:2")
    expect(row(page, 2)).to_be_in_viewport()
    assert fits(page)


def test_what_hostile_clients_send_is_shown_harmlessly(console: Console) -> None:
    nasty = '<script>alert(1)</script>"><img src=x onerror=alert(1)> \u202egnp.exe\u0000\u2066'
    event = {"subject": nasty, "description": nasty + "y" * (LONG - 5000), **MEETING}
    console.ask("POST", "/events", event, client="<b>bold</b>")
    httpx.get(f"{console.url}/api/v1/events/%3Cimg%20src=x%20onerror=alert(1)%3E%E2%80%AE%00%FF", params={nasty: nasty})
    headers = {b"X-" + b"a" * 4000: b"z" * 4000, b"X-Bytes": b"\xe9\xff\x01"}
    httpx.request("XSS", f"{console.url}/api/v1/events", headers=headers)
    page = console.open()
    expect(rows(page, "Requests")).to_have_count(3)
    for number in (1, 2, 3):
        row(page, number).locator("a[data-row]").click()
        expect(row(page, number)).to_contain_text("Headers")
        assert fits(page)
    row(page, 1).locator("a[data-row]").click()
    body = row(page, 1).locator("pre.long-text").last
    expect(body).to_contain_text("<script>alert(1)</script>")
    expect(body).to_contain_text("⟨U+202E⟩")
    assert len(body.inner_text()) < 5000
    row(page, 1).get_by_role("button", name="Show all (").last.click()
    expect(row(page, 1)).to_contain_text("The first 200,000 of")
    page.get_by_role("tab", name="Changes").click()
    row(page, 1).locator("a[data-row]").click()
    expect(row(page, 1).get_by_role("table")).to_contain_text("⟨U+202E⟩")
    assert fits(page)
    assert page.locator("#panel img, #panel script, #panel b").count() == 0
    assert len(json.dumps(page.locator("#panel").inner_text())) < 50_000


def test_requests_that_came_faster_than_the_page_reads_are_counted_and_shown_on_demand(console: Console) -> None:
    console.crm.events.create(subject="Kickoff", **MEETING)
    console.ask("GET", "/events")
    page = console.open()
    expect(rows(page, "Requests")).to_have_count(1)
    held: list[Route] = []
    page.route("**/admin/feed*", lambda route: held.append(route))  # noqa: PLW0108  It is given an attribute.
    while not held:  # All before the one that is held are answered.
        page.evaluate("() => new Promise(requestAnimationFrame)")
    with httpx.Client(base_url=f"{console.url}/api/v1") as client, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: client.get("/events", params={"limit": 1}), range(220)))
    read: list[str] = []
    page.on("request", lambda request: read.append(request.url) if "/admin/requests" in request.url else None)
    page.unroute("**/admin/feed*")
    gap = page.get_by_role("listitem").filter(has_text="requests are not shown.")
    expect(gap).to_contain_text("170 requests")
    assert read == []
    gap.get_by_role("button", name="Show them").click()
    expect(gap).to_have_count(0)
    page.get_by_role("button", name="Show more (21 older)").click()
    expect(rows(page, "Requests")).to_have_count(221)
