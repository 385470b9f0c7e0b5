"""Bodies that mean harm: each gets a short refusal, never a 500, and changes nothing (contract, section 5)."""

import contextlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from mockcrm.errors.problems import MAX_PROBLEMS, MORE
from tests.served import MONDAY, Crm
from tests.unchanged import EVENT, made
from tests.web.test_openapi import operations

MAX_ANSWER = 64_000
MANY = 30_000
LONG = 100_000
DEEPEST = 64
UNKNOWN = ("reject", "ignore", "keep")
"""What the CRM does with a field that it does not know."""


def calls() -> Iterator[tuple[str, str]]:
    """Every call that has a body."""
    for method, path, operation in operations():
        if "requestBody" in operation:
            yield method, path


CALLS = sorted(set(calls()))


def nested(inner: Any, *around: str) -> Any:
    """Something, as deep within objects and lists of these names (`*` is a list) as bodies may nest."""
    for level in range(DEEPEST - 4):
        name = around[level % len(around)]
        inner = [inner] if name == "*" else {name: inner}
    return inner


texts = st.sampled_from(["x", "é", "😀", "\x00", '"', "\\", "9", "²", "\u202e"]).map(lambda letter: letter * LONG)
"""Texts of very many letters, some of which take six bytes in JSON."""
scraps: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 5, 1.5, "x", {}, [], -1, 2**64 - 1, "2026-01-05T09:00:00Z", "5m"]
)
lists = scraps.map(lambda each: [each] * MANY)
maps = st.sampled_from("xé\x00").map(cache(lambda name: {f"{name}{n}": 1 for n in range(MANY)}))
deep = st.sampled_from(
    [
        nested("x", "x"),
        nested("x", "*"),
        nested([{}, {}], "*", "do", "schedule"),
        nested({"x": 1}, "*", "actions", "do", "effect", "fault"),
        nested([{"delete": {}}] * 500, "*", "do", "schedule"),
        {"effect": {"do": nested([{}] * 900, "*", "do", "schedule")}},
    ]
)
NAMES = (
    *("attendees", "relatedTo", "subject", "startTime", "set", "key", "id", "stamp", "visibleAfter", "by", "event"),
    *("effect", "match", "name", "from", "until", "times", "headers", "query", "operation", "path", "nth", "body"),
    *("requests", "timeout", "replica", "window", "client", "now", "mode", "rate", "tick", "by", "to", "count", "seed"),
    *("locales", "scenario", "dialect", "normalization", "unbumpedFields", "events", "generate", "faults", "steps"),
    *("story", "title", "expect", "clock", "format", "changes", "pending", "keys", "agenda", "answers", "plot"),
    *("create", "edit", "delete", "touch", "churn", "schedule", "fault", "advance", "restore", "do", "on", "every"),
)
hostile = st.one_of(scraps, texts, lists, maps, deep)
bodies = st.one_of(
    hostile,
    st.dictionaries(st.sampled_from(NAMES), hostile, min_size=1, max_size=3),
    st.dictionaries(texts, scraps, min_size=1, max_size=3),
    st.builds(lambda each: [each] * 900, st.dictionaries(st.sampled_from(NAMES), scraps, max_size=9)),
    st.builds(lambda name, part: {**EVENT, name: part}, st.sampled_from(NAMES[:11]), hostile),
    st.builds(lambda verb, part: [{verb: part}], st.sampled_from(NAMES[-12:]), hostile),
)


def problems_of(details: Any) -> int:
    if isinstance(details, dict):
        return sum(problems_of(each) for name, each in details.items() if name != MORE)
    return len(details) if isinstance(details, list) else 1


def begun(crm: Crm, unknown: str) -> tuple[str, bytes]:
    """The id of an event in a sandbox that begins anew, and all that is in the sandbox."""
    crm.admin("POST", "/reset", {"to": "empty"})
    crm.admin("PUT", "/clock", {"now": MONDAY, "mode": "frozen"})
    crm.admin("PATCH", "/dialect", {"unknownFields": unknown})
    event = made(crm, "there")
    return event, everything(crm)


def everything(crm: Crm) -> bytes:
    # Most of these calls change nothing: as bytes it is compared without being read.
    return crm.admin("GET", "/snapshot").content


@pytest.mark.parametrize(("method", "path"), CALLS, ids=map(" ".join, CALLS))
def test_what_means_harm_gets_a_short_refusal_and_changes_nothing(crm: Crm, method: str, path: str) -> None:
    with contextlib.ExitStack() as forks:
        sandboxes = {each: Crm(crm.http, forks.enter_context(crm.controls.fork()).path) for each in UNKNOWN}
        begins: dict[str, tuple[str, bytes]] = {}

        @settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        @given(body=bodies, unknown=st.sampled_from(UNKNOWN))
        def holds(body: Any, unknown: str) -> None:
            sandbox = sandboxes[unknown]
            # After a refusal it is as it was, and need not begin anew.
            event, before = begins.pop(unknown) if unknown in begins else begun(sandbox, unknown)
            url = sandbox.path + path.replace("{id}", event)
            data, headers = orjson.dumps(body), {"Content-Type": "application/json"}
            answer = crm.http.request(method, url, content=data, headers=headers)
            assert answer.status_code < 500, answer.text
            if answer.status_code >= 400:
                assert len(answer.content) <= MAX_ANSWER
                assert problems_of(answer.json()["details"]) <= MAX_PROBLEMS
                assert everything(sandbox) == before
                begins[unknown] = event, before

        run: Callable[[], None] = holds
        run()
