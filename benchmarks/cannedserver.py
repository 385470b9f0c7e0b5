"""pytest-httpserver in a process of its own: a list, one event, and a write that is given back as it came.

It runs in the peers' environment, and imports nothing of mockcrm's: `cannedserver.py PORT FILE ID`.
"""

import json
import sys
import threading
from pathlib import Path

from pytest_httpserver import HTTPServer  # type: ignore[import-not-found]
from werkzeug import Request, Response


def echo(request: Request) -> Response:
    return Response(request.get_data(), content_type="application/json")


def main(port: str, file: str, event_id: str) -> None:
    events = json.loads(Path(file).read_text())["events"]
    one = next(event for event in events if event["id"] == event_id)
    path = f"/events/{event_id}"
    server = HTTPServer("127.0.0.1", int(port), threaded=True)
    server.expect_request("/events").respond_with_data(json.dumps(events), content_type="application/json")
    server.expect_request(path, method="GET").respond_with_data(json.dumps(one), content_type="application/json")
    server.expect_request(path, method="PUT").respond_with_handler(echo)
    server.start()
    threading.Event().wait()


main(*sys.argv[1:])
