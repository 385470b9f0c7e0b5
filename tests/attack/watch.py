"""The state of a server, looked at between requests: by its controls, or by its API where they are shut."""

import json
import re
from collections.abc import Iterator
from typing import Any, Protocol
from urllib.parse import quote, unquote

from tests.attack.heads import TOKEN
from tests.attack.requests import Pool, Request
from tests.attack.targets import Tokens
from tests.attack.wire import Answer, Broken, Connection

_EVENT = {"startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z"}
_PLOT: list[Any] = [
    *({"create": {"set": _EVENT | {"subject": f"No. {n}"}, "key": f"k{n}"}} for n in range(1, 4)),
    {"create": {"set": _EVENT | {"attendees": [{"contactId": 7}]}, "key": "kickoff"}},
    {"create": {"set": _EVENT, "key": "gone"}},
    {"delete": {"event": "gone", "by": "Ann"}},
    {"create": {"set": _EVENT, "key": "lagging", "visibleAfter": "1h"}},
    {"edit": {"event": "kickoff", "set": {"subject": "Moved"}, "visibleAfter": "10m"}},
    {"schedule": {"every": "1h", "do": [{"touch": {"events": ["kickoff"]}}]}},
    {"schedule": {"after": "2h", "do": [{"create": {"set": _EVENT, "key": "scheduled"}}]}},
]
"""What the attacked sandboxes have: events, a tombstone, something unseen, and an agenda."""
_SCENARIO: dict[str, Any] = {
    "clock": {"now": "2026-01-05T09:00:00Z", "mode": "frozen"},
    "steps": [
        "sync",
        {"create": {"set": _EVENT, "key": "late"}},
        {"mailbox": {"create": {"as": "mine", "set": _EVENT}}},
        {"advance": {"by": "1m"}},
        "sync",
    ],
    "expect": {"audit": "clean", "events": [{"event": "kickoff", "deleted": False}]},
}
"""The scenario that they begin with, so that there is a next step."""
_HEAVY = 400_000
"""From how many bytes on a snapshot takes too long to look at it time and again."""


class Watch(Protocol):
    """Prepares a server, looks at parts of its state, and says what a difference means."""

    parts: tuple[str, ...]

    def prepare(self) -> Pool: ...

    def concerns(self, request: Request) -> tuple[str, ...]:
        """The parts that a request may change, if it is granted."""

    def look(self, part: str) -> bytes: ...

    def difference(self, before: bytes, after: bytes) -> str | None: ...

    def is_faulty(self, state: bytes) -> bool: ...

    def is_unruly(self, state: bytes) -> bool: ...


class Caller:
    """Well-behaved requests of the judge's own, which must be granted."""

    def __init__(self, port: int) -> None:
        self._connection = Connection(port)

    def __call__(self, method: str, path: str, body: Any = None) -> bytes:
        return self.asked(method, path, body).body

    def asked(self, method: str, path: str, body: Any = None, *, but: int = 0) -> Answer:
        """The answer, which is no refusal but one of this status."""
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"
        kind = f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n" if body is not None else ""
        self._connection.send(f"{head}{kind}\r\n".encode() + data)
        answer = self._connection.answer(method)
        if answer.status >= 400 and answer.status != but:
            raise Broken(f"The judge's own {method} {path} is a {answer.status}: {answer.body[:500]!r}")
        return answer

    def close(self) -> None:
        self._connection.close()


