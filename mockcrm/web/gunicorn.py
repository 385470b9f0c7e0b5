"""gunicorn as a fake CRM needs it: one worker for good, and the application's own `Date`.

It can be imported only where gunicorn runs, which is on POSIX. gunicorn has no types, hence the ignored `misc`.
"""

import os
import resource
import signal
import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from http import HTTPStatus
from itertools import chain, islice
from typing import Any

import gunicorn.http.wsgi
from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.errors import HaltServer
from gunicorn.workers.gthread import TConn, ThreadWorker

from mockcrm.web.link import KEEP_ALIVE, Link

MAX_CONNECTIONS = 4_096
"""How many connections there are at a time; to make room for one more, one that says nothing or waits is closed."""
_OTHER_FILES = 128
"""How many files the process has open besides connections, and more."""
_STACK = 1024 * 1024
"""How many bytes of address space the stack of a thread takes."""
_GRACE = 1.5
"""How many seconds a worker that is told to stop has for the requests that it is serving."""
LOST = (
    "The process that held the CRM has died. All that it held in memory is lost: every sandbox, with its events, "
    "changes, clock, faults and journal. Start mockcrm again for a new CRM."
)
"""What is said where the worker dies."""
DIED = 70
"""The status with which the server ends then: that of an internal error (`sysexits.h`)."""


class OneDate(gunicorn.http.wsgi.Response):  # type: ignore[misc]
    """Sends the application's `Date`; gunicorn drops it, and tells the time of the world instead."""

    def process_headers(self, headers: list[tuple[str, str]]) -> None:
        super().process_headers(headers)
        self._date = next((value for name, value in headers if name == "Date"), None)
        if self.status_code == HTTPStatus.REQUEST_TIMEOUT:
            # What may yet come of the body would be taken for the next request.
            self.force_close()

    def default_headers(self) -> list[str]:
        ours = [f"Date: {self._date}\r\n"] if self._date else []
        lines: list[str] = super().default_headers()
        return [line for line in lines if not (ours and line.startswith("Date:"))] + ours


class _Threads(ThreadPoolExecutor):
    """Threads on demand. Where the system gives no more, work waits for those that there are."""

    refused = False
    """Whether a thread was asked for in vain since somebody last looked."""

    def _adjust_thread_count(self) -> None:
        # There is no public way to go on without another thread: the pool would give up, with the work in its queue.
        try:
            super()._adjust_thread_count()
        except RuntimeError:
            if not self._threads:
                raise
            self.refused = True


class _Door:
    """A listener whose connections are watched by the clock."""

    def __init__(self, listener: Any, patience: float) -> None:
        self._listener, self._patience = listener, patience
        self.getsockname = listener.getsockname

    def accept(self) -> tuple[Link, Any]:
        connection, address = self._listener.accept()
        return Link(connection, self._patience), address


class Worker(ThreadWorker):  # type: ignore[misc]
    """A thread for each request that is being received, served or kept waiting, so that none waits for another.

    Threads are started on demand and used again. `patience` is set by `run`.
    """

    patience: float
    nr_conns: int

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._served: dict[TConn, None] = {}

    def get_thread_pool(self) -> _Threads:
        threading.stack_size(_STACK)
        return _Threads(max_workers=self.worker_connections)

    def accept(self, listener: Any) -> None:
        if self.nr_conns >= self.worker_connections - 1 or self.tpool.refused:
            self.tpool.refused = False
            self._make_room()
        super().accept(_Door(listener, self.patience))

    def _make_room(self) -> None:
        """Close the connection that has said nothing for longest, else one that is still sending, or is kept waiting.

        To a request that waits it is as if its client had gone.
        """
        for idle, close in ((self.keepalived_conns, self.murder_keepalived), (self.pending_conns, self.murder_pending)):
            if idle:
                idle[0].timeout = 0.0
                close()
                return
        links = [conn.sock for conn in self._served]
        waits = (link for link in links if link.receiving), (link for link in links if link.waiting)
        for link in islice(chain(*waits), 1):
            link.shutdown(socket.SHUT_RDWR)

    def enqueue_req(self, conn: TConn) -> None:
        conn.sock.expect(self.cfg.keepalive)
        self._served[conn] = None
        super().enqueue_req(conn)

    def handle(self, conn: TConn) -> Any:
        goes_on = super().handle(conn)
        if not goes_on:
            # gunicorn would wait for the client to close in the one thread that accepts connections.
            conn.sock.linger()
        return goes_on

    def finish_request(self, conn: TConn, served: "Future[Any]") -> None:
        self._served.pop(conn, None)
        before = self.nr_conns
        super().finish_request(conn, served)
        # One that a fault has reset is counted twice.
        self.nr_conns = max(self.nr_conns, before - 1)

    def init_signals(self) -> None:
        super().init_signals()
        # Ctrl-C reaches the arbiter as well, which then says when to stop.
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def handle_quit(self, *_: Any) -> None:
        os._exit(0)

    def handle_exit(self, *signalled: Any) -> None:
        super().handle_exit(*signalled)
        # Threads that keep requests waiting are not waited for.
        end = threading.Timer(_GRACE, os._exit, (0,))
        end.daemon = True
        end.start()

    def run(self) -> None:
        super().run()
        os._exit(0)


class OneCrm(Arbiter):  # type: ignore[misc]
    """Keeps one worker for good: another, or a fresh one, would be another CRM."""

    def spawn_worker(self) -> Any:
        if self.worker_age:
            raise HaltServer(LOST, DIED)
        return super().spawn_worker()

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


def run(app: Flask, listeners: Sequence[socket.socket], patience: float, ready: Callable[[str], None]) -> None:
    """Serve on sockets that listen, until SIGINT, SIGTERM or SIGHUP. `ready` is called once it answers.

    A request must arrive within `patience` seconds.
    """
    gunicorn.http.wsgi.Response = OneDate
    Worker.patience = patience
    settings = {
        "bind": [f"fd://{listener.detach()}" for listener in listeners],
        "workers": 1,
        "worker_class": Worker,
        "worker_connections": _room(),
        # A worker that is killed for being slow would take all sandboxes with it.
        "timeout": 0,
        "graceful_timeout": 2,
        "keepalive": KEEP_ALIVE,
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


def _room() -> int:
    """How many connections the process may have; it asks the system for as many as it wants."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS + _OTHER_FILES
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, min(soft, wanted) - _OTHER_FILES)
