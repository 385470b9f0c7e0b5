"""`GET /admin/audit/events`: what each client knows of the events that a page shows (`docs/reference/feed.md`)."""

from typing import Any

import httpx
import pytest

from mockcrm import create_app, serving
from mockcrm.sandbox.moment import Moment
from mockcrm.web.access import Access
from mockcrm.web.admin import audit as audit_view
from tests.served import BOTH, Crm, error

MARCH = {"startAt": "2026-03-01T00:00:00Z", "endAt": "2026-04-01T00:00:00Z"}


def told(crm: Crm, *clients: str, window: Any = None) -> Any:
    """What is said of the clients, by name and state; of what a client lacks only the ids."""
    found: dict[str, Any] = {}
    for each in crm.controls.knowledge(*clients, window=window)["clients"]:
        states: Any = {name: each[name] for name in ("upToDate", "pending", "outOfReach", "neverAsked")}
        found[each["client"]] = {
            name: [row if isinstance(row, str) else row["id"] for row in rows] for name, rows in states.items() if rows
        }
    return found


def read(crm: Crm, name: str, **parameters: Any) -> str:
    answer = crm.api("GET", "/events", params=parameters, headers={"X-Mockcrm-Client": name})
    as_of: str = answer.json()["asOf"]
    return as_of


@BOTH
def test_a_page_shows_what_a_client_knows_of_each_event(crm: Crm) -> None:
    kickoff, lunch, offsite = (crm.controls.events.create(**fields) for fields in _meetings())
    as_of = crm.api("GET", "/events").json()["asOf"]
    crm.controls.events.edit(kickoff["id"], location="Room 7", stamp="-1h")
    crm.events(since=as_of)
    crm.controls.events.edit(lunch["id"], location="Room 7", visible_after="1h")
    new = crm.controls.events.create(startTime="2026-03-09T12:00:00Z", endTime="2026-03-09T13:00:00Z")
    (client,) = crm.controls.knowledge()["clients"]
    assert client == {
        "client": client["client"],
        "names": [client["client"]],
        "upToDate": [offsite["id"]],
        "pending": [
            {"id": lunch["id"], "delivered": 1, "listed": False, "until": None},
            {"id": new["id"], "delivered": None, "listed": True, "until": None},
        ],
        "outOfReach": [{"id": kickoff["id"], "delivered": 1, "passedBy": 2}],
        "neverAsked": [],
    }


def _meetings() -> list[Any]:
    times = [("2026-03-03T09:00:00Z", "2026-03-03T10:00:00Z"), ("2026-03-04T12:00:00Z", "2026-03-04T13:00:00Z")]
    return [
        {"startTime": start, "endTime": end}
        for start, end in (*times, ("2026-05-01T09:00:00Z", "2026-05-03T10:00:00Z"))
    ]


def test_a_client_that_reads_everything_now_and_then_is_waited_for_until_an_instant(crm: Crm) -> None:
    event = crm.controls.events.create(**_meetings()[0])
    read(crm, "ann")
    crm.controls.clock.advance("1h")
    since = read(crm, "ann")
    changed = crm.controls.clock.get()["now"]
    crm.controls.events.edit(event["id"], location="Room 7", stamp="-1h")
    read(crm, "ann", since=since)

    (client,) = crm.controls.knowledge()["clients"]
    (pending,) = client["pending"]
    assert pending["until"] is not None
    assert pending["id"] == event["id"]
    assert (changed[:13], pending["until"][:13]) == ("2026-01-05T10", "2026-01-05T12")

    crm.controls.clock.set(now=pending["until"])
    assert told(crm) == {"ann": {"pending": [event["id"]]}}
    crm.controls.clock.advance("1ms")
    assert told(crm) == {"ann": {"outOfReach": [event["id"]]}}


def test_what_the_next_read_delivers_is_waited_for_without_an_end(crm: Crm) -> None:
    event = crm.controls.events.create(**_meetings()[0])
    read(crm, "ann")
    crm.controls.clock.advance("1h")
    read(crm, "ann")
    crm.controls.events.edit(event["id"], location="Room 7")
    (client,) = crm.controls.knowledge()["clients"]
    assert [each["until"] for each in client["pending"]] == [None]


