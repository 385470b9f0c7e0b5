"""What a report tells of trials that failed or were not judged, so that one can see why."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import pytest

from mockcrm.cli.trial.digest import causes
from mockcrm.cli.trial.rendering import FORMS, write_report
from mockcrm.cli.trial.text import text_report
from mockcrm.trials.hazards import Hazard, hazards
from mockcrm.trials.outcome import HazardTrial, Outcome, SyncRun, TrialReport
from mockcrm.trials.suite import NO_MAILBOX
from tests.cli.trial.clients import HOSTILE

HAZARDS: Mapping[str, Hazard] = {each.name: each for each in hazards()}
REQUEST = "   7  2026-03-02T09:00:00.001Z  GET /api/v1/events?showDeleted=true → 400 query.unknown"
PENDING: Mapping[str, Any] = {"clients": [{"findings": [], "pending": 3}]}
PASSED = HazardTrial(HAZARDS["token-loop"], "passed")


def crash(hazard: str, output: str) -> HazardTrial:
    sync = SyncRun(1, 0.1, "failed", "It ended with status 1.", output)
    return HazardTrial(HAZARDS[hazard], "crashed", [f"Its last sync failed: {sync.problem}"], syncs=[sync])


def undecided(hazard: str, **more: Any) -> HazardTrial:
    return HazardTrial(HAZARDS[hazard], "inconclusive", ["3 changes are pending."], **more)


def text(*trials: HazardTrial, **more: Any) -> str:
    return click.unstyle("\n".join(text_report(TrialReport("it", trials, command=["it"], **more))))


def test_crashes_with_different_outputs_are_different_stories() -> None:
    trials = [crash("page-token-expired", "HTTP 410"), crash("expired-cursor-swallowed", "HTTP 400"), PASSED]
    assert len(causes(TrialReport("it", trials), trials[:2])) == 2


def test_crashes_that_end_alike_in_different_sandboxes_are_one_story_if_the_advice_is_the_same() -> None:
    one, other = (crash("page-token-expired", f"/sandboxes/{name}/api/v1: HTTP 400") for name in ("a1", "b2"))
    third = crash("result-cap", "/sandboxes/c3/api/v1: HTTP 400")
    trials = [one, other, third, PASSED]
    assert [len(each.trials) for each in causes(TrialReport("it", trials), trials[:3])] == [2, 1]


def test_a_command_that_fails_whatever_it_meets_is_told_once_before_all_else_and_without_advice() -> None:
    broken = [crash("page-token-expired", "line 7\nSyntaxError"), crash("result-cap", "line 8\nSyntaxError")]
    shown = text(*broken, HazardTrial(HAZARDS["edit-vs-delete"], "not applicable", [NO_MAILBOX]))
    _, note, *rest = shown.split("\n\n")
    assert note.replace("\n  ", " ").startswith(
        "The command fails in every hazard, so this says nothing of the hazards:"
    )
    assert "│ SyntaxError" in note
    assert "What to do" not in shown
    assert "The same crash in 1 more hazard: result-cap" in "\n".join(rest)
    assert "every hazard" not in text(broken[0])


@pytest.mark.parametrize("form", FORMS)
def test_a_crash_and_an_undecided_hazard_have_their_last_requests(form: str, tmp_path: Path) -> None:
    failed = HazardTrial(HAZARDS["split-stream-race"], "crashed", ["It crashed."], last_requests=[REQUEST + HOSTILE])
    aside = undecided("result-cap", last_requests=[REQUEST])
    write_report(TrialReport("it", [failed, aside, PASSED]), form, tmp_path / "report")
    written = (tmp_path / "report").read_text(encoding="utf-8").replace("&gt;", ">")
    assert written.count("GET /api/v1/events?showDeleted=true → 400 query.unknown") == 2
    assert "\x1b" not in written


def test_an_undecided_hazard_is_explained_if_the_client_sent_requests() -> None:
    shown = text(undecided("result-cap", last_requests=[REQUEST], audit=PENDING), undecided("token-loop"), PASSED)
    section = shown[shown.index("inconclusive result-cap\n") :].partition("\n\n")[0]
    assert "  3 changes are pending.\n  Requests to look at:\n" in section
    for line in ("mockcrm trial --only result-cap -- it", "mockcrm trial --only result-cap --settle 2 -- it"):
        assert f"\n    {line}" in section
    assert "Inconclusive\n  3 changes are pending.\n    1: token-loop\n" in shown


def test_more_syncs_are_not_proposed_where_there_were_some_or_nothing_is_pending() -> None:
    for trial, settings in (
        (undecided("result-cap", last_requests=[REQUEST], audit=PENDING), {"settle": 1}),
        (undecided("result-cap", last_requests=[REQUEST]), {}),
    ):
        assert "as changes are pending" not in text(trial, PASSED, settings=settings)


def test_what_is_not_applicable_says_in_the_table_what_it_needs() -> None:
    shown = text(HazardTrial(HAZARDS["edit-vs-delete"], "not applicable", [NO_MAILBOX]))
    assert "  not applicable  edit-vs-delete  needs a mailbox\n" in shown


def test_of_a_sync_that_ended_well_the_last_lines_are_shown() -> None:
    sync = SyncRun(2, 0.4, output="\n".join(f"line {number}" for number in range(1, 9)))
    shown = text(HazardTrial(HAZARDS["put-clobbers-absent"], "failed", ["It failed."], syncs=[sync]), PASSED)
    assert "  Sync 2 ended after 400 ms.\n    │ … 3 lines\n    │ line 4\n" in shown
    assert "│" not in text(HazardTrial(HAZARDS["put-clobbers-absent"], "passed", syncs=[sync]))


def test_random_trials_are_counted_apart_from_hazards() -> None:
    drawn = HazardTrial(Hazard("random-2", own_document={"title": "Drawn."}, seed=2), "failed")
    counts: dict[Outcome, int] = {"passed": 1, "failed": 5}
    both = text(PASSED, drawn, random_counts=counts, seconds=3).splitlines()
    assert both[-3:-1] == ["1 hazard in 3.0 s: 1 passed.", "6 random trials: 1 passed, 5 failed, of 1 kind."]
    assert (
        text(drawn, random_counts=counts, seconds=3).splitlines()[-2].startswith("6 random trials in 3.0 s: 1 passed,")
    )


def test_hazards_that_an_interruption_left_out_are_counted() -> None:
    assert "1 hazard in 0 ms: 1 passed, 1 not reached." in text(PASSED, unplayed=[HAZARDS["result-cap"]])
