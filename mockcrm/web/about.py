"""What the server says of itself: its health, its version, and its API described, for programs and for people.

Nothing here is journaled, and no fault applies to it (contract, section 1).
"""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from importlib.util import find_spec
from typing import Any

from flask import Blueprint, Response, current_app, request

from mockcrm.base.schema.fields import Described, Refer
from mockcrm.errors import PathNotFound
from mockcrm.web.openapi.declare import declared
from mockcrm.web.responses import answer

_SHIPS_DOCS = "flask_swagger_ui"
_KINDS = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon-32x32.png": "image/png",
}
"""The files of Swagger UI that the page needs, and what they are."""
_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>mockcrm</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="icon" href="docs/favicon-32x32.png">
<div id="docs"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script>SwaggerUIBundle({url: "openapi.json", dom_id: "#docs", deepLinking: true, validatorUrl: null});</script>
</html>
"""

about = Blueprint("about", __name__)


def _document(refer: Refer) -> Described:
    return {"type": "object", "required": ["openapi", "info", "paths", "components"]}


def _text(refer: Refer) -> Described:
    return {"type": "string"}


@about.get("/health")
@declared("HealthSchema")
def health() -> Response:
    """Whether the server is up."""
    return answer({"status": "ok"})


@about.get("/version")
@declared("VersionSchema")
def tell_version() -> Response:
    """Which version of mockcrm this is."""
    return answer({"name": "mockcrm", "version": version("mockcrm")})


@about.get("/openapi.json")
@declared(_document)
def describe_api() -> Response:
    """This description."""
    return answer({**_described(), "servers": [{"url": request.root_path or "/"}]})


@cache
def _described() -> Mapping[str, Any]:
    """The description of the routes, which every application of this process shares."""
    # It brings in apispec, which takes as long to import as a small server to start.
    from mockcrm.web.openapi.document import described  # noqa: PLC0415

    return described(current_app)


@about.get("/docs")
@declared(_text, kind="text/html", refuses=(PathNotFound,))
def show_docs() -> Response:
    """This description, to read and to try."""
    _shipped("swagger-ui.css")
    return Response(_PAGE, content_type="text/html; charset=utf-8")


@about.get("/docs/<name>")
@declared(_text, kind="*/*", refuses=(PathNotFound,))
def get_docs_file(name: str) -> Response:
    """A file that the page `/docs` needs."""
    return Response(_shipped(name), content_type=_KINDS[name], headers={"Cache-Control": "max-age=3600"})


@cache
def _shipped(name: str) -> bytes:
    """A file of Swagger UI. Raises `PathNotFound` where the page does not need it, or it is not installed."""
    if name not in _KINDS:
        raise PathNotFound(f"The page /docs has no file {name!r}.")
    if find_spec(_SHIPS_DOCS) is None:
        told = "pip install 'mockcrm[docs]', by the pip that has installed mockcrm. /openapi.json is there without."
        raise PathNotFound(f"Swagger UI is not installed: {told}")
    return (files(_SHIPS_DOCS) / "dist" / name).read_bytes()
