"""Codes that findings had in earlier versions: the documents that have them are still read."""

from typing import Any

import pytest

from mockcrm.audit.findings import FINDINGS, GRAVE, RENAMED
from mockcrm.audit.verdict_diff import VERDICT, differences
from mockcrm.errors import ScenarioInvalid
from mockcrm.sandbox.scenario.fixture_file import scenario_of


def verdict(code: str) -> Any:
    """A verdict as a bundle has it, with one finding."""
    found = {"code": code, "severity": "error", "eventId": "e1", "changes": [2], "requests": [1, 2], "hazard": None}
    return {"clean": False, "complete": True, "clients": [{"client": "client", "findings": [found], "pending": 0}]}


def test_each_was_the_code_of_a_finding_that_there_still_is() -> None:
    assert not RENAMED.keys() & FINDINGS.keys()
    assert {*RENAMED.values()} <= FINDINGS.keys()


@pytest.mark.parametrize(("old", "new"), RENAMED.items())
def test_a_verdict_of_an_earlier_version_is_the_same_as_one_of_today(old: str, new: str) -> None:
    then, now, other = (VERDICT.load(verdict(code)) for code in (old, new, "write.drift"))
    assert [*differences(then, now)] == []
    assert f"Gone: client: error {new} of event e1 (changes [2]; requests [1,2])." in differences(then, other)


@pytest.mark.parametrize(("old", "new"), [each for each in RENAMED.items() if each[1] in GRAVE])
def test_a_scenario_may_expect_findings_by_the_codes_that_they_had(old: str, new: str) -> None:
    for form in (lambda codes: codes, lambda codes: {"allow": codes}):
        old_one, new_one = (scenario_of({"expect": {"audit": form([code, "write.drift"])}}) for code in (old, new))
        assert old_one.run is not None
        assert new_one.run is not None
        assert old_one.run.expected.audit == new_one.run.expected.audit
        assert new_one.run.expected.audit.codes == {new, "write.drift"}


def test_a_code_that_there_never_was_is_still_refused() -> None:
    with pytest.raises(ScenarioInvalid, match="a list of codes"):
        scenario_of({"expect": {"audit": ["walk.abandonned"]}})
