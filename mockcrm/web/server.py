"""Servers: gunicorn with one worker for `mockcrm serve`, or granian, and a threaded one in this process for tests.

One process serves one set of sandboxes. A second worker would be a second CRM, so there is never more than one.
"""

import contextlib
import errno
import gc
import os
import selectors
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from flask import Flask
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from mockcrm.web.client_socket import KEEP_ALIVE, READ_TIMEOUT, ClientSocket
from mockcrm.web.real_sockets import accepted, unguarded
from mockcrm.web.tls_socket import TlsSocket, client_socket

_NO_SUCH_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
"""The errors of an IPv6 address on a system without IPv6."""
_GRACE = 0.5
"""How many seconds a server in a thread, which is asked to stop, leaves to the requests that it is serving."""


class PortTaken(OSError):
    """The port cannot be opened: another program listens there already, or this one may not."""


def listen(host: str, port: int) -> list[socket.socket]:
    """Sockets that listen at an address; port 0 takes a free port.

    `localhost` means both loopback addresses, as a client may try either. Raises `PortTaken`, whose text tells a person
    what to do.
    """
    first = _listen("127.0.0.1" if host == "localhost" else host, port)
    if host != "localhost" or not socket.has_ipv6:
        return [first]
    try:
        return [first, _listen("::1", first.getsockname()[1])]
    except PortTaken as error:
        if isinstance(error.__cause__, OSError) and error.__cause__.errno in _NO_SUCH_ADDRESS:
            return [first]
        first.close()
        raise


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise PortTaken(_complaint(host, port, error)) from error
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # gunicorn sets this later: a connection made before that would wait 40 ms for each small answer.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind((host, port))
        listener.listen(128)
    except (OSError, OverflowError, TypeError) as error:  # A TypeError comes of a malformed host name.
        listener.close()
        raise PortTaken(_complaint(host, port, error)) from error
    return listener


def _complaint(host: str, port: int, error: Exception) -> str:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is in use: stop the program that has it, or choose another with --port."
    return f"Cannot listen at {host} port {port}: {error}."


class _RequestHandler(WSGIRequestHandler):
    """Leaves the header `Date` and the reading of paths to the application, and logs nothing."""

    protocol_version = "HTTP/1.1"

    def make_environ(self) -> dict[str, Any]:
        # `http.server` has dropped leading slashes from the path.
        target = self.raw_requestline.split()[1].decode("latin-1")
        scheme = "https" if isinstance(self.connection, TlsSocket) else "http"
        return {**super().make_environ(), "RAW_URI": target, "wsgi.url_scheme": scheme}

    def handle_one_request(self) -> None:
        assert isinstance(self.connection, ClientSocket)
        self.connection.expect(KEEP_ALIVE)
        super().handle_one_request()

    def run_wsgi(self) -> None:
        assert isinstance(self.server, _ThreadedServer)
        assert isinstance(self.connection, ClientSocket)
        with self.server.underway.kept(self.connection):
            super().run_wsgi()

    def send_response(self, code: int, message: str | None = None) -> None:
        self.send_response_only(code, message)
        self.send_header("Server", self.version_string())

    def connection_dropped(self, error: BaseException, environ: dict[str, Any] | None = None) -> None:
        self.close_connection = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


class Underway:
    """The connections with a request that is being served: some of it follows when the client has its answer."""

    def __init__(self) -> None:
        self._connections: set[ClientSocket] = set()
        self._served = threading.Condition()

    @contextlib.contextmanager
    def kept(self, connection: ClientSocket) -> Iterator[None]:
        """Count a connection while the block runs."""
        with self._served:
            self._connections.add(connection)
        try:
            yield
        finally:
            with self._served:
                self._connections.remove(connection)
                self._served.notify_all()

    def finish(self, seconds: float) -> bool:
        """Wait `seconds` at most until all are served but those that are kept waiting. Returns whether they are."""
        with self._served:
            return self._served.wait_for(lambda: all(each.waiting for each in self._connections), seconds)


