"""A client that reads as Aurinko's public client does: by the largest stamp it has seen, and with no loop guard.

It takes the largest stamp that it has seen and expects nothing at or before it; reads `records`, `length` and
`nextPageToken`, and follows tokens until there is none; asks again after 429, 408 and 503, whatever the method; writes
with PATCH, with `If-Match` if it has a tag; and is told of deletions inline, or by a second stream.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mockcrm.base.wsgi import NoAnswer, Response
from mockcrm.client.transport import Send
from mockcrm.reference_client.crm_api import DELETIONS, EVENTS, GaveUp, expect, retry_after
from mockcrm.reference_client.pull import MAX_PAGES

RETRIED = (408, 429, 503)
ATTEMPTS = 4


class Aurinko:
    """`rows` is its replica, by the CRM's ids."""

    def __init__(
        self,
        send: Send,
        *,
        two_streams: bool = False,
        wait: Callable[[float], object] = time.sleep,
        name: str = "aurinko",
    ) -> None:
        self.send, self.wait, self.name = send, wait, name
        self.streams = [EVENTS, DELETIONS] if two_streams else [EVENTS]
        self.rows: dict[str, Mapping[str, Any]] = {}
        self.largest: dict[str, str] = {}

    def sync(self) -> None:
        """Raises `GaveUp`."""
        for stream in self.streams:
            since = self.largest.get(stream)
            query = {"since": since} if since else {}
            if len(self.streams) == 1 and since:
                query["showDeleted"] = "true"
            for row in self.read(stream, query):
                self.take(row)
                if stamp := row.get("lastModifiedAt"):
                    self.largest[stream] = max(stamp, self.largest.get(stream, ""))

    def read(self, path: str, query: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        for _ in range(MAX_PAGES):
            page = expect(self.ask("GET", path, query)).json
            yield from page["records"]
            if page["nextPageToken"] is None:
                return
            query = {"pageToken": page["nextPageToken"]}
        raise GaveUp(f"Still walking after {MAX_PAGES} pages.")

    def take(self, row: Mapping[str, Any]) -> None:
        if row.get("deleted"):
            self.rows.pop(row["id"], None)
        else:
            self.rows[row["id"]] = row

    def replica(self) -> Mapping[str, Mapping[str, Any]]:
        """What this client has, as the CRM would tell it."""
        return self.rows

    def update(self, event_id: str, changes: Mapping[str, Any], tag: str | None = None) -> None:
        """Raises `GaveUp`."""
        response = self.ask("PATCH", f"{EVENTS}/{event_id}", body=changes, headers={"If-Match": tag} if tag else {})
        self.take(expect(response).json)

    def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Raises `GaveUp`."""
        for attempt in range(ATTEMPTS):
            try:
                response = self.send(
                    method, path, query or {}, body, {"X-Mockcrm-Client": self.name, **(headers or {})}
                )
                if response.status == 200:
                    _ = response.json
            except NoAnswer as error:
                raise GaveUp(str(error)) from error
            if response.status not in RETRIED:
                return response
            self.wait(max(retry_after(response) or 0, 2.0**attempt))
        raise GaveUp(f"{method} {path}: {response.status}")
