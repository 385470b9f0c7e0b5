"""`mockcrm explain`: what a finding, hazard, knob, effect or error code means, to whoever meets one in a message."""

import json
import re
import socket
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mockcrm.audit.advice import ADVICE
from mockcrm.audit.findings import FINDINGS, RENAMED
from mockcrm.base.fixtures import fixture_files
from mockcrm.base.hazard_groups import HAZARD_GROUPS
from mockcrm.base.strict_yaml import read_yaml
from mockcrm.cli import glossary
from mockcrm.cli.main import main
from mockcrm.client import report
from mockcrm.crm.dialect.knobs import KNOBS
from mockcrm.errors import every_refusal
from mockcrm.faults.effects.table import EFFECTS
from mockcrm.trials.hazards import hazards

HAZARDS = [path.stem for path in (Path(__file__).parent.parent.parent / "fixtures" / "hazards").glob("*.yaml")]
EVERYTHING = [
    *(("finding", name) for name in FINDINGS),
    *(("hazard", name) for name in sorted(HAZARDS)),
    *(("group", name) for name in [*HAZARD_GROUPS, "reading"]),
    *(("knob", name) for name in KNOBS),
    *(("effect", name) for name in EFFECTS),
    *(("error", kind.code) for kind in every_refusal()),
]
FACTS = {
    "finding": {"severity", "example", "advice", "hazards"},
    "hazard": {"what", "why", "evidence", "group", "needs", "advice", "findings", "knobs", "play"},
    "group": {"hazards", "play"},
    "knob": {"values", "default", "dialects", "hazards"},
    "effect": {"arguments", "short", "operations"},
    "error": {"status"},
}
MAY_BE_EMPTY = {"needs", "hazards", "findings", "knobs", "default", "dialects", "arguments", "short", "operations"}


def explain(*names: str) -> Result:
    return CliRunner().invoke(main, ["explain", *names])


def payload(*names: str) -> Any:
    """The same for programs."""
    return json.loads(explain("--json", *names).stdout)["explanations"]


@pytest.mark.parametrize(("kind", "name"), EVERYTHING)
def test_everything_that_has_a_name_can_be_explained(kind: str, name: str) -> None:
    (explanation,) = (each for each in payload(name) if each["kind"] == kind)
    facts = explanation.keys() - {"kind", "name", "meaning"}
    assert (explanation["kind"], explanation["name"], facts) == (kind, name, FACTS[kind])
    assert all(explanation[fact] for fact in {"meaning", *facts} - MAY_BE_EMPTY)
    shown = explain(name)
    assert shown.exit_code == 0
    assert f"\n{kind} {name}\n  {explanation['meaning'][:40]}" in f"\n{shown.stdout}"


@pytest.mark.parametrize(("old", "new"), RENAMED.items())
def test_a_code_of_an_earlier_version_is_explained_by_its_name_of_today(old: str, new: str) -> None:
    assert payload(old) == [{**payload(new)[0], "formerly": old}]
    assert explain(old).stdout.splitlines()[0] == f"finding {new}"
    assert f"  Earlier name: {old}" in explain(old).stdout.splitlines()


def test_without_a_name_all_are_listed_by_kind_a_line_each() -> None:
    assert [(each["kind"], each["name"]) for each in payload()] == EVERYTHING
    lines = explain().stdout.splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [
        "findings",
        "hazards",
        "groups",
        "knobs",
        "effects",
        "errors",
    ]
    assert [line.split()[0] for line in lines if line.startswith(" ")] == [name for _, name in EVERYTHING]


def test_people_read_what_is_known_in_words() -> None:
    assert explain("pageSize", "delay").stdout.splitlines() == [
        "knob pageSize",
        "  The page size of a list without `limit`. Null: everything on one page.",
        "  Values: a whole number from 1 to 1000, or null",
        "  Default: null",
        "  Dialects that set it: aurinko, dynamics, google, graph, hubspot, salesforce",
        "  Hazards: bulk-same-timestamp",
        "",
        "effect delay",
        "  Delays the answer in real time: `by` a fixed time, or by a random time between `min` and `max`.",
        "  Arguments: by; min; max; when (one of before, after; default before)",
        "  May stand alone: by",
    ]


