"""The server in a thread of this process: what its end waits for."""

import socket
import threading
from typing import Any

import httpx

from mockcrm.web.app import create_app
from mockcrm.web.server import ServerThread, Underway
from mockcrm.web.tls_socket import client_socket
from tests.forking import PATIENCE


def test_its_end_waits_for_what_follows_a_request_when_the_client_has_its_answer() -> None:
    records: list[dict[str, Any]] = []

    def log(record: dict[str, Any]) -> None:
        # The client is far ahead: the server is being stopped already.
        accepting.join(PATIENCE)
        records.append(record)

    others = set(threading.enumerate())
    server = ServerThread(create_app(log=log)).start()
    (accepting,) = set(threading.enumerate()) - others
    assert httpx.get(f"{server.url}/api/v1/events").status_code == 200
    server.stop()
    assert len(records) == 1


def test_its_end_does_not_wait_for_a_request_that_is_kept_waiting() -> None:
    underway = Underway()
    ours, theirs = socket.socketpair()
    with ours, theirs, client_socket(ours, 30, None) as connection:
        with underway.kept(connection):
            assert not underway.finish(0)
            connection.waiting = True
            assert underway.finish(0)
            connection.waiting = False
        assert underway.finish(0)
