"""A client that reads as Aurinko's public client does: by the largest stamp it has seen, and without a loop guard.

It uses the largest stamp that it has seen as its watermark, and expects nothing at or before it. It reads `records`,
`length` and `nextPageToken`, and follows page tokens to the end. It repeats a request after 408, 429 and 503, whatever
the method. It writes with PATCH, with `If-Match` if it has a tag. It reads deletions inline, or from a second stream.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mockcrm.base.wsgi import NoAnswer, Response
from mockcrm.client.transport import Send
from mockcrm.reference_client.crm_api import DELETIONS, EVENTS, GaveUp, expect_success, refuses_deletions, retry_after
from mockcrm.reference_client.paging import MAX_PAGES

RETRIED_STATUSES = (408, 429, 503)
AURINKO_ATTEMPTS = 4


class Aurinko:
    """`rows` is its replica, by the CRM's ids. `two_streams`, `wait` and `max_wait` are as `Client` has them."""

    def __init__(
        self,
        send: Send,
        *,
        two_streams: bool | None = None,
        wait: Callable[[float], object] = time.sleep,
        max_wait: float = math.inf,
        name: str = "aurinko",
    ) -> None:
        self.send, self.wait, self.max_wait, self.name = send, wait, max_wait, name
        self.streams = [EVENTS, DELETIONS] if two_streams else [EVENTS]
        self.rows: dict[str, Mapping[str, Any]] = {}
        self.largest: dict[str, str] = {}

    def sync(self) -> None:
        """Read what changed. Raises `GaveUp`."""
        for stream in self.streams:
            since = self.largest.get(stream)
            query = {"since": since} if since else {}
            if len(self.streams) == 1 and since:
                query["showDeleted"] = "true"
            for row in self.read(stream, query):
                self.apply(row)
                if stamp := row.get("lastModifiedAt"):
                    self.largest[stream] = max(stamp, self.largest.get(stream, ""))

    def read(self, path: str, query: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        """The rows of all pages of a list. Raises `GaveUp`."""
        for _ in range(MAX_PAGES):
            response = self.ask("GET", path, query)
            if refuses_deletions(response):
                self.streams.append(DELETIONS)
                query = {"since": query["since"]}
                continue
            page = expect_success(response).json
            yield from page["records"]
            if page["nextPageToken"] is None:
                return
            query = {"pageToken": page["nextPageToken"]}
        raise GaveUp(f"The list has more than {MAX_PAGES} pages.")

    def apply(self, row: Mapping[str, Any]) -> None:
        """Apply a row, an event or a tombstone, to the replica."""
        if row.get("deleted"):
            self.rows.pop(row["id"], None)
        else:
            self.rows[row["id"]] = row

    def replica(self) -> Mapping[str, Mapping[str, Any]]:
        """The client's copy of the CRM's events, by id, as the CRM would show them."""
        return self.rows

    def update(self, event_id: str, changes: Mapping[str, Any], tag: str | None = None) -> None:
        """Change some fields of an event. Raises `GaveUp`."""
        response = self.ask("PATCH", f"{EVENTS}/{event_id}", body=changes, headers={"If-Match": tag} if tag else {})
        self.apply(expect_success(response).json)

    def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """The answer to a request, which is repeated after `RETRIED_STATUSES`. Raises `GaveUp`."""
        for attempt in range(AURINKO_ATTEMPTS):
            try:
                response = self.send(
                    method, path, query or {}, body, {"X-Mockcrm-Client": self.name, **(headers or {})}
                )
                if response.status == 200:
                    _ = response.json
            except NoAnswer as error:
                raise GaveUp(str(error)) from error
            if response.status not in RETRIED_STATUSES:
                return response
            asked = retry_after(response) or 0
            if asked > self.max_wait:
                break
            self.wait(max(asked, min(2.0**attempt, self.max_wait)))
        raise GaveUp(f"{method} {path}: {response.status}")
