"""`/admin/events`, `/admin/actions`: what colleagues do in the CRM."""

from typing import Any

import orjson
from flask import Response

from mockcrm.crm.actions import Result
from mockcrm.crm.lists.pages import EventsParameters
from mockcrm.errors import (
    ActionInvalid,
    EventDeleted,
    EventExists,
    EventInvalid,
    EventNotDeleted,
    EventNotFound,
    KeyExists,
    PageTokenExpired,
    PageTokenInvalid,
    PreconditionFailed,
    SandboxFull,
)
from mockcrm.sandbox.action_schemas import (
    REPLACE,
    VERBS,
    Actions,
    Verb,
    read_actions,
    split_modifiers,
    without_internals,
)
from mockcrm.sandbox.control_schemas import Writing
from mockcrm.web.admin.blueprint import ACTIONS, admin, cause
from mockcrm.web.admin.paging import with_a_limit
from mockcrm.web.gate import exchange
from mockcrm.web.openapi.declare import declared
from mockcrm.web.representations import shown
from mockcrm.web.responses import (
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

_GONE = (EventNotFound, EventDeleted)
_CHANGING: dict[str, Any] = {
    "heeds": ("If-Match",),
    "sends": ("ETag",),
    "refuses": (*_GONE, PreconditionFailed, EventInvalid, ActionInvalid, SandboxFull),
}
"""What is said of the calls that change an event."""

_EVENTS = EventsParameters()


@admin.get("/events")
@declared("VersionsPageSchema", query=EventsParameters, refuses=(PageTokenInvalid, PageTokenExpired))
def list_events() -> Response:
    """Events by their latest versions, deleted ones too, with the internals, a page at a time."""
    asked = with_a_limit(query(_EVENTS))
    with exchange().sandbox.open() as state:
        page = exchange().sandbox.page("admin", asked)
        found = [(change, state.crm.key_of.get(change.event.id)) for change in page.changes]
    return page_answer(page, [orjson.dumps(shown.shown_version(*each)) for each in found])


@admin.get("/events/<reference>")
@declared("ShownVersionSchema", sends=("ETag",), refuses=(EventNotFound,))
def get_event(reference: str) -> Response:
    """One event by its id or key, with the internals."""
    with exchange().sandbox.open() as state:
        change = state.crm.find(state.crm.resolve(reference))
        key = state.crm.key_of.get(change.event.id)
    return answer(shown.shown_version(change, key), headers={"ETag": etag(change)})


@admin.post("/events")
@declared(
    "ShownVersionSchema",
    status=201,
    body="new_event",
    sends=("ETag", "Location"),
    refuses=(EventExists, KeyExists, EventInvalid, ActionInvalid, SandboxFull),
)
def create_event() -> Response:
    """Make a new event, as a colleague does; it may bring its own id."""
    result = _write(VERBS["create"], split_modifiers(json_body()))
    return _event_answer(result, 201, {"Location": absolute(f"/admin/events/{result.change.event.id}")})


@admin.patch("/events/<reference>")
@declared("ShownVersionSchema", body="changed_event", kinds=(JSON, MERGE_PATCH), **_CHANGING)
def update_event(reference: str) -> Response:
    """Edit an event, as a colleague does: a JSON merge patch."""
    return _edit(VERBS["edit"], reference, json_body(JSON, MERGE_PATCH))


@admin.put("/events/<reference>")
@declared("ShownVersionSchema", body="whole_event", **_CHANGING)
def replace_event(reference: str) -> Response:
    """Replace an event, as a colleague does."""
    return _edit(REPLACE, reference, json_body())


@admin.delete("/events/<reference>")
@declared(
    status=204,
    body=Writing,
    optional=True,
    heeds=("If-Match",),
    refuses=(*_GONE, PreconditionFailed, ActionInvalid, SandboxFull),
)
def delete_event(reference: str) -> Response:
    """Delete an event, as a colleague does."""
    _write(VERBS["delete"], json_body(optional=True), event=reference, allowed=if_match())
    return nothing()


@admin.post("/events/<reference>/restore")
@declared(
    "ShownVersionSchema",
    body=Writing,
    optional=True,
    sends=("ETag",),
    refuses=(EventNotFound, EventNotDeleted, ActionInvalid, SandboxFull),
)
def restore_event(reference: str) -> Response:
    """Have a deleted event live again."""
    return _event_answer(_write(VERBS["restore"], json_body(optional=True), event=reference))


def _edit(verb: Verb, reference: str, body: Any) -> Response:
    # An event has its key for good, so that nobody need wait for the lock to ask for it.
    crm = exchange().sandbox.state.crm
    content = split_modifiers(without_internals(body, crm.key_of.get(crm.resolve(reference))))
    return _event_answer(_write(verb, content, event=reference, allowed=if_match()))


def _write(verb: Verb, body: Any, **arguments: Any) -> Result:
    """Perform a verb whose arguments are in the body, and in the path."""
    return exchange().sandbox.act(verb.perform, cause(), **verb.arguments(body, **arguments))


def _event_answer(result: Result, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    with exchange().sandbox.open() as state:
        key = state.crm.key_of.get(result.change.event.id)
    shown_version = shown.shown_version(result.change, key)
    return answer(shown_version, status, {"ETag": etag(result.change), **(headers or {})})


@admin.post("/actions")
@declared("ResultsSchema", body=Actions().described, refuses=ACTIONS)
def perform_actions() -> Response:
    """Perform one action, or a list as a whole or not at all."""
    steps = read_actions(json_body())
    with exchange().sandbox.open() as state:
        results = state.perform(steps, cause())
        return answer({"results": [shown.shown_result(state.crm, result) for result in results]})
