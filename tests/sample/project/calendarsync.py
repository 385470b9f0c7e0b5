"""Keeps a copy of a CRM's events, within a window of time, in step with the CRM.

The first sync reads the window, every later one what has changed and what was deleted since. The next bounds are put
back by an overlap, so a row may come twice: to take it in twice does no harm.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import uuid4

import httpx

Event = dict[str, Any]


class Conflict(Exception):
    """Somebody else has changed the event. Sync, and ask anew whether it is to be written."""


@dataclass
class CalendarSync:
    """A copy of those events of a CRM that lie between `start` and `end`, at least in part; `http` has its address."""

    http: httpx.Client
    start: datetime
    end: datetime
    events: dict[str, Event] = field(default_factory=dict)
    since: dict[str, datetime] = field(default_factory=dict)
    """For each list the time from which it is read next."""

    overlap: ClassVar = timedelta(minutes=15)
    """Longer than any change takes to show in the CRM's lists."""

    def sync(self) -> None:
        """Take in what is new. Whatever goes wrong, the bounds stay, and the next sync asks for the same once more."""
        if not self.since:
            self.read_anew(startAt=self.start, endAt=self.end)
            return
        try:
            self.read_changes()
            self.read_deletions()
        except httpx.HTTPStatusError as error:
            if error.response.status_code != httpx.codes.GONE:
                raise
            self.read_anew()

    # Reading

    def read_anew(self, **bounds: datetime) -> None:
        """Begin with what is there: what is not there any more is gone."""
        as_of, rows = self.walk("/events", **bounds)
        self.events = {}
        for row in rows:
            self.take(row)
        self.since = dict.fromkeys(("/events", "/deletedEvents"), as_of - self.overlap)

    def read_changes(self) -> None:
        as_of, rows = self.walk("/events", since=self.since["/events"])
        for row in rows:
            self.take(row)
        self.since["/events"] = as_of - self.overlap

    def read_deletions(self) -> None:
        as_of, rows = self.walk("/deletedEvents", since=self.since["/deletedEvents"])
        for row in rows:
            self.events.pop(row["id"], None)
        self.since["/deletedEvents"] = as_of - self.overlap

    def take(self, row: Event) -> None:
        """Take in an event, which may have been moved out of the window."""
        if instant(row["startTime"]) < self.end and instant(row["endTime"]) > self.start:
            self.events[row["id"]] = row
        else:
            self.events.pop(row["id"], None)

    def walk(self, path: str, **bounds: datetime) -> tuple[datetime, list[Event]]:
        """All rows of a list, and the CRM's own time before it was read."""
        pages = list(self.pages(path, {name: bound.isoformat() for name, bound in bounds.items()}))
        return instant(pages[0]["asOf"]), [row for page in pages for row in page["records"]]

    def pages(self, path: str, query: dict[str, str]) -> Iterator[dict[str, Any]]:
        yield (page := self.ask("GET", path, params=query).json())
        while token := page["nextPageToken"]:
            yield (page := self.ask("GET", path, params={"pageToken": token}).json())

    # Writing

    def change(self, event_id: str, **fields: Any) -> None:
        """Change some fields of an event. Raises `Conflict` if it is not what the copy has."""
        current = self.ask("GET", f"/events/{event_id}")
        if current.json()["lastModifiedAt"] != self.events[event_id]["lastModifiedAt"]:
            raise Conflict(event_id)
        tag = {"If-Match": current.headers["ETag"]}
        answer = self.http.patch(f"/events/{event_id}", json=fields, headers=tag)
        if answer.status_code == httpx.codes.PRECONDITION_FAILED:
            raise Conflict(event_id)
        self.take(answer.raise_for_status().json())

    def create(self, **fields: Any) -> str:
        """Make an event, once, however often it has to be asked for; its id."""
        made: Event = self.ask("POST", "/events", json=fields, headers={"Idempotency-Key": str(uuid4())}).json()
        self.take(made)
        return str(made["id"])

    def ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        """The answer to a request that may be repeated, and is, if its answer is lost."""
        try:
            answer = self.http.request(method, path, **request)
        except httpx.TransportError:
            answer = self.http.request(method, path, **request)
        return answer.raise_for_status()


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
