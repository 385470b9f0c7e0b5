"""`/api/v1`: the fake CRM, as a sync client sees it (contract, sections 3 and 8). Each view loads, calls, answers.

All kinds of records have the same calls.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from flask import Blueprint, Response

from mockcrm.crm import actions
from mockcrm.crm.actions import Precondition
from mockcrm.crm.drafts import Draft
from mockcrm.crm.kinds.calendars import CALENDAR
from mockcrm.crm.kinds.kind import Kind, a_record
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.lists.cursor import ListName
from mockcrm.crm.lists.parameters import DeletedParameters, NoParameters, list_parameters, parameters_of
from mockcrm.crm.rendering import rendered, tagged
from mockcrm.errors import MethodNotAllowed
from mockcrm.web.body import peek
from mockcrm.web.exchange import allow_header, client_call
from mockcrm.web.lean_flask import current_request
from mockcrm.web.media_types import JSON, MERGE_PATCH
from mockcrm.web.openapi.declare import Declaration, KindView, declare
from mockcrm.web.requests import body_limit, idempotency_key, if_match, json_body, query_parameters
from mockcrm.web.responses import absolute_url, empty_response, etag, page_response, record_response, write_response

_NO_PARAMETERS = NoParameters()

api = Blueprint("api", __name__, url_prefix="/api/v1")


def _list(kind: Kind, calendar_id: str | None = None) -> Response:
    return _page(ListName(kind, calendar=calendar_id), list_parameters(kind))


def _list_deleted(kind: Kind, calendar_id: str | None = None) -> Response:
    return _page(ListName(kind, "deleted", calendar_id), DeletedParameters)


def _get(kind: Kind, record_id: str, calendar_id: str | None = None) -> Response:
    query_parameters(_NO_PARAMETERS)
    call = client_call()
    change, dialect, names = call.version(kind, record_id, calendar_id)
    asked = current_request()
    if "HTTP_IF_NONE_MATCH" in asked.environ and asked.if_none_match.contains_weak(tagged(change)):
        call.entry.forget_answer()
        return empty_response(304, {"ETag": etag(change)})
    return record_response(change, dialect, names=names)


def _create(kind: Kind, calendar_id: str | None = None) -> Response:
    query_parameters(_NO_PARAMETERS)
    draft = _draft(kind, _sent_json())
    change, dialect = client_call().write(actions.create, calendar_id, content=draft, once=idempotency_key(draft.body))
    where = absolute_url(f"{current_request().path}/{change.record.id}")
    return write_response(change, dialect, 201, {"Location": where})


def _update(kind: Kind, record_id: str, calendar_id: str | None = None) -> Response:
    query_parameters(_NO_PARAMETERS)
    _check_method(kind)
    return _edit(record_id, calendar_id, _draft(kind, _sent_json(JSON, MERGE_PATCH), partial=True))


def _replace(kind: Kind, record_id: str, calendar_id: str | None = None) -> Response:
    query_parameters(_NO_PARAMETERS)
    _check_method(kind)
    return _edit(record_id, calendar_id, _draft(kind, _sent_json()))


def _delete(kind: Kind, record_id: str, calendar_id: str | None = None) -> Response:
    query_parameters(_NO_PARAMETERS)
    client_call().write(actions.delete, calendar_id, kind=kind, record=record_id, allowed=_precondition())
    return empty_response()


class _Place(NamedTuple):
    """Where calls are: below which path, what their names and summaries say of it, in a record of which kind."""

    path: str = ""
    word: str = ""
    phrase: str = ""
    among: Kind | None = None


def _add_reads(kind: Kind, place: _Place) -> None:
    many, several, name = f"{place.path}/{kind.path}", f"{place.word}{kind.path}", f"{place.word}{kind.name}"
    when = "in an interval, changed since a time, both, or all" if kind.timed else "changed since a time, or all"
    listed = _Call("GET", _list, f"list_{several}", f"{kind.titles}{place.phrase} {when}.", "listed")
    _add(kind, place, many, listed)
    summary = f"Tombstones of deleted {kind.path}{place.phrase}: since a time, or all."
    tombstones = _Call("GET", _list_deleted, f"list_deleted_{several}", summary, "listed_deleted")
    _add(kind, place, f"{place.path}/deleted{kind.titles}", tombstones)
    one = _Call("GET", _get, f"get_{name}", f"One {kind.name}{place.phrase}.", "read")
    _add(kind, place, f"{many}/<record_id>", one)


def _add_writes(kind: Kind, place: _Place) -> None:
    many, name, a = f"{place.path}/{kind.path}", f"{place.word}{kind.name}", f"{a_record(kind)}{place.phrase}"
    one, instead = f"{many}/<record_id>", f"Replace {a}: an absent field becomes its default."
    _add(kind, place, many, _Call("POST", _create, f"create_{name}", f"Create {a}.", "created"))
    patch = _Call("PATCH", _update, f"update_{name}", f"Change {a} with a JSON merge patch.", "patched")
    _add(kind, place, one, patch)
    _add(kind, place, one, _Call("PUT", _replace, f"replace_{name}", instead, "replaced"))
    _add(kind, place, one, _Call("DELETE", _delete, f"delete_{name}", f"Delete {a}; a tombstone remains.", "deleted"))


class _Call(NamedTuple):
    """A call of every kind: `declared` is its function in `mockcrm.web.openapi.api_calls`."""

    method: str
    does: Callable[..., Any]
    name: str
    summary: str
    declared: str


def _add(kind: Kind, place: _Place, path: str, call: _Call) -> None:
    """Add a call of a kind, under a name of its own."""
    view = KindView(kind, call.does, call.name, call.summary)
    declare(view, partial(_declaration, call.declared, kind, place.among))
    api.add_url_rule(path, call.name, view, methods=[call.method])


def _declaration(name: str, kind: Kind, among: Kind | None) -> Declaration:
    from mockcrm.web.openapi import api_calls  # noqa: PLC0415  no start needs it

    made: Declaration = getattr(api_calls, name)(kind, among)
    return made


def _page(name: ListName, of: type[NoParameters]) -> Response:
    call = client_call()
    parameters = query_parameters(parameters_of(of, call.dialect.timestamp_format))
    page = call.page(name, parameters)
    return page_response(page, rendered(page.changes, page.dialect, listed=True, names=page.names))


def _sent_json(*media_types: str) -> Any:
    """The JSON body, see `json_body`. The journal notes it as soon as it was read: the write may wait for its turn."""
    call = client_call()
    if not call.entry.body_read:
        call.journal.note_body(call.entry, peek(current_request().environ, body_limit()))
    return json_body(*media_types)


def _draft(kind: Kind, body: Any, *, partial: bool = False) -> Draft:
    return Draft(body, client_call().dialect, partial=partial, kind=kind)


def _edit(record_id: str, calendar_id: str | None, draft: Draft) -> Response:
    call, allowed = client_call(), _precondition()
    return write_response(*call.write(actions.edit, calendar_id, record=record_id, content=draft, allowed=allowed))


def _check_method(kind: Kind) -> None:
    """Raises `MethodNotAllowed` where the dialect changes records with the other method."""
    dialect = client_call().dialect
    if current_request().method in dialect.disallowed_methods:
        message = f"This CRM changes {kind.path} with {dialect.update_verbs.upper()}."
        raise MethodNotAllowed(message, headers=allow_header())


def _precondition() -> Precondition | None:
    return if_match(client_call().dialect.if_match)


_ANYWHERE = _Place()
_IN_CALENDAR = _Place(f"/{CALENDAR.path}/<calendar_id>", f"{CALENDAR.name}_", f" in a {CALENDAR.name}", CALENDAR)

for _kind in KINDS.values():
    for _place in (_ANYWHERE, _IN_CALENDAR) if _kind.in_calendars else (_ANYWHERE,):
        _add_reads(_kind, _place)
        _add_writes(_kind, _place)
