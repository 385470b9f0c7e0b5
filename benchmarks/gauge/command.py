"""`python -m benchmarks quick [row …] [--against REVISION] [--record]`."""

import argparse
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager

from benchmarks.gauge.comparison import Comparison, Span, in_pairs, with_recorded
from benchmarks.gauge.measuring import Compared, Measured, Measuring, Side, measured, settled
from benchmarks.gauge.record import FILE, Record
from benchmarks.gauge.rows import ROWS, Row
from benchmarks.gauge.sides import ROOT, NoRevision, exported, worker
from benchmarks.gauge.table import ending, table

ROUNDS, RECORDED_ROUNDS = 5, 12


def main(arguments: Sequence[str]) -> int:
    """Measure, print the table, and return the status: 1 if a row is worse."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks quick", description="Has a change slowed something?")
    parser.add_argument("row", nargs="*", help=f"one of {', '.join(ROWS)}; all, if none is named")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--against", metavar="REVISION", help="measure that revision as well, in turn with this tree")
    what.add_argument("--record", action="store_true", help=f"record a run in {FILE.name}, to be compared with")
    options = parser.parse_args(arguments)
    if strange := [name for name in options.row if name not in ROWS]:
        parser.error(f"There is no row {strange[0]}.")
    if options.record and options.row:
        parser.error("A run is recorded as a whole.")
    rows = {name: row for name, row in ROWS.items() if name in (options.row or ROWS)}
    if options.record:
        return record(rows)
    try:
        return against(options.against, rows) if options.against else since_the_record(rows)
    except (NoRevision, ValueError, FileNotFoundError) as error:
        parser.error(str(error))


def record(rows: Mapping[str, Row]) -> int:
    found = measured({"now": here}, rows, RECORDED_ROUNDS, say)
    for name, why in found.missing.items():
        say(f"{name} is left out: {why}")
    if found.missing:
        return 1
    subject, date = git("log", "-1", "--format=%s%n%cs").splitlines()
    spans = {name: Span.of([each.ratio for each in now]) for name, (now,) in found.readings.items()}
    Record(subject, date, platform.python_version(), spans).write()
    for name, span in spans.items():
        say(f"{rows[name].what}: {span.median:.2f}, {span.spread:.0%} from the lowest to the highest")
    return 0


def since_the_record(rows: Mapping[str, Row]) -> int:
    recorded = Record.read()
    say(f"The recorded run is of {recorded.date}, “{recorded.commit}”, with Python {recorded.python}.")
    if recorded.python != platform.python_version():
        say(f"This is Python {platform.python_version()}: compare with a revision, or record a run first.")
    unknown = {name: "It is not in the recorded run." for name in rows if name not in recorded.rows}

    def compared(found: Measured) -> dict[str, Comparison]:
        return {
            name: with_recorded(recorded.rows[name], [each.ratio for each in now])
            for name, (now,) in found.readings.items()
        }

    known = {name: row for name, row in rows.items() if name not in unknown}
    return judged("recorded", {"now": here}, known, compared, unknown)


def against(revision: str, rows: Mapping[str, Row]) -> int:
    def compared(found: Measured) -> dict[str, Comparison]:
        return {name: in_pairs(before, now) for name, (before, now) in found.readings.items()}

    with exported(revision) as tree:
        return judged(revision, {revision: lambda: worker(tree), "now": here}, rows, compared, {})


def judged(
    before: str, sides: Mapping[str, Side], rows: Mapping[str, Row], compared: Compared, unknown: Mapping[str, str]
) -> int:
    lines, missing = settled(sides, rows, compared, ROUNDS, say)
    named = {rows[name].what: each for name, each in lines.items()}
    left_out = {ROWS[name].what: why for name, why in {**unknown, **missing}.items()}
    print(table(before, named, left_out), end="")  # noqa: T201
    status, text = ending(named)
    print(text)  # noqa: T201
    return status


def here() -> AbstractContextManager[Measuring]:
    return worker(ROOT)


def git(*arguments: str) -> str:
    return subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, check=True, text=True).stdout


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201
