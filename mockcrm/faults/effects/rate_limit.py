"""The effect `rateLimit`: too many requests."""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from marshmallow import fields, validate

from mockcrm.base.declaring import dataclass
from mockcrm.base.schema.fields import Duration, Whole
from mockcrm.base.times import MILLISECOND, ceil_to, shifted
from mockcrm.errors import RateLimited, Refusal
from mockcrm.faults.effects.effect import Effect, argument
from mockcrm.faults.effects.made_answer import made_answer
from mockcrm.faults.plan import RATE_LIMIT, FaultContext, Plan, Reply
from mockcrm.journal.entry import AppliedFault

MAX_RATE_REQUESTS = 10_000
"""The most requests that a rate limit may let through in its window."""

MAX_CLIENTS_REMEMBERED = 1_000
"""The most clients that a rate limit counts."""
MAX_REQUESTS_REMEMBERED = 20_000
"""The most requests that a rate limit remembers, of all clients together."""


@dataclass(frozen=True)
class RateLimit(Effect):
    """Answers 429, or another `status`, to a client that sends more than `requests` requests within the time `per`.
    A request stops counting once that time has passed, by the sandbox's clock or in real time.
    """

    name = RATE_LIMIT
    requests: int = argument(Whole(least=0, most=MAX_RATE_REQUESTS, required=True))
    per: timedelta = argument(Duration(least=MILLISECOND, required=True))
    retryAfter: str = argument(
        fields.String(validate=validate.OneOf(("seconds", "date", "none", "past")), load_default="seconds")
    )
    status: int = argument(Whole(least=400, most=599, load_default=429))
    body: Any = argument(fields.Raw(allow_none=True, load_default=None))

    def should_apply(self, context: FaultContext) -> tuple[bool, Any]:
        passed: dict[str, tuple[Any, ...]] = dict(context.memory or {})
        fresh = tuple(each for each in passed.pop(context.entry.client, ()) if self._age(each, context) < self.per)
        limited = len(fresh) >= self.requests
        # The newest client goes to the end: `_latest` drops from the front.
        passed[context.entry.client] = fresh if limited else (*fresh, (context.now, context.real))
        return limited, _latest(passed)

    def _age(self, passed: tuple[datetime, float], context: FaultContext) -> timedelta:
        return max(context.now - passed[0], timedelta(seconds=context.real - passed[1]))

    def apply(self, plan: Plan, context: FaultContext, applied: AppliedFault) -> None:
        passed = context.memory[context.entry.client]
        wait = min((self.per - self._age(each, context) for each in passed), default=self.per)
        seconds = max(1, math.ceil(wait.total_seconds()))
        value = {
            "seconds": str(seconds),
            "date": _http_date(context.now, timedelta(seconds=seconds)),
            "past": _http_date(context.now, -max(self.per, timedelta(minutes=1))),
        }.get(self.retryAfter)
        plan.early_response = self._answer({"Retry-After": value} if value else {})

    def _answer(self, headers: Mapping[str, str]) -> Refusal | Reply:
        if self.body is not None:
            return made_answer(self.status, headers, self.body)
        return RateLimited("Too many requests: wait before you send the next.", status=self.status, headers=headers)


def _latest(passed: dict[str, tuple[Any, ...]]) -> dict[str, tuple[Any, ...]]:
    """The clients that a rate limit keeps: those that have been quiet longest go first."""
    kept = dict(list(passed.items())[-MAX_CLIENTS_REMEMBERED:])
    count = sum(map(len, kept.values()))
    while count > MAX_REQUESTS_REMEMBERED:
        count -= len(kept.pop(next(iter(kept))))
    return kept


def _http_date(now: datetime, by: timedelta) -> str:
    """An HTTP date (RFC 9110, section 5.6.7). Its seconds are rounded up, so that nobody retries too early."""
    return format_datetime(ceil_to(shifted(now, by), timedelta(seconds=1)), usegmt=True)
