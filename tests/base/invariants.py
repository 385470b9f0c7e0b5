"""What always holds of the forkable collections, whatever was done to them."""

from itertools import pairwise
from typing import Any

from mockcrm.base.copy_on_write import SortedRows, Spans


def check_rows(rows: SortedRows[Any]) -> None:
    found = list(rows)
    assert all(one < other for one, other in pairwise(found)), "rows in strict order"
    assert all(0 < len(part) < 2 * rows._part for part in rows._parts), "parts neither empty nor too large"
    assert len(rows._owned) == len(rows._parts), "each part is known to be shared or not"
    assert rows._lasts == [part[-1] for part in rows._parts], "each part's last row is known"
    assert len(rows) == len(found), "the size is right"


def check_spans(spans: Spans[Any]) -> None:
    for rows in spans._groups.values():
        assert rows, "no group is empty"
        check_rows(rows)
