"""The first and the last instant that there is: every call of API and controls answers there, and a replay agrees."""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from mockcrm import types
from mockcrm.crm.dialect.named import names
from mockcrm.web.replay import replay
from tests.faults.faulting import add_fault
from tests.served import Crm
from tests.unchanged import declined

FIRST, LAST = "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z"
AGES = "P36600D"
LONGEST = ("P999999999D", "-P999999999D")
TOO_LONG = ("P999999999DT23H", "-P999999999DT23H")
"""These have no opposite."""

DIALECTS: Mapping[str, Any] = {
    **{name: {"name": name} for name in names()},
    "long memory": {"tombstoneRetention": AGES, "pageTokenLife": AGES, "indexLag": AGES, "dateSkew": "P366D"},
    "short memory": {"tombstoneRetention": "1ms", "pageTokenLife": "1ms", "indexLag": "1ms", "dateSkew": "-P366D"},
    "nearest": {"timestampPrecision": "minute", "timestampRounding": "nearest", "timestampFormat": "localOffset"},
    "ceil": {
        "timestampPrecision": "minute",
        "timestampRounding": "ceil",
        "paging": "snapshot",
        "expiredSince": "empty",
    },
    "spaced": {"timestampFormat": "spaced", "expiredSince": "silent", "deletions": "inline", "paging": "offset"},
    "millis": {"timestampFormat": "epochMillis", "since": "exclusive", "deltaOrder": "reverse"},
}

HOWS = ("seconds", "date", "none", "past")
WAITS = (
    "99999999999",
    "0",
    "Fri, 31 Dec 9999 23:59:59 GMT",
    "Mon, 01 Jan 0001 00:00:00 GMT",
    "Fri, 31 Dec 9999 23:59:59",
)
FAULTS: tuple[Any, ...] = (
    *({"rateLimit": {"requests": 0, "per": AGES, "retryAfter": how}} for how in HOWS),
    *({"rateLimit": {"requests": 1, "per": LONGEST[0], "retryAfter": how}} for how in HOWS),
    *({"status": {"status": 429, "headers": {"Retry-After": wait}}} for wait in WAITS),
    *({"stale": {"by": by, "asOf": as_of}} for by in ("1ms", LONGEST[0]) for as_of in ("now", "then")),
    *({"stale": {"changes": 1}}, {"delay": "1ms"}, "expireCredentials"),
    *({"do": {"actions": [{"touch": {"events": "all"}}], "when": when}} for when in ("before", "after")),
)


def calls(now: str) -> Iterator[tuple[str, str, Any]]:
    """Requests of a client who reads, pages, writes and deletes; `{id}` and `{token}` are what it was given."""
    times = {"startTime": now, "endTime": now}
    for query in (
        "",
        "?showDeleted=true",
        f"?since={now}",
        f"?startAt={now}",
        f"?endAt={now}",
        f"?since={LAST}&limit=1",
    ):
        yield "GET", f"/events{query}", None
    yield "GET", f"/events?startAt={FIRST}&endAt={LAST}&showDeleted=true", None
    yield "GET", f"/events?since={FIRST}&showDeleted=true&limit=1", None
    yield "GET", "/events?pageToken={token}", None
    yield "POST", "/events", times
    yield "POST", "/events", {"startTime": now[:10], "endTime": now[:10], "allDay": True}
    yield "GET", "/events/{id}", None
    yield "PATCH", "/events/{id}", {"subject": "Moved", "lastModifiedAt": now}
    yield "PUT", "/events/{id}", times
    yield "DELETE", "/events/{id}", None
    yield "PATCH", "/events/{id}", {"subject": "Too late"}
    yield "GET", "/events/{id}", None
    for since in ("", f"?since={FIRST}", f"?since={now}", f"?since={LAST}"):
        yield "GET", f"/deletedEvents{since}", None
    yield "GET", "/events?limit=1", None
    yield "GET", "/events?pageToken={token}", None


