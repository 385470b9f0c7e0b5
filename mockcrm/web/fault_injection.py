"""Fault injection: the one place that delays, breaks connections, and alters answers that have been made."""

import contextlib
import errno
import os
import re
import socket
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from http import HTTPStatus

from mockcrm.errors import Refusal
from mockcrm.faults.plan import RATE_LIMIT, Plan, Reply, When
from mockcrm.journal.entry import Entry
from mockcrm.sandbox.client_call import Call
from mockcrm.web.body import drain
from mockcrm.web.connection import connection_of, waiting
from mockcrm.web.responses import error_reply
from mockcrm.web.wsgi import Environ, ResponseHead, StartResponse

Ask = Callable[[StartResponse], Iterable[bytes]]
"""Has the CRM answer the request."""

_LINGER = "hh" if os.name == "nt" else "ii"
_RATE_LIMIT = re.compile(rb"rate.?limit|quota|throttl|too.?many|slow.?down", re.IGNORECASE)
"""Words of a refusal that passes by itself, whatever its status (kewisch/gdata-provider#187)."""


def apply_plan(call: Call, plan: Plan, environ: Environ, begin: StartResponse, ask: Ask) -> Iterable[bytes]:
    """Answer a request to which fault rules apply, as their plan says.

    A delay ends early when the client closes the connection; the request is carried out all the same. Raises
    `ConnectionError` where a rule breaks the connection, and `Overtaken`: every server takes both for a client that has
    gone.
    """
    entry = call.entry
    reply: Reply | None = None
    gone = _pause(call, plan, "before", environ)
    entry.applied_faults = tuple(plan.applied_faults)
    if "before" not in plan.disconnect:
        reply = _as_reply(plan.early_response, entry) if plan.early_response else _reply_of_crm(ask)
    call.run_after_actions()
    entry.applied_faults = tuple(plan.applied_faults)
    if reply and plan.transform_response:
        reply = _as_reply(plan.transform_response(reply), entry)
    gone = _pause(call, plan, "after", environ) or gone
    for how in plan.disconnect.values():
        _disconnect(how, call, environ)
    assert reply is not None
    return _send(replace(reply, whole=reply.whole and not gone), entry, environ["REQUEST_METHOD"], begin)


def _pause(call: Call, plan: Plan, when: When, environ: Environ) -> bool:
    """Delay the request. Whether its client went away meanwhile."""
    if not plan.delays[when]:
        return False
    call.journal.note_news(call.entry)
    with waiting(environ) as waiter:
        call.sandbox.pause(plan.delays[when], call.journal, waiter)
    return waiter.gone


def _reply_of_crm(ask: Ask) -> Reply:
    head = ResponseHead()
    parts = ask(head)
    try:
        body = b"".join(parts)
    finally:
        getattr(parts, "close", lambda: None)()
    return Reply(head.status, head.headers, body)


def _as_reply(answer: Refusal | Reply, entry: Entry) -> Reply:
    if isinstance(answer, Reply):
        return answer
    entry.code = answer.code
    return error_reply(answer, str(entry.number))


def _disconnect(how: str, call: Call, environ: Environ) -> None:
    """Break the connection: with a TCP reset, or as a server does that simply goes away."""
    drain(environ)
    call.journal.close(call.entry, None, call.sandbox.clock_reading())
    connection = connection_of(environ)
    if how == "close":
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        raise BrokenPipeError(errno.EPIPE, "A fault rule closes this connection.")
    if connection is not None:
        # A socket that is closed without lingering sends a reset. It is detached from the server's own socket object,
        # so that the server cannot shut it down in an orderly way first.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(_LINGER, 1, 0))
        socket.close(connection.detach())
    raise ConnectionResetError(errno.ECONNRESET, "A fault rule resets this connection.")


def _send(reply: Reply, entry: Entry, method: str, begin: StartResponse) -> Iterable[bytes]:
    without_body = reply.status in (204, 304)
    headers = [(name, value) for name, value in reply.headers if name.lower() != "content-length"]
    if method == "HEAD":
        headers = list(reply.headers)
    elif not without_body:
        headers.append(("Content-Length", str(len(reply.body))))
    entry.may_pass = _may_pass(reply, entry)
    begin(_status_line(reply.status), headers)
    entry.whole = reply.whole
    if without_body or method == "HEAD":
        return []
    return [reply.body] if reply.cut is None else _cut_short(reply.body[: reply.cut])


def _may_pass(reply: Reply, entry: Entry) -> bool:
    """Whether an answer asks for a wait, or speaks of a rate limit."""
    limited = any(each.effect == RATE_LIMIT for each in entry.applied_faults)
    waits = any(name.lower() == "retry-after" for name, _ in reply.headers)
    return reply.status >= 400 and (limited or waits or bool(_RATE_LIMIT.search(reply.body)))


def _cut_short(part: bytes) -> Iterator[bytes]:
    yield part
    raise BrokenPipeError(errno.EPIPE, "A fault rule ends this body early.")


def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"
