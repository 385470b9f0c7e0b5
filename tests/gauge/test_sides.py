"""Revisions as trees of files, and the process that measures one."""

import json
import subprocess
from pathlib import Path

import pytest

from benchmarks.floors import Refusing, caller, plain_flask
from benchmarks.gauge import rows
from benchmarks.gauge.sides import ROOT, Missing, NoRevision, exported, worker


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with two revisions of a mockcrm that has one module and no application."""
    for number in (1, 2):
        for part in ("mockcrm", "fixtures", "docs"):
            (tmp_path / part).mkdir(exist_ok=True)
            (tmp_path / part / "__init__.py").write_text(f"NUMBER = {number}\n")
        for command in ("init -q", "add .", "-c user.name=Ann -c user.email=ann@acme.example commit -qm Next"):
            subprocess.run(["git", "-C", str(tmp_path), *command.split()], check=True)
    return tmp_path


def test_a_revision_is_exported_as_it_was_and_only_what_of_it_runs(repository: Path) -> None:
    with exported("HEAD~1", repository) as tree:
        assert (tree / "mockcrm" / "__init__.py").read_text() == "NUMBER = 1\n"
        assert {each.name for each in tree.iterdir()} == {"mockcrm", "fixtures"}
    assert not tree.exists()


def test_a_revision_that_does_not_exist_is_refused(repository: Path) -> None:
    with pytest.raises(NoRevision, match="nowhere"), exported("nowhere", repository):
        pass


def test_a_worker_measures_the_mockcrm_of_its_tree_and_says_what_that_lacks(repository: Path) -> None:
    with worker(repository) as lacking, pytest.raises(Missing, match="has no attribute 'connect'"):
        lacking.begin("client")
    with worker(ROOT) as measuring:
        measuring.begin("client")
        assert measuring.read().ratio > 0


def test_each_side_starts_with_its_bytecode_at_hand_as_an_installed_mockcrm_does(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    with worker(repository):
        assert [*(repository / "mockcrm" / "__pycache__").glob("__init__.*.pyc")]


def test_a_worker_that_has_ended_lacks_every_row(tmp_path: Path) -> None:
    (tmp_path / "mockcrm.py").write_text("raise SystemExit")
    with worker(tmp_path) as ended, pytest.raises(Missing, match="has ended"):
        ended.begin("client")


@pytest.mark.parametrize("name", rows.ROWS)
def test_each_row_can_be_read(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "BATCHES", 1)
    monkeypatch.setattr(rows, "EVENTS", 1500)
    reading = rows.ROWS[name].begin()()
    assert reading.work > 0
    assert reading.floor > 0


def test_a_refusal_is_not_measured_as_if_it_were_an_answer() -> None:
    app = plain_flask(json.dumps({}).encode())
    with pytest.raises(Refusing, match="404 NOT FOUND for DELETE /elsewhere"):
        caller(app, "/elsewhere", b"", "DELETE")()
