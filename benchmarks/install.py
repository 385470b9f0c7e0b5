"""From an empty environment to a first green test: the commands, and the time.

Each round makes its environments anew, with what `constraints.txt` says. `pip` fetches everything for one of them, and
for the other has the wheels at hand, as from its cache.
"""

import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import seconds

ROOT = Path(__file__).parent.parent
ROUNDS = 3
HEAD = "| command | nothing at hand | the wheels at hand |\n|---|---|---|\n"
COMMANDS = ("`python -m venv venv`", "`venv/bin/pip install mockcrm pytest`", "`venv/bin/pytest test_first.py`")
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")
CONSTRAINTS = ("--constraint", str(ROOT / "constraints.txt"))
TEST = """\
from urllib.request import urlopen


def test_a_new_crm_is_empty(crm):
    assert b'"length":0' in urlopen(f"{crm.url}/events").read()
"""

Steps = tuple[float, ...]
"""How long each command took, and all of them."""


def lines() -> Iterator[str]:
    """The table, line by line."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        wheel = wheels(folder)
        (folder / "test_first.py").write_text(TEST)
        ways = (("--no-cache-dir", *CONSTRAINTS), at_hand(folder))
        rounds = [[steps(folder, wheel, way) for way in ways] for _ in range(ROUNDS)]
    medians = [[statistics.median(took) for took in zip(*each, strict=True)] for each in zip(*rounds, strict=True)]
    for command, *took in zip((*COMMANDS, "all of it"), *medians, strict=True):
        yield f"| {command} | {' | '.join(f'{each:.1f} s' for each in took)} |\n"


def wheels(folder: Path) -> str:
    """Puts the wheels of mockcrm, of what it needs, and of pytest into a folder; where that of mockcrm is."""
    run(*PIP, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ROOT)
    (wheel,) = map(str, folder.glob("mockcrm-*.whl"))
    run(*PIP, "download", "--dest", folder, *CONSTRAINTS, wheel, "pytest")
    return wheel


def at_hand(folder: Path) -> tuple[str, ...]:
    """The options by which pip takes what is in a folder, and asks nobody."""
    return ("--no-index", "--find-links", str(folder))


def steps(folder: Path, wheel: str, way: tuple[str, ...]) -> Steps:
    venv = folder / "venv"
    took = (
        seconds(lambda: run(sys.executable, "-m", "venv", "--clear", venv)),
        seconds(lambda: run(venv / "bin" / "pip", "install", *way, wheel, "pytest")),
        seconds(lambda: run(venv / "bin" / "pytest", folder / "test_first.py")),
    )
    return (*took, sum(took))


def run(*command: object) -> None:
    subprocess.run([str(each) for each in command], check=True, capture_output=True)
