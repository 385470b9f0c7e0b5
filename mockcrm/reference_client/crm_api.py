"""Sends the client's requests to a CRM: which are repeated, and what an answer means."""

from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from mockcrm.base.declaring import dataclass
from mockcrm.base.times import format_instant
from mockcrm.base.wsgi import NoAnswer, Response
from mockcrm.client.transport import Send, SentQuery
from mockcrm.reference_client.normalize import EventRow, local_instant, normal_instant, normal_row
from mockcrm.reference_client.safeguards import Safeguard


def deletions_of(path: str) -> str:
    """The list of what was deleted from a list.

    >>> deletions_of("/contacts"), deletions_of("/calendars/12/events")
    ('/deletedContacts', '/calendars/12/deletedEvents')
    """
    within, _, name = path.rpartition("/")
    return f"{within}/deleted{name.capitalize()}"


EVENTS, DELETIONS = "/events", deletions_of("/events")
SHOW_DELETED = {"showDeleted": "true"}
MAX_ATTEMPTS = 6
"""How often a request is sent, or a paged read started, before the sync gives up."""
GONE = (404, 410)
SHUT = (403, 404)


class GaveUp(Exception):
    """A sync that failed; the next one will try again."""


class AskedToWait(GaveUp):
    """The CRM asked to come again later (`Retry-After`), in more `seconds` than the client is willing to wait."""

    def __init__(self, problem: str, seconds: float) -> None:
        super().__init__(f"{problem}, to be repeated after {seconds:g} s")
        self.seconds = seconds


@contextmanager
def in_attempts(read: set[str]) -> Iterator[None]:
    """A sync. If the CRM asks to come again later, the next one goes on with it: it reads what is not in `read` yet."""
    is_over = True
    try:
        yield
    except AskedToWait:
        is_over = False
        raise
    finally:
        if is_over:
            read.clear()


class DeletionsElsewhere(GaveUp):
    """The CRM shows no deletions among the events: `showDeleted` was refused."""


class CursorExpired(GaveUp):
    """The CRM refused a watermark or a page token as too old (410)."""


class WriteRefused(GaveUp):
    """The CRM refused a write, or a read that it takes, for a reason that does not pass by itself."""


class ListRefused(WriteRefused):
    """The CRM refused a list as such (403, 404): it was not read, which does not say that it is empty."""


class RefusedAfterSilence(GaveUp):
    """The CRM refused a creation after an attempt that got no answer, and that may have created the event."""


@dataclass(frozen=True)
class ListPage:
    """A page of a list. `clock` is the time of its arrival by the client's own clock."""

    rows: list[EventRow]
    next_token: str | None
    as_of: str
    clock: str


@dataclass(frozen=True)
class StoredEvent:
    """An event, or a record of another kind, as read by its id, and its tag."""

    row: EventRow
    tag: str


