"""`mockcrm serve --log json`: a line for each request, the same from both servers, and quiet unless asked."""

import json
import os
import select
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from mockcrm import connect
from tests.forking import PATIENCE
from tests.processes import Served, patience, served, serving

SERVERS = {"gunicorn": None, "Werkzeug": "import sys; sys.modules['gunicorn'] = None"}
each_server = pytest.mark.parametrize("prelude", SERVERS.values(), ids=SERVERS)
BUFFERED = {"PYTHONUNBUFFERED": ""}
STOPPED = ("--frozen-at", "2026-03-02T09:00:00Z", "--log", "json")
JSON = {"Content-Type": "application/json"}


def line(server: Served) -> dict[str, Any]:
    """The next line of the log, once it is there."""
    assert server.process.stdout
    with patience(server.process):
        text = next((text for text in server.process.stdout if text.startswith("{")), "")
    assert text, "The server has ended, and there is no such line."
    assert text.isascii()
    record: dict[str, Any] = json.loads(text)
    return record


def payload(server: Served, method: str, path: str, **more: Any) -> dict[str, Any]:
    """What the log says of a request, whatever became of it."""
    with suppress(httpx.TransportError):
        httpx.request(method, server.url + path, **more)
    return line(server)


def tour(prelude: str | None) -> list[dict[str, Any]]:
    """What a server logs of requests of every kind, but for what is another each time."""
    with served(*STOPPED, "--count", "3", "--max-body", "1000", prelude=prelude) as server:
        records = [
            payload(server, "GET", "/api/v1/events?limit=2"),
            payload(server, "HEAD", "/api/v1/events"),
            payload(server, "DELETE", "/api/v1/events/1001"),
            payload(server, "GET", "/sandboxes/nobodys/api/v1/events"),
            payload(server, "POST", "/api/v1/events", content=b"x" * 1001, headers=JSON),
            payload(server, "POST", "/api/v1/events", content=iter([b"x" * 800, b"y" * 800]), headers=JSON),
            payload(server, "GET", "/a%0Ab%1B%E2%80%A8?%0A", headers={"User-Agent": "caf\u00e9".encode()}),
            payload(server, "POST", "/admin/faults", json={"effect": {"disconnect": "reset"}, "times": 1}),
            payload(server, "GET", "/api/v1/events"),
            payload(server, "POST", "/admin/faults", json={"effect": {"disconnect": "close"}, "times": 1}),
            payload(server, "GET", "/api/v1/events"),
            payload(server, "POST", "/admin/faults", json={"effect": {"truncate": {"bytes": 9}}, "times": 1}),
            payload(server, "GET", "/api/v1/events"),
        ]
    for record in records:
        assert record.pop("durationMs") > 0
        assert record.pop("time") > "2026"
    return records


def test_both_servers_log_the_same() -> None:
    records = tour(SERVERS["gunicorn"])
    assert [(each["status"], each["aborted"], each["requestId"]) for each in records] == [
        (200, False, "1"),
        (200, False, "2"),
        (204, False, "3"),
        (404, False, "o1"),
        (413, False, "4"),
        (413, False, "5"),
        (404, False, "o2"),
        (201, False, "a1"),
        (None, True, "6"),
        (201, False, "a2"),
        (None, True, "7"),
        (201, False, "a3"),
        (200, True, "8"),
    ]
    assert {each["remoteAddress"] for each in records} == {"127.0.0.1"}
    assert {each["crmTime"][:19] for each in records} == {"2026-03-02T09:00:00"}
    assert records[6]["path"] == "/a\nb\x1b\u2028"
    assert tour(SERVERS["Werkzeug"]) == records


@each_server
def test_a_delay_is_in_the_duration_and_no_wait_of_the_server_s_own(prelude: str | None) -> None:
    with served(*STOPPED, "--count", "0", prelude=prelude) as server:
        quick = min(payload(server, "GET", "/health")["durationMs"] for _ in range(20))
        connect(server.url).faults.add({"delay": "50ms"}, times=1)
        line(server)
        assert payload(server, "GET", "/api/v1/events")["durationMs"] >= 50
    assert quick < 30


