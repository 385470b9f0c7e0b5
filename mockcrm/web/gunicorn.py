"""gunicorn as a fake CRM needs it: one worker that is never replaced, and the application's own `Date`.

It can be imported only where gunicorn runs, which is on POSIX, from gunicorn 25.2 on. gunicorn has no types, hence the
ignored `misc`.
"""

import os
import resource
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from http import HTTPStatus
from itertools import chain, islice
from typing import Any

import gunicorn.http.wsgi
from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.errors import HaltServer
from gunicorn.workers.gthread import _DEFER, TConn, ThreadWorker

from mockcrm.web.client_socket import KEEP_ALIVE, ClientSocket
from mockcrm.web.process_death import EXIT_STATUS, PROCESS_DIED
from mockcrm.web.seats import RELIEF, Seats
from mockcrm.web.tls_socket import client_socket

if not hasattr(ThreadWorker, "murder_pending"):
    # Then `serve` takes the other server, and the project keeps the gunicorn that it has.
    raise ImportError("This gunicorn is older than 25.2, and does not part idle from waiting connections.")

MAX_CONNECTIONS = 4_096
"""The greatest number of open connections. To make room for one more, an idle or waiting one is closed."""
_OTHER_FILES = 128
"""More files than the process ever has open besides connections."""
_SENT_WITH_HEAD = 64 * 1024
"""How many bytes of a body are copied in order to be sent along with its head."""
_AT_ONCE = 0.002
"""How many seconds a thread waits for the next request of a connection before it gives the connection back.

A client that has its next request at hand needs less, and to hand a request from thread to thread costs as much as to
parse it.
"""
_STACK = 1024 * 1024
"""The size of a thread's stack in bytes of address space."""
_GRACE = 1.5
"""How many seconds a worker that is asked to stop may take to finish its requests."""


class GunicornResponse(gunicorn.http.wsgi.Response):  # type: ignore[misc]
    """Sends the application's `Date`, which gunicorn would replace with the real time."""

    sock: Any

    def process_headers(self, headers: list[tuple[str, str]]) -> None:
        super().process_headers(headers)
        self._date = next((value for name, value in headers if name == "Date"), None)
        if self.status_code == HTTPStatus.REQUEST_TIMEOUT:
            # The rest of the body, which may still arrive, would be taken for the next request.
            self.force_close()

    def default_headers(self) -> list[str]:
        ours = [f"Date: {self._date}\r\n"] if self._date else []
        lines: list[str] = super().default_headers()
        return [line for line in lines if not (ours and line.startswith("Date:"))] + ours

    def write(self, arg: bytes) -> None:
        """Send a part of the body, the first along with the head, which gunicorn would send by itself."""
        if self.headers_sent or len(arg) > _SENT_WITH_HEAD:
            super().write(arg)
            return
        connection, held = self.sock, _Held()
        self.sock = held
        try:
            super().write(arg)
        finally:
            self.sock = connection
        connection.sendall(held)


class _Held(bytearray):
    """What would have been sent."""

    sendall = bytearray.extend


class _Threads(ThreadPoolExecutor):
    """Threads on demand. Where the system gives no more threads, work waits for the existing ones."""

    refused = False
    """Whether the system has refused a thread since this was last reset."""

    def _adjust_thread_count(self) -> None:
        # The pool has no public way to go on without another thread: it would raise, and leave the work in its queue.
        try:
            super()._adjust_thread_count()
        except RuntimeError:
            if not self._threads:
                raise
            self.refused = True


class _TimedListener:
    """A listener whose connections have time limits, and may speak TLS."""

    def __init__(self, listener: Any, worker: "Worker") -> None:
        self._listener, self._worker = listener, worker
        self.getsockname = listener.getsockname

    def accept(self) -> tuple[ClientSocket, Any]:
        accepted, address = self._listener.accept()
        connection = client_socket(accepted, self._worker.read_timeout, self._worker.tls)
        connection.away = self._worker.away
        return connection, address


