"""Writes the report of a trial."""

from collections.abc import Iterator
from pathlib import Path

from mockcrm.base.escaping import harmless
from mockcrm.cli.console import write
from mockcrm.trials.outcome import TrialReport

FORMS = ("text", "json", "junit", "html")


def write_report(report: TrialReport, form: str, out: Path) -> None:
    """Write a report in one of `FORMS` to a file, or with `-` to standard output. Raises `Unusable`."""
    write((f"{harmless(line)}\n".encode() for line in _lines(report)), out)


def _lines(report: TrialReport) -> Iterator[str]:
    for trial in report.trials:
        mended = " (known to fail, and mended)" if trial in report.mended else ""
        known = " (known)" if trial.is_bad and trial not in report.bad else ""
        yield f"{trial.outcome:15} {trial.hazard.name}{mended}{known}: {' '.join(trial.reasons)}"
    yield from (f"{'not played':15} {hazard.name}" for hazard in report.unplayed)
    yield report.verdict
