"""The bytes in which versions of events are shown: made once in each style, and kept."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple
from zlib import crc32

import orjson

from mockcrm.crm.change import Change
from mockcrm.crm.dialect.knobs import PLAIN, Dialect
from mockcrm.crm.event import Event
from mockcrm.crm.event_schema import EventSchema, event_schema

MAX_OTHERS = 2
"""In how many styles besides the first a version's JSON is kept: a CRM shows it in three at most."""
MAX_STYLES = 1_000
"""How many styles are known by their identity."""
_KEEPING = threading.Lock()
_STYLES: dict["Style", "Style"] = {}


_REDACTED: Mapping[str, Any] = {
    "subject": "Busy",
    "description": None,
    "location": None,
    "attendees": (),
    "parent_id": None,
    "related_to": (),
    "extra": None,
}


SHOWN = 40
"""How much of a value is shown to people, in characters."""


class Style(NamedTuple):
    """What of a dialect shows in an event's JSON: one object for each style, so that it is told by identity."""

    timestamp_format: str
    timestamp_precision: str
    related_to_shape: str
    tombstones: str
    private: str
    omitted: tuple[str, ...]


def rendered(changes: Iterable[Change], dialect: Dialect, *, listed: bool = False) -> list[bytes]:
    """Each version's JSON in the dialect, in which it may be another where it is `listed`.

    It is made once, and kept with the version for whoever asks next.
    """
    style = _style(dialect, listed)
    # A list visits a thousand versions that lie all over the memory: each step from object to object counts.
    return [change.json if change.style is style else _in_another(change, style, dialect) for change in changes]


def tagged(change: Change) -> str:
    """What tells a version from every other: its number, and a sum of what it says, made once and kept."""
    if not change.tag:
        (plain,) = rendered([change], PLAIN)
        object.__setattr__(change, "tag", f"{change.version}-{crc32(plain):08x}")
    return change.tag


@lru_cache(maxsize=64)
def _style(dialect: Dialect, listed: bool) -> Style:
    style = Style(
        dialect.timestamp_format,
        dialect.timestamp_precision,
        dialect.related_to_shape,
        dialect.tombstones,
        dialect.private_in_lists if listed else "full",
        dialect.omitted_from_lists if listed else (),
    )
    if len(_STYLES) == MAX_STYLES:
        _STYLES.clear()
    return _STYLES.setdefault(style, style)


def _in_another(change: Change, style: Style, dialect: Dialect) -> bytes:
    if (known := (change.others or {}).get(style)) is not None:
        return known
    # orjson's buffer is several times as large as what it holds, and this is kept.
    data = bytes(memoryview(orjson.dumps(_version(change, style, event_schema(dialect)))))
    # Forks of two dialects share the version, and may show it at the same time.
    with _KEEPING:
        if change.style is None:
            object.__setattr__(change, "json", data)
            object.__setattr__(change, "style", style)
        else:
            others = [*(change.others or {}).items(), (style, data)]
            object.__setattr__(change, "others", dict(others[-MAX_OTHERS:]))
    return data


def _version(change: Change, style: Style, schema: EventSchema) -> dict[str, Any]:
    """A version as a list or a read by id gives it: an event, or the tombstone of one (contract, section 3)."""
    stamp = schema.stamp(change)
    if change.deleted and style.tombstones == "idOnly":
        return {"id": change.event.id, "deleted": True}
    if change.deleted:
        return {"id": change.event.id, "deleted": True, "deletedAt": stamp, "lastModifiedAt": stamp}
    redacts = style.private == "busy" and change.event.private
    shown = schema.show(redacted(change.event) if redacts else change.event)
    shown["lastModifiedAt"] = stamp
    for name in style.omitted:
        del shown[name]
    return shown


def redacted(event: Event) -> Event:
    """A private event as a list shows it where the dialect redacts it."""
    return replace(event, **_REDACTED)


def shown_event(change: Change, dialect: Dialect = PLAIN) -> dict[str, Any]:
    """An event's content with its stamp, also of a version that is a deletion."""
    schema = event_schema(dialect)
    return schema.show(change.event) | {"lastModifiedAt": schema.stamp(change)}


def shortly(value: Any) -> str:
    """A field's value for people, who need not see all of it."""
    text = orjson.dumps(value).decode()
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
