"""Every mutant against every hazard, and whether the audit reports what the mutant lost or damaged.

`python -m mockcrm.trials.matrix` prints the tables of `docs/contributing/trials.md`: one for reading, one for writing,
and those of `mockcrm.trials.design_table`. The audit sees neither a replica nor what a user meant. The oracle
(`mockcrm.trials.oracle`) works out the losses and the harm without the audit; a mark says how the audit's errors
compare with that.
"""

import sys
from collections.abc import Callable, Iterator, Mapping

from mockcrm.base.declaring import dataclass
from mockcrm.base.hazard_groups import HAZARD_GROUPS
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.sandbox.scenario.fixture_file import find_scenario
from mockcrm.trials.design_table import print_designs
from mockcrm.trials.hazards import READ_HAZARDS, WRITE_HAZARDS
from mockcrm.trials.mutants import AURINKO, MUTANTS, READ_MUTANTS, TARGETS, WRITE_MUTANTS, mutants_by_name
from mockcrm.trials.run import TrialResult, run_trial

MARKS: Mapping[str, str] = {
    "·": "nothing was lost or damaged, and the audit has no error or warning",
    "!": "nothing was lost or damaged, and the audit warns of a risk",
    "✓": "the audit reports exactly the events that were lost or damaged, and names this hazard",
    "(✓)": "the audit reports exactly these events, but names another cause, or none",
    "✗": "the audit misses an event that was lost or damaged, or reports one that was not",
}
"""The marks of the matrix, with their meanings."""

READ_COLUMNS: Mapping[str, str] = {
    **{mutant: f"r{number}" if number else mutant for number, mutant in enumerate(READ_MUTANTS)},
    AURINKO: AURINKO,
}
"""The heading of each column of the table of reading, by mutant."""
WRITE_COLUMNS: Mapping[str, str] = {
    mutant: f"w{number}" if number else mutant for number, mutant in enumerate(WRITE_MUTANTS)
}
"""The heading of each column of the table of writing, by mutant."""


def trial_of(hazard: str, mutant: str) -> TrialResult:
    """A hazard's scenario, run with a mutant. It follows all calendars where the hazard is about these, if it can."""
    of = mutants_by_name()[mutant]
    calendars = hazard in HAZARD_GROUPS["calendars"] and not of.aurinko
    return run_trial(find_scenario(hazard), of.without, aurinko=of.aurinko, design=of.design, calendars=calendars)


def mark(hazard: str, result: TrialResult) -> str:
    """One of `MARKS` for a trial."""
    if result.out_of_sync != result.reported_lost or result.harmed != result.reported_harmed:
        return "✗"
    if result.out_of_sync or result.harm:
        return "✓" if hazard in {found.hazard for found in result.grave} else "(✓)"
    return "!" if result.grave else "·"


@dataclass(frozen=True)
class Score:
    """How many events were lost or damaged, how many of them an error reports, and how many errors are wrong."""

    harmed: int = 0
    reported: int = 0
    wrong: int = 0

    def __add__(self, other: "Score") -> "Score":
        return Score(self.harmed + other.harmed, self.reported + other.reported, self.wrong + other.wrong)

    def __str__(self) -> str:
        wrong = f", {self.wrong} wrongly" if self.wrong else ""
        return f"{self.reported} of {self.harmed}{wrong}"


def score_of(result: TrialResult) -> Score:
    """The score of one trial. An event that was lost and damaged counts twice."""
    pairs = ((result.out_of_sync, result.reported_lost), (result.harmed, result.reported_harmed))
    return sum((Score(len(all_), len(all_ & errors), len(errors - all_)) for all_, errors in pairs), Score())


def row(hazard: str, results: Mapping[str, TrialResult]) -> str:
    """A hazard's row of the matrix, from its trials by mutant."""
    score = sum(map(score_of, results.values()), Score())
    marks = " | ".join(mark(hazard, result) for result in results.values())
    return f"| {hazard} | {marks} | {score} |\n"


def head(columns: Mapping[str, str]) -> str:
    """The matrix's heading above its rows."""
    return f"| hazard | {' | '.join(columns.values())} | reported |\n|---|{':-:|' * len(columns)}---|\n"


def legend() -> Iterator[str]:
    """The meanings of the marks, as a table."""
    yield "| mark | meaning |\n|:-:|---|\n"
    yield from (f"| {each} | {meaning} |\n" for each, meaning in MARKS.items())


def mutant_table(columns: Mapping[str, str]) -> Iterator[str]:
    """The mutants with their headings in the matrix, and the safeguards that they lack."""
    yield "| column | mutant | lacks |\n|---|---|---|\n"
    for mutant, column in columns.items():
        without = MUTANTS.get(mutant, frozenset())
        lacks = ", ".join(f"`{each.name}`" for each in Safeguard if each in without) or "nothing"
        aurinko = "reads by the largest stamp, has no loop guard, repeats after 408, 429 and 503"
        yield f"| {column} | {mutant} | {aurinko if mutant == AURINKO else lacks} |\n"


def safeguard_table() -> Iterator[str]:
    """What the reference client does with care."""
    yield "| safeguard | what it does |\n|---|---|\n"
    yield from (f"| `{safeguard.name}` | {safeguard.value} |\n" for safeguard in Safeguard)


def print_matrix(write: Callable[[str], object] = sys.stdout.write) -> None:
    """Write both tables, the audit's score, and the hazards that no finding names for the mutant that they target."""
    score, unnamed = Score(), list[str]()
    for hazards, columns in ((READ_HAZARDS, READ_COLUMNS), (WRITE_HAZARDS, WRITE_COLUMNS)):
        write(head(columns))
        for hazard in hazards:
            results = {mutant: trial_of(hazard, mutant) for mutant in columns}
            write(row(hazard, results))
            score = sum(map(score_of, results.values()), score)
            if not _names_its_hazard(hazard, results):
                unnamed.append(f"{hazard} ({TARGETS[hazard]})")
        write("\n")
    others = f"{score.wrong} others" if score.wrong else "no other event"
    write(f"Errors report {score.reported} of {score.harmed} events that were lost or damaged, and {others}.\n")
    write(f"Hazards that no finding names for the mutant that they target: {', '.join(unnamed) or 'none'}.\n")


def _names_its_hazard(hazard: str, results: Mapping[str, TrialResult]) -> bool:
    """Whether a finding for the hazard's target names the hazard, if the target is among the mutants."""
    target = TARGETS.get(hazard, "")
    return target not in results or hazard in {found.hazard for found in results[target].grave}


if __name__ == "__main__":
    print_matrix()
    print_designs()
