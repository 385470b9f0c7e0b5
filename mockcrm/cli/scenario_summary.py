"""A short summary of a fixture file, in words and in numbers."""

from typing import Any

from mockcrm.base.times import format_instant
from mockcrm.crm.dialect.named import name_of
from mockcrm.crm.kinds.events import EVENT
from mockcrm.sandbox.scenario.scenario import Scenario


def summary_in_words(scenario: Scenario) -> str:
    """A summary in one line."""
    start = scenario.clock.now
    mode = "running" if scenario.clock.running else "frozen"
    when = f"the clock {mode} at {format_instant(start)}" if start else "real time"
    steps = f", {len(scenario.run.steps)} steps" if scenario.run and scenario.run.steps else ""
    counts = {**scenario.counts, EVENT: scenario.counts.get(EVENT, 0)}
    records = ", ".join(f"{count} {kind.name if count == 1 else kind.path}" for kind, count in counts.items())
    return f"{records} and {scenario.invented} invented{steps}, {when}"


def summary_in_numbers(scenario: Scenario) -> dict[str, Any]:
    clock = scenario.clock
    return {
        "events": scenario.counts.get(EVENT, 0),
        "records": {kind.name: count for kind, count in scenario.counts.items()},
        "invented": scenario.invented,
        "steps": len(scenario.run.steps) if scenario.run else 0,
        "now": format_instant(clock.now) if clock.now else None,
        "mode": "running" if clock.running else "frozen",
        "seed": scenario.seed,
        "dialect": name_of(scenario.dialect),
    }