class Worker(ThreadWorker):  # type: ignore[misc]
    """A thread for each request that is being received or delayed; of the others a few are served at a time (`Seats`).

    Threads are started on demand and reused. `run` sets `read_timeout` and `tls`.
    """

    read_timeout: float
    tls: ssl.SSLContext | None
    nr_conns: int

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._served: dict[TConn, None] = {}
        self._seats: Seats[TConn] = Seats(self._serve, self._start)

    def _start(self, run: Callable[[], None]) -> None:
        self.tpool.submit(run)

    def get_thread_pool(self) -> _Threads:
        threading.stack_size(_STACK)
        return _Threads(max_workers=self.worker_connections)

    def accept(self, listener: Any) -> None:
        if self.nr_conns >= self.worker_connections - 1 or self.tpool.refused:
            self.tpool.refused = False
            self._make_room()
        super().accept(_TimedListener(listener, self))

    def _make_room(self) -> None:
        """Close the connection that has been idle for longest, else one that is still sending, or is kept waiting.

        For a waiting request that is as if its client had gone away.
        """
        for idle, close in ((self.keepalived_conns, self.murder_keepalived), (self.pending_conns, self.murder_pending)):
            if idle:
                idle[0].timeout = 0.0
                close()
                return
        sockets = [conn.sock for conn in tuple(self._served)]
        slow = (each for each in sockets if each.receiving), (each for each in sockets if each.waiting)
        for each in islice(chain(*slow), 1):
            each.shutdown(socket.SHUT_RDWR)

    def enqueue_req(self, conn: TConn) -> None:
        conn.sock.expect(self.cfg.keepalive)
        self._served[conn] = None
        self._seats.enter(conn)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        super().wait_for_and_dispatch_events(min(timeout, RELIEF) if self._seats.crowded else timeout)
        self._seats.relieve()

    def away(self) -> AbstractContextManager[None]:
        """Entered while a thread has nothing to do but wait."""
        return self._seats.away()

    def _serve(self, conn: TConn) -> None:
        """Serve a request, and have the thread that accepts connections look after this one again."""
        served: Future[Any] = Future()
        try:
            served.set_result(self.handle(conn))
        except BaseException as error:
            served.set_exception(error)
        if self.alive and served.exception() is None and served.result() is True:
            # The thread that accepts connections need not be woken: it hears of the next request anyway.
            self._served.pop(conn, None)
            super().finish_request(conn, served)
        else:
            self.method_queue.defer(self.finish_request, conn, served)

    def handle(self, conn: TConn) -> Any:
        if not (conn.initialized or conn.data_ready or conn.sock.arrives_within(_AT_ONCE)):
            # gunicorn would have a thread wait for it for seconds.
            return _DEFER
        conn.data_ready = True
        kept_alive = super().handle(conn)
        while kept_alive is True and (conn.sock.unread or self._is_next(conn)):
            # The next request is there already. If it came along with this one, the socket will not tell of it again.
            conn.sock.expect(self.cfg.keepalive)
            kept_alive = super().handle(conn)
        if not kept_alive:
            # gunicorn would wait for the client to close, in the only thread that accepts connections.
            conn.sock.linger()
        return kept_alive

    def _is_next(self, conn: TConn) -> bool:
        """Whether a client's next request is the next to be served: it comes at once, and no other waits."""
        return self.alive and not self._seats.crowded and conn.sock.arrives_within(_AT_ONCE)

    def handle_request(self, req: Any, conn: TConn) -> Any:
        if self.tls is not None:
            # gunicorn knows nothing of the TLS in our sockets.
            req.scheme = "https"
        return super().handle_request(req, conn)

    def finish_request(self, conn: TConn, served: "Future[Any]") -> None:
        self._served.pop(conn, None)
        before = self.nr_conns
        super().finish_request(conn, served)
        # gunicorn counts a connection twice that a fault rule has reset.
        self.nr_conns = max(self.nr_conns, before - 1)

    def _cap_keepalive(self, deadline: float) -> None:
        # gunicorn's goes through the connections themselves, to which a thread may add one meanwhile.
        for conn in tuple(self.keepalived_conns):
            conn.timeout = min(conn.timeout, deadline)

    def init_signals(self) -> None:
        super().init_signals()
        # Ctrl-C reaches the arbiter as well, which then stops this worker.
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def handle_quit(self, *_: Any) -> None:
        os._exit(0)

    def handle_exit(self, *signalled: Any) -> None:
        super().handle_exit(*signalled)
        # Requests that are being delayed must not keep the process alive.
        end = threading.Timer(_GRACE, os._exit, (0,))
        end.daemon = True
        end.start()

    def run(self) -> None:
        super().run()
        os._exit(0)


class OneCrm(Arbiter):  # type: ignore[misc]
    """Keeps one worker and starts no other: another worker would be another CRM."""

    def spawn_worker(self) -> Any:
        if self.worker_age:
            raise HaltServer(PROCESS_DIED, EXIT_STATUS)
        return super().spawn_worker()

    def handle_hup(self) -> None:
        raise StopIteration

    def handle_ttin(self) -> None:
        self.log.warning("mockcrm keeps one worker: each further one would be another CRM.")

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


def run(
    app: Flask,
    listeners: Sequence[socket.socket],
    read_timeout: float,
    ready: Callable[[str], None],
    tls: ssl.SSLContext | None,
) -> None:
    """Serve on listening sockets until SIGINT, SIGTERM or SIGHUP. `ready` is called once the server answers.

    A request must arrive within `read_timeout` seconds. With a server's context in `tls` it speaks TLS.
    """
    gunicorn.http.wsgi.Response = GunicornResponse
    Worker.read_timeout, Worker.tls = read_timeout, tls
    settings = {
        "bind": [f"fd://{listener.detach()}" for listener in listeners],
        "workers": 1,
        "worker_class": Worker,
        "worker_connections": _connection_limit(),
        # gunicorn would kill a slow worker, and with it all sandboxes.
        "timeout": 0,
        "graceful_timeout": 2,
        "keepalive": KEEP_ALIVE,
        # A file that the system sends by itself would go out in the clear.
        "sendfile": tls is None,
        "control_socket_disable": True,
        # The callers are clients under test, and no proxies whose headers could be trusted.
        "forwarded_allow_ips": "",
        "forwarder_headers": "",
        "secure_scheme_headers": {},
        # gunicorn's own maximum: it answers a longer request line itself, with HTML.
        "limit_request_line": 8190,
        "loglevel": "warning",
        "post_worker_init": lambda worker: ready("gunicorn"),
    }
    Server(app, settings).run()


def _connection_limit() -> int:
    """How many connections the process may have. It raises its limit of open files as far as it needs and may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS + _OTHER_FILES
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, min(soft, wanted) - _OTHER_FILES)
