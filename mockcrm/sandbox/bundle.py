"""What happened in a sandbox as one JSON document, written and read: start state, requests, verdict.

See `docs/how-to/replay.md`.

Clients' requests come from the journal, those to the controls from the recording. The journal masks secrets: a bundle
only says which requests had the same credentials.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from mockcrm.audit.verdict_diff import VERDICT
from mockcrm.base.declaring import dataclass
from mockcrm.base.nesting import MAX_NESTING, too_deep
from mockcrm.base.schema.bases import Field
from mockcrm.base.schema.descriptions import Described, Refer
from mockcrm.base.schema.fields import Flag, Instant, ListOf, Named, Whole
from mockcrm.base.schema.strict import OneOfSome, Strict
from mockcrm.base.times import format_exact
from mockcrm.crm.lists.cursor import Lineage
from mockcrm.errors import PathNotFound, Refusal, ReplayImpossible, ReplayInvalid
from mockcrm.journal.entry import Entry
from mockcrm.sandbox.moment import Moment
from mockcrm.sandbox.recording import ControlStep, Recording, is_recorded
from mockcrm.sandbox.snapshot import dump_clock, dump_snapshot, load_snapshot
from mockcrm.sandbox.state import State

BUNDLE_FORMAT = "mockcrm.replay/1"

MAX_BUNDLE_REQUESTS = 1_000_000
"""The most requests in a bundle."""
MAX_DELIVERED = 2_000_000
"""The most versions that one answer delivered: as many as a snapshot has changes."""
MAX_ANCESTORS = 100_000
"""The longest line of sandboxes that its own was forked from."""
_TEXT = 1024 * 1024
"""The longest text in a request, apart from its body, in characters: longer than any server accepts."""
_NESTING = 2 * MAX_NESTING + 8
"""The deepest nesting: that of a snapshot, and a few levels around it."""


# Writing


def dump_bundle(moment: Moment) -> dict[str, Any]:
    """The bundle without its verdict, as JSON's types. Changes and requests are iterators.

    Raises `ReplayImpossible`.
    """
    recording, entries = moment.recording, moment.journal.entries()
    if reason := _missing(moment, entries):
        raise ReplayImpossible(f"This cannot be replayed. {reason}.")
    lineage, started = moment.lineage, recording.clock.now
    assert started is not None
    return {
        "format": BUNDLE_FORMAT,
        "sandbox": lineage.name,
        "life": lineage.number,
        "ancestors": [list(each) for each in sorted(lineage.ancestors)],
        "startedAt": format_exact(started),
        "machineStartedAt": recording.machine and format_exact(recording.machine),
        "endedAt": format_exact(moment.state.ran_until),
        "start": dump_snapshot(recording.start, iter)
        | {"clock": dump_clock(recording.clock), "clientsAsked": recording.resumed},
        "steps": _dump_steps(recording, entries),
    }


def _missing(moment: Moment, entries: Sequence[Entry]) -> str | None:
    """Why this cannot be replayed, and what to do about it, or None."""
    journal = moment.journal
    lost = moment.recording.why_lost(cleared=journal.cleared, dropped=journal.dropped.count, cut=journal.cut)
    if lost is None and (under_way := [entry.number for entry in entries if entry.completed is None]):
        return f"Request {under_way[0]} has no answer yet: ask again later"
    return lost


def _dump_steps(recording: Recording, entries: Sequence[Entry]) -> Iterator[Any]:
    """The requests in the order in which they came."""
    numbers: dict[str, int] = {}
    steps: list[tuple[int, int, Entry | ControlStep]] = [(entry.number, 0, entry) for entry in entries]
    steps += ((after, place, step) for place, (after, step) in enumerate(recording.controls, start=1))
    for _, _, step in sorted(steps, key=lambda each: each[:2]):
        yield _dump_entry(step, recording, numbers) if isinstance(step, Entry) else _dump_control(step)


def _dump_entry(entry: Entry, recording: Recording, numbers: dict[str, int]) -> dict[str, Any]:
    """A client's request. Its credentials become a number: `numbers` has those that were given so far."""
    credentials = entry.credentials and numbers.setdefault(entry.credentials, len(numbers) + 1)
    page = entry.page_answer
    return {
        "request": entry.number,
        "client": entry.client,
        "credentials": credentials,
        "method": entry.method,
        "path": entry.path,
        "query": entry.query_string,
        "headers": entry.headers,
        **_dump_body(entry.body),
        "arrivedAt": format_exact(entry.arrived),
        "admittedAt": entry.admitted and format_exact(entry.admitted),
        "workedAt": entry.worked and format_exact(entry.worked),
        "followedAt": entry.followed and format_exact(entry.followed),
        "completedAt": entry.completed and format_exact(entry.completed),
        "seconds": round(entry.began - recording.began, 6),
        "took": None if entry.took is None else round(entry.took, 6),
        "status": entry.status,
        "code": entry.code,
        "delivered": [[change.record.id, change.version] for change in entry.delivered],
        "whole": entry.whole,
        "nextPageToken": page and page.next_token,
    }


