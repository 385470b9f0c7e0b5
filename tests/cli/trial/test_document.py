"""The report of a trial as JSON: everything that the trial found."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from mockcrm.cli.trial.document import HazardDocument, SyncDocument, TrialDocument
from mockcrm.cli.trial.rendering import write_report
from mockcrm.trials.hazards import Hazard
from mockcrm.trials.outcome import HazardTrial, SyncRun, TrialReport
from tests.cli.trial.clients import HOSTILE, careful, careless, crashing, endless, idle
from tests.docs.pages import text_of


def document(report: TrialReport, folder: Path) -> Any:
    file = folder / "report.json"
    write_report(report, "json", file)
    return orjson.loads(file.read_bytes())


@pytest.mark.parametrize("report", [careful, careless, crashing, endless, idle])
def test_a_document_has_the_fields_of_its_type(report: Any, tmp_path: Path) -> None:
    found = document(report(), tmp_path)
    assert {*found} == {*TrialDocument.__annotations__}
    for hazard in found["hazards"]:
        assert {*hazard} == {*HazardDocument.__annotations__}
        assert all({*sync} == {*SyncDocument.__annotations__} for sync in hazard["syncs"])


def test_every_field_is_on_its_page() -> None:
    page = text_of("docs/reference/trial-report.md")
    for kind in (TrialDocument, HazardDocument, SyncDocument):
        assert [name for name in kind.__annotations__ if f"`{name}`" not in page] == []


def test_it_has_the_whole_and_each_hazard(tmp_path: Path) -> None:
    known = frozenset({"tombstone-expired", "edit-vs-delete", "index-lag"})
    unplayed = [Hazard("index-lag", "watermark")]
    found = document(replace(careless(), known=known, unplayed=unplayed, settings={"settle": 1}), tmp_path)
    assert {name: found[name] for name in ("format", "client", "command", "verdict", "status", "settings")} == {
        "format": "mockcrm.trial/1",
        "client": "NoTombstones",
        "command": [],
        "verdict": "failed",
        "status": 1,
        "settings": {"settle": 1},
    }
    assert (found["counts"]["passed"], found["counts"]["failed"]) == (7, 4)
    assert found["known"] == ["edit-vs-delete", "index-lag", "tombstone-expired"]
    assert (found["mended"], found["unplayed"]) == (["edit-vs-delete"], ["index-lag"])
    by_name = {each["name"]: each for each in found["hazards"]}
    assert [name for name, each in by_name.items() if each["known"]] == ["tombstone-expired"]
    late = by_name["late-commit-visibility"]
    assert (late["group"], late["outcome"], len(late["syncs"])) == ("watermark", "failed", 3)
    assert late["audit"]["clients"][0]["findings"][0]["code"] == "change.outOfReach"
    assert late["replay"] == 'mockcrm.trial(NoTombstones, only=["late-commit-visibility"], settle=1)'


def test_a_sync_that_failed_has_its_output(tmp_path: Path) -> None:
    sync = document(crashing(), tmp_path)["hazards"][0]["syncs"][0]
    assert (sync["end"], sync["problem"]) == ("failed", "It ended with status 3.")
    assert sync["output"].startswith("first line\n\x1b[31mred")


def test_what_utf8_cannot_hold_is_replaced_and_no_byte_steers_a_terminal(tmp_path: Path) -> None:
    own = Hazard(HOSTILE, own_document={"title": HOSTILE})
    hostile = HazardTrial(own, "crashed", [HOSTILE * 10_000], syncs=[SyncRun(1, 0.1, "failed", HOSTILE, HOSTILE)])
    write_report(TrialReport(HOSTILE, [hostile], command=[HOSTILE]), "json", tmp_path / "report.json")
    raw = (tmp_path / "report.json").read_bytes()
    assert len(raw) < 100_000
    assert not set(raw) & ({*range(0x20), 0x7F} - {0x0A})
    assert orjson.loads(raw)["client"] == HOSTILE.replace("\ud800", "\ufffd")


def test_nothing_is_left_of_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="cannot be written"):
        write_report(careful(), "json", tmp_path / "no" / "report.json")
    assert [*tmp_path.iterdir()] == []
