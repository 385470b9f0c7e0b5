"""A client's replica compared with the CRM: where they differ, and why (`docs/explanation/audit.md`)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

import orjson
from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from mockcrm.audit.auditor import Auditor
from mockcrm.audit.explanations import finding
from mockcrm.audit.findings import Finding
from mockcrm.audit.ledger import Ledger
from mockcrm.base.schema.descriptions import Described, Refer
from mockcrm.base.schema.fields import MAX_MEMBERS, Instant, check_size, read_list
from mockcrm.base.schema.strict import Strict
from mockcrm.base.times import from_epoch_millis, midnight, parse_day, parse_instant
from mockcrm.crm.change import Change
from mockcrm.crm.dialect.knobs import Dialect
from mockcrm.crm.event import FIELDS
from mockcrm.crm.query import Window
from mockcrm.crm.record_schema import RESERVED
from mockcrm.crm.rendering import rendered, shortly, shown_event
from mockcrm.errors import AuditInvalid
from mockcrm.errors.problems import MAX_PROBLEMS, UNKNOWN
from mockcrm.journal.body_matcher import is_within
from mockcrm.journal.entry import MAX_CLIENT_NAME

MAX_UNLIKE = 3
"""Of how many differing fields an explanation shows both values."""
MAX_RECORDS = 100_000
"""The largest number of records in a replica."""
MAX_FIELDS = 2 * MAX_MEMBERS
"""The largest number of fields in a record: an event's own, and as many unknown ones as an event keeps."""

ReplicaRecord = Mapping[str, Any]

_KNOWN = {"id", *FIELDS, "lastModifiedAt", *RESERVED}


@dataclass(frozen=True)
class Replica:
    """What a client has stored: a record for each event, with its `id` and those fields that are to be compared.

    `{"id": "e1", "subject": "Planning"}` is a record. `client` says whose replica it is; an only client need not be
    named. Only events in the `window` are compared.
    """

    records: Sequence[ReplicaRecord]
    client: str | None = None
    window: Window = Window()
    strays: Mapping[str, Any] = field(default_factory=dict)
    """Fields of its records that no event has unless the CRM keeps unknown ones, by place and name."""

    def findings(self, auditor: Auditor) -> Iterator[Finding]:
        """Where it differs both from what lists show and from the latest versions.

        Raises `AuditInvalid` for unknown fields.
        """
        if auditor.crm.dialect.unknown_fields != "keep":
            self._refuse_strays()
        kept = _by_id(self.records)
        for event_id, records in kept.items():
            if len(records) > 1:
                about = auditor.crm.store.latest(event_id) or event_id
                yield finding("replica.duplicate", about, [f"The replica has it {len(records)} times."])
        for change in auditor.crm.store.visible_all():
            for each in kept.pop(change.event.id, [None]):
                yield from _compared(auditor, change, each, self.window)
        for event_id, records in kept.items():
            if (latest := auditor.crm.store.latest(event_id)) is None:
                yield finding("replica.phantom", event_id, ["No event ever had this id."])
            else:
                yield from (found for each in records for found in _compared(auditor, latest, each, self.window))

    def _refuse_strays(self) -> None:
        if self.strays:
            place, names = next(iter(self.strays.items()))
            named = f"{', '.join(names)} in record {place}"
            raise AuditInvalid(f"The replica has fields that no event has: {named}.", {"replica": self.strays})


def _by_id(records: Iterable[ReplicaRecord]) -> dict[str, list[ReplicaRecord | None]]:
    """The records by their ids, without those which say that their event was deleted."""
    kept: dict[str, list[ReplicaRecord | None]] = {}
    for record in records:
        if record.get("deleted") is not True and "deletedAt" not in record:
            kept.setdefault(record["id"], []).append(record)
    return kept


def _compared(auditor: Auditor, change: Change, record: ReplicaRecord | None, window: Window) -> Iterator[Finding]:
    """How a record, or the lack of one, differs from an event that lists show, or whose tombstone they show."""
    latest = auditor.crm.store.latest(change.event.id) or change
    alive = not change.deleted and window.overlaps(change)
    alive_by_id = not latest.deleted and window.overlaps(latest)
    if record is None:
        if alive and alive_by_id:
            yield _difference("replica.missing", auditor, change, kept=False)
        return
    if not alive and not alive_by_id:
        if change.deleted:
            yield _difference("replica.phantom", auditor, change)
        elif _lies_in(window, record):
            yield _difference("replica.phantom", auditor, change, ["The event lies outside the window."])
        return
    versions = [version for version, lives in ((change, alive), (latest, alive_by_id)) if lives]
    differs = [_differing(record, version, auditor.crm.dialect) for version in versions]
    if all(differs):
        yield _stale(auditor, versions[0], record, differs[0])


