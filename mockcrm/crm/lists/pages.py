"""How a page of a list is read, by the rules of the dialect (contract, section 3)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple, cast
from zlib import crc32

from mockcrm.base.times import floor_to
from mockcrm.crm.dialect.knobs import CONTROLS, Dialect
from mockcrm.crm.fake_crm import FakeCrm, View
from mockcrm.crm.kinds.filters import ME
from mockcrm.crm.lists.cursor import START_AGAIN, Cursor, Lineage, Listing, ListName, PageId, cursor_of, token_for
from mockcrm.crm.lists.page import Page
from mockcrm.crm.query import DeltaRow, Include, Position, Query, SpanRow, Window
from mockcrm.crm.store import Store
from mockcrm.crm.weights import length_of
from mockcrm.errors import PageTokenExpired, PathNotFound, QueryInvalid, SinceExpired

MAX_LISTED_WEIGHT = 16 * 1024 * 1024
"""The bytes of JSON after which a page of the controls ends, whatever its `limit`."""


def read_page(
    crm: FakeCrm,
    lineage: Lineage,
    name: ListName,
    parameters: Mapping[str, Any],
    request: str,
    now: datetime | None = None,
) -> Page:
    """The page that a query asks for: the first of a paged read, or with `pageToken` a later one.

    `request` is the number of the request that asks. Tokens are issued `now`, by default when the clock reads it; a
    replica that lags has another clock. Raises `PageTokenInvalid`, `PageTokenExpired`, or `SinceExpired`; for a
    calendar that is not there, `RecordNotFound` or `RecordDeleted`.
    """
    name = _resolved(crm, name)
    cursor = cursor_of(crm, lineage, name, parameters, request)
    dialect = CONTROLS if name.role == "admin" else crm.dialect
    query = _query(crm, cursor.listing, dialect)
    expired = not cursor.resumed and _is_expired(crm, query)
    view = _view(crm, dialect, query, cursor)
    if query.horizon != view.horizon:
        query = replace(query, horizon=view.horizon)
    found = _NOTHING if expired else _found(view.store, query, dialect, cursor)
    token = partial(token_for, now or crm.clock.now(), lineage, cursor.listing)
    if found.goes_on and dialect.paging == "snapshot":
        crm.keep_view(cursor.page.read, view)
    return Page(
        query=query,
        changes=[row[-1] for row in found.rows],
        cut=found.cut,
        expired=expired,
        next_token=token(found.rows[-1][:2], cursor.page.next(len(found.rows))) if found.goes_on else None,
        as_of=view.as_of,
        dialect=dialect,
        read=cursor.page.read,
        number=cursor.page.number,
        again=partial(_again, token, cursor),
        names=view.store.link_names,
    )


def _resolved(crm: FakeCrm, name: ListName) -> ListName:
    """The list with its calendar's id, or with None for the primary, whatever the path calls that."""
    if name.calendar is None:
        return name
    calendar = crm.calendar(name.calendar)
    return name._replace(calendar=None if calendar == crm.primary_id else calendar)


def _again(token: Callable[[Position | None, PageId], str], cursor: Cursor) -> str:
    return token(cursor.after, cursor.page.once_more())


class _Found(NamedTuple):
    """The rows of a page. There are more behind them: the read `goes_on`, or it is `cut` by the dialect's cap."""

    rows: list[SpanRow] | list[DeltaRow]
    goes_on: bool
    cut: bool


_NOTHING = _Found([], goes_on=False, cut=False)


def _found(store: Store, query: Query, dialect: Dialect, cursor: Cursor) -> _Found:
    size, cap = _size(cursor.listing, dialect, cursor.page.served), dialect.result_cap
    rows = _rows(store, query, dialect, cursor, None if size is None else size + 1)
    fitting = len(rows) if size is None else size
    if cursor.listing.name.role == "admin":
        fitting = min(fitting, _fitting(rows))
    more = len(rows) > fitting
    cut = more and cap is not None and cursor.page.served + fitting >= cap
    return _Found(rows[:fitting], more and not cut, cut)


def _fitting(rows: Sequence[SpanRow | DeltaRow]) -> int:
    """How many of the rows fit an answer of the controls; at least one."""
    length = 0
    for count, row in enumerate(rows):
        if length >= MAX_LISTED_WEIGHT:
            return count
        length += length_of(row[-1].record)
    return len(rows)


