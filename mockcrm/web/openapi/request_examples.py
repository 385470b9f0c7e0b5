"""Example bodies, by the endpoint of the view that takes them. The description of the API shows them."""

from collections.abc import Mapping
from typing import Any

from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.kinds.registry import KINDS

_REPLICA = {"replica": [{"id": "1001", "lastModifiedAt": "2026-03-02T09:00:00.000Z"}]}
_SNAPSHOT: Mapping[str, Any] = {
    "format": "mockcrm.snapshot/1",
    "clock": {"now": "2026-03-02T09:00:00.000000Z", "mode": "frozen", "rate": 1.0, "tick": "PT0.001S"},
    "dialect": {},
    "chance": "00000001" * 624 + "00000270",
    "idsGiven": {},
    "changes": [],
    "pending": [],
    "keys": {},
    "agenda": [],
    "faults": {"given": 0, "rules": []},
    "plot": None,
    "answers": [],
}


def _of_kind(kind: Kind) -> Mapping[str, Any]:
    """The example bodies of the calls of one kind of records."""
    name, sample = kind.name, {**kind.sample}
    ((field, value), *_) = sample.items()
    in_calendar = {
        f"api.create_calendar_{name}": sample,
        f"api.update_calendar_{name}": {field: value},
        f"api.replace_calendar_{name}": sample,
    }
    return (in_calendar if kind.in_calendars else {}) | {
        f"api.create_{name}": sample,
        f"api.update_{name}": {field: value},
        f"api.replace_{name}": sample,
        f"admin.create_{name}": {"key": "demo", **sample, "by": "ann"},
        f"admin.update_{name}": {field: value, "visibleAfter": "5m"},
        f"admin.replace_{name}": sample,
        f"admin.delete_{name}": {"by": "ann"},
        f"admin.restore_{name}": {"by": "ann"},
    }


BODIES: Mapping[str, Any] = {
    **{endpoint: body for kind in KINDS.values() for endpoint, body in _of_kind(kind).items()},
    "admin.set_clock": {"now": "2026-03-02T09:00:00Z", "mode": "frozen"},
    "admin.advance_clock": {"by": "5m"},
    "admin.perform_actions": [{"edit": {"event": "kickoff", "set": {"subject": "Moved"}}}, {"advance": {"by": "1m"}}],
    "admin.seed": {"count": 10, "seed": 7},
    "admin.reset": {"to": "empty"},
    "admin.put_snapshot": _SNAPSHOT,
    "admin.change_dialect": {"since": "exclusive"},
    "admin.replace_dialect": {"name": "google"},
    "admin.create_faults": {"match": {"operation": "listEvents"}, "effect": {"status": 503}, "times": 1},
    "admin.find_requests": {"operation": "listEvents", "query": {"since": {"matches": "^2026"}}},
    "admin.count_requests": {"operation": "deleteEvent"},
    "admin.verify_requests": {"requests": [{"operation": "deleteEvent", "eventId": "1001"}], "times": {"exactly": 1}},
    "admin.post_audit": _REPLICA,
    "admin.post_scenario_replica": _REPLICA,
    "admin.put_scenario": {"name": "quickstart"},
    "admin.create_sandbox": {"name": "mine", "from": "default"},
    "admin.put_sandbox": {"from": "default"},
    "admin.put_replay": {
        "format": "mockcrm.replay/1",
        "sandbox": "default",
        "life": 1,
        "ancestors": [],
        "startedAt": "2026-03-02T09:00:00.000000Z",
        "machineStartedAt": None,
        "endedAt": "2026-03-02T09:05:00.000000Z",
        "start": _SNAPSHOT,
        "steps": [
            {
                "method": "POST",
                "path": "/admin/clock/advance",
                "contentType": "application/json",
                "ifMatch": None,
                "body": '{"by": "5m"}',
                "at": "2026-03-02T09:00:00.000000Z",
                "status": 200,
            }
        ],
        "verdict": {
            "verdict": "inconclusive",
            "reasons": ["No client has sent a request."],
            "clean": False,
            "complete": True,
            "requestsNotToldApart": 0,
            "clients": [],
        },
    },
    "admin.change_demo": {"every": 5, "safeguards": {"tombstones": False}},
    "admin.start_tour": {"name": "late-commit", "playing": True},
    "admin.change_tour": {"card": 2},
}
