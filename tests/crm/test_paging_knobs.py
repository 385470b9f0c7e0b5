"""Knobs of order and paging: what a walk may lose, and what it may not (`deltaOrder`, `paging`, `resultCap`)."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.crm.test_paged_reads import hour, subjects, week, write
from tests.crm.test_paging import LISTS, fill, pages, walked
from tests.faults.faulting import page
from tests.making import Make, making, name_of
from tests.served import MONDAY, Crm, error
from tests.unchanged import made, set_clock

__all__ = ["week"]

ORDERS = ["stamp", "reverse", "shuffled"]
PAGINGS = ["keyset", "offset", "snapshot"]
DELTAS: list[tuple[str, dict[str, str]]] = [
    (path, parameters) for path, parameters in LISTS if "since" in parameters or path == "/deletedEvents"
]


@pytest.fixture
def make(http: httpx.Client) -> Iterator[Make]:
    with making(http) as maker:
        yield maker


def gone_on(crm: Crm, first: Any, path: str = "/events") -> list[Any]:
    """The rest of a walk."""
    return walked(crm, path, pageToken=first["nextPageToken"])


def over(crm: Crm, first: Any, path: str = "/events") -> None:
    error(crm.api("GET", path, params={"pageToken": first["nextPageToken"]}), 410, "pageToken.expired")


# deltaOrder


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("paging", PAGINGS)
def test_a_quiet_walk_loses_and_repeats_nothing_in_any_order(crm: Crm, order: str, paging: str) -> None:
    fill(crm)
    crm.set_dialect(deltaOrder=order, paging=paging)
    for path, parameters in DELTAS:
        whole = page(crm, path, **parameters)["records"]
        for limit in (1, 2, 3):
            assert walked(crm, path, limit=limit, **parameters) == whole


@pytest.mark.parametrize(("path", "parameters"), DELTAS)
def test_the_newest_come_first_in_reverse(crm: Crm, path: str, parameters: dict[str, str]) -> None:
    fill(crm)
    by_stamp = page(crm, path, **parameters)["records"]
    crm.set_dialect(deltaOrder="reverse")
    assert page(crm, path, **parameters)["records"] == by_stamp[::-1]


def test_a_shuffled_delta_has_the_same_rows_in_an_order_of_its_own(crm: Crm) -> None:
    for name in "abcdefgh":
        crm.create(subject=name)
    crm.set_dialect(deltaOrder="shuffled")
    found = subjects(crm.events(since=MONDAY))
    assert sorted(found) == list("abcdefgh")
    assert found not in ("abcdefgh", "hgfedcba")
    assert subjects(crm.events(since=MONDAY)) == found
    crm.create(subject="i")
    assert subjects(crm.events(since=MONDAY)).replace("i", "") == found


@pytest.mark.parametrize("order", ["reverse", "shuffled"])
def test_rows_of_one_stamp_are_walked_in_any_order_too(crm: Crm, order: str) -> None:
    set_clock(crm, tick="0s")
    crm.set_dialect(deltaOrder=order)
    for name in "abcdef":
        crm.create(subject=name)
    assert sorted(subjects(walked(crm, since=MONDAY, limit=1))) == list("abcdef")


@pytest.mark.parametrize("order", ["reverse", "shuffled"])
def test_only_deltas_are_out_of_order(crm: Crm, order: str) -> None:
    fill(crm)
    plain = [walked(crm, path, **parameters) for path, parameters in LISTS if (path, parameters) not in DELTAS]
    crm.set_dialect(deltaOrder=order)
    assert [walked(crm, path, **parameters) for path, parameters in LISTS if (path, parameters) not in DELTAS] == plain
    by_the_controls = crm.admin("GET", "/events", params={"since": MONDAY}).json()["records"]
    assert [event["lastModifiedAt"] for event in by_the_controls] == sorted(
        event["lastModifiedAt"] for event in by_the_controls
    )


def test_what_is_new_is_missed_by_a_walk_that_has_passed_the_newest(crm: Crm, week: dict[str, Any]) -> None:
    crm.set_dialect(deltaOrder="reverse")
    first = page(crm, since=MONDAY, limit=2)
    crm.create(subject="x")
    write(crm, "PATCH", week["a"], {"subject": "A"})
    assert (subjects(first["records"]), subjects(gone_on(crm, first))) == ("ed", "cb")


# paging: offset


def test_a_row_is_skipped_when_one_before_it_is_edited(crm: Crm, week: dict[str, Any]) -> None:
    crm.set_dialect(paging="offset")
    first = page(crm, since=MONDAY, limit=2)
    write(crm, "PATCH", week["a"], {"subject": "A"})
    assert (subjects(first["records"]), subjects(gone_on(crm, first))) == ("ab", "deA")


@pytest.mark.parametrize("parameters", [{}, {"since": MONDAY}])
def test_a_row_is_skipped_when_one_before_it_is_deleted(crm: Crm, week: dict[str, Any], parameters: Any) -> None:
    crm.set_dialect(paging="offset")
    first = page(crm, limit=2, **parameters)
    write(crm, "DELETE", week["b"])
    assert (subjects(first["records"]), subjects(gone_on(crm, first))) == ("ab", "de")


@pytest.mark.usefixtures("week")
def test_a_row_comes_again_when_one_is_inserted_before_it(crm: Crm) -> None:
    crm.set_dialect(paging="offset")
    first = page(crm, limit=2)
    crm.create(subject="x", **hour(5))
    assert subjects(gone_on(crm, first)) == "bcde"


def test_a_walk_whose_rest_has_shrunk_away_ends(crm: Crm, week: dict[str, Any]) -> None:
    crm.set_dialect(paging="offset")
    first = page(crm, limit=4)
    for name in "abc":
        write(crm, "DELETE", week[name])
    assert gone_on(crm, first) == []


# paging: snapshot


@pytest.mark.parametrize(("path", "parameters"), LISTS)
def test_nothing_that_happens_between_pages_changes_a_snapshot(crm: Crm, path: str, parameters: dict[str, str]) -> None:
    fill(crm)
    late = crm.act({"create": {"set": {**hour(7)}, "visibleAfter": "5m"}})[0]
    crm.set_dialect(paging="snapshot")
    whole = page(crm, path, **parameters)["records"]
    walk = pages(crm, path, limit=1, **parameters)
    found = [next(walk)]
    living, dead = crm.events(), page(crm, "/deletedEvents")["records"]
    write(crm, "PATCH", living[0], {"subject": "moved", **hour(8)})
    write(crm, "DELETE", living[1])
    crm.act({"restore": {"event": dead[1]["id"]}}, {"churn": {"creates": 3, "edits": 5, "deletes": 3, "seed": 1}})
    crm.advance("10m")
    found += walk
    assert [record for each in found for record in each["records"]] == whole
    assert {each["asOf"] for each in found} == {found[0]["asOf"]} != {crm.now()}
    assert late["eventId"] in [event["id"] for event in walked(crm, showDeleted="true")]


def test_the_journal_knows_a_snapshot_s_walk_by_its_first_request(crm: Crm, week: dict[str, Any]) -> None:
    crm.set_dialect(paging="snapshot")
    first = page(crm, limit=2)
    write(crm, "PATCH", week["c"], {"subject": "C"})
    gone_on(crm, first)
    payload = [each["delivered"] for each in crm.admin("GET", "/requests").json()["requests"]]
    lists = [each for each in payload if "read" in each]
    assert [(each["read"], each["page"], each["last"]) for each in lists] == [
        (lists[0]["read"], 1, False),
        (lists[0]["read"], 2, False),
        (lists[0]["read"], 3, True),
    ]
    assert {"id": week["c"]["id"], "version": 1} in lists[1]["events"]
    assert {each["asOf"] for each in lists} == {first["asOf"]}


@pytest.mark.usefixtures("week")
def test_a_hundred_walks_are_kept_and_the_oldest_is_forgotten_first(crm: Crm) -> None:
    crm.set_dialect(paging="snapshot")
    first, second = page(crm, limit=1), page(crm, limit=1)
    for _ in range(98):
        page(crm, limit=1)
    for _ in range(3):
        page(crm)  # One page needs no keeping.
    assert subjects(gone_on(crm, first)) == "bcde"
    page(crm, limit=1)
    over(crm, first)
    assert subjects(gone_on(crm, second)) == "bcde"


def test_a_fork_goes_on_with_the_walks_that_it_took_over(crm: Crm, week: dict[str, Any], make: Make) -> None:
    crm.set_dialect(paging="snapshot")
    first = page(crm, limit=2)
    fork = make(**{"from": name_of(crm)})
    again = make(**{"from": name_of(fork)})
    for each in (crm, fork, again):
        write(each, "DELETE", week["c"])
        write(each, "PATCH", week["d"], {"subject": "D"})
    assert [subjects(gone_on(each, first)) for each in (crm, fork, again)] == ["cde"] * 3


def test_walks_of_the_same_number_in_a_fork_and_its_parent_are_two(crm: Crm, make: Make) -> None:
    crm.set_dialect(paging="snapshot")
    for name in "abc":
        made(crm, subject=name)
    parents = page(crm, limit=1)
    fork = make(**{"from": name_of(crm)})
    made(fork, subject="d")
    own = page(fork, limit=1)
    crm.act({"delete": {"event": parents["records"][0]["id"]}})
    assert [subjects(gone_on(fork, first)) for first in (own, parents)] == ["bcd", "bc"]
    error(crm.api("GET", "/events", params={"pageToken": own["nextPageToken"]}), 400, "pageToken.invalid")
    assert subjects(gone_on(crm, parents)) == "bc"


@pytest.mark.usefixtures("week")
def test_a_walk_in_a_parent_that_began_after_the_fork_is_not_the_fork_s(crm: Crm, make: Make) -> None:
    crm.set_dialect(paging="snapshot")
    fork = make(**{"from": name_of(crm)})
    first = page(crm, limit=2)
    over(fork, first)
    assert subjects(gone_on(crm, first)) == "cde"


@pytest.mark.usefixtures("week")
def test_a_reset_and_a_snapshot_put_in_end_all_walks(crm: Crm) -> None:
    crm.set_dialect(paging="snapshot")
    state, first = crm.everything(), page(crm, limit=2)
    crm.admin("PUT", "/snapshot", state)
    over(crm, first)
    first = page(crm, limit=2)
    crm.admin("POST", "/reset")
    over(crm, first)
    assert subjects(walked(crm, limit=2)) == "abcde"


def test_a_snapshot_keeps_the_tombstones_that_are_forgotten_on_the_way(crm: Crm, week: dict[str, Any]) -> None:
    crm.set_dialect(paging="snapshot", tombstoneRetention="1h")
    for event in week.values():
        write(crm, "DELETE", event)
    first = page(crm, "/deletedEvents", limit=2)
    crm.advance("2h")
    assert len(gone_on(crm, first, "/deletedEvents")) == 3


@pytest.mark.usefixtures("week")
def test_a_walk_of_a_replica_that_lags_is_a_snapshot_too(crm: Crm) -> None:
    crm.set_dialect(paging="snapshot")
    fault = {"match": {"page": 1}, "effect": {"stale": {"changes": 1}}}
    assert crm.admin("POST", "/faults", fault).status_code == 201
    first = page(crm, limit=2)
    assert subjects(gone_on(crm, first)) == "cd"


# resultCap


@pytest.mark.parametrize("paging", PAGINGS)
@pytest.mark.parametrize(("path", "parameters"), [LISTS[0], LISTS[3], LISTS[6]])
def test_a_walk_ends_at_the_cap_as_if_there_were_no_more(
    crm: Crm, path: str, parameters: dict[str, str], paging: str
) -> None:
    fill(crm)
    whole = page(crm, path, **parameters)["records"]
    crm.set_dialect(resultCap=3, paging=paging)
    sizes: dict[int | None, list[int]] = {None: [3], 1: [1, 1, 1], 2: [2, 1], 3: [3], 4: [3]}
    for limit, lengths in sizes.items():
        found = list(pages(crm, path, **parameters, **({"limit": limit} if limit else {})))
        assert [record for each in found for record in each["records"]] == whole[:3]
        assert [each["length"] for each in found] == lengths


@pytest.mark.usefixtures("week")
@pytest.mark.parametrize(("cap", "found"), [(1, "a"), (4, "abcd"), (5, "abcde"), (6, "abcde"), (1_000_000, "abcde")])
def test_a_cap_counts_rows_and_not_pages(crm: Crm, cap: int, found: str) -> None:
    crm.set_dialect(resultCap=cap, pageSize=2)
    assert subjects(walked(crm)) == subjects(walked(crm, limit=1)) == found
    crm.set_dialect(deltaOrder="reverse")
    assert subjects(walked(crm, since=MONDAY)) == "edcba"[:cap]


@pytest.mark.usefixtures("week")
def test_a_cap_that_is_lowered_on_the_way_ends_the_walk(crm: Crm) -> None:
    first = page(crm, limit=3)
    crm.set_dialect(resultCap=2)
    assert gone_on(crm, first) == []


@pytest.mark.usefixtures("week")
def test_a_capped_walk_says_that_it_is_complete(crm: Crm) -> None:
    crm.set_dialect(resultCap=2, listShape="array")
    answer = crm.api("GET", "/events")
    assert (subjects(answer.json()), "Link" in answer.headers) == ("ab", False)
    (payload,) = crm.admin("GET", "/requests?limit=100").json()["requests"][-1:]
    assert (payload["delivered"]["last"], len(payload["delivered"]["events"])) == (True, 2)


@pytest.mark.usefixtures("week")
def test_the_controls_know_no_cap_and_no_page_size(crm: Crm) -> None:
    crm.set_dialect(resultCap=2, pageSize=1, paging="offset")
    assert crm.admin("GET", "/events").json()["length"] == 5
