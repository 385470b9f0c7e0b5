"""Every list and every map in a body has a most, which is looked at before any member is; refusals are short."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import get_ident
from typing import Any

import orjson
import pytest
from marshmallow import fields

from mockcrm import Refusal, Scenario
from mockcrm.audit.replica import replica_of
from mockcrm.base.schema.bases import Field
from mockcrm.base.schema.strict import Strict
from mockcrm.crm.dialect.knobs import CONTROLS_KEEPING, PLAIN, changed
from mockcrm.crm.dialect.named import read_dialect
from mockcrm.crm.drafts import Draft, drafted_record, patched_record
from mockcrm.crm.seeding.people import KNOWN_LOCALES
from mockcrm.errors import RequestInvalid, SeedInvalid
from mockcrm.errors.problems import MAX_PROBLEMS, MORE
from mockcrm.journal.matcher_schema import JournalMatcherSchema
from mockcrm.journal.verification import ExpectationSchema
from mockcrm.sandbox.action_schemas import read_actions, read_rules
from mockcrm.sandbox.bundle import BUNDLE_FORMAT, load_bundle
from mockcrm.sandbox.control_schemas import SeedSchema
from mockcrm.sandbox.scenario.fixture_file import scenario_of
from mockcrm.sandbox.snapshot import dump_snapshot, load_snapshot
from mockcrm.web.responses import error_response

TIMES = {"startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z"}
IGNORING = changed(PLAIN, {"unknownFields": "ignore"})
SOMEBODY, LINK = {"userId": "u1"}, {"type": "Lead", "id": "1"}
DELAY = {"effect": {"delay": "1s"}}
MAX_LOOKS = 100
"""How many fields are read at most of a body that is refused for its size."""
MAX_ANSWER = 64_000


def event_of(dialect: Any) -> Callable[[Any], Any]:
    return lambda body: drafted_record("1", Draft({**TIMES, **body}, dialect), dialect)


def matcher(body: Any) -> Any:
    return JournalMatcherSchema().check(body, RequestInvalid, "The matcher")


def expectation(body: Any) -> Any:
    return ExpectationSchema().check(body, RequestInvalid, "The expectation")


def seeding(body: Any) -> Any:
    return SeedSchema().check(body, SeedInvalid, "The seeding")


def step_of(arguments: Any) -> dict[str, Any]:
    return {"steps": [{"mailbox": {"create": {"as": "x", "set": arguments}}}]}


_SNAPSHOT = dump_snapshot(Scenario().start())
_CLIENT_STEP: dict[str, Any] = {
    **dict.fromkeys(("credentials", "admittedAt", "workedAt", "followedAt", "status", "code", "nextPageToken")),
    "request": 1,
    "client": "c",
    "method": "GET",
    "path": "/api/v1/events",
    "query": "",
    "headers": {},
    "body": "",
    "arrivedAt": "2026-01-06T09:00:00Z",
    "completedAt": "2026-01-06T09:00:00Z",
    "seconds": 0,
    "delivered": [],
    "whole": True,
}
_FOUND: dict[str, Any] = {"code": "a", "severity": "b", "eventId": None, "changes": [], "requests": [], "hazard": None}
_ACCOUNT = {"client": "c", "findings": [], "pending": 0}
_BUNDLE = {
    "format": BUNDLE_FORMAT,
    "sandbox": "default",
    "life": 1,
    "ancestors": [],
    "start": _SNAPSHOT,
    "steps": [],
    "startedAt": "2026-01-06T09:00:00Z",
    "endedAt": "2026-01-06T09:00:00Z",
    "verdict": {"clean": True, "complete": True, "clients": []},
}


def played(**parts: Any) -> dict[str, Any]:
    return {**_BUNDLE, **parts}


def judged(*accounts: Any) -> dict[str, Any]:
    return played(verdict={"clean": True, "complete": True, "clients": [*accounts]})


def found(**parts: Any) -> dict[str, Any]:
    return judged({**_ACCOUNT, "findings": [{**_FOUND, **parts}]})


def names(count: int) -> dict[str, Any]:
    return dict.fromkeys((f"x{number}" for number in range(count)), "a")


@dataclass(frozen=True)
class Size:
    """A list or a map that `read` finds in a body, made of so many members, with its most."""

    what: str
    read: Callable[[Any], Any]
    body: Callable[[int], Any]
    most: int


SIZES = [
    Size("attendees", event_of(PLAIN), lambda n: {"attendees": [SOMEBODY] * n}, 1_000),
    Size("links", event_of(PLAIN), lambda n: {"relatedTo": [LINK] * n}, 1_000),
    Size("ignored fields", event_of(IGNORING), names, 1_000),
    Size("kept fields", event_of(CONTROLS_KEEPING), names, 1_000),
    Size("kept fields of one", event_of(CONTROLS_KEEPING), lambda n: {"attendees": [{**SOMEBODY, **names(n)}]}, 1_000),
    Size("actions", read_actions, lambda n: [{"delete": {"event": "1"}}] * n, 1_000),
    Size("scheduled", read_actions, lambda n: {"schedule": {"after": "1s", "do": [{"clearFaults": {}}] * n}}, 1_000),
    Size("around", read_rules, lambda n: {"effect": {"do": [{"clearFaults": {}}] * n}}, 1_000),
    Size("touched", read_actions, lambda n: {"touch": {"events": ["1"] * n}}, 10_000),
    Size("rules", read_rules, lambda n: [DELAY] * n, 1_000),
    Size(
        "headers of an answer", read_rules, lambda n: {"effect": {"status": {"status": 503, "headers": names(n)}}}, 100
    ),
    Size("texts", matcher, lambda n: {"path": ["a"] * n}, 1_000),
    Size("words", matcher, lambda n: {"operation": ["listEvents"] * n}, 1_000),
    Size("numbers", matcher, lambda n: {"nth": [1] * n}, 1_000),
    Size("parameters", matcher, lambda n: {"query": names(n)}, 20),
    Size("headers", matcher, lambda n: {"headers": names(n)}, 20),
    Size("matchers", expectation, lambda n: {"requests": [{}] * n}, 100),
    Size("unbumped", read_dialect, lambda n: {"unbumpedFields": ["subject"] * n}, 12),
    Size("normalization", read_dialect, lambda n: {"normalization": ["trim"] * n}, 3),
    Size("locales", seeding, lambda n: {"locales": ["de_DE"] * n}, len(KNOWN_LOCALES)),
    Size("told events", scenario_of, lambda n: {"events": [TIMES] * n}, 1_000_000),
    Size("invented", scenario_of, lambda n: {"generate": [{"count": 0}] * n}, 1_000),
    Size("invented in all", scenario_of, lambda n: {"generate": [{"count": n - 1}, {"count": 1}]}, 1_000_000),
    Size("told rules", scenario_of, lambda n: {"faults": [DELAY] * n}, 1_000),
    Size("steps", scenario_of, lambda n: {"steps": ["sync"] * n}, 1_000),
    Size("expected events", scenario_of, lambda n: {"expect": {"events": [{"event": "1"}] * n}}, 1_000),
    Size("expected requests", scenario_of, lambda n: {"expect": {"requests": [{"requests": [{}]}] * n}}, 100),
    Size("expected codes", scenario_of, lambda n: {"expect": {"audit": ["change.missed"] * n}}, 1_000),
    Size("has", scenario_of, lambda n: {"expect": {"events": [{"event": "1", "has": names(n)}]}}, 1_000),
    Size("like", scenario_of, lambda n: {"expect": {"events": [{"count": 1, "like": names(n)}]}}, 1_000),
    Size("in the mailbox", scenario_of, lambda n: step_of(names(n)), 1_000),
    Size("records", replica_of, lambda n: {"replica": ["1"] * n}, 100_000),
    Size("fields of a record", replica_of, lambda n: {"replica": [{"id": "1", **names(n - 1)}]}, 2_000),
    Size("changes", load_snapshot, lambda n: {**_SNAPSHOT, "changes": [None] * n}, 2_000_000),
    Size("pending", load_snapshot, lambda n: {**_SNAPSHOT, "pending": [None] * n}, 2_000_000),
    Size("agenda", load_snapshot, lambda n: {**_SNAPSHOT, "agenda": [None] * n}, 10_000),
    Size("answers", load_snapshot, lambda n: {**_SNAPSHOT, "answers": [None] * n}, 10_000),
    Size("kept rules", load_snapshot, lambda n: {**_SNAPSHOT, "faults": {"given": 1, "rules": [None] * n}}, 1_000),
    Size("requests", load_bundle, lambda n: played(steps=[None] * n), 1_000_000),
    Size("ancestors", load_bundle, lambda n: played(ancestors=[None] * n), 100_000),
    Size("sent headers", load_bundle, lambda n: played(steps=[{**_CLIENT_STEP, "headers": names(n)}]), 1_000),
    Size("delivered", load_bundle, lambda n: played(steps=[{**_CLIENT_STEP, "delivered": [None] * n}]), 2_000_000),
    Size("clients", load_bundle, lambda n: judged(*[None] * n), 2_000_000),
    Size("findings", load_bundle, lambda n: judged({**_ACCOUNT, "findings": [None] * n}), 2_000_000),
    Size("found changes", load_bundle, lambda n: found(changes=[None] * n), 2_000_000),
    Size("found requests", load_bundle, lambda n: found(requests=[None] * n), 2_000_000),
]


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The fields that this thread reads from now on. Requests of earlier tests may still be served in others."""
    read: list[Any] = []
    here, deserialize = get_ident(), fields.Field.deserialize

    def noted(field: Field[Any], *args: Any, **options: Any) -> Any:
        if get_ident() == here:
            read.append(field)
        return deserialize(field, *args, **options)

    monkeypatch.setattr(fields.Field, "deserialize", noted)
    return read


