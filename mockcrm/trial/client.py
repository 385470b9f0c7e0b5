"""A careful two-way sync between a CRM and a mailbox, as short as it can be: a worked example, and the audit's measure.

A sync first carries over what the user did in the mailbox, then reads what has changed in the CRM. It may fail at any
point; then it raises `GaveUp`, and the next one takes up from where the last that succeeded had come to. Where both
sides have changed an event, the CRM's word holds.

Each thing that it is careful about is a `Virtue`. A client `without` some of them is as broken as the many that sync
calendars out there; see `mockcrm.trial.matrix`.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any

from mockcrm.times import MILLISECOND, format_instant, parse_instant
from mockcrm.trial.mailbox import Content, Item, Mailbox
from mockcrm.trial.transport import NoAnswer, Response, Send

Row = Mapping[str, Any]

EVENTS, DELETIONS = "/events", "/deletedEvents"
LOOKBACK = timedelta(minutes=10)
"""Longer than anything takes to become visible in lists."""
DAY = timedelta(days=1)
ATTEMPTS = 6
"""How often a request is sent, or a walk begun, until it succeeds."""
MAX_PAGES = 100
"""How many pages a client without a loop guard reads before somebody ends it."""
GONE = (404, 410)


class Virtue(Enum):
    """What a careful client does, and what becomes of it without that."""

    AS_OF = "Takes asOf for the next bound; without, the largest stamp that it has read, and a millisecond more."
    CRM_CLOCK = "Goes by the CRM's clock; without, by its own, which says what the header Date says."
    FIRST_PAGE = "Takes asOf from a walk's first page; without, from its last."
    LOOKBACK = "Puts the bound back, so that what becomes visible late is read after all."
    OWN_BOUNDS = "Keeps a bound for each stream; without, the later of two serves both."
    LAST_PAGE = "Moves the bound when the last page is in; without, with each page."
    ALL_PAGES = "Reads every page; without, the first."
    EMPTY_PAGES = "Goes on behind an empty page; without, takes it for the last."
    TOKENS = "Turns pages by their tokens; without, asks from the last row's stamp on."
    LOOP_GUARD = "Notices when the page tokens go round."
    STILL = "Walks again when something changed between two pages."
    GOES_ON = "Asks on from the newest row of a delta until there is none newer, in case the walk was cut short."
    TOMBSTONES = "Asks for deletions."
    FULL_RESYNC = "Reads everything anew after a 410; without, takes it for nothing new."
    DAILY = "Reads everything anew once a day."
    BY_ID = "Asks for an event by its id before it takes its absence for a deletion."
    HASHES = "Tells by a hash of the content what has changed; without, takes each row and each revision for a change."
    IF_MATCH = "Looks before it writes, and writes with If-Match; without, overwrites whatever is there."
    KEYS = "Creates with an Idempotency-Key."
    RETRIES = "Asks again when there was no answer, or a 5xx."
    PATIENCE = "Waits as long as Retry-After says; without, asks again at once."
    SIGNS_IN = "Gets new credentials after a 401."


class GaveUp(Exception):
    """A sync that failed; the next one will try again."""


class Expired(Exception):
    """A bound, or a page token, that the CRM has no answer to any more."""


@dataclass(frozen=True)
class Known:
    """What both sides had when they last agreed on an event: the entry in the mailbox, and a hash of the content.

    `stamp` is the CRM's, `revision` the mailbox's.
    """

    item_id: str
    digest: str
    stamp: str
    revision: int


@dataclass
class Walk:
    """What a walk has brought so far: its pages, and the client's own clock at the last of them."""

    pages: list[Any] = field(default_factory=list)
    clock: str = ""

    @property
    def rows(self) -> list[Row]:
        return [row for page in self.pages for row in page["records"]]

    @property
    def newest(self) -> str | None:
        return max((row["lastModifiedAt"] for row in self.rows if "lastModifiedAt" in row), default=None)


