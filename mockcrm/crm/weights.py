"""About how much memory an event takes, and how long its JSON is, without making it.

The figures are measured (CPython 3.11, 64 bits): they are to be right for calendars as they are, and never far too low.
"""

from typing import Any

import orjson

from mockcrm.crm.event import Event

CHANGE = 1_500
"""What a change takes with a short event: its objects, its rows in the indexes, and its JSON, in bytes."""
PERSON = 450
"""What an attendee or a link takes besides its texts: the object, how it is shown, and its JSON, in bytes."""
INVENTED = 2_500
"""What an invented event takes, in bytes. Its people recur, and are there only once."""

LIGHT = 16 * 1024
"""Up to how many bytes a fault rule or a scheduled action is not weighed, so that small ones may come and go."""

_WIDE = 4
"""How many bytes a character takes at most, in memory and in JSON alike."""
_FRAME = 300
"""How long the JSON of an empty event is."""
_PERSON_FRAME = 80
"""How long that of an attendee or a link is, without its texts."""
_MEMBER = 100
"""What a member of an object or a list takes, in bytes."""


def weight_of(event: Event) -> int:
    """About how many bytes a version takes, its JSON kept beside it."""
    return CHANGE + 2 * _content(event) + PERSON * (len(event.attendees) + len(event.related_to))


def length_of(event: Event) -> int:
    """About how many bytes the JSON of a version has."""
    return _FRAME + _content(event) + _PERSON_FRAME * (len(event.attendees) + len(event.related_to))


def _content(event: Event) -> int:
    """How many bytes the texts of an event have, and what takes as many where the contract does not know a field."""
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
    """About how many bytes JSON's types take, if that is much."""
    weight = _extras(value)
    return weight if weight > LIGHT else 0
