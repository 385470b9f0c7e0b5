"""The CRM over TLS: as any client sees it, with faults that break connections, and clients that break TLS."""

import json
import os
import select
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import httpx
import pytest

import mockcrm
from mockcrm import NoAnswer, connect, create_app, serving
from mockcrm.web.certificates import MadeCertificate, made_for
from tests.processes import served

LOST = (httpx.ReadError, httpx.RemoteProtocolError)
"""What httpx makes of a connection that breaks: to Python's TLS, a reset is an early end as well."""
How = Literal["reset", "close"]
When = Literal["before", "after"]
HOW: tuple[How, ...] = ("reset", "close")
SCRIPT = """
const [url, id] = process.argv.slice(1)
const page = await (await fetch(`${url}/events?since=2020-01-01T00:00:00Z&showDeleted=true`)).json()
const change = { method: "PATCH", headers: { "Content-Type": "application/json" }, body: '{"subject": "From Node"}' }
const changed = await fetch(`${url}/events/${id}`, change)
console.log(JSON.stringify([page.length, changed.status, (await changed.json()).subject]))
"""


class Secure:
    """A server over TLS: its address, and the file of its CA."""

    def __init__(self, url: str, ca: Path) -> None:
        self.url, self.ca = url, ca
        self.trust = ssl.create_default_context(cafile=ca)
        self.host, self.port = urlsplit(url).hostname or "", urlsplit(url).port or 0

    @contextmanager
    def sandbox(self) -> Iterator[mockcrm.Crm]:
        with connect(self.url, verify=self.ca).create() as crm:
            yield crm

    def client(self) -> httpx.Client:
        return httpx.Client(verify=self.trust, trust_env=False, timeout=30)

    def raw(self) -> socket.socket:
        return socket.create_connection((self.host, self.port), timeout=30)

    def shaken(self) -> ssl.SSLSocket:
        return self.trust.wrap_socket(self.raw(), server_hostname=self.host)


@pytest.fixture(scope="module")
def certificate() -> MadeCertificate:
    return made_for(["127.0.0.1"])


@pytest.fixture(scope="module", params=["threaded", "gunicorn"])
def secure(
    request: pytest.FixtureRequest, certificate: MadeCertificate, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Secure]:
    ca = tmp_path_factory.mktemp("tls") / "ca.pem"
    with ExitStack() as stack:
        if request.param == "threaded":
            ca.write_bytes(certificate.ca)
            url = stack.enter_context(serving(create_app(), tls=certificate.context))
        else:
            url = stack.enter_context(served("--count", "0", "--tls", "--tls-ca-out", str(ca))).url
        yield Secure(url, ca)


@pytest.fixture
def hasty(certificate: MadeCertificate, tmp_path: Path) -> Iterator[Secure]:
    """A server that waits for two seconds."""
    (tmp_path / "ca.pem").write_bytes(certificate.ca)
    with serving(create_app(), tls=certificate.context, read_timeout=2) as url:
        yield Secure(url, tmp_path / "ca.pem")


# What any client does


def test_a_client_syncs_and_every_address_that_it_is_given_is_encrypted(secure: Secure) -> None:
    with secure.sandbox() as crm, secure.client() as client:
        assert crm.url.startswith("https://127.0.0.1:")
        times = {"startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z"}
        made = client.post(f"{crm.url}/events", json=times)
        assert made.headers["Location"].startswith(f"{crm.url}/events/")
        assert client.get(made.headers["Location"]).json() == made.json()
        long = client.post(f"{crm.url}/events", json=times | {"description": "x" * 900_000})
        assert len(client.get(long.headers["Location"]).json()["description"]) == 900_000
        assert client.get(f"{secure.url}/").text.startswith("<!")
        assert client.get(f"{secure.url}/console/main.js").status_code == 200


def test_curl_and_node_sync_with_the_file_of_the_ca(secure: Secure) -> None:
    with secure.sandbox() as crm:
        event = crm.events.create(startTime="2026-01-06T09:00:00Z", endTime="2026-01-06T10:00:00Z")["id"]
        curl = ["curl", "-sS", "--noproxy", "*", "--cacert", str(secure.ca), f"{crm.url}/events"]
        assert json.loads(subprocess.check_output(curl))["length"] == 1
        node = ["node", "--input-type=module", "-e", SCRIPT, crm.url, event]
        said = subprocess.check_output(node, env={**os.environ, "NODE_EXTRA_CA_CERTS": str(secure.ca)})
        assert json.loads(said) == [1, 200, "From Node"]
        assert crm.events.get(event)["subject"] == "From Node"


@pytest.mark.parametrize("secure", ["gunicorn"], indirect=True)
def test_a_request_that_is_read_along_with_another_is_answered_too(secure: Secure) -> None:
    head = b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Half: %b\r\nX-Rest: %b\r\n\r\n"
    first = head % (b"x" * 4000, b"x" * (8192 - len(head % (b"x" * 4000, b""))))
    with secure.shaken() as connection:
        # gunicorn receives 8 KiB at a time, and has just one request; the other is decrypted already.
        connection.sendall(first + head % (b"", b""))
        got = b""
        while got.count(b'{"status":"ok"}') < 2:
            part = connection.recv(65536)
            assert part, got
            got += part


