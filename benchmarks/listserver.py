"""mockcrm on its own gunicorn with 100,000 events, beside an otherwise empty Flask view that gives a list's bytes."""

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask

from benchmarks.floors import caller, plain_flask
from benchmarks.worlds import SPAN, invented
from mockcrm import create_app
from mockcrm.web.client_socket import READ_TIMEOUT
from mockcrm.web.server import listen, run_server, url_of


class Both(Flask):
    """Sends `/constant` to the plain application, and all else to the fake CRM; each is called whole."""

    def __init__(self, crm: Flask, constant: Flask) -> None:
        super().__init__("both")
        self.crm, self.constant = crm, constant

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        app = self.constant if environ["PATH_INFO"].startswith("/constant") else self.crm
        return app(environ, start_response)


def main() -> None:
    crm = create_app(invented(100_000))
    body = caller(crm, f"/api/v1/events?{SPAN}")()
    listeners = listen("127.0.0.1", 0)
    url = url_of(listeners[0])
    run_server(Both(crm, plain_flask(body)), listeners, READ_TIMEOUT, lambda _: print(url, len(body), flush=True))  # noqa: T201
