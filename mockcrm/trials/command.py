"""A client under test that is a command: it is run once for each sync, and told where the CRM is by its environment.

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
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from mockcrm.client.crm import Crm
from mockcrm.crm.event import FIELDS
from mockcrm.trials.play import ServerTooSlow, SyncFailed, SyncStalled, UnusableReplica

KEPT_OUTPUT = 4_000
"""How much of the end of a command's output is kept, in bytes."""
MAX_REPLICA_FILE = 64 * 1024 * 1024
"""The largest replica that is read, in bytes."""
TIMEOUT = 30.0
"""How many seconds a sync may take by default."""
PLACEHOLDERS = ("url", "state", "sync", "mailbox", "replica")
_PLACEHOLDER = re.compile(rf"\{{({'|'.join(PLACEHOLDERS)})\}}")
_RECORD_FIELDS = {"id", *FIELDS, "lastModifiedAt", "deleted", "deletedAt"}


class CommandClient:
    """A command as a client of one sandbox, whose files lie in `folder`.

    It is a `mockcrm.SyncClient`. `timeout` is how many seconds a sync may take. Once `stopping` is set, a sync under
    way is ended.
    """

    def __init__(
        self,
        command: Sequence[str],
        crm: Crm,
        folder: Path,
        timeout: float = TIMEOUT,
        stopping: threading.Event | None = None,
    ) -> None:
        self._command, self._crm, self._timeout = command, crm, timeout
        self._stopping = stopping or threading.Event()
        self._mailbox_file, self._replica_file = folder / "mailbox.json", folder / "replica.json"
        self._state = folder / "state"
        self._state.mkdir(parents=True)
        self._number, self._mailbox = 0, list[Any]()

    def apply(self, mailbox: Sequence[Any]) -> None:
        """Keep what the user did for the next sync."""
        self._mailbox = [*mailbox]

    def sync(self) -> None:
        """Run the command. Raises `SyncFailed` unless its status is 0, and `SyncStalled` if it takes too long."""
        self._number += 1
        self._mailbox_file.write_text(json.dumps(self._mailbox), encoding="utf-8")
        self._mailbox = []
        with tempfile.TemporaryFile() as output:
            status = self._status(output)
            if status:
                raise SyncFailed(_ending(status), _end_of(output))

    def replica(self) -> Any:
        """The records that the command left, or None if it left none. Raises `UnusableReplica`."""
        return read_replica(self._replica_file) if self._replica_file.exists() else None

    def _status(self, output: Any) -> int:
        values = self._values()
        environment = {**os.environ, **{f"CRM_{name.upper()}": value for name, value in values.items()}}
        command = [_PLACEHOLDER.sub(lambda found: values[found[1]], part) for part in self._command]
        try:
            process = subprocess.Popen(  # noqa: S603  It is the user's own command.
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise SyncFailed(f"{command[0]} cannot be run: {error.strerror}.") from error
        try:
            return self._awaited(process)
        except SyncFailed as failed:
            failed.output = _end_of(output)
            raise
        finally:
            _kill(process)

    def _values(self) -> Mapping[str, str]:
        return {
            "url": self._crm.url,
            "state": str(self._state),
            "sync": str(self._number),
            "mailbox": str(self._mailbox_file),
            "replica": str(self._replica_file),
        }

    def _awaited(self, process: "subprocess.Popen[bytes]") -> int:
        """The process's exit status. Raises `SyncStalled`, and `ServerTooSlow` if the CRM is to blame."""
        deadline = time.monotonic() + self._timeout
        while (left := deadline - time.monotonic()) > 0:
            if self._stopping.is_set():
                raise SyncFailed("The trial was interrupted.")
            with suppress(subprocess.TimeoutExpired):
                return process.wait(min(left, 0.2))
        raise SyncStalled(f"It was stopped after {self._timeout:g} s.")


def read_replica(path: Path) -> Any:
    """The records in a file: a JSON list, an object of records by id, JSON lines, or a body of `POST /admin/audit`.

    Fields that no event has are left out. Raises `UnusableReplica`.
    """
    if path.stat().st_size > MAX_REPLICA_FILE:
        raise UnusableReplica(f"it is larger than {MAX_REPLICA_FILE:,} bytes.")
    text = path.read_text(encoding="utf-8", errors="strict")
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        found = [json.loads(line) for line in text.splitlines() if line.strip()]
    records = found if isinstance(found, list) else [*found.values()]
    return [_known(each) for each in records]


def _known(record: Any) -> Any:
    if not isinstance(record, dict):
        return record
    return {name: value for name, value in record.items() if name in _RECORD_FIELDS}


def _ending(status: int) -> str:
    if status < 0:
        return f"It was ended by {signal.Signals(-status).name}."
    return f"It ended with status {status}."


def _end_of(output: Any) -> str:
    size = output.seek(0, os.SEEK_END)
    output.seek(max(0, size - KEPT_OUTPUT))
    return str(output.read().decode("utf-8", "replace"))


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """End a command, with all that it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


_ = ServerTooSlow
