"""Bodies that an attacker sends: lawful ones, the same with something wrong in them, and what is not JSON at all."""

import copy
import gzip
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any

from tests.attack import values

_MOST = 900_000
"""About how many bytes a swollen body has: below the limit, so that it is read."""
_PAUSES = ("delay", "timeout", "wait")
"""Members that make a server pause."""
_COUNTS = {"count": 300, "creates": 2000, "edits": 2000, "deletes": 2000}
"""Members by which one request may lawfully ask for work that lasts, and how much the attacker asks for at most."""
_EMPTY = "emails"
"""The records of which each field may be absent: of all others a body can hold only so many that are lawful."""
_LAWFUL = {"count": 1_000_000, "creates": 10_000, "edits": 10_000, "deletes": 10_000}
_LONG = re.compile(r"[-+]?[0-9PpTt.]+[a-zA-Z0-9.]*")

Place = tuple[Any, Any]
"""A list or an object, and the index or name of one of its members."""


def places(value: Any) -> Iterator[Place]:
    """Every member within a value."""
    members: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for at, each in members:
        yield value, at
        yield from places(each)


def bounded(value: Any, name: str = "", *, pausing: bool = False) -> Any:
    """The same without pauses that last, and without lawful work that lasts."""
    pausing = pausing or name in _PAUSES
    if isinstance(value, dict):
        return {key: bounded(each, key, pausing=pausing) for key, each in value.items()}
    if isinstance(value, list):
        value = value[: _COUNTS["creates"]] if name == _EMPTY else value
        return [bounded(each, name, pausing=pausing) for each in value]
    if pausing and isinstance(value, str) and _LONG.fullmatch(value):
        return values.SHORT
    if name in _COUNTS and isinstance(value, int) and _COUNTS[name] < value <= _LAWFUL[name]:
        return _COUNTS[name]
    return value


def mutated(rng: Random, value: Any) -> Any:
    """The same with one to three things wrong."""
    whole = {"": copy.deepcopy(value)}
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        _spoil(rng, whole, rng.choice([_replace, _replace, _replace, _drop, _add, _swap]))
    # Last, as all its members are one: what is changed in one of them is changed in all.
    if rng.random() < 0.2:
        _spoil(rng, whole, _swell)
    return whole[""]


def _spoil(rng: Random, whole: dict[str, Any], how: Callable[..., None]) -> None:
    how(rng, whole, *rng.choice([*places(whole)]))
    whole.setdefault("", None)


def _replace(rng: Random, whole: Any, holder: Any, at: Any) -> None:
    holder[at] = values.strange(rng)


def _drop(rng: Random, whole: Any, holder: Any, at: Any) -> None:
    del holder[at]


def _add(rng: Random, whole: Any, holder: Any, at: Any) -> None:
    target = holder[at] if isinstance(holder[at], dict | list) else holder
    if isinstance(target, list):
        target.append(values.strange(rng))
    elif target is not whole:
        target[rng.choice(["colour", "id", "", "set", "key", "events", *values.NASTY_TEXTS])] = values.strange(rng)


def _swap(rng: Random, whole: Any, holder: Any, at: Any) -> None:
    """Put one part of the body in the place of another."""
    other, there = rng.choice([*places(whole)])
    holder[at] = copy.deepcopy(other[there])


def _swell(rng: Random, whole: Any, holder: Any, at: Any) -> None:
    """Make a list of one thing, as often as fits: of what is a list already, where there is any."""
    lists = [place for place in places(whole) if isinstance(place[0][place[1]], list)]
    if lists:
        holder, at = rng.choice(lists)
    elif isinstance(holder[at], dict):
        holder, at = holder[at], rng.choice(_LISTS)
    thing: Any = rng.choice([{}, {}, None, 0, "", []])
    most = _MOST if rng.random() < 0.4 else 20_000
    holder[at] = [thing] * min(most // (len(json.dumps(thing)) + 1), rng.choice([21, 1000, 1001, 10_000, 200_000]))


def as_many_as_fit(rng: Random) -> list[Any]:
    """A list of one thing, as long as a body may be."""
    thing: Any = rng.choice([{}, {}, {}, None, 0, []])
    return [thing] * (_MOST // (len(json.dumps(thing)) + 1))


_LISTS = ["attendees", "relatedTo", "changes", "agenda", "do", "events", "requests", "replica", "rules", "steps"]


def raw(rng: Random, value: Any) -> bytes:
    """The bytes of a value, which may have numbers and characters that JSON, or UTF-8, has not."""
    payload = json.dumps(value, ensure_ascii=rng.random() < 0.5, separators=(",", ":"))
    return payload.encode("utf-8", "surrogatepass")


def spoilt(rng: Random, data: bytes) -> bytes:
    """Bytes that are probably not JSON, or not UTF-8, any more."""
    at = rng.randrange(len(data) + 1)
    ways = (
        lambda: data[:at],
        lambda: data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :],
        lambda: b"\xef\xbb\xbf" + data,
        lambda: data.decode("utf-8", "replace").encode("utf-16"),
        lambda: data.replace(b'"', b"'"),
        lambda: data.replace(b"{", b'{"set":{},"by":"a","by":"b",', 1),
        lambda: data + b"{}",
        lambda: data + b"\x00",
        lambda: b"",
        lambda: b"null",
        lambda: _nested(rng.choice([63, 64, 65, 66, 1000, 100_000])),
        lambda: b"[" * rng.choice([65, 1000, 100_000]),
        lambda: b'{"a":' * 1000 + b"1" + b"}" * 1000,
        lambda: b'{"n":' + b"9" * rng.choice([20, 5000, 400_000]) + b"}",
        lambda: b'"' + b"\\u0000" * 1000 + b'"',
        lambda: bytes(rng.randrange(256) for _ in range(200)),
        lambda: b"startTime=2026-01-06&endTime=2026-01-07",
    )
    return rng.choice(ways)()


def _nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def huge(rng: Random) -> bytes:
    """More than the limit, or close to it."""
    return b" " * rng.choice([1_048_575, 1_048_577, 3_000_000]) + b"{}"


def encoded(rng: Random, data: bytes) -> tuple[str, bytes]:
    """A `Content-Encoding`, and the body in it, or not in it."""
    bomb = _BOMB if rng.random() < 0.1 else _zipped(b" " * 100_000 + data)
    ways = (
        lambda: ("gzip", _zipped(data)),
        lambda: ("deflate", zlib.compress(data, 1)),
        lambda: ("gzip", bomb),
        lambda: ("deflate", zlib.compress(b"[" * 200_000, 1)),
        lambda: ("gzip", _zipped(data)[:-5]),
        lambda: ("gzip", _zipped(data) + b"trailing"),
        lambda: ("gzip", data),
        lambda: ("gzip, gzip", _zipped(_zipped(data))),
        lambda: (rng.choice(["br", "zstd", "identity", "", "x" * 5000, "GZIP", "gzip;q=1", "\u00e4"]), data),
    )
    return rng.choice(ways)()


def _zipped(data: bytes) -> bytes:
    return gzip.compress(data, 1, mtime=0)


_BOMB = _zipped(bytes(50_000_000))
"""Fifty megabytes in 220 kilobytes."""


def altered(rng: Random, snapshot: Mapping[str, Any]) -> Any:
    """A snapshot that was taken, as it is or with something else in it."""
    return snapshot if rng.random() < 0.3 else mutated(rng, snapshot)
