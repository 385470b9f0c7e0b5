"""Many connections at one sandbox of a real `mockcrm serve`: nothing breaks or is lost, and nobody holds up others."""

import random
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest

from mockcrm import connect
from mockcrm.web.seats import SEATS
from tests.processes import served

THREADS = 16
ROUNDS = 60


@pytest.fixture(scope="module")
def gunicorn() -> Iterator[str]:
    with served("--count", "50") as server:
        yield server.url


def test_sixteen_threads_leave_every_write_in_the_log_once(gunicorn: str) -> None:
    written: list[tuple[str, str]] = []
    lock = threading.Lock()

    def client(number: int) -> None:
        chance = random.Random(number)
        mine: list[str] = []
        with httpx.Client(base_url=gunicorn, timeout=60) as http:
            for step in range(ROUNDS):
                response = one_call(http, chance, mine, f"{number}/{step}")
                assert response.status_code < 500, response.text
                if response.request.method != "GET" and response.is_success:
                    with lock:
                        written.append((response.request.method, response.headers["X-Request-Id"]))

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(client, range(THREADS)))
    with httpx.Client(base_url=gunicorn, timeout=60) as http:
        changes = http.get("/admin/changes").json()["changes"]
    assert [change["seq"] for change in changes] == list(range(1, len(changes) + 1))
    assert sorted(change["requestId"] for change in changes if change["requestId"]) == sorted(
        number for _, number in written
    )
    assert len({change["stamp"] for change in changes if change["requestId"]}) == len(written), (
        "no two writes share a stamp"
    )


def one_call(http: httpx.Client, chance: random.Random, mine: list[str], subject: str) -> httpx.Response:
    call = chance.randrange(6)
    body = {"subject": subject, "startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z"}
    if call == 0 or not mine:
        response = http.post("/api/v1/events", json=body)
        mine.append(response.json()["id"])
        return response
    if call == 1:
        return http.patch(f"/api/v1/events/{chance.choice(mine)}", json={"subject": subject})
    if call == 2:
        return http.delete(f"/api/v1/events/{mine.pop(chance.randrange(len(mine)))}")
    if call == 3:
        return http.get("/api/v1/events", params={"limit": 20})
    if call == 4:
        return http.get("/admin/changes", params={"after": 60, "limit": 20})
    return http.get("/api/v1/deletedEvents")


def test_delayed_requests_hold_up_nobody(gunicorn: str) -> None:
    crm = connect(gunicorn)
    crm.faults.add({"delay": "5m"}, match={"operation": "listDeletedEvents"})
    with ThreadPoolExecutor(2 * SEATS) as pool:
        try:
            delayed = [pool.submit(httpx.get, f"{gunicorn}/api/v1/deletedEvents", timeout=60) for _ in range(2 * SEATS)]
            crm.verify({"operation": "listDeletedEvents"}, at_least=2 * SEATS, timeout="60s")
            assert httpx.get(f"{gunicorn}/api/v1/events", params={"limit": 1}, timeout=60).status_code == 200
            assert not any(each.done() for each in delayed)
        finally:
            crm.faults.clear()
        assert {each.result().status_code for each in delayed} == {200}


def test_clients_that_stop_in_the_middle_of_a_request_hold_up_nobody(gunicorn: str) -> None:
    with ExitStack() as stack, httpx.Client(base_url=gunicorn, timeout=60) as http:
        for _ in range(4 * SEATS):
            slow = stack.enter_context(socket.create_connection((http.base_url.host, http.base_url.port or 80)))
            slow.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        assert [http.get("/api/v1/events", params={"limit": 1}).status_code for _ in range(4)] == [200] * 4


def test_requests_sent_at_once_are_answered_in_their_order(gunicorn: str) -> None:
    with (
        socket.create_connection((httpx.URL(gunicorn).host, httpx.URL(gunicorn).port or 80)) as one,
        one.makefile("rb") as answers,
    ):
        for number in range(20):
            one.sendall(f"GET /api/v1/events/none{number} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        one.shutdown(socket.SHUT_WR)
        said = answers.read().decode()
    assert [f"none{number}" in part for number, part in enumerate(said.split("HTTP/1.1 404")[1:])] == [True] * 20
