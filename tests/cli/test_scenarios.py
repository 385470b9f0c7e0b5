"""`mockcrm scenario list` and `show`: which scenarios there are, and what happens in one."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mockcrm.base.hazard_groups import HAZARD_GROUPS
from mockcrm.base.strict_yaml import read_yaml
from mockcrm.cli.main import main
from mockcrm.sandbox.scenario.fixture_file import shipped_document
from mockcrm.sandbox.scenario.shipped import scenarios
from mockcrm.trials.hazards import hazards

LUNCH = """\
title: Lunch is moved
clock: {now: 2026-03-02T09:00:00Z}
events:
  - {key: lunch, subject: Lunch, startTime: 2026-03-04T12:00:00Z, endTime: 2026-03-04T13:00:00Z}
steps:
  - sync
  - mailbox: {edit: {event: lunch, set: {location: Room 7}}}
  - sync
expect:
  events:
    - {event: lunch, has: {location: Room 7}}
"""


@pytest.fixture
def lunch(tmp_path: Path) -> str:
    file = tmp_path / "lunch.yaml"
    file.write_text(LUNCH, encoding="utf-8")
    return str(file)


def scenario(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["scenario", *arguments])


def payload(*arguments: str) -> Any:
    """The same for programs."""
    return json.loads(scenario(*arguments, "--json").stdout)


class TestWhichThereAre:
    def test_all_are_listed_for_programs(self) -> None:
        listed = payload("list")["scenarios"]
        assert {each["name"] for each in listed} == {*scenarios()}
        assert [each["name"] for each in listed if each["group"]] == [each.name for each in hazards()]
        assert [each["name"] for each in listed if not each["group"]] == ["nasty", "quarter", "quickstart", "team"]
        assert next(each for each in listed if each["name"] == "echo-own-write") == {
            "name": "echo-own-write",
            "group": "writing",
            "title": "The client's own write comes back in the delta",
            "needs": ["mailbox", "requests"],
        }

    def test_people_read_them_by_group(self) -> None:
        lines = scenario("list").stdout.splitlines()
        assert [line for line in lines if not line.startswith(" ")] == [*HAZARD_GROUPS, "no hazards"]
        assert {line.split()[0] for line in lines if line.startswith(" ")} == {*scenarios()}
        (echo,) = (line for line in lines if " echo-own-write " in line)
        assert echo.endswith("The client's own write comes back in the delta (needs mailbox, requests)")

    @pytest.mark.parametrize("words", [("paging",), ("reading", "mailbox"), ("token-loop", "replica")])
    def test_words_choose_as_in_a_trial(self, words: tuple[str, ...]) -> None:
        only = [part for word in words for part in ("--only", word)]
        assert [each["name"] for each in payload("list", *only)["scenarios"]] == [each.name for each in hazards(*words)]

    def test_a_word_that_chooses_nothing_is_refused_with_a_similar_one(self) -> None:
        refused = scenario("list", "--only", "pagin")
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert "Did you mean paging?" in refused.stderr


class TestWhatHappensInOne:
    @pytest.mark.parametrize("name", [*scenarios()])
    def test_each_can_be_shown(self, name: str) -> None:
        document, shown = shipped_document(name), payload("show", name)
        assert (shown["name"], shown["meaning"]) == (name, document["title"])
        assert (shown["steps"], shown["expect"]) == (document.get("steps"), document.get("expect"))
        assert scenario("show", name).exit_code == 0

    def test_people_read_the_story_the_steps_and_what_is_expected(self, lunch: str) -> None:
        shown = scenario("show", "delete-of-deleted").stdout
        assert shown.startswith("hazard delete-of-deleted\n  A deletion of an event that is already deleted\n")
        for part in ("  What happens: ", "  Why it matters: ", "  Needs: mailbox\n", "  What to do: "):
            assert part in shown
        assert "To play it: mockcrm scenario play delete-of-deleted -- COMMAND" in shown
        assert "Start: 2 events and 0 invented, 6 steps" in shown
        told = read_yaml(shown[shown.index("\nclock:") :]).data
        assert told["steps"] == shipped_document("delete-of-deleted")["steps"]
        assert told["expect"] == {"audit": "clean"} | shipped_document("delete-of-deleted")["expect"]

    def test_a_file_of_ones_own_is_shown_as_well(self, lunch: str) -> None:
        shown = payload("show", lunch)
        assert (shown["kind"], shown["name"], shown["meaning"]) == ("scenario", lunch, "Lunch is moved")
        assert (shown["needs"], shown["start"]["events"], len(shown["steps"])) == (["mailbox"], 1, 3)
        assert f"scenario {lunch}\n  Lunch is moved\n  Needs: mailbox\n" in scenario("show", lunch).stdout

    def test_a_file_precedes_a_shipped_scenario_of_its_name(self, tmp_path: Path, monkeypatch: Any) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "quickstart").write_text("title: My own", encoding="utf-8")
        assert payload("show", "quickstart")["meaning"] == "My own"

    def test_many_events_are_left_out(self) -> None:
        shown = scenario("show", "nasty").stdout
        assert "Start: 31 events" in shown
        assert "\nevents:" not in shown

    def test_a_scenario_without_steps_is_not_to_be_played(self) -> None:
        assert "play" not in payload("show", "quickstart")
        assert "expect:" not in scenario("show", "quickstart").stdout

    @pytest.mark.parametrize("name", ["token-lop", "token-loop.yml", "token_loop"])
    def test_an_unknown_name_is_refused_with_a_similar_one(self, name: str) -> None:
        refused = scenario("show", name)
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert f"There is no scenario {name!r}, and no such file. Did you mean token-loop" in refused.stderr

    def test_a_name_that_is_far_too_long_is_refused(self) -> None:
        assert scenario("show", "x" * 10_000).exit_code == 2

    def test_a_file_with_mistakes_is_refused_with_their_lines(self, tmp_path: Path) -> None:
        file = tmp_path / "lunch.yaml"
        file.write_text(LUNCH.replace("sync", "snyc", 1), encoding="utf-8")
        refused = scenario("show", str(file))
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert f"{file}:6: steps[0]" in refused.stderr

    def test_no_text_of_a_file_steers_the_terminal(self, tmp_path: Path) -> None:
        file = tmp_path / "lunch.yaml"
        file.write_text(LUNCH.replace("Lunch is moved", '"\\e[31mLunch"'), encoding="utf-8")
        assert "\x1b" not in scenario("show", str(file)).stdout
