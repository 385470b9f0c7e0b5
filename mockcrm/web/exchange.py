"""The request that is being answered, for views and error handlers: its sandbox and its number.

The gate puts it into the WSGI request. A client's request to the CRM is a `Call`, with its entry in the journal; every
other request is an `UnjournaledRequest`.
"""

from typing import Literal

from flask import current_app

from mockcrm.base.declaring import dataclass
from mockcrm.sandbox.client_call import Call
from mockcrm.sandbox.sandbox import Sandbox
from mockcrm.web.lean_flask import current_request

EXCHANGE = "mockcrm.exchange"
"""The key of the WSGI request under which the gate leaves its `Call` or `UnjournaledRequest`."""

APP_FOR = "mockcrm.app_for"
"""The key under which an application's `extensions` have a function that makes an application for other sandboxes."""


@dataclass(slots=True)
class UnjournaledRequest:
    """A request to the controls, for the console or the calendar, or for what everybody may ask: health, version …

    `request_id` counts a1, a2 … for the controls of a sandbox, and o1, o2 … for all else; clients' requests count 1,
    2 … The gate sets `admitted` to what a check of access has opened: no view of the controls, the console or the
    calendar answers without it.
    """

    sandbox: Sandbox
    request_id: str
    admitted: Literal["controls", "console", "calendar"] | None = None


def current_exchange() -> UnjournaledRequest | Call:
    """The request that is being answered."""
    exchange: UnjournaledRequest | Call = current_request().environ[EXCHANGE]
    return exchange


def current_sandbox() -> Sandbox:
    """The sandbox that the request's path names."""
    return current_exchange().sandbox


def client_call() -> Call:
    """The client's request that is being answered, in a view of `/api/v1`."""
    call: Call = current_request().environ[EXCHANGE]
    return call


def allow_header() -> dict[str, str]:
    """The header `Allow`: the methods that the request's path answers to, in this CRM's dialect."""
    adapter, exchange = current_app.create_url_adapter(current_request()), current_exchange()
    assert adapter is not None
    disallowed = exchange.dialect.disallowed_methods if isinstance(exchange, Call) else ()
    return {"Allow": ", ".join(sorted({*adapter.allowed_methods()}.difference(disallowed)))}
