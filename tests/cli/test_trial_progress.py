"""How far a trial is, on standard error."""

import io
import re

import pytest

from mockcrm.cli.trial.progress import TrialProgress
from mockcrm.trials.hazards import Hazard
from mockcrm.trials.outcome import HazardTrial, Outcome


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Closed(Terminal):
    def write(self, text: str) -> int:
        raise BrokenPipeError


def shown(stream: io.StringIO | None) -> str:
    """What is printed while two of three hazards are played, one of which fails."""
    progress = TrialProgress(3, stream=stream)
    outcomes: list[Outcome] = ["passed", "failed"]
    with progress.shown():
        for done, outcome in enumerate(outcomes, start=1):
            progress.note(HazardTrial(Hazard(f"hazard-{done}"), outcome), done, 3)
    return stream.getvalue() if stream else ""


def test_off_a_terminal_there_is_a_line_for_each_hazard_that_is_not_passed_and_one_at_the_end() -> None:
    first, last = re.sub(r"[0-9.]+ s\b", "7 s", shown(io.StringIO())).splitlines()
    assert first == "2 of 3: hazard-2 failed; about 7 s left"
    assert last == "2 of 3 hazards in 7 s: 1 passed, 1 failed."


def test_on_a_terminal_one_line_says_it_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    lines = shown(Terminal()).split("\r\x1b[K")
    assert [line.partition("; ")[0] for line in lines[:4]] == [
        "",
        "0 of 3 hazards",
        "1 of 3 hazards: 1 passed",
        "2 of 3 hazards: 1 passed, 1 failed",
    ]
    assert "\n" not in "".join(lines[:-1])
    assert lines[-1].startswith("2 of 3 hazards in ")


def test_the_line_in_place_is_no_longer_than_the_terminal_is_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "20")
    assert max(map(len, shown(Terminal()).split("\r\x1b[K")[:-1])) == 19


def test_a_terminal_that_cannot_go_back_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert "\r" not in shown(Terminal())


def test_where_nobody_reads_it_the_trial_goes_on() -> None:
    assert shown(None) == ""
    assert shown(Closed()) == ""


def test_the_estimate_goes_by_what_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([8.0, 9.0])
    monkeypatch.setattr("mockcrm.cli.trial.progress.time.monotonic", lambda: next(times))
    stream = io.StringIO()
    progress = TrialProgress(5, stream=stream, began=0.0)
    progress.note(HazardTrial(Hazard("first"), "stalled"), 1, 5)
    progress.note(HazardTrial(Hazard("last"), "crashed"), 3, 5)
    assert stream.getvalue().splitlines() == [
        "1 of 5: first stalled; about 32 s left",
        "3 of 5: last crashed; about 6 s left",
    ]
