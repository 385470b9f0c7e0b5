"""A real server on a real socket, and for each test a sandbox of its own whose clock stands still."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

import mockcrm
from mockcrm import connect, create_app, serving
from tests.processes import served

MONDAY = "2026-01-05T09:00:00.000Z"
"""Where each test's clock stands at first."""

BOTH = pytest.mark.parametrize("server", ["threaded", "gunicorn"], indirect=True)
"""For tests of what a client sees on the wire: once with the server in this process, once with `mockcrm serve`."""

_names = (f"test{number}" for number in itertools.count(1))


@dataclass(frozen=True)
class Crm:
    """One sandbox, from both sides: `api` is what the client under test calls, `admin` are the controls."""

    http: httpx.Client
    path: str

    def api(self, method: str, path: str, body: Any = None, **options: Any) -> httpx.Response:
        return self._send(method, f"/api/v1{path}", body, options)

    def admin(self, method: str, path: str, body: Any = None, **options: Any) -> httpx.Response:
        return self._send(method, f"/admin{path}", body, options)

    def _send(self, method: str, path: str, body: Any, options: dict[str, Any]) -> httpx.Response:
        return self.http.request(method, self.path + path, **({} if body is None else {"json": body}), **options)

    # What tests do all the time

    def create(self, start: str = "2026-01-06T09:00:00Z", end: str = "2026-01-06T10:00:00Z", **fields: Any) -> Any:
        """An event made by the client."""
        response = self.api("POST", "/events", {"startTime": start, "endTime": end, **fields})
        assert response.status_code == 201, response.text
        return response.json()

    def events(self, **parameters: Any) -> list[Any]:
        """The records of a list of one page."""
        response = self.api("GET", "/events", params=parameters)
        assert response.status_code == 200, response.text
        records: list[Any] = response.json()["records"]
        return records

    @property
    def controls(self) -> mockcrm.Crm:
        """The same sandbox by its control client, for what must succeed."""
        return connect(str(self.http.base_url)).sandbox(self.path.rpartition("/")[2] or "default")

    def act(self, *actions: Any) -> list[Any]:
        return self.controls.perform(*actions)

    def advance(self, by: str) -> Any:
        return self.controls.clock.advance(by)

    def now(self) -> str:
        now: str = self.controls.clock.get()["now"]
        return now

    def changes(self) -> list[Any]:
        return self.controls.changes()

    def set_dialect(self, **knobs: Any) -> None:
        self.controls.set_dialect(**knobs)

    def everything(self) -> Any:
        """The whole state: what a refused request must not have changed."""
        return self.controls.snapshot()


@pytest.fixture(scope="session")
def process() -> Iterator[str]:
    """The address of `mockcrm serve`, a process of its own that runs gunicorn."""
    with served("--count", "0") as running:
        yield running.url


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a server that all tests share: the one in this process, unless `BOTH` asks for the other."""
    if getattr(request, "param", "threaded") == "gunicorn":
        yield request.getfixturevalue("process")
    else:
        with serving(create_app()) as url:
            yield url


@pytest.fixture(scope="session")
def http(server: str) -> Iterator[httpx.Client]:
    # Reading the certificates of the world takes a client longer than most tests here.
    with httpx.Client(base_url=server, timeout=30, verify=False) as client:
        yield client


@pytest.fixture
def crm(http: httpx.Client) -> Iterator[Crm]:
    """An empty sandbox whose clock stands at `MONDAY`."""
    with connect(str(http.base_url)).create(next(_names)) as made:
        made.clock.freeze(MONDAY)
        yield Crm(http, made.path)


def error(response: httpx.Response, status: int, code: str) -> Any:
    """The details of a refusal, which must have this status and code and the shape of all errors."""
    assert (response.status_code, response.json().get("code")) == (status, code), response.text
    assert set(response.json()) == {"code", "message", "requestId", "details"}
    assert response.json()["requestId"] == response.headers["X-Request-Id"]
    return response.json()["details"]
