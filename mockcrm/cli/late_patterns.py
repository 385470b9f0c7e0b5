"""Imports in which marshmallow compiles no pattern for e-mail addresses: nothing here uses it, and it takes 27 ms."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_OF_ADDRESSES = re.IGNORECASE | re.UNICODE
"""The flags of those patterns, and of no other there."""


class LatePattern:
    """A pattern that is compiled when it is first used."""

    def __init__(self, pattern: str, flags: int) -> None:
        self._pattern, self._flags = pattern, flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            # Python asks every attribute of an abstract class whether it is abstract.
            raise AttributeError(name)
        return getattr(re.compile(self._pattern, self._flags), name)


@contextmanager
def late_patterns() -> Iterator[None]:
    """What marshmallow imports while the block runs compiles late. It is for a process that is mockcrm's own."""
    at_once = re.compile

    def compile_later(pattern: Any, flags: Any = 0) -> Any:
        asked_by = sys._getframe(1).f_globals.get("__name__")
        if asked_by == "marshmallow.validate" and flags == _OF_ADDRESSES:
            return LatePattern(pattern, flags)
        return at_once(pattern, flags)

    re.compile = compile_later
    try:
        yield
    finally:
        re.compile = at_once