def test_findings_and_the_hazards_that_they_can_name_lead_to_each_other() -> None:
    (hazard,) = payload("late-commit-visibility")
    assert hazard["findings"] == ["change.outOfReach", "deletion.outOfReach", "answer.incomplete"]
    for finding in payload(*hazard["findings"]):
        assert "late-commit-visibility" in finding["hazards"]
    assert "split-stream-race" not in payload("change.outOfReach")[0]["hazards"]


@pytest.mark.parametrize("word", [*HAZARD_GROUPS, "reading"])
def test_a_group_names_the_hazards_that_this_word_chooses_in_a_trial(word: str) -> None:
    (group,) = (each for each in payload(word) if each["kind"] == "group")
    assert group["hazards"] == [each.name for each in hazards(word)]
    assert group["play"] == f"mockcrm trial --only {word} -- COMMAND"


def test_a_name_of_two_kinds_is_explained_as_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EFFECTS, "since", EFFECTS["html"])
    assert [each["kind"] for each in payload("since")] == ["knob", "effect"]


@pytest.mark.parametrize("name", ["overwrite.blnd", "Overwrite.Blind", "OVERWRITE.BLIND"])
def test_for_an_unknown_name_the_nearest_is_named(name: str) -> None:
    refused = explain("pageSize", name)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert f"Nothing is called {name!r}. Did you mean overwrite.blind" in refused.stderr


@pytest.mark.parametrize("name", ["zzz", "", "x" * 10_000, "\x1b[31m"])
def test_where_no_name_is_near_it_is_said_how_to_see_them_all(name: str) -> None:
    refused = explain(name)
    assert refused.exit_code == 2
    assert "Did you mean" not in refused.stderr
    assert refused.stderr.endswith("Without a name, explain lists all names.\n")


def test_no_network_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(socket, "socket")
    assert explain("overwrite.blind").exit_code == 0


@pytest.mark.parametrize("name", HAZARDS)
def test_what_helps_against_a_hazard_stands_in_one_place(name: str) -> None:
    found = [kind.advice for kind in FINDINGS.values() if kind.hazard == name]
    file = read_yaml(fixture_files("hazards")[name].read_text(encoding="utf-8")).data
    places = [name in ADVICE, "advice" in file["story"]]
    assert sum(places) == 1 or (not any(places) and found)


@pytest.mark.parametrize("name", HAZARDS)
def test_how_a_hazard_is_played_names_one_command_and_one_call(name: str) -> None:
    (explanation,) = payload(name)
    assert explanation["play"].startswith(f"mockcrm scenario play {name} -- COMMAND;")
    assert explanation["play"].endswith(f'mockcrm(scenario="{name}") and crm.scenario.play(client)')


def test_what_a_failure_says_ends_with_a_command_that_explains_it() -> None:
    audit = _audit(("overwrite.blind", "error", "concurrent-lost-update"), ("write.echo", "note", "echo-own-write"))
    *_, last = report.message(audit).splitlines()
    assert last == "More: mockcrm explain overwrite.blind concurrent-lost-update"
    assert explain(*last.split()[3:]).exit_code == 0


def test_what_only_a_newer_server_knows_is_not_to_be_explained() -> None:
    audit = _audit(("overwrite.newer; rm -rf x", "error", "newer-hazard"), ("resurrection.unaware", "error", None))
    assert report.message(audit).endswith("\nMore: mockcrm explain resurrection.unaware")
    assert "More:" not in report.message(_audit(("overwrite.newer", "error", None)))


def _audit(*found: tuple[str, str, str | None]) -> dict[str, Any]:
    findings = [
        {"code": code, "severity": severity, "hazard": hazard, "title": "A", "eventId": None, "explanation": "B"}
        | {"timeline": [], "advice": "C"}
        for code, severity, hazard in found
    ]
    judged = {"verdict": "failed", "reasons": ["A."]}
    account = {"client": "ann", **judged, "findings": findings, "pending": 0, "stats": {"requests": 1, "events": 1}}
    return {**judged, "clean": False, "complete": True, "clients": [account]}


def test_no_message_names_a_page_that_is_not_installed() -> None:
    """Docstrings may: they are read beside the pages."""
    package = Path(glossary.__file__).parent
    for module in package.rglob("*.py"):
        assert not re.search(r"(?<!`)docs/[\w/-]+\.md", module.read_text(encoding="utf-8")), module
