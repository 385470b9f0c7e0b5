"""What `mockcrm serve` can be told, and what follows from it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from mockcrm.base.times import format_instant
from mockcrm.cli.options import PREFIX, InstantType, SecondsType, SizeType, TokenType, option
from mockcrm.crm.dialect.named import names
from mockcrm.crm.memory import MAX_MEMORY
from mockcrm.journal.journal import MAX_ENTRIES
from mockcrm.sandbox.control_schemas import MAX_SEED_COUNT
from mockcrm.sandbox.sandboxes import MAX_SANDBOXES
from mockcrm.sandbox.scenario.fixture_file import find_scenario, load_scenario, scenarios
from mockcrm.sandbox.scenario.scenario import Scenario
from mockcrm.sandbox.scenario.variant import Variant
from mockcrm.web.access import Access, is_loopback
from mockcrm.web.app import MAX_BODY, mask_of
from mockcrm.web.client_socket import READ_TIMEOUT

EVENTS_TO_SHOW = 150
"""How many events `serve` invents around today when nothing else is asked for."""


def _count(ctx: click.Context, param: click.Parameter, value: int | None) -> int:
    """How many to invent. Where it is not told itself, click has read `--load` before."""
    if value is None:
        return 0 if ctx.params["load"] else EVENTS_TO_SHOW
    return value


def _maskable(ctx: click.Context, param: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    """The names, if they can be masked."""
    try:
        mask_of(names)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    return names


MOST = 2**63 - 1
"""What is beyond this is a slip of the finger, and no JSON that everybody reads."""

SERVING = (
    option("--host", default="127.0.0.1", help="The address to listen at."),
    option("--port", default=8080, type=click.IntRange(0, 65535), help="The port; 0 takes a free one."),
    option(
        "--load",
        type=click.Path(path_type=Path),
        help="A fixture file to start from, or the name of one that comes along.",
    ),
    option("--seed", type=click.IntRange(0, MOST), help="What chance, and invented events, are drawn from."),
    option(
        "--count",
        type=click.IntRange(0, MAX_SEED_COUNT),
        callback=_count,
        help=f"How many events to invent around today. [default: {EVENTS_TO_SHOW}, or 0 with --load]",
    ),
    option("--dialect", type=click.Choice(names()), help="How the CRM speaks."),
    option("--frozen-at", type=InstantType(), help="Start with the clock stopped at this instant."),
    option("--admin-token", type=TokenType(), help="The bearer token that the controls ask for."),
    option("--open-admin", is_flag=True, help="Leave the controls open to everybody, also off loopback."),
    option("--allowed-host", multiple=True, help="One more name that the controls answer to; can be repeated."),
    option(
        "--max-body", default=MAX_BODY, type=click.IntRange(1, MOST), help="The largest body of a request, in bytes."
    ),
    option(
        "--read-timeout",
        default=READ_TIMEOUT,
        type=SecondsType(0.1, 3600),
        help="How many seconds a request's head and body may take to arrive.",
    ),
    option(
        "--max-sandboxes",
        default=MAX_SANDBOXES,
        type=click.IntRange(1, MOST),
        help="How many sandboxes at a time, default among them.",
    ),
    option(
        "--max-memory",
        default=MAX_MEMORY,
        show_default=f"{MAX_MEMORY // 1024**3}GiB",
        type=SizeType(),
        help="How much the events of all sandboxes may hold: bytes, or such as 2GiB or 500MB.",
    ),
    option(
        "--journal", default=MAX_ENTRIES, type=click.IntRange(1, MOST), help="How many requests each journal keeps."
    ),
    option(
        "--mask",
        multiple=True,
        metavar="NAME",
        callback=_maskable,
        help="One more header or parameter whose value journal and log do not keep; can be repeated.",
    ),
    option(
        "--log", default="none", type=click.Choice(("none", "json")), help="Tell of each request on standard output."
    ),
)
"""The options of `serve`."""

Told = Mapping[str, Any]
"""Their values, by the names that click gives them."""


def start_of(told: Told) -> Scenario:
    """What the CRM starts from. Raises `ScenarioInvalid`."""
    start = _loaded(told["load"]) if told["load"] else Scenario()
    if told["frozen_at"]:
        start = replace(start, clock=replace(start.clock, now=told["frozen_at"], running=False))
    return Variant(dialect=told["dialect"], seed=told["seed"], count=told["count"]).of_scenario(start)


def _loaded(path: Path) -> Scenario:
    """A fixture file, or where there is none of that name, one that comes along."""
    shipped = not path.exists() and str(path) in scenarios()
    return find_scenario(str(path)) if shipped else load_scenario(path)


def access_of(told: Told) -> Access:
    """Who may use the controls."""
    host = told["host"]
    shut = not (is_loopback(host) or told["admin_token"] or told["open_admin"])
    return Access(told["admin_token"], frozenset({host, *told["allowed_host"]}), shut)


_SOURCES: Mapping[ParameterSource | None, str] = {
    ParameterSource.COMMANDLINE: "command line",
    ParameterSource.ENVIRONMENT: "environment",
}


def settings(ctx: click.Context) -> dict[str, dict[str, Any]]:
    """What is in force: each option by its name, with its value, where that comes from, and the option's variable.

    A value is as JSON has it. None is what was not told; of a secret it is said that it is set, and no more.
    """
    return {
        param.opts[0].removeprefix("--"): {
            "value": _shown(param.type, ctx.params[param.name]),
            "source": _SOURCES.get(ctx.get_parameter_source(param.name), "default"),
            "variable": param.envvar,
        }
        for param in ctx.command.params
        if param.envvar
    }


def _shown(kind: click.ParamType[Any], value: Any) -> Any:
    match value:
        case str() if isinstance(kind, TokenType):
            return "set"
        case str() | Path():
            return click.format_filename(value)
        case datetime():
            return format_instant(value)
        case tuple():
            return [_shown(kind, each) for each in value]
        case _:
            return value


_ALIKE = 0.85
"""How much of two variables is the same where one is meant for the other; they all begin alike."""


def warnings(known: Collection[str], environ: Mapping[str, str]) -> Iterator[str]:
    """What somebody has put into the environment in vain. `known` are the variables of all options."""
    for name in sorted(name for name in environ if name.startswith(PREFIX) and name not in known):
        near = get_close_matches(name, known, 1, _ALIKE)
        meant = f" Is {near[0]} meant?" if near else ""
        yield f"{click.format_filename(name)} is not followed: no option has it.{meant}"
    wanted = environ.get("WEB_CONCURRENCY") or "1"
    if wanted != "1":
        shown = click.format_filename(wanted)
        yield f"WEB_CONCURRENCY={shown} is not followed: each worker would be another CRM, so there is one."
