"""Whether clients sent the requests that a test expects, and if not, which came nearest (contract, section 6)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
from marshmallow import ValidationError, fields, post_load, validates_schema

from mockcrm.base.schema.fields import Duration, Flag, ListOf, Whole
from mockcrm.base.schema.strict import Strict
from mockcrm.base.search_budget import PATIENCE, SearchBudget
from mockcrm.errors.text import shortened
from mockcrm.journal.entry import Entry
from mockcrm.journal.matcher import Difference, JournalMatcherSchema, Matcher, Picks, Reading

MAX_MATCHERS = 100
"""The largest number of matchers in a verification."""
MAX_TIMEOUT = timedelta(minutes=1)
"""The longest time for which a verification waits."""
WAITING_SHARE = 0.1
"""The share of its waiting time that a verification may spend on searches for patterns."""
NEAREST = 3
"""How many near misses are reported."""
MAX_HINT = 100
"""How much of a query or a value a sentence quotes, in characters."""
MAX_NUMBERS = 20
"""How many numbers of requests a sentence has."""


@dataclass(frozen=True, slots=True)
class Times:
    """How often a request is expected: from `at_least` to `at_most` times; None sets no limit."""

    at_least: int = 1
    at_most: int | None = None

    def admit(self, count: int) -> bool:
        return count >= self.at_least and (self.at_most is None or count <= self.at_most)

    def __str__(self) -> str:
        if self.at_least == self.at_most:
            return f"exactly {self.at_least}"
        if self.at_most is None:
            return f"at least {self.at_least}"
        return f"{self.at_least} to {self.at_most}" if self.at_least else f"at most {self.at_most}"


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A request that did not match, and where it differs."""

    entry: Entry
    differences: list[Difference]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an expectation was not met, in words, with the requests that matched and those that came nearest."""

    reason: str
    matched: list[Entry]
    nearest: list[NearMiss]


@dataclass(frozen=True, slots=True)
class Expectation:
    """Which requests clients should send: `times` for each matcher, or with `in_order` one for each, in that order."""

    matchers: Sequence[Matcher]
    times: Times = Times()
    in_order: bool = False
    timeout: timedelta = timedelta(0)

    def budget(self) -> SearchBudget:
        """The time for its searches, however often it looks at the requests: one that waits looks again and again."""
        return SearchBudget(PATIENCE + self.timeout.total_seconds() * WAITING_SHARE)

    def failure(self, entries: Sequence[Entry], budget: SearchBudget) -> Failure | None:
        """Why requests in order of arrival do not meet it; None if they do. Raises `RequestInvalid`."""
        answered = [entry for entry in entries if entry.completed]
        return self._ordered(answered, budget) if self.in_order else self._counted(answered, budget)

    def is_met(self, entries: Sequence[Entry], budget: SearchBudget) -> bool:
        """Whether requests in order of arrival meet it. Raises `RequestInvalid`."""
        answered = [entry for entry in entries if entry.completed]
        if self.in_order:
            return len(self._chain(answered, budget)) == len(self.matchers)
        return all(self.times.admit(len(matched)) for matched in self._matched(answered, budget))

    def concerns(self, entries: Iterable[Entry], budget: SearchBudget) -> bool:
        """Whether some of these requests fit one of its matchers."""
        readings = map(Reading, entries)
        return any(matcher.fits(reading, budget) for reading in readings for matcher in self.matchers)

    def _matched(self, entries: Sequence[Entry], budget: SearchBudget) -> list[list[Entry]]:
        """The matching requests for each matcher."""
        found = [(Picks(matcher, budget), list[Entry]()) for matcher in self.matchers]
        for entry in entries:
            reading = Reading(entry)
            for picks, matched in found:
                if picks.include(reading):
                    matched.append(entry)
        return [matched for _, matched in found]

    def _counted(self, entries: Sequence[Entry], budget: SearchBudget) -> Failure | None:
        for place, (matcher, matched) in enumerate(zip(self.matchers, self._matched(entries, budget), strict=True)):
            if self.times.admit(len(matched)):
                continue
            expected = (
                f"expected {self.times} {_requests(self.times.at_most or self.times.at_least)} like {_shown(matcher)}"
            )
            found = f"{len(matched)} of {len(entries)} matched"
            nearest = _nearest(matcher, entries, budget) if len(matched) < self.times.at_least else []
            listed = f" ({_numbers(matched)})" if matched else ""
            return Failure(f"requests[{place}]: {expected}, but {found}{listed}.{_hint(nearest)}", matched, nearest)
        return None

    def _chain(self, entries: Sequence[Entry], budget: SearchBudget) -> list[Entry]:
        """For each matcher the first match after that of the matcher before, as far as there are any."""
        chain: list[Entry] = []
        picks = [Picks(matcher, budget) for matcher in self.matchers]
        for entry in entries:
            if len(chain) < len(picks) and picks[len(chain)].include(Reading(entry)):
                chain.append(entry)
        return chain

    def _ordered(self, entries: Sequence[Entry], budget: SearchBudget) -> Failure | None:
        chain = self._chain(entries, budget)
        if len(chain) == len(self.matchers):
            return None
        matcher, after = self.matchers[len(chain)], chain[-1].number if chain else 0
        behind = f" after request {after}" if chain else ""
        matches = matcher.among(entries, budget) if chain else ()
        early = _numbers([entry for entry in matches if entry not in chain])
        earlier = f" Too early: {early}." if early else ""
        nearest = _nearest(matcher, [entry for entry in entries if entry.number > after], budget)
        reason = f"requests[{len(chain)}]: no request{behind} is like {_shown(matcher)}.{earlier}{_hint(nearest)}"
        return Failure(reason, chain, nearest)


def _requests(count: int) -> str:
    return "request" if count == 1 else "requests"


def _shown(matcher: Matcher) -> str:
    return orjson.dumps(matcher.raw or {}).decode()


def _numbers(entries: Sequence[Entry]) -> str:
    numbers = ", ".join(str(entry.number) for entry in entries[:MAX_NUMBERS])
    more = f" and {len(entries) - MAX_NUMBERS} more" if len(entries) > MAX_NUMBERS else ""
    return f"{_requests(len(entries))} {numbers}{more}" if entries else ""


def _nearest(matcher: Matcher, entries: Sequence[Entry], budget: SearchBudget) -> list[NearMiss]:
    """The requests that differ in the fewest parts; those that lack a part come last."""
    readings = map(Reading, reversed(entries))
    misses = [NearMiss(each.entry, found) for each in readings if (found := matcher.differences(each, budget))]
    return sorted(misses, key=_distance)[:NEAREST]


def _distance(miss: NearMiss) -> tuple[int, int]:
    return len(miss.differences), sum(each.found is None for each in miss.differences)


def _hint(nearest: Sequence[NearMiss]) -> str:
    if not nearest:
        return ""
    entry = nearest[0].entry
    query = f"?{shortened(entry.query_string, MAX_HINT)}" if entry.query_string else ""
    parts = "; ".join(
        f"{each.part} is {_json(each.found)}, not {_json(each.wanted)}" for each in nearest[0].differences
    )
    return f" The nearest is request {entry.number}, {entry.method} {entry.path}{query}: {parts}."


def _json(value: Any) -> str:
    return shortened(orjson.dumps(value).decode(), MAX_HINT)


class _Times(Strict):
    atLeast = Whole(least=0, attribute="at_least")
    atMost = Whole(least=0, attribute="at_most")
    exactly = Whole(least=0)

    @validates_schema
    def fit(self, data: Mapping[str, Any], **_: Any) -> None:
        if "exactly" in data and len(data) > 1:
            raise ValidationError("Say `exactly`, or `atLeast` and `atMost`.", "exactly")
        if data.get("at_least", 0) > data.get("at_most", data.get("at_least", 0)):
            raise ValidationError("Must not be less than `atLeast`.", "atMost")

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Times:
        if "exactly" in data:
            return Times(data["exactly"], data["exactly"])
        return Times(data.get("at_least", 0 if "at_most" in data else 1), data.get("at_most"))


class ExpectationSchema(Strict):
    requests = ListOf(
        fields.Nested(JournalMatcherSchema), most=MAX_MATCHERS, least=1, required=True, attribute="matchers"
    )
    inOrder = Flag(attribute="in_order")
    times = fields.Nested(_Times)
    timeout = Duration(least=timedelta(0), most=MAX_TIMEOUT)

    @validates_schema
    def one_way(self, data: Mapping[str, Any], **_: Any) -> None:
        if data.get("in_order") and "times" in data:
            raise ValidationError("Requests in order are each expected once: leave out `times`.", "times")

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Expectation:
        return Expectation(**data)
