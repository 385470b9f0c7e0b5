"""Faults carried out: the one place that pauses, breaks connections, and alters answers that have been made."""

import contextlib
import errno
import os
import socket
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from mockcrm.errors import Refusal
from mockcrm.faults.plan import Plan, Reply, When
from mockcrm.journal.journal import Entry
from mockcrm.sandbox.client_call import Call
from mockcrm.web.body import drain
from mockcrm.web.connection import connection_of, waiting
from mockcrm.web.responses import error_reply

Environ = dict[str, Any]
Begin = Callable[..., Any]
Ask = Callable[[Begin], Iterable[bytes]]

_LINGER = "hh" if os.name == "nt" else "ii"


def apply_plan(call: Call, plan: Plan, environ: Environ, begin: Begin, ask: Ask) -> Iterable[bytes]:
    """Answer a request that faults apply to. `ask` has the CRM answer it.

    What a client that has gone had asked for is done at once. Raises `ConnectionError` where the connection is broken,
    which every server takes for a client that has gone; so is `Overtaken` taken.
    """
    entry = call.entry
    reply: Reply | None = None
    gone = _pause(call, plan, "before", environ)
    entry.applied_faults = tuple(plan.applied_faults)
    if "before" not in plan.disconnect:
        reply = _reply(plan.early_response, entry) if plan.early_response else _asked(ask)
    call.run_after_actions()
    entry.applied_faults = tuple(plan.applied_faults)
    if reply and plan.transform_response:
        reply = _reply(plan.transform_response(reply), entry)
    gone = _pause(call, plan, "after", environ) or gone
    for how in plan.disconnect.values():
        _sever(how, call, environ)
    assert reply is not None
    return _send(replace(reply, whole=reply.whole and not gone), entry, environ["REQUEST_METHOD"], begin)


def _pause(call: Call, plan: Plan, when: When, environ: Environ) -> bool:
    """Whether the client had gone before the pause was over."""
    if not plan.delays[when]:
        return False
    with waiting(environ) as waiter:
        call.sandbox.pause(plan.delays[when], call.journal, waiter)
    return waiter.gone


def _asked(ask: Ask) -> Reply:
    told: list[Any] = []
    parts = ask(lambda status, headers, *_: told.extend((int(status[:3]), headers)))
    try:
        body = b"".join(parts)
    finally:
        getattr(parts, "close", lambda: None)()
    return Reply(told[0], told[1], body)


def _reply(answer: Refusal | Reply, entry: Entry) -> Reply:
    if isinstance(answer, Reply):
        return answer
    entry.code = answer.code
    return error_reply(answer, str(entry.number))


def _sever(how: str, call: Call, environ: Environ) -> None:
    """Break the connection: with a reset, or as if the server had simply gone."""
    drain(environ)
    call.journal.close(call.entry, None, call.sandbox.clock_reading())
    connection = connection_of(environ)
    if how == "close":
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        raise BrokenPipeError(errno.EPIPE, "A fault rule closes this connection.")
    if connection is not None:
        # Closed at once and without lingering, it sends a reset. The server, which would first say goodbye, keeps a
        # socket that is closed.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(_LINGER, 1, 0))
        socket.close(connection.detach())
    raise ConnectionResetError(errno.ECONNRESET, "A fault rule resets this connection.")


def _send(reply: Reply, entry: Entry, method: str, begin: Begin) -> Iterable[bytes]:
    bare = reply.status in (204, 304)
    headers = [(name, value) for name, value in reply.headers if name.lower() != "content-length"]
    if method == "HEAD":
        headers = list(reply.headers)
    elif not bare:
        headers.append(("Content-Length", str(len(reply.body))))
    begin(_line(reply.status), headers)
    entry.whole = reply.whole
    if bare or method == "HEAD":
        return []
    return [reply.body] if reply.cut is None else _cut_short(reply.body[: reply.cut])


def _cut_short(part: bytes) -> Iterator[bytes]:
    yield part
    raise BrokenPipeError(errno.EPIPE, "A fault rule ends this body early.")


def _line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"
