"""Servers: gunicorn with one worker for `mockcrm serve`, and a threaded one within the process for everything else.

One process serves one set of sandboxes. A second worker would be a second CRM, so there is never more than one.
"""

import contextlib
import errno
import gc
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server


class PortTaken(OSError):
    """Another program listens there already, or this one may not."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens at an address; port 0 takes a free one. Raises `PortTaken` with a line for people."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Who connects before gunicorn sets this gets a connection without it, and waits 40 ms for each small answer.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind((host, port))
        listener.listen(128)
    except (OSError, OverflowError, TypeError) as error:  # The last is for a name that cannot be one.
        listener.close()
        raise PortTaken(_complaint(host, port, error)) from error
    return listener


def _complaint(host: str, port: int, error: Exception) -> str:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is in use: stop the program that has it, or choose another with --port."
    return f"Cannot listen at {host} port {port}: {error}."


class _OneDate(WSGIRequestHandler):
    """Leaves `Date` and the reading of paths to the application, and says nothing on its own account."""

    protocol_version = "HTTP/1.1"

    def make_environ(self) -> dict[str, Any]:
        # `http.server` takes leading slashes off the target before anybody sees it.
        target = self.raw_requestline.split()[1].decode("latin-1")
        return {**super().make_environ(), "RAW_URI": target}

    def send_response(self, code: int, message: str | None = None) -> None:
        self.send_response_only(code, message)
        self.send_header("Server", self.version_string())

    def connection_dropped(self, error: BaseException, environ: dict[str, Any] | None = None) -> None:
        self.close_connection = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


class ServerThread:
    """A server in a thread of this process, on a free port unless told otherwise; it answers once `start` returns."""

    def __init__(self, app: Flask, host: str = "127.0.0.1", port: int = 0) -> None:
        self._listener = listen(host, port)
        self._server: BaseWSGIServer = _threaded(app, self._listener)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return url_of(self._listener)

    def start(self) -> "ServerThread":
        # The socket listens already: what connects from here on waits in its queue, and is served.
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving and free the port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._listener.close()


@contextlib.contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The address of a server that runs as long as the block."""
    server = ServerThread(app).start()
    try:
        yield server.url
    finally:
        server.stop()


def url_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _threaded(app: Flask, listener: socket.socket) -> BaseWSGIServer:
    host, port = listener.getsockname()[:2]
    return make_server(host, port, app, threaded=True, request_handler=_OneDate, fd=listener.fileno())


def serve(app: Flask, listener: socket.socket, ready: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM, and then stop cleanly. `ready` is called once with the server's name."""
    # What was loaded stays for good. Left to the garbage collector, a million events stop a write for milliseconds.
    gc.freeze()
    try:
        from mockcrm import gunicorn  # noqa: PLC0415  it imports modules that only POSIX has
    except ImportError:
        _serve_threaded(app, listener, ready)
    else:
        gunicorn.run(app, listener, ready)


def _serve_threaded(app: Flask, listener: socket.socket, ready: Callable[[str], None]) -> None:
    server = _threaded(app, listener)

    def stop(number: int, frame: FrameType | None) -> None:
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    ready("Werkzeug, as gunicorn cannot run here")
    server.serve_forever()
    server.server_close()
