"""Commands of `mockcrm` in processes forked from one that has imported it already.

A command that starts from nothing takes half a second of computing before it does anything. Here a process imports
`mockcrm` once, waits for orders on its standard input, and forks a process for each: with its own arguments,
environment, streams and end. What depends on how Python itself starts (the encoding of the console, a closed stream)
needs a process of its own: `tests.processes.COMMAND`.
"""

import atexit
import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any


class Forker:
    """The process that forks, as a test sees it."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.forking"]
        root = Path(__file__).parent.parent
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="ascii", cwd=root
        )
        atexit.register(self.end)

    def end(self) -> None:
        self.process.communicate()

    def run(self, arguments: tuple[str, ...], env: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
        """A command's status and what it printed, as `subprocess.run` tells it."""
        with tempfile.TemporaryDirectory() as folder:
            streams = [Path(folder, name) for name in ("out", "err")]
            order = {"arguments": arguments, "env": dict(env), "cwd": str(Path.cwd()), "streams": [*map(str, streams)]}
            assert self.process.stdin
            assert self.process.stdout
            self.process.stdin.write(json.dumps(order) + "\n")
            self.process.stdin.flush()
            status = int(self.process.stdout.readline())
            out, err = (stream.read_text(encoding="utf-8") for stream in streams)
        return subprocess.CompletedProcess(["mockcrm", *arguments], status, out, err)


@cache
def forker() -> Forker:
    """The one of this process."""
    return Forker()


def _serve(main: Callable[..., Any]) -> None:
    """Take orders until there are no more; a forked process leaves by the end of its command."""
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if not child:
            _become(**order)
            main(prog_name="mockcrm")
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _become(arguments: list[str], env: dict[str, str], cwd: str, streams: list[str]) -> None:
    """Take on what a process has from its start."""
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    sys.argv = ["mockcrm", *arguments]
    for number, path in enumerate([os.devnull, *streams]):
        opened = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = _stream(0, "r", "strict")
    sys.stdout = _stream(1, "w", "strict")
    sys.stderr = _stream(2, "w", "backslashreplace")


def _stream(number: int, mode: str, errors: str) -> io.TextIOWrapper:
    raw = io.FileIO(number, mode, closefd=False)
    buffer: Any = io.BufferedReader(raw) if mode == "r" else io.BufferedWriter(raw)
    return io.TextIOWrapper(buffer, encoding="utf-8", errors=errors, line_buffering=errors != "strict")


if __name__ == "__main__":
    from mockcrm.cli.main import main

    _serve(main)
