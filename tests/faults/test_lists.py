"""Lists that are not what they should be: replicas that lag, and pages and tokens gone wrong.

See `docs/reference/faults.md`.
"""

from typing import Any

import pytest

from tests.faults.faulting import add_fault, counts, five, last, lists, note, noted, page, pages, read_pages, rows
from tests.served import BOTH, MONDAY, Crm, error
from tests.unchanged import ALWAYS, EVENT, edited, made, subjects, tombstones

pytestmark = BOTH

# A replica that lags


def _three_minutes(crm: Crm) -> str:
    """An event made, an edit a minute later, a deletion of another a minute later, and another minute gone by."""
    event, other = made(crm, subject="First"), made(crm, subject="Other")
    crm.advance("1m")
    edited(crm, event, subject="Moved")
    crm.advance("1m")
    crm.act({"delete": {"event": other}})
    crm.advance("1m")
    return event


@pytest.mark.parametrize(
    ("lag", "living", "dead"),
    [
        ({"by": "30s"}, ["Moved"], 1),
        ({"by": "90s"}, ["Moved", "Other"], 0),
        ({"by": "150s"}, ["First", "Other"], 0),
        ({"by": "1h"}, [], 0),
        ({"by": "P20000D"}, [], 0),
        ({"changes": 1}, ["Moved", "Other"], 0),
        ({"changes": 2}, ["First", "Other"], 0),
        ({"changes": 3}, ["First"], 0),
        ({"changes": 4}, [], 0),
        ({"changes": 1000}, [], 0),
    ],
    ids=str,
)
def test_a_replica_that_lags_gives_the_lists_of_then(crm: Crm, lag: Any, living: list[str], dead: int) -> None:
    event = _three_minutes(crm)
    add_fault(crm, {"stale": lag})
    assert sorted(subjects(crm.events())) == living
    assert sorted(subjects(crm.events(since=ALWAYS))) == living
    assert len(tombstones(crm)) == dead
    read = crm.api("GET", f"/events/{event}")
    if "Moved" in living or "First" in living:
        assert read.json()["subject"] in living
    else:
        error(read, 404, "event.notFound")


def test_what_a_replica_gave_is_in_the_journal_by_its_version(crm: Crm) -> None:
    event = _three_minutes(crm)
    add_fault(crm, {"stale": {"changes": 2}})
    crm.api("GET", f"/events/{event}")
    assert noted(crm) == note(200, "stale", delivered=[event], whole=True)
    assert last(crm)["delivered"]["events"] == [{"id": event, "version": 1}]
    assert len(crm.changes()) == 4


@pytest.mark.parametrize(
    ("lag", "then"),
    [
        ({"by": "90s"}, "2026-01-05T09:01:30.004Z"),
        ({"by": "90s", "asOf": "then"}, "2026-01-05T09:01:30.004Z"),
        ({"changes": 1}, "2026-01-05T09:01:00.003Z"),
        ({"by": "90s", "asOf": "now"}, "2026-01-05T09:03:00.004Z"),
        ({"changes": 1, "asOf": "now"}, "2026-01-05T09:03:00.004Z"),
    ],
    ids=str,
)
def test_a_replica_says_as_of_when_it_speaks_or_lies(crm: Crm, lag: Any, then: str) -> None:
    _three_minutes(crm)
    add_fault(crm, {"stale": lag})
    assert page(crm)["asOf"] == last(crm)["delivered"]["asOf"] == then


def test_whoever_trusts_a_replica_s_lie_misses_a_change_and_the_honest_one_does_not(crm: Crm) -> None:
    _three_minutes(crm)
    add_fault(crm, {"stale": {"changes": 2, "asOf": "now"}}, times=1)
    assert crm.events(since=page(crm)["asOf"], showDeleted="true") == []
    crm.act({"clearFaults": {}}, {"fault": {"effect": {"stale": {"changes": 2}}, "times": 1}})
    assert len(crm.events(since=page(crm)["asOf"], showDeleted="true")) == 2


def test_a_replica_knows_no_more_of_visibility_than_it_could_then(crm: Crm) -> None:
    made(crm, how={"visibleAfter": "1m"}, subject="Late")
    crm.advance("2m")
    assert subjects(crm.events()) == ["Late"]
    add_fault(crm, {"stale": {"by": "90s"}}, times=1)
    assert crm.events() == []
    assert subjects(crm.events()) == ["Late"]


@pytest.mark.parametrize("lag", [{"by": "1m"}, {"changes": 1}], ids=str)
def test_a_replica_has_what_was_there_before_the_clock_was_set_back(crm: Crm, lag: Any) -> None:
    made(crm, subject="Before")
    made(crm, how={"visibleAfter": "1m"}, subject="Late")
    made(crm, how={"visibleAfter": "1h"}, subject="Later")
    crm.advance("2m")
    crm.act({"clock": {"now": "2026-01-05T08:00:00Z"}}, {"advance": {"by": "30m"}})
    made(crm, subject="Afterwards")
    add_fault(crm, {"stale": lag})
    assert subjects(crm.events()) == ["Before", "Late"]
    assert last(crm)["delivered"]["asOf"] <= crm.now()


