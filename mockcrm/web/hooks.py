"""What happens around every view: the sandbox is chosen, the request numbered and admitted, every error written.

The choosing and numbering is done below Flask, on the WSGI request itself, where it costs next to nothing.
"""

import logging
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.http import http_date

from mockcrm import errors
from mockcrm.errors import Refusal
from mockcrm.sandbox import DEFAULT, Sandbox, Sandboxes
from mockcrm.web.access import Access, check_bearer
from mockcrm.web.body import drain
from mockcrm.web.wire import error_answer

log = logging.getLogger("mockcrm")

_EXCHANGE = "mockcrm.exchange"
_PREFIX = re.compile(r"(/sandboxes/([^/]+))(/.*)?", re.DOTALL)
_NOWHERE = "There is nothing here: the CRM is under /api/v1, its controls are under /admin."

Environ = dict[str, Any]
StartResponse = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request: whose it is, and its number.

    Clients count 1, 2, 3 …, the controls a1, a2 …, and all else o1, o2 …
    """

    sandbox: Sandbox
    request_id: str


def exchange() -> Exchange:
    """The request that is being answered."""
    found: Exchange = request.environ[_EXCHANGE]
    return found


class Gate:
    """Every request passes here first: `/sandboxes/{name}` is taken off its path, so that every view is mounted once.

    Contract, sections 1, 3 and 6.
    """

    def __init__(self, wsgi_app: Callable[..., Iterable[bytes]], sandboxes: Sandboxes, access: Access) -> None:
        self._app, self._sandboxes, self._access = wsgi_app, sandboxes, access

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        name = DEFAULT
        path: str = environ.get("PATH_INFO", "")
        if path.startswith("/sandboxes/") and (match := _PREFIX.fullmatch(path)):
            prefix, name, rest = match.groups()
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + prefix
            environ["PATH_INFO"] = path = rest or "/"
        try:
            sandbox, missing = self._sandboxes.get(name), None
        except Refusal as refusal:
            sandbox, missing = self._sandboxes.get(DEFAULT), refusal
        is_client = missing is None and _below("/api/v1", path)
        is_admin = _below("/admin", path)
        number = sandbox.number("" if is_client else "a" if is_admin and not missing else "o")
        environ[_EXCHANGE] = Exchange(sandbox, number)

        def begin(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            drain(environ)
            now = sandbox.clock_reading()
            headers += [("Date", _http_date(now.replace(microsecond=0))), ("X-Request-Id", number)]
            return start_response(status, headers, *rest)

        try:
            if is_admin:
                self._access.check(environ)
            if missing:
                raise missing
            if is_client and (token := sandbox.credentials()) is not None:
                check_bearer(environ.get("HTTP_AUTHORIZATION"), token)
        except Refusal as refusal:
            return error_answer(refusal, number)(environ, begin)
        return self._app(environ, begin)


def install(app: Flask) -> None:
    """Have the app write every error in the one shape."""
    app.register_error_handler(Refusal, _refuse)
    app.register_error_handler(HTTPException, _refuse_http)
    app.register_error_handler(Exception, _fail)


def _refuse(refusal: Refusal) -> Response:
    return error_answer(refusal, exchange().request_id)


def _refuse_http(error: HTTPException) -> Response:
    return error_answer(_as_refusal(error), exchange().request_id)


def _fail(error: Exception) -> Response:
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    return error_answer(errors.InternalError("This is a bug in mockcrm: please report it."), exchange().request_id)


@lru_cache(maxsize=64)
def _http_date(second: datetime) -> str:
    return http_date(second)


def _below(mount: str, path: str) -> bool:
    return path.startswith(mount) and path[len(mount) : len(mount) + 1] in ("", "/")


def _as_refusal(error: HTTPException) -> Refusal:
    match error:
        case NotFound():
            return errors.PathNotFound(_NOWHERE)
        case MethodNotAllowed():
            allowed = ", ".join(sorted(error.valid_methods or ()))
            return errors.MethodNotAllowed(f"This path answers to {allowed}.", headers={"Allow": allowed})
        case _:
            return errors.BodyMalformed("The request could not be read.")
