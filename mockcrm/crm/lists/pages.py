"""Lists as a client asks for them: parameters, pages, and the tokens by which a walk goes on (contract, section 3)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, cast
from zlib import crc32

from mockcrm.base.times import floor_to
from mockcrm.crm.dialect.knobs import PLAIN, Dialect
from mockcrm.crm.fake_crm import FakeCrm, View
from mockcrm.crm.lists.cursor import Lineage, Listing, ListName, Step, resumed, token_of
from mockcrm.crm.lists.page import Page
from mockcrm.crm.query import DeltaRow, Include, Position, Query, SpanRow, Window
from mockcrm.crm.store import Store
from mockcrm.crm.weights import length_of
from mockcrm.errors import PageTokenExpired, PathNotFound, QueryInvalid, SinceExpired

MAX_LISTED_WEIGHT = 16 * 1024 * 1024
"""How many bytes of JSON a list of the controls has before it ends early."""


def read_page(
    crm: FakeCrm,
    lineage: Lineage,
    kind: ListName,
    parameters: Mapping[str, Any],
    request: str,
    now: datetime | None = None,
) -> Page:
    """The page that a query asks for: the first of a walk, or with `pageToken` a later one.

    `request` is the number of the request that asks; its tokens are issued `now`, which is the clock's unless the CRM
    that is read is a replica that lags. Raises `PageTokenInvalid`, `PageTokenExpired`, or `SinceExpired`.
    """
    asked = dict(parameters)
    token = asked.pop("pageToken", None)
    if token is None:
        listing, after, step = Listing(kind, **asked), None, Step(request)
    else:
        listing, after, step = resumed(crm, lineage, kind, asked, token)
    dialect = PLAIN if kind == "admin" else crm.dialect
    query = _query(crm, listing, dialect)
    size = _size(listing, dialect, step.served)
    expired = token is None and _is_expired(crm, query)
    view = _view(crm, dialect, query, None if token is None else step)
    query = replace(query, horizon=view.horizon)
    rows = [] if expired else _rows(view.store, query, dialect, after, step.served, None if size is None else size + 1)
    rows, more = _cut(kind, rows, size)
    served = step.served + len(rows)
    make_token = partial(token_of, now or crm.clock.now(), lineage, listing)
    capped = dialect.result_cap is not None and served >= dialect.result_cap
    if more and not capped:
        token = make_token(rows[-1][:2], Step(step.walk, step.number + 1, served=served))
        if dialect.paging == "snapshot":
            crm.keep_view(step.walk, view)
    else:
        token = None
    again = partial(_again, make_token, after, step)
    return Page(
        query,
        [row[-1] for row in rows],
        more and capped,
        expired,
        token,
        view.as_of,
        dialect,
        step.walk,
        step.number,
        again,
    )


def _cut(
    kind: ListName, rows: list[SpanRow] | list[DeltaRow], size: int | None
) -> tuple[list[SpanRow] | list[DeltaRow], bool]:
    """The rows of a page, and whether there are more behind them."""
    fitting = len(rows) if size is None else size
    if kind == "admin":
        fitting = min(fitting, _fitting(rows))
    return rows[:fitting], len(rows) > fitting


def _fitting(rows: Sequence[SpanRow | DeltaRow]) -> int:
    """How many rows, at least one, an answer of the controls carries."""
    length = 0
    for count, row in enumerate(rows):
        if length >= MAX_LISTED_WEIGHT:
            return count
        length += length_of(row[-1].event)
    return len(rows)


def _size(listing: Listing, dialect: Dialect, served: int) -> int | None:
    """How many rows this page may have at most."""
    size = listing.limit or dialect.page_size
    if dialect.result_cap is None:
        return size
    left = max(0, dialect.result_cap - served)
    return left if size is None else min(size, left)


def _view(crm: FakeCrm, dialect: Dialect, query: Query, going_on: Step | None) -> View:
    """What a page is read from: the CRM as it is, or, where a walk goes on in a snapshot, as it was when it began."""
    if going_on and dialect.paging == "snapshot":
        view = crm.views.get(going_on.walk)
        if view is None:
            raise PageTokenExpired("The snapshot of this walk is not kept any more: begin the walk anew.")
        return view
    return View(crm.store, floor_to(crm.clock.now(), dialect.grain), query.horizon)


def _rows(
    store: Store, query: Query, dialect: Dialect, after: Position | None, served: int, want: int | None
) -> list[SpanRow] | list[DeltaRow]:
    """At most `want` rows behind those that the walk has had."""
    if dialect.paging == "offset":
        after, skip = None, served
    else:
        skip = 0
    if query.by_delta and dialect.delta_order != "stamp":
        found = _ordered(cast("list[DeltaRow]", store.rows(query, None, None)), dialect.delta_order, after)
        return found[skip:] if want is None else found[skip : skip + want]
    rows = store.rows(query, after, None if want is None else skip + want)
    return rows[skip:] if skip else rows


def _ordered(rows: list[DeltaRow], order: str, after: Position | None) -> list[DeltaRow]:
    """A delta that is not in the order of its stamps, from behind a position. Costs O(n log n)."""
    if order == "reverse":
        return [row for row in reversed(rows) if after is None or row[:2] < cast("tuple[datetime, int]", after)]
    scattered = sorted(rows, key=lambda row: _scattered(row[1]))
    return [row for row in scattered if after is None or _scattered(row[1]) > _scattered(cast(int, after[1]))]


def _scattered(seq: int) -> tuple[int, int]:
    return crc32(b"%d" % seq), seq


def _again(token_of: Callable[[Position | None, Step], str], after: Position | None, step: Step) -> str:
    return token_of(after, replace(step, turn=step.turn + 1))


def _query(crm: FakeCrm, listing: Listing, dialect: Dialect) -> Query:
    admin = listing.kind == "admin"
    if listing.kind == "deletedEvents":
        if dialect.deletions in ("inline", "none"):
            raise PathNotFound("This CRM has no list of deleted events.")
        include: Include = "deleted"
    elif dialect.deletions == "inline":
        include = "both" if listing.showDeleted or listing.since is not None else "live"
    elif dialect.deletions != "asked" and listing.showDeleted:
        raise QueryInvalid("This CRM does not show deleted events in lists.", {"showDeleted": ["Not known here."]})
    else:
        include = "both" if listing.showDeleted or (admin and listing.showDeleted is None) else "live"
    return Query(
        window=Window(listing.startAt, listing.endAt),
        since=listing.since,
        exclusive=dialect.since == "exclusive",
        include=include,
        horizon=None if admin else crm.horizon(),
        latest=admin,
    )


def _is_expired(crm: FakeCrm, query: Query) -> bool:
    """Whether a list has nothing to say, since its `since` is too old. Raises `SinceExpired` where that is refused."""
    if not query.includes_deleted or query.since is None or query.horizon is None or query.since >= query.horizon:
        return False
    if crm.dialect.expired_since == "refuse":
        raise SinceExpired("Tombstones are not kept for that long: read everything anew.")
    return crm.dialect.expired_since == "empty"
