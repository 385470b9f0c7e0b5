"""A path means one thing to guard, journal and router, whoever serves (contract, section 3)."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson
import pytest
from flask import Blueprint, Flask
from hypothesis import example, given, settings, strategies as st

from mockcrm import Access, Sandboxes, connect, create_app, serving
from mockcrm.base.wsgi import call_app
from mockcrm.client.crm import Crm
from mockcrm.web import error_handlers
from mockcrm.web.exchange import EXCHANGE, UnjournaledRequest
from tests.processes import served
from tests.served import MONDAY

TOKEN = "open-sesame"


@dataclass(frozen=True)
class Answer:
    status: int
    code: str | None
    number: str
    message: str


Ask = Callable[[str], Answer]


@dataclass(frozen=True)
class Server:
    """A way to serve: how a target is sent to it without the token, and its controls, which have it."""

    ask: Ask
    default: Crm
    mine: Crm


def over_a_socket(url: str) -> Ask:
    host = urlsplit(url).netloc

    def ask(target: str) -> Answer:
        with socket.create_connection((urlsplit(url).hostname, urlsplit(url).port), timeout=10) as connection:
            connection.sendall(f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            head, _, body = connection.makefile("rb").read().partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        return answer(int(status.split()[1]), headers, body)

    return ask


def within_the_process(app: Flask) -> Ask:
    def ask(target: str) -> Answer:
        found = call_app(app, "GET", target, {}, b"")
        return answer(found.status, dict(found.headers), found.body)

    return ask


def answer(status: int, headers: dict[str, str], body: bytes) -> Answer:
    said = orjson.loads(body) if "json" in headers.get("content-type", "") else {}
    return Answer(status, said.get("code"), headers["x-request-id"], said.get("message", ""))


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, Server]]:
    """All three ways to serve, each with the sandboxes `default` and `mine`, and a token that the controls want."""
    access = Access(token=TOKEN)
    with ExitStack() as stack:
        process = stack.enter_context(served("--count", "0", "--admin-token", TOKEN)).url
        thread = stack.enter_context(serving(create_app(access=access)))
        app = create_app(access=access)
        asks: dict[str, tuple[Ask, Any]] = {
            "process": (over_a_socket(process), process),
            "thread": (over_a_socket(thread), thread),
            "in process": (within_the_process(app), app),
        }
        found = {}
        for name, (ask, to) in asks.items():
            default = connect(to, token=TOKEN)
            mine = default.create("mine")
            for crm in (default, mine):
                crm.clock.freeze(MONDAY)
            found[name] = Server(ask, default, mine)
        yield found


# What is drawn: paths of the CRM, and what an attacker makes of them

SEGMENTS = st.sampled_from(
    (
        *("admin", "api", "v1", "events", "clock", "sandboxes", "default", "mine", "health", "version", "1001"),
        *(
            "console",
            "calendar.ics",
            "mailbox.ics",
            "",
            ".",
            "..",
            "%2e",
            "%2E%2e",
            "a%2fb",
            "%2F",
            "ADMIN",
            "Api",
            "%61dmin",
            "%00",
            "%C3%A9",
            "%ff",
            "%252f",
        ),
    )
)
KNOWN = st.sampled_from(
    (
        *("/admin/clock", "/admin/events", "/api/v1/events", "/api/v1/events/1001", "/health", "/version"),
        *("/sandboxes/mine/admin/clock", "/sandboxes/mine/api/v1/events", "/sandboxes/nobodys/admin/clock"),
    )
)
DRAWN = st.lists(st.tuples(st.sampled_from(["/", "/", "/", "//", "%2f"]), SEGMENTS), max_size=6)
PATHS = KNOWN | st.builds(
    lambda before, parts, known, after: before + "".join(map("".join, parts)) + known + after,
    st.sampled_from(["/", "//", "///", "/./", "/%2f", "/x/../", "/sandboxes/mine/", "/sandboxes/mine//"]),
    DRAWN,
    KNOWN | st.just(""),
    st.sampled_from(["", "", "/", "//", "/.", "/..", "?showDeleted=true", "?a=//", "#a"]),
)
TARGETS = st.builds(lambda origin, path: origin + path, st.sampled_from(["", "", "http://127.0.0.1:80"]), PATHS)


@dataclass(frozen=True)
class Meaning:
    """What the contract says of a target; `journal` is the sandbox that records the request."""

    status: Callable[[int], bool]
    code: str | None
    journal: str | None


def meaning(target: str) -> Meaning:
    """A reading of its own, as slow and plain as it can be."""
    path = target.removeprefix("http://127.0.0.1:80").partition("?")[0].partition("#")[0]
    segments = [unquote(segment) for segment in path.split("/")[1:]]
    console = segments == [""] or (len(segments) == 3 and segments[0] == "sandboxes" and not segments[2])
    odd = any(not each or each in (".", "..") or "/" in each for each in (segments[:-1] if console else segments))
    meant: list[str] = []
    for each in "/".join(segments).split("/"):
        if each == "..":
            meant = meant[:-1]
        elif each not in ("", "."):
            meant.append(each)
    inside = len(meant) > 1 and meant[0] == "sandboxes"
    sandbox, rest = (meant[1], meant[2:]) if inside else ("default", meant)
    known = sandbox in ("default", "mine")
    journal = sandbox if known and rest[:2] == ["api", "v1"] else None
    if odd:
        return Meaning(lambda status: status == 404, "path.notFound", journal)
    if inside and rest == ["mailbox.ics"]:
        return Meaning(lambda status: status == 404, "path.notFound", None)
    if rest[:1] == ["admin"] or rest in (["calendar.ics"], ["mailbox.ics"]):
        return Meaning(lambda status: status == 401, "credentials.missing", None)
    if not known:
        return Meaning(lambda status: status == 404, "sandbox.notFound", None)
    return Meaning(lambda status: status < 500, None, journal)


@example("//admin/clock")
@example("/%2fadmin/clock")
@example("/sandboxes/mine//admin/clock")
@example("//api/v1/events")
@example("/api/v1/events/..")
@example("/api%2Fv1/events")
@example("http://127.0.0.1:80//admin/clock")
@example("/sandboxes/../admin/clock")
@example("/calendar.ics")
@example("/sandboxes/nobodys/calendar.ics")
@example("/sandboxes/mine/mailbox.ics")
@example("//mailbox.ics")
@given(target=TARGETS)
@settings(max_examples=250, deadline=None)
def test_guard_journal_and_router_read_a_path_alike_however_it_is_served(
    servers: dict[str, Server], target: str
) -> None:
    meant = meaning(target)
    seen = {name: judged(server, target, meant) for name, server in servers.items()}
    assert len({(each.status, each.code) for each in seen.values()}) == 1, seen


def judged(server: Server, target: str, meant: Meaning) -> Answer:
    both = (server.default, server.mine)
    for crm in both:
        crm.requests.clear()
    found = server.ask(target)
    assert meant.status(found.status), found
    assert meant.code in (None, found.code), found
    recorded = {crm.name: crm.requests.all() for crm in both}
    assert [name for name, requests in recorded.items() if requests] == ([meant.journal] if meant.journal else [])
    assert found.number.isdigit() is (meant.journal is not None), found
    if meant.code == "path.notFound" and meant.journal:
        (entry,) = recorded[meant.journal]
        assert (entry["operation"], entry.get("eventId")) == (None, None)
    return found


# What people read


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("//admin/clock", "Did you mean /admin/clock? A base URL must not end in a slash."),
        ("/api/v1//events", "Did you mean /api/v1/events? A base URL must not end in a slash."),
        ("/api/v1/events/", "Did you mean /api/v1/events? No path ends in a slash."),
        ("/api/v1/./events", "Did you mean /api/v1/events?"),
        ("/api/v1/events//1", "Did you mean /api/v1/events/1?"),
        (
            "/sandboxes/mine//admin/clock",
            "Did you mean /sandboxes/mine/admin/clock? A base URL must not end in a slash.",
        ),
        ("/%2e%2e/admin/clock", "Did you mean /admin/clock?"),
        ("/api%2fv1/caf%C3%A9", "Did you mean /api/v1/café?"),
    ],
)
def test_a_path_that_leads_nowhere_names_the_one_that_may_be_meant(
    servers: dict[str, Server], sent: str, said: str
) -> None:
    for server in servers.values():
        assert server.ask(sent).message == f"There is nothing at {sent}. {said}"


def test_a_target_s_own_host_counts_and_not_the_header(servers: dict[str, Server]) -> None:
    for server in servers.values():
        assert server.ask("http://evil.example/admin/clock").code == "admin.forbidden"
        assert server.ask("http://evil.example/api/v1/events").status == 200


def test_a_sandbox_without_a_final_slash_is_redirected_to_its_page(servers: dict[str, Server]) -> None:
    for server in servers.values():
        assert server.ask("/sandboxes/mine").status == 308
        assert server.ask("/sandboxes/nobodys").code == "sandbox.notFound"


def test_a_fault_rule_without_an_operation_applies_to_a_mistaken_path_and_no_other_does(
    servers: dict[str, Server],
) -> None:
    for server in servers.values():
        server.mine.faults.add({"status": 500}, match={"operation": "listEvents"})
        server.mine.faults.add({"status": 503}, match={"path": "//api/v1/events"})
        assert server.ask("/sandboxes/mine//api/v1/events").status == 503
        assert server.ask("/sandboxes/mine/api/v1/events/").code == "path.notFound"
        server.mine.faults.clear()


# The second lock


def test_a_view_that_nobody_has_admitted_is_shut() -> None:
    late = Blueprint("late", __name__)
    late.get("/late")(lambda: "open")
    app = Flask("test")
    error_handlers.install(app)
    app.register_blueprint(late)
    app.get("/later")(lambda: "open")
    assert statuses(app, "/late", "/later") == [403, 403]


OPENED: list[tuple[Any, str, list[int]]] = [
    ("controls", "of the controls", [200, 403, 403, 200]),
    ("console", "of the page", [403, 200, 403, 200]),
    ("calendar", "of the calendar", [403, 403, 200, 200]),
    (None, "of none", [403, 403, 403, 200]),
]


@pytest.mark.parametrize(("admitted", "_", "expected"), OPENED, ids=[name for _, name, _ in OPENED])
def test_the_admission_to_one_thing_opens_no_other(admitted: Any, _: str, expected: list[int]) -> None:
    bare, sandbox = partial(Flask.wsgi_app, create_app()), Sandboxes().get("default")

    def ask(path: str) -> int:
        with_exchange = {EXCHANGE: UnjournaledRequest(sandbox, "o1", admitted)}
        return call_app(lambda environ, start: bare(environ | with_exchange, start), "GET", path, {}, b"").status

    assert [ask(path) for path in ("/admin/clock", "/", "/calendar.ics", "/health")] == expected
    assert ask("/console/main.js") == ask("/")
    assert ask("/mailbox.ics") == ask("/calendar.ics")
    assert ask("/api/v1/events") == 403


def test_without_its_gate_an_application_answers_nothing() -> None:
    bare = partial(Flask.wsgi_app, create_app())
    paths = ("/admin/clock", "/admin/events", "/api/v1/events", "/health", "/", "/console/main.js", "/calendar.ics")
    assert [call_app(bare, "GET", path, {}, b"").status for path in paths] == [403] * 7


def test_an_application_takes_no_further_routes() -> None:
    for _ in range(2):
        with pytest.raises(AssertionError, match="can no longer be called"):
            create_app().get("/late")


def statuses(app: Flask, *paths: str) -> list[int]:
    return [app.test_client().get(path).status_code for path in paths]
