"""What an event says, by the names on the wire: in which fields versions differ, and which of them lists hide."""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson

from mockcrm.crm.change import Change
from mockcrm.crm.dialect.knobs import PLAIN, Dialect
from mockcrm.crm.event import Event
from mockcrm.crm.event_schema import event_schema
from mockcrm.crm.rendering import redacted


@lru_cache(maxsize=1)
def _wire_names() -> Mapping[str, str]:
    """The names on the wire of an event's attributes, its id left aside."""
    names = {field.attribute or name: name for name, field in event_schema(PLAIN).fields.items()}
    return {attribute: names[attribute] for attribute in Event.__slots__ if attribute in names and attribute != "id"}


def content_of(event: Event) -> dict[str, Any]:
    """What an event says, by the names on the wire: fields that the contract does not know among them."""
    said = {name: getattr(event, attribute) for attribute, name in _wire_names().items()}
    return {**said, **event.extra} if event.extra else said


def changed_fields(before: Event, after: Event) -> set[str]:
    """The names, on the wire, of the fields in which two versions of an event differ."""
    old, new = content_of(before), content_of(after)
    return {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


def set_fields(change: Change) -> frozenset[str]:
    """The same of a change and the version before it; of a new event what says something. Worked out once, and kept."""
    if change.fields is None:
        before = change.prior
        found = changed_fields(before.event, change.event) if before else _telling_fields(change.event)
        object.__setattr__(change, "fields", frozenset(found))
    return change.fields or frozenset()


def _telling_fields(event: Event) -> set[str]:
    """The names, on the wire, of the fields that do not say what they do by default."""
    defaults = _defaults()
    return {name for name, value in content_of(event).items() if value != defaults.get(name)}


def reset_fields(change: Change) -> set[str]:
    """The names, on the wire, of the fields that a change left with nothing, or with what they say by default."""
    defaults, content = _defaults(), content_of(change.event)
    return {name for name in set_fields(change) if content.get(name) == defaults.get(name)}


@lru_cache(maxsize=1)
def _defaults() -> Mapping[str, Any]:
    return {name: field.load_default for name, field in event_schema(PLAIN).fields.items() if not field.required}


def named_fields(body: Any, change: Change) -> tuple[str, ...]:
    """The fields of a version, or of the one before it, that a body names."""
    known = {*_wire_names().values(), *(change.event.extra or ()), *((change.prior and change.prior.event.extra) or ())}
    return tuple(name for name in body if name in known) if isinstance(body, dict) else ()


def digest_of(event: Event) -> bytes:
    """The same for events that say the same, whatever their ids."""
    shown = event_schema(PLAIN).show(event)
    return hashlib.blake2b(orjson.dumps({**shown, "id": None}), digest_size=16).digest()


def hidden_fields(event: Event, dialect: Dialect) -> set[str]:
    """The names, on the wire, of the fields that a list leaves out, or does not show as they are."""
    omitted = {*dialect.omitted_from_lists}
    return omitted | redacted_fields(event) if dialect.private_in_lists == "busy" and event.private else omitted


def redacted_fields(event: Event) -> set[str]:
    """The names, on the wire, of the fields that a list which redacts does not show as they are."""
    return changed_fields(event, redacted(event))
