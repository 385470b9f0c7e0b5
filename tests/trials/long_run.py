"""Many wide trials in a row, and their table: by mutant, what was lost, and what the audit said of it."""

import itertools
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor

from mockcrm.trials.mutants import CAREFUL_DESIGNS, CAREFUL_WRITER, DESIGN_MUTANTS, WRITING_MUTANTS, Mutant
from tests.trials.widened import Outcome, drawn, outcome
from tests.trials.widened_writing import drawn_writing, outcome_of_writing

READERS: Sequence[Mutant] = (*CAREFUL_DESIGNS, *DESIGN_MUTANTS)
WRITERS: Sequence[Mutant] = (CAREFUL_WRITER, *WRITING_MUTANTS)
COLUMNS: Mapping[str, str] = {
    "trials": "trials",
    "lost": "events lost",
    "by_mutation": "by the mutation",
    "named": "named",
    "told": "mentioned",
    "later": "later",
    "silent": "missed",
    "wrong": "wrongly",
    "with_loss": "losses by the mutation",
    "cause_found": "its cause found",
}
"""What is counted, with the headings of the table."""


def read_one(seed: int) -> tuple[str, Outcome]:
    """The trial of reading of a seed: its mutant's name, and how it ended. The seeds take the mutants in turn."""
    mutant = READERS[seed % len(READERS)]
    return mutant.name, outcome(drawn(seed, mutant))


def write_one(seed: int) -> tuple[str, Outcome]:
    """The trial of writing of a seed, likewise."""
    mutant = WRITERS[seed % len(WRITERS)]
    return mutant.name, outcome_of_writing(drawn_writing(seed, mutant))


def counted(results: Iterable[tuple[str, Outcome]]) -> Mapping[str, Counter[str]]:
    """The counts of each mutant."""
    codes = {mutant.name: mutant.codes for mutant in (*READERS, *WRITERS)}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for name, each in results:
        counts[name].update(
            trials=1,
            lost=len(each.lost),
            by_mutation=len(each.by_mutation),
            named=len(each.named),
            told=len(each.told),
            later=len(each.lost - each.named - each.told - each.silent),
            silent=len(each.silent),
            wrong=len(each.wrong),
            with_loss=bool(each.by_mutation),
            cause_found=bool(each.by_mutation and each.codes & codes[name]),
        )
    return counts


def table(one: Callable[[int], tuple[str, Outcome]], mutants: Sequence[Mutant], trials: int) -> Iterator[str]:
    """The table of so many trials, run on all processors."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        counts = counted(pool.map(one, range(trials), chunksize=20))
    yield f"| client | {' | '.join(COLUMNS.values())} |\n|---|{'--:|' * len(COLUMNS)}\n"
    for mutant in mutants:
        yield _row(mutant.name, counts[mutant.name])
    yield _row("all", sum(counts.values(), Counter()))


def _row(name: str, counts: Counter[str]) -> str:
    return f"| {name} | {' | '.join(str(counts[column]) for column in COLUMNS)} |\n"


def tables(trials: int) -> str:
    """Both tables, for so many trials of reading and a quarter as many of writing."""
    parts = itertools.chain(table(read_one, READERS, trials), "\n", table(write_one, WRITERS, trials // 4))
    return "".join(parts)
