"""Puts what trials show into the docs: `make trials` runs every mutant against every hazard, and thousands at random.

`python -m tests.trials.table 20000` runs so many random trials, and prints their tables.
"""

import io
import sys
from pathlib import Path

from mockcrm.trials.design_table import print_designs
from mockcrm.trials.matrix import print_matrix
from tests.trials.long_run import tables

PAGE = Path(__file__).parent.parent.parent / "docs" / "contributing" / "trials.md"
TRIALS = 6000
"""How many random trials of reading the page tells of."""
_END = "<!-- end -->\n"


def write_tables() -> None:
    """Run all trials, and write their tables into the page."""
    matrix, designs = io.StringIO(), io.StringIO()
    print_matrix(matrix.write)
    print_designs(designs.write)
    text = PAGE.read_text(encoding="utf-8")
    parts = {"matrix": matrix.getvalue(), "designs": designs.getvalue(), "random trials": tables(TRIALS)}
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
