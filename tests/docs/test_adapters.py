"""The adapters of the documentation do what the page says that a trial says of them."""

import re
import sys
from pathlib import Path

import pytest

from mockcrm.trials.hazards import HAZARD_GROUPS
from mockcrm.trials.suite import trial
from tests.docs.adapters import ADAPTERS, FOLDER, Adapter, known_rows

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


@pytest.mark.parametrize("group", HAZARD_GROUPS)
def test_the_two_way_client_in_node_passes_every_hazard(tmp_path: Path, group: str) -> None:
    assert shown(BY_FILE["two_way.mjs"]) == {}
    check(BY_FILE["two_way.mjs"], tmp_path, group)


@pytest.mark.parametrize(
    ("file", "only"),
    [
        ("ReadOnly.java", ("deletion", "transport")),
        ("httpx_client.py", ("paging",)),
        ("dlt_pipeline.py", ("tombstone-expired", "duplicate-page")),
        ("graph_proxy.py", ("deletion", "token-loop")),
    ],
)
def test_an_adapter_passes_and_fails_as_the_page_says(tmp_path: Path, file: str, only: tuple[str, ...]) -> None:
    check(BY_FILE[file], tmp_path, *only)


def test_the_client_with_httpx_can_be_tried_in_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    module = __import__("httpx_client")
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
