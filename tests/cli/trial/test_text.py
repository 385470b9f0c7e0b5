"""The report of a trial as a person reads it in a terminal."""

import re
import shlex
from dataclasses import replace
from pathlib import Path

import click
import pytest

from mockcrm.cli.trial.rendering import write_report
from mockcrm.cli.trial.text import MOST_CAUSES, MOST_LINES, text_report
from mockcrm.trials.hazards import Hazard, hazards
from mockcrm.trials.outcome import HazardTrial, SyncRun, TrialReport
from tests.cli.trial.clients import HOSTILE, careful, careless, crashing, endless, idle

COMMAND = ["node", "sync it.mjs", "--url={url}"]


def lines(report: TrialReport) -> list[str]:
    return [click.unstyle(line) for line in text_report(report)]


def part(report: TrialReport, name: str) -> str:
    """What is said of one failure."""
    text = "\n".join(lines(report))
    begin = re.search(rf"^(failed|crashed|stalled)(, known)? {name}$", text, re.MULTILINE)
    assert begin, text
    return text[begin.start() :].partition("\n\n")[0]


def failing(number: int, *, problem: str = "It ended with status 1.", output: str = "") -> HazardTrial:
    hazard = hazards()[number]
    sync = SyncRun(1, 0.4, "failed", problem, output)
    return HazardTrial(hazard, "crashed", [f"Its last sync failed: {problem}"], syncs=[sync])


def test_each_hazard_has_a_line_under_its_group() -> None:
    shown = lines(careless())
    for line in (
        "watermark",
        "  failed  late-commit-visibility       change.outOfReach",
        "deletion",
        "  passed  create-delete-between-polls",
        "  failed  tombstone-expired            deletion.neverAskedFor",
        "children",
        "  passed  parent-child-duplication",
    ):
        assert shown.count(line) == 1, line
    assert shown[0] == "Trial of NoTombstones"
    assert shown[-2:] == [shown[-2], "The trial failed."]
    assert re.fullmatch(r"11 hazards in .*: 7 passed, 4 failed\.", shown[-2])


def test_a_failure_has_its_story_its_timeline_and_the_call_that_plays_it_alone() -> None:
    section = part(careless(), "late-commit-visibility")
    for text in (
        "A change is stamped before the client reads, but becomes visible only afterwards",
        "What happens: A long transaction moves a meeting to Thursday.",
        "Why it matters: The change has a stamp before that watermark.",
        "Evidence: airbytehq/airbyte#27146",
        "error change.outOfReach [late-commit-visibility]: “Contract review” was changed",
        "2026-03-02T09:05:00.001Z  version 2 appears in lists",
        "→ Set the next watermark to the asOf of the read's first page",
        "- audit: expected no findings, but the audit finds change.outOfReach.",
        "- replica of careful: replica.stale:",
        "What to do: Ask from before the last asOf",
        '    mockcrm.trial(NoTombstones, only=["late-commit-visibility"])',
    ):
        assert text in section


def test_failures_with_the_same_finding_and_cause_are_shown_once() -> None:
    section = part(careless(), "tombstone-expired")
    likeness = "The same findings, with the same causes, in 2 more hazards: expired-cursor-swallowed, id-only-tombstone"
    assert likeness in " ".join(section.split())
    assert 'only=["tombstone-expired", "expired-cursor-swallowed", "id-only-tombstone"])' in section
    text = "\n".join(lines(careless()))
    assert text.count("version 2 deleted by a colleague") == 1
    assert not re.search(r"^failed id-only-tombstone", text, re.MULTILINE)


def test_a_command_is_played_again_as_it_was() -> None:
    settings = {"settle": 2, "no-mailbox": True}
    section = part(replace(crashing(), command=COMMAND, settings=settings), "equal-timestamp-at-watermark")
    (played,) = re.findall(r"To play it alone:\n    (.*)", section)
    only = ["--only", "equal-timestamp-at-watermark"]
    assert shlex.split(played) == ["mockcrm", "trial", *only, "--settle", "2", "--no-mailbox", "--", *COMMAND]


def test_a_client_in_python_is_played_again_by_a_call() -> None:
    settings = {"requests": 20, "no-mailbox": True, "dialect": "google"}
    section = part(replace(endless(), settings=settings), "late-commit-visibility")
    arguments = "only=[\"late-commit-visibility\"], max_requests=20, mailbox=False, dialect='google'"
    assert f"    mockcrm.trial(Endless, {arguments})" in section


