"""Commands of `mockcrm` in processes forked from one that has imported it already.

A command that starts from nothing takes half a second of computing before it does anything. Here a process imports
all of `mockcrm` once, waits for orders on its standard input, and forks a process for each: with its own arguments,
environment, streams and end. What depends on how Python itself starts (the encoding of the console, a closed stream)
needs a process of its own: `tests.processes.COMMAND`.
"""

import atexit
import importlib
import io
import json
import os
import pkgutil
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import mockcrm
from mockcrm.crm.seeding.people import everybody


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

    def run(
        self, arguments: tuple[str, ...], env: Mapping[str, str], out: Path | None = None
    ) -> "subprocess.CompletedProcess[bytes]":
        """A command's status and what it printed, as `subprocess.run` tells it; `out` has its standard output instead.

        Of what says how Python encodes it obeys PYTHONIOENCODING alone.
        """
        with tempfile.TemporaryDirectory() as folder:
            streams = [out or Path(folder, "out"), Path(folder, "err")]
            order = {"arguments": arguments, "env": dict(env), "cwd": str(Path.cwd()), "streams": [*map(str, streams)]}
            assert self.process.stdin
            assert self.process.stdout
            self.process.stdin.write(json.dumps(order) + "\n")
            self.process.stdin.flush()
            status = int(self.process.stdout.readline())
            printed, err = (b"" if stream == out else stream.read_bytes() for stream in streams)
        return subprocess.CompletedProcess(["mockcrm", *arguments], status, printed, err)


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
            os._exit(_status(main))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _status(main: Callable[..., Any]) -> int:
    """Run the command to its end; its status. Python itself would go on and take down all modules, for 0.2 s."""
    try:
        main(prog_name="mockcrm")
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        status = 1
    else:
        status = 0
    for thread in threading.enumerate():
        if not thread.daemon and thread is not threading.current_thread():
            thread.join()
    sys.stdout.flush()
    sys.stderr.flush()
    return status


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
    encoding, _, errors = env.get("PYTHONIOENCODING", "utf-8").partition(":")
    sys.stdin = _stream(0, "r", encoding, errors or "strict")
    sys.stdout = _stream(1, "w", encoding, errors or "strict")
    sys.stderr = _stream(2, "w", encoding, "backslashreplace")


def _stream(number: int, mode: str, encoding: str, errors: str) -> io.TextIOWrapper:
    raw = io.FileIO(number, mode, closefd=False)
    buffer: Any = io.BufferedReader(raw) if mode == "r" else io.BufferedWriter(raw)
    return io.TextIOWrapper(buffer, encoding=encoding, errors=errors, line_buffering=number == 2)


def _import_all() -> None:
    """Import what any command may import: most of them do so late, and each forked process would do it again.

    The names of which people are invented are read, too.
    """
    for module in pkgutil.walk_packages(mockcrm.__path__, "mockcrm."):
        if module.name not in ("mockcrm.__main__", "mockcrm.pytest_plugin"):
            importlib.import_module(module.name)
    list(everybody())


if __name__ == "__main__":
    from mockcrm.cli.main import main

    _import_all()
    _serve(main)
