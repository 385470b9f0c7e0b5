"""`/calendar.ics`: what a calendar program sees of a sandbox, and who may read it (contract, section 6)."""

import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from ical.calendar_stream import IcsCalendarStream
from ical.event import Event

from mockcrm import Access, Crm as Controls, connect, create_app, serving
from mockcrm.base.wsgi import call_app
from mockcrm.crm.ics import writing
from mockcrm.web import calendar_feed
from mockcrm.web.streaming import CHUNK
from tests.processes import served
from tests.samples import TIMES
from tests.served import BOTH, Crm, error

FEED = "/calendar.ics"
TOKEN = "open-sesame"


def events(answer: httpx.Response) -> list[Event]:
    assert answer.status_code == 200, answer.text
    return IcsCalendarStream.calendar_from_ics(answer.text).events


def subscribed(crm: Crm, **headers: str) -> httpx.Response:
    return crm.http.get(crm.path + FEED, headers=headers)


@BOTH
def test_a_calendar_program_follows_the_crm(crm: Crm) -> None:
    assert events(subscribed(crm)) == []
    kickoff, lunch = crm.create(subject="Kickoff"), crm.create(subject="Lunch")
    first = subscribed(crm)
    assert first.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert {each.uid: each.summary for each in events(first)} == {
        f"{event['id']}@{crm.path.rpartition('/')[2]}.mockcrm": event["subject"] for event in (kickoff, lunch)
    }
    again = subscribed(crm, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])

    crm.act({"edit": {"event": kickoff["id"], "set": {"location": "Room 7"}, "visibleAfter": "1h"}})
    crm.api("DELETE", f"/events/{lunch['id']}")
    assert crm.events()[0]["location"] is None
    (found,) = events(subscribed(crm, **{"If-None-Match": first.headers["ETag"]}))
    assert (found.uid, found.sequence, found.location) == (events(first)[0].uid, 2, "Room 7")


def test_only_if_none_match_is_a_condition(crm: Crm) -> None:
    headers = {"If-Match": '"x"', "If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT", "Range": "bytes=0-3"}
    assert events(subscribed(crm, **headers)) == []


def test_an_edit_that_keeps_the_stamp_is_news_too(crm: Crm) -> None:
    event = crm.create(subject="Kickoff")
    before = subscribed(crm).headers["ETag"]
    crm.controls.events.edit(event["id"], subject="Moved", bump=False)
    assert subscribed(crm).headers["ETag"] != before


@BOTH
def test_nobody_notes_that_it_was_asked(crm: Crm) -> None:
    crm.create()
    crm.controls.faults.add({"status": 503})
    before = crm.everything()
    requests, bundle = crm.controls.requests.all(), crm.admin("GET", "/replay").json()
    answer = subscribed(crm, **{"X-Mockcrm-Client": "spy"})
    assert len(events(answer)) == 1
    assert answer.headers["X-Request-Id"].startswith("o")
    assert crm.everything() == before
    assert crm.controls.requests.all() == requests
    assert crm.admin("GET", "/replay").json() == bundle
    assert "spy" not in [each["client"] for each in crm.admin("GET", "/audit").json()["clients"]]


@BOTH
def test_it_is_a_file_that_only_its_reader_keeps(crm: Crm) -> None:
    crm.create()
    answer = subscribed(crm)
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["Content-Disposition"] == f'inline; filename="{crm.path.rpartition("/")[2]}.ics"'
    head = crm.http.head(crm.path + FEED)
    assert (head.status_code, head.content, head.headers["ETag"]) == (200, b"", answer.headers["ETag"])
    allowed = error(crm.http.post(crm.path + FEED), 405, "method.notAllowed")
    assert allowed == {}
    error(crm.http.get(f"{crm.path}{FEED}?since=0"), 400, "query.invalid")
    error(crm.http.get("/sandboxes/nobodys/calendar.ics"), 404, "sandbox.notFound")


