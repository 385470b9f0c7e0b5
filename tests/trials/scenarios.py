"""Scenario files out of trials: what happened in a world, as a file that people can read and anybody can run_trial.

`python -m tests.trials.scenarios` looks for the shortest trial in which each of three mutants is caught, and writes its
file into `found/`.
"""

import random
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, find, settings, strategies as st

from mockcrm.sandbox.scenario.fixture_file import read_scenario
from mockcrm.trials.fixture_text import fixture_text
from mockcrm.trials.mutants import WRITE_MUTANTS
from mockcrm.trials.random_scenarios import TRIAL_START
from mockcrm.trials.run import run_trial
from tests.trials.worlds import World, writing_steps

FOLDER = Path(__file__).parent / "found"
CAUGHT: Mapping[str, str] = {
    "blind": "overwrite.blind",
    "no idempotency keys": "duplicate.retried",
    "insists on wording": "write.pingPong",
}
"""Mutants, and the finding that each is caught by."""
DIALECTS: Mapping[str, Mapping[str, Any]] = {"insists on wording": {"normalization": ["trim"]}}
"""The dialects that they need for that."""


def scenario_of(world: World, title: str, what: str) -> str:
    """A fixture file in which what was done in a world is done again; a client does well if its audit is clean."""
    steps = [step for step in world.log if step == "sync" or isinstance(step, Mapping)]
    dialect = steps.pop(0)["dialect"]
    begins = next(place for place, step in enumerate(steps) if step == "sync" or "create" not in step)
    events = [{"key": step["create"]["key"], **step["create"]["set"]} for step in steps[:begins]]
    document = {
        "title": title,
        "story": {"what": what},
        "clock": {"now": TRIAL_START},
        "dialect": dialect,
        "events": events,
        "steps": steps[begins:],
        "expect": {"audit": "clean"},
    }
    return fixture_text({name: value for name, value in document.items() if value})


def caught(mutant: str, text: str) -> str | None:
    """How the audit explains what it catches a mutant by in a scenario that spares the careful client."""
    scenario = read_scenario(text, mutant)
    if run_trial(scenario).grave:
        return None
    found = run_trial(scenario, WRITE_MUTANTS[mutant]).grave
    return next((each.explanation for each in found if each.kind.code == CAUGHT[mutant]), None)


def shortest(mutant: str) -> str:
    """The scenario of the simplest trial by which a mutant is caught."""

    def payload(drawn: Any) -> str | None:
        story, syncs = drawn
        world = World(DIALECTS.get(mutant, {}), WRITE_MUTANTS[mutant])
        for step in story:
            world.take(step)
        for _ in range(syncs):
            world.sync()
        if CAUGHT[mutant] not in {found.kind.code for found in world.findings()}:
            return None
        text = scenario_of(world, f"{mutant}: {CAUGHT[mutant]}", "Found by a random trial.")
        explanation = caught(mutant, text)
        return explanation and scenario_of(world, f"{mutant}: {CAUGHT[mutant]}", explanation)

    drawn = find(
        st.tuples(writing_steps(least=0), st.integers(1, 4)),
        lambda drawn: payload(drawn) is not None,
        settings=settings(max_examples=3000, deadline=None, database=None, suppress_health_check=[*HealthCheck]),
        random=random.Random(0),
    )
    return payload(drawn) or ""


if __name__ == "__main__":
    for each in sys.argv[1:] or CAUGHT:
        (FOLDER / f"{each.replace(' ', '-')}.yaml").write_text(shortest(each), encoding="utf-8")
