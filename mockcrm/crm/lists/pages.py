"""Lists as a client asks for them: parameters, pages, and the tokens by which a walk goes on (contract, section 3)."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields as members, replace
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any, Literal, cast
from zlib import crc32

import orjson
from itsdangerous import BadData, Signer
from itsdangerous.encoding import base64_decode, base64_encode
from marshmallow import ValidationError, fields, validates_schema

from mockcrm.base.schema.fields import Described, Instant, Refer
from mockcrm.base.schema.strict import Strict
from mockcrm.base.times import EPOCH, floor_to
from mockcrm.crm.dialect.knobs import MAX_PAGE, PLAIN, Dialect
from mockcrm.crm.fake_crm import FakeCrm, View
from mockcrm.crm.lists.page import Page
from mockcrm.crm.store import DeltaRow, Include, Position, Query, SpanRow, Store, Window
from mockcrm.crm.weights import length_of
from mockcrm.errors import PageTokenExpired, PageTokenInvalid, PathNotFound, QueryInvalid, SinceExpired

MAX_TOKEN = 2_000
"""The longest page token that is looked at, in characters."""
MAX_LISTED_WEIGHT = 16 * 1024 * 1024
"""How many bytes of JSON a list of the controls has before it ends early."""

ListName = Literal["events", "deletedEvents", "admin"]

_MICROSECOND = timedelta(microseconds=1)
_SIGNED = Signer("a page token is not a secret; the signature finds the ones that were altered", "page")


@dataclass(frozen=True, slots=True)
class Listing:
    """What a walk asks for, from its first page to its last. None is a parameter that was left out."""

    kind: ListName
    startAt: datetime | None = None
    endAt: datetime | None = None
    since: datetime | None = None
    showDeleted: bool | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Lineage:
    """Whose page tokens a sandbox takes: its own, since its last reset, and those of the ones it was forked from."""

    name: str
    number: int
    ancestors: frozenset[tuple[str, int]] = frozenset()

    def takes(self, name: str, number: int) -> bool:
        return (name, number) == (self.name, self.number) or (name, number) in self.ancestors

    def took(self, name: str) -> bool:
        """Whether a token that is not taken any more may once have been."""
        return name == self.name or any(name == ancestor for ancestor, _ in self.ancestors)

    def fork(self, name: str, number: int) -> "Lineage":
        return Lineage(name, number, self.ancestors | {(self.name, self.number)})

    def renewed(self, number: int) -> "Lineage":
        """After a reset: no token given so far is good any more."""
        return Lineage(self.name, number, frozenset((name, 0) for name, _ in self.ancestors))


@dataclass(frozen=True, slots=True)
class Step:
    """Which page of which walk a token asks for; `turn` counts the tokens that were made for this same page, `served`
    the rows on the pages before it.

    A walk is named by the number of the request that began it; in a fork that took it over, also by whose it was.
    """

    walk: str
    number: int = 1
    turn: int = 0
    served: int = 0


class _Yes(fields.Field[bool]):
    default_error_messages = {"invalid": "Must be true or false."}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if value not in ("true", "false"):
            raise self.make_error("invalid")
        return bool(value == "true")

    def described(self, refer: Refer) -> Described:
        return {"type": "boolean"}


class Digits(fields.Field[int]):
    """A whole number in a query, in decimal digits, from `least` to `most`."""

    default_error_messages = {"invalid": "Must be a whole number from {least} to {most}."}

    def __init__(self, *, least: int, most: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.least, self.most = least, most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not re.fullmatch(r"[0-9]{1,19}", value) or not self.least <= int(value) <= self.most:
            raise self.make_error("invalid", least=self.least, most=self.most)
        return int(value)

    def described(self, refer: Refer) -> Described:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


class NoParameters(Strict):
    """For calls that take none; the others add to it. `form` is how the CRM writes date-times."""

    form = "Z"

    error_messages = {"unknown": "No such parameter."}


def explained(description: str, *examples: Any) -> dict[str, Any]:
    """What people are told of a parameter."""
    return {"description": description} | ({"examples": [*examples]} if examples else {})


_MONDAY = "2026-03-02T09:00:00Z"


class DeletedParameters(NoParameters):
    since = Instant(query=True, metadata=explained("What has changed, or was deleted, since then.", _MONDAY))
    limit = Digits(least=1, most=MAX_PAGE, metadata=explained("The page size.", 100))
    pageToken = fields.String(
        metadata={"minLength": 1, **explained("Where the walk goes on: `nextPageToken` of the page before.")}
    )


class EventsParameters(DeletedParameters):
    startAt = Instant(query=True, metadata=explained("Events that end after this.", _MONDAY))
    endAt = Instant(query=True, metadata=explained("Events that start before this.", "1772532000000"))
    showDeleted = _Yes(metadata=explained("Whether deleted events are listed too, as tombstones.", True))

    @validates_schema
    def in_order(self, data: Mapping[str, Any], **_: Any) -> None:
        start, end = data.get("startAt"), data.get("endAt")
        if start and end and start > end:
            raise ValidationError("Must not be before startAt.", "endAt")


@cache
def parameters_of(kind: type[NoParameters], form: str) -> NoParameters:
    """The schema of a call's parameters, for a CRM that writes date-times in a form of its own."""
    schema = kind()
    schema.form = form
    return schema


