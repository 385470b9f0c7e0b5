"""A pytest plugin that tells how long setting up and tearing down took: `-p benchmarks.suites.durations`."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest

_spent: Counter[str] = Counter()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    assert report.passed, report.longrepr
    if report.when != "call":
        _spent[report.nodeid] += report.duration  # type: ignore[assignment]


def pytest_sessionfinish() -> None:
    Path(os.environ["DURATIONS"]).write_text(json.dumps([*_spent.values()]))
