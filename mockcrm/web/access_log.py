"""The access log: of each request what was asked, what was answered, and how long that took.

It is around everything else, on the WSGI request itself, and only where somebody wants it.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from mockcrm.base.times import format_instant
from mockcrm.journal.masking import Mask
from mockcrm.sandbox.client_call import Call
from mockcrm.web.gate import EXCHANGE, Environ, Exchange, StartResponse
from mockcrm.web.journaling import as_utf8

MAX_TEXT = 1_000
"""How much of a text that a client has sent is told, in characters."""

_LOGGER = logging.getLogger(__name__)

Log = Callable[[dict[str, Any]], object]
"""Takes what is told of one request, as JSON has it (`docs/reference.md`); is called from any thread."""


class AccessLog:
    """Tells `log` of each request once its answer has been handed over, or given up, its secrets masked."""

    def __init__(self, wsgi_app: Callable[..., Iterable[bytes]], log: Log, mask: Mask) -> None:
        self._app, self._log, self._mask = wsgi_app, log, mask

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        answer = _Answer(environ, self._log, self._mask)

        def begin(status: str, *rest: Any) -> Any:
            answer.status = int(status[:3])
            return start_response(status, *rest)

        try:
            answer.parts = self._app(environ, begin)
        except BaseException:
            answer.end(aborted=True)
            raise
        return answer


class _Answer:
    """An answer on its way, from the moment when the request came."""

    def __init__(self, environ: Environ, log: Log, mask: Mask) -> None:
        self._began = time.perf_counter()
        self._environ, self._log, self._mask = environ, log, mask
        self.status: int | None = None
        self.parts: Iterable[bytes] = ()
        self._sent = 0
        self._told = False

    def __iter__(self) -> Iterator[bytes]:
        for part in self.parts:
            yield part
            self._sent += len(part)
        # Not in `close`: one of the servers waits a little before it calls that.
        self.end(aborted=False)

    def close(self) -> None:
        try:
            getattr(self.parts, "close", lambda: None)()
        finally:
            self.end(aborted=True)

    def end(self, *, aborted: bool) -> None:
        """Tell of the request, unless that has been done."""
        if not self._told:
            self._told = True
            try:
                self._log(self._record(aborted=aborted))
            except Exception:  # Whatever is wrong with the log, the answer is on its way.
                _LOGGER.exception("The access log takes no record.")

    def _record(self, *, aborted: bool) -> dict[str, Any]:
        took = time.perf_counter() - self._began
        environ = self._environ
        call: Exchange | Call | None = environ.get(EXCHANGE)
        return {
            "time": format_instant(datetime.now(UTC)),
            "crmTime": call and format_instant(call.sandbox.clock_reading()),
            "sandbox": call and call.sandbox.name,
            "requestId": call and call.request_id,
            "remoteAddress": environ.get("REMOTE_ADDR"),
            "method": _short(environ["REQUEST_METHOD"]),
            "path": _short(self._mask.text(environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""))),
            "query": _short(self._mask.query(environ.get("QUERY_STRING", ""))),
            "userAgent": _short(self._mask.header("USER_AGENT", environ.get("HTTP_USER_AGENT", ""))),
            "status": self.status,
            "bytes": self._sent,
            "durationMs": round(took * 1000, 3),
            "aborted": aborted,
            "faults": [each.effect for each in call.entry.struck] if isinstance(call, Call) else [],
        }


def _short(text: str) -> str:
    text = as_utf8(text)
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "…"
