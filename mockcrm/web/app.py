"""The WSGI application: wiring, and nothing else."""

from collections.abc import Iterable
from copy import copy
from functools import cache

from flask import Config, Flask

from mockcrm.journal.masking import Mask
from mockcrm.sandbox.sandboxes import Sandboxes
from mockcrm.web import error_handlers
from mockcrm.web.about import about
from mockcrm.web.access import Access
from mockcrm.web.access_log import AccessLog, Log
from mockcrm.web.admin import admin
from mockcrm.web.api import api
from mockcrm.web.gate import Gate
from mockcrm.web.openapi.declare import defined_names

MAX_BODY = 1024 * 1024
"""The largest body of a request in bytes, unless configured (contract, section 5)."""


def create_app(
    sandboxes: Sandboxes | None = None,
    *,
    access: Access | None = None,
    max_body: int = MAX_BODY,
    log: Log | None = None,
    mask: str | Iterable[str] = (),
) -> Flask:
    """A fake CRM as a WSGI application.

    Without `sandboxes` there is one, empty, whose clock runs with the world's. Without `access` the controls answer to
    whoever calls them by a name of the loopback. `log` is called with what there is to tell of each request once it has
    been answered, from any thread; without it nothing is told. `mask` names headers and parameters that journal and log
    mask besides those whose name says that they are secret. Raises `ValueError` as `mask_of` does.
    """
    masked = mask_of(mask)
    app = copy(_wired())
    app.config = Config(app.root_path, {**app.config, "MAX_CONTENT_LENGTH": max_body})
    app.extensions = {"mockcrm": sandboxes or Sandboxes()}
    app.wsgi_app = Gate(app.wsgi_app, app.extensions["mockcrm"], access or Access(), max_body, masked)  # type: ignore[method-assign]
    if log is not None:
        app.wsgi_app = AccessLog(app.wsgi_app, log, masked)  # type: ignore[method-assign]
    return app


def mask_of(names: str | Iterable[str]) -> Mask:
    """What masks these names, too. Raises `ValueError` for what is no name, and for names that the API defines."""
    return Mask(names, never=defined_names())


@cache
def _wired() -> Flask:
    """An application with every route. Werkzeug compiles each, which takes longer than all else that a test needs.

    So it is done once, and every application is a copy that shares them; none can be given more.
    """
    app = Flask("mockcrm", static_folder=None)
    app.url_map.merge_slashes = False
    error_handlers.install(app)
    app.register_blueprint(api)
    app.register_blueprint(admin)
    app.register_blueprint(about)
    app._got_first_request = True  # Flask refuses further routes from here on.
    return app
