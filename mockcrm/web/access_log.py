"""The access log: a record of each request, with what was asked, what was answered, and how long that took.

It wraps the whole WSGI application, and is there only where a log was asked for.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from mockcrm.base.real_time import real_seconds
from mockcrm.base.times import format_instant
from mockcrm.errors.text import shortened
from mockcrm.journal.entry import Entry
from mockcrm.journal.masking import Mask
from mockcrm.sandbox.client_call import Call
from mockcrm.web.exchange import EXCHANGE, UnjournaledRequest
from mockcrm.web.wsgi import Environ, StartResponse, as_utf8

MAX_LOGGED = 1_000
"""How many characters of a text from a client a record keeps."""

_LOGGER = logging.getLogger(__name__)

Log = Callable[[dict[str, Any]], object]
"""Takes the record of one request, in JSON's types (`docs/reference/access-log.md`). It is called from any thread."""


class AccessLog:
    """Calls `log` once for each request, when its answer has been sent or given up. Secrets are masked."""

    def __init__(self, wsgi_app: Callable[..., Iterable[bytes]], log: Log, mask: Mask) -> None:
        self._app, self._log, self._mask = wsgi_app, log, mask

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        body = _LoggedBody(environ, self._log, self._mask)

        def begin(status: str, *rest: Any) -> Any:
            body.status = int(status[:3])
            return start_response(status, *rest)

        try:
            body.parts = self._app(environ, begin)
        except BaseException:
            body.end(aborted=True)
            raise
        return body


class _LoggedBody:
    """A body on its way to the client, with the time that has passed since the request came."""

    def __init__(self, environ: Environ, log: Log, mask: Mask) -> None:
        self._began = real_seconds()
        self._environ, self._log, self._mask = environ, log, mask
        self.status: int | None = None
        self.parts: Iterable[bytes] = ()
        self._sent = 0
        self._logged = False

    def __iter__(self) -> Iterator[bytes]:
        for part in self.parts:
            yield part
            self._sent += len(part)
        # Not in `close`: one of the servers waits a little before it calls that method.
        self.end(aborted=False)

    def close(self) -> None:
        try:
            getattr(self.parts, "close", lambda: None)()
        finally:
            self.end(aborted=True)

    def end(self, *, aborted: bool) -> None:
        """Log the request, unless that has been done."""
        if not self._logged:
            self._logged = True
            try:
                self._log(self._record(aborted=aborted))
            except Exception:  # A log that fails must not break the answer.
                _LOGGER.exception("The access log failed to take a record.")

    def _record(self, *, aborted: bool) -> dict[str, Any]:
        took = real_seconds() - self._began
        environ = self._environ
        exchange: UnjournaledRequest | Call | None = environ.get(EXCHANGE)
        entry = exchange.entry if isinstance(exchange, Call) else None
        return {
            "time": format_instant(datetime.now(UTC)),
            "crmTime": exchange and format_instant(exchange.sandbox.clock_reading()),
            "sandbox": exchange and exchange.sandbox.name,
            "requestId": exchange and exchange.request_id,
            "remoteAddress": environ.get("REMOTE_ADDR"),
            "client": entry and entry.client,
            "method": _short(environ["REQUEST_METHOD"]),
            "path": _short(self._mask.text(environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""))),
            "query": _short(self._mask.query(environ.get("QUERY_STRING", ""))),
            "userAgent": _short(self._mask.header("USER_AGENT", environ.get("HTTP_USER_AGENT", ""))),
            "status": self.status,
            "bytes": self._sent,
            "delivered": entry and _delivered(entry),
            "durationMs": round(took * 1000, 3),
            "aborted": aborted,
            "faults": [each.effect for each in entry.applied_faults] if entry else [],
        }


def _delivered(entry: Entry) -> dict[str, int]:
    """How many events and tombstones the answer had."""
    tombstones = sum(change.deleted for change in entry.delivered)
    return {"events": len(entry.delivered) - tombstones, "tombstones": tombstones}


def _short(text: str) -> str:
    text = as_utf8(text)
    return shortened(text, MAX_LOGGED)
