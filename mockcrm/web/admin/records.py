"""`/admin/events`, `/admin/contacts` and so on, `/admin/actions`: what colleagues do in the CRM."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
from flask import Response

from mockcrm.crm.actions import Result
from mockcrm.crm.kinds.calendars import CALENDAR
from mockcrm.crm.kinds.kind import Kind, a_record
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.lists.cursor import ListName
from mockcrm.crm.lists.parameters import list_parameters
from mockcrm.errors import (
    ActionInvalid,
    CalendarProtected,
    KeyExists,
    PageTokenExpired,
    PageTokenInvalid,
    PreconditionFailed,
    RecordDeleted,
    RecordExists,
    RecordInvalid,
    RecordNotDeleted,
    RecordNotFound,
    RecordReferenced,
    ReferenceUnknown,
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
from mockcrm.web.openapi.declare import BodyOfKind, Declaration, KindView, declare, declared
from mockcrm.web.representations.actions import ResultsJson, results_json
from mockcrm.web.representations.records import version_json, version_type, versions_page_type
from mockcrm.web.requests import if_match, json_body, query_parameters
from mockcrm.web.responses import absolute_url, empty_response, etag, json_response, page_response

routes = RouteGroup()


def _list(kind: Kind) -> Response:
    asked = with_default_limit(query_parameters(list_parameters(kind, controls=True)()))
    with current_sandbox().open() as state:
        page = current_sandbox().page(ListName(kind, "admin"), asked)
        found = [(change, state.crm.names.key(change.record), page.names) for change in page.changes]
    return page_response(page, [orjson.dumps(version_json(*each)) for each in found])


def _get(kind: Kind, reference: str) -> Response:
    with current_sandbox().open() as state:
        change = state.crm.find(kind, state.crm.resolve(kind, reference))
        key, names = state.crm.names.key(change.record), state.crm.store.link_names
    return json_response(version_json(change, key, names), headers={"ETag": etag(change)})


def _create(kind: Kind) -> Response:
    result = _write(VERBS["create"], kind, split_modifiers(json_body()))
    return _answer(result, 201, {"Location": absolute_url(f"/admin/{kind.path}/{result.change.record.id}")})


def _update(kind: Kind, reference: str) -> Response:
    return _edit(VERBS["edit"], kind, reference, json_body(JSON, MERGE_PATCH))


def _replace(kind: Kind, reference: str) -> Response:
    return _edit(REPLACE, kind, reference, json_body())


def _delete(kind: Kind, reference: str) -> Response:
    _write(VERBS["delete"], kind, json_body(optional=True), record=reference, allowed=if_match())
    return empty_response()


def _restore(kind: Kind, reference: str) -> Response:
    return _answer(_write(VERBS["restore"], kind, json_body(optional=True), record=reference))


def _add_reads(kind: Kind) -> None:
    many = f"/{kind.path}"
    listed = Declaration(
        answers=versions_page_type(kind),
        query=list_parameters(kind, controls=True),
        refuses=(PageTokenInvalid, PageTokenExpired),
    )
    summary = f"All {kind.path} in their latest versions, deleted ones too, with their internals, a page at a time."
    _add(kind, "GET", many, _list, f"list_{kind.path}", summary, listed)
    one = Declaration(answers=version_type(kind), sends=("ETag",), refuses=(RecordNotFound.of(kind.name),))
    summary = f"One {kind.name} by its id or key, with its internals."
    _add(kind, "GET", f"{many}/<reference>", _get, f"get_{kind.name}", summary, one)


def _add_writes(kind: Kind) -> None:
    name, many, a = kind.name, f"/{kind.path}", f"{a_record(kind)}, as a colleague does"
    one, missing, invalid = f"{many}/<reference>", RecordNotFound.of(name), RecordInvalid.of(name)
    unfit = (invalid, *kind.refusals, ReferenceUnknown, ActionInvalid, SandboxFull)
    there = (missing, RecordDeleted.of(name), PreconditionFailed)
    refuses = (*there, *unfit)
    shown: dict[str, Any] = {"answers": version_type(kind), "sends": ("ETag",)}
    created = Declaration(
        answers=version_type(kind),
        status=201,
        body=BodyOfKind("created_record", kind),
        sends=("ETag", "Location"),
        refuses=(RecordExists.of(name), KeyExists, *unfit),
    )
    _add(kind, "POST", many, _create, f"create_{name}", f"Create {a}; the body may set its id.", created)
    changing: dict[str, Any] = {"reads": ("If-Match",), "refuses": refuses, **shown}
    edited = Declaration(body=BodyOfKind("edited_record", kind), accepts=(JSON, MERGE_PATCH), **changing)
    _add(kind, "PATCH", one, _update, f"update_{name}", f"Edit {a}, with a JSON merge patch.", edited)
    replaced = replace(edited, body=BodyOfKind("replaced_record", kind), accepts=(JSON,))
    summary = f"Replace {a}: an absent field becomes its default."
    _add(kind, "PUT", one, _replace, f"replace_{name}", summary, replaced)
    modified: dict[str, Any] = {"body": WriteModifiers, "optional": True}
    protected = (RecordReferenced, *((invalid, CalendarProtected) if kind is CALENDAR else ()))
    deleted = Declaration(
        status=204, reads=("If-Match",), refuses=(*there, *protected, ActionInvalid, SandboxFull), **modified
    )
    _add(kind, "DELETE", one, _delete, f"delete_{name}", f"Delete {a}.", deleted)
    not_deleted = (missing, RecordNotDeleted.of(name), *kind.refusals, ActionInvalid, SandboxFull)
    restored = Declaration(refuses=not_deleted, **shown, **modified)
    summary = f"Restore a deleted {name}, as a colleague does."
    _add(kind, "POST", f"{one}/restore", _restore, f"restore_{name}", summary, restored)


def _add(
    kind: Kind, method: str, path: str, does: Callable[..., Any], name: str, summary: str, declaration: Declaration
) -> None:
    """Add a call of a kind, under a name of its own."""
    view = KindView(kind, does, name, summary)
    declare(view, lambda: declaration)
    routes.add(method, path, view)


def _edit(verb: Verb, kind: Kind, reference: str, body: Any) -> Response:
    # The key of a record never changes, so it can be read without the lock.
    crm = current_sandbox().state.crm
    content = split_modifiers(without_internals(body, crm.key_of(kind, reference)))
    return _answer(_write(verb, kind, content, record=reference, allowed=if_match()))


def _write(verb: Verb, kind: Kind, body: Any, **arguments: Any) -> Result:
    """Perform a verb, with its arguments from the body and from the path."""
    return current_sandbox().act(verb.perform, by_colleague(), **verb.arguments(body, kind, **arguments))


def _answer(result: Result, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    with current_sandbox().open() as state:
        key = state.crm.names.key(result.change.record)
    tag = {"ETag": etag(result.change)}
    return json_response(version_json(result.change, key), status, {**tag, **(headers or {})})


for _kind in KINDS.values():
    _add_reads(_kind)
    _add_writes(_kind)


@routes.post("/actions")
@declared(ResultsJson, body=Actions().described, refuses=ACTION_REFUSALS)
def perform_actions() -> Response:
    """Perform one action, or a list of them: all or none."""
    steps = read_actions(json_body())
    with current_sandbox().open() as state:
        results = state.perform(steps, by_colleague())
        return json_response(results_json(state.crm, results))
