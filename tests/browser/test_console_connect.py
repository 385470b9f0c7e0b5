"""A newcomer connects a client as the page says, and takes the sandbox away in files."""

import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Locator, Page, expect

from mockcrm import Access, Crm, connect, create_app, serving
from mockcrm.crm.kinds.registry import KINDS
from tests.browser.axe import axe
from tests.browser.console import Console, console, lenient_page
from tests.waiting import until

__all__ = ["console", "lenient_page"]

HOSTILE = "<img src=x onerror=alert(1)>\"'&amp;`${1}: - #\t{\\\u202e\u2028\u0085\x7f\ufeff\U0001f4c5"
NINE, TEN = "2026-03-03T09:00:00Z", "2026-03-03T10:00:00Z"


def test_a_newcomer_connects_a_client_by_what_the_page_says(console: Console) -> None:
    console.crm.seed(3)
    page = console.open("panel=connect")
    panel = page.get_by_role("tabpanel", name="Connect")
    expect(panel.get_by_role("heading", name="No client has come yet")).to_be_visible()
    expect(panel).to_contain_text(f"mockcrm reference-client --url {console.crm.url} --state ./sync-state")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    assert copied(page, panel.get_by_role("button", name="Copy address")) == console.crm.url

    commands = panel.locator(".code").filter(has_text="curl")
    assert length_of(copied(page, commands.first.get_by_role("button"))) == 3
    since = copied(page, commands.last.get_by_role("button"))
    assert "/events?since=2026-03-02T09:00:00.000Z&showDeleted=true" in since
    console.crm.clock.advance("1m")
    assert length_of(since) == 3
    expect(panel.get_by_role("row", name="curl 2 GET")).to_contain_text("200 at 09:01:00")
    expect(panel.get_by_role("heading", name="Connect another client")).to_be_visible()

    console.crm.set_dialect(credentials="it's-$ecret", deletions="none", listShape="array")
    expect(panel).to_contain_text("This dialect does not report deletions")
    everything = copied(page, commands.first.get_by_role("button"))
    assert shlex.split(everything)[2:4] == ["-H", "Authorization: Bearer it's-$ecret"]
    assert length_of(everything) == 3


def test_a_calendar_program_subscribes_by_the_address_on_the_page(console: Console) -> None:
    console.crm.events.create(subject="Kickoff", startTime=NINE, endTime=TEN)
    page = console.open("panel=connect")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    address = copied(page, page.get_by_role("button", name="Copy link"))
    assert address == f"{console.url}/calendar.ics"
    assert "SUMMARY:Kickoff" in httpx.get(address).text
    expect(page.get_by_text("Everyone with this address")).not_to_be_visible()


def test_where_the_controls_want_a_token_the_address_has_another(page: Page) -> None:
    with serving(create_app(access=Access(token="open-sesame"))) as url:
        page.add_init_script("sessionStorage.setItem('mockcrm.adminToken', 'open-sesame')")
        page.goto(f"{url}/#panel=connect")
        expect(page.get_by_text("Everyone with this address")).to_be_visible()
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        address = copied(page, page.get_by_role("button", name="Copy link"))
        assert "open-sesame" not in address
        assert httpx.get(address).text.startswith("BEGIN:VCALENDAR")
        assert httpx.get(address.partition("?")[0]).status_code == 401


