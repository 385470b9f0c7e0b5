"""The recorded run, as a file."""

from pathlib import Path

import pytest

from benchmarks.gauge.comparison import Span
from benchmarks.gauge.record import Record
from benchmarks.gauge.rows import ROWS

RECORD = Record(
    commit="A sentence that is true", date="2026-01-05", python="3.11.7", rows={"get": Span(1.75, 1.7, 1.8)}
)


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    RECORD.write(tmp_path / "recorded.json")
    assert Record.read(tmp_path / "recorded.json") == RECORD


def test_a_record_has_a_line_for_each_row_so_that_a_diff_says_which_changed(tmp_path: Path) -> None:
    RECORD.write(tmp_path / "recorded.json")
    text = (tmp_path / "recorded.json").read_text()
    assert '    "get": {"median": 1.75, "low": 1.7, "high": 1.8}\n' in text


def test_figures_are_rounded_to_what_they_are_worth(tmp_path: Path) -> None:
    Record("", "", "", {"get": Span(1.234567891, 1.0, 1234.567)}).write(tmp_path / "recorded.json")
    assert Record.read(tmp_path / "recorded.json").rows["get"] == Span(1.2346, 1.0, 1234.6)


@pytest.mark.parametrize("text", ["", "{}", '{"commit": 1, "rows": []}'])
def test_a_file_that_is_no_record_is_said_to_be_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "recorded.json").write_text(text)
    with pytest.raises(ValueError, match="no recorded run"):
        Record.read(tmp_path / "recorded.json")


def test_the_recorded_run_in_the_repository_has_every_row() -> None:
    assert Record.read().rows.keys() == ROWS.keys()
