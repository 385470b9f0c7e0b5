"""What `mockcrm serve` makes of clients that break HTTP, and of signals that would make it another CRM."""

import os
import re
import signal
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from tests.forking import PATIENCE
from tests.processes import Served, served, worker_of

EVENT = b'{"startTime":"2026-01-06T09:00:00Z","endTime":"2026-01-06T10:00:00Z"}'
HEAD = b"POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served("--count", "0") as running:
        yield running


def status_of(server: Served, request: bytes) -> int:
    """The status of the answer to bytes that are sent as they are, and then no more."""
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    match = re.match(rb"HTTP/1.1 ([0-9]{3}) ", answer)
    assert match, answer
    return int(match[1])


def in_chunks(*parts: bytes) -> bytes:
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (*parts, b""))
    return HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks


def test_a_chunked_body_is_read_whole(server: Served) -> None:
    assert status_of(server, in_chunks(EVENT[:20], EVENT[20:])) == 201


def test_a_chunked_body_that_is_too_large_is_refused_and_not_cut(server: Served) -> None:
    assert status_of(server, in_chunks(EVENT, b" " * 1024 * 1024)) == 413


@pytest.mark.parametrize("chunk", [b"zz\r\n", b"-5\r\nhello\r\n", b"5\r\nhelloX\r\n"])
def test_chunks_that_are_none_are_a_client_s_fault(server: Served, chunk: bytes) -> None:
    assert status_of(server, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk) == 400


def test_a_body_that_ends_before_its_length_is_refused(server: Served) -> None:
    assert status_of(server, HEAD + b"Content-Length: 500\r\n\r\n" + EVENT) == 400


@pytest.mark.parametrize("path", ["/nope", "/api/v1/events?colour=red", "/admin/clock", "/api/v1/events"])
def test_a_connection_outlives_a_body_that_nobody_read(server: Served, path: str) -> None:
    with httpx.Client(base_url=server.url) as client:
        for _ in range(5):
            assert 400 <= client.post(path, content=b"x" * 2_000_000).status_code < 500
            assert client.get("/health").status_code == 200


def test_a_client_cannot_pose_as_a_proxy(server: Served) -> None:
    headers = {"SCRIPT_NAME": "/foo", "X-Forwarded-Proto": "https", "Content-Type": "application/json"}
    response = httpx.post(f"{server.url}/api/v1/events", content=EVENT, headers=headers)
    assert response.status_code == 201
    assert response.headers["Location"].startswith(f"{server.url}/api/v1/events/")


def test_no_signal_makes_a_second_crm(server: Served) -> None:
    for number in (signal.SIGTTIN, signal.SIGUSR2, signal.SIGTTOU, signal.SIGWINCH):
        server.process.send_signal(number)
    event = httpx.post(
        f"{server.url}/api/v1/events", content=EVENT, headers={"Content-Type": "application/json"}
    ).json()
    seen = [httpx.get(f"{server.url}/api/v1/events/{event['id']}").status_code for _ in range(20)]
    assert seen == [200] * 20
    assert worker_of(server)


def test_a_terminal_that_closes_stops_it() -> None:
    with served("--count", "0") as server:
        os.kill(server.process.pid, signal.SIGHUP)
        assert server.process.wait(PATIENCE) == 0


def test_a_bad_worker_count_in_the_environment_does_no_harm() -> None:
    with served("--count", "0", env={"WEB_CONCURRENCY": "many"}) as server:
        assert httpx.get(f"{server.url}/health").status_code == 200
