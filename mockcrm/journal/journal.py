"""What clients asked and got: a capped, numbered ring of exchanges (contract, section 6).

An entry refers to the versions that it delivered and copies none of them, so that recording a list of ten thousand
costs as much as recording one.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import islice, takewhile
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl

import orjson

from mockcrm.base.nesting import too_deep
from mockcrm.base.waiting import Bell, Waiter
from mockcrm.crm.change import Change
from mockcrm.crm.lists.page import Page
from mockcrm.crm.store import Store
from mockcrm.errors import RequestNotFound

MAX_ENTRIES = 10_000
"""How many exchanges are kept, unless configured."""
MAX_WEIGHT = 64 * 1024 * 1024
"""How many bytes of text and references they may take together; beyond it the oldest are dropped as well."""
MAX_BODY_KEPT = 16 * 1024
"""How much of a request's body is kept, in bytes."""

MAX_PARAMETERS = 100
"""How many parameters of a query are told apart."""
MAX_RECENT = 100
"""How many answers somebody who waits may miss without having to look at all requests again."""

ANYBODY = "client"
"""The name of all clients that do not say who they are."""
MAX_NAME = 100
"""The longest name of a client that is kept, in characters."""

MAX_CLIENTS = 1_000
"""How many clients a journal tells apart (contract, section 7): the first that come."""
OTHERS = "(further clients)"
"""The name of all clients beyond those. Whoever gives this name is one of them, so it is no client's own."""

_BARE = 2_000
"""About what an entry without headers and body takes, in bytes."""
_HEADER = 150
"""About what a header takes besides its text, or a field that a body names, in bytes."""
_FAULT = 200
"""About what an applied fault takes besides the text of its problem, in bytes."""


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AppliedFault:
    """A fault rule that applied to a request: its id and name, its effect's name, and what went wrong with it.

    `hazard` is set where the effect makes a list say what is not so.
    """

    rule: str
    name: str | None
    effect: str
    problem: str | None = None
    hazard: str | None = None


def _later(default: Any) -> Any:
    """A field that is known later. Until then the class says what it is, which costs a request nothing."""
    return field(default=default, init=False)


@dataclass(eq=False)
class Entry:
    """One request to `/api/v1`, and what became of it.

    It is entered when the request arrives, and filled in as things are known. `seen` is the length of the change log
    when its answer was worked out, `revealed` the number of delayed changes that lists had come to show by then.
    `delivered` are the versions in that answer, tombstones among them, which a `bare` one does not show; `committed` is
    the change that the request made, and `named` the fields that its body did. `whole` says whether the answer left as
    the CRM gave it, as far as a server can tell. It was the answer number `left` of all; when the request came, `heard`
    of them had left.

    On a clock that runs a request meets the CRM several times: when faults are asked (`admitted`), when its answer is
    `worked` out, and when what faults have happen after it does (`followed`); each is the instant up to which all that
    fell due had then been brought about. `credentials` is a sum that tells them from others.
    """

    client: str
    method: str
    path: str
    operation: str | None
    event_id: str | None
    key: str | None
    query_string: str
    wsgi_headers: Mapping[str, str]
    arrived: datetime
    began: float
    number: int = _later(0)
    credentials: str | None = _later(None)
    admitted: datetime | None = _later(None)
    worked: datetime | None = _later(None)
    followed: datetime | None = _later(None)
    seen: int = _later(0)
    revealed: int = _later(0)
    walk: str | None = _later(None)
    page: int | None = _later(None)
    page_answer: Page | None = _later(None)
    body: bytes = _later(b"")
    cut: bool = _later(False)
    delivered: Sequence[Change] = _later(())
    bare: bool = _later(False)
    committed: Change | None = _later(None)
    named: tuple[str, ...] = _later(())
    heard: int = _later(0)
    left: int = _later(0)
    applied_faults: tuple[AppliedFault, ...] = _later(())
    status: int | None = _later(None)
    code: str | None = _later(None)
    retry_after: str | None = _later(None)
    completed: datetime | None = _later(None)
    took: float | None = _later(None)
    whole: bool = _later(False)
    weight: int = _later(0)

    @property
    def query(self) -> dict[str, str]:
        """The first `MAX_PARAMETERS` parameters; of one that was given twice the last. No call has so many."""
        parameters = self.query_string.split("&", MAX_PARAMETERS)[:MAX_PARAMETERS]
        return dict(parse_qsl("&".join(parameters), keep_blank_values=True))

    @property
    def headers(self) -> dict[str, str]:
        """The headers by their usual names."""
        return {name[5:].replace("_", "-").title(): value for name, value in self.wsgi_headers.items()}

    @property
    def json(self) -> Any:
        """The body as JSON's types, or None when it is none, nests too deep, or was too long to keep."""
        if self.cut:
            return None
        try:
            body = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None
        return None if isinstance(body, dict | list) and too_deep(body) else body

    def as_of(self, news: int) -> "Entry":
        """A copy as it stood when so many answers had left: one without an answer then has none."""
        copy = object.__new__(Entry)
        copy.__dict__.update(self.__dict__)
        if not 0 < copy.left <= news:
            copy.completed = None
        return copy

    def look(self, store: Store) -> None:
        """Note what could be seen of the CRM when the request came, or when its answer is worked out."""
        self.seen, self.revealed = store.last_seq, store.revealed

    def trim(self) -> None:
        """Keep of the body as much as has room, once nobody needs the rest."""
        self.body, self.cut = self.body[:MAX_BODY_KEPT], len(self.body) > MAX_BODY_KEPT

    def forget_answer(self) -> None:
        """Note that the answer carries no event."""
        self.delivered, self.page_answer = (), None

    @property
    def wait(self) -> timedelta | None:
        """How long the client was asked to wait (RFC 9110, section 10.2.3), or None."""
        if self.retry_after is None or self.completed is None:
            return None
        if self.retry_after.isdecimal():
            return timedelta(seconds=min(int(self.retry_after), 10**6))
        try:
            return parsedate_to_datetime(self.retry_after) - self.completed
        except (TypeError, ValueError):
            return None

    def show_page(self, page: Page) -> None:
        """Note the page that the answer carries."""
        self.page_answer, self.delivered = page, page.changes
        self.walk, self.page = page.read, page.number


