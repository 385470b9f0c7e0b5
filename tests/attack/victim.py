"""The servers that are attacked: real processes of `mockcrm serve`, with their memory and what they say of errors."""

import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from tests.attack.heads import TOKEN
from tests.processes import patience, serving

Kind = Literal["open", "token", "shut"]
"""Who may use the controls of a server: anybody at this machine, whoever has the token, or nobody."""
KINDS: tuple[Kind, ...] = ("open", "token", "shut")

_OPTIONS: dict[Kind, list[str]] = {
    "open": ["--count", "0"],
    "token": ["--count", "0", "--admin-token", TOKEN],
    "shut": ["--host", "0.0.0.0", "--count", "20", "--seed", "1", "--frozen-at", "2026-01-05T09:00:00Z"],
}
_SUSPECT = re.compile(
    r"Traceback \(most recent call last\):\n(?:[ ].*\n)+(?P<last>.+)|\[(?:ERROR|CRITICAL)\].*|Exception ignored in.*"
)
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Victim:
    """One server, which is started anew when it has come to harm."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  it lives as long as the server
        self._read = 0
        self._start()

    def _start(self) -> None:
        command = serving("--port", "0", *_OPTIONS[self.kind])
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self._errors, text=True, start_new_session=True
        )
        with patience(self._process):
            said = self._process.stdout.readline() if self._process.stdout else ""
        address = re.search(r"http://[0-9.:]+", said)
        assert address, f"It serves nowhere. It said: {said}"
        self.port = urlsplit(address[0]).port or 0

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def restart(self) -> None:
        """Kill it, and start another one."""
        self._kill()
        self._start()

    def _kill(self) -> None:
        if self.is_alive:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()

    def close(self) -> None:
        """End it as its user would. It must end cleanly."""
        self._process.send_signal(signal.SIGTERM)
        try:
            status = self._process.wait(timeout=15)
        finally:
            self._kill()
            self._errors.close()
        assert status == 0

    def memory(self) -> int:
        """How many bytes its processes hold."""
        return sum(_resident(pid) for pid in _family(self._process.pid))

    def complaints(self) -> Iterator[str]:
        """What it has said since the last time that looks like a mistake of its own, each once."""
        size = os.fstat(self._errors.fileno()).st_size
        said = os.pread(self._errors.fileno(), size - self._read, self._read).decode("utf-8", "replace")
        self._read = size
        seen: dict[str, str] = {match["last"] or match[0]: match[0] for match in _SUSPECT.finditer(said)}
        return (f"{last}\n{whole}" for last, whole in seen.items())


def _family(pid: int) -> Iterator[int]:
    yield pid
    children = Path(f"/proc/{pid}/task/{pid}/children")
    for child in children.read_text().split() if children.exists() else ():
        yield from _family(int(child))


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except FileNotFoundError:
        return 0
