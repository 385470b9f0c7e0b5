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
from mockcrm.controls import MAX_SEED_COUNT, ClockSchema, SeedSchema, Writing
from mockcrm.depth import MAX_NESTING
from mockcrm.dialects import DialectField, read_dialect
from mockcrm.errors import (
    ActionInvalid,
    AuditInvalid,
    ClockInvalid,
    DialectInvalid,
    EventDeleted,
    EventExists,
    EventInvalid,
    EventNotDeleted,
    EventNotFound,
    FaultInvalid,
    FaultNotFound,
    KeyExists,
    PageTokenExpired,
    PageTokenInvalid,
    PathNotFound,
    PreconditionFailed,
    ReplayImpossible,
    RequestInvalid,
    RequestNotFound,
    SandboxExists,
    SandboxInvalid,
    SandboxLimit,
    SandboxProtected,
    ScenarioInvalid,
    ScenarioNotFound,
    SeedInvalid,
    SnapshotInvalid,
)
from mockcrm.fields import LONG, Whole
from mockcrm.journal import Entry
from mockcrm.listing import Digits, EventsParameters, NoParameters, explained
from mockcrm.matching import JournalMatcherSchema, Matcher
from mockcrm.plot import plot_of
from mockcrm.replica import ReplicaSchema, replica_of
from mockcrm.sandbox import Sandbox
from mockcrm.sandboxes import Sandboxes
from mockcrm.scenario import Scenario, find_scenario, scenario_of, scenarios, told_scenario
from mockcrm.schemas import Strict
from mockcrm.snapshot import SnapshotSchema
from mockcrm.state import Cause, State
from mockcrm.verifying import ExpectationSchema
from mockcrm.vocabulary import VERBS, Actions, AdvanceSchema, apart, read_actions, read_rules
from mockcrm.web import shown
from mockcrm.web.declaring import declared
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

_GONE = (EventNotFound, EventDeleted)
_MOVING = (ClockInvalid,)
_ACTIONS = (
    EventNotFound,
    EventDeleted,
    EventExists,
    EventNotDeleted,
    KeyExists,
    ActionInvalid,
    EventInvalid,
    ClockInvalid,
    DialectInvalid,
    FaultInvalid,
)
"""What one of a list of actions may be refused as."""
_CHANGING: dict[str, Any] = {
    "heeds": ("If-Match",),
    "sends": ("ETag",),
    "refuses": (*_GONE, PreconditionFailed, EventInvalid, ActionInvalid),
}
"""What is said of the calls that change an event."""

admin = Blueprint("admin", __name__, url_prefix="/admin")


class ChangesParameters(NoParameters):
    after = Digits(least=0, most=LONG - 1, metadata=explained("From the `seq` after this one on.", 48))
    limit = Digits(least=1, most=MAX_CHANGES, metadata=explained("How many entries at most.", 100))


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
    after = Digits(least=0, most=LONG - 1, metadata=explained("From the number after this one on.", 7))
    limit = Digits(least=1, most=MAX_CHANGES, metadata=explained("How many entries at most.", 100))


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
@declared("ShownClockSchema")
def get_clock() -> Response:
    """Where the clock stands."""
    with exchange().sandbox.open() as crm:
        return answer(shown.shown_clock(crm.clock))


@admin.put("/clock")
@declared("MovedClockSchema", body=ClockSchema, refuses=_MOVING)
def set_clock() -> Response:
    """Set the clock. Forward runs what falls due; back undoes nothing."""
    settings = ClockSchema().check(json_body(), ClockInvalid, "The clock")
    return _moved(actions.clock, settings)


@admin.post("/clock/advance")
@declared("MovedClockSchema", body=AdvanceSchema, refuses=_MOVING)
def advance_clock() -> Response:
    """Move the clock forward, and run what falls due on the way."""
    arguments = AdvanceSchema().check(json_body(), ClockInvalid, "The advance")
    return _moved(actions.advance, arguments)


def _moved(verb: Callable[..., Result], arguments: dict[str, Any]) -> Response:
    """The clock after a verb has moved it, and what has run on the way."""
    with exchange().sandbox.open() as crm:
        result = exchange().sandbox.act_whole(verb, _cause(), **arguments)
        return answer(shown.shown_clock(crm.clock) | {"ran": shown.shown_result(crm, result)["ran"]})


# Events


