"""`python -m benchmarks [case …]` prints the table; with `--write` it goes into `docs/performance.md` as well."""

import platform
import re
import sys
from pathlib import Path

from benchmarks.cases import CASES
from benchmarks.measure import Row

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
HEAD = "| what | goal | median | min | max | met | |\n|---|---|---|---|---|---|---|\n"


def line(row: Row) -> str:
    goal = f"{'≥' if row.at_least else '≤'} {row.goal:g}"
    figures = " | ".join(f"{figure:.2f}" for figure in (row.median, min(row.ratios), max(row.ratios)))
    return f"| {row.what} | {goal} | {figures} | {'yes' if row.met else '**no**'} | {row.note} |\n"


def main() -> None:
    names = [name for name in sys.argv[1:] if name != "--write"] or [*CASES]
    table = HEAD
    for name in names:
        for row in CASES[name]():
            print(line(row), end="", flush=True)  # noqa: T201
            table += line(row)
    if "--write" in sys.argv:
        text = re.sub(r"<!-- table -->.*<!-- end -->", "", PAGE.read_text(), flags=re.DOTALL).rstrip()
        PAGE.write_text(f"{text}\n\n<!-- table -->\n{table}\nPython {platform.python_version()}.\n<!-- end -->\n")


main()
