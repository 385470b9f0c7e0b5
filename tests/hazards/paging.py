"""Paging."""

from collections.abc import Iterator

import httpx

from mockcrm.base.times import format_instant, parse_duration, parse_instant
from tests.hazards.client import Client, GaveUp, Record
from tests.hazards.world import Hazard

PATIENCE = 100
"""How many pages of a walk somebody waits for before they end a client that has hung."""
ATTEMPTS = 5
"""How often a walk is begun anew because something has changed meanwhile."""


class BelievesTheWalk(Client):
    """Takes what one walk along the page tokens brings for everything up to its `asOf`, and never looks back."""

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
    """Begins a walk anew when it turns out, at its end, that something was changed since it began."""

    def walk(self, parameters: dict[str, str], path: str = "/events") -> tuple[Record, list[Record]]:
        for _ in range(ATTEMPTS):
            first, rows = super().walk(parameters, path)
            _, recent = super().walk({"since": first["asOf"], "showDeleted": "true"})
            if all(row["lastModifiedAt"] <= first["asOf"] for row in recent):
                return first, rows
        raise GaveUp("the list does not keep still")


class SpeaksForTheLastPage(Client):
    """Takes the last page's `asOf` for the whole walk's."""

    def walk(self, parameters: dict[str, str], path: str = "/events") -> tuple[Record, list[Record]]:
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
        raise TimeoutError(f"still walking after {PATIENCE} pages")


class LooksUpBeforehand(Client):
    """Looks up once, before a walk, what it has, and makes an entry for every row that it had not."""

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
    """Takes a walk that is refused in the middle for one that is over."""

    def pages(self, parameters: dict[str, str], path: str = "/events") -> Iterator[Record]:
        try:
            yield from super().pages(parameters, path)
        except httpx.HTTPStatusError as error:
            if error.response.status_code != 410:
                raise


class NoFurtherThanItsRows(Client):
    """Puts its next bound no later than the newest row it got, whatever `asOf` says; without rows it stays."""

    def next_bound(self, first: Record, rows: list[Record]) -> str:
        if not rows:
            return self.since or super().next_bound(first, rows)
        newest = max(parse_instant(row["lastModifiedAt"]) for row in rows)
        return format_instant(newest - parse_duration(self.lookback))


HAZARDS = (
    Hazard(
        "edit-during-paging",
        naive=BelievesTheWalk,
        careful=GoesByStamp,
        without=("dialect.paging",),
        symptom="M",
    ),
    Hazard(
        "delete-during-paging",
        naive=BelievesTheWalk,
        careful=WalksAgain,
        without=("dialect.paging",),
        symptom="M",
    ),
    Hazard(
        "insert-during-paging",
        naive=SpeaksForTheLastPage,
        careful=Client,
        without=("dialect.deltaOrder",),
        symptom="M",
    ),
    Hazard(
        "token-loop",
        naive=FollowsAnyToken,
        careful=Client,
        without=("faults",),
        symptom="C",
    ),
    Hazard(
        "duplicate-page",
        naive=LooksUpBeforehand,
        careful=Client,
        without=("faults",),
        symptom="D",
    ),
    Hazard(
        "empty-page-with-next",
        naive=StopsAtAnEmptyPage,
        careful=Client,
        without=("faults",),
        symptom="M",
    ),
    Hazard(
        "page-token-expired",
        naive=KeepsHalfAWalk,
        careful=Client,
        without=("dialect.pageTokenLife",),
        symptom="M",
    ),
    Hazard(
        "newest-token-on-truncated-page",
        naive=BelievesTheWalk,
        careful=NoFurtherThanItsRows,
        without=("steps[5]",),
        symptom="M",
    ),
    Hazard(
        "result-cap",
        naive=BelievesTheWalk,
        careful=GoesByStamp,
        without=("dialect.resultCap",),
        symptom="M",
    ),
)
