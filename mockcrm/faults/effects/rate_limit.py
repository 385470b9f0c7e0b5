"""The effect `rateLimit`."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from marshmallow import fields, validate

from mockcrm.base.schema.fields import Duration, Whole
from mockcrm.base.times import MILLISECOND, ceil_to, shifted
from mockcrm.errors import RateLimited
from mockcrm.faults.effects.effect import Effect, argument
from mockcrm.faults.plan import FaultContext, Plan
from mockcrm.journal.journal import AppliedFault

MAX_RATE_REQUESTS = 10_000
"""The most requests that a rate limit lets pass in its window."""

MAX_LIMITED = 1_000
"""How many clients a rate limit tells apart."""
MAX_REMEMBERED = 20_000
"""How many requests of all clients together a rate limit remembers."""


@dataclass(frozen=True)
class RateLimit(Effect):
    """429 for a client that asks more than `requests` times in a window, by the clock that has moved further."""

    word = "rateLimit"
    requests: int = argument(Whole(least=0, most=MAX_RATE_REQUESTS, required=True))
    per: timedelta = argument(Duration(least=MILLISECOND, required=True))
    retryAfter: str = argument(
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
