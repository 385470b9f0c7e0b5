"""`mockcrm serve` as people use it: what it says, what its options do, how it stops, and what it refuses."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from mockcrm.crm.kinds.registry import KINDS
from mockcrm.sandbox.scenario.fixture_file import read_scenario
from tests.forking import PATIENCE
from tests.processes import Served, patience, run, served

QUICKSTART = str(Path(__file__).parent.parent.parent / "fixtures" / "quickstart.yaml")


def test_it_says_what_it_serves_and_where_and_has_a_calendar_around_today() -> None:
    with served() as server:
        assert "fake CRM at http://127.0.0.1:" in server.said
        clock = httpx.get(f"{server.url}/admin/clock").json()
        events = httpx.get(f"{server.url}/api/v1/events").json()["records"]
        starts = [event["startTime"] for event in events]
        assert clock["mode"] == "running"
        assert len(events) == 150
        assert min(starts) < clock["now"] < max(starts)


def test_it_says_where_the_calendar_is_for_calendar_programs() -> None:
    with served("--count", "0") as server:
        line = next(each for each in said_after(server) if "calendar" in each)
        assert httpx.get(line.split()[-1]).text.startswith("BEGIN:VCALENDAR")
    with served("--count", "0", env={"MOCKCRM_ADMIN_TOKEN": "s3cret"}) as server:
        line = next(each for each in said_after(server) if "calendar" in each)
        assert line.endswith("/calendar.ics   with a token of its own: the page shows the address\n")


def said_after(server: Served) -> Iterator[str]:
    """The lines that a server says after the first."""
    assert server.process.stdout
    with patience(server.process):
        yield from (server.process.stdout.readline() for _ in range(4))


def test_a_fixture_file_a_dialect_and_a_frozen_clock_can_be_asked_for() -> None:
    options = ("--load", QUICKSTART, "--dialect", "aurinko", "--frozen-at", "2027-01-01T00:00:00+01:00", "--count", "5")
    with served(*options) as server:
        assert httpx.get(f"{server.url}/admin/clock").json()["now"] == "2026-12-31T23:00:00.000Z"
        assert httpx.get(f"{server.url}/admin/dialect").json()["name"] == "aurinko"
        assert httpx.get(f"{server.url}/admin/sandboxes/default").json()["events"] == 48


def test_a_fixture_file_that_comes_along_is_called_by_its_name() -> None:
    with served("--load", "quickstart") as server:
        assert httpx.get(f"{server.url}/admin/events/kickoff").json()["id"] == "1001"


def test_every_option_can_be_set_in_the_environment() -> None:
    with served(env={"MOCKCRM_COUNT": "3", "MOCKCRM_FROZEN_AT": "2026-03-02T09:00:00Z"}) as server:
        assert httpx.get(f"{server.url}/api/v1/events").json()["length"] == 3
        assert httpx.get(f"{server.url}/admin/clock").json()["mode"] == "frozen"


def test_the_same_start_and_the_same_calls_give_the_same_bytes() -> None:
    def bytes_of_a_run() -> list[bytes]:
        with served("--frozen-at", "2026-03-02T09:00:00Z", "--count", "30", "--seed", "5") as server:
            churn = {"churn": {"creates": 5, "edits": 5, "deletes": 5}}
            httpx.post(f"{server.url}/admin/actions", json=churn)
            paths = ("/api/v1/events?limit=7", "/api/v1/events?showDeleted=true", "/admin/changes", "/admin/snapshot")
            return [httpx.get(server.url + path).content for path in paths]

    assert bytes_of_a_run() == bytes_of_a_run()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly(number: signal.Signals) -> None:
    with served("--count", "0") as server:
        server.process.send_signal(number)
        assert server.process.wait(PATIENCE) == 0


def test_a_port_in_use_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = run("serve", "--port", str(port))
    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        f"Error: Port {port} on 127.0.0.1 is in use: stop the program that has it, or choose another with --port."
    ]


@pytest.mark.parametrize("host", ["\udcff", "é" * 300, "no such name", "256.0.0.1"])
def test_a_host_that_is_none_is_one_clear_line(host: str) -> None:
    payload = run("serve", "--port", "0", "--count", "0", "--host", host)
    assert (payload.returncode, payload.stdout) == (1, "")
    assert re.fullmatch(r"Error: Cannot listen at .+ port 0: .+\.\n", payload.stderr)


def test_it_stays_with_one_worker_and_says_why() -> None:
    with served("--count", "0", env={"WEB_CONCURRENCY": "4"}) as server:
        assert "each worker would be a CRM of its own" in server.said
        event = httpx.post(f"{server.url}/api/v1/events", json=EVENT).json()
        seen = [httpx.get(f"{server.url}/api/v1/events/{event['id']}").status_code for _ in range(20)]
        assert seen == [200] * 20


def test_where_gunicorn_cannot_run_a_threaded_server_does() -> None:
    with served("--count", "2", prelude="import sys; sys.modules['gunicorn'] = None") as server:
        assert "Werkzeug" in server.said
        response = httpx.get(f"{server.url}/api/v1/events")
        assert response.json()["length"] == 2
        assert len(response.headers.get_list("Date")) == 1


def test_gunicorn_sends_the_sandbox_s_date_and_no_other() -> None:
    with served("--count", "0", "--frozen-at", "2026-03-02T09:00:00Z") as server:
        response = httpx.get(f"{server.url}/api/v1/events")
        assert response.headers.get_list("Date") == ["Mon, 02 Mar 2026 09:00:00 GMT"]
        assert response.headers["Server"] == "gunicorn"


def test_a_connection_is_kept_for_a_client_that_thinks_for_a_while() -> None:
    faster = "import time; real = time.monotonic; time.monotonic = lambda: 30 * real()"
    with served("--count", "0", prelude=faster) as server, httpx.Client(base_url=server.url) as client:
        connection = client.get("/api/v1/events").extensions["network_stream"].get_extra_info("socket")
        begin = time.monotonic()
        while time.monotonic() < begin + 0.1:  # Three seconds to the server, which looks round after each request.
            httpx.get(f"{server.url}/api/v1/events")
        connection.setblocking(False)
        with pytest.raises(BlockingIOError):
            connection.recv(1, socket.MSG_PEEK)


def test_off_loopback_the_controls_are_shut_unless_somebody_opens_them() -> None:
    with served("--host", "0.0.0.0", "--count", "0") as server:
        url = server.url.replace("0.0.0.0", "127.0.0.1")
        assert httpx.get(f"{url}/api/v1/events").status_code == 200
        assert httpx.get(f"{url}/admin/clock").status_code == 403
    with served("--host", "0.0.0.0", "--count", "0", "--open-admin") as server:
        assert httpx.get(server.url.replace("0.0.0.0", "127.0.0.1") + "/admin/clock").status_code == 200
    with served("--host", "0.0.0.0", "--count", "0", env={"MOCKCRM_ADMIN_TOKEN": "s3cret"}) as server:
        clock = server.url.replace("0.0.0.0", "127.0.0.1") + "/admin/clock"
        assert httpx.get(clock).status_code == 401
        assert httpx.get(clock, headers={"Authorization": "Bearer s3cret"}).status_code == 200


def test_the_procfile_serves_on_the_port_it_is_given() -> None:
    line = (Path(QUICKSTART).parent.parent / "Procfile").read_text().strip()
    name, _, command = line.partition(": ")
    assert name == "web"
    with subprocess.Popen(
        ["bash", "-c", f"exec {command}"],
        env=os.environ | {"PORT": "0", "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert "http://0.0.0.0:" in process.stdout.readline()
        process.terminate()
        assert process.wait(PATIENCE) == 0


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--frozen-at", "yesterday"), "RFC 3339"),
        (("--port", "99999"), "--port"),
        (("--dialect", "klingon"), "klingon"),
        (("--count", "-1"), "--count"),
        (("--load", "no/such/file.yaml"), "no/such/file.yaml:1: Cannot be read"),
        (("--host", "203.0.113.1"), "Cannot listen at 203.0.113.1"),
    ],
)
def test_a_bad_option_is_refused_in_words(options: tuple[str, str], complaint: str) -> None:
    result = run("serve", *options)
    assert result.returncode != 0
    assert complaint in result.stderr
    assert "Traceback" not in result.stderr


EVENT = {"startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z"}


def test_validate_tells_file_line_and_field(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("events:\n  - startTime: 2026-01-06\n    endTime: 2026-01-07T00:00:00Z\n")
    result = run("validate", QUICKSTART, str(wrong))
    assert result.returncode == 1
    assert (
        result.stdout == f"{QUICKSTART}: fine: 3 events and 40 invented, the clock frozen at 2026-03-02T09:00:00.000Z\n"
    )
    assert result.stderr.startswith(f"{wrong}:2: events[0].startTime: Only an allDay event takes a bare date")


def test_the_version_is_told() -> None:
    result = run("--version")
    assert result.returncode == 0
    assert "mockcrm, version " in result.stdout


def test_seed_writes_a_fixture_file_that_can_be_served(tmp_path: Path) -> None:
    window = ("--from", "2026-03-02T00:00:00Z", "--to", "2026-03-30T00:00:00Z")
    first, second = (tmp_path / name for name in ("one.yaml", "two.yaml"))
    for out in (first, second):
        assert (
            run("seed", "--count", "20", "--seed", "3", "--locale", "de_DE", *window, "--out", str(out)).returncode == 0
        )
    assert first.read_bytes() == second.read_bytes()
    assert run("validate", str(tmp_path)).stdout.count(", 20 events and 0 invented") == 2
    with served("--load", str(first)) as server:
        assert httpx.get(f"{server.url}/api/v1/events").json()["length"] == 20


def test_every_link_in_a_file_of_invented_events_leads_to_a_record_in_it_whatever_ids_look_like(tmp_path: Path) -> None:
    out = tmp_path / "seeded.yaml"
    assert run("seed", "--count", "50", "--out", str(out)).returncode == 0
    for dialect in ("plain", "salesforce"):
        text = f"dialect: {{name: {dialect}, references: refuse}}\n{out.read_text()}"
        crm = read_scenario(text, "seeded.yaml").start().crm
        assert len(crm.store.events.live()) == 50
        met = {str(each.contact_id) for event in crm.store.events.live() for each in event.event.attendees}
        assert len(met - {"None"}) > 5
        assert all(crm.living(KINDS["contact"], each) for each in met - {"None"})


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        (("--from", "2026-03-02T00:00:00Z", "--to", "2026-03-01T00:00:00Z"), "to: Must be after `from`."),
        (("--from", "9999-12-31T00:00:00Z"), "from: Too close to the first or the last possible year."),
        (("--to", "0001-01-01T00:00:00Z"), "to: Too close to the first or the last possible year."),
        (("--from", "2026-03-02"), "from: "),
        (("--seed", str(2**63)), "seed: "),
    ],
    ids=str,
)
def test_seed_refuses_what_the_controls_refuse(payload: tuple[str, ...], problem: str) -> None:
    result = run("seed", *payload)
    assert (result.returncode, result.stdout) == (2, "")
    assert f"Error: The seeding is not valid: {problem}" in result.stderr


def test_every_shipped_fixture_is_valid() -> None:
    result = run("validate", str(Path(QUICKSTART).parent))
    assert result.returncode == 0
    assert len(result.stdout.splitlines()) == len([*Path(QUICKSTART).parent.rglob("*.yaml")])


def test_a_fixture_file_is_printed_as_the_controls_take_it(tmp_path: Path) -> None:
    file = tmp_path / "lunch.yaml"
    file.write_text("title: Lunch\nclock: {now: 2026-03-02T09:00:00Z}\nsteps: [sync]\n")
    payload = run("scenario", "json", str(file))
    assert json.loads(payload.stdout) == {"title": "Lunch", "clock": {"now": "2026-03-02T09:00:00Z"}, "steps": ["sync"]}
    file.write_text("title: Lunch\nsteps: [sink]\n")
    refused = run("scenario", "json", str(file))
    assert (refused.returncode, "steps[0]" in refused.stderr) == (1, True)