def _lies_in(window: Window, record: ReplicaRecord) -> bool:
    """Whether a record lies in a window by its own times, though its event does not."""
    try:
        start, end = (parse_instant(record[name]) for name in ("startTime", "endTime"))
    except (KeyError, TypeError, ValueError):
        return False
    return window.holds(start, end)


def _stale(auditor: Auditor, change: Change, record: ReplicaRecord, differs: tuple[str, ...]) -> Finding:
    """A record that differs from its event, with the older version that it equals, if any."""
    sentences, dialect = [], auditor.crm.dialect
    older = change.prior
    while older is not None and (older.deleted or _differing(record, older, dialect)):
        older = older.prior
    if older is not None:
        sentences.append(f"The replica has version {older.version}.")
    sentences += _both_values(record, change, differs)
    return _difference("replica.stale", auditor, change, sentences, differs)


def _both_values(record: ReplicaRecord, change: Change, differs: Iterable[str]) -> Iterator[str]:
    """Both values of the first fields that differ, in words."""
    shown = shown_event(change)
    for name in islice(differs, MAX_UNLIKE):
        place, one, other = _first_difference(name, record[name], shown.get(name))
        yield f"{place} is {shortly(one)} in the replica, and {shortly(other)} in the CRM."


def _first_difference(place: str, one: Any, other: Any) -> tuple[str, Any, Any]:
    """The first place within a field where two values differ, and what is there on both sides."""
    parts: Iterable[tuple[str, Any, Any]] = ()
    if isinstance(one, dict) and isinstance(other, dict):
        parts = ((f"{place}.{name}", each, other.get(name)) for name, each in one.items())
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        parts = ((f"{place}[{number}]", *both) for number, both in enumerate(zip(one, other, strict=True)))
    return next((_first_difference(*part) for part in parts if not is_within(part[1], part[2])), (place, one, other))


def _differing(record: ReplicaRecord, change: Change, dialect: Dialect) -> tuple[str, ...]:
    """The fields of a record that differ from a version in every form in which the CRM shows it."""
    names = [name for name in record if name not in ("id", *RESERVED)]
    for form in _forms(change, dialect):
        names = [name for name in names if name not in form or not _is_same(name, record[name], form[name])]
        if not names:
            break
    return tuple(sorted(names))


def _forms(change: Change, dialect: Dialect) -> Iterator[ReplicaRecord]:
    """A version as lists show it, as a read by id shows it, and without any dialect."""
    for listed in (True, False):
        (shown,) = rendered([change], dialect, listed=listed)
        yield orjson.loads(shown)
    yield shown_event(change)


def _is_same(name: str, one: Any, other: Any) -> bool:
    """Whether a record's field equals an event's; of nested objects only the members that the record has count."""
    if is_within(one, other):
        return True
    if name not in ("startTime", "endTime", "lastModifiedAt"):
        return False
    try:
        return _instant(one) == _instant(other)
    except (TypeError, ValueError):
        return False


def _instant(value: Any) -> datetime:
    """An instant from its text or its epoch milliseconds; a day, as in an all-day event, stands for its midnight."""
    if type(value) is int:
        return from_epoch_millis(value)
    day = parse_day(value)
    return midnight(day) if day else parse_instant(value)


def _difference(
    code: str,
    auditor: Auditor,
    change: Change,
    sentences: Sequence[str] = (),
    differs: tuple[str, ...] = (),
    *,
    kept: bool = True,
) -> Finding:
    """A difference, and whether its version was delivered and lost, is out of reach, or may still be delivered."""
    why = _whereabouts(auditor, change, differs, kept=kept)
    code = "replica.pending" if why.pending else code
    return finding(code, change, [*sentences, why.sentence], why.requests, why.hazard, differs, why.advice)


class _Whereabouts(NamedTuple):
    """Where a version is that a replica lacks, and the requests that show it.

    `advice` is what helps against the cause. A version is `pending` if the client cannot have it yet.
    """

    sentence: str
    requests: tuple[int, ...] = ()
    hazard: str | None = None
    advice: str | None = None
    pending: bool = False


