"""One request of a client, and what became of it (contract, section 6).

An entry refers to the versions that it delivered and copies none of them, so recording a list of ten thousand costs as
much as recording one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from string import hexdigits
from typing import Any
from urllib.parse import parse_qsl

import orjson

from mockcrm.base.declaring import dataclass
from mockcrm.base.nesting import too_deep
from mockcrm.crm.change import Change
from mockcrm.crm.lists.page import Page
from mockcrm.crm.store import Store

CUT_TO = 16 * 1024
"""How much is kept of a body that is too heavy for a journal, in bytes."""

MAX_PARAMETERS = 100
"""How many parameters of a query are read."""

ANYBODY = "client"
"""The name of every client that does not say who it is."""
MAX_CLIENT_NAME = 100
"""How much of a client's name is kept, in characters."""


def token_name(digest: str) -> str:
    """The name of a client that is known only by a token: made from the hexadecimal digest of its credentials."""
    return f"token-{digest[:8]}"


def is_token_name(name: str) -> bool:
    """Whether a name was made from a token: such a name changes when the token does."""
    return name[:6] == "token-" and len(name) == 14 and not name[6:].strip(hexdigits)


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


@dataclass(slots=True)
class KeptAnswer:
    """The headers of an answer and the first bytes of its body, with the `size` of all that was sent of the body."""

    headers: Sequence[tuple[str, str]]
    body: bytes = b""
    size: int = 0

    def add(self, part: bytes, most: int) -> None:
        """Keep a part of the body that was sent, as long as that makes at most so many bytes."""
        self.body += part[: max(0, most - self.size)]
        self.size += len(part)

    @property
    def weight(self) -> int:
        """Roughly how many bytes it takes."""
        return len(self.body) + sum(len(name) + len(value) for name, value in self.headers)


def _later(default: Any) -> Any:
    """A field that is filled in later. Until then it has the class's default, which costs a request nothing."""
    return field(default=default, init=False)