def _size(listing: Listing, dialect: Dialect, served: int) -> int | None:
    """The most rows that this page may have; None for no limit."""
    size = listing.limit or dialect.page_size
    if dialect.result_cap is None:
        return size
    left = max(0, dialect.result_cap - served)
    return left if size is None else min(size, left)


def _view(crm: FakeCrm, dialect: Dialect, query: Query, cursor: Cursor) -> View:
    """What a page is read from: the CRM as it is or, later in a snapshot, as it was at the first page."""
    if cursor.resumed and dialect.paging == "snapshot":
        view = crm.views.get(cursor.page.read)
        if view is None:
            raise PageTokenExpired(f"The snapshot of this list is no longer kept: {START_AGAIN}")
        return view
    return View(crm.store, floor_to(crm.clock.now(), dialect.grain), query.horizon)


def _rows(
    store: Store, query: Query, dialect: Dialect, cursor: Cursor, want: int | None
) -> list[SpanRow] | list[DeltaRow]:
    """At most `want` rows behind the pages before."""
    after, skip = (None, cursor.page.served) if dialect.paging == "offset" else (cursor.after, 0)
    stop = None if want is None else skip + want
    records = store.of(query.kind)
    if query.by_delta and dialect.delta_order != "stamp":
        return _ordered(cast("list[DeltaRow]", records.rows(query, None, None)), dialect.delta_order, after)[skip:stop]
    rows = records.rows(query, after, stop)
    return rows[skip:] if skip else rows


def _ordered(rows: list[DeltaRow], order: str, after: Position | None) -> list[DeltaRow]:
    """A delta in another order than that of its stamps, from behind a position on. Costs O(n log n)."""
    if order == "reverse":
        return [row for row in reversed(rows) if after is None or row[:2] < cast("tuple[datetime, int]", after)]
    scattered = sorted(rows, key=lambda row: _scattered(row[1]))
    return [row for row in scattered if after is None or _scattered(row[1]) > _scattered(cast(int, after[1]))]


def _scattered(seq: int) -> tuple[int, int]:
    return crc32(b"%d" % seq), seq


def _query(crm: FakeCrm, listing: Listing, dialect: Dialect) -> Query:
    admin = listing.name.role == "admin"
    return Query(
        window=Window(listing.startAt, listing.endAt),
        since=listing.since,
        exclusive=dialect.since == "exclusive",
        include=_included(listing, dialect),
        horizon=None if admin else crm.horizon(),
        latest=admin,
        kind=listing.name.kind,
        calendar=(listing.name.calendar or crm.primary_id) if listing.name.in_calendar else None,
        filters=tuple(_meant(crm, listing, *each) for each in listing.filters),
    )


def _meant(crm: FakeCrm, listing: Listing, name: str, values: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """A filter with ids in place of `me` and `primary`; while there is no caller, `me` owns nothing."""
    alias = listing.name.filters[name].alias
    if not alias or alias not in values:
        return name, values
    meant = crm.me() if alias == ME else crm.primary_id
    return name, tuple(each for each in (meant if value == alias else value for value in values) if each is not None)


def _included(listing: Listing, dialect: Dialect) -> Include:
    """Whether a list has records, tombstones or both. Raises `PathNotFound` and `QueryInvalid` by the dialect."""
    if listing.name.role == "deleted":
        if dialect.deletions in ("inline", "none"):
            raise PathNotFound(f"This CRM has no list of deleted {listing.name.kind.path}.")
        return "deleted"
    if dialect.deletions == "inline":
        return "both" if listing.showDeleted or listing.since is not None else "live"
    if dialect.deletions != "asked" and listing.showDeleted:
        problem = {"showDeleted": ["This CRM has no such parameter."]}
        raise QueryInvalid(
            f"This CRM does not show deleted {listing.name.kind.path} in lists: leave out showDeleted.", problem
        )
    shown = listing.showDeleted or (listing.name.role == "admin" and listing.showDeleted is None)
    return "both" if shown else "live"


def _is_expired(crm: FakeCrm, query: Query) -> bool:
    """Whether a list is empty because its `since` is too old. Raises `SinceExpired` where the dialect refuses that."""
    if not query.includes_deleted or query.since is None or query.horizon is None or query.since >= query.horizon:
        return False
    if crm.dialect.expired_since == "refuse":
        raise SinceExpired("Deletions are not kept for that long: read everything again, without since.")
    return crm.dialect.expired_since == "empty"
