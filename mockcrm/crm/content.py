"""The content of records, by the names on the wire: which fields differ between versions, which of them lists hide."""

import hashlib
from dataclasses import replace
from typing import Any, cast

import orjson

from mockcrm.base.caching import keep
from mockcrm.crm.change import Change
from mockcrm.crm.dialect.knobs import PLAIN, Dialect
from mockcrm.crm.kinds.registry import kind_of
from mockcrm.crm.record import Record


def record_content(record: Record) -> dict[str, Any]:
    """The fields of a record with their values in the model, unknown fields included."""
    return kind_of(record).content(record)


def changed_fields(before: Record, after: Record) -> set[str]:
    """The fields in which two versions of a record differ."""
    old, new = record_content(before), record_content(after)
    return {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


def set_fields(change: Change) -> frozenset[str]:
    """The fields that a change set: those that differ from the version before, or in a new record from their default.

    Worked out once, and kept.
    """
    if change.fields is None:
        before = change.prior
        found = changed_fields(before.record, change.record) if before else fields_with_content(change.record)
        keep(change, "fields", frozenset(found))
    return change.fields or frozenset()


def fields_with_content(record: Record) -> set[str]:
    """The fields whose values are not the defaults, without those that the CRM fills in."""
    kind = kind_of(record)
    content = kind.content(record).items()
    return {name for name, value in content if value != kind.defaults.get(name) and name not in kind.filled}


def reset_fields(change: Change) -> set[str]:
    """The fields that a change emptied, or set to their defaults."""
    kind = kind_of(change.record)
    content = kind.content(change.record)
    return {name for name in set_fields(change) if content.get(name) == kind.defaults.get(name)}


def named_fields(body: Any, change: Change) -> tuple[str, ...]:
    """The fields that a body names, of those that a version or the one before it has."""
    fields = kind_of(change.record).fields
    known = {*fields, *(change.record.extra or ()), *((change.prior and change.prior.record.extra) or ())}
    return tuple(name for name in body if name in known) if isinstance(body, dict) else ()


def digest_of(record: Record) -> bytes:
    """A digest that is the same for records with the same content, whatever their ids."""
    shown = kind_of(record).schema(PLAIN).show(record)
    return hashlib.blake2b(orjson.dumps({**shown, "id": None}), digest_size=16).digest()


def hidden_fields(record: Record, dialect: Dialect) -> set[str]:
    """The fields of a record that a list leaves out, or does not show as they are."""
    omitted = {*dialect.omitted_from_lists} & kind_of(record).fields.keys()
    return omitted | redacted_fields(record) if is_redacted(record, dialect.private_in_lists) else omitted


def is_redacted(record: Record, private_in_lists: str) -> bool:
    """Whether lists redact a record, where the dialect shows private ones in this way."""
    return private_in_lists == "busy" and bool(kind_of(record).redacted) and cast(Any, record).private


def redacted_fields(record: Record) -> set[str]:
    """The fields of a record that its redacted form does not show as they are."""
    return changed_fields(record, redacted(record))


def redacted(record: Any) -> Any:
    """A private record as a list shows it where the dialect redacts it."""
    return replace(record, **kind_of(record).redacted)
