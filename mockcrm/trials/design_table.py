"""Clients of other designs, and mutants that err in ways of their own: what they lost, and what the audit said.

Each mutant runs in a scenario of its own (`mockcrm.trials.cause_scenarios`), and so do the careful clients of all
designs. These run against all hazards as well.
"""

import sys
from collections.abc import Callable, Collection, Iterator

from mockcrm.base.declaring import dataclass
from mockcrm.crm.names import RecordName
from mockcrm.reference_client.designs import DESIGNS
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.sandbox.scenario.fixture_file import find_scenario
from mockcrm.trials.cause_scenarios import cause_scenario
from mockcrm.trials.hazards import READ_HAZARDS, WRITE_HAZARDS
from mockcrm.trials.mutants import AURINKO, DESIGN_MUTANTS, WRITING_MUTANTS, Mutant
from mockcrm.trials.run import TrialResult, records_named, run_trial

BEYOND_CARE = {
    "result-cap": ("monthly slices", "rolling window"),
    "cap-on-one-stamp": ("monthly slices", "rolling window"),
    "largest stamp of a capped list": ("delta", "parallel slices"),
}
"""Where careful clients of some designs lose something, because no answer shows that it was cut short."""

MUTANTS_OF_DESIGNS = (*DESIGN_MUTANTS, *WRITING_MUTANTS)


@dataclass(frozen=True)
class Caught:
    """How a mutant fared in its scenario: what it `hurt`, and what of that and beside it the audit named.

    `found` are the findings that the mutant is meant to get.
    """

    hurt: Collection[RecordName]
    named: Collection[RecordName]
    wrong: Collection[RecordName]
    found: Collection[str]


def play_mutant(mutant: Mutant) -> TrialResult:
    """The trial of a mutant in its own scenario."""
    return run_trial(
        cause_scenario(mutant.name),
        mutant.without,
        aurinko=mutant.aurinko,
        design=mutant.design,
        matching=mutant.matching,
    )


def caught(mutant: Mutant, result: TrialResult) -> Caught:
    """What the audit named of what a mutant did."""
    hurt = result.out_of_sync | result.harmed
    errors = [each for each in result.grave if each.kind.severity == "error"]
    found = {each.kind.code for each in result.findings} & mutant.codes
    return Caught(hurt, records_named(result.grave) & hurt, records_named(errors) - hurt, sorted(found))


def mutant_row(mutant: Mutant, result: TrialResult) -> str:
    """A mutant's row of the table, from its trial."""
    of = caught(mutant, result)
    lacks = ", ".join(f"`{each.name}`" for each in Safeguard if each in mutant.without - mutant.control)
    codes = ", ".join(f"`{each}`" for each in of.found)
    reads = AURINKO if mutant.aurinko else mutant.design
    wrong = f", {len(of.wrong)} wrongly" if of.wrong else ""
    return f"| {mutant.name} | {reads} | {lacks} | {len(of.hurt)} | {len(of.named)}{wrong} | {codes or 'nothing'} |\n"


def spared(scenario_name: str, design: str) -> bool:
    """Whether a careful client loses and harms nothing in a scenario, and its audit is clean."""
    mutants = [each.name for each in MUTANTS_OF_DESIGNS]
    scenario = cause_scenario(scenario_name) if scenario_name in mutants else find_scenario(scenario_name)
    result = run_trial(scenario, design=design)
    return not (result.out_of_sync or result.harm or result.grave)


def design_rows() -> Iterator[str]:
    """A row for each design: in how many scenarios its careful client did well."""
    scenarios = [*dict.fromkeys((*READ_HAZARDS, *WRITE_HAZARDS)), *(each.name for each in MUTANTS_OF_DESIGNS)]
    for design in DESIGNS:
        hurt = [each for each in scenarios if not spared(each, design)]
        yield f"| {design} | {len(scenarios)} | {len(scenarios) - len(hurt)} | {', '.join(hurt) or 'none'} |\n"


def print_designs(write: Callable[[str], object] = sys.stdout.write) -> None:
    """Write both tables."""
    write("| mutant | reads by | lacks | lost or damaged | named | found |\n|---|---|---|---|---|---|\n")
    for mutant in MUTANTS_OF_DESIGNS:
        write(mutant_row(mutant, play_mutant(mutant)))
    write("\n| careful client | scenarios | nothing lost, and a clean audit | others |\n|---|---|---|---|\n")
    for row in design_rows():
        write(row)
