"""What can befall a client's request: each effect of a fault rule is one class here, and a row of `EFFECTS`.

An effect only writes down, in a `Plan`, what shall happen; whoever serves carries it out (`docs/faults.md`; hazards,
Transport and Paging).
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any, ClassVar

import orjson
from marshmallow import ValidationError, fields, post_load, validate

from mockcrm.base.schema.fields import Described, Duration, Fraction, Named, Refer, Whole, one_key, sentence_of
from mockcrm.base.schema.strict import Strict
from mockcrm.base.times import MILLISECOND, ceil_to, shifted
from mockcrm.crm.lagging import Lag
from mockcrm.crm.lists.page import Page
from mockcrm.errors import CredentialsInvalid, Injected, RateLimited, Refusal
from mockcrm.faults.plan import FaultContext, Plan, Reply, When
from mockcrm.journal.journal import AppliedFault
from mockcrm.journal.matcher import LISTS, OPERATIONS, READS

MAX_DELAY = timedelta(minutes=5)
"""How long a fault keeps a client waiting at most."""
MAX_RATE_REQUESTS = 10_000
"""The most requests that a rate limit lets pass in its window."""

MAX_HEADERS = 100
"""How many headers an answer has at most that a fault rule gives."""

MAX_LIMITED = 1_000
"""How many clients a rate limit tells apart."""
MAX_REMEMBERED = 20_000
"""How many requests of all clients together a rate limit remembers."""


# Effects


def _told(told: fields.Field[Any]) -> Any:
    """An argument of an effect: how it is read, and its default."""
    default = dataclasses.MISSING if told.required else told.load_default
    return field(metadata={"field": told}, default=default)


def when_field() -> fields.String:
    """Whether something happens before the CRM hears of a request, or after."""
    return fields.String(validate=validate.OneOf(("before", "after")), load_default="before")


def _when() -> Any:
    return _told(when_field())


@dataclass(frozen=True)
class Effect:
    """What a rule does to a request.

    `word` is its name. It strikes only `operations`, or with None any request. Of several effects that are `alone` one
    strikes. `short` names the argument that may stand for all.
    """

    word: ClassVar[str]
    operations: ClassVar[tuple[str, ...] | None] = None
    alone: ClassVar[bool] = True
    short: ClassVar[str | None] = None

    @property
    def draws(self) -> bool:
        """Whether chance has a say."""
        return False

    def check(self) -> None:
        """Raise `ValidationError` if the arguments contradict each other."""

    def holds(self, case: FaultContext) -> bool:
        """Whether it strikes on account of what it remembers, whatever the rule says."""
        return False

    def should_apply(self, case: FaultContext) -> tuple[bool, Any]:
        """Whether it strikes a request whose turn it is, and what it remembers from now on."""
        return True, case.remembers

    def apply(self, plan: Plan, case: FaultContext, struck: AppliedFault) -> None:
        """Write into the plan what befalls the request."""
        raise NotImplementedError


_FIELD_NAME = validate.Regexp(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}\Z")
_FIELD_VALUE = validate.Regexp(r"[\t -~\x80-\xff]{0,4000}\Z")
_HOP_BY_HOP = ("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "upgrade")
_OURS = frozenset((*_HOP_BY_HOP, "content-length", "date", "server", "transfer-encoding", "x-request-id"))
"""Headers that the server sets, or that no gateway lets pass (RFC 9110, section 7.6.1)."""


def _not_ours(name: str) -> None:
    if name.lower() in _OURS:
        raise ValidationError(f"{name} is the server's to say.")


@dataclass(frozen=True)
class Status(Effect):
    """A status, instead of asking the CRM, or after it has done what was asked."""

    word = "status"
    short = "status"
    status: int = _told(Whole(least=200, most=599, required=True))
    headers: Mapping[str, str] = _told(
        Named(
            fields.String(validate=[_FIELD_NAME, _not_ours]),
            fields.String(validate=_FIELD_VALUE),
            most=MAX_HEADERS,
            load_default=dict,
        )
    )
    body: Any = _told(fields.Raw(allow_none=True, load_default=None))
    when: When = _when()

    def check(self) -> None:
        if len({name.lower() for name in self.headers}) < len(self.headers):
            raise ValidationError("A header is given twice.", "headers")
        if self.status in (204, 205, 304) and self.body is not None:
            raise ValidationError(f"An answer with status {self.status} has no body.", "body")

    def apply(self, plan: Plan, case: FaultContext, struck: AppliedFault) -> None:
        answer = self._answer()
        if self.when == "before":
            plan.early_response = answer
        else:
            plan.transform_response = lambda reply: answer

    def _answer(self) -> Refusal | Reply:
        if self.body is None and self.status >= 400:
            return Injected(self.status, "A fault rule asks for this answer.", headers=self.headers)
        text = isinstance(self.body, str)
        data = self.body.encode() if text else b"" if self.body is None else orjson.dumps(self.body)
        kind = "text/plain; charset=utf-8" if text else "application/json"
        own = {name.lower() for name in self.headers}
        typed = [] if self.body is None or "content-type" in own else [("Content-Type", kind)]
        return Reply(self.status, [*typed, *self.headers.items()], data, whole=False)


@dataclass(frozen=True)
class Delay(Effect):
    """An answer that takes its time, in seconds of the world: always as long, or evenly drawn from a range."""

    word = "delay"
    alone = False
    short = "by"
    by: timedelta | None = _told(Duration(least=0 * MILLISECOND, most=MAX_DELAY, load_default=None))
    min: timedelta | None = _told(Duration(least=0 * MILLISECOND, most=MAX_DELAY, load_default=None))
    max: timedelta | None = _told(Duration(least=0 * MILLISECOND, most=MAX_DELAY, load_default=None))
    when: When = _when()

    @property
    def draws(self) -> bool:
        return self.by is None

    def check(self) -> None:
        if (self.by is None) == (self.min is None and self.max is None):
            raise ValidationError("Say either `by`, or `min` and `max`.")
        if self.by is None and (self.min is None or self.max is None):
            raise ValidationError("A range has both `min` and `max`.")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValidationError("Must not be less than `min`.", "max")

    def apply(self, plan: Plan, case: FaultContext, struck: AppliedFault) -> None:
        length = self.by
        if length is None:
            assert self.min is not None
            assert self.max is not None
            length = self.min + case.draw * (self.max - self.min)
        plan.delays[self.when][struck.rule] = length.total_seconds()


@dataclass(frozen=True)
class Disconnect(Effect):
    """No answer at all: the connection is reset, or closed, before the CRM hears of the request or after."""

    word = "disconnect"
    short = "how"
    how: str = _told(fields.String(validate=validate.OneOf(("reset", "close")), load_default="reset"))
    when: When = _when()

    def apply(self, plan: Plan, case: FaultContext, struck: AppliedFault) -> None:
        plan.disconnect[self.when] = self.how


_WITH_BODY = tuple(name for name in OPERATIONS if name != "deleteEvent")


@dataclass(frozen=True)
class Truncate(Effect):
    """A body that stops: half of it, a `fraction` or so many `bytes`; the headers promise all of it, or just that."""

    word = "truncate"
    operations = _WITH_BODY
    fraction: float | None = _told(Fraction(load_default=None))
    bytes: int | None = _told(Whole(least=0, load_default=None))
    contentLength: str = _told(fields.String(validate=validate.OneOf(("full", "cut")), load_default="full"))

    def check(self) -> None:
        if self.fraction is not None and self.bytes is not None:
            raise ValidationError("Say `fraction` or `bytes`, not both.", "bytes")

    def apply(self, plan: Plan, case: FaultContext, struck: AppliedFault) -> None:
        plan.transform_response = self._cut

    def _cut(self, reply: Reply) -> Reply:
        size = len(reply.body)
        wanted = self.bytes if self.bytes is not None else int(size * (0.5 if self.fraction is None else self.fraction))
        keep = min(wanted, size)
        if keep == size:
            return reply
        if self.contentLength == "full":
            return replace(reply, cut=keep, whole=False)
        return replace(reply, body=reply.body[:keep], whole=False)


@dataclass(frozen=True)
class Malformed(Effect):
    """JSON that is none: the CRM's answer with a comma too many and the wrong bracket."""

    word = "malformed"
    operations = _WITH_BODY

    def apply(self, plan: Plan, case: FaultContext, struck: AppliedFault) -> None:
        plan.transform_response = lambda reply: (
            replace(reply, body=reply.body.rstrip()[:-1] + b",)\n", whole=False) if reply.body else reply
        )


