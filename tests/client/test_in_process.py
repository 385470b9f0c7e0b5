"""A CRM in this process, asked through the HTTP libraries that clients use, and no socket."""

import asyncio
import io
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx
import pytest
import requests

from mockcrm import Crm, HttpxTransport, RequestsAdapter, connect, create_app, serving
from mockcrm.base.wsgi import App
from tests.samples import TIMES

Ask = Callable[..., Any]


def with_requests(url: str, app: App | None = None) -> Ask:
    session = requests.Session()
    if app:
        session.mount(url, RequestsAdapter(app))
    return lambda method, path, **more: session.request(method, url + path, **more)


def with_httpx(url: str, app: App | None = None) -> Ask:
    return httpx.Client(transport=HttpxTransport(app) if app else None, base_url=url).request


def with_httpx_async(url: str, app: App | None = None) -> Ask:
    def ask(*args: Any, **more: Any) -> httpx.Response:
        async def main() -> httpx.Response:
            async with httpx.AsyncClient(transport=HttpxTransport(app) if app else None, base_url=url) as client:
                return await client.request(*args, **more)

        return asyncio.run(main())

    return ask


@dataclass
class World:
    """A CRM, and how a library asks it."""

    crm: Crm
    ask: Ask


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("A socket was used."))


@pytest.fixture(params=[with_requests, with_httpx, with_httpx_async])
def library(request: pytest.FixtureRequest) -> Callable[..., Ask]:
    way: Callable[..., Ask] = request.param
    return way


@pytest.fixture
def world(library: Callable[..., Ask]) -> Iterator[World]:
    app = create_app()
    with connect(app).create() as crm:
        crm.clock.freeze("2026-01-05T09:00:00Z")
        yield World(crm, library(crm.url, app))


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving(create_app()) as url:
        yield url


@pytest.fixture
def served(library: Callable[..., Ask], server: str) -> Iterator[World]:
    """The same on a socket."""
    with connect(server).create() as crm:
        crm.clock.freeze("2026-01-05T09:00:00Z")
        yield World(crm, library(crm.url))


