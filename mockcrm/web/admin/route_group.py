"""What the groups of controls share: how each lists its routes, and who makes a change through them."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, current_app

from mockcrm.crm.fake_crm import Cause
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.errors import (
    RECORD_REFUSALS,
    ActionInvalid,
    ClockInvalid,
    DialectInvalid,
    FaultInvalid,
    KeyExists,
    RecordReferenced,
    ReferenceUnknown,
    SandboxFull,
)
from mockcrm.sandbox.sandbox import Sandbox
from mockcrm.sandbox.sandboxes import Sandboxes
from mockcrm.web.access import Access
from mockcrm.web.exchange import current_exchange
from mockcrm.web.openapi.declare import ViewFunction
from mockcrm.web.representations.sandboxes import ShownSandboxJson, sandbox_json

ACTION_REFUSALS = (
    *(refusal.of(kind) for kind in KINDS for refusal in RECORD_REFUSALS),
    *(refusal for kind in KINDS.values() for refusal in kind.refusals),
    KeyExists,
    RecordReferenced,
    ReferenceUnknown,
    ActionInvalid,
    ClockInvalid,
    DialectInvalid,
    FaultInvalid,
    SandboxFull,
)
"""What a list of actions may be refused as."""


class RouteGroup:
    """The routes of one group of controls, in the order in which they are described.

    Flask's own decorators would add each view to the blueprint when its module is imported, whatever the order. A group
    is added as a whole, at the place that `mockcrm.web.admin` gives it.
    """

    def __init__(self) -> None:
        self._rules: list[tuple[str, str, str | None, Callable[..., Any]]] = []

    def get(self, path: str) -> Callable[[ViewFunction], ViewFunction]:
        return self._route("GET", path)

    def post(self, path: str, endpoint: str | None = None) -> Callable[[ViewFunction], ViewFunction]:
        return self._route("POST", path, endpoint)

    def put(self, path: str) -> Callable[[ViewFunction], ViewFunction]:
        return self._route("PUT", path)

    def patch(self, path: str) -> Callable[[ViewFunction], ViewFunction]:
        return self._route("PATCH", path)

    def delete(self, path: str) -> Callable[[ViewFunction], ViewFunction]:
        return self._route("DELETE", path)

    def add(self, method: str, path: str, view: Callable[..., Any]) -> None:
        """Add a view that a function made, under its name."""
        self._rules.append((method, path, view.__name__, view))

    def _route(self, method: str, path: str, endpoint: str | None = None) -> Callable[[ViewFunction], ViewFunction]:
        def note(view: ViewFunction) -> ViewFunction:
            self._rules.append((method, path, endpoint, view))
            return view

        return note

    def add_to(self, blueprint: Blueprint) -> None:
        for method, path, endpoint, view in self._rules:
            blueprint.add_url_rule(path, endpoint, view, methods=[method])


def all_sandboxes() -> Sandboxes:
    """All sandboxes of the server."""
    found: Sandboxes = current_app.extensions["mockcrm"]
    return found


def shown_sandbox(sandbox: Sandbox) -> ShownSandboxJson:
    """A sandbox as the controls show it."""
    return sandbox_json(sandbox, calendar_query)


def calendar_query(sandbox: str) -> str:
    """What the address of a sandbox's calendar ends with: the token that it needs, if any."""
    access: Access = current_app.extensions["mockcrm.access"]
    return access.calendar_query(sandbox)


def by_colleague() -> Cause:
    """The cause of a change through the controls: a colleague made it, with this request."""
    return Cause("crm", current_exchange().request_id)
