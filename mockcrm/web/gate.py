"""What happens before every view: the sandbox is chosen, the request numbered and admitted.

The choosing and numbering is done below Flask, on the WSGI request itself, where it costs next to nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any

from werkzeug.http import http_date

from mockcrm import errors
from mockcrm.base.times import shifted
from mockcrm.errors import Refusal
from mockcrm.journal.journal import Entry
from mockcrm.journal.masking import Mask
from mockcrm.sandbox.client_call import admit
from mockcrm.sandbox.recording import is_recorded
from mockcrm.sandbox.sandbox import Sandbox
from mockcrm.sandbox.sandboxes import DEFAULT, Sandboxes
from mockcrm.web.access import Access, check_bearer
from mockcrm.web.body import drain, peek
from mockcrm.web.client_identity import caller
from mockcrm.web.control_recorder import record
from mockcrm.web.exchange import EXCHANGE, Exchange
from mockcrm.web.fault_injection import apply_plan
from mockcrm.web.journaling import enter
from mockcrm.web.paths import Place, read_place
from mockcrm.web.responses import error_answer, nothing

Environ = dict[str, Any]
StartResponse = Callable[..., Any]


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


def _check_path(place: Place) -> None:
    """Raises `PathNotFound` for a path that leads nowhere, however it is read."""
    if place.odd is not None:
        raise errors.PathNotFound(place.odd)


@lru_cache(maxsize=64)
def _http_date(second: datetime) -> str:
    return http_date(second)
