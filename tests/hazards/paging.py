"""Paging."""

from collections.abc import Iterator

import httpx

from mockcrm.base.times import format_instant, parse_duration, parse_instant
from tests.hazards.client import Client, GaveUp, Record
from tests.hazards.world import Hazard

PATIENCE = 100
"""After how many pages of one read a client counts as hung."""
ATTEMPTS = 5
"""How often a paged read is repeated because something changed meanwhile."""


class BelievesTheWalk(Client):
    """Takes one paged read for everything up to its `asOf`, and has no lookback."""

    lookback = "0s"


class GoesByStamp(Client):
    """Reads a delta without page tokens: asks for what was changed since the last row it got, until nothing is new."""

    def pages(self, parameters: dict[str, str], path: str = "/events") -> Iterator[Record]:
        if "since" not in parameters:
            yield from super().pages(parameters, path)
            return
        while True:
            page = self.get(path, parameters)
            yield page
            newest = page["records"][-1]["lastModifiedAt"] if page["records"] else parameters["since"]
            if newest == parameters["since"]:
                if page["nextPageToken"] is not None:
                    raise GaveUp("more rows on one stamp than a page holds")
                return
            parameters = {**parameters, "since": newest}


class WalksAgain(Client):
    """Repeats a paged read if something changed since it began."""

    def read(self, parameters: dict[str, str], path: str = "/events") -> tuple[Record, list[Record]]:
        for _ in range(ATTEMPTS):
            first, rows = super().read(parameters, path)
            _, recent = super().read({"since": first["asOf"], "showDeleted": "true"})
            if all(row["lastModifiedAt"] <= first["asOf"] for row in recent):
                return first, rows
        raise GaveUp("the list does not keep still")


class SpeaksForTheLastPage(Client):
    """Takes the last page's `asOf` for the whole read's."""

    def read(self, parameters: dict[str, str], path: str = "/events") -> tuple[Record, list[Record]]:
        pages = list(self.pages(parameters, path))
        return pages[-1], [row for page in pages for row in page["records"]]


class FollowsAnyToken(Client):
    """Goes on for as long as a page has a token."""

    def pages(self, parameters: dict[str, str], path: str = "/events") -> Iterator[Record]:
        for _ in range(PATIENCE):
            page = self.get(path, parameters)
            yield page
            if page["nextPageToken"] is None:
                return
            parameters = {"pageToken": page["nextPageToken"]}
        raise TimeoutError(f"no end after {PATIENCE} pages")


class LooksUpBeforehand(Client):
    """Looks up its events once, before a paged read, and makes an entry for every row that it lacked then."""

    def __init__(self, http: httpx.Client) -> None:
        super().__init__(http)
        self.calendar: list[str] = []
        self.known: set[str] = set()

    def pull(self) -> None:
        self.known = set(self.replica)
        super().pull()

    def take(self, row: Record) -> None:
        if row["id"] not in self.known:
            self.calendar.append(row["id"])
        super().take(row)

    def entries(self) -> list[str]:
        return self.calendar


class StopsAtAnEmptyPage(Client):
    """Takes a page without rows for the last."""

    def pages(self, parameters: dict[str, str], path: str = "/events") -> Iterator[Record]:
        for page in super().pages(parameters, path):
            yield page
            if not page["records"]:
                return


class KeepsHalfAWalk(Client):
    """Takes a paged read that is refused in the middle for a complete one."""

    def pages(self, parameters: dict[str, str], path: str = "/events") -> Iterator[Record]:
        try:
            yield from super().pages(parameters, path)
        except httpx.HTTPStatusError as error:
            if error.response.status_code != 410:
                raise


class NoFurtherThanItsRows(Client):
    """Sets its next watermark no later than its newest row, whatever `asOf` says; without rows it stays."""

    def next_watermark(self, first: Record, rows: list[Record]) -> str:
        if not rows:
            return self.since or super().next_watermark(first, rows)
        newest = max(parse_instant(row["lastModifiedAt"]) for row in rows)
        return format_instant(newest - parse_duration(self.lookback))


class HalvesTheTime(Client):
    """Knows how many rows the CRM returns at most. As long as it gets so many, it asks for each half of the time."""

    most = 2

    def pages(self, parameters: dict[str, str], path: str = "/events") -> Iterator[Record]:
        for page in super().pages(parameters, path):
            yield page
            if len(page["records"]) == self.most:
                middle = max(row["startTime"] for row in page["records"])
                yield from self.pages({**parameters, "endAt": middle}, path)
                yield from self.pages({**parameters, "startAt": middle}, path)


HAZARDS = (
    Hazard(
        "edit-during-paging",
        naive=BelievesTheWalk,
        careful=GoesByStamp,
        without=("dialect.paging",),
        symptoms="M",
    ),
    Hazard(
        "delete-during-paging",
        naive=BelievesTheWalk,
        careful=WalksAgain,
        without=("dialect.paging",),
        symptoms="M",
    ),
    Hazard(
        "insert-during-paging",
        naive=SpeaksForTheLastPage,
        careful=Client,
        without=("dialect.deltaOrder",),
        symptoms="M",
    ),
    Hazard(
        "token-loop",
        naive=FollowsAnyToken,
        careful=Client,
        without=("faults",),
        symptoms="C",
    ),
    Hazard(
        "duplicate-page",
        naive=LooksUpBeforehand,
        careful=Client,
        without=("faults",),
        symptoms="D",
    ),
    Hazard(
        "empty-page-with-next",
        naive=StopsAtAnEmptyPage,
        careful=Client,
        without=("faults",),
        symptoms="M",
    ),
    Hazard(
        "page-token-expired",
        naive=KeepsHalfAWalk,
        careful=Client,
        without=("dialect.pageTokenLife",),
        symptoms="M",
    ),
    Hazard(
        "newest-token-on-truncated-page",
        naive=BelievesTheWalk,
        careful=NoFurtherThanItsRows,
        without=("steps[5]",),
        symptoms="M",
    ),
    Hazard(
        "result-cap",
        naive=BelievesTheWalk,
        careful=GoesByStamp,
        without=("dialect.resultCap",),
        symptoms="M",
    ),
    Hazard(
        "cap-on-one-stamp",
        naive=GoesByStamp,
        careful=HalvesTheTime,
        without=("clock.tick",),
        symptoms="M",
    ),
)
