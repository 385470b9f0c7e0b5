"""The pages that show clients under test: the mailbox and its adapter, a client in Python, hazards as tests."""

import json
import sys
from types import ModuleType
from typing import Any

import pytest

import mockcrm
from mockcrm import connect, create_app
from mockcrm.client.transport import over_http
from mockcrm.reference_client import client as reference
from mockcrm.reference_client.mailbox import MemoryMailbox
from mockcrm.reference_client.normalize import entry_from_event
from tests.docs.pages import blocks, text_of
from tests.samples import TIMES

pytest_plugins = ["pytester"]

SCENARIOS = text_of("docs/reference/scenarios.md")


def test_the_mailbox_on_its_page_is_what_a_scenario_gives() -> None:
    (shown,) = (json.loads(each) for each in blocks(SCENARIOS, "json"))
    steps = [{"mailbox": {verb: _without_id(change)}} for action in shown for verb, change in action.items()]
    scenario: Any = {"events": [{"key": "review", **TIMES}], "steps": [*steps, "sync"]}
    with connect(create_app()).create() as crm:
        crm.scenario.load(scenario)
        assert crm.scenario.next()["mailbox"] == shown


def _without_id(change: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in change.items() if name != "id"}


class Calendar(MemoryMailbox):
    """The calendar of the reference client. Like most, it returns the id of a new entry, and has its own fields."""

    def create(self, content: Any, event_id: str | None = None) -> Any:
        made = super().create(content if event_id else entry_from_event(content), event_id)
        return made if event_id else made.id

    def edit(self, item_id: str, changes: Any) -> Any:
        return super().edit(item_id, entry_from_event(changes))


class Client:
    """The reference client, which knows by itself which entry an event has."""

    def __init__(self, url: str, calendar: MemoryMailbox) -> None:
        self.calendar = calendar
        self.client = reference.Client(over_http(url), calendar, wait=lambda seconds: None)

    def sync(self) -> None:
        self.client.sync()

    def entry_of(self, event_id: str) -> str:
        (entry,) = self.calendar.entries_of(event_id)
        return entry.id

    @property
    def events(self) -> Any:
        return self.client.replica()


def test_the_adapter_on_the_page_carries_over_what_users_do(monkeypatch: pytest.MonkeyPatch) -> None:
    module: Any = ModuleType("calendarsync")
    module.Calendar, module.Client = Calendar, Client
    monkeypatch.setitem(sys.modules, "calendarsync", module)
    (code,) = blocks(SCENARIOS, "python")
    names: dict[str, Any] = {}
    exec(compile(code, "docs/reference/scenarios.md", "exec"), names)
    report = mockcrm.trial(names["Adapter"], only=["mailbox"])
    assert len(report.trials) > 20
    report.assert_passed()


CLIENT = """
import json
from urllib.request import urlopen


class Client:
    since = ""

    def __init__(self, url):
        self.url, self.events = url, {}

    def sync(self):
        query = self.since
        while query is not None:
            with urlopen(f"{self.url}/events{query}") as answer:
                page = json.load(answer)
            for event in page["records"]:
                self.events[event["id"]] = event
                if event.get("deleted"):
                    del self.events[event["id"]]
            query = f"?pageToken={page['nextPageToken']}" if page["nextPageToken"] else None
        self.since = f"?since={page['asOf']}&showDeleted=true"

    def replica(self):
        return self.events
"""
"""A client without a lookback."""


def test_hazards_as_tests_look_as_the_page_says(pytester: pytest.Pytester) -> None:
    page = text_of("docs/how-to/pytest.md")
    (code,) = (each for each in blocks(page, "python") if "mockcrm_hazards" in each)
    folder = pytester.mkdir("tests")
    (folder / "client.py").write_text(CLIENT, encoding="utf-8")
    (folder / "test_hazards.py").write_text(code, encoding="utf-8")
    printed = pytester.runpytest_inprocess(
        "-p", "no:cacheprovider", "--strict-markers", "-rN", "--tb=no", "tests"
    ).outlines
    (shown,) = (each for each in blocks(page, "text") if "mockcrm: hazards" in each)
    lines = shown.splitlines()
    begin = printed.index(lines[0])
    assert printed[begin : begin + len(lines)] == lines