def _whereabouts(auditor: Auditor, change: Change, differs: Sequence[str], *, kept: bool) -> _Whereabouts:
    """Where a version is, or its fields that differ; `kept` says whether the replica has a record of its event."""
    ledger = auditor.ledger
    if ledger.first is None:
        return _Whereabouts("No client has made a request yet.", pending=True)
    if not auditor.complete:
        return _Whereabouts("The journal was cleared, so the audit does not know what was delivered to the client.")
    if lost := _lost(ledger, auditor, change, differs, kept=kept):
        return lost
    own = ledger.written.get(change.event.id, 0) >= change.version
    if not (own or change.deleted or auditor.owed(change)):
        sentence = "The event existed before the client's first request, and the client has not read everything."
        return _Whereabouts(sentence, pending=True)
    if found := auditor.out_of_reach(change):
        return _Whereabouts(f"{found.title}. {found.explanation}", found.requests, found.hazard, found.advice)
    number = change.version
    made = f"The client wrote version {number} itself, and no answer has shown it."
    return _Whereabouts(made if own else f"Version {number} may still be delivered.", pending=True)


def _lost(
    ledger: Ledger, auditor: Auditor, change: Change, differs: Sequence[str], *, kept: bool
) -> _Whereabouts | None:
    """A version that was delivered and lost, or that could not be delivered; None if neither is so."""
    latest = ledger.delivered_by(change.event.id)
    if latest is not None and (latest.version >= change.version or not (kept or latest.change.deleted)):
        if differs and all(ledger.delivered_by(change.event.id, name=name) != latest for name in differs):
            return _Whereabouts("Lists do not show this, and the client has not read the event by its id.")
        what = "the tombstone" if latest.change.deleted else f"version {latest.version}"
        return _Whereabouts(f"Request {latest.request} delivered {what}, and the client lost it.", (latest.request,))
    if change.deleted and ledger.full is not None and auditor.known_by_absence(change):
        sentence = f"Request {ledger.full.first} read everything, and the event was not there: the client ignored that."
        return _Whereabouts(sentence, (ledger.full.first,))
    if change.deleted and latest is None and ledger.first and auditor.visibility.visible(change, ledger.first):
        return _Whereabouts("The event was deleted before the client's first request, and was never delivered.")
    return None


# A replica as JSON


class _Records(fields.Field[list[ReplicaRecord]]):
    """Events, or objects with `id` and `lastModifiedAt` alone, or ids."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[ReplicaRecord]:
        return read_list(value, _record, MAX_RECORDS)

    def described(self, refer: Refer) -> Described:
        record = {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}
        return {"type": "array", "items": {"anyOf": [{"type": "string"}, record]}, "maxItems": MAX_RECORDS}


def _record(payload: Any) -> ReplicaRecord:
    record = payload if isinstance(payload, dict) else {"id": payload}
    check_size(record, MAX_FIELDS)
    if not isinstance(record.get("id"), str):
        raise ValidationError("Neither an id, which is a string, nor an object that has one.")
    if not isinstance(record.get("deleted", False), bool):
        raise ValidationError({"deleted": ["Not a boolean: true or false."]})
    return record


def _strays(records: Iterable[ReplicaRecord]) -> dict[str, Any]:
    """The first records with fields that no event has, and these fields."""
    found = ((place, record.keys() - _KNOWN) for place, record in enumerate(records) if not record.keys() <= _KNOWN)
    return {str(place): {name: [UNKNOWN] for name in sorted(names)} for place, names in islice(found, MAX_PROBLEMS + 1)}


class _WindowSchema(Strict):
    """An interval, as `GET /api/v1/events` takes it."""

    start = Instant(data_key="startAt")
    end = Instant(data_key="endAt")

    @validates_schema
    def in_order(self, data: Mapping[str, Any], **_: Any) -> None:
        if "start" in data and "end" in data and data["end"] < data["start"]:
            raise ValidationError("Must not be before startAt.", "endAt")

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Window:
        return Window(**data)


class ReplicaSchema(Strict):
    """A client's replica, to be compared with the CRM."""

    client = fields.String(validate=validate.Length(min=1, max=MAX_CLIENT_NAME))
    replica = _Records(required=True, attribute="records")
    window = fields.Nested(_WindowSchema)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Replica:
        return Replica(**data, strays=_strays(data["records"]))


_REPLICA = ReplicaSchema()


def replica_of(payload: Any) -> Replica:
    """The replica that a payload describes. Raises `AuditInvalid`."""
    replica: Replica = _REPLICA.check(payload, AuditInvalid, "The replica")
    return replica