@each_server
def test_a_client_that_goes_away_aborts_its_answer(prelude: str | None) -> None:
    with served("--log", "json", "--count", "20000", prelude=prelude) as server:
        address = urlsplit(server.url)
        connection = socket.socket()
        # It takes in little, and says goodbye with a reset.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with connection:
            connection.connect((address.hostname, address.port))
            connection.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connection.recv(12) == b"HTTP/1.1 200"
        record = line(server)
        assert (record["status"], record["bytes"], record["aborted"]) == (200, 0, True)


@each_server
def test_lines_of_many_threads_do_not_mix(prelude: str | None) -> None:
    with (
        served(*STOPPED, "--count", "0", prelude=prelude) as server,
        ThreadPoolExecutor(8) as pool,
        httpx.Client(base_url=server.url) as client,
    ):
        answers = pool.map(lambda _: client.get(f"/api/v1/events?{'x' * 3000}"), range(200))
        numbers = [int(line(server)["requestId"]) for _ in answers]
    assert sorted(numbers) == list(range(1, 201))


@each_server
def test_standard_output_is_the_log_s_alone_and_may_be_closed(prelude: str | None) -> None:
    with subprocess.Popen(
        serving("--port", "0", "--count", "0", prelude=prelude),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | BUFFERED | {"MOCKCRM_LOG": "json"},
    ) as process:
        assert process.stdout
        assert process.stderr
        try:
            assert select.select([process.stdout, process.stderr], [], [], 30)[0] == [process.stderr]
            said = [process.stderr.readline() for _ in range(5)]
            url = said[0].split()[6]
            assert said[1] == f"  in a browser   {url}/\n"
            httpx.get(f"{url}/health")
            assert json.loads(process.stdout.readline())["path"] == "/health"
            process.stdout.close()
            # Of an answer without a body nothing has left yet when its line is written.
            statuses = {httpx.head(f"{url}/health").status_code for _ in range(50)}
        finally:
            process.terminate()
        assert (statuses, process.wait(PATIENCE), process.stderr.read()) == ({200}, 0, "")


@contextmanager
def kept_free() -> Iterator[str]:
    """An address that nobody else is given, and where a server may listen."""
    with socket.socket() as kept:
        # Linux lets both have the port, as this socket does not listen. Elsewhere the server needs it for itself.
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept.bind(("127.0.0.1", 0))
        url = "http://{}:{}".format(*kept.getsockname())
        if sys.platform != "linux":
            kept.close()
        yield url


@each_server
def test_a_server_serves_though_nobody_hears_where(prelude: str | None) -> None:
    with (
        kept_free() as url,
        subprocess.Popen(
            serving("--port", url.rpartition(":")[2], "--count", "0", prelude=prelude),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | BUFFERED,
        ) as process,
    ):
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        try:
            # It waits a little longer each time, 30 seconds in all.
            with httpx.Client(transport=httpx.HTTPTransport(retries=7)) as client:
                status = client.get(f"{url}/health").status_code
        finally:
            process.terminate()
        assert (status, process.wait(PATIENCE), process.stderr.read()) == (200, 0, "")


def test_it_is_quiet_unless_asked() -> None:
    with served("--count", "0") as server:
        httpx.get(f"{server.url}/health")
        server.process.terminate()
        assert server.process.stdout
        assert "/health" not in server.process.stdout.read()


@each_server
def test_no_secret_is_in_a_line_nor_in_the_journal(prelude: str | None) -> None:
    headers = {"X-Tenant": "hush", "User-Agent": "sync (+https://ann:hush@app.example)"}
    with served(*STOPPED, "--count", "0", "--mask", "x_tenant", prelude=prelude) as server:
        for path in ("/api/v1/events", "/admin/clock"):
            httpx.get(f"{server.url}{path}?access%5Ftoken=hush&X-Tenant=hush", headers=headers)
            record = line(server)
            assert record["query"] == "access%5Ftoken=***&X-Tenant=***"
            assert record["userAgent"] == "sync (+https://***@app.example)"
        assert "hush" not in httpx.get(f"{server.url}/admin/requests").text
