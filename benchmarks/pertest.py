"""What a test pays for a fresh server: pytest's set-up and tear-down, for mockcrm and for others, in turn."""

import json
import os
import statistics
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import peers
from benchmarks.measure import PAIRS

HEAD = "| tool | a test begins with | the first test | each further test |\n|---|---|---|---|\n"


@dataclass(frozen=True)
class Suite:
    """A tool, what its tests begin with, where they are, with how many events, and how many tests there are."""

    name: str
    begins: str
    module: str
    events: int = peers.EVENTS
    tests: int = 30


OURS = Suite("mockcrm", "a fork of 1,000 events", "mockcrm_tests")
THEIRS = (
    Suite(f"pytest-httpserver {peers.HTTPSERVER}", "one list of 1,000, ready-made", "httpserver_tests"),
    Suite(f"moto {peers.MOTO}, DynamoDB", "nothing, after a reset", "moto_tests", events=0),
    Suite(f"moto {peers.MOTO}, DynamoDB", "a reset, and 1,000 items stored", "moto_tests", tests=4),
    Suite(f"Radicale {peers.RADICALE}", "1,000 events stored, and deleted after it", "radicale_tests", tests=4),
)


def lines() -> Iterator[str]:
    """The table, line by line."""
    if not peers.installed_python():
        yield peers.row("the peers", ["not installed", peers.DASH, peers.DASH])
        return
    with TemporaryDirectory() as name:
        folder = Path(name)
        some = peers.invented()["records"]
        rounds = [[costs(suite, folder, some) for suite in (OURS, *THEIRS)] for _ in range(PAIRS)]
    mine, *theirs = ([*zip(*each, strict=True)] for each in zip(*rounds, strict=True))
    yield peers.row(OURS.name, [OURS.begins, *map(peers.took, mine)])
    for suite, measures in zip(THEIRS, theirs, strict=True):
        yield peers.row(suite.name, [suite.begins, *map(peers.cell, mine, measures)])


def costs(suite: Suite, folder: Path, events: list[dict[str, Any]]) -> tuple[float, float]:
    """Seconds of the first test, which starts the server, and the median of the others."""
    payload, given = folder / "durations.json", folder / "events.json"
    given.write_text(json.dumps(events[: suite.events]))
    subprocess.run(
        [
            *(str(peers.BIN / "python"), "-m", "pytest", "-q", "-p", "benchmarks.suites.durations"),
            *("-p", "no:cacheprovider", "--rootdir", str(folder), "-c", "/dev/null"),
            str(peers.ROOT / "benchmarks" / "suites" / f"{suite.module}.py"),
        ],
        env={
            **os.environ,
            "EVENTS": str(given),
            "DURATIONS": str(payload),
            "TESTS": str(suite.tests),
            "PYTHONPATH": str(peers.ROOT),
        },
        stdout=subprocess.DEVNULL,
        check=True,
    )
    first, *others = json.loads(payload.read_text())
    return first, statistics.median(others)
