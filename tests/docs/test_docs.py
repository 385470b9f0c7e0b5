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
from mockcrm.errors.records import RecordRefusal
from mockcrm.journal.matcher_schema import JournalMatcherSchema
from mockcrm.sandbox.action_schemas import RULE, VERBS
from mockcrm.sandbox.scenario.fixture_file import read_scenario
from mockcrm.web.app import with_all_routes
from tests.docs import made, tutorial
from tests.docs.console import example, exchanges, replayed, start_of
from tests.docs.pages import PAGES, ROOT, blocks, named, text_of

pytest_plugins = ["pytester"]

MATCHERS = text_of("docs/reference/faults.md") + text_of("docs/reference/journal.md")
"""The pages on which the fields of rules and matchers stand."""
CLIENT = "__import__('urllib.request').request.urlopen(f'{crm.url}/events').read()"
"""What runs where a page says that the reader's client does."""
SESSIONS = [page for page in PAGES if "```console" in page.read_text(encoding="utf-8") and page.name != "tutorial.md"]
"""The pages with sessions in a shell; the tutorial's are runs of pytest."""


@pytest.mark.parametrize("page", SESSIONS, ids=named)
def test_a_console_session_prints_what_the_page_shows(page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for shown, seen in zip(exchanges(text), replayed(text, start_of(page, tmp_path)), strict=True):
        assert seen == shown


@pytest.mark.parametrize(
    "name", ["docs/how-to/audit.md", "docs/how-to/tls.md", "docs/reference/client.md", "docs/contributing/trials.md"]
)
def test_the_pages_show_python_that_runs(name: str) -> None:
    assert blocks(text_of(name), "python")
    for code in blocks(text_of(name), "python"):
        exec(compile(code, name, "exec"), {})


@pytest.mark.parametrize("name", ["README.md", "docs/how-to/pytest.md", "docs/contributing/performance.md"])
def test_the_pages_show_a_test_that_passes(pytester: pytest.Pytester, name: str) -> None:
    code, *_ = blocks(text_of(name), "python")
    pytester.makepyfile(re.sub(r"^    \.\.\..*", f"    {CLIENT}", code, flags=re.MULTILINE))
    pytester.runpytest_inprocess("-p", "no:cacheprovider", "--strict-markers").assert_outcomes(passed=1)


def test_the_page_on_performance_shows_the_test_that_is_measured() -> None:
    assert f"```python\n{TEST}```" in text_of("docs/contributing/performance.md")


def test_the_examples_of_fixture_files_can_be_read() -> None:
    shown = blocks(text_of("docs/reference/fixtures.md"), "yaml")
    march, team = (read_scenario(each, "docs/reference/fixtures.md").start().crm for each in shown)
    assert march.store.events.live_count() == 41
    (kickoff,) = team.store.events.live()
    assert [each.resolves for each in kickoff.event.related_to] == [True]
    assert [bool(each.email_address) for each in kickoff.event.attendees] == [True, False]


def test_mistakes_in_a_fixture_file_look_as_the_page_says() -> None:
    text = "title: Spring\nevents:\n  - startTime: 2026-03-02T10:00:00Z\n    endTime: 2026-03-02T09:00:00Z\n"
    with pytest.raises(Refusal) as refusal:
        read_scenario(text, "spring.yaml")
    assert refusal.value.message in text_of("docs/reference/fixtures.md")


@pytest.mark.parametrize(("page", "name"), made.MADE)
def test_what_is_made_from_the_code_is_as_the_code_says(page: str, name: str) -> None:
    _, part, _ = made.parts(page, name)
    assert part == "".join(made.MADE[page, name]()), "Look at what differs, and then: python -m tests.docs.made"


def test_every_field_of_the_access_log_is_on_its_page() -> None:
    records: list[dict[str, Any]] = []
    connect(create_app(log=records.append)).clock.get()
    page = text_of("docs/reference/access-log.md")
    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == [*records[0]]


def test_every_verb_is_in_the_page_on_actions() -> None:
    page = text_of("docs/reference/actions.md")
    for verb in VERBS:
        assert f"| `{verb}` |" in page


@pytest.mark.parametrize("name", [*JournalMatcherSchema().fields, *RULE.fields])
def test_every_field_of_rules_and_matchers_is_in_the_pages_on_faults_and_the_journal(name: str) -> None:
    assert f"`{name.rstrip('_')}`" in MATCHERS


def test_the_page_for_contributors_names_files_that_there_are() -> None:
    page = text_of("CONTRIBUTING.md")
    for name in re.findall(r"`((?:\w+/)*[\w*]+(?:\.py|/))`", page):
        assert any(found for folder in ("", "mockcrm", "tests") for found in (ROOT / folder).glob(name)), name


def test_every_hazard_that_a_finding_names_has_a_file() -> None:
    named = {hazard for kind in FINDINGS.values() for hazard in kind.hazards}
    assert named <= {path.stem for path in (ROOT / "fixtures" / "hazards").glob("*.yaml")}


@pytest.mark.parametrize("kind", every_refusal(), ids=lambda kind: kind.__name__)
def test_every_error_is_in_the_tree(kind: type[Refusal]) -> None:
    status = getattr(kind, "status", "any")
    if issubclass(kind, RecordRefusal):
        name, code = kind.__mro__[1].__name__, f"{{kind}}.{kind.problem}"
    else:
        name, code = kind.__name__, kind.code
    assert re.search(rf"{name} +{status}  {re.escape(code)}\b", errors.__doc__ or "")


def test_the_tutorial_can_be_followed(pytester: pytest.Pytester) -> None:
    for block in tutorial.blocks(text_of("docs/tutorial.md")):
        if block.kind == "python":
            tutorial.write(block, pytester.path)
        else:
            printed = pytester.runpytest_inprocess(*block.first.removeprefix("$ pytest ").split()).stdout.str()
            assert tutorial.lacking(block.rest, printed) is None, printed


def test_the_recipes_hold(pytester: pytest.Pytester) -> None:
    conftest, *recipes = blocks(text_of("docs/how-to/recipes.md"), "python")
    pytester.makeconftest(conftest)
    pytester.syspathinsert(ROOT / "tests" / "sample" / "project")
    pytester.makepyfile("import httpx\nimport pytest\n\n\n" + "\n\n".join(recipes))
    pytester.runpytest_inprocess("-p", "no:cacheprovider", "--strict-markers").assert_outcomes(passed=len(recipes) + 6)


def test_the_test_in_javascript_passes_where_there_is_node_and_its_calls_exist_everywhere(tmp_path: Path) -> None:
    (code,) = blocks(text_of("docs/how-to/other-languages.md"), "javascript")
    calls = re.findall(r'ask\("(\w+)", ["`](?:\$\{mine\})?(/[^"`?]*)', code)
    assert len(calls) == code.count("ask(") - 1
    for method, path in calls:
        with_all_routes(create_app()).url_map.bind("").match(path, method)
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
    page = text_of("docs/how-to/scenarios.md")
    (code,) = blocks(page, "python")
    example(page, pytester.path / "lunch.yaml")
    pytester.makepyfile(code, sync=client)
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(**{outcome: 1})
    if outcome == "failed":
        result.stdout.fnmatch_lines(
            ["E *AssertionError: audit: expected no findings, but the audit finds deletion.expired."]
        )
