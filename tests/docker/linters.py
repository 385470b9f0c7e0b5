"""Linters of other people's, which are installed beside Python."""

import subprocess
import sys
from pathlib import Path


def passes(linter: str, *arguments: str | Path) -> None:
    """The linter finds nothing."""
    command = [Path(sys.executable).parent / linter, *arguments]
    found = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert found.returncode == 0, found.stdout + found.stderr
