"""Random trials on the command line: what failed is a file, which fails alone."""

import re
import shlex
from pathlib import Path

import pytest

from mockcrm.sandbox.scenario.fixture_file import load_scenario, scenario_document
from mockcrm.trials.hazards import Hazard
from tests.cli.clients import READER
from tests.cli.trying import HARMLESS, Trying

READS = ("--no-mailbox", "--no-writes")


def test_a_careless_reader_is_caught_and_the_file_says_how(tried: Trying, tmp_path: Path) -> None:
    found = tried(READER, *READS, "--random", "1", "--seed", "2", "--save", str(tmp_path / "found"), only="")
    assert (found.status, found.trial.outcome, found.trial.hazard.name) == (1, "failed", "random-2")
    assert "1 of 1 random trials fails like this one" in found.why
    assert "random-2 fails by change.outOfReach: looking for a smaller scenario." in found.err
    (file,) = (tmp_path / "found").iterdir()
    assert file.name == "random-2.yaml"
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 10
    assert load_scenario(file).title == "Random trial 2: change.outOfReach"
    assert scenario_document(file) == found.trial.hazard.document
    lines = [f"    {line}" for line in file.read_text(encoding="utf-8").splitlines()]
    assert "\n".join(["  Its scenario file:", *lines]) in found.out
    rest = shlex.join([*READS, "--", *READER])
    assert f"    mockcrm scenario play {file} {rest}\n" in found.out
    assert f"    mockcrm trial --random 1 --seed 2 {rest}\n" in found.out
    assert found.report
    assert found.report.settings["random"] == 1


def test_random_trials_that_failed_alike_are_told_once_and_counted_all(tried: Trying) -> None:
    careless = [*READER[:-1], READER[-1].replace('"showDeleted": "true"', '"showDeleted": "false"')]
    found = tried(careless, *READS, "--no-replica", "--random", "6", "--seed", "2", only="")
    assert found.report
    kinds = len(found.report.bad)
    failed = found.report.random_counts["failed"]
    assert kinds < failed
    assert f" {failed} failed, of {kinds} kind" in found.out.splitlines()[-2]
    assert re.match(r"6 random trials in ", found.out.splitlines()[-2])
    assert f"6 random trials: {6 - failed} passed, {failed} failed, of" in str(found.report)
    assert re.search(r"^6 of 6 random trials in ", found.err, re.MULTILINE)


def test_without_only_the_hazards_of_the_catalogue_are_left_out(tried: Trying) -> None:
    found = tried(READER, *READS, "--random", "2", "--seed", "8", only="")
    assert found.report
    assert [each.hazard.name for each in found.report.trials] == ["random-8", "random-9"]


def test_with_only_they_are_played_beside(tried: Trying) -> None:
    found = tried(READER, *READS, "--random", "1", "--seed", "8", only=HARMLESS)
    assert found.report
    assert [each.hazard for each in found.report.trials] == [
        Hazard(HARMLESS, "paging"),
        Hazard("random-8"),
    ]
    assert found.status == 0


def test_nothing_is_saved_where_nothing_failed(tried: Trying, tmp_path: Path) -> None:
    assert tried(READER, *READS, "--random", "1", "--seed", "8", "--save", str(tmp_path), only="").status == 0
    assert [*tmp_path.iterdir()] == []


def test_a_folder_that_cannot_be_made_is_named(tried: Trying, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found = tried(READER, *READS, "--random", "1", "--save", str(tmp_path / "file" / "inner"), only="")
    assert found.status == 2
    assert "cannot be made" in found.err


def test_a_file_that_cannot_be_written_costs_neither_the_report_nor_its_status(tried: Trying, tmp_path: Path) -> None:
    (tmp_path / "random-2.yaml").mkdir()
    found = tried(READER, *READS, "--random", "1", "--seed", "2", "--save", str(tmp_path), only="")
    assert (found.status, found.trial.hazard.source) == (1, "")
    assert f"{tmp_path / 'random-2.yaml'} cannot be written: Is a directory." in found.err
    assert "Its scenario file:" in found.out
    assert "To play it alone, save its scenario file as random-2.yaml" in found.out


def test_an_option_that_is_refused_leaves_no_folder(tried: Trying, tmp_path: Path) -> None:
    folder = tmp_path / "found"
    assert tried(READER, "--random", "1", "--save", str(folder), "--requests", "0", only="").status == 2
    assert not folder.exists()


def test_a_random_trial_may_be_known_to_fail(tried: Trying, tmp_path: Path) -> None:
    known = tmp_path / "known.txt"
    known.write_text("random-2  # issue 12\n")
    found = tried(READER, *READS, "--random", "1", "--seed", "2", "--known", str(known), only="")
    assert (found.status, found.trial.outcome) == (0, "failed")


@pytest.mark.parametrize("name", ["random-", "random-x", "random-03", "random-٣", "random-3b"])
def test_a_name_that_no_random_trial_has_is_a_mistake_in_the_file(tried: Trying, tmp_path: Path, name: str) -> None:
    known = tmp_path / "known.txt"
    known.write_text(name, encoding="utf-8")
    found = tried(READER, "--random", "1", "--known", str(known), only="")
    assert found.status == 2
    assert "line 1: no hazard is called" in found.err
