"""Test suites as their tools' users write them, each test of which asks for a fresh server and does nothing with it.

They are run by `benchmarks.pertest`, in the environment of the peers, which has all the tools.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

every_test = pytest.mark.parametrize("number", range(int(os.environ["TESTS"])))


def events() -> list[dict[str, Any]]:
    """What each test begins with: the events that mockcrm invented, for the others, or none."""
    listed: list[dict[str, Any]] = json.loads(Path(os.environ["EVENTS"]).read_text())
    return listed
