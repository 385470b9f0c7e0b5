"""`make attack`: hostile requests to servers that run for it, as many as are asked for, and what came of them."""

import argparse
import sys
from collections import defaultdict

from tests.attack.campaign import LIFE, Campaign, Figures, attack
from tests.attack.judge import Problem
from tests.attack.victim import KINDS


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.attack", description=__doc__)
    parser.add_argument("--requests", type=int, default=30_000, help="how many, to each server")
    parser.add_argument("--first", type=int, default=0, help="the number of the first")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--server", choices=[*KINDS, "all"], default="all", help="who may use its controls")
    parser.add_argument("--only", type=int, help="show this request, and its answer, after those it comes after")
    told = parser.parse_args()
    kinds = KINDS if told.server == "all" else (told.server,)
    for kind in kinds:
        first = (told.first if told.only is None else told.only) // LIFE * LIFE
        count = told.requests if told.only is None else told.only - first + 1
        figures = attack(kind, told.seed, count, first=first, tell=_progress)
        print(summary(kind, told.seed, figures))
    return 0


def _progress(figures: Figures) -> None:
    rate = figures.requests / figures.seconds
    sys.stderr.write(f"\r{figures.requests:>9,} requests, {rate:,.0f} a second, {len(figures.problems)} problems ")


def summary(kind: str, seed: int, figures: Figures) -> str:
    third = figures.memory[len(figures.memory) // 3 :]
    lines = [
        f"\n{kind}: {figures.requests:,} requests of seed {seed} in {figures.seconds:.0f} s",
        f"  {dict(sorted(figures.classes.items()))}, slowest {figures.slowest}",
        f"  compared {figures.compared:,}; memory {figures.memory[0] >> 20} {third[0] >> 20} {figures.memory[-1] >> 20} MiB; restarts {figures.restarts}",
    ]
    groups: dict[str, list[Problem]] = defaultdict(list)
    for each in figures.problems:
        call = f"{each.request.call.method} {each.request.call.path}" if each.request else ""
        groups[f"{each.rule} {call} {each.what[:25]}"].append(each)
    for name, each in sorted(groups.items(), key=lambda g: -len(g[1])):
        p = each[0]
        lines.append(f"  {len(each)} x {name}: first {p.first}-{p.last}: {p.what[:300]}")
        if p.request:
            lines.append(f"      {p.request.data[:400]!r}")
    return "\n".join(lines)


sys.exit(main())
