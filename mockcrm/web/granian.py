"""granian for load tests: it serves twice as many requests, and keeps its connections out of Python's sight.

Like gunicorn it serves from one process that it forks. The CRM is made before that, and lives on in there.
"""

import multiprocessing
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask import Flask
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import MPServer

from mockcrm.web.process_death import EXIT_STATUS, PROCESS_DIED

_THREADS = 32
"""How many requests are served at a time. With four it is a sixth faster, but then four waiting controls fill it."""
_GRACE = 2
"""How many seconds the process that is asked to stop may take to finish its requests."""
_LOOK_AGAIN = 0.01
"""After how many seconds a server that does not answer is called again."""
_TO_STDERR = {"class": "logging.StreamHandler"}


Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def answering(app: Application) -> Application:
    """The application for a server that cannot close a connection without an answer: it answers with 503 instead.

    That happens where a request's sandbox is reset or deleted meanwhile.
    """

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            return app(environ, start_response)
        except ConnectionError:
            start_response("503 Service Unavailable", [("Content-Length", "0")])
            return [b""]

    return answer


class _Server(MPServer):
    """Serves one application in one process, which is never replaced: another would be another CRM."""

    def __init__(self, app: Flask, address: tuple[str, int], ready: Callable[[str], None]) -> None:
        host, port = self._address = address
        self._app, self._ready = app, ready
        super().__init__(
            "mockcrm",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            blocking_threads=_THREADS,
            workers_kill_timeout=_GRACE,
            websockets=False,
            log_level=LogLevels.error,
            log_dictconfig={"handlers": {"console": _TO_STDERR, "access": _TO_STDERR}},
        )
        self.on_startup(self._stop_on_hangup)

    def _stop_on_hangup(self) -> None:
        # granian would replace the process.
        signal.signal(signal.SIGHUP, self.signal_handler_interrupt)

    def application(self) -> Application:
        """What the forked process serves."""
        # granian adds the environment to each request's: HTTP_PROXY would be a header.
        os.environ.clear()
        for run in (self._say_ready, _end_with_parent):
            threading.Thread(target=run, daemon=True).start()
        return answering(self._app)

    def _say_ready(self) -> None:
        # granian tells nobody when it listens.
        while not self._listens():
            threading.Event().wait(_LOOK_AGAIN)
        self._ready("granian")

    def _listens(self) -> bool:
        try:
            socket.create_connection(self._address).close()
        except OSError:
            return False
        return True


def _end_with_parent() -> None:
    """Without it a server that is killed would leave its port to a process that nobody knows."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(EXIT_STATUS)


def run_granian(app: Flask, listeners: Sequence[socket.socket], ready: Callable[[str], None]) -> None:
    """Serve where the first of the sockets listens, until SIGINT, SIGTERM or SIGHUP. Closes them all.

    `ready` is called once the server answers, in the process that serves. Exits with `EXIT_STATUS` if that dies.
    """
    host, port = listeners[0].getsockname()[:2]
    kept = socket.socket(listeners[0].family)
    for listener in listeners:
        listener.close()
    # granian binds the address for itself, beside others that let it. Until then no other program may have it.
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    kept.bind((host, port))
    # Another way would have to pickle the CRM.
    multiprocessing.set_start_method("fork", force=True)
    server = _Server(app, (host, port), ready)
    try:
        server.serve(target_loader=server.application, wrap_loader=False)
    except SystemExit:
        sys.stderr.write(f"{PROCESS_DIED}\n")
        sys.exit(EXIT_STATUS)