def test_a_deleted_event_lives_on_in_a_replica_until_a_write_asks_the_crm_itself(crm: Crm) -> None:
    event = made(crm)
    crm.act({"delete": {"event": event}})
    add_fault(crm, {"stale": {"changes": 1}})
    assert crm.api("GET", f"/events/{event}").status_code == 200
    error(crm.api("PATCH", f"/events/{event}", {"subject": "x"}), 404, "event.deleted")
    assert noted(crm)["faults"] == []


def test_a_client_cannot_read_its_own_write_from_a_replica(crm: Crm) -> None:
    add_fault(crm, {"stale": {"changes": 1}})
    event = crm.create()
    error(crm.api("GET", f"/events/{event['id']}"), 404, "event.notFound")
    assert noted(crm) == note(404, "stale", whole=True)


def test_a_paged_read_of_a_replica_goes_on_at_the_crm(crm: Crm) -> None:
    everything = five(crm)
    add_fault(crm, {"stale": {"changes": 1}}, {"page": 1})
    assert read_pages(crm, limit=2) == [everything[:2], everything[2:4], everything[4:]]


def test_a_token_that_a_replica_gives_lives_as_long_as_any_other(crm: Crm) -> None:
    five(crm)
    crm.set_dialect(pageTokenLife="10m")
    crm.advance("2h")
    add_fault(crm, {"stale": {"by": "1h"}}, {"page": 1})
    assert len(read_pages(crm, limit=3)) == 2


# A list of nothing


@pytest.mark.parametrize("path", ["/events", "/deletedEvents"])
@pytest.mark.parametrize("shape", ["object", "array"])
def test_an_empty_list_says_it_is_complete(crm: Crm, path: str, shape: str) -> None:
    ids = five(crm)
    for event in ids[:3]:
        crm.api("DELETE", f"/events/{event}")
    crm.set_dialect(listShape=shape)
    add_fault(crm, "emptyList", times=1)
    response = crm.api("GET", path, params={"limit": 1})
    assert response.status_code == 200
    assert "Link" not in response.headers
    nothing = {"records": [], "length": 0, "nextPageToken": None, "asOf": crm.now()}
    assert response.json() == ([] if shape == "array" else nothing)
    assert noted(crm) == note(200, "emptyList", whole=True)
    assert last(crm)["delivered"]["last"] is True
    again = crm.api("GET", path, params={"limit": 1})
    assert ("Link" in again.headers) == (shape == "array")


# Tokens that come back


def _tokens(crm: Crm, **parameters: Any) -> list[Any]:
    return [each["nextPageToken"] for each in pages(crm, **parameters)]


def test_a_token_that_comes_back_at_once_is_the_one_that_was_sent(crm: Crm) -> None:
    everything = five(crm)
    add_fault(crm, "repeatToken", {"page": 2}, times=1)
    a, again, b, *rest = _tokens(crm, limit=1)
    assert a == again != b
    assert rest[-1] is None
    assert [each["delivered"]["events"][0]["id"] for each in lists(crm)] == [
        everything[0],
        everything[1],
        *everything[1:],
    ]


def test_a_token_comes_back_two_requests_later(crm: Crm) -> None:
    everything = five(crm)
    add_fault(crm, {"repeatToken": 2}, times=1)
    found = list(pages(crm, limit=1))
    a, b, again, b_again, *_ = (each["nextPageToken"] for each in found)
    assert (a, b) == (again, b_again)
    assert a != b
    assert [rows(each)[0] for each in found] == [*everything[:3], *everything[1:]]


def test_a_paged_read_in_a_circle_never_ends(crm: Crm) -> None:
    everything = five(crm)
    rule = add_fault(crm, {"repeatToken": {"length": 1}})
    found = read_pages(crm, limit=1)
    assert found == [everything[:1], *[everything[1:2]] * 19]
    assert counts(crm, rule) == (20, 19)


def test_the_first_page_has_no_token_to_repeat_and_is_left_alone(crm: Crm) -> None:
    five(crm)
    rule = add_fault(crm, "repeatToken", {"page": 1}, times=1)
    assert len(read_pages(crm, limit=2)) == 3
    assert counts(crm, rule) == (1, 0)


def test_even_a_last_page_may_give_a_token_that_was_used(crm: Crm) -> None:
    everything = five(crm)
    add_fault(crm, "repeatToken", {"page": 2}, times=1)
    assert read_pages(crm, limit=3) == [everything[:3], everything[3:], everything[3:]]


def test_in_an_array_a_token_comes_back_in_its_link(crm: Crm) -> None:
    five(crm)
    crm.set_dialect(listShape="array")
    add_fault(crm, "repeatToken")
    first = crm.api("GET", "/events", params={"limit": 1}).links["next"]["url"]
    assert crm.http.get(first).links["next"]["url"] == first


