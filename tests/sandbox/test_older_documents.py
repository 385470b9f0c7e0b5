"""Snapshots and bundles that an older version has written: they use older words, and are still read."""

from random import Random
from typing import Any

from mockcrm.sandbox.bundle import load_bundle
from mockcrm.sandbox.snapshot import dump_snapshot, load_snapshot
from mockcrm.web.replay import replay

RULE: dict[str, Any] = {"match": {"operation": "listEvents"}, "effect": {"status": {"status": 503}}, "times": 2}
COUNTS = {"seed": 0, "seen": 5, "turns": 4, "struck": 2}
EVENT = {
    "id": "1001",
    "startTime": "2026-01-06T09:00:00Z",
    "endTime": "2026-01-06T10:00:00Z",
    "attendees": [{"emailAddress": "ann@example.com"}],
}
CHANGE = {
    "op": "created",
    "committedAt": "2026-01-05T09:00:00.001Z",
    "stamp": "2026-01-05T09:00:00.001Z",
    "stampSeq": 1,
    "visibleAt": "2026-01-05T09:00:00.001Z",
    "origin": "crm",
    "by": None,
    "requestId": None,
    "event": EVENT,
}
SNAPSHOT: dict[str, Any] = {
    "format": "mockcrm.snapshot/1",
    "clock": {"now": "2026-01-05T09:00:00.001Z", "mode": "frozen", "rate": 1.0, "tick": "PT0.001S"},
    "dialect": {},
    "chance": "".join(f"{word:08x}" for word in Random(0).getstate()[1]),
    "idsGiven": 1,
    "changes": [CHANGE],
    "pending": [],
    "keys": {"kickoff": "1001"},
    "agenda": [],
    "answers": [],
    "faults": {"given": 1, "rules": [{"id": "f1", "rule": RULE, **COUNTS}]},
    "plot": {"told": {"title": "Older", "steps": ["sync", "sync"]}, "place": 1, "syncs": 1, "done": False},
}
BUNDLE: dict[str, Any] = {
    "format": "mockcrm.replay/1",
    "sandbox": "default",
    "life": 1,
    "ancestors": [],
    "startedAt": "2026-01-05T09:00:00.001Z",
    "endedAt": "2026-01-05T09:00:00.001Z",
    "start": SNAPSHOT,
    "steps": [
        {
            "method": "POST",
            "path": "/admin/actions",
            "contentType": "application/json",
            "ifMatch": None,
            "body": '{"delete": {"event": "kickoff"}}',
            "at": "2026-01-05T09:00:00.001Z",
            "status": 200,
        }
    ],
    "verdict": {"clean": True, "complete": True, "requestsNotToldApart": 0, "clients": []},
}


def test_the_count_of_a_fault_rule_is_read_by_its_older_name() -> None:
    ((rule_id, rule, tally),) = load_snapshot(SNAPSHOT).faults
    assert (rule_id, rule.raw) == ("f1", RULE)
    assert (tally.seen, tally.turns, tally.applied) == (5, 4, 2)


def test_what_is_read_is_written_with_the_newer_name() -> None:
    (written,) = dump_snapshot(load_snapshot(SNAPSHOT))["faults"]["rules"]
    assert written == {"id": "f1", "rule": RULE, "seed": 0, "seen": 5, "turns": 4, "applied": 2}


def test_the_scenario_goes_on_where_it_was() -> None:
    """It does not say at which syncs requests came: nobody is accused of having missed one."""
    plot = dump_snapshot(load_snapshot(SNAPSHOT))["plot"]
    assert plot == {**SNAPSHOT["plot"], "asked": [True] * SNAPSHOT["plot"]["syncs"], "shown": None}


def test_a_bundle_that_starts_with_an_older_snapshot_is_played_again() -> None:
    outcome = replay(BUNDLE)
    assert (outcome.divergences, outcome.changed) == ((), ())
    assert [step.method for step in load_bundle(BUNDLE).steps] == ["POST"]
