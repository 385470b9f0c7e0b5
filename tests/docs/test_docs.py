"""The documentation says what is: its sessions print what they show, and nothing that there is goes unnamed."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpcore  # noqa: F401  httpx imports it late, for good; a test run within this one would take it away again
import pytest

from benchmarks.install import TEST
from mockcrm import Refusal, connect, create_app, errors
from mockcrm.audit.findings import FINDINGS
from mockcrm.errors import every_refusal
from mockcrm.journal.matcher import JournalMatcherSchema
from mockcrm.reference_client.safeguards import Virtue
from mockcrm.sandbox.action_schemas import RULE, VERBS
from mockcrm.sandbox.scenario.scenario import read_scenario
from mockcrm.trials.matrix import MUTANTS
from tests.docs import made, tutorial
from tests.docs.console import ROOT, example, exchanges, replayed
from tests.sample.users import EXPECTED

pytest_plugins = ["pytester"]

REFERENCE = (ROOT / "docs" / "reference.md").read_text()
FAULTS = (ROOT / "docs" / "faults.md").read_text()
CLIENT = "__import__('urllib.request').request.urlopen(f'{crm.url}/events').read()"
"""What runs where a page says that the reader's client does."""
QUICKSTART = ROOT / "fixtures" / "quickstart.yaml"


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "docs/explanation/clock.md",
        "docs/reference/faults.md",
        "docs/explanation/audit.md",
        "docs/how-to/replay.md",
        "docs/reference/fixtures.md",
        "docs/howto.md",
        "docs/by-hand.md",
        "docs/command-line.md",
        "docs/other-languages.md",
    ],
)
def test_a_console_session_prints_what_the_page_shows(name: str) -> None:
    text = (ROOT / name).read_text()
    for told, seen in zip(exchanges(text), replayed(text, QUICKSTART), strict=True):
        assert seen == told


def test_the_tutorial_on_scenarios_prints_what_the_page_shows(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "scenarios.md").read_text()
    for told, seen in zip(exchanges(text), replayed(text, example(text, tmp_path / "lunch.yaml")), strict=True):
        assert seen == told


@pytest.mark.parametrize(
    "name", ["docs/explanation/audit.md", "docs/reference/client.md", "docs/contributing/trials.md"]
)
def test_the_pages_show_python_that_runs(name: str) -> None:
    shown = re.findall(r"```python\n(.*?)```", (ROOT / name).read_text(), re.DOTALL)
    assert shown
    for code in shown:
        exec(compile(code, name, "exec"), {})


@pytest.mark.parametrize("name", ["README.md", "docs/how-to/pytest.md", "docs/contributing/performance.md"])
def test_the_pages_show_a_test_that_passes(pytester: pytest.Pytester, name: str) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / name).read_text(), re.DOTALL)
    pytester.makepyfile(re.sub(r"^    \.\.\..*", f"    {CLIENT}", code, flags=re.MULTILINE))
    pytester.runpytest_inprocess("-p", "no:cacheprovider", "--strict-markers").assert_outcomes(passed=1)


def test_the_page_on_performance_shows_the_test_that_is_measured() -> None:
    assert f"```python\n{TEST}```" in (ROOT / "docs" / "performance.md").read_text()


def test_the_page_on_pytest_shows_what_is_said_of_a_test_that_fails() -> None:
    (told,) = re.findall(r"```text\n(.*?)```", (ROOT / "docs" / "pytest.md").read_text(), re.DOTALL)
    assert told in EXPECTED.read_text()


def test_the_example_of_a_fixture_file_can_be_read() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "fixtures.md").read_text(), re.DOTALL)
    assert read_scenario(example, "docs/reference/fixtures.md").start().store.live_count() == 41


def test_mistakes_in_a_fixture_file_look_as_the_page_says() -> None:
    text = "title: Spring\nevents:\n  - startTime: 2026-03-02T10:00:00Z\n    endTime: 2026-03-02T09:00:00Z\n"
    with pytest.raises(Refusal) as refusal:
        read_scenario(text, "spring.yaml")
    assert refusal.value.message in (ROOT / "docs" / "fixtures.md").read_text()


@pytest.mark.parametrize(("page", "name"), made.MADE)
def test_what_is_made_from_the_code_is_as_the_code_says(page: str, name: str) -> None:
    _, part, _ = made.parts(page, name)
    assert part == "".join(made.MADE[page, name]()), "Look at what differs, and then: python -m tests.docs.made"


def test_every_field_of_the_access_log_is_in_the_reference() -> None:
    records: list[dict[str, Any]] = []
    connect(create_app(log=records.append)).clock.get()
    told = REFERENCE.partition("## The access log")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", told, re.MULTILINE) == [*records[0]]


def test_every_verb_is_in_the_reference() -> None:
    for verb in VERBS:
        assert f"| `{verb}` |" in REFERENCE


