"""A client's replica compared with the CRM: where they differ, and why (`docs/explanation/audit.md`)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

import orjson
from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from mockcrm.audit.auditor import Auditor
from mockcrm.audit.explanations import finding
from mockcrm.audit.findings import Finding
from mockcrm.audit.link_names import without_link_names
from mockcrm.audit.paged_read import lies_in
from mockcrm.audit.replica_causes import ReplicaCauses
from mockcrm.base.declaring import dataclass
from mockcrm.base.difference import difference
from mockcrm.base.schema.bases import Field
from mockcrm.base.schema.descriptions import Described, Refer
from mockcrm.base.schema.fields import MAX_MEMBERS, Instant, check_size, read_list
from mockcrm.base.schema.strict import Strict
from mockcrm.base.times import from_epoch_millis, midnight, parse_day, parse_instant
from mockcrm.crm.change import Change
from mockcrm.crm.dialect.knobs import Dialect
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.query import Window
from mockcrm.crm.record_schema import RESERVED
from mockcrm.crm.rendering import rendered, shown_record
from mockcrm.errors import AuditInvalid
from mockcrm.errors.problems import MAX_PROBLEMS, UNKNOWN
from mockcrm.journal.body_matcher import is_within
from mockcrm.journal.entry import MAX_CLIENT_NAME

MAX_UNLIKE = 3
"""Of how many differing fields an explanation shows both values."""
MAX_RECORDS = 100_000
"""The largest number of records in a replica."""
MAX_FIELDS = 2 * MAX_MEMBERS
"""The largest number of fields in a record: its own, and as many unknown ones as a record keeps."""

ReplicaRecord = Mapping[str, Any]

_UNKNOWN_ID = "Keep each record under the id that the CRM returned for it, and remove those that the CRM does not have."


def record_fields(kind: Kind) -> frozenset[str]:
    """The fields that a record of a replica can have, unless the CRM keeps unknown ones."""
    return frozenset({"id", *kind.fields, "lastModifiedAt", *RESERVED})


@dataclass(frozen=True)
class Replica:
    """What a client has stored of one kind: its records, with `id` and those fields that are to be compared.

    `{"id": "e1", "subject": "Planning"}` is a record. `client` says whose replica it is; an only client need not be
    named. Only what lies in the `window` is compared.
    """

    records: Sequence[ReplicaRecord]
    client: str | None = None
    window: Window = Window()
    kind: str = EVENT.name
    strays: Mapping[str, Any] = field(default_factory=dict)
    """Fields of its records that no record has unless the CRM keeps unknown ones, by place and name."""

    def findings(self, auditors: Sequence[Auditor]) -> Iterator[Finding]:
        """Where it differs both from what lists show and from the latest versions, wherever the client reads.

        There is an auditor for each place whose lists it reads. Raises `AuditInvalid` for unknown fields.
        """
        auditor = auditors[0]
        if auditor.crm.dialect.unknown_fields != "keep":
            self._refuse_strays()
        named = without_link_names(auditor.crm.store, self.records)
        kept, comparisons = _by_id(named), [_Comparison(each, self.window) for each in auditors]
        for comparison, change in _compared(comparisons):
            yield from comparison.findings(change, kept.pop(change.record.id, ()))
        for record_id, records in kept.items():
            found = next(filter(None, (each.latest(record_id) for each in comparisons)), None)
            if found is None:
                unknown = [f"No {self.kind} ever had this id."]
                yield finding("replica.phantom", record_id, unknown, own_advice=_UNKNOWN_ID, kind=auditor.kind)
            else:
                yield from found.comparison.findings(found.change, records)

    def _refuse_strays(self) -> None:
        if self.strays:
            place, names = next(iter(self.strays.items()))
            named = f"{', '.join(names)} in record {place}"
            message = f"The replica has fields that no {self.kind} has: {named}."
            raise AuditInvalid(message, {"replica": self.strays})


def _by_id(records: Iterable[ReplicaRecord]) -> dict[str, list[ReplicaRecord]]:
    """The records by their ids, without those which say that they were deleted."""
    kept: dict[str, list[ReplicaRecord]] = {}
    for record in records:
        if record.get("deleted") is not True and "deletedAt" not in record:
            kept.setdefault(record["id"], []).append(record)
    return kept


class _Compared(NamedTuple):
    """A version, and what compares it."""

    comparison: "_Comparison"
    change: Change


def _compared(comparisons: Sequence["_Comparison"]) -> Iterable[_Compared]:
    """What lists show of each record. One that is in several places has moved: it is where it is living."""
    if len(comparisons) == 1:
        return comparisons[0].shown()
    found: dict[str, _Compared] = {}
    for each in comparisons:
        for shown in each.shown():
            before = found.get(shown.change.record.id)
            if before is None or before.change.deleted:
                found[shown.change.record.id] = shown
    return found.values()


class _Comparison:
    """Compares a client's records with those of the CRM: each difference gives one finding."""

    def __init__(self, auditor: Auditor, window: Window) -> None:
        self._crm, self._records = auditor.crm, auditor.records
        self._window, self._causes = window, ReplicaCauses(auditor)

    def shown(self) -> Iterator[_Compared]:
        """What lists show of this place."""
        return (_Compared(self, each) for each in self._records.visible_all())

    def latest(self, record_id: str) -> _Compared | None:
        """The latest version of a record that is or was here."""
        change = self._records.latest(record_id)
        return _Compared(self, change) if change else None

    def findings(self, change: Change, records: Sequence[ReplicaRecord]) -> Iterator[Finding]:
        """How the records differ from one that lists show, or whose tombstone they show."""
        latest = self._records.latest(change.record.id) or change
        alive = not change.deleted and lies_in(self._window, change)
        alive_by_id = not latest.deleted and lies_in(self._window, latest)
        if not records:
            if alive and alive_by_id:
                yield self._difference("replica.missing", change, kept=False)
        elif alive or alive_by_id:
            yield from self._unlike(change, latest, [(change, alive), (latest, alive_by_id)], records)
        elif change.deleted:
            yield self._difference("replica.phantom", change)
        elif any(_lies_in(self._window, record) for record in records):
            yield self._difference("replica.phantom", change, [f"The {change.kind} lies outside the window."])

    def _unlike(
        self,
        change: Change,
        latest: Change,
        lives: Iterable[tuple[Change, bool]],
        records: Sequence[ReplicaRecord],
    ) -> Iterator[Finding]:
        """How records differ from a living one: from what lists show of it, and from its latest version."""
        versions = [version for version, alive in lives if alive]
        unlike = []
        for record in records:
            differs = [_differing(record, version, self._crm.dialect) for version in versions]
            unlike += [(record, differs[0])] if all(differs) else []
        if len(records) > 1:
            some = f" {len(unlike)} of these records differ from the {change.kind}." if unlike else ""
            yield finding("replica.duplicate", latest, [f"The replica has it {len(records)} times.{some}"])
        if len(unlike) == len(records):
            yield self._stale(versions[0], *unlike[0])

    def _stale(self, change: Change, record: ReplicaRecord, differs: tuple[str, ...]) -> Finding:
        """A record that differs from the CRM's, with the older version that it equals, if any."""
        sentences, dialect = [], self._crm.dialect
        older = change.prior
        while older is not None and (older.deleted or _differing(record, older, dialect)):
            older = older.prior
        if older is not None:
            sentences.append(f"The replica has version {older.version}.")
        sentences += _both_values(record, change, differs)
        return self._difference("replica.stale", change, sentences, differs)

    def _difference(
        self,
        code: str,
        change: Change,
        sentences: Sequence[str] = (),
        differs: tuple[str, ...] = (),
        *,
        kept: bool = True,
    ) -> Finding:
        """A difference, and why there is one: a version was delivered and lost, will not come, or may still come."""
        why = self._causes.cause(change, differs, kept=kept)
        code = "replica.pending" if why.pending else code
        return finding(code, change, [*sentences, why.sentence], why.requests, why.hazard, differs, why.advice)