@dataclass(frozen=True, slots=True)
class Kept(Generic[T]):
    """A journal at one moment, with what its `spilled` entries had come to by then."""

    spilled: T
    dropped: int
    cleared: bool
    not_told_apart: int
    _entries: list[Entry]
    _news: int

    def entries(self) -> list[Entry]:
        """Copies of the entries as they stood. Costs O(n), and nobody waits for it."""
        return [entry.as_of(self._news) for entry in self._entries]


def _weight(entry: Entry) -> int:
    """About how many bytes an entry takes, once it was answered."""
    headers = entry.wsgi_headers
    texts = len(entry.path) + len(entry.query_string) + len("".join((*headers, *headers.values())))
    faults = sum(_FAULT + len(each.problem or "") for each in entry.applied_faults) if entry.applied_faults else 0
    fixed = _BARE + _HEADER * (len(headers) + len(entry.named))
    return fixed + len(entry.body) + texts + 8 * len(entry.delivered) + faults


class Journal:
    """The exchanges of one sandbox since its last reset, numbered 1, 2, 3 … Every method may be called from any thread.

    `last` is the latest number; `dropped` counts the entries that had to make room, each of which `spill` is told of,
    and `news` the answers that have left. `not_told_apart` counts the requests of further clients. `cleared` says that
    entries were forgotten, on request, that `spill` was not told of.
    """

    def __init__(self, limit: int = MAX_ENTRIES, spill: Callable[[Entry], None] = lambda entry: None) -> None:
        self.limit, self._spill = limit, spill
        self.dropped = 0
        self.news = 0
        self.cleared = False
        self.last = 0
        self.not_told_apart = 0
        self._clients: set[str] = set()
        self._entries: deque[Entry] = deque()
        self._recent: deque[Entry] = deque(maxlen=MAX_RECENT)
        self._weight = 0
        self._lock = threading.RLock()
        self._bell = Bell()

    def __len__(self) -> int:
        return len(self._entries)

    def open(self, entry: Entry) -> None:
        """Number a request that has arrived, and enter it."""
        with self._lock:
            self.last += 1
            entry.number, entry.heard = self.last, self.news
            if entry.client not in self._clients:
                self._tell_apart(entry)
            self._entries.append(entry)
            if len(self._entries) > self.limit:
                self._drop()

    def _tell_apart(self, entry: Entry) -> None:
        """Keep the name of a client that has not come before, or say that it is one of the others."""
        if len(self._clients) < MAX_CLIENTS and entry.client != OTHERS:
            self._clients.add(entry.client)
        else:
            entry.client = OTHERS
            self.not_told_apart += 1

    def close(self, entry: Entry, status: int | None, now: datetime) -> None:
        """Note that the answer leaves now, or with no status that there is none.

        Whoever gave it may yet say that it did not leave whole.
        """
        entry.trim()
        with self._lock:
            entry.status, entry.completed, entry.took = status, now, time.perf_counter() - entry.began
            if self._entries and entry.number >= self._entries[0].number:
                entry.weight = _weight(entry)
                self._weight += entry.weight
            while self._weight > MAX_WEIGHT and len(self._entries) > 1:
                self._drop()
            self.news += 1
            entry.left = self.news
            self._recent.append(entry)
        self._bell.ring()

    def _drop(self) -> None:
        entry = self._entries.popleft()
        self._weight -= entry.weight
        self.dropped += 1
        self._spill(entry)

    def whole(self, spilled: Callable[[], T]) -> Kept[T]:
        """What `spilled` says of the entries that had to make room, and those that are kept, at one moment."""
        with self._lock:
            return Kept(spilled(), self.dropped, self.cleared, self.not_told_apart, self.entries(), self.news)

    def entries(self, after: int = 0, limit: int | None = None) -> list[Entry]:
        """What is kept, from the number after `after`, in order of arrival."""
        with self._lock:
            first = self._entries[0].number if self._entries else 1
            begin = min(max(0, after + 1 - first), len(self._entries))
            return list(islice(self._entries, begin, None if limit is None else begin + limit))

    def get(self, number: int) -> Entry:
        """Raises `RequestNotFound`, also for one that was dropped."""
        for entry in self.entries(number - 1, 1):
            if entry.number == number:
                return entry
        raise RequestNotFound(f"The journal holds no request {number}.")

    def clear(self) -> None:
        """Forget what was entered; the numbers go on."""
        with self._lock:
            self.cleared = self.cleared or bool(self._entries)
            self._entries.clear()
            self._weight = self.dropped = 0
        self.retire()

    def answered(self, after: int) -> list[Entry] | None:
        """The requests that were answered since there was so much news; None where more has happened than is known."""
        with self._lock:
            found = [*takewhile(lambda entry: entry.left > after, reversed(self._recent))]
            return found if len(found) == self.news - after else None

    def wait(self, news: int, seconds: float, waiter: Waiter) -> None:
        """Wait until there is more news than that, but not for longer than so many seconds, nor without its client."""
        with self._bell.heard(waiter):
            if self.news == news and not waiter.gone:
                waiter.sleep(seconds)

    def retire(self) -> None:
        """Let those who wait look for the journal that takes this one's place."""
        with self._lock:
            self.news += 1
        self._bell.ring()
