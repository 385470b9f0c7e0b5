"""`/api/v1`: the fake CRM, as a sync client sees it (contract, sections 3 and 8). Each view loads, calls, answers.

All kinds of records have the same calls.
"""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request

from mockcrm.crm import actions
from mockcrm.crm.actions import Precondition
from mockcrm.crm.dialect.knobs import PLAIN
from mockcrm.crm.drafts import Draft
from mockcrm.crm.kinds.kind import Kind, a_record
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.lists.cursor import ListName
from mockcrm.crm.lists.parameters import DeletedParameters, NoParameters, list_parameters, parameters_of
from mockcrm.crm.rendering import rendered, tagged
from mockcrm.errors import (
    IdempotencyMismatch,
    MethodNotAllowed,
    PageTokenExpired,
    PageTokenInvalid,
    PathNotFound,
    PreconditionFailed,
    PreconditionRequired,
    RecordDeleted,
    RecordInvalid,
    RecordNotFound,
    SandboxFull,
    SinceExpired,
)
from mockcrm.web.body import peek
from mockcrm.web.exchange import allow_header, client_call
from mockcrm.web.media_types import JSON, MERGE_PATCH
from mockcrm.web.openapi.declare import declared, view_named
from mockcrm.web.representations.events import TombstonesPageJson
from mockcrm.web.representations.records import page_type, shown_type
from mockcrm.web.requests import body_limit, idempotency_key, if_match, json_body, query_parameters
from mockcrm.web.responses import absolute_url, empty_response, etag, page_response, record_response, write_response

_NO_PARAMETERS = NoParameters()

_TAG = ("ETag",)
_LISTS = (PageTokenInvalid, PageTokenExpired, SinceExpired)
_PRECONDITION = (PreconditionFailed, PreconditionRequired)

api = Blueprint("api", __name__, url_prefix="/api/v1")


def _add_calls(kind: Kind) -> None:
    """Add the calls of one kind of records."""
    invalid, deleted = RecordInvalid.of(kind.name), RecordDeleted.of(kind.name)
    missing = (RecordNotFound.of(kind.name), deleted, (410, deleted))
    changing: dict[str, Any] = {
        "also": (204,),
        "reads": ("If-Match",),
        "sends": _TAG,
        "refuses": (*missing, *_PRECONDITION, invalid, MethodNotAllowed, SandboxFull),
    }
    shown, body, parameters = shown_type(kind), kind.schema(PLAIN), list_parameters(kind)
    interval = "in an interval, changed since a time, both, or all" if kind.timed else "changed since a time, or all"
    many, one = f"/{kind.path}", f"/{kind.path}/<record_id>"

    @_get(many, f"list_{kind.path}", f"{kind.titles} {interval}.")
    @declared(page_type(kind), query=parameters, sends=("Link",), refuses=_LISTS)
    def list_records() -> Response:
        return _page(ListName(kind), parameters)

    tombstones = f"Tombstones of deleted {kind.path}: since a time, or all."

    @_get(f"/deleted{kind.titles}", f"list_deleted_{kind.path}", tombstones)
    @declared(TombstonesPageJson, query=DeletedParameters, sends=("Link",), refuses=(*_LISTS, PathNotFound))
    def list_deleted_records() -> Response:
        return _page(ListName(kind, "deleted"), DeletedParameters)

    @_get(one, f"get_{kind.name}", f"One {kind.name}.")
    @declared(shown, also=(304,), reads=("If-None-Match",), sends=_TAG, refuses=missing)
    def get_record(record_id: str) -> Response:
        query_parameters(_NO_PARAMETERS)
        call = client_call()
        change, dialect = call.version(kind, record_id)
        if "HTTP_IF_NONE_MATCH" in request.environ and request.if_none_match.contains_weak(tagged(change)):
            call.entry.forget_answer()
            return empty_response(304, {"ETag": etag(change)})
        return record_response(change, dialect)

    @_route("POST", many, f"create_{kind.name}", f"Create {a_record(kind)}.")
    @declared(
        shown,
        status=201,
        body=body,
        reads=("Idempotency-Key",),
        sends=(*_TAG, "Location"),
        refuses=(invalid, IdempotencyMismatch, SandboxFull),
    )
    def create_record() -> Response:
        query_parameters(_NO_PARAMETERS)
        draft = _draft(kind, _sent_json())
        change, dialect = client_call().write(actions.create, content=draft, once=idempotency_key(draft.body))
        where = absolute_url(f"/api/v1/{kind.path}/{change.record.id}")
        return write_response(change, dialect, 201, {"Location": where})

    patch = kind.schema_class(PLAIN, partial=True)

    @_route("PATCH", one, f"update_{kind.name}", f"Change {a_record(kind)} with a JSON merge patch.")
    @declared(shown, body=patch, accepts=(JSON, MERGE_PATCH), **changing)
    def update_record(record_id: str) -> Response:
        query_parameters(_NO_PARAMETERS)
        _check_method(kind)
        return _edit(record_id, _draft(kind, _sent_json(JSON, MERGE_PATCH), partial=True))

    @_route("PUT", one, f"replace_{kind.name}", f"Replace {a_record(kind)}: an absent field becomes its default.")
    @declared(shown, body=body, **changing)
    def replace_record(record_id: str) -> Response:
        query_parameters(_NO_PARAMETERS)
        _check_method(kind)
        return _edit(record_id, _draft(kind, _sent_json()))

    @_route("DELETE", one, f"delete_{kind.name}", f"Delete {a_record(kind)}; a tombstone remains.")
    @declared(status=204, reads=("If-Match",), refuses=(*missing, *_PRECONDITION, SandboxFull))
    def delete_record(record_id: str) -> Response:
        query_parameters(_NO_PARAMETERS)
        client_call().write(actions.delete, kind=kind, record=record_id, allowed=_precondition())
        return empty_response()


View = Callable[..., Response]


def _get(path: str, name: str, summary: str) -> Callable[[View], View]:
    return _route("GET", path, name, summary)


def _route(method: str, path: str, name: str, summary: str) -> Callable[[View], View]:
    """Add a view to the API, under a name of its own."""

    def add(view: View) -> View:
        api.add_url_rule(path, name, view_named(view, name, summary), methods=[method])
        return view

    return add


def _page(name: ListName, of: type[NoParameters]) -> Response:
    call = client_call()
    parameters = query_parameters(parameters_of(of, call.dialect.timestamp_format))
    page = call.page(name, parameters)
    return page_response(page, rendered(page.changes, page.dialect, listed=True))


def _sent_json(*media_types: str) -> Any:
    """The JSON body, see `json_body`. The journal notes it as soon as it was read: the write may wait for its turn."""
    call = client_call()
    if not call.entry.body_read:
        call.journal.note_body(call.entry, peek(request.environ, body_limit()))
    return json_body(*media_types)


def _draft(kind: Kind, body: Any, *, partial: bool = False) -> Draft:
    return Draft(body, client_call().dialect, partial=partial, kind=kind)


def _edit(record_id: str, draft: Draft) -> Response:
    return write_response(*client_call().write(actions.edit, record=record_id, content=draft, allowed=_precondition()))


def _check_method(kind: Kind) -> None:
    """Raises `MethodNotAllowed` where the dialect changes records with the other method."""
    dialect = client_call().dialect
    if request.method in dialect.disallowed_methods:
        message = f"This CRM changes {kind.path} with {dialect.update_verbs.upper()}."
        raise MethodNotAllowed(message, headers=allow_header())


def _precondition() -> Precondition | None:
    return if_match(client_call().dialect.if_match)


for _kind in KINDS.values():
    _add_calls(_kind)
