"""Declares options of the command line, with the types that several of them share."""

import re
from collections.abc import Callable
from datetime import datetime
from functools import reduce
from math import isnan
from pathlib import Path
from typing import Any

import click

from mockcrm.base.spelling import did_you_mean
from mockcrm.base.times import parse_instant
from mockcrm.cli.param_types import Choice, ParamType

PREFIX = "MOCKCRM_"
"""The beginning of the name of every option's environment variable."""


def option(name: str, **settings: Any) -> Callable[[Any], Any]:
    """An option that can also be set by an environment variable: `--admin-token` by `MOCKCRM_ADMIN_TOKEN`."""
    variable = PREFIX + name.removeprefix("--").replace("-", "_").upper()
    return click.option(name, envvar=variable, show_envvar=True, **settings)


def options(*several: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A decorator that adds several options to a command."""
    return lambda command: reduce(lambda decorated, each: each(decorated), reversed(several), command)


def format_options(*kinds: str, meaning: str) -> tuple[Callable[[Any], Any], ...]:
    """The options that choose the format in which a command prints."""
    form = click.Choice(kinds)
    return (
        click.option("--format", "form", default="text", type=form, help=meaning),
        click.option("--json", "as_json", is_flag=True, help="Short for --format json."),
    )


PLAIN_FORMAT = format_options("text", "json", meaning="Text for people, or JSON for programs.")
FORMAT = format_options(
    "text", "json", "junit", meaning="Text for people, the server's JSON, or JUnit's XML for a CI server."
)
OUT = "The file to write, or - for standard output."
TRUSTED_CA = option(
    "--ca", type=click.Path(path_type=Path), help="The certificate of the CA that issued the server's (PEM)."
)


def variables(command: click.Command) -> set[str]:
    """The environment variables of a command's options, and of those of its subcommands."""
    below = command.commands.values() if isinstance(command, click.Group) else ()
    return own_variables(command).union(*map(variables, below))


def own_variables(command: click.Command) -> set[str]:
    """The environment variables of a command's own options."""
    return {str(param.envvar) for param in command.params if param.envvar}


class NameType(Choice[str]):
    """One of some names. The refusal of another one proposes those that are similar."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return str(super().convert(value, param, ctx))
        except click.BadParameter as error:
            self.fail(f"{error.message}{did_you_mean(str(value), map(str, self.choices))}", param, ctx)


class NodeType(ParamType[str]):
    name = "name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}", value):
            self.fail("A node's name has 1 to 63 of a-z A-Z 0-9 . _ - and begins with a letter or digit.", param, ctx)
        return str(value)


class InstantType(ParamType[datetime]):
    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            return value if isinstance(value, datetime) else parse_instant(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class SecondsType(click.FloatRange):
    """A number in a range. NaN, which every range would accept, is refused."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        found = float(super().convert(value, param, ctx))
        if isnan(found):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return found


class TokenType(ParamType[str]):
    name = "token"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not re.fullmatch(r"[!-~]{1,200}", value):
            self.fail("A token has 1 to 200 printable ASCII characters, and no spaces.", param, ctx)
        return str(value)


class CodeType(ParamType[str]):
    """The code of a finding, or a name that it had earlier."""

    name = "code"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from mockcrm.audit.findings import FINDINGS, current_code  # noqa: PLC0415  few commands have such an argument

        code = current_code(value)
        if code not in FINDINGS:
            self.fail(f"{value!r} is not the code of a finding. `mockcrm explain` lists them.", param, ctx)
        return code


_UNITS: dict[str, int] = {"b": 1} | {
    f"{prefix}{unit}": base**power
    for power, prefix in enumerate("kmgt", start=1)
    for unit, base in (("b", 1000), ("ib", 1024))
}


class SizeType(ParamType[int]):
    """A number of bytes, with or without a unit: `2GiB`, `500MB`, `1048576`."""

    name = "size"

    def __init__(self, most: int | None = None) -> None:
        self._most = most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        found = re.fullmatch(r"([0-9]{1,19}) ?([kmgt]?i?b)?", str(value), re.IGNORECASE | re.ASCII)
        unit = _UNITS.get((found[2] or "b").lower()) if found else None
        if found is None or unit is None or int(found[1]) < 1:
            self.fail(f"{value!r} is not a number of bytes, such as 2GiB, 500MB or 1048576.", param, ctx)
        size: int = int(found[1]) * unit
        if self._most is not None and size > self._most:
            self.fail(f"{value!r} is more than {self._most:,} bytes.", param, ctx)
        return size