@BOTH
def test_a_text_of_a_stranger_s_is_text(crm: Crm) -> None:
    evil = "Hi\r\nEND:VEVENT\r\nBEGIN:VALARM\nACTION:EMAIL\u2028X:1\x85\x00;,\\N"
    people = [{"emailAddress": f"a@b.example\r\nX-EVIL:1{evil}"}]
    crm.create(subject=evil, description=evil * 10_000, location=evil, attendees=people)
    (found,) = events(subscribed(crm))
    lines = subscribed(crm).text.split("\r\n")
    assert [line for line in lines if line.startswith(("END:", "BEGIN:", "X-EVIL", "ACTION"))] == [
        *("BEGIN:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "END:VCALENDAR")
    ]
    assert (found.alarm, len(found.attendees)) == ([], 1)
    assert (found.summary or "").startswith("Hi\nEND:VEVENT\nBEGIN:VALARM")


# The mailbox


@BOTH
def test_the_mailbox_is_the_sandbox_of_that_name(http: httpx.Client) -> None:
    error(http.get("/mailbox.ics"), 404, "sandbox.notFound")
    with connect(str(http.base_url)).create("mailbox") as mailbox:
        mailbox.clock.freeze("2026-03-02T09:00:00Z")
        mailbox.events.create(subject="Dentist", **TIMES)
        answer = http.get("/mailbox.ics")
        assert [each.summary for each in events(answer)] == ["Dentist"]
        assert answer.content == http.get("/sandboxes/mailbox/calendar.ics").content
        assert answer.headers["Date"] == "Mon, 02 Mar 2026 09:00:00 GMT"
        error(http.get("/sandboxes/mailbox/mailbox.ics"), 404, "path.notFound")
        assert "Did you mean /mailbox.ics?" in http.get("/sandboxes/default/mailbox.ics").json()["message"]
    error(http.get("/mailbox.ics"), 404, "sandbox.notFound")


# Who may read it


@pytest.fixture(scope="module", params=["threaded", "gunicorn"])
def guarded(request: pytest.FixtureRequest) -> Iterator[Controls]:
    """A server whose controls want a token, with the sandbox `mine`."""
    if request.param == "gunicorn":
        with served("--count", "3", "--admin-token", TOKEN) as running:
            yield with_mine(running.url)
    else:
        with serving(create_app(access=Access(token=TOKEN))) as url:
            yield with_mine(url)


def with_mine(url: str) -> Controls:
    controls = connect(url, token=TOKEN)
    controls.create("mine").events.create(subject="Kickoff", **TIMES)
    return controls


def address(controls: Controls, name: str) -> str:
    """Where a person learns to subscribe."""
    shown = httpx.get(f"{root(controls)}/admin/sandboxes/{name}", headers={"Authorization": f"Bearer {TOKEN}"}).json()
    return f"{root(controls)}{shown['calendar']}"


def root(controls: Controls) -> str:
    return controls.url.partition("/sandboxes/")[0]


def test_an_address_with_a_token_of_its_own_opens_one_calendar_and_nothing_else(guarded: Controls) -> None:
    url, mine = root(guarded), address(guarded, "mine")
    assert [each.summary for each in events(httpx.get(mine))] == ["Kickoff"]
    assert httpx.get(mine, headers={"Host": "evil.example"}).status_code == 403
    assert httpx.get(mine, headers={"Origin": "null"}).status_code == 403
    token = urlsplit(mine).query
    bearer = {"Authorization": f"Bearer {token.removeprefix('token=')}"}
    assert TOKEN not in token
    for path in (FEED, "/mailbox.ics", "/sandboxes/nobodys/calendar.ics", f"/sandboxes/mine{FEED}?{token}x"):
        error(httpx.get(f"{url}{path}{'' if '?' in path else '?'}{token}"), 401, "credentials.invalid")
    error(httpx.get(f"{mine}&{token}"), 401, "credentials.invalid")
    error(httpx.get(f"{url}/sandboxes/mine{FEED}", headers=bearer), 401, "credentials.invalid")
    for path in ("/admin/clock", "/sandboxes/mine/admin/clock", "/sandboxes/mine/admin/events"):
        error(httpx.get(f"{url}{path}?{token}"), 401, "credentials.missing")
        error(httpx.get(f"{url}{path}", headers=bearer), 401, "credentials.invalid")


def test_without_the_address_it_is_shut_but_to_the_admin(guarded: Controls) -> None:
    url = root(guarded)
    for path in (FEED, f"/sandboxes/mine{FEED}", "/sandboxes/nobodys/calendar.ics", "/mailbox.ics"):
        error(httpx.get(f"{url}{path}"), 401, "credentials.missing")
        error(httpx.get(f"{url}{path}?token="), 401, "credentials.invalid")
        error(httpx.get(f"{url}{path}?token=%ff%00ü"), 401, "credentials.invalid")
    admin = {"Authorization": f"Bearer {TOKEN}"}
    assert len(events(httpx.get(f"{url}/sandboxes/mine{FEED}", headers=admin))) == 1
    error(httpx.get(f"{url}/mailbox.ics", headers=admin), 404, "sandbox.notFound")


def test_the_address_of_the_mailbox_opens_both_of_its_paths(guarded: Controls) -> None:
    with guarded.create("mailbox"):
        query = urlsplit(address(guarded, "mailbox")).query
        assert events(httpx.get(f"{root(guarded)}/mailbox.ics?{query}")) == []
    error(httpx.get(f"{root(guarded)}/mailbox.ics?{query}"), 404, "sandbox.notFound")


def asked(access: Access, path: str = FEED, **headers: str) -> int:
    return call_app(create_app(access=access), "GET", path, headers, b"").status


def test_an_address_holds_as_long_as_the_admin_token() -> None:
    query = Access(token=TOKEN).calendar_query("default")
    assert asked(Access(token=TOKEN), FEED + query) == 200
    assert asked(Access(token=f"{TOKEN}!"), FEED + query) == 401
    assert Access(token=TOKEN).calendar_query("mine") != query
    assert asked(Access(), FEED + query) == 200
    assert Access().calendar_query("default") == ""


def test_where_the_controls_are_shut_it_is_shut() -> None:
    query = Access(token=TOKEN).calendar_query("default")
    assert asked(Access(token=TOKEN, closed=True), FEED + query, Authorization=f"Bearer {TOKEN}") == 403
    assert asked(Access(closed=True)) == 403
    assert asked(Access(), Host="evil.example") == 403
    assert asked(Access(hosts=frozenset({"crm.test"})), Host="crm.test") == 200


def test_the_access_log_masks_the_token() -> None:
    records: list[dict[str, Any]] = []
    app = create_app(access=Access(token=TOKEN), log=records.append)
    assert call_app(app, "GET", FEED + Access(token=TOKEN).calendar_query("default"), {}, b"").status == 200
    assert (records[0]["path"], records[0]["query"]) == (FEED, "token=***")


# How it is written


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The subjects of the events that are written, and not taken from those that are kept."""
    seen: list[str] = []
    write = writing.written_event

    def note(change: Any, name: str) -> bytes:
        seen.append(change.event.subject)
        return write(change, name)

    monkeypatch.setattr(writing, "written_event", note)
    return seen


def test_an_event_is_written_once_until_it_changes(crm: Crm, written: list[str]) -> None:
    for subject in ("Kickoff", "Lunch"):
        crm.create(subject=subject)
    before = subscribed(crm).content
    assert sorted(written) == ["Kickoff", "Lunch"]
    assert subscribed(crm).content == before
    crm.controls.events.edit(crm.events()[0]["id"], subject="Moved")
    assert b"Moved" in subscribed(crm).content
    assert sorted(written) == ["Kickoff", "Lunch", "Moved"]


def test_what_is_kept_of_them_is_bounded(crm: Crm, written: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar_feed, "MAX_WRITTEN", 1)
    crm.create(subject="Kickoff")
    assert subscribed(crm).content == subscribed(crm).content
    assert written == ["Kickoff", "Kickoff"]


def test_nobody_waits_for_its_end_and_it_is_of_one_moment() -> None:
    app: Any = create_app()
    crm = connect(app)
    crm.seed(600)
    environ: dict[str, Any] = {}

    def kept(given: dict[str, Any], start: Any) -> Any:
        environ.update(given)
        return app(given, start)

    call_app(kept, "GET", "/health", {}, b"")
    environ |= {"PATH_INFO": FEED, "RAW_URI": FEED}
    parts = iter(app(environ, lambda *_: None))
    first = next(parts)
    assert len(first) < 2 * CHUNK
    writer = threading.Thread(target=crm.reset, kwargs={"empty": True})
    writer.start()
    writer.join(10)
    assert not writer.is_alive()
    whole = b"".join([first, *parts]).decode()
    assert len(whole) > 2 * CHUNK
    assert len(IcsCalendarStream.calendar_from_ics(whole).events) == 600
