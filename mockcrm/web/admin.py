"""`/admin`: what a test or a person does behind the CRM's back (contract, section 6).

Each view loads, calls, answers.
"""

from collections.abc import Callable
from typing import Any

import orjson
from flask import Blueprint, Response, current_app, request
from marshmallow import ValidationError, fields, validate, validates_schema

from mockcrm import actions, bundle, snapshot
from mockcrm.actions import Result
from mockcrm.controls import MAX_SEED_COUNT, ClockSchema, SeedSchema
from mockcrm.depth import MAX_NESTING
from mockcrm.dialects import read_dialect
from mockcrm.errors import (
    ActionInvalid,
    ClockInvalid,
    RequestInvalid,
    SandboxInvalid,
    ScenarioInvalid,
    SeedInvalid,
)
from mockcrm.fields import LONG, Whole
from mockcrm.journal import Entry
from mockcrm.listing import Digits, EventsParameters, NoParameters
from mockcrm.matching import JournalMatcherSchema, Matcher
from mockcrm.plot import plot_of
from mockcrm.replica import replica_of
from mockcrm.sandbox import Sandbox, Sandboxes
from mockcrm.scenario import Scenario, find_scenario, scenario_of, scenarios, told_scenario
from mockcrm.schemas import Strict
from mockcrm.state import Cause, State
from mockcrm.verifying import ExpectationSchema
from mockcrm.vocabulary import VERBS, AdvanceSchema, apart, read_actions, read_rules
from mockcrm.web import shown
from mockcrm.web.hooks import exchange
from mockcrm.web.wire import (
    JSON,
    MERGE_PATCH,
    absolute,
    answer,
    etag,
    if_match,
    json_body,
    nothing,
    page_answer,
    query,
)

MAX_SNAPSHOT = 512 * 1024 * 1024
"""The largest snapshot that is read, in bytes."""
MAX_REPLICA = 64 * 1024 * 1024
"""The largest replica that is held against the CRM, in bytes."""
MAX_CHANGES = 10_000
"""The most entries of the change log that one answer may be asked for."""

admin = Blueprint("admin", __name__, url_prefix="/admin")


class ChangesParameters(NoParameters):
    after = Digits(least=0, most=LONG - 1)
    limit = Digits(least=1, most=MAX_CHANGES)


class ResetSchema(Strict):
    to = fields.String(validate=validate.Equal("empty"))


class SandboxSchema(Strict):
    """A new sandbox: empty, from a scenario, or a fork; with a dialect, a seed and invented events upon it."""

    name = fields.String(required=True)
    from_ = fields.String(data_key="from", attribute="parent")
    scenario = fields.String()
    dialect = fields.Raw()
    seed = Whole(least=0, most=LONG - 1)
    count = Whole(least=0, most=MAX_SEED_COUNT, load_default=0)

    @validates_schema
    def one_origin(self, data: dict[str, Any], **_: Any) -> None:
        if "parent" in data and "scenario" in data:
            raise ValidationError("A sandbox has one origin: `from` or `scenario`.", "scenario")


class RequestsParameters(NoParameters):
    after = Digits(least=0, most=LONG - 1)
    limit = Digits(least=1, most=MAX_CHANGES)


_EVENTS, _CHANGES, _REQUESTS, _NONE = EventsParameters(), ChangesParameters(), RequestsParameters(), NoParameters()
_MATCHER, _EXPECTATION = JournalMatcherSchema(), ExpectationSchema()


def _sandboxes() -> Sandboxes:
    all_of_them: Sandboxes = current_app.extensions["mockcrm"]
    return all_of_them


def _cause() -> Cause:
    return Cause("crm", exchange().request_id)


@admin.before_request
def refuse_stray_parameters() -> None:
    if request.endpoint not in ("admin.list_events", "admin.list_changes", "admin.list_requests"):
        query(_NONE)


# Clock


@admin.get("/clock")
def get_clock() -> Response:
    with exchange().sandbox.open() as crm:
        return answer(shown.shown_clock(crm.clock))


