"""What `mockcrm serve` can be told, and what follows from it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from mockcrm.app import MAX_BODY
from mockcrm.controls import MAX_SEED_COUNT
from mockcrm.dialects import names
from mockcrm.journal import MAX_ENTRIES
from mockcrm.options import InstantType, TokenType, option
from mockcrm.sandbox import MAX_SANDBOXES
from mockcrm.scenario import Scenario, load_scenario
from mockcrm.web.access import Access, is_loopback

EVENTS_TO_SHOW = 150
"""How many events `serve` invents around today when nothing else is asked for."""

SERVING = (
    option("--host", default="127.0.0.1", help="The address to listen at."),
    option("--port", default=8080, type=click.IntRange(0, 65535), help="The port; 0 takes a free one."),
    option("--load", type=click.Path(path_type=Path), help="A fixture file to start from."),
    option("--seed", type=click.IntRange(0), help="What chance, and invented events, are drawn from."),
    option(
        "--count",
        type=click.IntRange(0, MAX_SEED_COUNT),
        help=f"How many events to invent around today. [default: {EVENTS_TO_SHOW}, or 0 with --load]",
    ),
    option("--dialect", type=click.Choice(names()), help="How the CRM speaks."),
    option("--frozen-at", type=InstantType(), help="Start with the clock stopped at this instant."),
    option("--admin-token", type=TokenType(), help="The bearer token that the controls ask for."),
    option("--open-admin", is_flag=True, help="Leave the controls open to everybody, also off loopback."),
    option("--allowed-host", multiple=True, help="One more name that the controls answer to; can be repeated."),
    option("--max-body", default=MAX_BODY, type=click.IntRange(1), help="The largest body of a request, in bytes."),
    option("--max-sandboxes", default=MAX_SANDBOXES, type=click.IntRange(1), help="How many sandboxes at a time."),
    option("--journal", default=MAX_ENTRIES, type=click.IntRange(1), help="How many requests each journal keeps."),
)
"""The options of `serve`."""

Told = Mapping[str, Any]
"""Their values, by the names that click gives them."""


def start_of(told: Told) -> Scenario:
    """What the CRM starts from. Raises `ScenarioInvalid`."""
    start = load_scenario(told["load"]) if told["load"] else Scenario()
    if told["frozen_at"]:
        start = replace(start, clock=replace(start.clock, now=told["frozen_at"], running=False))
    count = told["count"]
    if count is None:
        count = 0 if told["load"] else EVENTS_TO_SHOW
    order = {name: told[name] for name in ("seed", "dialect") if told[name] is not None}
    return start.amended(order | {"count": count})


def access_of(told: Told) -> Access:
    """Who may use the controls."""
    host = told["host"]
    shut = not (is_loopback(host) or told["admin_token"] or told["open_admin"])
    return Access(told["admin_token"], frozenset({host, *told["allowed_host"]}), shut)
