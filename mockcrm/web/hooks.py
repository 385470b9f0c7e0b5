"""What happens around every view: the sandbox is chosen, the request numbered and admitted, every error written."""

import logging
import re
from collections.abc import Callable, Iterable
from typing import Any, cast

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.http import http_date

from mockcrm import errors
from mockcrm.errors import Refusal
from mockcrm.sandbox import DEFAULT, Sandbox, Sandboxes
from mockcrm.web.access import Access, check_bearer
from mockcrm.web.body import drain
from mockcrm.web.wire import error_answer

log = logging.getLogger("mockcrm")

_SANDBOX = "mockcrm.sandbox"
_PREFIX = re.compile(r"(/sandboxes/([^/]+))(/.*)?", re.DOTALL)
_NOWHERE = "There is nothing here: the CRM is under /api/v1, its controls are under /admin."


class SandboxPrefix:
    """Takes `/sandboxes/{name}` off the path, so that every view is mounted once (contract, section 1)."""

    def __init__(self, wsgi_app: Callable[..., Iterable[bytes]]) -> None:
        self._app = wsgi_app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        match = _PREFIX.fullmatch(environ.get("PATH_INFO", ""))
        if match:
            prefix, environ[_SANDBOX], rest = match.groups()
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + prefix
            environ["PATH_INFO"] = rest or "/"
        return self._app(environ, start_response)


def sandbox() -> Sandbox:
    """The sandbox that the request is for."""
    return cast(Sandbox, g.sandbox)


def request_id() -> str:
    """The number of the request: 1, 2, 3 … for clients, a1, a2 … for everything else."""
    return cast(str, g.request_id)


def install(app: Flask, sandboxes: Sandboxes, access: Access) -> None:
    """Put the hooks around every view of the app."""
    app.wsgi_app = SandboxPrefix(app.wsgi_app)  # type: ignore[method-assign]

    @app.before_request
    def enter() -> None:
        g.sandbox, g.request_id = sandboxes.get(DEFAULT), ""
        missing: Refusal | None = None
        try:
            g.sandbox = sandboxes.get(request.environ.get(_SANDBOX, DEFAULT))
        except Refusal as refusal:
            missing = refusal
        is_client = _below("/api/v1")
        counter = g.sandbox.client_requests if is_client and not missing else g.sandbox.admin_requests
        g.request_id = f"{'' if is_client and not missing else 'a'}{next(counter)}"
        if _below("/admin"):
            _admit_to_controls(access)
        if missing:
            raise missing
        if is_client:
            _admit_client(g.sandbox)

    @app.after_request
    def leave(response: Response) -> Response:
        drain(request.environ)
        response.headers["Date"] = http_date(g.sandbox.clock_reading())
        response.headers["X-Request-Id"] = g.request_id
        return response

    @app.errorhandler(Refusal)
    def refuse(refusal: Refusal) -> Response:
        return error_answer(refusal, request_id())

    @app.errorhandler(HTTPException)
    def refuse_http(error: HTTPException) -> Response:
        return error_answer(_as_refusal(error), request_id())

    @app.errorhandler(Exception)
    def fail(error: Exception) -> Response:
        log.exception("%s %s failed", request.method, request.path)
        return error_answer(errors.InternalError("This is a bug in mockcrm: please report it."), request_id())


def _below(mount: str) -> bool:
    return request.path == mount or request.path.startswith(f"{mount}/")


def _admit_to_controls(access: Access) -> None:
    name, port = request.server or ("", None)
    access.check(dict(request.headers), (name, port or 80))


def _admit_client(crm: Sandbox) -> None:
    with crm.open() as state:
        token = state.dialect.credentials
    if token is not None:
        check_bearer(request.headers.get("Authorization"), token)


def _as_refusal(error: HTTPException) -> Refusal:
    match error:
        case NotFound():
            return errors.PathNotFound(_NOWHERE)
        case MethodNotAllowed():
            allowed = ", ".join(sorted(error.valid_methods or ()))
            return errors.MethodNotAllowed(f"This path answers to {allowed}.", headers={"Allow": allowed})
        case _:
            return errors.BodyMalformed("The request could not be read.")
