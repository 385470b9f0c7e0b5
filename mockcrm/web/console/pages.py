"""The console's page and its files. They hold no data: no token is asked, and a web page of another site is refused."""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path, PurePosixPath

from flask import Blueprint, Response, send_from_directory
from werkzeug.exceptions import NotFound

from mockcrm.errors import PathNotFound
from mockcrm.web.openapi.declare import declared
from mockcrm.web.responses import unless_known

_FOLDER = Path(__file__).parent
FILES = _FOLDER / "files"
LIBRARIES = _FOLDER / "libraries"
"""Where the build puts the code of others (`hatch_build.py`)."""

_INDEX = "index.html"
"""The page, which has an address of its own."""
_MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
"""What a file is by its ending. Some systems know other types for them."""
_IMPORT_MAP = re.compile(r'<script type="importmap">(.*?)</script>', re.DOTALL)

console = Blueprint("console", __name__)


@console.get("/")
@declared(str, media_type="text/html")
def show_console() -> Response:
    """The console: a page for people. It shows the sandbox, and does what the controls can do.

    It holds no data, and asks the controls for them. A browser gets a refusal as a page, too.
    """
    response = Response(_page(), content_type="text/html; charset=utf-8", headers=_page_headers())
    response.add_etag()
    return unless_known(response)


@console.get("/console/<path:file>")
@declared(str, media_type="*/*", refuses=(PathNotFound,))
def get_console_file(file: str) -> Response:
    """A file that the page needs: its code, a style, a library of others, or the licence of one."""
    inside, _, rest = file.partition("/")
    folder, path = (LIBRARIES, rest) if inside == "libraries" else (FILES, file)
    media_type = _MEDIA_TYPES.get(PurePosixPath(path).suffix, "text/plain")
    try:
        response = send_from_directory(folder, path if file != _INDEX else "", mimetype=media_type, conditional=False)
    except NotFound:
        raise PathNotFound(f"The console has no file {file!r}.") from None
    # A file that somebody opens by itself does nothing.
    response.headers["Content-Security-Policy"] = "default-src 'none'"
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return unless_known(response)


@cache
def _page() -> str:
    return (FILES / _INDEX).read_text(encoding="utf-8")


@cache
def _page_headers() -> dict[str, str]:
    """The page may load its own files and call its own server, and nothing else.

    The one script inside it, which tells the browser where the libraries are, is named by its hash.
    """
    found = _IMPORT_MAP.search(_page())
    assert found is not None
    digest = base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()
    policy = {
        "default-src": "'none'",
        "script-src": f"'self' 'sha256-{digest}'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "frame-src": "'self'",
        "manifest-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'self'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Cache-Control": "no-cache",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
