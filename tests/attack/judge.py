"""What an answer must be, whatever was asked (contract, sections 3, 5 and 6)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from tests.attack.requests import Request
from tests.attack.victim import Kind
from tests.attack.wire import PATIENCE, Answer

_MOST = 64 * 1024
"""How many bytes a refusal has at most."""
_FIELDS = {"code", "message", "requestId", "details"}
_UNKNOWN_CODING = 501
"""What RFC 9112, section 6.1, has a server answer to a transfer coding that it does not know."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A rule that was broken by the answer to a request, or to one of several."""

    rule: str
    first: int
    last: int
    what: str
    request: Request | None = None

    @property
    def call(self) -> str:
        return f"{self.request.call.method} {self.request.call.path}" if self.request else "some of them"


@dataclass(frozen=True, slots=True)
class Case:
    """An answer to a request, of a server of some kind. `faulty`: a fault rule may have spoken for the CRM.

    `alone`: it is the first answer, and not to what was hidden in a body: a lawful question to the controls.
    """

    kind: Kind
    request: Request
    answer: Answer
    faulty: bool
    alone: bool = True

    @property
    def is_below(self) -> bool:
        """Whether the server below the application has answered."""
        return not self.answer.every("x-request-id")

    @property
    def is_faulted(self) -> bool:
        """Whether a fault rule may have answered, in place of the API or at a path that looks like the API's."""
        looks = self.request.reading.part == "nothing" and "/api" in unquote(self.request.target).lower()
        return self.faulty and (looks or self.request.reading.part == "api")


def problems(case: Case) -> Iterator[tuple[str, str]]:
    """Each rule that is broken, and how."""
    for rule in (_status, _time, _date, _shape, _door):
        if (what := rule(case)) is not None:
            yield rule.__name__.strip("_"), what


def _status(case: Case) -> str | None:
    status = case.answer.status
    allowed = status < 500 or case.is_faulted or (case.is_below and status == _UNKNOWN_CODING)
    return None if allowed else f"{status}: {case.answer.body[:300]!r}"


def _time(case: Case) -> str | None:
    return f"{case.answer.seconds:.1f} s" if case.answer.seconds > PATIENCE else None


def _date(case: Case) -> str | None:
    if case.is_faulted:
        return None
    if case.is_below:
        return None if case.request.ill_formed else f"{case.answer.status}, and no X-Request-Id: not ours"
    count = len(case.answer.every("date"))
    return None if count == 1 else f"{count} headers Date"


def _shape(case: Case) -> str | None:
    answer = case.answer
    if answer.status < 400 or case.is_below or case.is_faulted or (case.alone and case.request.method == "HEAD"):
        return None
    if len(answer.body) > _MOST:
        return f"a {answer.status} of {len(answer.body):,} bytes: {answer.body[:200]!r}"
    try:
        payload = json.loads(answer.body)
    except ValueError:
        return f"a {answer.status} that is not JSON: {answer.body[:300]!r}"
    if set(payload) != _FIELDS or [payload["requestId"]] != answer.every("x-request-id"):
        return f"a {answer.status} of another shape: {answer.body[:300]!r}"
    return None


def _door(case: Case) -> str | None:
    """Whether somebody has got in who should not."""
    if case.answer.status >= 400:
        return None
    if not case.alone:
        return f"{case.answer.status} to what was hidden in a body" if case.kind != "open" else None
    part = case.request.reading.part
    if part == "nothing" and not case.is_faulted:
        return f"{case.answer.status} where there is nothing: {case.answer.body[:200]!r}"
    if part in ("controls", "calendar") and (case.kind != "open" or case.request.foreign):
        return f"{case.answer.status} from the {part}: {case.answer.body[:200]!r}"
    if part == "console" and case.request.foreign:
        return f"{case.answer.status} from the console to a foreign page: {case.answer.body[:200]!r}"
    return None