def read_parameters(schema: Strict, pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The parameters of a query. Raises `QueryInvalid` for one that is unknown, empty, given twice, or malformed."""
    values: dict[str, str] = {}
    problems: dict[str, list[str]] = {}
    for name, value in pairs:
        if name in values:
            problems[name] = ["Given twice."]
        elif not value:
            problems[name] = ["Empty: leave the parameter out."]
        values[name] = value
    if problems:
        name = min(problems)
        raise QueryInvalid(f"The query is not valid: {name}: {problems[name][0]}", problems)
    loaded: dict[str, Any] = schema.check(values, QueryInvalid, "The query")
    return loaded


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
        listing, after, step = _resumed(crm, lineage, kind, asked, token)
    dialect = PLAIN if kind == "admin" else crm.dialect
    query = _query(crm, listing, dialect)
    size = _size(listing, dialect, step.served)
    expired = token is None and _is_expired(crm, query)
    view = _view(crm, dialect, query, None if token is None else step)
    query = replace(query, horizon=view.horizon)
    rows = [] if expired else _rows(view.store, query, dialect, after, step.served, None if size is None else size + 1)
    rows, more = _cut(kind, rows, size)
    served = step.served + len(rows)
    token_of = partial(_token, now or crm.clock.now(), lineage, listing)
    capped = dialect.result_cap is not None and served >= dialect.result_cap
    if more and not capped:
        token = token_of(rows[-1][:2], Step(step.walk, step.number + 1, served=served))
        if dialect.paging == "snapshot":
            crm.keep_view(step.walk, view)
    else:
        token = None
    again = partial(_again, token_of, after, step)
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


def step_of(lineage: Lineage, token: str) -> Step | None:
    """Which page of which walk a token asks for, or None when it is no token."""
    try:
        name, number, _, _, _, step = _unpacked(token)
    except PageTokenInvalid:
        return None
    return _seen_from(lineage, name, number, step)


def _seen_from(lineage: Lineage, name: str, number: int, step: Step) -> Step:
    own = (name, number) == (lineage.name, lineage.number) or ":" in step.walk
    return step if own else replace(step, walk=f"{name}:{step.walk}")


def _query(crm: FakeCrm, listing: Listing, dialect: Dialect) -> Query:
    admin = listing.kind == "admin"
    if listing.kind == "deletedEvents":
        if dialect.deletions in ("inline", "none"):
            raise PathNotFound("This CRM has no list of deleted events.")
        kinds: Include = "dead"
    elif dialect.deletions == "inline":
        kinds = "both" if listing.showDeleted or listing.since is not None else "live"
    elif dialect.deletions != "asked" and listing.showDeleted:
        raise QueryInvalid("This CRM does not show deleted events in lists.", {"showDeleted": ["Not known here."]})
    else:
        kinds = "both" if listing.showDeleted or (admin and listing.showDeleted is None) else "live"
    return Query(
        window=Window(listing.startAt, listing.endAt),
        since=listing.since,
        exclusive=dialect.since == "exclusive",
        kinds=kinds,
        horizon=None if admin else crm.horizon(),
        latest=admin,
    )


def _is_expired(crm: FakeCrm, query: Query) -> bool:
    """Whether a list has nothing to say, since its `since` is too old. Raises `SinceExpired` where that is refused."""
    if query.kinds == "live" or query.since is None or query.horizon is None or query.since >= query.horizon:
        return False
    if crm.dialect.expired_since == "refuse":
        raise SinceExpired("Tombstones are not kept for that long: read everything anew.")
    return crm.dialect.expired_since == "empty"


def _token(now: datetime, lineage: Lineage, listing: Listing, after: Position | None, step: Step) -> str:
    asked = [_packed(getattr(listing, member.name)) for member in members(listing)]
    issued = [lineage.name, lineage.number, _packed(now)]
    position = after and [_packed(after[0]), after[1]]
    told = [issued, asked, position, [step.walk, step.number, step.turn, step.served]]
    return _SIGNED.sign(base64_encode(orjson.dumps(told))).decode()


def _resumed(
    crm: FakeCrm, lineage: Lineage, kind: ListName, asked: Mapping[str, Any], token: str
) -> tuple[Listing, Position | None, Step]:
    name, number, issued, listing, after, step = _unpacked(token)
    if not lineage.takes(name, number):
        if lineage.took(name):
            raise PageTokenExpired("The CRM has been reset since this page token was given out: begin the walk anew.")
        raise PageTokenInvalid("This page token was given out by another sandbox.")
    life = crm.dialect.page_token_life
    if life is not None and crm.clock.now() - issued > life:
        raise PageTokenExpired("This page token was given out too long ago: begin the walk anew.")
    if listing.kind != kind:
        raise PageTokenInvalid("This page token belongs to another list.")
    changed = [name for name, value in asked.items() if _differs(value, getattr(listing, name), kind)]
    if changed:
        problems = {name: ["Differs from the walk's first page."] for name in changed}
        raise PageTokenInvalid(f"{changed[0]} must stay as it was, or be left out, while a walk goes on.", problems)
    return listing, after, _seen_from(lineage, name, number, step)


def _differs(asked: Any, held: Any, kind: ListName) -> bool:
    """Whether a parameter was changed; `showDeleted=false` says what leaving it out says, but for the controls."""
    return bool(asked != held and (asked or held or kind == "admin"))


def _unpacked(token: str) -> tuple[str, int, datetime, Listing, Position | None, Step]:
    """What a token says. Anybody can sign one, so its parts are held to their types."""
    try:
        (name, number, issued), (kind, start, end, since, deleted, limit), position, step = orjson.loads(
            base64_decode(_SIGNED.unsign(token[:MAX_TOKEN]))
        )
        first, second = (0, "") if position is None else position
        listing = Listing(kind, _instant(start), _instant(end), _instant(since), deleted, limit)
        by_delta = since is not None or kind == "deletedEvents"
        size = limit is None or (type(limit) is int and 1 <= limit <= MAX_PAGE)
        place = str if position is None or not by_delta else int
        walk, *counts = step
        types = ((name, str), (number, int), (deleted, bool | None), (second, place), (walk, str))
        whole = all(type(value) is int and value >= 0 for value in counts) and all(
            type(value) is int for value in (issued, first)
        )
        if size and whole and counts[0] > 0 and all(isinstance(value, wanted) for value, wanted in types):
            after = None if position is None else (_instant(first), second)
            return name, number, _instant(issued), listing, after, Step(walk, *counts)
    except (BadData, TypeError, ValueError, OverflowError):
        pass
    raise PageTokenInvalid("This page token was never given out: begin the walk anew.")


def _packed(value: Any) -> Any:
    return (value - EPOCH) // _MICROSECOND if isinstance(value, datetime) else value


def _instant(packed: int | None) -> Any:
    return None if packed is None else EPOCH + packed * _MICROSECOND
