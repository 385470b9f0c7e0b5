"""A CRM in this process, asked through the HTTP libraries that clients use, and no socket."""

import asyncio
import io
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import requests

from mockcrm import Crm, connect, create_app, serving
from mockcrm.for_httpx import Transport
from mockcrm.for_requests import Adapter
from mockcrm.transport import App
from tests.http.samples import TIMES


@dataclass
class Library:
    """A library: how it sends a request, and what it raises when a connection breaks."""

    ask: Callable[..., Any]
    broken: type[Exception]


def with_requests(app: App, url: str) -> Library:
    session = requests.Session()
    session.mount(url, Adapter(app))
    return Library(lambda method, path, **more: session.request(method, url + path, **more), requests.ConnectionError)


def with_httpx(app: App, url: str) -> Library:
    client = httpx.Client(transport=Transport(app), base_url=url)
    return Library(client.request, httpx.ReadError)


def with_httpx_async(app: App, url: str) -> Library:
    def ask(*args: Any, **more: Any) -> httpx.Response:
        async def main() -> httpx.Response:
            async with httpx.AsyncClient(transport=Transport(app), base_url=url) as client:
                return await client.request(*args, **more)

        return asyncio.run(main())

    return Library(ask, httpx.ReadError)


@dataclass
class World:
    crm: Crm
    library: Library


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("A socket was used."))


@pytest.fixture(params=[with_requests, with_httpx, with_httpx_async])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    app = create_app()
    with connect(app).create() as crm:
        crm.clock.freeze("2026-01-05T09:00:00Z")
        yield World(crm, request.param(app, crm.url))


@pytest.mark.usefixtures("no_sockets")
def test_a_client_writes_reads_and_deletes(world: World) -> None:
    ask = world.library.ask
    made = ask("POST", "/events", json={"subject": "Café", **TIMES})
    assert (made.status_code, made.json()["subject"]) == (201, "Café")
    path = f"/events/{made.json()['id']}"
    assert [row["subject"] for row in ask("GET", "/events", params={"limit": 5}).json()["records"]] == ["Café"]
    stale = ask("PATCH", path, json={"subject": "Tea"}, headers={"If-Match": '"9-00000000"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition.failed")
    gone = ask("DELETE", path, headers={"If-Match": made.headers["ETag"]})
    assert (gone.status_code, gone.content) == (204, b"")
    assert world.crm.requests.get(1)["status"] == 201


def test_paths_and_queries_mean_what_they_mean_on_a_socket(world: World) -> None:
    with serving(create_app()) as url, connect(url).create() as served:
        served.clock.freeze("2026-01-05T09:00:00Z")
        for path in (
            "/events/caf%C3%A9",
            "/events/a%2Fb%20c",
            "/events?since=2026-01-05T09%3A00%3A00%2B00%3A00&limit=1",
        ):
            there, here = httpx.get(served.url + path), world.library.ask("GET", path)
            assert (here.status_code, here.json()) == (there.status_code, there.json())


@pytest.mark.parametrize("effect", ["truncate", {"disconnect": "reset"}, {"disconnect": "close"}])
def test_a_connection_that_breaks_is_what_the_library_calls_that(world: World, effect: Any) -> None:
    world.crm.seed(3)
    world.crm.faults.add(effect, times=1)
    with pytest.raises(world.library.broken):
        world.library.ask("GET", "/events")
    assert world.library.ask("GET", "/events").json()["length"] == 3
    assert [entry["status"] for entry in world.crm.requests.all()][1] == 200


def test_a_body_may_be_a_file_or_come_in_parts() -> None:
    app = create_app()
    told = b'{"startTime": "2026-01-05T09:00:00Z", "endTime": "2026-01-05T10:00:00Z"}'
    kind = {"Content-Type": "application/json"}
    with connect(app).create() as crm:
        asked, client = with_requests(app, crm.url).ask, with_httpx(app, crm.url).ask
        for data in (told, told.decode(), io.BytesIO(told), iter([told[:9], told[9:]])):
            assert asked("POST", "/events", data=data, headers=kind).status_code == 201
        assert client("POST", "/events", content=iter([told[:9], told[9:]]), headers=kind).status_code == 201
        assert len(crm.events.all()) == 5


def test_controls_of_a_served_application_need_no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app()
    with serving(app) as url, connect(app, url=url).create() as crm:
        assert httpx.get(f"{crm.url}/events").json()["length"] == 0
        monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("A socket was used."))
        with crm.fork() as fork:
            fork.events.create(**TIMES)
            assert fork.url.startswith(url)
