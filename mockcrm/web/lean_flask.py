"""Flask without what none of our views needs: sessions, functions after a request, and addresses made from routes.

All is done where Flask and Werkzeug mean it to be done, by classes that derive from theirs. It would take a tenth of
the time of a short request (`docs/contributing/performance.md`).
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flask import Flask, Request, Response, request
from flask.sessions import NullSession, SessionInterface
from werkzeug.routing import Map, MapAdapter, Rule
from werkzeug.wsgi import get_host

from mockcrm.web.wsgi import as_utf8


class _Rule(Rule):
    """A rule by which no address is made: what would make it is three quarters of what werkzeug compiles."""

    def _compile_builder(self, append_unknown: bool = True) -> Any:
        return lambda _: None


class _NoSessions(SessionInterface):
    """There are no cookies: every request has the same session, which refuses to be written."""

    _session = NullSession()

    def open_session(self, app: Flask, request: Request) -> NullSession:
        return self._session


class LeanFlask(Flask):
    """A Flask application whose views are plain functions, with nothing to be done once one has answered.

    Functions that were registered to run after a request or at its end would not run.
    """

    url_rule_class = _Rule
    session_interface = _NoSessions()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        # Werkzeug's own way reads the host twice, and encodes it for each request.
        if request is None or "HTTP_UPGRADE" in request.environ:
            return super().create_url_adapter(request)
        environ = request.environ
        request.host = get_host(environ)
        return MapAdapter(
            self.url_map,
            _server_name(self.url_map, request.host),
            as_utf8(environ.get("SCRIPT_NAME", "")),
            "",
            environ["wsgi.url_scheme"],
            as_utf8(environ["PATH_INFO"]),
            environ["REQUEST_METHOD"],
            environ.get("QUERY_STRING", ""),
        )

    def process_response(self, response: Response) -> Response:
        return response

    def do_teardown_request(self, exc: BaseException | None = None) -> None:
        pass

    def do_teardown_appcontext(self, exc: BaseException | None = None) -> None:
        pass


def current_request() -> Request:
    """The request that is being answered. Flask has a proxy of it, each use of which takes a microsecond."""
    current: Request = request._get_current_object()  # type: ignore[attr-defined]
    return current


@lru_cache(maxsize=64)
def _server_name(routes: Map, host: str) -> str:
    """A host as Werkzeug binds routes to it. Raises `BadHost`."""
    return routes.bind(host.lower()).server_name
