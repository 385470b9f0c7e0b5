"""About how much memory an event takes, and how long its JSON is, without making it.

The figures are measured (CPython 3.11, 64 bits): they are to be right for calendars as they are, and never far too low.
"""

from collections.abc import Iterable
from typing import Any

import orjson

from mockcrm.model import Attendee, Event, RelatedTo

CHANGE = 1_500
"""What a change takes with a short event: its objects, its rows in the indexes, and its JSON, in bytes."""
PERSON = 450
"""What an attendee or a link takes besides its texts: the object, how it is shown, and its JSON, in bytes."""
INVENTED = 2_500
"""What an invented event takes, in bytes. Its people recur, and are there only once."""

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
    return CHANGE + 2 * _texts(event) + PERSON * (len(event.attendees) + len(event.related_to)) + _extras(event)


def length_of(event: Event) -> int:
    """About how many bytes the JSON of a version has."""
    return _FRAME + _texts(event) + _PERSON_FRAME * (len(event.attendees) + len(event.related_to)) + _extras(event)


def _texts(event: Event) -> int:
    return (
        _bytes((event.subject, event.description, event.location))
        + sum(_bytes((each.user_id, each.email_address)) for each in event.attendees)
        + sum(_bytes((each.id, each.name)) for each in event.related_to)
    )


def _bytes(texts: Iterable[str | None]) -> int:
    return sum(len(text) if text.isascii() else _WIDE * len(text) for text in texts if text)


def _extras(event: Event) -> int:
    """What fields take that the contract does not know."""
    holders: tuple[Event | Attendee | RelatedTo, ...] = (event, *event.attendees, *event.related_to)
    return sum(weight_of_json(each.extra) for each in holders if each.extra)


def weight_of_json(value: Any) -> int:
    """About how many bytes JSON's types take, and their JSON beside them."""
    data = orjson.dumps(value)
    return 2 * _WIDE * len(data) + _MEMBER * sum(map(data.count, (b",", b"[", b"{")))
