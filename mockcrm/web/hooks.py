"""What happens around every view: the sandbox is chosen, the request numbered and admitted, every error written.

The choosing and numbering is done below Flask, on the WSGI request itself, where it costs next to nothing.
"""

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.http import http_date

from mockcrm import errors
from mockcrm.calls import Call, admit
from mockcrm.errors import Refusal
from mockcrm.escaping import harmless
from mockcrm.journal import Entry
from mockcrm.recording import is_recorded
from mockcrm.sandbox import Sandbox
from mockcrm.sandboxes import DEFAULT, Sandboxes
from mockcrm.times import shifted
from mockcrm.web.access import Access, check_bearer
from mockcrm.web.body import drain, peek
from mockcrm.web.callers import caller, enter
from mockcrm.web.recorder import record
from mockcrm.web.striking import strike
from mockcrm.web.wire import error_answer, nothing

log = logging.getLogger("mockcrm")

EXCHANGE = "mockcrm.exchange"
"""Where the WSGI request has its `Exchange` or `Call`, once the gate has numbered it."""
_PREFIX = re.compile(r"(/sandboxes/([^/]+))(/.*)?", re.DOTALL)
_NOWHERE = "There is nothing here: the CRM is under /api/v1, its controls are under /admin."

Environ = dict[str, Any]
StartResponse = Callable[..., Any]


@dataclass(slots=True)
class Exchange:
    """A request that is not to the CRM: whose it is, and its number.

    Clients count 1, 2, 3 …, the controls a1, a2 …, and all else o1, o2 …
    """

    sandbox: Sandbox
    request_id: str


def exchange() -> Exchange | Call:
    """The request that is being answered."""
    found: Exchange | Call = request.environ[EXCHANGE]
    return found


def client_call() -> Call:
    """The same, of a request to the CRM."""
    found: Call = request.environ[EXCHANGE]
    return found


class Gate:
    """Every request passes here first: `/sandboxes/{name}` is taken off its path, so that every view is mounted once.

    Contract, sections 1, 3 and 6. `max_body` is the largest body of a request in bytes.
    """

    def __init__(
        self, wsgi_app: Callable[..., Iterable[bytes]], sandboxes: Sandboxes, access: Access, max_body: int
    ) -> None:
        self._app, self._sandboxes, self._access, self._max_body = wsgi_app, sandboxes, access, max_body

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
        if missing is None and _below("/api/v1", path):
            return self._serve_client(sandbox, path, environ, start_response)
        is_admin = _below("/admin", path)
        number = sandbox.number("a" if is_admin and not missing else "o")
        environ[EXCHANGE] = Exchange(sandbox, number)

        def begin(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            drain(environ)
            return start_response(status, [*headers, *_stamped(sandbox.clock_reading(), number)], *rest)

        try:
            if is_admin:
                self._access.check(environ)
            if missing:
                raise missing
        except Refusal as refusal:
            return error_answer(refusal, number)(environ, begin)
        if is_admin and is_recorded(environ["REQUEST_METHOD"], path):
            return record(sandbox, environ, begin, lambda begin: self._app(environ, begin), self._max_body)
        return self._app(environ, begin)

    def _serve_client(
        self, sandbox: Sandbox, path: str, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Journal a request to the CRM, and answer it as credentials and faults have it."""
        authorization = environ.get("HTTP_AUTHORIZATION")
        client, credentials = caller(authorization, environ.get("HTTP_X_MOCKCRM_CLIENT"))
        # A reset gives the sandbox another journal; what began in this one ends in it.
        journal = sandbox.journal
        entry = enter(sandbox, journal, environ, path, client)
        entry.credentials = credentials
        number = str(entry.number)

        def begin(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            entry.body = peek(environ, self._max_body)
            drain(environ)
            now = sandbox.clock_reading()
            entry.whole = True
            if environ["REQUEST_METHOD"] == "HEAD":
                entry.forget_answer()
            if status[:3] in ("429", "503"):
                entry.retry_after = dict(headers).get("Retry-After")
            journal.close(entry, int(status[:3]), now)
            return start_response(status, [*headers, *_stamped(shifted(now, call.dialect.date_skew), number)], *rest)

        call = environ[EXCHANGE] = admit(sandbox, entry, credentials, lambda: peek(environ, self._max_body))

        def ask(begin: StartResponse) -> Iterable[bytes]:
            try:
                if call.dialect.credentials is not None:
                    check_bearer(authorization, call.dialect.credentials)
            except Refusal as refusal:
                entry.code = refusal.code
                return error_answer(refusal, number)(environ, begin)
            return self._app(environ, begin)

        answer = strike(call, call.plan, journal, environ, begin, ask) if call.plan else ask(begin)
        return _Watched(answer, entry)


class _Watched:
    """An answer on its way; the journal learns when it does not get to its end."""

    def __init__(self, parts: Iterable[bytes], entry: Entry) -> None:
        self._parts, self._entry, self._ended = parts, entry, False

    def __iter__(self) -> Iterator[bytes]:
        yield from self._parts
        self._ended = True

    def close(self) -> None:
        if not self._ended:
            self._entry.whole = False
        if (close := getattr(self._parts, "close", None)) is not None:
            close()


def _stamped(now: datetime, number: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """What every answer says (contract, section 3)."""
    return ("Date", _http_date(now.replace(microsecond=0))), ("X-Request-Id", number)


def install(app: Flask) -> None:
    """Have the app write every error in the one shape, and say which methods a path answers to."""
    app.before_request(_tell_methods)
    app.register_error_handler(Refusal, _refuse)
    app.register_error_handler(HTTPException, _refuse_http)
    app.register_error_handler(Exception, _fail)


def allowed() -> dict[str, str]:
    """The header that says which methods the request's path answers to, in this CRM's dialect."""
    adapter, call = current_app.create_url_adapter(request), exchange()
    assert adapter is not None
    unspoken = call.dialect.unspoken_verbs if isinstance(call, Call) else ()
    return {"Allow": ", ".join(sorted({*adapter.allowed_methods()}.difference(unspoken)))}


def _tell_methods() -> Response | None:
    asks = request.method == "OPTIONS" and request.routing_exception is None
    return nothing(headers=allowed()) if asks else None


def _refuse(refusal: Refusal) -> Response:
    call = exchange()
    if isinstance(call, Call):
        call.entry.code = refusal.code
    return error_answer(refusal, call.request_id)


def _refuse_http(error: HTTPException) -> Response:
    return _refuse(_as_refusal(error))


def _fail(error: Exception) -> Response:
    log.error("%s %s failed", request.method, harmless(request.path), exc_info=error)
    return error_answer(errors.InternalError("This is a bug in mockcrm: please report it."), exchange().request_id)


@lru_cache(maxsize=64)
def _http_date(second: datetime) -> str:
    return http_date(second)


def _below(mount: str, path: str) -> bool:
    return path.startswith(mount) and path[len(mount) : len(mount) + 1] in ("", "/")


def _as_refusal(error: HTTPException) -> Refusal:
    match error:
        case NotFound():
            slash = " No path ends with a slash." if request.path.endswith("/") else ""
            return errors.PathNotFound(_NOWHERE + slash)
        case MethodNotAllowed():
            headers = allowed()
            return errors.MethodNotAllowed(f"This path answers to {headers['Allow']}.", headers=headers)
        case _:
            return errors.BodyMalformed("The request could not be read.")
