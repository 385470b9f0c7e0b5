"""What the report of a trial says of how each failure is played again, in all its forms."""

import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import click
import orjson
import pytest

from mockcrm.cli.trial.rendering import FORMS, write_report
from mockcrm.trials.fixture_text import fixture_text
from mockcrm.trials.hazards import Hazard
from mockcrm.trials.outcome import HazardTrial, SyncRun, TrialReport
from tests.cli.trial.test_html import Outline

COMMAND = ["node", "sync it.mjs"]
STEPS = {"title": "Lunch & <tea>", "steps": ["sync", "sync"]}
LUNCH = Hazard("my plans/lunch.yaml", own_document=STEPS, source="my plans/lunch.yaml")
DRAWN = Hazard("random-17", own_document=STEPS, seed=17)
SAVED = replace(DRAWN, source="found/random-17.yaml")
LOOP = Hazard("token-loop", "paging")
SAVE_IT = "To play it alone, save its scenario file as random-17.yaml:"


def report(*hazards: Hazard, command: Any = COMMAND, **settings: Any) -> TrialReport:
    end = SyncRun(1, 0.4, "failed", "It ended with status 1.")
    trials = [HazardTrial(each, "crashed", ["Its last sync failed."], syncs=[end]) for each in hazards]
    return TrialReport("it", trials, settings=settings, command=command)


def written(report: TrialReport, form: str, folder: Path) -> str:
    file = folder / f"report.{form}"
    write_report(report, form, file)
    return click.unstyle(file.read_text(encoding="utf-8"))


def shown(report: TrialReport, form: str, folder: Path) -> str:
    """The texts of a report, as its reader sees them, without indents."""
    text = written(report, form, folder)
    match form:
        case "html":
            text = "\n".join(Outline(text).texts)
        case "junit":
            text = "\n".join(fromstring(text).itertext())
        case "json":
            text = "\n".join(f"{each['scenario']}\n{each['replay']}" for each in orjson.loads(text)["hazards"])
    return "\n".join(line.strip() for line in text.splitlines())


def after(label: str, text: str) -> list[str]:
    """The words of the command below a label."""
    return shlex.split(text.partition(f"{label}\n")[2].partition("\n")[0])


def test_a_file_is_played_again_by_its_path_as_it_was_given(tmp_path: Path) -> None:
    text = shown(report(LUNCH, settle=2, seed=7), "text", tmp_path)
    options = ["--settle", "2", "--seed", "7"]
    assert after("To play it alone:", text) == ["mockcrm", "scenario", "play", LUNCH.source, *options, "--", *COMMAND]


def test_files_and_hazards_that_fail_alike_are_played_together(tmp_path: Path) -> None:
    text = shown(report(LOOP, LUNCH), "text", tmp_path)
    both = ["mockcrm", "scenario", "play", "token-loop", LUNCH.source, "--", *COMMAND]
    assert after("To play all of these:", text) == both
    assert after("To play it alone:", text)[1:4] == ["trial", "--only", "token-loop"]


def test_a_saved_random_trial_is_played_from_its_file_and_drawn_again(tmp_path: Path) -> None:
    text = shown(report(SAVED, random=20, seed=5, dialect="google", settle=1), "text", tmp_path)
    alone = ["mockcrm", "scenario", "play", "found/random-17.yaml", "--settle", "1", "--", *COMMAND]
    assert after("To play it alone:", text) == alone
    again = ["--random", "1", "--seed", "17", "--dialect", "google", "--settle", "1"]
    assert after("To play what was drawn:", text) == ["mockcrm", "trial", *again, "--", *COMMAND]


def test_one_that_is_not_saved_says_what_to_do_with_its_file(tmp_path: Path) -> None:
    text = shown(report(DRAWN, random=20), "text", tmp_path)
    assert after(SAVE_IT, text) == ["mockcrm", "scenario", "play", "random-17.yaml", "--", *COMMAND]
    assert after("To play what was drawn:", text) == [
        "mockcrm",
        "trial",
        "--random",
        "1",
        "--seed",
        "17",
        "--",
        *COMMAND,
    ]


def test_no_one_command_plays_what_has_to_be_drawn_and_something_else(tmp_path: Path) -> None:
    assert "To play all of these" not in shown(report(LOOP, DRAWN, random=1), "text", tmp_path)
    assert "To play all of these" not in shown(report(LOOP, SAVED, random=1), "text", tmp_path)


def test_a_client_in_python_draws_it_again(tmp_path: Path) -> None:
    text = shown(report(DRAWN, command=(), random=20, seed=5, **{"no-mailbox": True}), "text", tmp_path)
    assert "To play what was drawn:\nmockcrm.trial(it, random=1, seed=17, mailbox=False)" in text
    assert "scenario play" not in text
    assert "To play it alone" not in shown(report(LUNCH, command=()), "text", tmp_path)


def test_hazards_beside_random_trials_are_played_without_them(tmp_path: Path) -> None:
    text = shown(report(LOOP, random=20, seed=5), "text", tmp_path)
    assert after("To play it alone:", text) == [
        "mockcrm",
        "trial",
        "--only",
        "token-loop",
        "--seed",
        "5",
        "--",
        *COMMAND,
    ]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_has_the_scenario_and_what_plays_it(form: str, tmp_path: Path) -> None:
    text = shown(report(SAVED, LOOP, random=20), form, tmp_path)
    assert "\n".join(line.strip() for line in fixture_text(STEPS).splitlines()) in text
    assert shlex.join(["mockcrm", "scenario", "play", "found/random-17.yaml", "--", *COMMAND]) in text


@pytest.mark.parametrize("form", ["html", "junit"])
def test_pages_and_ci_servers_say_how_a_file_that_is_not_saved_is_played(form: str, tmp_path: Path) -> None:
    text = shown(report(DRAWN, random=20), form, tmp_path)
    assert SAVE_IT.rstrip(":") in text
    assert shlex.join(["mockcrm", "trial", "--random", "1", "--seed", "17", "--", *COMMAND]) in text


def test_programs_get_a_command_that_needs_no_other_step(tmp_path: Path) -> None:
    drawn, loop = orjson.loads(written(report(DRAWN, LOOP, random=20), "json", tmp_path))["hazards"]
    assert drawn["replay"] == shlex.join(["mockcrm", "trial", "--random", "1", "--seed", "17", "--", *COMMAND])
    assert (drawn["scenario"], loop["scenario"]) == (fixture_text(STEPS), "")


def test_what_passed_has_no_scenario(tmp_path: Path) -> None:
    passed = TrialReport("it", [HazardTrial(DRAWN, "passed")])
    assert orjson.loads(written(passed, "json", tmp_path))["hazards"][0]["scenario"] == ""


@pytest.mark.parametrize("form", FORMS)
def test_a_large_scenario_is_cut(form: str, tmp_path: Path) -> None:
    large = Hazard("large.yaml", own_document={**STEPS, "seed": "9" * 1_000_000}, source="large.yaml")
    assert len(written(report(large), form, tmp_path)) < 100_000
