"""moto's server in a thread, which is reset for each test, and given the events again if there are any."""

import http.client
from collections.abc import Iterator

import pytest
from moto.server import ThreadedMotoServer

from benchmarks import peers
from benchmarks.calls import Call
from benchmarks.suites import events, every_test

RESET = Call("POST", "/moto-api/reset")


@pytest.fixture(scope="session")
def calls() -> tuple[Call, ...]:
    some = events()
    return peers.moto(some, some[0], some[1], "").fill if some else ()


@pytest.fixture(scope="session")
def server() -> Iterator[http.client.HTTPConnection]:
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield http.client.HTTPConnection(host, port, timeout=60)
    server.stop()


@pytest.fixture
def crm(server: http.client.HTTPConnection, calls: tuple[Call, ...]) -> http.client.HTTPConnection:
    for call in (RESET, *calls):
        peers.ask(server, call)
    return server


@every_test
def test_nothing(crm: http.client.HTTPConnection, number: int) -> None:
    pass
