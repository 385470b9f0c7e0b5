"""Requests that the CRM refuses in the same way again and again, for a reason that does not pass by itself."""

from collections.abc import Callable, Iterator
from dataclasses import field, replace
from datetime import datetime
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from mockcrm.audit.ledger import Observation
from mockcrm.audit.write_ledger import MAX_REQUESTS
from mockcrm.base.declaring import dataclass
from mockcrm.base.times import EPOCH, parse_epoch_millis, parse_instant
from mockcrm.crm.change import Change
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.query import Window
from mockcrm.errors import CredentialsMissing, Injected, PageTokenInvalid, RecordDeleted, SandboxFull, SinceExpired
from mockcrm.errors.text import shortened
from mockcrm.journal.entry import Entry
from mockcrm.journal.operations import DELETED_LISTS, LISTS

MIN_REFUSALS = 3
"""How often in a row a request must be refused in the same way. A client may try once more, so twice is no habit."""
MAX_REFUSED_REQUESTS = 1_000
"""How many refused requests of a client are remembered: the latest."""
MAX_REQUEST_SHOWN = 120
"""How much of a request's path and query a sentence shows, in characters."""

_MAY_PASS = frozenset((408, 421, 423, 424, 425, 429))
"""The client errors after which the same request may succeed (RFC 9110, RFC 4918, RFC 6585, RFC 8470)."""
_GONE = (404, 410)
_OTHERWISE_NAMED = frozenset((*(RecordDeleted.of(kind).code for kind in KINDS), PageTokenInvalid.code))
"""Refusals that are findings of other types."""


class _Request(NamedTuple):
    """What makes a request the same as another one: a digest, and the window of a list."""

    digest: int
    window: Window = Window()


@dataclass(frozen=True, slots=True)
class _Refused:
    """A request that was refused `count` times in a row, and the latest of those.

    `answer` is the status with the code, `caller` the credentials where the answer may depend on them, `answer_seq` the
    number of the latest answer (`Entry`).
    """

    operation: str | None
    record_id: str | None
    what: str
    answer: str
    reason: str
    caller: str | None
    first: int
    requests: tuple[int, ...]
    answer_seq: int
    count: int = 1

    @property
    def futile(self) -> bool:
        return self.count >= MIN_REFUSALS


@dataclass(slots=True)
class Refusals:
    """The requests of one client that were refused, and have not succeeded since."""

    refused: dict[_Request, _Refused] = field(default_factory=dict)

    def copy(self) -> "Refusals":
        """An independent copy: neither side sees what is entered in the other."""
        return Refusals(self.refused.copy())

    def enter(self, entry: Entry) -> None:
        """Enter a request that has ended."""
        if not self.refused and (entry.status or 0) < 400:
            return
        if _broke_off(entry):
            self._break_off(entry)
        elif not entry.status or entry.status < 400:
            self.refused.pop(self._place_of(_request(entry)), None)
        elif _is_final(entry):
            self._refuse(entry)

    def _break_off(self, entry: Entry) -> None:
        """Begin to count anew: a client that got no answer, or only a part, has a reason to ask once more."""
        place = self._place_of(_request(entry))
        if place in self.refused and not self.refused[place].futile:
            del self.refused[place]

    def _refuse(self, entry: Entry) -> None:
        request, now = _request(entry), _refused(entry)
        place = self._place_of(request)
        before = self.refused.get(place)
        if before is not None and before.answer_seq > entry.answers_seen:
            # It was sent before that answer arrived, so that it repeats nothing.
            return
        self.refused.pop(place, None)
        if before is not None and (before.answer, before.caller) == (now.answer, now.caller):
            requests = (*before.requests, entry.number)[-MAX_REQUESTS:]
            now = replace(now, first=before.first, requests=requests, count=before.count + 1)
        self.refused[request] = now
        if len(self.refused) > MAX_REFUSED_REQUESTS:
            del self.refused[next(iter(self.refused))]

    def _place_of(self, request: _Request) -> _Request:
        """Where the same request is kept, or that with a window which has since moved on a little."""
        if request in self.refused or request.window == Window():
            return request
        kept = (each for each in self.refused if each.digest == request.digest)
        return next((each for each in kept if _overlap(each.window, request.window)), request)

    def observations(self, latest: Callable[[str], Change | None]) -> Iterator[Observation]:
        """The requests that are refused again and again; `latest` returns the latest version of a record."""
        for each in self.refused.values():
            if each.futile:
                code = "read.futile" if each.operation in LISTS else "request.futile"
                how = f"{each.what} was refused with {each.answer} {each.count} times in a row"
                about = latest(each.record_id) if each.record_id else None
                facts = {"how": how, "more": each.reason}
                yield Observation(code, each.requests, facts, about, count=each.count)

    def names_expiry(self, request: int) -> bool:
        """Whether a request falls in a time when a list was refused again and again because its `since` had expired."""
        expired = (each for each in self.refused.values() if each.futile and each.answer.endswith(SinceExpired.code))
        return any(each.first <= request <= each.requests[-1] for each in expired)


