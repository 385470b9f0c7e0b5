"""`GET /admin/feed`: whoever asks it again and again knows what the lists know (contract, section 6)."""

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from hypothesis import given, settings, strategies
from werkzeug.test import EnvironBuilder

from mockcrm import Crm as Controls, Refused, Sandboxes, connect, create_app, serving
from mockcrm.base.wsgi import Broken, call_app
from mockcrm.journal.entry import Entry
from mockcrm.web.access import Access
from mockcrm.web.admin import feed as feed_view
from mockcrm.web.representations.journal import entry_json
from tests.following import Follower, listed
from tests.making import Make, making, name_of
from tests.samples import TIMES
from tests.served import BOTH, MONDAY, Crm, error


@pytest.fixture
def make(http: httpx.Client) -> Iterator[Make]:
    with making(http) as maker:
        yield maker


@BOTH
def test_a_page_sees_a_meeting_move_the_client_miss_it_and_why(crm: Crm) -> None:
    page = Follower(crm.controls)
    event = crm.create(subject="Kickoff")
    as_of = crm.api("GET", "/events").json()["asOf"]
    page.ask()
    assert [each["status"] for each in page.requests.values()] == [201, 200]

    crm.controls.events.edit(event["id"], location="Room 7", stamp="-1h")
    (news,) = page.ask()
    assert [(each["op"], each["origin"]) for each in news["changes"]] == [("updated", "crm")]
    assert (news["requests"], news["findings"]) == ([], [])

    crm.events(since=as_of)
    (news,) = page.ask()
    assert (news["audit"]["verdict"], [each["code"] for each in news["findings"]]) == ("failed", ["change.outOfReach"])
    assert [each["findings"] for each in news["audit"]["clients"]] == [[news["findings"][0]["number"]]]
    assert [each["changes"] for each in news["findings"]] == [[2]]

    number = page.number
    (news,) = page.ask()
    clock = crm.controls.clock.get()
    assert news == {
        "number": number,
        "restarted": False,
        "more": False,
        "clock": clock,
        "agenda": {"next": None, "what": None, "count": 0},
        "recording": {"full": 0.0003, "lost": None},
        "changes": [],
        "changesLeftOut": 0,
        "firstRequest": 1,
        "requests": [],
        "requestsLeftOut": [],
        "audit": None,
        "auditBehind": False,
        "findings": [],
    }


def test_what_falls_due_runs_when_a_page_asks(crm: Crm) -> None:
    page = Follower(crm.controls)
    crm.act({"create": {"key": "k", "set": TIMES}}, {"schedule": {"after": "1h", "do": [{"touch": {"events": "all"}}]}})
    page.ask()
    crm.controls.clock.set(mode="running", rate=1_000_000)
    while len(page.changes) < 2:
        page.ask()
    assert page.changes[2]["op"] == "updated"


def test_a_page_learns_that_a_reset_has_come_between(crm: Crm) -> None:
    page = Follower(crm.controls)
    crm.create()
    page.ask()
    crm.controls.reset()
    (news,) = page.ask()
    assert (news["restarted"], news["changes"], news["requests"], page.restarts) == (True, [], [], 2)
    assert page.ask()[0]["restarted"] is False


def test_a_mark_of_another_sandbox_or_of_a_server_that_went_away_starts_again(crm: Crm, make: Make) -> None:
    fork = make(**{"from": name_of(crm)})
    number = crm.controls.feed()["number"]
    fork.controls.feed()
    assert fork.controls.feed(number)["restarted"] is True
    again = connect(create_app())
    assert connect(create_app()).feed(again.feed()["number"])["restarted"] is True


def test_it_is_no_request_of_a_client_and_stands_in_no_bundle(crm: Crm) -> None:
    before: Any = crm.controls.bundle()
    crm.controls.feed()
    after: Any = crm.controls.bundle()
    assert (crm.controls.requests.all(), after["steps"]) == ([], before["steps"])


@pytest.mark.parametrize("after", ["x", "-1", "1.5", str(2**63), ""])
def test_what_is_no_number_is_refused(crm: Crm, after: str) -> None:
    assert "after" in error(crm.admin("GET", f"/feed?after={after}"), 400, "query.invalid")


