"""Tries commands with `mockcrm trial`, in this process."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from mockcrm.cli.main import main
from mockcrm.cli.trial.rendering import write_report
from mockcrm.trials.outcome import HazardTrial, TrialReport

HARMLESS = "insert-during-paging"
"""A hazard that does no harm to a client as plain as `READER`."""
HARMFUL = "edit-during-paging"
NEEDS_REPLICA = "duplicate-page"
HAS_MAILBOX = "echo-own-write"
MAY_DROP_THE_EDIT = "delete-recreate-new-id"
"""A hazard in which a correct client may drop what its user did."""


@dataclass
class Tried:
    """What a trial came to: its report, its status, and what was printed."""

    report: TrialReport | None
    status: int
    out: str
    err: str

    @property
    def trial(self) -> HazardTrial:
        """The one hazard of it."""
        assert self.report, self.err
        (trial,) = self.report.trials
        return trial

    @property
    def why(self) -> str:
        return " ".join(self.trial.reasons)


@pytest.fixture
def reports(monkeypatch: pytest.MonkeyPatch) -> list[TrialReport]:
    """The reports that are written."""
    found: list[TrialReport] = []

    def keep(report: TrialReport, form: str, out: Path) -> None:
        found.append(report)
        write_report(report, form, out)

    monkeypatch.setattr("mockcrm.cli.trial.command.write_report", keep)
    return found


class Trying:
    """Tries commands."""

    def __init__(self, reports: list[TrialReport]) -> None:
        self.reports = reports

    def __call__(self, command: Sequence[str], *options: str, only: str = HARMLESS) -> Tried:
        words = [part for word in only.split() for part in ("--only", word)]
        result = CliRunner().invoke(main, ["trial", "--jobs", "1", *words, *options, "--", *command])
        assert not result.exception or isinstance(result.exception, SystemExit), result.exception
        return Tried(self.reports[-1] if self.reports else None, result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def tried(reports: list[TrialReport]) -> Trying:
    return Trying(reports)
