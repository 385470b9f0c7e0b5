"""Writes the report of a trial in one of its forms (`docs/reference/trial-report.md`)."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import click

from mockcrm.cli.console import STDOUT, echo, write
from mockcrm.cli.trial.digest import bounded
from mockcrm.cli.trial.document import json_report
from mockcrm.cli.trial.html import html_report
from mockcrm.cli.trial.junit import junit_report
from mockcrm.cli.trial.text import text_report
from mockcrm.trials.outcome import TrialReport

_DOCUMENTS: Mapping[str, Callable[[TrialReport], bytes]] = {
    "json": json_report,
    "junit": junit_report,
    "html": html_report,
}
"""The forms for programs: each is written as it is."""
FORMS = ("text", *_DOCUMENTS)


def write_report(report: TrialReport, form: str, out: Path) -> None:
    """Write a report in one of `FORMS` to a file, completely or not at all, or with `-` to standard output.

    Only a terminal gets colours. Raises `Unusable` if it cannot be written.

    >>> write_report(mockcrm.trial(MyClient), "html", Path("trial.html"))
    """
    report = bounded(report)
    if form in _DOCUMENTS:
        write([_DOCUMENTS[form](report)], out)
    elif out == STDOUT:
        for line in text_report(report):
            echo(line, styled=True)
    else:
        write(_plain(text_report(report)), out)


def _plain(lines: Iterable[str]) -> Iterable[bytes]:
    return (f"{click.unstyle(line)}\n".encode() for line in lines)
