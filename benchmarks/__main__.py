"""`python -m benchmarks [case …]` prints the tables; with `--write` they go into `docs/contributing/performance.md` as
well.

Each of these cases has a table of its own: `peers`, `pertest` and `throughput` about other servers, `install` and
`packages` about the way to a first test, `nodes` and `crowd` about many sandboxes. A table whose case was not run stays
as it is.

`python -m benchmarks quick` is the gauge, which has options of its own: `benchmarks.gauge.command`.
"""

import argparse
import platform
import sys
from collections.abc import Iterable
from pathlib import Path

from benchmarks import crowd, install, nodes, packages, peers, pertest, throughput
from benchmarks.cases import CASES
from benchmarks.gauge import command
from benchmarks.measure import Row

PAGE = Path(__file__).parent.parent / "docs" / "contributing" / "performance.md"
HEAD = "| what | goal | median | min | max | met | |\n|---|---|---|---|---|---|---|\n"
TABLES = {
    "peers": peers,
    "pertest": pertest,
    "install": install,
    "packages": packages,
    "throughput": throughput,
    "nodes": nodes,
    "crowd": crowd,
}
END = "<!-- end -->"


def line(row: Row) -> str:
    goal = f"{'≥' if row.at_least else '≤'} {row.goal:g}"
    figures = " | ".join(f"{figure:.2f}" for figure in (row.median, min(row.ratios), max(row.ratios)))
    return f"| {row.what} | {goal} | {figures} | {'yes' if row.met else '**no**'} | {row.note} |\n"


def show(name: str, head: str, lines: Iterable[str], *, write: bool) -> None:
    """Print a table as it comes about, and put it on the page, between its markers, if that is asked for."""
    table = head
    for each in lines:
        print(each, end="", flush=True)  # noqa: T201
        table += each
    if write:
        before, mark, rest = PAGE.read_text().partition(f"<!-- {name} -->\n")
        assert mark, f"The page has no place for {name}."
        PAGE.write_text(f"{before}{mark}{table}\nPython {platform.python_version()}.\n{END}{rest.partition(END)[2]}")


def main() -> None:
    known = [*CASES, *TABLES]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Compare with a floor or a peer.")
    parser.add_argument("case", nargs="*", default=known, help=f"one of {', '.join(known)}; all, if none is named")
    parser.add_argument("--write", action="store_true", help=f"put the tables into {PAGE.name}, too")
    payload = parser.parse_args()
    if strange := [name for name in payload.case if name not in known]:
        parser.error(f"There is no case {strange[0]}.")
    cases = [CASES[name] for name in payload.case if name in CASES]
    if cases:
        show("table", HEAD, (line(row) for case in cases for row in case()), write=payload.write)
    for name, table in TABLES.items():
        if name in payload.case:
            show(name, table.HEAD, table.lines(), write=payload.write)


if sys.argv[1:2] == ["quick"]:
    sys.exit(command.main(sys.argv[2:]))
main()
