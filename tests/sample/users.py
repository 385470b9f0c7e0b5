"""A user's machine: the wheel, installed in an environment of its own, and the sample project beside it.

`python -m tests.sample.users` writes anew what pytest is expected to say of the tests that fail.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parent.parent.parent
PROJECT = Path(__file__).parent / "project"
TYPED = Path(__file__).parent / "typed"
EXPECTED = Path(__file__).parent / "expected.txt"
_PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")
_VOLATILE = {
    r"sandbox-[0-9a-f]{12}~[0-9a-f]{12}": "sandbox-0123456789ab~ba9876543210",
    r"127\.0\.0\.1:\d+": "127.0.0.1:8080",
    r"at 0x[0-9a-f]+": "at 0x0",
    r"mockcrm replay \S+/mockcrm/": "mockcrm replay …/mockcrm/",
    r"=+ (.*) in [0-9.]+s(?: \([0-9:]+\))? =+": r"= \1 in 1.00s =",
}


@dataclass(frozen=True)
class User:
    """One with a wheel, a copy of the project, and Python with what the project needs."""

    wheel: Path
    project: Path
    python: Path

    def runs(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Python in the project, with no more of an environment than a fresh login has."""
        home = str(self.project.parent)
        env = {"PATH": os.defpath, "HOME": home, "TMPDIR": home, "LANG": "C.UTF-8", "COLUMNS": "100"}
        command = [str(self.python), *arguments]
        return subprocess.run(
            command, cwd=self.project, env=env, capture_output=True, text=True, timeout=120, check=False
        )

    def types_of(self, folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
        """mypy on a folder of the user's; it comes from here, and looks at what is installed there."""
        home = self.project.parent
        where = ("--python-executable", self.python, "--cache-dir", home / "mypy")
        command = [str(each) for each in (sys.executable, "-m", "mypy", *where, *options, ".")]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)

    def tests(self) -> "subprocess.CompletedProcess[str]":
        """The tests that pass."""
        return self.runs("-m", "pytest", "--numprocesses", "2", "tests/test_sync.py")

    def careless(self) -> "subprocess.CompletedProcess[str]":
        """The tests that fail."""
        return self.runs("-m", "pytest", "tests/test_careless.py")


def user(
    home: Path, more: Iterable[str] = (), constraints: Path = ROOT / "constraints.txt", python: str = sys.executable
) -> User:
    """Build the wheel, and install it with what the project asks for, and with `more`; most of the time is pip's.

    Raises `subprocess.CalledProcessError` if pip refuses.
    """
    _do(*_PIP, "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", home, ROOT)
    (wheel,) = home.glob("mockcrm-*.whl")
    _do(python, "-m", "venv", "--without-pip", home / "venv")
    made = User(wheel, home / "project", home / "venv" / "bin" / "python")
    shutil.copytree(PROJECT, made.project, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    payload = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    needs = {*payload["project"]["dependencies"], *payload["dependency-groups"]["test"], *more} - {"mockcrm"}
    how = ("--quiet", "--no-compile", "--only-binary", ":all:", "--constraint", constraints)
    _do(*_PIP, "--python", made.python, "install", *how, wheel, *sorted(needs))
    return made


def _do(*command: object) -> None:
    subprocess.run([str(each) for each in command], check=True, capture_output=True, text=True, env=os.environ)


def summary(run: "subprocess.CompletedProcess[str]") -> str:
    """How many tests passed and failed, in the last line of a run of pytest."""
    last = run.stdout.splitlines()[-1:]
    return "".join(last).strip("= ").rpartition(" in ")[0]


def reported(run: "subprocess.CompletedProcess[str]") -> str:
    """What pytest says of the tests that failed, the same in each run."""
    payload = run.stdout[run.stdout.index(" ERRORS ") :].partition("\n")[2]
    for volatile, steady in _VOLATILE.items():
        payload = re.sub(volatile, steady, payload)
    return payload


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        EXPECTED.write_text(reported(user(Path(folder)).careless()), encoding="utf-8")
