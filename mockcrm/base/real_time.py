"""Real time, also in a test that has frozen the world: what waits and what runs must go on.

freezegun puts functions of its own into the module `time`, and into every module that has imported from it.
time-machine changes functions in place, but not `perf_counter`. So that function is taken from a second copy of the
module, which nobody else has: neither changes it, even if the world was frozen before this was imported.
"""

import importlib.util
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from importlib.machinery import BuiltinImporter
from types import ModuleType

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _copy_of_time() -> ModuleType:
    spec = BuiltinImporter.find_spec("time")
    assert spec is not None, "The module `time` is built into Python."
    copy = importlib.util.module_from_spec(spec)
    BuiltinImporter.exec_module(copy)
    return copy


_TIME = _copy_of_time()

real_seconds: Callable[[], float] = _TIME.perf_counter
"""Seconds from any fixed point: only differences mean something. They never go back."""


def real_now() -> datetime:
    """What the clock of this machine says, in UTC."""
    return _EPOCH + timedelta(seconds=_seconds_of_the_epoch())


def _seconds_of_the_epoch() -> float:
    if (changes := sys.modules.get("time_machine")) is not None:
        with suppress(ValueError):  # It has changed nothing.
            return float(changes.escape_hatch.time.time())
    return float(_TIME.time())
