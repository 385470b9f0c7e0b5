"""A Flask application that gives one constant, on the server that mockcrm runs on: `emptyserver [PORT [SIZE]]`."""

import sys

from flask import Flask

from mockcrm.web.client_socket import READ_TIMEOUT
from mockcrm.web.server import listen, run_server, url_of


def main(port: str = "0", size: str = "0") -> None:
    app, body = Flask("empty"), "x" * int(size)
    app.add_url_rule("/", view_func=lambda: body)
    listeners = listen("127.0.0.1", int(port))
    url = url_of(listeners[0])
    run_server(app, listeners, READ_TIMEOUT, lambda _: print(url, flush=True))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
