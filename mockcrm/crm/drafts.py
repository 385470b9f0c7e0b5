"""Bodies that describe records: read by a dialect's schema, and made into records (contract, sections 2, 3 and 8)."""

from collections.abc import Collection, Mapping
from typing import Any

from marshmallow import ValidationError

from mockcrm.base.schema.strict import refused
from mockcrm.crm.dialect.knobs import CONTROLS, CONTROLS_KEEPING, Dialect
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.kinds.registry import kind_of
from mockcrm.crm.record import Extra, Record
from mockcrm.crm.record_schema import MAX_UNKNOWN
from mockcrm.errors import RecordInvalid


class Draft:
    """The content of a record in a body or, if `partial`, a JSON merge patch.

    A body is read by `dialect` at once, so that reading needs no lock. It is read again only if another dialect decides
    in the end. Without a `dialect` it is read when it is known which one decides: of many drafts, those after the last
    problem that a refusal names are then not read at all. Problems are raised by `values`, because other refusals may
    come first.
    """

    __slots__ = ("_reading", "body", "kind", "partial")

    def __init__(self, body: Any, dialect: Dialect | None, *, partial: bool = False, kind: Kind = EVENT) -> None:
        self.body, self.partial, self.kind = body, partial, kind
        self._reading = self._read(dialect) if dialect else None

    @property
    def id(self) -> Any:
        """The `id` in the body, if any."""
        return self.body.get("id") if isinstance(self.body, Mapping) else None

    @property
    def sent(self) -> Collection[str] | None:
        """The names of the fields that it sets: an absent one stays in a merge patch, and in a whole record if the CRM
        fills it in. None for all.
        """
        if not isinstance(self.body, Mapping):
            return None
        if self.partial:
            return self.body.keys()
        return {name for name in self.kind.fields if name in self.body or name not in self.kind.filled}

    def with_fields(self, fields: Mapping[str, Any]) -> "Draft":
        """The same draft with other values, in JSON's types, in some of its fields; itself if none differs."""
        if all(self.body[name] == value for name, value in fields.items()):
            return self
        dialect = self._reading[0] if self._reading else None
        return Draft({**self.body, **fields}, dialect, partial=self.partial, kind=self.kind)

    def values(self, dialect: Dialect) -> Mapping[str, Any]:
        """The values in the body, by attribute. Raises `RecordInvalid`."""
        reading = self._reading
        if reading is None or not _is_good_for(reading, dialect):
            self._reading = reading = self._read(dialect)
        _, values = reading
        if isinstance(values, ValidationError):
            raise refused(values, RecordInvalid.of(self.kind.name), f"The {self.kind.name}") from values
        return values

    def _read(self, dialect: Dialect) -> "_Reading":
        schema = self.kind.schema(dialect)
        try:
            if not self.partial:
                return dialect, schema.load(self.body)
            patch, defaults = schema.cleared(self.body)
            return dialect, defaults | schema.load(patch, partial=True)
        except ValidationError as error:
            return dialect, error


_Reading = tuple[Dialect, Mapping[str, Any] | ValidationError]
"""The dialect that a body was read by, and the result."""


def _is_good_for(reading: _Reading, dialect: Dialect) -> bool:
    """Whether a reading is good for another dialect: without unknown fields it does not matter if those are kept."""
    by, values = reading
    if by is dialect:
        return True
    return (
        by is CONTROLS_KEEPING
        and dialect is CONTROLS
        and not isinstance(values, ValidationError)
        and not _has_unknown(values)
    )


def _has_unknown(values: Mapping[str, Any]) -> bool:
    """Whether unknown fields were read and kept."""
    parts = (*values.get("attendees", ()), *values.get("related_to", ()))
    return values["extra"] is not None or any(part.extra is not None for part in parts)


def drafted_record(record_id: str, draft: Draft, dialect: Dialect, filled: Mapping[str, Any] = {}) -> Record:
    """The record that a draft describes, with the attributes that the CRM has `filled` in. Raises `RecordInvalid`."""
    return draft.kind.record(**{**filled, **draft.values(dialect), "id": record_id})


def replacement(record: Record, draft: Draft, dialect: Dialect) -> Record:
    """The record after a draft replaces it. What the CRM fills in stays, unless it is named. Raises `RecordInvalid`."""
    attributes = [draft.kind.fields[name] for name in draft.kind.filled]
    kept = {attribute: getattr(record, attribute) for attribute in attributes}
    return draft.kind.record(**{**kept, **draft.values(dialect), "id": record.id})


def patched_record(record: Record, draft: Draft, dialect: Dialect) -> Record:
    """The record after a JSON merge patch (RFC 7396). The rules are checked on the result. Raises `RecordInvalid`."""
    patch = draft.values(dialect)
    extra = _extended(draft.kind, record.extra, patch["extra"])
    return draft.kind.record(**{**draft.kind.values(record), **patch, "id": record.id, "extra": extra})


def _extended(kind: Kind, extra: Extra, patch: Extra) -> Extra:
    """Raises `RecordInvalid` if the record would have too many unknown fields."""
    merged = _merged(extra, patch)
    if merged and len(merged) > MAX_UNKNOWN:
        message = f"The {kind.name} would have more than {MAX_UNKNOWN:,} unknown fields."
        raise RecordInvalid.of(kind.name)(message)
    return merged


def _merged(target: Extra, patch: Extra) -> Extra:
    if not patch:
        return target
    merged = dict(target or {})
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, Mapping):
            old = merged.get(name)
            merged[name] = _merged(old if isinstance(old, Mapping) else None, value) or {}
        else:
            merged[name] = value
    return merged or None


def normalized(record: Record, dialect: Dialect) -> Record:
    """The record as the CRM keeps it, which may differ from what was sent."""
    if not dialect.normalization:
        return record
    kept: Record = kind_of(record).normalized(record, dialect)
    return kept
