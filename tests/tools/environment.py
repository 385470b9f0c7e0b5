"""The tools, in an environment of their own: their versions, and a process for each that runs its syncs."""

import json
import select
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
ENVIRONMENT = ROOT / ".peers" / "tools"
VERSIONS = ("airbyte-cdk==7.39.1", "dlt==1.31.0", "duckdb==2.0.1", "singer-sdk==0.54.9")
TOOLS = ("airbyte", "dlt", "singer")
LONGEST_SYNC = 30
"""How many seconds a sync may take; one that takes longer has failed, and its process with it."""


def installed() -> Path:
    """The environment's Python, with all tools."""
    python, done = ENVIRONMENT / "bin" / "python", ENVIRONMENT / "installed.txt"
    if not done.exists() or done.read_text() != " ".join(VERSIONS):
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)], check=True)
        install = ("-m", "pip", "install", "-qq", "--disable-pip-version-check", *VERSIONS)
        subprocess.run([str(python), *install], check=True)
        done.write_text(" ".join(VERSIONS))
    return python


@dataclass
class SyncResult:
    """What a tool had stored after a sync, or None if it failed, and why."""

    records: list[dict[str, Any]] | None
    error: str | None


class Tool:
    """One tool, whose syncs run one after the other in a process of its own."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._process: subprocess.Popen[str] | None = None

    def sync(self, url: str, state: Path, *, tombstones: bool) -> SyncResult:
        """Sync once, with tombstones in lists where the CRM has them."""
        process = self._running()
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps({"url": url, "state": str(state), "tombstones": tombstones}) + "\n")
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], LONGEST_SYNC)
        line = process.stdout.readline() if ready else ""
        if not line:
            self.close()
            return SyncResult(None, f"it took longer than {LONGEST_SYNC} s" if not ready else "its process ended")
        return SyncResult(**json.loads(line))

    def close(self) -> None:
        """End the process, if there is one."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _running(self) -> "subprocess.Popen[str]":
        if self._process is None:
            self._process = subprocess.Popen(
                [str(installed()), "worker.py", f"{self.name}_client"],
                cwd=Path(__file__).parent / "clients",
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        return self._process