_LOGIN = (
    b"<!doctype html>\n<html lang=en>\n<title>Sign in</title>\n<h1>Sign in to continue</h1>\n"
    b"<form method=post><input name=user><input name=password type=password><button>Sign in</button></form>\n</html>\n"
)


@dataclass(frozen=True)
class Html(Effect):
    """A page for people, with status 200: what a proxy says that wants somebody to sign in."""

    word = "html"

    def apply(self, plan: Plan, case: FaultContext, struck: AppliedFault) -> None:
        plan.early_response = Reply(200, [("Content-Type", "text/html; charset=utf-8")], _LOGIN, whole=False)


@dataclass(frozen=True)
class RateLimit(Effect):
    """429 for a client that asks more than `requests` times in a window, by the clock that has moved further."""

    word = "rateLimit"
    requests: int = _told(Whole(least=0, most=MAX_RATE_REQUESTS, required=True))
    per: timedelta = _told(Duration(least=MILLISECOND, required=True))
    retryAfter: str = _told(
        fields.String(validate=validate.OneOf(("seconds", "date", "none", "past")), load_default="seconds")
    )

    def should_apply(self, case: FaultContext) -> tuple[bool, Any]:
        passed: dict[str, tuple[Any, ...]] = dict(case.remembers or {})
        fresh = tuple(each for each in passed.pop(case.entry.client, ()) if self._age(each, case) < self.per)
        limited = len(fresh) >= self.requests
        # The client that asked last stands last; the one that asked longest ago is forgotten first.
        passed[case.entry.client] = fresh if limited else (*fresh, (case.now, case.real))
        return limited, _latest(passed)

    def _age(self, passed: tuple[datetime, float], case: FaultContext) -> timedelta:
        return max(case.now - passed[0], timedelta(seconds=case.real - passed[1]))

    def apply(self, plan: Plan, case: FaultContext, struck: AppliedFault) -> None:
        passed = case.remembers[case.entry.client]
        wait = min((self.per - self._age(each, case) for each in passed), default=self.per)
        seconds = max(1, math.ceil(wait.total_seconds()))
        told = {
            "seconds": str(seconds),
            "date": _http_date(case.now, timedelta(seconds=seconds)),
            "past": _http_date(case.now, -max(self.per, timedelta(minutes=1))),
        }.get(self.retryAfter)
        headers = {"Retry-After": told} if told else {}
        plan.early_response = RateLimited("Too many requests: wait before the next.", headers=headers)


