"""An empty Flask application on the server that mockcrm runs on."""

from flask import Flask

from mockcrm.web.server import listen, serve, url_of


def main() -> None:
    app = Flask("empty")
    app.add_url_rule("/", view_func=lambda: "")
    listener = listen("127.0.0.1", 0)
    url = url_of(listener)
    serve(app, listener, lambda _: print(url, flush=True))  # noqa: T201
