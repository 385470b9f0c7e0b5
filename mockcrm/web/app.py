"""The WSGI application, put together."""

from collections.abc import Iterable
from copy import copy
from functools import cache, partial

from flask import Config, Flask

from mockcrm.base.wsgi import call_app
from mockcrm.journal.masking import Mask
from mockcrm.sandbox.sandboxes import Sandboxes
from mockcrm.web import error_handlers
from mockcrm.web.about import about
from mockcrm.web.access import Access
from mockcrm.web.access_log import AccessLog, Log
from mockcrm.web.admin import admin
from mockcrm.web.admin.opened_bundles import APP_FOR
from mockcrm.web.api import api
from mockcrm.web.calendar_feed import calendar_feed
from mockcrm.web.console.pages import console
from mockcrm.web.cors import Cors, cors_of
from mockcrm.web.gate import Gate
from mockcrm.web.lean_flask import LeanFlask
from mockcrm.web.openapi.declare import defined_headers, defined_names

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
    return Mask(names, never=defined_names())


def cors_for(origins: str | Iterable[str]) -> Cors | None:
    """What these origins allow, with the headers that the API reads.

    Raises `ValueError` for what is not an origin as browsers send it.
    """
    return cors_of(origins, defined_headers())


@cache
def _wired() -> Flask:
    """An application with every route. Werkzeug compiles each, which takes longer than all else that a test needs.

    So that is done once: every application is a copy that shares the routes.
    """
    app = LeanFlask("mockcrm", static_folder=None)
    app.url_map.merge_slashes = False
    error_handlers.install(app)
    app.register_blueprint(api)
    app.register_blueprint(admin)
    app.register_blueprint(about)
    app.register_blueprint(console)
    app.register_blueprint(calendar_feed)
    # Once Flask has answered a request it refuses further routes, which would appear in every application.
    call_app(app, "GET", "/health", {}, b"")
    return app
