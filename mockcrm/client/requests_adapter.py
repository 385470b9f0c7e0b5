"""`requests` to a CRM in this process, without a socket (`docs/client.md`)."""

import io
from collections.abc import Iterable
from http.client import responses
from typing import Any, cast
from urllib.parse import urlsplit

from requests import ConnectionError as NoConnection, PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.exceptions import ChunkedEncodingError
from urllib3 import HTTPResponse

from mockcrm.base.wsgi import App, Broken, exchange


class RequestsAdapter(HTTPAdapter):
    """What a session mounts to reach a WSGI application: `session.mount(crm.url, RequestsAdapter(app))`.

    A connection that a fault rule breaks raises what it raises on a socket. Neither timeouts nor retries of `requests`
    and `urllib3` take part: an answer is waited for, and handed on as it came.
    """

    def __init__(self, app: App) -> None:
        super().__init__()
        self._app = app

    def send(self, request: PreparedRequest, *_: Any, **__: Any) -> Response:
        """The answer; the rest of what `requests` tells is about connections, and there is none."""
        body = request.body or b""
        parts = [body] if isinstance(body, str | bytes) else cast("Iterable[str | bytes]", body)
        sent = b"".join(each.encode() if isinstance(each, str) else each for each in parts)
        headers = {"Host": urlsplit(request.url or "").netloc} | {
            name: (value.encode("latin-1") if isinstance(value, str) else value).decode("latin-1")
            for name, value in request.headers.items()
        }
        method = request.method or "GET"
        try:
            told = exchange(self._app, method, request.path_url, headers, sent)
        except Broken as error:
            raise (ChunkedEncodingError if error.begun else NoConnection)(error, request=request) from error
        answer = HTTPResponse(
            io.BytesIO(told.body),
            told.headers,
            told.status,
            reason=responses.get(told.status),
            preload_content=False,
            request_method=method,
        )
        return self.build_response(request, answer)
