"""Estimates of the memory that an event takes, and of the length of its JSON, without making that.

The figures were measured (CPython 3.11, 64 bits). They fit usual calendars, and are never far too low.
"""

from typing import Any

import orjson

from mockcrm.crm.event import Event

CHANGE = 1_500
"""A change with a short event, in bytes: its objects, its rows in the indexes, and its JSON."""
PERSON = 450
"""An attendee or a link without its texts, in bytes: the object, its kept JSON, and its part of the event's JSON."""
INVENTED = 2_500
"""An invented event, in bytes. Its people recur, and are in memory only once."""

LIGHT = 16 * 1024
"""Up to this many bytes a fault rule or a scheduled action counts as nothing, so that small ones may come and go."""

_WIDE = 4
"""The most bytes of a character, in memory and in JSON."""
_FRAME = 300
"""The length of the JSON of an empty event."""
_PERSON_FRAME = 80
"""The length of the JSON of an attendee or a link without its texts."""
_MEMBER = 100
"""A member of an object or a list, in bytes."""


def weight_of(event: Event) -> int:
    """About how many bytes a version takes, with its kept JSON."""
    return CHANGE + 2 * _content(event) + PERSON * (len(event.attendees) + len(event.related_to))


def length_of(event: Event) -> int:
    """About how long the JSON of a version is, in bytes."""
    return _FRAME + _content(event) + _PERSON_FRAME * (len(event.attendees) + len(event.related_to))


def _content(event: Event) -> int:
    """The bytes of an event's texts and of its unknown fields."""
    size = _bytes(event.subject) + _bytes(event.description) + _bytes(event.location)
    for person in event.attendees:
        size += _bytes(person.user_id) + _bytes(person.email_address) + (_extras(person.extra) if person.extra else 0)
    for link in event.related_to:
        size += _bytes(link.id) + _bytes(link.name) + (_extras(link.extra) if link.extra else 0)
    return size + (_extras(event.extra) if event.extra else 0)


def _bytes(text: str | None) -> int:
    return 0 if text is None else len(text) if text.isascii() else _WIDE * len(text)


def _extras(extra: Any) -> int:
    data = orjson.dumps(extra)
    return _WIDE * len(data) + _MEMBER * sum(map(data.count, (b",", b"[", b"{")))


def weight_of_json(value: Any) -> int:
    """About how many bytes a JSON value takes; 0 for a small one."""
    weight = _extras(value)
    return weight if weight > LIGHT else 0
