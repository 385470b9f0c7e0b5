"""What happens to every request before Flask sees it: its sandbox is found, it gets a number, and it is let in or not.

This is done on the WSGI request itself, where it costs next to nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from werkzeug.http import http_date

from mockcrm import errors
from mockcrm.base.times import shifted
from mockcrm.errors import Refusal
from mockcrm.journal.entry import Entry, KeptAnswer
from mockcrm.journal.journal import Journal
from mockcrm.journal.masking import Mask
from mockcrm.sandbox.client_call import Call, admit
from mockcrm.sandbox.recording import is_recorded
from mockcrm.sandbox.sandbox import Sandbox
from mockcrm.sandbox.sandboxes import DEFAULT, Sandboxes
from mockcrm.web.access import Access, check_bearer
from mockcrm.web.body import drain, peek
from mockcrm.web.client_identity import identify
from mockcrm.web.control_recorder import record
from mockcrm.web.exchange import EXCHANGE, UnjournaledRequest
from mockcrm.web.fault_injection import apply_plan
from mockcrm.web.journaling import enter
from mockcrm.web.paths import RequestTarget, read_target
from mockcrm.web.refusal_page import prefers_page, refusal_page
from mockcrm.web.responses import empty_response, error_response
from mockcrm.web.wsgi import Environ, StartResponse

if TYPE_CHECKING:
    from mockcrm.web.cors import Cors


class Gate:
    """The WSGI application around Flask's. It takes `/sandboxes/{name}` off the path, so that views are mounted once.

    Contract, sections 1, 3 and 6. `max_body` is the largest body of a request in bytes; `mask` says what the journal
    does not keep, `cors` which web pages of other origins may call the API, and `keep_answers` how many bytes of the
    body of each answer the journal keeps.
    """

    def __init__(
        self,
        wsgi_app: Callable[..., Iterable[bytes]],
        sandboxes: Sandboxes,
        access: Access,
        max_body: int,
        mask: Mask,
        cors: "Cors | None",
        keep_answers: int = 0,
    ) -> None:
        self._app, self._sandboxes, self._access, self._max_body = wsgi_app, sandboxes, access, max_body
        self._mask, self._cors, self._keep_answers = mask, cors, keep_answers

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        target = read_target(environ)
        environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + target.prefix
        environ["PATH_INFO"] = target.path
        if target.host is not None:
            environ["HTTP_HOST"] = target.host
        try:
            sandbox, missing = self._sandboxes.get(target.sandbox), None
        except Refusal as refusal:
            sandbox, missing = self._sandboxes.get(DEFAULT), refusal
        if target.area == "api" and self._cors is not None:
            if self._cors.is_preflight(environ):
                return _answer_preflight(self._cors, sandbox, environ, start_response)
            start_response = self._cors.around(environ, start_response)
        if missing is None and target.area == "api":
            return self._serve_client(sandbox, target, environ, start_response)
        return self._serve_others(sandbox, target, missing, environ, start_response)

    def _serve_others(
        self,
        sandbox: Sandbox,
        target: RequestTarget,
        missing: Refusal | None,
        environ: Environ,
        start_response: StartResponse,
    ) -> Iterable[bytes]:
        """Answer a request to controls, console or calendar, if it may use them, or one that everybody may make.

        `missing` refuses a request whose path names no sandbox, once the access check has passed.
        """
        for_controls = target.area == "controls" and target.problem is None
        number = sandbox.number("a" if for_controls and not missing else "o")
        exchange = environ[EXCHANGE] = UnjournaledRequest(sandbox, number)

        def begin(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            drain(environ)
            return start_response(status, [*headers, *_common_headers(sandbox.clock_reading(), number)], *rest)

        try:
            _check_path(target)
            self._admit(exchange, target, environ)
            if missing:
                raise missing
        except Refusal as refusal:
            if target.area == "console" and target.path in ("", "/") and prefers_page(environ):
                root = environ["SCRIPT_NAME"].removesuffix(target.prefix)
                return refusal_page(refusal, root)(environ, begin)
            return error_response(refusal, number)(environ, begin)
        if not target.path:
            return empty_response(308, {"Location": f"{environ['SCRIPT_NAME']}/"})(environ, begin)
        if for_controls and is_recorded(environ["REQUEST_METHOD"], target.path):
            return record(sandbox, self._app, environ, begin, self._max_body)
        return self._app(environ, begin)

    def _admit(self, exchange: UnjournaledRequest, target: RequestTarget, environ: Environ) -> None:
        """Note what the request may use. Raises a refusal where it may not use what its path leads to."""
        match target.area:
            case "controls":
                self._access.check(environ)
            case "console":
                self._access.check_site(environ)
            case "calendar":
                self._access.check_calendar(environ, target.sandbox)
            case _:
                return
        exchange.admitted = target.area

    def _serve_client(
        self, sandbox: Sandbox, target: RequestTarget, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Enter a client's request in the journal, and answer it as credentials and fault rules say."""
        name, credentials = identify(environ.get("HTTP_AUTHORIZATION"), environ.get("HTTP_X_MOCKCRM_CLIENT"))
        # A reset gives the sandbox another journal; a request is closed in the journal that it was entered in.
        journal = sandbox.journal
        entry = enter(sandbox, journal, environ, target, sandbox.client_names.called(name), self._mask)
        entry.credentials = credentials
        call = environ[EXCHANGE] = admit(sandbox, journal, entry, credentials, lambda: peek(environ, self._max_body))
        begin = _ClientResponse(call, environ, start_response, self._max_body, keeps=self._keep_answers > 0).begin
        ask = partial(self._ask_crm, call, target, environ)
        body = apply_plan(call, call.plan, environ, begin, ask) if call.plan else ask(begin)
        return _WatchedBody(body, entry, journal, self._keep_answers)

    def _ask_crm(self, call: Call, target: RequestTarget, environ: Environ, begin: StartResponse) -> Iterable[bytes]:
        """Have the CRM answer a client, or refuse its path or its credentials."""
        try:
            _check_path(target)
            if call.dialect.credentials is not None:
                check_bearer(environ.get("HTTP_AUTHORIZATION"), call.dialect.credentials)
        except Refusal as refusal:
            call.entry.code = refusal.code
            return error_response(refusal, call.request_id)(environ, begin)
        return self._app(environ, begin)


