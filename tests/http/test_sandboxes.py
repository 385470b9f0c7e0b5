"""Sandboxes: made, listed and deleted, and what they begin with (contract, sections 1 and 6)."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from mockcrm import Sandboxes, create_app, serving
from tests.http.conftest import Crm, error
from tests.http.making import Make, making
from tests.http.unchanged import EVENT, declined, subjects, version


@pytest.fixture
def make(http: httpx.Client) -> Iterator[Make]:
    with making(http) as maker:
        yield maker


@pytest.fixture
def alone() -> Iterator[httpx.Client]:
    """A server of the test's own, with room for three sandboxes."""
    with serving(create_app(Sandboxes(limit=3))) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client


def all_names(http: httpx.Client) -> list[str]:
    return [sandbox["name"] for sandbox in http.get("/admin/sandboxes").json()["sandboxes"]]


# Made, read and deleted


def test_a_new_sandbox_is_empty_and_tells_where_it_is(alone: httpx.Client) -> None:
    response = alone.post("/admin/sandboxes", json={"name": "ann"})
    assert response.status_code == 201
    told = response.json()
    assert (told["name"], told["path"], told["events"]) == ("ann", "/sandboxes/ann", 0)
    assert alone.get(f"{told['path']}/api/v1/events").json()["records"] == []
    assert alone.get(response.headers["Location"]).json()["name"] == "ann"


def test_a_sandbox_is_read_and_listed_with_the_default_one(alone: httpx.Client) -> None:
    alone.post("/admin/sandboxes", json={"name": "ann", "count": 7})
    ann = alone.get("/admin/sandboxes/ann").json()
    assert (ann["name"], ann["path"], ann["events"]) == ("ann", "/sandboxes/ann", 7)
    listed = alone.get("/admin/sandboxes").json()["sandboxes"]
    assert [sandbox["name"] for sandbox in listed] == ["ann", "default"]
    assert [sandbox["events"] for sandbox in listed] == [7, 0]


def test_a_deleted_sandbox_is_gone_and_its_name_is_free(alone: httpx.Client) -> None:
    alone.post("/admin/sandboxes", json={"name": "ann", "count": 7})
    response = alone.delete("/admin/sandboxes/ann")
    assert (response.status_code, response.content) == (204, b"")
    error(alone.get("/admin/sandboxes/ann"), 404, "sandbox.notFound")
    error(alone.get("/sandboxes/ann/api/v1/events"), 404, "sandbox.notFound")
    error(alone.delete("/admin/sandboxes/ann"), 404, "sandbox.notFound")
    assert alone.post("/admin/sandboxes", json={"name": "ann"}).json()["events"] == 0


def test_the_default_sandbox_is_the_one_at_the_root_and_cannot_be_deleted(alone: httpx.Client) -> None:
    created = alone.post("/api/v1/events", json=EVENT).json()
    assert alone.get(f"/sandboxes/default/api/v1/events/{created['id']}").json() == created
    before = alone.get("/admin/changes").json()
    error(alone.delete("/admin/sandboxes/default"), 409, "sandbox.protected")
    assert alone.get("/admin/changes").json() == before


def test_a_name_is_taken_once(alone: httpx.Client) -> None:
    alone.post("/admin/sandboxes", json={"name": "ann", "count": 3})
    for order in ({"name": "ann"}, {"name": "default"}, {"name": "ann", "from": "ann"}):
        error(alone.post("/admin/sandboxes", json=order), 409, "sandbox.exists")
    assert alone.get("/admin/sandboxes/ann").json()["events"] == 3


def test_there_is_room_for_so_many_and_no_more(alone: httpx.Client) -> None:
    for name in ("ann", "ben"):
        assert alone.post("/admin/sandboxes", json={"name": name}).status_code == 201
    for order in ({"name": "cat"}, {"name": "cat", "from": "ann"}):
        error(alone.post("/admin/sandboxes", json=order), 409, "sandbox.limit")
    assert all_names(alone) == ["ann", "ben", "default"]
    alone.delete("/admin/sandboxes/ann")
    assert alone.post("/admin/sandboxes", json={"name": "cat"}).status_code == 201


@pytest.mark.parametrize("name", ["a", "A", "0", "7.x_Y-z", "a..b", "x" * 64, "a-", "a."])
def test_a_name_has_up_to_64_letters_digits_dots_underscores_and_hyphens(make: Make, name: str) -> None:
    crm = make(name=name)
    assert crm.path == f"/sandboxes/{name}"
    assert crm.events() == []


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", ".a", "_a", "-a", "a b", "a/b", "a%20b", "ä", "a\n", "x" * 65, None, 5, True, ["a"]],
    ids=str,
)
def test_no_other_name_will_do(http: httpx.Client, name: Any) -> None:
    before = all_names(http)
    details = error(http.post("/admin/sandboxes", json={"name": name}), 422, "sandbox.invalid")
    assert "name" in details
    assert all_names(http) == before


