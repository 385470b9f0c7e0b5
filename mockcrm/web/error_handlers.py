"""Every error written in the one shape, and every view shut that is not open."""

import logging

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from mockcrm import errors
from mockcrm.base.escaping import harmless
from mockcrm.errors import Refusal
from mockcrm.sandbox.client_call import Call
from mockcrm.sandbox.sandbox import Overtaken
from mockcrm.web.exchange import EXCHANGE, Exchange, allowed, exchange
from mockcrm.web.responses import error_answer, nothing

log = logging.getLogger("mockcrm")
_OF_THE_CRM = "api"
"""The blueprint of the views that serve the CRM, to a request that was journaled."""
_OPEN = frozenset({"about"})
"""The blueprints whose views answer anybody; all others are the controls'."""
_NOWHERE = "There is nothing here: the CRM is under /api/v1, its controls are under /admin."


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


def _as_refusal(error: HTTPException) -> Refusal:
    match error:
        case NotFound():
            return errors.PathNotFound(_NOWHERE)
        case MethodNotAllowed():
            headers = allowed()
            return errors.MethodNotAllowed(f"This path answers to {headers['Allow']}.", headers=headers)
        case _:
            return errors.BodyMalformed("The request could not be read.")
