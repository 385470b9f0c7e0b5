"""A short summary of a fixture file, in words and in numbers."""

from typing import Any

from mockcrm.base.times import format_instant
from mockcrm.crm.dialect.named import name_of
from mockcrm.sandbox.scenario.scenario import Scenario


def summary_in_words(scenario: Scenario) -> str:
    """A summary in one line."""
    start = scenario.clock.now
    mode = "running" if scenario.clock.running else "frozen"
    when = f"the clock {mode} at {format_instant(start)}" if start else "real time"
    steps = f", {len(scenario.run.steps)} steps" if scenario.run and scenario.run.steps else ""
    events = "1 event" if len(scenario.events) == 1 else f"{len(scenario.events)} events"
    return f"{events} and {scenario.invented} invented{steps}, {when}"


def summary_in_numbers(scenario: Scenario) -> dict[str, Any]:
    clock = scenario.clock
    return {
        "events": len(scenario.events),
        "invented": scenario.invented,
        "steps": len(scenario.run.steps) if scenario.run else 0,
        "now": format_instant(clock.now) if clock.now else None,
        "mode": "running" if clock.running else "frozen",
        "seed": scenario.seed,
        "dialect": name_of(scenario.dialect),
    }
