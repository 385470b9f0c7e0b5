"""Walks while others write, and the walks of other dialects (contract, section 3)."""

from typing import Any

import pytest

from tests.crm.test_paging import pages, walked
from tests.faults.faulting import page
from tests.refusals import refused
from tests.served import MONDAY, Crm, error


def hour(day: int) -> dict[str, str]:
    return {"startTime": f"2026-01-{day:02}T09:00:00Z", "endTime": f"2026-01-{day:02}T10:00:00Z"}


def subjects(records: list[Any]) -> str:
    return "".join(record.get("subject", "†") for record in records)


@pytest.fixture
def week(crm: Crm) -> dict[str, Any]:
    """Five events, a to e, a day apart."""
    return {name: crm.create(subject=name, **hour(day)) for day, name in enumerate("abcde", start=6)}


def write(crm: Crm, method: str, event: Any, fields: Any = None) -> None:
    assert crm.api(method, f"/events/{event['id']}", fields).status_code in (200, 204)


# Writes go on


def test_no_row_that_stays_put_is_lost_or_repeated(crm: Crm, week: dict[str, Any]) -> None:
    first = page(crm, limit=2)
    write(crm, "DELETE", week["a"])
    write(crm, "DELETE", week["b"])
    crm.create(subject="before", **hour(5))
    write(crm, "PATCH", week["d"], {"subject": "D"})
    crm.create(subject="x", **hour(9))
    second = page(crm, pageToken=first["nextPageToken"])
    write(crm, "DELETE", week["e"])
    third = page(crm, pageToken=second["nextPageToken"])
    assert (subjects(first["records"]), subjects(second["records"])) == ("ab", "cD")
    assert (subjects(third["records"]), third["nextPageToken"]) == ("x", None)


def test_a_row_that_moves_may_come_again_or_be_missed(crm: Crm, week: dict[str, Any]) -> None:
    first = page(crm, limit=2)
    write(crm, "PATCH", week["a"], hour(20))
    write(crm, "PATCH", week["e"], hour(5))
    assert subjects(walked(crm, pageToken=first["nextPageToken"])) == "cda"


def test_an_edited_row_comes_again_at_the_end_of_a_delta(crm: Crm, week: dict[str, Any]) -> None:
    first = page(crm, since=MONDAY, limit=2)
    write(crm, "PATCH", week["a"], {"subject": "A"})
    write(crm, "PATCH", week["c"], {"subject": "C"})
    crm.create(subject="x")
    assert subjects(walked(crm, pageToken=first["nextPageToken"])) == "deACx"


def test_a_delta_with_tombstones_tells_of_deletions_on_the_way(crm: Crm, week: dict[str, Any]) -> None:
    first = page(crm, since=MONDAY, showDeleted="true", limit=2)
    write(crm, "DELETE", week["a"])
    write(crm, "DELETE", week["d"])
    assert subjects(walked(crm, pageToken=first["nextPageToken"])) == "ce††"


def test_a_walk_of_deleted_events_goes_on_while_some_are_restored(crm: Crm, week: dict[str, Any]) -> None:
    for event in week.values():
        write(crm, "DELETE", event)
    first = page(crm, "/deletedEvents", limit=2)
    crm.act({"restore": {"event": week["b"]["id"]}}, {"restore": {"event": week["c"]["id"]}})
    rest = walked(crm, "/deletedEvents", pageToken=first["nextPageToken"])
    assert [record["id"] for record in rest] == [week["d"]["id"], week["e"]["id"]]


@pytest.mark.parametrize("parameters", [{}, {"since": MONDAY}])
def test_rows_that_are_all_alike_are_walked_one_by_one(crm: Crm, parameters: dict[str, str]) -> None:
    crm.act({"clock": {"tick": "0s"}})
    events = [crm.create() for _ in range(5)]
    assert walked(crm, limit=1, **parameters) == events


def test_a_walk_that_leaves_out_what_was_modified_at_since_goes_on_within_equal_stamps(crm: Crm) -> None:
    crm.set_dialect(since="exclusive")
    crm.create()
    since = crm.now()
    crm.advance("1s")
    crm.act({"clock": {"tick": "0s"}})
    events = [crm.create() for _ in range(3)]
    assert walked(crm, since=since, limit=1) == events


