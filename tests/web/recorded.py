"""Answers of a server to the examples in its description, which `response_examples.json` shows to its readers.

`python -m tests.web.recorded` writes them anew.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from mockcrm import Sandboxes, create_app
from mockcrm.base.wsgi import call_app
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.sandbox.scenario.fixture_file import read_scenario
from mockcrm.web.admin.demo import play
from mockcrm.web.app import with_all_routes
from mockcrm.web.media_types import ICALENDAR, JSON
from mockcrm.web.openapi import document as openapi
from mockcrm.web.openapi.declare import declaration_of
from mockcrm.web.openapi.request_examples import BODIES
from mockcrm.web.representations.demo import (
    ColleagueJson,
    DemoClientJson,
    DemoJson,
    TourJson,
    TourRunJson,
    TourTitleJson,
    WholeTourJson,
)

FILE = Path(openapi.__file__).with_name("response_examples.json")
_WORLD = """
title: Two meetings
clock: {now: 2026-03-02T09:00:00Z, mode: frozen}
events:
  - key: kickoff
    id: "1001"
    subject: Kickoff with Acme
    startTime: 2026-03-03T09:00:00Z
    endTime: 2026-03-03T10:00:00Z
    location: Room Turing
    attendees: [{emailAddress: wile@acme.example, contactId: 7001}]
    relatedTo: [{type: Account, id: "5001", name: Acme}]
  - {key: lunch, subject: Lunch, startTime: 2026-03-04T12:00:00Z, endTime: 2026-03-04T13:00:00Z}
steps:
  - sync
  - edit: {event: kickoff, set: {location: Room Hopper}}
  - sync
"""
_BEFORE = (
    (
        "POST",
        "/api/v1/events",
        {"subject": "Call", "startTime": "2026-03-03T15:00:00Z", "endTime": "2026-03-03T16:00:00Z"},
    ),
    ("GET", "/api/v1/events", None),
    ("DELETE", "/admin/events/lunch", None),
    ("PATCH", "/admin/events/kickoff", {"location": "Room 7", "stamp": "-1h"}),
    ("POST", "/admin/clock/advance", {"by": "1m"}),
    ("GET", "/api/v1/events?since=2026-03-02T09:00:00.000Z", None),
    ("POST", "/admin/faults", {"match": {"operation": "listEvents"}, "effect": {"status": 503}, "skip": 1}),
)
"""What has happened before each call: a client has read and written, and missed a change; a fault rule waits."""
_OTHER_PATHS = {
    **{f"admin.restore_{kind.name}": f"/admin/{kind.path}/1002/restore" for kind in KINDS.values()},
    "admin.restore_event": "/admin/events/lunch/restore",
    "admin.get_scenario_file": "/admin/scenarios/quickstart",
    "admin.put_sandbox": "/admin/sandboxes/mine",
    "admin.put_replay": "/admin/sandboxes/seen/replay",
}
_BEFORE_IT = {"calendar.get_mailbox_calendar": [("POST", "/admin/sandboxes", {"name": "mailbox", "from": "default"})]}
"""What else has happened before a call that needs it."""
_SHOWN = (JSON, ICALENDAR)


def more_records() -> Iterator[tuple[str, str, Any]]:
    """What makes two records of every kind but events, and deletes the second."""
    for kind in KINDS.values():
        if kind is not EVENT:
            for _ in range(2):
                yield "POST", f"/admin/{kind.path}", {**kind.sample}
            yield "DELETE", f"/admin/{kind.path}/1002", None


_MEASURED = {
    "tookMs": 0.4,
    "took": 0.0004,
    "seconds": 0.0004,
    "machineStartedAt": "2026-03-02T09:00:00.000000Z",
    "startedDateTime": "2026-03-02T09:00:00.000Z",
    "time": 0.4,
    "wait": 0.4,
}
"""What is measured, and what stands for it, so that two recordings are the same."""
_BY_CHANCE = {"admin.get_feed": {"number": 1024}}
"""What is drawn by chance, and what stands for it."""
_TIMELESS = "admin.reset"
"""Without its body: a CRM that was made empty goes by the world's clock."""
_LONG = {"admin.list_dialects": "dialects", "admin.list_scenarios": "scenarios"}
"""Lists of which two rows will do."""


_TOUR_TITLE: TourTitleJson = {
    "name": "late-commit",
    "title": "A change that shows up late",
    "about": "A slow save has an early time, and becomes visible only after the client has looked past that time.",
    "hazard": "late-commit-visibility",
}
_TOUR: TourJson = {
    "name": "late-commit",
    "title": "A change that shows up late",
    "hazard": "late-commit-visibility",
    "card": 5,
    "cards": 6,
    "playing": True,
    "secondsLeft": 12.4,
    "moving": False,
    "run": "careful",
    "problem": None,
}


