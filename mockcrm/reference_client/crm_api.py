"""How the client asks a CRM: what it sends again, and what it makes of an answer."""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from mockcrm.base.times import format_instant
from mockcrm.base.wsgi import NoAnswer, Response
from mockcrm.client.transport import Send
from mockcrm.reference_client.normalize import Row, plain, plain_instant
from mockcrm.reference_client.safeguards import Virtue

EVENTS, DELETIONS = "/events", "/deletedEvents"
ATTEMPTS = 6
"""How often a request is sent, or a walk begun, until it succeeds."""
GONE = (404, 410)


class GaveUp(Exception):
    """A sync that failed; the next one will try again."""


class Expired(Exception):
    """A bound, or a page token, that the CRM has no answer to any more."""


@dataclass(frozen=True)
class Page:
    """A page of a list. `clock` is what the client's own clock says of when it came."""

    rows: list[Row]
    next_token: str | None
    as_of: str
    clock: str


@dataclass(frozen=True)
class Found:
    """An event as read by its id, and its tag."""

    row: Row
    tag: str


class Crm:
    """A CRM, as one client asks it; `headers` go with every request."""

    def __init__(
        self,
        send: Send,
        headers: dict[str, str],
        virtues: Set[Virtue],
        wait: Callable[[float], object],
        credentials: Callable[[], str] | None,
    ) -> None:
        self.send, self.headers, self.virtues, self.wait, self.credentials = send, headers, virtues, wait, credentials

    def page(self, path: str, query: Mapping[str, str]) -> Page:
        """Raises `Expired` where the bound, or the token, is too old."""
        response = self.ask("GET", path, query)
        if response.status == 410:
            raise Expired
        told, date = expect(response).json, date_of(response)
        if isinstance(told, list):
            # A bare list speaks for the moment that its header tells.
            told = {"records": told, "nextPageToken": _token_in(response.headers.get("link")), "asOf": date}
        return Page(list(map(plain, told["records"])), told["nextPageToken"], plain_instant(told["asOf"]), date)

    def look_up(self, event_id: str) -> Found | None:
        """An event by its id; None where there is none any more."""
        response = self.ask("GET", f"{EVENTS}/{event_id}")
        if response.status in GONE:
            return None
        return Found(plain(expect(response).json), response.headers["etag"])

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
                if response.status < 300 and response.body:
                    _ = response.json
            except NoAnswer as error:
                problem = str(error)
            else:
                problem = f"{method} {path}: {response.status}"
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


def date_of(response: Response) -> str:
    return format_instant(parsedate_to_datetime(response.headers["date"]))


def _token_in(link: str | None) -> str | None:
    """The page token in a header `Link: <…?pageToken=…>; rel="next"`."""
    return parse_qs(urlsplit(link[1 : link.index(">")]).query)["pageToken"][0] if link else None