def _latest(passed: dict[str, tuple[Any, ...]]) -> dict[str, tuple[Any, ...]]:
    """Those clients that a rate limit goes on to remember: whoever asked longest ago is forgotten first."""
    kept = dict(list(passed.items())[-MAX_LIMITED:])
    count = sum(map(len, kept.values()))
    while count > MAX_REMEMBERED:
        count -= len(kept.pop(next(iter(kept))))
    return kept


def _http_date(now: datetime, by: timedelta) -> str:
    """An HTTP date (RFC 9110, section 5.6.7), its seconds rounded up as `Retry-After` must not come too early."""
    return format_datetime(ceil_to(shifted(now, by), timedelta(seconds=1)), usegmt=True)


@dataclass(frozen=True)
class ExpireCredentials(Effect):
    """The credentials of the first request it strikes are refused from then on, with 401; all others are good."""

    word = "expireCredentials"

    def holds(self, case: FaultContext) -> bool:
        return case.credentials in (case.remembers or ())

    def should_apply(self, case: FaultContext) -> tuple[bool, Any]:
        return case.remembers is None, case.remembers or (case.credentials,)

    def apply(self, plan: Plan, case: FaultContext, struck: AppliedFault) -> None:
        asked = {"WWW-Authenticate": 'Bearer realm="mockcrm", error="invalid_token"'}
        plan.early_response = CredentialsInvalid("The credentials have expired: get new ones.", headers=asked)


