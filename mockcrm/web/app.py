"""The WSGI application, put together."""

import threading
from collections.abc import Iterable
from copy import copy
from functools import cache, partial
from typing import TYPE_CHECKING

from flask import Blueprint, Config, Flask, Request
from werkzeug.routing import MapAdapter

from mockcrm.base.collecting import making_many
from mockcrm.base.wsgi import call_app
from mockcrm.journal.masking import Mask
from mockcrm.sandbox.sandboxes import Sandboxes
from mockcrm.web import error_handlers
from mockcrm.web.about import about
from mockcrm.web.access import Access
from mockcrm.web.access_log import AccessLog, Log
from mockcrm.web.api import api
from mockcrm.web.exchange import APP_FOR
from mockcrm.web.gate import Gate
from mockcrm.web.lean_flask import LeanFlask
from mockcrm.web.openapi.declare import HEADERS, PARAMETERS

if TYPE_CHECKING:
    from mockcrm.web.cors import Cors

MAX_BODY = 1024 * 1024
"""The largest request body in bytes, unless configured otherwise (contract, section 5)."""


def create_app(
    sandboxes: Sandboxes | None = None,
    *,
    access: Access | None = None,
    max_body: int = MAX_BODY,
    log: Log | None = None,
    mask: str | Iterable[str] = (),
    cors: str | Iterable[str] = (),
    keep_answers: int = 0,
) -> Flask:
    """A fake CRM as a WSGI application.

    - `sandboxes`: the CRMs that it serves. By default one empty sandbox, whose clock runs with the real time.
    - `access`: who may use the controls. By default every program that calls them under a loopback host name.
    - `max_body`: the largest request body in bytes.
    - `log`: is called with a record of each request once it has been answered, from any thread.
    - `mask`: headers and query parameters that journal and log mask, besides those with the name of a secret.
    - `cors`: the origins whose web pages may call the API, such as `http://localhost:3000`, or `*` for all.
    - `keep_answers`: how many bytes of the body of each answer the journal keeps, for `GET /admin/requests/har`.

    Raises `ValueError` as `mask_of` and `cors_for` do.

    >>> create_app().test_client().get("/health").json
    {'status': 'ok'}
    """
    mask = (mask,) if isinstance(mask, str) else (*mask,)
    masked, allowed = mask_of(mask), cors_for(cors)
    app = copy(_wired())
    app.config = Config(app.root_path, {**app.config, "MAX_CONTENT_LENGTH": max_body})
    sandboxes, access = sandboxes or Sandboxes(), access or Access()
    again = partial(create_app, mask=mask, keep_answers=keep_answers)
    app.extensions = {"mockcrm": sandboxes, "mockcrm.access": access, APP_FOR: again}
    # Flask itself recommends to wrap an application like this; mypy takes it for a mistake.
    gate = Gate(app.wsgi_app, sandboxes, access, max_body, masked, allowed, keep_answers)
    app.wsgi_app = gate  # type: ignore[method-assign]
    if log is not None:
        app.wsgi_app = AccessLog(app.wsgi_app, log, masked)  # type: ignore[method-assign]
    return app


def mask_of(names: str | Iterable[str]) -> Mask:
    """A mask that hides these headers and parameters, too.

    Raises `ValueError` for names that HTTP does not allow, and for those that the API itself defines.
    """
    return Mask(names, never=HEADERS | PARAMETERS)


class _App(LeanFlask):
    """An application with the routes of the API alone until a request comes for another path: see `with_all_routes`."""

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        if request is not None and not request.environ["PATH_INFO"].startswith(_EARLY):
            with_all_routes(self)
        return super().create_url_adapter(request)


_EARLY = ("/api/v1", "/health")
"""How the paths begin whose routes every application has from its start."""
_completing = threading.Lock()


def with_all_routes(app: Flask) -> Flask:
    """The same application with the routes that it has not needed yet: controls, console, calendar, and description.

    They are half of what a start would import. Any thread may ask for them. A request that is being answered goes on
    with the routes that it has found, which stay.
    """
    if app.url_map is _wired().url_map:
        with _completing:
            app.url_map = _completed().url_map
    return app


def cors_for(origins: str | Iterable[str]) -> "Cors | None":
    """What these origins allow, with the headers that the API reads.

    Raises `ValueError` for what is not an origin as browsers send it.
    """
    if not isinstance(origins, str) and not origins:
        return None
    from mockcrm.web.cors import cors_of  # noqa: PLC0415  most servers have no pages of other origins

    return cors_of(origins, HEADERS)


@cache
def _wired() -> Flask:
    """An application with the routes of the API. Every application is a copy that shares them.

    Werkzeug compiles each route, which takes longer than all else that a test needs.
    """
    return _made_of(api, about)


@cache
def _completed() -> Flask:
    """An application with every route. Those of `_wired` have its views from now on, too."""
    with making_many():
        from mockcrm.web.admin import admin  # noqa: PLC0415  a start needs none of it
        from mockcrm.web.calendar_feed import calendar_feed  # noqa: PLC0415
        from mockcrm.web.console.pages import console  # noqa: PLC0415

        app = _made_of(api, admin, about, console, calendar_feed)
    for name in _REGISTERED:
        early, every = getattr(_wired(), name), getattr(app, name)
        early.update({key: each for key, each in every.items() if key not in early})
    return app


_REGISTERED = ("view_functions", "blueprints", "before_request_funcs", "error_handler_spec")
"""What Flask knows of blueprints and views, beside their routes, as far as ours have it."""


def _made_of(*blueprints: Blueprint) -> Flask:
    app = _App("mockcrm", static_folder=None)
    app.url_map.merge_slashes = False
    error_handlers.install(app)
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    # Once Flask has answered a request it refuses further routes, which would appear in every application.
    call_app(app, "GET", "/health", {}, b"")
    return app
