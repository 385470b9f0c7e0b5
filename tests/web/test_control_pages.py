"""Lists of the controls are pages, whether anybody asked for pages or not; the control client goes on by itself."""

from collections.abc import Iterator
from typing import Any

import pytest

from mockcrm import Crm, Sandboxes, connect, create_app
from mockcrm.crm.lists import pages as listing
from mockcrm.web.admin import paging

EVENT = {"startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z"}
CLIENT = {"X-Mockcrm-Client": "one"}
LISTS = {
    "changes": ("GET", "/changes"),
    "requests": ("GET", "/requests"),
    "find": ("POST", "/requests/find"),
}


@pytest.fixture
def crm(monkeypatch: pytest.MonkeyPatch) -> Crm:
    """A CRM with seven events made by seven requests; its lists have five entries by default."""
    monkeypatch.setattr(paging, "DEFAULT_LIMIT", 5)
    app = create_app(Sandboxes())
    for number in range(7):
        answer = app.test_client().post("/api/v1/events", json={"subject": f"s{number}", **EVENT}, headers=CLIENT)
        assert answer.status_code == 201
    return connect(app)


def pages(crm: Crm, method: str, path: str, **query: Any) -> Iterator[Any]:
    """Each page of a numbered list."""
    after: int | None = 0
    while after is not None:
        page = crm.ask(method, path, after=after, **query)
        yield page
        after = page["nextAfter"]


@pytest.mark.parametrize("of", LISTS)
def test_a_list_ends_and_says_where_it_goes_on(crm: Crm, of: str) -> None:
    first, second = pages(crm, *LISTS[of])
    assert [(page["length"], page["nextAfter"]) for page in (first, second)] == [(5, 5), (2, None)]


@pytest.mark.parametrize("of", LISTS)
def test_a_page_that_is_full_may_be_the_last(crm: Crm, of: str) -> None:
    assert [page["length"] for page in pages(crm, *LISTS[of], limit=7)] == [7]
    assert [page["nextAfter"] for page in pages(crm, *LISTS[of], limit=6)] == [6, None]


@pytest.mark.parametrize("of", LISTS)
def test_a_heavy_list_ends_before_its_limit_but_never_without_an_entry(
    crm: Crm, of: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "MAX_LISTED_WEIGHT", 1)
    assert [page["length"] for page in pages(crm, *LISTS[of])] == [1] * 7


def test_events_end_before_their_limit_too(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MAX_LISTED_WEIGHT", 1)
    assert crm.ask("GET", "/events")["length"] == 1
    assert len(crm.events.all()) == 7


def test_events_of_the_controls_are_paged_by_default_and_those_of_the_api_are_not(crm: Crm) -> None:
    page = crm.ask("GET", "/events")
    assert (page["length"], page["nextPageToken"] is None) == (5, False)
    rest = crm.ask("GET", "/events", pageToken=page["nextPageToken"])
    assert (rest["length"], rest["nextPageToken"]) == (2, None)
    assert crm._admin.connection._send("GET", "/api/v1/events", {}, None, {}).json["length"] == 7


def test_turns_are_counted_from_the_first_request_whatever_page_is_asked_for(crm: Crm) -> None:
    page = crm.ask("POST", "/requests/find", {"every": 2}, after=3)
    assert [each["number"] for each in page["requests"]] == [4, 6]


def test_the_control_client_goes_on_to_the_end(crm: Crm) -> None:
    assert [each["seq"] for each in crm.changes()] == [*range(1, 8)]
    assert [each["number"] for each in crm.requests.all()] == [*range(1, 8)]
    assert [each["number"] for each in crm.requests.find({"method": "POST"})] == [*range(1, 8)]
    assert [each["subject"] for each in crm.events.all()] == [f"s{number}" for number in range(7)]


def test_the_control_client_stops_where_it_was_told_to(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "MAX_LISTED_WEIGHT", 1)
    monkeypatch.setattr(listing, "MAX_LISTED_WEIGHT", 1)
    assert [each["seq"] for each in crm.changes(after=2, limit=3)] == [3, 4, 5]
    assert [each["number"] for each in crm.requests.all(limit=6)] == [*range(1, 7)]
    assert len(crm.events.all(limit=6)) == 6