@pytest.mark.parametrize(
    ("order", "status", "code"),
    [
        ({}, 422, "sandbox.invalid"),
        ([], 422, "sandbox.invalid"),
        ("ann", 422, "sandbox.invalid"),
        ({"name": "spare", "colour": "red"}, 422, "sandbox.invalid"),
        ({"name": "spare", "seed": "x"}, 422, "sandbox.invalid"),
        ({"name": "spare", "seed": -1}, 422, "sandbox.invalid"),
        ({"name": "spare", "count": -1}, 422, "sandbox.invalid"),
        ({"name": "spare", "count": 1.5}, 422, "sandbox.invalid"),
        ({"name": "spare", "from": "default", "scenario": "quickstart"}, 422, "sandbox.invalid"),
        ({"name": "spare", "from": 5}, 422, "sandbox.invalid"),
        ({"name": "spare", "from": "nobody"}, 404, "sandbox.notFound"),
        ({"name": "spare", "scenario": "nothing"}, 404, "scenario.notFound"),
        ({"name": "spare", "scenario": "../quickstart"}, 404, "scenario.notFound"),
        ({"name": "spare", "dialect": "klingon"}, 422, "dialect.invalid"),
        ({"name": "spare", "dialect": {"since": "sometimes"}}, 422, "dialect.invalid"),
        ({"name": "spare", "from": "default", "dialect": {"colour": "red"}}, 422, "dialect.invalid"),
    ],
    ids=str,
)
def test_an_order_that_makes_no_sense_makes_no_sandbox(http: httpx.Client, order: Any, status: int, code: str) -> None:
    error(http.post("/admin/sandboxes", json=order), status, code)
    assert "spare" not in all_names(http)


@pytest.mark.parametrize(
    "path",
    ["/api/v1/events", "/admin/clock", "/health", "/version", "/", "", "/nothing", "/admin/sandboxes"],
)
def test_an_unknown_sandbox_has_nothing(http: httpx.Client, path: str) -> None:
    error(http.get(f"/sandboxes/nobody{path}"), 404, "sandbox.notFound")


def test_a_sandbox_within_a_sandbox_is_no_path(crm: Crm) -> None:
    error(crm.http.get(f"{crm.path}/sandboxes/default/api/v1/events"), 404, "path.notFound")


def test_the_controls_of_any_sandbox_make_sandboxes_beside_it(crm: Crm) -> None:
    response = crm.admin("POST", "/sandboxes", {"name": "beside"})
    assert response.json()["path"] == "/sandboxes/beside"
    assert crm.http.delete("/admin/sandboxes/beside").status_code == 204


# What a sandbox begins with


def test_a_dialect_by_its_name_or_by_its_knobs(make: Make) -> None:
    assert make(dialect="aurinko").admin("GET", "/dialect").json()["name"] == "aurinko"
    crm = make(dialect={"deletedStatus": 410})
    assert crm.admin("GET", "/dialect").json()["deletedStatus"] == 410


def test_a_count_of_invented_events(make: Make) -> None:
    assert len(make(count=12).events()) == 12
    assert make(count=0).events() == []


def test_the_same_seed_makes_the_same_sandbox(make: Make) -> None:
    one, same, other = make(count=12, seed=7), make(count=12, seed=7), make(count=12, seed=8)
    assert subjects(one.events()) == subjects(same.events())
    assert subjects(one.events()) != subjects(other.events())
    assert one.everything()["chance"] == same.everything()["chance"] != other.everything()["chance"]


def test_a_scenario_s_start_state(make: Make) -> None:
    crm, again = make(scenario="quickstart"), make(scenario="quickstart")
    assert crm.admin("GET", "/clock").json()["mode"] == "frozen"
    assert version(crm, "kickoff")["key"] == "kickoff"
    assert len(crm.events()) > 1
    assert crm.everything() == again.everything()


def test_a_scenario_with_another_dialect_and_more_events(make: Make) -> None:
    plain = make(scenario="quickstart")
    crm = make(scenario="quickstart", dialect={"listShape": "array"}, count=5)
    assert len(crm.api("GET", "/events").json()) == len(plain.events()) + 5
    assert crm.now() == plain.now()


def test_the_calls_for_sandboxes_take_no_parameters(crm: Crm) -> None:
    declined(crm, 400, "query.invalid", "GET", "/sandboxes?limit=1")