def test_a_crash_has_the_end_of_the_output_once_for_all_syncs() -> None:
    section = part(crashing(), "equal-timestamp-at-watermark")
    assert "Syncs 1, 2 and 3 failed: It ended with status 3." in section
    assert (section.count("│ first line"), section.count("│ last line")) == (1, 1)
    assert "The same crash in 13 more hazards: inclusive-since-repeat" in section


def test_a_long_output_has_its_last_lines() -> None:
    output = "\n".join(f"line {number}" for number in range(1, 101))
    section = part(TrialReport("it", [failing(0, output=output)]), "equal-timestamp-at-watermark")
    assert f"│ … {100 - MOST_LINES} lines\n    │ line {101 - MOST_LINES}\n" in section
    assert section.count("│ line ") == MOST_LINES


def test_a_client_that_does_not_end_was_stopped() -> None:
    shown = lines(endless())
    assert shown[3].startswith("  stalled  late-commit-visibility  `sync` was stopped after 20 requests")
    assert "Sync 1 was stopped after" in part(endless(), "late-commit-visibility")


def test_a_client_that_asks_for_nothing_has_passed_nothing() -> None:
    shown = lines(idle())
    at = shown.index("Inconclusive")
    assert shown[at + 1] == "  No client has made a request."
    assert shown[at + 2].startswith("    6: create-delete-between-polls, undelete-same-id,")
    assert shown[-1] == "The trial is inconclusive."


def test_what_passes_needs_no_more_than_the_list() -> None:
    shown = lines(careful())
    assert len(shown) == len(careful().trials) + 6
    assert shown[-1] == "The trial passed."


def test_known_failures_are_marked_and_those_that_now_pass_are_named() -> None:
    report = replace(careless(), known=frozenset({"tombstone-expired", "edit-vs-delete"}))
    shown = lines(report)
    assert "  failed, known  tombstone-expired            deletion.neverAskedFor" in shown
    assert "  passed         edit-vs-delete" in shown
    at = shown.index("Known failures that now pass, and need no longer be listed:")
    assert shown[at + 1] == "  edit-vs-delete"
    assert "(1 known)." in shown[-2]
    assert "in 1 more hazard: id-only-tombstone" in part(report, "expired-cursor-swallowed")
    at = shown.index("Known failures")
    assert shown[at + 1 : at + 3] == ["  failed tombstone-expired: deletion.neverAskedFor", ""]


def test_hazards_that_were_not_reached_are_named() -> None:
    shown = lines(replace(careful(), unplayed=[Hazard("index-lag", "watermark")]))
    assert shown[shown.index("Not reached:") + 1] == "  index-lag"
    assert shown[-1] == "The trial is inconclusive."


def test_a_client_that_fails_everything_gets_a_report_that_can_be_read() -> None:
    every = range(len(hazards()))
    alike = TrialReport("it", [failing(each, problem=f"No answer from 127.0.0.1:{each}.") for each in every])
    # A group has a line of its own and an empty one before it. Hazards that crash alike are named once, four in a line.
    groups = len({each.group for each in hazards()})
    assert len(lines(alike)) < len(every) + 2 * groups + len(every) // 4 + 18
    different = TrialReport("it", [failing(each, problem=f"{'x' * each} is wrong.") for each in every])
    shown = lines(different)
    assert f"{len(every) - MOST_CAUSES} more causes, in brief" in shown
    assert len(shown) < 400
    for each in hazards():
        assert each.name in "\n".join(shown)


def test_hostile_output_does_not_steer_the_terminal(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    own = Hazard(HOSTILE, own_document={"title": HOSTILE, "story": {"what": HOSTILE, "advice": HOSTILE}})
    sync = SyncRun(1, 0.1, "failed", HOSTILE, HOSTILE * 100_000)
    hostile = HazardTrial(own, "crashed", [HOSTILE], [HOSTILE], syncs=[sync])
    report = TrialReport(HOSTILE, [hostile, *crashing().trials], settings={"dialect": HOSTILE}, command=[HOSTILE])
    write_report(report, "text", Path("-"))
    write_report(report, "text", tmp_path / "report.txt")
    printed, written = capsys.readouterr().out, (tmp_path / "report.txt").read_text(encoding="utf-8")
    assert len(written) < 100_000
    for text in (printed, written):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e\ud800]", text)
        assert "\\x1b[31mred\\x1b]0;title\\x07" in text


def test_only_a_terminal_gets_colours() -> None:
    assert any("\x1b[31m" in line for line in text_report(careless()))
