"""The catalogue of hazards as a test runner reads it while it collects tests: there is no server, and time is short."""

import subprocess
import sys

import pytest

from mockcrm import Hazard, hazards
from mockcrm.trials.hazards import UnknownHazard

COLLECT = """
import sys, mockcrm
names = [each.name for each in mockcrm.hazards("paging", "writing")]
assert len(names) > 9, names
print(sorted({"flask", "marshmallow", "orjson", "regex", "werkzeug", "yaml"} & sys.modules.keys()))
"""


def test_to_list_hazards_reads_no_file_and_imports_nothing_that_takes_time() -> None:
    found = subprocess.run([sys.executable, "-c", COLLECT], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"


def test_a_hazard_says_what_it_is() -> None:
    (hazard,) = hazards("concurrent-lost-update")
    assert (str(hazard), hazard.group, hazard.needs) == ("concurrent-lost-update", "writing", ("mailbox",))
    assert hazard.title == "A colleague changes a meeting after the client reads it and before the client writes it"
    assert {*hazard.story} == {"what", "why", "evidence"}
    assert "overwrite.blind" in hazard.findings
    assert hazard.advice.startswith("Read")


def test_any_of_some_words_chooses_a_hazard() -> None:
    assert [each.name for each in hazards("poison-event", "result-cap")] == ["result-cap", "poison-event"]
    assert {*hazards("mailbox")} == {each for each in hazards() if each.has_mailbox}
    assert {"watermark", "paging"} < {each.group for each in hazards("replica", "reading")}
    assert hazards() == hazards("reading", "writing", "time", "transport", "watermark")


def test_a_scenario_of_one_s_own_is_a_hazard_without_findings() -> None:
    own = Hazard("lunch", own_document={"title": "Lunch", "story": {"what": "It is.", "advice": "Eat."}})
    assert (own.group, own.title, own.advice, own.findings, own.needs) == ("own", "Lunch", "Eat.", (), ())


def test_a_word_that_chooses_nothing_is_named() -> None:
    with pytest.raises(UnknownHazard, match=r"No hazard is called 'pagin', and no group of them. Did you mean paging"):
        hazards("pagin")
