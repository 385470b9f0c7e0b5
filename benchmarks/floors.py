"""What work is measured against: plain Flask applications, called within the process, at WSGI."""

import io
from collections.abc import Callable
from typing import Any

from flask import Flask, request
from flask.typing import ResponseReturnValue


class Refusing(Exception):
    """The application refused what was to be measured."""


def plain_flask(body: bytes) -> Flask:
    """An otherwise empty application: a constant, and an echo."""
    app = Flask("plain")

    @app.get("/constant/<name>")
    def constant(name: str) -> ResponseReturnValue:
        return body, {"Content-Type": "application/json"}

    @app.post("/echo")
    def echo() -> ResponseReturnValue:
        body: dict[str, Any] = request.get_json()
        return body

    return app


def caller(app: Flask, path: str, body: bytes | None = None, method: str | None = None) -> Callable[[], bytes]:
    """A call of an application within the process, at WSGI, so that no client is measured along with it.

    Raises `Refusing` if the status is 400 or higher: a refusal costs less, and must not pass for an answer.
    """
    url, _, query = path.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method or ("POST" if body else "GET"),
        "SCRIPT_NAME": "",
        "PATH_INFO": url,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **({"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body))} if body else {}),
    }

    def call() -> bytes:
        answered = ""

        def start(status: str, *_: Any) -> Callable[[bytes], object]:
            nonlocal answered
            answered = status
            return lambda _: None

        parts = app({**environ, "wsgi.input": io.BytesIO(body or b"")}, start)
        try:
            return b"".join(parts)
        finally:
            if close := getattr(parts, "close", None):
                close()
            if answered >= "4":
                raise Refusing(f"{answered} for {environ['REQUEST_METHOD']} {path}")

    return call
