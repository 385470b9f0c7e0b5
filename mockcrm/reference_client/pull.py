"""How the client learns what has changed in the CRM: walks from a bound, and everything anew now and then."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mockcrm.base.times import DAY, MILLISECOND, format_instant, parse_instant
from mockcrm.reference_client.crm_api import ATTEMPTS, DELETIONS, EVENTS, Crm, Expired, GaveUp, Page
from mockcrm.reference_client.normalize import Row
from mockcrm.reference_client.safeguards import Virtue
from mockcrm.reference_client.sync_state import Pairing

LOOKBACK = timedelta(minutes=10)
"""Longer than anything takes to become visible in lists."""
MAX_PAGES = 100
"""How many pages a client without a loop guard reads before somebody ends it."""


@dataclass
class Walk:
    """What a walk has brought so far."""

    pages: list[Page] = field(default_factory=list)

    @property
    def rows(self) -> list[Row]:
        return [row for page in self.pages for row in page.rows]

    @property
    def newest(self) -> str | None:
        return max((row["lastModifiedAt"] for row in self.rows if "lastModifiedAt" in row), default=None)


class Reader:
    """Reads one CRM into a pairing, from a bound for each stream."""

    def __init__(self, crm: Crm, pairing: Pairing, virtues: Set[Virtue], *, two_streams: bool) -> None:
        self.crm, self.pairing, self.virtues, self.two_streams = crm, pairing, virtues, two_streams
        self.streams = [DELETIONS, EVENTS] if two_streams and Virtue.TOMBSTONES in virtues else [EVENTS]
        self.bounds: dict[str, str] = {}
        self.largest = ""
        self.read_all_at: datetime | None = None

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
        as_of = parse_instant(walks[EVENTS].pages[0].as_of)
        if Virtue.DAILY in self.virtues and (self.read_all_at is None or as_of - self.read_all_at >= DAY):
            self.read_all()

    def read_all(self) -> None:
        """Read everything anew; what is not there any more is gone. Until then there is no bound to go on from."""
        self.bounds.clear()
        walk = self.walk_in_peace(EVENTS, {})
        if walk.pages[-1].next_token is None:
            for event_id in self.pairing.known.keys() - {row["id"] for row in walk.rows}:
                self.miss(event_id)
        self.read_all_at = parse_instant(walk.pages[0].as_of)
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
            self.crm.wait(1)
        raise GaveUp("The list does not keep still.")

    def stirred(self, path: str, query: Mapping[str, str], walk: Walk) -> bool:
        """Whether something has changed since a walk began."""
        began = walk.pages[0].as_of
        if not self.two_streams and Virtue.TOMBSTONES in self.virtues:
            query = {**query, "showDeleted": "true"}
        paths = self.streams if path == EVENTS and not self.bounds else [path]
        recent = [row for each in paths for row in self.walk(each, {**query, "since": began}, Walk()).rows]
        return any(row.get("lastModifiedAt", "") > began for row in recent)

    def walk(self, path: str, query: Mapping[str, str], walk: Walk) -> Walk:
        """Read pages, and take each row as it comes. Raises `Expired` where the bound or a token is too old."""
        for page in self.pages(path, query):
            walk.pages.append(page)
            for row in page.rows:
                self.pairing.take(row)
            if Virtue.LAST_PAGE not in self.virtues:
                self.move_bound(path, walk)
        return walk

    def pages(self, path: str, query: Mapping[str, str]) -> Iterator[Page]:
        seen: set[str] = set()
        for _ in range(MAX_PAGES):
            page = self.crm.page(path, query)
            yield page
            token = page.next_token
            empty = not page.rows and Virtue.EMPTY_PAGES not in self.virtues
            if token is None or empty or Virtue.ALL_PAGES not in self.virtues:
                return
            if token in seen and Virtue.LOOP_GUARD in self.virtues:
                raise GaveUp("The page tokens go round.")
            seen.add(token)
            if Virtue.TOKENS in self.virtues or "since" not in query:
                query = {"pageToken": token}
            elif not page.rows or page.rows[-1]["lastModifiedAt"] == query["since"]:
                return
            else:
                query = {**query, "since": page.rows[-1]["lastModifiedAt"]}
        raise GaveUp(f"Still walking after {MAX_PAGES} pages.")

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
        page = walk.pages[0 if Virtue.FIRST_PAGE in self.virtues else -1]
        if Virtue.CRM_CLOCK not in self.virtues:
            return walk.pages[-1].clock
        if Virtue.AS_OF in self.virtues:
            return page.as_of
        self.largest = max(walk.newest or "", self.largest)
        return format_instant(parse_instant(self.largest) + MILLISECOND) if self.largest else page.as_of

    def miss(self, event_id: str) -> None:
        """Decide what it means that an event is not in a list of everything."""
        if Virtue.BY_ID in self.virtues and (found := self.crm.look_up(event_id)):
            self.pairing.take(found.row)
        elif Virtue.ABSENCE in self.virtues:
            self.pairing.forget(event_id)
        else:
            self.pairing.release(event_id)
