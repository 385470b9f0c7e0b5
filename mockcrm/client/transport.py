"""How a client's requests reach a CRM: over HTTP, or by a call of a WSGI application in this process."""

import http.client
import json
import ssl
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from mockcrm.base.loopback import swallowing_proxy
from mockcrm.base.wsgi import App, NoAnswer, Response, call_app, lower_cased

# See `mockcrm.client.crm`.
__tracebackhide__ = True

SentQuery = Mapping[str, str | Sequence[str]]
"""The parameters of a query by name. One that has several values is sent once for each."""

Send = Callable[[str, str, SentQuery, Any, Mapping[str, str]], Response]
"""Sends one request: method, path below the transport's address (percent-encoded), query, JSON body, headers.

A body of None sends no body. Raises `NoAnswer`.
"""


Verify = bool | str | Path | ssl.SSLContext
"""Which certificates of servers are trusted: those that the system trusts (True), all (False), those from the CAs in a
file (PEM), or those that a context trusts."""


def over_http(url: str, timeout: float = 30, verify: Verify = True) -> Send:
    """Send requests over HTTP to the API at `url`, such as `http://127.0.0.1:8080/api/v1`. `timeout` is in seconds.

    Raises `ValueError` where the file in `verify` has no certificate of a CA.
    """
    parts = urlsplit(url)
    trusted = trust(verify) if parts.scheme == "https" else None

    def send(method: str, path: str, query: SentQuery, body: Any, headers: Mapping[str, str]) -> Response:
        if trusted is None:
            connection = http.client.HTTPConnection(parts.netloc, timeout=timeout)
        else:
            connection = http.client.HTTPSConnection(parts.netloc, timeout=timeout, context=trusted)
        try:
            connection.request(method, parts.path + _target(path, query), _encoded(body), _headed(body, headers))
            answer = connection.getresponse()
            return Response(answer.status, lower_cased(answer.getheaders()), answer.read())
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(f"No answer from {url} to {method} {path}: {error!r}{_hint(url, error)}") from None
        finally:
            connection.close()

    return send


def trust(verify: Verify) -> ssl.SSLContext:
    """A client's context that trusts these certificates. Raises `ValueError` for a file without a CA's certificate."""
    if isinstance(verify, ssl.SSLContext):
        return verify
    try:
        context = ssl.create_default_context(cafile=None if isinstance(verify, bool) else verify)
    except OSError as error:
        raise ValueError(f"There is no certificate of a CA in {verify}: {error.strerror or error}.") from error
    if verify is False:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _hint(url: str, error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return ". If the certificate is your own, pass the file of its CA as `verify`"
    if isinstance(error, ssl.SSLError) and error.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"):
        return ". The server does not speak TLS: its address begins with http://"
    return "" if (proxy := swallowing_proxy(url)) is None else f". {proxy}"


def in_process(app: App, mount: str = "/api/v1") -> Send:
    """Send requests to a WSGI application in this process, below `mount`: `/api/v1` or `/sandboxes/{name}/api/v1`."""

    def send(method: str, path: str, query: SentQuery, body: Any, headers: Mapping[str, str]) -> Response:
        return call_app(app, method, mount + _target(path, query), _headed(body, headers), _encoded(body) or b"")

    return send


def _target(path: str, query: SentQuery) -> str:
    return f"{path}?{urlencode(query, doseq=True)}" if query else path


def _encoded(body: Any) -> bytes | None:
    return None if body is None else json.dumps(body).encode()


def _headed(body: Any, headers: Mapping[str, str]) -> Mapping[str, str]:
    return headers if body is None else {"Content-Type": "application/json", **headers}
