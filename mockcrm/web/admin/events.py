"""`/admin/events`, `/admin/actions`: what colleagues do in the CRM."""

from typing import Any

import orjson
from flask import Response

from mockcrm.crm.actions import Result
from mockcrm.crm.lists.parameters import EventsParameters
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
from mockcrm.sandbox.control_schemas import WriteModifiers
from mockcrm.web.admin.paging import with_default_limit
from mockcrm.web.admin.route_group import ACTION_REFUSALS, RouteGroup, by_colleague
from mockcrm.web.exchange import current_sandbox
from mockcrm.web.media_types import JSON, MERGE_PATCH
from mockcrm.web.openapi.declare import declared
from mockcrm.web.representations.actions import ResultsJson, results_json
from mockcrm.web.representations.events import ShownVersionJson, VersionsPageJson, version_json
from mockcrm.web.requests import if_match, json_body, query_parameters
from mockcrm.web.responses import absolute_url, empty_response, etag, json_response, page_response

routes = RouteGroup()

_GONE = (EventNotFound, EventDeleted)
_CHANGING: dict[str, Any] = {
    "reads": ("If-Match",),
    "sends": ("ETag",),
    "refuses": (*_GONE, PreconditionFailed, EventInvalid, ActionInvalid, SandboxFull),
}
"""The declaration that the calls which change an event share."""

_EVENTS = EventsParameters()


@routes.get("/events")
@declared(VersionsPageJson, query=EventsParameters, refuses=(PageTokenInvalid, PageTokenExpired))
def list_events() -> Response:
    """All events in their latest versions, deleted ones too, with their internals, a page at a time."""
    asked = with_default_limit(query_parameters(_EVENTS))
    with current_sandbox().open() as state:
        page = current_sandbox().page("admin", asked)
        found = [(change, state.crm.key_of.get(change.event.id)) for change in page.changes]
    return page_response(page, [orjson.dumps(version_json(*each)) for each in found])


@routes.get("/events/<reference>")
@declared(ShownVersionJson, sends=("ETag",), refuses=(EventNotFound,))
def get_event(reference: str) -> Response:
    """One event by its id or key, with its internals."""
    with current_sandbox().open() as state:
        change = state.crm.find(state.crm.resolve(reference))
        key = state.crm.key_of.get(change.event.id)
    return json_response(version_json(change, key), headers={"ETag": etag(change)})


@routes.post("/events")
@declared(
    ShownVersionJson,
    status=201,
    body="created_event",
    sends=("ETag", "Location"),
    refuses=(EventExists, KeyExists, EventInvalid, ActionInvalid, SandboxFull),
)
def create_event() -> Response:
    """Create an event, as a colleague does; the body may set its id."""
    result = _write(VERBS["create"], split_modifiers(json_body()))
    return _event_answer(result, 201, {"Location": absolute_url(f"/admin/events/{result.change.event.id}")})


@routes.patch("/events/<reference>")
@declared(ShownVersionJson, body="edited_event", accepts=(JSON, MERGE_PATCH), **_CHANGING)
def update_event(reference: str) -> Response:
    """Edit an event, as a colleague does, with a JSON merge patch."""
    return _edit(VERBS["edit"], reference, json_body(JSON, MERGE_PATCH))


@routes.put("/events/<reference>")
@declared(ShownVersionJson, body="replaced_event", **_CHANGING)
def replace_event(reference: str) -> Response:
    """Replace an event, as a colleague does: an absent field becomes its default."""
    return _edit(REPLACE, reference, json_body())


@routes.delete("/events/<reference>")
@declared(
    status=204,
    body=WriteModifiers,
    optional=True,
    reads=("If-Match",),
    refuses=(*_GONE, PreconditionFailed, ActionInvalid, SandboxFull),
)
def delete_event(reference: str) -> Response:
    """Delete an event, as a colleague does."""
    _write(VERBS["delete"], json_body(optional=True), event=reference, allowed=if_match())
    return empty_response()


@routes.post("/events/<reference>/restore")
@declared(
    ShownVersionJson,
    body=WriteModifiers,
    optional=True,
    sends=("ETag",),
    refuses=(EventNotFound, EventNotDeleted, ActionInvalid, SandboxFull),
)
def restore_event(reference: str) -> Response:
    """Restore a deleted event, as a colleague does."""
    return _event_answer(_write(VERBS["restore"], json_body(optional=True), event=reference))


def _edit(verb: Verb, reference: str, body: Any) -> Response:
    # The key of an event never changes, so it can be read without the lock.
    crm = current_sandbox().state.crm
    content = split_modifiers(without_internals(body, crm.key_of.get(crm.resolve(reference))))
    return _event_answer(_write(verb, content, event=reference, allowed=if_match()))


def _write(verb: Verb, body: Any, **arguments: Any) -> Result:
    """Perform a verb, with its arguments from the body and from the path."""
    return current_sandbox().act(verb.perform, by_colleague(), **verb.arguments(body, **arguments))


def _event_answer(result: Result, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    with current_sandbox().open() as state:
        key = state.crm.key_of.get(result.change.event.id)
    tag = {"ETag": etag(result.change)}
    return json_response(version_json(result.change, key), status, {**tag, **(headers or {})})


@routes.post("/actions")
@declared(ResultsJson, body=Actions().described, refuses=ACTION_REFUSALS)
def perform_actions() -> Response:
    """Perform one action, or a list of them: all or none."""
    steps = read_actions(json_body())
    with current_sandbox().open() as state:
        results = state.perform(steps, by_colleague())
        return json_response(results_json(state.crm, results))
