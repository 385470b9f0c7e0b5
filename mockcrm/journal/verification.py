"""Whether clients sent the requests that a test expects, and if not, which came nearest (contract, section 7)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from typing import Any

import orjson
from marshmallow import ValidationError, fields, post_load, validates_schema

from mockcrm.base.declaring import dataclass
from mockcrm.base.schema.fields import Duration, Flag, ListOf, Whole
from mockcrm.base.schema.strict import Strict
from mockcrm.base.search_budget import PATIENCE, SearchBudget
from mockcrm.errors.text import shortened
from mockcrm.journal.bounds import Chain, MatchCount, certain_chain, count_matches, longest_chain
from mockcrm.journal.entry import Entry
from mockcrm.journal.journal import NOTHING_DROPPED, Dropped
from mockcrm.journal.matcher import Difference, Matcher, Reading
from mockcrm.journal.matcher_schema import JournalMatcherSchema

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

    def can_be_met(self, least: int, most: int) -> bool:
        """Whether some count from `least` to `most` is admitted."""
        return most >= self.at_least and (self.at_most is None or least <= self.at_most)

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

    @property
    def reasons(self) -> list[str]:
        return [self.reason]


@dataclass(frozen=True, slots=True)
class Inconclusive:
    """Why it cannot be said whether an expectation is met, in words, with the requests on which that hangs.

    `unknown` are those that the journal has, `dropped` those that it had no room for, if they matter.
    """

    reasons: list[str]
    unknown: list[Entry]
    dropped: Dropped | None


Verification = Failure | Inconclusive | None
"""What became of an expectation; None if it is met for certain."""


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

    def held_against(
        self, entries: Sequence[Entry], budget: SearchBudget, dropped: Dropped = NOTHING_DROPPED
    ) -> "Held":
        """The expectation beside requests in order of arrival, and those dropped before. Raises `RequestInvalid`."""
        return (_HeldInOrder if self.in_order else _HeldByCount)(self, entries, budget, dropped)


class Held:
    """An expectation beside the requests of one moment. Its methods raise `RequestInvalid`.

    A request counts from its arrival. Where a matcher hangs on what is not known, because the request is under way, or
    was dropped or cut, it may match or not. The expectation is met for certain if it is met either way.
    """

    def __init__(self, expected: Expectation, entries: Sequence[Entry], budget: SearchBudget, dropped: Dropped) -> None:
        self.expected, self.entries, self.budget, self.dropped = expected, entries, budget, dropped

    @property
    def is_met(self) -> bool:
        """Whether it is met for certain."""
        raise NotImplementedError

    def outcome(self) -> Verification:
        """Whether it is met, and if not, why."""
        raise NotImplementedError

    def unknown(self) -> list[Entry]:
        """The requests of which it is not known whether they match, in order of arrival."""
        raise NotImplementedError

    def concerned_by(self, news: Iterable[Entry]) -> bool:
        """Whether it may be met, now that there is news of these requests."""
        return any(map(self._may_be_met_by, news))

    def _may_be_met_by(self, entry: Entry) -> bool:
        reading = Reading(entry)
        verdicts = [matcher.judge(reading, self.budget) for matcher in self.expected.matchers]
        return True in verdicts or (entry.number in self._open_numbers and False in verdicts)

    @cached_property
    def _open_numbers(self) -> set[int]:
        return {entry.number for entry in self.unknown()}


class _HeldByCount(Held):
    """Each matcher has a number of requests that match it."""

    def __init__(self, expected: Expectation, entries: Sequence[Entry], budget: SearchBudget, dropped: Dropped) -> None:
        super().__init__(expected, entries, budget, dropped)
        self._counts = count_matches(expected.matchers, entries, budget, dropped)

    @property
    def is_met(self) -> bool:
        return all(map(self._is_admitted, self._counts))

    def _is_admitted(self, found: MatchCount) -> bool:
        times = self.expected.times
        return times.admit(found.least) and times.admit(found.most)

    def unknown(self) -> list[Entry]:
        return _in_turn(entry for found in self._counts for entry in found.unknown)

    def outcome(self) -> Verification:
        times = self.expected.times
        open_ones = [each for each in enumerate(self._counts) if not self._is_admitted(each[1])]
        for place, found in open_ones:
            if not times.can_be_met(found.least, found.most):
                return self._failure(place, found)
        if not open_ones:
            return None
        counts = [found for _, found in open_ones]
        unknown = _in_turn(entry for found in counts for entry in found.unknown)
        gone = self.dropped if any(found.gone for found in counts) else None
        summaries = (f"{self._summary(*each, '; ')}." for each in open_ones)
        return Inconclusive([*summaries, *_causes(unknown, gone)], unknown, gone)

    def _summary(self, place: int, found: MatchCount, joint: str) -> str:
        times = self.expected.times
        count = times.at_most or times.at_least
        listed = f" ({_numbers(found.matched)})" if found.matched else ""
        more = f", and up to {found.most - found.least} more may" if found.most > found.least else ""
        expected = f"expected {times} {_requests(count)} like {_shown(found.matcher)}"
        return f"requests[{place}]: {expected}{joint}{found.least} of {len(self.entries)} matched{listed}{more}"

    def _failure(self, place: int, found: MatchCount) -> Failure:
        too_few = found.most < self.expected.times.at_least
        nearest = _nearest(found.matcher, self.entries, self.budget) if too_few else []
        return Failure(f"{self._summary(place, found, ', but ')}.{_hint(nearest)}", found.matched, nearest)


class _HeldInOrder(Held):
    """Each matcher has one request, after that of the matcher before."""

    def __init__(self, expected: Expectation, entries: Sequence[Entry], budget: SearchBudget, dropped: Dropped) -> None:
        super().__init__(expected, entries, budget, dropped)
        self._certain = certain_chain(expected.matchers, entries, budget)

    @property
    def is_met(self) -> bool:
        return self._certain.place == len(self.expected.matchers)

    def unknown(self) -> list[Entry]:
        return self._certain.unknown

    def outcome(self) -> Verification:
        if self.is_met:
            return None
        possible = longest_chain(self.expected.matchers, self.entries, self.budget, self.dropped)
        if possible.place < len(self.expected.matchers):
            return self._failure(possible)
        place = self._certain.place
        matcher = self.expected.matchers[place]
        unknown = _in_turn([*self._certain.unknown, *possible.unknown])
        gone = self.dropped if self.dropped.count else None
        reason = f"requests[{place}]: no request{_behind(self._certain)} is for certain like {_shown(matcher)}."
        return Inconclusive([reason, *_causes(unknown, gone)], unknown, gone)

    def _failure(self, chain: Chain) -> Failure:
        matcher, links = self.expected.matchers[chain.place], chain.links
        matches = matcher.among(self.entries, self.budget) if links else ()
        early = _numbers([entry for entry in matches if entry not in links])
        earlier = f" Too early: {early}." if early else ""
        after = links[-1].number if links else 0
        nearest = _nearest(matcher, [entry for entry in self.entries if entry.number > after], self.budget)
        found = f"no request{_behind(chain)} is like {_shown(matcher)}"
        matched = [entry for entry in links if entry not in chain.unknown]
        return Failure(f"requests[{chain.place}]: {found}.{earlier}{_hint(nearest)}", matched, nearest)


def _behind(chain: Chain) -> str:
    return f" after request {chain.links[-1].number}" if chain.links else ""


def _in_turn(entries: Iterable[Entry]) -> list[Entry]:
    """Each request once, in order of arrival."""
    by_number = {entry.number: entry for entry in entries}
    return [by_number[number] for number in sorted(by_number)]


def _causes(unknown: Sequence[Entry], dropped: Dropped | None) -> Iterator[str]:
    """Why requests are unknown, a sentence for each cause."""
    cut = [entry for entry in unknown if entry.cut and entry.completed]
    under_way = [entry for entry in unknown if entry not in cut]
    if under_way:
        are, them = ("is", "it") if len(under_way) == 1 else ("are", "them")
        yield f"{_numbers(under_way).capitalize()} {are} under way: a `timeout` waits for {them}."
    if cut:
        bodies = "The body" if len(cut) == 1 else "The bodies"
        yield f"{bodies} of {_numbers(cut)} {'is' if len(cut) == 1 else 'are'} not in the journal as a whole."
    if dropped:
        which = f"Requests {dropped.first} to {dropped.last}" if dropped.count > 1 else f"Request {dropped.last}"
        were, them = ("was", "it") if dropped.count == 1 else ("were", "them")
        yield f"{which} {were} dropped: the journal had no room for {them}."


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
