"""The calendar of the console: what a person sees of the CRM's events, and does to them."""

import re
from typing import Any

from playwright.sync_api import Browser, FloatRect, Locator, Page, expect

from tests.browser.console import PHONE, Console, console, keep_messages

__all__ = ["console"]

HOUR = 56
"""How high an hour of a week is, in pixels."""
HOSTILE = "<script>alert(1)</script> \"quoted\" 'too' \u202egnitirw \u200f\u05d0 &amp; ${1}"


def meeting(console: Console, subject: str = "Kickoff", day: str = "2026-03-03", hour: int = 9, **fields: Any) -> str:
    """A meeting of an hour in the CRM; its id."""
    fields |= {"subject": subject, "startTime": f"{day}T{hour:02}:00:00Z", "endTime": f"{day}T{hour + 1:02}:00:00Z"}
    return console.crm.events.create(**fields)["id"]


def last_change(console: Console) -> Any:
    return console.crm.changes()[-1]


def shown(page: Page, name: str | re.Pattern[str]) -> Locator:
    """An event in the grid, by what it is called."""
    return page.get_by_role("region", name="Calendar", exact=True).get_by_role("button", name=name)


def drag(page: Page, start: tuple[float, float], by: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    for step in range(1, 9):
        page.mouse.move(start[0] + by[0] * step / 8, start[1] + by[1] * step / 8)
    page.mouse.up()


def box(locator: Locator) -> FloatRect:
    found = locator.bounding_box()
    assert found is not None
    return found


def column_width(page: Page) -> float:
    headers = page.get_by_role("columnheader")
    return box(headers.nth(2))["x"] - box(headers.nth(1))["x"]


def test_it_opens_at_the_sandboxs_now_and_goes_where_a_person_goes(console: Console) -> None:
    meeting(console, "In April", "2026-04-07")
    page = console.open("zone=UTC")
    heading = page.get_by_role("heading", level=2).first
    expect(heading).to_have_text("2 \N{EN DASH} 8 March 2026")
    page.get_by_role("button", name="Next week").click()
    expect(heading).to_have_text("9 \N{EN DASH} 15 March 2026")
    page.get_by_role("button", name="Month", exact=True).click()
    page.get_by_role("button", name="Next month").click()
    expect(shown(page, re.compile("In April"))).to_be_visible()
    page.keyboard.press("t")
    expect(heading).to_have_text("March 2026")
    expect(page).to_have_url(re.compile("view=month"))
    page.go_back()
    expect(heading).to_have_text("April 2026")
    page.keyboard.press("n")
    expect(page.get_by_label("Start (UTC)")).to_have_value("2026-04-01T09:00")
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    console.crm.clock.freeze("2026-06-15T09:00:00Z")
    expect(heading).to_have_text("June 2026")


def test_a_range_that_is_dragged_becomes_an_event_with_attendees_and_links(console: Console) -> None:
    meeting(console)
    page = console.open("zone=UTC")
    nine = box(shown(page, re.compile("Kickoff")))
    drag(page, (nine["x"] + column_width(page) + 20, nine["y"] + 2 * HOUR + 4), (0, 2 * HOUR - 16))
    form = page.get_by_role("dialog", name="New event")
    expect(form.get_by_label("Start (UTC)")).to_have_value("2026-03-04T11:00")
    expect(form.get_by_label("End (UTC)")).to_have_value("2026-03-04T13:00")
    form.get_by_label("Subject").fill("Lunch with Acme")
    form.get_by_role("button", name="Add attendee").click()
    form.get_by_label("E-mail address").fill("ann@acme.example")
    form.get_by_label("Contact id").fill("7001")
    form.get_by_label("Status").select_option("Accepted")
    form.get_by_role("button", name="Add link").click()
    form.get_by_label("Id", exact=True).fill("5001")
    form.get_by_label("Private").check()
    form.get_by_role("button", name="Create").click()
    expect(page.get_by_role("dialog", name="Lunch with Acme")).to_contain_text("ann@acme.example, contact 7001")
    change = last_change(console)
    assert (change["op"], change["origin"]) == ("created", "crm")
    assert change["after"] | {"lastModifiedAt": "", "ownerId": None, "calendarId": ""} == {
        "ownerId": None,
        "calendarId": "",
        "id": change["eventId"], "subject": "Lunch with Acme", "description": None, "location": None,
        "startTime": "2026-03-04T11:00:00.000Z", "endTime": "2026-03-04T13:00:00.000Z",
        "allDay": False, "private": True, "parentId": None, "lastModifiedAt": "",
        "attendees": [{"userId": None, "emailAddress": "ann@acme.example", "contactId": 7001, "status": "Accepted"}],
        "relatedTo": [{"type": "Account", "id": "5001", "name": None}],
    }  # fmt: skip


def test_an_event_is_moved_and_made_longer_by_dragging_and_that_is_undone(console: Console) -> None:
    event = meeting(console)
    keep_messages(console.page)
    page = console.open("zone=UTC")
    place = box(shown(page, re.compile("Kickoff")))
    drag(page, (place["x"] + 20, place["y"] + 20), (column_width(page), 2 * HOUR))
    expect(page.get_by_text("is now on Wed 4 Mar 2026 11:00 \N{EN DASH} 12:00")).to_be_visible()
    assert console.crm.events.get(event)["startTime"] == "2026-03-04T11:00:00.000Z"
    place = box(shown(page, re.compile("Kickoff")))
    page.mouse.move(place["x"] + 20, place["y"] + 20)
    drag(page, (place["x"] + 20, place["y"] + place["height"] - 2), (0, HOUR))
    expect(page.get_by_text("is now on Wed 4 Mar 2026 11:00 \N{EN DASH} 13:00")).to_be_visible()
    assert last_change(console)["before"]["startTime"] == last_change(console)["after"]["startTime"]
    page.keyboard.press("Control+z")
    expect(shown(page, re.compile("Kickoff"))).to_have_css("height", re.compile(r"^5\d"))
    page.get_by_role("button", name="Undo").first.click()
    expect(shown(page, re.compile("Kickoff, Tue 3 Mar 2026 09:00"))).to_be_visible()
    assert console.crm.events.get(event)["startTime"] == "2026-03-03T09:00:00.000Z"


def test_a_message_leaves_the_time_axis_free_and_the_links_of_a_card_stand_in_one_line(console: Console) -> None:
    page = console.open(f"zone=UTC&open=event:{meeting(console)}")
    card = page.get_by_role("dialog", name="Kickoff")
    links = [card.get_by_role("link", name=name) for name in ("Its changes", "Its requests", "On the axis")]
    assert len({box(each)["y"] for each in links}) == 1
    card.get_by_role("button", name="Delete").click()
    undo = box(page.get_by_role("status", name="Messages").get_by_role("button", name="Undo"))
    assert undo["y"] + undo["height"] < box(page.get_by_role("region", name="Time axis"))["y"]


def test_an_event_is_deleted_undone_and_found_in_the_list_to_be_restored(console: Console) -> None:
    keep_messages(console.page)
    event = meeting(console)
    page = console.open(f"zone=UTC&open=event:{event}")
    card = page.get_by_role("dialog", name="Kickoff")
    card.get_by_role("button", name="Delete").click()
    expect(shown(page, re.compile("Kickoff"))).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(shown(page, re.compile("Kickoff"))).to_be_visible()
    console.crm.events.delete(event)
    expect(card.get_by_role("button", name="Restore")).to_be_visible()
    card.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="List", exact=True).click()
    shown(page, re.compile(r"Kickoff.*deleted")).press("Enter")
    card.get_by_role("button", name="Restore").click()
    expect(card.get_by_role("button", name="Edit")).to_be_visible()
    assert console.crm.events.get(event)["deleted"] is False