@admin.put("/clock")
def set_clock() -> Response:
    settings = ClockSchema().check(json_body(), ClockInvalid, "The clock")
    return _moved(actions.clock, settings)


@admin.post("/clock/advance")
def advance_clock() -> Response:
    arguments = AdvanceSchema().check(json_body(), ClockInvalid, "The advance")
    return _moved(actions.advance, arguments)


def _moved(verb: Callable[..., Result], arguments: dict[str, Any]) -> Response:
    """The clock after a verb has moved it, and what has run on the way."""
    with exchange().sandbox.open() as crm:
        result = exchange().sandbox.act_whole(verb, _cause(), **arguments)
        return answer(shown.shown_clock(crm.clock) | {"ran": shown.shown_result(crm, result)["ran"]})


# Events


@admin.get("/events")
def list_events() -> Response:
    with exchange().sandbox.open() as crm:
        page = exchange().sandbox.page("admin", query(_EVENTS))
        return page_answer(page, [orjson.dumps(shown.shown_version(crm, change)) for change in page.changes])


@admin.get("/events/<reference>")
def get_event(reference: str) -> Response:
    with exchange().sandbox.open() as crm:
        change = crm.find(crm.resolve(reference))
        return answer(shown.shown_version(crm, change), headers={"ETag": etag(change)})


@admin.post("/events")
def create_event() -> Response:
    result = _write("create", json_body())
    return _event_answer(result, 201, {"Location": absolute(f"/admin/events/{result.change.event.id}")})


@admin.patch("/events/<reference>")
def update_event(reference: str) -> Response:
    body = _without_internals(reference, json_body(JSON, MERGE_PATCH))
    return _event_answer(_write("edit", body, event=reference, allowed=if_match()))


@admin.put("/events/<reference>")
def replace_event(reference: str) -> Response:
    body = _without_internals(reference, json_body())
    return _event_answer(_write("edit", body, event=reference, replace=True, allowed=if_match()))


@admin.delete("/events/<reference>")
def delete_event(reference: str) -> Response:
    _write("delete", json_body(optional=True), event=reference, allowed=if_match())
    return nothing()


@admin.post("/events/<reference>/restore")
def restore_event(reference: str) -> Response:
    return _event_answer(_write("restore", json_body(optional=True), event=reference))


def _without_internals(reference: str, body: Any) -> Any:
    """A body without what `GET /admin/events/{id}` adds to an event: what was read may be sent back."""
    if not isinstance(body, dict):
        return body
    with exchange().sandbox.open() as crm:
        known = {"key": crm.key_of.get(crm.resolve(reference))}
    return {
        name: value
        for name, value in body.items()
        if name not in shown.INTERNALS and (name not in known or value != known[name])
    }


def _write(verb: str, body: Any, **arguments: Any) -> Result:
    """Perform the short form of an action: an event's fields, with key and modifiers beside them."""
    loaded = VERBS[verb].arguments(apart(body) if verb in ("create", "edit") else body, **arguments)
    return exchange().sandbox.act(VERBS[verb].perform, _cause(), **loaded)