@dataclass(eq=False)
class Entry:
    """One request to `/api/v1`, and what became of it.

    It is entered when the request arrives and filled in step by step. Instants are those of the CRM's clock; `began`
    and `took` are seconds of the world's.

    What was asked: `operation` has the call's name (`mockcrm.journal.operations`), `kind` that of the records which it
    is about, `record_id` and `key` the record that the path names, `calendar_id` the calendar of events as the path
    calls it. `named_fields` are the fields that the body sets,
    `credentials` a checksum that tells callers apart. `body_read` is true once the `body` is there, or it is known that
    there is none. `cut` says that `body` is not all of it: it was refused before it was read whole, or is too heavy
    for the journal.

    What the CRM knew: `seen` is the length of the change log when the answer was made, `revealed` the number of delayed
    changes that lists had come to show by then. A request may meet the CRM three times while its clock runs: when fault
    rules are asked (`admitted`), when the answer is made (`worked`), and for what faults do afterwards (`followed`).

    What was answered: `delivered` has the versions in the answer, tombstones included; an `id_only` answer to a
    write has just the record's id. `committed` is the change that the request made, `consequences` are those that the
    CRM made because of it. `whole` says whether the answer arrived whole, as far as a server can tell; `may_pass` says
    that a refusal asks for a wait, or speaks of a rate limit. For a list, `read` names the paged read by the number of
    its first request, and `page` counts from 1; where a page token was refused because the query beside it differs from
    that of its list, `changed_parameters` says in what. `answer_seq` numbers the answers in the order in which they
    left: this client had received at most the first `answers_seen` of them when it sent the request. `answer` is there
    only where the journal keeps answers. An entry is `final` once all of its answer has been sent or given up: then
    nothing changes that an audit reads.
    """

    client: str
    method: str
    path: str
    operation: str | None
    kind: str | None
    record_id: str | None
    key: str | None
    query_string: str
    wsgi_headers: Mapping[str, str]
    arrived: datetime
    began: float
    number: int = _later(0)
    calendar_id: str | None = _later(None)
    credentials: str | None = _later(None)
    admitted: datetime | None = _later(None)
    worked: datetime | None = _later(None)
    followed: datetime | None = _later(None)
    seen: int = _later(0)
    revealed: int = _later(0)
    read: str | None = _later(None)
    page: int | None = _later(None)
    changed_parameters: tuple[str, ...] = _later(())
    page_answer: Page | None = _later(None)
    body: bytes = _later(b"")
    body_read: bool = _later(False)
    cut: bool = _later(False)
    delivered: Sequence[Change] = _later(())
    id_only: bool = _later(False)
    committed: Change | None = _later(None)
    consequences: Sequence[Change] = _later(())
    named_fields: tuple[str, ...] = _later(())
    answers_seen: int = _later(0)
    answer_seq: int = _later(0)
    applied_faults: tuple[AppliedFault, ...] = _later(())
    status: int | None = _later(None)
    code: str | None = _later(None)
    retry_after: str | None = _later(None)
    date_due: float | None = _later(None)
    completed: datetime | None = _later(None)
    took: float | None = _later(None)
    whole: bool = _later(False)
    final: bool = _later(False)
    may_pass: bool = _later(False)
    answer: KeptAnswer | None = _later(None)
    weight: int = _later(0)

    @property
    def query(self) -> dict[str, str | list[str]]:
        """The first `MAX_PARAMETERS` parameters by their names: the value, or of one that is repeated all its values.

        `since=5&id=1&id=2` is `{"since": "5", "id": ["1", "2"]}`.
        """
        parameters = self.query_string.split("&", MAX_PARAMETERS)[:MAX_PARAMETERS]
        values: dict[str, list[str]] = {}
        for name, value in parse_qsl("&".join(parameters), keep_blank_values=True):
            values.setdefault(name, []).append(value)
        return {name: all_of[0] if len(all_of) == 1 else all_of for name, all_of in values.items()}

    def parameter(self, name: str) -> str:
        """The value of a parameter, the last one if it is repeated; empty if it was not sent."""
        sent = self.query.get(name, "")
        return sent if isinstance(sent, str) else sent[-1]

    @property
    def makes_client(self) -> bool:
        """Whether its sender is a client; OPTIONS and HEAD make none (contract, section 7)."""
        return self.method not in ("OPTIONS", "HEAD")

    @property
    def served(self) -> bool:
        """Whether a client was given what it asked for, or changed something without learning of it."""
        succeeded = self.status is not None and self.status < HTTPStatus.BAD_REQUEST
        return self.makes_client and (succeeded or self.committed is not None)

    @property
    def headers(self) -> dict[str, str]:
        """The headers by their usual names, such as `If-Match`."""
        return {name[5:].replace("_", "-").title(): value for name, value in self.wsgi_headers.items()}

    @property
    def json(self) -> Any:
        """The body read as JSON; None if it is not JSON, nests too deep, or was cut."""
        if self.cut:
            return None
        try:
            body = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None
        return None if isinstance(body, dict | list) and too_deep(body) else body

    def as_of(self, answers: int) -> "Entry":
        """A copy as it stood after so many answers: if its own came later, the copy has none."""
        copy = object.__new__(Entry)
        copy.__dict__.update(self.__dict__)
        if not 0 < copy.answer_seq <= answers:
            copy.completed = None
        return copy

    def note_visible(self, store: Store) -> None:
        """Note what lists can show now: when the request comes, and again when its answer is made."""
        self.seen, self.revealed = store.last_seq, store.revealed

    @property
    def body_known(self) -> bool:
        """Whether all of the body is known by now."""
        return (self.body_read or self.completed is not None) and not self.cut

    def note_body(self, body: bytes | None) -> None:
        """Note the body, once it was read; None for one that was refused before it was read whole."""
        self.body, self.cut, self.body_read = body or b"", body is None, True

    def cut_body(self) -> None:
        """Keep the beginning of the body alone."""
        self.cut = self.cut or len(self.body) > CUT_TO
        self.body = self.body[:CUT_TO]

    def forget_answer(self) -> None:
        """Note that the answer has no records."""
        self.delivered, self.page_answer = (), None

    @property
    def wait(self) -> timedelta | None:
        """How long Retry-After asks the client to wait (RFC 9110, section 10.2.3), or None."""
        if self.retry_after is None or self.completed is None:
            return None
        if self.retry_after.isdecimal():
            return timedelta(seconds=min(int(self.retry_after), 10**6))
        date = self._retry_date
        return date - self.completed if date else None

    @property
    def _retry_date(self) -> datetime | None:
        """The date of Retry-After, if it has one."""
        try:
            date = parsedate_to_datetime(self.retry_after or "")
        except (TypeError, ValueError):
            return None
        return date if date.tzinfo else None

    def note_retry_after(self, value: str | None, seconds: float, clocks: Iterable[datetime | None]) -> None:
        """Note the answer's Retry-After, and from which second of real time on a date in it has passed.

        `seconds` is that time now, and `clocks` are the instants with which a client may compare a date: that of the
        answer's Date header, and that of the client's own machine, if it is known.
        """
        self.retry_after = value
        known = [clock for clock in clocks if clock is not None]
        if (date := self._retry_date) is not None and known:
            self.date_due = seconds + min((date - clock).total_seconds() for clock in known)

    def note_page(self, page: Page) -> None:
        """Note the page that the answer has."""
        self.page_answer, self.delivered = page, page.changes
        self.read, self.page = page.read, page.number