def _dump_control(step: ControlStep) -> dict[str, Any]:
    return {
        "method": step.method,
        "path": step.path,
        "contentType": step.kind,
        "ifMatch": step.if_match,
        **_dump_body(step.body),
        "at": format_exact(step.now),
        "status": step.status,
    }


def _dump_body(body: bytes) -> dict[str, Any]:
    """A body as text, if it is text, and else as Base64."""
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"bytes": base64.b64encode(body).decode()}


# Reading


@dataclass(frozen=True, slots=True)
class ClientStep:
    """A client's request and its answer. Bundles of earlier versions do not say how many seconds it `took`."""

    request: int
    client: str
    credentials: int | None
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    arrived: datetime
    admitted: datetime | None
    worked: datetime | None
    followed: datetime | None
    completed: datetime
    seconds: float
    took: float | None
    status: int | None
    code: str | None
    delivered: tuple[tuple[str, int], ...]
    whole: bool
    next_token: str | None


@dataclass(frozen=True, slots=True)
class Bundle:
    """What happened, ready to be replayed. `verdict` is what the audit said at the end.

    `machine` is what the recording machine's clock said at the start; bundles of earlier versions do not have it.
    """

    lineage: Lineage
    start: State
    started: datetime
    machine: datetime | None
    ended: datetime
    steps: tuple[ClientStep | ControlStep, ...]
    verdict: Mapping[str, Any]


def load_bundle(document: Any) -> Bundle:
    """The bundle in a document. Raises `ReplayInvalid` for a document that no server has written."""
    if too_deep([document], _NESTING):
        raise ReplayInvalid(f"The bundle is not valid: it nests deeper than {_NESTING} levels.")
    bundle = _BUNDLE.check(document, ReplayInvalid, "The bundle")
    try:
        start = load_snapshot(bundle["start"])
    except Refusal as refusal:
        problems = {"start": refusal.details}
        raise ReplayInvalid(f"The bundle is not valid: start: {refusal.message}", problems) from refusal
    ancestors = frozenset((name, number) for name, number in bundle["ancestors"])
    lineage = Lineage(bundle["sandbox"], bundle["life"], ancestors)
    started, machine = bundle["startedAt"], bundle["machineStartedAt"]
    return Bundle(lineage, start, started, machine, bundle["endedAt"], tuple(bundle["steps"]), bundle["verdict"])


_SHORT = validate.Length(max=_TEXT)


def _is_latin(text: str) -> None:
    """Raises `ValidationError` for characters that a request's head cannot contain (PEP 3333)."""
    if any(character > "\xff" for character in text):
        raise ValidationError("Contains characters that no request can have here.")


def _head(**options: Any) -> fields.String:
    return fields.String(validate=[_SHORT, _is_latin], **options)


_MOST_SECONDS = 1e9
"""Longer than any server has run."""


class _Seconds(Field[float]):
    """Seconds since the start, as a JSON number. It is negative where the computer's clock was set back."""

    default_error_messages = {"invalid": "Not a number of seconds."}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _MOST_SECONDS:
            raise self.make_error("invalid")
        return float(value)

    def described(self, refer: Refer) -> Described:
        return {"type": "number", "exclusiveMinimum": -_MOST_SECONDS, "exclusiveMaximum": _MOST_SECONDS}


