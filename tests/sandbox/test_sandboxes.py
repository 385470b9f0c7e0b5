"""Sandboxes: made, listed and deleted, and what they begin with (contract, sections 1 and 6)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from mockcrm import Sandboxes, create_app, serving
from tests.making import Make, making
from tests.served import Crm, error
from tests.unchanged import EVENT, declined, subjects, version


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
    payload = response.json()
    assert (payload["name"], payload["path"], payload["events"]) == ("ann", "/sandboxes/ann", 0)
    assert alone.get(f"{payload['path']}/api/v1/events").json()["records"] == []
    assert alone.get(response.headers["Location"]).json()["name"] == "ann"


def test_a_sandbox_is_read_and_listed_with_the_default_one(alone: httpx.Client) -> None:
    alone.post("/admin/sandboxes", json={"name": "ann", "count": 7})
    ann = alone.get("/admin/sandboxes/ann").json()
    assert (ann["name"], ann["path"], ann["events"]) == ("ann", "/sandboxes/ann", 7)
    listed = alone.get("/admin/sandboxes").json()["sandboxes"]
    assert [sandbox["name"] for sandbox in listed] == ["ann", "default"]
    assert [sandbox["events"] for sandbox in listed] == [7, 0]


def test_a_sandbox_of_one_client_tells_no_credentials_apart(alone: httpx.Client) -> None:
    alone.post("/admin/sandboxes", json={"name": "one", "oneClient": True})
    alone.post("/admin/sandboxes", json={"name": "usual"})
    for name in ("one", "usual"):
        for headers in ({"Authorization": "Bearer a"}, {"Authorization": "Bearer b"}, {"X-Mockcrm-Client": "ann"}, {}):
            alone.get(f"/sandboxes/{name}/api/v1/events", headers=headers)
    one, usual = (alone.get(f"/sandboxes/{name}/admin/audit").json()["clients"] for name in ("one", "usual"))
    assert (len(one), len(usual)) == (1, 4)
    assert one[0]["stats"]["requests"] == 4
    assert one[0]["client"] in {each["client"] for each in usual} - {"ann", "client"}
    assert alone.post("/sandboxes/one/admin/audit", json={"replica": []}).status_code == 200


def test_a_fork_may_be_of_one_client_as_well(alone: httpx.Client) -> None:
    alone.put("/admin/sandboxes/fork", json={"from": "default", "oneClient": True})
    for name in ("ann", "bob"):
        alone.get("/sandboxes/fork/api/v1/events", headers={"X-Mockcrm-Client": name})
    (client,) = alone.get("/sandboxes/fork/admin/audit").json()["clients"]
    assert client["client"] == "ann"


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


@pytest.mark.parametrize("name", ["a", "A", "0", "7.x_Y-z", "a..b", "x" * 64, "a-", "a.", "a~", "feature~login"])
def test_a_name_has_up_to_64_letters_digits_dots_underscores_hyphens_and_tildes(make: Make, name: str) -> None:
    crm = make(name=name)
    assert crm.path == f"/sandboxes/{name}"
    assert crm.events() == []


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", ".a", "_a", "-a", "~a", "a b", "a/b", "a%20b", "ä", "a\n", "x" * 65, None, 5, True, ["a"]],
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


# While one of them is busy


@pytest.fixture
def seeding(alone: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Thread]:
    """The sandbox `busy` invents events, and does not come to an end until the test has."""
    assert alone.put("/admin/sandboxes/busy").status_code == 201
    begun, done = threading.Event(), threading.Event()

    def invented(*_: Any, **__: Any) -> Iterator[Any]:
        begun.set()
        assert done.wait(30)
        return iter(())

    monkeypatch.setattr("mockcrm.crm.seeding.generator.invent", invented)
    thread = threading.Thread(target=alone.post, args=("/sandboxes/busy/admin/seed",), kwargs={"json": {"count": 1}})
    thread.start()
    assert begun.wait(30)
    yield thread
    done.set()
    thread.join()


@pytest.mark.parametrize(
    "path",
    [
        "/health",
        "/admin/sandboxes",
        "/admin/sandboxes/busy",
        "/sandboxes/busy/health",
        "/sandboxes/busy/admin/sandboxes",
        "/admin/clock",
        "/api/v1/events",
    ],
)
def test_nobody_else_waits_for_a_seeding(alone: httpx.Client, seeding: threading.Thread, path: str) -> None:
    assert alone.get(path).status_code == 200
    assert seeding.is_alive()


def test_sandboxes_come_and_go_while_one_is_seeded(alone: httpx.Client, seeding: threading.Thread) -> None:
    assert alone.post("/admin/sandboxes", json={"name": "ann"}).status_code == 201
    assert alone.post("/sandboxes/ann/admin/reset").status_code == 200
    assert alone.delete("/admin/sandboxes/ann").status_code == 204
    assert alone.delete("/admin/sandboxes/busy").status_code == 204
    assert seeding.is_alive()


# By its path


def test_a_put_makes_a_sandbox_at_its_path(http: httpx.Client) -> None:
    with deleted(http, "put~1"):
        response = http.put("/admin/sandboxes/put~1", json={"count": 3})
        assert (response.status_code, response.json()["events"]) == (201, 3)
        assert response.json()["path"] == "/sandboxes/put~1"
        assert http.get(response.headers["Location"]).json()["name"] == "put~1"
        assert http.get("/sandboxes/put~1/api/v1/events").json()["length"] == 3


@pytest.mark.parametrize("options", [{}, {"json": {}}, {"json": {"name": "put2"}}], ids=["none", "empty", "named"])
def test_a_put_needs_no_body(http: httpx.Client, options: Any) -> None:
    with deleted(http, "put2"):
        assert http.put("/admin/sandboxes/put2", **options).status_code == 201


def test_a_put_replaces_no_sandbox(http: httpx.Client) -> None:
    with deleted(http, "put3"):
        assert http.put("/admin/sandboxes/put3", json={"count": 3}).status_code == 201
        error(http.put("/admin/sandboxes/put3", json={}), 409, "sandbox.exists")
        error(http.put("/admin/sandboxes/default"), 409, "sandbox.exists")
        assert http.get("/admin/sandboxes/put3").json()["events"] == 3


@pytest.mark.parametrize(
    ("path", "order", "field"),
    [
        ("spare", {"name": "other"}, "name"),
        ("spare", {"name": None}, "name"),
        ("spare", {"colour": "red"}, "colour"),
        ("~spare", {}, "name"),
        ("a" * 65, {}, "name"),
        ("spare%20room", {}, "name"),
    ],
)
def test_a_put_that_makes_no_sense_makes_no_sandbox(http: httpx.Client, path: str, order: Any, field: str) -> None:
    before = all_names(http)
    assert set(error(http.put(f"/admin/sandboxes/{path}", json=order), 422, "sandbox.invalid")) == {field}
    assert all_names(http) == before


@contextmanager
def deleted(http: httpx.Client, name: str) -> Iterator[None]:
    """A name whose sandbox is gone after the block."""
    yield
    assert http.delete(f"/admin/sandboxes/{name}").status_code == 204


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
    assert crm.everything() == again.everything()
    assert len(crm.events()) > 1


def test_a_scenario_with_another_dialect_and_more_events(make: Make) -> None:
    plain = make(scenario="quickstart")
    crm = make(scenario="quickstart", dialect={"listShape": "array"}, count=5)
    assert len(crm.api("GET", "/events").json()) == len(plain.events()) + 5
    assert crm.now() == plain.now()


def test_the_calls_for_sandboxes_take_no_parameters(crm: Crm) -> None:
    declined(crm, 400, "query.invalid", "GET", "/sandboxes?limit=1")