# Pages that come twice


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_page_comes_twice_by_a_token_of_its_own(crm: Crm, number: int) -> None:
    everything = five(crm)
    add_fault(crm, "repeatPage", {"page": number}, times=1)
    found = list(pages(crm, limit=2))
    split = [everything[:2], everything[2:4], everything[4:]]
    assert [rows(each) for each in found] == [*split[:number], *split[number - 1 :]]
    tokens = [each["nextPageToken"] for each in found]
    assert len(set(tokens)) == 4
    assert tokens[-1] is None


def test_a_page_comes_as_often_as_it_is_asked_to_by_ever_new_tokens(crm: Crm) -> None:
    everything = five(crm)
    add_fault(crm, "repeatPage", {"page": 2}, times=3)
    found = list(pages(crm, limit=2))
    assert [rows(each) for each in found] == [everything[:2], *[everything[2:4]] * 4, everything[4:]]
    assert len({each["nextPageToken"] for each in found}) == 6


def test_a_page_that_came_twice_has_one_number_in_the_journal(crm: Crm) -> None:
    five(crm)
    add_fault(crm, "repeatPage", {"page": 2}, times=1)
    read_pages(crm, limit=2)
    entries = lists(crm)
    assert [each["delivered"]["page"] for each in entries] == [1, 2, 2, 3]
    assert {each["delivered"]["read"] for each in entries} == {lists(crm)[0]["delivered"]["read"]}
    assert [bool(each["faults"]) for each in entries] == [False, True, False, False]


# Pages with nothing on them


@pytest.mark.parametrize("number", [1, 2, 3])
def test_an_empty_page_loses_nothing_if_one_reads_on(crm: Crm, number: int) -> None:
    everything = five(crm)
    add_fault(crm, "emptyPage", {"page": number}, times=1)
    split = [everything[:2], everything[2:4], everything[4:]]
    assert read_pages(crm, limit=2) == [*split[: number - 1], [], *split[number - 1 :]]


def test_an_empty_page_is_delivered_empty(crm: Crm) -> None:
    five(crm)
    add_fault(crm, "emptyPage")
    assert page(crm)["nextPageToken"]
    assert noted(crm) == note(200, "emptyPage", whole=True)
    assert last(crm)["delivered"]["last"] is False


def test_a_list_of_nothing_has_an_empty_page_too(crm: Crm) -> None:
    add_fault(crm, "emptyPage", times=2)
    assert read_pages(crm) == [[], [], []]


# Pages cut short


@pytest.mark.parametrize(
    ("effect", "kept"),
    [("shortPage", 2), ({"shortPage": 3}, 3), ({"shortPage": {"keep": 0}}, 0), ({"shortPage": 99}, 4)],
    ids=str,
)
def test_a_short_page_goes_on_as_if_it_were_whole(crm: Crm, effect: Any, kept: int) -> None:
    everything = five(crm)
    add_fault(crm, effect, {"page": 1})
    assert read_pages(crm, limit=4) == [everything[:kept], everything[4:]]
    assert lists(crm)[0]["delivered"]["events"] == [{"id": each, "version": 1} for each in everything[:kept]]


def test_a_short_page_ends_as_if_it_were_whole_and_speaks_for_all_of_it(crm: Crm) -> None:
    five(crm)
    add_fault(crm, {"shortPage": 1})
    found = page(crm)
    assert (found["length"], found["nextPageToken"], found["asOf"]) == (1, None, crm.now())


def test_a_short_page_of_tombstones(crm: Crm) -> None:
    for event in five(crm):
        crm.api("DELETE", f"/events/{event}")
    add_fault(crm, {"shortPage": 2}, {"operation": "listDeletedEvents"})
    assert len(tombstones(crm)) == 2
    assert len(last(crm)["delivered"]["tombstones"]) == 2


# All of them


@pytest.mark.parametrize("effect", ["emptyList", "repeatToken", "repeatPage", "emptyPage", "shortPage"])
def test_what_befalls_pages_befalls_nothing_else(crm: Crm, effect: str) -> None:
    rule = add_fault(crm, effect)
    event = crm.api("POST", "/events", EVENT).json()
    assert crm.api("GET", f"/events/{event['id']}").json() == event
    assert crm.api("DELETE", f"/events/{event['id']}").status_code == 204
    assert counts(crm, rule) == (0, 0)


@pytest.mark.parametrize("effect", ["emptyList", "repeatToken", "repeatPage", "emptyPage", "shortPage"])
def test_a_list_that_is_refused_is_refused_as_ever(crm: Crm, effect: str) -> None:
    add_fault(crm, effect)
    error(crm.api("GET", "/events", params={"limit": 0}), 400, "query.invalid")
    error(crm.api("GET", "/events", params={"pageToken": "x"}), 400, "pageToken.invalid")


def test_each_paged_read_is_counted_by_its_own_pages(crm: Crm) -> None:
    everything = five(crm)
    add_fault(crm, {"shortPage": 0}, {"page": 2})
    one, other = (page(crm, limit=2, **more) for more in ({}, {"since": MONDAY}))
    assert rows(one) == rows(other) == everything[:2]
    second = page(crm, pageToken=other["nextPageToken"])
    assert rows(second) == []
    assert rows(page(crm, pageToken=second["nextPageToken"])) == everything[4:]
    assert rows(page(crm, pageToken=one["nextPageToken"])) == []
