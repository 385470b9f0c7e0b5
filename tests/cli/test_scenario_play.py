"""`mockcrm scenario play`: how a client fares in some scenarios, shipped ones and files of one's own."""

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from mockcrm.cli.main import main
from mockcrm.trials.hazards import hazards
from mockcrm.trials.outcome import TrialReport
from tests.cli.clients import READER, program
from tests.cli.trying import HARMLESS, Tried

LUNCH = """\
title: Lunch is moved
events:
  - {key: lunch, id: "1001", subject: Lunch, startTime: 2026-03-04T12:00:00Z, endTime: 2026-03-04T13:00:00Z}
steps:
  - sync
  - mailbox: {edit: {event: lunch, set: {location: Room 7}}}
  - sync
expect:
  events:
    - {event: lunch, has: {location: Room 7}}
"""
CARRIES_OVER = program(
    """
    for action in json.load(open(os.environ["CRM_MAILBOX"])):
        ask("PATCH", "/events/" + action["edit"]["id"], action["edit"]["set"])
    ask("GET", "/events")
    """
)


@pytest.fixture
def lunch(tmp_path: Path) -> str:
    file = tmp_path / "lunch.yaml"
    file.write_text(LUNCH, encoding="utf-8")
    return str(file)


Playing = Callable[..., Tried]


@pytest.fixture
def played(reports: list[TrialReport]) -> Playing:
    """Plays scenarios with a command."""

    def play(*arguments: str) -> Tried:
        result = CliRunner().invoke(main, ["scenario", "play", "--jobs", "1", *arguments])
        assert not result.exception or isinstance(result.exception, SystemExit), result.exception
        return Tried(reports[-1] if reports else None, result.exit_code, result.stdout, result.stderr)

    return play


def test_a_shipped_scenario_is_played_by_its_name(played: Playing) -> None:
    found = played(HARMLESS, "--", *READER)
    assert (found.trial.hazard.name, found.trial.outcome, found.status) == (HARMLESS, "passed", 0)


def test_a_file_is_played_as_a_hazard_is(played: Playing, lunch: str) -> None:
    good, bad = played(lunch, "--", *CARRIES_OVER), played(lunch, "--", *READER)
    assert (good.trial.hazard.name, good.trial.outcome, good.status) == (lunch, "passed", 0)
    assert (bad.trial.outcome, bad.status) == ("failed", 1)
    assert 'lunch has location null, not "Room 7".' in bad.why


def test_several_are_played_each_once_in_their_order(played: Playing, lunch: str) -> None:
    found = played(lunch, HARMLESS, lunch, "--", *CARRIES_OVER)
    assert found.report
    assert [each.hazard.name for each in found.report.trials] == [lunch, HARMLESS]


def test_the_options_are_those_of_a_trial(played: Playing, lunch: str) -> None:
    found = played(lunch, "--settle", "1", "--no-mailbox", "--", *READER)
    assert found.report
    assert (found.trial.outcome, found.report.settings) == ("not applicable", {"settle": 1, "no-mailbox": True})


def test_the_report_says_how_a_failure_is_played_again(played: Playing, lunch: str) -> None:
    arguments = [lunch, "--settle", "1", "--", *READER]
    assert f"    {shlex.join(['mockcrm', 'scenario', 'play', *arguments])}\n" in played(*arguments).out


def test_what_follows_the_dashes_is_the_clients(played: Playing, lunch: str) -> None:
    found = played(lunch, "--", *program("sys.exit(0 if sys.argv[1:] == ['--settle', '--'] else 9)"), "--settle", "--")
    assert found.trial.syncs[-1].problem == ""


class TestWhatCannotBePlayed:
    def test_a_name_that_is_unknown(self, played: Playing) -> None:
        found = played("token-lop", "--", "true")
        assert (found.report, found.status, found.out) == (None, 2, "")
        assert "There is no scenario 'token-lop', and no such file. Did you mean token-loop?" in found.err

    def test_a_file_with_mistakes_is_no_failure_of_the_client(self, played: Playing, tmp_path: Path) -> None:
        file = tmp_path / "lunch.yaml"
        file.write_text(LUNCH.replace("key: lunch", "key: 5"), encoding="utf-8")
        found = played(str(file), "--", "true")
        assert (found.report, found.status, found.out) == (None, 2, "")
        assert f"{file}:3: events[0].key" in found.err

    def test_a_scenario_without_a_sync(self, played: Playing) -> None:
        found = played("quickstart", "--", "true")
        assert (found.status, found.out) == (2, "")
        assert "There is nothing to play: quickstart has no step `sync`." in found.err
        assert "`mockcrm scenario list --only reading --only writing` lists scenarios that can be played" in found.err

    def test_what_is_recommended_instead_can_all_be_played(self) -> None:
        assert all("sync" in each.document["steps"] for each in hazards("reading", "writing"))

    @pytest.mark.parametrize("line", [[HARMLESS], [HARMLESS, "--"], [HARMLESS, "true"]])
    def test_a_line_without_a_command(self, played: Playing, line: list[str]) -> None:
        found = played(*line)
        assert (found.status, found.out) == (2, "")
        assert "Put `--` and the client's command at the end" in found.err

    def test_a_command_without_the_dashes(self, played: Playing) -> None:
        found = played(HARMLESS, "perl", "x.pl", "--fast")
        assert (found.status, found.out) == (2, "")
        assert "as in `mockcrm scenario play NAME -- COMMAND`" in found.err
        assert "perl" not in found.err

    def test_no_scenario_at_all(self, played: Playing) -> None:
        assert played("--", "true").status == 2


def test_its_help_needs_no_command() -> None:
    shown = CliRunner().invoke(main, ["scenario", "play", "--help"])
    assert shown.exit_code == 0
    assert "NAME|FILE... -- COMMAND..." in shown.stdout
