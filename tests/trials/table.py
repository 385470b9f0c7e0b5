"""Puts the matrix into the docs: `make trials` runs every mutant against every hazard."""

import io
from pathlib import Path

from mockcrm.trials.matrix import print_matrix

PAGE = Path(__file__).parent.parent.parent / "docs" / "contributing" / "trials.md"
_START, _END = "<!-- matrix -->\n", "<!-- end -->\n"


def write_matrix() -> None:
    """Run all trials, and write their tables into the page."""
    text = io.StringIO()
    print_matrix(text.write)
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(_START)
    _, _, after = rest.partition(_END)
    PAGE.write_text(f"{before}{_START}{text.getvalue()}{_END}{after}", encoding="utf-8")


if __name__ == "__main__":
    write_matrix()