def _lies_in(window: Window, record: ReplicaRecord) -> bool:
    """Whether a record lies in a window by its own times, though that of the CRM does not."""
    try:
        start, end = (parse_instant(record[name]) for name in ("startTime", "endTime"))
    except (KeyError, TypeError, ValueError):
        return False
    return window.holds(start, end)


def _both_values(record: ReplicaRecord, change: Change, differs: Iterable[str]) -> Iterator[str]:
    """Both values of the first fields that differ, in words."""
    shown = shown_record(change)
    for name in islice(differs, MAX_UNLIKE):
        place, one, other = difference(name, record[name], _compared_part(record[name], shown.get(name)))
        yield f"{place} is {one} in the replica, and {other} in the CRM."


def _compared_part(kept: Any, value: Any) -> Any:
    """A value without the members of nested objects that a record does not have, which are not compared."""
    if isinstance(kept, dict) and isinstance(value, dict):
        return {name: _compared_part(kept[name], each) for name, each in value.items() if name in kept}
    if isinstance(kept, list) and isinstance(value, list):
        names = {name: each for member in kept if isinstance(member, dict) for name, each in member.items()}
        like = kept if len(kept) == len(value) else [names or each for each in value]
        return [_compared_part(*both) for both in zip(like, value, strict=True)]
    return value


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
    yield shown_record(change)


def _is_same(name: str, one: Any, other: Any) -> bool:
    """Whether a record's field equals the CRM's; of nested objects only the members that the record has count."""
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


# A replica as JSON


class _Records(Field[list[ReplicaRecord]]):
    """Records, or objects with `id` and `lastModifiedAt` alone, or ids."""

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


def _strays(records: Iterable[ReplicaRecord], kind: Kind) -> dict[str, Any]:
    """The first records with fields that none of their kind has, and these fields."""
    known = record_fields(kind)
    found = ((place, record.keys() - known) for place, record in enumerate(records) if not record.keys() <= known)
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
    kind = fields.String(load_default=EVENT.name, validate=validate.OneOf([*KINDS]))
    window = fields.Nested(_WindowSchema)

    @validates_schema
    def with_times(self, data: Mapping[str, Any], **_: Any) -> None:
        kind = KINDS.get(data.get("kind", ""))
        if kind is not None and not kind.timed and "window" in data:
            raise ValidationError(f"{kind.titles} have no times: leave the window out.", "window")

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Replica:
        return Replica(**data, strays=_strays(data["records"], KINDS[data["kind"]]))


_REPLICA = ReplicaSchema()


def replica_of(payload: Any) -> Replica:
    """The replica that a payload describes. Raises `AuditInvalid`."""
    replica: Replica = _REPLICA.check(payload, AuditInvalid, "The replica")
    return replica
