"""What happens around every view: the sandbox is chosen, the request numbered and admitted, every error written.

The choosing and numbering is done below Flask, on the WSGI request itself, where it costs next to nothing.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.http import http_date

from mockcrm import errors
from mockcrm.base.escaping import harmless
from mockcrm.base.times import shifted
from mockcrm.errors import Refusal
from mockcrm.journal.entry import Entry
from mockcrm.journal.masking import Mask
from mockcrm.sandbox.client_call import Call, admit
from mockcrm.sandbox.recording import is_recorded
from mockcrm.sandbox.sandbox import Overtaken, Sandbox
from mockcrm.sandbox.sandboxes import DEFAULT, Sandboxes
from mockcrm.web.access import Access, check_bearer
from mockcrm.web.body import drain, peek
from mockcrm.web.control_recorder import record
from mockcrm.web.fault_injection import apply_plan
from mockcrm.web.journaling import caller, enter
from mockcrm.web.paths import Place, read_place
from mockcrm.web.responses import error_answer, nothing

log = logging.getLogger("mockcrm")

EXCHANGE = "mockcrm.exchange"
"""Where the WSGI request has its `Exchange` or `Call`, once the gate has numbered it."""
_OF_THE_CRM = "api"
"""The blueprint of the views that serve the CRM, to a request that was journaled."""
_OPEN = frozenset({"about"})
"""The blueprints whose views answer anybody; all others are the controls'."""
_NOWHERE = "There is nothing here: the CRM is under /api/v1, its controls are under /admin."

Environ = dict[str, Any]
StartResponse = Callable[..., Any]


@dataclass(slots=True)
class Exchange:
    """A request that is not to the CRM: whose it is, and its number.

    Clients count 1, 2, 3 …, the controls a1, a2 …, and all else o1, o2 … `admitted` is the guard's mark: without it no
    view of the controls answers.
    """

    sandbox: Sandbox
    request_id: str
    admitted: bool = False


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

    Contract, sections 1, 3 and 6. `max_body` is the largest body of a request in bytes; `mask` says what the journal
    does not keep.
    """

    def __init__(
        self, wsgi_app: Callable[..., Iterable[bytes]], sandboxes: Sandboxes, access: Access, max_body: int, mask: Mask
    ) -> None:
        self._app, self._sandboxes, self._access, self._max_body = wsgi_app, sandboxes, access, max_body
        self._mask = mask

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        place = read_place(environ)
        environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + place.prefix
        environ["PATH_INFO"] = place.path
        if place.host is not None:
            environ["HTTP_HOST"] = place.host
        try:
            sandbox, missing = self._sandboxes.get(place.sandbox), None
        except Refusal as refusal:
            sandbox, missing = self._sandboxes.get(DEFAULT), refusal
        if missing is None and place.area == "api":
            return self._serve_client(sandbox, place, environ, start_response)
        return self._serve_others(sandbox, place, missing, environ, start_response)

    def _serve_others(
        self, sandbox: Sandbox, place: Place, missing: Refusal | None, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer a request to the controls, once they admit it, or to what is open to everybody."""
        for_controls = place.area == "controls" and place.odd is None
        call = environ[EXCHANGE] = Exchange(sandbox, sandbox.number("a" if for_controls and not missing else "o"))

        def begin(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            drain(environ)
            return start_response(status, [*headers, *_stamped(sandbox.clock_reading(), call.request_id)], *rest)

        try:
            _check_path(place)
            if for_controls:
                self._access.check(environ)
                call.admitted = True
            if missing:
                raise missing
        except Refusal as refusal:
            return error_answer(refusal, call.request_id)(environ, begin)
        if not place.path:
            return nothing(308, {"Location": f"{environ['SCRIPT_NAME']}/"})(environ, begin)
        if for_controls and is_recorded(environ["REQUEST_METHOD"], place.path):
            return record(sandbox, environ, begin, lambda begin: self._app(environ, begin), self._max_body)
        return self._app(environ, begin)

    def _serve_client(
        self, sandbox: Sandbox, place: Place, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Journal a request to the CRM, and answer it as credentials and faults have it."""
        authorization = environ.get("HTTP_AUTHORIZATION")
        client, credentials = caller(authorization, environ.get("HTTP_X_MOCKCRM_CLIENT"))
        # A reset gives the sandbox another journal; what began in this one ends in it.
        journal = sandbox.journal
        entry = enter(sandbox, journal, environ, place, client, self._mask)
        entry.credentials = credentials
        number = str(entry.number)

        def begin(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            entry.body = peek(environ, self._max_body)
            drain(environ)
            sandbox.check_current(journal)
            now = sandbox.clock_reading()
            entry.whole = True
            if environ["REQUEST_METHOD"] == "HEAD":
                entry.forget_answer()
            if status[:3] in ("429", "503"):
                entry.retry_after = dict(headers).get("Retry-After")
            journal.close(entry, int(status[:3]), now)
            return start_response(status, [*headers, *_stamped(shifted(now, call.dialect.date_skew), number)], *rest)

        call = environ[EXCHANGE] = admit(sandbox, journal, entry, credentials, lambda: peek(environ, self._max_body))

        def ask(begin: StartResponse) -> Iterable[bytes]:
            try:
                _check_path(place)
                if call.dialect.credentials is not None:
                    check_bearer(authorization, call.dialect.credentials)
            except Refusal as refusal:
                entry.code = refusal.code
                return error_answer(refusal, number)(environ, begin)
            return self._app(environ, begin)

        answer = apply_plan(call, call.plan, environ, begin, ask) if call.plan else ask(begin)
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
    """Shut every view that is not open, write every error in the one shape, and say which methods a path answers to."""
    app.before_request(_refuse_strays)
    app.before_request(_tell_methods)
    app.register_error_handler(Refusal, _refuse)
    app.register_error_handler(HTTPException, _refuse_http)
    app.register_error_handler(Exception, _fail)
    # What comes of it does not matter: the gate sends no answer of a CRM that is no more.
    app.register_error_handler(Overtaken, lambda error: nothing(503))


def _refuse_strays() -> Response | None:
    """Refuse a request that has come to a view past the gate: a view is the controls' unless it is said here."""
    call = request.environ.get(EXCHANGE)
    if request.endpoint is None or _is_admitted(call):
        return None
    forbidden = errors.AdminForbidden("This request was not admitted to the controls.")
    return error_answer(forbidden, call.request_id if call else "")


def _is_admitted(call: Exchange | Call | None) -> bool:
    if request.blueprint == _OF_THE_CRM:
        return isinstance(call, Call)
    return isinstance(call, Exchange) and (call.admitted or request.blueprint in _OPEN)


def _check_path(place: Place) -> None:
    """Raises `PathNotFound` for a path that leads nowhere, however it is read."""
    if place.odd is not None:
        raise errors.PathNotFound(place.odd)


def allowed() -> dict[str, str]:
    """The header that says which methods the request's path answers to, in this CRM's dialect."""
    adapter, call = current_app.create_url_adapter(request), exchange()
    assert adapter is not None
    unspoken = call.dialect.disallowed_methods if isinstance(call, Call) else ()
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


def _as_refusal(error: HTTPException) -> Refusal:
    match error:
        case NotFound():
            return errors.PathNotFound(_NOWHERE)
        case MethodNotAllowed():
            headers = allowed()
            return errors.MethodNotAllowed(f"This path answers to {headers['Allow']}.", headers=headers)
        case _:
            return errors.BodyMalformed("The request could not be read.")
