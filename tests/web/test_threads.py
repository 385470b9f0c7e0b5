"""Sixteen threads at one sandbox of a real `mockcrm serve`: nothing breaks, and nothing is lost or doubled."""

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

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
