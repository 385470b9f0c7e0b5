"""Pages, and the tokens by which a walk goes on (contract, section 3)."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from tests.faults.faulting import page
from tests.refusals import refused
from tests.served import MONDAY, Crm, error

LISTS: list[tuple[str, dict[str, str]]] = [
    ("/events", {}),
    ("/events", {"showDeleted": "true"}),
    ("/events", {"since": MONDAY}),
    ("/events", {"since": MONDAY, "showDeleted": "true"}),
    ("/events", {"startAt": "2026-01-06T00:00:00Z", "endAt": "2026-01-09T00:00:00Z"}),
    ("/events", {"startAt": "2026-01-06T00:00:00Z", "since": MONDAY, "showDeleted": "true"}),
    ("/deletedEvents", {}),
    ("/deletedEvents", {"since": MONDAY}),
]


def fill(crm: Crm) -> None:
    """Five events that live and five tombstones, of various starts, some of them equal."""
    for number in (7, 9, 6, 8, 6, 7, 5, 6, 8, 7):
        crm.create(f"2026-01-{number:02}T09:00:00Z", f"2026-01-{number:02}T10:00:00Z")
    for event in crm.events()[::2]:
        crm.api("DELETE", f"/events/{event['id']}")


def pages(crm: Crm, path: str = "/events", **parameters: Any) -> Iterator[Any]:
    """The pages of a walk that leaves the parameters out once it has a token."""
    found = page(crm, path, **parameters)
    yield found
    for _ in range(1000):
        if found["nextPageToken"] is None:
            return
        found = page(crm, path, pageToken=found["nextPageToken"])
        yield found
    raise AssertionError("This walk has no end.")


def walked(crm: Crm, path: str = "/events", **parameters: Any) -> list[Any]:
    return [record for found in pages(crm, path, **parameters) for record in found["records"]]


def token(crm: Crm, path: str = "/events", **parameters: Any) -> str:
    """The token of the second page of a walk by single rows."""
    found: str = page(crm, path, limit=1, **parameters)["nextPageToken"]
    assert found
    return found


@pytest.fixture
def full(crm: Crm) -> Crm:
    fill(crm)
    return crm


# Sizes


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 1000])
@pytest.mark.parametrize(("path", "parameters"), LISTS)
def test_a_walk_gives_what_one_page_gives(full: Crm, path: str, parameters: dict[str, str], limit: int) -> None:
    whole = page(full, path, **parameters)["records"]
    found = list(pages(full, path, limit=limit, **parameters))
    assert [record for each in found for record in each["records"]] == whole
    assert [each["length"] for each in found[:-1]] == [limit] * (len(found) - 1)
    assert 0 < found[-1]["length"] <= limit


def test_a_full_last_page_has_no_token(crm: Crm) -> None:
    for _ in range(4):
        crm.create()
    assert [(each["length"], each["nextPageToken"] is None) for each in pages(crm, limit=2)] == [(2, False), (2, True)]
    assert page(crm, limit=4)["nextPageToken"] is None


def test_without_a_limit_a_page_holds_everything(crm: Crm) -> None:
    crm.admin("POST", "/seed", {"count": 1001})
    everything = page(crm)
    assert (everything["length"], everything["nextPageToken"]) == (1001, None)
    assert [each["length"] for each in pages(crm, limit=1000)] == [1000, 1]


def test_each_page_says_when_it_was_true(full: Crm) -> None:
    first = page(full, limit=1)
    full.advance("1m")
    assert page(full, pageToken=first["nextPageToken"])["asOf"] == full.now() > first["asOf"]


def test_a_walk_crosses_the_whole_calendar(crm: Crm) -> None:
    for year in ("0001", "1969", "1970", "9999"):
        crm.create(f"{year}-01-01T00:00:00Z", f"{year}-01-01T00:00:00Z")
    assert walked(crm, limit=1) == crm.events()


# Other parameters beside a token


@pytest.mark.parametrize(("path", "parameters"), LISTS)
def test_the_other_parameters_may_be_repeated_or_left_out(full: Crm, path: str, parameters: dict[str, str]) -> None:
    next_page = token(full, path, **parameters)
    second = page(full, path, pageToken=next_page)
    assert second["length"] == 1
    assert page(full, path, pageToken=next_page, limit=1, **parameters) == second
    for name, value in parameters.items():
        assert page(full, path, pageToken=next_page, **{name: value}) == second


@pytest.mark.parametrize(
    "change",
    [
        {"limit": "2"},
        {"since": "2026-01-05T09:00:00.001Z"},
        {"startAt": "2026-01-06T00:00:00.001Z"},
        {"endAt": "2027-01-01T00:00:00Z"},
        {"showDeleted": "false"},
    ],
)
def test_the_other_parameters_may_not_be_changed(full: Crm, change: dict[str, str]) -> None:
    asked = {"since": MONDAY, "startAt": "2026-01-06T00:00:00Z", "showDeleted": "true"}
    query = {"pageToken": token(full, **asked)} | change
    assert set(refused(full, 400, "pageToken.invalid", "GET", "/events", params=query)) == set(change)


@pytest.mark.parametrize("query", ["colour=red", "since=", "limit=0", "showDeleted=maybe", "startAt=1&endAt=0"])
def test_a_token_excuses_no_malformed_parameter(full: Crm, query: str) -> None:
    refused(full, 400, "query.invalid", "GET", f"/events?pageToken={token(full)}&{query}")
    refused(full, 400, "query.invalid", "GET", f"/events?pageToken={token(full)}&pageToken={token(full)}")


# Tokens that are not taken


@pytest.mark.parametrize("nonsense", ["x", "0", "null", "%00", "%FF", "a.b", "a.b.c", "é", "=" * 2000, "[]", "."])
def test_nonsense_is_no_token(full: Crm, nonsense: str) -> None:
    for path in ("/events", "/deletedEvents"):
        refused(full, 400, "pageToken.invalid", "GET", f"{path}?pageToken={nonsense}")


def test_an_altered_token_is_refused(full: Crm) -> None:
    good = token(full)
    flipped = (good[:at] + ("A" if good[at] != "A" else "B") + good[at + 1 :] for at in range(0, len(good) - 1, 7))
    for bad in (*flipped, good[:-2], good[1:], good + "x", good.swapcase(), good[::-1], good + good):
        refused(full, 400, "pageToken.invalid", "GET", "/events", params={"pageToken": bad})


def test_a_token_is_good_for_its_own_list_alone(full: Crm) -> None:
    of_deleted = {"pageToken": token(full, "/deletedEvents")}
    refused(full, 400, "pageToken.invalid", "GET", "/events", params=of_deleted)
    refused(full, 400, "pageToken.invalid", "GET", "/deletedEvents", params={"pageToken": token(full)})
    of_controls = full.admin("GET", "/events?limit=1").json()["nextPageToken"]
    refused(full, 400, "pageToken.invalid", "GET", "/events", params={"pageToken": of_controls})


# Sandboxes


@contextmanager
def another(crm: Crm, **order: str) -> Iterator[Crm]:
    """A sandbox beside this one, whose clock stands still too."""
    name = f"{name_of(crm)}-x"
    assert crm.http.post("/admin/sandboxes", json={"name": name, **order}).status_code == 201
    sandbox = Crm(crm.http, f"/sandboxes/{name}")
    sandbox.act({"clock": {"mode": "frozen"}})
    yield sandbox
    crm.http.delete(f"/admin/sandboxes/{name}")


def fork(crm: Crm) -> AbstractContextManager[Crm]:
    return another(crm, **{"from": name_of(crm)})


def name_of(crm: Crm) -> str:
    return crm.path.removeprefix("/sandboxes/")


def test_another_sandbox_takes_no_token(full: Crm) -> None:
    with another(full) as other:
        fill(other)
        refused(other, 400, "pageToken.invalid", "GET", "/events", params={"pageToken": token(full)})


def test_a_fork_and_its_forks_take_a_token_given_before(full: Crm) -> None:
    given = token(full)
    second = page(full, pageToken=given)
    with fork(full) as child, fork(child) as grandchild:
        for sandbox in (child, grandchild):
            assert page(sandbox, pageToken=given)["records"] == second["records"]


def test_a_sandbox_takes_no_token_of_its_fork(full: Crm) -> None:
    with fork(full) as child:
        refused(full, 400, "pageToken.invalid", "GET", "/events", params={"pageToken": token(child)})


def test_a_walk_goes_on_in_a_fork_when_its_sandbox_has_been_reset(full: Crm) -> None:
    given = token(full)
    with fork(full) as child:
        full.admin("POST", "/reset")
        error(full.api("GET", "/events", params={"pageToken": given}), 410, "pageToken.expired")
        assert page(child, pageToken=given)["length"] == 1


def test_a_fork_that_has_been_reset_takes_no_token_given_before(full: Crm) -> None:
    given = token(full)
    with fork(full) as child:
        child.admin("POST", "/reset")
        refused(child, 410, "pageToken.expired", "GET", "/events", params={"pageToken": given})
        assert page(full, pageToken=given)["length"] == 1


@pytest.mark.parametrize("order", [{}, {"to": "empty"}])
def test_a_reset_ends_every_walk(full: Crm, order: dict[str, str]) -> None:
    tokens = [(path, token(full, path, **parameters)) for path, parameters in LISTS]
    full.admin("POST", "/reset", order)
    for path, given in tokens:
        error(full.api("GET", path, params={"pageToken": given}), 410, "pageToken.expired")


def test_a_snapshot_put_in_ends_every_walk_and_begins_none(full: Crm) -> None:
    given = token(full)
    full.admin("PUT", "/snapshot", full.everything())
    refused(full, 410, "pageToken.expired", "GET", "/events", params={"pageToken": given})
    assert walked(full, limit=2) == full.events()


def test_to_say_that_no_tombstones_are_wanted_is_to_leave_it_out(crm: Crm) -> None:
    for _ in range(3):
        crm.create()
    token = crm.api("GET", "/events", params={"limit": 2}).json()["nextPageToken"]
    rest = crm.api("GET", "/events", params={"pageToken": token, "showDeleted": "false"})
    assert rest.json()["length"] == 1
