"""A client's own view held against what the CRM shows: where they differ, and who lost it (`docs/audit.md`)."""

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
from mockcrm.base.schema.fields import MOST, Described, Instant, Refer, check_size, read_each
from mockcrm.base.schema.strict import Strict
from mockcrm.base.times import from_epoch_millis, midnight, parse_day, parse_instant
from mockcrm.crm.dialect.knobs import FIELDS, Dialect
from mockcrm.crm.event import Change
from mockcrm.crm.record_schema import RESERVED, rendered, shortly, shown_event
from mockcrm.crm.store import Window
from mockcrm.errors import AuditInvalid
from mockcrm.errors.problems import MAX_PROBLEMS, UNKNOWN
from mockcrm.journal.journal import MAX_NAME
from mockcrm.journal.matcher import is_within

MAX_UNLIKE = 3
"""Of how many fields that differ an explanation tells what both sides say."""
MAX_RECORDS = 100_000
"""How many records a replica may have."""
MAX_FIELDS = 2 * MOST
"""How many fields one of them may have: an event's, and as many as an event keeps beside."""

Record = Mapping[str, Any]

_KNOWN = {"id", *FIELDS, "lastModifiedAt", *RESERVED}


@dataclass(frozen=True)
class Replica:
    """What a client has: a record for each event, whose id it names, with as many of its fields as shall be compared.

    `client` says whose it is; where there is only one, it is that one's. Only what lies in the `window` is compared.
    """

    records: Sequence[Record]
    client: str | None = None
    window: Window = Window()
    strays: Mapping[str, Any] = field(default_factory=dict)
    """The fields of its records that no event has where unknown ones are not kept, by place and name."""

    def findings(self, auditor: Auditor) -> Iterator[Finding]:
        """Where it differs from what lists show, or the latest versions. Raises `AuditInvalid` for unknown fields."""
        if auditor.crm.dialect.unknown_fields != "keep":
            self._check_names()
        kept = _by_id(self.records)
        for event_id, records in kept.items():
            if len(records) > 1:
                about = auditor.crm.store.latest(event_id) or event_id
                yield finding("replica.duplicate", about, [f"The replica has it {len(records)} times."])
        for change in auditor.crm.store.visible_all():
            for each in kept.pop(change.event.id, [None]):
                yield from _held(auditor, change, each, self.window)
        for event_id, records in kept.items():
            if (latest := auditor.crm.store.latest(event_id)) is None:
                yield finding("replica.phantom", event_id, ["There never was an event of this id."])
            else:
                yield from (found for each in records for found in _held(auditor, latest, each, self.window))

    def _check_names(self) -> None:
        if self.strays:
            place, names = next(iter(self.strays.items()))
            named = f"{', '.join(names)} in record {place}"
            raise AuditInvalid(f"The replica has fields that no event has: {named}.", {"replica": self.strays})


def _by_id(records: Iterable[Record]) -> dict[str, list[Record | None]]:
    """Those that do not say that their event was deleted."""
    kept: dict[str, list[Record | None]] = {}
    for record in records:
        if record.get("deleted") is not True and "deletedAt" not in record:
            kept.setdefault(record["id"], []).append(record)
    return kept


def _held(auditor: Auditor, change: Change, record: Record | None, window: Window) -> Iterator[Finding]:
    """One event that lists show, or whose tombstone they do."""
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


def _lies_in(window: Window, record: Record) -> bool:
    """Whether an event that lies outside a window lies within by what a record says of it."""
    try:
        start, end = (parse_instant(record[name]) for name in ("startTime", "endTime"))
    except (KeyError, TypeError, ValueError):
        return False
    return window.holds(start, end)


def _stale(auditor: Auditor, change: Change, record: Record, differs: tuple[str, ...]) -> Finding:
    """A record that says something else than its event, and what version says that."""
    told, dialect = [], auditor.crm.dialect
    older = change.prior
    while older is not None and (older.deleted or _differing(record, older, dialect)):
        older = older.prior
    if older is not None:
        told.append(f"The replica has what version {older.version} said.")
    told += _unlike(record, change, differs)
    return _difference("replica.stale", auditor, change, told, differs)


def _unlike(record: Record, change: Change, differs: Iterable[str]) -> Iterator[str]:
    """What both sides say of the first fields that differ."""
    shown = shown_event(change)
    for name in islice(differs, MAX_UNLIKE):
        place, one, other = _parting(name, record[name], shown.get(name))
        yield f"{place} is {shortly(one)} there, and {shortly(other)} in the CRM."


def _parting(place: str, one: Any, other: Any) -> tuple[str, Any, Any]:
    """Where within a field a record first says something else, and what both say there."""
    parts: Iterable[tuple[str, Any, Any]] = ()
    if isinstance(one, dict) and isinstance(other, dict):
        parts = ((f"{place}.{name}", each, other.get(name)) for name, each in one.items())
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        parts = ((f"{place}[{number}]", *both) for number, both in enumerate(zip(one, other, strict=True)))
    return next((_parting(*part) for part in parts if not is_within(part[1], part[2])), (place, one, other))


def _differing(record: Record, change: Change, dialect: Dialect) -> tuple[str, ...]:
    """The fields in which a record differs from however a version may be shown."""
    names = [name for name in record if name not in ("id", *RESERVED)]
    for form in _forms(change, dialect):
        names = [name for name in names if name not in form or not _is_same(name, record[name], form[name])]
        if not names:
            break
    return tuple(sorted(names))


