"""The least trial in which something is still as it was: what a failure of a wide trial comes down to.

`python -m tests.trials.least "careful: parallel slices" 29 wrong` draws a trial by its seed, leaves out of it what it
can while its outcome's `wrong` (or `silent`, `named` …) is not empty, and prints the rest.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.trials.long_run import READERS, WRITERS
from tests.trials.widened import Trial, WideWorld, drawn, outcome, run
from tests.trials.widened_writing import WritingWorld, drawn_writing, outcome_of_writing, run_writing


def least(trial: Trial, holds: Callable[[Trial], bool]) -> Trial:
    """A trial with as little as will do, so that it still `holds`."""
    while (smaller := next(filter(holds, _smaller(trial)), None)) is not None:
        trial = smaller
    return trial


def _smaller(trial: Trial) -> Iterator[Trial]:
    """Trials with something less, the largest pieces first."""
    for size in (8, 4, 2, 1):
        for at in range(0, len(trial.steps), size):
            yield replace(trial, steps=[*trial.steps[:at], *trial.steps[at + size :]])
    for name in trial.dialect.keys() - trial.mutant.dialect.keys():
        yield replace(trial, dialect={each: value for each, value in trial.dialect.items() if each != name})
    if trial.probes:
        yield replace(trial, probes=False)
    if trial.anonymous:
        yield replace(trial, anonymous=False)
    for at, (verb, payload) in enumerate(trial.steps):
        for name in payload.keys() & {"visibleAfter", "stamp"}:
            fewer = {each: value for each, value in payload.items() if each != name}
            yield replace(trial, steps=[*trial.steps[:at], (verb, fewer), *trial.steps[at + 1 :]])


def lines(trial: Trial, world: WideWorld | WritingWorld) -> Iterator[str]:
    """What a trial is, what passed, and what the audit says."""
    yield f"{dict(trial.dialect)}{' probes' * trial.probes}{' anonymous' * trial.anonymous}"
    yield from (f"    {verb} {dict(payload)}" for verb, payload in trial.steps)
    for entry in world.sandbox.journal.entries():
        given = [f"{each.record.id} v{each.version}{' deleted' * each.deleted}" for each in entry.delivered]
        yield f"{entry.number} {entry.arrived} {entry.method} {entry.path}?{entry.query_string} {entry.status} {given}"
    yield from (f"{found.kind.severity} {found.kind.code}: {found.explanation}" for found in world.findings())


def _main(name: str, seed: int, attribute: str) -> None:
    reader = next((each for each in READERS if each.name == name), None)
    mutant = reader or next(each for each in WRITERS if each.name == name)
    judge = outcome if reader else outcome_of_writing
    start = drawn(seed, mutant) if reader else drawn_writing(seed, mutant)
    trial = least(start, lambda each: bool(getattr(judge(each), attribute)))
    world = run(trial, mutant.without) if reader else run_writing(trial, mutant.without)
    sys.stdout.write("\n".join([*lines(trial, world), str(judge(trial)), ""]))


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
