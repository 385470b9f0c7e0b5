"""Clients that make no progress are stopped, and the trial goes on."""

from typing import Any

import pytest

from mockcrm.reference_client import paging, push
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.sandbox.scenario.fixture_file import scenario_of
from mockcrm.trials.run import TrialResult, run_trial
from tests.samples import TIMES

STOPPED = "`sync` was stopped after 40 requests."
EVENTS = [{"key": key, "subject": key, **TIMES} for key in "abc"]


def play(without: Safeguard, **scenario: Any) -> TrialResult:
    return run_trial(scenario_of({"events": EVENTS, "steps": ["sync"], **scenario}), {without}, max_requests=40)


def codes(result: TrialResult) -> set[str]:
    return {found.kind.code for found in result.grave}


def test_a_client_that_follows_tokens_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "MAX_PAGES", 10**9)
    result = play(Safeguard.LOOP_GUARD, dialect={"pageSize": 1}, faults=[{"effect": {"repeatToken": 1}}])
    assert result.failures == (STOPPED,)
    assert "pageToken.loop" in codes(result)
    assert {found.count for found in result.findings if found.kind.code == "pageToken.loop"} == {39}


def test_a_client_that_writes_with_a_stale_tag_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push, "MAX_ATTEMPTS", 10**9)
    edit = {"mailbox": {"edit": {"event": "a", "set": {"subject": "New"}}}}
    refused = {"match": {"operation": "updateEvent"}, "effect": {"status": 412}}
    result = play(Safeguard.LOOP_GUARD, steps=["sync", edit, "sync"], faults=[refused])
    assert result.failures[0] == STOPPED
    assert "request.futile" in codes(result)


def test_a_client_that_ends_is_not_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "MAX_PAGES", 20)
    result = play(Safeguard.LOOP_GUARD, dialect={"pageSize": 1}, faults=[{"effect": {"repeatToken": 1}}])
    assert result.failures
    assert STOPPED not in result.failures