@pytest.mark.parametrize("name", [*JournalMatcherSchema().fields, *RULE.fields])
def test_every_field_of_rules_and_matchers_is_in_the_page_on_faults(name: str) -> None:
    assert f"`{name.rstrip('_')}`" in FAULTS


def test_every_virtue_and_every_mutant_is_in_the_page_on_trials() -> None:
    page = (ROOT / "docs" / "trials.md").read_text()
    for virtue in Virtue:
        assert f"| `{virtue.name}` | {virtue.value} |" in page
    for name, without in MUTANTS.items():
        lacks = ", ".join(virtue.name for virtue in Virtue if virtue in without)
        assert name == "careful" or f"| {name} | {lacks} |" in page


def test_the_page_for_contributors_names_files_that_there_are() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for name in re.findall(r"`((?:\w+/)*[\w*]+(?:\.py|/))`", page):
        assert any(found for folder in ("", "mockcrm", "tests") for found in (ROOT / folder).glob(name)), name


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"])
def test_the_links_of_the_pages_at_the_top_lead_somewhere(name: str) -> None:
    for path, anchor in re.findall(r"\]\(([\w/.-]+\.md)(?:#([\w-]+))?\)", (ROOT / name).read_text(encoding="utf-8")):
        headings = re.findall(r"^#+ (.*)$", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
        assert not anchor or anchor in {re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings}


def test_every_hazard_that_a_finding_names_has_a_file() -> None:
    named = {hazard for kind in FINDINGS.values() for hazard in kind.hazards}
    assert named <= {path.stem for path in (ROOT / "fixtures" / "hazards").glob("*.yaml")}


def test_what_findings_have_named_in_trials_they_are_declared_to_name() -> None:
    found = set(re.findall(r"✗ ([\w.]+) \(([\w-]+)\)", (ROOT / "docs" / "trials.md").read_text(encoding="utf-8")))
    assert len(found) > 30
    assert {(code, hazard) for code, hazard in found if hazard not in FINDINGS[code].hazards} == set()


@pytest.mark.parametrize("kind", every_refusal(), ids=lambda kind: kind.__name__)
def test_every_error_is_in_the_tree(kind: type[Refusal]) -> None:
    status = getattr(kind, "status", "any")
    assert re.search(rf"{kind.__name__} +{status}  {re.escape(kind.code)}\b", errors.__doc__ or "")


def test_the_tutorial_can_be_followed(pytester: pytest.Pytester) -> None:
    for block in tutorial.blocks((ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")):
        if block.kind == "python":
            tutorial.write(block, pytester.path)
        else:
            printed = pytester.runpytest_inprocess(*block.first.removeprefix("$ pytest ").split()).stdout.str()
            assert tutorial.lacking(block.rest, printed) is None, printed


def test_the_recipes_hold(pytester: pytest.Pytester) -> None:
    page = (ROOT / "docs" / "howto.md").read_text(encoding="utf-8")
    conftest, *recipes = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    pytester.makeconftest(conftest)
    pytester.syspathinsert(ROOT / "tests" / "sample" / "project")
    pytester.makepyfile("import httpx\nimport pytest\n\n\n" + "\n\n".join(recipes))
    pytester.runpytest_inprocess("-p", "no:cacheprovider", "--strict-markers").assert_outcomes(passed=len(recipes) + 6)


def test_the_test_in_javascript_passes_where_there_is_node_and_its_calls_exist_everywhere(tmp_path: Path) -> None:
    (code,) = re.findall(r"```javascript\n(.*?)```", (ROOT / "docs" / "other-languages.md").read_text(), re.DOTALL)
    calls = re.findall(r'ask\("(\w+)", ["`](?:\$\{mine\})?(/[^"`?]*)', code)
    assert len(calls) == code.count("ask(") - 1
    for method, path in calls:
        create_app().url_map.bind("").match(path, method)
    if node := shutil.which("node"):
        (tmp_path / "moved.test.mjs").write_text(code, encoding="utf-8")
        own = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
        subprocess.run([node, "--test", "moved.test.mjs"], cwd=tmp_path, env=own, timeout=60, check=True)


ANEW = """
import json, urllib.request

class Calendar:
    def __init__(self, url):
        self.url, self.events = f"{url}/events", {}

    def sync(self):
        with urllib.request.urlopen(self.url) as answer:
            page = json.load(answer)
        self.events = {event["id"]: event for event in page["records"]}
"""
SINCE = (
    ANEW
    + """
        self.url = f"{self.url.partition('?')[0]}?since={page['asOf']}&showDeleted=true"
"""
)


@pytest.mark.parametrize(("client", "outcome"), [(ANEW, "passed"), (SINCE, "failed")])
def test_the_test_on_the_page_of_scenarios_finds_the_bug(pytester: pytest.Pytester, client: str, outcome: str) -> None:
    page = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    example(page, pytester.path / "lunch.yaml")
    pytester.makepyfile(code, sync=client)
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(**{outcome: 1})
    if outcome == "failed":
        result.stdout.fnmatch_lines(["E *AssertionError: audit: it finds deletion.expired, not nothing."])
