"""The request that is being answered: whose it is, and its number."""

from dataclasses import dataclass

from flask import current_app, request

from mockcrm.sandbox.client_call import Call
from mockcrm.sandbox.sandbox import Sandbox

EXCHANGE = "mockcrm.exchange"
"""Where the WSGI request has its `Exchange` or `Call`, once the gate has numbered it."""


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


def allowed() -> dict[str, str]:
    """The header that says which methods the request's path answers to, in this CRM's dialect."""
    adapter, call = current_app.create_url_adapter(request), exchange()
    assert adapter is not None
    unspoken = call.dialect.disallowed_methods if isinstance(call, Call) else ()
    return {"Allow": ", ".join(sorted({*adapter.allowed_methods()}.difference(unspoken)))}