@admin.get("/events")
@declared("VersionsPageSchema", query=EventsParameters, refuses=(PageTokenInvalid, PageTokenExpired))
def list_events() -> Response:
    """Events by their latest versions, deleted ones too, with the internals."""
    with exchange().sandbox.open() as crm:
        page = exchange().sandbox.page("admin", query(_EVENTS))
        return page_answer(page, [orjson.dumps(shown.shown_version(crm, change)) for change in page.changes])


@admin.get("/events/<reference>")
@declared("ShownVersionSchema", sends=("ETag",), refuses=(EventNotFound,))
def get_event(reference: str) -> Response:
    """One event by its id or key, with the internals."""
    with exchange().sandbox.open() as crm:
        change = crm.find(crm.resolve(reference))
        return answer(shown.shown_version(crm, change), headers={"ETag": etag(change)})


@admin.post("/events")
@declared(
    "ShownVersionSchema",
    status=201,
    body="new_event",
    sends=("ETag", "Location"),
    refuses=(EventExists, KeyExists, EventInvalid, ActionInvalid),
)
def create_event() -> Response:
    """Make a new event, as a colleague does; it may bring its own id."""
    result = _write("create", json_body())
    return _event_answer(result, 201, {"Location": absolute(f"/admin/events/{result.change.event.id}")})


@admin.patch("/events/<reference>")
@declared("ShownVersionSchema", body="changed_event", kinds=(JSON, MERGE_PATCH), **_CHANGING)
def update_event(reference: str) -> Response:
    """Edit an event, as a colleague does: a JSON merge patch."""
    body = _without_internals(reference, json_body(JSON, MERGE_PATCH))
    return _event_answer(_write("edit", body, event=reference, allowed=if_match()))


@admin.put("/events/<reference>")
@declared("ShownVersionSchema", body="whole_event", **_CHANGING)
def replace_event(reference: str) -> Response:
    """Replace an event, as a colleague does."""
    body = _without_internals(reference, json_body())
    return _event_answer(_write("edit", body, event=reference, replace=True, allowed=if_match()))


@admin.delete("/events/<reference>")
@declared(
    status=204, body=Writing, optional=True, heeds=("If-Match",), refuses=(*_GONE, PreconditionFailed, ActionInvalid)
)
def delete_event(reference: str) -> Response:
    """Delete an event, as a colleague does."""
    _write("delete", json_body(optional=True), event=reference, allowed=if_match())
    return nothing()


@admin.post("/events/<reference>/restore")
@declared(
    "ShownVersionSchema",
    body=Writing,
    optional=True,
    sends=("ETag",),
    refuses=(EventNotFound, EventNotDeleted, ActionInvalid),
)
def restore_event(reference: str) -> Response:
    """Have a deleted event live again."""
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
@declared("ResultsSchema", body=Actions().described, refuses=_ACTIONS)
def perform_actions() -> Response:
    """Perform one action, or a list as a whole or not at all."""
    steps = read_actions(json_body())
    with exchange().sandbox.open() as crm:
        results = crm.perform(steps, _cause())
        return answer({"results": [shown.shown_result(crm, result) for result in results]})


@admin.get("/changes")
@declared("ChangesSchema", query=ChangesParameters)
def list_changes() -> Response:
    """The change log."""
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
@declared("SeededSchema", body=SeedSchema, optional=True, refuses=(SeedInvalid,))
def seed() -> Response:
    """Invent events."""
    order = SeedSchema().check(json_body(optional=True), SeedInvalid, "The seeding")
    with exchange().sandbox.open() as crm:
        done = exchange().sandbox.act_whole(actions.seed, _cause(), **order)
        return answer({**done.more, "events": crm.store.live_count(), "lastSeq": crm.store.last_seq})


# The whole state


@admin.post("/reset")
@declared("ShownSandboxSchema", body=ResetSchema, optional=True, refuses=(ActionInvalid,))
def reset() -> Response:
    """Go back to the start state, or to nothing at all."""
    order = ResetSchema().check(json_body(optional=True), ActionInvalid, "The reset")
    _sandboxes().reset(exchange().sandbox, empty="to" in order)
    return answer(shown.shown_sandbox(exchange().sandbox))


@admin.get("/snapshot")
@declared(SnapshotSchema)
def get_snapshot() -> Response:
    """The whole state as one document."""
    with exchange().sandbox.open() as crm:
        return answer(snapshot.dump(crm))


