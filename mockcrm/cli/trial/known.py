"""The file of known failures (`--known`): the hazards and random trials whose failure is expected."""

from pathlib import Path
from typing import Any

import click

from mockcrm.base.spelling import did_you_mean
from mockcrm.cli.param_types import ParamType
from mockcrm.trials.hazards import hazards, is_random_name

MAX_KNOWN_FILE = 1024 * 1024
"""The largest file of known failures, in bytes."""


class KnownType(ParamType[frozenset[str]]):
    """A file with the name of a hazard, or of a random trial, in each line. What follows a `#` is a remark."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> frozenset[str]:
        try:
            return value if isinstance(value, frozenset) else read_known(Path(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


def read_known(path: Path) -> frozenset[str]:
    """The names of the hazards and random trials in a file.

    Raises `ValueError` with the file, and with the line of an unknown name.

    >>> Path("known.txt").write_text("token-loop  # until we have issue 12")
    >>> read_known(Path("known.txt"))
    frozenset({'token-loop'})
    """
    names = [each.name for each in hazards()]
    found = []
    for number, line in enumerate(_text_of(path).splitlines(), start=1):
        name = line.partition("#")[0].strip()
        if name and name not in names and not is_random_name(name):
            meant = did_you_mean(name, names)
            raise ValueError(f"{path}, line {number}: no hazard is called {name!r}.{meant}")
        found += [name] if name else []
    return frozenset(found)


def _text_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_KNOWN_FILE + 1)
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}.") from error
    if len(data) > MAX_KNOWN_FILE:
        raise ValueError(f"{path} is larger than {MAX_KNOWN_FILE:,} bytes.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8.") from error
