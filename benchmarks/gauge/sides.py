"""The revisions that are measured: a tree of files for each, and a process that measures with them."""

import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.gauge.comparison import Reading

ROOT = Path(__file__).parent.parent.parent
PARTS = ("mockcrm", "fixtures")
"""What of a revision runs."""


class Missing(Exception):
    """The revision has not what a row needs."""


class NoRevision(Exception):
    """There is no such revision, or no repository."""


class Worker:
    """A process that measures one revision, row by row."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def begin(self, name: str) -> None:
        """Prepare a row. Raises `Missing` if the revision lacks what it needs."""
        self._ask(f"begin {name}")

    def read(self) -> Reading:
        """One reading of the row that was begun last. Raises `Missing` as well."""
        return Reading(**self._ask("read"))

    def _ask(self, order: str) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        print(order, file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            raise Missing("The process that measures has ended.")
        answer: dict[str, Any] = json.loads(line)
        if "missing" in answer:
            raise Missing(answer["missing"])
        return answer


@contextmanager
def worker(tree: Path) -> Iterator[Worker]:
    """A new process with the mockcrm of a tree, and with these benchmarks, whatever the tree has.

    The tree is compiled first, whether or not Python would write bytecode here: otherwise a start would take half as
    long again on the side that has none.
    """
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(tree / "mockcrm")], check=False)
    env = os.environ | {
        "PYTHONPATH": f"{tree}{os.pathsep}{ROOT}",
        "PYTHONSAFEPATH": "1",  # `-m` would put the working directory first.
        "PYTHONHASHSEED": "0",
    }
    command = [sys.executable, "-m", "benchmarks.gauge.worker"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env) as process:
        try:
            yield Worker(process)
        finally:
            process.kill()


@contextmanager
def exported(revision: str, repository: Path = ROOT) -> Iterator[Path]:
    """A temporary folder with what of a revision runs. Raises `NoRevision`."""
    command = ["git", "-C", str(repository), "archive", "--format=tar", revision, *PARTS]
    found = subprocess.run(command, capture_output=True, check=False)
    if found.returncode:
        raise NoRevision(found.stderr.decode(errors="replace").strip())
    with TemporaryDirectory() as name:
        with tarfile.open(fileobj=io.BytesIO(found.stdout)) as archive:
            archive.extractall(name, filter="data")
        yield Path(name)