class _Bytes(Field[bytes]):
    """Base64 (RFC 4648)."""

    default_error_messages = {"invalid": "Not Base64."}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bytes:
        try:
            return base64.b64decode(value, validate=True)
        except (TypeError, ValueError, binascii.Error) as error:
            raise self.make_error("invalid") from error

    def described(self, refer: Refer) -> Described:
        return {"type": "string", "contentEncoding": "base64"}


class _Request(OneOfSome):
    """What the requests of clients and those to the controls have in common."""

    exactly_one = ("body", "bytes")

    method = fields.String(required=True, validate=validate.Regexp(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}\Z"))
    path = fields.String(required=True, validate=_SHORT)
    body = fields.String()
    bytes = _Bytes()
    status = Whole(required=True, allow_none=True, least=100, most=599)

    @staticmethod
    def with_one_body(data: dict[str, Any]) -> dict[str, Any]:
        """The same, with the body as bytes however it was written."""
        body = data.pop("body").encode() if "body" in data else data.pop("bytes")
        return {**data, "body": body}


class _ClientStep(_Request):
    request = Whole(required=True, least=1)
    client = fields.String(required=True, validate=_SHORT)
    credentials = Whole(required=True, allow_none=True, least=1)
    query = _head(required=True)
    headers = Named(_head(), _head(), required=True)
    arrivedAt = Instant(required=True, attribute="arrived")
    admittedAt = Instant(required=True, allow_none=True, attribute="admitted")
    workedAt = Instant(required=True, allow_none=True, attribute="worked")
    followedAt = Instant(required=True, allow_none=True, attribute="followed")
    completedAt = Instant(required=True, attribute="completed")
    seconds = _Seconds(required=True)
    took = _Seconds(allow_none=True, load_default=None)
    code = fields.String(required=True, allow_none=True, validate=_SHORT)
    delivered = ListOf(fields.Tuple((fields.String(), Whole(least=1))), most=MAX_DELIVERED, required=True)
    whole = Flag(required=True)
    nextPageToken = fields.String(required=True, allow_none=True, attribute="next_token")

    @validates_schema
    def check_path(self, data: Mapping[str, Any], **_: Any) -> None:
        # A path with an odd segment is kept as it was sent. The replay reads where it leads.
        odd = data.get("code") == PathNotFound.code
        if not odd and not f"{data.get('path', '')}/".startswith("/api/v1/"):
            raise ValidationError("Must be below /api/v1.", "path")

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> ClientStep:
        return ClientStep(**self.with_one_body(data) | {"delivered": tuple(data["delivered"])})


class _ControlStep(_Request):
    contentType = _head(required=True, attribute="kind")
    ifMatch = _head(required=True, allow_none=True, attribute="if_match")
    at = Instant(required=True, attribute="now")

    @validates_schema
    def check_path(self, data: Mapping[str, Any], **_: Any) -> None:
        path = data.get("path", "")
        if not path.startswith("/admin/") or not is_recorded(data.get("method", ""), path):
            raise ValidationError("Not a path of the controls whose requests a bundle contains.", "path")

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> ControlStep:
        return ControlStep(**self.with_one_body(data))


class _Step(Field[ClientStep | ControlStep]):
    """A request. Only those of clients have a number, `request`."""

    client, control = _ClientStep(), _ControlStep()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> ClientStep | ControlStep:
        numbered = isinstance(value, Mapping) and "request" in value
        step: ClientStep | ControlStep = (self.client if numbered else self.control).load(value)
        return step

    def described(self, refer: Refer) -> Described:
        return {"anyOf": [refer(self.client), refer(self.control)]}


class _BundleSchema(Strict):
    format = fields.String(required=True, validate=validate.Equal(BUNDLE_FORMAT))
    sandbox = fields.String(required=True, validate=validate.Length(min=1, max=64))
    life = Whole(required=True, least=1)
    ancestors = ListOf(fields.Tuple((fields.String(), Whole(least=0))), most=MAX_ANCESTORS, required=True)
    startedAt = Instant(required=True)
    machineStartedAt = Instant(allow_none=True, load_default=None)
    endedAt = Instant(required=True)
    start = fields.Raw(required=True)
    steps = ListOf(_Step(), most=MAX_BUNDLE_REQUESTS, required=True)
    verdict = fields.Nested(VERDICT, required=True)


_BUNDLE = _BundleSchema()
