"""Reads what a command prints to its end, and keeps little of it."""

import os
import threading
from typing import IO

KEPT_OUTPUT = 4_000
"""How much of the end of a command's output is kept, in bytes."""
_CHUNK = 64 * 1024
_PATIENCE = 1.0
"""How many seconds a reader has to finish once the command has ended, while another process holds the pipe open."""


class OutputEnd:
    """The end of what comes through a pipe.

    A thread reads it, so that a command never waits for its reader, and neither memory nor disk fills. A process that
    has left the command's process group may hold the pipe open: then the thread goes on reading, and nobody waits.

    >>> OutputEnd(process.stdout).text()
    'Traceback (most recent call last): …'
    """

    def __init__(self, pipe: IO[bytes] | None) -> None:
        assert pipe is not None
        self._pipe, self._kept, self._complete = pipe, b"", threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with self._pipe as pipe:
            while chunk := os.read(pipe.fileno(), _CHUNK):
                self._kept = (self._kept + chunk)[-KEPT_OUTPUT:]
        self._complete.set()

    @property
    def is_complete(self) -> bool:
        """Whether nobody can write to the pipe any more."""
        return self._complete.is_set()

    def wait(self, seconds: float) -> None:
        """Wait until the output is complete, at most so long."""
        self._complete.wait(seconds)

    def text(self) -> str:
        """The end of what was printed, as UTF-8. What is not UTF-8 is replaced."""
        self._complete.wait(_PATIENCE)
        return self._kept.decode("utf-8", "replace")