class BySnapshots:
    """The whole state of `default` and `other`, and which sandboxes there are, by the controls."""

    parts: tuple[str, ...] = ("default", "other", "names")

    def __init__(self, call: Caller, prepared: bytes | None = None) -> None:
        self._call = call
        self._stale: tuple[str, ...] = ()
        self.prepared = prepared or self._first()

    def _first(self) -> bytes:
        self._call("POST", "/admin/reset", {"to": "empty"})
        self._call("PUT", "/admin/scenario", _SCENARIO)
        self._call("POST", "/admin/actions", _PLOT)
        return self._call("GET", "/admin/snapshot")

    def prepare(self) -> Pool:
        """Bring back the first state, everywhere."""
        for name in self._names():
            if name != "default":
                self._call("DELETE", f"/admin/sandboxes/{quote(name, safe='')}")
        self._call("PUT", "/admin/snapshot", self.prepared)
        self._call("POST", "/admin/sandboxes", {"name": "other", "from": "default"})
        good, foreign = self._token(""), self._token("/sandboxes/other")
        tokens = Tokens((good,), (foreign,), self._stale or (good,))
        self._stale = (good,)
        return Pool(tokens, json.loads(self.prepared))

    def _token(self, sandbox: str) -> str:
        page = json.loads(self._call("GET", f"{sandbox}/api/v1/events?since=2000-01-01T00:00:00Z&limit=2"))
        token: str = page["nextPageToken"]
        return token

    def _names(self) -> list[str]:
        return [each["name"] for each in json.loads(self._call("GET", "/admin/sandboxes"))["sandboxes"]]

    def concerns(self, request: Request) -> tuple[str, ...]:
        if re.search(r"admin.*sandboxes", unquote(request.target).lower(), re.DOTALL):
            return self.parts
        return ("other",) if request.reading.sandbox == "other" else ("default",)

    def look(self, part: str) -> bytes:
        if part == "names":
            return json.dumps(self._names()).encode()
        answer = self._call.asked("GET", f"/sandboxes/{part}/admin/snapshot", but=404)
        return answer.body if answer.status < 400 else b"null"

    def difference(self, before: bytes, after: bytes) -> str | None:
        """Where two states differ, or None. A CRM that lives changes of itself, and a rule counts all that comes."""
        if before == after:
            return None
        old, new = (_without_arrivals(json.loads(each)) for each in (before, after))
        if any(isinstance(each, dict) and _lives(each) for each in (old, new)):
            return None
        return next(_differences("", old, new), None)

    def is_faulty(self, state: bytes) -> bool:
        return b'"faults":{' in state and b'"rules":[]' not in state

    def is_unruly(self, state: bytes) -> bool:
        return len(state) > _HEAVY or b'"mode":"running"' in state


def _lives(snapshot: Any) -> bool:
    """Whether a CRM changes without being asked: its clock runs, something is due, or a rule does something."""
    clock = snapshot["clock"]
    due = any(entry["due"] <= clock["now"] for entry in snapshot["agenda"])
    return due or clock["mode"] == "running" or '"do"' in json.dumps(snapshot["faults"])


_TALLIES = ("seen", "turns", "struck", "applied")


def _without_arrivals(state: Any) -> Any:
    """A state without what says that requests came. The journal has them all, those that were refused among them."""
    if not isinstance(state, dict):
        return state
    plot = state.get("plot")
    kept = {name: each for name, each in plot.items() if name != "asked"} if isinstance(plot, dict) else plot
    return {name: each for name, each in state.items() if name != "clientsAsked"} | ({"plot": kept} if plot else {})


def _differences(where: str, old: Any, new: Any) -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in sorted({*old, *new}):
            if not (name in _TALLIES and where.startswith(".faults")):
                yield from _differences(f"{where}.{name}", old.get(name), new.get(name))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for at, pair in enumerate(zip(old, new, strict=True)):
            yield from _differences(f"{where}[{at}]", *pair)
    elif old != new:
        yield f"{where} was {json.dumps(old)[-300:]} and is {json.dumps(new)[-300:]}"


class ByLists:
    """What the API shows where the controls are shut: the clock, which every write moves, and some events."""

    parts: tuple[str, ...] = ("default",)

    def __init__(self, call: Caller) -> None:
        self._call = call

    def concerns(self, request: Request) -> tuple[str, ...]:
        return self.parts

    def prepare(self) -> Pool:
        page = json.loads(self._call("GET", "/api/v1/events?limit=1"))
        token = (page["nextPageToken"],)
        return Pool(Tokens(token, token, token), {"format": "mockcrm.snapshot/1", "changes": []})

    def look(self, part: str) -> bytes:
        live = json.loads(self._call("GET", "/api/v1/events?limit=1"))
        dead = json.loads(self._call("GET", "/api/v1/deletedEvents?limit=1"))
        return json.dumps([live["asOf"], live["records"], dead["asOf"], dead["records"]]).encode()

    def difference(self, before: bytes, after: bytes) -> str | None:
        return None if before == after else f"lists said {before!r} and say {after!r}"

    def is_faulty(self, state: bytes) -> bool:
        return False

    def is_unruly(self, state: bytes) -> bool:
        return False