@pytest.mark.usefixtures("no_sockets")
def test_a_client_writes_reads_and_deletes(world: World) -> None:
    ask = world.ask
    made = ask("POST", "/events", json={"subject": "Café", **TIMES})
    assert (made.status_code, made.json()["subject"]) == (201, "Café")
    path = f"/events/{made.json()['id']}"
    assert [row["subject"] for row in ask("GET", "/events", params={"limit": 5}).json()["records"]] == ["Café"]
    stale = ask("PATCH", path, json={"subject": "Tea"}, headers={"If-Match": '"9-00000000"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition.failed")
    gone = ask("DELETE", path, headers={"If-Match": made.headers["ETag"]})
    assert (gone.status_code, gone.content) == (204, b"")
    assert world.crm.requests.get(1)["status"] == 201


def test_paths_and_queries_mean_what_they_mean_on_a_socket(world: World, served: World) -> None:
    for path in (
        "/events/caf%C3%A9",
        "/events/a%2Fb%20c",
        "/events?since=2026-01-05T09%3A00%3A00%2B00%3A00&limit=1",
    ):
        here, there = world.ask("GET", path), served.ask("GET", path)
        anywhere = here.json() | {"message": here.json().get("message", "").replace(world.crm.path, served.crm.path)}
        assert (here.status_code, anywhere) == (there.status_code, {"message": "", **there.json()})


@pytest.mark.parametrize(("path", "status"), [("/events", 200), ("/events/9", 404)])
def test_a_head_has_the_headers_of_a_socket_and_no_body(world: World, served: World, path: str, status: int) -> None:
    here, there = world.ask("HEAD", path), served.ask("HEAD", path)
    assert (here.status_code, here.content) == (there.status_code, there.content) == (status, b"")
    assert here.headers["Content-Length"] == there.headers["Content-Length"] != "0"


@pytest.mark.parametrize("name", ["日本".encode(), "café".encode(), "café".encode("latin-1")])
def test_a_header_s_bytes_arrive_as_on_a_socket(world: World, served: World, name: bytes) -> None:
    for each in (world, served):
        assert each.ask("GET", "/events", headers={"X-Mockcrm-Client": name}).status_code == 200
    (here,), (there,) = world.crm.requests.all(), served.crm.requests.all()
    assert here["client"] == there["client"] == name.decode("utf-8", "replace")


@pytest.mark.parametrize(
    "effect", ["truncate", {"truncate": {"bytes": 0}}, {"disconnect": "reset"}, {"disconnect": "close"}]
)
def test_a_connection_that_breaks_raises_what_it_raises_on_a_socket(world: World, served: World, effect: Any) -> None:
    raised = []
    for each in (world, served):
        each.crm.seed(3)
        each.crm.faults.add(effect, times=1)
        with pytest.raises((requests.RequestException, httpx.HTTPError)) as error:
            each.ask("GET", "/events")
        raised.append(error.type)
        assert each.ask("GET", "/events").json()["length"] == 3
        assert [entry["status"] for entry in each.crm.requests.all()][1] == 200
    assert raised[0] is raised[1]


def test_who_does_not_wait_for_an_answer_need_not() -> None:
    app = create_app()

    async def cancelled(crm: Crm) -> bool:
        async with httpx.AsyncClient(transport=HttpxTransport(app), base_url=crm.url) as client:
            async with anyio.create_task_group() as group:
                group.start_soon(client.get, "/events")
                while not crm.requests.all():
                    await anyio.sleep(0)
                group.cancel_scope.cancel()
            (entry,) = crm.requests.all()
            assert entry["status"] is None, "It was waited for."
            return group.cancel_scope.cancelled_caught

    with connect(app).create() as crm:
        crm.faults.add({"delay": "3s"})
        assert asyncio.run(cancelled(crm))


def test_the_controls_answer_through_a_library(library: Callable[..., Ask]) -> None:
    app = create_app()
    url = connect(app).url.removesuffix("/api/v1")
    assert library(url, app)("GET", "/admin/clock").status_code == 200


@pytest.mark.usefixtures("no_sockets")
def test_a_link_leads_to_the_application_again() -> None:
    app, session = create_app(), requests.Session()
    with connect(app).create(count=3) as crm:
        crm.set_dialect(listShape="array")
        session.mount(crm.url, RequestsAdapter(app))
        first = session.get(f"{crm.url}/events", params={"limit": 2})
        assert len(session.get(first.links["next"]["url"]).json()) == 1


def test_the_address_stands_for_no_machine() -> None:
    host = urlsplit(connect(create_app()).url).hostname
    assert host is not None
    assert host.endswith(".invalid")


def test_a_body_may_be_a_file_or_come_in_parts() -> None:
    app = create_app()
    payload = b'{"startTime": "2026-01-05T09:00:00Z", "endTime": "2026-01-05T10:00:00Z"}'
    kind = {"Content-Type": "application/json"}
    with connect(app).create() as crm:
        asked, client = with_requests(crm.url, app), with_httpx(crm.url, app)
        for data in (payload, payload.decode(), io.BytesIO(payload), iter([payload[:9], payload[9:]])):
            assert asked("POST", "/events", data=data, headers=kind).status_code == 201
        assert client("POST", "/events", content=iter([payload[:9], payload[9:]]), headers=kind).status_code == 201
        assert len(crm.events.all()) == 5


def test_controls_of_a_served_application_need_no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app()
    with serving(app) as url, connect(app, url=url).create() as crm:
        assert httpx.get(f"{crm.url}/events").json()["length"] == 0
        monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("A socket was used."))
        with crm.fork() as fork:
            fork.events.create(**TIMES)
            assert fork.url.startswith(url)
