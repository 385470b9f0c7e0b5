"""The bounds of verification, held against a model that tries every possibility."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime
from itertools import product
from typing import Any

from hypothesis import given, strategies as st

from mockcrm.base.declaring import dataclass
from mockcrm.base.search_budget import SearchBudget
from mockcrm.journal.bounds import count_matches
from mockcrm.journal.entry import Entry
from mockcrm.journal.journal import Dropped
from mockcrm.journal.matcher import Matcher, Reading
from mockcrm.journal.matcher_schema import JournalMatcherSchema
from mockcrm.journal.verification import Expectation, Failure, Inconclusive, Times

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
OPERATIONS = ("listEvents", "createEvent", None)

Verdict = bool | None


@dataclass(frozen=True, slots=True)
class Fixed(Matcher):
    """A matcher whose verdicts on requests, by their numbers, are given."""

    verdicts: Mapping[int, Verdict] = field(default_factory=dict)

    def judge(self, reading: Reading, budget: SearchBudget) -> Verdict:
        return self.verdicts[reading.entry.number]


@dataclass(frozen=True)
class World:
    """The operations of the requests that were dropped, and those that were kept, by their numbers."""

    dropped: Sequence[str | None]
    kept: Sequence[int]
    matchers: Sequence[Fixed]

    def verdicts(self) -> Iterator[list[list[bool]]]:
        """For each possibility, whether each matcher has each request, from the first dropped one on."""
        table = [[*self._of_dropped(matcher), *(matcher.verdicts[n] for n in self.kept)] for matcher in self.matchers]
        for choice in product((False, True), repeat=sum(row.count(None) for row in table)):
            chosen = iter(choice)
            yield [[next(chosen) if verdict is None else verdict for verdict in row] for row in table]

    def _of_dropped(self, matcher: Fixed) -> list[Verdict]:
        wanted = [test for name, _, test in matcher.parts if name == "operation"]
        return [None if not wanted or operation in matcher.operations() else False for operation in self.dropped]

    def entries(self) -> list[Entry]:
        return [_entry(number) for number in self.kept]

    def gone(self) -> Dropped:
        return Dropped(len(self.dropped), len(self.dropped), Counter(self.dropped))

    def held(self, times: Times, *, in_order: bool) -> str:
        expected = Expectation(self.matchers, times, in_order)
        held = expected.held_against(self.entries(), SearchBudget(), self.gone())
        found = held.outcome()
        assert held.is_met is (found is None)
        match found:
            case Failure():
                return "failed"
            case Inconclusive():
                assert found.unknown or found.dropped
                return "inconclusive"
            case None:
                return "passed"


def _entry(number: int) -> Entry:
    entry = Entry("client", "GET", "/api/v1/events", "listEvents", "event", None, None, "", {}, MONDAY, 0.0)
    entry.number = number
    return entry


def said_by(possibilities: set[bool]) -> str:
    return "inconclusive" if len(possibilities) > 1 else "passed" if True in possibilities else "failed"


def turns(matcher: Fixed, row: Sequence[bool]) -> list[int]:
    """The places of the requests that match, where these fit."""
    fitting = [place for place, fits in enumerate(row) if fits]
    wanted: Any = matcher.nth.wanted if matcher.nth else None
    numbers = [wanted] if isinstance(wanted, int) else wanted
    return [
        place
        for count, place in enumerate(fitting, start=1)
        if (numbers is None or count in numbers) and count % (matcher.every or 1) == 0
    ]


def by_count(world: World, times: Times) -> str:
    return said_by(
        {
            all(times.admit(len(turns(matcher, row))) for matcher, row in zip(world.matchers, table, strict=True))
            for table in world.verdicts()
        }
    )


def by_order(world: World) -> str:
    return said_by({_is_chain(world.matchers, table) for table in world.verdicts()})


def _is_chain(matchers: Sequence[Fixed], table: Sequence[Sequence[bool]]) -> bool:
    start = 0
    for matcher, row in zip(matchers, table, strict=True):
        matching = turns(matcher, row[start:])
        if not matching:
            return False
        start += matching[0] + 1
    return True


PICKS = st.one_of(
    st.just({}),
    st.builds(lambda nth: {"nth": nth}, st.one_of(st.integers(1, 3), st.lists(st.integers(1, 4), min_size=1))),
    st.builds(lambda every: {"every": every}, st.integers(1, 3)),
)
MEANT = st.one_of(st.just({}), st.sampled_from([{"operation": "listEvents"}, {"operation": ["createEvent"]}]))
TIMES = st.builds(
    lambda least, more: Times(least, None if more is None else least + more),
    st.integers(0, 4),
    st.one_of(st.none(), st.integers(0, 3)),
)


@st.composite
def worlds(draw: st.DrawFn, operations: bool = True) -> World:
    dropped = draw(st.lists(st.sampled_from(OPERATIONS), max_size=3))
    kept = range(len(dropped) + 1, len(dropped) + 1 + draw(st.integers(0, 5)))
    left, matchers = 8, []
    for _ in range(draw(st.integers(1, 3))):
        # Each unknown one doubles the possibilities.
        loaded = JournalMatcherSchema().load(draw(PICKS) | (draw(MEANT) if operations else {}))
        left -= len(dropped)
        verdicts: dict[int, Verdict] = {}
        for number in kept:
            verdicts[number] = draw(st.sampled_from([True, False, None] if left > 0 else [True, False]))
            left -= verdicts[number] is None
        matchers.append(Fixed(loaded.parts, loaded.nth, loaded.every, loaded.raw, verdicts))
    return World(dropped, kept, matchers)


@given(worlds(), TIMES)
def test_counts_are_certain_exactly_where_every_possibility_agrees(world: World, times: Times) -> None:
    assert world.held(times, in_order=False) == by_count(world, times)


@given(worlds())
def test_a_request_that_matches_for_certain_does_so_in_every_possibility(world: World) -> None:
    counts = count_matches(world.matchers, world.entries(), SearchBudget(), world.gone())
    for table in world.verdicts():
        for matcher, found, row in zip(world.matchers, counts, table, strict=True):
            matching = {place + 1 for place in turns(matcher, row)}
            assert {entry.number for entry in found.matched} <= matching
            assert found.least <= len(matching) <= found.most


@given(worlds(operations=False))
def test_an_order_is_certain_exactly_where_every_possibility_agrees(world: World) -> None:
    assert world.held(Times(), in_order=True) == by_order(world)


@given(worlds())
def test_of_an_order_nothing_is_certain_on_which_possibilities_disagree(world: World) -> None:
    assert world.held(Times(), in_order=True) in ("inconclusive", by_order(world))