def test_a_fixture_a_snapshot_and_a_bundle_are_taken_away_and_put_in_again(console: Console, tmp_path: Path) -> None:
    crm = console.crm
    crm.events.create(
        key="odd",
        subject=HOSTILE,
        description=HOSTILE,
        attendees=[{"contactId": 2**63 - 1}],
        startTime=NINE,
        endTime=TEN,
    )
    crm.events.create(subject="All day", allDay=True, startTime="2026-03-04", endTime="2026-03-06", private=True)
    crm.events.create(key="late", subject="Late", visible_after="5m", startTime=NINE, endTime=TEN)
    crm.events.create(key="gone", subject="Gone", startTime=NINE, endTime=TEN)
    crm.events.delete("gone")
    crm.perform(
        {"create": {"kind": "contact", "key": "wile", "set": {"lastName": HOSTILE, "accountId": "acme"}}},
        {"create": {"kind": "account", "key": "acme", "set": {"name": "Acme"}}},
        {"edit": {"kind": "contact", "record": "wile", "set": {"accountId": "acme"}}},
        {"create": {"kind": "lead", "key": "roda", "set": {"lastName": "Runner"}}},
        {"delete": {"kind": "lead", "record": "roda"}},
        {"create": {"kind": "calendar", "key": "team", "set": {"name": "Team"}}},
        {"create": {"key": "plan", "set": {"calendarId": "team", "startTime": NINE, "endTime": TEN}}},
    )
    crm.events.create(subject="Kickoff", attendees=["wile"], relatedTo=["acme"], startTime=NINE, endTime=TEN)
    crm.set_dialect("google")
    page = console.open("panel=connect")
    name = crm.path.rpartition("/")[2]
    files = {kind: taken(page, kind, tmp_path) for kind in ("Fixture", "Snapshot", "Bundle")}
    assert files["Fixture"].name == f"{name}-fixture.yaml"

    loaded = connect(create_app())
    loaded.scenario.load(files["Fixture"])
    assert contents(loaded.events.all()) == contents(event for event in crm.events.all() if not event["deleted"])
    for path, count in (("contacts", 1), ("accounts", 1), ("leads", 0)):
        (first, second) = (contents(records(each, path)) for each in (loaded, crm))
        assert (first, len(first)) == (second, count)
    assert loaded.events.get("late")["visibleAt"] == crm.events.get("late")["visibleAt"]
    assert loaded.dialect()["name"] == "google"
    assert loaded.clock.get() == crm.clock.get()
    replayed = subprocess.run([MOCKCRM, "replay", files["Bundle"]], check=False, capture_output=True, text=True)
    assert "The verdict is the same as in the file." in replayed.stdout

    before = contents(crm.events.all())
    crm.reset(empty=True)
    put_in(page, files["Snapshot"])
    expect(page.get_by_text(f"{name} has started from {files['Snapshot'].name}.")).to_be_visible()
    assert contents(crm.events.all()) == before
    put_in(page, files["Fixture"])
    expect(page.get_by_text(f"{name} has started from {files['Fixture'].name}.")).to_be_visible()
    assert crm.events.get("odd")["attendees"][0]["contactId"] == 2**63 - 1


def test_where_the_crm_refuses_dangling_links_the_fixture_of_a_whole_directory_is_put_in_again(
    console: Console, tmp_path: Path
) -> None:
    crm = console.crm
    crm.set_dialect(references="refuse", calendars="many")
    at: Any = {"startTime": NINE, "endTime": TEN}
    plan: Any = {"calendarId": "team", "relatedTo": ["deal"], "attendees": ["wile"], **at}
    part: Any = {"relatedTo": ["gone", "acme"], "attendees": ["left", "ada"], **at}
    # What is linked is made after what links to it, in any order of kinds and ids.
    crm.perform(
        {"create": {"kind": "contact", "key": "wile", "set": {"lastName": "Coyote"}}},
        {"create": {"kind": "lead", "key": "lead", "set": {"lastName": "Coyote", "convertedContactId": "wile"}}},
        {"create": {"kind": "calendar", "key": "team", "set": {"name": "Team"}}},
        {"create": {"kind": "user", "key": "ada", "set": {"name": "Ada", "emailAddress": "ada@own.example"}}},
        {"create": {"kind": "account", "key": "acme", "set": {"name": "Acme", "ownerId": "ada"}}},
        {"create": {"kind": "account", "key": "gone", "set": {"name": "Gone"}}},
        {"create": {"kind": "contact", "key": "left", "set": {"lastName": "Left", "accountId": "gone"}}},
        {"create": {"kind": "opportunity", "key": "deal", "set": {"name": "Deal", "contactIds": ["wile", "left"]}}},
        {"edit": {"kind": "contact", "record": "wile", "set": {"accountId": "acme", "ownerId": "ada"}}},
        {"edit": {"kind": "calendar", "record": "team", "set": {"ownerId": "ada"}}},
        {"create": {"key": "plan", "set": plan}},
        {"create": {"key": "part", "set": part}},
        {"edit": {"event": "part", "set": {"parentId": "plan"}}},
        {"delete": {"kind": "account", "record": "gone"}},
        {"delete": {"kind": "contact", "record": "left"}},
    )
    page = console.open("panel=connect")
    fixture = taken(page, "Fixture", tmp_path)
    loaded = connect(create_app())
    loaded.scenario.load(fixture)
    for kind in (each for each in KINDS.values() if each.name not in ("event", "calendar")):
        had = contents(records(crm, kind.path))
        assert contents(records(loaded, kind.path)) == [without_dangling(each) for each in had]
    [team] = [each for each in records(loaded, "calendars") if not each["primary"]]
    assert (team["key"], team["ownerId"]) == ("team", crm.ask("GET", "/users/ada")["id"])
    plan, part = (loaded.events.get(key) for key in ("plan", "part"))
    assert (plan["calendarId"], plan["relatedTo"][0]["name"]) == (team["id"], "Deal")
    assert str(part["parentId"]) == plan["id"]
    # What was deleted cannot be linked to in such a CRM: neither its link nor its attendee is in the file.
    assert [each["type"] for each in part["relatedTo"]] == ["Account"]
    assert [each["emailAddress"] for each in part["attendees"]] == ["ada@own.example"]


