"""The CRMs that are measured, and plain Flask applications to measure them against."""

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from flask import Flask, request
from flask.typing import ResponseReturnValue

from mockcrm import ClockSetting, Sandbox, Sandboxes, Scenario
from mockcrm.crm.event import Event
from mockcrm.crm.fake_crm import Cause
from mockcrm.crm.kinds.registry import KINDS

START = datetime(2020, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
CRM = Cause("crm")
SPAN = "startAt=2026-01-05T00:00:00Z&endAt=2026-02-10T00:00:00Z&limit=1000"
"""What a list of 1,000 of the 100,000 invented events asks for."""
POST = orjson.dumps(
    {
        "subject": "Demo",
        "startTime": "2026-01-06T09:00:00Z",
        "endTime": "2026-01-06T10:00:00Z",
        "attendees": [{"emailAddress": "ann@acme.example", "status": "Accepted"}],
        "relatedTo": [{"type": "Account", "id": "5001"}],
    }
)


def invented(count: int, days: int = 3652) -> Sandboxes:
    """Sandboxes whose default has so many invented events, spread over some years."""
    order = {"count": count, "seed": 1, "start": START, "end": START + timedelta(days=days)}
    return Sandboxes(Scenario(clock=ClockSetting(NOW, running=False), generate=(order,)))


def regular(count: int, long_every: int | None = None) -> Sandbox:
    """A sandbox with so many half-hour events, one after the other in 30 minutes; each n-th lasts 14 days."""
    sandbox = Sandboxes(Scenario(clock=ClockSetting(NOW, running=False))).get("default")

    def events(ids: Any) -> Any:
        for number, event_id in zip(range(count), ids, strict=False):
            begins = START + number * timedelta(minutes=30)
            long = long_every and number % long_every == 0
            yield Event(event_id, begins, begins + (timedelta(days=14) if long else timedelta(minutes=30)), "Event")

    with sandbox.open() as state:
        state.crm.bulk_create(KINDS["event"], count, events, CRM)
    return sandbox


def plain_flask(body: bytes) -> Flask:
    """An otherwise empty application: a constant, and an echo."""
    app = Flask("plain")

    @app.get("/constant/<name>")
    def constant(name: str) -> ResponseReturnValue:
        return body, {"Content-Type": "application/json"}

    @app.post("/echo")
    def echo() -> ResponseReturnValue:
        body: dict[str, Any] = request.get_json()
        return body

    return app


def caller(app: Flask, path: str, body: bytes | None = None) -> Callable[[], bytes]:
    """A call of an application within the process, at WSGI, so that no client is measured along with it."""
    url, _, query = path.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST" if body else "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": url,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **({"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body))} if body else {}),
    }

    def call() -> bytes:
        return b"".join(app({**environ, "wsgi.input": io.BytesIO(body or b"")}, lambda *_: lambda _: None))

    return call
