"""Rounds of readings: in each, a new process for each side, and the sides in turn."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from typing import Protocol

from benchmarks.gauge.comparison import Comparison, Reading
from benchmarks.gauge.rows import Row
from benchmarks.gauge.sides import Missing


class Measuring(Protocol):
    """What a row is prepared with and read by; see `Worker`."""

    def begin(self, name: str) -> None: ...
    def read(self) -> Reading: ...


Side = Callable[[], AbstractContextManager[Measuring]]
"""Starts a process of one revision."""


@dataclass
class Measured:
    """Of each row the readings, a list for each side and in it one for each round; and why a row has none."""

    readings: dict[str, list[list[Reading]]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


def measured(sides: Mapping[str, Side], rows: Mapping[str, Row], rounds: int, say: Callable[[str], object]) -> Measured:
    """Read each row in so many rounds, or in the first alone if once is enough.

    Two processes of the same code may differ by a few in a hundred for as long as they live, by where things lie in
    memory: hence the rounds.
    """
    found = Measured({name: [[] for _ in sides] for name in rows})
    for number in range(1, rounds + 1):
        say(f"Round {number} of {rounds} …")
        with ExitStack() as stack:
            workers = {name: stack.enter_context(side()) for name, side in sides.items()}
            for name, row in rows.items():
                if name not in found.missing and (number == 1 or not row.once):
                    _read(found, name, row, workers, backwards=number % 2 == 0)
    for name in found.missing:
        del found.readings[name]
    return found


Compared = Callable[[Measured], dict[str, Comparison]]
"""Compares what was measured, row by row."""


def settled(
    sides: Mapping[str, Side], rows: Mapping[str, Row], compared: Compared, rounds: int, say: Callable[[str], object]
) -> tuple[dict[str, Comparison], dict[str, str]]:
    """The comparison of each row, and why a row has none. What seems worse is measured once more, which decides."""
    first = measured(sides, rows, rounds, say)
    lines = compared(first)
    again = {name: rows[name] for name, each in lines.items() if each.mark == "worse"}
    if again:
        say(f"Once more: {', '.join(again)}.")
        lines |= compared(measured(sides, again, rounds, say))
    return lines, first.missing


def _read(found: Measured, name: str, row: Row, workers: Mapping[str, Measuring], *, backwards: bool) -> None:
    order = [*workers][::-1] if backwards else [*workers]
    taken: dict[str, list[Reading]] = {side: [] for side in workers}
    for step in ("begin", *["read"] * row.reads):
        for side in order:
            try:
                if step == "begin":
                    workers[side].begin(name)
                else:
                    taken[side].append(workers[side].read())
            except Missing as error:
                found.missing[name] = f"{side}: {error}"
                return
    for readings, each in zip(found.readings[name], taken.values(), strict=True):
        readings.append(least(each))


def least(readings: Iterable[Reading]) -> Reading:
    """The reading that was disturbed least, the work and the floor each for itself."""
    each: Sequence[Reading] = [*readings]
    return Reading(min(one.work for one in each), min(one.floor for one in each))