def test_only_what_was_changed_in_the_form_is_sent_and_a_late_commit_is_staged(console: Console) -> None:
    event = meeting(console, description="As it was", attendees=[{"userId": "u01"}])
    page = console.open(f"zone=UTC&open=event:{event}")
    page.get_by_role("button", name="Edit").click()
    form = page.get_by_role("dialog", name="Edit event")
    form.get_by_label("Location").fill("Room Hopper")
    form.get_by_text("Stage a hazard").click()
    form.get_by_label("Visible only after").fill("5m")
    form.get_by_label("Stamp", exact=True).fill("-2m")
    form.get_by_label("By", exact=True).fill("ann")
    with page.expect_response(lambda answer: answer.request.method == "PATCH") as answer:
        form.get_by_role("button", name="Save").click()
    assert answer.value.request.post_data_json == {
        "location": "Room Hopper",
        "visibleAfter": "5m",
        "stamp": "-2m",
        "by": "ann",
    }
    change = last_change(console)
    assert (change["stamp"][:19], change["by"]) == ("2026-03-02T08:58:00", "ann")
    expect(page.get_by_role("dialog", name="Kickoff")).to_contain_text(
        "Lists show this version from Mon 2 Mar 2026 09:05"
    )


def test_an_edit_made_meanwhile_is_not_overwritten(console: Console) -> None:
    event = meeting(console)
    page = console.open(f"zone=UTC&open=event:{event}")
    page.get_by_role("button", name="Edit").click()
    form = page.get_by_role("dialog", name="Edit event")
    form.get_by_label("Location").fill("Room Hopper")
    console.ask("PATCH", f"/events/{event}", {"subject": "Kickoff, by the client"})
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_role("alert")).to_contain_text("was changed meanwhile: it is version 2 now.")
    expect(form.get_by_label("Subject")).to_have_value("Kickoff, by the client")
    assert console.crm.events.get(event)["location"] is None
    form.get_by_role("button", name="Save").click()
    expect(form).to_have_count(0)
    assert (console.crm.events.get(event)["subject"], console.crm.events.get(event)["location"]) == (
        "Kickoff, by the client",
        "Room Hopper",
    )


