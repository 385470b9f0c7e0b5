"""What the server says about itself: its health, its version, and a description of its API.

These calls are not in the journal, and fault rules do not apply to them (contract, section 1).
"""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from importlib.util import find_spec
from typing import Any, Literal, TypedDict

from flask import Blueprint, Response, current_app, request

from mockcrm.base.schema.descriptions import Described, Refer
from mockcrm.errors import PathNotFound
from mockcrm.web.openapi.declare import declared
from mockcrm.web.responses import json_response

_SWAGGER_UI = "flask_swagger_ui"
_MEDIA_TYPES = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon-32x32.png": "image/png",
}
"""The files of Swagger UI that the page needs, with their media types."""
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


class HealthJson(TypedDict):
    status: Literal["ok"]


class VersionJson(TypedDict):
    name: Literal["mockcrm"]
    version: str


def _openapi_document(refer: Refer) -> Described:
    return {"type": "object", "required": ["openapi", "info", "paths", "components"]}


@about.get("/health")
@declared(HealthJson)
def health() -> Response:
    """Whether the server is up."""
    return json_response(HealthJson(status="ok"))


@about.get("/version")
@declared(VersionJson)
def tell_version() -> Response:
    """The version of mockcrm."""
    return json_response(VersionJson(name="mockcrm", version=version("mockcrm")))


@about.get("/openapi.json")
@declared(_openapi_document)
def describe_api() -> Response:
    """This description of the API."""
    return json_response({**_described(), "servers": [{"url": request.root_path or "/"}]})


@cache
def _described() -> Mapping[str, Any]:
    """The description without its `servers`. All applications of this process share it."""
    # apispec takes as long to import as a small server takes to start.
    from mockcrm.web.openapi.document import described  # noqa: PLC0415

    return described(current_app)


@about.get("/docs")
@declared(str, media_type="text/html", refuses=(PathNotFound,))
def show_docs() -> Response:
    """This description as a web page, with forms to try the calls."""
    _check_swagger_ui()
    return Response(_PAGE, content_type="text/html; charset=utf-8")


@about.get("/docs/<name>")
@declared(str, media_type="*/*", refuses=(PathNotFound,))
def get_docs_file(name: str) -> Response:
    """A file that the page `/docs` needs."""
    if name not in _MEDIA_TYPES:
        raise PathNotFound(f"The page /docs has no file {name!r}.")
    _check_swagger_ui()
    return Response(_shipped(name), content_type=_MEDIA_TYPES[name], headers={"Cache-Control": "max-age=3600"})


def _check_swagger_ui() -> None:
    """Raises `PathNotFound` where Swagger UI is not installed."""
    if find_spec(_SWAGGER_UI) is None:
        install = "Install it from where you have mockcrm: pip install 'mockcrm[docs]'. /openapi.json works without it."
        raise PathNotFound(f"The page /docs needs Swagger UI, which is not installed. {install}")


@cache
def _shipped(name: str) -> bytes:
    """A file of Swagger UI."""
    return (files(_SWAGGER_UI) / "dist" / name).read_bytes()