class Client:
    """A client that plays the calls; what of the answers is a server's fault it remembers."""

    def __init__(self, crm: Crm, name: str) -> None:
        self.crm, self.headers = crm, {"X-Mockcrm-Client": name}
        self.given = {"id": "1", "tag": '"1"', "token": "none"}
        self.broken: list[Any] = []

    def play(self, now: str) -> None:
        for method, path, body in calls(now):
            headers = {**self.headers, "If-Match": self.given["tag"], "Idempotency-Key": path}
            try:
                answer = self.crm.api(method, path.format(**self.given), body, headers=headers)
            except httpx.HTTPError:
                # A fault may break the connection.
                continue
            self._read(answer)

    def _read(self, answer: httpx.Response) -> None:
        if answer.status_code >= 500 and answer.json()["code"] != "fault.injected":
            self.broken.append((answer.request.method, str(answer.request.url), answer.text))
        if answer.status_code >= 400 or not answer.content:
            return
        payload = answer.json()
        self.given["tag"] = answer.headers.get("ETag", self.given["tag"])
        if isinstance(payload, dict):
            self.given["id"] = payload.get("id", self.given["id"])
            self.given["token"] = payload.get("nextPageToken") or self.given["token"]


def controls(now: str, other: str) -> Iterator[tuple[str, str, Any]]:
    """All that the controls do which has to do with time, and with what clients did."""
    event = {"startTime": now, "endTime": now}
    later = [
        {},
        *({"visibleAfter": by} for by in ("1ms", AGES, LONGEST[0])),
        *({"stamp": each} for each in (now, other)),
    ]
    for how in (*later, *({"stamp": by} for by in ("1ms", "-1ms", AGES, f"-{AGES}", *LONGEST)), {"by": "ann"}):
        yield "POST", "/actions", {"create": {"set": event, **how}}
    yield "POST", "/events", {**event, "key": "edge"}
    yield "PATCH", "/events/edge", {"subject": "Moved"}
    yield "DELETE", "/events/edge", {}
    yield "POST", "/events/edge/restore", {}
    yield "POST", "/seed", {"count": 3}
    yield "POST", "/actions", {"churn": {"creates": 3, "edits": 9, "deletes": 3}}
    for when in ({"at": now}, {"at": other}, *({"every": by} for by in (AGES, LONGEST[0]))):
        yield "POST", "/actions", {"schedule": {**when, "do": {"clearFaults": {}}}}
    for by in ("0s", "1ms", "1h", AGES, *LONGEST):
        yield "POST", "/actions", {"schedule": {"after": by, "do": {"churn": {"creates": 1}}}}
        yield "POST", "/clock/advance", {"by": by}
        yield "PUT", "/clock", {"now": now, "tick": by}
    yield "PUT", "/clock", {"tick": "1ms"}
    for path in ("/clock", "/events", "/events/edge", "/changes", "/requests", "/requests/1", "/snapshot", "/dialect"):
        yield "GET", path, None
    yield "POST", "/requests/find", {"operation": "listEvents"}
    yield "POST", "/verify", {"requests": [{"operation": "listEvents"}], "times": {"atLeast": 1}}
    yield "GET", "/audit", None
    yield "POST", "/audit", {"replica": [event, {"id": "1", **event}], "client": "ann", "window": {"startAt": FIRST}}
    yield "POST", "/audit", {"replica": [], "client": "bob", "window": {"startAt": now, "endAt": now}}
    yield "GET", "/faults", None


def scenario(now: str) -> Any:
    """A scenario that begins, and steps about, there."""
    event = {"key": "meeting", "startTime": now, "endTime": now, "stamp": now}
    steps: list[Any] = ["sync", {"delete": {"event": "meeting"}}, {"clock": {"now": now, "tick": "0s"}}, "sync"]
    return {"clock": {"now": now, "tick": "0s"}, "events": [event], "steps": steps, "generate": {"count": 2}}