def test_the_same_token_gives_the_same_page_again(crm: Crm, week: dict[str, Any]) -> None:
    given = page(crm, limit=2)["nextPageToken"]
    assert page(crm, pageToken=given)["records"] == page(crm, pageToken=given)["records"] == [week["c"], week["d"]]


def test_a_walk_whose_rest_has_gone_ends_with_an_empty_page(crm: Crm, week: dict[str, Any]) -> None:
    given = page(crm, limit=4)["nextPageToken"]
    write(crm, "DELETE", week["e"])
    rest = page(crm, pageToken=given)
    assert (rest["records"], rest["nextPageToken"]) == ([], None)


# The dialect's page size


def test_a_crm_may_have_a_page_size_of_its_own(crm: Crm, week: dict[str, Any]) -> None:
    crm.set_dialect(pageSize=2)
    assert [each["length"] for each in pages(crm)] == [2, 2, 1]
    assert [each["length"] for each in pages(crm, since=MONDAY)] == [2, 2, 1]
    for event in week.values():
        write(crm, "DELETE", event)
    assert [each["length"] for each in pages(crm, "/deletedEvents")] == [2, 2, 1]


@pytest.mark.usefixtures("week")
def test_a_limit_overrules_the_page_size(crm: Crm) -> None:
    crm.set_dialect(pageSize=2)
    assert [each["length"] for each in pages(crm, limit=3)] == [3, 2]
    assert [each["length"] for each in pages(crm, limit=1000)] == [5]


# Arrays


def test_a_crm_may_answer_with_arrays_and_links(crm: Crm, week: dict[str, Any]) -> None:
    crm.set_dialect(listShape="array")
    answer = crm.api("GET", "/events", params={"limit": 2, "since": MONDAY})
    found = [answer.json()]
    while "Link" in answer.headers:
        assert set(answer.links) == {"next"}
        answer = crm.http.get(answer.links["next"]["url"])
        assert answer.status_code == 200
        found.append(answer.json())
    assert found == [[week["a"], week["b"]], [week["c"], week["d"]], [week["e"]]]


def test_the_link_leads_back_into_the_sandbox(crm: Crm, week: dict[str, Any]) -> None:
    crm.set_dialect(listShape="array")
    for event in week.values():
        write(crm, "DELETE", event)
    link = crm.api("GET", "/deletedEvents?limit=4").links["next"]["url"]
    assert link.startswith(f"{crm.http.base_url}".rstrip("/") + f"{crm.path}/api/v1/deletedEvents?")
    assert [record["id"] for record in crm.http.get(link).json()] == [week["e"]["id"]]


@pytest.mark.parametrize("path", ["/events", "/deletedEvents", "/events?limit=1"])
def test_a_single_page_has_no_link(crm: Crm, path: str) -> None:
    crm.set_dialect(listShape="array")
    answer = crm.api("GET", path)
    assert (answer.json(), "Link" in answer.headers) == ([], False)


# The life of tokens


@pytest.mark.usefixtures("week")
def test_a_token_outlives_any_time_unless_the_dialect_says_otherwise(crm: Crm) -> None:
    given = page(crm, limit=2)["nextPageToken"]
    crm.advance("365d")
    assert page(crm, pageToken=given)["length"] == 2


@pytest.mark.usefixtures("week")
def test_a_token_may_live_for_a_while(crm: Crm) -> None:
    crm.set_dialect(pageTokenLife="10m")
    given = {"pageToken": page(crm, limit=1)["nextPageToken"]}
    crm.advance("9m59s")
    fresh = page(crm, **given)["nextPageToken"]
    crm.advance("2s")
    refused(crm, 410, "pageToken.expired", "GET", "/events", params=given)
    assert page(crm, pageToken=fresh)["length"] == 1
    crm.advance("10m")
    error(crm.api("GET", "/events", params={"pageToken": fresh}), 410, "pageToken.expired")


@pytest.mark.usefixtures("week")
def test_the_life_of_a_token_is_worked_out_when_it_comes(crm: Crm) -> None:
    given = page(crm, limit=1)["nextPageToken"]
    crm.advance("1h")
    crm.set_dialect(pageTokenLife="10m")
    error(crm.api("GET", "/events", params={"pageToken": given}), 410, "pageToken.expired")
    crm.set_dialect(pageTokenLife=None)
    assert page(crm, pageToken=given)["length"] == 1
