"""The options of `mockcrm serve`, and what follows from them."""

import os
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from mockcrm.base.loopback import is_loopback
from mockcrm.base.spelling import did_you_mean
from mockcrm.base.times import format_instant
from mockcrm.cli.encryption import ENCRYPTING
from mockcrm.cli.options import (
    PREFIX,
    InstantType,
    NameType,
    NodeType,
    SecondsType,
    SizeType,
    TokenType,
    option,
    own_variables,
    variables,
)
from mockcrm.cli.param_types import ParamType
from mockcrm.cli.scenario_names import ShippedScenarioType
from mockcrm.crm.actions import MAX_SEED_COUNT
from mockcrm.crm.dialect.named import names
from mockcrm.crm.memory import MAX_MEMORY
from mockcrm.errors import ScenarioNotFound
from mockcrm.journal.journal import MAX_ENTRIES, MAX_KEPT_ANSWER
from mockcrm.sandbox.sandboxes import MAX_SANDBOXES
from mockcrm.sandbox.scenario.scenario import Scenario
from mockcrm.sandbox.scenario.shipped import scenarios
from mockcrm.sandbox.scenario.variant import Variant
from mockcrm.web.access import Access
from mockcrm.web.app import MAX_BODY, cors_for, mask_of
from mockcrm.web.client_socket import READ_TIMEOUT

EVENTS_TO_SHOW = 150
"""How many events `serve` invents around today by default."""


def _count(ctx: click.Context, param: click.Parameter, value: int | None) -> int:
    """How many events to invent. click has read `--load` and `--scenario` before."""
    if value is None:
        return 0 if ctx.params["load"] or ctx.params["scenario"] else EVENTS_TO_SHOW
    return value


