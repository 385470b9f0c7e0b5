"""Files written as a whole or not at all: if writing fails, the old file is still there."""

import errno
import os
import re
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path

_DESCRIPTORS = re.compile(r"/dev(/fd)?|/proc/.+/fd")
"""Folders whose files are open descriptors."""


def save(file: Path, parts: Iterable[bytes]) -> None:
    """Write a new file beside the old one, and let it take its place, with the same permissions.

    Anything but a regular file, such as a pipe, is written to directly. Raises `OSError`.
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
    """Whether others have the file open, as a pipe or a descriptor, so that no new file can take its place."""
    opened = _DESCRIPTORS.fullmatch(os.path.realpath(file.parent)) is not None
    return opened or (target.exists() and not target.is_file())


def _mode_of(target: Path) -> int | None:
    """The permissions of an existing file. Raises `PermissionError` if it may not be written."""
    if not target.exists():
        return None
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(target))
    return stat.S_IMODE(target.stat().st_mode)