def refusal_of(read: Callable[[Any], Any], body: Any) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        read(body)
    return refusal.value


def payload(refusal: Refusal) -> Any:
    data = error_response(refusal, "1").data
    assert len(data) <= MAX_ANSWER
    return orjson.loads(data)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size.what)
def test_one_member_too_many_is_refused_before_any_is_looked_at(looks: list[Any], size: Size) -> None:
    refusal = refusal_of(size.read, size.body(size.most + 1))
    assert f"at most {size.most:,} " in payload(refusal)["message"]
    assert len(looks) <= MAX_LOOKS


def message_of(size: Size) -> str:
    """What is said of as many members as may be, which need not make sense."""
    try:
        size.read(size.body(size.most))
    except Refusal as refusal:
        return refusal.message
    return ""


@pytest.mark.parametrize("size", [size for size in SIZES if size.most <= 1_000], ids=lambda size: size.what)
def test_as_many_as_may_be_are_not_too_many(size: Size) -> None:
    assert f"at most {size.most:,} " not in message_of(size), "what may be wrong here is not the number"


def every_schema(of: type[Strict] = Strict) -> Iterator[type[Strict]]:
    for direct in of.__subclasses__():
        yield direct
        yield from every_schema(direct)


@pytest.mark.parametrize("schema", sorted(set(every_schema()), key=str), ids=lambda schema: schema.__name__)
def test_no_schema_reads_a_list_or_a_map_without_a_most(schema: type[Strict]) -> None:
    unbounded = (fields.List, fields.Dict, fields.Mapping)
    assert not [name for name, field in schema._declared_fields.items() if type(field) in unbounded]