class Client:
    """One client of one CRM.

    `two_streams` is for a CRM that tells of deletions only in a list of their own. `wait` sleeps so many seconds;
    `credentials` gets a new value for the header `Authorization`.
    """

    def __init__(
        self,
        send: Send,
        mailbox: Mailbox,
        *,
        without: Set[Virtue] = frozenset(),
        two_streams: bool = False,
        wait: Callable[[float], object] = time.sleep,
        credentials: Callable[[], str] | None = None,
        name: str = "careful",
    ) -> None:
        self.send, self.mailbox, self.wait, self.credentials = send, mailbox, wait, credentials
        self.virtues = frozenset(Virtue) - without
        self.streams = [DELETIONS, EVENTS] if two_streams and Virtue.TOMBSTONES in self.virtues else [EVENTS]
        self.two_streams = two_streams
        self.headers = {"X-Mockcrm-Client": name}
        self.known: dict[str, Known] = {}
        self.bounds: dict[str, str] = {}
        self.sending: dict[str, Content] = {}
        self.largest = ""
        self.read_all_at: datetime | None = None

    def sync(self) -> None:
        """Raises `GaveUp`."""
        self.push()
        self.pull()

    # Reading

    def pull(self) -> None:
        if not self.bounds:
            self.read_all()
            return
        try:
            walks = {stream: self.read_delta(stream) for stream in self.streams}
        except Expired:
            if Virtue.FULL_RESYNC in self.virtues:
                self.read_all()
            return
        for stream, walk in walks.items():
            self.move_bound(stream, walk)
        as_of = parse_instant(walks[EVENTS].pages[0]["asOf"])
        if Virtue.DAILY in self.virtues and (self.read_all_at is None or as_of - self.read_all_at >= DAY):
            self.read_all()

    def read_all(self) -> None:
        """Read everything anew; what is not there any more is gone. Until then there is no bound to go on from."""
        self.bounds.clear()
        walk = self.walk_in_peace(EVENTS, {})
        if walk.pages[-1]["nextPageToken"] is None:
            for event_id in self.known.keys() - {row["id"] for row in walk.rows}:
                self.miss(event_id)
        self.read_all_at = parse_instant(walk.pages[0]["asOf"])
        for stream in self.streams:
            self.move_bound(stream, walk)

    def read_delta(self, stream: str) -> Walk:
        """Read what has changed since the stream's bound. Raises `Expired` where that is too old."""
        asks_for_deletions = Virtue.TOMBSTONES in self.virtues and not self.two_streams
        query = {"showDeleted": "true"} if asks_for_deletions else {}
        walk = self.walk_in_peace(stream, query)
        if Virtue.GOES_ON in self.virtues:
            self.go_on(stream, query, walk)
        return walk

    def go_on(self, stream: str, query: Mapping[str, str], walk: Walk) -> None:
        """Ask from the newest row on until there is none newer: a walk may have been cut short, and not say so."""
        asked, newest = None, walk.newest
        while newest and newest != asked:
            asked = newest
            newest = self.walk(stream, {**query, "since": asked}, Walk()).newest

    def walk_in_peace(self, path: str, query: Mapping[str, str]) -> Walk:
        """A walk from the bound, anew when its token expires, or when what changed meanwhile may have moved rows."""
        for _ in range(ATTEMPTS):
            bound = self.bounds.get(path)
            walk = Walk()
            try:
                self.walk(path, {**query, "since": bound} if bound else query, walk)
            except Expired:
                if not walk.pages:
                    raise
                continue
            if Virtue.STILL not in self.virtues or len(walk.pages) == 1 or not self.stirred(path, query, walk):
                return walk
        raise GaveUp("The list does not keep still.")

    def stirred(self, path: str, query: Mapping[str, str], walk: Walk) -> bool:
        """Whether something has changed since a walk began."""
        began = walk.pages[0]["asOf"]
        if not self.two_streams and Virtue.TOMBSTONES in self.virtues:
            query = {**query, "showDeleted": "true"}
        paths = self.streams if path == EVENTS and not self.bounds else [path]
        recent = [row for each in paths for row in self.walk(each, {**query, "since": began}, Walk()).rows]
        return any(row.get("lastModifiedAt", "") > began for row in recent)

    def walk(self, path: str, query: Mapping[str, str], walk: Walk) -> Walk:
        """Read pages, and take each row as it comes. Raises `Expired` where the bound or a token is too old."""
        for page in self.pages(path, query):
            walk.pages.append(page)
            walk.clock = self.clock
            for row in page["records"]:
                self.take(row)
            if Virtue.LAST_PAGE not in self.virtues:
                self.move_bound(path, walk)
        return walk

    def pages(self, path: str, query: Mapping[str, str]) -> Iterator[Any]:
        seen: set[str] = set()
        for _ in range(MAX_PAGES):
            page = self.page(path, query)
            yield page
            token = page["nextPageToken"]
            empty = not page["records"] and Virtue.EMPTY_PAGES not in self.virtues
            if token is None or empty or Virtue.ALL_PAGES not in self.virtues:
                return
            if token in seen and Virtue.LOOP_GUARD in self.virtues:
                raise GaveUp("The page tokens go round.")
            seen.add(token)
            if Virtue.TOKENS in self.virtues or "since" not in query:
                query = {"pageToken": token}
            elif not page["records"] or page["records"][-1]["lastModifiedAt"] == query["since"]:
                return
            else:
                query = {**query, "since": page["records"][-1]["lastModifiedAt"]}
        raise GaveUp(f"Still walking after {MAX_PAGES} pages.")

    def page(self, path: str, query: Mapping[str, str]) -> Any:
        response = self.ask("GET", path, query)
        if response.status == 410:
            raise Expired
        return expect(response).json

    def move_bound(self, stream: str, walk: Walk) -> None:
        """Put the bound where the next walk of a stream shall begin."""
        bound = parse_instant(self.next_bound(walk))
        if Virtue.LOOKBACK in self.virtues:
            bound -= LOOKBACK
        streams = [stream] if Virtue.OWN_BOUNDS in self.virtues else self.streams
        for each in streams:
            other = parse_instant(self.bounds[each]) if len(streams) > 1 and each in self.bounds else bound
            self.bounds[each] = format_instant(max(bound, other))

    def next_bound(self, walk: Walk) -> str:
        as_of: str = walk.pages[0 if Virtue.FIRST_PAGE in self.virtues else -1]["asOf"]
        if Virtue.CRM_CLOCK not in self.virtues:
            return walk.clock
        if Virtue.AS_OF in self.virtues:
            return as_of
        self.largest = max(walk.newest or "", self.largest)
        return format_instant(parse_instant(self.largest) + MILLISECOND) if self.largest else as_of

    def take(self, row: Row) -> None:
        """Bring a row into the mailbox."""
        event_id = row["id"]
        if row.get("deleted"):
            self.forget(event_id)
            return
        known, content = self.known.get(event_id), content_of(row)
        if known and known.digest == digest_of(content) and Virtue.HASHES in self.virtues:
            self.known[event_id] = Known(known.item_id, known.digest, row["lastModifiedAt"], known.revision)
            return
        if known and known.item_id in self.mailbox.items:
            item, agreed = self.mailbox.edit(known.item_id, content), known.revision
        else:
            item, agreed = self.mailbox.create(content, event_id), 1
        self.agree(event_id, item, row, item.revision if Virtue.HASHES in self.virtues else agreed)

    def agree(self, event_id: str, item: Item, row: Row, revision: int) -> None:
        self.known[event_id] = Known(item.id, digest_of(content_of(row)), row["lastModifiedAt"], revision)

    def miss(self, event_id: str) -> None:
        """Decide what it means that an event is not in a list of everything."""
        if Virtue.BY_ID not in self.virtues or (found := self.look_up(event_id)) is None:
            self.forget(event_id)
        else:
            self.take(found.json)

    def forget(self, event_id: str) -> None:
        known = self.known.pop(event_id, None)
        if known and known.item_id in self.mailbox.items:
            self.mailbox.delete(known.item_id)

    def replica(self) -> dict[str, Row]:
        """What this client has, as the CRM would tell it."""
        return {
            event_id: {**self.mailbox.items[known.item_id].content, "id": event_id, "lastModifiedAt": known.stamp}
            for event_id, known in self.known.items()
            if known.item_id in self.mailbox.items
        }

    # Writing

    def push(self) -> None:
        for item in list(self.mailbox.items.values()):
            if item.event_id is None:
                self.create(item)
            elif self.is_changed(item, self.known[item.event_id]):
                self.update(item, item.event_id, self.known[item.event_id])
        for event_id, known in list(self.known.items()):
            if known.item_id not in self.mailbox.items:
                self.delete(event_id, known)

    def is_changed(self, item: Item, known: Known) -> bool:
        if Virtue.HASHES in self.virtues:
            return digest_of(item.content) != known.digest
        return item.revision != known.revision

    def create(self, item: Item) -> None:
        """Create an event. A creation whose answer was lost is repeated as it was, under the same key."""
        body = self.sending.setdefault(item.id, item.content)
        key = f"{self.headers['X-Mockcrm-Client']}-{item.id}"
        row = expect(self.ask("POST", EVENTS, body=body, headers=self.only(Virtue.KEYS, "Idempotency-Key", key))).json
        del self.sending[item.id]
        item.event_id = row["id"]
        if item.content == body:
            item.content = content_of(row)
        self.agree(row["id"], item, row, item.revision)

    def update(self, item: Item, event_id: str, known: Known) -> None:
        """Carry the user's changes over, unless the CRM has others: then those hold."""
        changes, tag = item.content, ""
        if Virtue.IF_MATCH in self.virtues:
            found = self.look_up(event_id)
            if found is None:
                self.forget(event_id)
                return
            row = found.json
            if digest_of(content_of(row)) != known.digest:
                self.take(row)
                return
            changes = {name: value for name, value in item.content.items() if value != row[name]}
            tag = found.headers["etag"]
        condition = self.only(Virtue.IF_MATCH, "If-Match", tag)
        response = self.ask("PATCH", f"{EVENTS}/{event_id}", body=changes, headers=condition)
        if response.status in GONE:
            self.forget(event_id)
        elif response.status != 412:
            row = expect(response).json
            item.content = content_of(row)
            self.agree(event_id, item, row, item.revision)

    def delete(self, event_id: str, known: Known) -> None:
        """Carry a deletion over, unless the CRM has something new to say of the event: then it is made again here."""
        tag = ""
        if Virtue.IF_MATCH in self.virtues:
            found = self.look_up(event_id)
            if found is not None and digest_of(content_of(found.json)) != known.digest:
                self.take(found.json)
                return
            tag = found.headers["etag"] if found else tag
        if tag or Virtue.IF_MATCH not in self.virtues:
            response = self.ask("DELETE", f"{EVENTS}/{event_id}", headers=self.only(Virtue.IF_MATCH, "If-Match", tag))
            if response.status == 412:
                return
            if response.status not in GONE:
                expect(response)
        self.forget(event_id)

    def only(self, virtue: Virtue, header: str, value: str) -> Mapping[str, str]:
        return {header: value} if virtue in self.virtues else {}

    def look_up(self, event_id: str) -> Response | None:
        response = self.ask("GET", f"{EVENTS}/{event_id}")
        return None if response.status in GONE else expect(response)

    # Requests

    def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """The answer to a request, which is sent again where that may help. Raises `GaveUp`."""
        for attempt in range(ATTEMPTS):
            pause = 2.0**attempt
            try:
                response = self.send(method, path, query or {}, body, {**self.headers, **(headers or {})})
                if response.status == 200:
                    _ = response.json
            except NoAnswer as error:
                problem = str(error)
            else:
                problem = f"{method} {path}: {response.status}"
                self.clock = format_instant(parsedate_to_datetime(response.headers["date"]))
                if response.status == 401 and self.credentials and Virtue.SIGNS_IN in self.virtues:
                    self.headers["Authorization"] = self.credentials()
                    continue
                if response.status < 500 and response.status != 429:
                    return response
                told = retry_after(response)
                if response.status == 429 or told is not None:
                    self.wait(max(told or 0, pause) if Virtue.PATIENCE in self.virtues else 0)
                    continue
            if Virtue.RETRIES not in self.virtues:
                break
            self.wait(pause)
        raise GaveUp(problem)


def expect(response: Response) -> Response:
    """The same, if it tells of success. Raises `GaveUp`."""
    if response.status >= 400:
        raise GaveUp(f"{response.status}: {response.body[:200]!r}")
    return response


def retry_after(response: Response) -> float | None:
    """How many seconds an answer asks to wait, by the CRM's clock; None where it does not say."""
    told = response.headers.get("retry-after")
    if told is None or told.isdecimal():
        return None if told is None else float(told)
    return (parsedate_to_datetime(told) - parsedate_to_datetime(response.headers["date"])).total_seconds()


def content_of(row: Row) -> Content:
    """What an event says; its id and its stamp are the CRM's."""
    return {name: value for name, value in row.items() if name not in ("id", "lastModifiedAt")}


def digest_of(content: Content) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
