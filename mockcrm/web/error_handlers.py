"""What Flask does around every view: it shuts the views that nobody was admitted to, and writes errors in one shape."""

import logging

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from mockcrm import errors
from mockcrm.base.escaping import harmless
from mockcrm.errors import Refusal
from mockcrm.sandbox.client_call import Call
from mockcrm.sandbox.stages import Overtaken
from mockcrm.web.exchange import EXCHANGE, UnjournaledRequest, allow_header, current_exchange
from mockcrm.web.lean_flask import current_request
from mockcrm.web.responses import empty_response, error_response

log = logging.getLogger("mockcrm")

_FOR_CLIENTS = "api"
"""The blueprint whose views serve the CRM, to requests that are in the journal."""
_FOR_EVERYBODY = frozenset({"about"})
"""The blueprints whose views answer everybody; those of any other need an admission."""
_ADMISSIONS = {"console": "console", "calendar": "calendar"}
"""The blueprints that need an admission of their own; those of any other need the controls'."""
_NOT_FOUND = "There is nothing here: the CRM is under /api/v1, its controls are under /admin."


def install(app: Flask) -> None:
    """Give an application the error handlers, the answers to OPTIONS, and the second check of admission."""
    app.before_request(_check_admission)
    app.register_error_handler(Refusal, _answer_refusal)
    app.register_error_handler(HTTPException, _answer_http_error)
    app.register_error_handler(Exception, _answer_bug)
    # Nobody sees this answer: the gate sends none for a CRM that has been reset or deleted.
    app.register_error_handler(Overtaken, lambda error: empty_response(503))


def _check_admission() -> Response | None:
    """Refuse a request that has reached a view past the gate, and answer OPTIONS in the place of views."""
    asked = current_request()
    rule, exchange = asked.url_rule, asked.environ.get(EXCHANGE)
    if rule is None:
        return None
    if not _is_admitted(exchange, rule.endpoint):
        forbidden = errors.AdminForbidden("This request was not admitted to the controls.")
        return error_response(forbidden, exchange.request_id if exchange else "")
    return empty_response(headers=allow_header()) if asked.method == "OPTIONS" else None


def _is_admitted(exchange: UnjournaledRequest | Call | None, endpoint: str) -> bool:
    """Whether a request may reach a view. Views of unknown blueprints count as the controls'."""
    blueprint = endpoint.rpartition(".")[0]
    if blueprint == _FOR_CLIENTS:
        return isinstance(exchange, Call)
    if not isinstance(exchange, UnjournaledRequest):
        return False
    return exchange.admitted == _ADMISSIONS.get(blueprint, "controls") or blueprint in _FOR_EVERYBODY


def _answer_refusal(refusal: Refusal) -> Response:
    exchange = current_exchange()
    if isinstance(exchange, Call):
        exchange.entry.code = refusal.code
    return error_response(refusal, exchange.request_id)


def _answer_http_error(error: HTTPException) -> Response:
    return _answer_refusal(_as_refusal(error))


def _as_refusal(error: HTTPException) -> Refusal:
    match error:
        case NotFound():
            return errors.PathNotFound(_NOT_FOUND)
        case MethodNotAllowed():
            headers = allow_header()
            return errors.MethodNotAllowed(f"This path answers to {headers['Allow']}.", headers=headers)
        case _:
            return errors.BodyMalformed("The request could not be read.")


def _answer_bug(error: Exception) -> Response:
    log.error("%s %s failed", request.method, harmless(request.path), exc_info=error)
    bug = errors.InternalError("This is a bug in mockcrm: please report it.")
    return error_response(bug, current_exchange().request_id)
