"""How a client's requests reach a CRM: over HTTP, or by a call of a WSGI application in this process."""

import http.client
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from mockcrm.base.wsgi import App, NoAnswer, Response, call_app, lower_cased

# See `mockcrm.client.crm`.
__tracebackhide__ = True

Send = Callable[[str, str, Mapping[str, str], Any, Mapping[str, str]], Response]
"""Sends one request: method, path below the transport's address (percent-encoded), query, JSON body, headers.

A body of None sends no body. Raises `NoAnswer`.
"""


def over_http(url: str, timeout: float = 30) -> Send:
    """Send requests over HTTP to the API at `url`, such as `http://127.0.0.1:8080/api/v1`. `timeout` is in seconds."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection

    def send(method: str, path: str, query: Mapping[str, str], body: Any, headers: Mapping[str, str]) -> Response:
        connection = kind(parts.netloc, timeout=timeout)
        try:
            connection.request(method, parts.path + _target(path, query), _encoded(body), _headed(body, headers))
            answer = connection.getresponse()
            return Response(answer.status, lower_cased(answer.getheaders()), answer.read())
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(f"No answer from {url} to {method} {path}: {error!r}") from None
        finally:
            connection.close()

    return send


def in_process(app: App, mount: str = "/api/v1") -> Send:
    """Send requests to a WSGI application in this process, below `mount`: `/api/v1` or `/sandboxes/{name}/api/v1`."""

    def send(method: str, path: str, query: Mapping[str, str], body: Any, headers: Mapping[str, str]) -> Response:
        return call_app(app, method, mount + _target(path, query), _headed(body, headers), _encoded(body) or b"")

    return send


def _target(path: str, query: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def _encoded(body: Any) -> bytes | None:
    return None if body is None else json.dumps(body).encode()


def _headed(body: Any, headers: Mapping[str, str]) -> Mapping[str, str]:
    return headers if body is None else {"Content-Type": "application/json", **headers}
