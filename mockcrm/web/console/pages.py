"""The console's page and its files. They hold no data: no token is asked, and a web page of another site is refused."""

import base64
import hashlib
import re
from functools import cache, lru_cache
from pathlib import Path, PurePosixPath

from flask import Blueprint, Response, request, send_from_directory
from werkzeug.exceptions import NotFound

from mockcrm.base.real_time import real_seconds
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
_ADDRESS = re.compile(r'(?<=")(?:\./)?console/')
"""How the address of a file begins in the page as it is written."""
_IN_SANDBOX = re.compile(r"/sandboxes/[^/]+\Z")
_A_YEAR = 365 * 24 * 60 * 60

console = Blueprint("console", __name__)


@console.get("/")
@declared(str, media_type="text/html")
def show_console() -> Response:
    """The console: a page for people. It shows the sandbox, and does what the controls can do.

    It holds no data, and asks the controls for them. A browser gets a refusal as a page, too.
    """
    # All sandboxes have the files at the server's root: a browser that shows several loads them once.
    root = "../../" if _IN_SANDBOX.search(request.root_path) else "./"
    page = _ADDRESS.sub(f"{root}console/~{_edition()}/", _written())
    response = Response(page, content_type="text/html; charset=utf-8", headers=_page_headers(page))
    response.add_etag()
    return unless_known(response)


@console.get("/console/<path:file>")
@declared(str, media_type="*/*", refuses=(PathNotFound,))
def get_console_file(file: str) -> Response:
    """A file that the page needs: its code, a style, a library of others, or the licence of one.

    The page names it with the edition of all files before it, as `~1f3a…/main.js`: what has that address never changes.
    """
    edition = ""
    if file.startswith("~"):
        edition, _, file = file[1:].partition("/")
    inside, _, rest = file.partition("/")
    folder, path = (LIBRARIES, rest) if inside == "libraries" else (FILES, file)
    media_type = _MEDIA_TYPES.get(PurePosixPath(path).suffix, "text/plain")
    try:
        response = send_from_directory(folder, path if file != _INDEX else "", mimetype=media_type, conditional=False)
    except NotFound:
        raise PathNotFound(f"The console has no file {file!r}.") from None
    # A file that somebody opens by itself does nothing.
    response.headers["Content-Security-Policy"] = "default-src 'none'"
    lasting = f"public, max-age={_A_YEAR}, immutable"
    response.headers["Cache-Control"] = lasting if edition and edition == _edition() else "no-cache"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return unless_known(response)


@cache
def _written() -> str:
    return (FILES / _INDEX).read_text(encoding="utf-8")


def _edition() -> str:
    """What stands for the files as they are: a second after one of them has become another, it is another."""
    return _edition_in(int(real_seconds()))


@lru_cache(maxsize=1)
def _edition_in(second: int) -> str:
    known = hashlib.blake2b(digest_size=8)
    for folder in (FILES, LIBRARIES):
        for path in sorted(folder.rglob("*")):
            found = path.stat()
            known.update(f"{path}\0{found.st_mtime_ns}\0{found.st_size}\0".encode())
    return known.hexdigest()


def _page_headers(page: str) -> dict[str, str]:
    """The page may load its own files and call its own server, and nothing else.

    The one script inside it, which tells the browser where the libraries are, is named by its hash.
    """
    found = _IMPORT_MAP.search(page)
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