def test_what_the_crm_refuses_is_said_beside_the_field(console: Console, browser: Browser) -> None:
    # A page of its own: Chromium complains of every refused call.
    with browser.new_page() as page:
        page.goto(f"{console.url}/#zone=UTC")
        page.get_by_role("button", name="New event").click()
        form = page.get_by_role("dialog", name="New event")
        form.get_by_label("End (UTC)").fill("2026-03-02T08:00")
        form.get_by_role("button", name="Add attendee").click()
        form.get_by_label("Contact id").fill("many")
        form.get_by_role("button", name="Create").click()
        expect(form.get_by_label("Contact id")).to_have_accessible_description(
            "There is no contact with the key 'many'."
        )
        form.get_by_label("Contact id").fill("12")
        form.get_by_role("button", name="Create").click()
        expect(form.get_by_label("End (UTC)")).to_have_accessible_description("Must not be before startTime.")
        expect(form.get_by_label("End (UTC)")).to_have_attribute("aria-invalid", "true")


def test_each_event_shows_what_the_client_knows_of_it(console: Console) -> None:
    known, passed = meeting(console, "Known"), meeting(console, "Passed by", hour=11)
    meeting(console, "Far away", "2026-03-05")
    page = console.open("zone=UTC")
    expect(page.get_by_text("No client has asked yet. Connect one")).to_be_visible()
    interval = {"startAt": "2026-03-03T00:00:00Z", "endAt": "2026-03-04T00:00:00Z"}
    console.ask("GET", "/events", **interval)
    expect(shown(page, re.compile(r"Known.*, up to date"))).to_be_visible()
    console.crm.clock.advance("1m")
    console.crm.events.edit(passed, location="Room Hopper", stamp="-5m")
    console.ask("GET", "/events", since="2026-03-02T09:00:30Z")
    console.crm.clock.advance("1m")
    console.ask("GET", "/events", since="2026-03-02T09:01:00Z")
    expect(shown(page, re.compile(r"Passed by.*, out of reach"))).to_be_visible()
    console.crm.clock.advance("1m")
    console.crm.events.edit(known, location="Room Turing")
    shown(page, re.compile(r"Known.*, pending")).click()
    expect(page.get_by_role("dialog", name="Known")).to_contain_text(
        "sync was delivered version 1; version 2 is pending"
    )
    shown(page, re.compile(r"Passed by")).click()
    card = page.get_by_role("dialog", name="Passed by")
    expect(card).to_contain_text("version 2 is out of reach: request 2 passed it by.")
    card.get_by_role("link", name="request 2").click()
    expect(page).to_have_url(re.compile("open=request%3A2"))
    console.ask("GET", "/events", client="other", **interval)
    page.get_by_label("Client whose knowledge is shown").select_option("other")
    expect(shown(page, re.compile(r"Passed by.*, up to date"))).to_be_visible()