def _answer_preflight(
    cors: "Cors", sandbox: Sandbox, environ: Environ, start_response: StartResponse
) -> Iterable[bytes]:
    """Tell a browser what a page may send. It asks by itself: the client knows nothing of it, nor does the journal."""
    number = sandbox.number("o")
    environ[EXCHANGE] = UnjournaledRequest(sandbox, number)
    drain(environ)
    headers = [*cors.preflight(environ), *_common_headers(sandbox.clock_reading(), number)]
    start_response("204 No Content", headers)
    return []


class _ClientResponse:
    """The head of an answer to a client, which is noted in the journal before it is sent."""

    __slots__ = ("_call", "_environ", "_keeps", "_max_body", "_start_response")

    def __init__(
        self, call: Call, environ: Environ, start_response: StartResponse, max_body: int, *, keeps: bool
    ) -> None:
        self._call, self._environ, self._start_response, self._max_body = call, environ, start_response, max_body
        self._keeps = keeps

    def begin(self, status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        """WSGI's `start_response`. Raises `Overtaken` where the CRM has been reset or deleted meanwhile."""
        call, entry, environ = self._call, self._call.entry, self._environ
        if not entry.body_read:
            entry.note_body(peek(environ, self._max_body))
        drain(environ)
        call.sandbox.check_current(call.journal)
        now = call.sandbox.clock_reading()
        entry.whole = True
        if environ["REQUEST_METHOD"] == "HEAD":
            entry.forget_answer()
        date = shifted(now, call.dialect.date_skew)
        if status[:3] in ("429", "503"):
            wait, clocks = dict(headers).get("Retry-After"), (date, call.sandbox.machine_time())
            entry.note_retry_after(wait, call.sandbox.seconds(), clocks)
        call.journal.close(entry, int(status[:3]), now)
        common = _common_headers(date, call.request_id)
        if self._keeps:
            entry.answer = KeptAnswer((*headers, *common))
        return self._start_response(status, [*headers, *common], *rest)


class _WatchedBody:
    """A body on its way to a client. The journal learns when it does not reach its end."""

    def __init__(self, parts: Iterable[bytes], entry: Entry, journal: Journal, keep: int) -> None:
        self._parts, self._entry, self._journal, self._ended = parts, entry, journal, False
        self._keep = keep

    def __iter__(self) -> Iterator[bytes]:
        yield from self._kept_parts(self._keep) if self._keep else self._parts
        self._ended = True

    def _kept_parts(self, most: int) -> Iterator[bytes]:
        for part in self._parts:
            yield part
            if self._entry.answer is not None:
                self._entry.answer.add(part, most)

    def close(self) -> None:
        if not self._ended:
            self._entry.whole = False
        if self._keep:
            self._journal.weigh_answer(self._entry)
        if not self._entry.whole:
            self._journal.note_news(self._entry)
        self._entry.final = True
        if (close := getattr(self._parts, "close", None)) is not None:
            close()


def _common_headers(now: datetime, number: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """The headers of every answer (contract, section 3)."""
    return ("Date", _http_date(now.replace(microsecond=0))), ("X-Request-Id", number)


def _check_path(target: RequestTarget) -> None:
    """Raises `PathNotFound` for a path with an odd segment."""
    if target.problem is not None:
        raise errors.PathNotFound(target.problem)


@lru_cache(maxsize=64)
def _http_date(second: datetime) -> str:
    return http_date(second)