def test_it_is_guarded_as_all_controls_are() -> None:
    app = create_app(access=Access(token="a-long-and-secret-token"))
    with serving(app) as url:
        right, foreign = {"Authorization": "Bearer a-long-and-secret-token"}, {"Origin": "http://evil.example"}
        answers = [httpx.get(f"{url}/admin/feed", headers=headers) for headers in ({}, right | foreign, right)]
        assert [answer.status_code for answer in answers] == [401, 403, 200]


def test_an_answer_has_the_newest_fifty_rows_of_a_list_and_says_what_it_leaves_out(crm: Crm) -> None:
    page = Follower(crm.controls)
    crm.controls.seed(200, seed=1)
    for _ in range(52):
        crm.events(limit=1)
    (news,) = page.ask()
    last = crm.changes()[-1]["seq"]
    newest = [*range(last - 49, last + 1)]
    assert ([each["seq"] for each in news["changes"]], news["changesLeftOut"]) == (newest, last - 50)
    assert [each["number"] for each in news["requests"]] == [*range(3, 53)]
    assert (news["requestsLeftOut"], news["more"]) == ([1, 2], False)
    assert page.told() == listed(crm.controls)


def test_the_answer_of_a_request_that_a_page_shows_as_under_way_is_not_left_out(crm: Crm) -> None:
    page = Follower(crm.controls)
    delay = crm.controls.faults.add({"delay": {"by": "60s"}}, match={"operation": "createEvent"})
    with ThreadPoolExecutor() as threads:
        made = threads.submit(crm.create)
        while 1 not in page.requests:
            page.ask()
        crm.controls.faults.remove(delay["id"])
        made.result()
        for _ in range(60):
            crm.events(limit=1)
        (news,) = page.ask()
    assert [each["number"] for each in news["requests"]] == [1, *range(13, 62)]
    assert news["requestsLeftOut"] == [*range(2, 13)]


def test_heavy_rows_are_left_out_sooner(crm: Crm) -> None:
    page = Follower(crm.controls)
    for size in (600_000, 600_000, 500_000):
        crm.create(description="x" * size)
    (news,) = page.ask()
    assert ([each["seq"] for each in news["changes"]], news["changesLeftOut"]) == ([2, 3], 1)
    assert page.told() == listed(crm.controls)


