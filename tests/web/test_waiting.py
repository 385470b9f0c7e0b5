"""Clients that wait, dawdle or leave: the controls are there all the same, and nothing is lost (`mockcrm serve`)."""

import json
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import httpx
import pytest

from mockcrm import Crm, connect, types
from tests.forking import PATIENCE
from tests.processes import Served, patience, served, worker_of
from tests.waiting import until

EVENT = {"startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z"}
STALLED = 500


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served("--count", "0") as running:
        yield running


@pytest.fixture
def crm(server: Served) -> Iterator[Crm]:
    with connect(server.url).create() as made:
        yield made


@contextmanager
def dialled(url: str) -> Iterator[socket.socket]:
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        yield connection


def asked(url: str, method: str, path: str, body: object = None, more: str = "") -> bytes:
    data = b"" if body is None else json.dumps(body).encode()
    typed = "" if body is None else f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n"
    head = f"{method} {path} HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\n{typed}{more}\r\n"
    return head.encode() + data


def all_of(connection: socket.socket) -> bytes:
    """What comes until the server closes; a reset says no more than that."""
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def half_a_head(url: str, name: str) -> bytes:
    return f"GET /sandboxes/{name}/api/v1/events HTTP/1.1\r\nHost: x".encode()


def a_body_that_never_comes(url: str, name: str) -> bytes:
    return asked(url, "POST", f"/sandboxes/{name}/api/v1/events", more="Content-Length: 100\r\n")


def a_delay_of_five_minutes(url: str, name: str) -> bytes:
    return asked(url, "GET", f"/sandboxes/{name}/api/v1/events")


def a_verify_that_waits(url: str, name: str) -> bytes:
    expected = {"requests": [{"operation": "deleteEvent"}], "timeout": "1m"}
    return asked(url, "POST", f"/sandboxes/{name}/admin/verify", expected)


DAWDLING: tuple[Callable[[str, str], bytes], ...] = (
    half_a_head,
    a_body_that_never_comes,
    a_delay_of_five_minutes,
    a_verify_that_waits,
)


@contextmanager
def five_hundred_stalled_clients(url: str) -> Iterator[None]:
    """A quarter of each kind, in a sandbox whose faults delay every list."""
    crm = connect(url).create("stalled")
    crm.faults.add({"delay": "5m"}, match={"operation": "listEvents"})
    with ExitStack() as stack:
        for number in range(STALLED):
            connection = stack.enter_context(dialled(url))
            connection.sendall(DAWDLING[number % len(DAWDLING)](url, "stalled"))
        yield


def test_the_controls_answer_beside_five_hundred_stalled_clients_and_sigterm_ends_them_all() -> None:
    with (
        served("--count", "0") as server,
        httpx.Client(base_url=server.url, timeout=20) as http,
        five_hundred_stalled_clients(server.url),
    ):
        for _ in range(20):
            http.get("/health").raise_for_status()
            http.get("/admin/clock").raise_for_status()
            connect(server.url).sandbox("stalled").clock.get()
        httpx.get(f"{server.url}/health", timeout=20).raise_for_status()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(PATIENCE) == 0


def test_a_client_is_seen_to_go_behind_what_nobody_has_read(crm: Crm, server: Served) -> None:
    crm.faults.add({"delay": "5m"})
    with dialled(server.url) as connection:
        connection.sendall(asked(server.url, "POST", f"{crm.path}/api/v1/events", EVENT))
        until(crm.requests.all)
        connection.sendall(b"G")
    crm.verify({"operation": "createEvent", "status": 201}, timeout="20s")


def test_a_delayed_request_goes_on_at_once_when_its_rule_is_cleared(server: Served, crm: Crm) -> None:
    rule = crm.faults.add({"delay": "5m"})
    with dialled(server.url) as connection:
        connection.sendall(asked(server.url, "POST", f"{crm.path}/api/v1/events", EVENT))
        until(crm.requests.all)
        crm.faults.remove(rule["id"])
        assert connection.recv(65536).startswith(b"HTTP/1.1 201 ")


def test_what_a_client_that_has_gone_had_asked_for_is_done_at_once(server: Served, crm: Crm) -> None:
    crm.faults.add({"delay": "5m"})
    with dialled(server.url) as connection:
        connection.sendall(asked(server.url, "POST", f"{crm.path}/api/v1/events", EVENT))
        until(crm.requests.all)
    crm.verify({"operation": "createEvent", "status": 201}, timeout="20s")
    assert len(crm.events.all()) == 1
    assert crm.requests.get(1)["delivered"]["whole"] is False


def begins_anew(crm: Crm) -> None:
    crm.reset()


def takes_a_snapshot(crm: Crm) -> None:
    crm.restore(crm.snapshot())


def takes_a_scenario(crm: Crm) -> None:
    crm.scenario.load("quickstart")


def is_deleted(crm: Crm) -> None:
    crm.delete()


