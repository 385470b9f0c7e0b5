"""A refusal as a page: for a person whose browser asks for the console, and cannot have it."""

from collections.abc import Mapping
from html import escape
from typing import Any

from werkzeug import Response
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from mockcrm.errors import Refusal, SandboxNotFound
from mockcrm.web.media_types import JSON

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>mockcrm</title>
<link rel="icon" href="{root}/console/icon.svg">
<link rel="stylesheet" href="{root}/console/styles/base.css">
<link rel="stylesheet" href="{root}/console/shell/shell.css">
</head>
<body>
<main id="app" class="not-started">
<h1>{title}</h1>
<p>{message}</p>
<p><a href="{root}/">Go to the default sandbox</a></p>
</main>
</body>
</html>
"""
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept",
    "X-Content-Type-Options": "nosniff",
}


def prefers_page(environ: Mapping[str, Any]) -> bool:
    """Whether a WSGI request asks for HTML rather than for JSON, as browsers do where a person goes to an address."""
    accepted = parse_accept_header(environ.get("HTTP_ACCEPT"), MIMEAccept)
    return accepted.best_match([JSON, "text/html"]) == "text/html"


def refusal_page(refusal: Refusal, root: str) -> Response:
    """The page. `root` is the path under which the server is, without a slash at its end."""
    title, message = "This page cannot be shown", refusal.message
    if isinstance(refusal, SandboxNotFound):
        title, message = "There is no such sandbox", "It may have been deleted, or its name may be misspelt."
    page = _PAGE.format(root=escape(root), title=title, message=escape(message))
    return Response(page, refusal.status, _HEADERS, content_type="text/html; charset=utf-8")
