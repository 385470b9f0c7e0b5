"""What `mockcrm trial` says of the careful clients, the mutants and the client that reads as Aurinko's does."""

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

from mockcrm.client.crm import Crm, connect
from mockcrm.client.transport import in_process
from mockcrm.reference_client.sync_client import ReferenceClient
from mockcrm.trials.hazards import Hazard, hazards
from mockcrm.trials.mutants import TARGETS, Mutant, mutants_by_name
from mockcrm.trials.outcome import Outcome, TrialReport
from mockcrm.trials.suite import Suite
from mockcrm.web.app import create_app

SHOWN: Sequence[Outcome] = ("passed", "failed", "inconclusive", "stalled", "crashed")
"""The outcomes that the table counts. Every hazard is applicable to these clients."""
IMPATIENCE = 1.0
"""How many seconds the clients are willing to wait at a time. They do not really wait."""


def try_mutant(mutant: Mutant, chosen: Sequence[Hazard]) -> TrialReport:
    """A trial of a mutant against some hazards. The mutant knows no more of the CRM than any other client."""
    app = create_app()

    def make_client(crm: Crm) -> ReferenceClient:
        return ReferenceClient(
            in_process(app, f"{crm.path}/api/v1"),
            without=mutant.without,
            design=mutant.design,
            aurinko=mutant.aurinko,
            matching=mutant.matching,
            calendars=mutant.calendars,
            wait=lambda seconds: None,
            max_wait=IMPATIENCE,
        )

    return Suite(connect(app), make_client).run(chosen, mutant.name)


def outcomes_of(name: str) -> tuple[str, Counter[str], Counter[str]]:
    """A mutant's name, its outcomes in all hazards, and its outcomes in those that are meant to catch it."""
    trials = try_mutant(mutants_by_name()[name], hazards()).trials
    meant = [each for each in trials if TARGETS.get(each.hazard.name) == name]
    return name, Counter(each.outcome for each in trials), Counter(each.outcome for each in meant)


def outcome_rows() -> Iterator[str]:
    """A row for each client, from trials on all processors."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for name, found, meant in pool.map(outcomes_of, mutants_by_name()):
            counts = " | ".join(str(found[each]) for each in SHOWN)
            caught = f"{meant.total() - meant['passed']} of {meant.total()}" if meant else ""
            yield f"| {name} | {caught} | {counts} |\n"


def print_outcomes(write: Callable[[str], object] = sys.stdout.write) -> None:
    """Write the table."""
    write(f"| client | caught by the hazards meant for it | {' | '.join(SHOWN)} |\n|---|---|{'--:|' * len(SHOWN)}\n")
    for row in outcome_rows():
        write(row)
