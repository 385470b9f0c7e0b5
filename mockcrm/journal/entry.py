"""One request of a client, and what became of it (contract, section 6).

An entry refers to the versions that it delivered and copies none of them, so that recording a list of ten thousand
costs as much as recording one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl

import orjson

from mockcrm.base.nesting import too_deep
from mockcrm.crm.event import Change
from mockcrm.crm.lists.page import Page
from mockcrm.crm.store import Store

MAX_BODY_KEPT = 16 * 1024
"""How much of a request's body is kept, in bytes."""

MAX_PARAMETERS = 100
"""How many parameters of a query are told apart."""

ANYBODY = "client"
"""The name of all clients that do not say who they are."""
MAX_NAME = 100
"""The longest name of a client that is kept, in characters."""


@dataclass(frozen=True, slots=True)
class AppliedFault:
    """A fault that struck a request: the rule's id and name, the word for its effect, and what went wrong with it."""

    rule: str
    name: str | None
    effect: str
    problem: str | None = None


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
    struck: tuple[AppliedFault, ...] = _later(())
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

    def look(self, store: Store, worked: datetime | None = None) -> None:
        """Note what could be seen of the CRM when the request came, or when its answer is `worked` out."""
        self.worked, self.seen, self.revealed = worked, store.last_seq, store.revealed

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
        self.walk, self.page = page.walk, page.number
