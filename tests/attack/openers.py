"""Lawful requests to the controls that put a sandbox into a state in which much can go wrong."""

from random import Random
from typing import Any, NamedTuple

from tests.attack import values

_EVENT = {"startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z"}
_ENDS = ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.001Z", "9999-12-31T23:59:59.998Z", "9999-12-31T23:59:59.999Z"]
_DO: list[Any] = [
    [{"churn": {"creates": 1}}],
    [{"touch": {"events": "all"}}],
    [{"create": {"set": _EVENT}}, {"edit": {"event": "kickoff", "set": {"subject": "again"}}}],
    [{"edit": {"event": "nobody", "set": {}}}],
    [{"schedule": {"after": "1s", "do": [{"churn": {"edits": 3}}]}}],
    [{"fault": {"effect": {"status": 503}, "times": 1}}, {"clearFaults": {}}],
]
_EFFECTS: list[Any] = [
    {"delay": values.SHORT},
    {"status": {"status": 503, "when": "after"}},
    {"status": {"status": 299, "headers": {"X-A": "b"}, "body": {"a": 1}}},
    {"disconnect": "reset"},
    {"disconnect": "close"},
    {"truncate": {"fraction": 0.5}},
    {"truncate": {"bytes": 1, "contentLength": "cut"}},
    {"rateLimit": {"requests": 2, "per": "1m", "retryAfter": "date"}},
    {"stale": {"by": "P9999D"}},
    {"stale": {"changes": 1000}},
    {"repeatToken": 2},
    {"shortPage": 1},
    {"do": [{"churn": {"creates": 2, "deletes": 1}}]},
    {"do": {"actions": [{"touch": {"events": "all"}}], "when": "after"}},
    *("malformed", "html", "expireCredentials", "emptyList", "repeatPage", "emptyPage"),
]
_DIALECTS = ["aurinko", "dynamics", "google", "graph", "hubspot", "salesforce"]


class Opener(NamedTuple):
    method: str
    path: str
    body: Any = None


def opener(rng: Random, scenarios: list[str]) -> Opener:
    """One of them."""
    return rng.choice(_OPENERS)(rng, scenarios)


def _clock_at_an_end(rng: Random, scenarios: list[str]) -> Opener:
    return Opener("PUT", "/admin/clock", {"now": rng.choice(_ENDS), "tick": rng.choice(["0s", "1ms", "P1D"])})


def _clock_that_runs(rng: Random, scenarios: list[str]) -> Opener:
    return Opener("PUT", "/admin/clock", {"mode": "running", "rate": rng.choice([0.001, 1, 1000, 1e6])})


def _schedule(rng: Random, scenarios: list[str]) -> Opener:
    when = rng.choice([{"every": "1ms"}, {"every": "1m"}, {"after": "5m"}, {"at": "9999-12-31T23:59:59Z"}])
    return Opener("POST", "/admin/actions", {"schedule": when | {"do": rng.choice(_DO)}})


def _advance(rng: Random, scenarios: list[str]) -> Opener:
    return Opener("POST", "/admin/clock/advance", {"by": rng.choice(["1h", "P7D", "P999999D"])})


def _faults(rng: Random, scenarios: list[str]) -> Opener:
    return Opener("POST", "/admin/faults", [_rule(rng) for _ in range(rng.choice([1, 2, 30]))])


def _patterns(rng: Random, scenarios: list[str]) -> Opener:
    """Rules whose patterns take as long as they may, for texts that a client sends anyhow."""
    rule = {"match": {"path": {"matches": rng.choice(values.PATTERNS[:6])}}, "effect": {"status": 503}}
    return Opener("POST", "/admin/faults", [rule] * rng.choice([1, 5, 200]))


def _rule(rng: Random) -> Any:
    rule: dict[str, Any] = {"effect": rng.choice(_EFFECTS)}
    if rng.random() < 0.5:
        rule["match"] = rng.choice(
            [{"method": "GET"}, {"page": 2}, {"client": "sync"}, {"every": 2}, {"eventId": "kickoff"}]
        )
    if rng.random() < 0.5:
        rule |= rng.choice([{"times": 2}, {"skip": 1}, {"probability": 0.5}, {"from": "9999-12-31T00:00:00Z"}])
    return rule


def _dialect(rng: Random, scenarios: list[str]) -> Opener:
    return Opener("PUT", "/admin/dialect", {"name": rng.choice(_DIALECTS)})


def _scenario(rng: Random, scenarios: list[str]) -> Opener:
    return Opener("PUT", "/admin/scenario", {"name": rng.choice(scenarios)})


def _fork(rng: Random, scenarios: list[str]) -> Opener:
    return Opener("POST", "/admin/sandboxes", {"name": "extra", "from": rng.choice(["default", "other"])})


def _many_events(rng: Random, scenarios: list[str]) -> Opener:
    return Opener("POST", "/admin/actions", [{"churn": {"creates": 150, "edits": 100, "deletes": 50}}])


def _many_links(rng: Random, scenarios: list[str]) -> Opener:
    attendees = [{"contactId": number} for number in range(1000)]
    return Opener("POST", "/admin/events", _EVENT | {"attendees": attendees, "key": "crowd"})


_OPENERS = (
    _clock_at_an_end,
    _clock_that_runs,
    _schedule,
    _schedule,
    _advance,
    _faults,
    _faults,
    _patterns,
    _dialect,
    _scenario,
    _scenario,
    _fork,
    _many_events,
    _many_links,
)
