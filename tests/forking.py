"""Commands of `mockcrm` in processes forked from one that has imported it already.

A command that starts from nothing takes half a second of computing before it does anything. Here a process imports
all of `mockcrm` once, waits for orders on its standard input, and forks a process for each: with its own arguments,
environment, streams and end. A command may go on meanwhile, as a server does (`Forked`). What depends on how Python
itself starts (the encoding of the console, a closed stream) needs a process of its own: `tests.processes.COMMAND`.
"""

import atexit
import importlib
import io
import json
import os
import pkgutil
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import mockcrm
from mockcrm.crm.seeding.people import everybody

PATIENCE = 60.0
"""How many seconds a test waits for what a process says."""


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
            status = self.order(arguments, env, streams)
            printed, err = (b"" if stream == out else stream.read_bytes() for stream in streams)
        return subprocess.CompletedProcess(["mockcrm", *arguments], status, printed, err)

    def order(
        self, arguments: tuple[str, ...], env: Mapping[str, str], streams: Sequence[Path], keeper: Path | None = None
    ) -> int:
        """Have a command run, with these files as its standard output and error; its status.

        With a file `keeper` it goes on, and the status is 0 at once: a process beside it writes there first its process
        id, and at its end its status.
        """
        order = {
            "arguments": arguments,
            "env": dict(env),
            "cwd": str(Path.cwd()),
            "streams": [*map(str, streams)],
            "keeper": keeper and str(keeper),
        }
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


class Forked:
    """A command that goes on, with what tests use of `subprocess.Popen`. Its `stdout` is its standard error, too."""

    def __init__(self, arguments: tuple[str, ...], env: Mapping[str, str]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            out, keeper = Path(folder, "out"), Path(folder, "keeper")
            os.mkfifo(out)
            os.mkfifo(keeper)
            self._keeper = os.open(keeper, os.O_RDONLY | os.O_NONBLOCK)
            forker().order(arguments, env, [out, out], keeper)
            self.stdout = out.open(encoding="utf-8")
            self.pid = self._told(PATIENCE)
        self.returncode: int | None = None

    def _told(self, seconds: float) -> int:
        """A number that the keeper tells within so many seconds."""
        deadline, told = time.monotonic() + seconds, b""
        while not told.endswith(b"\n"):
            if not select.select([self._keeper], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise subprocess.TimeoutExpired("mockcrm", seconds)
            told += os.read(self._keeper, 1) or b"0\n"
        return int(told)

    def wait(self, timeout: float) -> int:
        if self.returncode is None:
            self.returncode = self._told(timeout)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def close(self) -> None:
        """Neither hear it nor learn of its end any more."""
        self.stdout.close()
        os.close(self._keeper)


@cache
def forker() -> Forker:
    """The one of this process."""
    return Forker()


def _serve(main: Callable[..., Any]) -> None:
    """Take orders until there are no more; a forked process leaves by the end of its command."""
    for line in sys.stdin:
        order = json.loads(line)
        keeper = order.pop("keeper")
        child = os.fork()
        if not child:
            if keeper is not None:
                _keep(keeper)
            _become(**order)
            os._exit(_status(main))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _keep(keeper: str) -> None:
    """Go on in a process that is kept by another, and by nobody who waits for it. The process before ends here."""
    if os.fork():
        os._exit(0)
    told = os.open(keeper, os.O_WRONLY)
    if child := os.fork():
        os.write(told, f"{child}\n".encode())
        _, status = os.waitpid(child, 0)
        with suppress(BrokenPipeError):
            os.write(told, f"{os.waitstatus_to_exitcode(status)}\n".encode())
        os._exit(0)
    os.close(told)


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
    files = {path: os.open(path, os.O_WRONLY | os.O_CREAT, 0o600) for path in {*streams}}
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, opened in enumerate([nothing, *(files[path] for path in streams)]):
        os.dup2(opened, number)
    for opened in (nothing, *files.values()):
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