class CrmApi:
    """The API of a CRM, as one client uses it; `headers` go with every request.

    `two_streams` says that deletions are listed in `/deletedEvents` alone; None as long as that is not known. The
    client waits at most `max_wait` seconds at a time.
    """

    def __init__(
        self,
        send: Send,
        headers: dict[str, str],
        safeguards: Set[Safeguard],
        wait: Callable[[float], object],
        credentials: Callable[[], str] | None,
        *,
        two_streams: bool | None,
        max_wait: float,
    ) -> None:
        self.send, self.headers, self.safeguards = send, headers, safeguards
        self.wait, self.credentials = wait, credentials
        self.two_streams, self.max_wait = two_streams, max_wait

    def find_deletions(self) -> None:
        """Find out where the CRM lists deletions, if that is not known. Raises `GaveUp`."""
        if self.two_streams is None:
            self.two_streams = self.ask("HEAD", EVENTS, SHOW_DELETED).status == 400

    def now(self) -> datetime:
        """What the CRM's clock says. Raises `GaveUp`."""
        return parsedate_to_datetime(self.ask("OPTIONS", EVENTS).headers["date"])

    def page(self, path: str, query: SentQuery) -> ListPage:
        """One page of a list. Raises `CursorExpired`, `DeletionsElsewhere`, `ListRefused` and `GaveUp`."""
        response = self.ask("GET", path, query)
        if response.status == 410:
            raise CursorExpired(f"GET {path}: 410")
        if refuses_deletions(response):
            self.two_streams = True
            raise DeletionsElsewhere(f"GET {path}: 400")
        if response.status in SHUT:
            raise ListRefused(f"GET {path}: {response.status}")
        body, date = expect_success(response).json, date_of(response)
        if SHOW_DELETED.items() <= query.items():
            self.two_streams = False
        if isinstance(body, list):
            # A bare list has no asOf of its own; its Date header stands in.
            body = {"records": body, "nextPageToken": _token_in(response.headers.get("link")), "asOf": date}
        rows = list(map(normal_row, body["records"]))
        as_of = (normal_instant if Safeguard.UTC_STAMPS in self.safeguards else local_instant)(body["asOf"])
        return ListPage(rows, body["nextPageToken"], as_of, date)

    def look_up(self, record_id: str, path: str = EVENTS) -> StoredEvent | None:
        """A record by its id; None if it is gone, or was merged into another. Raises `GaveUp`."""
        response = self.ask("GET", f"{path}/{record_id}")
        if response.status in GONE:
            return None
        row = normal_row(expect_success(response).json)
        return StoredEvent(row, response.headers["etag"]) if row["id"] == record_id else None

    def tag_of(self, event_id: str, path: str = EVENTS) -> str | None:
        """The tag of an event, without the event; None if it is gone. Raises `GaveUp`."""
        response = self.ask("HEAD", f"{path}/{event_id}")
        return None if response.status in GONE else expect_success(response).headers["etag"]

    def ask(
        self,
        method: str,
        path: str,
        query: SentQuery | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """The answer to a request, which is repeated where that may help. Raises `GaveUp`.

        It raises `RefusedAfterSilence` if a creation is refused after an attempt without an answer, and `AskedToWait`.
        """
        unanswered = False
        for attempt in range(MAX_ATTEMPTS):
            pause = min(2.0**attempt, self.max_wait)
            try:
                response = self.send(method, path, query or {}, body, {**self.headers, **(headers or {})})
                if response.status < 300 and response.body:
                    _ = response.json
            except NoAnswer as error:
                problem, unanswered = str(error), True
            else:
                problem = f"{method} {path}: {response.status}"
                if response.status == 401 and self.credentials and Safeguard.NEW_CREDENTIALS in self.safeguards:
                    self.headers["Authorization"] = self.credentials()
                    continue
                if response.status < 500 and response.status != 429:
                    if unanswered and method == "POST" and response.status >= 400:
                        raise RefusedAfterSilence(problem)
                    return response
                unanswered = unanswered or response.status != 429
                asked = retry_after(response)
                if response.status == 429 or asked is not None:
                    self.wait(self.pause_after(problem, max(asked or 0, pause)))
                    continue
            if Safeguard.RETRIES not in self.safeguards:
                break
            self.wait(pause)
        raise GaveUp(problem)

    def pause_after(self, problem: str, seconds: float) -> float:
        """How long to wait where the CRM asked for some seconds. Raises `AskedToWait`."""
        if Safeguard.RETRY_AFTER not in self.safeguards:
            return 0
        if seconds > self.max_wait:
            raise AskedToWait(problem, seconds)
        return seconds


def expect_success(response: Response) -> Response:
    """The same response, if its status says success. Raises `GaveUp`: `WriteRefused` if the reason does not pass."""
    if response.status >= 400:
        problem = f"{response.status}: {response.body[:200]!r}"
        raise GaveUp(problem) if response.status == 401 else WriteRefused(problem)
    return response


def refuses_deletions(response: Response) -> bool:
    """Whether a list was refused because it was to show deletions."""
    if response.status != 400:
        return False
    try:
        answer = response.json
    except NoAnswer:
        return False
    return isinstance(answer, dict) and "showDeleted" in answer.get("details", {})


def retry_after(response: Response) -> float | None:
    """How many seconds an answer asks to wait, by the CRM's clock; None without `Retry-After`."""
    text = response.headers.get("retry-after")
    if text is None or text.isdecimal():
        return None if text is None else float(text)
    return (parsedate_to_datetime(text) - parsedate_to_datetime(response.headers["date"])).total_seconds()


def date_of(response: Response) -> str:
    return format_instant(parsedate_to_datetime(response.headers["date"]))


def _token_in(link: str | None) -> str | None:
    """The page token in a header `Link: <…?pageToken=…>; rel="next"`."""
    return parse_qs(urlsplit(link[1 : link.index(">")]).query)["pageToken"][0] if link else None
