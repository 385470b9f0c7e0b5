"""Estimates of the memory that a record takes, and of the length of its JSON, without making that.

The figures were measured (CPython 3.11, 64 bits). They fit usual calendars, and are never far too low.
"""

from collections.abc import Callable, Hashable
from functools import cache
from operator import attrgetter
from typing import Any, cast

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
    for value in _values_of(cast(Hashable, type(record)))(record):
        if type(value) is str:
            texts += _bytes(value)
        elif value and type(value) is tuple:
            parts += len(value)
            texts += sum(_bytes(each) if type(each) is str else _texts(each) for each in value)
    return texts, parts


def _texts(part: Any) -> int:
    """The bytes of a part's texts and of its unknown fields."""
    size = _extras(part.extra) if part.extra else 0
    for value in _values_of(cast(Hashable, type(part)))(part):
        if type(value) is str:
            size += _bytes(value)
    return size


@cache
def _values_of(of: Hashable) -> Callable[[Any], tuple[Any, ...]]:
    """What reads all attributes of an object of a class at once, but its kept JSON."""
    return attrgetter(*(name for name in cast(Any, of).__slots__ if name not in ("extra", "shown")))


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else _WIDE * len(text)


def _extras(extra: Any) -> int:
    data = orjson.dumps(extra)
    return _WIDE * len(data) + _MEMBER * sum(map(data.count, (b",", b"[", b"{")))


def weight_of_json(value: Any) -> int:
    """About how many bytes a JSON value takes; 0 for a small one."""
    weight = _extras(value)
    return weight if weight > LIGHT else 0