def _checked_by(read: Callable[[tuple[str, ...]], object]) -> Callable[..., tuple[str, ...]]:
    """A callback that returns the values of an option, once a function has read them without a `ValueError`."""

    def check(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
        try:
            read(values)
        except ValueError as error:
            raise click.BadParameter(str(error)) from error
        return values

    return check


MAX_INTEGER = 2**63 - 1
"""A larger number is a typing error, and not every JSON parser can read it."""

LISTENING = (
    option("--host", default="127.0.0.1", help="The address to listen on."),
    option("--port", default=8080, type=click.IntRange(0, 65535), help="The port to listen on; 0 chooses a free one."),
)
CONTROLLING = (
    option("--admin-token", type=TokenType(), help="The bearer token that the controls require."),
    option("--open-admin", is_flag=True, help="Open the controls to anyone, even off loopback."),
    option("--allowed-host", multiple=True, help="A further host name that the controls accept; can be repeated."),
)
SERVING = (
    *LISTENING,
    option(
        "--load",
        type=click.Path(path_type=Path),
        help="The fixture file, snapshot or bundle to start from, or the name of a fixture file that mockcrm ships.",
    ),
    option("--watch", is_flag=True, help="Read the fixture file of --load again when it is edited."),
    option("--scenario", type=ShippedScenarioType(), help="The scenario to start from, by the name of a shipped one."),
    option("--seed", type=click.IntRange(0, MAX_INTEGER), help="The seed of everything random, including events."),
    option(
        "--count",
        type=click.IntRange(0, MAX_SEED_COUNT),
        callback=_count,
        help=f"How many events to invent around today. [default: {EVENTS_TO_SHOW}, or 0 with --load or --scenario]",
    ),
    option("--dialect", type=NameType(names()), help="The dialect of the CRM's API."),
    option("--frozen-at", type=InstantType(), help="Start with the clock frozen at this instant."),
    *CONTROLLING,
    *ENCRYPTING,
    option(
        "--cors",
        multiple=True,
        metavar="ORIGIN",
        callback=_checked_by(cors_for),
        help="An origin whose web pages may call the API: http://localhost:3000, or * for all; can be repeated.",
    ),
    option(
        "--max-body", default=MAX_BODY, type=click.IntRange(1, MAX_INTEGER), help="The largest request body, in bytes."
    ),
    option(
        "--read-timeout",
        default=READ_TIMEOUT,
        type=SecondsType(0.1, 3600),
        help="How many seconds a request's headers and body may take to arrive.",
    ),
    option(
        "--server",
        default="gunicorn",
        type=click.Choice(("gunicorn", "granian")),
        help="The HTTP server. granian is for load tests: it needs the extra mockcrm[fast], and lacks some faults.",
    ),
    option(
        "--max-sandboxes",
        default=MAX_SANDBOXES,
        type=click.IntRange(1, MAX_INTEGER),
        help="How many sandboxes can exist at a time, including `default`.",
    ),
    option(
        "--max-memory",
        default=MAX_MEMORY,
        show_default=False,
        type=SizeType(),
        help="How much memory the events of all sandboxes may take: in bytes, or as a size such as 2GiB or 500MB. "
        f"[default: {MAX_MEMORY // 1024**3}GiB]",
    ),
    option(
        "--node",
        type=NodeType(),
        help="The name of this server, if it is one of several behind a proxy, each with sandboxes of its own.",
    ),
    option(
        "--journal",
        default=MAX_ENTRIES,
        type=click.IntRange(1, MAX_INTEGER),
        help="How many requests each journal keeps.",
    ),
    option(
        "--keep-answers",
        type=SizeType(most=MAX_KEPT_ANSWER),
        help="How much of each answer's body the journal keeps for HAR files, in bytes or as a size such as 64kB. "
        "[default: nothing]",
    ),
    option(
        "--mask",
        multiple=True,
        metavar="NAME",
        callback=_checked_by(mask_of),
        help="A further header or parameter whose value is masked in journal and log; can be repeated.",
    ),
    option(
        "--log",
        default="none",
        type=click.Choice(("none", "text", "json")),
        help="Log each request on standard output, as text for people or as JSON for programs.",
    ),
)
"""The options of `serve`."""

Options = Mapping[str, Any]
"""The values of the options, by the names that click gives them."""


def start_of(given: Options) -> Scenario:
    """The scenario that the CRM starts from. Raises `ScenarioInvalid`, `ScenarioNotFound` and `DialectInvalid`."""
    return varied(_chosen(given["load"], given["scenario"]), given)


def check_start(given: Options) -> None:
    """Check that the options name one start, and a file to watch if one is to be. Raises `click.UsageError`."""
    if given["load"] and given["scenario"]:
        raise click.UsageError("Give either --load or --scenario: each says what the CRM starts from.")
    if given["watch"] and not (given["load"] and given["load"].exists()):
        raise click.UsageError("--watch needs a fixture file of yours: name it with --load.")


def check_server(ctx: click.Context) -> None:
    """Check that the server exists here, and can do what the options ask for. Raises `click.ClickException`."""
    given = ctx.params
    if given["server"] != "granian":
        return
    if given["tls"] or given["tls_cert"]:
        raise click.UsageError("--server granian speaks no TLS with mockcrm: leave out --server.")
    if ctx.get_parameter_source("read_timeout") in _SOURCES:
        raise click.UsageError("--server granian has no --read-timeout: leave out one of them.")
    if sys.platform == "win32":
        raise click.ClickException("--server granian does not run on Windows: leave it out.")
    if find_spec("granian") is None:
        raise click.ClickException("--server granian needs granian: pip install 'mockcrm[fast]'.")


def varied(start: Scenario, given: Options) -> Scenario:
    """A scenario with the clock, the dialect, the seed and the events that the options ask for.

    Raises `DialectInvalid`.
    """
    if given["frozen_at"]:
        start = replace(start, clock=replace(start.clock, now=given["frozen_at"], running=False))
    return variant_of(given).of_scenario(start)


def variant_of(given: Options) -> Variant:
    """The dialect, the seed and the events that the options ask for."""
    return Variant(dialect=given["dialect"], seed=given["seed"], count=given["count"])


def _chosen(path: Path | None, name: str | None) -> Scenario:
    """The scenario of a file, or a shipped one by its name; without either, an empty one.

    A file that is not there may be a shipped one, too, whose name it has.
    """
    if path is None and name is None:
        return Scenario()
    from mockcrm.sandbox.scenario.fixture_file import find_scenario, load_scenario  # noqa: PLC0415  they need YAML

    if path is None or (not path.exists() and str(path) in scenarios()):
        return find_scenario(name or str(path))
    if not path.exists() and (meant := did_you_mean(str(path), scenarios())):
        raise ScenarioNotFound(f"There is no file and no scenario {str(path)!r}.{meant}")
    return load_scenario(path)


def access_of(given: Options) -> Access:
    """Who may use the controls."""
    host = given["host"]
    shut = not (is_loopback(host) or given["admin_token"] or given["open_admin"])
    return Access(given["admin_token"], frozenset({host, *given["allowed_host"]}), shut)


_SOURCES: Mapping[ParameterSource | None, str] = {
    ParameterSource.COMMANDLINE: "command line",
    ParameterSource.ENVIRONMENT: "environment",
}


def settings_in_force(ctx: click.Context) -> dict[str, dict[str, Any]]:
    """Each option by its name, with its `value`, the `source` of the value, and the option's `variable`.

    A value has a type of JSON. An option without a value has None, and a secret has the word `set`.
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


def _shown(kind: ParamType[Any], value: Any) -> Any:
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


_OF_THE_BUILD = "MOCKCRM_REQUIRE_CONSOLE"
"""It is for `hatch_build.py`, and may be there for good."""
_ALIKE = 0.85
"""From which similarity on a variable counts as a misspelling of another; all begin alike."""


def environment_warnings(ctx: click.Context) -> list[str]:
    """Warnings about environment variables that no option of any command reads."""
    unread = {name for name in os.environ if name.startswith(PREFIX)} - own_variables(ctx.command) - {_OF_THE_BUILD}
    # Only all commands together can say whether another one reads it, and to import them all takes long.
    known = variables(ctx.find_root().command) if unread else set()
    return [*_unread(unread - known, known), *_concurrency(os.environ.get("WEB_CONCURRENCY") or "1")]


def _unread(names: Collection[str], known: Collection[str]) -> Iterator[str]:
    for name in sorted(names):
        near = get_close_matches(name, known, 1, _ALIKE)
        meant = f" Did you mean {near[0]}?" if near else ""
        yield f"{click.format_filename(name)} has no effect: no option uses it.{meant}"


def _concurrency(wanted: str) -> Iterator[str]:
    if wanted != "1":
        shown = click.format_filename(wanted)
        yield f"WEB_CONCURRENCY={shown} has no effect: each worker would be a CRM of its own, so there is only one."
