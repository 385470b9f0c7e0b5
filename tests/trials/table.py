"""Puts what trials show into the docs: `make trials` runs every mutant against every hazard, and thousands at random.

`python -m tests.trials.table 20000` runs so many random trials, and prints their tables.
"""

import io
import sys
from collections.abc import Callable
from pathlib import Path

from mockcrm.trials.design_table import print_designs
from mockcrm.trials.matrix import print_matrix
from mockcrm.trials.outcome_table import print_outcomes
from tests.trials.long_run import tables

PAGE = Path(__file__).parent.parent.parent / "docs" / "contributing" / "trials.md"
TRIALS = 6000
"""How many random trials of reading the page tells of."""
_END = "<!-- end -->\n"


def printed(write_table: Callable[[Callable[[str], object]], None]) -> str:
    """What a function writes."""
    written = io.StringIO()
    write_table(written.write)
    return written.getvalue()


def write_tables() -> None:
    """Run all trials, and write their tables into the page."""
    parts = {
        "matrix": printed(print_matrix),
        "designs": printed(print_designs),
        "outcomes": printed(print_outcomes),
        "random trials": tables(TRIALS),
    }
    text = PAGE.read_text(encoding="utf-8")
    for name, made in parts.items():
        before, start, rest = text.partition(f"<!-- {name} -->\n")
        _, _, after = rest.partition(_END)
        text = f"{before}{start}{made}{_END}{after}"
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:]:
        sys.stdout.write(tables(int(sys.argv[1])))
    else:
        write_tables()