def test_only_the_events_of_the_window_and_the_clients_that_are_named_are_there(crm: Crm) -> None:
    march, other = (crm.create(f"2026-{month}-03T09:00:00Z", f"2026-{month}-03T10:00:00Z") for month in ("03", "05"))
    crm.api("DELETE", f"/events/{march['id']}")
    for client in ("ann", "ben"):
        read(crm, client, **MARCH)
    both = {"upToDate": [march["id"]], "neverAsked": [other["id"]]}
    assert {name: states for name, states in told(crm).items() if name in ("ann", "ben")} == {"ann": both, "ben": both}
    assert told(crm, "ann", window=MARCH) == {"ann": {"upToDate": [march["id"]]}}
    assert told(crm, "ann", "ben", "nobody").keys() == {"ann", "ben"}
    assert told(crm, "nobody") == {}


def test_an_event_is_where_its_latest_version_is_though_lists_show_another(crm: Crm) -> None:
    event = crm.create("2026-03-03T09:00:00Z", "2026-03-03T10:00:00Z")
    crm.events()
    moved: Any = {"startTime": "2026-05-05T09:00:00Z", "endTime": "2026-05-05T10:00:00Z", "visibleAfter": "1h"}
    crm.controls.events.edit(event["id"], **moved)
    (march,), (may,) = told(crm, window=MARCH).values(), told(crm, window={"startAt": MARCH["endAt"]}).values()
    assert (march, may) == ({}, {"pending": [event["id"]]})


def test_an_answer_has_so_many_events_and_says_that_there_are_more(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_view, "MAX_KNOWN", 4)
    crm.controls.seed(3, seed=1)
    for client in ("ann", "ben"):
        read(crm, client)
    one, both = crm.controls.knowledge("ann"), crm.controls.knowledge()
    assert ([len(each["upToDate"]) for each in one["clients"]], one["more"]) == ([3], False)
    assert ([len(each["upToDate"]) for each in both["clients"]], both["more"]) == ([2, 2], True)


def test_fifty_pages_and_the_feed_share_one_audit(crm: Crm, audits: list[Moment]) -> None:
    crm.create()
    crm.events()
    for _ in range(50):
        assert crm.controls.knowledge()["auditBehind"] is False
    assert crm.controls.feed()["auditBehind"] is False
    assert len(audits) == 1


def test_the_audit_of_the_feed_is_told_again_when_a_client_knows_other_events_than_before(crm: Crm) -> None:
    """One pending event takes the place of another, so all that the verdicts say is as before."""
    crm.act({"clock": {"tick": "0s"}})
    events = [crm.create()["id"] for _ in range(2)]
    crm.events()
    crm.controls.events.edit(events[0], location="Room 7", visible_after="1m")
    crm.controls.events.edit(events[1], location="Room 7", visible_after="2m")
    number = crm.controls.feed()["number"]
    before, seen = told(crm), []
    for _ in range(2):
        crm.advance("1m")
        news = crm.controls.feed(number)
        assert news["audit"] is not None
        seen.append(news["audit"]["knowledge"])
        assert crm.controls.knowledge()["number"] == seen[-1]
        number = news["number"]
    assert (len({*seen}), [*before.values()]) == (2, [{"pending": events}])


def test_the_number_of_what_clients_know_stays_while_a_client_asks_and_learns_nothing(crm: Crm) -> None:
    crm.create()
    numbers = []
    for _ in range(3):
        crm.events()
        numbers.append(crm.controls.knowledge()["number"])
    crm.create()
    assert crm.controls.knowledge()["number"] > numbers[-1]
    assert len({*numbers}) == 1


def test_before_the_first_audit_of_a_life_nothing_is_said(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    crm.create()
    crm.events()
    crm.controls.knowledge()
    crm.controls.reset()
    monkeypatch.setattr("mockcrm.sandbox.feed.Feed.judge", lambda feed, sandbox: None)
    number = crm.controls.knowledge()["number"]
    said = {"number": number, "kind": "event", "clients": [], "more": False, "auditBehind": True}
    assert crm.controls.knowledge() == said


@pytest.mark.parametrize(
    "query", ["startAt=x", "startAt=2026-03-02T00:00:00Z&endAt=2026-03-01T00:00:00Z", "limit=1", "client="]
)
def test_a_query_that_is_not_valid_is_refused(crm: Crm, query: str) -> None:
    error(crm.admin("GET", f"/audit/events?{query}"), 400, "query.invalid")


def test_it_is_guarded_as_all_controls_are() -> None:
    with serving(create_app(access=Access(token="a-long-and-secret-token"))) as url:
        right, foreign = {"Authorization": "Bearer a-long-and-secret-token"}, {"Origin": "http://evil.example"}
        answers = [httpx.get(f"{url}/admin/audit/events", headers=headers) for headers in ({}, right | foreign, right)]
        assert [answer.status_code for answer in answers] == [401, 403, 200]
