"""Who may use the controls (contract, section 6)."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from mockcrm import Access, create_app, serving
from tests.served import error
from tests.unchanged import EVENT

Serve = Callable[[Access], httpx.Client]

CONTROLS: list[tuple[str, str, Any]] = [
    ("GET", "/admin/clock", None),
    ("GET", "/admin/events", None),
    ("GET", "/admin/snapshot", None),
    ("PUT", "/admin/clock", {"now": "2030-01-01T00:00:00Z"}),
    ("POST", "/admin/events", EVENT),
    ("POST", "/admin/actions", []),
    ("POST", "/admin/reset", {"to": "empty"}),
    ("POST", "/admin/sandboxes", {"name": "stolen"}),
    ("DELETE", "/admin/sandboxes/default", None),
    ("GET", "/admin/nothing", None),
    ("OPTIONS", "/admin/clock", None),
    ("GET", "/sandboxes/default/admin/clock", None),
    ("POST", "/sandboxes/default/admin/reset", {"to": "empty"}),
    ("GET", "/sandboxes/nobody/admin/clock", None),
]


@pytest.fixture(scope="module")
def serve() -> Iterator[Serve]:
    """Starts servers, each with an event and its own idea of who may use the controls."""
    with ExitStack() as stack:

        def start(access: Access) -> httpx.Client:
            url = stack.enter_context(serving(create_app(access=access)))
            client = stack.enter_context(httpx.Client(base_url=url, timeout=30))
            assert client.post("/api/v1/events", json=EVENT).status_code == 201
            return client

        yield start


@pytest.fixture(scope="module")
def http(serve: Serve) -> httpx.Client:
    """A server that anybody at this machine may control."""
    return serve(Access())


def refuses(http: httpx.Client, status: int, code: str, **headers: str) -> None:
    """The controls refuse these headers whatever is asked of them, and nothing comes of it."""
    before = http.get("/api/v1/events").json()["records"]
    for method, path, body in CONTROLS:
        error(http.request(method, path, json=body, headers=headers), status, code)
    assert http.get("/api/v1/events").json()["records"] == before
    assert http.get("/sandboxes/stolen/api/v1/events").status_code == 404


def admits(http: httpx.Client, **headers: str) -> None:
    """The controls do what they are told with these headers."""
    assert http.get("/admin/clock", headers=headers).status_code == 200
    before = http.get("/api/v1/events").json()["length"]
    assert http.post("/admin/events", json=EVENT, headers=headers).status_code == 201
    assert http.get("/api/v1/events").json()["length"] == before + 1


def port(http: httpx.Client) -> int:
    assert http.base_url.port
    return http.base_url.port


FOREIGN = [
    "evil.example",
    "evil.example:80",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "evil.example:localhost",
    "localhost@evil.example",
    "evil.example#localhost",
    "192.168.0.7",
    "0.0.0.0",
    "[2001:db8::1]",
    "localhost:port",
    "local host",
]


@pytest.mark.parametrize("host", FOREIGN)
def test_the_controls_refuse_a_foreign_host(http: httpx.Client, host: str) -> None:
    refuses(http, 403, "admin.forbidden", Host=host)


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST", "localhost:8080", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:9999"]
)
def test_the_controls_answer_to_this_machine_s_names_with_any_port(http: httpx.Client, host: str) -> None:
    admits(http, Host=host)


def test_the_controls_answer_to_names_that_were_allowed(serve: Serve) -> None:
    http = serve(Access(hosts=frozenset({"crm.test"})))
    admits(http, Host="crm.test")
    admits(http, Host="CRM.test:8080")
    admits(http, Host="localhost")
    refuses(http, 403, "admin.forbidden", Host="other.test")
    refuses(http, 403, "admin.forbidden", Host="a.crm.test")


@pytest.mark.parametrize("host", ["evil.example", "192.168.0.7", "[2001:db8::1]:8080"])
def test_the_api_answers_to_any_name(http: httpx.Client, host: str) -> None:
    headers = {"Host": host}
    assert http.get("/api/v1/events", headers=headers).json()["length"] >= 1
    created = http.post("/api/v1/events", json=EVENT, headers=headers)
    assert created.status_code == 201
    assert created.headers["Location"].endswith(f"{host}/api/v1/events/{created.json()['id']}")
    assert http.get("/health", headers=headers).status_code == 200
    assert http.get("/version", headers=headers).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "https://shop.example", "null", "http://localhost:1"])
def test_the_api_answers_to_any_origin(http: httpx.Client, origin: str) -> None:
    assert http.post("/api/v1/events", json=EVENT, headers={"Origin": origin}).status_code == 201


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "http://evil.example",
        "https://evil.example",
        "http://localhost.evil.example",
        "http://evil.example/localhost",
        "http://localhost@evil.example",
        "http://127.0.0.1:1",
        "http://localhost",
        "file://",
        "chrome-extension://abcdef",
        "localhost",
        "",
        "http://[",
        "http://localhost:x",
    ],
)
def test_the_controls_refuse_a_foreign_origin(http: httpx.Client, origin: str) -> None:
    refuses(http, 403, "admin.forbidden", Origin=origin)


def test_a_foreign_name_is_foreign_as_an_origin_even_with_the_right_port(http: httpx.Client) -> None:
    refuses(http, 403, "admin.forbidden", Origin=f"http://evil.example:{port(http)}")
    refuses(http, 403, "admin.forbidden", Origin=f"ftp://127.0.0.1:{port(http)}")


def test_the_controls_take_orders_from_their_own_pages(http: httpx.Client) -> None:
    admits(http, Origin=f"http://127.0.0.1:{port(http)}")
    admits(http, Origin=f"http://localhost:{port(http)}", Host=f"localhost:{port(http)}")


def test_an_allowed_name_is_no_foreign_origin(serve: Serve) -> None:
    http = serve(Access(hosts=frozenset({"crm.test"})))
    admits(http, Host=f"crm.test:{port(http)}", Origin=f"http://crm.test:{port(http)}")
    admits(http, Host="crm.test", Origin="https://crm.test")
    refuses(http, 403, "admin.forbidden", Host="crm.test", Origin="http://crm.test:8081")


# The token


@pytest.fixture(scope="module")
def guarded(serve: Serve) -> httpx.Client:
    return serve(Access(token="open sesame"))


def test_without_the_token_the_controls_ask_for_it(guarded: httpx.Client) -> None:
    refuses(guarded, 401, "credentials.missing")
    assert guarded.get("/admin/clock").headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "authorization",
    ["Bearer wrong", "Bearer", "Bearer open sesame!", "Basic open sesame", "open sesame", "Bearer OPEN SESAME"],
)
def test_with_a_wrong_token_nothing_is_done(guarded: httpx.Client, authorization: str) -> None:
    refuses(guarded, 401, "credentials.invalid", Authorization=authorization)


def test_a_token_of_other_letters_is_wrong_and_no_mistake_of_ours(guarded: httpx.Client) -> None:
    headers = {b"Authorization": "Bearer öffne dich".encode("latin-1")}
    error(guarded.get("/admin/clock", headers=headers), 401, "credentials.invalid")


@pytest.mark.parametrize("authorization", ["Bearer open sesame", "bearer open sesame"])
def test_with_the_right_token_the_controls_are_open(guarded: httpx.Client, authorization: str) -> None:
    admits(guarded, Authorization=authorization)


def test_the_token_does_not_excuse_a_foreign_host_or_origin(guarded: httpx.Client) -> None:
    refuses(guarded, 403, "admin.forbidden", Authorization="Bearer open sesame", Host="evil.example")
    refuses(guarded, 403, "admin.forbidden", Authorization="Bearer open sesame", Origin="null")


def test_the_api_needs_no_token_and_takes_any(guarded: httpx.Client) -> None:
    for headers in ({}, {"Authorization": "Bearer whatever"}, {"Authorization": "Basic eDp5"}):
        assert guarded.get("/api/v1/events", headers=headers).status_code == 200


# Shut


def test_controls_that_are_closed_are_closed_to_everybody(serve: Serve) -> None:
    http = serve(Access(closed=True))
    refuses(http, 403, "admin.forbidden")
    refuses(http, 403, "admin.forbidden", Authorization="Bearer open sesame")
    assert http.get("/api/v1/events").status_code == 200
    assert http.get("/health").status_code == 200


def test_what_only_looks_like_the_controls_is_nothing_at_all(http: httpx.Client) -> None:
    for path in ("//admin/clock", "/Admin/clock", "/administration", "/admin/clock/"):
        error(http.get(path), 404, "path.notFound")
