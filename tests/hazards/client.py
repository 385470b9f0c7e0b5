"""A small two-way sync client. Naive clients are made of it, with one bad habit each.

It keeps a replica of the CRM's events, which is at the same time the calendar on the other side: what its user does
there (`mailbox`) is carried over at the next sync.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from mockcrm.base.times import format_instant, parse_duration, parse_instant

Record = dict[str, Any]

OURS = ("id", "lastModifiedAt")
"""What the CRM alone says of an event."""


class GaveUp(Exception):
    """A sync that failed; the next one will try again."""


@dataclass
class Client:
    """One client of one CRM. `http` has the base URL of its `/api/v1`."""

    http: httpx.Client
    replica: dict[str, Record] = field(default_factory=dict)
    since: str | None = None
    outbox: list[Record] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    """The ids of what the user has made, by the name in the scenario."""
    tags: dict[str, str] = field(default_factory=dict)

    lookback = "10m"
    """How far before `asOf` the next watermark is, so that the client reads late changes too."""
    deleted = True
    """Whether it asks for tombstones with the delta."""

    def sync(self) -> None:
        self.push()
        self.pull()

    # Reading

    def pull(self) -> None:
        if self.since is None:
            self.read_all()
        else:
            self.read_delta()

    def read_all(self) -> None:
        """Read everything; an event that is missing is gone."""
        first, rows = self.read({})
        self.replica.clear()
        for row in rows:
            self.take(row)
        self.since = self.next_watermark(first, rows)

    def read_delta(self) -> None:
        assert self.since is not None
        parameters = {"since": self.since} | ({"showDeleted": "true"} if self.deleted else {})
        try:
            first, rows = self.read(parameters)
        except httpx.HTTPStatusError as error:
            if error.response.status_code != 410:
                raise
            self.read_all()
            return
        for row in rows:
            self.take(row)
        self.since = self.next_watermark(first, rows)

    def read(self, parameters: dict[str, str], path: str = "/events") -> tuple[Record, list[Record]]:
        """The first page, and the rows of all of them."""
        pages = list(self.pages(parameters, path))
        return pages[0], [row for page in pages for row in page["records"]]

    def pages(self, parameters: dict[str, str], path: str = "/events") -> Iterator[Record]:
        seen: set[str] = set()
        while True:
            page = self.get(path, parameters)
            yield page
            token = page["nextPageToken"]
            if token is None:
                return
            if token in seen:
                raise GaveUp("the page tokens form a loop")
            seen.add(token)
            parameters = {"pageToken": token}

    def next_watermark(self, first: Record, rows: list[Record]) -> str:
        return format_instant(parse_instant(first["asOf"]) - parse_duration(self.lookback))

    def take(self, row: Record) -> None:
        """Bring a row into the replica."""
        if row.get("deleted"):
            self.replica.pop(row["id"], None)
        else:
            self.replica[row["id"]] = row

    def entries(self) -> list[str]:
        """The events for which there is an entry in the calendar on the other side, as often as there is one."""
        return list(self.replica)

    # Writing

    def mailbox(self, step: Record) -> None:
        """Something that the client's user did on the other side."""
        self.outbox.append(step)

    def push(self) -> None:
        while self.outbox:
            ((verb, step),) = self.outbox[0].items()
            getattr(self, f"push_{verb}")(step)
            del self.outbox[0]

    def push_create(self, step: Record) -> None:
        made = self.send("POST", "/events", step["set"], {"Idempotency-Key": step.get("as", "one")}).json()
        self.names[step.get("as", "")] = made["id"]
        self.take(made)

    def push_edit(self, step: Record) -> None:
        event_id = self.id_of(step)
        self.take(self.send("PATCH", f"/events/{event_id}", step["set"]).json())

    def push_delete(self, step: Record) -> None:
        event_id = self.id_of(step)
        response = self.http.delete(f"/events/{event_id}")
        if response.status_code not in (204, 404, 410):
            response.raise_for_status()
        self.replica.pop(event_id, None)

    def id_of(self, step: Record) -> str:
        """The CRM's id of an event in a mailbox step: the scenario tells its own, the client knows the others."""
        known: str = step.get("id") or self.names[step["event"]]
        return known

    # HTTP

    def get(self, path: str, parameters: dict[str, str] | None = None) -> Any:
        response = self.http.get(path, params=parameters)
        response.raise_for_status()
        return response.json()

    def send(self, method: str, path: str, body: Record, headers: dict[str, str] | None = None) -> httpx.Response:
        response = self.http.request(method, path, json=body, headers=headers)
        response.raise_for_status()
        return response
