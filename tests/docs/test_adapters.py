"""The adapters of the documentation do what the page says that a trial says of them."""

import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest
import yaml

from mockcrm import trial
from mockcrm.base.hazard_groups import HAZARD_GROUPS
from mockcrm.cli.main import main
from mockcrm.trials.command import PLACEHOLDERS
from mockcrm.trials.hazards import hazards
from tests.docs.adapters import ADAPTERS, FOLDER, PAGE, Adapter, known_rows
from tests.docs.pages import blocks, text_of

TEXT = text_of(f"docs/{PAGE}")

NODE_SERVICE = Path(__file__).with_name("node_service.mjs")
BY_FILE = {each.file: each for each in ADAPTERS}


def shown(adapter: Adapter) -> dict[str, str]:
    """The hazards that an adapter does not pass, by the page, with the outcomes."""
    found = re.findall(r"`([a-z][a-z\d-]+)`(?: \(([\w ]+)\))?", known_rows()[adapter.file].split("|")[4])
    return {hazard: outcome or "failed" for hazard, outcome in found}


def check(adapter: Adapter, folder: Path, *only: str) -> None:
    """Try an adapter, and compare what the page says of those hazards."""
    report = adapter.tried(folder, *only)
    if report is None:
        pytest.skip(f"{adapter.file} needs a tool that is not installed.")
    expected = shown(adapter)
    for each in report.trials:
        if each.outcome != "not applicable":
            assert each.outcome == expected.get(each.hazard.name, "passed"), each


TWO_WAY = BY_FILE["two_way.mjs"]
STARTED = {"transport"}
"""The groups in which Node is started for each sync, as the page says; in the others one process runs all syncs."""


