"""Files written as a whole or not at all: when writing fails, what was there before is still there."""

import errno
import os
import re
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path

_DESCRIPTORS = re.compile(r"/dev(/fd)?|/proc/.+/fd")
"""The folders whose files are what somebody has opened already."""


def save(file: Path, parts: Iterable[bytes]) -> None:
    """Write a file beside the one that it is to be, and let it take its place, with the permissions that it would have.

    What is no regular file, such as a pipe, is written to as it is. Raises `OSError`.
    """
    target = Path(os.path.realpath(file))
    if _is_open_to_others(file, target):
        with file.open("wb") as stream:
            stream.writelines(parts)
        return
    mode, beside = _mode_of(target), target.with_name(f".mockcrm-{secrets.token_hex(8)}")
    try:
        with beside.open("xb") as stream:
            stream.writelines(parts)
            stream.flush()
            os.fsync(stream.fileno())
        if mode is not None:
            beside.chmod(mode)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def _is_open_to_others(file: Path, target: Path) -> bool:
    """Whether bytes go through a file to whoever reads them, so that no other can take its place."""
    opened = _DESCRIPTORS.fullmatch(os.path.realpath(file.parent)) is not None
    return opened or (target.exists() and not target.is_file())


def _mode_of(target: Path) -> int | None:
    """The permissions of a file that is there, and may be written to."""
    if not target.exists():
        return None
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(target))
    return stat.S_IMODE(target.stat().st_mode)