@admin.put("/snapshot")
@declared("ShownSandboxSchema", body=SnapshotSchema, refuses=(SnapshotInvalid,))
def put_snapshot() -> Response:
    """Begin anew with the state in a document."""
    request.max_content_length = MAX_SNAPSHOT
    _sandboxes().put(exchange().sandbox, snapshot.load(json_body(nesting=2 * MAX_NESTING)))
    return answer(shown.shown_sandbox(exchange().sandbox))


# Dialect


@admin.get("/dialect")
@declared("ShownDialectSchema")
def get_dialect() -> Response:
    """How the CRM speaks."""
    with exchange().sandbox.open() as crm:
        return answer(shown.shown_dialect(crm.dialect))


@admin.patch("/dialect")
@declared("ShownDialectSchema", body=DialectField().described, refuses=(DialectInvalid,))
def change_dialect() -> Response:
    """Turn some knobs of the dialect."""
    exchange().sandbox.act(actions.dialect, _cause(), knobs=json_body())
    return get_dialect()


@admin.put("/dialect")
@declared("ShownDialectSchema", body=DialectField().described, refuses=(DialectInvalid,))
def replace_dialect() -> Response:
    """Have the CRM speak another dialect, from `plain` on."""
    dialect = read_dialect(json_body())
    with exchange().sandbox.open() as crm:
        crm.speak(dialect)
    return get_dialect()


@admin.get("/dialects")
@declared("DialectsSchema")
def list_dialects() -> Response:
    """The named dialects, and all knobs."""
    return answer(shown.shown_dialects())


# Faults


@admin.get("/faults")
@declared("RulesSchema")
def list_faults() -> Response:
    """All fault rules."""
    with exchange().sandbox.open() as crm:
        found = [shown.shown_rule(*each) for each in crm.faults]
        return answer({"faults": found, "length": len(found)})


@admin.post("/faults")
@declared("added_rules", status=201, body="told_rules", refuses=(FaultInvalid,))
def create_faults() -> Response:
    """Add one fault rule, or a list that is added as a whole or not at all."""
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
@declared(status=204)
def delete_faults() -> Response:
    """Remove all fault rules."""
    exchange().sandbox.act(actions.clear_faults, _cause())
    return nothing()


@admin.get("/faults/<rule_id>")
@declared("ShownRuleSchema", refuses=(FaultNotFound,))
def get_fault(rule_id: str) -> Response:
    """One fault rule."""
    with exchange().sandbox.open() as crm:
        return answer(shown.shown_rule(rule_id, *crm.faults.get(rule_id)))


@admin.delete("/faults/<rule_id>")
@declared(status=204, refuses=(FaultNotFound,))
def delete_fault(rule_id: str) -> Response:
    """Remove a fault rule."""
    with exchange().sandbox.open() as crm:
        crm.faults.remove(rule_id)
    return nothing()


# The journal


@admin.get("/requests")
@declared("EntriesSchema", query=RequestsParameters)
def list_requests() -> Response:
    """The journal of what clients asked and got."""
    asked = query(_REQUESTS)
    return _entries(exchange().sandbox.journal.entries(**asked))


@admin.delete("/requests")
@declared(status=204)
def delete_requests() -> Response:
    """Forget the journal."""
    exchange().sandbox.journal.clear()
    return nothing()


@admin.get("/requests/<int:number>")
@declared("ShownEntrySchema", refuses=(RequestNotFound, PathNotFound))
def get_request(number: int) -> Response:
    """One request of the journal."""
    return answer(shown.shown_entry(exchange().sandbox.journal.get(number)))


@admin.post("/requests/find")
@declared("EntriesSchema", body=JournalMatcherSchema, optional=True, refuses=(RequestInvalid,))
def find_requests() -> Response:
    """The requests that a matcher means."""
    return _entries(_matched())


@admin.post("/requests/count")
@declared("CountSchema", body=JournalMatcherSchema, optional=True, refuses=(RequestInvalid,))
def count_requests() -> Response:
    """How many requests a matcher means."""
    return answer({"count": len(_matched())})


def _matched() -> list[Entry]:
    matcher: Matcher = _MATCHER.check(json_body(optional=True), RequestInvalid, "The matcher")
    return list(matcher.among(exchange().sandbox.journal.entries()))


