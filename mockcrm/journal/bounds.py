"""How many requests match, and which in order, at least and at most: some requests may match or not.

A request is unknown to a matcher that hangs on its body or its answer while the request is under way, or on a body that
was cut. Of a request that was dropped only the operation is known.
"""

from collections.abc import Sequence
from dataclasses import field

from mockcrm.base.declaring import dataclass
from mockcrm.base.search_budget import SearchBudget
from mockcrm.journal.entry import Entry
from mockcrm.journal.journal import Dropped
from mockcrm.journal.matcher import Matcher, Reading


@dataclass(slots=True)
class MatchCount:
    """The requests that match one matcher: `matched` for certain, `unknown` perhaps, as perhaps `gone` dropped ones.

    `fitting` counts those that fit for certain.
    """

    matcher: Matcher
    gone: int
    fitting: int = 0
    matched: list[Entry] = field(default_factory=list)
    unknown: list[Entry] = field(default_factory=list)

    def add(self, entry: Entry, verdict: bool | None) -> None:
        if verdict is None:
            self.unknown.append(entry)
        elif verdict:
            self.fitting += 1
            # Of a matcher that counts its turns it is unknown which match, once it is unknown how many came before.
            certain = self.matcher.counts_all or not (self.gone or self.unknown)
            if certain and self.matcher.is_turn(self.fitting):
                self.matched.append(entry)

    @property
    def least(self) -> int:
        return self.matcher.count_of(self.fitting)

    @property
    def most(self) -> int:
        return self.matcher.count_of(self.fitting + len(self.unknown) + self.gone)


def count_matches(
    matchers: Sequence[Matcher], entries: Sequence[Entry], budget: SearchBudget, dropped: Dropped
) -> list[MatchCount]:
    """For each matcher the requests that match it. Raises `RequestInvalid`."""
    counts = [MatchCount(matcher, matcher.count_possible(dropped)) for matcher in matchers]
    for entry in entries:
        reading = Reading(entry)
        for found in counts:
            found.add(entry, found.matcher.judge(reading, budget))
    return counts


@dataclass(slots=True)
class Chain:
    """For each matcher in order the request that matched it, as far as there are any: `place` matchers have theirs.

    `unknown` are the requests that may have matched, too.
    """

    place: int
    links: list[Entry] = field(default_factory=list)
    unknown: list[Entry] = field(default_factory=list)


def certain_chain(matchers: Sequence[Matcher], entries: Sequence[Entry], budget: SearchBudget) -> Chain:
    """The chain that there is in any case. Raises `RequestInvalid`."""
    return _chain(matchers, entries, budget, Chain(0), possible=False)


def longest_chain(
    matchers: Sequence[Matcher], entries: Sequence[Entry], budget: SearchBudget, dropped: Dropped
) -> Chain:
    """The longest chain that there may be. Raises `RequestInvalid`.

    The dropped requests are taken to have come in the best order.
    """
    left = dropped.count
    for place, matcher in enumerate(matchers):
        fitting = min(left, matcher.count_possible(dropped))
        if fitting < matcher.first_turn:
            return _chain(matchers, entries, budget, Chain(place), fitting, possible=True)
        left -= matcher.first_turn
    return Chain(len(matchers))


def _chain(
    matchers: Sequence[Matcher],
    entries: Sequence[Entry],
    budget: SearchBudget,
    chain: Chain,
    fitting: int = 0,
    *,
    possible: bool,
) -> Chain:
    """A chain continued with the first match of each matcher after that of the matcher before: that makes it longest.

    So many requests that fit its next matcher came before. Unknown requests count as matches where that is `possible`.
    """
    for entry in entries:
        if chain.place == len(matchers):
            break
        matcher = matchers[chain.place]
        verdict = matcher.judge(Reading(entry), budget)
        if verdict is None:
            chain.unknown.append(entry)
        if verdict or (verdict is None and possible):
            fitting += 1
            if matcher.is_turn(fitting):
                chain.links.append(entry)
                chain.place, fitting = chain.place + 1, 0
    return chain
