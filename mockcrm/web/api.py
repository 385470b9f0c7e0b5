"""`/api/v1`: the fake CRM, as a sync engine sees it (contract, section 3). Each view loads, calls, answers."""

import hashlib
from typing import Any

from flask import Blueprint, Response, request

from mockcrm import actions
from mockcrm.errors import QueryInvalid
from mockcrm.listing import DeletedParameters, EventsParameters, NoParameters
from mockcrm.schemas import rendered
from mockcrm.state import Cause
from mockcrm.web.hooks import exchange
from mockcrm.web.wire import (
    JSON,
    MERGE_PATCH,
    absolute,
    bare_tag,
    canonical,
    etag,
    if_match,
    json_body,
    nothing,
    page_answer,
    query,
    version_answer,
)

MAX_KEY = 255
"""The longest `Idempotency-Key`, in characters."""

_EVENTS, _DELETED, _NONE = EventsParameters(), DeletedParameters(), NoParameters()

api = Blueprint("api", __name__, url_prefix="/api/v1")


@api.get("/events")
def list_events() -> Response:
    page = exchange().sandbox.page("events", query(_EVENTS))
    return page_answer(page, rendered(page.changes, page.dialect))


@api.get("/deletedEvents")
def list_deleted_events() -> Response:
    page = exchange().sandbox.page("deletedEvents", query(_DELETED))
    return page_answer(page, rendered(page.changes, page.dialect))


@api.get("/events/<event_id>")
def get_event(event_id: str) -> Response:
    query(_NONE)
    with exchange().sandbox.open() as crm:
        change, dialect = crm.living(event_id, "client"), crm.dialect
    if "HTTP_IF_NONE_MATCH" in request.environ and request.if_none_match.contains_weak(bare_tag(change)):
        return nothing(304, {"ETag": etag(change)})
    return version_answer(change, dialect)


@api.post("/events")
def create_event() -> Response:
    query(_NONE)
    body = json_body()
    with exchange().sandbox.open() as crm:
        change = actions.create(crm, _cause(), content=body, once=_once(body)).change
        where = absolute(f"/api/v1/events/{change.event.id}")
        return version_answer(change, crm.dialect, 201, {"Location": where})


@api.patch("/events/<event_id>")
def update_event(event_id: str) -> Response:
    query(_NONE)
    body = json_body(JSON, MERGE_PATCH)
    with exchange().sandbox.open() as crm:
        change = actions.edit(crm, _cause(), event=event_id, content=body, allowed=if_match()).change
        return version_answer(change, crm.dialect)


@api.put("/events/<event_id>")
def replace_event(event_id: str) -> Response:
    query(_NONE)
    body = json_body()
    with exchange().sandbox.open() as crm:
        change = actions.edit(crm, _cause(), event=event_id, content=body, replace=True, allowed=if_match()).change
        return version_answer(change, crm.dialect)


@api.delete("/events/<event_id>")
def delete_event(event_id: str) -> Response:
    query(_NONE)
    with exchange().sandbox.open() as crm:
        actions.delete(crm, _cause(), event=event_id, allowed=if_match())
    return nothing()


def _cause() -> Cause:
    return Cause("client", exchange().request_id)


def _once(body: Any) -> tuple[str, str] | None:
    """The `Idempotency-Key` with a digest of the body, if the request has one."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not 0 < len(key) <= MAX_KEY:
        problem = {"Idempotency-Key": [f"Must have 1 to {MAX_KEY} characters."]}
        raise QueryInvalid(f"The header Idempotency-Key must have 1 to {MAX_KEY} characters.", problem)
    return key, hashlib.sha256(canonical(body)).hexdigest()