def test_the_fixture_of_a_crm_with_child_events_leaves_those_to_the_crm(console: Console, tmp_path: Path) -> None:
    crm = console.crm
    crm.set_dialect(childEvents="users", references="refuse")
    for name in ("ada", "ben", "cy"):
        user: Any = {"name": name, "emailAddress": f"{name}@x.example"}
        crm.perform({"create": {"kind": "user", "key": name, "set": user}})
    for day in (5, 3, 4):
        at: Any = {"startTime": f"2026-03-0{day}T09:00:00Z", "endTime": f"2026-03-0{day}T10:00:00Z"}
        crm.events.create(subject=f"Day {day}", attendees=["ben", "cy"], **at)
    fixture = taken(console.open("panel=connect"), "Fixture", tmp_path)
    loaded = connect(create_app())
    loaded.scenario.load(fixture)
    assert len(loaded.events.all()) == 9
    parents = [contents(each for each in of.events.all() if each["parentId"] is None) for of in (loaded, crm)]
    assert parents[0] == parents[1]


def without_dangling(fields: dict[str, Any]) -> dict[str, Any]:
    """A record of the test above without its links to what was deleted there."""
    if fields["key"] == "left":
        return {**fields, "accountId": None}
    return {**fields, "contactIds": fields["contactIds"][:1]} if fields["key"] == "deal" else fields


def test_a_file_that_is_none_of_them_is_refused_before_anything_is_lost(
    console: Console, lenient_page: Page, tmp_path: Path
) -> None:
    console.crm.seed(3)
    page = lenient_page
    page.goto(f"{console.url}/#panel=connect")
    choose(page, tmp_path / "mine.json", '{"format": "mockcrm.trial/1"}')
    dialog = page.get_by_role("dialog", name="This file cannot be put in")
    expect(dialog).to_contain_text("is a mockcrm.trial/1")
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).not_to_be_visible()
    choose(page, tmp_path / "wrong.json", '{"events": [{"subject": 7}], "<b>": 1}')
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"{len(console.crm.changes())} changes, 0 requests of 0 clients")
    dialog.get_by_role("button", name="Start from it").click()
    expect(dialog.get_by_role("alert")).to_contain_text("<b>")
    assert axe(page) == []
    assert len(console.crm.events.all()) == 3


def test_a_client_with_a_hostile_name_and_path_is_shown_as_text(console: Console) -> None:
    name = "<img src=x onerror=alert(1)>\"'" + "n" * 5000
    console.ask("GET", "/<script>" + "p" * 3000, client=name)
    page = console.open("panel=connect")
    row = page.get_by_role("row", name="<img src=x onerror=alert(1)>")
    expect(row).to_contain_text("GET /api/v1/<script>ppp")
    assert len(row.inner_text()) < 300
    assert page.locator(".connecting img").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440


MOCKCRM = Path(sys.executable).with_name("mockcrm")


def taken(page: Page, kind: str, folder: Path) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name=kind, exact=True).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def choose(page: Page, file: Path, text: str) -> None:
    file.write_text(text)
    page.get_by_label("Put in …").set_input_files(file)


def put_in(page: Page, file: Path) -> None:
    page.get_by_label("Put in …").set_input_files(file)
    page.get_by_role("dialog").get_by_role("button", name="Start from it").click()


def copied(page: Page, button: Locator) -> str:
    """What a button copies, once it is in the clipboard."""
    page.evaluate("navigator.clipboard.writeText('')")
    button.click()
    until(lambda: page.evaluate("navigator.clipboard.readText()"))
    text = page.evaluate("navigator.clipboard.readText()")
    assert isinstance(text, str)
    return text


def length_of(command: str) -> int:
    """How many events a `curl` gets; it is run as a shell would read it."""
    words = shlex.split(command)
    assert words[:2] == ["curl", "-s"]
    headers = dict(word.split(": ", 1) for word in words[3:-1:2])
    answer = httpx.get(words[-1], headers={"X-Mockcrm-Client": "curl", **headers}).raise_for_status().json()
    return len(answer["records"] if isinstance(answer, dict) else answer)


def records(crm: Crm, path: str) -> Any:
    """The records of a kind that are not deleted."""
    found: Any = crm.ask("GET", f"/{path}")
    return [each for each in found["records"] if not each["deleted"]]


def contents(events: Any) -> list[dict[str, Any]]:
    """What a fixture file can say of events."""
    lost = {"version", "origin", "deleted", "deletedAt", "visibleAt"}
    return sorted(
        ({k: v for k, v in each.items() if k not in lost} for each in events), key=lambda each: str(each["id"])
    )