class ShownDemo:
    """A demo as its calls show it; it plays nothing."""

    def status(self) -> DemoJson:
        sentence = "Asks for deletions."
        client: DemoClientJson = {
            "name": "reference",
            "engine": "reference",
            "every": 3.0,
            "paused": False,
            "rounds": 12,
            "syncing": False,
            "lastRound": {
                "startedAt": "2026-03-02T09:00:33.000Z",
                "endedAt": "2026-03-02T09:00:33.120Z",
                "problem": None,
            },
            "cursor": "2026-03-02T08:50:33.040Z",
            "safeguards": [{"name": "tombstones", "sentence": sentence, "on": True}],
        }
        return {"running": True, "mailbox": "mailbox", "client": client, "tours": [_TOUR_TITLE], "tour": _TOUR}

    def change(self, **_: Any) -> None: ...

    def sync(self) -> None: ...

    def reset(self) -> None: ...

    def colleague(self) -> ColleagueJson:
        return {"eventId": "1001", "seq": 45, "sentence": "A colleague moved “Kickoff with Acme” by 30 minutes."}

    def tour(self, **_: Any) -> WholeTourJson:
        title, text = "A slow save", "At 09:00 a colleague moves the review to Thursday."
        advice = "Ask from before the last asOf."
        reasons = ["audit: expected no findings, but the audit finds change.outOfReach."]
        careless: TourRunJson = {
            "client": "careless",
            "outcome": "failed",
            "reasons": reasons,
            "findings": [],
            "advice": advice,
        }
        return {
            **_TOUR,
            "texts": [{"title": title, "text": text, "run": "careless"}],
            "runs": {"careless": careless, "careful": None},
            "earlier": {"client": "careless", "requests": [], "changes": [], "findings": []},
        }

    def start_tour(self, **_: Any) -> None: ...

    def steer_tour(self, **_: Any) -> None: ...

    def end_tour(self) -> None: ...


def answers() -> dict[str, Any]:
    """What each view that answers with JSON or a calendar answers, by its endpoint; but the description."""
    return dict(sorted(_recorded()))


def _recorded() -> Iterator[tuple[str, Any]]:
    app = with_all_routes(create_app())
    for rule in app.url_map.iter_rules():
        declaration = declaration_of(app.view_functions[rule.endpoint])
        if declaration.answers is None or declaration.media_type not in _SHOWN or rule.endpoint == "about.describe_api":
            continue
        path = _OTHER_PATHS.get(rule.endpoint) or openapi.path_of(rule.rule, example=True)
        (method,) = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        body = None if rule.endpoint == _TIMELESS else BODIES.get(rule.endpoint)
        payload = _answer(*_BEFORE_IT.get(rule.endpoint, ()), (method, path, body))
        if name := _LONG.get(rule.endpoint):
            payload |= {name: payload[name][:2], "length": 2}
        if rule.endpoint in _BY_CHANCE:
            payload |= _BY_CHANCE[rule.endpoint]
        yield rule.endpoint, _steadied(payload)


def _steadied(payload: Any) -> Any:
    if isinstance(payload, dict):
        return {name: _MEASURED.get(name) or _steadied(value) for name, value in payload.items()}
    return [*map(_steadied, payload)] if isinstance(payload, list) else payload


def _answer(*calls: tuple[str, str, Any]) -> Any:
    """What the last of some calls is answered with."""
    app = create_app(Sandboxes(read_scenario(_WORLD, "two.yaml")))
    play(app, ShownDemo())
    of_records = any(f"/{kind.path}" in path for _, path, _ in calls for kind in KINDS.values() if kind is not EVENT)
    for each in (*_BEFORE, *(more_records() if of_records else ()), *calls):
        payload = _ask(app, *each)
    return payload


def _ask(app: Any, method: str, path: str, body: Any) -> Any:
    data = b"" if body is None else orjson.dumps(body)
    answer = call_app(app, method, path, {"Content-Type": JSON} if data else {}, data)
    assert answer.status < 300, (method, path, answer.body)
    if answer.headers.get("content-type", "").startswith(ICALENDAR):
        return answer.body.decode()
    return answer.json if answer.body else None


if __name__ == "__main__":
    payload = ",\n".join(f'"{view}": {orjson.dumps(answer).decode()}' for view, answer in answers().items())
    FILE.write_text(f"{{\n{payload}\n}}\n", encoding="utf-8")
