"""The content of events, by the names on the wire: which fields differ between versions, which of them lists hide."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from operator import attrgetter
from typing import Any

import orjson

from mockcrm.base.caching import keep
from mockcrm.crm.change import Change
from mockcrm.crm.dialect.knobs import PLAIN, Dialect
from mockcrm.crm.event import Event
from mockcrm.crm.kinds import EVENT

_values = attrgetter(*EVENT.fields.values())


def event_content(event: Event) -> dict[str, Any]:
    """The fields of an event with their values in the model, unknown fields included."""
    content = dict(zip(EVENT.fields, _values(event), strict=True))
    return {**content, **event.extra} if event.extra else content


def changed_fields(before: Event, after: Event) -> set[str]:
    """The fields in which two versions of an event differ."""
    old, new = event_content(before), event_content(after)
    return {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


def set_fields(change: Change) -> frozenset[str]:
    """The fields that a change set: those that differ from the version before, or in a new event from their default.

    Worked out once, and kept.
    """
    if change.fields is None:
        before = change.prior
        found = changed_fields(before.event, change.event) if before else fields_with_content(change.event)
        keep(change, "fields", frozenset(found))
    return change.fields or frozenset()


def fields_with_content(event: Event) -> set[str]:
    """The fields whose values are not the defaults."""
    defaults = _defaults()
    return {name for name, value in event_content(event).items() if value != defaults.get(name)}


def reset_fields(change: Change) -> set[str]:
    """The fields that a change emptied, or set to their defaults."""
    defaults, content = _defaults(), event_content(change.event)
    return {name for name in set_fields(change) if content.get(name) == defaults.get(name)}


@lru_cache(maxsize=1)
def _defaults() -> Mapping[str, Any]:
    return {name: field.load_default for name, field in EVENT.schema(PLAIN).fields.items() if not field.required}


def named_fields(body: Any, change: Change) -> tuple[str, ...]:
    """The fields that a body names, of those that a version or the one before it has."""
    known = {*EVENT.fields, *(change.event.extra or ()), *((change.prior and change.prior.event.extra) or ())}
    return tuple(name for name in body if name in known) if isinstance(body, dict) else ()


def digest_of(event: Event) -> bytes:
    """A digest that is the same for events with the same content, whatever their ids."""
    shown = EVENT.schema(PLAIN).show(event)
    return hashlib.blake2b(orjson.dumps({**shown, "id": None}), digest_size=16).digest()


def hidden_fields(event: Event, dialect: Dialect) -> set[str]:
    """The fields of an event that a list leaves out, or does not show as they are."""
    omitted = {*dialect.omitted_from_lists}
    return omitted | redacted_fields(event) if dialect.private_in_lists == "busy" and event.private else omitted


def redacted_fields(event: Event) -> set[str]:
    """The fields of an event that its redacted form does not show as they are."""
    return changed_fields(event, redacted(event))


def redacted(event: Event) -> Event:
    """A private event as a list shows it where the dialect redacts it."""
    return replace(event, **EVENT.redacted)
