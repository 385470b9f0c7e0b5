"""Reads lists of a CRM page by page, applies their rows, and works out the watermark for the next read."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import field
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

from mockcrm.base.declaring import dataclass
from mockcrm.base.times import MILLISECOND, format_instant, parse_instant
from mockcrm.reference_client.crm_api import (
    EVENTS,
    MAX_ATTEMPTS,
    SHOW_DELETED,
    AskedToWait,
    CrmApi,
    CursorExpired,
    DeletionsElsewhere,
    GaveUp,
    ListPage,
)
from mockcrm.reference_client.normalize import EventRow
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.reference_client.windows import halves, window_of

KeptT = TypeVar("KeptT")

LOOKBACK = timedelta(minutes=10)
"""Longer than any change takes to become visible in lists."""
RESYNC_INTERVAL = timedelta(days=1)
MAX_PAGES = 100
"""How many pages a client without a loop guard reads before it gives up."""


@dataclass
class ClientRead:
    """A paged read: the list and the query that it began with, and the pages that it has returned so far."""

    path: str
    query: Mapping[str, str]
    pages: list[ListPage] = field(default_factory=list)

    @property
    def rows(self) -> list[EventRow]:
        return [row for page in self.pages for row in page.rows]

    @property
    def ids(self) -> set[str]:
        return {row["id"] for row in self.rows}

    @property
    def newest(self) -> str | None:
        """The largest stamp of the rows."""
        return max((row["lastModifiedAt"] for row in self.rows if "lastModifiedAt" in row), default=None)


class ReaderTarget(Protocol):
    """What a reader fills: the `known` records by their ids."""

    @property
    def known(self) -> Mapping[str, Any]: ...

    def apply(self, row: EventRow) -> None:
        """Apply a row of the CRM, a record or a tombstone."""

    def forget(self, event_id: str) -> None:
        """Forget a record that was deleted."""

    def release(self, event_id: str) -> None:
        """Forget a record that is missing, as a client does that takes it for new."""


class ListCopy(ABC, Generic[KeptT]):
    """A copy of a list, which a reader fills: of each record what is `kept` of its row, by its id."""

    def __init__(self) -> None:
        self.known: dict[str, KeptT] = {}

    @abstractmethod
    def kept(self, row: EventRow) -> KeptT: ...

    def apply(self, row: EventRow) -> None:
        """Apply a row of the CRM, a record or a tombstone."""
        if row.get("deleted"):
            self.forget(row["id"])
        else:
            self.known[row["id"]] = self.kept(row)

    def forget(self, record_id: str) -> None:
        self.known.pop(record_id, None)

    def release(self, record_id: str) -> None:
        self.known.pop(record_id, None)


@dataclass(frozen=True)
class Setting:
    """What a reader works with.

    `clock` tells the client's own time. With `probes` the client asks for one record before it reads much. `path` is
    the list that it reads.
    """

    crm: CrmApi
    state: ReaderTarget
    safeguards: Set[Safeguard]
    clock: Callable[[], datetime]
    probes: bool = False
    path: str = EVENTS


class Pager(ABC):
    """Reads lists of one CRM into a sync state. What it asks for, and when, is up to a design (`designs`).

    `begun` are the paged reads of this pull. If the CRM asks to come again later, they are the `unfinished` ones of the
    next pull, which continues them where they stopped.
    """

    def __init__(self, setting: Setting) -> None:
        self.setting, self.path = setting, setting.path
        self.crm, self.state, self.safeguards = setting.crm, setting.state, setting.safeguards
        self.largest = ""
        self.read_all_at: datetime | None = None
        self.begun: list[ClientRead] = []
        self.unfinished: list[ClientRead] = []

    @abstractmethod
    def pull(self) -> None:
        """Apply what changed since the last pull. Raises `GaveUp`."""

    def update(self) -> None:
        """Pull, and continue what the last pull left unfinished. Raises `GaveUp`."""
        with self.resuming():
            try:
                self.pull()
            except DeletionsElsewhere:
                self.pull()

    @contextmanager
    def resuming(self) -> Iterator[None]:
        """A block that pulls. If the CRM asks to come again later, the next block continues its paged reads."""
        kept: list[ClientRead] = []
        try:
            yield
        except AskedToWait:
            kept = self.begun
            raise
        finally:
            self.unfinished, self.begun = kept, []

    def begin(self, path: str, query: Mapping[str, str]) -> ClientRead:
        """A paged read: the one that the last pull left unfinished, or a new one."""
        same = [each for each in self.unfinished if (each.path, each.query) == (path, query)]
        read = same[-1] if same else ClientRead(path, query)
        self.unfinished = [each for each in self.unfinished if each not in same]
        self.begun.append(read)
        return read

    def probe(self) -> None:
        """Ask for one event, if the client does so, to see whether the CRM answers. The list is not read on."""
        if self.setting.probes:
            self.crm.page(self.path, {"limit": "1"})

    def with_deletions(self) -> Mapping[str, str]:
        """How a delta asks for deletions as well, where they are not a stream of their own."""
        inline = Safeguard.TOMBSTONES in self.safeguards and not self.crm.two_streams
        return SHOW_DELETED if inline else {}

    @property
    def watermark_name(self) -> str:
        """The parameter that has the watermark."""
        return "since" if Safeguard.SINCE in self.safeguards else "startAt"

    @property
    def follows_deletions(self) -> bool:
        """Whether it reads the stream of deletions."""
        return Safeguard.TOMBSTONES in self.safeguards and bool(self.crm.two_streams)

    def read_stably(self, path: str, query: Mapping[str, str]) -> ClientRead:
        """A paged read, repeated if a page token expires or a change may have moved rows meanwhile.

        Raises `CursorExpired` if the watermark is too old, and `GaveUp`.
        """
        for _ in range(MAX_ATTEMPTS):
            read = self.begin(path, self.with_watermark(path, query))
            try:
                self.read_pages(read)
            except CursorExpired:
                if not read.pages:
                    raise
                continue
            if self.is_stable(path, query, read):
                return read
            self.crm.wait(1)
        raise GaveUp("The list changed during each attempt to read it.")

    def with_watermark(self, path: str, query: Mapping[str, str]) -> Mapping[str, str]:
        """A query with the watermark that belongs to it, if any."""
        return query

    def is_stable(self, path: str, query: Mapping[str, str], read: ClientRead) -> bool:
        """Whether no change can have moved a row between two pages, as far as this client checks it."""
        if Safeguard.STABLE_READ not in self.safeguards or len(read.pages) == 1:
            return True
        start = read.pages[0].as_of
        query = {**query, **(self.with_deletions() if path == self.path else {}), "since": start}
        recent = [row for each in self.touched_by(path) for row in self.read_pages(self.begin(each, query)).rows]
        return not any(row.get("lastModifiedAt", "") > start for row in recent)

    def touched_by(self, path: str) -> Sequence[str]:
        """The streams whose changes can move the rows of a list."""
        return [path]

    def read_pages(self, read: ClientRead) -> ClientRead:
        """Read on to the last page, and apply each row. Raises `CursorExpired` if the watermark or a token is old."""
        for page in self.pages(read):
            self.take(page, read)
        return read

    def take(self, page: ListPage, read: ClientRead) -> None:
        """Add a page to a read, and apply its rows."""
        read.pages.append(page)
        for row in page.rows:
            self.state.apply(row)

    def pages(self, read: ClientRead) -> Iterator[ListPage]:
        """The further pages of a list, to the last one. Raises `CursorExpired` and `GaveUp`."""
        query, seen = read.query, {page.next_token for page in read.pages}
        if None in seen:
            return
        if read.pages:
            query = {"pageToken": read.pages[-1].next_token or ""}
        for _ in range(MAX_PAGES):
            page = self.crm.page(read.path, query)
            yield page
            token = page.next_token
            empty = not page.rows and Safeguard.EMPTY_PAGES not in self.safeguards
            if token is None or empty or Safeguard.ALL_PAGES not in self.safeguards:
                return
            if token in seen and Safeguard.LOOP_GUARD in self.safeguards:
                raise GaveUp("The page tokens form a loop.")
            seen.add(token)
            if Safeguard.SAME_QUERY not in self.safeguards:
                query = {**read.query, "since": page.as_of, "pageToken": token}
            elif Safeguard.PAGE_TOKENS in self.safeguards or "since" not in query:
                query = {"pageToken": token}
            elif not page.rows or page.rows[-1]["lastModifiedAt"] == query["since"]:
                return
            else:
                query = {**query, "since": page.rows[-1]["lastModifiedAt"]}
        raise GaveUp(f"The list has more than {MAX_PAGES} pages.")

    def read_on(self, path: str, query: Mapping[str, str], read: ClientRead) -> None:
        """Ask from a delta's newest row until nothing is newer: a CRM may cut a list short and not say so.

        Where all rows of a long list have one stamp, there may be more with this stamp.
        """
        asked, newest = None, read.newest if Safeguard.READ_ON in self.safeguards else None
        while newest and newest != asked:
            before, asked = read, newest
            read = self.read_pages(self.begin(path, {**query, "since": asked}))
            newest = read.newest
            if newest == asked and len(read.rows) == len(before.rows) > 1 and Safeguard.HALVES in self.safeguards:
                self.read_halves(read)

    def read_halves(self, read: ClientRead) -> None:
        """Ask for the two halves of a list that may be cut short, and for halves of these if they are as long."""
        for half in halves(window_of(read.query), read.rows):
            part = self.read_pages(self.begin(read.path, {**read.query, **half.query}))
            if len(part.rows) >= len(read.rows):
                self.read_halves(part)

    def watermark_after(self, read: ClientRead) -> str:
        """The watermark for the read that follows."""
        watermark = parse_instant(self._watermark_of(read))
        return format_instant(watermark - LOOKBACK if Safeguard.LOOKBACK in self.safeguards else watermark)

    def _watermark_of(self, read: ClientRead) -> str:
        page = read.pages[0 if Safeguard.FIRST_PAGE in self.safeguards else -1]
        if Safeguard.CRM_CLOCK not in self.safeguards:
            return read.pages[-1].clock
        if Safeguard.AS_OF in self.safeguards:
            return page.as_of
        self.largest = max(read.newest or "", self.largest)
        return format_instant(parse_instant(self.largest) + MILLISECOND) if self.largest else page.as_of

    def is_resync_due(self, read: ClientRead) -> bool:
        """Whether it is time to read everything again."""
        as_of = parse_instant(read.pages[0].as_of)
        due = self.read_all_at is None or as_of - self.read_all_at >= RESYNC_INTERVAL
        return due and Safeguard.DAILY_RESYNC in self.safeguards

    def handle_absence(self, event_id: str) -> None:
        """Decide what to do about an event that a full list no longer contains."""
        if Safeguard.ABSENCE_CHECK in self.safeguards and (found := self.crm.look_up(event_id, self.path)):
            self.state.apply(found.row)
        elif Safeguard.ABSENCE_IS_DELETION in self.safeguards:
            self.state.forget(event_id)
        else:
            self.state.release(event_id)