def conduct(crm: Crm, calls: Iterator[tuple[str, str, Any]]) -> list[Any]:
    """What the controls answer that is a server's fault."""
    answers = [crm.admin(method, path, body) for method, path, body in calls]
    return [(each.request.method, str(each.request.url), each.text) for each in answers if each.status_code >= 500]


SPOKEN = [*((dialect, "0s") for dialect in DIALECTS.values()), ({"name": "plain"}, "1ms")]
EDGES = pytest.mark.parametrize(("now", "other"), [(FIRST, LAST), (LAST, FIRST)], ids=["first", "last"])


@EDGES
@pytest.mark.parametrize(("dialect", "tick"), SPOKEN, ids=[*DIALECTS, "ticking"])
def test_every_call_is_answered_at_either_end_of_time(crm: Crm, now: str, other: str, dialect: Any, tick: str) -> None:
    crm.set_dialect(**dialect)
    crm.controls.clock.set(now, tick=tick)
    ann, bob = Client(crm, "ann"), Client(crm, "bob")
    ann.play(now)
    broken = conduct(crm, controls(now, other))
    bob.play(now)
    ann.play(other)
    broken += conduct(crm, controls(other, now))
    bob.play(other)
    broken += conduct(crm, iter([("GET", "/audit", None), ("GET", "/replay", None), ("GET", "/snapshot", None)]))
    assert broken + ann.broken + bob.broken == []


@EDGES
@pytest.mark.parametrize("effect", FAULTS, ids=str)
def test_every_fault_is_judged_and_played_again_at_either_end_of_time(
    crm: Crm, now: str, other: str, effect: Any
) -> None:
    crm.controls.clock.set(now, tick="0s")
    crm.admin("POST", "/seed", {"count": 2})
    client = Client(crm, "ann")
    client.play(now)
    add_fault(crm, effect)
    client.play(now)
    crm.controls.clock.set(other)
    client.play(other)
    crm.admin("DELETE", "/faults")
    client.play(now)
    assert client.broken == []
    assert conduct(crm, iter([("GET", "/audit", None), ("POST", "/audit", {"replica": []})])) == []
    outcome = replay(crm.admin("GET", "/replay").json())
    assert (outcome.divergences, outcome.changed) == ((), ())


@EDGES
@pytest.mark.parametrize("mode", ["frozen", "running"])
def test_a_state_from_either_end_of_time_goes_anywhere(crm: Crm, now: str, other: str, mode: types.ClockMode) -> None:
    assert crm.admin("PUT", "/scenario", scenario(now)).status_code == 200
    client = Client(crm, "ann")
    client.play(now)
    crm.controls.clock.set(now, mode=mode, rate=1_000_000)
    broken = conduct(crm, iter([("POST", "/scenario/next", None)] * 3))
    payload = crm.admin("GET", "/snapshot").json()
    put = crm.admin("PUT", "/snapshot", payload)
    assert put.status_code == 200, put.text
    client.play(other)
    broken += conduct(crm, iter([("GET", "/audit", None), ("GET", "/replay", None), ("POST", "/reset", None)]))
    assert broken + client.broken == []


@EDGES
def test_a_fork_at_either_end_of_time_is_a_crm_like_others(crm: Crm, now: str, other: str) -> None:
    crm.controls.clock.set(now, tick="0s")
    with crm.controls.fork() as fork:
        client = Client(Crm(crm.http, fork.path), "ann")
        client.play(now)
        fork.clock.set(other)
        client.play(now)
        fork.audit()
    assert client.broken == []


@pytest.mark.parametrize("length", TOO_LONG)
def test_a_duration_that_has_no_opposite_is_refused(crm: Crm, length: str) -> None:
    limit = {"effect": {"rateLimit": {"requests": 0, "per": length, "retryAfter": "past"}}}
    declined(crm, 422, "fault.invalid", "POST", "/faults", limit)
    declined(crm, 422, "clock.invalid", "POST", "/clock/advance", {"by": length})
    event = {"startTime": FIRST, "endTime": FIRST, "stamp": length}
    declined(crm, 422, "action.invalid", "POST", "/events", event)
