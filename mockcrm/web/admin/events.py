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
from mockcrm.web.exchange import current_sandbox
from mockcrm.web.media_types import JSON, MERGE_PATCH
from mockcrm.web.openapi.declare import declared
from mockcrm.web.representations import shown
from mockcrm.web.requests import if_match, json_body, query_parameters
from mockcrm.web.responses import absolute_url, empty_response, etag, json_response, page_response

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
    asked = with_a_limit(query_parameters(_EVENTS))
    with current_sandbox().open() as crm:
        page = current_sandbox().page("admin", asked)
        found = [(change, crm.key_of.get(change.event.id)) for change in page.changes]
    return page_response(page, [orjson.dumps(shown.shown_version(*each)) for each in found])


@admin.get("/events/<reference>")
@declared("ShownVersionSchema", sends=("ETag",), refuses=(EventNotFound,))
def get_event(reference: str) -> Response:
    """One event by its id or key, with the internals."""
    with current_sandbox().open() as crm:
        change = crm.find(crm.resolve(reference))
        key = crm.key_of.get(change.event.id)
    return json_response(shown.shown_version(change, key), headers={"ETag": etag(change)})


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
    return _event_answer(result, 201, {"Location": absolute_url(f"/admin/events/{result.change.event.id}")})


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
    return empty_response()


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
    crm = current_sandbox().state
    content = split_modifiers(without_internals(body, crm.key_of.get(crm.resolve(reference))))
    return _event_answer(_write(verb, content, event=reference, allowed=if_match()))


def _write(verb: Verb, body: Any, **arguments: Any) -> Result:
    """Perform a verb whose arguments are in the body, and in the path."""
    return current_sandbox().act(verb.perform, cause(), **verb.arguments(body, **arguments))


def _event_answer(result: Result, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    with current_sandbox().open() as crm:
        key = crm.key_of.get(result.change.event.id)
    shown_version = shown.shown_version(result.change, key)
    return json_response(shown_version, status, {"ETag": etag(result.change), **(headers or {})})


@admin.post("/actions")
@declared("ResultsSchema", body=Actions().described, refuses=ACTIONS)
def perform_actions() -> Response:
    """Perform one action, or a list as a whole or not at all."""
    steps = read_actions(json_body())
    with current_sandbox().open() as crm:
        results = crm.perform(steps, cause())
        return json_response({"results": [shown.shown_result(crm, result) for result in results]})
