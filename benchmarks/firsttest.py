"""What a run pays for its first test with a CRM, beyond a run that has none.

An environment of its own has the wheel and pytest alone: the plugins of others are loaded in every run, and disturb.
"""

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks import install
from benchmarks.measure import PAIRS, Row

GOAL = 2.0
EMPTY = """\
def test_nothing():
    pass
"""
FIRST = """\
from urllib.request import urlopen

import pytest


@pytest.mark.mockcrm(count=1000, seed=1)
def test_a_client_reads_the_first_events(crm):
    assert urlopen(f"{crm.url}/events?limit=10").status == 200
"""
IMPORTS = "import flask, marshmallow, orjson"
KINDS = ("elapsed time", "processor time")


class Took(NamedTuple):
    """How many seconds something took, and how many of a processor."""

    wall: float
    cpu: float


def sessions() -> Iterator[Row]:
    """A session with one test that uses 1,000 events, less an empty one, against the imports that nothing can save."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        python = environment(folder)
        (folder / "test_empty.py").write_text(EMPTY)
        (folder / "test_first.py").write_text(FIRST)
        pytest = (python, "-m", "pytest", "-q", "--rootdir", folder, "-p", "no:cacheprovider")
        commands = (
            (*pytest, folder / "test_first.py"),
            (*pytest, "-p", "no:mockcrm", folder / "test_empty.py"),
            (python, "-c", IMPORTS),
            (python, "-c", "pass"),
        )
        for command in commands:
            took(command)
        rounds = [tuple(took(command) for command in commands) for _ in range(PAIRS)]
    for place, kind in enumerate(KINDS):
        mine = [first[place] - empty[place] for first, empty, *_ in rounds]
        floor = [imports[place] - nothing[place] for *_, imports, nothing in rounds]
        milliseconds = (f"{statistics.median(each) * 1e3:,.0f} ms" for each in (mine, floor))
        yield Row(
            f"a session's first test, with 1,000 events / importing Flask, marshmallow and orjson, {kind}",
            GOAL,
            [one / other for one, other in zip(mine, floor, strict=True)],
            " against ".join(milliseconds),
        )


def environment(folder: Path) -> Path:
    """The interpreter of a new environment that has mockcrm and pytest."""
    venv = folder / "venv"
    wheel = install.wheels(folder)
    install.run(sys.executable, "-m", "venv", venv)
    install.run(venv / "bin" / "pip", "install", *install.at_hand(folder), wheel, "pytest")
    return venv / "bin" / "python"


def took(command: tuple[object, ...]) -> Took:
    """What a process takes. The compiled modules that it writes are there for the next one."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    begin, before = time.perf_counter(), children()
    subprocess.run([str(each) for each in command], env=environ, stdout=subprocess.DEVNULL, check=True)
    return Took(time.perf_counter() - begin, children() - before)


def children() -> float:
    """The seconds of a processor that the processes had that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
