"""A scenario for each mutant of other designs or other ways to write, in which it does what it is named after.

They are fixture files as data (`docs/reference/scenarios.md`), by the mutant's name.
"""

from collections.abc import Mapping
from typing import Any

from mockcrm.sandbox.scenario.fixture_file import scenario_of
from mockcrm.sandbox.scenario.scenario import Scenario

_NOW = "2026-01-05T09:00:00Z"


def _event(key: str, day: str = "2026-01-07", **more: Any) -> Mapping[str, Any]:
    times = {"startTime": f"{day}T10:00:00Z", "endTime": f"{day}T11:00:00Z"}
    return {"key": key, "subject": key.capitalize(), **times, **more}


def _edit(key: str, **changes: Any) -> Mapping[str, Any]:
    return {"edit": {"event": key, "set": changes or {"location": "Room 7"}}}


def _mailbox(key: str, **changes: Any) -> Mapping[str, Any]:
    return {"mailbox": {"edit": {"event": key, "set": changes}}}


def _advance(by: str) -> Mapping[str, Any]:
    return {"advance": {"by": by}}


def _moved(key: str) -> Mapping[str, Any]:
    return _edit(key, startTime="2026-07-07T10:00:00Z", endTime="2026-07-07T11:00:00Z")


_SAME_STAMP: list[Any] = [{"clock": {"tick": "0ms"}}, *map(_edit, "abcdefg"), {"clock": {"tick": "1ms"}}]
_DURING_PAGE_2 = {
    "match": {"operation": "listEvents", "page": 2},
    "effect": {"do": {"actions": [_edit("a", location="Room 8"), _advance("1m")], "when": "before"}},
    "times": 1,
}
_IN_THREE_SLICES = {
    "a": "2026-01-02",
    "b": "2026-01-03",
    "c": "2026-01-07",
    "d": "2026-01-08",
    "e": "2026-02-02",
    "f": "2026-02-03",
}
_ANSWERED = {"emailAddress": "guest@acme.example", "status": "Accepted"}
_NEW_GUEST = {"emailAddress": "other@acme.example", "status": "NeedsAction"}
_BACK_TO_FRONT = {"subject": "Unfit", "startTime": "2026-01-07T11:00:00Z", "endTime": "2026-01-07T10:00:00Z"}

CAUSE_SCENARIOS: Mapping[str, Mapping[str, Any]] = {
    "slides without reading": {
        "events": [_event("near"), _event("far", "2026-02-10")],
        "steps": ["sync", _advance("20d"), "sync"],
    },
    "two filters slide without reading": {
        "events": [_event("near"), _event("far", "2027-01-20")],
        "steps": ["sync", _advance("20d"), "sync"],
    },
    "one watermark for all windows": {
        "events": [_event("soon"), _event("later", "2026-02-10")],
        "steps": ["sync", _advance("1h"), _edit("later"), _advance("1m"), "sync"],
    },
    "stamps in its own zone": {
        "dialect": {"timestampFormat": "spaced"},
        "events": [_event("review")],
        "steps": ["sync", _advance("1h"), _edit("review"), _advance("1h"), "sync"],
    },
    "watermark as startAt": {
        "events": [_event("over", "2025-12-20"), _event("soon")],
        "steps": ["sync", _advance("1h"), _edit("over"), "sync"],
    },
    "watermark as startAt in a window": {
        "events": [_event("over", "2026-01-02"), _event("soon")],
        "steps": ["sync", _advance("1h"), _edit("over"), "sync"],
    },
    "begins with a floor": {
        "events": [_event("old", stamp="2025-11-01T09:00:00Z"), _event("new")],
        "steps": ["sync"],
    },
    "largest stamp of a capped list": {
        "events": [*map(_event, "abcdefg")],
        "steps": ["sync", _advance("1h"), {"dialect": {"resultCap": 3}}, *_SAME_STAMP, *["sync", _advance("1m")] * 4],
    },
    "asks since 1970": {
        "dialect": {"tombstoneRetention": "1h"},
        "events": [_event("review")],
        "steps": ["sync", _advance("2h"), _edit("review"), "sync"],
    },
    "follows repeated tokens": {
        "dialect": {"pageSize": 1},
        "faults": [{"match": {"operation": "listEvents"}, "effect": {"repeatToken": 1}}],
        "events": [*map(_event, "abc")],
        "steps": ["sync", {"clearFaults": {}}, "sync"],
    },
    "token beside another query": {
        "dialect": {"pageSize": 2},
        "events": [*map(_event, "abc")],
        "steps": ["sync", "sync"],
    },
    "keeps what left its window": {
        "events": [_event("review"), _event("stays")],
        "steps": ["sync", _advance("1h"), _moved("review"), "sync"],
    },
    "deltas of windows alone": {
        "events": [_event("review"), _event("stays")],
        "steps": ["sync", _advance("1h"), _moved("review"), "sync"],
    },
    "last page's asOf of windows": {
        "dialect": {"pageSize": 1},
        "faults": [_DURING_PAGE_2],
        "events": [_event("a"), _event("b", "2026-01-08")],
        "steps": ["sync", _advance("1m"), "sync"],
    },
    "last page's asOf of slices": {
        "dialect": {"pageSize": 1},
        "faults": [_DURING_PAGE_2],
        "events": [_event(key, day) for key, day in _IN_THREE_SLICES.items()],
        "steps": ["sync", _advance("1m"), "sync"],
    },
    "largest stamp of slices": {
        "events": [_event("first"), _event("second")],
        "steps": ["sync", _advance("1h"), {"clock": {"tick": "0ms"}}, _edit("first"), "sync", _edit("second"), "sync"],
    },
    "no tombstones in windows": {
        "events": [_event("review"), _event("stays")],
        "steps": ["sync", _advance("1h"), {"delete": {"event": "review"}}, "sync"],
    },
    "ignores 410 in windows": {
        "dialect": {"tombstoneRetention": "1h"},
        "events": [_event("review"), _event("stays")],
        "steps": ["sync", _advance("2h"), _edit("review"), "sync", "sync"],
    },
    "tag by HEAD": {
        "events": [_event("review")],
        "steps": ["sync", _edit("review", subject="Theirs"), _mailbox("review", subject="Mine"), "sync"],
    },
    "old body under a new tag": {
        "events": [_event("review")],
        "steps": ["sync", _edit("review"), _mailbox("review", subject="Mine"), "sync"],
    },
    "bare attendees": {
        "events": [_event("review", attendees=[_ANSWERED])],
        "steps": ["sync", _mailbox("review", attendees=[_ANSWERED, _NEW_GUEST]), "sync"],
    },
    "adds a line": {
        "events": [_event("review", description="Bring the offer")],
        "steps": ["sync", "sync"],
    },
    "writes an hour later": {
        "events": [_event("review")],
        "steps": ["sync", "sync"],
    },
    "repeats what is refused": {
        "events": [_event("review")],
        "steps": [
            "sync",
            {"mailbox": {"create": {"as": "unfit", "set": _BACK_TO_FRONT}}},
            *["sync", _advance("1m")] * 4,
        ],
    },
}


def cause_scenario(name: str) -> Scenario:
    """The scenario of a mutant. Raises `KeyError` for an unknown one."""
    scenario = CAUSE_SCENARIOS[name]
    # No event was changed at exactly the instant of the first read, from which the next one may ask.
    steps = [_advance("1h"), *scenario["steps"]]
    return scenario_of({"title": name, "clock": {"now": _NOW}, **scenario, "steps": steps})
