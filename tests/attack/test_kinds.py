"""Random requests over all kinds of records, in random dialects: none is a bug, and a refused one changes nothing.

`make attack` draws single requests from the API's description. These here know each other's ids, so that links lead
somewhere, calendars have events, and what was merged is asked for again.
"""

from random import Random
from typing import Any

import orjson
import pytest

from mockcrm import Sandboxes, create_app
from mockcrm.base.wsgi import Response, call_app
from mockcrm.crm.dialect.knobs import KNOBS, Choice
from mockcrm.crm.kinds.registry import KINDS
from tests.crm.invariants import check_store


def _words(knob: str) -> tuple[Any, ...]:
    values = KNOBS[knob].values
    assert isinstance(values, Choice)
    return (*values.words,)


CHOICES = (
    *("references", "onDelete", "merged", "calendars", "eventOwner", "deletions", "paging"),
    *("childEvents", "childOrder", "childrenOnDelete"),
)
KNOBS_OF_KINDS: dict[str, tuple[Any, ...]] = {
    **{name: _words(name) for name in CHOICES},
    "me": (None, "1002", "key1", "nobody"),
    "indexLag": (None, "2s"),
}
ADDRESSES = ("ann@acme.example", "ANN@acme.example", "bob@acme.example", "İ@acme.example")
STRANGE = ("me", "primary", "77", "key1", "", "\u0000", "9223372036854775808", "ß")
STEPS = 60


class Sequence:
    """Requests to one CRM, each of which is checked."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.sandboxes = Sandboxes()
        self.app = create_app(self.sandboxes)
        self.send("GET", "/api/v1/events")
        self.send("PUT", "/admin/clock", {"now": "2026-01-05T09:00:00Z", "mode": "frozen"})
        self.state = self.send("GET", "/admin/snapshot").body

    def send(self, method: str, path: str, body: Any = None) -> Response:
        headers = {"Host": "localhost", "Content-Type": "application/json"}
        return call_app(self.app, method, path, headers, b"" if body is None else orjson.dumps(body))

    def check(self, method: str, path: str, body: Any = None) -> None:
        answer, before = self.send(method, path, body), self.state
        request = method, path, body, answer.body
        assert answer.status < 500, request
        self.state = self.send("GET", "/admin/snapshot").body
        if answer.status >= 400 or method == "GET":
            assert self.state == before, request
            return
        with self.sandboxes.get("default").open() as state:
            check_store(state.crm.store)

    # What is drawn

    def record(self, kind: str) -> str:
        with self.sandboxes.get("default").open() as state:
            ids = [change.record.id for change in state.crm.store.of(KINDS[kind]).visible_all()]
        return self.chance.choice(ids) if ids and self.chance.random() < 0.85 else self.chance.choice(STRANGE)

    def kind(self) -> str:
        return self.chance.choice([*KINDS, "event", "user", "calendar"])

    def attendee(self) -> dict[str, Any]:
        contact = self.record("contact")
        ways: dict[str, Any] = {"userId": self.record("user"), "emailAddress": self.chance.choice(ADDRESSES)}
        ways |= {"contactId": int(contact)} if contact.isdecimal() and len(contact) < 9 else {}
        return {name: ways[name] for name in self.chance.sample([*ways], self.chance.randint(1, len(ways)))}

    def fields(self, kind: str) -> dict[str, Any]:
        draw = self.chance.randint
        fields: dict[str, Any] = {
            "name": "Acme",
            "lastName": "Baker",
            "emailAddress": self.chance.choice(ADDRESSES),
            "startTime": f"2026-01-{draw(1, 28):02}T09:00:00Z",
            "endTime": "2026-02-01T00:00:00Z",
            "attendees": [self.attendee() for _ in range(draw(0, 3))],
            "relatedTo": [{"type": "Contact", "id": self.record("contact")} for _ in range(draw(0, 2))],
            "contactIds": [self.record("contact") for _ in range(draw(0, 3))],
            "accountId": self.record("account"),
            "ownerId": self.record("user"),
            "calendarId": self.record("calendar"),
            "convertedContactId": self.record("contact"),
        }
        needed = ("name", "lastName", "emailAddress", "startTime", "endTime")
        own = {name: value for name, value in fields.items() if name in KINDS[kind].fields}
        return {name: value for name, value in own.items() if name in needed or self.chance.random() < 0.6}

    def action(self) -> Any:
        kind, chance = self.kind(), self.chance
        able = chance.choice([name for name, each in KINDS.items() if each.mergeable])
        record, lag = {"kind": kind, "record": self.record(kind)}, chance.choice(({}, {}, {"visibleAfter": "1s"}))
        merged = {
            "kind": able,
            "into": self.record(able),
            "from": [self.record(able) for _ in range(chance.randint(1, 2))],
        }
        return chance.choice(
            [
                {"create": {"kind": kind, "set": self.fields(kind), "key": f"key{chance.randint(1, 9)}", **lag}},
                {"edit": {**record, "set": self.fields(kind), **lag}},
                {"delete": record | lag},
                {"restore": record | lag},
                {"merge": merged | {"repoint": chance.choice(["bump", "silent", "none"])}},
                {"touch": {"kind": kind, "records": "all"}},
                {"schedule": {"after": "1s", "do": [{"merge": merged}, {"delete": record}]}},
                {"advance": {"by": "1s"}},
                {"churn": {"creates": 1, "edits": 1, "deletes": 1}},
            ]
        )

    def step(self) -> tuple[str, str, Any]:
        kind, chance = self.kind(), self.chance
        path = f"/api/v1/{KINDS[kind].path}"
        if kind == "event" and chance.random() < 0.5:
            path = f"/api/v1/calendars/{_quoted(self.record('calendar'))}/events"
        one, name = f"{path}/{_quoted(self.record(kind))}", chance.choice([*KNOBS_OF_KINDS])
        fields = self.fields(kind)
        return chance.choice(
            [
                ("POST", path, fields),
                ("POST", path, fields),
                ("PATCH", one, {each: fields[each] for each in chance.sample([*fields], min(2, len(fields)))}),
                ("PUT", one, fields),
                ("DELETE", one, None),
                ("POST", "/admin/actions", [self.action() for _ in range(chance.randint(1, 3))]),
                ("POST", "/admin/actions", self.action()),
                ("PATCH", "/admin/dialect", {name: chance.choice(KNOBS_OF_KINDS[name])}),
                ("PUT", "/admin/snapshot", orjson.loads(self.state)),
                ("POST", "/admin/audit", {"kind": kind, "replica": [{"id": "1001"}]}),
                ("GET", f"{path}?since=0&limit=2", None),
                ("GET", "/admin/feed?after=0", None),
            ]
        )


def _quoted(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode()) or "%20"


@pytest.mark.parametrize("seed", range(4))
def test_no_sequence_is_a_bug_and_what_is_refused_changes_nothing(seed: int) -> None:
    sequence = Sequence(seed)
    for name, values in KNOBS_OF_KINDS.items():
        sequence.check("PATCH", "/admin/dialect", {name: sequence.chance.choice(values)})
    for _ in range(STEPS):
        sequence.check(*sequence.step())
    before = orjson.loads(sequence.state)
    sequence.check("PUT", "/admin/snapshot", before)
    assert orjson.loads(sequence.state) == before, "what was saved is what is there again"
