"""The report of a trial as JUnit XML: what a CI server reads of it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import pytest

from mockcrm.cli.trial.rendering import write_report
from mockcrm.trials.hazards import Hazard
from mockcrm.trials.outcome import HazardTrial, SyncRun, TrialReport
from tests.cli.trial.clients import HOSTILE, careful, careless, crashing, endless, idle

CHILDREN = ["failure", "error", "skipped", "system-out"]
"""What may stand in a test, in the order that the schemas of CI servers have."""


def suites(report: TrialReport, folder: Path) -> Element:
    file = folder / "report.xml"
    write_report(report, "junit", file)
    return fromstring(file.read_bytes())


def cases(report: TrialReport, folder: Path) -> Mapping[str, Element]:
    return {case.attrib["name"]: case for case in suites(report, folder).iter("testcase")}


def counts(of: Element) -> Mapping[str, int]:
    return {name: int(of.attrib[name]) for name in ("tests", "failures", "errors", "skipped")}


def test_each_hazard_is_a_test_of_its_group(tmp_path: Path) -> None:
    whole = suites(careless(), tmp_path)
    assert [suite.attrib["name"] for suite in whole] == ["trial", "watermark", "deletion", "children"]
    assert counts(whole) == {"tests": 12, "failures": 4, "errors": 0, "skipped": 0}
    deletion = whole[2]
    assert counts(deletion) == {"tests": 9, "failures": 3, "errors": 0, "skipped": 0}
    assert {case.attrib["classname"] for case in deletion} == {"mockcrm.trial.deletion"}
    assert all(float(case.attrib["time"]) > 0 for case in deletion)


def test_a_failure_has_what_was_lost_and_beside_it_story_and_command(tmp_path: Path) -> None:
    case = cases(replace(careless(), command=["node", "sync.mjs"]), tmp_path)["late-commit-visibility"]
    assert [each.tag for each in case] == ["failure", "system-out"]
    assert case[0].attrib == {"type": "failed", "message": "change.outOfReach"}
    for text in ("“Contract review” was changed", "version 2 appears in lists", "- audit: expected"):
        assert text in (case[0].text or "")
    for text in ("What happens: A long", "mockcrm trial --only late-commit-visibility -- node sync.mjs"):
        assert text in (case[1].text or "")


def test_a_client_that_crashes_or_does_not_end_is_an_error(tmp_path: Path) -> None:
    crashed = cases(crashing(), tmp_path)["equal-timestamp-at-watermark"][0]
    message = "Its last sync failed: It ended with status 3."
    assert (crashed.tag, crashed.attrib) == ("error", {"type": "crashed", "message": message})
    assert "│ last line" in (crashed.text or "")
    stalled = cases(endless(), tmp_path)["late-commit-visibility"][0]
    assert (stalled.tag, stalled.attrib["type"]) == ("error", "stalled")


def test_what_was_not_judged_is_an_error_and_so_is_the_whole(tmp_path: Path) -> None:
    found = cases(idle(), tmp_path)
    (error,) = found["id-only-tombstone"].iter("error")
    assert error.attrib == {"type": "inconclusive", "message": "No client has made a request."}
    (judged,) = found["judged"]
    expected = "create-delete-between-polls: No client has made a request. And 5 more."
    assert (judged.tag, judged.attrib["message"]) == ("error", expected)
    (skipped,) = found["edit-vs-delete"]
    assert (skipped.tag, "does not take what users do" in skipped.attrib["message"]) == ("skipped", True)


def test_a_trial_of_nothing_is_an_error(tmp_path: Path) -> None:
    report = replace(idle(), trials=[each for each in idle().trials if each.outcome == "not applicable"])
    (judged,) = cases(report, tmp_path)["judged"]
    assert judged.attrib["message"] == "No hazard was played that concerns the client."


def test_a_known_failure_is_skipped_with_what_was_found(tmp_path: Path) -> None:
    case = cases(replace(careless(), known=frozenset({"tombstone-expired"})), tmp_path)["tombstone-expired"]
    assert [each.tag for each in case] == ["skipped", "system-out"]
    assert case[0].attrib["message"] == "Known: failed, deletion.neverAskedFor"
    assert "was deleted, and this client never asks for deletions" in (case[1].text or "")


def test_a_hazard_that_was_not_reached_is_skipped(tmp_path: Path) -> None:
    found = cases(replace(careful(), unplayed=[Hazard("index-lag", "watermark")]), tmp_path)
    assert found["index-lag"][0].attrib["message"] == "The trial ended before this hazard was reached."
    assert found["judged"][0].attrib["message"] == "index-lag was not reached."


@pytest.mark.parametrize("report", [careful, careless, crashing, endless, idle])
def test_the_elements_stand_in_the_order_of_the_schemas(report: object, tmp_path: Path) -> None:
    assert callable(report)
    for case in suites(report(), tmp_path).iter("testcase"):
        tags = [each.tag for each in case]
        assert tags == sorted(set(tags), key=CHILDREN.index)


def test_what_xml_cannot_hold_is_escaped(tmp_path: Path) -> None:
    sync = SyncRun(1, 0.1, "failed", HOSTILE, HOSTILE * 100_000)
    own = Hazard(HOSTILE, own_document={"title": HOSTILE, "story": {"what": HOSTILE}})
    report = TrialReport(HOSTILE, [HazardTrial(own, "crashed", [HOSTILE], [HOSTILE], syncs=[sync])])
    assert "\\x00\\x0b\\ud800\\uffff" in (suites(report, tmp_path).findtext("*/testcase/error") or "")
    assert (tmp_path / "report.xml").stat().st_size < 100_000