def test_search_finds_an_event_far_away_by_who_is_invited(console: Console) -> None:
    event = meeting(console, "Annual review", "2027-01-11", attendees=[{"emailAddress": "Zoe@acme.example"}])
    meeting(console)
    page = console.open("zone=UTC")
    expect(shown(page, re.compile("Kickoff"))).to_be_visible()  # Until then the page is still being drawn.
    page.keyboard.press("/")
    expect(page.get_by_label("Search events")).to_be_focused()
    page.keyboard.type("zoe@")
    found = page.get_by_role("region", name="Events found")
    expect(found).to_contain_text("1 event found")
    found.get_by_role("link", name=re.compile("Annual review")).click()
    expect(page.get_by_role("dialog", name="Annual review")).to_be_visible()
    expect(shown(page, re.compile("Annual review"))).to_be_in_viewport()
    expect(page).to_have_url(re.compile(rf"open=event%3A{event}.*search=zoe"))
    console.crm.events.edit(event, subject="Yearly review")
    page.get_by_label("Search events").focus()
    expect(found).to_contain_text("Yearly review")


def test_a_zone_moves_what_has_a_time_and_leaves_whole_days(console: Console) -> None:
    meeting(console, "Late call", "2026-03-03", 20)
    console.crm.events.create(subject="Fair", allDay=True, startTime="2026-03-04", endTime="2026-03-05")
    page = console.open("zone=Asia/Tokyo&view=month")
    cells = page.locator("[role=gridcell][data-date='2026-03-04']")
    for subject in ("Late call, Wed 4 Mar 2026 05:00", "Fair"):
        event, cell = box(shown(page, re.compile(subject))), box(cells)
        assert cell["x"] - 4 <= event["x"]
        assert event["x"] + event["width"] <= cell["x"] + cell["width"] + 4
    page.get_by_role("banner").get_by_label("Time zone").select_option("America/New_York")
    late = shown(page, re.compile("Late call, Tue 3 Mar 2026 15:00"))
    expect(late).to_be_visible()
    assert box(late)["x"] < box(cells)["x"]
    assert box(shown(page, re.compile("Fair")))["x"] >= box(cells)["x"] - 4


def test_hostile_texts_are_shown_harmlessly(console: Console) -> None:
    megabyte = "long " * 100_000
    event = meeting(console, HOSTILE, location=HOSTILE, description=megabyte, attendees=[{"emailAddress": HOSTILE}])
    meeting(console, megabyte, "2026-03-04")
    page = console.open(f"zone=UTC&open=event:{event}")
    card = page.get_by_role("dialog", name="<script>")
    expect(card).to_contain_text("<script>alert(1)</script> \"quoted\" 'too'")
    expect(card.get_by_role("button", name="More (of 500,000 characters)")).to_be_visible()
    page.get_by_role("button", name="List", exact=True).click()
    expect(shown(page, re.compile("long long"))).to_be_visible()
    assert page.evaluate("document.body.innerText.length") < 10_000
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    card.get_by_role("button", name="Edit").click()
    form = page.get_by_role("dialog", name="Edit event")
    form.get_by_label("Location").fill("Room Turing")
    form.get_by_role("button", name="Save").click()
    expect(card).to_contain_text("Room Turing")
    assert console.crm.events.get(event)["description"] == megabyte


def test_on_a_phone_it_is_a_day(console: Console) -> None:
    event = meeting(console)
    console.page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # Two whole numbers.
    page = console.open("zone=UTC")
    expect(page.get_by_role("heading", level=2).first).to_have_text("Mon, 2 March 2026")
    expect(page.get_by_role("button", name="Week", exact=True)).to_have_count(0)
    page.goto(f"{console.url}/#zone=UTC&open=event:{event}")
    expect(page.get_by_role("heading", level=2).first).to_have_text("Tue, 3 March 2026")
    card = page.get_by_role("dialog", name="Kickoff")
    expect(card.get_by_role("button", name="Edit")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_week_of_ten_thousand_events_a_quarter_is_drawn_in_part(console: Console) -> None:
    console.crm.seed(10_000, seed=7, from_="2026-01-01T00:00:00Z", to="2026-04-01T00:00:00Z")
    page = console.open("zone=UTC")
    expect(page.get_by_role("button", name=re.compile(r"^\+\d+.* events$")).first).to_be_visible()
    assert page.locator(".grid .crm-event").count() < 400
    page.get_by_role("button", name="Next week").click()
    meeting(console, "Needle", "2026-03-15", 12)
    # On a busy machine, the audit of so much takes its time.
    expect(shown(page, re.compile("Needle"))).to_be_visible()
