"""Lets a client that speaks an API like Microsoft Graph's sync with mockcrm: a proxy that translates.

Write it before the client's command: `mockcrm trial --no-replica -- python graph_proxy.py node graph_client.mjs`.
It runs the command with `GRAPH_URL`, and ends with the command's status. What it does not translate, such as a refusal,
half an answer or a broken connection, reaches the client as it comes: that is what the client is tried with.
"""

import contextlib
import http.client
import json
import os
import subprocess
import sys
import threading
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

CRM = urlsplit(os.environ["CRM_URL"])
LOOKBACK = timedelta(minutes=10)
"""A delta token promises that no change is missed, so the proxy looks back, and not the client."""
DELTA = "/me/calendarView/delta"
EVENTS = "/me/events"


class Proxy(BaseHTTPRequestHandler):
    """Translates each request to the CRM, and each answer back."""

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == DELTA:
            self.answer_delta({name: values[0] for name, values in parse_qs(url.query).items()})
        else:
            self.answer_event()

    def do_POST(self) -> None:
        self.answer_event()

    do_PATCH = do_DELETE = do_POST

    def answer_delta(self, query: dict) -> None:
        """A page of a delta. The first page's asOf, less a lookback, is the watermark of the next one."""
        token, _, as_of = query.get("$skiptoken", "").partition(" ")
        if token:
            asked = {"pageToken": token}
        elif "$deltatoken" in query:
            asked = {"since": query["$deltatoken"], "showDeleted": "true"}
        else:
            asked = {}  # A full read. For a calendar view: startAt and endAt.

        def translate(page: dict) -> dict:
            watermark = as_of or (datetime.fromisoformat(page["asOf"]) - LOOKBACK).isoformat()
            more = page["nextPageToken"]
            name, value = ("nextLink", f"{more} {watermark}") if more else ("deltaLink", watermark)
            link = urlencode({"$skiptoken" if more else "$deltatoken": value})
            url = f"http://{self.headers['Host']}{DELTA}?{link}"
            return {"value": [to_graph(row) for row in page["records"]], f"@odata.{name}": url}

        self.pass_on("GET", f"/events?{urlencode(asked)}", None, translate)

    def answer_event(self) -> None:
        """A read or a write of one event, or a creation: Graph's transactionId makes it safe to repeat."""
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or "null")
        key = body.pop("transactionId", None) if body else None
        path = self.path.replace(EVENTS, "/events", 1)
        headers = {"Idempotency-Key": key} if key else {}
        self.pass_on(self.command, path, None if body is None else from_graph(body), to_graph, headers)

    def pass_on(self, method: str, path: str, body: dict | None, translate, headers: dict | None = None) -> None:
        """Ask the CRM, and answer with what it says, translated if it is the JSON of a success."""
        for name in ("Authorization", "If-Match", "X-Mockcrm-Client"):
            if name in self.headers:
                headers = {**(headers or {}), name: self.headers[name]}
        connection = http.client.HTTPConnection(CRM.hostname, CRM.port)
        sent = {**(headers or {}), **({"Content-Type": "application/json"} if body is not None else {})}
        try:
            connection.request(method, CRM.path + path, None if body is None else json.dumps(body), sent)
            response = connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException):
            self.close_connection = True  # The CRM broke the connection, so this one breaks as well.
            return
        finally:
            connection.close()
        with contextlib.suppress(ValueError):  # Half of an answer, or a login page, is not translated.
            text = json.dumps(translate(json.loads(text))).encode() if text and response.status < 300 else text
        self.send_response(response.status)
        for name in ("Content-Type", "Retry-After", "ETag", "Location", "WWW-Authenticate"):
            if name in response.headers:
                self.send_header(name, response.headers[name].replace(f"{CRM.path}/events", EVENTS))
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_arguments: object) -> None:
        """Print nothing: the client's own output is what a report shows."""


def to_graph(row: dict) -> dict:
    """An event or a tombstone as Graph has it."""
    if row.get("deleted"):
        return {"id": row["id"], "@removed": {"reason": "deleted"}}
    return {
        "id": row["id"],
        "subject": row["subject"],
        "body": {"contentType": "text", "content": row["description"] or ""},
        "start": {"dateTime": row["startTime"].rstrip("Z"), "timeZone": "UTC"},
        "end": {"dateTime": row["endTime"].rstrip("Z"), "timeZone": "UTC"},
        "isAllDay": row["allDay"],
        "location": {"displayName": row["location"] or ""},
        "lastModifiedDateTime": row["lastModifiedAt"],
    }


def from_graph(fields: dict) -> dict:
    """The fields that a client writes, as mockcrm has them; those that it leaves out stay as they are."""
    names = {
        "subject": ("subject", lambda value: value),
        "body": ("description", lambda value: value["content"] or None),
        "start": ("startTime", lambda value: value["dateTime"] + "Z"),
        "end": ("endTime", lambda value: value["dateTime"] + "Z"),
        "isAllDay": ("allDay", lambda value: value),
        "location": ("location", lambda value: value["displayName"] or None),
    }
    return {names[name][0]: names[name][1](value) for name, value in fields.items() if name in names}


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    own = {"GRAPH_URL": f"http://127.0.0.1:{server.server_port}"}
    client = subprocess.run(sys.argv[1:], env={**os.environ, **own}, check=False)  # noqa: S603  It is the user's own.
    sys.exit(client.returncode)
