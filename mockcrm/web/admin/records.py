"""`/admin/events`, `/admin/contacts` and so on, `/admin/actions`: what colleagues do in the CRM."""

from collections.abc import Callable
from typing import Any

import orjson
from flask import Response

from mockcrm.crm.actions import Result
from mockcrm.crm.kinds.kind import Kind, a_record
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.lists.cursor import ListName
from mockcrm.crm.lists.parameters import list_parameters
from mockcrm.errors import (
    ActionInvalid,
    KeyExists,
    PageTokenExpired,
    PageTokenInvalid,
    PreconditionFailed,
    RecordDeleted,
    RecordExists,
    RecordInvalid,
    RecordNotDeleted,
    RecordNotFound,
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
from mockcrm.web.openapi.declare import BodyOfKind, declared, view_named
from mockcrm.web.representations.actions import ResultsJson, results_json
from mockcrm.web.representations.records import version_json, version_type, versions_page_type
from mockcrm.web.requests import if_match, json_body, query_parameters
from mockcrm.web.responses import absolute_url, empty_response, etag, json_response, page_response

routes = RouteGroup()


def _add_calls(kind: Kind) -> None:
    """Add the calls of one kind of records."""
    not_found, deleted = RecordNotFound.of(kind.name), RecordDeleted.of(kind.name)
    invalid, shown = RecordInvalid.of(kind.name), version_type(kind)
    changing: dict[str, Any] = {
        "reads": ("If-Match",),
        "sends": ("ETag",),
        "refuses": (not_found, deleted, PreconditionFailed, invalid, ActionInvalid, SandboxFull),
    }
    modified: dict[str, Any] = {"body": WriteModifiers, "optional": True}
    parameters = list_parameters(kind)
    many, one = f"/{kind.path}", f"/{kind.path}/<reference>"
    one_record = a_record(kind)

    @_route(
        "GET",
        many,
        f"list_{kind.path}",
        f"All {kind.path} in their latest versions, deleted ones too, with their internals, a page at a time.",
    )
    @declared(versions_page_type(kind), query=parameters, refuses=(PageTokenInvalid, PageTokenExpired))
    def list_records() -> Response:
        asked = with_default_limit(query_parameters(parameters()))
        with current_sandbox().open() as state:
            page = current_sandbox().page(ListName(kind, "admin"), asked)
            found = [(change, state.crm.names.key(change.record)) for change in page.changes]
        return page_response(page, [orjson.dumps(version_json(*each)) for each in found])

    @_route("GET", one, f"get_{kind.name}", f"One {kind.name} by its id or key, with its internals.")
    @declared(shown, sends=("ETag",), refuses=(not_found,))
    def get_record(reference: str) -> Response:
        with current_sandbox().open() as state:
            change = state.crm.find(kind, state.crm.resolve(kind, reference))
            key = state.crm.names.key(change.record)
        return json_response(version_json(change, key), headers={"ETag": etag(change)})

    @_route("POST", many, f"create_{kind.name}", f"Create {one_record}, as a colleague does; the body may set its id.")
    @declared(
        shown,
        status=201,
        body=BodyOfKind("created_record", kind),
        sends=("ETag", "Location"),
        refuses=(RecordExists.of(kind.name), KeyExists, invalid, ActionInvalid, SandboxFull),
    )
    def create_record() -> Response:
        result = _write(VERBS["create"], kind, split_modifiers(json_body()))
        return _answer(result, 201, {"Location": absolute_url(f"/admin/{kind.path}/{result.change.record.id}")})

    @_route("PATCH", one, f"update_{kind.name}", f"Edit {one_record}, as a colleague does, with a JSON merge patch.")
    @declared(shown, body=BodyOfKind("edited_record", kind), accepts=(JSON, MERGE_PATCH), **changing)
    def update_record(reference: str) -> Response:
        return _edit(VERBS["edit"], kind, reference, json_body(JSON, MERGE_PATCH))

    @_route(
        "PUT",
        one,
        f"replace_{kind.name}",
        f"Replace {one_record}, as a colleague does: an absent field becomes its default.",
    )
    @declared(shown, body=BodyOfKind("replaced_record", kind), **changing)
    def replace_record(reference: str) -> Response:
        return _edit(REPLACE, kind, reference, json_body())

    @_route("DELETE", one, f"delete_{kind.name}", f"Delete {one_record}, as a colleague does.")
    @declared(
        status=204,
        reads=("If-Match",),
        refuses=(not_found, deleted, PreconditionFailed, ActionInvalid, SandboxFull),
        **modified,
    )
    def delete_record(reference: str) -> Response:
        _write(VERBS["delete"], kind, json_body(optional=True), record=reference, allowed=if_match())
        return empty_response()

    @_route("POST", f"{one}/restore", f"restore_{kind.name}", f"Restore a deleted {kind.name}, as a colleague does.")
    @declared(
        shown,
        sends=("ETag",),
        refuses=(not_found, RecordNotDeleted.of(kind.name), ActionInvalid, SandboxFull),
        **modified,
    )
    def restore_record(reference: str) -> Response:
        return _answer(_write(VERBS["restore"], kind, json_body(optional=True), record=reference))


View = Callable[..., Response]


def _route(method: str, path: str, name: str, summary: str) -> Callable[[View], View]:
    def add(view: View) -> View:
        routes.add(method, path, view_named(view, name, summary))
        return view

    return add


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
    _add_calls(_kind)


@routes.post("/actions")
@declared(ResultsJson, body=Actions().described, refuses=ACTION_REFUSALS)
def perform_actions() -> Response:
    """Perform one action, or a list of them: all or none."""
    steps = read_actions(json_body())
    with current_sandbox().open() as state:
        results = state.perform(steps, by_colleague())
        return json_response(results_json(state.crm, results))
