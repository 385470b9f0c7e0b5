"""Rows of lists as JSON, rendered once for all who follow a sandbox."""

import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import orjson

from mockcrm.journal.journal import EntryNews
from mockcrm.web.representations.journal import entry_json

MAX_KEPT = 2 * 1024 * 1024
"""How many bytes of rows are kept. Beyond that the oldest are forgotten."""
MAX_TOLD = 1024 * 1024
"""How many bytes the rows of one answer take together. Only the first of them may take more."""

_Record = TypeVar("_Record")


class RenderedRows:
    """The latest rows that were rendered. Any thread may call it.

    Fifty pages that follow a busy sandbox show the same requests: to render each fifty times would take longer
    than to answer it.
    """

    def __init__(self) -> None:
        # With its record, whose id is no other's while it is here.
        self._kept: dict[tuple[int, int], tuple[object, bytes]] = {}
        self._weight = 0
        self._lock = threading.Lock()

    def newest(
        self, records: Sequence[_Record], show: Callable[[_Record], Any], at: Callable[[_Record], tuple[object, int]]
    ) -> list[orjson.Fragment]:
        """The rows of the newest records, which stand last, as many as fit, at least one.

        `at` gives what a record is about and its version: a record of the same version has the same row.
        """
        rows: list[orjson.Fragment] = []
        weight = 0
        for record in reversed(records):
            if weight >= MAX_TOLD:
                break
            row = self.row(record, show, *at(record))
            rows.append(orjson.Fragment(row))
            weight += len(row)
        return rows[::-1]

    def row(self, record: _Record, show: Callable[[_Record], Any], about: object, version: int) -> bytes:
        """The row of one record, as `show` makes it. `about` and `version` are what `at` gives in `newest`."""
        key = id(about), version
        if (kept := self._kept.get(key)) is not None and kept[0] is about:
            return kept[1]
        row = orjson.dumps(show(record))
        with self._lock:
            if key not in self._kept:
                self._kept[key] = about, row
                self._weight += len(row)
            while self._weight > MAX_KEPT:
                _, forgotten = self._kept.pop(next(iter(self._kept)))
                self._weight -= len(forgotten)
        return row


ROWS = RenderedRows()
"""The rows of all sandboxes, whichever call lists them."""


def request_row(news: EntryNews) -> orjson.Fragment:
    """A request of the journal as the controls show it."""
    if news.entry.completed is None:
        # What happens to a request under way is not always news.
        return orjson.Fragment(orjson.dumps(entry_json(news.entry)))
    return orjson.Fragment(ROWS.row(news, _shown_entry, news.entry, news.at))


def newest_requests(news: Sequence[EntryNews]) -> list[orjson.Fragment]:
    """The rows of these requests, as many of the last as fit."""
    return ROWS.newest(news, _shown_entry, lambda each: (each.entry, each.at))


def _shown_entry(news: EntryNews) -> Any:
    return entry_json(news.entry)
