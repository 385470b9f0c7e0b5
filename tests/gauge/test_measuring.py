"""Rounds of readings, with sides that say what they are asked and answer what the story needs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from benchmarks.gauge.comparison import Reading, in_pairs
from benchmarks.gauge.measuring import Measured, Side, least, measured, settled
from benchmarks.gauge.rows import Row
from benchmarks.gauge.sides import Missing


def _unused() -> None:
    raise AssertionError("A side begins a row by its name.")


GET = Row("GET / constant", _unused, reads=2)  # type: ignore[arg-type]
MEMORY = Row("memory / dictionaries", _unused, reads=1, once=True)  # type: ignore[arg-type]


@dataclass
class Fake:
    """A side that gives these readings, one after the other, and lacks some rows."""

    name: str
    works: Iterator[float]
    told: list[str]
    lacks: tuple[str, ...] = ()
    row: str = field(default="")

    def begin(self, name: str) -> None:
        if name in self.lacks:
            raise Missing("404 for DELETE")
        self.row = name

    def read(self) -> Reading:
        self.told.append(f"{self.name} reads {self.row}")
        return Reading(next(self.works), 1.0)


def side(name: str, works: list[float], told: list[str], *lacks: str) -> Side:
    taken = iter(works)

    @contextmanager
    def start() -> Iterator[Fake]:
        told.append(f"{name} starts")
        yield Fake(name, taken, told, lacks)

    return start


def test_both_sides_are_read_in_turn_in_new_processes_and_the_second_round_goes_backwards() -> None:
    told: list[str] = []
    sides = {"old": side("old", [1.0] * 4, told), "now": side("now", [2.0] * 4, told)}
    measured(sides, {"get": GET}, 2, told.append)
    assert told == [
        *("Round 1 of 2 …", "old starts", "now starts"),
        *("old reads get", "now reads get", "old reads get", "now reads get"),
        *("Round 2 of 2 …", "old starts", "now starts"),
        *("now reads get", "old reads get", "now reads get", "old reads get"),
    ]


def test_a_round_gives_the_least_that_work_and_floor_took() -> None:
    assert least([Reading(3.0, 1.0), Reading(2.0, 1.5)]) == Reading(2.0, 1.0)
    found = measured({"now": side("now", [9.0, 5.0, 6.0, 7.0], [])}, {"get": GET}, 2, lambda _: None)
    assert found == Measured({"get": [[Reading(5.0, 1.0), Reading(6.0, 1.0)]]})


def test_an_exact_row_is_read_in_the_first_round_alone() -> None:
    found = measured({"now": side("now", [1.0] * 3, [])}, {"memory": MEMORY}, 3, lambda _: None)
    assert found.readings == {"memory": [[Reading(1.0, 1.0)]]}


def test_a_row_that_one_side_lacks_is_left_out_and_the_others_are_measured() -> None:
    sides = {"old": side("old", [1.0] * 9, [], "delete"), "now": side("now", [1.0] * 9, [])}
    found = measured(sides, {"delete": GET, "get": GET}, 2, lambda _: None)
    assert found.missing == {"delete": "old: 404 for DELETE"}
    assert found.readings.keys() == {"get"}


@pytest.mark.parametrize(("again", "mark"), [(1.0, ""), (1.5, "worse")])
def test_a_row_that_seems_worse_is_measured_once_more_and_that_decides(again: float, mark: str) -> None:
    told: list[str] = []
    sides = {"old": side("old", [1.0] * 4, []), "now": side("now", [1.5, 1.5, again, again], [])}

    def compared(found: Measured) -> dict[str, object]:
        return {name: in_pairs(before, now) for name, (before, now) in found.readings.items()}

    lines, _ = settled(sides, {"get": GET}, compared, 1, told.append)  # type: ignore[arg-type]
    assert lines["get"].mark == mark
    assert "Once more: get." in told