def _forms(change: Change, dialect: Dialect) -> Iterator[Record]:
    """A version as lists show it, as a read by id does, and plainly."""
    for listed in (True, False):
        (shown,) = rendered([change], dialect, listed=listed)
        yield orjson.loads(shown)
    yield shown_event(change)


def _is_same(name: str, one: Any, other: Any) -> bool:
    """Whether a record's field says what an event's does; of objects within, those members that the record has."""
    if is_within(one, other):
        return True
    if name not in ("startTime", "endTime", "lastModifiedAt"):
        return False
    try:
        return _instant(one) == _instant(other)
    except (TypeError, ValueError):
        return False


def _instant(told: Any) -> datetime:
    """An instant, also as epoch milliseconds; or the midnight of a day, by which all-day events may be held."""
    if type(told) is int:
        return from_epoch_millis(told)
    day = parse_day(told)
    return midnight(day) if day else parse_instant(told)


def _difference(
    code: str,
    auditor: Auditor,
    change: Change,
    told: Sequence[str] = (),
    differs: tuple[str, ...] = (),
    *,
    kept: bool = True,
) -> Finding:
    """A difference, and why: what the client was given and lost itself, what it was never given, and what it may be."""
    why = _whereabouts(auditor, change, differs, kept=kept)
    code = "replica.pending" if why.pending else code
    return finding(code, change, [*told, why.told], why.requests, why.hazard, differs, why.cure)


class _Whereabouts(NamedTuple):
    """Where a version has got to that a client does not have, and the requests that show it.

    `cure` is what helps against how it came about. It is `pending` where the client cannot have it yet, and nobody's
    mistake.
    """

    told: str
    requests: tuple[int, ...] = ()
    hazard: str | None = None
    cure: str | None = None
    pending: bool = False


def _whereabouts(auditor: Auditor, change: Change, differs: Sequence[str], *, kept: bool) -> _Whereabouts:
    """Where a version has got to, or some fields of it, whether or not the client `kept` a record of it."""
    ledger = auditor.ledger
    if ledger.first is None:
        return _Whereabouts("No client has asked for anything yet.", pending=True)
    if not auditor.complete:
        return _Whereabouts("The journal was cleared, so that nobody knows what the client was given.")
    if lost := _lost(ledger, auditor, change, differs, kept=kept):
        return lost
    own = ledger.wrote.get(change.event.id, 0) >= change.version
    if not (own or change.deleted or auditor.owed(change)):
        told = "The event was there before the client's first request, and the client has not read everything."
        return _Whereabouts(told, pending=True)
    if found := auditor.out_of_reach(change):
        return _Whereabouts(f"{found.title}. {found.explanation}", found.requests, found.hazard, found.advice)
    told = "The client made version {0} itself, and no answer has shown it." if own else "Version {0} may yet be given."
    return _Whereabouts(told.format(change.version), pending=True)


def _lost(
    ledger: Ledger, auditor: Auditor, change: Change, differs: Sequence[str], *, kept: bool
) -> _Whereabouts | None:
    """What the client was told, and did not keep; or could not have been told."""
    given = ledger.knew(change.event.id)
    if given is not None and (given.version >= change.version or not (kept or given.change.deleted)):
        if differs and all(ledger.knew(change.event.id, name=name) != given for name in differs):
            return _Whereabouts("Lists do not show that, and the client has not read the event by its id.")
        what = "the tombstone" if given.change.deleted else f"version {given.version}"
        told = f"Request {given.request} gave the client {what}, and it was lost there."
        return _Whereabouts(told, (given.request,))
    if change.deleted and ledger.full is not None and auditor.known_by_absence(change):
        told = f"Request {ledger.full.first} read everything, and the event was not there: that was lost on the client."
        return _Whereabouts(told, (ledger.full.first,))
    if change.deleted and given is None and ledger.first and auditor.sightings.visible(change, ledger.first):
        return _Whereabouts("The event was deleted before the client came, which was never given it.")
    return None


# How a replica is told


class _Records(fields.Field[list[Record]]):
    """Events, or objects with `id` and `lastModifiedAt` alone, or ids."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Record]:
        if not isinstance(value, list):
            raise ValidationError("Not a list.")
        check_size(value, MAX_RECORDS)
        return read_each(enumerate(value), _record)

    def described(self, refer: Refer) -> Described:
        record = {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}
        return {"type": "array", "items": {"anyOf": [{"type": "string"}, record]}, "maxItems": MAX_RECORDS}


def _record(payload: Any) -> Record:
    record = payload if isinstance(payload, dict) else {"id": payload}
    check_size(record, MAX_FIELDS)
    if not isinstance(record.get("id"), str):
        raise ValidationError("Neither an id, which is a string, nor an object that has one.")
    if not isinstance(record.get("deleted", False), bool):
        raise ValidationError({"deleted": ["Not a boolean: true or false."]})
    return record


def _strays(records: Iterable[Record]) -> dict[str, Any]:
    """The first records that have fields which no event has, with these."""
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
    """A client's replica, to be held against the CRM."""

    client = fields.String(validate=validate.Length(min=1, max=MAX_NAME))
    replica = _Records(required=True, attribute="records")
    window = fields.Nested(_WindowSchema)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Replica:
        return Replica(**data, strays=_strays(data["records"]))


_REPLICA = ReplicaSchema()


def replica_of(told: Any) -> Replica:
    """The replica that is told. Raises `AuditInvalid`."""
    replica: Replica = _REPLICA.check(told, AuditInvalid, "The replica")
    return replica