def _broke_off(entry: Entry) -> bool:
    """Whether a client got no answer, or of a refusal by the CRM only a part."""
    return entry.status is None or (not entry.whole and entry.code not in (None, Injected.code))


def _is_final(entry: Entry) -> bool:
    """Whether a refusal stays as it is until somebody changes the request, or what it is about."""
    if not entry.status or not 400 <= entry.status < 500 or entry.status in _MAY_PASS or entry.may_pass:
        return False
    if entry.status in _GONE and (entry.operation in DELETED_LISTS or _reads_a_record(entry)):
        # A client cannot learn otherwise whether there is such a list, or whether the record is there again.
        return entry.code == SinceExpired.code and _asks_for_everything(entry)
    if entry.code == SinceExpired.code:
        # To send another watermark that has expired is a finding of its own.
        return _asks_for_everything(entry)
    # Who has no credentials yet has been let in nowhere: there is nothing to judge.
    return entry.code not in _OTHERWISE_NAMED and entry.code not in (SandboxFull.code, CredentialsMissing.code)


def _reads_a_record(entry: Entry) -> bool:
    return entry.record_id is not None and entry.method in ("GET", "HEAD")


def _asks_for_everything(entry: Entry) -> bool:
    since = _instant(entry.parameter("since"))
    return since is not None and since <= EPOCH


def _request(entry: Entry) -> _Request:
    headers = entry.wsgi_headers
    kind = headers.get("HTTP_CONTENT_TYPE"), headers.get("HTTP_CONTENT_ENCODING")
    asked = (entry.method, entry.path, _precondition(entry), kind, entry.body)
    if entry.operation not in LISTS:
        return _Request(hash((*asked, entry.query_string)))
    query, window = _split(entry.query_string)
    return _Request(hash((*asked, query)), window)


def _precondition(entry: Entry) -> str:
    """The tags in If-Match. All weak ones are alike: none of them ever matches (RFC 9110, section 13.1.1)."""
    tags = entry.wsgi_headers.get("HTTP_IF_MATCH", "")
    return "W/" if tags and all(each.strip().startswith("W/") for each in tags.split(",")) else tags


def _split(query_string: str) -> tuple[str, Window]:
    """A list's query without its window, and the window; one that cannot be read stays in the query."""
    if "startAt=" not in query_string and "endAt=" not in query_string:
        return query_string, Window()
    parameters = parse_qsl(query_string, keep_blank_values=True)
    sides = {name: _instant(value) for name, value in parameters if name in ("startAt", "endAt")}
    rest = [(name, value) for name, value in parameters if sides.get(name) is None]
    return urlencode(rest), Window(sides.get("startAt"), sides.get("endAt"))


def _instant(text: str) -> datetime | None:
    try:
        return parse_epoch_millis(text) or parse_instant(text)
    except ValueError:
        return None


def _overlap(one: Window, other: Window) -> bool:
    """Whether two windows of the same length have more than half of it in common."""
    if one.start is None or other.start is None or one.end is None or other.end is None:
        return (one.start is None, one.end is None) == (other.start is None, other.end is None)
    return one.length == other.length and 2 * abs(one.start - other.start) < one.length


def _refused(entry: Entry) -> _Refused:
    query = f"?{entry.query_string}" if entry.query_string else ""
    return _Refused(
        entry.operation,
        entry.record_id,
        f"{entry.method} {shortened(entry.path + query, MAX_REQUEST_SHOWN)}",
        f"{entry.status} {entry.code}" if entry.code else str(entry.status),
        _reason(entry),
        entry.credentials if entry.status in (401, 403) else None,
        entry.number,
        (entry.number,),
        entry.answer_seq,
    )


def _reason(entry: Entry) -> str:
    """A sentence on why a precondition fails each time."""
    tags = _precondition(entry)
    if entry.status != 412 or not tags:
        return ""
    if tags == "W/":
        return "If-Match has a weak tag, and a weak tag never matches."
    return f"If-Match has the same tag each time, and the {entry.kind or 'record'} has another one by now."