# How far is read


def test_reading_stops_at_the_twentieth_problem_and_says_so(looks: list[Any]) -> None:
    refusal = refusal_of(load_snapshot, {**_SNAPSHOT, "changes": [{}] * 100_000})
    details = payload(refusal)["details"]
    assert details[MORE] == ["There may be more: reading stops at the 20th problem."]
    assert sum(len(fields) for fields in details["changes"].values()) == MAX_PROBLEMS
    assert len(looks) <= MAX_LOOKS


def test_all_problems_are_named_where_there_are_no_more_than_twenty() -> None:
    details = payload(refusal_of(event_of(PLAIN), {"attendees": [SOMEBODY, {}] * 9}))["details"]
    assert list(details) == ["attendees"]
    assert sorted(map(int, details["attendees"])) == list(range(1, 18, 2))


def test_an_object_of_very_many_unknown_fields_is_not_examined(looks: list[Any]) -> None:
    details = payload(refusal_of(event_of(PLAIN), names(100_000)))["details"]
    assert len(details) == MAX_PROBLEMS + 1
    assert MORE in details
    assert looks == []


@pytest.mark.parametrize("letter", ["x", "é", "😀", "\x00", '"', "9", "²"])
def test_long_names_and_values_are_cut(letter: str) -> None:
    long = letter * 300_000
    details = payload(refusal_of(event_of(PLAIN), {long: 1}))["details"]
    assert "…" in next(iter(details))
    assert "…" in payload(refusal_of(matcher, {"operation": long}))["message"]
    assert "operation" in payload(refusal_of(matcher, {"operation": {long: long}}))["details"]
    assert payload(refusal_of(scenario_of, {"events": [{**TIMES, long: 1}] * 30}))["details"][MORE]
    assert "…" in payload(refusal_of(scenario_of, long))["message"]


def test_a_scenario_s_problems_are_twenty_at_most_wherever_they_are_found() -> None:
    for body in ({"events": [{**TIMES, "subject": 5}] * 30}, {"events": [{"key": 5}] * 30}, {"steps": [None] * 30}):
        answer = payload(refusal_of(scenario_of, body))
        assert len(answer["details"]["problems"]) == MAX_PROBLEMS
        assert answer["message"].splitlines()[-1] == answer["details"][MORE][0]


@pytest.mark.parametrize("path", ["events", "users", "contacts", "calendars"])
def test_records_after_the_twentieth_that_cannot_be_are_not_read(looks: list[Any], path: str) -> None:
    count = 10_000
    refusal = refusal_of(scenario_of, {path: [{}] * count})
    assert payload(refusal)["details"][MORE]
    assert len(looks) <= count + 4 * MAX_LOOKS, "but for whether each of them is an object"


def test_fields_that_a_patch_adds_are_counted_with_those_that_are_there() -> None:
    event = drafted_record("1", Draft({**TIMES, **names(1_000)}, CONTROLS_KEEPING), CONTROLS_KEEPING)
    kept = patched_record(event, Draft({"x0": None, "y": 1}, CONTROLS_KEEPING, partial=True), CONTROLS_KEEPING)
    assert len(kept.extra or {}) == 1_000
    one_more = Draft({"y": 1}, CONTROLS_KEEPING, partial=True)
    assert "1,000" in refusal_of(lambda draft: patched_record(event, draft, CONTROLS_KEEPING), one_more).message
