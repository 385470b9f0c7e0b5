"""A client under test that is a command: it is run once for each sync. Its environment says where the CRM is.

| variable | placeholder | what it has |
|---|---|---|
| `CRM_URL` | `{url}` | the address of the CRM's API; it ends in `/api/v1` |
| `CRM_STATE` | `{state}` | a folder that is kept from sync to sync of one hazard |
| `CRM_SYNC` | `{sync}` | the number of the sync, from 1 |
| `CRM_MAILBOX` | `{mailbox}` | a JSON file: the list of what the user did on the other side since the last sync |
| `CRM_REPLICA` | `{replica}` | a path where the command may leave its copy of the events, as JSON or JSON lines |
"""

import json
import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from mockcrm.base.real_time import real_seconds
from mockcrm.client.crm import Crm
from mockcrm.trials.output import OutputEnd
from mockcrm.trials.play import MAX_TRIAL_REQUESTS, ClientTerms, ClientUnusable, PlayAbandoned, SyncFailed, SyncOutput
from mockcrm.trials.replica_file import read_replica
from mockcrm.trials.slow_sync import requests_so_far, requests_under_way, slow_sync

TIMEOUT = 30.0
"""How many seconds a sync may take by default."""
COMMAND_TERMS = ClientTerms("CRM_URL", "CRM_MAILBOX", "CRM_REPLICA", "--no-mailbox", "--no-replica", "The command")
"""The names in the reasons why a command was not judged."""
PLACEHOLDERS = ("url", "state", "sync", "mailbox", "replica")
_PLACEHOLDER = re.compile(rf"\{{({'|'.join(PLACEHOLDERS)})\}}")
_SECRET = "MOCKCRM_ADMIN_TOKEN"  # noqa: S105  It is the name of a variable.
"""The environment variable that a client under test does not get: it is for those who control the CRM."""
_POLL = 0.05
"""How many seconds pass before it is looked again whether a command has ended that left its output open."""
_LOOK = 0.5
"""How many seconds pass before it is looked again how many requests a command has sent."""


class CommandClient:
    """A command as a client of one sandbox, whose files lie in `folder`, which `close` removes.

    It is a `mockcrm.SyncClient`. `timeout` is how many seconds a sync may take, and `max_requests` how many requests it
    may send. Once `stopping` is set, a sync under way is ended.

    >>> CommandClient(["node", "sync.mjs", "--crm={url}"], crm, Path("/tmp/lunch"), timeout=5).sync()
    """

    def __init__(
        self,
        command: Sequence[str],
        crm: Crm,
        folder: Path,
        *,
        timeout: float = TIMEOUT,
        max_requests: int = MAX_TRIAL_REQUESTS,
        stopping: threading.Event | None = None,
    ) -> None:
        self._command, self._crm, self._folder = command, crm, folder
        self._timeout, self._max_requests = timeout, max_requests
        self._stopping = stopping or threading.Event()
        self._mailbox_file, self._replica_file = folder / "mailbox.json", folder / "replica.json"
        self._state = folder / "state"
        self._number, self._mailbox, self._asked_before = 0, list[Any](), 0

    def apply(self, mailbox: Sequence[Any]) -> None:
        """Keep what the user did for the next sync."""
        self._mailbox = [*mailbox]

    def sync(self) -> SyncOutput:
        """Run the command, and then end all that it started.

        Raises `SyncFailed` unless its status is 0, `SyncStalled` and `ServerTooSlow` if it takes too long,
        `ClientUnusable` if it cannot be run, and `PlayAbandoned` once `stopping` is set.
        """
        if self._stopping.is_set():
            raise PlayAbandoned
        self._number += 1
        self._write_files()
        self._mailbox, self._asked_before = [], requests_so_far(self._crm)
        began, process = real_seconds(), self._started()
        output, under_way = OutputEnd(process.stdout), set[int]()
        try:
            status = self._awaited(process, output, began + self._timeout)
            if status is None:
                under_way = requests_under_way(self._crm, self._asked_before)
        finally:
            _kill(process)
        if status is None:
            slow = slow_sync(self._crm, self._asked_before, under_way, real_seconds() - began)
            raise slow.as_error(output.text())
        if status:
            raise SyncFailed(_ending(status), output.text())
        return SyncOutput(output.text())

    def replica(self) -> Any:
        """The records that the command left, or None if it left none. Raises `UnusableReplica`."""
        return read_replica(self._replica_file)

    def close(self) -> None:
        """Remove the files, as far as the command lets them be removed."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _write_files(self) -> None:
        try:
            # The command may have removed its folder.
            self._state.mkdir(parents=True, exist_ok=True)
            self._mailbox_file.write_text(json.dumps(self._mailbox), encoding="utf-8")
        except OSError as error:
            raise ClientUnusable(f"{error.filename} cannot be written: {error.strerror}.") from error

    def _started(self) -> "subprocess.Popen[bytes]":
        values = self._values()
        kept = {name: value for name, value in os.environ.items() if name != _SECRET}
        command = [_PLACEHOLDER.sub(lambda found: values[found[1]], part) for part in self._command]
        try:
            return subprocess.Popen(  # noqa: S603  It is the user's own command.
                command,
                env={**kept, **{f"CRM_{name.upper()}": value for name, value in values.items()}},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:  # A ValueError comes of a zero byte.
            raise ClientUnusable(_unusable(command[0], error)) from error

    def _values(self) -> Mapping[str, str]:
        return {
            "url": self._crm.url,
            "state": str(self._state),
            "sync": str(self._number),
            "mailbox": str(self._mailbox_file),
            "replica": str(self._replica_file),
        }

    def _awaited(self, process: "subprocess.Popen[bytes]", output: OutputEnd, deadline: float) -> int | None:
        """The process's exit status; None if it has to be stopped."""
        next_look = real_seconds() + _LOOK
        while (status := process.poll()) is None:
            if self._stopping.is_set():
                raise PlayAbandoned
            now = real_seconds()
            if now >= deadline:
                return None
            if now >= next_look:
                next_look = now + _LOOK
                if self._asks_too_much():
                    return None
            _wait(process, output, min(_POLL, deadline - now))
        return status

    def _asks_too_much(self) -> bool:
        """Whether the command goes on although its connections break, as they do after too many requests."""
        return requests_so_far(self._crm) - self._asked_before > self._max_requests


def _wait(process: "subprocess.Popen[bytes]", output: OutputEnd, seconds: float) -> None:
    """Wait for the end of a process, at most so long. Its output ends first, unless another process has it, too."""
    if not output.is_complete:
        output.wait(seconds)
        return
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)


def _unusable(command: str, error: Exception) -> str:
    """Why a command cannot be run, in a sentence."""
    reason = error.strerror if isinstance(error, OSError) else error
    together = " in command: its words are to be arguments of their own." if " " in command else "."
    return f"{command!r} cannot be run: {reason}{together}"


def _ending(status: int) -> str:
    if status >= 0:
        return f"It ended with status {status}."
    with suppress(ValueError):
        return f"It was ended by {signal.Signals(-status).name}."
    return f"It was ended by signal {-status}."


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """End a command, with all that it started. Windows has no process groups: there the command alone is ended."""
    with suppress(ProcessLookupError, PermissionError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()
