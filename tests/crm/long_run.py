"""Runs the state machine over the whole CRM for longer than the suite does, from a seed."""

import argparse
import time

from hypothesis import Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.crm.test_whole_crm import STEPS, WholeCrm


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--examples", type=int, default=4000, help=f"how many examples of {STEPS.stateful_step_count} steps"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--quick",
        action="store_true",
        help="show a mistake as it was found, without the minutes that it takes to shorten it",
    )
    asked = parser.parse_args()
    began = time.process_time()
    machine = seed(asked.seed)(WholeCrm)
    how = settings(STEPS, derandomize=False, database=None, max_examples=asked.examples)
    if asked.quick:
        how = settings(how, phases=[Phase.generate])
    run_state_machine_as_test(machine, settings=how)
    steps = asked.examples * STEPS.stateful_step_count
    print(f"Seed {asked.seed}: {steps:,} steps agree, in {time.process_time() - began:.0f} s of a core.")  # noqa: T201


if __name__ == "__main__":
    main()
