"""Radicale, a process of its own, in which each test stores a whole calendar, and deletes it."""

import http.client
from collections.abc import Iterator

import pytest

from benchmarks import peers
from benchmarks.calls import Call
from benchmarks.suites import events, every_test


@pytest.fixture(scope="session")
def calls(tmp_path_factory: pytest.TempPathFactory) -> peers.Peer:
    some = events()
    return peers.radicale(tmp_path_factory.mktemp("radicale"), some, some[0], some[1])


@pytest.fixture(scope="session")
def server(calls: peers.Peer) -> Iterator[http.client.HTTPConnection]:
    with peers.running(calls) as connection:
        yield connection


@pytest.fixture
def crm(server: http.client.HTTPConnection, calls: peers.Peer) -> Iterator[http.client.HTTPConnection]:
    (store,) = calls.fill
    peers.ask(server, store)
    yield server
    peers.ask(server, Call("DELETE", store.path, headers=store.headers))


@every_test
def test_nothing(crm: http.client.HTTPConnection, number: int) -> None:
    pass
