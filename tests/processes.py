"""`mockcrm` as a process of its own, as a user starts it."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.forking import PATIENCE, Forked, forker

COMMAND = [sys.executable, "-m", "mockcrm"]


@dataclass(frozen=True)
class Served:
    """A running `mockcrm serve`: its process, its address, and what it has said up to there."""

    process: "subprocess.Popen[str] | Forked"
    url: str
    said: str


@contextmanager
def served(
    *options: str, env: dict[str, str] | None = None, prelude: str | None = None, status: int = 0
) -> Iterator[Served]:
    """`mockcrm serve` on a free port for as long as the block; it must end with a status, on SIGTERM if not before.

    `prelude` is Python that runs in the process before; then Python starts anew.
    """
    with started(serving("--port", "0", *options, prelude=prelude), os.environ | (env or {}), status) as server:
        yield server


def worker_of(server: Served) -> int:
    """The number of the process that holds a server's CRM, which is the only one that it has forked."""
    pid = server.process.pid
    (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(child)


def serving(*options: str, prelude: str | None = None) -> list[str]:
    """The command line of `mockcrm serve`; `prelude` is Python that runs in the process before."""
    start = f"{prelude}; from mockcrm.cli.main import main; main()"
    return [*([sys.executable, "-c", start] if prelude else COMMAND), "serve", *options]


@contextmanager
def started(command: list[str], env: Mapping[str, str], status: int = 0) -> Iterator[Served]:
    """The same by any command that serves, in this environment and no other. `COMMAND` itself is forked."""
    with _begun(command, env) as process:
        try:
            said = ""
            with patience(process):
                while not (address := re.search(r"https?://[0-9.:]+", said)):
                    line = process.stdout.readline() if process.stdout else ""
                    assert line, f"It serves nowhere. It said: {said}"
                    said += line
            yield Served(process, address[0], said)
        finally:
            process.send_signal(signal.SIGTERM)
            ended = process.wait(timeout=PATIENCE)
    assert ended == status


@contextmanager
def _begun(command: list[str], env: Mapping[str, str]) -> "Iterator[subprocess.Popen[str] | Forked]":
    """A process that says all in one stream."""
    if command[: len(COMMAND)] != COMMAND:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env) as process:
            yield process
    else:
        with closing(Forked(tuple(command[len(COMMAND) :]), env)) as forked:
            yield forked


@contextmanager
def patience(process: "subprocess.Popen[str] | Forked") -> Iterator[None]:
    """For the block to wait for a line; a process that says none is killed, so that the wait comes to an end."""
    watch = threading.Timer(PATIENCE, process.kill)
    watch.start()
    try:
        yield
    finally:
        watch.cancel()


def printed_whatever_the_hashes(code: str) -> bytes:
    """What a program prints, which must be the same however its process orders sets."""
    printed = {
        subprocess.run(
            [sys.executable, "-W", "error", "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    (same,) = printed
    return same


def run(*arguments: str, env: dict[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    """A command that ends by itself, forked from a process that has imported `mockcrm`."""
    done = run_in_bytes(*arguments, env=env)
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def run_in_bytes(
    *arguments: str, env: dict[str, str] | None = None, out: Path | None = None
) -> "subprocess.CompletedProcess[bytes]":
    """The same, with what it printed as it came; see `Forker.run`."""
    process = forker()
    with patience(process.process):
        return process.run(arguments, os.environ | (env or {}), out)