class _ThreadedServer(ThreadedWSGIServer):
    """A server with a thread for each connection, whose clients have `read_timeout` seconds to send a request.

    With a context in `tls` it speaks TLS.
    """

    def __init__(
        self, app: Flask, listener: socket.socket, read_timeout: float, tls: ssl.SSLContext | None = None
    ) -> None:
        self.underway = Underway()
        host, port = listener.getsockname()[:2]
        super().__init__(host, port, app, _RequestHandler, fd=listener.fileno())
        self._read_timeout, self._tls = read_timeout, tls
        self._ended, self._end = socket.socketpair()

    def serve_forever(self, poll_interval: float = 0) -> None:
        """Serve until `shutdown`, which ends a wait at once. `socketserver` looks for it twice a second."""
        with self._ended, selectors.DefaultSelector() as selector:
            for each in (self.socket, self._ended):
                selector.register(each, selectors.EVENT_READ)
            while self._ended not in [key.fileobj for key, _ in selector.select()]:
                self._serve_one()

    def _serve_one(self) -> None:
        try:
            connection, address = self.get_request()
        except OSError:  # The client has gone.
            return
        try:
            self.process_request(connection, address)
        except RuntimeError:  # There is no thread for it.
            self.shutdown_request(connection)

    def shutdown(self) -> None:
        self._end.close()

    def server_close(self) -> None:
        super().server_close()
        self.underway.finish(_GRACE)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = accepted(self.socket)
        return client_socket(connection, self._read_timeout, self._tls), address


class ServerThread:
    """A server in a thread of this process, by default on a free port. It answers as soon as `start` returns."""

    def __init__(
        self,
        app: Flask,
        host: str = "127.0.0.1",
        port: int = 0,
        read_timeout: float = READ_TIMEOUT,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        with unguarded():
            self._listener, self._tls = _listen(host, port), tls
            self._server = _ThreadedServer(app, self._listener, read_timeout, tls)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return url_of(self._listener, self._tls)

    def start(self) -> "ServerThread":
        # The socket listens already: a client that connects now waits in its queue until the thread runs.
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving and free the port. Requests that are being served have a moment to end."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._listener.close()


@contextlib.contextmanager
def serving(app: Flask, *, read_timeout: float = READ_TIMEOUT, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serve an application while the block runs. Gives its URL.

    A request must arrive within `read_timeout` seconds. With a server's context in `tls` it is served over TLS.

    `with serving(create_app()) as url: httpx.get(f"{url}/api/v1/events")`
    """
    server = ServerThread(app, read_timeout=read_timeout, tls=tls).start()
    try:
        yield server.url
    finally:
        server.stop()


def url_of(listener: socket.socket, tls: ssl.SSLContext | None = None) -> str:
    """The URL of the server behind a socket, such as `http://127.0.0.1:8080`; with `tls` it begins with `https`."""
    host, port = listener.getsockname()[:2]
    scheme = "http" if tls is None else "https"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def run_server(
    app: Flask,
    listeners: Sequence[socket.socket],
    read_timeout: float,
    ready: Callable[[str], None],
    tls: ssl.SSLContext | None = None,
    server: str = "gunicorn",
) -> None:
    """Serve until SIGINT or SIGTERM, and then stop cleanly. `ready` is called once with the server's name.

    A request must arrive within `read_timeout` seconds. With a server's context in `tls` it speaks TLS. The server
    `granian` knows neither.
    """
    # The events that were loaded stay. If the garbage collector looked at a million of them, a write would take
    # milliseconds longer.
    gc.freeze()
    if server == "granian":
        from mockcrm.web import granian  # noqa: PLC0415  it comes with an extra

        granian.run_granian(app, listeners, ready)
        return
    try:
        from mockcrm.web import gunicorn  # noqa: PLC0415  it imports modules that only POSIX has
    except ImportError:
        _serve_threaded(app, listeners, read_timeout, ready, tls)
    else:
        gunicorn.run(app, listeners, read_timeout, ready, tls)


def _serve_threaded(
    app: Flask,
    listeners: Sequence[socket.socket],
    read_timeout: float,
    ready: Callable[[str], None],
    tls: ssl.SSLContext | None,
) -> None:
    stopped = threading.Event()
    servers = [_ThreadedServer(app, listener, read_timeout, tls) for listener in listeners]
    threads = [threading.Thread(target=server.serve_forever, daemon=True) for server in servers]
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    for thread in threads:
        thread.start()
    ready("Werkzeug, as gunicorn cannot run here")
    stopped.wait()
    for server, thread in zip(servers, threads, strict=True):
        server.shutdown()
        thread.join()
        server.server_close()
