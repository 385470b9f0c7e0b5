"""Two JSON values for people, shown from where they differ: a long text around its first different character."""

import json
import unicodedata
from collections.abc import Mapping
from itertools import takewhile
from typing import Any, NamedTuple

from mockcrm.errors.text import ELLIPSIS, shortened

MAX_SHOWN = 40
"""How many characters of a value are shown."""
MAX_BEFORE = 10
"""How many characters are shown before the first one that differs, where a text is too long to be shown whole."""
NOTHING = "nothing"
"""What is shown in place of a value that one side does not have."""


class FirstDifference(NamedTuple):
    """The first place where two values differ, and what is there on both sides, in words.

    `FirstDifference("attendees[1].status", '"Accepted"', '"Declined"')`
    """

    place: str
    one: str
    other: str


class _Absent:
    """One side does not have the value."""


_ABSENT = _Absent()


def difference(place: str, one: Any, other: Any, most: int = MAX_SHOWN) -> FirstDifference:
    """The first difference between two JSON values, which are at `place`: at most `most` characters of each side.

    >>> difference("subject", "Planning, first part: ends at ten today", "Planning, first part: ends at two today", 20)
    FirstDifference(place='subject', one='"… ends at ten today"', other='"… ends at two today"')
    """
    while (inner := _first_unlike(place, one, other)) is not None:
        place, one, other = inner
    if isinstance(one, str) and isinstance(other, str):
        return FirstDifference(place, *_excerpts(one, other, most))
    return FirstDifference(place, *_cut(_shown(one), _shown(other), most))


def shortly(value: Any) -> str:
    """A value that is compared with nothing: its beginning, as JSON."""
    return shortened(_shown(value), MAX_SHOWN)


def _first_unlike(place: str, one: Any, other: Any) -> tuple[str, Any, Any] | None:
    """The first member in which two objects or two lists differ; None for other values, and if none differs."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        pairs = ((name, one.get(name, _ABSENT), other.get(name, _ABSENT)) for name in {**one, **other})
        return next(((f"{place}.{name}", *both) for name, *both in pairs if not _same(*both)), None)
    if isinstance(one, list) and isinstance(other, list):
        return _first_unlike_member(place, one, other)
    return None


def _first_unlike_member(place: str, one: list[Any], other: list[Any]) -> tuple[str, Any, Any] | None:
    """The first member in which two lists differ. One that only one list has is not compared with its neighbour."""
    at = sum(1 for _ in takewhile(lambda both: _same(*both), zip(one, other, strict=False)))
    if at == len(one) == len(other):
        return None
    ends = zip(reversed(one[at:]), reversed(other[at:]), strict=False)
    behind = sum(1 for _ in takewhile(lambda both: _same(*both), ends))
    left, right = one[at : len(one) - behind], other[at : len(other) - behind]
    if not right or (len(left) > len(right) and _json(right[0]) in map(_json, left)):
        return f"{place}[{at}]", left[0], _ABSENT
    if not left or (len(right) > len(left) and _json(left[0]) in map(_json, right)):
        return f"{place}[{at}]", _ABSENT, right[0]
    return f"{place}[{at}]", left[0], right[0]


def _same(one: Any, other: Any) -> bool:
    absent = one is _ABSENT or other is _ABSENT
    return one is other if absent else _json(one) == _json(other)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _shown(value: Any) -> str:
    """A value as JSON; of an object, what it has: members that are null say little, and take the room."""
    kept = {name: each for name, each in value.items() if each is not None} if isinstance(value, Mapping) else value
    return NOTHING if value is _ABSENT else _json(kept)


def _excerpts(one: str, other: str, most: int) -> tuple[str, str]:
    """Two texts as JSON, of each the part around the first character that differs."""
    begin = _begin(one, other, most)
    parts = [text[begin : begin + most] for text in (one, other)]
    # Two forms of the same letter, or a space that has no width, look the same to people: escaped, they do not.
    escaped = one != other and _looks(parts[0]) == _looks(parts[1])
    left, right = (
        f'"{_part(text, begin, most, json.dumps(part, ensure_ascii=escaped)[1:-1])}"'
        for text, part in zip((one, other), parts, strict=True)
    )
    return left, right


def _cut(one: str, other: str, most: int) -> tuple[str, str]:
    """Two values of different types, of each the part around the first character that differs."""
    begin = _begin(one, other, most)
    left, right = (_part(text, begin, most, text[begin : begin + most]) for text in (one, other))
    return left, right


def _begin(one: str, other: str, most: int) -> int:
    """From which character on two texts are shown: from the first, unless what differs would then be cut off."""
    at = sum(1 for _ in takewhile(lambda both: both[0] == both[1], zip(one, other, strict=False)))
    longest = max(len(one), len(other))
    if longest <= most or at + MAX_BEFORE < most:
        return 0
    # Where the end of both is near, more can be shown of what comes before.
    return max(0, min(at - MAX_BEFORE, longest - most))


def _part(text: str, begin: int, most: int, shown: str) -> str:
    """The part of a text that is `shown`, with an ellipsis on each side where something was cut off."""
    return f"{ELLIPSIS * (begin > 0)}{shown}{ELLIPSIS * (len(text) > begin + most)}"


def _looks(text: str) -> str:
    """A text as people see it: letters in one form, spaces alike, and nothing that has no width."""
    seen = unicodedata.normalize("NFKC", text)
    return "".join(each for each in seen if unicodedata.category(each) != "Cf")
