"""gunicorn as a fake CRM needs it: one worker for good, and the application's own `Date`.

It can be imported only where gunicorn runs, which is on POSIX. gunicorn has no types, hence the ignored `misc`.
"""

import socket
from collections.abc import Callable
from typing import Any

import gunicorn.http.wsgi
from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

THREADS = 64
"""How many requests the one worker serves at a time; a connection that says nothing takes one, too."""


class OneDate(gunicorn.http.wsgi.Response):  # type: ignore[misc]
    """Sends the application's `Date`; gunicorn drops it, and tells the time of the world instead."""

    def process_headers(self, headers: list[tuple[str, str]]) -> None:
        super().process_headers(headers)
        self._date = next((value for name, value in headers if name == "Date"), None)

    def default_headers(self) -> list[str]:
        ours = [f"Date: {self._date}\r\n"] if self._date else []
        lines: list[str] = super().default_headers()
        return [line for line in lines if not (ours and line.startswith("Date:"))] + ours


class OneCrm(Arbiter):  # type: ignore[misc]
    """Keeps one worker for good: another, or a fresh one, would be another CRM."""

    def handle_hup(self) -> None:
        raise StopIteration

    def handle_ttin(self) -> None:
        self.log.warning("There is one worker: each would be another CRM.")

    handle_ttou = handle_usr2 = handle_winch = handle_ttin


class Server(BaseApplication):  # type: ignore[misc]
    def __init__(self, app: Flask, settings: dict[str, Any]) -> None:
        self._app, self._settings = app, settings
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._app

    def run(self) -> None:
        OneCrm(self).run()


def run(app: Flask, listener: socket.socket, ready: Callable[[str], None]) -> None:
    """Serve on a socket that listens, until SIGINT, SIGTERM or SIGHUP. `ready` is called once it answers."""
    gunicorn.http.wsgi.Response = OneDate
    settings = {
        "bind": f"fd://{listener.detach()}",
        "workers": 1,
        "worker_class": "gthread",
        "threads": THREADS,
        # A worker that is killed for being slow would take all sandboxes with it.
        "timeout": 0,
        "graceful_timeout": 5,
        # As patient as the servers that clients are made for: after gunicorn's two seconds the next request of a client
        # that keeps its connections may meet one that is just being closed, a fault that nobody ordered.
        "keepalive": 75,
        "control_socket_disable": True,
        # Whoever calls is a client under test, and no proxy whose word would be taken.
        "forwarded_allow_ips": "",
        "forwarder_headers": "",
        "secure_scheme_headers": {},
        # As long as gunicorn allows: what is too long for it gets an answer that is not ours.
        "limit_request_line": 8190,
        "loglevel": "warning",
        "post_worker_init": lambda worker: ready("gunicorn"),
    }
    Server(app, settings).run()
