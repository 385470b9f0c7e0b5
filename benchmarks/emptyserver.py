"""An empty Flask application on the server that mockcrm runs on."""

from flask import Flask

from mockcrm.web.client_socket import READ_TIMEOUT
from mockcrm.web.server import listen, run_server, url_of


def main() -> None:
    app = Flask("empty")
    app.add_url_rule("/", view_func=lambda: "")
    listeners = listen("127.0.0.1", 0)
    url = url_of(listeners[0])
    run_server(app, listeners, READ_TIMEOUT, lambda _: print(url, flush=True))  # noqa: T201
