"""Page tokens: where a paged read goes on, and which sandboxes take them (contract, section 3)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from itertools import product
from typing import Any, Literal, NamedTuple, get_args, get_type_hints

import orjson
from itsdangerous import BadData, Signer
from itsdangerous.encoding import base64_decode, base64_encode

from mockcrm.base.declaring import dataclass
from mockcrm.base.times import EPOCH
from mockcrm.crm.dialect.knobs import MAX_PAGE
from mockcrm.crm.fake_crm import FakeCrm
from mockcrm.crm.kinds.calendars import CALENDAR
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.filters import Filter
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.query import Filters, Position
from mockcrm.errors import PageTokenExpired, PageTokenInvalid

MAX_TOKEN = 16_000
"""The longest page token that is read, in characters."""

Role = Literal["records", "deleted", "admin"]
"""What a list is for: clients read records, or tombstones alone; the controls read everything."""

_MICROSECOND = timedelta(microseconds=1)
_SIGNED = Signer("a page token is not a secret; the signature finds the ones that were altered", "page")
_CALENDAR = f"{CALENDAR.path}/"
START_AGAIN = "start the list again without pageToken."


class ListName(NamedTuple):
    """Which list: of which kind of records, what it is for, and of which calendar; None for the primary."""

    kind: Kind
    role: Role = "records"
    calendar: str | None = None

    def __str__(self) -> str:
        """What page tokens call it."""
        named = {"records": self.kind.path, "deleted": f"deleted{self.kind.titles}", "admin": f"admin/{self.kind.path}"}
        return named[self.role] if self.calendar is None else f"{_CALENDAR}{self.calendar}/{named[self.role]}"

    @classmethod
    def called(cls, text: str) -> "ListName":
        """The list that page tokens call so. Raises `LookupError`."""
        if not text.startswith(_CALENDAR):
            return _LISTS[text]
        calendar, _, name = text.removeprefix(_CALENDAR).rpartition("/")
        if not _LISTS[name].in_calendar:
            raise LookupError(text)
        return _LISTS[name]._replace(calendar=calendar)

    @property
    def has_interval(self) -> bool:
        """Whether it can be asked for an interval."""
        return self.kind.timed and self.role != "deleted"

    @property
    def filters(self) -> Mapping[str, Filter]:
        """The filters by which it can be asked to choose."""
        return self.kind.all_filters if self.role == "admin" else self.kind.filters

    @property
    def in_calendar(self) -> bool:
        """Whether it has the records of one calendar alone."""
        return self.kind.in_calendars and self.role != "admin"


EVENTS, DELETED_EVENTS, ADMIN_EVENTS = (ListName(EVENT, role) for role in get_args(Role))
_LISTS: Mapping[str, ListName] = {
    str(name): name for name in (ListName(kind, role) for kind in KINDS.values() for role in get_args(Role))
}


class Listing(NamedTuple):
    """What a paged read asks for, from its first page to its last. None stands for a parameter that was left out.

    `filters` are in the order of their names.
    """

    name: ListName
    startAt: datetime | None = None
    endAt: datetime | None = None
    since: datetime | None = None
    showDeleted: bool | None = None
    limit: int | None = None
    filters: Filters = ()

    @classmethod
    def of(cls, name: ListName, asked: Mapping[str, Any]) -> "Listing":
        """What these parameters ask for."""
        known = name.filters
        filters = tuple((each, tuple(asked[each])) for each in sorted(asked) if each in known)
        return cls(name, **{each: asked[each] for each in asked if each not in known}, filters=filters)

    def value_of(self, parameter: str) -> Any:
        """What it asks for by one parameter."""
        return getattr(self, parameter, None) if parameter in self._fields else dict(self.filters).get(parameter)

    @property
    def by_delta(self) -> bool:
        return self.since is not None or self.name.role == "deleted" or not self.name.kind.timed


@dataclass(frozen=True, slots=True)
class Lineage:
    """Whose page tokens a sandbox takes: its own since its last reset, and those of the sandboxes it was forked from.

    `number` is new after each reset. `ancestors` are names with their numbers at the fork.
    """

    name: str
    number: int
    ancestors: frozenset[tuple[str, int]] = frozenset()

    def takes(self, name: str, number: int) -> bool:
        return (name, number) == (self.name, self.number) or (name, number) in self.ancestors

    def took(self, name: str) -> bool:
        """Whether a token of this sandbox may have been good before a reset."""
        return name == self.name or any(name == ancestor for ancestor, _ in self.ancestors)

    def fork(self, name: str, number: int) -> "Lineage":
        return Lineage(name, number, self.ancestors | {(self.name, self.number)})

    def renewed(self, number: int) -> "Lineage":
        """The lineage after a reset: no earlier token is good any more."""
        return Lineage(self.name, number, frozenset((name, 0) for name, _ in self.ancestors))


class PageId(NamedTuple):
    """Which page of which paged read.

    `read` is the number of the request for the first page; in a fork that goes on with the read, the name of the
    sandbox stands before it. `number` counts pages from 1, `turn` the tokens made for this same page, `served` the rows
    on the pages before it.
    """

    read: str
    number: int = 1
    turn: int = 0
    served: int = 0

    def next(self, served: int) -> "PageId":
        """The page after this one, which shows `served` rows."""
        return PageId(self.read, self.number + 1, served=self.served + served)

    def once_more(self) -> "PageId":
        """This same page, asked for with another token."""
        return PageId(self.read, self.number, self.turn + 1, self.served)


class Cursor(NamedTuple):
    """Where a paged read stands: what it asks for, which page comes next, and the position behind which that begins.

    `resumed` says that a page token asks for the page.
    """

    listing: Listing
    page: PageId
    after: Position | None = None
    resumed: bool = False


def cursor_of(crm: FakeCrm, lineage: Lineage, name: ListName, parameters: Mapping[str, Any], request: str) -> Cursor:
    """Where the page begins that a query asks for: a first page, or with `pageToken` a later one.

    Raises `PageTokenInvalid` and `PageTokenExpired`.
    """
    asked = dict(parameters)
    text = asked.pop("pageToken", None)
    if text is None:
        return Cursor(Listing.of(name, asked), PageId(request))
    token = _unpacked(text)
    _check_origin(crm, lineage, token)
    _check_unchanged(token.listing, name, asked)
    return Cursor(token.listing, _seen_from(lineage, token), token.after, resumed=True)


def page_asked_for(lineage: Lineage, text: str) -> PageId | None:
    """Which page of which paged read a token asks for; None if the text is no token."""
    try:
        return _seen_from(lineage, _unpacked(text))
    except PageTokenInvalid:
        return None


def token_for(now: datetime, lineage: Lineage, listing: Listing, after: Position | None, page: PageId) -> str:
    """A token for one page, issued `now`."""
    issued = (lineage.name, lineage.number, _packed(now))
    times = map(_packed, (listing.startAt, listing.endAt, listing.since))
    asked = (str(listing.name), *times, listing.showDeleted, listing.limit)
    position = after and (_packed(after[0]), after[1])
    parts: list[Any] = [issued, asked, position, tuple(page)]
    parts += [listing.filters] if listing.filters else []
    return _SIGNED.sign(base64_encode(orjson.dumps(parts))).decode()


class _Token(NamedTuple):
    """What a page token says: which sandbox issued it, when, and for what."""

    sandbox: str
    number: int
    issued: datetime
    listing: Listing
    after: Position | None
    page: PageId


def _check_origin(crm: FakeCrm, lineage: Lineage, token: _Token) -> None:
    if not lineage.takes(token.sandbox, token.number):
        if lineage.took(token.sandbox):
            raise PageTokenExpired(f"The CRM has been reset since this page token was issued: {START_AGAIN}")
        raise PageTokenInvalid("Another sandbox issued this page token.")
    life = crm.dialect.page_token_life
    if life is not None and crm.clock.now() - token.issued > life:
        raise PageTokenExpired(f"This page token has expired: {START_AGAIN}")


def _check_unchanged(listing: Listing, name: ListName, asked: Mapping[str, Any]) -> None:
    if listing.name != name:
        raise PageTokenInvalid("This page token belongs to another list.", changed=("path",))
    changed = [each for each, value in asked.items() if _differs(value, listing.value_of(each), name)]
    if changed:
        problems = {each: ["Differs from the first page."] for each in changed}
        message = f"{changed[0]} must be the same on every page, or left out after the first."
        raise PageTokenInvalid(message, problems, changed=changed)


def _differs(asked: Any, first: Any, name: ListName) -> bool:
    """Whether a parameter was changed. `showDeleted=false` says the same as leaving it out, but not to the controls."""
    asked = tuple(asked) if isinstance(asked, list) else asked
    return bool(asked != first and (asked or first or name.role == "admin"))


def _seen_from(lineage: Lineage, token: _Token) -> PageId:
    own = (token.sandbox, token.number) == (lineage.name, lineage.number) or ":" in token.page.read
    return token.page if own else PageId(f"{token.sandbox}:{token.page.read}", *token.page[1:])


# A token's JSON is [issued, asked, position, page], lists of these members; of a list that was filtered, its filters as
# well: [[name, [value, …]], …]. Instants are microseconds since 1970.


class _Issued(NamedTuple):
    sandbox: str
    number: int
    at: int


class _Asked(NamedTuple):
    name: str
    startAt: int | None
    endAt: int | None
    since: int | None
    showDeleted: bool | None
    limit: int | None


class _DeltaPosition(NamedTuple):
    stamp: int
    seq: int


class _SpanPosition(NamedTuple):
    start: int
    record_id: str


@cache
def _signatures(part: type[Any]) -> frozenset[tuple[type, ...]]:
    """All types that the members of a part may have together."""
    return frozenset(product(*(get_args(hint) or (hint,) for hint in get_type_hints(part).values())))


def _typed(part: type[NamedTuple], values: Any) -> Any:
    """The members of a part, held to its types. Raises `TypeError`."""
    if type(values) is not list or (*map(type, values),) not in _signatures(part):
        raise TypeError
    return values


def _unpacked(text: str) -> _Token:
    """What a token says. Anybody can sign one, so nothing in it is trusted. Raises `PageTokenInvalid`."""
    try:
        issued, asked, position, page, *more = orjson.loads(base64_decode(_SIGNED.unsign(text[:MAX_TOKEN])))
        sandbox, number, at = _typed(_Issued, issued)
        listing = _listing(*_typed(_Asked, asked), *more)
        after = None if position is None else _position(listing, position)
        return _Token(sandbox, number, EPOCH + at * _MICROSECOND, listing, after, _page(*_typed(PageId, page)))
    except (BadData, TypeError, ValueError, LookupError, OverflowError) as error:
        raise PageTokenInvalid(f"This CRM never issued this page token: {START_AGAIN}") from error


def _listing(name: Any, start: Any, end: Any, since: Any, deleted: Any, limit: Any, filters: Any = ()) -> Listing:
    if limit is not None and not 1 <= limit <= MAX_PAGE:
        raise ValueError
    of = ListName.called(name)
    window = _instant(start), _instant(end)
    if (window != (None, None) and not of.has_interval) or ((deleted is not None or filters) and of.role == "deleted"):
        raise ValueError
    return Listing(of, *window, _instant(since), deleted, limit, _filters(of, filters))


def _filters(of: ListName, pairs: Any) -> Filters:
    found = tuple((name, tuple(values)) for name, values in pairs)
    if not all(name in of.filters and all(type(each) is str for each in values) for name, values in found):
        raise ValueError
    return found


def _page(read: str, number: int, turn: int, served: int) -> PageId:
    if number < 1 or turn < 0 or served < 0:
        raise ValueError
    return PageId(read, number, turn, served)


def _position(listing: Listing, values: Any) -> Position:
    at, row = _typed(_DeltaPosition if listing.by_delta else _SpanPosition, values)
    return EPOCH + at * _MICROSECOND, row


def _packed(value: datetime | None) -> int | None:
    return None if value is None else (value - EPOCH) // _MICROSECOND


def _instant(packed: int | None) -> datetime | None:
    return None if packed is None else EPOCH + packed * _MICROSECOND
