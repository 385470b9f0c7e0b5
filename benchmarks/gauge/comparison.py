"""When a row is worse: by more than a tenth, and beyond what repeats of the same code show."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

TOLERATED = 1.1
"""How many times as much a row may cost."""

Mark = Literal["worse", "better", ""]


@dataclass(frozen=True)
class Reading:
    """What the work of a row took, and its floor: processor seconds, bytes, or a number of modules."""

    work: float
    floor: float

    def __post_init__(self) -> None:
        if self.work <= 0 or self.floor <= 0:
            raise ValueError(f"The work or its floor took no time: {self}.")

    @property
    def ratio(self) -> float:
        return self.work / self.floor


@dataclass(frozen=True)
class Span:
    """What several readings of a row show."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        return cls(statistics.median(values), min(values), max(values))

    @property
    def spread(self) -> float:
        """The distance from the lowest to the highest, as a part of the median."""
        return (self.high - self.low) / self.median


@dataclass(frozen=True)
class Comparison:
    """A row before and now, as ratios to its floor.

    `change` says how many times as much it costs, `same` how many times as much or as little the same code seems to
    cost when it is read again.
    """

    before: Span
    now: Span
    change: float
    same: Span

    @property
    def mark(self) -> Mark:
        if self.change > max(TOLERATED, self.same.high):
            return "worse"
        return "better" if self.change < min(1 / TOLERATED, self.same.low) else ""


def with_recorded(before: Span, now: Sequence[float]) -> Comparison:
    """Ratios of now beside the recorded ones, whose spread is that of the same code."""
    span, median = Span.of(now), before.median
    same = Span(1.0, before.low / median, before.high / median)
    return Comparison(before, span, span.median / median, same)


def in_pairs(before: Sequence[Reading], now: Sequence[Reading]) -> Comparison:
    """Readings of two revisions that were taken in turn.

    The work of both is compared pair by pair; both floors are the same code, so that their quotients show how far that
    wavers.
    """
    pairs = [*zip(before, now, strict=True)]
    changes = [new.work / old.work for old, new in pairs]
    same = Span.of([new.floor / old.floor for old, new in pairs])
    return Comparison(_ratios(before), _ratios(now), statistics.median(changes), same)


def _ratios(readings: Sequence[Reading]) -> Span:
    return Span.of([each.ratio for each in readings])
