"""`/api/v1`: the fake CRM, as a sync engine sees it (contract, section 3). Each view loads, calls, answers."""

import hashlib
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
    QueryInvalid,
    SandboxFull,
    SinceExpired,
)
from mockcrm.web.gate import allowed, client_call
from mockcrm.web.openapi.declare import declared
from mockcrm.web.responses import (
    JSON,
    MERGE_PATCH,
    absolute,
    canonical,
    etag,
    if_match,
    json_body,
    nothing,
    page_answer,
    query,
    version_answer,
    write_answer,
)

MAX_KEY = 255
"""The longest `Idempotency-Key`, in characters."""

_NONE = NoParameters()

_EVENT = EventSchema(PLAIN)
_TAG = ("ETag",)
_LISTS = (PageTokenInvalid, PageTokenExpired, SinceExpired)
_MISSING = (EventNotFound, EventDeleted, (410, EventDeleted))
_PRECONDITION = (PreconditionFailed, PreconditionRequired)
_CHANGING: dict[str, Any] = {
    "also": (204,),
    "heeds": ("If-Match",),
    "sends": _TAG,
    "refuses": (*_MISSING, *_PRECONDITION, EventInvalid, MethodNotAllowed, SandboxFull),
}
"""What is said of the calls that change an event."""

api = Blueprint("api", __name__, url_prefix="/api/v1")


@api.get("/events")
@declared("EventsPageSchema", query=EventsParameters, sends=("Link",), refuses=_LISTS)
def list_events() -> Response:
    """Events by interval, changed since a time, both, or all."""
    return _page("events", EventsParameters)


@api.get("/deletedEvents")
@declared("TombstonesPageSchema", query=DeletedParameters, sends=("Link",), refuses=(*_LISTS, PathNotFound))
def list_deleted_events() -> Response:
    """Tombstones, since a time or all."""
    return _page("deletedEvents", DeletedParameters)


def _page(kind: ListName, of: type[NoParameters]) -> Response:
    call = client_call()
    parameters = query(parameters_of(of, call.dialect.timestamp_format))
    page = call.page(kind, parameters)
    return page_answer(page, rendered(page.changes, page.dialect, listed=True))


@api.get("/events/<event_id>")
@declared("ShownEventSchema", also=(304,), heeds=("If-None-Match",), sends=_TAG, refuses=_MISSING)
def get_event(event_id: str) -> Response:
    """One event."""
    query(_NONE)
    call = client_call()
    change, dialect = call.version(event_id)
    if "HTTP_IF_NONE_MATCH" in request.environ and request.if_none_match.contains_weak(tagged(change)):
        call.entry.forget_answer()
        return nothing(304, {"ETag": etag(change)})
    return version_answer(change, dialect)


@api.post("/events")
@declared(
    "ShownEventSchema",
    status=201,
    body=_EVENT,
    heeds=("Idempotency-Key",),
    sends=(*_TAG, "Location"),
    refuses=(EventInvalid, IdempotencyMismatch, SandboxFull),
)
def create_event() -> Response:
    """Make a new event."""
    query(_NONE)
    draft = _draft(json_body())
    change, dialect = client_call().write(actions.create, content=draft, once=_once(draft.body))
    where = absolute(f"/api/v1/events/{change.event.id}")
    return write_answer(change, dialect, 201, {"Location": where})


@api.patch("/events/<event_id>")
@declared("ShownEventSchema", body=EventSchema(PLAIN, partial=True), kinds=(JSON, MERGE_PATCH), **_CHANGING)
def update_event(event_id: str) -> Response:
    """Change an event: a JSON merge patch."""
    query(_NONE)
    _check_verb()
    return _edit(event_id, _draft(json_body(JSON, MERGE_PATCH), partial=True))


@api.put("/events/<event_id>")
@declared("ShownEventSchema", body=_EVENT, **_CHANGING)
def replace_event(event_id: str) -> Response:
    """Replace an event: an absent field becomes its default."""
    query(_NONE)
    _check_verb()
    return _edit(event_id, _draft(json_body()))


@api.delete("/events/<event_id>")
@declared(status=204, heeds=("If-Match",), refuses=(*_MISSING, *_PRECONDITION, SandboxFull))
def delete_event(event_id: str) -> Response:
    """Delete an event; a tombstone remains."""
    query(_NONE)
    client_call().write(actions.delete, event=event_id, allowed=_precondition())
    return nothing()


def _draft(body: Any, *, partial: bool = False) -> Draft:
    return Draft(body, client_call().dialect, partial=partial)


def _edit(event_id: str, draft: Draft) -> Response:
    return write_answer(*client_call().write(actions.edit, event=event_id, content=draft, allowed=_precondition()))


def _check_verb() -> None:
    """Raises `MethodNotAllowed` where the dialect changes events with another method."""
    dialect = client_call().dialect
    if request.method in dialect.disallowed_methods:
        raise MethodNotAllowed(f"This CRM changes events with {dialect.update_verbs.upper()}.", headers=allowed())


def _precondition() -> Precondition | None:
    return if_match(client_call().dialect.if_match)


def _once(body: Any) -> tuple[str, str] | None:
    """The `Idempotency-Key` with a digest of the body, if the request has one."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not 0 < len(key) <= MAX_KEY:
        problem = {"Idempotency-Key": [f"Must have 1 to {MAX_KEY} characters."]}
        raise QueryInvalid(f"The header Idempotency-Key must have 1 to {MAX_KEY} characters.", problem)
    return key, hashlib.sha256(canonical(body)).hexdigest()
