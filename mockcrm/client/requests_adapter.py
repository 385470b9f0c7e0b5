"""An adapter of `requests` to an application in this process, without a socket (`docs/reference/client.md`)."""

import io
from collections.abc import Iterable
from http.client import responses
from typing import Any, cast
from urllib.parse import urlsplit

from requests import ConnectionError as NoConnection, PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.exceptions import ChunkedEncodingError
from urllib3 import HTTPResponse

from mockcrm.base.wsgi import App, Broken, call_app


class RequestsAdapter(HTTPAdapter):
    """The adapter of a `requests.Session` that sends its requests to a WSGI application.

    A connection that a fault rule breaks raises the same errors as on a socket. Timeouts and retries of `requests` and
    `urllib3` have no effect: the adapter waits for each answer and returns it as it is.

        session.mount(crm.url, RequestsAdapter(app))
    """

    def __init__(self, app: App) -> None:
        super().__init__()
        self._app = app

    def send(self, request: PreparedRequest, *_: Any, **__: Any) -> Response:
        """The answer to a request. The other arguments concern connections, and are ignored."""
        body = request.body or b""
        parts = [body] if isinstance(body, str | bytes) else cast("Iterable[str | bytes]", body)
        sent = b"".join(each.encode() if isinstance(each, str) else each for each in parts)
        headers = {"Host": urlsplit(request.url or "").netloc} | {
            name: (value.encode("latin-1") if isinstance(value, str) else value).decode("latin-1")
            for name, value in request.headers.items()
        }
        method = request.method or "GET"
        try:
            answer = call_app(self._app, method, request.path_url, headers, sent)
        except Broken as error:
            raise (ChunkedEncodingError if error.begun else NoConnection)(error, request=request) from error
        response = HTTPResponse(
            io.BytesIO(answer.body),
            answer.headers,
            answer.status,
            reason=responses.get(answer.status),
            preload_content=False,
            request_method=method,
        )
        return self.build_response(request, response)
