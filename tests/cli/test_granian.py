"""`mockcrm serve --server granian`: what it serves, how it stops, and what it refuses because granian cannot do it."""

import errno
import os
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from mockcrm import connect
from mockcrm.cli.main import main
from mockcrm.client.connection import Refused
from mockcrm.sandbox.stages import Overtaken
from mockcrm.web.app import create_app
from mockcrm.web.process_death import EXIT_STATUS, PROCESS_DIED
from mockcrm.web.server import serving
from tests.forking import PATIENCE
from tests.processes import run, served, worker_of
from tests.waiting import until

ENVIRONMENT = {"HTTP_PROXY": "none", "RAW_URI": "/health"}
GRANIAN = ("--server", "granian")
EVENT = {"subject": "Ünderwriting", "startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z"}
BREAKING: tuple[Any, ...] = ({"disconnect": "close"}, {"truncate": {}}, {"delay": "PT1S"})
answering = pytest.importorskip("mockcrm.web.granian", reason="granian is not installed").answering


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_a_crm_with_its_controls_until_it_is_stopped(number: int) -> None:
    with served(*GRANIAN, "--count", "10", "--host", "localhost", env=ENVIRONMENT) as server:
        assert "(with granian; Ctrl-C stops it)" in server.said
        crm = connect(server.url)
        assert len(httpx.get(f"{server.url}/api/v1/events").json()["records"]) == 10
        made = httpx.post(f"{server.url}/api/v1/events", json=EVENT)
        assert made.status_code == 201
        assert httpx.get(f"{server.url}/api/v1/events/{made.json()['id']}").json()["subject"] == "Ünderwriting"
        crm.clock.freeze("2026-01-05T09:00:00Z")
        assert httpx.get(f"{server.url}/api/v1/events").headers["Date"] == "Mon, 05 Jan 2026 09:00:00 GMT"
        assert "é" in httpx.get(f"{server.url}/api/v1/events/é").json()["message"]
        assert b"HTTP_" not in (requests := httpx.get(f"{server.url}/admin/requests").content)
        assert b"roxy" not in requests
        server.process.send_signal(number)
        assert server.process.wait(timeout=PATIENCE) == 0


def test_it_answers_while_others_wait() -> None:
    with served(*GRANIAN, "--count", "0") as server, ThreadPoolExecutor(16) as clients:
        crm = connect(server.url)
        verified = [clients.submit(crm.verify, {"operation": "createEvent"}, timeout="60s") for _ in range(16)]
        until(lambda: len(crm.requests.all()) == 0 and httpx.get(f"{server.url}/health").status_code == 200)
        httpx.post(f"{server.url}/api/v1/events", json=EVENT).raise_for_status()
        for each in verified:
            each.result(PATIENCE)


def test_when_its_process_dies_it_says_what_is_lost() -> None:
    with served(*GRANIAN, "--count", "0", status=EXIT_STATUS) as server:
        os.kill(worker_of(server), signal.SIGKILL)
        assert server.process.stdout
        assert PROCESS_DIED in server.process.stdout.read()


def is_free(address: Any) -> bool:
    with socket.socket() as client:
        return client.connect_ex(address) == errno.ECONNREFUSED


def test_a_server_that_is_killed_leaves_its_port() -> None:
    with served(*GRANIAN, "--count", "0", status=-signal.SIGKILL) as server:
        address = httpx.URL(server.url).host, httpx.URL(server.url).port
        server.process.kill()
        until(lambda: is_free(address))


def test_a_request_whose_sandbox_has_gone_is_answered() -> None:
    def gone(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        raise Overtaken

    said: list[Any] = []
    assert answering(gone)({}, lambda *head: said.append(head)) == [b""]
    assert said == [("503 Service Unavailable", [("Content-Length", "0")])]


def test_a_rule_that_needs_the_connection_is_refused_when_it_is_added_and_changes_nothing() -> None:
    with served(*GRANIAN, "--count", "0") as server:
        crm = connect(server.url)
        before = crm.snapshot()
        for effect in BREAKING:
            with pytest.raises(Refused, match="The server granian cannot apply") as refused:
                crm.faults.add(effect)
            assert (refused.value.status, refused.value.code) == (422, "fault.invalid")
        crm.reset(empty=True)
        with pytest.raises(Refused, match="The server granian cannot apply"):
            crm.create("other").faults.add(BREAKING[0])
        assert crm.snapshot()["faults"] == before["faults"]
        crm.faults.add({"status": 503}, times=1)
        crm.faults.add({"truncate": {"contentLength": "cut"}}, times=1)
        assert httpx.get(f"{server.url}/api/v1/events").status_code == 503


def test_a_bundle_with_such_a_rule_is_replayed_as_it_was_unless_the_rule_is_still_there() -> None:
    with serving(create_app()) as url:
        recorded = connect(url)
        recorded.faults.add({"disconnect": {"when": "after"}}, match={"operation": "createEvent"})
        with pytest.raises(httpx.TransportError):
            httpx.post(f"{url}/api/v1/events", json=EVENT)
        open_to_the_end = recorded.bundle()
        recorded.faults.clear()
        ended = recorded.bundle()
    with served(*GRANIAN, "--count", "0") as server, httpx.Client(base_url=f"{server.url}/admin/sandboxes") as http:
        refused = http.put("/open/replay", json=open_to_the_end)
        assert (refused.status_code, refused.json()["code"]) == (422, "fault.invalid")
        assert http.get("/open").status_code == 404
        replayed = http.put("/ended/replay", json=ended).json()
        assert (replayed["same"], replayed["differences"]) == (True, [])
        crm = connect(server.url).sandbox("ended")
        for _ in range(2):
            with pytest.raises(Refused, match="The server granian cannot apply"):
                crm.faults.add(BREAKING[0])
            crm.reset()


def test_a_start_with_such_a_rule_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "start.yaml"
    file.write_text("faults: [{effect: {disconnect: reset}}]\n")
    refused = run("serve", "--port", "0", *GRANIAN, "--load", str(file))
    assert refused.returncode
    assert "The server granian cannot apply the effect 'disconnect'" in refused.stderr


@pytest.mark.parametrize(
    ("options", "complaint"),
    [(("--tls",), "speaks no TLS"), (("--read-timeout", "3"), "has no --read-timeout")],
)
def test_an_option_that_it_would_not_honour_is_refused(options: tuple[str, ...], complaint: str) -> None:
    for command in ("serve", "config"):
        refused = run(command, *GRANIAN, *options)
        assert refused.returncode == 2
        assert complaint in refused.stderr


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockcrm.cli.settings.find_spec", lambda name: None)
    refused = CliRunner().invoke(main, ["config", *GRANIAN])
    assert refused.exit_code == 1
    assert "pip install 'mockcrm[fast]'" in refused.output