def _event_answer(result: Result, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    with exchange().sandbox.open() as crm:
        return answer(shown.shown_version(crm, result.change), status, {"ETag": etag(result.change), **(headers or {})})


# Actions and the log


@admin.post("/actions")
def perform_actions() -> Response:
    steps = read_actions(json_body())
    with exchange().sandbox.open() as crm:
        results = crm.perform(steps, _cause())
        return answer({"results": [shown.shown_result(crm, result) for result in results]})


@admin.get("/changes")
def list_changes() -> Response:
    asked = query(_CHANGES)
    with exchange().sandbox.open() as crm:
        changes = crm.store.changes(**asked)
        return answer(
            {
                "changes": [shown.shown_change(change) for change in changes],
                "length": len(changes),
                "lastSeq": crm.store.last_seq,
            }
        )


@admin.post("/seed")
def seed() -> Response:
    order = SeedSchema().check(json_body(optional=True), SeedInvalid, "The seeding")
    with exchange().sandbox.open() as crm:
        done = exchange().sandbox.act_whole(actions.seed, _cause(), **order)
        return answer({**done.more, "events": crm.store.live_count(), "lastSeq": crm.store.last_seq})


# The whole state


@admin.post("/reset")
def reset() -> Response:
    order = ResetSchema().check(json_body(optional=True), ActionInvalid, "The reset")
    _sandboxes().reset(exchange().sandbox, empty="to" in order)
    return answer(shown.shown_sandbox(exchange().sandbox))


@admin.get("/snapshot")
def get_snapshot() -> Response:
    with exchange().sandbox.open() as crm:
        return answer(snapshot.dump(crm))


@admin.put("/snapshot")
def put_snapshot() -> Response:
    request.max_content_length = MAX_SNAPSHOT
    _sandboxes().put(exchange().sandbox, snapshot.load(json_body(nesting=2 * MAX_NESTING)))
    return answer(shown.shown_sandbox(exchange().sandbox))


# Dialect


@admin.get("/dialect")
def get_dialect() -> Response:
    with exchange().sandbox.open() as crm:
        return answer(shown.shown_dialect(crm.dialect))


@admin.patch("/dialect")
def change_dialect() -> Response:
    exchange().sandbox.act(actions.dialect, _cause(), knobs=json_body())
    return get_dialect()


@admin.put("/dialect")
def replace_dialect() -> Response:
    dialect = read_dialect(json_body())
    with exchange().sandbox.open() as crm:
        crm.speak(dialect)
    return get_dialect()


@admin.get("/dialects")
def list_dialects() -> Response:
    return answer(shown.shown_dialects())


# Faults


@admin.get("/faults")
def list_faults() -> Response:
    with exchange().sandbox.open() as crm:
        found = [shown.shown_rule(*each) for each in crm.faults]
        return answer({"faults": found, "length": len(found)})


@admin.post("/faults")
def create_faults() -> Response:
    """One rule, or a list that is added as a whole or not at all."""
    body = json_body()
    rules = read_rules(body)
    with exchange().sandbox.open() as crm:
        crm.faults.check_room(len(rules))
        ids = [actions.fault(crm, _cause(), rule=rule).more["id"] for rule in rules]
        made = [shown.shown_rule(each, *crm.faults.get(each)) for each in ids]
    if isinstance(body, list):
        return answer({"faults": made, "length": len(made)}, 201)
    return answer(made[0], 201, {"Location": absolute(f"/admin/faults/{ids[0]}")})


@admin.delete("/faults")
def delete_faults() -> Response:
    exchange().sandbox.act(actions.clear_faults, _cause())
    return nothing()


@admin.get("/faults/<rule_id>")
def get_fault(rule_id: str) -> Response:
    with exchange().sandbox.open() as crm:
        return answer(shown.shown_rule(rule_id, *crm.faults.get(rule_id)))


@admin.delete("/faults/<rule_id>")
def delete_fault(rule_id: str) -> Response:
    with exchange().sandbox.open() as crm:
        crm.faults.remove(rule_id)
    return nothing()


# The journal


@admin.get("/requests")
def list_requests() -> Response:
    asked = query(_REQUESTS)
    return _entries(exchange().sandbox.journal.entries(**asked))


@admin.delete("/requests")
def delete_requests() -> Response:
    exchange().sandbox.journal.clear()
    return nothing()


@admin.get("/requests/<int:number>")
def get_request(number: int) -> Response:
    return answer(shown.shown_entry(exchange().sandbox.journal.get(number)))


@admin.post("/requests/find")
def find_requests() -> Response:
    return _entries(_matched())


@admin.post("/requests/count")
def count_requests() -> Response:
    return answer({"count": len(_matched())})


def _matched() -> list[Entry]:
    matcher: Matcher = _MATCHER.check(json_body(optional=True), RequestInvalid, "The matcher")
    return list(matcher.among(exchange().sandbox.journal.entries()))


def _entries(entries: list[Entry]) -> Response:
    found = [shown.shown_entry(entry) for entry in entries]
    return answer({"requests": found, "length": len(found), "dropped": exchange().sandbox.journal.dropped})


@admin.post("/verify")
def verify_requests() -> Response:
    expected = _EXPECTATION.check(json_body(), RequestInvalid, "The expectation")
    failure = exchange().sandbox.verify(expected)
    return answer({"passed": True} if failure is None else shown.shown_failure(failure))


@admin.get("/audit")
def get_audit() -> Response:
    return answer(shown.shown_audit(exchange().sandbox.audit()))


@admin.post("/audit")
def post_audit() -> Response:
    """The same, with a client's replica held against what lists show."""
    request.max_content_length = MAX_REPLICA
    return answer(shown.shown_audit(exchange().sandbox.audit(replica_of(json_body())), held=True))


@admin.get("/replay")
def get_replay() -> Response:
    """What happened since the start, and what the audit says of it, at one instant."""
    with exchange().sandbox.open():
        told = bundle.dump(exchange().sandbox)
        return answer({**told, "verdict": shown.shown_audit(exchange().sandbox.audit())})


# Scenarios


@admin.get("/scenarios")
def list_scenarios() -> Response:
    known = [shown.shown_title(name, told_scenario(name)) for name in scenarios()]
    return answer({"scenarios": known, "length": len(known)})


@admin.get("/scenarios/<name>")
def get_scenario_file(name: str) -> Response:
    return answer({"name": name, **told_scenario(name)})


@admin.get("/scenario")
def get_scenario() -> Response:
    with exchange().sandbox.open() as crm:
        return answer(shown.shown_plot(plot_of(crm), exchange().sandbox.failures()))


@admin.put("/scenario")
def put_scenario() -> Response:
    """Begin anew with a shipped scenario, by its name, or with one that is told in full."""
    body = json_body()
    name = body if isinstance(body, str) else body.get("name") if isinstance(body, dict) else None
    if isinstance(body, dict) and "name" in body and len(body) > 1:
        problem = {each: ["The named scenario says that."] for each in body if each != "name"}
        raise ScenarioInvalid("A scenario is named, or told in full.", problem)
    scenario = find_scenario(name) if isinstance(name, str) else scenario_of(body)
    _sandboxes().put(exchange().sandbox, scenario.start(), scenario.clock)
    return answer(shown.shown_sandbox(exchange().sandbox))


@admin.delete("/scenario")
def delete_scenario() -> Response:
    exchange().sandbox.drop_plot()
    return nothing()


@admin.post("/scenario/next")
def next_step() -> Response:
    with exchange().sandbox.open() as crm:
        leg, failures = exchange().sandbox.next_leg()
        return answer(shown.shown_leg(crm, leg, failures))


# Sandboxes


@admin.get("/sandboxes")
def list_sandboxes() -> Response:
    found = [shown.shown_sandbox(each) for each in _sandboxes().all()]
    return answer({"sandboxes": found, "length": len(found)})


@admin.post("/sandboxes")
def create_sandbox() -> Response:
    order = SandboxSchema().check(json_body(), SandboxInvalid, "The sandbox")
    made = shown.shown_sandbox(_forked(order) if "parent" in order else _started(order))
    return answer(made, 201, {"Location": absolute(f"/admin/sandboxes/{made['name']}")})


def _started(order: dict[str, Any]) -> Sandbox:
    scenario = find_scenario(order["scenario"]) if "scenario" in order else Scenario()
    return _sandboxes().create(order["name"], scenario.amended(order))


def _forked(order: dict[str, Any]) -> Sandbox:
    def amend(crm: State) -> None:
        if "dialect" in order:
            crm.speak(read_dialect(order["dialect"], crm.dialect))
        if "seed" in order:
            crm.chance.seed(order["seed"])
        if order["count"]:
            actions.seed(crm, _cause(), count=order["count"], seed=order.get("seed"))

    return _sandboxes().fork(_sandboxes().get(order["parent"]), order["name"], amend)


@admin.get("/sandboxes/<name>")
def get_sandbox(name: str) -> Response:
    return answer(shown.shown_sandbox(_sandboxes().get(name)))


@admin.delete("/sandboxes/<name>")
def delete_sandbox(name: str) -> Response:
    _sandboxes().delete(name)
    return nothing()