@pytest.fixture(scope="module")
def node_service() -> Iterator[Sequence[str] | None]:
    """A command that has a process of Node run the two-way client; None where there is no Node."""
    node = shutil.which("node")
    if node is None:
        yield None
        return
    curl = shutil.which("curl") or pytest.fail("These tests need curl.")
    command = [node, str(NODE_SERVICE), str(FOLDER / TWO_WAY.file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        asked = [f"CRM_{name.upper()}={{{name}}}" for name in PLACEHOLDERS]
        form = [word for each in asked for word in ("--data-urlencode", each)]
        yield [
            curl,
            "--fail-with-body",
            "--silent",
            "--show-error",
            "--noproxy",
            "*",
            f"http://127.0.0.1:{port}",
            *form,
        ]
        process.terminate()


@pytest.mark.parametrize("group", [each for each in HAZARD_GROUPS if each not in STARTED])
def test_the_two_way_client_in_node_passes_every_hazard(
    tmp_path: Path, group: str, node_service: Sequence[str] | None
) -> None:
    assert shown(TWO_WAY) == {}
    check(replace(TWO_WAY, command=lambda _: node_service), tmp_path, group)


@pytest.mark.parametrize("group", STARTED)
def test_the_two_way_client_passes_hazards_where_node_is_started_for_each_sync(tmp_path: Path, group: str) -> None:
    check(TWO_WAY, tmp_path, group)


@pytest.mark.parametrize(
    ("file", "only"),
    [
        ("ReadOnly.java", ("expired-cursor-swallowed", "rate-limit-burst", "page-token-expired", "truncated-json")),
        ("httpx_client.py", ("result-cap", "token-expires-mid-sync", "duplicate-page")),
        ("dlt_pipeline.py", ("tombstone-expired", "duplicate-page")),
        ("graph_proxy.py", ("tombstone-expired", "expired-cursor-swallowed", "token-loop", "truncated-json")),
    ],
)
def test_an_adapter_passes_and_fails_as_the_page_says(tmp_path: Path, file: str, only: tuple[str, ...]) -> None:
    check(BY_FILE[file], tmp_path, *only)


def test_the_client_with_httpx_can_be_tried_in_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    module = __import__("httpx_client")
    # To read the certificates of authorities takes longer than most trials.
    monkeypatch.setattr(httpx, "AsyncClient", partial(httpx.AsyncClient, verify=httpx.create_ssl_context()))
    try:
        report = trial(module.HttpxClient, mailbox=False, writes=False)
    finally:
        del sys.modules["httpx_client"]
    found = {
        each.hazard.name: each.outcome for each in report.trials if each.outcome not in ("passed", "not applicable")
    }
    assert found == shown(BY_FILE["httpx_client.py"])


def test_every_adapter_has_its_row_in_the_page() -> None:
    helpers = {"Json.java", "graph_client.mjs"}
    assert {each.name for each in FOLDER.iterdir() if each.is_file()} - helpers == {*BY_FILE} == {*known_rows()}


def page_client(folder: Path) -> Adapter:
    """The client that the page shows whole, saved as the page says."""
    (code,) = blocks(TEXT, "javascript")
    (folder / "sync.mjs").write_text(code, encoding="utf-8")
    node = shutil.which("node")
    return Adapter("sync.mjs", "", lambda _: [node, str(folder / "sync.mjs")] if node else None, ("mailbox", "writes"))


def test_the_client_that_the_page_shows_is_tried_and_found_careless(tmp_path: Path) -> None:
    report = page_client(tmp_path).tried(tmp_path, "duplicate-page", "token-loop", max_requests=100)
    if report is None:
        pytest.skip("There is no Node.")
    assert {each.hazard.name: each.outcome for each in report.trials} == {
        "duplicate-page": "passed",
        "token-loop": "stalled",
    }


def service(asked: list[dict[str, str]]) -> HTTPServer:
    """A service that is asked to sync, and notes with what."""

    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers["Content-Length"])).decode()
            asked.append({name: value for name, (value,) in parse_qs(form).items()})
            self.send_response(200 if self.path == "/sync-once" else 500)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Print nothing."""

    return HTTPServer(("127.0.0.1", 0), Service)


def test_the_script_for_a_service_asks_it_to_sync_once_and_fails_if_it_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (script,) = [each for each in blocks(TEXT, "sh") if "sync-once" in each]
    for name, value in {"CRM_URL": "http://x/api/v1?a&b", "CRM_STATE": "/tmp/a b", "CRM_REPLICA": "r"}.items():
        monkeypatch.setenv(name, value)
    asked = list[dict[str, str]]()
    with service(asked) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        own = script.replace(":9000", f":{server.server_port}")
        fine, failed = (subprocess.run(["sh", "-c", each], check=False) for each in (own, own.replace("-once", "-no")))
        server.shutdown()
    assert fine.returncode == 0
    assert failed.returncode != 0
    assert asked[0] == {"crm": "http://x/api/v1?a&b", "state": "/tmp/a b", "replica": "r"}


def test_the_mailbox_that_the_page_shows_has_every_verb() -> None:
    (shown_json,) = blocks(TEXT, "json")
    assert [verb for action in json.loads(shown_json) for verb in action] == ["create", "edit", "delete"]


def test_the_known_failures_of_the_page_are_hazards_that_the_graph_client_does_not_pass() -> None:
    (known,) = blocks(TEXT, "text")
    names = [line.partition("#")[0].strip() for line in known.splitlines()]
    assert {*names} <= {each.name for each in hazards()}
    assert {*shown(BY_FILE["graph_proxy.py"])} - {*names} == {"token-loop", "rate-limit-burst"}


def test_the_commands_of_the_page_have_options_that_there_are() -> None:
    steps = yaml.safe_load(blocks(TEXT, "yaml")[0])["jobs"]["trial"]["steps"]
    commands = [line for block in blocks(TEXT, "sh") for line in block.splitlines()]
    commands += [step["run"] for step in steps if "run" in step] + re.findall(r"`(mockcrm trial [^`]+)`", TEXT)
    own = {name for option in main.commands["trial"].params for name in option.opts}
    used = {word for each in commands if "mockcrm trial" in each for word in each.partition(" -- ")[0].split()}
    assert {word for word in used if word.startswith("--")} <= own
