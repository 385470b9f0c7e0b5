"""Reads what changed in the CRM since the watermark, and now and then everything."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mockcrm.base.times import MILLISECOND, format_instant, parse_instant
from mockcrm.reference_client.crm_api import (
    DELETIONS,
    EVENTS,
    MAX_ATTEMPTS,
    CrmApi,
    CursorExpired,
    GaveUp,
    ListPage,
)
from mockcrm.reference_client.normalize import EventRow
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.reference_client.sync_state import SyncState

LOOKBACK = timedelta(minutes=10)
"""Longer than any change takes to become visible in lists."""
RESYNC_INTERVAL = timedelta(days=1)
MAX_PAGES = 100
"""How many pages a client without a loop guard reads before it gives up."""


@dataclass
class ClientRead:
    """The pages that a paged read has returned so far."""

    pages: list[ListPage] = field(default_factory=list)

    @property
    def rows(self) -> list[EventRow]:
        return [row for page in self.pages for row in page.rows]

    @property
    def newest(self) -> str | None:
        """The largest stamp of the rows."""
        return max((row["lastModifiedAt"] for row in self.rows if "lastModifiedAt" in row), default=None)


class Puller:
    """Reads one CRM into a sync state, from a watermark for each stream."""

    def __init__(self, crm: CrmApi, state: SyncState, safeguards: Set[Safeguard], *, two_streams: bool) -> None:
        self.crm, self.state, self.safeguards, self.two_streams = crm, state, safeguards, two_streams
        self.streams = [DELETIONS, EVENTS] if two_streams and Safeguard.TOMBSTONES in safeguards else [EVENTS]
        self.watermarks: dict[str, str] = {}
        self.largest = ""
        self.read_all_at: datetime | None = None

    def pull(self) -> None:
        """Apply what changed since the last pull. Raises `GaveUp`."""
        if not self.watermarks:
            self.read_all()
            return
        try:
            reads = {stream: self.read_delta(stream) for stream in self.streams}
        except CursorExpired:
            if Safeguard.FULL_RESYNC in self.safeguards:
                self.read_all()
            return
        for stream, read in reads.items():
            self.move_watermark(stream, read)
        if Safeguard.DAILY_RESYNC in self.safeguards and self.is_resync_due(reads[EVENTS]):
            self.read_all()

    def is_resync_due(self, read: ClientRead) -> bool:
        as_of = parse_instant(read.pages[0].as_of)
        return self.read_all_at is None or as_of - self.read_all_at >= RESYNC_INTERVAL

    def read_all(self) -> None:
        """Read everything. An event that is missing is gone. Until the read is complete there is no watermark."""
        self.watermarks.clear()
        read = self.read_stably(EVENTS, {})
        if read.pages[-1].next_token is None:
            for event_id in self.state.known.keys() - {row["id"] for row in read.rows}:
                self.handle_absence(event_id)
        self.read_all_at = parse_instant(read.pages[0].as_of)
        for stream in self.streams:
            self.move_watermark(stream, read)

    def read_delta(self, stream: str) -> ClientRead:
        """Read what changed since the stream's watermark. Raises `CursorExpired` if the watermark is too old."""
        asks_for_deletions = Safeguard.TOMBSTONES in self.safeguards and not self.two_streams
        query = {"showDeleted": "true"} if asks_for_deletions else {}
        read = self.read_stably(stream, query)
        if Safeguard.READ_ON in self.safeguards:
            self.read_on(stream, query, read)
        return read

    def read_on(self, stream: str, query: Mapping[str, str], read: ClientRead) -> None:
        """Ask from the newest row until nothing is newer: a CRM may cut a list short and not say so."""
        asked, newest = None, read.newest
        while newest and newest != asked:
            asked = newest
            newest = self.read_pages(stream, {**query, "since": asked}, ClientRead()).newest

    def read_stably(self, path: str, query: Mapping[str, str]) -> ClientRead:
        """A paged read from the watermark, repeated if a token expires or a change may have moved rows meanwhile."""
        for _ in range(MAX_ATTEMPTS):
            watermark = self.watermarks.get(path)
            read = ClientRead()
            try:
                self.read_pages(path, {**query, "since": watermark} if watermark else query, read)
            except CursorExpired:
                if not read.pages:
                    raise
                continue
            if self.is_stable(path, query, read):
                return read
            self.crm.wait(1)
        raise GaveUp("The list changed during each attempt to read it.")

    def is_stable(self, path: str, query: Mapping[str, str], read: ClientRead) -> bool:
        """Whether no change can have moved a row between two pages, as far as this client checks it."""
        if Safeguard.STABLE_READ not in self.safeguards or len(read.pages) == 1:
            return True
        start = read.pages[0].as_of
        if not self.two_streams and Safeguard.TOMBSTONES in self.safeguards:
            query = {**query, "showDeleted": "true"}
        paths = self.streams if path == EVENTS and not self.watermarks else [path]
        recent = [row for each in paths for row in self.read_pages(each, {**query, "since": start}, ClientRead()).rows]
        return not any(row.get("lastModifiedAt", "") > start for row in recent)

    def read_pages(self, path: str, query: Mapping[str, str], read: ClientRead) -> ClientRead:
        """Read all pages into `read`, and apply each row. Raises `CursorExpired` if the watermark or a token is old."""
        for page in self.pages(path, query):
            read.pages.append(page)
            for row in page.rows:
                self.state.apply(row)
            if Safeguard.LAST_PAGE not in self.safeguards:
                self.move_watermark(path, read)
        return read

    def pages(self, path: str, query: Mapping[str, str]) -> Iterator[ListPage]:
        seen: set[str] = set()
        for _ in range(MAX_PAGES):
            page = self.crm.page(path, query)
            yield page
            token = page.next_token
            empty = not page.rows and Safeguard.EMPTY_PAGES not in self.safeguards
            if token is None or empty or Safeguard.ALL_PAGES not in self.safeguards:
                return
            if token in seen and Safeguard.LOOP_GUARD in self.safeguards:
                raise GaveUp("The page tokens form a loop.")
            seen.add(token)
            if Safeguard.PAGE_TOKENS in self.safeguards or "since" not in query:
                query = {"pageToken": token}
            elif not page.rows or page.rows[-1]["lastModifiedAt"] == query["since"]:
                return
            else:
                query = {**query, "since": page.rows[-1]["lastModifiedAt"]}
        raise GaveUp(f"The list has more than {MAX_PAGES} pages.")

    def move_watermark(self, stream: str, read: ClientRead) -> None:
        """Set the watermark from which the stream's next read starts."""
        watermark = parse_instant(self.next_watermark(read))
        if Safeguard.LOOKBACK in self.safeguards:
            watermark -= LOOKBACK
        streams = [stream] if Safeguard.OWN_WATERMARKS in self.safeguards else self.streams
        for each in streams:
            shared = len(streams) > 1 and each in self.watermarks
            other = parse_instant(self.watermarks[each]) if shared else watermark
            self.watermarks[each] = format_instant(max(watermark, other))

    def next_watermark(self, read: ClientRead) -> str:
        """The instant that the client takes as its next watermark, before any lookback."""
        page = read.pages[0 if Safeguard.FIRST_PAGE in self.safeguards else -1]
        if Safeguard.CRM_CLOCK not in self.safeguards:
            return read.pages[-1].clock
        if Safeguard.AS_OF in self.safeguards:
            return page.as_of
        self.largest = max(read.newest or "", self.largest)
        return format_instant(parse_instant(self.largest) + MILLISECOND) if self.largest else page.as_of

    def handle_absence(self, event_id: str) -> None:
        """Decide what to do about an event that a full list no longer contains."""
        if Safeguard.ABSENCE_CHECK in self.safeguards and (found := self.crm.look_up(event_id)):
            self.state.apply(found.row)
        elif Safeguard.ABSENCE_IS_DELETION in self.safeguards:
            self.state.forget(event_id)
        else:
            self.state.release(event_id)