@pytest.mark.parametrize("end", [begins_anew, takes_a_snapshot, takes_a_scenario, is_deleted])
@pytest.mark.parametrize("when", ["before", "after"])
def test_no_delayed_request_reaches_the_crm_that_takes_the_place_of_its_own(
    server: Served, crm: Crm, end: Callable[[Crm], None], when: types.BeforeOrAfter
) -> None:
    crm.faults.add({"delay": {"by": "5m", "when": when}})
    with dialled(server.url) as connection:
        connection.sendall(asked(server.url, "POST", f"{crm.path}/api/v1/events", {**EVENT, "subject": "Too late"}))
        until(crm.requests.all)
        end(crm)
        assert all_of(connection) == b""
    if end is is_deleted:
        crm = connect(server.url).create(crm.name)
    assert "Too late" not in [each["subject"] for each in crm.events.all()] or when == "after"
    assert crm.requests.all() == []


@pytest.mark.parametrize(
    "request_", [b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"GARBAGE\r\n\r\n"]
)
def test_a_client_that_does_not_close_keeps_nobody_waiting(server: Served, request_: bytes) -> None:
    """One thread accepts all connections: if it waited two seconds for each of these to close, an answer took 40."""
    connections = []
    with ExitStack() as stack:
        for _ in range(20):
            connection = stack.enter_context(dialled(server.url))
            connection.sendall(request_)
            connections.append(connection)
        for connection in connections:
            assert connection.recv(65536)
        assert httpx.get(f"{server.url}/health", timeout=20).status_code == 200


def test_a_body_that_is_far_too_large_is_refused_before_it_comes(server: Served) -> None:
    with dialled(server.url) as connection:
        connection.sendall(asked(server.url, "POST", "/api/v1/events", more="Content-Length: 99999999999\r\n"))
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")


# What does not arrive in time


@pytest.fixture(scope="module")
def impatient() -> Iterator[Served]:
    with served("--count", "0", "--read-timeout", "2") as running:
        yield running


@pytest.mark.parametrize("part", [b"GET /api/v1/events HT", b"GET /health HTTP/1.1\r\nHost: x\r\n"])
def test_a_head_that_does_not_arrive_in_time_ends_its_connection(impatient: Served, part: bytes) -> None:
    with dialled(impatient.url) as connection:
        connection.sendall(part)
        assert all_of(connection) == b""


def test_a_body_that_does_not_arrive_in_time_is_refused_however_it_drips(impatient: Served) -> None:
    with dialled(impatient.url) as connection:
        connection.sendall(a_body_that_never_comes(impatient.url, "default"))
        connection.settimeout(0.1)
        answer = b""
        while not answer:
            try:
                answer = connection.recv(65536)
            except TimeoutError:
                connection.sendall(b" ")
        connection.settimeout(20)
        answer += all_of(connection)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"\r\nConnection: close\r\n" in answer
    assert b'"code":"body.tooSlow"' in answer
    assert connect(impatient.url).events.all() == []


def test_an_answer_that_nobody_takes_ends_its_connection_and_no_other(impatient: Served) -> None:
    crm = connect(impatient.url).create()
    crm.seed(20_000)  # More than the system takes off the server by itself.
    with dialled(impatient.url) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(asked(impatient.url, "GET", f"{crm.path}/api/v1/events"))
        crm.verify({"operation": "listEvents"}, timeout="20s")
        until(lambda: crm.requests.get(1)["delivered"]["whole"] is False)


# Capacity

NARROW = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200))"
"""What leaves room for 72 connections."""


def test_where_there_is_no_room_for_a_connection_one_that_waits_is_closed() -> None:
    with served("--count", "0", prelude=NARROW) as server, ExitStack() as stack:
        connect(server.url).faults.add({"delay": "5m"})
        for number in range(80):
            request = asked(server.url, "POST", "/api/v1/events", {**EVENT, "subject": str(number)})
            stack.enter_context(dialled(server.url)).sendall(request)
        for _ in range(20):
            assert httpx.get(f"{server.url}/health", timeout=20).status_code == 200
        made = {each["subject"] for each in connect(server.url).events.all()}
    assert "0" in made, "what the oldest had asked for is done"
    assert "79" not in made


def test_where_there_is_no_room_for_a_connection_one_that_says_nothing_is_closed() -> None:
    with served("--count", "0", prelude=NARROW) as server, ExitStack() as stack:
        for number in range(80):
            stack.enter_context(dialled(server.url)).sendall(b"GET /api/v1/ev" if number % 2 else b"")
        for _ in range(20):
            assert httpx.get(f"{server.url}/health", timeout=20).status_code == 200


# The process


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_a_server_whose_worker_dies_ends_and_says_what_is_lost(how: signal.Signals) -> None:
    with served("--count", "0", status=70) as server:
        os.kill(worker_of(server), how)
        with patience(server.process):
            assert server.process.stdout
            said = server.process.stdout.read()
        server.process.wait(PATIENCE)
    assert "All that it held in memory is lost: every sandbox, with its events" in said
    assert "Traceback" not in said


def test_localhost_is_both_loopback_addresses() -> None:
    with served("--count", "0", "--host", "localhost") as server:
        port = urlsplit(server.url).port
        for host in ("127.0.0.1", "[::1]"):
            assert httpx.get(f"http://{host}:{port}/admin/clock").status_code == 200
