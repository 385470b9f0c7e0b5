"""`mockcrm serve --log text`: a line for each request that a person can read while it happens."""

import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from mockcrm import connect, create_app, types
from mockcrm.cli.request_log import is_told, text_line
from mockcrm.client.transport import in_process
from tests.forking import PATIENCE
from tests.processes import patience, served, serving

DELTA = "/api/v1/events?since=2026-03-02T09:00:00Z"
START = ("--count", "2", "--seed", "1", "--frozen-at", "2026-03-02T09:00:00Z")


def said(line: str) -> str:
    """A line without its time and its duration, which differ each time."""
    return re.sub(r"^\d\d:\d\d:\d\d\.\d{3}  (.{12})  +\d+\.\d ms  ", r"\1  ", line.rstrip())


def test_a_line_says_who_asked_for_what_what_was_delivered_and_which_fault_was_applied() -> None:
    ann = {"X-Mockcrm-Client": "ann"}
    with served(*START, "--log", "text") as server:
        crm = connect(server.url)
        httpx.get(server.url + DELTA, headers=ann)
        httpx.delete(server.url + "/api/v1/events/1001", headers=ann)
        httpx.get(f"{server.url}{DELTA}&showDeleted=true", headers=ann)
        effects: list[types.Effect] = [{"truncate": {"bytes": 9}}, {"disconnect": "close"}, {"status": 503}]
        for effect in effects:
            crm.faults.add(effect, times=1)
            with suppress(httpx.TransportError):
                httpx.get(server.url + DELTA)
        assert server.process.stdout
        with patience(server.process):
            announced = next(line for line in server.process.stdout if line.startswith("  its controls"))
            lines = [said(next(server.process.stdout)) for _ in range(9)]
    assert announced
    assert [line for line in lines if "/api/v1/events" in line] == [
        f"GET      200  {DELTA}  ann  2 events",
        "DELETE   204  /api/v1/events/1001  ann  1 tombstone",
        f"GET      200  {DELTA}&showDeleted=true  ann  1 event, 1 tombstone",
        f"GET      200  {DELTA}  client  1 event  cut off  fault: truncate",
        f"GET      ---  {DELTA}  client  no answer  fault: disconnect",
        f"GET      503  {DELTA}  client  fault: status",
    ]
    assert any(line.startswith("POST     201  ") and line.endswith("/admin/faults") for line in lines)


def records() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    app = create_app(log=found.append)
    for path in ("/api/v1/events", "/api/v1/events/9", "/admin/clock"):
        in_process(app, "")("GET", path, {}, None, {"X-Mockcrm-Client": "\x1b[31mann\n"})
    return found


def test_colours_say_nothing_that_the_words_do_not_and_a_client_cannot_add_any() -> None:
    for record in records():
        coloured = text_line(record, coloured=True)
        assert "\x1b[" in coloured
        assert "\x1b[31m" not in coloured
        assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == text_line(record)
    assert "\x1b[33m404\x1b[0m" in text_line(records()[1], coloured=True)


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/console/~1/styles/base.css", 200, False),
        ("/sandboxes/mine/admin/feed", 200, False),
        ("/admin/feed", 403, True),
        ("/admin/feed", None, True),
        ("/admin/feeder", 200, True),
        ("/api/v1/console/", 200, True),
    ],
)
def test_an_open_page_does_not_drown_the_clients(path: str, status: int | None, told: bool) -> None:
    assert is_told({"path": path, "status": status}) is told


@pytest.mark.skipif(sys.platform == "win32", reason="It has no such terminals.")
@pytest.mark.parametrize(
    ("env", "colours"), [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)]
)
def test_a_terminal_shows_colours_unless_it_is_asked_not_to(env: dict[str, str], colours: bool, tmp_path: Path) -> None:
    ours, its = os.openpty()
    command = serving("--port", "0", "--count", "0", "--log", "text")
    environment = {**os.environ, "TERM": "xterm", **env}
    with (
        open(ours, "rb", buffering=0) as screen,  # noqa: PTH123  a descriptor
        subprocess.Popen(command, stdout=its, stderr=its, stdin=subprocess.DEVNULL, env=environment, text=True) as it,
    ):
        os.close(its)
        try:
            with patience(it):
                text = b""
                while not (address := re.search(rb"(http://[0-9.:]+)/admin/clock\r\n", text)):
                    text += screen.read(1000)
                httpx.get(f"{address[1].decode()}/health", timeout=PATIENCE)
                while b"/health" not in text:
                    text += screen.read(1000)
        finally:
            it.terminate()
    assert (b"\x1b[32m200\x1b[0m" in text) is colours
