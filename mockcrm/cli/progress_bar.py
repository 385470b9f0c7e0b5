"""A progress bar for work that takes longer than a person likes to wait without a word."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TextIO

import click

from mockcrm.cli.console import is_terminal

SILENT_SECONDS = 1.0
"""After how many seconds a bar appears."""
_STEPS = 200
"""How often a bar moves at most."""


class LateBars:
    """Shows work as `mockcrm.base.progress.ProgressWatch` says: as a bar on a terminal, once it has taken a second.

    The time counts from when this was made. `seconds` reads real time.
    """

    def __init__(self, stream: TextIO | None = None, seconds: Callable[[], float] = time.monotonic) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._seconds, self._due = seconds, seconds() + SILENT_SECONDS

    def __call__(self, items: Iterable[Any], total: int, what: str) -> Iterable[Any]:
        return self._watched(items, total, what) if is_terminal(self._stream) else items

    def _watched(self, items: Iterable[Any], total: int, what: str) -> Iterator[Any]:
        step, bar = max(1, total // _STEPS), None
        try:
            for done, item in enumerate(items):
                if done % step == 0 and self._seconds() >= self._due:
                    if bar is None:
                        bar = click.progressbar(length=total, label=what, file=self._stream)
                    bar.update(done - bar.pos)
                yield item
            if bar is not None:
                bar.update(total - bar.pos)
        finally:
            if bar is not None:
                bar.render_finish()