@dataclass(frozen=True)
class Stale(Effect):
    """The answer of a replica that lags `by` a duration or a number of `changes`. `asOf` says `now` or `then`."""

    word = "stale"
    short = "by"
    operations = READS
    by: timedelta | None = _told(Duration(least=MILLISECOND, load_default=None))
    changes: int | None = _told(Whole(least=1, load_default=None))
    asOf: str = _told(fields.String(validate=validate.OneOf(("now", "then")), load_default="then"))

    def check(self) -> None:
        if (self.by is None) == (self.changes is None):
            raise ValidationError("Say how far the replica lags: `by` a duration, or by so many `changes`.")

    def apply(self, plan: Plan, case: FaultContext, struck: AppliedFault) -> None:
        plan.lag = Lag(self.by, self.changes, self.asOf == "now")


@dataclass(frozen=True)
class _OfPages(Effect):
    """An effect on a page of a list."""

    operations = LISTS

    def apply(self, plan: Plan, case: FaultContext, struck: AppliedFault) -> None:
        plan.transform_page = self.transform_page

    def transform_page(self, page: Page, tokens: Sequence[str]) -> Page:
        """The page that is served. `tokens` are those that the walk has sent so far, this request's last."""
        raise NotImplementedError


@dataclass(frozen=True)
class EmptyList(_OfPages):
    """A list of nothing, with status 200, that says it is complete."""

    word = "emptyList"

    def transform_page(self, page: Page, tokens: Sequence[str]) -> Page:
        return replace(page, changes=[], next_token=None)


@dataclass(frozen=True)
class RepeatToken(_OfPages):
    """A page token that the walk has used already, `length` requests ago: 1 gives A, A; 2 gives A, B, A."""

    word = "repeatToken"
    short = "length"
    length: int = _told(Whole(least=1, most=100, load_default=1))

    def should_apply(self, case: FaultContext) -> tuple[bool, Any]:
        return (case.entry.page or 1) > self.length, case.remembers

    def transform_page(self, page: Page, tokens: Sequence[str]) -> Page:
        # The walk's earlier requests may have been forgotten.
        return replace(page, next_token=next(iter(tokens[-self.length :]), page.next_token))


@dataclass(frozen=True)
class RepeatPage(_OfPages):
    """A token, unlike those before, that gives this very page once more."""

    word = "repeatPage"

    def transform_page(self, page: Page, tokens: Sequence[str]) -> Page:
        return replace(page, next_token=page.again())


@dataclass(frozen=True)
class EmptyPage(_OfPages):
    """Nothing on the page, and a token that gives what should have been on it."""

    word = "emptyPage"

    def transform_page(self, page: Page, tokens: Sequence[str]) -> Page:
        return replace(page, changes=[], next_token=page.again())


