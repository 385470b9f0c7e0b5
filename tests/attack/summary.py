"""What came of an attack, in words and figures."""

from collections import defaultdict
from collections.abc import Iterable

from tests.attack.campaign import Figures
from tests.attack.judge import Problem
from tests.attack.victim import Kind

_MOST = 40
"""How many kinds of problems are shown."""
_MIB = 2**20


def summary(kind: Kind, seed: int, figures: Figures) -> str:
    """The figures of an attack, and each kind of problem with how to see one again."""
    slowest, number = figures.slowest
    start, third, end = (f"{held // _MIB} MiB" for held in figures.memory_held())
    classes = ", ".join(f"{count:,} {name}" for name, count in sorted(figures.classes.items()))
    lines = [
        f"{kind}: {figures.requests:,} requests of seed {seed} in {figures.seconds:.0f} s; answers: {classes}",
        f"  slowest answer: {slowest:.2f} s, to request {number}; states compared: {figures.compared:,}",
        f"  memory: {start} at first, {third} in the second third, {end} in the last; on the way {_course(figures)}",
        f"  problems: {len(figures.problems)}; servers killed for not answering: {figures.restarts}",
    ]
    return "\n".join([*lines, *_shown(kind, seed, figures.problems)])


def _course(figures: Figures) -> str:
    step = max(1, len(figures.memory) // 10)
    return " ".join(f"{held // _MIB}" for held in figures.memory[::step])


def _shown(kind: Kind, seed: int, problems: list[Problem]) -> Iterable[str]:
    alike: dict[tuple[str, str, str], list[Problem]] = defaultdict(list)
    for each in problems:
        alike[each.rule, each.call, each.what[:30]].append(each)
    for (rule, call, _), found in list(alike.items())[:_MOST]:
        first = found[0]
        yield f"\n{rule}, {len(found)} times, {call}: {first.what[:1500]}"
        if first.request:
            yield f"  {first.request.data[:600]!r}"
        yield f'  again: make attack ARGS="--server {kind} --seed {seed} --only {first.last}"'
    if len(alike) > _MOST:
        yield f"\n… and {len(alike) - _MOST} more kinds of problems"
