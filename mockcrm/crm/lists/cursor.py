"""The tokens by which a paged read goes on (contract, section 3)."""

from collections.abc import Mapping
from dataclasses import dataclass, fields as members, replace
from datetime import datetime, timedelta
from typing import Any, Literal

import orjson
from itsdangerous import BadData, Signer
from itsdangerous.encoding import base64_decode, base64_encode

from mockcrm.base.times import EPOCH
from mockcrm.crm.dialect.knobs import MAX_PAGE
from mockcrm.crm.fake_crm import FakeCrm
from mockcrm.crm.query import Position
from mockcrm.errors import PageTokenExpired, PageTokenInvalid

MAX_TOKEN = 2_000
"""The longest page token that is looked at, in characters."""

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


def token_of(now: datetime, lineage: Lineage, listing: Listing, after: Position | None, step: Step) -> str:
    asked = [_packed(getattr(listing, member.name)) for member in members(listing)]
    issued = [lineage.name, lineage.number, _packed(now)]
    position = after and [_packed(after[0]), after[1]]
    told = [issued, asked, position, [step.walk, step.number, step.turn, step.served]]
    return _SIGNED.sign(base64_encode(orjson.dumps(told))).decode()


def resumed(
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