# Faults that break connections


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_connection_is_cut_and_the_next_attempt_succeeds(secure: Secure, how: How, when: When) -> None:
    times = {"startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z"}
    with secure.sandbox() as crm, secure.client() as client:
        crm.faults.add({"disconnect": {"how": how, "when": when}}, times=1)
        with pytest.raises(LOST):
            client.post(f"{crm.url}/events", json=times)
        assert len(crm.changes()) == (when == "after")
        assert client.post(f"{crm.url}/events", json=times).status_code == 201


@pytest.mark.parametrize("how", HOW)
def test_a_reset_is_one_on_the_network_too_and_a_close_is_not(secure: Secure, how: How) -> None:
    with secure.sandbox() as crm, secure.shaken() as connection:
        crm.faults.add({"disconnect": how})
        connection.sendall(f"GET {urlsplit(crm.url).path}/events HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        watch = select.poll()
        watch.register(connection, select.POLLRDHUP)
        ((_, event),) = watch.poll(30_000)
        assert bool(event & select.POLLERR) == (how == "reset")


def test_a_body_stops_half_way(secure: Secure) -> None:
    with secure.sandbox() as crm, secure.client() as client:
        crm.seed(200, seed=1)
        whole = len(client.get(f"{crm.url}/events").content)
        crm.faults.add("truncate", times=1)
        got: list[bytes] = []
        with client.stream("GET", f"{crm.url}/events") as answer, pytest.raises(httpx.RemoteProtocolError):
            got.extend(answer.iter_raw())
        assert len(b"".join(got)) == whole // 2
        assert crm.requests.all()[-1]["delivered"]["whole"] is False


def test_a_client_that_leaves_while_it_is_kept_waiting_is_noticed(secure: Secure) -> None:
    with secure.sandbox() as crm:
        crm.faults.add({"delay": "5m"})
        with secure.shaken() as connection:
            target = urlsplit(crm.url).path
            connection.sendall(f"GET {target}/events HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            crm.verify({"operation": "listEvents"}, timeout="30s")
        (request,) = _completed(crm)
        assert request["delivered"]["whole"] is False


def _completed(crm: mockcrm.Crm) -> list[mockcrm.types.Request]:
    """The requests, once each has come to its end: an audit waits for that."""
    crm.audit(wait="30s")
    return crm.requests.all()


# Clients that break TLS


def test_a_client_that_says_nothing_or_half_a_greeting_is_let_go_and_keeps_nobody_waiting(hasty: Secure) -> None:
    with ExitStack() as stack:
        silent = [stack.enter_context(hasty.raw()) for _ in range(20)]
        for each in silent[10:]:
            each.sendall(b"\x16\x03\x01\x02\x00\x01")
        with hasty.client() as client:
            assert client.get(f"{hasty.url}/health").status_code == 200
        assert [_rest(each) for each in silent] == [b""] * 20


def test_a_handshake_and_no_request_is_let_go_as_well(hasty: Secure) -> None:
    with hasty.shaken() as connection:
        assert _rest(connection) == b""


def test_a_body_that_is_late_is_told_so(hasty: Secure) -> None:
    head = b"POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with hasty.shaken() as connection:
        connection.sendall(head + b"Content-Length: 500\r\n\r\n{")
        assert b"body.tooSlow" in _rest(connection)


@pytest.mark.parametrize(
    "sent", [b"\x00" * 100, b"\xff" * 20_000, b"\x16\x03\x01\x00\x05hello", b"\x15\x03\x01\x00\x02\x02\x28"], ids=len
)
def test_what_is_no_tls_ends_the_connection_and_nothing_else(secure: Secure, sent: bytes) -> None:
    with secure.raw() as connection:
        connection.sendall(sent)
        assert b"HTTP" not in _rest(connection)
    with secure.client() as client:
        assert client.get(f"{secure.url}/health").status_code == 200


def test_a_client_without_tls_is_told_what_is_wrong(secure: Secure) -> None:
    plain = secure.url.replace("https", "http")
    answer = httpx.get(f"{plain}/api/v1/events", trust_env=False)
    assert (answer.status_code, "https://" in answer.text) == (400, True)
    with pytest.raises(mockcrm.Refused, match="speaks TLS"):
        connect(plain).clock.get()


def _rest(connection: socket.socket) -> bytes:
    """What still comes until the server closes the connection, or resets it."""
    got = b""
    try:
        while part := connection.recv(65536):
            got += part
    except (ConnectionResetError, ssl.SSLEOFError):
        pass
    return got


# The controls


def test_the_controls_take_the_ca_as_a_file_or_a_context_or_no_ca_at_all(secure: Secure) -> None:
    for verify in (secure.ca, str(secure.ca), secure.trust, False):
        assert connect(secure.url, verify=verify).clock.get()["mode"] == "running"
    with pytest.raises(NoAnswer, match="pass the file of its CA as `verify`"):
        connect(secure.url).clock.get()


def test_a_file_that_is_no_ca_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").touch()
    for file in ("empty.pem", "missing.pem"):
        with pytest.raises(ValueError, match=file):
            connect("https://127.0.0.1:1", verify=tmp_path / file)


def test_a_server_without_tls_is_named_as_such() -> None:
    with serving(create_app()) as url, pytest.raises(NoAnswer, match="begins with http://"):
        connect(url.replace("http", "https"), verify=False).clock.get()