@dataclass(frozen=True)
class ShortPage(_OfPages):
    """A page that is cut short, to half or `keep` rows, and goes on, or ends, as if it were whole."""

    word = "shortPage"
    short = "keep"
    keep: int | None = _told(Whole(least=0, load_default=None))

    def transform_page(self, page: Page, tokens: Sequence[str]) -> Page:
        size = len(page.changes)
        return replace(page, changes=page.changes[: size // 2 if self.keep is None else self.keep])


class _Actions(fields.Field[tuple[Any, ...]]):
    """Actions of the vocabulary, read and described by the field that the schema was given for that."""

    @property
    def _field(self) -> "ActionsField":
        assert isinstance(self.parent, _Arguments)
        return self.parent.actions

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[Any, ...]:
        actions: tuple[Any, ...] = self._field.deserialize(value)
        return actions

    def described(self, refer: Refer) -> Described:
        return self._field.described(refer)


@dataclass(frozen=True)
class Do(Effect):
    """Something that happens in the CRM just before or just after the request: any action of the vocabulary."""

    word = "do"
    alone = False
    short = "actions"
    actions: tuple[Any, ...] = _told(_Actions(required=True))
    when: When = _when()

    def apply(self, plan: Plan, case: FaultContext, struck: AppliedFault) -> None:
        plan.actions[self.when].append((struck, self.actions))


EFFECTS: Mapping[str, type[Effect]] = {
    each.word: each
    for each in (
        Status,
        Delay,
        Disconnect,
        Truncate,
        Malformed,
        Html,
        RateLimit,
        ExpireCredentials,
        Stale,
        EmptyList,
        RepeatToken,
        RepeatPage,
        EmptyPage,
        ShortPage,
        Do,
    )
}

# How rules are told


class ActionsField(fields.Field[tuple[Any, ...]]):
    """Reads actions. What these are is not known here."""

    def described(self, refer: Refer) -> Described:
        raise NotImplementedError


class _Arguments(Strict):
    """The arguments of one effect, as its class declares them."""

    def __init__(self, effect: type[Effect], actions: ActionsField) -> None:
        self.effect, self.actions = effect, actions
        super().__init__()

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Effect:
        effect = self.effect(**data)
        effect.check()
        return effect


def _schema(effect: type[Effect], actions: ActionsField) -> _Arguments:
    told = {each.name: each.metadata["field"] for each in dataclasses.fields(effect)}
    made: type[_Arguments] = type(f"{effect.__name__}Schema", (_Arguments,), {"__doc__": effect.__doc__, **told})
    return made(effect, actions)


class EffectField(fields.Field[Effect]):
    """An object with one key, the word for the effect, and its arguments; or the word alone, if it needs none."""

    def _bind_to_schema(self, field_name: str, parent: Any) -> None:
        super()._bind_to_schema(field_name, parent)
        self._schemas = {word: _schema(effect, parent.actions) for word, effect in EFFECTS.items()}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Effect:
        if isinstance(value, str):
            value = {value: {}}
        if not isinstance(value, Mapping) or len(value) != 1:
            raise ValidationError("An effect is an object with one key, such as `status`.")
        ((word, arguments),) = value.items()
        if word not in EFFECTS:
            raise ValidationError({word: [f"No such effect; there are {', '.join(EFFECTS)}."]})
        short = EFFECTS[word].short
        whole = isinstance(arguments, Mapping) and not (word == "do" and "actions" not in arguments)
        try:
            effect: Effect = self._schemas[word].load(arguments if whole or not short else {short: arguments})
        except ValidationError as error:
            raise ValidationError({word: error.messages}) from error
        return effect

    def described(self, refer: Refer) -> Described:
        known = {word: self._arguments(word, schema, refer) for word, schema in self._schemas.items()}
        alone = [word for word, schema in self._schemas.items() if _needs_none(schema)]
        return {"anyOf": [{"enum": alone}, one_key(known)], "description": sentence_of(self)}

    def _arguments(self, word: str, schema: _Arguments, refer: Refer) -> Described:
        """An effect's arguments, or the value of the one that may stand for all."""
        arguments, short = refer(schema), EFFECTS[word].short
        return {"anyOf": [arguments, {"$ref": f"{arguments['$ref']}/properties/{short}"}]} if short else arguments


def _needs_none(schema: _Arguments) -> bool:
    try:
        schema.load({})
    except ValidationError:
        return False
    return True
