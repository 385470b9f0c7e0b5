"""Ratios from interleaved pairs: the one kind of figure that a noisy machine can give."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

PAIRS = 7
Work = Callable[[], object]


@dataclass(frozen=True)
class Row:
    """One line of the table: what was compared, the goal, and the ratios; `at_least` says which way is good."""

    what: str
    goal: float
    ratios: list[float]
    note: str = ""
    at_least: bool = False

    @property
    def median(self) -> float:
        return statistics.median(self.ratios)

    @property
    def met(self) -> bool:
        return self.median >= self.goal if self.at_least else self.median <= self.goal


def seconds(work: Work, times: int = 1) -> float:
    """How long the work takes each time, on average."""
    begin = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - begin) / times


def compare(
    what: str, goal: float, one: Work, other: Work, *, times: int = 1, note: str = "", at_least: bool = False
) -> Row:
    """How many times as long one takes as the other, pair by pair, after a warm-up of both."""
    one()
    other()
    pairs = [(seconds(one, times), seconds(other, times)) for _ in range(PAIRS)]
    mine, theirs = (statistics.median(side) * 1e6 for side in zip(*pairs, strict=True))
    took = f"{mine:,.0f} µs against {theirs:,.0f} µs"
    return Row(what, goal, [left / right for left, right in pairs], f"{took}{'; ' + note if note else ''}", at_least)


def faster(what: str, goal: float, one: Work, other: Work, *, times: int = 1, note: str = "") -> Row:
    """How many times as fast one is as the other."""
    return compare(what, goal, other, one, times=times, note=note, at_least=True)
