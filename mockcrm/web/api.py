"""`/api/v1`: the fake CRM, as a sync client sees it (contract, section 3). Each view loads, calls, answers."""

from typing import Any

from flask import Blueprint, Response, request

from mockcrm.crm import actions
from mockcrm.crm.actions import Precondition
from mockcrm.crm.dialect.knobs import PLAIN
from mockcrm.crm.drafts import Draft
from mockcrm.crm.event_schema import EventSchema
from mockcrm.crm.lists.cursor import ListName
from mockcrm.crm.lists.parameters import DeletedParameters, EventsParameters, NoParameters, parameters_of
from mockcrm.crm.rendering import rendered, tagged
from mockcrm.errors import (
    EventDeleted,
    EventInvalid,
    EventNotFound,
    IdempotencyMismatch,
    MethodNotAllowed,
    PageTokenExpired,
    PageTokenInvalid,
    PathNotFound,
    PreconditionFailed,
    PreconditionRequired,
    SandboxFull,
    SinceExpired,
)
from mockcrm.web.body import peek
from mockcrm.web.exchange import allow_header, client_call
from mockcrm.web.media_types import JSON, MERGE_PATCH
from mockcrm.web.openapi.declare import declared
from mockcrm.web.representations.events import EventsPageJson, ShownEventJson, TombstonesPageJson
from mockcrm.web.requests import body_limit, idempotency_key, if_match, json_body, query_parameters
from mockcrm.web.responses import absolute_url, empty_response, etag, event_response, page_response, write_response

_NO_PARAMETERS = NoParameters()

_EVENT = EventSchema(PLAIN)
_TAG = ("ETag",)
_LISTS = (PageTokenInvalid, PageTokenExpired, SinceExpired)
_MISSING = (EventNotFound, EventDeleted, (410, EventDeleted))
_PRECONDITION = (PreconditionFailed, PreconditionRequired)
_CHANGING: dict[str, Any] = {
    "also": (204,),
    "reads": ("If-Match",),
    "sends": _TAG,
    "refuses": (*_MISSING, *_PRECONDITION, EventInvalid, MethodNotAllowed, SandboxFull),
}
"""The declaration that the calls which change an event share."""

api = Blueprint("api", __name__, url_prefix="/api/v1")


@api.get("/events")
@declared(EventsPageJson, query=EventsParameters, sends=("Link",), refuses=_LISTS)
def list_events() -> Response:
    """Events in an interval, changed since a time, both, or all."""
    return _page("events", EventsParameters)


@api.get("/deletedEvents")
@declared(TombstonesPageJson, query=DeletedParameters, sends=("Link",), refuses=(*_LISTS, PathNotFound))
def list_deleted_events() -> Response:
    """Tombstones of deleted events: since a time, or all."""
    return _page("deletedEvents", DeletedParameters)


def _page(kind: ListName, of: type[NoParameters]) -> Response:
    call = client_call()
    parameters = query_parameters(parameters_of(of, call.dialect.timestamp_format))
    page = call.page(kind, parameters)
    return page_response(page, rendered(page.changes, page.dialect, listed=True))


@api.get("/events/<event_id>")
@declared(ShownEventJson, also=(304,), reads=("If-None-Match",), sends=_TAG, refuses=_MISSING)
def get_event(event_id: str) -> Response:
    """One event."""
    query_parameters(_NO_PARAMETERS)
    call = client_call()
    change, dialect = call.version(event_id)
    if "HTTP_IF_NONE_MATCH" in request.environ and request.if_none_match.contains_weak(tagged(change)):
        call.entry.forget_answer()
        return empty_response(304, {"ETag": etag(change)})
    return event_response(change, dialect)


@api.post("/events")
@declared(
    ShownEventJson,
    status=201,
    body=_EVENT,
    reads=("Idempotency-Key",),
    sends=(*_TAG, "Location"),
    refuses=(EventInvalid, IdempotencyMismatch, SandboxFull),
)
def create_event() -> Response:
    """Create an event."""
    query_parameters(_NO_PARAMETERS)
    draft = _draft(_sent_json())
    change, dialect = client_call().write(actions.create, content=draft, once=idempotency_key(draft.body))
    where = absolute_url(f"/api/v1/events/{change.event.id}")
    return write_response(change, dialect, 201, {"Location": where})


@api.patch("/events/<event_id>")
@declared(ShownEventJson, body=EventSchema(PLAIN, partial=True), accepts=(JSON, MERGE_PATCH), **_CHANGING)
def update_event(event_id: str) -> Response:
    """Change an event with a JSON merge patch."""
    query_parameters(_NO_PARAMETERS)
    _check_method()
    return _edit(event_id, _draft(_sent_json(JSON, MERGE_PATCH), partial=True))


@api.put("/events/<event_id>")
@declared(ShownEventJson, body=_EVENT, **_CHANGING)
def replace_event(event_id: str) -> Response:
    """Replace an event: an absent field becomes its default."""
    query_parameters(_NO_PARAMETERS)
    _check_method()
    return _edit(event_id, _draft(_sent_json()))


@api.delete("/events/<event_id>")
@declared(status=204, reads=("If-Match",), refuses=(*_MISSING, *_PRECONDITION, SandboxFull))
def delete_event(event_id: str) -> Response:
    """Delete an event; a tombstone remains."""
    query_parameters(_NO_PARAMETERS)
    client_call().write(actions.delete, event=event_id, allowed=_precondition())
    return empty_response()


def _sent_json(*media_types: str) -> Any:
    """The JSON body, see `json_body`. The journal notes it as soon as it was read: the write may wait for its turn."""
    call = client_call()
    if not call.entry.body_read:
        call.journal.note_body(call.entry, peek(request.environ, body_limit()))
    return json_body(*media_types)


def _draft(body: Any, *, partial: bool = False) -> Draft:
    return Draft(body, client_call().dialect, partial=partial)


def _edit(event_id: str, draft: Draft) -> Response:
    return write_response(*client_call().write(actions.edit, event=event_id, content=draft, allowed=_precondition()))


def _check_method() -> None:
    """Raises `MethodNotAllowed` where the dialect changes events with the other method."""
    dialect = client_call().dialect
    if request.method in dialect.disallowed_methods:
        raise MethodNotAllowed(f"This CRM changes events with {dialect.update_verbs.upper()}.", headers=allow_header())


def _precondition() -> Precondition | None:
    return if_match(client_call().dialect.if_match)