def test_fifty_pages_have_a_request_rendered_once(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []

    def counted(entry: Entry) -> Any:
        shown.append(entry.number)
        return entry_json(entry)

    monkeypatch.setattr("mockcrm.web.admin.rendered_rows.entry_json", counted)
    crm.events()
    answers = [crm.controls.feed()["requests"] for _ in range(50)]
    assert (shown, answers[0]) == ([1], answers[-1])
    assert (crm.controls.requests.all(), shown) == (answers[0], [1])


def test_a_request_that_waits_shows_what_it_has_done_and_then_its_answer(crm: Crm) -> None:
    page = Follower(crm.controls)
    before = crm.controls.faults.add({"delay": {"by": "60s"}})
    after = crm.controls.faults.add({"delay": {"by": "60s", "when": "after"}})
    with ThreadPoolExecutor() as threads:
        made = threads.submit(crm.create)
        while not page.requests:
            page.ask()
        assert page.requests[1]["changes"] == []
        crm.controls.faults.remove(before["id"])
        while not page.requests[1]["changes"]:
            page.ask()
        assert page.requests[1]["completedAt"] is None
        assert page.told() == listed(crm.controls)
        crm.controls.faults.remove(after["id"])
        made.result()
    page.ask()
    assert page.requests[1]["status"] == 201
    assert page.told() == listed(crm.controls)


def test_an_answer_that_breaks_off_is_told_again() -> None:
    app = create_app()
    page = Follower(connect(app))
    parts: Any = app(EnvironBuilder(path="/api/v1/events").get_environ(), lambda *_: lambda _: None)
    page.ask()
    assert (page.requests[1]["status"], page.requests[1]["delivered"]["whole"]) == (200, True)
    parts.close()
    page.ask()
    assert page.requests[1]["delivered"]["whole"] is False


def test_more_findings_than_fit_are_asked_for_at_once(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_view, "DEFAULT_LIMIT", 1)
    page = Follower(crm.controls)
    event = crm.create()
    crm.events()
    crm.controls.events.edit(event["id"], stamp="-1h")
    crm.events(since="2026-01-05T09:01:00Z")
    answers = page.ask()
    assert [([each["code"] for each in news["findings"]], news["more"]) for news in answers] == [
        (["watermark.beyondClock"], True),
        (["change.outOfReach"], False),
    ]
    assert page.told() == listed(crm.controls)


# Whatever happens

App = Any


def call(method: str, path: str, body: bytes = b"") -> Callable[[App, Controls], None]:
    def does(app: App, crm: Controls) -> None:
        with contextlib.suppress(Broken):
            call_app(app, method, path, {"Content-Type": "application/json"} if body else {}, body)

    return does


def api(method: str, path: str, body: bytes = b"") -> Callable[[App, Controls], None]:
    return call(method, f"/api/v1{path}", body)


def perform(*actions: Any) -> Callable[[App, Controls], None]:
    def does(app: App, crm: Controls) -> None:
        # An action on an event that is not there, or is deleted already.
        with contextlib.suppress(Refused):
            crm.perform(*actions)

    return does


CREATED = b'{"startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z"}'
HAPPENINGS: dict[str, Callable[[App, Controls], Any]] = {
    "a client reads": api("GET", "/events"),
    "a client follows": api("GET", f"/events?since={MONDAY}"),
    "a client writes": api("POST", "/events", CREATED),
    "a client is refused": api("PATCH", "/events/1001", b"{"),
    "a colleague creates": perform({"create": {"set": TIMES}}),
    "a late commit": perform({"touch": {"events": "all"}}, {"create": {"set": TIMES, "stamp": "-1h"}}),
    "a delayed change": perform({"create": {"set": TIMES, "visibleAfter": "90s"}}),
    "churn": perform({"churn": {"creates": 3, "edits": 2, "deletes": 1}}),
    "an answer is lost": perform({"fault": {"effect": {"truncate": {"bytes": 1}}, "times": 1}}),
    "a connection breaks": perform({"fault": {"effect": {"disconnect": {"when": "after"}}, "times": 1}}),
    "a time is set": perform({"clock": {"now": "2026-01-05T08:00:00Z", "tick": "2ms"}}),
    "all rules go": perform({"clearFaults": {}}),
    "an edit is scheduled": perform({"schedule": {"after": "30s", "do": {"touch": {"events": "all"}}}}),
    "time passes": perform({"advance": {"by": "1m"}}),
    "another dialect": perform({"dialect": {"name": "google"}}),
    "a reset": lambda app, crm: crm.reset(),
    "a snapshot comes back": lambda app, crm: crm.restore(crm.snapshot()),
    "the journal is cleared": lambda app, crm: crm.requests.clear(),
    "a scenario": lambda app, crm: crm.scenario.load("quickstart"),
    "a scenario goes on": call("POST", "/admin/scenario/next"),
    "a replica comes": call("POST", "/admin/scenario/replica", b'{"replica": []}'),
    "a scenario is forgotten": call("DELETE", "/admin/scenario"),
}


@settings(max_examples=60)
@given(strategies.lists(strategies.tuples(strategies.sampled_from(sorted(HAPPENINGS)), strategies.booleans())))
def test_whatever_happens_who_follows_has_what_the_lists_have(happenings: list[tuple[str, bool]]) -> None:
    app = create_app(Sandboxes(journaled=6))
    crm = connect(app)
    crm.clock.freeze(MONDAY)
    often, seldom, late = (Follower(crm) for _ in range(3))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(feed_view, "NEWEST", 2)
        patched.setattr(feed_view, "DEFAULT_LIMIT", 1)
        for name, asks in happenings:
            HAPPENINGS[name](app, crm)
            often.ask()
            if asks:
                seldom.ask()
                assert seldom.told() == listed(crm)
            assert often.told() == listed(crm)
        late.ask()
        seldom.ask()
        often.ask()
        assert often.told() == seldom.told() == late.told()