def _entries(entries: list[Entry]) -> Response:
    found = [shown.shown_entry(entry) for entry in entries]
    return answer({"requests": found, "length": len(found), "dropped": exchange().sandbox.journal.dropped})


@admin.post("/verify")
@declared("VerifiedSchema", body=ExpectationSchema, refuses=(RequestInvalid,))
def verify_requests() -> Response:
    """Whether clients asked what a test expects, and if not, what came nearest."""
    expected = _EXPECTATION.check(json_body(), RequestInvalid, "The expectation")
    failure = exchange().sandbox.verify(expected)
    return answer({"passed": True} if failure is None else shown.shown_failure(failure))


@admin.get("/audit")
@declared("AuditSchema")
def get_audit() -> Response:
    """What each client got wrong."""
    return answer(shown.shown_audit(exchange().sandbox.audit()))


@admin.post("/audit")
@declared("AuditSchema", body=ReplicaSchema, refuses=(AuditInvalid,))
def post_audit() -> Response:
    """What each client got wrong, with a client's replica held against what lists show."""
    request.max_content_length = MAX_REPLICA
    return answer(shown.shown_audit(exchange().sandbox.audit(replica_of(json_body())), held=True))


@admin.get("/replay")
@declared("ReplaySchema", refuses=(ReplayImpossible,))
def get_replay() -> Response:
    """What happened since the start, and what the audit says of it, at one instant."""
    with exchange().sandbox.open():
        told = bundle.dump(exchange().sandbox)
        return answer({**told, "verdict": shown.shown_audit(exchange().sandbox.audit())})


# Scenarios


@admin.get("/scenarios")
@declared("TitlesSchema")
def list_scenarios() -> Response:
    """The shipped scenarios."""
    known = [shown.shown_title(name, told_scenario(name)) for name in scenarios()]
    return answer({"scenarios": known, "length": len(known)})


@admin.get("/scenarios/<name>")
@declared("ScenarioFileSchema", refuses=(ScenarioNotFound,))
def get_scenario_file(name: str) -> Response:
    """One of the shipped scenarios."""
    return answer({"name": name, **told_scenario(name)})


@admin.get("/scenario")
@declared("ShownPlotSchema", refuses=(ScenarioNotFound,))
def get_scenario() -> Response:
    """The scenario that is loaded, and how far it has come."""
    with exchange().sandbox.open() as crm:
        return answer(shown.shown_plot(plot_of(crm), exchange().sandbox.failures()))


@admin.put("/scenario")
@declared("ShownSandboxSchema", body="scenario_body", refuses=(ScenarioNotFound, ScenarioInvalid))
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
@declared(status=204, refuses=(ScenarioNotFound,))
def delete_scenario() -> Response:
    """Forget the scenario's steps; the state stays."""
    exchange().sandbox.drop_plot()
    return nothing()


@admin.post("/scenario/next")
@declared("LegSchema", refuses=(ScenarioNotFound, *_ACTIONS))
def next_step() -> Response:
    """Run the scenario on to its next sync, or to its end."""
    with exchange().sandbox.open() as crm:
        leg, failures = exchange().sandbox.next_leg()
        return answer(shown.shown_leg(crm, leg, failures))


# Sandboxes


@admin.get("/sandboxes")
@declared("SandboxesSchema")
def list_sandboxes() -> Response:
    """All sandboxes."""
    found = [shown.shown_sandbox(each) for each in _sandboxes().all()]
    return answer({"sandboxes": found, "length": len(found)})


@admin.post("/sandboxes")
@declared(
    "ShownSandboxSchema",
    status=201,
    body=SandboxSchema,
    sends=("Location",),
    refuses=(ScenarioNotFound, SandboxExists, SandboxLimit, SandboxInvalid, DialectInvalid),
)
def create_sandbox() -> Response:
    """Make a sandbox: empty, from a scenario, or a fork."""
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
@declared("ShownSandboxSchema")
def get_sandbox(name: str) -> Response:
    """One sandbox."""
    return answer(shown.shown_sandbox(_sandboxes().get(name)))


@admin.delete("/sandboxes/<name>")
@declared(status=204, refuses=(SandboxProtected,))
def delete_sandbox(name: str) -> Response:
    """Delete a sandbox."""
    _sandboxes().delete(name)
    return nothing()
