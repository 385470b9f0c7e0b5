"""Estimates of the memory that a record takes, and of the length of its JSON, without making that.

The figures were measured (CPython 3.11, 64 bits). They fit usual calendars, and are never far too low.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

import orjson

from mockcrm.crm.record import Record

CHANGE = 1_500
"""A change with a short record, in bytes: its objects, its rows in the indexes, and its JSON."""
PERSON = 450
"""An attendee or a link without its texts, in bytes: the object, its kept JSON, and its part of the event's JSON."""
INVENTED = 2_500
"""An invented record, in bytes. Its people recur, and are in memory only once."""

LIGHT = 16 * 1024
"""Up to this many bytes a fault rule or a scheduled action counts as nothing, so that small ones may come and go."""

_WIDE = 4
"""The most bytes of a character, in memory and in JSON."""
_FRAME = 300
"""The length of the JSON of an empty record."""
_PERSON_FRAME = 80
"""The length of the JSON of an attendee or a link without its texts."""
_MEMBER = 100
"""A member of an object or a list, in bytes."""


def weight_of(record: Record) -> int:
    """About how many bytes a version takes, with its kept JSON."""
    texts, parts = _measured(record)
    return CHANGE + 2 * texts + PERSON * parts


def length_of(record: Record) -> int:
    """About how long the JSON of a version is, in bytes."""
    texts, parts = _measured(record)
    return _FRAME + texts + _PERSON_FRAME * parts


def _measured(record: Any) -> tuple[int, int]:
    """The bytes of a record's texts and of its unknown fields; and how many parts it has: people, links, addresses."""
    texts, parts = _extras(record.extra) if record.extra else 0, 0
    for value in _VALUES[type(record)](record):
        if type(value) is str:
            texts += _bytes(value)
        elif value and type(value) is tuple:
            parts += len(value)
            for each in value:
                texts += _bytes(each) if type(each) is str else _texts(each)
    return texts, parts


def _texts(part: Any) -> int:
    """The bytes of a part's texts and of its unknown fields."""
    size = _extras(part.extra) if part.extra else 0
    for value in _VALUES[type(part)](part):
        if type(value) is str:
            size += _bytes(value)
    return size


class _Values(dict[type[Any], Callable[[Any], tuple[Any, ...]]]):
    """What reads all attributes of an object at once, but its kept JSON: by the object's class."""

    def __missing__(self, of: type[Any]) -> Callable[[Any], tuple[Any, ...]]:
        read = self[of] = attrgetter(*(name for name in of.__slots__ if name not in ("extra", "shown")))
        return read


_VALUES = _Values()


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else _WIDE * len(text)


def _extras(extra: Any) -> int:
    data = orjson.dumps(extra)
    return _WIDE * len(data) + _MEMBER * sum(map(data.count, (b",", b"[", b"{")))


def weight_of_json(value: Any) -> int:
    """About how many bytes a JSON value takes; 0 for a small one."""
    weight = _extras(value)
    return weight if weight > LIGHT else 0
